"""Agreement of two coders on the same passages, theme by theme and over whole sets of themes.

Reads two files of labels or of tags. Only passages that both have coded count; a passage without a theme is coded
"none", so that agreement on what carries no theme shows in every figure, and prevalence beside it tells how much.

    A: p1 {equity}  p2 {}        B: p1 {equity, succession}  p2 {}
    equity      n 2, A .50, B .50: percent 1.0, kappa 1.0, …
    succession  n 2, A .00, B .50: percent .50, kappa .00, …

The model is a coder like any other. The coefficients:
percent   share of units on which both agree
kappa     Cohen 1960, https://doi.org/10.1177/001316446002000104
PABAK     Byrt, Bishop & Carlin 1993, https://doi.org/10.1016/0895-4356(93)90018-V
AC1       Gwet 2008, https://doi.org/10.1348/000711006X126600
alpha     Krippendorff 2011, Computing Krippendorff's alpha-reliability; over sets of themes with the distance MASI,
          Passonneau 2006, Measuring agreement on set-valued items
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
import numpy as np

from pipeline import jsonl
from pipeline.codebook import Codebook, require_known
from pipeline.config import Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning.evaluation.measures import Array, Interval, Statistic, divide, intervals
from pipeline.learning.evaluation.rows import number
from pipeline.learning.evaluation.table import interval, wrapped
from pipeline.records import Passage, TagDecision, is_coded

RULE = "passages coded by both; a passage without a theme is coded 'none'"
COEFFICIENTS = ("percent", "kappa", "PABAK", "AC1", "alpha")
NONE = frozenset({"none"})
NAME = 29
FEW = 10
"""Groups or passages below which intervals drawn over them are too narrow."""

Themes = frozenset[str]
T = TypeVar("T", bound=Hashable)


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of a passage: theme → grade. `group`: the meeting or site that it comes from."""

    id: str
    themes: dict[str, Literal[1, 2]]
    group: str | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a line of tags.jsonl says of a passage; the rest of the line does not matter here."""

    passage_id: str
    theme: str
    decision: TagDecision
    document_id: str | None = None
    coder: str = ""


@dataclass(frozen=True)
class Coding:
    """What one coder says. `groups`: where each passage comes from, as far as the file tells."""

    name: str
    themes: dict[str, Themes]
    groups: dict[str, str]


class Coefficient(msgspec.Struct, frozen=True):
    """A coefficient with its interval; `None`: undefined."""

    value: float | None
    interval: Interval | None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One unit of agreement. `n`: units; `prevalence_a`, `prevalence_b`: share of units to which a coder gives it."""

    unit: Literal["passage", "passage × theme", "set of themes"]
    theme: str | None
    n: int
    prevalence_a: float
    prevalence_b: float
    coefficients: dict[str, Coefficient]
    rule: str = RULE


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """The whole comparison. `drawn_over`: what the intervals are drawn over; `few`: too few for them."""

    a: str
    b: str
    rule: str
    n_both: int
    n_only_a: int
    n_only_b: int
    drawn_over: str
    few: bool
    settings: Settings
    rows: list[Row]


def read(path: Path, codebook: Codebook | None = None) -> Coding:
    """Read what a coder says, from labels ({"id", "themes"}) or from tags ({"passage_id", "theme", "decision"}).

    Of tags, those decided yes count. A tags file names only passages with a theme; where passages.jsonl stands beside
    it, the others count as coded "none", headings and repeated passages apart.

    Raises:
        PipelineError: no such file, no label in it, a passage coded twice, or a theme that the codebook lacks.
    """
    coding = _from_tags(path) if _holds_tags(path) else _from_labels(path)
    if not coding.themes:
        raise _invalid(f"{path} without a label", "at least one", "check that the file is the right one")
    if codebook is not None:
        require_known({theme for themes in coding.themes.values() for theme in themes}, codebook, str(path))
    return coding


