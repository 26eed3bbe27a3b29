"""The practice model: which indicators of a rubric a quote is evidence of, or none.

For an indicator that it has labels of, two logistic regressions say what labelled quotes have in common, one on
vectors of the quote and its surroundings, one on TF-IDF of words and pairs of words. Beside them stands how the quote
and the rubric's own words look side by side (`pairs`), which knows no indicator by name, so that it works for any
rubric at once. A last regression weighs the two, and what the other indicators say, to a p.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline import jsonl
from pipeline.encoder import DIMENSIONS, Encoder
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import sha256_text
from pipeline.learning import bands, linear, model_files, vectors
from pipeline.learning.linear import Floats
from pipeline.learning.practices import pairs
from pipeline.learning.practices.reading import Asked, Pieces, joined, read_alone
from pipeline.learning.practices.rubric_reading import RubricReading, read_rubric
from pipeline.learning.tfidf import Vectorizer
from pipeline.records import Name
from pipeline.rubric import Rubric

FOLDER = "practices"
OTHERS_FILE = "others.jsonl"


class OtherQuote(msgspec.Struct, frozen=True, kw_only=True):
    """A quote that others are held against; from the project's own labels, never from a user's."""

    quote: Name
    context: str = ""


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """Where decisions change, for a precision that matches are to have; what was reached on held-out quotes.

    `precision`: asked for. `review`, `match`: the p from which upwards a candidate is reviewed, or matched.
    `match_precision`: share of matches that are right. `matched`: share of quotes with a match.
    """

    precision: float
    review: float
    match: float
    match_precision: float | None
    matched: float | None


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in model.json; lists go by indicator.

    `trust`: what the regressions of an indicator count, from 0 (the rubric's words alone) to 1. `bands`: for the rubric
    that was labelled; `new_bands`: for any other.
    """

    kind: str = "practices"
    version: str
    encoder: str
    rubric_sha256: str
    indicators: list[str]
    trust: list[float]
    bands: list[Band]
    new_bands: list[Band]
    vocabulary: list[str]
    trained_on: dict[str, Any]
    weights_sha256: str = ""
    beside_sha256: dict[str, str] = {}


@dataclass(frozen=True)
class LabelWeights:
    """The two regressions of each indicator. `dense`: shape (indicators, 1536). `sparse`: shape (indicators, terms)."""

    dense: npt.NDArray[np.float32]
    dense_intercept: npt.NDArray[np.float32]
    sparse: npt.NDArray[np.float32]
    sparse_intercept: npt.NDArray[np.float32]

    def log_odds(self, vectors: npt.NDArray[np.float32], words: Any) -> tuple[Floats, Floats]:
        """Return the log-odds of both, shape (quotes, indicators) each."""
        by_vector = vectors @ self.dense.T + self.dense_intercept
        by_words = np.asarray(words @ self.sparse.T) + self.sparse_intercept
        return by_vector.astype(np.float64), by_words.astype(np.float64)


@dataclass(frozen=True)
class PairWeights:
    """Weights of pairs: `first`, without what people say, shape (57,); `second`, shape (59,); the intercept is last."""

    first: Floats
    second: Floats

    def log_odds(self, compared: Floats) -> Floats:
        """Return the log-odds of each pair, shape (quotes, indicators)."""
        found: Floats = compared @ self.second[:-1] + self.second[-1]
        return found


@dataclass(frozen=True)
class Ranking:
    """What the model says of some quotes.

    `p`: shape (quotes, indicators). `nearest[j][i]`: index of the sentence of indicator j that is nearest to quote i in
    its passage. `words[i]`: how much each word piece of quote i speaks for
    each indicator, shape (pieces, indicators), and where the pieces stand in the passage, shape (pieces, 2).
    """

    p: Floats
    nearest: list[npt.NDArray[np.int64]]
    sentences: list[list[str]]
    words: list[tuple[Floats, npt.NDArray[np.int64]]]
    bands: list[Band]

    def band(self, precision: float) -> Band:
        """Return the band of the lowest precision that is at least what is asked for, or else the highest."""
        return bands.for_precision(precision, self.bands)


