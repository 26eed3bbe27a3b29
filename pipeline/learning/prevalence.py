"""How common a theme is, corrected for the errors of the model that counted it.

A model that misses a third of a theme and sees it in 4 % of the other passages counts 10.4 % where it is 10 %, and 4 %
where it is nowhere. Two ways to mend that:

* From the *error rates* of held-out documents: share = (found + specificity - 1) / (sensitivity + specificity - 1),
  clipped to 0–1 (Rogan & Gladen 1978, https://doi.org/10.1093/oxfordjournals.aje.a112510). It presumes that the model
  errs here as it erred there.
* From a *random sample* of the passages at hand that a person has judged: the share that the model found, plus the mean
  difference of person and model in the sample (prediction-powered inference, Angelopoulos et al. 2023,
  https://doi.org/10.1126/science.adi6000). It presumes nothing of the model, and goes first where there is one.

Both intervals are percentiles of draws: of held-out documents, or of the sample, and of the documents at hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.config import Settings
from pipeline.records import Share

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.uint8 | np.uint16]
Method = Literal["error rates", "random sample"]

FEWEST_POSITIVES: Final = 15
"""Held-out passages with a theme below which its sensitivity is not known."""
FEWEST_DOCUMENTS: Final = 5
"""Held-out documents below which nothing is known of other documents."""
LEAST_SKILL: Final = 0.2
"""Sensitivity + specificity - 1 below which a count hardly depends on what it counts."""
FEWEST_PASSAGES: Final = 30
"""Passages at hand below which the interval would tell nothing."""
FEWEST_SAMPLED: Final = 30
"""Passages of a random sample below which the error rates go first."""
WIDEST: Final = 0.5
"""Width of an interval above which it tells next to nothing, and a share with it would only look exact."""
_FEW_DOCUMENTS: Final = 20
"""Documents below which drawing them says too little of chance, and passages are drawn as well."""
_MANY_DOCUMENTS: Final = 100
"""Documents at hand above which they are drawn one by one."""
_AT_ONCE: Final = 1_000_000
"""Drawn documents that are held at once in wide numbers."""
_JEFFREYS: Final = 0.5
_HELD_OUT, _AT_HAND, _SAMPLE = range(3)


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """The corrected share of passages with its interval, or `why` there is none."""

    share: Share | None = None
    low: Share | None = None
    high: Share | None = None
    method: Method | None = None
    why: str = ""

    @property
    def too_few(self) -> bool:
        """Whether more passages or documents would help."""
        return self.why in {TOO_FEW.why, TOO_WIDE.why}


TOO_FEW: Final = Estimate(why=f"fewer than {FEWEST_PASSAGES} passages")
TOO_WIDE: Final = Estimate(
    why=f"too few passages or documents: the interval is wider than {100 * WIDEST:.0f} percentage points"
)
ERRS_OTHERWISE: Final = Estimate(
    why="the model finds this theme here more often than it could with the errors that are known of it"
)


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """What a model that had not seen a document decided there: `n` passages, then counts by theme."""

    group: str
    n: int
    true_yes: list[int]
    false_yes: list[int]
    missed: list[int]
    rejected: list[int]


class HeldOut(msgspec.Struct, frozen=True, kw_only=True):
    """The decisions of a model on whole documents that it had not learned from; the counts stand as `themes` do."""

    themes: list[str]
    clusters: list[Cluster]

    def counts(self) -> Array:
        """Return right yes, wrong yes, missed and rightly rejected, shape (4, documents, themes)."""
        names = ("true_yes", "false_yes", "missed", "rejected")
        rows = [[getattr(cluster, name) for cluster in self.clusters] for name in names]
        return np.array(rows, dtype=np.float64).reshape(len(names), len(self.clusters), len(self.themes))


@dataclass(frozen=True, slots=True)
class Sampled:
    """A passage that was drawn at random and judged by a person; `weight`: 1 / the probability of drawing it."""

    model: bool
    person: bool
    weight: float = 1.0


@dataclass(slots=True)
class Tally:
    """The decisions about one theme in some passages, by document.

    `n`, `found`: passages that the model decided, and its yes. `settled`, `settled_yes`: passages that a person
    decided, which need no correction. `sample`: those drawn at random, whose model's decision stands in `found` too.
    """

    n: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)
    settled_yes: dict[str, int] = field(default_factory=dict)
    sample: list[Sampled] = field(default_factory=list)

    def add(self, document: str, *, yes: bool, sampled: Sampled | None = None) -> None:
        """Count a passage that the model decided."""
        self.n[document] = self.n.get(document, 0) + 1
        self.found[document] = self.found.get(document, 0) + yes
        if sampled is not None:
            self.sample.append(sampled)

    def add_settled(self, document: str, *, yes: bool) -> None:
        """Count a passage that a person decided."""
        self.settled[document] = self.settled.get(document, 0) + 1
        self.settled_yes[document] = self.settled_yes.get(document, 0) + yes

    def columns(self) -> Array:
        """Return the four counts, shape (documents, 4)."""
        documents = list(dict.fromkeys([*self.n, *self.settled]))
        counts: tuple[Mapping[str, int], ...] = (self.n, self.found, self.settled, self.settled_yes)
        return np.array([[count.get(name, 0) for count in counts] for name in documents], float).reshape(-1, 4)


@dataclass(frozen=True)
class _Rates:
    """Sensitivity and specificity of each theme, and draws of both, shape (draws, themes); `why` not, by theme."""

    sensitivity: Array
    specificity: Array
    drawn: tuple[Array, Array]
    why: list[str]


class Prevalence:
    """Corrects counts by what is known of a model's errors."""

    def __init__(self, held_out: HeldOut | None, settings: Settings, *, why: str = "") -> None:
        """Take the decisions on held-out documents; `why`: for want of which there are none."""
        self._settings = settings
        self._why = why or "nothing is known of the model’s errors"
        self._column = {theme: j for j, theme in enumerate(held_out.themes)} if held_out else {}
        self._rates = _rates(held_out.counts(), settings) if held_out and held_out.clusters else None

    @property
    def known(self) -> bool:
        """Whether the model was measured on anything."""
        return self._rates is not None

    def estimate(self, theme: str, tally: Tally) -> Estimate:
        """Return the corrected share of passages with a theme; by the random sample where it is large enough."""
        return self.estimate_of(theme, tally.columns(), tally.sample)

    def estimate_of(self, theme: str, columns: Array, sample: Sequence[Sampled]) -> Estimate:
        """Return the same of the columns of a `Tally`, shape (documents, 4), and its sample."""
        columns = _in_order(columns)
        if columns[:, [0, 2]].sum() < FEWEST_PASSAGES:
            return TOO_FEW
        if len(sample) >= FEWEST_SAMPLED:
            return self._by_sample(columns, sample)
        if self._rates is None:
            return Estimate(why=self._why)
        if theme not in self._column:
            return Estimate(why="the model was not measured on this theme")
        j = self._column[theme]
        return Estimate(why=self._rates.why[j]) if self._rates.why[j] else self._by_rates(columns, self._rates, j)

    def _by_rates(self, columns: Array, rates: _Rates, j: int) -> Estimate:
        sensitivity, specificity = (drawn[:, j] for drawn in rates.drawn)
        found, weight, settled = _shares(columns, self._settings)
        drawn = weight * rogan_gladen(found, sensitivity, specificity) + settled
        if np.isnan(drawn).mean() > (1 - self._settings.confidence) / 2:
            return Estimate(why="the model’s errors are known too roughly")
        if _found(columns) > rates.sensitivity[j]:
            return ERRS_OTHERWISE
        value = rogan_gladen(_found(columns), rates.sensitivity[j], rates.specificity[j])
        return _estimate(columns, float(value), drawn, "error rates", self._settings)

    def _by_sample(self, columns: Array, sample: Sequence[Sampled]) -> Estimate:
        difference = np.array([float(one.person) - float(one.model) for one in sample])
        weights = np.array([one.weight for one in sample])
        found, weight, settled = _shares(columns, self._settings)
        corrected = np.clip(found + _differences(difference, weights, self._settings), 0, 1)
        value = np.clip(_found(columns) + np.average(difference, weights=weights), 0, 1)
        return _estimate(columns, float(value), weight * corrected + settled, "random sample", self._settings)


