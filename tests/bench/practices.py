"""The practice model beside its peers, on a rubric it was not trained on, on key points, and what it costs.

    python tests/bench/practices.py                              all tables on the shipped labels
    python tests/bench/practices.py --only methods               one part (repeatable): methods, unseen, kpa, speed
    python tests/bench/practices.py --gold DIR [--gold DIR …]    gold of your own, read by no model
    python tests/bench/practices.py --peers                      the peers alone
    python tests/bench/practices.py --json FILE                  the figures, too, as JSON

Labels: {"id", "quote", "context", "practices": {indicator: 1 or 2}, "open": [indicators nobody agrees on], "group",
"document", "weight"}. Those of weight 1 with a document are quotations of natural documents: (a) is measured on them,
by folds of whole groups. Gold (b): a folder (or a folder of folders) with blocks.txt and quotes.jsonl ({"block",
"text", "practices", "disputed"}); the context of a quotation is its block. A gold document of which two long quotations
or more stand among the labels word for word is reported and left out.

Measures: hit@1, hit@3, mean reciprocal rank and nDCG@5 (gain: the grade) over quotations that some indicator fits. Open
and disputed indicators are skipped: the next one takes their rank; ties stand in the order of the rubric. none-AUC: the
area under the ROC curve of "no indicator fits", told by how low the best p is; quotations of which all that is said is
open are left out. match: of the decisions match, the share that is right, and the share of quotations with one. The
threshold of a peer is that of the best F1 on the other folds for held-out documents, on all folds for gold, never on
gold. Intervals: 95 %, 1,000 draws of whole documents, seed 0.

Peers: all see quotation and paragraph, and practice and levels. BM25 (Robertson & Zaragoza 2009), TF-IDF cosine, MiniLM
cosine (the vectors of quotation and paragraph added), their reciprocal rank fusion (Cormack et al. 2009, k = 60), the
nearest labelled quotation of each indicator, and a logistic regression for each indicator on the vectors of quotation
and paragraph. The last two learn from the same labels as our model.

Unseen rubric: for each area, the model learns without its indicators and without the quotations that any of them fits;
these quotations are then ranked by the area's indicators alone, and by all (what else fits them is skipped).

Key points (Friedman et al. 2021): each side of a topic is a rubric, its key points the indicators. The official measure
of track 1: each argument has the key point with the highest score; for each side the half of its arguments with the
highest scores, their average precision; the mean over sides. A pair that nobody judged is wrong (strict) or right
(relaxed).
"""

import argparse
import csv
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from pipeline import encoder as encoders  # noqa: E402
from pipeline import jsonl  # noqa: E402
from pipeline.config import Settings  # noqa: E402
from pipeline.encoder import Encoder, Vectors, normalised  # noqa: E402
from pipeline.errors import ErrorCode  # noqa: E402
from pipeline.learning.estimator import fit_columns  # noqa: E402
from pipeline.learning.evaluation import gold, measures  # noqa: E402
from pipeline.learning.evaluation.measures import Interval, Statistic  # noqa: E402
from pipeline.learning.labels import PracticeLabel, ThemeLabel, check_labels, folds, splits  # noqa: E402
from pipeline.learning.linear import Floats  # noqa: E402
from pipeline.learning.practices import PracticeModel, fit, labelled, pairs, ranks  # noqa: E402
from pipeline.learning.practices.reading import read_alone  # noqa: E402
from pipeline.learning.practices.rubric_reading import read_rubric  # noqa: E402
from pipeline.rubric import Area, Indicator, Practice, Row, Rubric, with_sha256  # noqa: E402
from pipeline.rubric import load as load_rubric  # noqa: E402

Flags = npt.NDArray[np.bool_]
Grades = npt.NDArray[np.int8]
PARTS = ("methods", "unseen", "kpa", "speed")
DRAWS = Settings(bootstrap=1000, seed=0)
FUSION = 60
STRENGTH = 1.0
"""Inverse regularisation of the regressions on vectors; the best of 0.3, 1, 3, 10 and 30 on held-out documents."""

SPEED_BATCH = 200

LONG = 40
"""Characters; a shorter quotation that stands in two texts proves nothing."""

PUBLISHED = [("supervised BERT-base", 0.804, 0.910), ("best published", 0.921, 0.982), ("TF-IDF", 0.454, 0.583)]
"""On the test set, not on dev, that is measured here."""


class Label(PracticeLabel, frozen=True, kw_only=True):
    """A quotation of a document, or of none."""

    document: str | None = None

    @property
    def around(self) -> str:
        return self.context or self.quote


@dataclass(frozen=True)
class Said:
    """What a method says of some quotations: `p`, and the decisions `match`, both of shape (quotations, indicators).

    `match` is `None` for a peer, whose `p` is a score of any kind: the higher, the likelier.
    """

    p: Floats
    match: Flags | None = None


