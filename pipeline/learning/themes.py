"""The theme model: which themes of the codebook a passage is about.

For each theme two logistic regressions vote with equal weight, one on sentence vectors (of the whole passage, and the
mean of its sentences), one on TF-IDF of words and pairs of words. Their mean log-odds become a calibrated p by Platt
scaling fitted on texts of folds that the model had not learned from. In a document, that p is weighed together with
the p of what surrounds the passage (`pipeline.learning.context`), learned from whole documents; the thresholds are set
on passages of folds that nothing was learned from, in their surroundings.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.config import Settings
from pipeline.encoder import NAME as ENCODER_NAME
from pipeline.encoder import Encoder
from pipeline.files import sha256_text
from pipeline.learning import context, features, linear, model_files
from pipeline.learning.labels import ThemeLabel, folds, grade_matrix, splits
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
    """What stands in model.json. `thresholds` decide yes, `review_thresholds` review; both by theme.

    `context`: what surroundings weigh; empty if nothing was learned of them.
    """

    kind: str = "themes"
    version: str
    encoder: str
    themes: list[str]
    thresholds: list[float]
    review_thresholds: list[float]
    calibration_slope: list[float]
    calibration_offset: list[float]
    vocabulary: list[str]
    context: list[float] = []
    context_slope: list[float] = []
    context_offset: list[float] = []
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
        self._calibration_in_context = Calibration(np.array(config.context_slope), np.array(config.context_offset))

    @classmethod
    def load(cls, models: Path) -> "ThemeModel":
        """Load the model from a folder of models.

        Raises:
            PipelineError: there is none, or it is damaged.
        """
        config, arrays = model_files.load(models / FOLDER, Config, "pop train")
        idf = arrays.pop("idf")
        return cls(config, Weights(**arrays), idf)

    def predict_in_document(
        self, texts: Sequence[str], headings: Sequence[bool], encoder: Encoder, sentencizer: "Language"
    ) -> Prediction:
        """Return what `predict` returns for the passages of one document, each in its surroundings.

        Args:
            texts: the passages in their order, with the headings among them.
            headings: which of the texts are headings.
            encoder: turns texts into vectors.
            sentencizer: finds sentences.
        """
        alone = self.predict(texts, encoder, sentencizer)
        if not self.config.context or not texts:
            return alone
        where = context.layout(texts, [0] * len(texts), headings)
        log_odds = context.weigh(context.surroundings(alone.p, where), np.array(self.config.context))
        return Prediction(self._calibration_in_context.apply(log_odds), alone.evidence)

    def predict(self, texts: Sequence[str], encoder: Encoder, sentencizer: "Language") -> Prediction:
        """Return the probability of each theme for each text by itself, and the sentences that spoke for it."""
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

    `p`: shape (labels, themes). `fold`: shape (labels,). `judged`: the labels that it is measured on, shape (labels,):
    passages of whole documents, if there are enough, and otherwise all.
    """

    config: Config
    arrays: dict[str, npt.NDArray[Any]]
    p: Floats
    fold: npt.NDArray[np.int64]
    judged: npt.NDArray[np.bool_]

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
    body = np.array([label.kind == "body" for label in labels])
    held_out = _held_out_log_odds(texts, vectors, grades, fold, body)
    calibration = linear.fit_calibration(held_out[body], grades[body] > 0)
    p = calibration.apply(held_out)
    judged, around = body, _Around()
    where = _layout(labels)
    whole = body & (where.document >= 0)
    if whole.sum() >= context.FEWEST:
        judged, around = whole, _learn_surroundings(context.surroundings(p, where), grades > 0, whole, fold)
        p = around.p
    thresholds, review = _thresholds(p[judged], grades[judged] > 0)
    vectorizer = features.new_vectorizer(int(body.sum()))
    words = vectorizer.fit_transform([text for text, is_body in zip(texts, body, strict=True) if is_body])
    weights = fit_weights(vectors[body], words, grades[body])
    vocabulary = [str(term) for term in vectorizer.get_feature_names_out()]
    arrays = {**vars(weights), "idf": vectorizer.idf_.astype(np.float32)}
    config = Config(
        version=_version(arrays, vocabulary, [*thresholds, *around.weights]),
        encoder=ENCODER_NAME,
        themes=list(themes),
        thresholds=thresholds,
        review_thresholds=review,
        calibration_slope=calibration.slope.tolist(),
        calibration_offset=calibration.offset.tolist(),
        vocabulary=vocabulary,
        context=around.weights,
        context_slope=around.slope,
        context_offset=around.offset,
        trained_on=trained_on,
    )
    return Trained(config, arrays, p, fold, judged)


