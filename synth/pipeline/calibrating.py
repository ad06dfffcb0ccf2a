"""Labelled pairs or reviewed reports in, a calibration out, with what it changes on what it did not see."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth import calibration, evidence
from synth.calibration import Bin, Threshold
from synth.config import Config
from synth.errors import InputError, OutputError, UsageError
from synth.formats.reliability import render_reliability
from synth.pipeline.judges import SIDES, FittedOn
from synth.pipeline.progress import Progress, Silent
from synth.pipeline.publishing import check_writable
from synth.pipeline.reviewed import Reviewed, reviewed
from synth.pipeline.verify import Asked, read_claims, verify_pairs
from synth.records import Label, Verdict
from synth.text import words
from synth.verifiers._recalibrated import Scaling, recalibrated
from synth.verifiers._weights import log_ratios

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PAIRS, OF_EACH = 50, 5
"""Examples, and examples of each label, below which nothing is fitted: nine numbers come of them."""
FOLDS = 5
BINS = 10
PRECISIONS = (0.8, 0.9, 0.95)
SHAPE = (
    'each line is {"claim": "…", "passage": "…" or ["sentence", …], "label": "SUPPORT", "CONTRADICT" or '
    '"NOT_ENOUGH_INFO"}'
)
_LABELS = tuple(Label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How verdicts fared on labelled examples: accuracy, ECE of the confidence, Brier score, its bins."""

    accuracy: float
    ece: float
    brier: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """A fitted calibration and its figures.

    ``verifier`` is the signature it was fitted on, ``data`` the SHA-256 of the examples, ``pairs`` how many
    of each label, ``reviewed`` where those of reports came from. ``curve`` and ``after`` come of verdicts
    whose calibration was fitted without their claim.
    """

    verifier: str
    on: FittedOn
    data: str
    pairs: Mapping[Label, int]
    scaling: Scaling
    curve: Mapping[Label, tuple[Threshold, ...]]
    before: Measured
    after: Measured
    reviewed: Reviewed | None = None

    @property
    def noun(self) -> str:
        """What its examples are, in the plural."""
        return "reviewed claims" if self.reviewed else "pairs"


def calibrate(content: bytes, *, name: str, config: Config, progress: Progress | None = None) -> Calibrated:
    """Fit vector scaling (Guo et al. 2017) over the verifier's verdicts on labelled pairs (JSON Lines).

    The calibration of ``config`` is left aside. Raises InputError naming a wrong line, for fewer than
    ``PAIRS`` pairs or ``OF_EACH`` of a label, and where too few claims differ.
    """
    told = progress or Silent()
    pairs, gold = read_labelled(content, name=name)
    folds = _folds([pair.text for pair in pairs], gold, name=name, more="bring pairs of more claims")
    found: list[Verdict] = []
    with told.stage("judge pairs"):
        for _, verdict in verify_pairs(pairs, config=replace(config, calibration=None, min_precision=None)):
            found.append(verdict)
            told.step(len(found), len(pairs))
    return _calibrated(
        found, gold, folds, on="given passages", data=hashlib.sha256(content).hexdigest(), source=None
    )


def calibrate_reviews(
    reports: Sequence[Path], *, config: Config, progress: Progress | None = None
) -> Calibrated:
    """Fit the same over the reports' own verdicts by other works and the labels that reviewers hold of them.

    Nothing is judged anew. Raises what ``reviewed`` raises, and InputError for fewer than ``PAIRS`` labelled
    claims or ``OF_EACH`` of a label.
    """
    told = progress or Silent()
    with told.stage("read reviews"):
        source = reviewed(reports, config=config)
    name = f"the reviews of {', '.join(str(folder) for folder in reports)}"
    gold = [one.label for one in source.examples]
    lost = ", ".join(f"{count} {r.replace('_', ' ')}" for r, count in source.left_out.items() if count)
    rest = f"; left out: {lost}" if lost else ""
    _enough(gold, lack=f"{name} give too few claims to calibrate on", rest=rest, bring="review")
    folds = _folds([one.text for one in source.examples], gold, name=name, more="review more claims")
    found = [one.verdict for one in source.examples]
    return _calibrated(found, gold, folds, on="other works", data=source.data, source=source)