Mapper = Callable[[Sequence[Label], Rubric], Said]
Learner = Callable[[Sequence[Label], Rubric, Encoder], Mapper]


# --- our model --------------------------------------------------------------------------------------------------------


class Ours:
    """Our model, trained on all labels; what it says of a label comes from the fold that had left its group out."""

    def __init__(self, labels: Sequence[Label], gold: Sequence[Label], source: labelled.Source) -> None:
        self.source = source
        self.labels = list(labels)
        self.material = labelled.read_labels(labels, source)
        self.trained = fit.train(self.material, {})
        self.asked = labelled.read_labels(gold, source) if gold else None

    @cached_property
    def model(self) -> PracticeModel:
        return fit.model_of(self.trained, self.material)

    def held_out(self) -> Said:
        """Return what folds say of the labels `trained.rows`."""
        return Said(self.trained.p, np.round(self.trained.p, 4) >= self.trained.band.match)

    def on_gold(self) -> Said:
        assert self.asked is not None
        p = self.model.p_of(self.asked.vectors, self.asked.texts, self.asked.pairs)
        return Said(p, np.round(p, 4) >= self.trained.band.match)

    def without(self, columns: npt.NDArray[np.int64], asked: fit.Material) -> Floats:
        """Return the scores of pairs of all indicators after learning without some of them."""
        every = np.arange(self.material.grades.shape[1])
        learned = ~np.any(self.material.grades[self.material.paired][:, columns] > 0, axis=1)
        _, second, usual = fit.fit_pairs(self.material, learned, np.setdiff1d(every, columns))
        compared = pairs.compared(asked.pairs, asked.vectors[asked.paired], usual)
        scores: Floats = compared @ second[:-1] + second[-1]
        return scores


def ours_pairs(train: Sequence["Debate"], asked: Sequence["Debate"], encoder: Encoder) -> list[Floats]:
    """Learn our regression of pairs from some sides of topics; return its scores of others.

    Shape (arguments, key points) each. The context of an argument is its topic; nothing is held against other quotes.
    """
    rarity = labelled.rarity_in(
        read_alone([text for one in train for text in one.arguments], [""] * sum(len(one.arguments) for one in train),
                   encoder)
    )  # fmt: skip
    taught = [(debate_features(one, encoder, rarity), one.labels) for one in train]
    flat = np.concatenate([found.reshape(-1, found.shape[2]) for found, _ in taught])
    truth = np.concatenate([labels.ravel() for _, labels in taught])
    grades = np.where(np.isnan(truth), fit.OPEN, np.where(truth > 0, 2, 0)).astype(np.int8)
    weights = fit.fit_regression(flat, grades, fit.PAIR_STRENGTH, 1.0)
    return [debate_features(one, encoder, rarity) @ weights[:-1] + weights[-1] for one in asked]


def debate_features(debate: "Debate", encoder: Encoder, rarity: npt.NDArray[np.float32]) -> Floats:
    contexts = [f"{debate.topic}. {text}" for text in debate.arguments]
    asked = read_alone(debate.arguments, contexts, encoder)
    return pairs.with_lead(pairs.features(asked, read_rubric(debate.rubric, encoder, rarity), rarity))


# --- peers ------------------------------------------------------------------------------------------------------------


def by_bm25(labels: Sequence[Label], rubric: Rubric, encoder: Encoder) -> Mapper:
    import bm25s  # noqa: PLC0415

    def tokens(texts: Sequence[str]) -> list[list[str]]:
        found: list[list[str]] = bm25s.tokenize(list(texts), stopwords="en", return_ids=False, show_progress=False)
        return found

    def mapper(asked: Sequence[Label], rubric: Rubric) -> Said:
        index = bm25s.BM25()
        index.index(tokens([text_of(row) for row in rubric.rows()]), show_progress=False)
        none = np.zeros(len(rubric.indicators))
        known = [[one for one in words if one in index.vocab_dict] for words in tokens([read(one) for one in asked])]
        return Said(np.array([index.get_scores(words) if words else none for words in known], dtype=np.float64))

    return mapper


def by_tfidf(labels: Sequence[Label], rubric: Rubric, encoder: Encoder) -> Mapper:
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    def mapper(asked: Sequence[Label], rubric: Rubric) -> Said:
        told = [text_of(row) for row in rubric.rows()]
        vectorizer = TfidfVectorizer(stop_words="english", sublinear_tf=True)
        vectorizer.fit([*told, *(read(one) for one in labels)])
        seen = vectorizer.transform([read(one) for one in asked])
        return Said((seen @ vectorizer.transform(told).T).toarray())

    return mapper


def by_cosine(labels: Sequence[Label], rubric: Rubric, encoder: Encoder) -> Mapper:
    def mapper(asked: Sequence[Label], rubric: Rubric) -> Said:
        return Said(
            (vectors_of(asked, encoder) @ encoder.encode([text_of(row) for row in rubric.rows()]).T).astype(np.float64)
        )

    return mapper


