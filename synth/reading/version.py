"""Nothing goes in; the signature of this reading comes out, for the store's keys and the report."""

from importlib.metadata import version

READING = "3"
"""Counts up whenever the same bytes would be read differently."""

SIGNATURE = f"reading {READING}; pymupdf {version('pymupdf')}; pypdfium2 {version('pypdfium2')}"
"""Versions of everything that decides what a PDF says (looked up without importing it)."""
