"""The rows of an evaluation, and the units that they are counted from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import numpy as np

from pipeline.config import Settings
from pipeline.learning.evaluation import measures
from pipeline.learning.evaluation.fitting import Fit
from pipeline.learning.evaluation.measures import Figure, Statistic, Units


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. `n`: what `of` names; `figures`: by name, the main one last; `note`: why none."""

    name: str
    n: int
    of: str
    figures: dict[str, Figure] = {}
    note: str | None = None

    @property
    def main(self) -> Figure | None:
        """The figure that the interval in the table belongs to."""
        return list(self.figures.values())[-1] if self.figures else None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Rows on one question, with the answer in a line."""

    name: str
    headline: str
    rows: list[Row] = []


class Unit(NamedTuple):
    """Something that is counted: in which document, at which block, and its counts."""

    document: int
    block: int
    counts: tuple[float, ...]


@dataclass(frozen=True)
class Scorer:
    """Makes rows out of units."""

    fits: Sequence[Fit]
    settings: Settings

    def prf(self, name: str, units: Sequence[Unit], of: str) -> Row:
        """Return precision, recall and F1 of units that count (right, predicted, gold)."""
        counts = _table(units, 3)
        found = self._figures(measures.precision_recall_f1(counts), units)
        named = dict(zip(("precision", "recall", "f1"), found, strict=True))
        return Row(name=name, n=int(counts[:, 2].sum()), of=of, figures=named)

    def share(self, name: str, units: Sequence[Unit], of: str) -> Row:
        """Return the share of units that count (part, whole)."""
        counts = _table(units, 2)
        (found,) = self._figures(measures.share(counts), units)
        return Row(name=name, n=int(counts[:, 1].sum()), of=of, figures={"share": found})

    def one(self, name: str, figure_name: str, statistic: Statistic, units: Sequence[Unit], n: int, of: str) -> Row:
        """Return a single figure of a statistic of these units."""
        (found,) = self._figures(statistic, units)
        return Row(name=name, n=n, of=of, figures={figure_name: found})

    def _figures(self, statistic: Statistic, units: Sequence[Unit]) -> list[Figure]:
        stride = 1 + max(len(fit.gold.blocks) for fit in self.fits)
        sections = [unit.document * stride + self.fits[unit.document].section(unit.block) for unit in units]
        places = Units(
            np.array([unit.document for unit in units], dtype=np.int64),
            np.array(sections, dtype=np.int64),
            len(self.fits),
        )
        return measures.figures(statistic, places, self.settings)


def _table(units: Sequence[Unit], width: int) -> measures.Array:
    return np.array([unit.counts for unit in units], dtype=float).reshape(len(units), width)


def shown(figure: Figure | None) -> str:
    """Write a figure with two decimals, without the zero before the point; a dash where it is undefined."""
    if figure is None or figure.value is None:
        return "–"
    return number(figure.value)


def number(value: float) -> str:
    """Write a number with two decimals, without the zero before the point."""
    text = f"{value:.2f}"
    return "1.0" if text == "1.00" else text.replace("0.", ".", 1)
