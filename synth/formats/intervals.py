"""Effects with intervals in, a drawing out: SVG for the page's style sheet, without script or style."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import ceil, floor, log10

from synth.formats.document import Interval, Intervals, bounds
from synth.text import printable

ROW, TOP, LEFT, WIDTH, RIGHT = 26, 40, 270, 380, 160
"""In SVG units: the height of a row, the space above, for labels, for the axis, for the figures."""


def draw(block: Intervals) -> str:
    """Return the SVG; classes are those of style.css, so it suits light, dark and print."""
    low, high, step = _axis(block)
    height = TOP + ROW * len(block.rows) + 44
    total = LEFT + WIDTH + RIGHT
    parts = [
        f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {height}" role="img" '
        f'aria-label="{_safe(block.caption)}">',
        *_rules(block, low, high, step, height),
    ]
    for at, row in enumerate(block.rows):
        parts += _row(row, TOP + ROW * at + ROW / 2, low, high)
    return "".join([*parts, "</svg>"])


def _axis(block: Intervals) -> tuple[float, float, float]:
    """Return both ends of the axis and its step: round numbers that hold every bound and mark."""
    values = [v for r in block.rows for v in (r.mean, r.low, r.high) if v is not None]
    values += [value for value, _ in block.marks] or [0.0]
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    least = 10.0 ** floor(log10(spread / 6))
    step = next(k * least for k in (1, 2, 5, 10) if spread / (k * least) <= 8)
    return step * floor(low / step), step * ceil(high / step), step


def _rules(block: Intervals, low: float, high: float, step: float, height: int) -> Iterator[str]:
    bottom = height - 44
    for tick in range(round((high - low) / step) + 1):
        value = low + tick * step
        x = _x(value, low, high)
        yield f'<path class="rule" d="M{x:g} {TOP}V{bottom}"/>'
        yield f'<text class="tick-label" x="{x:g}" y="{bottom + 16}" text-anchor="middle">{value:g}</text>'
    for value, word in block.marks:
        x = _x(value, low, high)
        # a word beside its line, on the side where there is more room
        side = ("start", 4) if x < LEFT + WIDTH / 2 else ("end", -4)
        yield f'<path class="mark" d="M{x:g} {TOP - 10}V{bottom}"/>'
        place = f'x="{x + side[1]:g}" y="{TOP - 14}" text-anchor="{side[0]}"'
        yield f'<text class="tick-label" {place}>{_safe(word)}</text>'
    middle = f'x="{LEFT + WIDTH / 2:g}" y="{bottom + 36}" text-anchor="middle"'
    yield f'<text class="tick-label" {middle}>{_safe(block.unit)}</text>'


def _row(row: Interval, y: float, low: float, high: float) -> Iterator[str]:
    x = _x(row.mean, low, high)
    yield f'<text x="{LEFT - 12}" y="{y + 4:g}" text-anchor="end">{_safe(row.label)}</text>'
    if row.low is not None and row.high is not None:
        left, right = _x(row.low, low, high), _x(row.high, low, high)
        ends = f"M{left:g} {y - 4:g}v8M{right:g} {y - 4:g}v8"
        yield f'<path class="whisker" d="M{left:g} {y:g}H{right:g}{ends}"/>'
    yield f'<circle class="dot" cx="{x:g}" cy="{y:g}" r="4"/>'
    told = f"{row.mean:+.1f} {bounds(row.low, row.high)}"
    yield f'<text class="tick-label" x="{LEFT + WIDTH + 8}" y="{y + 4:g}">{told}</text>'


def _x(value: float, low: float, high: float) -> float:
    return round(LEFT + WIDTH * (value - low) / ((high - low) or 1.0), 1)


def _safe(text: str) -> str:
    return escape(printable(text))
