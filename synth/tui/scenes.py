"""A claim in, what its page screen can show out: the claim itself, then each piece of its evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from synth.config import Config
from synth.pipeline.sitting import Sitting
from synth.records import Span
from synth.tui.page_screen import Shown
from synth.tui.telling import pieces
from synth.tui.viewer import open_at
from synth.tui.words import RELATIONS


def scenes(sitting: Sitting, claim: str, *, config: Config) -> tuple[Shown, ...]:
    """Return the claim and its evidence, in the order in which they are told, for the page screen."""
    one = sitting.judged(claim).claim
    paper = sitting.paper(claim)
    hidden = sitting.hidden(claim)
    found = pieces(sitting, claim)

    def scene(title: str, quote: str, paper: str, spans: Sequence[Span]) -> Shown:
        page = spans[0].page if spans else None
        return Shown(
            title=f"{title}, page {page}" if page else title,
            claim=one.text,
            quote=quote,
            draw=_drawing(sitting, paper, spans),
            view=lambda: open_at(sitting.file(paper), page=page, command=config.viewer),
        )

    return (
        scene(f"claim, {paper.doc_id}", one.text, paper.id, one.spans),
        *(
            scene(
                f"{at}/{len(found)} {'' if hidden else RELATIONS[piece.relation]} {piece.doc_id}",
                piece.quote,
                piece.paper,
                piece.spans,
            )
            for at, piece in enumerate(found, start=1)
        ),
    )


def _drawing(sitting: Sitting, paper: str, spans: Sequence[Span]) -> Callable[[int, bool], bytes]:
    """Return what draws the first page of ``spans``; a sentence may go on on the next."""
    page = spans[0].page if spans else 1
    here = [span for span in spans if span.page == page]

    def draw(width: int, whole: bool) -> bytes:
        return sitting.page_image(paper, page, spans=here, width=width, whole=whole)

    return draw
