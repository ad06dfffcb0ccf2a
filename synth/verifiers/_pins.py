"""Nothing goes in; size and SHA-256 of each fitted file come out, and their encoder.

Written by training/verifier_head.py.
"""

ENCODER = "all-MiniLM-L6-v2@524a51497c80/int8"
"""Whose vectors the files were fitted on."""
PINS: dict[str, tuple[int, str]] = {
    "calibration.json": (16830, "c773c2f74f6a5c7f3ea92048fdfa671bad1b97c47573141b6866de2ccd3a8ec7"),
    "entailment.npz": (2841678, "61377925c63d75f861c6370ef453bcd6a0f9c64606ca523a44495e5fe37bfedf"),
    "words.npz": (239592, "464aa5d016a890ff761a83f2856ea1b666ba2357677ae6bffd2012575236f7c2"),
}
