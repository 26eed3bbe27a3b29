"""How each figure is drawn: axes, bars and cells on a canvas, labels and counts already given."""

import math
import textwrap
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from pipeline.stages.report.drawing import BLACK, BLUE, GREY, ORANGE, WHITE, Canvas, widest, width_of
from pipeline.stages.report.tables import Cell
from pipeline.stages.report.views import Decision

PortraitPanel = tuple[
    str, int, Sequence[tuple[str, Sequence[tuple[int, Decision, str, str]]]], Sequence[tuple[int, int]]
]
"""Title and passages of a document, its themes with their marks, its problems of practice from where to where."""

WIDTH: Final = 648.0
"""Points: nine inches."""
_EDGE: Final = 11.0
_SMALL: Final = 8.0
_LINE: Final = 12.0
_SHORT: Final = 5
"""Letters of a name that stands upright under its column."""
_WRAPPED: Final = 140
_TILT: Final = math.radians(40)
_ROW: Final = 21.6
_BAR: Final = 20.0
_STRIP: Final = 11.5
_PANEL: Final = 122.0
_GRID: Final = "#d9d9d9"
_BLUES: Final = ("#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b")
"""From light to dark, of ColorBrewer (Harrower & Brewer 2003)."""
_SHADES: Final = 24


def theme_bars(names: Sequence[str], cells: Sequence[Cell], caption: str) -> Canvas:
    """Draw a bar per theme: passages decided yes, then those to review."""
    rows = [(name, cell.yes, cell.review) for name, cell in zip(names, cells, strict=True)]
    return _bars(rows, ("passages", "none"), caption)


def coverage_bars(rows: Sequence[tuple[str, int, int]], caption: str) -> Canvas:
    """Draw a bar per practice: quotes matched, then those to review; a practice without any says so."""
    return _bars(rows, ("quotes", "○ no evidence"), caption)


def heat_map(names: Sequence[str], heads: Sequence[str], cells: Sequence[Sequence[Cell]], caption: str) -> Canvas:
    """Draw a cell per row and column, shaded by share, with its count unless that is 0."""
    top = max((cell.share for row in cells for cell in row), default=0) or 1
    left = _EDGE + widest(names) + 6
    inner = _ROW * len(names)
    canvas = _sheet(_EDGE + inner + _foot_of(heads), f"{caption} Lightest: 0%; darkest: {100 * top:.0f}%.")
    wide = (WIDTH - left - _EDGE) / max(1, len(heads))
    for y, (name, row) in enumerate(zip(names, cells, strict=True)):
        middle = _EDGE + _ROW * (y + 0.5)
        canvas.text((left - 5, middle + 3.3), name, "end")
        for x, cell in enumerate(row):
            shade = cell.share / top
            canvas.rect(left + wide * x, middle - _ROW / 2, wide, _ROW, _shade(shade), _GRID)
            if cell.yes:
                colour = WHITE if shade > 0.6 else BLACK
                canvas.text((left + wide * (x + 0.5), middle + 3.3), f"{cell.yes:,}", "middle", colour=colour)
    _put_heads(canvas, heads, left, wide, _EDGE + inner)
    return canvas