def by_fusion(labels: Sequence[Label], rubric: Rubric, encoder: Encoder) -> Mapper:
    mappers = [learner(labels, rubric, encoder) for learner in (by_bm25, by_tfidf, by_cosine)]
    return lambda asked, rubric: Said(fused([mapper(asked, rubric).p for mapper in mappers]))


def by_nearest(labels: Sequence[Label], rubric: Rubric, encoder: Encoder) -> Mapper:
    """Score an indicator by its nearest labelled quotation; of indicators of one quotation, the higher grade first."""
    learned = vectors_of(labels, encoder)
    grades, _ = judged(labels, rubric)

    def mapper(asked: Sequence[Label], rubric: Rubric) -> Said:
        likeness = vectors_of(asked, encoder) @ learned.T
        p = np.full((len(asked), grades.shape[1]), -1.0)
        for j in np.flatnonzero(grades.any(axis=0)):
            rows = grades[:, j] > 0
            p[:, j] = (likeness[:, rows] + 1e-4 * grades[rows, j]).max(axis=1)
        return Said(p)

    return mapper


def by_regression(labels: Sequence[Label], rubric: Rubric, encoder: Encoder) -> Mapper:
    grades, known = judged(labels, rubric)
    weight = np.array([one.weight for one in labels])
    coefficients, intercepts = fit_columns(
        both_vectors(labels, encoder), np.where(known, grades, -1), strength=STRENGTH, soft_weight=0.7, weight=weight
    )

    def mapper(asked: Sequence[Label], rubric: Rubric) -> Said:
        return Said((both_vectors(asked, encoder) @ coefficients.T + intercepts).astype(np.float64))

    return mapper


PEERS: list[tuple[str, Learner]] = [
    ("BM25", by_bm25),
    ("TF-IDF cosine", by_tfidf),
    ("MiniLM cosine", by_cosine),
    ("rank fusion of the three", by_fusion),
    ("nearest labelled", by_nearest),
    ("MiniLM + LR", by_regression),
]


def text_of(row: Row) -> str:
    return " ".join(dict.fromkeys([row.practice_text, *row.levels.values()]))


def read(label: Label) -> str:
    return f"{label.quote} {label.context}"


def vectors_of(labels: Sequence[Label], encoder: Encoder) -> Vectors:
    return normalised(encoder.encode([one.quote for one in labels]) + encoder.encode([one.around for one in labels]))


def both_vectors(labels: Sequence[Label], encoder: Encoder) -> Vectors:
    return np.hstack([encoder.encode([one.quote for one in labels]), encoder.encode([one.around for one in labels])])


def fused(scores: Sequence[Floats]) -> Floats:
    """Return the sum over rankings of 1 / (60 + rank), shape as each of the scores."""
    ranks = [np.argsort(np.argsort(-one, axis=1, kind="stable"), axis=1, kind="stable") + 1 for one in scores]
    found: Floats = np.sum([1 / (FUSION + one) for one in ranks], axis=0, dtype=np.float64)
    return found


# --- measures ---------------------------------------------------------------------------------------------------------


def judged(labels: Sequence[Label], rubric: Rubric) -> tuple[Grades, Flags]:
    """Return the grades, 0 where open, and what is not open, both of shape (labels, indicators)."""
    names, shape = rubric.indicators, (len(labels), len(rubric.indicators))
    known = np.array([[name not in one.open for name in names] for one in labels], dtype=bool).reshape(shape)
    grades = np.array([[one.practices.get(name, 0) for name in names] for one in labels], dtype=np.int8).reshape(shape)
    return np.where(known, grades, 0).astype(np.int8), known


def marked(grades: Grades, known: Flags) -> Grades:
    """Return grades as the model has them: open ones are told from those that are not there."""
    return np.where(known, grades, fit.OPEN).astype(np.int8)


def rank_measures(p: Floats, grades: Grades, known: Flags) -> Floats:
    """Return hit@1, hit@3, reciprocal rank and nDCG@5 of each quotation, shape (n, 4); nan where no indicator fits."""
    values = np.stack([*ranks.by_quote(p, marked(grades, known)).values()], axis=1)
    return np.where(ranks.fits(marked(grades, known))[:, None], values, np.nan)


def best_f1_threshold(p: Floats, positive: Flags) -> float:
    """Return the score from which upwards deciding yes has the highest F1; infinite without positives."""
    if not positive.any():
        return float("inf")
    order = np.argsort(-p, kind="stable")
    f1 = 2 * np.cumsum(positive[order]) / (np.arange(1, len(p) + 1) + positive.sum())
    last_of_ties = np.append(np.diff(p[order]) != 0, True)
    return float(p[order][int(np.argmax(np.where(last_of_ties, f1, -1.0)))])


