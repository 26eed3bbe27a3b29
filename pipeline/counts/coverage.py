"""What the rubric covers: how many quotes speak for each practice, by site, date, problem of practice or document.

Worked example. Of two quotes in a problem of practice with the sites Elm and Oak, the first is matched to 12a and waits
for review on 13, the second waits for review on 12b; a third, outside, is matched to 12b. By site:

         all   Elm   Oak   no site
    12   2+1   1+1   1+1   1            matched, + those that only wait for review
    13   0+1   0+1   0+1   0            nobody yet
    14   0     0     0     0            no evidence

A quote counts once for a practice, a match before a review, and in each of its columns; `all` counts it once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import msgspec

from pipeline.records import Bundle, segment_of_passage
from pipeline.settling import settle_mappings

if TYPE_CHECKING:
    from pipeline.rubric import Row

By = Literal["site", "date", "problem", "document"]
DIMENSIONS: Final[tuple[By, ...]] = get_args(By)
Decision = Literal["match", "review"]
NOWHERE: Final = ""
"""Key of the column of quotes that have no site, date or problem of practice."""

_NAMES_OF_NOWHERE: Final[dict[By, str]] = {"site": "no site", "date": "no date", "problem": "no problem of practice"}
_LENDS_SITES: Final = frozenset({"problem_of_practice", "program"})


@dataclass(frozen=True, slots=True)
class Section:
    """What counts of a segment: its place among the others, and the sites that it names itself."""

    id: str
    parent_id: str | None
    kind: str
    heading: str | None
    sites: Sequence[str]


@dataclass(frozen=True, slots=True)
class Column:
    """A site, year, problem of practice or document. `key`: tells it from others; `document`: title, of a problem."""

    key: str
    label: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class MappedQuote:
    """A quote with its columns, and its decision for each indicator of the rubric in use that was not rejected."""

    id: str
    columns: Mapping[By, Sequence[Column]]
    decisions: Mapping[str, Decision]


class Cell(msgspec.Struct, frozen=True, gc=False):
    """Ids of the quotes that are matched, and of those that only wait for review."""

    matched: tuple[str, ...] = ()
    review: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted. `columns`, and `members`, their quotes: by key, as met. `cells`: by line and key; None: all."""

    columns: Mapping[str, Column]
    members: Mapping[str, int]
    cells: Mapping[int, Mapping[str | None, Cell]]


