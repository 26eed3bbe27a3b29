"""Scores themes, block by block: what the pipeline decided on a block's passages against the labels of people.

A block has a theme when one of its passages has it. A label that one annotator alone gave is disputed: neither right
nor wrong. A text that stands twice in the corpus counts once: a block whose passages all repeat a passage that is
counted is left out. A block that was not found in the document, or has no passage, has no predicted theme. Themes on
text that gold does not judge (headings, and what stands in no block) are not counted either way.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.learning.evaluation import measures
from pipeline.learning.evaluation.fitting import Fit
from pipeline.learning.evaluation.gold import GoldThemes
from pipeline.learning.evaluation.rows import Group, Row, Scorer, Unit, shown
from pipeline.records import Passage, Tag

LEAST_POSITIVES = 15
"""Positive labels below which a theme's figure says nothing."""

Grid = npt.NDArray[np.bool_]


class Judged(NamedTuple):
    """A block that gold judges, and the tags of its passages."""

    document: int
    block: int
    gold: GoldThemes
    tags: list[Tag]


@dataclass(frozen=True)
class Table:
    """All judged blocks by all themes; the arrays have the shape (blocks, themes). `known`: not disputed."""

    judged: list[Judged]
    themes: list[str]
    n_duplicates: int

    @cached_property
    def grade(self) -> npt.NDArray[np.int64]:
        """0, 1 or 2."""
        return np.array(
            [[entry.gold.themes.get(theme, 0) for theme in self.themes] for entry in self.judged], dtype=np.int64
        ).reshape(len(self.judged), len(self.themes))

    @cached_property
    def known(self) -> Grid:
        """Whether the label is undisputed."""
        return self._grid(lambda entry: set(self.themes) - set(entry.gold.disputed))

    @cached_property
    def yes(self) -> Grid:
        """Whether a passage was decided yes."""
        return self._grid(lambda entry: {tag.theme for tag in entry.tags if tag.decision == "yes"})

    @cached_property
    def yes_or_review(self) -> Grid:
        """Whether a passage was decided yes or left for review."""
        return self._grid(lambda entry: {tag.theme for tag in entry.tags if tag.decision != "no"})

    @cached_property
    def p(self) -> measures.Array:
        """The highest probability on a passage of the block; 0 where none was written."""
        rows = [{tag.theme: tag.p for tag in sorted(entry.tags, key=lambda tag: tag.p)} for entry in self.judged]
        return np.array([[row.get(theme, 0.0) for theme in self.themes] for row in rows], dtype=float).reshape(
            len(rows), len(self.themes)
        )

    def counts(self, predicted: Grid) -> measures.Array:
        """Return (right, predicted, gold) for each block and theme, shape (blocks, themes, 3)."""
        gold, predicted = (self.grade > 0) & self.known, predicted & self.known
        return np.stack([gold & predicted, predicted, gold], axis=2).astype(float)

    def units(self, counts: measures.Array) -> list[Unit]:
        """Return a unit per block, with the counts of all themes together."""
        return [Unit(j.document, j.block, tuple(row)) for j, row in zip(self.judged, counts, strict=True)]

    def _grid(self, themes_of: Callable[[Judged], set[str]]) -> Grid:
        held = [themes_of(entry) for entry in self.judged]
        return np.array([[theme in row for theme in self.themes] for row in held], dtype=bool).reshape(
            len(held), len(self.themes)
        )


def score(scorer: Scorer) -> Group:
    """Return the scores of the themes of all documents."""
    table = tabulate(scorer.fits)
    if not table.judged or not table.themes:
        return Group(name="Themes", headline="nothing to score: gold judges no block, or there is no theme at all")
    decided = table.counts(table.yes_or_review)
    micro = scorer.prf("yes or review, micro", table.units(decided.sum(axis=1)), "gold labels")
    sure = scorer.prf("decision yes, micro", table.units(table.counts(table.yes).sum(axis=1)), "gold labels")
    enough = [theme for theme in range(len(table.themes)) if decided[:, theme, 2].sum() >= LEAST_POSITIVES]
    rows = [
        micro,
        sure,
        _load(scorer, table),
        _grade_two(scorer, table),
        _macro(scorer, table, decided, enough),
        _ranking(scorer, table, enough),
        *_by_theme(scorer, table, decided),
    ]
    headline = (
        f"micro-F1 {shown(micro.main)} (yes or review), {shown(sure.main)} (decision yes); "
        f"{micro.n} gold labels on {len(table.judged)} blocks"
    )
    return Group(name="Themes", headline=headline, rows=rows)


