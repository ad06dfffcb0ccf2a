"""Rows and errors in, lines on stdout and stderr out; what came from papers is made printable first."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from synth.text import printable

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

Row = Mapping[str, Any]


def say(text: str) -> None:
    """Print one or more lines on stdout."""
    print(printable(text))


def say_json(rows: Iterable[Row]) -> None:
    """Print rows as JSON, one object a line, as they come."""
    for row in rows:
        line = json.dumps(row, ensure_ascii=False, sort_keys=False, separators=(", ", ": "))
        # JSON escapes control characters; what hides or turns text would pass
        print(printable(line), flush=True)


def say_each(rows: Iterable[Row], *, as_json: bool, line: Callable[[Row], str]) -> None:
    """Print rows as JSON or as the lines that ``line`` makes of them."""
    if as_json:
        say_json(rows)
        return
    for row in rows:
        say(skipped_line(row) if "reason" in row and "what" in row else line(row))


def note(lines: Iterable[str], *, quiet: bool) -> None:
    """Print lines on stderr, unless ``quiet``."""
    for line in () if quiet else lines:
        print(printable(line), file=sys.stderr)


def fail(message: str) -> None:
    """Print one line on stderr and exit with 2."""
    print(f"synth: {printable(' '.join(message.split()))}", file=sys.stderr)
    sys.exit(2)


class Told:
    """Progress of a run on stderr: a bar on a terminal, nothing elsewhere; keeps the time of each stage."""

    def __init__(self, bar: Bar | None) -> None:
        self._bar = bar
        self._task = None if bar is None else bar.add_task("", total=None)
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Show the stage and measure it."""
        if self._bar is not None and self._task is not None:
            self._bar.reset(self._task, description=name, total=None)
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began

    def step(self, done: int, total: int) -> None:
        """Show how far the stage is."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)


@contextmanager
def telling(*, quiet: bool, profile: bool = False) -> Iterator[Told]:
    """Show progress on a terminal's stderr unless ``quiet``; print the time of each stage if ``profile``."""
    if quiet or not sys.stderr.isatty():
        told = Told(None)
        yield told
    else:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            told = Told(bar)
            yield told
    if profile:
        _profile(told.seconds)


class Watched(Told):
    """Progress of sealed runs: a bar for each on a terminal, a line at each quarter elsewhere."""

    def __init__(self, bar: Bar | None, *, quiet: bool) -> None:
        super().__init__(bar)
        self._quiet = quiet
        self._tasks: dict[str, TaskID] = {}
        self._quarters: dict[str, int] = {}

    def part(self, name: str, share: float, words: str) -> None:
        """Show how far the run called ``name`` is."""
        if self._bar is not None:
            if name not in self._tasks:
                self._tasks[name] = self._bar.add_task(name, total=100)
            said = f"{name}: {printable(words)}" if words else name
            self._bar.update(self._tasks[name], completed=int(100 * share), description=said)
        elif not self._quiet and int(4 * share) > self._quarters.get(name, -1):
            self._quarters[name] = int(4 * share)
            print(f"{printable(name)}: {share:.0%} {printable(words)}".rstrip(), file=sys.stderr, flush=True)


@contextmanager
def watching(*, quiet: bool) -> Iterator[Watched]:
    """Show sealed runs side by side on a terminal's stderr, as lines elsewhere, not at all if ``quiet``."""
    if quiet or not sys.stderr.isatty():
        yield Watched(None, quiet=quiet)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Watched(bar, quiet=quiet)


def _profile(seconds: Mapping[str, float]) -> None:
    import resource

    width = max((len(name) for name in seconds), default=0)
    for name, spent in seconds.items():
        print(f"{name:<{width}}  {spent:7.2f} s", file=sys.stderr)
    print(f"{'all stages':<{width}}  {sum(seconds.values()):7.2f} s", file=sys.stderr)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(
        f"{'peak memory':<{width}}  {own / 1024:7.0f} MB, largest child {child / 1024:.0f} MB",
        file=sys.stderr,
    )


def skipped_line(row: Row) -> str:
    """Return what could not be used, why, and what to do."""
    return f"skipped {row['what']}: {row['reason']}{' - ' if row['remedy'] else ''}{row['remedy']}"


