"""Scores themes, block by block: what the pipeline decided on a block's passages against the labels of people.

A block has a theme when one of its passages has it. A label that one annotator alone gave is disputed: neither right nor
wrong. A text that stands twice in the corpus counts once: a block whose passages all repeat a passage that is counted
is left out. A block that was not found in the document, or has no passage, has no predicted theme. Themes on text that
gold does not judge (headings, and what stands in no block) are not counted either way.
"""

from collections.abc import Iterable, Iterator, Sequence
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

    def _grid(self, themes_of: "Callable[[Judged], set[str]]") -> Grid:
        held = [themes_of(entry) for entry in self.judged]
        return np.array([[theme in row for theme in self.themes] for row in held], dtype=bool).reshape(
            len(held), len(self.themes)
        )
