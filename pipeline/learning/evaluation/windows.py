"""Pk and WindowDiff: the share of windows over a text in which two segmentations disagree; 0 is best.

Boundaries are given as 0 or 1 for each gap between neighbouring blocks. A window holds k gaps. Pk (Beeferman, Berger &
Lafferty 1999) asks whether both have a boundary in it, WindowDiff (Pevzner & Hearst 2002,
https://aclanthology.org/J02-1002) whether both have as many.

    gold      0 1 0 0 1 0        windows of k = 2: (0,1) (1,0) (0,0) (0,1) (1,0)
    predicted 0 1 1 0 0 0                          (0,1) (1,1) (1,0) (0,0) (0,0)
    Pk .60: the last three windows; WindowDiff .80: the second one, too, where gold has one boundary and the other two
"""

from collections.abc import Sequence


def window_size(gold: Sequence[int]) -> int:
    """Return k: half of the mean length of a gold segment in blocks, at least 2, at most all gaps."""
    blocks, segments = len(gold) + 1, sum(gold) + 1
    return min(max(2, round(blocks / segments / 2)), max(len(gold), 1))


def disagreements(gold: Sequence[int], predicted: Sequence[int], k: int) -> list[tuple[int, int]]:
    """Return for each window whether Pk and whether WindowDiff counts it, as 0 or 1."""
    sums = [(sum(gold[i : i + k]), sum(predicted[i : i + k])) for i in range(len(gold) - k + 1)]
    return [(int((one > 0) != (other > 0)), int(one != other)) for one, other in sums]