@dataclass(frozen=True, slots=True)
class Line:
    """A practice, or with `indicator` one of its indicators; a cell for each column. `total`: each quote once."""

    area: str
    practice: str
    practice_text: str
    total: Cell
    cells: list[Cell]
    indicator: str | None = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Every practice of the rubric by every column in which a quote stands. `n`: quotes of each column, mapped or not.

    `n_quotes`: of all columns, each once.
    """

    by: By
    columns: list[Column]
    n: list[int]
    lines: list[Line]
    n_quotes: int

    @property
    def silent(self) -> list[Line]:
        """The lines without a matched quote."""
        return [line for line in self.lines if not line.total.matched]


def mapped_quotes(bundle: Bundle, rubric: str) -> list[MappedQuote]:
    """Return the quotes of a document with their decisions for the rubric of this name: people before the model.

    Quotes in a passage that repeats another are left out.
    """
    counted = {passage.id for passage in bundle.passages if passage.duplicate_of is None}
    sections = {
        segment.id: Section(
            segment.id, segment.parent_id, segment.kind, segment.heading, [site.name for site in segment.sites]
        )
        for segment in bundle.segments
    }
    around = {passage_id: segment.id for passage_id, segment in segment_of_passage(bundle).items()}
    document = bundle.document
    source = Column(document.id, document.title or document.path)
    year = (document.date_start or document.date_end or "")[:4]
    decisions: dict[str, dict[str, Decision]] = {}
    for mapping in settle_mappings(bundle.mappings):
        if mapping.rubric == rubric and mapping.decision != "reject":
            decisions.setdefault(mapping.quote_id, {})[mapping.indicator] = mapping.decision
    return [
        MappedQuote(
            quote.id,
            columns_of(quote.segment_id or around.get(quote.passage_id), sections, source, year),
            decisions.get(quote.id, {}),
        )
        for quote in bundle.quotes
        if quote.passage_id in counted
    ]


def columns_of(
    section_id: str | None, sections: Mapping[str, Section], document: Column, year: str
) -> dict[By, Sequence[Column]]:
    """Return the columns of a quote.

    Its sites are those of its segment and of the problems of practice (or programmes) that this is a part of.

    Args:
        section_id: the segment that the quote stands in; `None`: none.
        sections: the segments of its document by id.
        document: the document as a column.
        year: of the meeting; empty: not known.
    """
    return {by: columns_by(by, section_id, sections, document, year) for by in DIMENSIONS}


def columns_by(
    by: By, section_id: str | None, sections: Mapping[str, Section], document: Column, year: str
) -> Sequence[Column]:
    """Return the columns of a quote in one dimension, as `columns_of`."""
    if by == "document":
        return [document]
    if by == "date":
        return [Column(year, year) if year else _nowhere("date")]
    path = _path(section_id, sections)
    found = _sites(path) if by == "site" else _problems(path, document.label)
    return found or [_nowhere(by)]


def count(quotes: Iterable[MappedQuote], rows: "Sequence[Row]", by: By, *, indicators: bool = False) -> Matrix:
    """Count the quotes for every practice (or indicator) of the rubric, whether or not one speaks for it.

    Args:
        quotes: the quotes, in the order of the corpus.
        rows: the rubric.
        by: what the columns are: years in the order of time, sites with most quotes first, else as met; those without
            any stand last.
        indicators: a line for each indicator instead of each practice.
    """
    columns: dict[str, Column] = {}
    members: dict[str, int] = {}
    lines = lines_of(rows, indicators=indicators)
    numbers = {row.indicator: i for i, group in enumerate(lines) for row in group}
    filled: dict[int, dict[str | None, tuple[list[str], list[str]]]] = {}
    n_quotes = 0
    for quote in quotes:
        n_quotes += 1
        keys = dict.fromkeys(column.key for column in quote.columns[by])
        for column in quote.columns[by]:
            columns.setdefault(column.key, column)
        for key in keys:
            members[key] = members.get(key, 0) + 1
        for number, decision in _decided(quote, numbers).items():
            for place in (None, *keys):
                filled.setdefault(number, {}).setdefault(place, ([], []))[decision == "review"].append(quote.id)
    cells = {
        number: {key: Cell(tuple(matched), tuple(review)) for key, (matched, review) in places.items()}
        for number, places in filled.items()
    }
    return matrix(by, lines, Counted(columns, members, cells), n_quotes, indicators=indicators)


def matrix(
    by: By, lines: "Sequence[Sequence[Row]]", counted: Counted, n_quotes: int, *, indicators: bool = False
) -> Matrix:
    """Put counts in order: a line for each of the `lines`, columns as `count` says."""
    order = _ordered(counted.members, by)
    made = [_line(group, counted.cells.get(i, {}), order, indicators=indicators) for i, group in enumerate(lines)]
    return Matrix(by, [counted.columns[key] for key in order], [counted.members[key] for key in order], made, n_quotes)


def _line(group: "Sequence[Row]", cells: Mapping[str | None, Cell], order: Sequence[str], *, indicators: bool) -> Line:
    nothing = Cell()
    return Line(
        area=group[0].area,
        practice=group[0].practice,
        practice_text=group[0].practice_text,
        total=cells.get(None, nothing),
        cells=[cells.get(key, nothing) for key in order],
        indicator=group[0].indicator if indicators else None,
    )


def lines_of(rows: "Sequence[Row]", *, indicators: bool) -> "list[list[Row]]":
    """Return the indicators that each line counts."""
    return [[row] for row in rows] if indicators else _practices(rows)


def _decided(quote: MappedQuote, lines: Mapping[str, int]) -> dict[int, Decision]:
    """Return what was decided of a quote for each line; a match stands above a review of the same."""
    found: dict[int, Decision] = {}
    for indicator, decision in quote.decisions.items():
        number = lines.get(indicator)
        if number is not None and found.get(number) != "match":
            found[number] = decision
    return found


def site_key(name: str) -> str:
    """Return what two ways of writing a site have in common.

    >>> site_key("The  Elm School")
    'elm school'
    """
    return " ".join(name.split()).casefold().removeprefix("the ")


def _path(section_id: str | None, sections: Mapping[str, Section]) -> list[Section]:
    """Return a section, its parent, and so on up; a parent that is missing or comes round again ends it."""
    path: list[Section] = []
    here = sections.get(section_id or NOWHERE)
    while here is not None and here not in path:
        path.append(here)
        here = sections.get(here.parent_id or NOWHERE)
    return path


def _sites(path: Sequence[Section]) -> list[Column]:
    lenders = [section for i, section in enumerate(path) if i == 0 or section.kind in _LENDS_SITES]
    found: dict[str, Column] = {}
    for name in (" ".join(name.split()) for section in lenders for name in section.sites):
        if name:
            found.setdefault(site_key(name), Column(site_key(name), name))
    return list(found.values())


def _problems(path: Sequence[Section], document: str) -> list[Column]:
    """Return the problems of practice on a path, the outermost first; those within another are named after it, too."""
    found: list[Column] = []
    for section in reversed(path):
        if section.kind == "problem_of_practice":
            above = f"{found[-1].label} › " if found else ""
            found.append(Column(section.id, above + _heading(section), document))
    return found


def _heading(problem: Section) -> str:
    return " ".join((problem.heading or "").split()) or ", ".join(problem.sites) or "without a heading"


def _nowhere(by: By) -> Column:
    return Column(NOWHERE, _NAMES_OF_NOWHERE[by])


def _ordered(members: Mapping[str, int], by: By) -> list[str]:
    if by == "date":
        keys = sorted(members)
    elif by == "site":
        keys = sorted(members, key=lambda key: (-members[key], key))
    else:
        keys = list(members)
    return sorted(keys, key=lambda key: key == NOWHERE)


def _practices(rows: "Sequence[Row]") -> "list[list[Row]]":
    """Put the indicators of each practice together."""
    practices: dict[str, list[Row]] = {}
    for row in rows:
        practices.setdefault(row.practice, []).append(row)
    return list(practices.values())
