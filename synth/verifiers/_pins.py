"""Nothing goes in; size and SHA-256 of each fitted file come out, and their encoder.

Written by bench/fit_entailment.py.
"""

ENCODER = "all-MiniLM-L6-v2@524a51497c80/int8"
"""Whose vectors the files were fitted on."""
PINS: dict[str, tuple[int, str]] = {
    "calibration.json": (1833, "101b6f4d75793ad7fbe19abde21bce82e1c246ed1a2f6bceb5803fd4221b60e4"),
    "entailment.npz": (3218657, "3678dbc016ff3e84f005a074364a70eeaf5c1eca63891d3749312081baa71964"),
    "words.npz": (236920, "76123c9eee6571095383e3f1a83fc124f01db23d5d50aa02952880d0bb16a894"),
}
