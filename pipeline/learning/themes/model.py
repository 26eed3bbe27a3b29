"""The theme model: which themes of the codebook a passage is about.

For each theme two logistic regressions vote with equal weight: one on the sentence encoder's vectors (of the passage by
itself, in the window of the document that it is read in, and of the document), one on TF-IDF of words and pairs of
words. What the codebook's own words say of the theme (`prior`) counts beside them, much where labels are few and little
where they are many. The log-odds become a calibrated p by Platt scaling, fitted on texts that the model had not learned
from. In a document, that p is weighed together with the p of what surrounds the passage (`context`); `bands` make
decisions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.codebook import Codebook
from pipeline.encoder import DIMENSIONS, Encoder
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning import features, model_files
from pipeline.learning.bands import Bands, for_precision
from pipeline.learning.features import Reading
from pipeline.learning.linear import Calibration, Floats, sigmoid
from pipeline.learning.tfidf import Vectorizer
from pipeline.learning.themes import context, grades, prior

FOLDER = "themes"
_INSIDE = slice(DIMENSIONS, 2 * DIMENSIONS)
"""Where the vector of a passage in its window stands among its vectors."""

Parts = Sequence[tuple[int, int]]
"""Where stretches of a text begin and end."""


class Unlabelled(msgspec.Struct, frozen=True, kw_only=True):
    """How a theme without labels is decided: calibration in surroundings and thresholds, learned on other themes."""

    slope: float
    offset: float
    threshold: float
    yes_threshold: float


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in model.json; lists go by theme.

    `bands`: decisions, an entry for each precision that a user may ask for. `trust`: what the regressions count, from
    0 (the codebook alone) to 1. `prior`: what likeness to the codebook's words weighs, beyond that of the mean
    passage, `background`. `context`: what surroundings weigh, `together` what the other themes do, `grade` what tells
    the grade; empty if nothing was learned. `unlabelled`: `None` if nothing was learned about themes without labels.
    """

    kind: str = "themes"
    version: str
    encoder: str
    themes: list[str]
    bands: list[Bands]
    trust: list[float]
    prior: list[float]
    background: list[float] = []
    calibration_slope: list[float]
    calibration_offset: list[float]
    vocabulary: list[str]
    context: list[float] = []
    together: list[list[float]] = []
    context_slope: list[float] = []
    context_offset: list[float] = []
    grade: list[float] = []
    unlabelled: Unlabelled | None = None
    trained_on: dict[str, Any]
    weights_sha256: str = ""
    beside_sha256: dict[str, str] = {}

    def bands_for(self, precision: float) -> Bands:
        """Return the bands for the lowest precision that is at least what is asked for, or else the highest."""
        return for_precision(precision, self.bands)


@dataclass(frozen=True)
class Weights:
    """The two regressions of each theme. `dense`: shape (themes, 1152). `sparse`: shape (themes, terms)."""

    dense: npt.NDArray[np.float32]
    dense_intercept: npt.NDArray[np.float32]
    sparse: npt.NDArray[np.float32]
    sparse_intercept: npt.NDArray[np.float32]

    def log_odds(self, vectors: npt.NDArray[np.float32], words: Any) -> Floats:
        """Return the mean log-odds of the two regressions, shape (n, themes)."""
        by_vector = vectors @ self.dense.T + self.dense_intercept
        by_words = np.asarray(words @ self.sparse.T) + self.sparse_intercept
        mean: Floats = ((by_vector + by_words) / 2).astype(np.float64)
        return mean

    def moved_by_words(self, inside: npt.NDArray[np.float32], words: Any) -> Floats:
        """Return the share of the log-odds that words of a passage move, shape (n, themes).

        Args:
            inside: vectors of a passage in its window, with and without some words, shape (n, 384).
            words: the TF-IDF of the same.
        """
        by_vector = inside @ self.dense[:, _INSIDE].T
        moved: Floats = ((by_vector + np.asarray(words @ self.sparse.T)) / 2).astype(np.float64)
        return moved


