"""A bundle and the papers it quotes in, what is wrong with it out: hashes, schemas, counts, quotes.

Nothing of the bundle is trusted: no link is followed, no file above a size is opened, JSON that is no JSON
or nests too deep is one line of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from synth.checking import attempts, consistency, hashes, quotes, reviews, shapes
from synth.checking.files import MANIFEST, Files, Problem, notice, problem

__all__ = ["Problem", "check"]


def check(
    folder: Path,
    *,
    papers: Sequence[Path],
    page_letters: Callable[[Path], Sequence[str]],
    text_in_boxes: quotes.InBoxes | None = None,
    attempt_faults: attempts.Faults = lambda _: (),
    review_of: reviews.Back | None = None,
) -> tuple[Problem, ...]:
    """Return everything that is wrong with the bundle at ``folder``, notices (what was not checked) last.

    ``papers`` are files and folders with the documents that the bundle quotes; each is recognised by its
    SHA-256 in the manifest, whatever its name. ``page_letters`` gives the letters of each page of one,
    ``text_in_boxes`` what stands in the boxes of a quote that a footnote or column parts, ``attempt_faults``
    what is wrong with the sealed attempt in a folder, ``review_of`` gives the review of an object of a line.
    """
    files = Files(folder)
    if not folder.is_dir():
        return (problem(str(folder.name), "is no folder", "name the folder of a report bundle"),)
    found: list[Problem] = [*files.refused]
    manifest = files.json(MANIFEST)
    if isinstance(manifest, Problem):
        return (*found, manifest)
    claims = files.lines("claims.jsonl")
    found.extend(hashes.check(manifest, files))
    found.extend(shapes.check_manifest(manifest))
    if isinstance(claims, Problem):
        return tuple(_ordered([*found, claims]))
    faults = shapes.check_claims(claims)
    found.extend(faults)
    if faults:
        found.append(
            notice(
                "claims.jsonl",
                "its counts and quotes were not checked, because its lines are not of the right form",
                "mend the lines first",
            )
        )
        return tuple(_ordered(found))
    found.extend(consistency.check(manifest, claims, files.text("report.md")))
    found.extend(reviews.check(manifest, claims, files.text("report.md"), review_of=review_of))
    found.extend(attempts.check(files.gate, claims, faults=attempt_faults))
    found.extend(
        quotes.check(manifest, claims, papers=papers, page_letters=page_letters, text_in_boxes=text_in_boxes)
    )
    return tuple(_ordered(found))


def _ordered(found: Sequence[Problem]) -> list[Problem]:
    """Return the problems before the notices, each once, otherwise in the order of the checks."""
    return sorted(dict.fromkeys(found), key=lambda one: one.notice)