class PracticeModel:
    """A trained model, ready to be asked about any rubric."""

    def __init__(
        self,
        config: Config,
        arrays: dict[str, npt.NDArray[Any]],
        others: Sequence[OtherQuote],
        models: Path | None = None,
    ) -> None:
        self.config = config
        self._models = models
        self._arrays = arrays
        self._others = others
        self._rarity = arrays["rarity"].astype(np.float32)
        self._vectorizer = Vectorizer(config.vocabulary, arrays["idf"])
        self._labels = LabelWeights(
            arrays["dense"], arrays["dense_intercept"], arrays["sparse"], arrays["sparse_intercept"]
        )
        self._pairs = PairWeights(arrays["pair_first"], arrays["pair_second"])
        self._read: dict[str, RubricReading] = {}
        self._usual: dict[str, pairs.Background] = {}
        self._others_read: Asked | None = None

    @classmethod
    def load(cls, models: Path) -> "PracticeModel":
        """Load the model from a folder of models.

        Raises:
            PipelineError: there is none, or it is damaged.
        """
        folder = models / FOLDER
        config, arrays = model_files.load(folder, Config, "pop train --target practices")
        others = list(jsonl.read(folder / OTHERS_FILE, OtherQuote, code=ErrorCode.INVALID_MODEL))
        return cls(config, arrays, others, models)

    def knows(self, rubric: Rubric) -> bool:
        """Tell whether the model was trained on labels of this rubric."""
        return rubric.sha256 == self.config.rubric_sha256

    def rank(self, asked: Asked, rubric: Rubric, encoder: Encoder) -> Ranking:
        """Return the probability of every indicator of a rubric for each quote."""
        read = self.read(rubric, encoder)
        usual = self._background(read, encoder)
        found, words = pairs.compare(asked, read, self._rarity)
        if self.knows(rubric):
            p = self.p_of(asked.vectors, texts_of(asked), found)
            words = [self._spoken(leads, quote) for leads, (quote, _) in zip(words, asked.pieces, strict=True)]
        else:
            p = linear.sigmoid(self._pairs.log_odds(pairs.compared(found, asked.vectors, usual)))
        contexts = asked.vectors[:, DIMENSIONS : 2 * DIMENSIONS]
        return Ranking(
            p=p,
            nearest=[np.argmax(contexts @ vectors.T, axis=1) for vectors in read.sentence_vectors],
            sentences=read.sentences,
            words=[(leads, quote.spans) for leads, (quote, _) in zip(words, asked.pieces, strict=True)],
            bands=self.config.bands if self.knows(rubric) else self.config.new_bands,
        )

    def p_of(self, vectors: npt.NDArray[np.float32], texts: Sequence[str], found: Floats) -> Floats:
        """Return p of the indicators that the model has labels of, shape (quotes, indicators).

        Args:
            vectors: of quotes, shape (quotes, 1536).
            texts: what TF-IDF sees of them.
            found: their features of pairs, shape (quotes, indicators, 28).
        """
        by_pair = self._pairs.log_odds(pairs.compared(found, vectors, self._own_background()))
        by_label = self._labels.log_odds(vectors, self._vectorizer.transform(texts))
        weighed = weighed_together(*by_label, by_pair, np.array(self.config.trust))
        return linear.sigmoid(weighed @ self._arrays["last"][:-1] + self._arrays["last"][-1])

    def read(self, rubric: Rubric, encoder: Encoder) -> RubricReading:
        """Return the texts of a rubric, read; once for each rubric."""
        if rubric.sha256 not in self._read:
            self._read[rubric.sha256] = read_rubric(rubric, vectors.KeepingEncoder(encoder, self._models), self._rarity)
        return self._read[rubric.sha256]

    def _background(self, read: RubricReading, encoder: Encoder) -> pairs.Background:
        """Return what is usual for a rubric."""
        key = read.rubric.sha256
        if key not in self._usual:
            own = self.knows(read.rubric)
            self._usual[key] = self._own_background() if own else self._kept_background(read, encoder)
        return self._usual[key]

    def _kept_background(self, read: RubricReading, encoder: Encoder) -> pairs.Background:
        """Return the same for a new rubric: the other quotes are read, once; what was found is kept with the models."""

        def make() -> Floats:
            return self._new_background(read, encoder).flat

        said = [text for one in self._others for text in (one.quote, one.context)]
        key = f"usual {sha256_text(self.config.version, read.rubric.sha256, *said)}"
        shape = (pairs.Background.size(len(read.ids)),)
        try:
            flat = vectors.keep_array(key, self._models, shape, make)
        except PipelineError:  # nothing may be written there
            flat = vectors.keep_array(key, None, shape, make)
        return pairs.Background.of(flat.astype(np.float64), len(read.ids))

    def _new_background(self, read: RubricReading, encoder: Encoder) -> pairs.Background:
        if self._others_read is None:
            self._others_read = read_others(self._others, encoder)
        others = self._others_read
        against = pairs.Others(others.vectors, pairs.features(others, read, self._rarity))
        return pairs.background(against, self._pairs.first[:-1])

    def _own_background(self) -> pairs.Background:
        names = ("mean", "spread", "said", "usual", "centre")
        return pairs.Background(*(self._arrays[f"usual_{name}"] for name in names))

    def _spoken(self, leads: Floats, said: Pieces) -> Floats:
        """Add to the leads of word pieces what they weigh in the regressions on the quote in its passage."""
        inside = self._labels.dense[:, 2 * DIMENSIONS : 3 * DIMENSIONS]
        weighs = said.states @ (inside - inside.mean(axis=0)).T * self._rarity[said.ids][:, None]
        return _scaled(leads) + _scaled(weighs)


def _scaled(weights: Floats) -> Floats:
    scaled: Floats = weights / (np.abs(weights).max(initial=0.0) + 1e-9)
    return scaled


def texts_of(asked: Asked) -> list[str]:
    """Return what TF-IDF sees: the words of a quote count twice, for itself and in its passage."""
    return [f"{quote}\n{context}" for quote, context in zip(asked.quotes, asked.contexts, strict=True)]


def read_others(others: Sequence[OtherQuote], encoder: Encoder) -> Asked:
    """Read the quotes that others are held against."""
    return joined([read_alone([one.quote for one in others], [one.context for one in others], encoder)])


def weighed_together(by_vector: Floats, by_words: Floats, by_pair: Floats, trust: Floats) -> Floats:
    """Return what the last regression weighs, shape (quotes, indicators, 8).

    Both regressions as far as they are trusted; the pair, and the pair where they are not; then the mean of their
    common log-odds over all indicators, the highest, the lead over the best of the others, and the sum of the p of the
    others: a quote that speaks for nothing, or for something else, is no evidence.
    """
    common = trust * (by_vector + by_words) / 2 + (1 - trust) * by_pair
    p = linear.sigmoid(common)
    highest = np.sort(common, axis=1)
    best, second = highest[:, -1:], highest[:, -2:-1] if common.shape[1] > 1 else highest[:, -1:]
    lead = np.where(common >= best, common - second, common - best)
    columns = [
        trust * by_vector,
        trust * by_words,
        by_pair,
        (1 - trust) * by_pair,
        np.broadcast_to(common.mean(axis=1, keepdims=True), common.shape),
        np.broadcast_to(best, common.shape),
        lead,
        p.sum(axis=1, keepdims=True) - p,
    ]
    return np.stack(columns, axis=2)
