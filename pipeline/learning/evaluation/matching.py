"""One-to-one matching of gold with predictions, the greatest likeness first."""

from collections.abc import Mapping


def matched(likeness: Mapping[tuple[int, int], float], least: float) -> list[tuple[int, int]]:
    """Return pairs (gold, predicted) that are alike enough; each number is used once.

    >>> matched({(0, 0): 0.5, (0, 1): 0.9, (1, 1): 0.8}, least=0.4)
    [(0, 1)]
    """
    found: dict[int, int] = {}
    used: set[int] = set()
    for (gold, predicted), degree in sorted(likeness.items(), key=lambda entry: (-entry[1], entry[0])):
        if degree >= least and gold not in found and predicted not in used:
            found[gold] = predicted
            used.add(predicted)
    return sorted(found.items())
