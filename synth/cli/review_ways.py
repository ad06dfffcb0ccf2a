"""An open sitting and one way to review it in; what is printed, what is written and the exit code out."""

from __future__ import annotations

import json as jsonlib
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth.cli import claim_words
from synth.cli.printing import counted, note, say, say_json, telling
from synth.cli.review_wishes import Wish
from synth.errors import InputError, OutputError, SynthError, UsageError
from synth.records import Decision, Evidence, Pairs, Review
from synth.text import printable

if TYPE_CHECKING:
    from synth.pipeline.review import Open
    from synth.pipeline.sitting import Sitting

_LONGEST = 1 << 20
"""Bytes read of a line of an import, which is far above what is taken."""
_MOST = 256 << 20
"""Bytes of an import: 200,000 decisions of a usual length."""


def screen(opened: Open, *, quiet: bool) -> int:
    """Review on the screen."""
    from synth import tui

    return _sat(opened, lambda: tui.run(opened), quiet=quiet)


def plain(opened: Open, *, quiet: bool) -> int:
    """Review by questions and answers."""
    from synth.cli.plain import talk

    return _sat(opened, lambda: talk(opened), quiet=quiet)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        say(claim_words.flat(line))


def _sat(opened: Open, sit: Callable[[], None], *, quiet: bool) -> int:
    """Hold a sitting, then write the report anew: after Ctrl-C, too."""
    if moved := opened.sitting.moved():
        note([str(moved)], quiet=quiet)
    try:
        sit()
    except (KeyboardInterrupt, SynthError):
        _write_anew(opened, quiet=quiet)
        raise
    _write_anew(opened, quiet=quiet)
    _say(claim_words.summary_lines(opened.sitting, opened.folder))
    return 0


def claims(opened: Open, chosen: Iterable[str], wish: Wish, *, json: bool, quiet: bool) -> int:
    """Decide on claims as wished, all or none; with no wish print what is to be known of them."""
    claims = tuple(chosen)
    sitting = opened.sitting
    for claim in claims:
        sitting.judged(claim)
    if not wish.empty:
        asked = [one for claim in claims for one in _asked(sitting, claim, wish)]
        hidden = frozenset(claim for claim in claims if sitting.hidden(claim))
        return _decided(opened, sitting.append(asked), json=json, quiet=quiet, hidden=hidden)
    if json:
        say_json(claim_words.claim_row(sitting, claim) for claim in claims)
    else:
        for at, claim in enumerate(claims):
            _say([*([""] if at else ()), *claim_words.claim_lines(sitting, claim)])
    return 0


def _asked(sitting: Sitting, claim: str, wish: Wish) -> Iterator[Review]:
    """Yield the decisions on a claim that the options ask for."""

    def one(
        decision: Decision, *, note: str = "", scope: Pairs | None = None, passage: Evidence | None = None
    ) -> Review:
        label = wish.label if decision == "change" else None
        return sitting.asked(claim, decision, label=label, note=note, scope=scope, passage=passage)

    if wish.judgement:
        yield one(wish.judgement, note=wish.note or "")
    if wish.flag:
        yield one(wish.flag)
    if wish.scope is not None:
        yield one("scope", scope=wish.scope)
    if wish.link is not None and wish.relation is not None:
        found = the_sentence(sitting, claim, wish.link)
        yield one("link", passage=sitting.linked(claim, found, wish.relation))
    if wish.note is not None and not wish.judgement:
        yield one("note", note=wish.note)


def the_sentence(sitting: Sitting, claim: str, words: str) -> Evidence:
    """Return the one sentence of the papers that holds ``words``, whitespace apart, the claim's own left out.

    Raises UsageError where there is none or more than one, and what ``Sitting.sentences`` raises.
    """
    wanted, own = claim_words.flat(words), sitting.judged(claim).claim
    if not wanted:
        raise UsageError("--link has no words", remedy="copy the words of a sentence from the papers")
    found = [
        one
        for one in sitting.sentences()
        if wanted in claim_words.flat(one.quote)
        and (one.passage, one.sentence) != (own.passage, own.sentence)
    ]
    if len(found) == 1:
        return found[0]
    short = wanted if len(wanted) <= 60 else f"{wanted[:59]}…"
    if not found:
        raise UsageError(f"no sentence of the papers holds “{short}”", remedy="copy its words exactly")
    more = f", and {len(found) - 5} more" if len(found) > 5 else ""
    places = ", ".join(claim_words.where(one) for one in found[:5])
    raise UsageError(
        f"{len(found)} sentences hold “{short}”: {places}{more}", remedy="give more words of the one you mean"
    )


def withdrawn(opened: Open, *, redo: bool, json: bool, quiet: bool) -> int:
    """Take back the last decision, or make the one taken back last stand again."""
    sitting = opened.sitting
    found = sitting.redo() if redo else sitting.undo()
    if found is None:
        what = "decision that was taken back" if redo else "decision in force"
        raise UsageError(f"there is no {what} of {sitting.reviewer}", remedy="name yourself with --reviewer")
    return _decided(
        opened, [found], json=json, quiet=quiet, said="stands again: " if redo else "taken back: "
    )