def compare(a: Coding, b: Coding, settings: Settings, codebook: Codebook | None = None) -> Agreement:
    """Return the agreement of two coders.

    Args:
        a: one coder.
        b: the other.
        settings: resamples, level and seed of the intervals.
        codebook: the themes to list and their order; `None`: those that either coder uses, by name.

    Raises:
        PipelineError: the two have no passage in common.
    """
    both = sorted(a.themes.keys() & b.themes.keys())
    if not both:
        raise _invalid(
            f"no passage that stands in both {a.name} and {b.name}",
            "two files that code the same passages, with the same ids",
            "check that both come from one export, before ids changed",
        )
    used = {theme for coding in (a, b) for passage in both for theme in coding.themes[passage]}
    themes = codebook.ids if codebook is not None else sorted(used)
    clusters, drawn_over = _clusters(a, b, both)
    one, other = [a.themes[passage] for passage in both], [b.themes[passage] for passage in both]
    cells = np.array([[_cell(theme in x, theme in y) for theme in themes] for x, y in zip(one, other, strict=True)])
    draw = _Draw(np.array(clusters, dtype=np.int64), settings)
    rows = [draw.row("passage", theme, cells[:, place]) for place, theme in enumerate(themes)]
    overall = [draw.row("passage × theme", None, cells.sum(axis=1))] if themes else []
    return Agreement(
        a=a.name,
        b=b.name,
        rule=RULE,
        n_both=len(both),
        n_only_a=len(a.themes) - len(both),
        n_only_b=len(b.themes) - len(both),
        drawn_over=drawn_over,
        few=len(set(clusters)) < FEW,
        settings=settings,
        rows=[*rows, *overall, draw.sets(one, other)],
    )


def coefficients(cells: Array) -> Array:
    """Return percent, kappa, PABAK, AC1 and nominal alpha of fourfold tables.

    Args:
        cells: how many units both, only A, only B, and neither of the coders give the theme, shape (tables, 4).

    Returns:
        Shape (tables, 5); nan where a coefficient is undefined: there is no unit, or chance alone explains all.
    """
    both, only_a, only_b, neither = cells.T
    n = cells.sum(axis=1)
    percent = divide(both + neither, n)
    a, b = divide(both + only_a, n), divide(both + only_b, n)
    mean = (a + b) / 2
    by_chance = a * b + (1 - a) * (1 - b)
    kappa = _beyond(percent, by_chance)
    ac1 = _beyond(percent, 2 * mean * (1 - mean))
    # Krippendorff's expected disagreement draws two of the 2n values without putting back.
    alpha = _beyond(percent, 1 - divide(2 * mean * (1 - mean) * 2 * n, 2 * n - 1))
    return np.stack([percent, kappa, 2 * percent - 1, ac1, alpha], axis=1)


def krippendorff_alpha(units: Iterable[Sequence[T | None]], distance: Callable[[T, T], float]) -> float:
    """Return Krippendorff's alpha for any number of coders.

    Args:
        units: for each unit what each coder says of it; `None` where a coder says nothing.
        distance: 0 for equal values, up to 1.

    Returns:
        1 for perfect agreement, 0 for chance; nan where all values are one and the same.
    """
    pairable = [[value for value in unit if value is not None] for unit in units]
    pairable = [values for values in pairable if len(values) > 1]
    counts = Counter(value for values in pairable for value in values)
    n = counts.total()
    observed = sum(_disagreement(Counter(values), distance) / (len(values) - 1) for values in pairable)
    expected = _disagreement(counts, distance) / (n - 1) if n > 1 else 0.0
    return 1 - observed / expected if expected else float("nan")


def nominal(one: Hashable, other: Hashable) -> float:
    """Return 0 for equal values, 1 for different ones."""
    return float(one != other)


def masi(one: Themes, other: Themes) -> float:
    """Return how far two sets are apart: 1 - Jaccard × monotonicity, from 0 (equal) to 1 (nothing in common).

    Monotonicity is 1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap, 0 where they don't.
    """
    if one == other:
        return 0.0
    shared = one & other
    monotonicity = 0.0 if not shared else 2 / 3 if one <= other or other <= one else 1 / 3
    return 1 - monotonicity * len(shared) / len(one | other)