@dataclass(frozen=True)
class Prediction:
    """What the model says of the passages of a document.

    `themes`: the columns. `p`: shape (passages, themes).
    """

    themes: list[str]
    p: Floats
    _texts: Sequence[str] = field(repr=False, default=())
    _reading: Reading | None = field(repr=False, default=None)
    _model: "ThemeModel | None" = field(repr=False, default=None)
    _columns: Sequence[int | None] = field(repr=False, default=())

    def grades(self) -> npt.NDArray[np.int64]:
        """Return the grade of each theme, if the passage has it: 2 or 1, shape (passages, themes)."""
        weights = self._model.config.grade if self._model else []
        return grades.decide(self.p, self._texts, weights)

    def spoke_for(self, i: int, parts: Parts) -> Floats:
        """Return how much of the log-odds of passage i goes when each of its parts is left out, by theme.

        The words are left out of the passage and of its mean in the window; what the encoder made of the rest, and of
        the passage as a whole, stays. Shape (parts, themes); above 0 spoke for the theme. Zeros for themes that are
        decided by the codebook alone.
        """
        if self._model is None or self._reading is None:
            return np.zeros((len(parts), len(self.themes)))
        gone = self._model.left_out(self._reading, i, self._texts[i], parts)
        return np.stack([np.zeros(len(parts)) if j is None else gone[:, j] for j in self._columns], axis=1)


