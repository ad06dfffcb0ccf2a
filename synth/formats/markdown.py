"""A report in, report.md out: CommonMark and pipe tables, one line a paragraph, foreign words escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from synth.formats.document import (
    Block,
    Bullets,
    Document,
    Heading,
    Intervals,
    Notice,
    Paragraph,
    Quote,
    Run,
    Table,
    Text,
    as_table,
)
from synth.formats.sections import compose
from synth.records import Report
from synth.text import printable

FILENAME: Final = "report.md"

_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_LEAD = re.compile(r"(?=[#>=|:~`]|[-+*](?:\s|$|[-+*])|-{2,})|(?<=\d)(?=[.)](?:\s|$))")
_NUMBERED = re.compile(r"\d{1,9}(?=[.)](?:\s|$))")


def render(report: Report) -> bytes:
    """Return the report as UTF-8 Markdown."""
    return markdown(compose(report)).encode()


def markdown(document: Document) -> str:
    """Return a document as Markdown."""
    head = [f"# {_heading(document.title)}", _line(document.author), _line(document.date)]
    return "\n\n".join([*head, *(_block(block) for block in document.blocks)]) + "\n"


def escape(text: str) -> str:
    """Return ``text`` on one line so that CommonMark with tables prints it as it stands.

    Only what could be markup where it stands is escaped, so that a quotation stays readable in the source.
    """
    flat = " ".join(printable(text).split())
    return "".join(_escaped(flat, at) for at in range(len(flat)))


def _escaped(text: str, at: int) -> str:
    """Return the character at ``at``, with a backslash if its neighbours let it act as markup."""
    one = text[at]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    match one:
        case "\\":
            acts = not after or after in _PUNCTUATION
        case "*" | "`" | "|" | "~" | "$":
            acts = True
        case "_":
            acts = not (before.isalnum() and after.isalnum())
        case "]":
            acts = not after or after in "([:"
        case "<":
            acts = not after or after.isalpha() or after in "/!?"
        case "&":
            acts = bool(re.match(r"&#?\w+;", text[at:]))
        case _:
            acts = False
    return f"\\{one}" if acts else one


def _line(text: str) -> str:
    """Return escaped text that begins a line of its own."""
    return guard(escape(text))


def guard(line: str) -> str:
    """Return an escaped line whose first characters cannot begin a block (a heading, list, table, quote)."""
    if found := _NUMBERED.match(line):
        return f"{found.group()}\\{line[found.end() :]}"
    return f"\\{line}" if _LEAD.match(line) else line


def _heading(text: str) -> str:
    line = escape(text)
    # a heading may close with "#"s, which are then not shown
    return re.sub(r"#+$", lambda m: "\\#" * len(m.group()), line)


def _runs(text: Text) -> str:
    return "".join(_run(run) for run in text)


def _opening(text: Text) -> str:
    """Return the runs of a text that begins a block; what we style ourselves needs no guard."""
    shown = _runs(text)
    return shown if text and (text[0].style or text[0].href.startswith("http")) else guard(shown)


def _run(run: Run) -> str:
    if run.href.startswith("http"):
        return f"<{run.href}>" if run.text == run.href else f"{_inner(run.text)} <{run.href}>"
    match run.style:
        case "strong":
            bare = _inner(run.text)
            inside = bare.strip()
            return bare.replace(inside, f"**{inside}**") if inside else ""
        case "code":
            return code(run.text)
        case "":
            return _inner(run.text)


def _inner(text: str) -> str:
    """Escape a run, keeping the single spaces at its ends that part it from its neighbours."""
    lead, tail = " " if text[:1].isspace() else "", " " if text[-1:].isspace() else ""
    bare = escape(text)
    return f"{lead}{bare}{tail}" if bare else lead or tail


def code(text: str) -> str:
    """Return ``text`` as a code span, in more backticks than it holds."""
    flat = " ".join(printable(text).split())
    if not flat:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if flat[0] == "`" or flat[-1] == "`" else ""
    return f"{fence}{pad}{flat}{pad}{fence}"


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {_heading(block.full)}"
        case Paragraph():
            return _opening(block.text)
        case Notice():
            return f"> {_opening(block.text)}"
        case Bullets():
            return "\n".join(f"- {_opening(item)}" for item in block.items)
        case Quote():
            return f"> {_line(block.text)}\n>\n> — {_runs(block.source)}"
        case Table():
            return _table(block)
        case Intervals():
            return _table(as_table(block))


def _table(table: Table) -> str:
    heads = table.columns or ("",) * len(table.widths)
    rules = ["---:" if at in table.numeric else "---" for at in range(len(heads))]
    if heads[1:2] == ("Verified",):
        rules[1] = ":---:"
    rows = [_row(heads), _row(rules), *(_row(_cell(cell) for cell in row) for row in table.rows)]
    return "\n".join(rows)


def _cell(text: Text) -> str:
    # inside a table even a code span needs its pipes escaped (GitHub Flavored Markdown, section 4.10)
    return "".join(_run(run).replace("|", "\\|") if run.style == "code" else _run(run) for run in text)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