def tabulate(fits: Sequence[Fit]) -> Table:
    """Return every block that gold judges, with the tags of its passages."""
    tags = _tags(fits)
    places = [
        (document, fit.gold.number[entry.block], entry)
        for document, fit in enumerate(fits)
        for entry in fit.gold.themes
    ]
    members = _members(fits)
    judged_passages = {passage.id for document, block, _ in places for passage in members.get((document, block), [])}
    judged = []
    for document, block, entry in places:
        held = members.get((document, block), [])
        if not _repeats(held, judged_passages):
            judged.append(Judged(document, block, entry, [tag for passage in held for tag in _of(passage, tags)]))
    named = {theme for _, _, entry in places for theme in (*entry.themes, *entry.disputed)}
    themes = sorted(named | {tag.theme for entry in judged for tag in entry.tags})
    return Table(judged, themes, len(places) - len(judged))


def disputed(fits: Sequence[Fit]) -> int:
    """Return how many labels of themes are left out because the annotators did not agree."""
    return sum(len(entry.disputed) for fit in fits for entry in fit.gold.themes)


def _tags(fits: Sequence[Fit]) -> dict[str, list[Tag]]:
    """Return the tags of each passage; those of the model alone, if it left any: corrections are not its work."""
    found = [tag for fit in fits for tag in fit.bundle.tags]
    of_model = [tag for tag in found if tag.source == "model"]
    tags: dict[str, list[Tag]] = {}
    for tag in of_model or found:
        tags.setdefault(tag.passage_id, []).append(tag)
    return tags


def _members(fits: Sequence[Fit]) -> dict[tuple[int, int], list[Passage]]:
    found: dict[tuple[int, int], list[Passage]] = {}
    for document, fit in enumerate(fits):
        for passage in fit.bundle.passages:
            for block in fit.members(passage):
                found.setdefault((document, block), []).append(passage)
    return found


def _repeats(held: Sequence[Passage], judged: set[str]) -> bool:
    own = {passage.id for passage in held}
    return bool(held) and all(passage.duplicate_of in judged - own for passage in held)


def _of(passage: Passage, tags: dict[str, list[Tag]]) -> list[Tag]:
    return tags.get(passage.id) or tags.get(passage.duplicate_of or "", [])


def _load(scorer: Scorer, table: Table) -> Row:
    """Return the share of blocks with a theme that waits for a person."""
    waits: npt.NDArray[np.bool_] = np.any(table.yes_or_review & ~table.yes, axis=1)
    counts = np.stack([waits, np.ones_like(waits)], axis=1).astype(float)
    return scorer.share("blocks to review", table.units(counts), "blocks")


def _grade_two(scorer: Scorer, table: Table) -> Row:
    gold = (table.grade == 2) & table.known
    counts = np.stack([(gold & table.yes_or_review).sum(axis=1), gold.sum(axis=1)], axis=1).astype(float)
    return scorer.share("recall of grade 2", table.units(counts), "gold labels of grade 2")


def _macro(scorer: Scorer, table: Table, decided: measures.Array, enough: list[int]) -> Row:
    name = f"macro-F1 of {len(enough)} themes"
    if not enough:
        return Row(name="macro-F1", n=0, of="themes", note=f"no theme has {LEAST_POSITIVES} positives")
    statistic = measures.macro_f1(decided[:, enough])
    units = table.units(decided.sum(axis=1))
    return scorer.one(name, "f1", statistic, units, int(decided[:, enough, 2].sum()), "gold labels")


def _ranking(scorer: Scorer, table: Table, enough: list[int]) -> Row:
    name = "mean average precision"
    if not _has_all_p(table):
        return Row(name=name, n=0, of="themes", note="needs p for every theme: pop tag --all")
    if not enough:
        return Row(name=name, n=0, of="themes", note=f"no theme has {LEAST_POSITIVES} positives")
    statistics = [_average_precision(table, theme) for theme in enough]
    units = table.units(table.grade.astype(float))
    n = int(((table.grade > 0) & table.known)[:, enough].sum())
    return scorer.one(name, "average_precision", measures.mean_of(statistics), units, n, "gold labels")


def _average_precision(table: Table, theme: int) -> measures.Statistic:
    known = table.known[:, theme]
    statistic = measures.average_precision(table.p[known, theme], (table.grade > 0)[known, theme])
    return lambda weights: statistic(weights[:, known])


def _has_all_p(table: Table) -> bool:
    """Whether the rejected themes were written, too: as many tags on every passage as on any."""
    counts: dict[str, int] = {}
    for tag in {tag.id: tag for entry in table.judged for tag in entry.tags}.values():
        counts[tag.passage_id] = counts.get(tag.passage_id, 0) + 1
    rejected = any(tag.decision == "no" for entry in table.judged for tag in entry.tags)
    return rejected and len(set(counts.values())) == 1


def _by_theme(scorer: Scorer, table: Table, decided: measures.Array) -> Iterator[Row]:
    for number, theme in enumerate(table.themes):
        counts = decided[:, number]
        n = int(counts[:, 2].sum())
        if n < LEAST_POSITIVES:
            yield Row(name=theme, n=n, of="gold labels", note=f"fewer than {LEAST_POSITIVES} positives: no figure")
        else:
            yield scorer.prf(theme, table.units(counts), "gold labels")
