"""The theme model: which themes of the codebook a passage is about.

For each theme two logistic regressions vote with equal weight, one on sentence vectors (of the whole passage, and the
mean of its sentences), one on TF-IDF of words and pairs of words. Their mean log-odds become a calibrated p by Platt
scaling fitted on texts of folds that the model had not learned from; the same predictions set the thresholds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.config import Settings
from pipeline.encoder import NAME as ENCODER_NAME
from pipeline.encoder import Encoder
from pipeline.files import sha256_text
from pipeline.learning import features, linear, model_files
from pipeline.learning.labels import ThemeLabel, folds, grade_matrix
from pipeline.learning.linear import Calibration, Floats

if TYPE_CHECKING:
    from spacy.language import Language

FOLDER = "themes"
DENSE_STRENGTH = 1.0
SPARSE_STRENGTH = 4.0
SOFT_WEIGHT = 0.7
REVIEW_RECALL = 0.9
"""The band `review` reaches down to where this share of the positives is caught."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in model.json. `thresholds` decide yes, `review_thresholds` review; both by theme."""

    kind: str = "themes"
    version: str
    encoder: str
    themes: list[str]
    thresholds: list[float]
    review_thresholds: list[float]
    calibration_slope: list[float]
    calibration_offset: list[float]
    vocabulary: list[str]
    trained_on: dict[str, Any]
    weights_sha256: str = ""


@dataclass(frozen=True)
class Prediction:
    """What the model says of some passages.

    `p`: shape (passages, themes). `evidence[i]`: the spans of the sentences of passage i, and how much each spoke for
    each theme, shape (sentences, themes); above 0 is for it.
    """

    p: Floats
    evidence: list[tuple[list[tuple[int, int]], Floats]]


@dataclass(frozen=True)
class Weights:
    """The two regressions of each theme. `dense`: shape (themes, 768). `sparse`: shape (themes, terms)."""

    dense: npt.NDArray[np.float32]
    dense_intercept: npt.NDArray[np.float32]
    sparse: npt.NDArray[np.float32]
    sparse_intercept: npt.NDArray[np.float32]


class ThemeModel:
    """A trained model, ready to be asked."""

    def __init__(self, config: Config, weights: Weights, idf: npt.NDArray[np.float32]) -> None:
        self.config = config
        self._weights = weights
        self._vectorizer = features.restore_vectorizer(config.vocabulary, idf)
        self._calibration = Calibration(np.array(config.calibration_slope), np.array(config.calibration_offset))

    @classmethod
    def load(cls, models: Path) -> "ThemeModel":
        """Load the model from a folder of models.

        Raises:
            PipelineError: there is none, or it is damaged.
        """
        config, arrays = model_files.load(models / FOLDER, Config, "pop train")
        idf = arrays.pop("idf")
        return cls(config, Weights(**arrays), idf)

    def predict(self, texts: Sequence[str], encoder: Encoder, sentencizer: "Language") -> Prediction:
        """Return the probability of each theme for each text, and the sentences that spoke for it."""
        if not texts:
            return Prediction(np.zeros((0, len(self.config.themes))), [])
        sentences = features.encode_sentences(texts, encoder, sentencizer)
        vectors = features.dense(encoder.encode(texts), sentences.vectors)
        words = self._vectorizer.transform(texts)
        p = self._calibration.apply(log_odds(self._weights, vectors, words))
        evidence = [
            (spans, self._sentence_weights(text, spans, sentence_vectors))
            for text, spans, sentence_vectors in zip(texts, sentences.spans, sentences.vectors, strict=True)
        ]
        return Prediction(p, evidence)

    def _sentence_weights(
        self, text: str, spans: Sequence[tuple[int, int]], vectors: npt.NDArray[np.float32]
    ) -> Floats:
        """Share the log-odds out among the sentences: what each adds by its vector and by its words."""
        by_vector = vectors @ self._weights.dense[:, vectors.shape[1] :].T / len(spans)
        by_words = self._vectorizer.transform([text[start:end] for start, end in spans]) @ self._weights.sparse.T
        weights: Floats = np.asarray(by_vector + by_words / len(spans), dtype=np.float64)
        return weights


def log_odds(weights: Weights, vectors: npt.NDArray[np.float32], words: Any) -> Floats:
    """Return the mean log-odds of the two regressions, shape (n, themes)."""
    by_vector = vectors @ weights.dense.T + weights.dense_intercept
    by_words = np.asarray(words @ weights.sparse.T) + weights.sparse_intercept
    mean: Floats = ((by_vector + by_words) / 2).astype(np.float64)
    return mean


