"""Coders in, figures with intervals out: for each unit a row per theme, one over every theme, one over whole sets.

Two coders have all coefficients; more have Krippendorff's alpha, which bears with passages that some did not code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.codebook import Codebook
from pipeline.config import Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning.agreement.codings import Coding, Places
from pipeline.learning.agreement.coefficients import (
    COEFFICIENTS,
    NONE,
    Themes,
    alpha_of_values,
    binary_alpha,
    masi,
    of_tables,
)
from pipeline.learning.agreement.disagreements import Counts, count, disagreements
from pipeline.learning.agreement.units import UNITS, Unit, counted, left_open, raised, rule, unit_of
from pipeline.learning.evaluation.measures import Array, Interval, Statistic, intervals, joined, share

FEW = 10
"""Groups or units below which intervals drawn over them are too narrow."""

Said = Sequence[Themes | None]
"""What each coder says of a unit; `None`: did not code it."""


class Coefficient(msgspec.Struct, frozen=True):
    """A coefficient with its interval; `None`: undefined."""

    value: float | None
    interval: Interval | None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of figures. `n`: units; `prevalence`: for each coder, the share of the units coded that have the theme.

    `of`: a single theme; every theme, counted together; or sets of themes, where prevalence is that of any theme.
    """

    unit: Unit
    of: Literal["theme", "every theme", "set of themes"]
    theme: str | None
    n: int
    prevalence: list[float | None]
    coefficients: dict[str, Coefficient]
    rule: str


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """All figures on one unit. `unplaced`: passages of which nobody knows the segment or document, left out.

    `drawn_over`: what the intervals are drawn over; `few`: too few for them.
    """

    unit: Unit
    rule: str
    n: int
    unplaced: int
    drawn_over: str
    few: bool
    rows: list[Row]


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How far some coders agree. `n`: passages that count; `left_out`: of each coder, those that nobody else coded.

    `unknown`: units left out, since no file tells where the passages stand, or since no passage was coded by all.
    """

    coders: list[str]
    n: int
    left_out: list[int]
    levels: list[Level]
    unknown: list[Unit]
    disagreements: Counts | None
    settings: Settings


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All coders with one another. `overall`: `None` for two coders; `apart`: pairs without a passage in common."""

    coders: list[str]
    pairs: list[Agreement]
    overall: Agreement | None
    apart: list[tuple[str, str]]


def compare_all(
    codings: Sequence[Coding],
    settings: Settings,
    codebook: Codebook | None = None,
    units: Sequence[Unit] = (),
    places: Places | None = None,
) -> Comparison:
    """Return the agreement of each pair of coders, and of all of them if there are more than two.

    Args:
        codings: two coders at least.
        settings: resamples, level and seed of the intervals.
        codebook: the themes to list and their order; `None`: those that a coder uses, by name.
        units: what to compare; none: all units that are known.
        places: where passages stand, beyond what the files of the coders tell.

    Raises:
        PipelineError: no two of them have a passage in common, or a unit that was asked for is not known.
    """
    pairs = list(combinations(codings, 2))
    apart = [(a.name, b.name) for a, b in pairs if not a.grades.keys() & b.grades.keys()]
    compared = [
        compare(pair, settings, codebook, units, places)
        for pair in pairs
        if (pair[0].name, pair[1].name) not in apart or len(pairs) == 1
    ]
    return Comparison(
        coders=[coding.name for coding in codings],
        pairs=compared,
        overall=compare(codings, settings, codebook, units, places) if len(codings) > 2 else None,
        apart=apart,
    )


def compare(
    codings: Sequence[Coding],
    settings: Settings,
    codebook: Codebook | None = None,
    units: Sequence[Unit] = (),
    places: Places | None = None,
) -> Agreement:
    """Return the agreement of two or more coders; arguments and errors as in `compare_all`."""
    passages = counted(codings, "passage")
    if not passages:
        raise _nothing_in_common(codings)
    where = reduce(Places.__or__, [coding.places for coding in codings], Places()) | (places or Places())
    themes = codebook.ids if codebook is not None else _used(codings, passages)
    levels = [_level(unit, codings, where, themes, settings) for unit in UNITS if not units or unit in units]
    known = [level for level in levels if level.n]
    if not known or (units and len(known) < len(levels)):
        raise _unknown_unit(next(level.unit for level in levels if not level.n))
    pair = codings if len(codings) == 2 else None
    return Agreement(
        coders=[coding.name for coding in codings],
        n=len(passages),
        left_out=[len(coding.grades.keys() - set(passages)) for coding in codings],
        levels=known,
        unknown=[level.unit for level in levels if not level.n],
        disagreements=count(disagreements(pair[0], pair[1], known[0].unit, places)) if pair else None,
        settings=settings,
    )


