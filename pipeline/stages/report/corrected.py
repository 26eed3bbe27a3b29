"""Counts of themes corrected for the errors of the model, added to the tables."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from pipeline.learning.held_out import Sample
from pipeline.learning.prevalence import Estimate, Prevalence, Tally
from pipeline.stages.report.tables import (
    Cell,
    Grouping,
    Line,
    Table,
    ThemeView,
    document_groups,
    site_groups,
    year_groups,
)
from pipeline.stages.report.views import DocumentView, PassageView

_ALL = ("", "")
_GROUPINGS: dict[str, Grouping] = {"document": document_groups, "site": site_groups, "year": year_groups}


class Tallies:
    """Collects, document by document, what corrects the tables of one report. `sampled`: judged passages counted."""

    def __init__(self, themes: Sequence[str], sample: Sample) -> None:
        self._themes = list(themes)
        self._sample = sample
        self._tallies: dict[tuple[str, str, str], Tally] = defaultdict(Tally)
        self.sampled = 0

    def add(self, document: DocumentView) -> None:
        """Note the decisions about the passages of a document."""
        for passage in document.passages:
            if passage.counted:
                self.sampled += passage.id in self._sample.labels
                keys = {
                    (name, group.key)
                    for name, groups in _GROUPINGS.items()
                    for group in groups(document, passage.sites)
                }
                ordered = sorted(keys | {_ALL})
                for theme in self._themes:
                    self._add(ordered, document.anchor, passage, theme)

    def _add(self, keys: Sequence[tuple[str, str]], document: str, passage: PassageView, theme: str) -> None:
        # The errors of the model were counted at the threshold from which it asks for review.
        leaning = any(code.column == theme for code in passage.themes)
        settled = theme in passage.settled
        judged = self._sample.of(passage.id, theme, model=leaning)
        for key in keys:
            tally = self._tallies[*key, theme]
            if settled:
                tally.add_settled(document, yes=theme in passage.decided)
            else:
                tally.add(document, yes=leaning, sampled=judged)

    def of(self, table: str, group: str, theme: str) -> Tally | None:
        """Return the decisions about a theme in a group; `None`: it was not asked for."""
        return self._tallies.get((table, group, theme))


class Corrections:
    """Corrects the tables of one report."""

    def __init__(self, tallies: Tallies, prevalence: Prevalence) -> None:
        self._tallies = tallies
        self._prevalence = prevalence

    def of_themes(self, views: Sequence[ThemeView]) -> list[ThemeView]:
        """Correct the counts over the whole corpus."""
        return [replace(view, cell=self._cell(view.cell, *_ALL, view.theme.id)) for view in views]

    def of_table(self, table: Table, name: str) -> Table:
        """Correct the counts by "document", "site" or "year"."""
        return replace(table, lines=[self._line(line, name, table) for line in table.lines])

    def _line(self, line: Line, name: str, table: Table) -> Line:
        cells = [
            self._cell(cell, name, line.group.key, column.key)
            for column, cell in zip(table.columns, line.cells, strict=True)
        ]
        return replace(line, cells=cells)

    def _cell(self, cell: Cell, table: str, group: str, theme: str) -> Cell:
        tally = self._tallies.of(table, group, theme)
        if tally is None and cell.n:
            return replace(cell, corrected=Estimate(why="the theme is not in this codebook"))
        return replace(cell, corrected=self._prevalence.estimate(theme, tally or Tally()))