def fit_weights(vectors: npt.NDArray[np.float32], words: Any, grades: npt.NDArray[np.int8]) -> Weights:
    """Fit both regressions of every theme."""
    by_vector = linear.fit_columns(vectors, grades, strength=DENSE_STRENGTH, soft_weight=SOFT_WEIGHT)
    by_words = linear.fit_columns(words, grades, strength=SPARSE_STRENGTH, soft_weight=SOFT_WEIGHT)
    return Weights(*by_vector, *by_words)


@dataclass(frozen=True)
class Trained:
    """A model with what was measured on folds that it had not learned from.

    `p`: shape (labels, themes). `fold`: shape (labels,).
    """

    config: Config
    arrays: dict[str, npt.NDArray[Any]]
    p: Floats
    fold: npt.NDArray[np.int64]

    @property
    def model(self) -> ThemeModel:
        """The model, ready to be asked."""
        arrays = dict(self.arrays)
        return ThemeModel(self.config, idf=arrays.pop("idf"), weights=Weights(**arrays))


def train(
    labels: Sequence[ThemeLabel],
    themes: Sequence[str],
    encoder: Encoder,
    sentencizer: "Language",
    settings: Settings,
    *,
    trained_on: dict[str, Any],
    quiet: bool = False,
) -> Trained:
    """Train on labels, cross-validated by fold.

    Args:
        labels: what to learn from; groups stay together in a fold.
        themes: the ids of the codebook, in order.
        encoder: turns texts into vectors.
        sentencizer: finds sentences.
        settings: the seed.
        trained_on: what the model card says of the labels and the codebook.
        quiet: show no progress.
    """
    texts = [label.text for label in labels]
    sentences = features.encode_sentences(texts, encoder, sentencizer, None if quiet else "sentences")
    vectors = features.dense(encoder.encode(texts, None if quiet else "passages"), sentences.vectors)
    return train_on_vectors(texts, vectors, labels, themes, trained_on | {"seed": settings.seed})


def train_on_vectors(
    texts: Sequence[str],
    vectors: npt.NDArray[np.float32],
    labels: Sequence[ThemeLabel],
    themes: Sequence[str],
    trained_on: dict[str, Any],
) -> Trained:
    """Train on texts that are encoded already; `vectors`: shape (labels, 768)."""
    grades = grade_matrix([label.themes for label in labels], themes)
    fold = folds(labels)
    vectorizer = features.new_vectorizer(len(texts))
    words = vectorizer.fit_transform(texts)
    held_out = _held_out_log_odds(texts, vectors, grades, fold)
    calibration = linear.fit_calibration(held_out, grades > 0)
    p = calibration.apply(held_out)
    thresholds = [linear.best_f1_threshold(p[:, j], grades[:, j] > 0) for j in range(len(themes))]
    review = [
        linear.recall_threshold(p[:, j], grades[:, j] > 0, REVIEW_RECALL, thresholds[j]) for j in range(len(themes))
    ]
    weights = fit_weights(vectors, words, grades)
    vocabulary = [str(term) for term in vectorizer.get_feature_names_out()]
    arrays = {**vars(weights), "idf": vectorizer.idf_.astype(np.float32)}
    config = Config(
        version=_version(arrays, vocabulary, thresholds),
        encoder=ENCODER_NAME,
        themes=list(themes),
        thresholds=thresholds,
        review_thresholds=review,
        calibration_slope=calibration.slope.tolist(),
        calibration_offset=calibration.offset.tolist(),
        vocabulary=vocabulary,
        trained_on=trained_on,
    )
    return Trained(config, arrays, p, fold)


def _held_out_log_odds(
    texts: Sequence[str], vectors: npt.NDArray[np.float32], grades: npt.NDArray[np.int8], fold: npt.NDArray[np.int64]
) -> Floats:
    """Return the log-odds of each text from a model that had not seen its fold; the vocabulary is held out as well."""
    held_out = np.zeros(grades.shape)
    names = np.unique(fold)
    for name in names:
        test = fold == name
        train_rows = ~test if len(names) > 1 else test
        vectorizer = features.new_vectorizer(int(train_rows.sum()))
        words = vectorizer.fit_transform([texts[i] for i in np.flatnonzero(train_rows).tolist()])
        weights = fit_weights(vectors[train_rows], words, grades[train_rows])
        unseen = vectorizer.transform([texts[i] for i in np.flatnonzero(test).tolist()])
        held_out[test] = log_odds(weights, vectors[test], unseen)
    return held_out


def _version(arrays: dict[str, npt.NDArray[Any]], vocabulary: Sequence[str], thresholds: Sequence[float]) -> str:
    digest = sha256_text(
        *(f"{name}:{array.tobytes().hex()}" for name, array in sorted(arrays.items())),
        *vocabulary,
        *map(str, thresholds),
    )
    return f"themes-{digest[:12]}"
