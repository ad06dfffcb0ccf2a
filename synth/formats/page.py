"""A document in, one self-contained HTML page out (Jinja2, autoescape, a policy that lets nothing run)."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from synth.formats.document import Document, Table
from synth.formats.intervals import draw
from synth.text import printable

TEMPLATES = Path(__file__).resolve().parent.parent / "data" / "templates"


def page(document: Document) -> bytes:
    """Return ``document`` as an HTML5 page in UTF-8.

    The content security policy allows the page's own style sheet by its hash and nothing else.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, finalize=_shown
    )
    environment.globals["drawn"] = lambda block: Markup(draw(block))
    template = environment.get_template("page.html.j2")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    tables = [block for block in document.blocks if isinstance(block, Table)]
    made = template.render(document=document, tables=tables, style=style, style_hash=digest)
    return f"{made}\n".encode()


def _shown(value: object) -> object:
    """Take control characters out of everything that is printed; what is marked safe stays."""
    return printable(value) if type(value) is str else value