def to_text(found: Agreement) -> str:
    """Return the agreement as a table of at most 80 columns: two lines for each unit, figures and their intervals."""
    return "\n".join(_lines(found)) + "\n"


@dataclass(frozen=True)
class _Draw:
    """Makes rows, with intervals drawn over clusters of passages."""

    clusters: "np.typing.NDArray[np.int64]"
    settings: Settings

    def row(self, unit: Literal["passage", "passage × theme"], theme: str | None, cells: Array) -> Row:
        total = cells.sum(axis=0)
        n = int(total.sum())
        return Row(
            unit=unit,
            theme=theme,
            n=n,
            prevalence_a=round(float(total[0] + total[1]) / n, 6),
            prevalence_b=round(float(total[0] + total[2]) / n, 6),
            coefficients=self._named(COEFFICIENTS, lambda weights: coefficients(weights @ cells)),
        )

    def sets(self, one: Sequence[Themes], other: Sequence[Themes]) -> Row:
        """Compare whole sets; the prevalence is that of passages with a theme at all."""
        return Row(
            unit="set of themes",
            theme=None,
            n=len(one),
            prevalence_a=round(sum(map(bool, one)) / len(one), 6),
            prevalence_b=round(sum(map(bool, other)) / len(other), 6),
            coefficients=self._named(("percent", "alpha"), _of_sets(one, other)),
        )

    def _named(self, names: Sequence[str], statistic: Statistic) -> dict[str, Coefficient]:
        values = statistic(np.ones((1, len(self.clusters))))[0]
        drawn = intervals(statistic, self.clusters, int(self.clusters.max()) + 1, self.settings)
        return {
            name: Coefficient(None if np.isnan(value) else round(float(value), 6), limits)
            for name, value, limits in zip(names, values, drawn, strict=True)
        }


def _of_sets(one: Sequence[Themes], other: Sequence[Themes]) -> Statistic:
    """Return the share of equal sets and alpha with MASI, the same as `krippendorff_alpha` but for weighted units."""
    pairs = [(x or NONE, y or NONE) for x, y in zip(one, other, strict=True)]
    values = sorted({value for pair in pairs for value in pair}, key=sorted)
    place = {value: number for number, value in enumerate(values)}
    distances = np.array([[masi(x, y) for y in values] for x in values])
    counts = np.zeros((len(pairs), len(values)))
    for unit, pair in enumerate(pairs):
        for value in pair:
            counts[unit, place[value]] += 1
    apart = np.array([masi(x, y) for x, y in pairs])
    equal = np.array([float(x == y) for x, y in pairs])

    def statistic(weights: Array) -> Array:
        n = weights.sum(axis=1)
        sums = weights @ counts
        expected = divide(np.einsum("dv,vw,dw->d", sums, distances, sums, optimize=True), 2 * n * (2 * n - 1))
        alpha = 1 - divide(divide(weights @ apart, n), expected)
        return np.stack([divide(weights @ equal, n), alpha], axis=1)

    return statistic


def _beyond(percent: Array, by_chance: Array) -> Array:
    """Return the agreement beyond chance; undefined where chance explains all, up to rounding."""
    room = np.where(np.abs(1 - by_chance) < 1e-12, 0.0, 1 - by_chance)
    return divide(percent - by_chance, room)


def _disagreement(counts: Counter[T], distance: Callable[[T, T], float]) -> float:
    """Return the sum of the distances of all ordered pairs of values."""
    return sum(n * m * distance(x, y) for x, n in counts.items() for y, m in counts.items() if x != y)


def _cell(in_a: bool, in_b: bool) -> tuple[float, float, float, float]:
    return float(in_a and in_b), float(in_a and not in_b), float(in_b and not in_a), float(not in_a and not in_b)