@dataclass(frozen=True)
class _Around:
    """What was learned of surroundings, and the p of passages whose fold nothing was learned from."""

    weights: list[float] = field(default_factory=list)
    slope: list[float] = field(default_factory=list)
    offset: list[float] = field(default_factory=list)
    p: Floats = field(default_factory=lambda: np.zeros((0, 0)))


def _layout(labels: Sequence[ThemeLabel]) -> context.Layout:
    """Number the documents of the labels; texts that stand alone have -1."""
    numbers = {name: i for i, name in enumerate(sorted({label.document for label in labels if label.document}))}
    return context.layout(
        [label.text for label in labels],
        [numbers.get(label.document or "", -1) for label in labels],
        [label.kind == "heading" for label in labels],
    )


def _learn_surroundings(
    found: Floats, positive: npt.NDArray[np.bool_], whole: npt.NDArray[np.bool_], fold: npt.NDArray[np.int64]
) -> _Around:
    """Learn what surroundings weigh; `whole`: passages of whole documents."""
    p = np.zeros(positive.shape)
    found, positive = found[whole], positive[whole]
    held_out = np.zeros(positive.shape)
    for test, others in splits(fold[whole]):
        held_out[test] = context.weigh(found[test], context.fit(found[others], positive[others]))
    weights = context.fit(found, positive)
    calibration = linear.fit_calibration(held_out, positive)
    p[whole] = calibration.apply(held_out)
    return _Around(np.round(weights, 6).tolist(), calibration.slope.tolist(), calibration.offset.tolist(), p)


def _thresholds(p: Floats, positive: npt.NDArray[np.bool_]) -> tuple[list[float], list[float]]:
    """Return, by theme, from which p upwards to decide yes, and from which upwards to ask for review."""
    columns = range(p.shape[1])
    yes = [linear.best_f1_threshold(p[:, j], positive[:, j]) for j in columns]
    review = [linear.recall_threshold(p[:, j], positive[:, j], REVIEW_RECALL, yes[j]) for j in columns]
    return yes, review


def _held_out_log_odds(
    texts: Sequence[str],
    vectors: npt.NDArray[np.float32],
    grades: npt.NDArray[np.int8],
    fold: npt.NDArray[np.int64],
    body: npt.NDArray[np.bool_],
) -> Floats:
    """Return the log-odds of each text from a model that had not seen its fold; the vocabulary is held out as well.

    Nothing is learned from headings (`body` is false): nobody has coded them.
    """
    held_out = np.zeros(grades.shape)
    for test, others in splits(fold):
        train_rows = body & others
        vectorizer = features.new_vectorizer(int(train_rows.sum()))
        words = vectorizer.fit_transform([texts[i] for i in np.flatnonzero(train_rows).tolist()])
        weights = fit_weights(vectors[train_rows], words, grades[train_rows])
        unseen = vectorizer.transform([texts[i] for i in np.flatnonzero(test).tolist()])
        held_out[test] = log_odds(weights, vectors[test], unseen)
    return held_out


def _version(arrays: dict[str, npt.NDArray[Any]], vocabulary: Sequence[str], numbers: Sequence[float]) -> str:
    digest = sha256_text(
        *(f"{name}:{array.tobytes().hex()}" for name, array in sorted(arrays.items())),
        *vocabulary,
        *map(str, numbers),
    )
    return f"themes-{digest[:12]}"