def _calibrated(
    found: Sequence[Verdict],
    gold: Sequence[Label],
    folds: Sequence[int],
    *,
    on: FittedOn,
    data: str,
    source: Reviewed | None,
) -> Calibrated:
    after = _cross_fitted(found, gold, folds)
    return Calibrated(
        verifier=found[0].signature,
        on=on,
        data=data,
        pairs={label: gold.count(label) for label in _LABELS},
        scaling=_fit(found, gold),
        curve={label: _curve(after, gold, label) for label in SIDES.values()},
        before=_measured(found, gold),
        after=_measured(after, gold),
        reviewed=source,
    )


def read_labelled(content: bytes, *, name: str) -> tuple[tuple[Asked, ...], tuple[Label, ...]]:
    """Return the pairs of JSON lines and their labels; raises InputError naming the wrong line."""
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"cannot read {name}: {error}", remedy="name a UTF-8 JSON Lines file") from error
    pairs = read_claims(lines, name=name, pairs=True)
    places = [f"{name}, line {number}" for number, line in enumerate(lines, start=1) if line.strip()]
    rows = [json.loads(line) for line in lines if line.strip()]
    gold = []
    for pair, row, where in zip(pairs, rows, places, strict=True):
        if row.get("label") not in list(_LABELS):
            raise InputError(f'{where}: no "label" that is known', remedy=SHAPE)
        if not words(pair.text):
            raise InputError(f"{where}: a claim needs at least one word", remedy=SHAPE)
        if not any(words(e.quote) for e in evidence.pairs(pair.passage)):
            raise InputError(f"{where}: a passage needs at least one word", remedy="leave the line out")
        gold.append(Label(row["label"]))
    _enough(gold, lack=f"{name} has too few pairs to calibrate on", rest="", bring="bring")
    return pairs, tuple(gold)


def _enough(gold: Sequence[Label], *, lack: str, rest: str, bring: str) -> None:
    seen = Counter(gold)
    if len(gold) < PAIRS or min(seen[label] for label in _LABELS) < OF_EACH:
        had = ", ".join(f"{seen[label]} {label}" for label in _LABELS)
        raise InputError(
            f"{lack}: {len(gold)} ({had}){rest}",
            remedy=f"{bring} at least {PAIRS}, and {OF_EACH} of each label",
        )


def _folds(texts: Sequence[str], gold: Sequence[Label], *, name: str, more: str) -> tuple[int, ...]:
    """Return the fold of each example by the hash of its claim, so that no claim is on both sides."""
    folds = tuple(
        int(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(), 16) % FOLDS for text in texts
    )
    for fold in range(FOLDS):
        left = {label for label, at in zip(gold, folds, strict=True) if at != fold}
        if lost := [label for label in _LABELS if label not in left]:
            raise InputError(
                f"{name}: too few claims differ; without a fifth of them no {lost[0]} is left",
                remedy=more,
            )
    return folds


def _cross_fitted(found: Sequence[Verdict], gold: Sequence[Label], folds: Sequence[int]) -> list[Verdict]:
    """Return each verdict as the calibration that was fitted on the other folds makes it."""
    made = list(found)
    for fold in set(folds):
        others = [i for i, at in enumerate(folds) if at != fold]
        scaling = _fit([found[i] for i in others], [gold[i] for i in others])
        for i in set(range(len(found))) - set(others):
            made[i] = recalibrated(found[i], scaling)
    return made


def _fit(found: Sequence[Verdict], gold: Sequence[Label]) -> Scaling:
    """Return the vector scaling from verdicts to labels, to five decimals, so that last bits never show."""
    import numpy as np

    scores = np.asarray([log_ratios(*v.probabilities) for v in found])
    fitted = calibration.fit_logistic(scores, np.eye(3)[_numbers(gold)])
    return Scaling(
        weight=tuple(tuple(round(w, 5) for w in row) for row in fitted.weight),
        bias=tuple(round(b, 5) for b in fitted.bias),
    )


def _numbers(gold: Sequence[Label]) -> NDArray[np.int64]:
    import numpy as np

    return np.asarray([_LABELS.index(label) for label in gold], np.int64)


def _curve(found: Sequence[Verdict], gold: Sequence[Label], label: Label) -> tuple[Threshold, ...]:
    import numpy as np

    p = np.asarray([v.confidence if v.label is label else 0.0 for v in found])
    return calibration.curve(p, np.asarray([float(g is label) for g in gold]))