def _clusters(a: Coding, b: Coding, both: Sequence[str]) -> tuple[list[int], str]:
    groups = [a.groups.get(passage, b.groups.get(passage)) for passage in both]
    names = list(dict.fromkeys(groups))
    if None in names or len(names) < 2:
        return list(range(len(both))), f"{len(both)} passages"
    return [names.index(group) for group in groups], f"{len(names)} groups (meetings or documents)"


def _holds_tags(path: Path) -> bool:
    first = next(iter(jsonl.read(path, dict[str, object], code=ErrorCode.INVALID_LABELS)), {})
    return "passage_id" in first


def _from_labels(path: Path) -> Coding:
    labels = list(jsonl.read(path, Label, code=ErrorCode.INVALID_LABELS))
    twice = [passage for passage, n in Counter(label.id for label in labels).items() if n > 1]
    if twice:
        raise _invalid(f"{path}: passage {twice[0]!r} stands twice", "each passage once", "remove one of its lines")
    return Coding(
        str(path),
        {label.id: frozenset(label.themes) for label in labels},
        {label.id: label.group for label in labels if label.group is not None},
    )


def _from_tags(path: Path) -> Coding:
    tags = list(jsonl.read(path, Decision, code=ErrorCode.INVALID_LABELS))
    coders = sorted({tag.coder for tag in tags})
    if len(coders) > 1:
        raise _invalid(
            f"{path} with the tags of {', '.join(coders)}", "the tags of one coder", "put each coder's tags into a file"
        )
    found: dict[str, set[str]] = {passage.id: set() for passage in _coded(path.parent / "passages.jsonl")}
    groups = {passage.id: passage.document_id for passage in _coded(path.parent / "passages.jsonl")}
    for tag in tags:
        found.setdefault(tag.passage_id, set()).update({tag.theme} if tag.decision == "yes" else ())
        if tag.document_id is not None:
            groups[tag.passage_id] = tag.document_id
    return Coding(str(path), {passage: frozenset(themes) for passage, themes in found.items()}, groups)


def _coded(path: Path) -> Iterator[Passage]:
    if path.is_file():
        passages = jsonl.read(path, Passage)
        yield from (passage for passage in passages if is_coded(passage) and passage.duplicate_of is None)


def _invalid(found: str, expected: str, do: str) -> PipelineError:
    return PipelineError(ErrorCode.INVALID_LABELS, found=found, expected=expected, do=do)


def _lines(found: Agreement) -> Iterator[str]:
    yield from wrapped(f"Agreement of A ({found.a}) and B ({found.b}).")
    yield from wrapped(
        f"Rule: {found.rule} ({found.n_both}). Left out: {found.n_only_a} only in A, {found.n_only_b} only in B."
    )
    yield ""
    yield _columns("unit", COEFFICIENTS)
    for row in found.rows:
        yield from _row_lines(row)
    yield ""
    few = f" Fewer than {FEW}: the intervals are too narrow." if found.few else ""
    yield from wrapped(
        f"Intervals: {found.settings.confidence:.0%}, {found.settings.bootstrap:,} resamples over {found.drawn_over}, "
        f"seed {found.settings.seed}.{few} A, B: share of units to which a coder gives the theme; for sets, a theme at "
        "all. alpha: nominal; for sets of themes with MASI. –: undefined, since one coder or both never vary."
    )


def _row_lines(row: Row) -> Iterator[str]:
    held = [row.coefficients.get(name) for name in COEFFICIENTS]
    values = ["" if one is None else "–" if one.value is None else number(one.value) for one in held]
    limits = ["" if one is None else interval(one.interval) for one in held]
    prevalence = f"  n {row.n}, A {number(row.prevalence_a)}, B {number(row.prevalence_b)}"
    yield _columns(row.theme or f"all themes, {row.unit}", values)
    yield _columns(prevalence, limits)


def _columns(name: str, cells: Sequence[str]) -> str:
    return (f"{name:<{NAME}}" + "".join(f" {cell:>9}" for cell in cells)).rstrip()