def _decided(
    opened: Open,
    made: Sequence[Review],
    *,
    json: bool,
    quiet: bool,
    said: str = "",
    hidden: frozenset[str] = frozenset(),
) -> int:
    """Say what was decided, with the verdict on claims ``hidden`` until then, and write the report anew."""
    sitting = opened.sitting
    if json:
        say_json(claim_words.review_row(sitting, one) for one in made)
    else:
        for one in made:
            _say([f"{said}{one.claim}: {claim_words.decided(one)}"])
            shown = one.claim in hidden and not sitting.hidden(one.claim)
            if shown and sitting.standing(one.claim).judged == one:
                verdict = sitting.judged(one.claim).by_others
                sure = claim_words.decimal(verdict.confidence)
                say(f"{one.claim}: the machine says {verdict.label.value} {sure}")
    _write_anew(opened, quiet=quiet)
    return 0


def queue(sitting: Sitting, *, json: bool) -> int:
    """Print what is to be judged, in its order, and the pace."""
    left = [one for one in sitting.queue() if not sitting.done(one.claim)]
    if json:
        say_json(claim_words.queue_row(sitting, one) for one in left)
    else:
        _say([*(claim_words.queue_line(sitting, one) for one in left), sitting.pace().words])
    return 0


def agreement(sitting: Sitting, *, json: bool) -> int:
    """Print how far the reviewers agree."""
    if json:
        say_json([claim_words.agreement_row(sitting)])
    else:
        _say(claim_words.agreement_lines(sitting))
    return 0


def exported(opened: Open, name: str, *, json: bool) -> int:
    """Write every decision as JSON Lines into a file, "-" for stdout."""
    from synth.pipeline import review as reviewing

    lines = [_exact(row) for row in reviewing.exported(opened)]
    if name == "-":
        sys.stdout.write("".join(lines))
        return 0
    _check_target(Path(name), opened)
    _write_whole(Path(name), "".join(lines))
    if json:
        say_json([{"file": name, "decisions": len(lines)}])
    else:
        say(f"{name}: {counted(len(lines), 'decision')}")
    return 0


def _check_target(path: Path, opened: Open) -> None:
    """Raise OutputError for a file that must not be written over: the store's, and those of the report."""
    from synth import formats

    store = opened.store.path.resolve()
    at = path.resolve()
    if at.parent == store.parent and at.name.startswith(store.name):
        raise OutputError(f"{path} is the store itself", remedy="name another file")
    if at.parent == opened.folder.resolve() and at.name in {formats.filename(n) for n in formats.names()}:
        raise OutputError(f"{path} is a file of the report", remedy="name another file")


def _exact(row: Mapping[str, Any]) -> str:
    """Return a line that a terminal can show and that reads back as it was: its id must fit."""
    line = jsonlib.dumps(row, ensure_ascii=False)
    return (line if printable(line) == line else jsonlib.dumps(row)) + "\n"


def _write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all; what a link points at is never touched."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        what = "a link" if path.is_symlink() else "no plain file"
        raise OutputError(f"{path} is {what}", remedy="name a file, or - for stdout")
    beside = path.with_name(f".synth-{secrets.token_hex(8)}")
    try:
        try:
            with beside.open("xb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}", remedy="name another file") from error


def imported(opened: Open, name: str, *, json: bool, quiet: bool) -> int:
    """Append the decisions of a file; the exit code is 1 where some are on claims that the report has not."""
    from synth.pipeline import review as reviewing

    what = "stdin" if name == "-" else name
    made = reviewing.imported(opened, _lines(name), name=what)
    if json:
        say_json([{"added": len(made.added), "known": made.known, "foreign": made.foreign}])
    else:
        added = counted(len(made.added), "decision")
        foreign = f", {made.foreign} of them on claims that the report has not" if made.foreign else ""
        say(f"{what}: {added} added, {made.known} known before{foreign}")
    _write_anew(opened, quiet=quiet)
    return 1 if made.foreign else 0


def _lines(name: str) -> Iterable[str]:
    """Yield the lines of a file, "-" for stdin; of one without end only its beginning."""
    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as file:
            size = 0
            while line := file.readline(_LONGEST):
                size += len(line)
                if size > _MOST:
                    raise InputError(
                        f"{name} is larger than {_MOST >> 20} MB", remedy="import it in parts, oldest first"
                    )
                yield line.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise InputError(
            f"cannot read {'stdin' if name == '-' else name}: {why}", remedy="name a UTF-8 JSON Lines file"
        ) from error


def _write_anew(opened: Open, *, quiet: bool) -> None:
    """Write the report anew where it does not say yet what was decided."""
    from synth.pipeline import review as reviewing

    try:
        with telling(quiet=quiet) as told, told.stage("write the report anew"):
            bundle = reviewing.rewritten(opened)
    except SynthError as error:
        raise OutputError(
            f"what was decided is kept, but the report was not written anew: {error.message}",
            remedy=error.remedy,
        ) from error
    if bundle is not None:
        note([f"the report is written anew: {bundle.folder / 'report.md'}"], quiet=quiet)
