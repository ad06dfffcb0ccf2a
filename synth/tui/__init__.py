"""An open sitting in, the review on the screen; on return the reviewer has left and every decision is kept.

app         a sitting -> the program             reviewing   a key -> what it does
board       what is on the main screen           keys        every key, in one table
desk        what is listed, and what is next     rows, filtering   the list's rows, orders and filter
claim_list  the list                             telling, detail   what there is to tell of a claim, shown
asking, scoping, linking, agreeing, helping      the dialogs      commands   the palette
page_screen, graphics, scenes, viewer            the page itself, in the terminal or beside it
"""

from __future__ import annotations

from synth.pipeline.review import Open


def run(opened: Open) -> None:
    """Show the review until the reviewer leaves it. The terminal is asked what it can show first."""
    import gc
    import os

    # Textual reads these when it is imported: an escape is known for one after 30 ms and not after 100 (as
    # long as a key's sequence may take to come in), and what changed is painted after 8 ms and not after 17
    os.environ.setdefault("ESCDELAY", "30")
    os.environ.setdefault("TEXTUAL_FPS", "120")
    # textual takes 0.4 s
    from synth.tui.app import ReviewApp
    from synth.tui.graphics import graphics

    app = ReviewApp(opened, graphics=graphics())
    # a report of 2,000 claims is there to stay; looking it through for cycles would hold a key up by 40 ms
    gc.freeze()
    app.run()
