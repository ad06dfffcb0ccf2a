"""The main screens as text, character by character, at two sizes.

SYNTH_GOLDEN=1 writes them anew. Beneath the characters stand the places of what is bold, underlined or shown
on a ground of its own, so that a cursor or a mark that gets lost shows, too.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.app import App
from tui_world import look, playing, world

from synth.records import Label

FOLDER = Path(__file__).parent / "golden" / "tui"
SIZES = ((80, 24), (200, 60))
SCENES: dict[str, tuple[str, ...]] = {
    "first": (),
    "decided": ("a", "r", "2", "d", "f"),
    "evidence": ("tab",),
    "filtered": ("slash", *"paper:alpha is:un", "enter"),
    "blind": (),
    "blind_judged": ("1", "slash", *"is:rev", "enter"),
    "settling": (),
    "wide_letters": ("slash", *"한국어", "enter"),
}


def _marked(app: App[object]) -> Iterator[str]:
    for y, line in enumerate(app.screen._compositor.render_strips(), start=1):
        for name, places in _places(line).items():
            yield f"{y}: {name} {', '.join(places)}"


def _places(line: Iterable[Segment]) -> dict[str, list[str]]:
    """Return name of a style -> the cells that have it, those beside each other as one."""
    found: dict[str, list[tuple[int, int]]] = {}
    at = 0
    for segment in line:
        style, width = segment.style, segment.cell_length
        has = {"bold": style.bold, "underline": style.underline, "reverse": style.reverse} if style else {}
        for name in (name for name, on in has.items() if on):
            runs = found.setdefault(name, [])
            if runs and runs[-1][1] == at:
                runs[-1] = (runs[-1][0], at + width)
            else:
                runs.append((at, at + width))
        at += width
    return {name: [f"{start}-{end - 1}" for start, end in runs] for name, runs in found.items()}


def _disputed(folder: Path) -> None:
    for name, label in (("Ben", Label.CONTRADICT), ("Cy", Label.SUPPORT)):
        with world(folder, reviewer=name) as opened:
            claim = opened.sitting.report.judged[0].claim.id
            opened.sitting.decide(claim, "change", label=label, note=f"so says {name}")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SCENES)
def test_the_screen_is_what_it_was(tmp_path: Path, name: str, size: tuple[int, int]) -> None:
    async def play() -> str:
        with world(tmp_path, blind=name.startswith("blind"), settling=name == "settling") as opened:
            async with playing(opened, size=size) as pilot:
                await pilot.press(*SCENES[name])
                await pilot.pause()
                return "\n".join([look(pilot.app), "", *_marked(pilot.app), ""])

    if name == "settling":
        _disputed(tmp_path)
    shown = asyncio.run(play())
    golden = FOLDER / f"{name}_{size[0]}x{size[1]}.txt"
    if os.environ.get("SYNTH_GOLDEN"):
        FOLDER.mkdir(parents=True, exist_ok=True)
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")


def test_there_is_no_picture_without_a_scene() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {
        f"{name}_{across}x{down}.txt" for name in SCENES for across, down in SIZES
    }