def _used(codings: Sequence[Coding], passages: Sequence[str]) -> list[str]:
    return sorted({theme for one in codings for passage in passages for theme in one.grades.get(passage, ())})


def _level(unit: Unit, codings: Sequence[Coding], places: Places, themes: Sequence[str], settings: Settings) -> Level:
    passages = counted(codings, unit)
    members = unit_of(unit, passages, places)
    grades = [raised(coding.grades, members) for coding in codings]
    names = list(dict.fromkeys(members.values()))
    said = [[frozenset(one[name]) if name in one else None for one in grades] for name in names]
    opened = [left_open(coding, members) for coding in codings]
    not_judged = [[one.get(name, frozenset()) for one in opened] for name in names]
    clusters, drawn_over = _clusters(names, {name: passage for passage, name in members.items()}, places, unit)
    has_open = any(themes for unit_open in not_judged for themes in unit_open)
    text = rule(unit, len(codings), has_open=has_open)
    draw = _Draw(unit, text, said, not_judged, np.array(clusters, dtype=np.int64), settings)
    return Level(
        unit=unit,
        rule=draw.rule,
        n=len(names),
        unplaced=len(passages) - len(members),
        drawn_over=drawn_over,
        few=len(set(clusters)) < FEW,
        rows=draw.rows(themes) if names else [],
    )


def _clusters(names: Sequence[str], passage_in: Mapping[str, str], places: Places, unit: Unit) -> tuple[list[int], str]:
    """Number what units are drawn together: those of one group, or else of one document, or else each by itself."""
    for known, plural in ((places.group, "groups (meetings or documents)"), (places.document, "documents")):
        held = [known.get(passage_in[name]) for name in names]
        numbers = {name: number for number, name in enumerate(dict.fromkeys(held))}
        if None not in numbers and len(numbers) > 1:
            return [numbers[name] for name in held], f"{len(numbers)} {plural}"
    return list(range(len(names))), f"{len(names)} {unit}s"


