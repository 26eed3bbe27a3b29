"""The labels and the words behind a decision, in the half of a model that sees words.

That half is a logistic regression on TF-IDF. Its coefficients are a sum over the labels that it learned from, so that
what it says of a text is, too (a representer; Yeh et al. 2018, https://arxiv.org/abs/1811.09720):

    log-odds of a text = intercept + sum over labels of  strength x weight x (label - p of the label) x likeness

`likeness` is the cosine of the TF-IDF of label and text. A label speaks for a theme if it has it, the more the less the
model had expected so; one without the theme speaks against it. The sum is exact where the solver ended at the optimum;
it stops a little before, so the sum of all labels is given beside what the model says. The other half, by meaning, sees
the same labels; its share is not told, for want of their vectors.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pipeline.config import HOME
from pipeline.errors import PipelineError
from pipeline.files import sha256_file, sha256_text
from pipeline.learning import coders, model_files, vectors
from pipeline.learning.labels import PracticeLabel, ThemeLabel, load_practice_labels
from pipeline.learning.linear import Floats, sigmoid
from pipeline.learning.practices.model import Config as PracticeConfig
from pipeline.learning.recoding import recode
from pipeline.learning.strengths import PRACTICE_WORDS, SOFT_PRACTICE, THEME_WORDS
from pipeline.learning.tfidf import Rows, Vectorizer
from pipeline.learning.themes.model import Config as ThemeConfig
from pipeline.progress import track
from pipeline.why.facts import ByWords, LabelBehind, LabelsBehind, Weighed
from pipeline.why.models import Found
from pipeline.why.source import Source

SHOWN: Final = 5
_FAR: Final = 0.3
"""Share of the log-odds that the sum may miss, since the solver stops a little before the optimum."""

_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Learned:
    """Labels as one column of a model learned from them. `grade`: -1 where open. `weight`: of each in learning."""

    ids: list[str]
    texts: list[str]
    groups: list[str | None]
    coders: list[str | None]
    grade: npt.NDArray[np.int64]
    weight: Floats
    strength: float


@dataclass(frozen=True)
class WordHalf:
    """The regression on words of one column. `coefficients`: shape (terms,)."""

    vectorizer: Vectorizer
    vocabulary: list[str]
    coefficients: npt.NDArray[np.float32]
    intercept: float

    @classmethod
    def of(cls, found: Found, kind: type[Any], column: str) -> "WordHalf | None":
        """Read it; `None`: the model has no labels of this column."""
        config, arrays = model_files.load(found.folder, kind, "pop train")
        names = config.themes if kind is ThemeConfig else config.indicators
        if column not in names:
            return None
        j = names.index(column)
        vectorizer = Vectorizer(config.vocabulary, arrays["idf"])
        return cls(vectorizer, config.vocabulary, arrays["sparse"][j], float(arrays["sparse_intercept"][j]))

    def row(self, text: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Return the terms of a text and what each weighs in it."""
        return _row(self.vectorizer.transform([text]))

    def by_words(self, text: str) -> ByWords:
        """Return what each term of a text adds to the log-odds."""
        terms, values = self.row(text)
        added = values * self.coefficients[terms]
        order = np.argsort(-added, kind="stable").tolist()
        weighed = [Weighed(term=self.vocabulary[terms[i]], log_odds=round(float(added[i]), 3)) for i in order]
        return ByWords(
            log_odds=round(float(added.sum()), 3),
            intercept=round(self.intercept, 3),
            n_terms=len(terms),
            spoke_for=[one for one in weighed if one.log_odds > 0][:SHOWN],
            spoke_against=[one for one in reversed(weighed) if one.log_odds < 0][:SHOWN],
        )


def theme_half(found: Found, theme: str) -> WordHalf | None:
    """Return the half of a theme model that sees words."""
    return WordHalf.of(found, ThemeConfig, theme)


def practice_half(found: Found, indicator: str) -> WordHalf | None:
    """Return the same of a practice model; what it sees is the quote, and its paragraph below it."""
    return WordHalf.of(found, PracticeConfig, indicator)


def theme_labels(source: Source, found: Found, theme: str) -> tuple[Learned | None, list[str]]:
    """Return what a theme model learned from, and the files that are gone or have changed since."""
    files, missing = _files(model_files.labels_of(found.config["trained_on"]).items())
    if not files:
        return None, missing
    labels = recode(coders.read(files, {}), source.tools.codebook).labels
    body = [one for one in labels if one.kind == "body"]
    return _learned(body, [one.text for one in body], [_grade(one, theme) for one in body], THEME_WORDS, 1.0), missing


def _grade(one: ThemeLabel, theme: str) -> int:
    return -1 if theme in one.open else one.themes.get(theme, 0)


def practice_labels(source: Source, found: Found, indicator: str) -> tuple[Learned | None, list[str]]:
    """Return the same of a practice model."""
    trained = found.config["trained_on"]
    files, missing = _files([(f"corpus/labels/{Path(trained['labels']).name}", trained.get("labels_sha256", ""))])
    missing += [f"the decisions in {name} are not among these labels" for name in trained.get("decisions", {})]
    if not files:
        return None, missing
    labels = load_practice_labels(files[0], source.tools.rubric.indicators)
    texts = [f"{one.quote}\n{one.context}" for one in labels]
    grades = [-1 if indicator in one.open else one.practices.get(indicator, 0) for one in labels]
    return _learned(labels, texts, grades, PRACTICE_WORDS, SOFT_PRACTICE), missing


