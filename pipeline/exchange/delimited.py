r"""Tables in text, their cells parted by tabs, commas or semicolons: CSV, TSV, or a table amid running text.

    Our Rubric
                                                    → ("Our Rubric",)
    PRACTICE ⇥ IN# ⇥ FIRST ⇥ LAST                   → ("PRACTICE", "IN#", "FIRST", "LAST")
    1. Leaders plan. ⇥ 1a ⇥ They meet               → ("1. Leaders plan.", "1a", "They meet now and then.", "They
    now and then. ⇥ They meet                           meet every week.")
    every week.

A cell in straight quotation marks may hold tabs and line ends, as spreadsheets write them. Where cells are parted by
tabs, a row may also be broken over lines without any marks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from pipeline.exchange.lines import Line, fold, line
from pipeline.exchange.rubric_header import Columns, columns_of

DELIMITERS = "\t,;|"
_CLOSING = re.compile(r'"(?:[^"]|"")*+"(?!")')
_CODE = re.compile(r"(?=.{0,20}\d)\S{1,12}(?: \S{1,8})?")
_BARE_CODE = re.compile(r"\S{1,12}(?: \S{1,8})?")
_LONG_LINE = 40  # characters; shorter ones are headings rather than lines that were full
_NUMBERED = re.compile(r"\d[\d.]*[.)]?\s")
_SENTENCE_END = re.compile(r"[.!?…:;][\"”’')\]]*$")
_LONGEST_HEADING = 120  # characters
_PAGE_NUMBER = re.compile(r"[-–—| ]*(?:page |p\. ?)?\d{1,4}(?: ?(?:of|/) ?\d{1,4})?[-–—| ]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of a line as they stand, and what they have to do with the table that they may belong to.

    `number`: of the line. `header`, `width`: of the header at or above it. `has_code`: where the code should be, there
    is what looks like one. `after_blank`: below an empty line.
    """

    number: int
    cells: list[str]
    header: Columns | None = None
    width: int = 0
    is_header: bool = False
    after_blank: bool = False
    has_code: bool = False

    @property
    def text(self) -> str:
        return fold(" ".join(self.cells))

    @property
    def code(self) -> str:
        """What stands where the code should be."""
        place = self.header.code if self.header else len(self.cells)
        return self.cells[place].strip() if place < len(self.cells) else ""

    @property
    def practice(self) -> str:
        """The practice, of a row that has a code."""
        return self.cells[self.header.practice].strip() if self.header and self.has_code else ""


def read_delimited(text: str, delimiters: str = DELIMITERS) -> list[Line]:
    r"""Read the lines of a text; its delimiter is the first of `delimiters` that makes a header row of some line.

    Args:
        text: with its lines ended by "\n".
        delimiters: single characters.
    """
    text = re.sub("[\f\x85]", "\n", text)
    for delimiter in delimiters:
        rows = list(_rows(text, delimiter))
        if any(columns_of(_folded(row)) for row in rows):
            whole = _whole(rows) if delimiter == "\t" else rows
            return _lines(whole)
    return _lines(list(_rows(text, "\t")))


def is_heading(text: str) -> bool:
    """Tell a line that may be a heading: short, with letters, not ended as a sentence is, no page number."""
    return (
        len(text) <= _LONGEST_HEADING
        and any(char.isalpha() for char in text)
        and not _SENTENCE_END.search(text)
        and not is_page_number(text)
    )


def is_capitals(text: str) -> bool:
    """Tell a heading in capitals."""
    return is_heading(text) and text == text.upper()


def is_page_number(text: str) -> bool:
    """Tell the number of a page: "7", "Page 7 of 12", "– 7 –"."""
    return _PAGE_NUMBER.fullmatch(text) is not None


def _lines(rows: Sequence[_Row]) -> list[Line]:
    return [found for row in rows if (found := line(f"line {row.number}", row.cells))]


def _folded(row: _Row) -> tuple[str, ...]:
    return tuple(map(fold, row.cells))


def _rows(text: str, delimiter: str) -> Iterator[_Row]:
    """Cut a text into rows and cells; marks around a cell are taken off only where they close at its end."""
    cells: list[str] = []
    at, number, start = 0, 1, 1
    while at <= len(text):
        cell, end = _cell(text, at, delimiter)
        cells.append(cell)
        number += text.count("\n", at, end)
        if text[end : end + 1] != delimiter:
            yield _Row(start, cells)
            cells, number = [], number + 1
            start = number
        at = end + 1


