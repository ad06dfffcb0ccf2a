"""A manifest and the files beside it in, those that are missing, extra or changed out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from synth.checking.files import MANIFEST, Files, Problem, problem

AGAIN = "write the bundle again, or fetch it again from where it was published"


def check(manifest: Mapping[str, Any], files: Files) -> Iterator[Problem]:
    """Yield a problem for each file whose SHA-256 is not the manifest's, and each that it does not name."""
    stated = _stated(manifest)
    for name, digest in stated.items():
        if why := files.unread(name):
            yield problem(name, f"was not checked: it {why}", AGAIN)
        elif name not in files.names:
            yield problem(name, "is missing, though the manifest names it", AGAIN)
        elif files.sha256(name) != digest:
            yield problem(name, "was changed: its SHA-256 is not the one in the manifest", AGAIN)
    for name in files.names:
        if name != MANIFEST and name not in stated and not name.startswith("."):
            yield problem(name, "is not named in the manifest", "take it out of the folder")


def _stated(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return name -> hash of every artifact; what has another form is left to the schema."""
    listed = manifest.get("artifacts")
    if not isinstance(listed, list):
        return {}
    return {
        str(one["name"]): str(one["sha256"])
        for one in listed
        if isinstance(one, dict) and "name" in one and "sha256" in one
    }
