"""From the lines of a document to the rubric that its tables hold.

    BUILD TRUST                                                          area
    PRACTICE             IN#   FIRST STEPS          MASTERY              levels first_steps, mastery
    1. Leaders listen.   1a    They ask.            They ask and act.    practice 1, indicator 1a
                         1b    They hold meetings.  Others hold them.    practice 1, indicator 1b

An area is the heading above a table or between its rows, or stands in a column of its own. The text of every cell is
kept, its white space folded. The number that opens a practice becomes its id.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from pipeline.errors import ErrorCode, PipelineError
from pipeline.exchange.delimited import is_capitals, is_heading, is_page_number
from pipeline.exchange.lines import Line
from pipeline.exchange.rubric_header import Columns, columns_of
from pipeline.rubric import Area, Indicator, Practice, Rubric, with_sha256

_MOST_SHOWN = 5
_CONTINUED = re.compile(r"(?<!\s)\s*+(?:\(|\[|[-–—] )(?:cont(?:inued|['’]?d|\.)?)[)\]]?$", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:practice )?(?P<number>\d+(?:\.\d+)*)(?:[.):]+\s*|\s+)(?P<text>\S.*)", re.IGNORECASE)
_STEM = re.compile(r"(.*?\d)(?:[^\W\d_]+|[.-]\d+)?")


@dataclass(frozen=True, slots=True)
class Imported:
    """A rubric as read, and the lines of the document that are no part of its tables."""

    rubric: Rubric
    left_out: list[Line]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One indicator with what stands above it. `area`: `None` where no heading and no column names one."""

    place: str
    area: str | None
    number: str
    practice: str
    code: str
    levels: dict[str, str]


@dataclass(slots=True)
class _Walk:
    """A walk over the lines, and what was met so far. `waiting`: lines of text that what follows will explain."""

    columns: Columns | None = None
    levels: list[str] = field(default_factory=list)
    area: str | None = None
    number: str = ""
    practice: str = ""
    waiting: list[Line] = field(default_factory=list)
    opening: list[Line] = field(default_factory=list)
    entries: list[_Entry] = field(default_factory=list)
    left_out: list[Line] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def header(self, line: Line, columns: Columns) -> None:
        """Begin a table; the heading right above it is its area."""
        if self.columns is None:
            self.opening = list(self.waiting)
        self.columns = columns
        self.levels = self.levels or list(columns.levels.values())
        if set(self.levels) != set(columns.levels.values()):
            self.faults.append(f"{line.place} has the levels {', '.join(columns.levels.values())}")
        if self.waiting and is_heading(self.waiting[-1].cells[0]):
            self.enter_area(self.waiting.pop().cells[0])
        self.leave_waiting()

    def row(self, line: Line, columns: Columns) -> None:
        """Read a row of a table."""
        named = {columns.practice, columns.code, columns.number, columns.area, *columns.levels}
        nameless = [place + 1 for place, cell in enumerate(line.cells) if cell and place not in named]
        if nameless:
            self.faults.append(f"{line.place} has text in column {nameless[0]}, which has no name")
        practice, code = _cell(line, columns.practice), _cell(line, columns.code)
        self.explain(practice=practice)
        if area := _cell(line, columns.area):
            self.enter_area(area)
        self.enter_practice(_cell(line, columns.number), practice)
        texts = {name: _cell(line, place) for place, name in columns.levels.items()}
        if code or any(texts.values()):
            self.faults.extend(_faults(line.place, self.practice, code, texts))
            self.entries.append(_Entry(line.place, self.area, self.number, self.practice, code, texts))

    def explain(self, *, practice: str) -> None:
        """Take the line of text above a row for a heading, or for the practice that the row goes on with."""
        if self.waiting:
            text = self.waiting[-1].cells[0]
            if not practice and not is_capitals(text):
                self.waiting.pop()
                self.enter_practice("", text)
            elif is_heading(text):
                self.enter_area(self.waiting.pop().cells[0])
        self.leave_waiting()

    def enter_area(self, name: str) -> None:
        """Go on in this area; the practice goes on only where the heading is repeated."""
        name = _CONTINUED.sub("", name)
        if name and name != self.area:
            self.area, self.number, self.practice = name, "", ""

    def enter_practice(self, number: str, text: str) -> None:
        """Go on in this practice; an empty cell or a repeated text is the one before."""
        text = _CONTINUED.sub("", text)
        if text and text != self.practice:
            self.number, self.practice = number, text
        elif number and number != self.number:
            self.number = number

    def text(self, line: Line) -> None:
        """Keep a line of text until what follows explains it; page numbers and repeated titles explain nothing."""
        alone = replace(line, cells=(" ".join(filter(None, line.cells)),))
        repeated = {one.cells[0] for one in self.opening} - {self.area}
        if is_page_number(alone.cells[0]) or alone.cells[0] in repeated:
            self.left_out.append(alone)
        else:
            self.waiting.append(alone)

    def leave_waiting(self) -> None:
        self.left_out.extend(self.waiting)
        self.waiting = []