def _measured(found: Sequence[Verdict], gold: Sequence[Label]) -> Measured:
    import numpy as np

    p = np.asarray([v.confidence for v in found])
    hits = np.asarray([float(v.label is g) for v, g in zip(found, gold, strict=True)])
    spread = np.asarray([v.probabilities for v in found])
    return Measured(
        accuracy=round(float(hits.mean()), 4),
        ece=round(calibration.ece(p, hits, bins=BINS), 4),
        brier=round(calibration.brier(spread, _numbers(gold)), 4),
        bins=tuple(
            Bin(b.size, round(b.confidence, 4), round(b.accuracy, 4))
            for b in calibration.reliability(p, hits, bins=BINS)
        ),
    )


def calibration_file(made: Calibrated) -> bytes:
    """Return the bytes of the file that ``--calibration`` takes: the same examples, the same bytes."""
    row = {
        "verifier": made.verifier,
        "fitted_on": made.on,
        "pairs": sum(made.pairs.values()),
        "data": made.data,
        "weight": made.scaling.weight,
        "bias": made.scaling.bias,
        "curve": {side: made.curve[label] for side, label in SIDES.items()},
    }
    return (json.dumps(row, indent=1, sort_keys=True) + "\n").encode()


def diagram(made: Calibrated) -> bytes:
    """Return the reliability diagram as SVG: the same examples, the same bytes."""
    name = made.verifier.partition("+")[0]
    return render_reliability(
        {
            f"before, ECE {made.before.ece:.3f}": made.before.bins,
            f"after (cross-fitted), ECE {made.after.ece:.3f}": made.after.bins,
        },
        title=f"{name} on {sum(made.pairs.values()):,} {made.noun}",
    )


def calibrated_row(made: Calibrated) -> dict[str, Any]:
    """Return what ``calibrate --json`` prints."""
    return {
        "verifier": made.verifier,
        "fitted_on": made.on,
        "data": made.data,
        "pairs": {label.value: count for label, count in made.pairs.items()},
        "reviews": _counts(made.reviewed) if made.reviewed else None,
        "before": _row(made.before),
        "after": _row(made.after),
        "thresholds": [
            {"precision": p, **{label.value: _threshold(made, label, p) for label in SIDES.values()}}
            for p in PRECISIONS
        ],
    }


def _counts(source: Reviewed) -> dict[str, Any]:
    return {
        "reports": source.reports,
        "claims": len(source.examples),
        "reviewers": source.reviewers,
        "left_out": dict(source.left_out),
    }


def _row(measured: Measured) -> dict[str, Any]:
    return asdict(measured) | {"bins": [b._asdict() for b in measured.bins]}


def _threshold(made: Calibrated, label: Label, precision: float) -> dict[str, float] | None:
    found = calibration.reaching(made.curve[label], precision)
    if not found:
        return None
    return {"from": found.value, "precision": found.precision, "coverage": found.coverage}


def write_files(files: Mapping[Path, bytes]) -> None:
    """Write each file whole or not at all; raises OutputError where one cannot be written."""
    for path, content in files.items():
        beside = path.with_name(f".{path.name}.synth")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                beside.write_bytes(content)
                beside.replace(path)
            finally:
                beside.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}", remedy="name another file") from error


def check_examples(*, pairs: str, reports: Sequence[Path], verifier: str | None) -> None:
    """Raise UsageError unless there are pairs, or reviewed reports, whose verdicts name their verifier."""
    if bool(pairs) == bool(reports):
        raise UsageError(
            "give labelled PAIRS, or a reviewed report with --reviews", remedy="see synth calibrate --help"
        )
    if reports and verifier is not None:
        raise UsageError("the verdicts of a report name their verifier", remedy="leave --verifier out")


def check_files(*, out: Path, svg: Path | None) -> None:
    """Raise UsageError or OutputError where the files could not be written: asked before the work."""
    if svg is not None and svg.absolute() == out.absolute():
        raise UsageError("--out and --svg name the same file", remedy="name two")
    for path in (out, svg):
        if path is not None:
            if path.is_dir():
                raise OutputError(f"{path} is a folder", remedy="name a file")
            if _is_store(path):
                raise OutputError(f"{path} is a database, a store perhaps", remedy="name another file")
            check_writable(path.parent)


def _is_store(path: Path) -> bool:
    """Whether an SQLite file lies there: written over, all reviews in it would be lost."""
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError:
        return False  # nothing there, or nothing to be read: writing says which