def _in_order(columns: Array) -> Array:
    """Put the documents in which the model decided nothing last, as a `Tally` has them."""
    ordered: Array = columns[np.argsort(columns[:, 0] == 0, kind="stable")]
    return ordered


def rogan_gladen(found: Array | float, sensitivity: Array | float, specificity: Array | float) -> Array:
    """Return the share that must be there for this share to be found, 0–1; nan where the test tells nothing.

    >>> float(rogan_gladen(0.104, 2 / 3, 0.96).round(3))
    0.102
    """
    skill = np.asarray(sensitivity, dtype=np.float64) + specificity - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(skill > LEAST_SKILL / 4, (np.asarray(found) + specificity - 1) / skill, np.nan)
    return np.clip(share, 0, 1)


def _rates(counts: Array, settings: Settings) -> _Rates:
    n_documents = counts.shape[1]
    weights = _drawn_documents(n_documents, settings, _HELD_OUT)
    drawn = tuple(_sensitivity_specificity(np.stack([weights @ kind for kind in counts])))
    sensitivity, specificity = _sensitivity_specificity(counts.sum(axis=1))
    positives = (counts[0] + counts[2]).sum(axis=0)
    why = [_doubt(int(n), n_documents, *pair) for n, *pair in zip(positives, sensitivity, specificity, strict=True)]
    return _Rates(sensitivity, specificity, (drawn[0], drawn[1]), why)