def read_table(lines: Sequence[Line], *, source: str, name: str | None = None, untitled: str = "Rubric") -> Imported:
    """Read the rubric that stands in the tables of a document.

    Args:
        lines: of the whole document.
        source: what the document is called in messages.
        name: of the rubric. `None`: the title of the document.
        untitled: the name of a rubric without a title.

    Raises:
        PipelineError: there is no such table; or a code stands twice, a level has no text, a row no code.
    """
    walk = _walk(lines, source)
    if not walk.columns:
        raise _no_table(source, lines)
    _require_sound(walk, source)
    name, title = (name, None) if name else _name(walk, untitled)
    left_out = [line for line in walk.left_out if line is not title]
    rubric = Rubric(name=name, levels=walk.levels, areas=_areas(walk.entries, walk.levels, name))
    return Imported(with_sha256(rubric), left_out)


def _walk(lines: Sequence[Line], source: str) -> _Walk:
    walk = _Walk()
    for line in lines:
        columns = _columns(line, source)
        if columns:
            walk.header(line, columns)
        elif walk.columns and not _is_alone(line, walk.columns):
            walk.row(line, walk.columns)
        else:
            walk.text(line)
    walk.leave_waiting()
    return walk


def _columns(line: Line, source: str) -> Columns | None:
    try:
        return columns_of(line.cells)
    except PipelineError as error:
        found = f"{source}, {line.place}: {error.found}"
        raise PipelineError(error.code, found=found, expected=error.expected, do=error.do) from error


def _is_alone(line: Line, columns: Columns) -> bool:
    """Tell a line of text from a row: one cell, at the left or in the column of practices."""
    filled = [place for place, cell in enumerate(line.cells) if cell]
    return len(filled) == 1 and filled[0] in {0, columns.practice} - {columns.code, columns.area}


def _cell(line: Line, place: int | None) -> str:
    return line.cells[place] if place is not None and place < len(line.cells) else ""


def _faults(place: str, practice: str, code: str, texts: dict[str, str]) -> Iterator[str]:
    if not code:
        yield f"{place} has the text of a level but no indicator code"
        return
    if not practice:
        yield f"{place}: indicator {code} has no practice at or above it"
    missing = [name for name, text in texts.items() if not text]
    if missing:
        yield f"{place}: indicator {code} has no text for {', '.join(missing)}"


def _require_sound(walk: _Walk, source: str) -> None:
    """Raise what was found wrong, the first few faults by name.

    Raises:
        PipelineError: there is a fault, or no row at all.
    """
    faults = [*walk.faults, *_repeated(walk.entries)]
    if not walk.entries:
        faults.append("a header row without rows below it")
    if faults:
        more = f"; and {len(faults) - _MOST_SHOWN} more" if len(faults) > _MOST_SHOWN else ""
        raise PipelineError(
            ErrorCode.INVALID_RUBRIC,
            found=f"{source}: {'; '.join(faults[:_MOST_SHOWN])}{more}",
            expected=f"for every indicator a code of its own, a practice, and a text for {', '.join(walk.levels)}",
            do="mend these places in a copy of the document and run again; nothing was written",
        )


