"""The theme model beside its peers, with few labels, with a theme nobody has labelled, and what it costs.

    python tests/bench/themes.py                                  all tables on the shipped labels
    python tests/bench/themes.py --gold DIR [--gold DIR …]        gold of your own, read by no model
    python tests/bench/themes.py --setfit PYTHON --weights DIR    with SetFit, in an environment of its own
    python tests/bench/themes.py --cache DIR                      where vectors are kept between runs
    python tests/bench/themes.py --only methods|banking|new|speed one part (repeatable)

Gold: a folder (or a folder of folders) with blocks.txt, themes.jsonl ({"block", "themes", "disputed"}) and
segments.jsonl (headings). A block that themes.jsonl does not name is a heading. Disputed themes are left out. Gold that
stands among the labels word for word is reported and left out.

Methods: each gives log-odds to the labels of a fold that it had not learned from (whole groups), and to gold after
learning from all labels. Platt scaling and thresholds of every method are the pipeline's, set on the other folds for
held-out documents and on all folds for gold, never on gold. Held-out documents are those of the highest weight.
yes: decisions from the threshold at which, on held-out folds, .90 of them are right. review: decisions between the
threshold of F1 and that of yes, of all decisions and of passages. ECE: ten bins of equal width over all decisions.
Intervals: 95 %, 1,000 draws of whole documents, seed 0; where gold is a single document, of its sections (marked s).

SetFit (Tunstall et al. 2022): the sentence encoder is tuned on pairs of at most N labels a theme, logistic regressions
are fitted on those labels. The script that is run uses sentence-transformers alone for the two steps, not the package
setfit. It learns from five folds and is measured on the other two. "ours, these labels": our model on the same ones.

New themes: a theme's labels are removed; its passages are found by its definition and three examples. What is shared by
all themes (weights of likeness and of surroundings, a threshold) is learned from the labels of the others. The curve
adds n positives and 5 n negatives of the theme from one half of the documents, mean of three draws, passages by
themselves.

SetFit's environment: `python -m venv V && V/bin/pip install sentence-transformers scikit-learn`, then --setfit
V/bin/python.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from pipeline import encoder as encoders  # noqa: E402
from pipeline.codebook import Codebook, Theme  # noqa: E402
from pipeline.codebook import load as load_codebook  # noqa: E402
from pipeline.encoder import DIMENSIONS, Encoder  # noqa: E402
from pipeline.learning import bands, coders, features, linear, vectors  # noqa: E402
from pipeline.learning.estimator import fit_columns  # noqa: E402
from pipeline.learning.labels import ThemeLabel, splits  # noqa: E402
from pipeline.learning.linear import Floats  # noqa: E402
from pipeline.learning.themes import context, fit, model, prior  # noqa: E402

Flags = npt.NDArray[np.bool_]
NAMED = ["teacher_leadership", "succession", "culture_change"]
PRECISION = 0.9
DRAWS = 1000
SETFIT_FOLDS = 2
CURVE = (3, 10, 30)
CURVE_DRAWS = 3
NEGATIVES = 5
PUBLISHED = [("USE+ConveRT (published)", 0.778, 0.852), ("ICDA (published)", 0.840, 0.898)]
PARTS = ("methods", "banking", "new", "speed")
SETFIT = """
import json, random, sys
import numpy as np, torch
from sentence_transformers import SentenceTransformer
from sklearn.linear_model import LogisticRegression

task = json.load(sys.stdin)
random.seed(0); np.random.seed(0); torch.manual_seed(0); torch.set_num_threads(2)
encoder = SentenceTransformer(task["weights"], device="cpu", local_files_only=True)
encoder.max_seq_length = 96
texts, labels = task["texts"], [frozenset(one) for one in task["labels"]]
rows = range(len(texts))
alike = [(i, j) for i in rows for j in rows if i < j and (labels[i] & labels[j] or labels[i] == labels[j])]
unlike = [(i, j) for i in rows for j in rows if i < j and not labels[i] & labels[j] and labels[i] != labels[j]]
half = task["steps"] * task["batch"] // 2
pairs = [(*random.choice(alike), 1.0) for _ in range(half)] + [(*random.choice(unlike), 0.0) for _ in range(half)]
random.shuffle(pairs)
optimizer = torch.optim.AdamW(encoder.parameters(), lr=2e-5)
encoder.train()
for start in range(0, len(pairs), task["batch"]):
    batch = pairs[start : start + task["batch"]]
    names = sorted({i for one in batch for i in one[:2]})
    seen = encoder(encoder.tokenize([texts[i] for i in names]))["sentence_embedding"]
    place = {i: k for k, i in enumerate(names)}
    left, right = seen[[place[i] for i, _, _ in batch]], seen[[place[j] for _, j, _ in batch]]
    wanted = torch.tensor([value for _, _, value in batch])
    loss = ((torch.nn.functional.cosine_similarity(left, right) - wanted) ** 2).mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
