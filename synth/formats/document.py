"""The nouns of a page: what a report says, in blocks that each format sets in its own way.

A block holds plain text, never markup: escaping is the business of the format that prints it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple


class Run(NamedTuple):
    """Text in one style; ``href`` is "" or an http(s) address or "#" and the anchor of a heading."""

    text: str
    style: Literal["", "strong", "code"] = ""
    href: str = ""


Text = tuple[Run, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading of ``level`` 2 to 4; ``number`` is "" where it has none."""

    level: Literal[2, 3, 4]
    text: str
    number: str = ""
    anchor: str = ""
    kind: Literal["heading"] = "heading"

    @property
    def full(self) -> str:
        """The number and the text."""
        return f"{self.number} {self.text}" if self.number else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph; ``small`` for notes under a table."""

    text: Text
    small: bool = False
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A paragraph that must not be missed."""

    text: Text
    kind: Literal["notice"] = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets:
    """A list without order."""

    items: tuple[Text, ...]
    kind: Literal["bullets"] = "bullets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words of a paper, verbatim, and where they stand; ``tone`` says what they do for a claim."""

    text: str
    source: Text
    tone: Literal["", "claim", "support", "contradict"] = ""
    kind: Literal["quote"] = "quote"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; ``columns`` are the heads (empty: a table of names and values), ``widths`` their shares."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]
    widths: tuple[int, ...]
    numeric: tuple[int, ...] = ()
    kind: Literal["table"] = "table"


class Interval(NamedTuple):
    """A measured effect: its mean and the bounds of its interval, None where there is none."""

    label: str
    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """Effects with their intervals on one axis; ``marks`` are values that a dashed line marks, with a word.

    HTML draws it, the other formats print it as a table (``as_table``).
    """

    caption: str
    unit: str
    rows: tuple[Interval, ...]
    marks: tuple[tuple[float, str], ...] = ()
    kind: Literal["intervals"] = "intervals"


Block = Heading | Paragraph | Notice | Bullets | Quote | Table | Intervals


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A title, an author line, a date line, and blocks."""

    title: str
    author: str
    date: str
    blocks: tuple[Block, ...] = field(default=())


def as_table(drawn: Intervals) -> Table:
    """Return the figures of a drawing, for formats that do not draw."""
    return Table(
        columns=(drawn.caption, f"Mean, {drawn.unit}", "Interval"),
        rows=tuple(
            (plain(r.label), plain(f"{r.mean:+.1f}"), plain(bounds(r.low, r.high))) for r in drawn.rows
        ),
        widths=(6, 2, 3),
        numeric=(1, 2),
    )


def bounds(low: float | None, high: float | None) -> str:
    """Return an interval as "[-1.2, +3.4]", a dash where there is none."""
    return "—" if low is None or high is None else f"[{low:+.1f}, {high:+.1f}]"


def plain(text: str) -> Text:
    """Return text in one plain run."""
    return (Run(text),)


def strong(text: str) -> Run:
    """Return a run that stands out."""
    return Run(text, "strong")


def code(text: str) -> Run:
    """Return a run of a name, id or hash."""
    return Run(text, "code")


def words(text: Text) -> str:
    """Return the words of ``text`` without style."""
    return "".join(run.text for run in text)