class ThemeModel:
    """A trained model, ready to be asked."""

    def __init__(self, config: Config, weights: Weights, idf: npt.NDArray[np.float32]) -> None:
        self.config = config
        self._weights = weights
        self._vectorizer = Vectorizer(config.vocabulary, idf)
        self._calibration = Calibration(np.array(config.calibration_slope), np.array(config.calibration_offset))
        self._calibration_in_context = Calibration(np.array(config.context_slope), np.array(config.context_offset))

    @classmethod
    def load(cls, models: Path) -> "ThemeModel":
        """Load the model from a folder of models.

        Raises:
            PipelineError: there is none, or it is damaged.
        """
        return cls.load_from(models / FOLDER)

    @classmethod
    def load_from(cls, folder: Path) -> "ThemeModel":
        """Load the model from its own folder.

        Raises:
            PipelineError: there is none, or it is damaged.
        """
        config, arrays = model_files.load(folder, Config, "pop train")
        idf = arrays.pop("idf")
        return cls(config, Weights(**arrays), idf)

    def predict(
        self, texts: Sequence[str], headings: Sequence[bool], encoder: Encoder, codebook: Codebook
    ) -> Prediction:
        """Return the probability of each theme of the codebook for the passages of one document.

        Args:
            texts: the passages in their order, with the headings among them; a single text stands alone.
            headings: which of the texts are headings.
            encoder: turns texts into vectors.
            codebook: the themes to ask about; one that the model has no labels of is decided by the codebook's words.

        Raises:
            PipelineError: a theme without labels, of which this model has learned nothing.
        """
        columns = self._columns(codebook)
        if not texts:
            return Prediction(codebook.ids, np.zeros((0, len(columns))))
        reading = features.read_document(texts, headings, encoder)
        where = context.layout(texts, [0 if len(texts) > 1 else -1] * len(texts), headings)
        p = self.p_of(texts, reading.vectors, where, encoder, codebook)
        return Prediction(codebook.ids, p, texts, reading, self, columns)

    def p_of(
        self,
        texts: Sequence[str],
        vectors: npt.NDArray[np.float32],
        where: context.Layout,
        encoder: Encoder,
        codebook: Codebook,
    ) -> Floats:
        """Return the same of texts that have been read, shape (n, themes).

        Args:
            texts: of any documents.
            vectors: of the texts, shape (n, 1152).
            where: which document each stands in, if any.
            encoder: reads the codebook.
            codebook: the themes to ask about.

        Raises:
            PipelineError: a theme without labels, of which this model has learned nothing.
        """
        columns = self._columns(codebook)
        by_codebook = self._by_codebook(vectors, codebook, encoder)
        log_odds = self._weights.log_odds(vectors, self._vectorizer.transform(texts))
        for k, j in enumerate(columns):
            if j is not None:
                log_odds[:, j] += (1 - self.config.trust[j]) * (by_codebook[:, k] - log_odds[:, j])
        labelled = self._labelled(log_odds, where)
        unlabelled = self._unlabelled(by_codebook, where) if None in columns else by_codebook
        return np.stack([unlabelled[:, k] if j is None else labelled[:, j] for k, j in enumerate(columns)], axis=1)

    def decisions(self, codebook: Codebook, precision: float) -> tuple[list[float], list[float]]:
        """Return the thresholds of the themes of a codebook: for F1, and for yes at a precision."""
        bands, new = self.config.bands_for(precision), self.config.unlabelled
        columns = self._columns(codebook)
        low = [bands.thresholds[j] if j is not None else new.threshold if new else 1.0 for j in columns]
        high = [bands.yes_thresholds[j] if j is not None else new.yes_threshold if new else 1.0 for j in columns]
        return low, high

    def left_out(self, reading: Reading, i: int, text: str, parts: Parts) -> Floats:
        """Return what `Prediction.spoke_for` describes, for the themes of the model."""
        log_odds = self._weights.moved_by_words(reading.without(i, parts), self._vectorizer.without(text, parts))
        gone: Floats = log_odds[:1] - log_odds[1:]
        return gone

    def _columns(self, codebook: Codebook) -> list[int | None]:
        """Return the place of each theme of a codebook in the model; `None`: it has no labels of it."""
        return [self._column(theme, codebook) for theme in codebook.ids]

    def _column(self, theme: str, codebook: Codebook) -> int | None:
        if theme in self.config.themes:
            return self.config.themes.index(theme)
        if self.config.unlabelled is None:
            raise PipelineError(
                ErrorCode.INVALID_MODEL,
                found=f"a theme model that was not trained on {theme!r}, and has learned nothing about new themes",
                expected=f"themes that it knows: {', '.join(self.config.themes)}",
                do="label passages with the new theme and run pop train with this codebook"
                + (" (pop codebook says what was renamed)" if codebook.theme(theme).was else ""),
            )
        return None

    def _by_codebook(self, vectors: npt.NDArray[np.float32], codebook: Codebook, encoder: Encoder) -> Floats:
        if not self.config.prior:
            return np.zeros((len(vectors), len(codebook.themes)))
        level = np.array(self.config.background or [0.0], np.float32)
        known = [theme in self.config.themes for theme in codebook.ids]
        found = prior.likeness(vectors[:, :DIMENSIONS], prior.read_codebook(codebook, encoder), level, known)
        return prior.weigh(found, np.array(self.config.prior))

    def _labelled(self, log_odds: Floats, where: context.Layout) -> Floats:
        """Return p of the model's own themes; a text that stands alone has no surroundings."""
        alone = self._calibration.apply(log_odds)
        if not self.config.context:
            return alone
        around = context.weigh(context.surroundings(alone, where), np.array(self.config.context))
        both = context.weigh_together(context.together(around, alone, where), np.array(self.config.together))
        return np.where(where.document[:, None] >= 0, self._calibration_in_context.apply(both), alone)

    def _unlabelled(self, by_codebook: Floats, where: context.Layout) -> Floats:
        """Return p by the codebook alone."""
        alone, new = sigmoid(by_codebook), self.config.unlabelled
        if not self.config.context or new is None:
            return alone
        around = context.weigh(context.surroundings(alone, where), np.array(self.config.context))
        return np.where(where.document[:, None] >= 0, sigmoid(around * new.slope + new.offset), alone)
