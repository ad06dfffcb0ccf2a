"""Digest sources in, the demo papers (PDF) out: ``python synth/data/demo/build.py [--check]``.

The same sources give the same bytes: the fonts are those of the typst wheel, the document's date is
unset, and ``TYPST`` names the version that the shipped files were built with.
"""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(__file__).parent
SOURCE = FOLDER / "source"
PAPERS = FOLDER / "papers"
SHARED = frozenset({"digest.typ", "references.typ"})
TYPST = "0.15.2"
"""Version of the typst wheel that wrote the shipped bytes; another one may lay lines out differently."""


def sources() -> tuple[Path, ...]:
    """Return the source of each digest, by name."""
    return tuple(sorted(p for p in SOURCE.glob("*.typ") if p.name not in SHARED))


def shipped(source: Path) -> Path:
    """Return where the PDF of ``source`` is shipped."""
    return PAPERS / f"{source.stem}.pdf"


def typeset(source: Path) -> bytes:
    """Return the PDF of ``source``, the same bytes every time for one version of typst."""
    import typst

    return typst.compile(source, root=SOURCE, ignore_system_fonts=True, format="pdf", pdf_tags=False)


def stale() -> tuple[str, ...]:
    """Return the names of shipped PDFs that their sources do not give, or that have no source."""
    wanted = {shipped(s).name: s for s in sources()}
    present = {p.name: p for p in PAPERS.glob("*.pdf")}
    return tuple(
        name
        for name in sorted(wanted.keys() | present.keys())
        if name not in wanted or name not in present or present[name].read_bytes() != typeset(wanted[name])
    )


def main() -> int:
    """Write the PDFs, or with ``--check`` compare them; exit 1 where one differs, 2 for another typst."""
    parser = argparse.ArgumentParser(description="Typeset the demo papers.")
    parser.add_argument("--check", action="store_true", help="compare the shipped files, write nothing")
    arguments = parser.parse_args()
    if version("typst") != TYPST:
        print(f"typst {version('typst')} is installed; the demo papers need {TYPST}", file=sys.stderr)
        return 2
    if arguments.check:
        names = stale()
        print("\n".join(f"{name} differs from its source" for name in names) or "demo papers are up to date")
        return 1 if names else 0
    for source in sources():
        shipped(source).write_bytes(typeset(source))
        print(f"{shipped(source).name}: {shipped(source).stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