def _sensitivity_specificity(counts: Array) -> tuple[Array, Array]:
    true_yes, false_yes, missed, rejected = counts
    with np.errstate(divide="ignore", invalid="ignore"):
        return true_yes / (true_yes + missed), rejected / (rejected + false_yes)


def _doubt(positives: int, documents: int, sensitivity: float, specificity: float) -> str:
    if positives < FEWEST_POSITIVES:
        return f"only {positives} held-out passages have this theme (fewer than {FEWEST_POSITIVES})"
    if documents < FEWEST_DOCUMENTS:
        return f"the model was measured on {documents} documents only (fewer than {FEWEST_DOCUMENTS})"
    if not sensitivity + specificity - 1 >= LEAST_SKILL:
        return "the model tells this theme from others hardly better than chance"
    return ""


def _drawn_documents(n: int, settings: Settings, stream: int) -> Counts:
    """Return how often each document is drawn, shape (draws, documents); a single one is always drawn once."""
    return _draws(n, settings.bootstrap, settings.seed, stream)


@lru_cache(maxsize=2)
def _draws(n: int, draws: int, seed: int, stream: int) -> Counts:
    """Draw once for all themes; of many documents one by one, which is the same distribution and ten times as fast."""
    generator = np.random.default_rng([seed, stream])
    if stream == _AT_HAND and n > _MANY_DOCUMENTS:
        return np.concatenate([_drawn_singly(n, size, generator) for size in _parts(draws, n)])
    return generator.multinomial(n, np.full(n, 1 / n), size=draws).astype(np.uint8 if n < 256 else np.uint16)


def _drawn_singly(n: int, draws: int, generator: np.random.Generator) -> Counts:
    drawn = generator.integers(n, size=(draws, n), dtype=np.int64)
    drawn += np.arange(draws)[:, None] * n
    return np.bincount(drawn.ravel(), minlength=draws * n).reshape(draws, n).astype(np.uint8)


def _parts(draws: int, n: int) -> list[int]:
    """Cut draws into as many as are held at once."""
    size = max(1, _AT_ONCE // n)
    return [min(size, draws - start) for start in range(0, draws, size)]


def _sums(weights: Counts, columns: Array) -> Array:
    """Return weights @ columns, whole numbers, which 32 bits hold exactly up to 16 million."""
    narrow = columns.astype(np.float32, order="C")
    size = max(1, _AT_ONCE // max(1, len(columns)))
    parts = [weights[i : i + size].astype(np.float32) @ narrow for i in range(0, len(weights), size)]
    return np.concatenate(parts).astype(np.float64)


def _found(columns: Array) -> float:
    n, found = columns[:, :2].sum(axis=0)
    return float(found / n) if n else 0.0


def _shares(columns: Array, settings: Settings) -> tuple[Array, Array, Array]:
    """Draw documents at hand.

    Returns:
        The share that the model found; what its passages weigh among all; and the share of all passages that a person
        decided yes; shape (draws,) each.
    """
    weights = _drawn_documents(len(columns), settings, _AT_HAND)
    model, found, people, people_yes = _sums(weights, columns).T.reshape(4, -1)
    share = found / np.maximum(model, 1)
    n, yes = columns[:, :2].sum(axis=0)
    if len(columns) < _FEW_DOCUMENTS or min(yes, n - yes) < FEWEST_POSITIVES:
        generator = np.random.default_rng([settings.seed, _AT_HAND, 1])
        share = generator.beta(found + _JEFFREYS, model - found + _JEFFREYS)
    everything = np.maximum(model + people, 1)
    return share, model / everything, people_yes / everything


def _differences(difference: Array, weights: Array, settings: Settings) -> Array:
    """Draw the mean difference of person and model in a sample, shape (draws,).

    From the Dirichlet distribution of the three differences, so that a sample without an error is no proof that there
    are none; unequal weights count as a smaller sample (Kish 1965).
    """
    size = weights.sum() ** 2 / (weights**2).sum()
    shares = np.array([weights[difference == value].sum() for value in (-1, 0, 1)]) / weights.sum()
    generator = np.random.default_rng([settings.seed, _SAMPLE])
    drawn = generator.dirichlet(size * shares + _JEFFREYS, size=settings.bootstrap)
    differences: Array = drawn[:, 2] - drawn[:, 0]
    return differences


def _estimate(columns: Array, corrected: float, drawn: Array, method: Method, settings: Settings) -> Estimate:
    n, _, settled, settled_yes = columns.sum(axis=0)
    share = (n * corrected + settled_yes) / (n + settled)
    tail = 50 * (1 - settings.confidence)
    low, high = np.nanpercentile(drawn, [tail, 100 - tail])
    if high - low > WIDEST:
        return TOO_WIDE
    return Estimate(
        share=round(float(share), 4),
        low=round(min(float(low), float(share)), 4),
        high=round(max(float(high), float(share)), 4),
        method=method,
    )
