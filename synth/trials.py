"""The nouns of the gate: what is stated before a run, what enters the seal, what came out.

A hypothesis is a claim at a stated scale with the rule that will judge it. A spec freezes hypotheses, seeds,
arms and parameters before anything runs; its SHA-256 names it. Scores are points (0 to 100) unless a unit
says otherwise. No record holds a clock but ``Cost`` (what a run took) and ``records.Attempt.ended_at``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from synth.records import Artifact, Claim, Outcome, Pairs, Paper, Reading

RuleKind = Literal["improvement", "equivalence", "tolerance", "proof"]
ArmRole = Literal["intermediate", "multi", "baseline", "placebo", "untrained", "subject", "control"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Which measured rows make one number a seed: the mean over ``tasks`` and ``languages``, all alike."""

    metric: str
    tasks: tuple[str, ...]
    languages: tuple[str, ...]
    split: str = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Precondition:
    """What must hold before a rule may speak.

    ``above``: the interval over seeds of ``arm`` minus ``other`` lies above 0. ``between``: the mean over
    seeds of ``arm`` lies strictly between ``low`` and ``high`` (floor and ceiling, in points).
    """

    words: str
    kind: Literal["above", "between"]
    cells: Cells
    arm: str
    other: str = ""
    low: float = 0.0
    high: float = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The verdict rule, as data, frozen before the run.

    ``improvement``: each of ``arms`` minus ``against`` (and minus its placebo) per seed, a t interval over
    seeds, Holm over the arms. Where ``choices`` are given, ``against`` is, seed by seed, the one of them that
    is best on ``chosen_on``. ``equivalence``: the interval of arm minus ``against`` lies in +-``smallest``.
    ``tolerance``: the values of ``arms[0]`` against ``reported`` +- ``tolerance``; ``controls`` must miss it.
    ``proof`` asks of ``arms[0]`` that every check of a Lean proof passes; no row is measured.
    ``deterministic`` marks a rule that one seed run twice settles, if both runs give the same bytes.
    """

    kind: RuleKind
    cells: Cells
    arms: tuple[str, ...]
    against: str = ""
    choices: tuple[str, ...] = ()
    chosen_on: Cells | None = None
    placebos: Pairs = ()
    controls: tuple[str, ...] = ()
    smallest: float = 2.0
    reported: float | None = None
    tolerance: float = 0.0
    confidence: float = 0.95
    least_seeds: int = 5
    deterministic: bool = False
    preconditions: tuple[Precondition, ...] = ()

    def __post_init__(self) -> None:
        if not self.arms:
            raise ValueError("a rule judges at least one arm")
        if not 0.5 < self.confidence < 1.0:
            raise ValueError("confidence lies between 0.5 and 1")
        if self.kind == "tolerance" and self.reported is None:
            raise ValueError("a tolerance needs the reported value")
        if self.kind not in ("tolerance", "proof") and not (self.against or self.choices):
            raise ValueError("an effect is measured against an arm")
        if self.smallest < 0 or self.tolerance < 0:
            raise ValueError("smallest effect and tolerance are not negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """A claim at a stated scale and the rule for it; ``key`` names it within its experiment.

    ``at_claim_scale`` is true where ``text`` itself is stated at the scale of the run.
    """

    key: str
    claim: str
    text: str
    at_claim_scale: bool
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A passage that the spec rests on, verbatim; ``page`` 0 where the text has none.

    ``keys`` name the hypotheses that a person said the passage states.
    """

    doc_id: str
    text: str
    page: int = 0
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One row of the design; ``words`` say what is done to it."""

    name: str
    role: ArmRole
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one sealed run may use at most: seconds of CPU and of wall clock, MiB, processes."""

    cpu_seconds: int = 600
    wall_seconds: int = 900
    memory_mb: int = 4096
    file_mb: int = 256
    output_mb: int = 64
    log_mb: int = 4
    processes: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """Everything stated before a run. ``program`` are the files run in the seal, by hash.

    ``paper`` is a work ("arxiv:2005.13013"), ``version`` "v2" or "". ``scale`` says in words at what scale
    this runs, ``words`` what the page must say of it, ``deviations`` what differs from the paper.
    ``keeps_state`` gives each seed a writable folder ``/job/state`` that outlives a kill, for checkpoints.
    """

    experiment: str
    experiment_version: str
    tier: str
    size: str
    paper: str
    version: str
    hypotheses: tuple[Hypothesis, ...]
    quotes: tuple[Quoted, ...]
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    parameters: Pairs
    program: tuple[Artifact, ...]
    limits: Limits
    scale: str
    words: str
    deviations: tuple[str, ...] = ()
    gpu: bool = False
    keeps_state: bool = False
    schema: str = "synth/spec-v1"

    def __post_init__(self) -> None:
        if not self.hypotheses:
            raise ValueError("a spec states at least one hypothesis")
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            raise ValueError("seeds are given, and each once")
        names = {arm.name for arm in self.arms}
        wanted = {name for h in self.hypotheses for name in (*h.rule.arms, *h.rule.choices)}
        if not wanted <= names:
            raise ValueError(f"a rule names arms that the spec has not: {', '.join(sorted(wanted - names))}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a spec is drafted from: a claim with its paper as it was read (or none), a tier, seeds, options.

    ``seeds`` empty lets the experiment choose fresh ones; ``options`` are the experiment's own, by name.
    """

    claim: Claim | None = None
    paper: Paper | None = None
    reading: Reading | None = None
    tier: str = "miniature"
    size: str = ""
    seeds: tuple[int, ...] = ()
    options: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What one seed needs: ``files`` and ``folders`` are read-only under ``/job/inputs``; ``gold`` stays out.

    ``command`` is the argv inside the seal; its word "{python}" stands for the interpreter there, "{seal}"
    for the run's marker, which is also the variable SYNTH_SEAL.
    ``loopback`` lets its own processes meet on the loopback of the seal's private network. The program writes
    plain files to ``/job/out`` and lines to stdout; a line "@progress 0.25 words" is shown live.
    """

    command: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...] = ()
    folders: tuple[tuple[str, Path], ...] = ()
    gold: tuple[tuple[str, bytes], ...] = ()
    loopback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One number, computed outside the seal from raw predictions; ``n`` counts the items behind it."""

    seed: int
    arm: str
    task: str
    language: str
    split: str
    metric: str
    value: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """``arm`` against ``against`` over ``n`` seeds: mean, t interval, p (two-sided) and p after Holm; points.

    ``against`` is "" for the plain mean of an arm; bounds and p are None where one seed allows none.
    """

    arm: str
    against: str
    mean: float
    low: float | None
    high: float | None
    n: int
    p: float | None = None
    adjusted: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """An effect in one task, language, split and metric; ``items`` are those behind one seed's value."""

    task: str
    language: str
    split: str
    metric: str
    effect: Effect
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A precondition and whether it held, in words with the figures."""

    words: str
    held: bool
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a hypothesis's rule says of the rows; ``reason`` is one sentence with the deciding figures."""

    key: str
    claim: str
    outcome: Outcome
    reason: str
    effects: tuple[Effect, ...]
    preconditions: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """results.json: computed by the gate, outside the seal, from raw predictions; holds no clock.

    ``repeatable`` says whether a second run of the first seed gave the same bytes (None: not tried).
    """

    spec_sha256: str
    rows: tuple[Row, ...]
    judgements: tuple[Judgement, ...]
    notes: tuple[str, ...] = ()
    repeatable: bool | None = None
    schema: str = "synth/results-v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How one sealed run ended. ``stopped`` names the limit that ended it or ""; ``log`` is printable."""

    exit_code: int
    stopped: str
    log: str
    cpu_seconds: float
    wall_seconds: float
    peak_mb: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one seed took."""

    seed: int
    cpu_seconds: float
    wall_seconds: float
    peak_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """env.lock.json: the seal, the interpreter, the libraries, and the clocks and costs of the run."""

    seal: str
    probe: Pairs
    python: str
    platform: str
    packages: Pairs
    started_at: str
    ended_at: str
    costs: tuple[Cost, ...]
    schema: str = "synth/environment-v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A file that a seed's run could read: ``kept`` beside this list, or made again as ``again`` says."""

    name: str
    sha256: str
    size: int
    kept: bool
    again: str = ""

    def __post_init__(self) -> None:
        if not (self.kept or self.again):
            raise ValueError(f"{self.name} is not kept, and nothing says how it is made again")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedFacts:
    """One seed: how its run ended, what entered it, the gold that stayed outside and what came out."""

    seed: int
    exit_code: int
    stopped: str
    inputs: tuple[Input, ...]
    gold: tuple[Artifact, ...]
    outputs: tuple[Artifact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """inputs/inputs.json: the facts of every seed that ran, in the order of the spec."""

    seeds: tuple[SeedFacts, ...]
    schema: str = "synth/inputs-v1"


CheckName = Literal["source", "elaborates", "axioms", "replay", "statement"]
CheckState = Literal["passed", "refused", "not_available", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check and what it said; checks after one that refused are not run and not listed."""

    name: CheckName
    state: CheckState
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MathResult:
    """math-result-v1, checks.json of a proof: what each check said, the one outcome; no clock, no path."""

    schema: str
    contract_version: str
    claim: str
    theorem: str
    statement_sha256: str
    challenge_sha256: str
    solution_sha256: str
    toolchain: str
    checks: tuple[Check, ...]
    axioms: tuple[str, ...]
    outcome: str
    reason: str
    reviewed_by: str | None
