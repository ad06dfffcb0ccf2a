"""synth: a question and papers in, a checked report out.

The three verbs below are the Python interface; the nouns that they take and give are in ``records``,
what can go wrong in ``errors``. Everything heavy is imported on first use.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from synth.errors import SynthError
from synth.records import Claim, Evidence, Label, Paper, Passage, Reading, Report, Verdict

__version__ = "0.1.0"

__all__ = [
    "Claim",
    "Evidence",
    "Label",
    "Paper",
    "Passage",
    "Reading",
    "Report",
    "SynthError",
    "Verdict",
    "ask",
    "publish",
    "read",
    "verify",
]


def ask(question: str, *, papers: Path | str | Sequence[Path | str], claims: int = 60) -> Report:
    """Return the report on ``question`` from one or more folders of papers, as ``synth ask`` makes it.

    ``claims`` is how many claims are judged, those nearest to the question first. Raises SynthError with
    one line that says what to do: an empty question, no readable paper, a damaged store.
    """
    from synth import pipeline
    from synth.config import load

    return pipeline.ask(question, config=load(flags={"papers": _paths(papers), "claims": claims}))


def publish(report: Report, folder: Path | str) -> tuple[Path, ...]:
    """Write the bundle of ``report`` into ``folder`` and return its files; raises SynthError."""
    from synth import pipeline

    written = pipeline.publish(report, folder=Path(folder))
    return tuple(written.folder / name for name in written.files)


def verify(claims: Sequence[str], docs: Path | str | Sequence[Path | str]) -> list[Verdict]:
    """Judge each claim against papers (or a SciFact-style .jsonl corpus), in the order given.

    Probabilities are calibrated for claims set against papers on their subject. Raises SynthError for an
    empty claim and where nothing can be read.
    """
    from synth import pipeline
    from synth.config import load

    asked = [pipeline.as_asked(text) for text in claims]
    return [verdict for _, verdict in pipeline.verify_against(asked, _paths(docs), config=load())]


def read(path: Path | str) -> Reading:
    """Read one paper: passages, sentences, tables and references with page and boxes; raises SynthError."""
    from synth import reading

    return reading.read(Path(path))


def _paths(given: Path | str | Sequence[Path | str]) -> tuple[Path, ...]:
    return (Path(given),) if isinstance(given, Path | str) else tuple(Path(p) for p in given)
