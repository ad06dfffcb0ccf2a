"""A page of a PDF and boxes go in, a PNG with the boxes marked comes out (in a child, see ``child``)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from synth.errors import UnreadablePaper
from synth.reading import document, pdf
from synth.reading.messages import View
from synth.records import Box, Span

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 4_000_000
"""Of one drawing: A4 at 200 dots an inch; 12 MB in the child, a PNG of at most some megabytes."""

FINEST = 50.0
"""Pixels for a point at the most: a page may be next to nothing high, and a row of pixels is drawn anyway."""

BESIDE, AROUND = 18.0, 36.0
"""Points left beside, and above and below (three lines), the marked lines where they alone are drawn."""

FILL, SHARE, EDGE = (255, 196, 0), 0.3, (208, 72, 0)
"""Colour of a mark, how much of it covers the page, and its outline (which is seen on dark figures, too)."""


def drawn(path: Path, view: View, *, spans: Sequence[Span]) -> bytes:
    """Return a page as PNG, at most ``view.width`` pixels wide, the boxes of ``spans`` on it marked.

    Boxes are in points of the page as displayed. A ``view`` that is not whole shows them with some
    lines about them, of a sentence that runs on in the next column the longer part; without boxes it shows
    the page. Raises UnreadablePaper (its message continues the file's name) for a page that is not there or
    cannot be drawn.
    """
    boxes = [box for span in spans if span.page == view.page for box in span.boxes]
    with document.opened(path) as opened:
        if not 1 <= view.page <= opened.page_count:
            raise UnreadablePaper(
                f"has no page {view.page} (it has {opened.page_count})",
                remedy="it may be another version: give the file that was read",
            )
        image, scale, left, top = _pixels(opened, view, boxes)
    _mark(
        image,
        [(b.x0 * scale - left, b.y0 * scale - top, b.x1 * scale - left, b.y1 * scale - top) for b in boxes],
    )
    made = io.BytesIO()
    image.save(made, "PNG", compress_level=3)
    return made.getvalue()


def _pixels(opened: pdf.Opened, view: View, boxes: Sequence[Box]) -> tuple[Image, float, int, int]:
    """Return the picture, its pixels for a point, and which pixel of the page its first one is."""
    import pymupdf
    from PIL import Image  # 0.1 s

    try:
        page = opened[view.page - 1]
        shown = _clip(Box(*page.rect), [] if view.whole else boxes)
        width, height = shown.x1 - shown.x0, shown.y1 - shown.y0
        scale = min(view.width / width, (MOST_PIXELS / (width * height)) ** 0.5, FINEST)
        map_ = page.get_pixmap(
            matrix=pymupdf.Matrix(scale, scale),
            clip=pymupdf.Rect(*shown),
            colorspace=pymupdf.csRGB,
            alpha=False,
        )
    except (pymupdf.mupdf.FzErrorBase, RuntimeError, ValueError, ZeroDivisionError) as error:
        if "alloc" in str(error):  # MuPDF's word for it, which the parent does not know
            raise MemoryError from error
        raise UnreadablePaper(
            f"page {view.page} cannot be drawn", remedy="open it in a PDF viewer"
        ) from error
    finally:
        pymupdf.TOOLS.store_shrink(100)
    return Image.frombytes("RGB", (map_.width, map_.height), map_.samples), scale, map_.x, map_.y


def _clip(page: Box, boxes: Sequence[Box]) -> Box:
    """Return the part of the page with the boxes and what is around them; all of it where there are none."""
    inside = [b for b in boxes if b.x1 > page.x0 and b.x0 < page.x1 and b.y1 > page.y0 and b.y0 < page.y1]
    if not inside:
        return page
    main = max(_blocks(inside), key=lambda block: sum(b.x1 - b.x0 for b in block))
    return Box(
        max(page.x0, min(b.x0 for b in main) - BESIDE),
        max(page.y0, min(b.y0 for b in main) - AROUND),
        min(page.x1, max(b.x1 for b in main) + BESIDE),
        min(page.y1, max(b.y1 for b in main) + AROUND),
    )


def _blocks(boxes: Sequence[Box]) -> list[list[Box]]:
    """Part lines that do not follow each other down the page: at the foot of a column, before a figure."""
    blocks = [[boxes[0]]]
    for before, box in pairwise(boxes):
        high = max(before.y1 - before.y0, box.y1 - box.y0)
        if before.y0 - high / 2 <= box.y0 <= before.y1 + 2 * high:
            blocks[-1].append(box)
        else:
            blocks.append([box])
    return blocks


def _mark(image: Image, boxes: Sequence[tuple[float, float, float, float]]) -> None:
    """Cover the boxes with a thin colour and draw their outline, thicker where the picture is larger."""
    from PIL import Image, ImageDraw

    pen = ImageDraw.Draw(image)
    thick = max(1, round(min(image.size) / 400))
    for x0, y0, x1, y1 in boxes:
        place = (
            max(0, round(x0)),
            max(0, round(y0)),
            min(image.width, round(x1) + 1),
            min(image.height, round(y1) + 1),
        )
        if place[0] >= place[2] or place[1] >= place[3]:
            continue
        part = image.crop(place)
        image.paste(Image.blend(part, Image.new("RGB", part.size, FILL), SHARE), place)
        pen.rectangle(
            (place[0] - thick, place[1] - thick, place[2] + thick - 1, place[3] + thick - 1),
            outline=EDGE,
            width=thick,
        )