class Figure(msgspec.Struct, frozen=True):
    """A figure with its interval over documents; `None`: it is undefined."""

    value: float | None
    interval: Interval | None = None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. `right`: share of the decisions match; `answered`: share of quotations with one."""

    hit1: Figure
    hit3: Figure
    mrr: Figure
    ndcg5: Figure
    none_auc: Figure
    right: Figure
    answered: Figure


@dataclass(frozen=True)
class Sample:
    """Quotations that were judged."""

    labels: list[Label]
    grades: Grades
    known: Flags

    @property
    def fits(self) -> Flags:
        found: Flags = self.grades.max(axis=1) > 0
        return found

    @property
    def told(self) -> Flags:
        """Whether it is known that some indicator fits, or that none does."""
        found: Flags = self.fits | self.known.all(axis=1)
        return found

    @property
    def documents(self) -> tuple[npt.NDArray[np.int64], int]:
        names, number = np.unique([label.document or label.id for label in self.labels], return_inverse=True)
        return number.astype(np.int64), len(names)


def sample_of(labels: Sequence[Label], rubric: Rubric) -> Sample:
    return Sample(list(labels), *judged(labels, rubric))


def figures(p: Floats, match: Flags, sample: Sample) -> Figures:
    document, n_documents = sample.documents

    def with_interval(statistic: Statistic, rows: Flags) -> Figure:
        value = statistic(np.ones((1, int(rows.sum()))))[0, 0]
        return Figure(number(value), measures.intervals(statistic, document[rows], n_documents, DRAWS)[0])

    def mean(column: int) -> Figure:
        values = ranked[sample.fits, column]
        return with_interval(measures.share(np.stack([values, np.ones(len(values))], axis=1)), sample.fits)

    ranked = rank_measures(p, sample.grades, sample.known)
    judged, made = marked(sample.grades, sample.known), match & sample.known
    return Figures(
        hit1=mean(0),
        hit3=mean(1),
        mrr=mean(2),
        ndcg5=mean(3),
        none_auc=with_interval(ranks.refusal(p, judged), ranks.told(judged)),
        right=Figure(ratio(float((made & (sample.grades > 0)).sum()), float(made.sum()))),
        answered=Figure(ratio(float(match.any(axis=1).sum()), len(match))),
    )


def number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


# --- methods ----------------------------------------------------------------------------------------------------------


@dataclass  # not frozen: what is trained is kept
class Bench:
    """All that the tables are made from. `natural`: the labels that are measured, held out."""

    labels: list[Label]
    gold: list[Label]
    rubric: Rubric
    encoder: Encoder
    methods: list[tuple[str, Learner]]
    source: labelled.Source
    with_ours: bool

    @property
    def natural(self) -> Flags:
        found = np.zeros(len(self.labels), dtype=bool)
        found[labelled.paired_rows(self.labels, self.source.others)] = True
        return found

    @cached_property
    def ours(self) -> Ours | None:
        return Ours(self.labels, self.gold, self.source) if self.with_ours else None

    @property
    def by_name(self) -> dict[str, Learner]:
        return dict(self.methods)


def chosen(labels: Sequence[Label], rows: Flags) -> list[Label]:
    return [label for label, use in zip(labels, rows, strict=True) if use]


def held_out(learner: Learner, bench: Bench, rows: Flags) -> Said:
    """Map some labels, each by what was learned from the groups of other folds."""
    parts, places = [], []
    for test, others in splits(folds(bench.labels)):
        if (test & rows).any():
            mapper = learner(chosen(bench.labels, others), bench.rubric, bench.encoder)
            parts.append(mapper(chosen(bench.labels, test & rows), bench.rubric))
            places.append(np.flatnonzero((test & rows)[rows]))
    order = np.argsort(np.concatenate(places))
    decisions = [part.match for part in parts if part.match is not None]
    return Said(
        np.concatenate([part.p for part in parts])[order], np.concatenate(decisions)[order] if decisions else None
    )


def decided(said: Said, sample: Sample) -> Flags:
    """Decide held-out labels by the threshold of the other folds, where a method does not decide by itself."""
    if said.match is not None:
        return said.match
    match = np.zeros(said.p.shape, dtype=bool)
    for test, others in splits(folds(sample.labels)):
        match[test] = said.p[test] >= threshold_on(said.p[others], sample.grades[others], sample.known[others])
    return match


def threshold_on(p: Floats, grades: Grades, known: Flags) -> float:
    return best_f1_threshold(p[known], grades[known] > 0)


def methods_of(bench: Bench) -> dict[str, dict[str, Figures]]:
    """Measure each method on held-out labels and on gold."""
    found: dict[str, dict[str, Figures]] = {"held_out": {}, "gold": {}}
    natural = bench.natural
    rows = natural if natural.any() else np.ones(len(bench.labels), dtype=bool)
    own, asked = sample_of(chosen(bench.labels, rows), bench.rubric), sample_of(bench.gold, bench.rubric)
    for name, learner in bench.methods:
        said = held_out(learner, bench, rows)
        if natural.any():
            found["held_out"][name] = figures(said.p, decided(said, own), own)
        if bench.gold:
            on_gold = learner(bench.labels, bench.rubric, bench.encoder)(bench.gold, bench.rubric)
            above = on_gold.p >= threshold_on(said.p, own.grades, own.known)
            found["gold"][name] = figures(on_gold.p, above if on_gold.match is None else on_gold.match, asked)
    if bench.ours is not None:
        said = bench.ours.held_out()
        found["held_out"]["ours"] = figures(said.p, decided(said, own), own)
        if bench.gold:
            said = bench.ours.on_gold()
            found["gold"]["ours"] = figures(said.p, decided(said, asked), asked)
    return found


def table_of_methods(bench: Bench, found: dict[str, dict[str, Figures]]) -> Iterator[str]:
    own, asked = chosen(bench.labels, bench.natural), bench.gold
    yield f"{'':26}{'hit@1':^15}{'hit@3':^15}{'MRR':>5}{'nDCG':>5}{'none-AUC':^16}{'match: right':>13}{'said':>5}"
    for title, part, labels in (
        ("(a) whole documents held out", "held_out", own),
        ("(b) gold that no model learned from", "gold", asked),
    ):
        yield f"{title}: {described(labels, bench.rubric)}" if labels else f"{title}: there is none"
        yield from (line(name, one) for name, one in found[part].items())


def described(labels: Sequence[Label], rubric: Rubric) -> str:
    sample = sample_of(labels, rubric)
    none = sample.told & ~sample.fits
    return f"{len(labels)} quotations of {sample.documents[1]} documents, {none.sum()} that none fits"


def line(name: str, one: Figures) -> str:
    return (
        f"{name:26}{spread(one.hit1):15}{spread(one.hit3):15}{shown(one.mrr.value):>5}{shown(one.ndcg5.value):>5}"
        f" {spread(one.none_auc):15}{shown(one.right.value):>13}{shown(one.answered.value):>5}"
    )


def spread(figure: Figure) -> str:
    between = figure.interval
    return shown(figure.value) + (f" [{shown(between.low)} {shown(between.high)}]" if between else "")


def shown(value: float | None, digits: int = 2) -> str:
    if value is None:
        return "–"
    text = f"{value:.{digits}f}"
    return text[: digits + 1] if value >= 0.5 and text.startswith("1.") else text.replace("0.", ".", 1)


# --- a rubric that the model was not trained on -----------------------------------------------------------------------


class Unseen(msgspec.Struct, frozen=True, kw_only=True):
    """MRR, hit@1 and hit@3 of the quotations of an area, by its indicators alone and by all, for each method."""

    area: str
    indicators: int
    quotations: int
    alone: dict[str, list[float]]
    among_all: dict[str, list[float]]


def of_areas(rubric: Rubric, keep: Callable[[Area], bool]) -> Rubric:
    return with_sha256(msgspec.structs.replace(rubric, areas=[area for area in rubric.areas if keep(area)]))


def ids_of(area: Area) -> set[str]:
    return {indicator.id for practice in area.practices for indicator in practice.indicators}


def unseen(bench: Bench, measured: Sequence[Sequence[Label]]) -> list[list[Unseen]]:
    """Measure each area on each list of quotations."""
    areas = [_unseen(bench, area, measured) for area in bench.rubric.areas]
    return [[found[k] for found in areas] for k in range(len(measured))]


def _unseen(bench: Bench, area: Area, measured: Sequence[Sequence[Label]]) -> list[Unseen]:
    ids = ids_of(area)
    others, alone = of_areas(bench.rubric, lambda one: one != area), of_areas(bench.rubric, lambda one: one == area)
    learned = [label for label in bench.labels if not ids & set(label.practices)]
    peers = [name for name in ("MiniLM cosine", "BM25") if name in bench.by_name]
    mappers = {name: bench.by_name[name](learned, others, bench.encoder) for name in peers}
    columns = np.array([j for j, name in enumerate(bench.rubric.indicators) if name in ids])
    found = []
    read_by_ours = [bench.ours.material, bench.ours.asked] if bench.ours else [None] * len(measured)
    for labels, material in zip(measured, read_by_ours, strict=True):
        rows = [i for i, label in enumerate(labels) if ids & (set(label.practices) - set(label.open))]
        scores = bench.ours.without(columns, material)[rows] if bench.ours and material else None
        own = {} if scores is None else {"ours": scores}
        asked = [label for label in labels if ids & (set(label.practices) - set(label.open))]
        found.append(
            Unseen(
                area=area.name,
                indicators=len(ids),
                quotations=len(asked),
                alone={name: ranked_in(one[:, columns], asked, alone, ids) for name, one in own.items()}
                | {name: ranked_in(mapper(asked, alone).p, asked, alone, ids) for name, mapper in mappers.items()},
                among_all={name: ranked_in(one, asked, bench.rubric, ids) for name, one in own.items()}
                | {
                    name: ranked_in(one(asked, bench.rubric).p, asked, bench.rubric, ids)
                    for name, one in mappers.items()
                },
            )
        )
    return found


def ranked_in(p: Floats, asked: Sequence[Label], rubric: Rubric, ids: set[str]) -> list[float]:
    """Return MRR, hit@1 and hit@3 of an area's indicators; others that fit a quotation are skipped."""
    if not asked:
        return [0.0, 0.0, 0.0]
    grades, known = judged(asked, rubric)
    outside = np.array([name not in ids for name in rubric.indicators])
    values = rank_measures(p, np.where(outside, 0, grades), known & ~(outside & (grades > 0)))
    return [round(float(values[:, k].mean()), 4) for k in (2, 0, 1)]


