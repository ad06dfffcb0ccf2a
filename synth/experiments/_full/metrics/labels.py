"""Labels in, accuracy out."""

from __future__ import annotations

from collections.abc import Sequence


def accuracy(gold: Sequence[int], predicted: Sequence[int]) -> float:
    """Return the share of equal labels in points; raises ValueError for none or for unequal lengths."""
    if not gold or len(gold) != len(predicted):
        raise ValueError("gold and predicted labels differ in number, or there are none")
    return 100.0 * sum(g == p for g, p in zip(gold, predicted, strict=True)) / len(gold)