def _shade(share: float) -> str:
    """Return a colour between two of the scale, one of a few that can be told apart. `share`: 0–1."""
    place = round(min(share, 1) * _SHADES) / _SHADES * (len(_BLUES) - 1)
    below = min(int(place), len(_BLUES) - 2)
    pairs = ((int(_BLUES[below][i : i + 2], 16), int(_BLUES[below + 1][i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(low + (place - below) * (high - low)):02x}" for low, high in pairs)


def _turned(heads: Sequence[str]) -> bool:
    """Tell whether the names of columns do not fit side by side."""
    return max(map(len, heads), default=0) > _SHORT


def _foot_of(heads: Sequence[str]) -> float:
    """Return the height of the names of columns."""
    if _turned(heads):
        return 14 + math.sin(_TILT) * widest(heads)
    return 8 + _LINE * max((head.count("\n") + 1 for head in heads), default=0)


def _put_heads(canvas: Canvas, heads: Sequence[str], left: float, wide: float, top: float) -> None:
    for x, head in enumerate(heads):
        middle = left + wide * (x + 0.5)
        if _turned(heads):
            at = (middle + 8 * math.sin(_TILT), top + 3 + 8 * math.cos(_TILT))
            canvas.text(at, head, "end", turn=math.degrees(_TILT))
            continue
        for i, line in enumerate(head.split("\n")):
            canvas.text((middle, top + _LINE * (i + 1)), line, "middle")


def years(heads: Sequence[str], labels: Sequence[str], cells: Sequence[Sequence[Cell]], caption: str) -> Canvas:
    """Draw a small panel per theme: its share in each year with the interval; years stand at their distance in time."""
    columns = 3 if len(heads) > 4 else 2
    canvas = _sheet(_EDGE + _PANEL * math.ceil(len(heads) / columns), caption)
    left, gap = 43.0, 16.0
    wide = (WIDTH - left - 8 - gap * (columns - 1)) / columns
    for i, (head, row) in enumerate(zip(heads, cells, strict=True)):
        x, y = left + (wide + gap) * (i % columns), _EDGE + _PANEL * (i // columns)
        _year_panel(canvas, (x, y + 14, wide, _PANEL - 38), head, labels, row, told=i % columns == 0)
    return canvas


def _year_panel(
    canvas: Canvas,
    box: tuple[float, float, float, float],
    head: str,
    labels: Sequence[str],
    row: Sequence[Cell],
    *,
    told: bool,
) -> None:
    """Draw a panel. `told`: with the names of the shares beside it."""
    left, top, wide, high = box
    bottom = top + high
    first, last = int(labels[0]) - 0.5, int(labels[-1]) + 0.5
    places = [left + wide * (int(label) - first) / (last - first) for label in labels]
    canvas.text((left, top - 4), head)
    for share in (0.25, 0.5, 0.75, 1.0):
        canvas.line((left, bottom - high * share), (left + wide, bottom - high * share), "#ececec", 0.6)
    for share in (0.0, 0.5, 1.0) if told else ():
        canvas.text((left - 5, bottom - high * share + 3), f"{100 * share:.0f}%", "end", size=_SMALL)
    canvas.line((left, top), (left, bottom), BLACK)
    canvas.line((left, bottom), (left + wide, bottom), BLACK)
    for place, label in _apart(places, labels):
        canvas.line((place, bottom), (place, bottom + 3), BLACK)
        canvas.text((place, bottom + 12), label, "middle", size=_SMALL)
    points = [(place, bottom - high * cell.share) for place, cell in zip(places, row, strict=True)]
    for (place, _), cell in zip(points, row, strict=True):
        low, up = (bottom - high * bound for bound in cell.interval)
        canvas.line((place, low), (place, up), GREY, 0.9)
        for end in (low, up):
            canvas.line((place - 2.4, end), (place + 2.4, end), GREY, 0.9)
    for start, next_ in pairwise(points):
        canvas.line(start, next_, BLUE, 1.0)
    for place, level in points:
        canvas.dot(place, level, 2.2, BLUE)


def _apart(places: Sequence[float], labels: Sequence[str], room: float = 26.0) -> list[tuple[float, str]]:
    """Return the years whose names do not touch each other; the last one is always told."""
    told: list[tuple[float, str]] = []
    for place, label in reversed(list(zip(places, labels, strict=True))):
        if not told or told[-1][0] - place >= room:
            told.append((place, label))
    return told[::-1]


def portraits(panels: Sequence[PortraitPanel], caption: str) -> Canvas:
    """Draw a panel per document: a strip per theme, with a mark at each passage that has it."""
    heights = [_STRIP * len(strips) + 32 for _, _, strips, _ in panels]
    canvas = _sheet(sum(heights), caption)
    left = _EDGE + widest([name for _, _, strips, _ in panels for name, _ in strips], _SMALL) + 6
    top = 0.0
    for panel, taken in zip(panels, heights, strict=True):
        _portrait(canvas, left, top + 20, panel)
        top += taken
    return canvas


def _portrait(canvas: Canvas, left: float, top: float, panel: PortraitPanel) -> None:
    title, n, strips, stretches = panel
    wide, high = (WIDTH - left - _EDGE) / max(n, 1), _STRIP * len(strips)
    canvas.text((left, top - 5), title)
    for i, (start, end) in enumerate(stretches):
        canvas.rect(left + wide * start, top, wide * (end - start), high, "#c9c9c9" if i % 2 else "#e4e4e4")
    for y, (name, cells) in enumerate(strips):
        bottom = top + _STRIP * (y + 1) - 1
        canvas.text((left - 5, bottom - 2), name, "end", size=_SMALL)
        for decision, colour, share in (("yes", BLUE, 0.8), ("review", ORANGE, 0.4)):
            for start, end in _runs([place for place, said, _, _ in cells if said == decision]):
                height = share * _STRIP
                canvas.rect(left + wide * start, bottom - height, wide * (end - start), height, colour)
    canvas.line((left, top + high), (left + wide * n, top + high), BLACK)


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Return places that follow each other as stretches, each to just before its end.

    >>> _runs([1, 2, 5])
    [(1, 3), (5, 6)]
    """
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1] = runs[-1][0], place + 1
        else:
            runs.append((place, place + 1))
    return runs


def _bars(rows: Sequence[tuple[str, int, int]], words: tuple[str, str], caption: str) -> Canvas:
    left = _EDGE + widest([row[0] for row in rows]) + 6
    inner = _BAR * len(rows)
    bottom = _EDGE + inner
    canvas = _sheet(bottom + 34, caption)
    labels = [_told(sure, unsure, words[1]) for _, sure, unsure in rows]
    room = WIDTH - left - _EDGE
    units = [
        (room - 8 - width_of(label, _SMALL)) / (row[1] + row[2])
        for row, label in zip(rows, labels, strict=True)
        if row[1] + row[2]
    ]
    unit = min(units, default=room)
    for y, ((name, sure, unsure), label) in enumerate(zip(rows, labels, strict=True)):
        middle = _EDGE + _BAR * (y + 0.5)
        canvas.text((left - 5, middle + 3.3), name, "end")
        if unsure:
            canvas.rect(left + unit * sure, middle - 7, unit * unsure, 14, WHITE, ORANGE, hatched=True)
        if sure:
            canvas.rect(left, middle - 7, unit * sure, 14, BLUE)
        canvas.text((left + unit * (sure + unsure) + 4, middle + 3), label, size=_SMALL)
    canvas.line((left, _EDGE), (left, bottom), BLACK)
    canvas.line((left, bottom), (WIDTH - _EDGE, bottom), BLACK)
    for tick in ticks(room / unit):
        canvas.line((left + unit * tick, bottom), (left + unit * tick, bottom + 3), BLACK)
        canvas.text((left + unit * tick, bottom + 13), f"{tick:,}", "middle", size=_SMALL)
    canvas.text(((left + WIDTH - _EDGE) / 2, bottom + 26), f"number of {words[0]}", "middle")
    return canvas


def _told(sure: int, unsure: int, nothing: str) -> str:
    """Return the words behind a bar."""
    return f"{sure:,} + {unsure:,} to review" if unsure else f"{sure:,}" if sure else nothing


def ticks(top: float) -> list[int]:
    """Return round whole numbers from 0 to `top`, ten at most.

    >>> ticks(123)
    [0, 20, 40, 60, 80, 100, 120]
    """
    steps = (step * 10**power for power in range(12) for step in (1, 2, 5))
    step = next(step for step in steps if top / step < 9)
    return list(range(0, int(top) + 1, step))


def _sheet(inner: float, caption: str) -> Canvas:
    """Return a canvas with room for so much, and the caption below it."""
    lines = textwrap.wrap(caption, _WRAPPED)
    canvas = Canvas(WIDTH, inner + 16 + _LINE * len(lines))
    for i, line in enumerate(lines):
        canvas.text((_EDGE, inner + 16 + _LINE * (i + 0.3)), line, size=_SMALL, colour=GREY)
    return canvas