def _repeated(entries: Sequence[_Entry]) -> Iterator[str]:
    places: dict[str, list[str]] = {}
    for entry in filter(lambda entry: entry.code, entries):
        places.setdefault(entry.code, []).append(entry.place)
    for code, found in places.items():
        if len(found) > 1:
            yield f"the indicator code {code} stands {len(found)} times ({', '.join(found[:_MOST_SHOWN])})"


def _name(walk: _Walk, untitled: str) -> tuple[str, Line | None]:
    """Return the title above the first table, or or the only area, or else `untitled`; and the line of the title."""
    areas = {entry.area for entry in walk.entries}
    for line in walk.opening:
        if is_heading(line.cells[0]) and line.cells[0] not in areas:
            return line.cells[0], line
    alone = areas.pop() if len(areas) == 1 else None
    return alone or untitled, None


def _areas(entries: Sequence[_Entry], levels: Sequence[str], name: str) -> list[Area]:
    """Group the indicators by practice and area, both in the order in which they first stand."""
    practices = [list(group) for _, group in groupby(entries, lambda entry: (entry.area, entry.number, entry.practice))]
    areas: dict[str, list[Practice]] = {}
    for (number, text), held in zip(_ids(practices), practices, strict=True):
        indicators = [Indicator(id=one.code, levels={level: one.levels[level] for level in levels}) for one in held]
        areas.setdefault(held[0].area or name, []).append(Practice(id=number, text=text, indicators=indicators))
    return [Area(name=area, practices=held) for area, held in areas.items()]


def _ids(practices: Sequence[Sequence[_Entry]]) -> list[tuple[str, str]]:
    """Return the id and the text of each practice, by the first way that gives each an id of its own.

    The column of numbers; the number that opens the text and stands in the codes, or else what the codes share ("12a",
    "12b"); its place in the order.
    """
    numbered = [(held[0].number, held[0].practice) for held in practices]
    opened = [_opening_number(held) or (_shared_stem(held), held[0].practice) for held in practices]
    in_order = [(str(rank), held[0].practice) for rank, held in enumerate(practices, start=1)]
    return next((way for way in (numbered, opened) if _are_different([number for number, _ in way])), in_order)


def _are_different(ids: Sequence[str]) -> bool:
    return all(ids) and len(set(ids)) == len(ids)


def _opening_number(held: Sequence[_Entry]) -> tuple[str, str] | None:
    """Return the number that opens a practice and the text behind it, if the codes of its indicators have that number.

    "12. Leaders coach." with the codes "12a" and "12b" is 12; "21 schools take part." with the code "4" has none.
    """
    match = _NUMBERED.fullmatch(held[0].practice)
    if match is None:
        return None
    stands = re.compile(rf"(?<!\d){re.escape(match['number'])}(?!\d)")
    return (match["number"], match["text"]) if all(stands.search(entry.code) for entry in held) else None


def _shared_stem(held: Sequence[_Entry]) -> str:
    """Return what the codes have before their last letter or number, if it is the same: "12a" and "12b" share 12."""
    matches = [_STEM.fullmatch(entry.code) for entry in held]
    stems = {match[1] if match else "" for match in matches}
    return stems.pop() if len(stems) == 1 else ""


def _no_table(source: str, lines: Sequence[Line]) -> PipelineError:
    widest = max(lines, key=lambda line: len(line.cells), default=None)
    rows = "; no line has several cells" if widest is None or len(widest.cells) < 2 else f"; {_shown(widest)}"
    return PipelineError(
        ErrorCode.INVALID_RUBRIC,
        found=f"{source}: no table with a header row of a rubric{rows}",
        expected="a header row with the columns 'Practice', 'Indicator' (or IN#, Code, No.) and one for each level",
        do="name the columns so in a copy of the document, or copy its table into a spreadsheet and save that as .xlsx",
    )


def _shown(line: Line) -> str:
    cells = ", ".join(repr(cell[:30]) for cell in line.cells[:_MOST_SHOWN])
    return f"{line.place} begins with the cells {cells}"
