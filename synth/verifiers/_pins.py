"""Nothing goes in; size and SHA-256 of each fitted file come out, and their encoder.

Written by training/verifier_head.py.
"""

ENCODER = "all-MiniLM-L6-v2@524a51497c80/int8"
"""Whose vectors the files were fitted on."""
PINS: dict[str, tuple[int, str]] = {
    "calibration.json": (13992, "478f492c61d9f399caa6c10084d3da54f072bdedd4ec6395b92b9fa34811306d"),
    "entailment.npz": (2841678, "39ea47fdf5d39c2c75e33848b8a4f87b3e382605a8f941608c950b3f447afc3d"),
    "words.npz": (239592, "464aa5d016a890ff761a83f2856ea1b666ba2357677ae6bffd2012575236f7c2"),
}