def table_of_unseen(title: str, found: Sequence[Unseen]) -> Iterator[str]:
    yield f"\nUnseen rubric, {title}: {sum(one.quotations for one in found)} quotations"
    for how in ("alone", "among_all"):
        names = list(getattr(found[0], how))
        told = "the area's indicators alone" if how == "alone" else "among all indicators"
        yield f"{told:57}" + "".join(f"{name:>13} " for name in names).rstrip()
        yield f"{'':44}{'ind.':>5}{'quot.':>6}  " + " MRR h@1 h@3  " * len(names)
        yield from (unseen_line(one.area, one.indicators, one.quotations, getattr(one, how)) for one in found)
        total = sum(one.quotations for one in found)
        yield unseen_line("mean, by quotation", None, total, {name: weighted(found, how, name) for name in names})


def weighted(found: Sequence[Unseen], how: str, name: str) -> list[float]:
    weights = [one.quotations for one in found]
    return (
        np.average([getattr(one, how)[name] for one in found], axis=0, weights=weights).tolist() if any(weights) else []
    )


def unseen_line(area: str, indicators: int | None, quotations: int, values: dict[str, list[float]]) -> str:
    each = "".join("".join(f"{shown(value):>4}" for value in one).rjust(13) + " " for one in values.values())
    name = area if len(area) <= 43 else f"{area[:42]}…"
    return f"{name:44}{indicators or '':>5}{quotations:>6}  {each if quotations else ''}".rstrip()


