"""Counts of themes corrected for the errors of the model, added to the tables."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import msgspec
import numpy as np

from pipeline.learning.prevalence import FEWEST_PASSAGES, TOO_FEW, Estimate, Prevalence, Sampled
from pipeline.stages.report.tables import Cell, Line, Table, ThemeView

Tallied = tuple[bytes, list[list[Sampled]]]
"""Decisions about the themes of the codebook in some passages of a document.

For each theme `COUNTS` counts as 32-bit integers; for each theme what a person said of passages drawn at random, or
nothing for all of them.
"""
Corrected = list[Estimate]
"""An estimate for each theme of the codebook."""
Remember = Callable[[str, Callable[[], Corrected]], Corrected]
"""Returns what is kept under a name, or makes it."""

COUNTS: Final = 4
"""Passages that the model decided, its yes; passages that a person decided, their yes: as `prevalence.Tally`."""
ALL: Final = ("", "")
_UNLISTED: Final = Estimate(why="the theme is not in this codebook")


def estimates(tallied: Sequence[Tallied], themes: Sequence[str], prevalence: Prevalence) -> Corrected:
    """Correct the shares of the themes in some passages, given by document."""
    counts = np.frombuffer(b"".join(tally for tally, _ in tallied), dtype="<i4").reshape(-1, len(themes), COUNTS)
    if not len(themes) or counts[:, 0, [0, 2]].sum() < FEWEST_PASSAGES:
        return [TOO_FEW for _ in themes]
    columns = counts.astype(np.float64)
    samples = [sample for _, sample in tallied if sample]
    return [
        prevalence.estimate_of(theme, columns[:, j], [one for sample in samples for one in sample[j]])
        for j, theme in enumerate(themes)
    ]


class Corrections:
    """Collects decisions, document by document, and corrects the tables of one report by them."""

    def __init__(self, themes: Sequence[str]) -> None:
        self._themes = list(themes)
        self._groups: dict[tuple[str, str], list[Tallied]] = defaultdict(list)
        self._corrected: dict[tuple[str, str], Corrected] = {}

    def add(self, groups: Iterable[tuple[str, str]], tallied: Tallied) -> None:
        """Note the decisions in passages of a document. `groups`: those that they belong to, as table and key."""
        for group in groups:
            self._groups[group].append(tallied)

    def note(self, table: str, key: str, corrected: Corrected) -> None:
        """Take the corrected shares of a group as known."""
        self._corrected[table, key] = corrected

    def correct(self, prevalence: Prevalence, remember: Remember) -> None:
        """Correct the shares of all groups that are not known yet."""
        for group, tallied in self._groups.items():
            self._corrected[group] = remember(_digest(tallied), partial(estimates, tallied, self._themes, prevalence))
        self._groups.clear()

    def of_themes(self, views: Sequence[ThemeView]) -> list[ThemeView]:
        """Correct the counts over the whole corpus."""
        cells = self._cells([view.cell for view in views], self._corrected.get(ALL, []))
        return [replace(view, cell=cell) for view, cell in zip(views, cells, strict=True)]

    def of_table(self, table: Table, name: str) -> Table:
        """Correct the counts by "document", "site" or "year"."""
        lines = [
            Line(line.group, line.n, self._cells(line.cells, self._corrected.get((name, line.group.key), [])))
            for line in table.lines
        ]
        return replace(table, lines=lines)

    def _cells(self, cells: Sequence[Cell], known: Corrected) -> list[Cell]:
        unlisted = [_UNLISTED if cell.n else TOO_FEW for cell in cells[len(known) :]]
        return [
            Cell(cell.yes, cell.review, cell.n, corrected)
            for cell, corrected in zip(cells, [*known, *unlisted], strict=True)
        ]


def _digest(tallied: Sequence[Tallied]) -> str:
    digest = hashlib.sha256(msgspec.msgpack.encode([sample for _, sample in tallied if sample]))
    for tally, _ in tallied:
        digest.update(tally)
    return digest.hexdigest()
