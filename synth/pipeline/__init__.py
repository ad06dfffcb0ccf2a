"""The verbs: every command is one of these functions; each stage is called here and nowhere else.

ask       a question and papers -> a report             ask.py
publish   a report -> a bundle of files                 publish.py
verify    claims -> verdicts                            verify.py
calibrate labelled pairs or reviewed reports -> a calibration   calibrate.py
search, read, claims, results   papers -> rows          listing.py
check_record, doctor            a bundle, a machine -> what is wrong     checks.py
"""

from synth.pipeline.ask import ask
from synth.pipeline.calibrate import (
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
from synth.pipeline.publish import (
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