# --- key points -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Debate:
    """One side of a topic. `labels`: shape (arguments, key points): 1 matches, 0 does not, nan not judged."""

    topic: str
    stance: str
    arguments: list[str]
    key_points: list[str]
    labels: Floats

    @property
    def rubric(self) -> Rubric:
        """The key points as the indicators of a rubric of one level."""
        practices = [
            Practice(id=name, text=text, indicators=[Indicator(id=name, levels={"key_point": text})])
            for name, text in zip(self.names, self.key_points, strict=True)
        ]
        return with_sha256(Rubric(name=self.topic, levels=["key_point"], areas=[Area(name="all", practices=practices)]))

    @property
    def quotations(self) -> list[Label]:
        """The arguments as labels; a pair that nobody judged is open."""
        return [
            Label(
                id=f"{self.topic}:{self.stance}:{i}",
                quote=text,
                practices={name: 2 for name, value in zip(self.names, row, strict=True) if value == 1},
                open=[name for name, value in zip(self.names, row, strict=True) if np.isnan(value)],
                group=self.topic,
            )
            for i, (text, row) in enumerate(zip(self.arguments, self.labels, strict=True))
        ]

    @property
    def names(self) -> list[str]:
        return [f"k{j}" for j in range(len(self.key_points))]


def read_debates(folder: Path, part: str) -> list[Debate]:
    arguments, points, labels = (
        rows_of(folder / f"{kind}_{part}.csv") for kind in ("arguments", "key_points", "labels")
    )
    judged = {(one["arg_id"], one["key_point_id"]): float(one["label"]) for one in labels}
    found = []
    for topic, stance in dict.fromkeys((one["topic"], one["stance"]) for one in arguments):
        mine, theirs = ([one for one in some if (one["topic"], one["stance"]) == (topic, stance)]
                        for some in (arguments, points))  # fmt: skip
        pairs = [[judged.get((a["arg_id"], k["key_point_id"]), np.nan) for k in theirs] for a in mine]
        texts = [one["argument"] for one in mine], [one["key_point"] for one in theirs]
        found.append(Debate(topic, stance, *texts, np.array(pairs)))
    return found


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def mean_average_precision(scores: Sequence[Floats], labels: Sequence[Floats], unjudged: float) -> float:
    """Return the official measure; shape (arguments, key points) each.

    Args:
        scores: of each side.
        labels: 1 matches, 0 does not, nan not judged.
        unjudged: what a pair that nobody judged counts as, 0 (strict) or 1 (relaxed).
    """
    return float(np.mean([_of_side(*side, unjudged) for side in zip(scores, labels, strict=True)]))