@dataclass(frozen=True)
class _Draw:
    """Makes rows, with intervals drawn over clusters of units. `open`: themes that each coder has not judged."""

    unit: Unit
    rule: str
    said: Sequence[Said]
    open: Sequence[Sequence[Themes]]
    clusters: npt.NDArray[np.int64]
    settings: Settings

    def rows(self, themes: Sequence[str]) -> list[Row]:
        """Return a row for each theme, one for every theme together, one for sets."""
        has: npt.NDArray[np.bool_] = np.array(
            [[[theme in (said or ()) for theme in themes] for said in unit] for unit in self.said], dtype=bool
        )
        has = has.reshape(len(self.said), len(self.said[0]), len(themes))
        judged = self._judged(themes)
        has &= judged
        groups = [[place] for place in range(len(themes))] + ([[*range(len(themes))]] if themes else [])
        found = self._coefficients(judged, has, groups) if themes else []
        rows = [
            self._row(theme, judged[:, :, places], has[:, :, places], coefficients_)
            for theme, places, coefficients_ in zip((*themes, None), groups, found, strict=False)
        ]
        return [*rows, self._closed()._sets()]

    def _judged(self, themes: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Return who judged which theme of which unit, shape (units, coders, themes); by one coder alone: nobody."""
        judged: npt.NDArray[np.bool_] = np.array(
            [
                [
                    [said is not None and theme not in left for theme in themes]
                    for said, left in zip(unit, unit_open, strict=True)
                ]
                for unit, unit_open in zip(self.said, self.open, strict=True)
            ],
            dtype=bool,
        ).reshape(len(self.said), len(self.said[0]), len(themes))
        compared: npt.NDArray[np.bool_] = np.logical_and(judged, judged.sum(axis=1, keepdims=True) > 1)
        return compared

    def _closed(self) -> "_Draw":
        """Return what whole sets are compared on: units of which two coders at least left nothing open."""
        said = [
            [None if left else themes for themes, left in zip(unit, unit_open, strict=True)]
            for unit, unit_open in zip(self.said, self.open, strict=True)
        ]
        kept = [i for i, unit in enumerate(said) if sum(themes is not None for themes in unit) > 1]
        _, clusters = np.unique(self.clusters[kept], return_inverse=True)
        return replace(
            self, said=[said[i] for i in kept], open=[self.open[i] for i in kept], clusters=clusters.astype(np.int64)
        )

    def _coefficients(
        self, judged: npt.NDArray[np.bool_], has: npt.NDArray[np.bool_], groups: Sequence[Sequence[int]]
    ) -> list[dict[str, Coefficient]]:
        """Return the coefficients of groups of themes, each counted together; the same draws serve for all.

        Args:
            judged: who judged which theme of which unit, shape (units, coders, themes).
            has: who gives it, same shape.
            groups: the places of their themes.
        """
        names: Sequence[str] = COEFFICIENTS if judged.shape[1] == 2 else ("alpha",)
        if judged.shape[1] == 2:
            both = np.logical_and(judged[:, 0], judged[:, 1])
            cells = _cells(has) * both[:, :, None]
            tables = np.stack([cells[:, places].sum(axis=1) for places in groups], axis=1)
            statistic = of_tables(tables)
        else:
            coders, having = judged.sum(axis=1).astype(float), has.sum(axis=1).astype(float)
            statistic = joined([binary_alpha(coders[:, places], having[:, places]) for places in groups])
        found = self._drawn(statistic)
        n = len(names)
        return [dict(zip(names, found[k * n : (k + 1) * n], strict=True)) for k in range(len(groups))]

    def _row(
        self,
        theme: str | None,
        judged: npt.NDArray[np.bool_],
        has: npt.NDArray[np.bool_],
        found: dict[str, Coefficient],
    ) -> Row:
        """`judged`, `has`: shape (units, coders, themes). `theme`: `None`: every theme."""
        return Row(
            unit=self.unit,
            of="every theme" if theme is None else "theme",
            theme=theme,
            n=int(judged.any(axis=1).sum()),
            prevalence=_shares(has.sum(axis=(0, 2)), judged.sum(axis=(0, 2))),
            coefficients=found,
            rule=self.rule,
        )

    def _sets(self) -> Row:
        """Compare whole sets."""
        if not self.said:
            return Row(
                unit=self.unit,
                of="set of themes",
                theme=None,
                n=0,
                prevalence=[],
                coefficients={"alpha": Coefficient(None, None)},
                rule=self.rule,
            )
        coded = np.array([[said is not None for said in unit] for unit in self.said])
        values = [[said or NONE for said in unit if said is not None] for unit in self.said]
        names, statistics = ["alpha"], [alpha_of_values(values, masi)]
        if coded.shape[1] == 2:
            equal = np.array([[float(one == other), 1.0] for one, other in values])
            names, statistics = ["percent", "alpha"], [share(equal), *statistics]
        found = dict(zip(names, self._drawn(joined(statistics)), strict=True))
        any_theme = np.array([[bool(said) for said in unit] for unit in self.said])
        return Row(
            unit=self.unit,
            of="set of themes",
            theme=None,
            n=len(values),
            prevalence=_shares(any_theme.sum(axis=0), coded.sum(axis=0)),
            coefficients=found,
            rule=self.rule,
        )

    def _drawn(self, statistic: Statistic) -> list[Coefficient]:
        values = statistic(np.ones((1, len(self.clusters))))[0]
        drawn = intervals(statistic, self.clusters, int(self.clusters.max()) + 1, self.settings)
        return [
            Coefficient(None if np.isnan(value) else round(float(value), 6), limits)
            for value, limits in zip(values, drawn, strict=True)
        ]


def _cells(has: npt.NDArray[np.bool_]) -> Array:
    """Return fourfold tables of two coders, shape (units, themes, 4)."""
    a, b = has[:, 0], has[:, 1]
    return np.stack([a & b, a & ~b, ~a & b, ~a & ~b], axis=2).astype(float)


def _shares(having: npt.NDArray[np.int64], of: npt.NDArray[np.int64]) -> list[float | None]:
    return [round(part / whole, 6) if whole else None for part, whole in zip(having.tolist(), of.tolist(), strict=True)]


def _nothing_in_common(codings: Sequence[Coding]) -> PipelineError:
    return PipelineError(
        ErrorCode.INVALID_LABELS,
        found=f"no passage that stands in both {' and '.join(coding.name for coding in codings[:2])}",
        expected="coders who coded the same passages, with the same ids",
        do="check that all come from one export, before ids changed",
    )


def _unknown_unit(unit: Unit) -> PipelineError:
    return PipelineError(
        ErrorCode.INVALID_LABELS,
        found=f"no {unit} that is known to hold passages which all these coders coded",
        expected="tags with document_id and segment_id, or labels of passages of an outputs folder",
        do="name that folder with --outputs",
    )