def verdict_line(row: Row) -> str:
    """Return a verdict as a few lines for a reader: label, probability, quotes with their places."""
    head = f"{row['label']} {row['confidence']:.2f}  {row['claim']}"
    shown = [f"  {e['relation']} {e['score']:.2f}  {place(e)}: “{e['quote']}”" for e in row["evidence"]]
    why = [f"  {'; '.join(row['reasons'])}"] if row.get("reasons") else []
    return "\n".join([head, *why, *shown])


def place(row: Row) -> str:
    """Return where a quote stands, such as "paper.pdf p. 3"."""
    page = row.get("page")
    return f"{row['doc_id']} p. {page}" if page else str(row["doc_id"])


def claim_line(row: Row) -> str:
    """Return a mined claim as a line."""
    page = f" p. {row['page']}" if row.get("page") else ""
    return f"{row['paper']}{page} [{row['kind']} {row['score']:.2f}] {row['text']}"


def result_line(row: Row) -> str:
    """Return a measured result as a line; what was not stated is "?"."""
    named = [row[k] or "?" for k in ("model", "task", "dataset", "split", "language", "metric")]
    page = f" p. {row['page']}" if row.get("page") else ""
    unit = f" {row['unit']}" if row["unit"] else ""
    return f"{row['paper']}{page} {' | '.join(named)} = {row['value']:g}{unit} ({row['from']})"


def comparison_line(row: Row) -> str:
    """Return a comparison as a few lines."""
    entries = [f"  {result_line(e)}" for e in row["entries"]]
    return "\n".join([f"{row['relation']}  {row['key']}: {row['reason']}", *entries])


def reading_line(row: Row) -> str:
    """Return what was read of a paper, passage by passage."""
    paper = row["paper"]
    lines = [f"{paper['id']}  {paper['title']}  ({counted(paper['pages'], 'page')})"]
    lines += [f"  p. {p['page'] or '-'} {p['section'] or '-'}: {p['text']}" for p in row["passages"]]
    lines += [
        f"  p. {t['page']} table, {counted(len(t['rows']), 'row')}: {t['caption']}" for t in row["tables"]
    ]
    lines += [f"  {counted(len(row['references']), 'reference')}"]
    lines += [f"  {skipped_line(s)}" for s in row["skipped"]]
    return "\n".join(lines)


def counted(number: int, noun: str) -> str:
    """Return "1 page", "3 pages"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def calibration_table(row: Row) -> str:
    """Return a calibration's figures before and after, its thresholds and the reliability table."""
    before, after = row["before"], row["after"]
    counts = ", ".join(f"{count:,} {label}" for label, count in row["pairs"].items())
    names = {"accuracy": "accuracy", "ece": "ECE", "brier": "Brier score"}
    bins = zip(before["bins"], after["bins"], strict=True)
    reviews = row["reviews"]
    noun = "claims" if reviews else "pairs"
    head = f"{noun:>6}  said   right"
    return "\n".join(
        [
            row["verifier"],
            f"{sum(row['pairs'].values()):,} {noun}: {counts}",
            *(_reviewed(reviews) if reviews else ()),
            "",
            f"{'':<12} {'before':>8} {'after':>8}",
            *(f"{name:<12} {before[key]:>8.3f} {after[key]:>8.3f}" for key, name in names.items()),
            "after: fitted on four fifths of the claims and measured on the fifth, five times",
            "",
            f"{'precision':<12} {'SUPPORT':<24} CONTRADICT",
            *(
                f"{t['precision']:<12g} {_from(t['SUPPORT']):<24} {_from(t['CONTRADICT'])}"
                for t in row["thresholds"]
            ),
            "",
            f"{'reliability':<12} {'before':<24} after",
            f"{'':<12} {head:<24} {head}",
            *(f"{'':<12} {_bin(one):<24} {_bin(other)}" for one, other in bins),
        ]
    )


def _reviewed(counts: Row) -> Iterator[str]:
    """Yield whose labels a calibration on reviews rests on, and which claims gave none."""
    people, reports = counted(counts["reviewers"], "reviewer"), counted(counts["reports"], "report")
    yield f"verdicts by other works of {reports}, labelled by {people}"
    lost = [f"{count:,} {reason.replace('_', ' ')}" for reason, count in counts["left_out"].items() if count]
    yield f"left out: {', '.join(lost) or 'none'}"


def _from(threshold: Row | None) -> str:
    if threshold is None:
        return "never"
    return f"from {threshold['from']:.4f}, {100 * threshold['coverage']:.1f} %"


def _bin(one: Row) -> str:
    return f"{one['size']:>6}  {one['confidence']:.3f}  {one['accuracy']:.3f}"