def _of_side(scores: Floats, labels: Floats, unjudged: float) -> float:
    best, each = scores.argmax(axis=1), np.arange(len(scores))
    top = np.argsort(-scores[each, best], kind="stable")[: len(scores) // 2]
    right = np.nan_to_num(labels[each, best], nan=unjudged)[top] > 0
    if not right.any():
        return 0.0
    return float(measures.average_precision(scores[each, best][top], right)(np.ones((1, len(top))))[0, 0])


def kpa(folder: Path, encoder: Encoder, with_ours: bool) -> dict[str, dict[str, float]]:
    train, dev = read_debates(folder, "train"), read_debates(folder, "dev")
    said = {name: by_learner(learner, train, dev, encoder) for name, learner in (PEERS[1], PEERS[2])}
    if with_ours:
        said["ours"] = ours_pairs(train, dev, encoder)
    labels = [debate.labels for debate in dev]
    kinds = {"strict": 0.0, "relaxed": 1.0}
    return {
        name: {kind: round(mean_average_precision(scores, labels, value), 4) for kind, value in kinds.items()}
        for name, scores in said.items()
    }


def by_learner(learner: Learner, train: Sequence[Debate], asked: Sequence[Debate], encoder: Encoder) -> list[Floats]:
    learned = [one for debate in train for one in debate.quotations]
    return [learner(learned, one.rubric, encoder)(one.quotations, one.rubric).p for one in asked]


def table_of_kpa(found: dict[str, dict[str, float]]) -> Iterator[str]:
    yield f"\nKey point matching, ArgKP 2021 (mean average precision)\n{'':40}strict relaxed"
    yield from (kpa_line(f"{name}, dev", one["strict"], one["relaxed"]) for name, one in found.items())
    yield from (kpa_line(f"{name}, test (published)", *both) for name, *both in PUBLISHED)


def kpa_line(name: str, strict: float, relaxed: float) -> str:
    return f"{name:40}{shown(strict, 3):>6}{shown(relaxed, 3):>8}"


# --- speed ------------------------------------------------------------------------------------------------------------


def speed(bench: Bench, n: int) -> dict[str, float]:
    """Return seconds of processor time for n quotations: the encoder on the quotations alone, then each method."""
    asked = repeated(bench.labels, n)
    fresh = encoders.load.__wrapped__()
    found = {"encoding": seconds(lambda: fresh.encode([one.quote for one in asked]))}
    fresh._remember(bench.encoder._known)
    for name in ("MiniLM cosine", "BM25"):
        mapper = bench.by_name[name](bench.labels, bench.rubric, fresh)
        mapper(asked, bench.rubric)
        found[name] = seconds(partial(mapper, asked, bench.rubric))
    if bench.ours is not None:
        ranked = bench.ours.model
        ranked.rank(read_alone(["warm up"], [""], fresh), bench.rubric, fresh)
        found["ours"] = 0.0
        for i in range(0, n, SPEED_BATCH):  # what has been read of ten thousand quotes would fill the memory
            some = asked[i : i + SPEED_BATCH]
            read = read_alone([one.quote for one in some], [one.around for one in some], fresh)
            found["ours"] += seconds(partial(ranked.rank, read, bench.rubric, fresh))
    return {name: round(value, 3) for name, value in found.items()}


def repeated(labels: Sequence[Label], n: int) -> list[Label]:
    """Return n quotations of which no two are the same text, so that the encoder has to read each."""
    again = (i // len(labels) for i in range(n))
    return [
        msgspec.structs.replace(
            labels[i % len(labels)],
            id=f"{i}",
            quote=f"{labels[i % len(labels)].quote} ({i})",
            context=f"{labels[i % len(labels)].around} ({k})",
        )
        for i, k in enumerate(again)
    ]


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def table_of_speed(found: dict[str, float], n: int, n_indicators: int) -> Iterator[str]:
    encoding = found["encoding"]
    yield f"\nMapping {n:,} quotations to {n_indicators} indicators (processor time)"
    yield f"MiniLM encoding of the quotations alone, without paragraphs: {encoding:.2f} s"
    for name, value in found.items():
        if name != "encoding":
            yield f"{name:26}{value:>8.2f} s after encoding, {value / encoding:.3f} of it"


# --- labels, gold, and the whole --------------------------------------------------------------------------------------


def read_labels(path: Path, rubric: Rubric) -> list[Label]:
    labels = list(jsonl.read(path, Label, code=ErrorCode.INVALID_LABELS))
    check_labels(labels, [label.practices for label in labels], rubric.indicators, "indicator", "rubric", path)
    return [msgspec.structs.replace(label, document=label.group) for label in labels]


def read_gold(folders: Sequence[Path], known: set[str], passages: dict[str, list[ThemeLabel]]) -> list[Label]:
    """Read gold as labels, and its documents; those that stand among the labels are left out."""
    found: list[Label] = []
    for folder in sorted({path.parent for top in folders for path in top.rglob("quotes.jsonl")}):
        if not (folder / gold.BLOCKS).is_file():
            continue
        quotes = gold_document(folder)
        seen = sum(one.quote in known for one in quotes if len(one.quote) > LONG)
        if seen > 1:
            print(f"left out: {folder.name} stands among the labels ({seen} quotations)")
        else:
            found += quotes
            passages[folder.name] = gold_passages(folder)
    return found


def gold_passages(folder: Path) -> list[ThemeLabel]:
    return [
        ThemeLabel(
            id=f"{folder.name}:{name}",
            text=text.removeprefix("(heading) "),
            themes={},
            document=folder.name,
            kind="heading" if text.startswith("(heading) ") else "body",
        )
        for name, text in gold._blocks(folder / gold.BLOCKS)
    ]


def gold_document(folder: Path) -> list[Label]:
    blocks = {name: text.removeprefix("(heading) ") for name, text in gold._blocks(folder / gold.BLOCKS)}
    quotes = jsonl.read(folder / "quotes.jsonl", gold.GoldQuote, code=ErrorCode.INVALID_GOLD)
    return [
        Label(
            id=f"{folder.name}:{i}",
            quote=one.text,
            context=blocks[one.block],
            practices=one.practices,
            open=one.disputed,
            passage=f"{folder.name}:{one.block}",
            document=folder.name,
            group=folder.name,
        )
        for i, one in enumerate(quotes)
    ]


def default_gold() -> list[Path]:
    places = (ROOT / "tests" / "gold", ROOT / "tests" / "unseen" / "d", ROOT.parent / "shared" / "gold" / "meeting-19")
    return [path for path in places if path.is_dir()]


def prepared(options: argparse.Namespace, encoder: Encoder) -> Bench:
    rubric = load_rubric(options.rubric)
    labels = read_labels(options.labels, rubric)
    documents = labelled.read_documents(options.labels.parent)
    quotes = read_gold(options.gold or default_gold(), {label.quote for label in labels}, documents.passages)
    place = {one.id: (name, i) for name, held in documents.passages.items() for i, one in enumerate(held)}
    documents = labelled.Documents(documents.passages, place)
    encoder.encode([text for one in (*labels, *quotes) for text in (one.quote, one.around)], "vectors")
    others = labelled.other_quotes(labels)
    source = labelled.Source(rubric, encoder, others, documents, options.cache)
    return Bench(labels, quotes, rubric, encoder, PEERS, source, not options.peers)


def show(lines: Iterator[str]) -> None:
    for one in lines:
        print(one, flush=True)


def run(options: argparse.Namespace, encoder: Encoder) -> dict[str, Any]:
    """Measure and print what was asked for; return the figures."""
    parts, found = options.only or PARTS, dict[str, Any]()
    if {"methods", "unseen", "speed"} & set(parts):
        bench = prepared(options, encoder)
        if "methods" in parts:
            found["methods"] = methods_of(bench)
            show(table_of_methods(bench, found["methods"]))
        if "unseen" in parts:
            found["unseen"] = run_unseen(bench)
        if "speed" in parts:
            found["speed"] = speed(bench, options.quotes)
            show(table_of_speed(found["speed"], options.quotes, len(bench.rubric.indicators)))
    if "kpa" in parts and not (options.kpa / "labels_train.csv").is_file():
        print(f"\nKey point matching: skipped, {options.kpa} is missing")
    elif "kpa" in parts:
        found["kpa"] = kpa(options.kpa, encoder, not options.peers)
        show(table_of_kpa(found["kpa"]))
    return found


def run_unseen(bench: Bench) -> dict[str, list[Unseen]]:
    measured = {"held_out": chosen(bench.labels, bench.natural), "gold": bench.gold}
    found = dict(zip(measured, unseen(bench, list(measured.values())), strict=True))
    for title, part in (("(a) labels of natural documents", "held_out"), ("(b) gold", "gold")):
        show(table_of_unseen(title, found[part]))
    return found


def main() -> None:
    options = arguments()
    began = time.perf_counter()
    with patch.object(encoders, "REMEMBERED", 10**6):  # so that no text is encoded twice
        found = run(options, encoders.load())
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    print(f"\n{time.perf_counter() - began:.0f} s in all")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=Path, default=ROOT / "corpus" / "labels" / "practices.jsonl")
    parser.add_argument("--rubric", type=Path, default=ROOT / "corpus" / "rubric.yaml")
    parser.add_argument("--gold", type=Path, action="append")
    parser.add_argument("--kpa", type=Path, default=ROOT.parent / "shared" / "bench" / "kpa2021")
    parser.add_argument("--quotes", type=int, default=10_000, help="how many to measure speed with")
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--peers", action="store_true", help="leave our model out")
    parser.add_argument("--cache", type=Path, default=ROOT / "models", help="where vectors are kept between runs")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    main()