def _learned(
    labels: Sequence[ThemeLabel] | Sequence[PracticeLabel],
    texts: list[str],
    grades: list[int],
    strength: float,
    soft_weight: float,
) -> Learned:
    grade = np.array(grades, dtype=np.int64)
    weight = np.array([one.weight for one in labels]) * np.where(grade == 1, soft_weight, 1.0)
    return Learned(
        ids=[one.id for one in labels],
        texts=texts,
        groups=[one.group for one in labels],
        coders=[one.coder for one in labels],
        grade=grade,
        weight=weight,
        strength=strength,
    )


def _files(named: Iterable[tuple[str, str]]) -> tuple[list[Path], list[str]]:
    """Return the files of labels that are there, and the names of those that are gone or have changed."""
    there, missing = [], []
    for name, sha256 in named:
        path = HOME / name
        if not path.is_file():
            missing.append(f"{name} is not there")
            continue
        there.append(path)
        if sha256_file(path) != sha256:
            missing.append(f"{name} has changed since")
    return there, missing


def labels_behind(
    text: str, half: WordHalf, learned: Learned, missing: list[str], keep_in: Path | None, *, quiet: bool
) -> LabelsBehind:
    """Return the labels that added most to the log-odds of a text, for it and against it.

    Args:
        text: what the model saw.
        half: the regression that is taken apart.
        learned: the labels.
        missing: files of labels that are not what the model learned from.
        keep_in: folder of the models, where the TF-IDF of the labels is kept for the next time.
        quiet: show no progress.
    """
    row, column, value = _read(half, learned, keep_in, quiet=quiet)
    n = len(learned.ids)
    log_odds: Floats = np.bincount(row, value * half.coefficients[column], n).astype(np.float64) + half.intercept
    terms, values = half.row(text)
    own = np.zeros(len(half.vocabulary), np.float64)
    own[terms] = values
    likeness = np.bincount(row, value * own[column], n)
    residual = (learned.grade > 0) - sigmoid(log_odds)
    added = np.where(learned.grade >= 0, learned.strength * learned.weight * residual * likeness, 0.0)
    order = np.argsort(-added, kind="stable")

    def told(i: int) -> LabelBehind:
        mine = column[row == i]
        shared = mine[np.argsort(-(own[mine] * value[row == i]), kind="stable")]
        return LabelBehind(
            id=learned.ids[i],
            group=learned.groups[i],
            coder=learned.coders[i],
            grade=int(learned.grade[i]),
            log_odds=round(float(added[i]), 3),
            likeness=round(float(likeness[i]), 3),
            shared=[half.vocabulary[k] for k in shared.tolist() if own[k] > 0][:3],
            text=learned.texts[i],
        )

    together, says = float(added.sum()), float((values * half.coefficients[terms]).sum())
    if abs(together - says) > _FAR * max(1.0, abs(says)):
        missing = [*missing, "the labels at hand do not add up to what the model says: it learned in another way"]
    return LabelsBehind(
        n=n,
        sum=round(together, 3),
        log_odds=round(says, 3),
        spoke_for=[told(i) for i in order[:SHOWN].tolist() if added[i] > 0],
        spoke_against=[told(i) for i in order[::-1][:SHOWN].tolist() if added[i] < 0],
        missing=missing,
    )


def _read(
    half: WordHalf, learned: Learned, keep_in: Path | None, *, quiet: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]:
    """Return the TF-IDF of all labels as rows, columns and values; kept, because it takes seconds."""

    def make() -> npt.NDArray[np.float32]:
        starts = range(0, len(learned.texts), _AT_ONCE)
        parts = [
            _triples(start, half.vectorizer.transform(learned.texts[start : start + _AT_ONCE]))
            for start in track(starts, "reading labels", len(starts), quiet=quiet)
        ]
        return np.concatenate([np.zeros((0, 3), np.float32), *parts])

    key = sha256_text("tf-idf", *half.vocabulary, half.vectorizer.idf_.tobytes().hex(), *learned.texts)
    try:
        found = vectors.keep_array(key, keep_in, (-1, 3), make)
    except PipelineError:  # nothing may be written there
        found = make()
    return found[:, 0].astype(np.int64), found[:, 1].astype(np.int64), found[:, 2].astype(np.float64)


def _triples(first: int, rows: Rows) -> npt.NDArray[np.float32]:
    numbers = np.repeat(np.arange(first, first + len(rows.entries)), [len(places) for places, _ in rows.entries])
    columns = [rows.terms[places] for places, _ in rows.entries]
    return np.stack([numbers, np.concatenate(columns), np.concatenate([v for _, v in rows.entries])], axis=1).astype(
        np.float32
    )


def _row(rows: Rows) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    places, values = rows.entries[0]
    return rows.terms[places], values
