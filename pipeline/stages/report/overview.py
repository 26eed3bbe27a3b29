"""What stands out, in sentences that follow from the counts by fixed rules; nothing else is said.

Worked example:

    The most common theme is equity: 40 of 100 passages (40%, 95% interval 31–50%).
    2 of 20 practices have no matched quote; practice 12 has most: 9 quotes in 4 documents.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from pipeline.stages.report.tables import AreaCoverage, Cell, Line, Pair, PracticeCoverage, Table, ThemeView
from pipeline.stages.report.views import DocumentRow
from pipeline.stages.report.words import percent, span

_SEVERAL: Final = {
    "Meeting summary": "meeting summaries",
    "Minutes": "sets of minutes",
    "News": "news items",
    "Other": "other documents",
}
_ONE: Final = {"Minutes": "set of minutes", "News": "news item", "Other": "other document"}

FEWEST: Final = 30
"""Passages below which a group is not compared."""
LEVEL: Final = 0.05
"""Chance of at least one difference where there is none (Bonferroni), passages taken as independent."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence. `find`: what to look for in the words behind it; `place`: where its numbers stand."""

    text: str
    place: str
    find: dict[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A group whose share of a theme is unlike that of all others together."""

    line: Line
    theme: int
    cell: Cell
    others: Cell

    @property
    def z(self) -> float:
        """How many standard errors the two shares lie apart."""
        return z_of(self.cell, self.others)


def corpus_in_words(documents: Sequence[DocumentRow], sites: int) -> str:
    """Say what the corpus is: kinds, years, sites."""
    kinds: dict[str, int] = {}
    for document in documents:
        kinds[document.kind] = kinds.get(document.kind, 0) + 1
    ordered = sorted(kinds.items(), key=lambda entry: (-entry[1], entry[0]))
    years = sorted({document.year for document in documents if document.year})
    told = ", ".join(f"{n:,} {kind_named(kind, n)}" for kind, n in ordered)
    when = f"from {years[0]} to {years[-1]}" if len(years) > 1 else f"from {years[0]}" if years else ""
    where = f"naming {sites:,} site{'' if sites == 1 else 's'}" if sites else ""
    return "; ".join(part for part in (told, when, where) if part)


def statements(
    themes: Sequence[ThemeView], by_site: Table, by_year: Table, pairs: Sequence[Pair], areas: Sequence[AreaCoverage]
) -> list[Statement]:
    """Return what the counts bear out."""
    found = [
        _most_common(themes),
        _unlike(by_site, "site", "At"),
        _unlike(by_year, "year", "In"),
        _meeting(pairs),
        _coverage(areas),
    ]
    return [statement for statement in found if statement]


def kind_named(kind: str, n: int) -> str:
    """Write a kind of document in as many words as it takes after a number."""
    plain = kind.lower()
    return _ONE.get(kind, plain) if n == 1 else _SEVERAL.get(kind, plain + "s")


def z_of(cell: Cell, others: Cell) -> float:
    """Return how many standard errors two shares lie apart (pooled); 0 where nothing can be told.

    >>> round(z_of(Cell(20, 0, 40), Cell(20, 0, 100)), 1)
    3.5
    """
    n, m = cell.n, others.n
    if not n or not m:
        return 0.0
    pooled = (cell.yes + others.yes) / (n + m)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return (cell.share - others.share) / error if error else 0.0


def _most_common(themes: Sequence[ThemeView]) -> Statement | None:
    ordered = sorted(themes, key=lambda view: -view.cell.yes)
    if not ordered or not ordered[0].cell.yes:
        return None
    first = ordered[0]
    text = f"The theme found most often is {_lower(first.theme.name)}: {_share(first.cell)}."
    if len(ordered) > 1 and ordered[1].cell.interval[1] >= first.cell.interval[0] and ordered[1].cell.yes:
        text += f" Chance alone could put {_lower(ordered[1].theme.name)} ({percent(ordered[1].cell.share)}) before it."
    return Statement(text, "themes", {"unit": "passage", "theme": first.theme.id, "decision": "yes"})


def _unlike(table: Table, what: str, word: str) -> Statement | None:
    """Tell of the group and theme that differ most from all others, if chance would hardly do that."""
    held = [line for line in table.lines if line.n >= FEWEST]
    tests = [_difference(line, table, i) for line in held for i in range(len(table.columns))] if len(held) > 1 else []
    best = max(tests, key=lambda test: test.z, default=None)
    if best is None or best.z < NormalDist().inv_cdf(1 - LEVEL / 2 / len(tests)):
        return None
    column = table.columns[best.theme]
    text = (
        f"{word} {best.line.group.label}, {_lower(column.name)} is more common than elsewhere: {_share(best.cell)}, "
        f"against {percent(best.others.share)} of {best.others.n:,} elsewhere. Passages of one document hang together, "
        "so take this as a lead to read."
    )
    find = {"unit": "passage", "theme": column.key, what: best.line.group.key, "decision": "yes"}
    return Statement(text, f"themes-by-{what}", find)


def _difference(line: Line, table: Table, theme: int) -> Difference:
    others = [other for other in table.lines if other.group.key != line.group.key]
    rest = Cell(sum(other.cells[theme].yes for other in others), 0, sum(other.n for other in others))
    return Difference(line, theme, line.cells[theme], rest)


def _meeting(pairs: Sequence[Pair]) -> Statement | None:
    held = [pair for pair in pairs if pair.low > 1]
    if not held:
        return None
    pair = max(held, key=lambda pair: (pair.low, pair.first.key))
    text = (
        f"{pair.first.name} and {_lower(pair.second.name)} meet in {pair.both:,} passages, {pair.lift:.1f} times as "
        f"often as if they had nothing to do with each other (95% interval {pair.low:.1f}–{pair.high:.1f})."
    )
    return Statement(text, "themes-together", {"unit": "passage", "theme": pair.first.key, "decision": "yes"})


def _coverage(areas: Sequence[AreaCoverage]) -> Statement | None:
    practices = [practice for area in areas for practice in area.practices]
    silent = [held for held in practices if not held.matched]
    if not practices:
        return None
    text = f"{len(silent):,} of {len(practices):,} practices of the rubric have no matched quote"
    best = max(practices, key=lambda held: held.matched)
    if not best.matched:
        return Statement(text + ".", "coverage", {"unit": "quote"})
    return Statement(f"{text}; {_most(best)}.", "coverage", _evidence(best))


def _most(best: PracticeCoverage) -> str:
    quotes = f"{best.matched:,} quote{'' if best.matched == 1 else 's'}"
    documents = f"{best.documents:,} document{'' if best.documents == 1 else 's'}"
    return f"practice {best.practice.id} has most: {quotes} in {documents}"


def _evidence(best: PracticeCoverage) -> dict[str, str]:
    return {"unit": "quote", "practice": best.practice.id, "decision": "yes"}


def _share(cell: Cell) -> str:
    told = f"{cell.yes:,} of {cell.n:,} passages ({percent(cell.share)}, 95% interval {span(*cell.interval)}"
    known = cell.corrected
    if known is not None and known.share is not None and known.low is not None and known.high is not None:
        told += f"; corrected for the model’s errors {percent(known.share)}, {span(known.low, known.high)}"
    return told + ")"


def _lower(name: str) -> str:
    """Write a name inside a sentence; one with further capitals is left as it is."""
    return name.lower() if name[1:] == name[1:].lower() else name
