"""How the practice model is trained: every figure and threshold comes from folds that were not learned from.

labels → vectors, words → two regressions an indicator ─┐
rubric → features of pairs → one regression for all ────┴→ what both say, together → bands

The regressions on labels learn from all labels. What goes by pairs, and the last regression, learn from labels of the
highest weight, those like what the model is for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.encoder import NAME as ENCODER_NAME
from pipeline.files import sha256_text
from pipeline.learning import bands, features, linear, strengths
from pipeline.learning.estimator import fit_columns
from pipeline.learning.labels import PracticeLabel, folds, splits
from pipeline.learning.linear import Floats
from pipeline.learning.practices import pairs
from pipeline.learning.practices.model import Band, Config, LabelWeights, OtherQuote, PracticeModel, weighed_together
from pipeline.learning.practices.pairs import Background, Others
from pipeline.rubric import Rubric

Flags = npt.NDArray[np.bool_]

DENSE_STRENGTH = 0.75
SPARSE_STRENGTH = strengths.PRACTICE_WORDS
PAIR_STRENGTH = 0.3
LAST_STRENGTH = 10.0
SOFT_WEIGHT = strengths.SOFT_PRACTICE

SOFT_WEIGHT_OF_P = 0.7
TRUST_LABELS = 8.0
"""Positives that count as much as what the rubric's words say."""

PRECISIONS = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
"""What a user may ask matches to reach."""

MOST_PAIRED = 3000
"""Labels from which the regression of pairs learns."""

OPEN = -1


@dataclass(frozen=True)
class Material:
    """Labels with what a model sees of them.

    `vectors`: shape (labels, 1536). `in_document`: which labels were read in their documents, shape (labels,);
    `alone`: the vectors of these as if only the paragraph were at hand. `texts`: what TF-IDF sees. `grades`: shape
    (labels, indicators), -1 where open. `paired`: the rows of labels with features of pairs, `pairs`, shape (paired,
    indicators, 28). `others`: the quotes that they are held against. `rarity`: of word pieces, shape (vocabulary,).
    """

    labels: Sequence[PracticeLabel]
    rubric: Rubric
    vectors: npt.NDArray[np.float32]
    alone: npt.NDArray[np.float32]
    in_document: Flags
    texts: list[str]
    grades: npt.NDArray[np.int8]
    paired: npt.NDArray[np.int64]
    pairs: Floats
    others: Others
    other_quotes: Sequence[OtherQuote]
    rarity: npt.NDArray[np.float32]

    @property
    def fold(self) -> npt.NDArray[np.int64]:
        """The fold of each label, shape (labels,)."""
        return folds(self.labels)

    @property
    def weight(self) -> Floats:
        """What each label counts, shape (labels,)."""
        return np.array([label.weight for label in self.labels])


@dataclass(frozen=True)
class Trained:
    """A model with what was measured on folds that it had not learned from, for the paired labels `rows`.

    `p`: with the regressions of labelled indicators, shape (rows, indicators). `p_new`: each indicator as one of an
    area that the regression of pairs had not seen.
    """

    config: Config
    arrays: dict[str, npt.NDArray[Any]]
    rows: npt.NDArray[np.int64]
    p: Floats
    p_new: Floats

    @property
    def band(self) -> Band:
        """The band of the precision that is asked for if the user says nothing."""
        return next(band for band in self.config.bands if band.precision >= bands.PRECISION)


