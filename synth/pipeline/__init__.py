"""The verbs: every command is one of these functions; each stage is called here and nowhere else.

ask       a question and papers -> a report             asking.py
publish   a report -> a bundle of files                 publishing.py
verify    claims -> verdicts                            verify.py
calibrate labelled pairs or reviewed reports -> a calibration   calibrating.py
review    a bundle and a reviewer -> decisions          review.py, sitting.py
reproduce flagged claims -> sealed attempts             targets.py, reproduce.py, gate.py
search, read, claims, results   papers -> rows          listing.py
check_record, doctor            a bundle, a machine -> what is wrong     checks.py

A verb is imported when it is asked for (0.3 s for all of them): who reviews need not wait for who asks.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synth.pipeline.asking import ask
    from synth.pipeline.calibrating import (
        calibrate,
        calibrate_reviews,
        calibrated_row,
        calibration_file,
        check_examples,
        check_files,
        diagram,
        write_files,
    )
    from synth.pipeline.checks import check_record, doctor
    from synth.pipeline.judges import costs
    from synth.pipeline.listing import claims, read, results, search
    from synth.pipeline.publishing import (
        DEMO_QUESTION,
        REPORTS,
        Bundle,
        check_writable,
        demo_papers,
        publish,
        slug,
        summary,
        told,
    )
    from synth.pipeline.verify import as_asked, verify_against, verify_lines, verify_pairs

_HOMES = {
    "asking": ("ask",),
    "calibrating": (
        "calibrate",
        "calibrate_reviews",
        "calibrated_row",
        "calibration_file",
        "check_examples",
        "check_files",
        "diagram",
        "write_files",
    ),
    "checks": (
        "check_record",
        "doctor",
    ),
    "judges": ("costs",),
    "listing": (
        "claims",
        "read",
        "results",
        "search",
    ),
    "publishing": (
        "DEMO_QUESTION",
        "REPORTS",
        "Bundle",
        "check_writable",
        "demo_papers",
        "publish",
        "slug",
        "summary",
        "told",
    ),
    "verify": (
        "as_asked",
        "verify_against",
        "verify_lines",
        "verify_pairs",
    ),
}

__all__ = [
    "DEMO_QUESTION",
    "REPORTS",
    "Bundle",
    "as_asked",
    "ask",
    "calibrate",
    "calibrate_reviews",
    "calibrated_row",
    "calibration_file",
    "check_examples",
    "check_files",
    "check_record",
    "check_writable",
    "claims",
    "costs",
    "demo_papers",
    "diagram",
    "doctor",
    "publish",
    "read",
    "results",
    "search",
    "slug",
    "summary",
    "told",
    "verify_against",
    "verify_lines",
    "verify_pairs",
    "write_files",
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Import a verb from the module that holds it."""
        for module, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f"synth.pipeline.{module}"), name)
        raise AttributeError(f"synth.pipeline has no verb {name!r}")
