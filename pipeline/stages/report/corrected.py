"""Counts of themes corrected for the errors of the model, added to the tables."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.learning.held_out import Sample
from pipeline.learning.prevalence import Prevalence, Tally
from pipeline.stages.report.tables import Grouping, Line, Table, ThemeView
from pipeline.stages.report.views import DocumentView, PassageView

_ALL = ""
Keys = Callable[[DocumentView, Sequence[str]], list[str]]


class Corrections:
    """Corrects the tables of one report."""

    def __init__(self, documents: Sequence[DocumentView], prevalence: Prevalence, sample: Sample) -> None:
        self._documents = documents
        self._prevalence = prevalence
        self._sample = sample

    @property
    def sampled(self) -> int:
        """How many passages of the random sample are among those counted."""
        counted = (passage for document in self._documents for passage in document.passages if passage.counted)
        return sum(passage.id in self._sample.labels for passage in counted)

    def of_themes(self, views: Sequence[ThemeView]) -> list[ThemeView]:
        """Correct the counts over the whole corpus."""
        tallies = self._tallies([view.theme.id for view in views], lambda *_: [_ALL])
        estimates = [self._prevalence.estimate(view.theme.id, tallies[_ALL, view.theme.id]) for view in views]
        return [
            replace(view, cell=replace(view.cell, corrected=estimate))
            for view, estimate in zip(views, estimates, strict=True)
        ]

    def of_table(self, table: Table, groups: Grouping) -> Table:
        """Correct the counts by group."""
        themes = [column.key for column in table.columns]
        tallies = self._tallies(themes, lambda document, sites: [group.key for group in groups(document, sites)])
        lines = [self._line(line, themes, tallies) for line in table.lines]
        return replace(table, lines=lines)

    def _line(self, line: Line, themes: Sequence[str], tallies: dict[tuple[str, str], Tally]) -> Line:
        cells = [
            replace(cell, corrected=self._prevalence.estimate(theme, tallies[line.group.key, theme]))
            for theme, cell in zip(themes, line.cells, strict=True)
        ]
        return replace(line, cells=cells)

    def _tallies(self, themes: Sequence[str], groups: Keys) -> dict[tuple[str, str], Tally]:
        tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
        for document in self._documents:
            for passage in document.passages:
                for key in dict.fromkeys(groups(document, passage.sites)) if passage.counted else ():
                    for theme in themes:
                        self._add(tallies[key, theme], document.anchor, passage, theme)
        return tallies

    def _add(self, tally: Tally, document: str, passage: PassageView, theme: str) -> None:
        if theme in passage.settled:
            tally.add_settled(document, yes=theme in passage.decided)
        else:
            # The errors of the model were counted at the threshold from which it asks for review.
            leaning = any(code.column == theme for code in passage.themes)
            tally.add(document, yes=leaning, sampled=self._sample.of(passage.id, theme, model=leaning))
