"""Published ways to cut a text into topics, written plainly, as peers in the benchmark. Each returns 0 or 1 per gap.

TextTiling, Hearst 1997, https://aclanthology.org/J97-1003. C99, Choi 2000, https://aclanthology.org/A00-2004.
TextTiling over sentence vectors, Solbiati et al. 2021, https://arxiv.org/abs/2106.12978.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.stages.segment.topics_features import Turn

Floats = npt.NDArray[np.float64]
Pool = Callable[..., Any]

_WORD = re.compile(r"[a-z]+")
_STOP = frozenset(
    (
        "a about after again all also am an and any are as at be because been before being but by can could did do "
        "does doing for from get go going got had has have having he her here him his how i if in into is it its just "
        "know let like look made make many may me might more most much must my no not now of off on one only or other "
        "our out over own people really said same say see she should so some such take than thank that the their them "
        "then there these they thing think this those through to too up us very want was way we well were what when "
        "where which while who why will with would yes you your okay ok right "
    ).split()
)


def no_boundary(turns: Sequence[Turn]) -> list[int]:
    return [0] * (len(turns) - 1)


def every(turns: Sequence[Turn], k: int) -> list[int]:
    """Cut before every k-th turn."""
    return [int(place % k == 0) for place in range(1, len(turns))]


def text_tiling(turns: Sequence[Turn], cutoff: float, width: int = 20, block: int = 10) -> list[int]:
    """Compare blocks of pseudo-sentences of `width` words; a boundary moves to the nearest gap between turns."""
    words = [(word, place) for place, turn in enumerate(turns) for word in _terms(turn.words)]
    starts = range(0, len(words) - width + 1, width)
    if len(starts) < 3:
        return no_boundary(turns)
    counts = _counts([[word for word, _ in words[start : start + width]] for start in starts])
    near = np.array(
        [_cosine(counts[max(0, i - block) : i].sum(0), counts[i : i + block].sum(0)) for i in _gaps(counts)]
    )
    cut = [0] * (len(turns) - 1)
    for gap in _deep(_smooth(near), cutoff):
        place = words[starts[gap + 1]][1]
        cut[min(max(place, 1), len(turns) - 1) - 1] = 1
    return cut


def vector_tiling(turns: Sequence[Turn], cutoff: float, block: int, pool: Pool = np.max) -> list[int]:
    """The same over turns: each block is the greatest value (or the mean) of its turns' vectors in each dimension."""
    pooled = np.array([pool(turn.vectors, axis=0) for turn in turns], dtype=np.float64)
    near = np.array(
        [
            _cosine(pool(pooled[max(0, i - block) : i], axis=0), pool(pooled[i : i + block], axis=0))
            for i in _gaps(pooled)
        ]
    )
    deep = set(_deep(_smooth(near), cutoff))
    return [int(gap in deep) for gap in range(len(near))]


def c99(turns: Sequence[Turn], cutoff: float, mask: int = 11) -> list[int]:
    """Rank the likeness of all pairs of turns among their neighbours; divide where the inner density gains most."""
    counts = _counts([_terms(turn.words) for turn in turns])
    lengths = np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)
    ranks = _ranked((counts / lengths) @ (counts / lengths).T, mask // 2)
    sums = np.pad(ranks.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    order, densities = _divide(sums, len(turns))
    gains = np.diff(densities)
    smooth = np.convolve(gains, [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16], mode="same") if len(gains) > 5 else gains
    wanted = int(sum(gain > smooth.mean() + cutoff * smooth.std() for gain in smooth))
    chosen = set(order[:wanted])
    return [int(place in chosen) for place in range(1, len(turns))]


def _divide(sums: Floats, n: int) -> tuple[list[int], list[float]]:
    """Return the boundaries in the order in which they are made, and the density after each."""
    edges, order = [0, n], list[int]()
    inside, area = sums[n, n], float(n * n)
    densities = [inside / area]
    while len(order) < min(n - 1, 60):
        options = []
        for start, end in pairwise(edges):
            for place in range(start + 1, end):
                parts = _square(sums, start, place) + _square(sums, place, end) - _square(sums, start, end)
                saved = 2.0 * (place - start) * (end - place)
                options.append(((inside + parts) / (area - saved), place, parts, saved))
        if not options:
            break
        density, place, parts, saved = max(options)
        inside, area = inside + parts, area - saved
        order.append(place)
        edges = sorted([*edges, place])
        densities.append(density)
    return order, densities


def _square(sums: Floats, start: int, end: int) -> float:
    return float(sums[end, end] - sums[start, end] - sums[end, start] + sums[start, start])


def _ranked(near: Floats, reach: int) -> Floats:
    n = len(near)
    lower, seen = np.zeros((n, n)), np.zeros((n, n))
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            rows, columns = _overlap(n, down), _overlap(n, across)
            here = near[rows[0], columns[0]]
            lower[rows[0], columns[0]] += near[rows[1], columns[1]] < here
            seen[rows[0], columns[0]] += 1
    return lower / seen


def _overlap(n: int, step: int) -> tuple[slice, slice]:
    return slice(max(0, -step), n - max(0, step)), slice(max(0, step), n - max(0, -step))


def _terms(words: str) -> list[str]:
    """Return the words that carry content, without the commonest endings."""
    found = (word for word in _WORD.findall(words.lower()) if len(word) > 2 and word not in _STOP)
    return [re.sub(r"(?:ings?|ed|es|s|ly|ions?|ment)$", "", word) or word for word in found]


def _counts(texts: Sequence[Sequence[str]]) -> Floats:
    column = {word: i for i, word in enumerate(dict.fromkeys(word for text in texts for word in text))}
    counts = np.zeros((len(texts), max(1, len(column))))
    for row, text in enumerate(texts):
        for word in text:
            counts[row, column[word]] += 1
    return counts


def _cosine(one: Floats, other: Floats) -> float:
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length else 0.0


def _gaps(rows: Floats) -> range:
    return range(1, len(rows))


def _smooth(values: Floats) -> Floats:
    padded = np.pad(values, 1, mode="edge")
    return np.convolve(padded, np.ones(3) / 3, mode="valid")


def _deep(near: Floats, cutoff: float) -> list[int]:
    """Return the valleys deeper than the mean by `cutoff` standard deviations."""
    depths = np.array([_climb(near[i::-1]) + _climb(near[i:]) - 2 * near[i] for i in range(len(near))])
    least = depths.mean() + cutoff * depths.std()
    inner = range(1, len(near) - 1)
    return [i for i in inner if depths[i] > least and depths[i] >= max(depths[i - 1], depths[i + 1])]


def _climb(path: Floats) -> float:
    top = float(path[0])
    for value in path[1:]:
        if value < top:
            break
        top = float(value)
    return top
