"""Reliability tables in, a reliability diagram out: an SVG that needs no script and suits light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from synth.text import printable

Rows = Sequence[tuple[int, float, float]]
"""Bins as (pairs, mean confidence, share that was right); the last two in [0, 1]."""
SIDE, LEFT, TOP, GAP = 320, 70, 92, 50
"""A panel is a square of one by one; ``LEFT`` and ``TOP`` of the first, ``GAP`` between two."""
HEIGHT = TOP + SIDE + 76
RADIUS = 9.0
"""Of the largest bin's circle; areas stand for pairs."""
_SURE = 1.96
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1c2733; }
.small { font-size: 11px; fill: #566573; }
.paper { fill: #fdfdfb; }
.rule { stroke: #d3dbe2; }
.even { stroke: #566573; stroke-dasharray: 5 4; }
.spread { stroke: #1f5487; stroke-width: 1.5; }
.bin { fill: #1f5487; fill-opacity: .8; }
@media (prefers-color-scheme: dark) {
  text { fill: #dde4ea; }
  .small { fill: #97a5b2; }
  .paper { fill: #14191e; }
  .rule { stroke: #36424d; }
  .even { stroke: #97a5b2; }
  .spread { stroke: #8fbfee; }
  .bin { fill: #8fbfee; }
}
"""
_NOTE = "Dashed: what is said is what happens. Circle and number: pairs of a bin. Bar: 95 % interval."


def render_reliability(tables: Mapping[str, Rows], *, title: str) -> bytes:
    """Return a panel for each of ``tables`` by its heading, such as before and after a calibration.

    A bin is a circle at its confidence and the share that was right, as large as its pairs, with their number
    and the 95 % interval of the share (Wilson 1927). The same tables give the same bytes.
    """
    width = LEFT + len(tables) * (SIDE + GAP)
    largest = max((size for rows in tables.values() for size, _, _ in rows), default=1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" '
        f'height="{HEIGHT}" role="img" aria-labelledby="t">',
        f'<title id="t">Reliability diagram: {_safe(title)}</title>',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{width}" height="{HEIGHT}"/>',
        f'<text x="{LEFT}" y="30" font-weight="bold">{_safe(title)}</text>',
        f'<text x="20" y="{TOP + SIDE // 2}" text-anchor="middle" '
        f'transform="rotate(-90 20 {TOP + SIDE // 2})">share of labels that were right</text>',
        f'<text class="small" x="{LEFT}" y="{HEIGHT - 14}">{_NOTE}</text>',
    ]
    for at, (heading, rows) in enumerate(tables.items()):
        left = LEFT + at * (SIDE + GAP)
        parts += _panel(left, heading)
        for one in rows:
            parts += _bin(left, *one, largest=largest)
    return "\n".join([*parts, "</svg>", ""]).encode()


def _panel(left: int, heading: str) -> Iterator[str]:
    right, bottom = left + SIDE, TOP + SIDE
    yield f'<text x="{left}" y="{TOP - 18}">{_safe(heading)}</text>'
    for step in range(6):
        x, y, shown = _x(left, step / 5), _y(step / 5), f"{step / 5:g}"
        yield f'<path class="rule" d="M{x:g} {TOP}V{bottom}M{left} {y:g}H{right}"/>'
        yield f'<text class="small" x="{x:g}" y="{bottom + 18}" text-anchor="middle">{shown}</text>'
        yield f'<text class="small" x="{left - 8}" y="{y + 4:g}" text-anchor="end">{shown}</text>'
    yield f'<path class="even" d="M{left} {bottom}L{right} {TOP}"/>'
    middle = left + SIDE // 2
    yield f'<text x="{middle}" y="{bottom + 38}" text-anchor="middle">confidence: P(label) as said</text>'


def _bin(left: int, size: int, said: float, right: float, *, largest: int) -> Iterator[str]:
    x, y = _x(left, said), _y(right)
    radius = RADIUS * (size / largest) ** 0.5
    low, high = _interval(right, size)
    told = f"{size} pairs, said {said:.3f}, right {right:.3f} ({low:.3f} to {high:.3f})"
    yield f'<path class="spread" d="M{x:g} {_y(low):g}V{_y(high):g}"/>'
    yield f'<circle class="bin" cx="{x:g}" cy="{y:g}" r="{radius:.1f}"><title>{told}</title></circle>'
    yield f'<text class="small" x="{x + radius + 2:.1f}" y="{y + 12:.1f}">{size}</text>'


def _interval(share: float, size: int) -> tuple[float, float]:
    """Return the Wilson score interval of ``share`` of ``size``, 95 %."""
    z = _SURE**2 / size
    middle = (share + z / 2) / (1 + z)
    half = _SURE * (share * (1 - share) / size + z / (4 * size)) ** 0.5 / (1 + z)
    return max(0.0, middle - half), min(1.0, middle + half)


def _x(left: int, value: float) -> float:
    return round(left + SIDE * value, 1)


def _y(value: float) -> float:
    return round(TOP + SIDE * (1 - value), 1)


def _safe(text: str) -> str:
    return escape(printable(text))