def _cell(text: str, at: int, delimiter: str) -> tuple[str, int]:
    """Return the cell that begins at an offset, and the offset of the delimiter or line end behind it."""
    quoted = _CLOSING.match(text, at) if text.startswith('"', at) else None
    if quoted and text[quoted.end() : quoted.end() + 1] in {"", "\n", delimiter}:
        return quoted[0][1:-1].replace('""', '"'), quoted.end()
    ends = [place for place in (text.find("\n", at), text.find(delimiter, at)) if place >= 0]
    end = min(ends, default=len(text))
    return text[at:end], end


def _whole(rows: Sequence[_Row]) -> list[_Row]:
    """Join the rows that are broken over lines, each with the columns of the header above it; empty lines go."""
    header: Columns | None = None
    width = 0
    tables: list[_Row] = []
    blanks = {row.number for row in rows if not row.text}
    for row in filter(lambda row: row.text, rows):
        found = columns_of(_folded(row))
        if found:
            header, width = found, len(row.cells)
        tables.append(_Row(row.number, row.cells, header, width, bool(found), row.number - 1 in blanks))
    return _joined_to_the_one_before(_joined_to_the_one_behind(_with_codes(tables)))


def _with_codes(rows: Sequence[_Row]) -> list[_Row]:
    """Mark the rows that have a code; where most whole rows have a digit in theirs, no bare word is one."""
    codes = [row.code for row in rows if len(row.cells) == row.width and not row.is_header]
    n_with_digits = sum(any(map(str.isdigit, code)) for code in codes)
    look = _CODE if 2 * n_with_digits >= len(codes) else _BARE_CODE
    return [replace(row, has_code=look.fullmatch(row.code) is not None) for row in rows]


def _joined_to_the_one_behind(rows: Sequence[_Row]) -> list[_Row]:
    """Join lines of text to the row behind them where that begins in the middle of a sentence."""
    result: list[_Row] = []
    for row in reversed(rows):
        if result and _begins(row, result[-1]):
            result[-1] = _joined(row, result[-1])
        else:
            result.append(row)
    return result[::-1]


def _begins(row: _Row, behind: _Row) -> bool:
    if len(row.cells) > 1 or behind.after_blank or not behind.practice:
        return False
    if behind.practice[0].islower():
        return True
    is_long = len(row.text) >= _LONG_LINE and not _SENTENCE_END.search(row.text)
    opens = row.text[0].islower() or _NUMBERED.match(row.text) is not None
    return is_long and opens and not _NUMBERED.match(behind.practice)


def _joined_to_the_one_before(rows: Sequence[_Row]) -> list[_Row]:
    """Join what is left of a cell, and the cells behind it, to the row that was broken off in that cell."""
    result: list[_Row] = []
    for row, behind in zip_longest(rows, rows[1:]):
        if result and _continues(result[-1], row, behind):
            result[-1] = _joined(result[-1], row)
        else:
            result.append(row)
    return result


def _continues(before: _Row, row: _Row, behind: _Row | None) -> bool:
    if before.is_header or row.is_header or len(before.cells) < 2:
        return False
    if len(before.cells) + len(row.cells) - 1 > row.width:
        return False
    if len(row.cells) > 1:
        return bool(row.cells[0].strip()) and not row.has_code
    return _is_rest(before, row, behind)


def _is_rest(before: _Row, row: _Row, behind: _Row | None) -> bool:
    """Tell whether a line of text goes on in the last cell of a row, rather than being a heading or a practice."""
    if is_page_number(row.text) or is_capitals(row.text):
        return False
    if len(before.cells) < before.width and not row.after_blank:
        return True
    if behind and behind.has_code and not behind.practice and _NUMBERED.match(row.text):
        return False
    if row.text[0].islower() or not _SENTENCE_END.search(before.text):
        return True
    begins = behind is not None and (behind.is_header or behind.practice != "")
    return not row.after_blank and not (begins and is_heading(row.text))


def _joined(before: _Row, row: _Row) -> _Row:
    first, *others = row.cells
    cells = [*before.cells[:-1], f"{before.cells[-1]} {first}", *others]
    has_code = before.has_code or row.has_code
    return replace(before, cells=cells, header=row.header, width=row.width, has_code=has_code)
