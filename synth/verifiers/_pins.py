"""Nothing goes in; size and SHA-256 of each fitted file come out, and their encoder.

Written by bench/fit_entailment.py.
"""

ENCODER = "all-MiniLM-L6-v2@524a51497c80/int8"
"""Whose vectors the files were fitted on."""
PINS: dict[str, tuple[int, str]] = {
    "calibration.json": (1835, "a2b16396608a53e1cc93094b35f4e3f81c0244cc1ff61bd7bb4a17e39206b876"),
    "entailment.npz": (3218656, "c9ce3182360c2c9e0c2e2c9775420751a00fece5d2f996e359adf5cbe103e857"),
    "words.npz": (236920, "76123c9eee6571095383e3f1a83fc124f01db23d5d50aa02952880d0bb16a894"),
}
