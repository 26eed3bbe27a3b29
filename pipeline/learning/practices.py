"""The practice model: which indicators of a rubric a quote is evidence of, or none.

A quote is compared, with the paragraph that it stands in, to every indicator: by meaning (cosine of sentence vectors
with the practice, the levels) and by words (BM25, Robertson & Zaragoza 2009). A logistic regression over these features
of the pair gives p; it knows no indicator by name, so that it works for any rubric. For the indicators that it was
trained on a second regression adds what labelled quotes of each indicator have in common.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.config import Settings
from pipeline.encoder import NAME as ENCODER_NAME
from pipeline.encoder import Encoder, Vectors
from pipeline.files import sha256_text
from pipeline.learning import linear, model_files
from pipeline.learning.labels import PracticeLabel, folds, grade_matrix, splits
from pipeline.learning.linear import Floats
from pipeline.rubric import Rubric

FOLDER = "practices"
LABEL_STRENGTH = 1.0
PAIR_STRENGTH = 1.0
SOFT_WEIGHT = 0.5
REVIEW_RECALL = 0.7
LEVEL_MARGIN = 0.05
"""A level is named only when its text is this much nearer (cosine) than the next one's."""

PAIR_FEATURES = (
    "quote–practice",
    "context–practice",
    "quote–nearest level",
    "context–nearest level",
    "context–all levels",
    "words of quote",
    "words of context",
)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in model.json."""

    kind: str = "practices"
    version: str
    encoder: str
    rubric_sha256: str
    indicators: list[str]
    threshold: float
    review_threshold: float
    new_rubric_threshold: float
    new_rubric_review_threshold: float
    trained_on: dict[str, Any]
    weights_sha256: str = ""


@dataclass(frozen=True)
class RubricVectors:
    """The texts of a rubric, encoded.

    `practices`: shape (indicators, 384). `levels`: shape (indicators, levels, 384). `sentences[i]`: the sentences of
    indicator i, its practice first; `sentence_vectors[i]`: shape (sentences, 384).
    """

    rubric: Rubric
    practices: Vectors
    levels: Vectors
    sentences: list[list[str]]
    sentence_vectors: list[Vectors]
    words: "WordIndex"


class WordIndex:
    """BM25 over the indicators of a rubric, each with the texts of its practice and all its levels."""

    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s  # noqa: PLC0415 - slow to import

        self._bm25s = bm25s
        self._index = bm25s.BM25()
        self._index.index(self._tokens(texts), show_progress=False)
        self._n = len(texts)

    def scores(self, text: str) -> Floats:
        """Return the score of each indicator for a text, divided by the length of the text in words."""
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


def encode_rubric(rubric: Rubric, encoder: Encoder) -> RubricVectors:
    """Encode a rubric: one vector for each practice and each level of each indicator."""
    rows = rubric.rows()
    practices = encoder.encode([row.practice_text for row in rows])
    levels = encoder.encode([text for row in rows for text in row.levels.values()])
    sentences = [[part for text in (row.practice_text, *row.levels.values()) for part in _split(text)] for row in rows]
    vectors = encoder.encode([sentence for found in sentences for sentence in found])
    stops = np.cumsum([len(found) for found in sentences])[:-1]
    words = WordIndex([" ".join([row.practice_text, *row.levels.values()]) for row in rows])
    return RubricVectors(
        rubric=rubric,
        practices=practices,
        levels=levels.reshape(len(rows), len(rubric.levels), -1),
        sentences=sentences,
        sentence_vectors=np.split(vectors, stops),
        words=words,
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+(?=[A-Z“\"])", text) if part.strip()]


@dataclass(frozen=True)
class Ranking:
    """What the model says of some quotes.

    `p`: shape (quotes, indicators). `level[i][j]`: index of a level, or `None`. `nearest[j][i]`: index of the sentence
    of indicator j that is nearest to quote i in its context.
    """

    p: Floats
    level: list[list[int | None]]
    nearest: list[npt.NDArray[np.int64]]
    sentences: list[list[str]]
    threshold: float
    review_threshold: float


class PracticeModel:
    """A trained model, ready to be asked about any rubric."""

    def __init__(self, config: Config, arrays: dict[str, npt.NDArray[Any]]) -> None:
        self.config = config
        self._arrays = arrays
        self._encoded: dict[str, RubricVectors] = {}

    @classmethod
    def load(cls, models: Path) -> "PracticeModel":
        """Load the model from a folder of models.

        Raises:
            PipelineError: there is none, or it is damaged.
        """
        return cls(*model_files.load(models / FOLDER, Config, "pop train --target practices"))

    def rank(self, quotes: Sequence[str], contexts: Sequence[str], rubric: Rubric, encoder: Encoder) -> Ranking:
        """Return the probability of every indicator of a rubric for each quote in its context."""
        if rubric.sha256 not in self._encoded:
            self._encoded[rubric.sha256] = encode_rubric(rubric, encoder)
        encoded = self._encoded[rubric.sha256]
        quote_vectors, context_vectors = encoder.encode(quotes), encoder.encode(contexts)
        pairs = pair_features(quotes, contexts, quote_vectors, context_vectors, encoded)
        known = set(rubric.indicators) <= set(self.config.indicators) and rubric.sha256 == self.config.rubric_sha256
        if known:
            label_log_odds = self._label_log_odds(quote_vectors, context_vectors, rubric.indicators)
            pairs = np.concatenate([pairs, label_log_odds[:, :, None]], axis=2)
        name = "known" if known else "new"
        p = linear.sigmoid(pairs @ self._arrays[f"{name}_weights"] + float(self._arrays[f"{name}_intercept"][0]))
        level = _levels(context_vectors, encoded.levels)
        nearest = [np.argmax(context_vectors @ vectors.T, axis=1) for vectors in encoded.sentence_vectors]
        config = self.config
        thresholds = (
            (config.threshold, config.review_threshold)
            if known
            else (config.new_rubric_threshold, config.new_rubric_review_threshold)
        )
        return Ranking(p, level, nearest, encoded.sentences, *thresholds)

    def _label_log_odds(self, quotes: Vectors, contexts: Vectors, indicators: Sequence[str]) -> Floats:
        order = [self.config.indicators.index(indicator) for indicator in indicators]
        log_odds = np.hstack([quotes, contexts]) @ self._arrays["label_weights"].T + self._arrays["label_intercepts"]
        chosen: Floats = log_odds[:, order].astype(np.float64)
        return chosen


def pair_features(
    quotes: Sequence[str],
    contexts: Sequence[str],
    quote_vectors: Vectors,
    context_vectors: Vectors,
    rubric: RubricVectors,
) -> Floats:
    """Compare every quote with every indicator.

    Returns:
        Shape (quotes, indicators, 2 × 7): each feature as it is, then as its lead over the mean of all indicators.
    """
    quote_levels = np.einsum("qd,ild->qil", quote_vectors, rubric.levels)
    context_levels = np.einsum("qd,ild->qil", context_vectors, rubric.levels)
    plain = np.stack(
        [
            quote_vectors @ rubric.practices.T,
            context_vectors @ rubric.practices.T,
            quote_levels.max(axis=2),
            context_levels.max(axis=2),
            context_levels.mean(axis=2),
            np.array([rubric.words.scores(text) for text in quotes]).reshape(len(quotes), -1),
            np.array([rubric.words.scores(text) for text in contexts]).reshape(len(contexts), -1),
        ],
        axis=2,
    ).astype(np.float64)
    lead = plain - plain.mean(axis=1, keepdims=True)
    return np.concatenate([plain, lead], axis=2)


def _levels(contexts: Vectors, levels: Vectors) -> list[list[int | None]]:
    """Name the level whose text is clearly the nearest, for each context and indicator."""
    similarity = np.einsum("qd,ild->qil", contexts, levels)
    nearest = similarity.argmax(axis=2)
    ordered = np.sort(similarity, axis=2)
    clear = ordered[:, :, -1] - (ordered[:, :, -2] if ordered.shape[2] > 1 else 0.0) >= LEVEL_MARGIN
    return [
        [int(j) if sure else None for j, sure in zip(*row, strict=True)] for row in zip(nearest, clear, strict=True)
    ]


@dataclass(frozen=True)
class Trained:
    """A model with what was measured on folds that it had not learned from; `p`: shape (labels, indicators).

    `p`: with the regressions of known indicators. `p_new`: without them, as for a rubric never seen.
    """

    config: Config
    arrays: dict[str, npt.NDArray[Any]]
    p: Floats
    p_new: Floats
    fold: npt.NDArray[np.int64]


def train(
    labels: Sequence[PracticeLabel],
    rubric: Rubric,
    encoder: Encoder,
    settings: Settings,
    *,
    trained_on: dict[str, Any],
    quiet: bool = False,
) -> Trained:
    """Train on labelled quotes, cross-validated by fold."""
    quotes = encoder.encode([label.quote for label in labels], None if quiet else "quotes")
    contexts = encoder.encode([label.context or label.quote for label in labels], None if quiet else "contexts")
    return train_on_vectors(
        labels, quotes, contexts, encode_rubric(rubric, encoder), trained_on | {"seed": settings.seed}
    )


def train_on_vectors(
    labels: Sequence[PracticeLabel],
    quotes: Vectors,
    contexts: Vectors,
    rubric: RubricVectors,
    trained_on: dict[str, Any],
) -> Trained:
    """Train on quotes that are encoded already; both vectors of shape (labels, 384)."""
    indicators = rubric.rubric.indicators
    grades = grade_matrix([label.practices for label in labels], indicators)
    fold = folds(labels)
    texts = [label.quote for label in labels]
    context_texts = [label.context or label.quote for label in labels]
    pairs = pair_features(texts, context_texts, quotes, contexts, rubric)
    joined = np.hstack([quotes, contexts])
    held_out = np.zeros(grades.shape)
    for test, rows in splits(fold):
        coefficients, intercepts = _fit_labels(joined[rows], grades[rows])
        held_out[test] = joined[test] @ coefficients.T + intercepts
    with_labels = np.concatenate([pairs, held_out[:, :, None]], axis=2)
    p, p_new = _held_out_p(with_labels, grades, fold), _held_out_p(pairs, grades, fold)
    label_weights, label_intercepts = _fit_labels(joined, grades)
    known, new = _fit_pairs(with_labels, grades), _fit_pairs(pairs, grades)
    arrays: dict[str, npt.NDArray[Any]] = {
        "label_weights": label_weights,
        "label_intercepts": label_intercepts,
        "known_weights": known[0],
        "known_intercept": known[1],
        "new_weights": new[0],
        "new_intercept": new[1],
    }
    threshold, review = _thresholds(p, grades)
    new_threshold, new_review = _thresholds(p_new, grades)
    config = Config(
        version=f"practices-{sha256_text(*(array.tobytes().hex() for array in arrays.values()))[:12]}",
        encoder=ENCODER_NAME,
        rubric_sha256=rubric.rubric.sha256,
        indicators=indicators,
        threshold=threshold,
        review_threshold=review,
        new_rubric_threshold=new_threshold,
        new_rubric_review_threshold=new_review,
        trained_on=trained_on,
    )
    return Trained(config, arrays, p, p_new, fold)


def _fit_labels(
    joined: Vectors, grades: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    from pipeline.learning import estimator  # noqa: PLC0415 - slow to import, needed for training only

    return estimator.fit_columns(joined, grades, strength=LABEL_STRENGTH, soft_weight=SOFT_WEIGHT)


def _fit_pairs(pairs: Floats, grades: npt.NDArray[np.int8]) -> tuple[Floats, Floats]:
    """Fit one regression on all pairs of quote and indicator; without positives all weights are 0."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import, needed for training only

    flat, positive = pairs.reshape(-1, pairs.shape[2]), grades.ravel() > 0
    if positive.all() or not positive.any():
        share = (positive.sum() + 0.5) / (len(positive) + 1)
        return np.zeros(flat.shape[1]), np.array([np.log(share / (1 - share))])
    weights = np.where(grades.ravel() == 1, SOFT_WEIGHT, 1.0)
    scale = flat.std(axis=0) + 1e-9
    model = LogisticRegression(C=PAIR_STRENGTH, max_iter=2000).fit(flat / scale, positive, sample_weight=weights)
    return model.coef_[0] / scale, model.intercept_


def _held_out_p(pairs: Floats, grades: npt.NDArray[np.int8], fold: npt.NDArray[np.int64]) -> Floats:
    p = np.zeros(grades.shape)
    for test, rows in splits(fold):
        weights, intercept = _fit_pairs(pairs[rows], grades[rows])
        p[test] = linear.sigmoid(pairs[test] @ weights + float(intercept[0]))
    return p


def _thresholds(p: Floats, grades: npt.NDArray[np.int8]) -> tuple[float, float]:
    positive = grades.ravel() > 0
    threshold = linear.best_f1_threshold(p.ravel(), positive)
    return threshold, linear.recall_threshold(p.ravel(), positive, REVIEW_RECALL, threshold)
