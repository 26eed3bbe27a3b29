"""How the theme model is trained: every figure, calibration and threshold comes from folds that were not learned from.

labels → vectors, words → two regressions a theme ─┐
codebook → likeness (weights of the other themes) ─┴→ calibration → surroundings → calibration → bands
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.codebook import Codebook
from pipeline.encoder import DIMENSIONS, Encoder
from pipeline.encoder import NAME as ENCODER_NAME
from pipeline.files import sha256_text
from pipeline.learning import bands, features, linear, strengths
from pipeline.learning.estimator import exclude_each_other, fit_choice, fit_columns
from pipeline.learning.labels import ThemeLabel, folds, grade_matrix, known_matrix, splits
from pipeline.learning.linear import Floats
from pipeline.learning.themes import context, grades, prior
from pipeline.learning.themes.model import Config, ThemeModel, Unlabelled, Weights

Flags = npt.NDArray[np.bool_]

DENSE_STRENGTH = 3.0
SPARSE_STRENGTH = strengths.THEME_WORDS
FEW = 20
FEW_STRENGTH = 30.0
"""Of the regression on vectors of a theme with fewer positives than `FEW`: three labels are not pulled to nothing."""

PRIOR_LABELS = (8.0, 4.0, 2.0, 1.0, 0.5, 16.0)
"""Positives that count as much as what the codebook says: what is tried, the first of equals."""

PRECISIONS = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
"""What a user may ask decisions yes to reach."""

FEWEST_THEMES = 3
"""Themes below which nothing can be learned about a theme without labels."""

_SAID_NOTHING = ("trained_on", "beside_sha256")
"""Fields of a configuration that do not change what a model says."""

OPEN = -1
"""The grade of what nobody has judged."""


@dataclass(frozen=True)
class Material:
    """Labels with what a model sees of them.

    `vectors`: shape (labels, 1152). `grades`: shape (labels, themes), -1 where open, and for all headings. `fold`,
    `is_body`, `weight`: shape (labels,). `likeness`: to the codebook, shape (labels, themes, 8), beyond that of
    the mean passage, `background`, shape (384,).
    """

    labels: Sequence[ThemeLabel]
    themes: list[str]
    vectors: npt.NDArray[np.float32]
    grades: npt.NDArray[np.int8]
    fold: npt.NDArray[np.int64]
    is_body: Flags
    likeness: Floats
    background: npt.NDArray[np.float32]
    weight: Floats

    @property
    def known(self) -> Flags:
        """What is judged."""
        return self.grades > OPEN

    @property
    def positive(self) -> Flags:
        """What is about a theme."""
        return self.grades > 0

    @property
    def texts(self) -> list[str]:
        """The texts of the labels."""
        return [label.text for label in self.labels]


def prepare(
    labels: Sequence[ThemeLabel], codebook: Codebook, vectors: npt.NDArray[np.float32], encoder: Encoder
) -> Material:
    """Gather what a model is trained on.

    Args:
        labels: groups stay together in a fold.
        codebook: the themes, in order, and their words.
        vectors: of the labels, shape (labels, 1152).
        encoder: reads the codebook.
    """
    is_body = np.array([label.kind == "body" for label in labels])
    grades = grade_matrix([label.themes for label in labels], codebook.ids)
    known = known_matrix(labels, codebook.ids) & is_body[:, None]
    alone = vectors[:, :DIMENSIONS]
    background = np.round(prior.background(alone[is_body]), 6)
    return Material(
        labels,
        codebook.ids,
        vectors,
        np.where(known, grades, OPEN).astype(np.int8),
        folds(labels),
        is_body,
        prior.likeness(alone, prior.read_codebook(codebook, encoder), background),
        background,
        np.array([label.weight for label in labels]),
    )


@dataclass(frozen=True)
class Trained:
    """A model with what was measured on folds that it had not learned from.

    `p`: of all body labels, in their surroundings where they have any, shape (labels, themes). `decided`: from the
    thresholds that the other folds set, so that no label helped to set its own. `judged`: the labels that the model is
    measured on, shape (labels,): passages of whole documents, if there are enough, and otherwise all.
    """

    config: Config
    arrays: dict[str, npt.NDArray[Any]]
    p: Floats
    decided: Flags
    fold: npt.NDArray[np.int64]
    judged: Flags

    @property
    def model(self) -> ThemeModel:
        """The model, ready to be asked."""
        arrays = dict(self.arrays)
        return ThemeModel(self.config, idf=arrays.pop("idf"), weights=Weights(**arrays))


def train(material: Material, trained_on: dict[str, Any]) -> Trained:
    """Train a model, cross-validated by fold.

    Args:
        material: what to learn from.
        trained_on: what the model card says of the labels and the codebook.
    """
    body, known, positive, fold = material.is_body, material.known, material.positive, material.fold
    by_codebook, prior_weights = _by_codebook(material)
    by_labels = held_out_log_odds(material)
    trust = _trust(material.grades, by_labels, by_codebook)
    log_odds = trust * by_labels + (1 - trust) * by_codebook
    calibration = linear.fit_calibration(log_odds, positive, known, material.weight)
    p, judged, around = calibration.apply(log_odds), body, _Around()
    where = layout_of(material.labels)
    whole = body & (where.document >= 0)
    if whole.sum() >= context.FEWEST:
        judged = _weightiest(material.weight, whole)
        around = _learn_surroundings(material, p, where, whole, judged)
        p = np.where(whole[:, None], around.p, p)
    set_bands = bands.ladder(p[judged], positive[judged], known[judged], PRECISIONS)
    vectorizer = features.new_vectorizer(int(body.sum()))
    words = vectorizer.fit_transform([text for text, is_body in zip(material.texts, body, strict=True) if is_body])
    weights = fit_weights(material.vectors[body], words, material.grades[body], material.weight[body])
    vocabulary = [str(term) for term in vectorizer.get_feature_names_out()]
    arrays = {**vars(weights), "idf": vectorizer.idf_.astype(np.float32)}
    config = Config(
        version="",
        encoder=ENCODER_NAME,
        themes=material.themes,
        bands=set_bands,
        trust=np.round(trust, 6).tolist(),
        prior=prior_weights,
        background=material.background.tolist(),
        calibration_slope=calibration.slope.tolist(),
        calibration_offset=calibration.offset.tolist(),
        vocabulary=vocabulary,
        context=around.weights,
        together=around.together,
        context_slope=around.slope,
        context_offset=around.offset,
        grade=grades.fit(
            p[judged], [material.texts[i] for i in np.flatnonzero(judged).tolist()], material.grades[judged]
        ),
        unlabelled=_unlabelled(material, by_codebook, where, whole, around) if prior_weights else None,
        trained_on=trained_on,
    )
    decided = _cross_decided(p, positive, known, fold, judged)
    return Trained(_named(config, arrays), arrays, p, decided, fold, judged)


def held_out_log_odds(material: Material) -> Floats:
    """Return the log-odds of each label by regressions that had not seen its fold; the vocabulary is held out too.

    Nothing is learned from headings: nobody has coded them.
    """
    held_out = np.zeros(material.grades.shape)
    for test, others in splits(material.fold):
        held_out[test] = learned_from(material, others, np.flatnonzero(test))
    return held_out


def learned_from(material: Material, learned: Flags, asked: npt.NDArray[np.int64]) -> Floats:
    """Return the log-odds of some labels by regressions that learned from others, shape (asked, themes)."""
    rows = np.flatnonzero(material.is_body & learned)
    texts = material.texts
    vectorizer = features.new_vectorizer(len(rows))
    words = vectorizer.fit_transform([texts[i] for i in rows.tolist()])
    weights = fit_weights(material.vectors[rows], words, material.grades[rows], material.weight[rows])
    return weights.log_odds(material.vectors[asked], vectorizer.transform([texts[i] for i in asked.tolist()]))


def fit_weights(vectors: npt.NDArray[np.float32], words: Any, grades: npt.NDArray[np.int8], weight: Floats) -> Weights:
    """Fit both regressions of every theme; where each text has exactly one, of the choice among them."""
    if exclude_each_other(grades):
        by_vector = fit_choice(vectors, grades, strength=FEW_STRENGTH, weight=weight)
        return Weights(*by_vector, *fit_choice(words, grades, strength=FEW_STRENGTH, weight=weight))
    few = (grades > 0).sum(axis=0) < FEW
    coefficients = np.zeros((len(few), vectors.shape[1]), np.float32)
    intercepts = np.zeros(len(few), np.float32)
    for columns, strength in ((few, FEW_STRENGTH), (~few, DENSE_STRENGTH)):
        if columns.any():
            fitted = fit_columns(vectors, grades[:, columns], strength=strength, weight=weight)
            coefficients[columns], intercepts[columns] = fitted
    by_words = fit_columns(words, grades, strength=SPARSE_STRENGTH, weight=weight)
    return Weights(coefficients, intercepts, *by_words)


def _trust(grades: npt.NDArray[np.int8], by_labels: Floats, by_codebook: Floats) -> Floats:
    """Return what the regressions of each theme count beside the codebook: more with every positive label.

    How many positives count as much as the codebook is learned: the number with which held-out labels are ordered best.
    """
    from sklearn.metrics import average_precision_score  # noqa: PLC0415 - slow to import, needed for training only

    n: Floats = (grades > 0).sum(axis=0).astype(np.float64)
    known = [np.flatnonzero(grades[:, j] >= 0) for j in range(grades.shape[1])]

    def order(prior_labels: float) -> float:
        trust = n / (n + prior_labels)
        log_odds = trust * by_labels + (1 - trust) * by_codebook
        columns = [j for j in range(grades.shape[1]) if 0 < n[j] < len(known[j])]
        found = [average_precision_score(grades[known[j], j] > 0, log_odds[known[j], j]) for j in columns]
        return round(float(np.mean(found)), 6) if found else 0.0

    return n / (n + max(PRIOR_LABELS, key=order))


def _by_codebook(material: Material) -> tuple[Floats, list[float]]:
    """Return what the codebook says of each label, by weights of the other themes; and the weights of all themes."""
    if len(material.themes) < FEWEST_THEMES:
        return np.zeros(material.grades.shape), []
    rows = np.flatnonzero(material.is_body)[:: max(1, int(material.is_body.sum()) // prior.SAMPLE)]
    found, positive, known = material.likeness[rows], material.positive[rows], material.known[rows]
    weights = prior.fit(found, positive, known)
    left_out = [
        prior.weigh(material.likeness[:, [j]], prior.fit(*_without(j, found, positive, known)))
        for j in range(len(material.themes))
    ]
    return np.concatenate(left_out, axis=1), np.round(weights, 6).tolist()


def _without(j: int, *arrays: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    return [np.delete(array, j, axis=1) for array in arrays]


@dataclass(frozen=True)
class _Around:
    """What was learned of surroundings, and the p of passages whose fold nothing was learned from."""

    weights: list[float] = field(default_factory=list)
    together: list[list[float]] = field(default_factory=list)
    slope: list[float] = field(default_factory=list)
    offset: list[float] = field(default_factory=list)
    p: Floats = field(default_factory=lambda: np.zeros((0, 0)))


def _weightiest(weight: Floats, whole: Flags) -> Flags:
    """Return the passages of whole documents that weigh most, or all of them if those are few."""
    most = whole & (weight >= weight[whole].max())
    return most if most.sum() >= context.FEWEST else whole


def layout_of(labels: Sequence[ThemeLabel]) -> context.Layout:
    """Number the documents of the labels; texts that stand alone have -1."""
    numbers = {name: i for i, name in enumerate(sorted({label.document for label in labels if label.document}))}
    return context.layout(
        [label.text for label in labels],
        [numbers.get(label.document or "", -1) for label in labels],
        [label.kind == "heading" for label in labels],
    )


def _learn_surroundings(
    material: Material, alone: Floats, where: context.Layout, whole: Flags, judged: Flags
) -> _Around:
    """Learn what surroundings weigh, and what the themes of a passage and its document say of each other.

    Args:
        material: what to learn from.
        alone: p of each passage by itself, shape (labels, themes).
        where: the passages in their documents.
        whole: passages of whole documents.
        judged: those of them that calibration rests on.
    """
    found = context.surroundings(alone, where)
    positive, known, weight = material.positive, material.known, material.weight
    first = np.zeros(positive.shape)
    for test, others in splits(material.fold):
        rows = whole & others
        first[test] = context.weigh(found[test], context.fit(found[rows], positive[rows], known[rows], weight[rows]))
    beside = context.together(first, alone, where)
    second = np.zeros(positive.shape)
    for test, others in splits(material.fold):
        rows = whole & others
        taught = context.fit_together(beside[rows], positive[rows], known[rows], weight[rows])
        second[test] = context.weigh_together(beside[test], taught)
    weights = context.fit(found[whole], positive[whole], known[whole], weight[whole])
    both = context.fit_together(beside[whole], positive[whole], known[whole], weight[whole])
    calibration = linear.fit_calibration(second[judged], positive[judged], known[judged])
    return _Around(
        np.round(weights, 6).tolist(),
        np.round(both, 6).tolist(),
        calibration.slope.tolist(),
        calibration.offset.tolist(),
        calibration.apply(second),
    )


def _unlabelled(
    material: Material, log_odds: Floats, where: context.Layout, whole: Flags, around: _Around
) -> Unlabelled:
    """Learn how to decide a theme without labels, from what the codebook alone says of the labelled ones."""
    judged, p, slope, offset = material.is_body, linear.sigmoid(log_odds), 1.0, 0.0
    if around.weights:
        judged = whole
        found = context.weigh(context.surroundings(p, where), np.array(around.weights))
        slope, offset = linear.fit_pooled(
            found[whole], material.positive[whole], material.known[whole], material.weight[whole]
        )
        p = linear.sigmoid(found * slope + offset)
    positive, known = material.positive[judged], material.known[judged]
    low = bands.pooled_threshold(p[judged], positive, known)
    high = bands.pooled_yes_threshold(p[judged], positive, known, bands.PRECISION)
    return Unlabelled(slope=slope, offset=offset, threshold=low, yes_threshold=max(low, high))


def _cross_decided(p: Floats, positive: Flags, known: Flags, fold: npt.NDArray[np.int64], judged: Flags) -> Flags:
    """Decide each label by thresholds that the other folds have set."""
    decided = np.zeros(p.shape, dtype=bool)
    for test, others in splits(fold):
        rows = others & judged if (others & judged).any() else judged
        decided[test] = p[test] >= np.array(bands.thresholds(p[rows], positive[rows], known[rows]))
    return decided


def _named(config: Config, arrays: dict[str, npt.NDArray[Any]]) -> Config:
    """Name a version after all that decides what the model says."""
    said = {name: value for name, value in msgspec.to_builtins(config).items() if name not in _SAID_NOTHING}
    digest = sha256_text(
        *(f"{name}:{array.tobytes().hex()}" for name, array in sorted(arrays.items())),
        msgspec.json.encode(said).decode(),
    )
    return msgspec.structs.replace(config, version=f"themes-{digest[:12]}")
