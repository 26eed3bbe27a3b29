"""What the model sees of a rubric: vectors and word pieces of every practice and level, and an index of its words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.encoder import Encoder, Vectors, normalised
from pipeline.learning.linear import Floats
from pipeline.rubric import Rubric

_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"])")
_TINY = 1e-6


@dataclass(frozen=True)
class RubricReading:
    """The texts of a rubric, read. An indicator has a text for its practice and one for each level.

    `practices`: shape (indicators, 384). `levels`: shape (indicators, levels, 384). `sentences[i]`: of indicator i, its
    practice's first; `sentence_vectors[i]`: shape (sentences, 384). `states`: the word pieces of all texts, one
    indicator after the other, shape (pieces, 384). `starts`: where each text begins among them, shape (texts,).
    `weight`: how rare each piece is in the language; `own_weight`: the same, and how few indicators have it, shape
    (pieces,). `holders`: how many indicators have a piece, by its id. `ids`: the pieces of each indicator.
    """

    rubric: Rubric
    practices: Vectors
    levels: Vectors
    sentences: list[list[str]]
    sentence_vectors: list[Vectors]
    states: Vectors
    starts: npt.NDArray[np.int64]
    weight: Floats
    own_weight: Floats
    holders: dict[int, int]
    ids: list[frozenset[int]]
    words: "WordIndex"

    @property
    def texts_each(self) -> int:
        """How many texts an indicator has."""
        return 1 + len(self.rubric.levels)


class WordIndex:
    """BM25 over the indicators of a rubric, each with the texts of its practice and all its levels."""

    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s  # noqa: PLC0415 - slow to import

        self._bm25s = bm25s
        self._index = bm25s.BM25()
        self._index.index(self._tokens(texts), show_progress=False)
        self._n = len(texts)

    def scores(self, text: str) -> Floats:
        """Return the score of each indicator for a text, divided by the root of its length in words."""
        tokens = self._tokens([text])[0]
        known = [token for token in tokens if token in self._index.vocab_dict]
        if not known:
            return np.zeros(self._n)
        scores: Floats = np.asarray(self._index.get_scores(known), dtype=np.float64) / np.sqrt(len(tokens))
        return scores

    def _tokens(self, texts: Sequence[str]) -> list[list[str]]:
        tokens: list[list[str]] = self._bm25s.tokenize(
            list(texts), stopwords="en", return_ids=False, show_progress=False
        )
        return tokens


def read_rubric(rubric: Rubric, encoder: Encoder, rarity: npt.NDArray[np.float32]) -> RubricReading:
    """Read a rubric. `rarity`: of each word piece in the language, shape (vocabulary,)."""
    rows = rubric.rows()
    texts = [text for row in rows for text in (row.practice_text, *row.levels.values())]
    each = 1 + len(rubric.levels)
    sentences = [[part for text in texts[i : i + each] for part in _split(text)] for i in range(0, len(texts), each)]
    vectors = encoder.encode([sentence for found in sentences for sentence in found])
    pieces = [next(iter(encoder.read_document([text], [False]))) for text in texts]
    # A text without word pieces has one that is like nothing, so that it has a place.
    states = [one.states if len(one.states) else np.zeros((1, vectors.shape[1]), np.float32) for one in pieces]
    ids = [one.ids if len(one.ids) else np.zeros(1, np.int64) for one in pieces]
    held = [frozenset(np.concatenate(ids[i : i + each]).tolist()) for i in range(0, len(ids), each)]
    holders = {piece: sum(piece in one for one in held) for piece in frozenset().union(*held)}
    flat = np.concatenate(ids)
    weight = rarity[flat].astype(np.float64) + _TINY
    few = np.log((len(rows) + 1) / np.array([holders[piece] for piece in flat.tolist()]))
    encoded = encoder.encode(texts).reshape(len(rows), each, -1)
    return RubricReading(
        rubric=rubric,
        practices=encoded[:, 0],
        levels=encoded[:, 1:],
        sentences=sentences,
        sentence_vectors=np.split(vectors, np.cumsum([len(found) for found in sentences])[:-1]),
        states=normalised(np.concatenate(states)),
        starts=np.cumsum([0, *(len(one) for one in states)])[:-1].astype(np.int64),
        weight=weight,
        own_weight=weight * few + _TINY,
        holders=holders,
        ids=held,
        words=WordIndex([" ".join(texts[i : i + each]) for i in range(0, len(texts), each)]),
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE_ENDS.split(text) if part.strip()] or [text]