def train(material: Material, trained_on: dict[str, Any]) -> Trained:
    """Train on what has been read."""
    rows, fold = material.paired, material.fold
    grades = material.grades[rows]
    by_vector, by_words = held_out_labels(material)
    by_pair = held_out_pairs(material)
    # An indicator is trusted as far as there are labels of it to learn from, in whichever fold.
    trust = trust_of(material.grades)
    weighed = weighed_together(by_vector[rows], by_words[rows], by_pair, trust)
    p = np.zeros(grades.shape)
    for test, learned in splits(fold[rows]):
        last = fit_regression(weighed[learned], grades[learned], LAST_STRENGTH, SOFT_WEIGHT_OF_P)
        p[test] = linear.sigmoid(weighed[test] @ last[:-1] + last[-1])
    p_new = held_out_areas(material)
    labels, vectorizer = fit_labels(material, np.ones(len(fold), dtype=bool))
    first, second, usual = fit_pairs(material, np.ones(len(rows), dtype=bool), _all(material))
    arrays: dict[str, npt.NDArray[Any]] = {
        "dense": labels.dense,
        "dense_intercept": labels.dense_intercept,
        "sparse": labels.sparse,
        "sparse_intercept": labels.sparse_intercept,
        "idf": vectorizer.idf_.astype(np.float32),
        "rarity": material.rarity.astype(np.float16),
        "pair_first": first,
        "pair_second": second,
        "last": fit_regression(weighed, grades, LAST_STRENGTH, SOFT_WEIGHT_OF_P),
        **{f"usual_{name}": np.asarray(value) for name, value in vars(usual).items()},
    }
    config = Config(
        version="",
        encoder=ENCODER_NAME,
        rubric_sha256=material.rubric.sha256,
        indicators=material.rubric.indicators,
        trust=np.round(trust, 6).tolist(),
        bands=_bands(p, grades),
        new_bands=_bands(p_new, grades),
        vocabulary=[str(term) for term in vectorizer.get_feature_names_out()],
        trained_on=trained_on,
    )
    digest = sha256_text(*(f"{name}:{array.tobytes().hex()}" for name, array in sorted(arrays.items())))
    config = msgspec.structs.replace(config, version=f"practices-{digest[:12]}")
    return Trained(config, arrays, rows, p, p_new)


def model_of(trained: Trained, material: Material) -> PracticeModel:
    """Return the trained model, ready to be asked."""
    return PracticeModel(trained.config, trained.arrays, material.other_quotes)


def trust_of(grades: npt.NDArray[np.int8]) -> Floats:
    """Return what the regressions of each indicator count, 0–1."""
    n = (grades > 0).sum(axis=0)
    trust: Floats = n / (n + TRUST_LABELS)
    return trust


def fit_labels(material: Material, rows: Flags) -> tuple[LabelWeights, Any]:
    """Fit the two regressions of each indicator on some labels; return them and the TF-IDF vectorizer."""
    chosen = np.flatnonzero(rows)
    texts = [material.texts[i] for i in chosen]
    vectorizer = features.new_vectorizer(len(texts)).fit(texts)
    weight, grades = material.weight[chosen], material.grades[chosen]
    # A quote in a document is learned twice, also as if the document were missing: that is how some are asked about.
    both = material.in_document[chosen]
    dense = fit_columns(
        np.concatenate([material.vectors[chosen], material.alone[rows[material.in_document]]]),
        np.concatenate([grades, grades[both]]),
        strength=DENSE_STRENGTH,
        soft_weight=SOFT_WEIGHT,
        weight=np.concatenate([np.where(both, weight / 2, weight), weight[both] / 2]),
    )
    sparse = fit_columns(
        vectorizer.transform(texts), grades, strength=SPARSE_STRENGTH, soft_weight=SOFT_WEIGHT, weight=weight
    )
    return LabelWeights(*dense, *sparse), vectorizer


def held_out_labels(material: Material) -> tuple[Floats, Floats]:
    """Return what the regressions say of labels whose fold they had not learned from, shape (labels, indicators)."""
    by_vector, by_words = np.zeros(material.grades.shape), np.zeros(material.grades.shape)
    for test, learned in splits(material.fold):
        weights, vectorizer = fit_labels(material, learned)
        words = vectorizer.transform([material.texts[i] for i in np.flatnonzero(test)])
        by_vector[test], by_words[test] = weights.log_odds(material.vectors[test], words)
    return by_vector, by_words