encoder.eval()
encode = lambda some: encoder.encode(some, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
known, asked = encode(texts), encode(task["asked"])
columns = []
for theme in task["themes"]:
    y = np.array([theme in one for one in labels])
    columns.append(LogisticRegression(C=1.0, max_iter=1000).fit(known, y).decision_function(asked))
print(json.dumps(np.round(np.array(columns).T, 5).tolist()))
"""


# --- what is measured -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """Passages that were judged, and the units that intervals draw."""

    labels: list[ThemeLabel]
    vectors: npt.NDArray[np.float32]
    positive: Flags
    known: Flags
    units: npt.NDArray[Any]
    by_section: bool = False

    @property
    def texts(self) -> list[str]:
        return [label.text for label in self.labels]

    @property
    def layout(self) -> context.Layout:
        return fit.layout_of(self.labels)


@dataclass(frozen=True)
class Bench:
    """All that the tables are made from."""

    material: fit.Material
    trained: fit.Trained
    codebook: Codebook
    encoder: Encoder
    gold: Sample
    by_words: Floats
    alone: Floats

    @cached_property
    def by_codebook(self) -> Floats:
        return fit._by_codebook(self.material)[0]

    @cached_property
    def judged(self) -> Sample:
        rows = self.trained.judged
        chosen = [label for label, use in zip(self.material.labels, rows, strict=True) if use]
        units = np.array([label.document or label.id for label in chosen])
        m = self.material
        return Sample(chosen, m.vectors[rows], m.positive[rows], m.known[rows], units)


@dataclass(frozen=True)
class Method:
    """What a method says. `own`: log-odds of the labels, held out; `gold`: of gold. `folds`: the first so many only."""

    name: str
    own: Floats
    gold: Floats
    folds: int | None = None


def train(material: fit.Material) -> tuple[fit.Trained, Floats, Floats]:
    """Train our model; return it with what its regression on words and its passages by themselves said, held out."""
    said: list[Floats] = []
    alone: list[Floats] = []
    log_odds, learn = model.Weights.log_odds, fit._learn_surroundings

    def note(self: model.Weights, seen: Any, words: Any) -> Floats:
        said.append(np.asarray(words @ self.sparse.T) + self.sparse_intercept)
        return log_odds(self, seen, words)

    def note_alone(*args: Any) -> Any:
        alone.append(args[1])
        return learn(*args)

    with patch.object(model.Weights, "log_odds", note), patch.object(fit, "_learn_surroundings", note_alone):
        trained = fit.train(material, {})
    by_words = np.zeros(material.grades.shape)
    for (test, _), part in zip(splits(material.fold), said, strict=False):
        by_words[test] = part
    return trained, by_words, alone[0] if alone else trained.p


def methods(bench: Bench) -> Iterator[Method]:
    """Yield the methods that need no other environment; ours comes last."""
    m, gold, config = bench.material, bench.gold, bench.trained.config
    ours = bench.trained.model
    weights = ours._weights
    words = np.asarray(ours._vectorizer.transform(gold.texts) @ weights.sparse.T) + weights.sparse_intercept
    yield Method("TF-IDF + LR", bench.by_words, words)
    yield Method("MiniLM + LR", *by_passage_vector(bench))
    likeness = prior.likeness(
        gold.vectors[:, :DIMENSIONS], prior.read_codebook(bench.codebook, bench.encoder), m.background
    )
    yield Method("zero-shot similarity", m.likeness[:, :, 0], likeness[:, :, 0])
    yield Method("codebook prior alone", bench.by_codebook, prior.weigh(likeness, np.array(config.prior)))
    nowhere = replace(gold.layout, document=np.full(len(gold.labels), -1))
    alone = ours.p_of(gold.texts, gold.vectors, nowhere, bench.encoder, bench.codebook)
    yield Method("ours, no surroundings", logit(bench.alone), logit(alone))
    whole = ours.p_of(gold.texts, gold.vectors, gold.layout, bench.encoder, bench.codebook)
    yield Method("ours", logit(bench.trained.p), logit(whole))


def by_passage_vector(bench: Bench) -> tuple[Floats, Floats]:
    m, body = bench.material, bench.material.is_body
    seen = np.ascontiguousarray(m.vectors[:, :DIMENSIONS])

    def learned(rows: Flags, asked: npt.NDArray[np.float32]) -> Floats:
        coefficients, intercept = fit_columns(
            seen[rows], m.grades[rows], strength=fit.DENSE_STRENGTH, weight=m.weight[rows]
        )
        return asked @ coefficients.T + intercept

    own = np.zeros(m.grades.shape)
    for test, others in splits(m.fold):
        own[test] = learned(others & body, seen[test])
    return own, learned(body, bench.gold.vectors[:, :DIMENSIONS])


def setfit(bench: Bench, python: str, weights: str, n: int, steps: int) -> Iterator[Method]:
    """Yield SetFit and our model on the same few labels, both measured on two folds."""
    m = bench.material
    asked = np.flatnonzero(first_folds(m.fold, SETFIT_FOLDS) & bench.trained.judged)
    rows = few(m, ~first_folds(m.fold, SETFIT_FOLDS) & bench.trained.judged, n)
    task = {
        "weights": weights, "steps": steps, "batch": 16, "themes": m.themes,
        "texts": [m.texts[i] for i in rows], "labels": [sorted(m.labels[i].themes) for i in rows],
        "asked": [*(m.texts[i] for i in asked), *bench.gold.texts],
    }  # fmt: skip
    done = subprocess.run([python, "-c", SETFIT], input=json.dumps(task), capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"SetFit: not measured: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
        return
    found = np.array(json.loads(done.stdout.splitlines()[-1]))
    own = np.zeros(m.grades.shape)
    own[asked] = found[: len(asked)]
    yield Method(f"SetFit, {len(rows)} labels *", own, found[len(asked) :], SETFIT_FOLDS)
    ours = fit.train(subset(m, rows), {}).model
    alone = np.full(len(asked), -1), np.full(len(bench.gold.labels), -1)
    said = [
        ours.p_of(
            texts, seen, context.layout(texts, where.tolist(), [False] * len(texts)), bench.encoder, bench.codebook
        )
        for texts, seen, where in (
            ([m.texts[i] for i in asked], m.vectors[asked], alone[0]),
            (bench.gold.texts, bench.gold.vectors, alone[1]),
        )
    ]
    mine = np.zeros(m.grades.shape)
    mine[asked] = logit(said[0])
    yield Method("ours, these labels *", mine, logit(said[1]), SETFIT_FOLDS)


def first_folds(fold: npt.NDArray[np.int64], n: int) -> Flags:
    return np.isin(fold, np.unique(fold)[:n])


def few(m: fit.Material, rows: Flags, n: int) -> list[int]:
    """Return at most n labels of each theme, and as many of none."""
    order = np.random.default_rng(0).permutation(np.flatnonzero(rows))
    none = [i for i in order if m.known[i].all() and not m.positive[i].any()][:n]
    some = [i for j in range(len(m.themes)) for i in [i for i in order if m.positive[i, j]][:n]]
    return sorted({int(i) for i in [*none, *some]})


def subset(m: fit.Material, rows: Sequence[int]) -> fit.Material:
    """Return some labels as texts that stand alone."""
    chosen = [msgspec.structs.replace(m.labels[i], document=None) for i in rows]
    parts = {name: getattr(m, name)[rows] for name in ("vectors", "grades", "fold", "is_body", "likeness", "weight")}
    return replace(m, labels=chosen, **parts)


def logit(p: Floats) -> Floats:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    found: Floats = np.log(p / (1 - p))
    return found


# --- from log-odds to figures -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Decided:
    p: Floats
    low: Flags
    high: Flags


def held_out(method: Method, bench: Bench) -> tuple[Decided, Sample]:
    """Decide held-out documents by what the other folds set."""
    rows = bench.trained.judged
    if method.folds:
        rows = rows & first_folds(bench.material.fold, method.folds)
    sample = rows_of(bench.judged, rows[bench.trained.judged])
    own, fold = method.own[rows], bench.material.fold[rows]
    parts = Decided(np.zeros(own.shape), np.zeros(own.shape, bool), np.zeros(own.shape, bool))
    for test, others in splits(fold):
        found = decide(own[others], sample.positive[others], sample.known[others], own[test])
        parts.p[test], parts.low[test], parts.high[test] = found.p, found.low, found.high
    return parts, sample


def on_gold(method: Method, bench: Bench) -> tuple[Decided, Sample]:
    rows = bench.trained.judged
    if method.folds:
        rows = rows & first_folds(bench.material.fold, method.folds)
    m, body = bench.material, np.array([label.kind == "body" for label in bench.gold.labels])
    found = decide(method.own[rows], m.positive[rows], m.known[rows], method.gold[body])
    return found, rows_of(bench.gold, body)


def decide(own: Floats, positive: Flags, known: Flags, asked: Floats) -> Decided:
    """Scale and decide by thresholds set on labels held out."""
    calibration = linear.fit_calibration(own, positive, known)
    mine, p = calibration.apply(own), calibration.apply(asked)
    low = bands.thresholds(mine, positive, known)
    high = bands.yes_thresholds(mine, positive, known, low, PRECISION)
    return Decided(p, p >= np.array(low), p >= np.array(high))


def rows_of(sample: Sample, rows: Flags) -> Sample:
    return replace(
        sample,
        labels=[label for label, use in zip(sample.labels, rows, strict=True) if use],
        vectors=sample.vectors[rows],
        positive=sample.positive[rows],
        known=sample.known[rows],
        units=sample.units[rows],
    )


HEAD = (
    f"{'':22}{'micro-F1':>13} {'macro-F1':>14}  teach succ cult   mAP   ECE|  yes:      | review:\n"
    f"{'':22}{'':>13} {'':>14}  {'':26}| right share| decis. pass."
)


def row(name: str, decided: Decided, sample: Sample) -> str:
    """Return one line of the table."""
    positive, known, low = sample.positive, sample.known, decided.low & sample.known
    high = decided.high & known
    counts = np.stack([(low & positive), (low & ~positive), (~low & positive & known)], axis=2).astype(float)
    review = low & ~high
    figures = [
        spread(counts, sample.units, micro),
        spread(counts, sample.units, macro),
        *(shown(f1(*counts[:, THEME[name]].sum(axis=0))) for name in NAMED),
        shown(mean_ap(decided.p, positive, known)),
        f"{ece(decided.p[known], positive[known]):.3f}".replace("0.", "."),
        ratio((high & positive).sum(), high.sum()),
        ratio((high & positive).sum(), (positive & known).sum()),
        ratio(review.sum(), known.sum()),
        ratio(review.any(axis=1).sum(), len(review)),
    ]
    mark = "s" if sample.by_section else " "
    a, b, t, s, c, ap, e, right, share, decisions, passages = figures
    return (
        f"{name:22}{a:>13}{mark}{b:>14}{mark} {t:>5}{s:>5}{c:>5} {ap:>5} {e:>5}"
        f"| {right:>5} {share:>5}| {decisions:>5} {passages:>5}"
    )


THEME: dict[str, int] = {}


def spread(counts: Floats, units: npt.NDArray[Any], measure: Callable[[Floats], float]) -> str:
    """Return a measure of (hits, false, missed) by theme, with its interval over units."""
    names, number = np.unique(units, return_inverse=True)
    by_unit = np.zeros((len(names), *counts.shape[1:]))
    np.add.at(by_unit, number, counts)
    rng = np.random.default_rng(0)
    drawn = [measure(by_unit[rng.integers(len(names), size=len(names))].sum(axis=0)) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{shown(measure(by_unit.sum(axis=0)))} [{shown(low)} {shown(high)}]"


def f1(hits: float, false: float, missed: float) -> float:
    return float(2 * hits / (2 * hits + false + missed)) if hits + false + missed else 1.0


def micro(counts: Floats) -> float:
    return f1(*counts.sum(axis=0))


def macro(counts: Floats) -> float:
    there = [one for one in counts if one.any()]
    return float(np.mean([f1(*one) for one in there]))


def average_precision(p: Floats, positive: Flags) -> float:
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(positive[order])
    return float((hits / np.arange(1, len(p) + 1))[positive[order]].mean()) if positive.any() else float("nan")


def mean_ap(p: Floats, positive: Flags, known: Flags) -> float:
    each = [average_precision(p[known[:, j], j], positive[known[:, j], j]) for j in range(p.shape[1])]
    return float(np.nanmean(each))


def best_f1(p: Floats, positive: Flags) -> float:
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(positive[order])
    return float((2 * hits / (np.arange(1, len(p) + 1) + positive.sum())).max()) if positive.any() else float("nan")


def ece(p: Floats, positive: Flags) -> float:
    place = np.minimum((p * 10).astype(int), 9)
    gaps = [abs(p[place == k].sum() - positive[place == k].sum()) for k in range(10)]
    return float(sum(gaps) / len(p))


def ratio(part: float, whole: float) -> str:
    return shown(part / whole) if whole else "–"


def shown(value: float) -> str:
    if np.isnan(value):
        return "–"
    text = f"{value:.2f}"
    return "1.0" if text == "1.00" else text.replace("0.", ".", 1)


def table_of_methods(bench: Bench, options: argparse.Namespace) -> None:
    THEME.update({name: j for j, name in enumerate(bench.material.themes)})
    rows = list(methods(bench))
    if options.setfit:
        rows += setfit(bench, options.setfit, options.weights, options.setfit_labels, options.setfit_steps)
    for title, ask in (("(a) whole documents held out", held_out), ("(b) gold that no model learned from", on_gold)):
        decided = [(method.name, *ask(method, bench)) for method in rows]
        sample = decided[0][2]
        n_documents = len({label.document for label in sample.labels})
        print(f"\n{title}: {len(sample.labels)} passages of {n_documents} documents\n{HEAD}")
        for name, found, measured in decided:
            print(row(name, found, measured))
    if options.setfit:
        print(f"* at most {options.setfit_labels} labels a theme; (a) on the documents of {SETFIT_FOLDS} folds only")


# --- a theme that nobody has labelled ---------------------------------------------------------------------------------


def table_of_new_themes(bench: Bench) -> None:
    print("\nA theme without labels, by its definition and three examples (F1: at the shared threshold)")
    print(f"{'':26}{'held-out documents':^36}{'gold':^36}")
    print(f"{'':26}" + "chance cosine    AP    F1  best      " * 2)
    columns = [new_theme(bench, j) for j in range(len(bench.material.themes))]
    for theme, figures in zip(bench.material.themes, columns, strict=True):
        print(new_row(theme, figures))
    print(new_row("mean", np.nanmean(columns, axis=0).tolist()))


def new_row(name: str, figures: Sequence[float]) -> str:
    return f"{name:26}" + "".join(
        f"{shown(value):>6}" + ("      " if k % 5 == 4 else "") for k, value in enumerate(figures)
    )


def new_theme(bench: Bench, j: int) -> list[float]:
    """Return chance, AP of the cosine, AP, F1 and best F1 of theme j, on held-out documents and on gold."""
    told = prior.read_codebook(pared(bench.codebook, j), bench.encoder)
    where = fit.layout_of(bench.material.labels)
    whole = bench.material.is_body & (where.document >= 0)
    m = without(bench.material, j)
    by_codebook, weights = fit._by_codebook(m)
    found = context.surroundings(np.delete(bench.alone, j, axis=1), where)[whole]
    taught = context.fit(found, m.positive[whole], m.known[whole], m.weight[whole])
    around = fit._Around(weights=taught.tolist())
    new = fit._unlabelled(m, by_codebook, where, whole, around)
    figures: list[float] = []
    judged, others = bench.trained.judged, [k != j for k in range(len(told))]
    for seen, place, positive, known, keep in (
        (bench.material.vectors, where, bench.material.positive, bench.material.known, judged),
        (bench.gold.vectors, bench.gold.layout, bench.gold.positive, bench.gold.known, bench.gold.known.any(axis=1)),
    ):
        likeness = prior.likeness(seen[:, :DIMENSIONS], told, bench.material.background, others)[:, [j]]
        alone = linear.sigmoid(prior.weigh(likeness, np.array(weights)))
        p = linear.sigmoid(context.weigh(context.surroundings(alone, place), taught) * new.slope + new.offset)[:, 0]
        rows = keep & known[:, j]
        truth, said = positive[rows, j], p[rows] >= new.threshold
        counts = (said & truth).sum(), (said & ~truth).sum(), (~said & truth).sum()
        cosine = average_precision(likeness[rows, 0, 0], truth)
        figures += [truth.mean(), cosine, average_precision(p[rows], truth), f1(*counts), best_f1(p[rows], truth)]
    return figures


def pared(codebook: Codebook, j: int) -> Codebook:
    """Return the codebook with only a definition and three examples of theme j."""
    themes = [
        msgspec.structs.replace(theme, include=[], exclude=[], examples=theme.examples[:3]) if k == j else theme
        for k, theme in enumerate(codebook.themes)
    ]
    return msgspec.structs.replace(codebook, themes=themes)


def without(m: fit.Material, j: int) -> fit.Material:
    themes = [theme for k, theme in enumerate(m.themes) if k != j]
    return replace(m, themes=themes, grades=np.delete(m.grades, j, axis=1), likeness=np.delete(m.likeness, j, axis=1))


def table_of_few_labels(bench: Bench) -> None:
    print("\nAverage precision of a theme with n positives labelled, without and with the codebook (passages alone)")
    print(f"{'':26}{'held-out documents':^35}{'gold':^35}")
    print(f"{'':26}" + ("n=0  " + "".join(f"{f'n={n}':^10}" for n in CURVE)) * 2)
    columns = [curve(bench, j) for j in range(len(bench.material.themes))]
    for theme, figures in zip(bench.material.themes, columns, strict=True):
        print(few_row(theme, figures))
    print(few_row("mean", np.nanmean(columns, axis=0).tolist()))


def few_row(name: str, figures: Sequence[float]) -> str:
    return f"{name:26}" + "".join(f"{shown(value):<5}" for value in figures)


def curve(bench: Bench, j: int) -> list[float]:
    """Return AP of theme j by the codebook alone, then without and with it at each number of labels; twice."""
    m, gold = bench.material, bench.gold
    learned, asked = halves(bench)
    telling = prior.likeness(
        gold.vectors[:, :DIMENSIONS], prior.read_codebook(bench.codebook, bench.encoder), m.background
    )
    weights = fit._by_codebook(without(m, j))[1]
    from_codebook = prior.weigh(np.concatenate([m.likeness[asked, j], telling[:, j]])[:, None], np.array(weights))[:, 0]
    seen = np.concatenate([m.vectors[asked], gold.vectors])
    texts = [*(m.texts[i] for i in asked), *gold.texts]
    targets = [
        (slice(0, len(asked)), m.positive[asked, j], m.known[asked, j]),
        (slice(len(asked), None), gold.positive[:, j], gold.known[:, j]),
    ]

    def scores(log_odds: Floats) -> list[float]:
        return [average_precision(log_odds[part][known], truth[known]) for part, truth, known in targets]

    found = [scores(from_codebook)]
    for n in CURVE:
        without_it, with_it = [], []
        for seed in range(CURVE_DRAWS):
            by_labels = from_few(m, draw(m, learned, j, n, seed), j, seen, texts)
            trust = n / (n + fit.PRIOR_LABELS[0])
            without_it.append(scores(by_labels))
            with_it.append(scores(trust * by_labels + (1 - trust) * from_codebook))
        found += [np.mean(without_it, axis=0).tolist(), np.mean(with_it, axis=0).tolist()]
    return [*(one[0] for one in found), *(one[1] for one in found)]


def halves(bench: Bench) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    odd = np.isin(bench.material.fold, np.unique(bench.material.fold)[1::2])
    judged = bench.trained.judged
    return np.flatnonzero(judged & ~odd), np.flatnonzero(judged & odd)


def draw(m: fit.Material, rows: npt.NDArray[np.int64], j: int, n: int, seed: int) -> npt.NDArray[np.int64]:
    order = np.random.default_rng([seed, j, n]).permutation(rows[m.known[rows, j]])
    positive = m.positive[order, j]
    return np.concatenate([order[positive][:n], order[~positive][: NEGATIVES * n]])


def from_few(
    m: fit.Material, rows: npt.NDArray[np.int64], j: int, seen: npt.NDArray[np.float32], texts: Sequence[str]
) -> Floats:
    vectorizer = features.new_vectorizer(len(rows))
    words = vectorizer.fit_transform([m.texts[i] for i in rows])
    weights = fit.fit_weights(m.vectors[rows], words, m.grades[rows][:, [j]], np.ones(len(rows)))
    return weights.log_odds(seen, vectorizer.transform(texts))[:, 0]


# --- banking77 --------------------------------------------------------------------------------------------------------


def table_of_banking(folder: Path, encoder: Encoder, cache: Path | None) -> None:
    """Print accuracy at five and ten shots; our path is that of any labels, with the intents' names as codebook."""
    test = intents(folder / "test.csv")
    ids = sorted({theme for label in test for theme in label.themes})
    named = [Theme(id=name, name=spoken(name), definition=spoken(name)) for name in ids]
    codebook = Codebook(version="1", themes=named)
    seen = vectors.read_labels(test, encoder, cache, quiet=True)
    truth = np.array([ids.index(next(iter(label.themes))) for label in test])
    found: dict[str, list[float]] = {}
    for shots in (5, 10):
        labels = intents(folder / f"train_{shots}.csv")
        material = fit.prepare(labels, codebook, vectors.read_labels(labels, encoder, cache, quiet=True), encoder)
        for name, log_odds in of_intents(material, test, seen, encoder, codebook):
            found.setdefault(name, []).append(float((log_odds.argmax(axis=1) == truth).mean()))
    print(f"\nBANKING77: accuracy on {len(test)} texts, {len(ids)} intents\n{'':26}5 shots 10 shots")
    for name, five, ten in [*((name, *both) for name, both in found.items()), *PUBLISHED]:
        print(f"{name:26}{five:>7.3f}{ten:>9.3f}".replace("0.", " ."))


def of_intents(
    m: fit.Material, test: Sequence[ThemeLabel], seen: npt.NDArray[np.float32], encoder: Encoder, codebook: Codebook
) -> Iterator[tuple[str, Floats]]:
    texts = [label.text for label in test]
    vectorizer = features.new_vectorizer(len(m.labels))
    coefficients, intercept = fit_columns(
        vectorizer.fit_transform(m.texts), m.grades, strength=fit.SPARSE_STRENGTH, weight=m.weight
    )
    yield "TF-IDF + LR", np.asarray(vectorizer.transform(texts) @ coefficients.T) + intercept
    alone = np.ascontiguousarray(m.vectors[:, :DIMENSIONS])
    yield "MiniLM + LR", softmax_regression(alone, m.grades, seen[:, :DIMENSIONS])
    where = fit.layout_of(test)
    yield "ours", fit.train(m, {}).model.p_of(texts, seen, where, encoder, codebook)


def softmax_regression(seen: Any, grades: npt.NDArray[np.int8], asked: Any) -> Floats:
    """The peer may know that each text has one intent."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    log_odds: Floats = (
        LogisticRegression(C=10.0, max_iter=1000).fit(seen, grades.argmax(axis=1)).decision_function(asked)
    )
    return log_odds


def intents(path: Path) -> list[ThemeLabel]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        ThemeLabel(id=f"{path.stem}:{i}", text=one["text"], themes={slug(one["label"]): 2})
        for i, one in enumerate(rows)
    ]


def slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name.casefold()).strip("_")


def spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()


# --- speed ------------------------------------------------------------------------------------------------------------


def table_of_speed(bench: Bench) -> None:
    documents: dict[str, list[ThemeLabel]] = {}
    for label in bench.gold.labels:
        documents.setdefault(label.document or "", []).append(label)
    read = [([one.text for one in some], [one.kind == "heading" for one in some]) for some in documents.values()]
    n = sum(len(texts) for texts, _ in read)
    ours = bench.trained.model
    ours.predict(*read[0], bench.encoder, bench.codebook)
    fresh = encoders.load.__wrapped__()
    encoding = seconds(lambda: [fresh.encode(texts) for texts, _ in read])
    again = encoders.load.__wrapped__()
    prior.read_codebook(bench.codebook, again)
    total = seconds(lambda: [ours.predict(texts, headings, again, bench.codebook) for texts, headings in read])
    known = [
        (
            texts,
            features.read_document(texts, headings, again).vectors,
            context.layout(texts, [0] * len(texts), headings),
        )
        for texts, headings in read
    ]
    after = seconds(lambda: [ours.p_of(*one, again, bench.codebook) for one in known])
    print(
        f"\nTagging {n} passages of {len(read)} documents (processor time): {total:.2f} s in total, {after:.2f} s of it"
    )
    print(f"after the encoder has read them; MiniLM encoding of the same passages alone: {encoding:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        labels = Path(folder) / "labels.jsonl"
        labels.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in bench.material.labels[-2000:]))
        command = [sys.executable, "-m", "pipeline", "train", "--labels", str(labels), "--models", f"{folder}/models"]
        times = [wall(command) for _ in range(2)]
    print(f"pop train on 2,000 labels: {times[0]:.0f} s with an empty vector cache, {times[1]:.0f} s with a filled one")


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def wall(command: Sequence[str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        print(f"pop train failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    return time.perf_counter() - began


# --- gold, and the whole ----------------------------------------------------------------------------------------------


def read_gold(folders: Sequence[Path], known_texts: set[str]) -> list[ThemeLabel]:
    """Read gold as labels; documents that stand among the labels are left out."""
    found: list[ThemeLabel] = []
    for folder in sorted({path.parent for top in folders for path in top.rglob("themes.jsonl")}):
        if not (folder / "blocks.txt").is_file():
            continue
        blocks = gold_document(folder)
        seen = sum(one.text in known_texts for one in blocks if one.kind == "body" and len(one.text) > 60)
        if seen > 1:
            print(f"left out: {folder.name} stands among the labels ({seen} passages)")
        else:
            found += blocks
    return found


def gold_document(folder: Path) -> list[ThemeLabel]:
    lines = (folder / "themes.jsonl").read_text(encoding="utf-8").splitlines()
    judged = {one["block"]: one for one in map(json.loads, filter(None, lines))}
    found, section = [], ""
    for part in (folder / "blocks.txt").read_text(encoding="utf-8").strip().split("\n\n"):
        name, text = part.strip().removeprefix("[").split("] ", 1)
        one = judged.get(name)
        section = section if one else name
        fields: dict[str, Any] = {"themes": one["themes"], "open": one["disputed"]} if one else {"themes": {}}
        fields["themes"] = {
            theme: grade for theme, grade in fields["themes"].items() if theme not in fields.get("open", [])
        }
        found.append(
            ThemeLabel(
                id=f"{folder.name}:{name}", text=text, group=section, document=folder.name,
                kind="body" if one else "heading", **fields,
            )
        )  # fmt: skip
    return found


def sample_of_gold(labels: list[ThemeLabel], codebook: Codebook, encoder: Encoder, cache: Path | None) -> Sample:
    seen = vectors.read_labels(labels, encoder, cache, quiet=True)
    material = fit.prepare(labels, codebook, seen, encoder)
    by_section = len({label.document for label in labels}) == 1
    units = np.array([f"{label.document}:{label.group}" if by_section else label.document for label in labels])
    return Sample(labels, seen, material.positive, material.known, units, by_section)


def prepared(options: argparse.Namespace, encoder: Encoder) -> Bench:
    codebook = load_codebook(options.codebook)
    labels = coders.read([options.labels], {})
    gold = read_gold(options.gold or default_gold(), {label.text for label in labels})
    seen = vectors.read_labels(labels, encoder, options.cache)
    material = fit.prepare(labels, codebook, seen, encoder)
    trained, by_words, alone = train(material)
    sample = sample_of_gold(gold, codebook, encoder, options.cache)
    return Bench(material, trained, codebook, encoder, sample, by_words, alone)


def default_gold() -> list[Path]:
    return [path for path in (ROOT.parent / "shared" / "gold", ROOT / "tests" / "gold") if path.is_dir()]


def main() -> None:
    options = arguments()
    began = time.perf_counter()
    encoder = encoders.load()
    parts = options.only or PARTS
    if {"methods", "new", "speed"} & set(parts):
        bench = prepared(options, encoder)
        print(f"{len(bench.material.labels)} labels; read and trained in {time.perf_counter() - began:.0f} s")
        if "methods" in parts:
            table_of_methods(bench, options)
        if "new" in parts:
            table_of_new_themes(bench)
            table_of_few_labels(bench)
        if "speed" in parts:
            table_of_speed(bench)
    if "banking" in parts:
        if (options.banking / "test.csv").is_file():
            table_of_banking(options.banking, encoder, options.cache)
        else:
            print(f"\nBANKING77: skipped, {options.banking} is missing")
    print(f"\n{time.perf_counter() - began:.0f} s in all")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=Path, default=ROOT / "corpus" / "labels" / "themes.jsonl")
    parser.add_argument("--codebook", type=Path, default=ROOT / "corpus" / "codebook.yaml")
    parser.add_argument("--gold", type=Path, action="append")
    parser.add_argument("--banking", type=Path, default=ROOT.parent / "shared" / "bench" / "banking77")
    parser.add_argument("--cache", type=Path, default=ROOT / "models")
    parser.add_argument("--setfit", metavar="PYTHON")
    parser.add_argument("--weights", default="sentence-transformers/all-MiniLM-L6-v2", help="of MiniLM, for SetFit")
    parser.add_argument("--setfit-labels", type=int, default=16)
    parser.add_argument("--setfit-steps", type=int, default=60)
    parser.add_argument("--only", action="append", choices=PARTS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
