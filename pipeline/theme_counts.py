"""How often each theme was found among the passages that a query asks for, by document, site, year or kind.

Worked example of the table, for `pop query --counts`:

    550 passages in 12 documents          found      corrected   95 %  to review
    Succession                          43   8%         9%      6–13%         20
"""

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import msgspec

from pipeline.forms import as_csv, as_jsonl
from pipeline.forms.grid import Column, Grid, Value
from pipeline.forms.safe import for_terminal
from pipeline.learning.held_out import Sample
from pipeline.learning.prevalence import Estimate, Prevalence, Tally
from pipeline.records import Name, Share

By = Literal["document", "site", "year", "kind"]
GROUPINGS: Final[tuple[By, ...]] = get_args(By)
EVERYTHING: Final = "all"
WIDTH: Final = 80


@dataclass(frozen=True, slots=True)
class CodedPassage:
    """A passage with what was decided of it, a person's word first. `groups`: where it belongs, by each grouping.

    `yes`, `review`: themes. `settled`: themes that a person decided, yes or no.
    """

    id: str
    document_id: str
    groups: dict[By, list[str]]
    yes: frozenset[str]
    review: frozenset[str]
    settled: frozenset[str]


class ThemeCount(msgspec.Struct, frozen=True, kw_only=True):
    """A theme in a group: `found` of `n` passages were decided yes. `corrected`: their share, or why it is unknown."""

    group: Name
    theme: Name
    n: int
    documents: int
    found: int
    to_review: int
    share: Share
    corrected: Estimate


@dataclass(slots=True)
class _Group:
    n: int = 0
    documents: set[str] = field(default_factory=set)
    review: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    yes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))


def count(
    passages: Iterable[CodedPassage], themes: Sequence[str], by: By | None, prevalence: Prevalence, sample: Sample
) -> list[ThemeCount]:
    """Count themes, group by group; groups in the order of the passages, years in that of time, `all` without `by`."""
    groups: dict[str, _Group] = defaultdict(_Group)
    for passage in passages:
        for name in passage.groups[by] if by else [EVERYTHING]:
            _add(groups[name], passage, themes, sample)
    names = sorted(groups) if by == "year" else list(groups)
    return [_counted(name, groups[name], theme, prevalence) for name in names for theme in themes]


def _add(group: _Group, passage: CodedPassage, themes: Sequence[str], sample: Sample) -> None:
    group.n += 1
    group.documents.add(passage.document_id)
    for theme in themes:
        yes = theme in passage.yes
        group.yes[theme] += yes
        group.review[theme] += theme in passage.review
        if theme in passage.settled:
            group.tallies[theme].add_settled(passage.document_id, yes=yes)
        else:
            # The errors of the model were counted at the threshold from which it asks for review.
            leaning = yes or theme in passage.review
            drawn = sample.of(passage.id, theme, model=leaning)
            group.tallies[theme].add(passage.document_id, yes=leaning, sampled=drawn)


def _counted(name: str, group: _Group, theme: str, prevalence: Prevalence) -> ThemeCount:
    return ThemeCount(
        group=name,
        theme=theme,
        n=group.n,
        documents=len(group.documents),
        found=group.yes[theme],
        to_review=group.review[theme],
        share=round(group.yes[theme] / group.n, 4),
        corrected=prevalence.estimate(theme, group.tallies[theme]),
    )


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
    for group in dict.fromkeys(one.group for one in counts):
        lines += [*_block([one for one in counts if one.group == group]), ""]
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