def fit_pairs(material: Material, rows: Flags, columns: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Background]:
    """Fit the regression of pairs on some of the paired labels and indicators.

    Args:
        material: what has been read.
        rows: which of the paired labels, shape (paired,).
        columns: the indicators.

    Returns:
        The weights without and with what people say of each indicator, and what is usual for all indicators.
    """
    mean = material.others.features.mean(axis=0)
    spread = material.others.features.std(axis=0) + 1e-6
    grades = material.grades[material.paired][rows][:, columns]
    beside = pairs.relative(material.pairs[rows], mean, spread)[:, columns]
    first = fit_regression(beside, grades, PAIR_STRENGTH, SOFT_WEIGHT)
    usual = pairs.background(material.others, first[:-1])
    compared = pairs.compared(material.pairs[rows], material.vectors[material.paired][rows], usual)[:, columns]
    return first, fit_regression(compared, grades, PAIR_STRENGTH, SOFT_WEIGHT), usual


def held_out_pairs(material: Material) -> Floats:
    """Return what the regression of pairs says of labels whose fold it had not learned from, (paired, indicators)."""
    rows = material.paired
    found = np.zeros((len(rows), material.grades.shape[1]))
    for test, learned in splits(material.fold[rows]):
        _, second, usual = fit_pairs(material, learned, _all(material))
        compared = pairs.compared(material.pairs[test], material.vectors[rows][test], usual)
        found[test] = compared @ second[:-1] + second[-1]
    return found


def held_out_areas(material: Material) -> Floats:
    """Return p of each indicator as if the labels had none of its area, shape (paired, indicators).

    What is learned for an area comes from the indicators of the others, and from labels that none of its indicators
    fits. With a single area, it is what folds say.
    """
    rows, found = material.paired, np.zeros((len(material.paired), material.grades.shape[1]))
    areas = list(area_columns(material.rubric))
    if len(areas) == 1:
        return linear.sigmoid(held_out_pairs(material))
    for columns in areas:
        others = np.setdiff1d(_all(material), columns)
        learned = ~np.any(material.grades[rows][:, columns] > 0, axis=1)
        _, second, usual = fit_pairs(material, learned, others)
        compared = pairs.compared(material.pairs, material.vectors[rows], usual)[:, columns]
        found[:, columns] = linear.sigmoid(compared @ second[:-1] + second[-1])
    return found


def area_columns(rubric: Rubric) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the columns of the indicators of each area."""
    start = 0
    for area in rubric.areas:
        n = sum(len(practice.indicators) for practice in area.practices)
        yield np.arange(start, start + n)
        start += n


def _all(material: Material) -> npt.NDArray[np.int64]:
    return np.arange(material.grades.shape[1])


def fit_regression(found: Floats, grades: npt.NDArray[np.int8], strength: float, soft: float) -> Floats:
    """Fit one regression on all judged pairs; return its weights and, last, the intercept.

    Without positives, or with nothing else, all weights are 0.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import, needed for training only

    known = grades > OPEN
    flat, positive = found[known], grades[known] > 0
    if positive.all() or not positive.any():
        return np.append(np.zeros(flat.shape[1]), linear.smoothed_log_odds(positive))
    scale = flat.std(axis=0) + 1e-9
    weights = np.where(grades[known] == 1, soft, 1.0)
    model = LogisticRegression(C=strength, max_iter=2000).fit(flat / scale, positive, sample_weight=weights)
    return np.append(model.coef_[0] / scale, model.intercept_[0])


def _bands(p: Floats, grades: npt.NDArray[np.int8]) -> list[Band]:
    """Set the bands on held-out quotes, the same for all indicators, an entry for each precision."""
    known, positive = grades > OPEN, grades > 0
    p = np.round(p, bands.DIGITS)
    review = bands.pooled_threshold(p, positive, known)
    found: list[Band] = []
    for precision in PRECISIONS:
        lowest = found[-1].match if found else review
        match = max(lowest, bands.pooled_yes_threshold(p, positive, known, precision))
        matched = (p >= match) & known
        found.append(
            Band(
                precision=precision,
                review=review,
                match=round(match, bands.DIGITS),
                match_precision=round(float(positive[matched].mean()), 4) if matched.any() else None,
                matched=round(float(matched.any(axis=1).mean()), 4) if len(matched) else None,
            )
        )
    return found
