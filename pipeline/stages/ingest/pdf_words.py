"""The words of a PDF page, from the characters that pdfminer places on it.

pdfplumber describes each character by a dictionary of everything that is known of it; that takes longer than reading
the page. Here only what the words need is kept, and pdfplumber is asked for the tables of pages with drawn lines alone.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from pdfminer.layout import LTChar, LTContainer, LTCurve

from pipeline.stages.ingest.healing import clean, clean_line

Page = Any  # pdfplumber has no types

_UNMAPPED = re.compile(r"\(cid:\d+\)")
_BULLET = "•"
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_WORD_GAP = 0.15  # of the type size, between the characters of two words
_LINE_STEP = 2.0  # points, between the baselines of two lines at least
_SAME_PLACE = 0.5  # points; a character printed twice to look bold
_FEWEST_DRAWN = 4  # lines or boxes that a table has at least
_MOST_DRAWN = 4000  # a map or chart
_LONGEST_CELL = 1000  # characters


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A word in one type. Distances in points from the top left corner of the page; `size` in points.

    Two words are the same only when they are one object, so that sets of words are cheap.
    """

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    font: str
    rows: tuple[tuple[str, ...], ...] = ()  # of a ruled table, which stands in the stream like a word


@dataclass(frozen=True, slots=True)
class PageWords:
    """The words of a page, and the boxes drawn on it as (x0, top, x1, bottom)."""

    number: int
    width: float
    height: float
    words: list[Word]
    boxes: list[tuple[float, float, float, float]]


@dataclass(frozen=True, slots=True)
class _Char:
    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    font: str


def page_words(page: Page) -> PageWords:
    """Read the upright words of a page; a ruled table becomes one word that holds its rows."""
    width, height = float(page.width), float(page.height)
    chars, drawn = _contents(page)
    found = [word for word in map(_word, _split(chars)) if 0 <= word.x0 <= width and 0 <= word.top <= height]
    boxes: list[tuple[float, float, float, float]] = []
    if drawn:
        boxes = [(rect["x0"], rect["top"], rect["x1"], rect["bottom"]) for rect in page.rects]
    limits = [box for box in boxes if box[2] - box[0] < 0.97 * width and box[3] - box[1] > 12]
    for table in _ruled_tables(page) if _FEWEST_DRAWN <= drawn <= _MOST_DRAWN else []:
        found = [word for word in found if not is_inside(word, table.bbox)]
        found.append(_table_word(table))
    return PageWords(page.page_number, width, height, [word for word in found if word.text], limits)


def _contents(page: Page) -> tuple[list[_Char], int]:
    """Return the upright characters, each once, and how many lines, boxes and curves are drawn."""
    left, top = page.mediabox[:2]
    bottom = float(page.height) + top
    chars: list[_Char] = []
    seen: set[tuple[str, str, int, int]] = set()
    drawn = 0
    for thing in _leaves(page.layout):
        if isinstance(thing, LTCurve):
            drawn += 1
        elif isinstance(thing, LTChar) and thing.upright:
            char = _char(thing, left, bottom)
            if _is_new(char, seen):
                chars.append(char)
    return chars, drawn


def _char(thing: Any, left: float, bottom: float) -> _Char:
    font = thing.fontname if isinstance(thing.fontname, str) else thing.fontname.decode("latin-1")
    x0, y0, x1, y1 = thing.bbox
    return _Char(thing.get_text(), x0 + left, x1 + left, bottom - y1, bottom - y0, thing.size, font)


def _leaves(container: Any) -> Iterator[Any]:
    """Yield what a page holds, figures and groups taken apart, in the order of the file."""
    waiting = [iter(container)]
    while waiting:
        for thing in waiting[-1]:
            if isinstance(thing, LTContainer):
                waiting.append(iter(thing))
                break
            yield thing
        else:
            waiting.pop()


def _is_new(char: _Char, seen: set[tuple[str, str, int, int]]) -> bool:
    """Tell a character from one that was printed before in nearly the same place."""
    column, row = round(char.x0 / _SAME_PLACE), round(char.top / _SAME_PLACE)
    for dx in (0, -1, 1):
        for dy in (0, -1, 1):
            if (char.text, char.font, column + dx, row + dy) in seen:
                return False
    seen.add((char.text, char.font, column, row))
    return True


def _split(chars: Iterable[_Char]) -> Iterator[list[_Char]]:
    """Group characters of one type to lines, and lines to words."""
    for _, run in groupby(chars, attrgetter("font", "size")):
        for line in _lines(run):
            yield from _words_of_line(line)


def _lines(run: Iterable[_Char]) -> Iterator[list[_Char]]:
    line: list[_Char] = []
    for char in sorted(run, key=attrgetter("top")):
        if line and char.top > line[-1].top + _LINE_STEP:
            yield sorted(line, key=attrgetter("x0"))
            line = []
        line.append(char)
    if line:
        yield sorted(line, key=attrgetter("x0"))


def _words_of_line(line: list[_Char]) -> Iterator[list[_Char]]:
    word: list[_Char] = []
    for char in line:
        is_blank = char.text.isspace()
        if word and (is_blank or char.x0 > word[-1].x1 + _WORD_GAP * word[-1].size):
            yield word
            word = []
        if not is_blank:
            word.append(char)
    if word:
        yield word


def _word(chars: list[_Char]) -> Word:
    raw = "".join(char.text for char in (reversed(chars) if _reads_leftwards(chars) else chars))
    text = _BULLET if _UNMAPPED.fullmatch(raw) else clean(_UNMAPPED.sub("", raw))
    tops, bottoms = [char.top for char in chars], [char.bottom for char in chars]
    font = chars[0].font.rsplit("+", 1)[-1]
    x1 = max(char.x1 for char in chars)
    return Word(text, chars[0].x0, x1, min(tops), max(bottoms), chars[0].size, font)


def _reads_leftwards(chars: list[_Char]) -> bool:
    """Tell a word in Arabic or Hebrew letters, which the page shows from right to left."""
    return any(_RIGHT_TO_LEFT.match(char.text) for char in chars)


def reads_leftwards(words: Iterable[Word]) -> bool:
    """Tell a line of which most words are in Arabic or Hebrew letters."""
    leftwards = [_RIGHT_TO_LEFT.search(word.text) is not None for word in words if any(map(str.isalpha, word.text))]
    return sum(leftwards) > len(leftwards) / 2


def is_inside(word: Any, box: tuple[float, float, float, float]) -> bool:
    """Tell whether the middle of a word, or line, lies in a box."""
    x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
    return bool(box[0] <= x <= box[2] and box[1] <= y <= box[3])


def _ruled_tables(page: Page) -> list[Any]:
    return [table for table in page.find_tables() if _is_table(table.extract())]


def _is_table(rows: list[list[str | None]]) -> bool:
    """Tell a table from a frame around text: several rows and columns, most cells filled, none with an essay."""
    cells = [cell for row in rows for cell in row]
    filled = [cell for cell in cells if cell and cell.strip()]
    several = len(rows) >= 2 and max(map(len, rows), default=0) >= 2
    return several and len(filled) >= 0.4 * len(cells) and max(map(len, filled), default=0) < _LONGEST_CELL


def _table_word(table: Any) -> Word:
    x0, top, x1, bottom = table.bbox
    rows = tuple(tuple(clean_line(_UNMAPPED.sub("", cell or "")) for cell in row) for row in table.extract())
    return Word("\ufffc", x0, x1, top, bottom, 0.0, "", rows)
