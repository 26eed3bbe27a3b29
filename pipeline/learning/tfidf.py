"""TF-IDF of words and pairs of words, for models that are ready to be asked.

Training fits scikit-learn's vectorizer; its terms and their weights are all that is needed afterwards. To import
scikit-learn takes longer than to read a document, and it was not made to be asked about one text again and again, each
time without some of its words. The numbers here are the same to the last bit (tests/test_tfidf.py).

    Vectorizer(["coach", "one coach"], idf).transform(["One coach left."]) @ weights   → shape (1, columns)
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float32]
Columns = npt.NDArray[np.int64]

_WORD = re.compile(r"\b\w\w+\b")


@dataclass(frozen=True)
class Rows:
    """A sparse row for each text. `terms`: the columns that any of them has, in their order, shape (terms,).

    `entries`: of each text the places of its columns among the terms, and their weights, shape (own terms,) each.
    """

    terms: Columns
    entries: list[tuple[Columns, Numbers]]

    def __matmul__(self, weights: Numbers) -> Numbers:
        """Multiply with weights of shape (vocabulary, columns); return shape (texts, columns)."""
        near = np.ascontiguousarray(weights[self.terms])
        # Term by term, as a sparse matrix adds them up: another order would change the last bits.
        sums = [np.add.reduce(values[:, None] * near[places], axis=0) for places, values in self.entries]
        return np.array(sums, dtype=np.float32).reshape(len(sums), weights.shape[1])


class Vectorizer:
    """A fitted vectorizer: its terms, in the order of their columns, and how rare each of them is."""

    def __init__(self, vocabulary: Sequence[str], idf: npt.NDArray[np.floating]) -> None:
        self.idf_ = np.asarray(idf, dtype=np.float32)
        self._column = {term: column for column, term in enumerate(vocabulary)}

    def transform(self, texts: Sequence[str]) -> Rows:
        """Return the rows of some texts."""
        held = [_read(text).words for text in texts]
        columns = [self._columns([*words, *_pairs(words)]) for words in held]
        terms = self._terms(columns)
        return self._rows(terms, [_counts(np.searchsorted(terms, found), terms) for found in columns])

    def without(self, text: str, parts: Sequence[tuple[int, int]]) -> Rows:
        """Return the row of a text, and then those of the text without each of its parts.

        Args:
            text: as it stands.
            parts: where they begin and end; a word of which a part holds some letters is left out with it.
        """
        read = _read(text)
        cuts = [read.words_in(start, end) for start, end in _places(text, parts)]
        columns = [
            self._columns(read.words),
            self._columns(_pairs(read.words)),
            *(self._columns(_pairs(read.words_around(first, last))) for first, last in cuts),
        ]
        terms = self._terms(columns)
        words, pairs, *joined = (np.searchsorted(terms, found) for found in columns)
        whole = _counts(np.concatenate([words, pairs]), terms)
        rest = [
            whole
            - _counts(np.concatenate([words[first:last], pairs[max(0, first - 1) : last]]), terms)
            + _counts(bridge, terms)
            for (first, last), bridge in zip(cuts, joined, strict=True)
        ]
        return self._rows(terms, [whole, *rest])

    def _columns(self, terms: Iterable[str]) -> Columns:
        """Return the column of each term; one behind the last for those that the vectorizer does not know."""
        return np.array([self._column.get(term, len(self._column)) for term in terms], dtype=np.int64)

    def _terms(self, columns: Sequence[Columns]) -> Columns:
        found = np.unique(np.concatenate([np.zeros(0, np.int64), *columns]))
        return found[found < len(self._column)]

    def _rows(self, terms: Columns, counts: Sequence[Columns]) -> Rows:
        idf = self.idf_[terms]
        places = [np.flatnonzero(count) for count in counts]
        return Rows(terms, [(own, _weighed(count[own], idf[own])) for own, count in zip(places, counts, strict=True)])


def _pairs(words: Sequence[str]) -> list[str]:
    return [f"{one} {other}" for one, other in pairwise(words)]


def _counts(places: Columns, terms: Columns) -> Columns:
    """Count places among the terms, shape (terms,); one behind the last is that of no term."""
    counts: Columns = np.bincount(places, minlength=len(terms) + 1)[: len(terms)]
    return counts


def _weighed(counts: Columns, idf: Numbers) -> Numbers:
    """Weigh terms: 1 + log of the count, by how rare each is; together of length 1."""
    values = (np.log(counts.astype(np.float32)) + np.float32(1)) * idf
    length = np.sqrt(np.cumsum((values * values).astype(np.float64))[-1:])
    weighed: Numbers = (values / length).astype(np.float32) if length.any() else values
    return weighed


@dataclass(frozen=True)
class _Read:
    """The words of a text, and where each begins and ends in its plain form."""

    words: list[str]
    starts: list[int]
    ends: list[int]

    def words_in(self, start: int, end: int) -> tuple[int, int]:
        """Return the first word of a part and the first one behind it."""
        first = bisect_right(self.ends, start)
        return first, max(first, bisect_left(self.starts, end)) if end > start else first

    def words_around(self, first: int, last: int) -> list[str]:
        """Return the words before and behind some words, as far as there are any."""
        return [*self.words[max(0, first - 1) : first], *self.words[last : last + 1]]


def _read(text: str) -> _Read:
    found = list(_WORD.finditer(_plain(text)))
    return _Read([one[0] for one in found], [one.start() for one in found], [one.end() for one in found])


def _plain(text: str) -> str:
    """Return a text in small letters without accents."""
    lower = text.lower()
    if lower.isascii():
        return lower
    return "".join(char for char in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(char))


def _places(text: str, parts: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return where parts of a text stand in its plain form, which may be shorter or longer."""
    if text.isascii():
        return list(parts)
    cuts = sorted({0, *(cut for part in parts for cut in part)})
    lengths = [len(_plain(text[start:end])) for start, end in pairwise(cuts)]
    place = dict(zip(cuts, np.cumsum([0, *lengths]).tolist(), strict=True))
    return [(place[start], place[end]) for start, end in parts]
