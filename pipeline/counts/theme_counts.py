"""How often each theme was found among the passages that a query asks for, by document, site, year or kind.

Worked example of the table, for `pop query --counts`:

    550 passages in 12 documents          found      corrected   95 %  to review
    Succession                          43   8%         9%      6–13%         20
"""

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final, Literal, get_args

import msgspec
import numpy as np

from pipeline.forms import as_csv, as_jsonl
from pipeline.forms.grid import Column, Grid, Value
from pipeline.forms.safe import for_terminal
from pipeline.learning.held_out import Sample
from pipeline.learning.prevalence import FEWEST_PASSAGES, TOO_FEW, Estimate, Prevalence, Sampled
from pipeline.query.facts import Ints, Pairs, PassageFacts, met
from pipeline.records import Name, Share

By = Literal["document", "site", "year", "kind"]
GROUPINGS: Final[tuple[By, ...]] = get_args(By)
EVERYTHING: Final = "all"
WIDTH: Final = 80


class ThemeCount(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A theme in a group: `found` of `n` passages were decided yes. `corrected`: their share, or why it is unknown."""

    group: Name
    theme: Name
    n: int
    documents: int
    found: int
    to_review: int
    share: Share
    corrected: Estimate


def count(facts: PassageFacts, by: By | None, prevalence: Prevalence, sample: Sample) -> list[ThemeCount]:
    """Count themes, group by group; groups in the order of the passages, years in that of time, `all` without `by`."""
    everything = Pairs(facts.units, np.zeros_like(facts.units), [EVERYTHING])
    group = facts.of(by) if by else everything
    counted = _Counted(facts, group)
    drawn = _drawn(facts, group, sample)
    _, first = np.unique(group.numbers, return_index=True)
    order = [int(number) for number in group.numbers[np.sort(first)]]
    if by == "year":
        order.sort(key=lambda number: group.names[number])
    return [
        counted.of(number, j, prevalence, drawn.get((number, j), []))
        for number in order
        for j in range(len(facts.themes))
    ]


class _Counted:
    """The counts of every theme by group, and by group and document.

    `_columns`: passages that the model decided, its yes (or review: its errors were counted at the threshold from which
    it asks for that), those that a person decided, and that person's yes; shape (groups with documents, themes, 4).
    """

    def __init__(self, facts: PassageFacts, group: Pairs) -> None:
        self._names, self._themes = group.names, facts.themes
        wide = len(facts.document) + 1
        places, index, n = np.unique(
            group.numbers * wide + facts.document[group.units], return_inverse=True, return_counts=True
        )
        self._ends = np.searchsorted(places // wide, np.arange(len(group.names) + 1)).tolist()
        yes, review, settled = facts.decided
        mine = group._replace(numbers=index)
        counts = [_by_place(mine, one, (len(places), len(facts.themes))) for one in (yes, review, settled)]
        agreed = _by_place(mine, settled.where(np.isin(settled.keys, yes.keys)), counts[0].shape)
        columns = (n[:, None] - counts[2], counts[0] + counts[1] - agreed, counts[2], agreed)
        self._columns = np.stack(columns, axis=2).astype(np.float64)
        self._n = self._totals(n).tolist()
        self._found, self._review = (self._totals(one).tolist() for one in counts[:2])

    def _totals(self, by_place: Ints) -> Ints:
        sums = np.concatenate([np.zeros_like(by_place[:1], shape=(1, *by_place.shape[1:])), by_place.cumsum(axis=0)])
        totals: Ints = sums[self._ends[1:]] - sums[self._ends[:-1]]
        return totals

    def of(self, group: int, j: int, prevalence: Prevalence, drawn: Sequence[Sampled]) -> ThemeCount:
        start, end = self._ends[group], self._ends[group + 1]
        n, found, theme = self._n[group], self._found[group][j], self._themes[j]
        if n < FEWEST_PASSAGES:
            corrected = TOO_FEW
        else:
            corrected = prevalence.estimate_of(theme, self._columns[start:end, j], drawn)
        return ThemeCount(
            group=self._names[group],
            theme=theme,
            n=n,
            documents=end - start,
            found=found,
            to_review=self._review[group][j],
            share=share_of(found, n),
            corrected=corrected,
        )


@lru_cache(maxsize=4096)
def share_of(part: int, whole: int) -> float:
    """Return a share to four decimal places; of nothing, 0."""
    return round(part / whole, 4) if whole else 0.0


def _by_place(group: Pairs, themes: Pairs, shape: tuple[int, ...]) -> Ints:
    left, right = met(group, themes)
    places = group.numbers[left] * shape[1] + themes.numbers[right]
    return np.bincount(places, minlength=shape[0] * shape[1]).reshape(shape)


def _drawn(facts: PassageFacts, group: Pairs, sample: Sample) -> dict[tuple[int, int], list[Sampled]]:
    """Return the judged passages of a random sample, by group and theme, in the order of the corpus."""
    found: dict[tuple[int, int], list[Sampled]] = defaultdict(list)
    if not sample.labels:
        return found
    named = {unit: name for name, unit in facts.numbered(sample.labels).items()}
    yes, review, settled = ({*zip(one.units.tolist(), one.numbers.tolist(), strict=True)} for one in facts.decided)
    for unit, number in zip(group.units.tolist(), group.numbers.tolist(), strict=True):
        for j, theme in enumerate(facts.themes if unit in named else ()):
            leaning = (unit, j) in yes or (unit, j) in review
            judged = sample.of(named[unit], theme, model=leaning)
            if judged is not None and (unit, j) not in settled:
                found[number, j].append(judged)
    return found


def to_jsonl(counts: Sequence[ThemeCount]) -> bytes:
    """Return one JSON object a line."""
    return as_jsonl.of_structs(counts)


def to_csv(counts: Sequence[ThemeCount], *, excel: bool = False) -> bytes:
    """Return a row per group and theme; an empty cell where a figure is unknown."""
    return as_csv.of_grid(grid(counts), excel=excel)


_COLUMNS: Final = (
    Column("group", width=40), Column("theme", width=26), Column("n", "integer"), Column("documents", "integer"),
    Column("found", "integer"), Column("to_review", "integer"), Column("share", "number"),
)  # fmt: skip
CORRECTED: Final = (
    Column("corrected", "number"), Column("corrected_low", "number"), Column("corrected_high", "number"),
    Column("corrected_by", width=16), Column("not_corrected_because", width=60),
)  # fmt: skip


def grid(counts: Sequence[ThemeCount]) -> Grid:
    """Return a row per group and theme; `None` where a figure is unknown."""
    rows = [(*(getattr(one, column.name) for column in _COLUMNS), *corrected_cells(one.corrected)) for one in counts]
    return Grid((*_COLUMNS, *CORRECTED), rows, "counts")


def corrected_cells(made: Estimate) -> tuple[Value, ...]:
    """Return the cells under `CORRECTED`."""
    return (made.share, made.low, made.high, made.method, made.why or None)


def to_table(counts: Sequence[ThemeCount]) -> str:
    """Return a block per group, a line per theme, at most 80 columns; below, how to read it."""
    lines: list[str] = []
    for _, of_group in groupby(counts, key=lambda one: one.group):
        lines += [*_block(list(of_group)), ""]
    return "\n".join([*lines, *reading([(one.theme, one.corrected) for one in counts])]) + "\n"


_ROW: Final = "{:34.34}{:>6}{:>7}{:>12}{:>11}{:>10}"


def _block(counts: Sequence[ThemeCount]) -> Iterator[str]:
    first = counts[0]
    if first.group != EVERYTHING:
        yield from textwrap.wrap(for_terminal(first.group), WIDTH)
    yield _ROW.format(
        f"{_number(first.n, 'passage')} in {_number(first.documents, 'document')}",
        *("found", "", "corrected", "95 %", "to review"),
    )
    for one in counts:
        yield _ROW.format(one.theme, one.found, percent(one.share), *_corrected(one.corrected), one.to_review)


def _corrected(made: Estimate) -> tuple[str, str]:
    if made.share is None or made.low is None or made.high is None:
        return "–", "–"
    return percent(made.share), f"{percent(made.low).removesuffix('%')}–{percent(made.high)}"


def _number(n: int, noun: str) -> str:
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def percent(share: float) -> str:
    """Return a share as a table shows it."""
    return f"{100 * share:.0f}%"


def reading(figures: Sequence[tuple[str, Estimate]]) -> Iterator[str]:
    """Say how corrected shares came about, and why others are missing; each with the name of its theme."""
    if any(made.share is not None for _, made in figures):
        how = "if it errs here as it did where it was measured; a judged random sample (--labels) needs no such trust"
        if any(made.method == "random sample" for _, made in figures):
            how = "by the judged random sample (where that is too small: by errors on held-out documents)"
        yield from textwrap.wrap(f"Corrected for what the model misses and what it sees wrongly, {how}.", WIDTH)
    why: dict[str, dict[str, None]] = {}
    for name, made in figures:
        if made.why:
            why.setdefault(made.why, {})[name] = None
    every = {name for name, _ in figures}
    for reason, names in why.items():
        which = "" if len(names) == len(every) else f" ({', '.join(names)})"
        yield from textwrap.wrap(for_terminal(f"Not corrected{which}: {reason}."), WIDTH)
