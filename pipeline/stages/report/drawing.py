"""A canvas for figures: what is put on it becomes an SVG and a PNG of 300 dpi that show the same.

Positions are points (1/72 inch) from the upper left corner; a text stands on its baseline. Bars, cells and words need
no more, and take a tenth of the time of a library that can draw everything.

Worked example: `canvas.rect(10, 10, 72, 36, BLUE)` is one inch by half an inch, 300 × 150 pixels in the PNG.
"""

import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

Pixels = npt.NDArray[np.uint8]
Places = npt.NDArray[np.float64]
Colour = tuple[int, int, int]
Anchor = Literal["start", "middle", "end"]

BLACK, WHITE, BLUE, ORANGE, GREY = "#000000", "#ffffff", "#0072b2", "#e69f00", "#595959"
FONT: Final = "DejaVu Sans"
SIZE: Final = 9.0
_DPI: Final = 300
_SCALE: Final = _DPI / 72
_HATCH: Final = 5.0
"""Points from one stroke of a hatched area to the next."""
_COLOURS: Final = 256
_STEPS: Final = 7
"""Between a colour and what it is laid over, at an edge: few enough for one palette."""
_STRAIGHT: Final = 0.01
"""Pixels by which the ends of a line may differ that is drawn as upright or level."""
_SMOOTH: Final = 1.0
"""Pixels over which a slanted edge fades."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle; `hatched`: with slanted strokes in the colour of its border."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    border: str = ""
    hatched: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str
    width: float


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    radius: float
    colour: str


@dataclass(frozen=True, slots=True)
class Text:
    """A line of words. `turn`: degrees counterclockwise around its anchor."""

    x: float
    y: float
    words: str
    size: float
    colour: str
    anchor: Anchor
    turn: float


class Canvas:
    """A sheet of paper, in points. `marks`: what stands on it, the later above the earlier."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.marks: list[Rect | Stroke | Dot | Text] = []

    def rect(
        self, x: float, y: float, width: float, height: float, fill: str, border: str = "", *, hatched: bool = False
    ) -> None:
        """Put a rectangle on it."""
        self.marks.append(Rect(x, y, width, height, fill, border, hatched))

    def line(self, start: tuple[float, float], end: tuple[float, float], colour: str, width: float = 0.8) -> None:
        """Put a line on it."""
        self.marks.append(Stroke(*start, *end, colour, width))

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """Put a circle on it."""
        self.marks.append(Dot(x, y, radius, colour))

    def text(
        self,
        at: tuple[float, float],
        words: str,
        anchor: Anchor = "start",
        *,
        size: float = SIZE,
        colour: str = BLACK,
        turn: float = 0,
    ) -> None:
        """Put words on it, as far as the font has them."""
        self.marks.append(Text(*at, drawable(words), size, colour, anchor, turn))

    @property
    def words(self) -> list[str]:
        """All words on it."""
        return [mark.words for mark in self.marks if isinstance(mark, Text)]


# --- measuring --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def width_of(words: str, size: float = SIZE) -> float:
    """Return how long a line of words is, in points."""
    return _set(words, size).get_width_height()[0] / 64 / _SCALE


def _set(words: str, size: float, turn: float = 0.0) -> "FT2Font":
    from matplotlib.ft2font import LoadFlags  # noqa: PLC0415 - slow to import

    font = _font(size)
    font.set_text(words, turn, flags=LoadFlags.NO_HINTING)
    return font


def widest(lines: Sequence[str], size: float = SIZE) -> float:
    """Return the length of the longest line; 0 where there is none."""
    return max((width_of(line, size) for line in lines), default=0.0)


def drawable(words: str) -> str:
    """Put □ in place of what the font does not have."""
    known = _charmap()
    return words if known.issuperset(map(ord, words)) else "".join(c if ord(c) in known else "□" for c in words)


@lru_cache(maxsize=1)
def _charmap() -> frozenset[int]:
    """Return the characters that the font has."""
    return frozenset(_font(SIZE).get_charmap())


@lru_cache(maxsize=8)
def _font(size: float) -> "FT2Font":
    # Only what reads fonts is imported: it takes a fifth of the time of all of matplotlib.
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415 - slow to import

    spec = find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    font = FT2Font(str(Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"))
    font.set_size(size, _DPI)
    return font


# --- as SVG -----------------------------------------------------------------------------------------------------------


def to_svg(canvas: Canvas) -> bytes:
    """Return the canvas as SVG. Words stay words, which can be searched and changed."""
    size = f'width="{_n(canvas.width)}pt" height="{_n(canvas.height)}pt"'
    head = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {_n(canvas.width)} {_n(canvas.height)}" '
        f'font-family="{FONT}, Verdana, Arial, sans-serif">',
        *_patterns(canvas),
        f'<rect width="100%" height="100%" fill="{WHITE}"/>',
    ]
    return "\n".join([*head, *map(_svg, canvas.marks), "</svg>", ""]).encode()


def _patterns(canvas: Canvas) -> list[str]:
    colours = {mark.border for mark in canvas.marks if isinstance(mark, Rect) and mark.hatched}
    side = _HATCH / math.sqrt(2)
    return [
        f'<defs><pattern id="hatch-{colour[1:]}" width="{_n(side)}" height="{_n(side)}" '
        f'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="{_n(side)}" height="{_n(side)}" fill="{WHITE}"/>'
        f'<path d="M0 0V{_n(side)}" stroke="{colour}" stroke-width="1.4"/></pattern></defs>'
        for colour in sorted(colours)
    ]


def _svg(mark: Rect | Stroke | Dot | Text) -> str:
    if isinstance(mark, Rect):
        fill = f"url(#hatch-{mark.border[1:]})" if mark.hatched else mark.fill
        border = f' stroke="{mark.border}" stroke-width="0.8"' if mark.border else ""
        box = f'x="{_n(mark.x)}" y="{_n(mark.y)}" width="{_n(mark.width)}" height="{_n(mark.height)}"'
        return f'<rect {box} fill="{fill}"{border}/>'
    if isinstance(mark, Stroke):
        path = f"M{_n(mark.x1)} {_n(mark.y1)}L{_n(mark.x2)} {_n(mark.y2)}"
        return f'<path d="{path}" stroke="{mark.colour}" stroke-width="{_n(mark.width)}"/>'
    if isinstance(mark, Dot):
        return f'<circle cx="{_n(mark.x)}" cy="{_n(mark.y)}" r="{_n(mark.radius)}" fill="{mark.colour}"/>'
    turned = f' transform="rotate({_n(-mark.turn)} {_n(mark.x)} {_n(mark.y)})"' if mark.turn else ""
    anchor = f' text-anchor="{mark.anchor}"' if mark.anchor != "start" else ""
    colour = f' fill="{mark.colour}"' if mark.colour != BLACK else ""
    style = f'font-size="{_n(mark.size)}"{anchor}{colour}{turned}'
    return f'<text x="{_n(mark.x)}" y="{_n(mark.y)}" {style} xml:space="preserve">{escape(mark.words)}</text>'


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


# --- as PNG -----------------------------------------------------------------------------------------------------------


class _Sheet:
    """Pixels of at most 256 colours. `pixels`: places in the palette, shape (rows, columns)."""

    def __init__(self, canvas: Canvas) -> None:
        self.pixels: Pixels = np.zeros((_px(canvas.height), _px(canvas.width)), dtype=np.uint8)
        self.palette = [_rgb(WHITE)]
        self._places = {_rgb(WHITE): 0}
        self._steps: dict[tuple[int, str], list[int]] = {}

    def place(self, colour: Colour) -> int:
        """Return the place of a colour in the palette; once that is full, of the nearest."""
        if colour not in self._places:
            self._places[colour] = self._new(colour)
        return self._places[colour]

    def _new(self, colour: Colour) -> int:
        if len(self.palette) < _COLOURS:
            self.palette.append(colour)
            return len(self.palette) - 1
        away = np.square(np.array(self.palette) - colour).sum(axis=1)
        return int(away.argmin())

    def blend(self, area: Pixels, share: Places, colour: str) -> None:
        """Lay a colour over an area. `share`: how much of each pixel it covers, of the same shape."""
        table = np.zeros((_COLOURS, _STEPS + 1), dtype=np.uint8)
        for below in np.bincount(area.ravel()).nonzero()[0].tolist():
            table[below] = self._mixed(below, colour)
        area[:] = table[area, np.rint(share * _STEPS).astype(np.uint8)]

    def _mixed(self, below: int, colour: str) -> list[int]:
        """Return the places of the colours from one to another, in steps."""
        if (below, colour) not in self._steps:
            pairs = list(zip(self.palette[below], _rgb(colour), strict=True))
            shares = [step / _STEPS for step in range(_STEPS + 1)]
            mixed = [[round(low + share * (high - low)) for low, high in pairs] for share in shares]
            self._steps[below, colour] = [self.place((red, green, blue)) for red, green, blue in mixed]
        return self._steps[below, colour]


def to_png(canvas: Canvas) -> bytes:
    """Return the canvas as PNG."""
    sheet = _Sheet(canvas)
    for mark in canvas.marks:
        _put(sheet, mark)
    return _png(sheet)


def _put(sheet: _Sheet, mark: Rect | Stroke | Dot | Text) -> None:
    match mark:
        case Rect():
            _put_rect(sheet, mark)
        case Stroke():
            _put_line(sheet, mark)
        case Dot():
            _put_dot(sheet, mark)
        case Text():
            _put_text(sheet, mark)


def _put_rect(sheet: _Sheet, rect: Rect) -> None:
    rows = _between(rect.y * _SCALE, (rect.y + rect.height) * _SCALE)
    columns = _between(rect.x * _SCALE, (rect.x + rect.width) * _SCALE)
    area = sheet.pixels[rows, columns]
    area[:] = sheet.place(_rgb(WHITE if rect.hatched else rect.fill))
    if rect.hatched:
        sheet.blend(area, _hatching(area.shape, rect), rect.border)
    if rect.border:
        right, bottom = rect.x + rect.width, rect.y + rect.height
        corners = [(rect.x, rect.y), (right, rect.y), (right, bottom), (rect.x, bottom)]
        for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
            _put_line(sheet, Stroke(x1, y1, x2, y2, rect.border, 0.8))


def _hatching(shape: tuple[int, ...], rect: Rect) -> Places:
    """Return how much slanted strokes cover of each pixel; they go on from one rectangle to the next."""
    period = _HATCH * _SCALE
    across = np.arange(shape[1]) + _px(rect.x)
    down = np.arange(shape[0])[:, None] + _px(rect.y)
    away = np.abs((across + down) % period - period / 2) / math.sqrt(2)
    covered: Places = np.clip(0.7 * _SCALE / 2 + _SMOOTH / 2 - away, 0, 1)
    return covered


def _put_line(sheet: _Sheet, line: Stroke) -> None:
    half = max(1, _px(line.width)) / 2
    x1, x2 = sorted((line.x1 * _SCALE, line.x2 * _SCALE))
    y1, y2 = sorted((line.y1 * _SCALE, line.y2 * _SCALE))
    upright, level = x2 - x1 < _STRAIGHT, y2 - y1 < _STRAIGHT
    if not upright and not level:
        _put_slanted(sheet, line, half)
        return
    rows = _between(y1 - half * level, y2 + half * level)
    columns = _between(x1 - half * upright, x2 + half * upright)
    sheet.pixels[rows, columns] = sheet.place(_rgb(line.colour))


def _put_slanted(sheet: _Sheet, line: Stroke, half: float) -> None:
    start, end = np.array([line.x1, line.y1]) * _SCALE, np.array([line.x2, line.y2]) * _SCALE
    area, across, down = _around(sheet.pixels, np.minimum(start, end), np.maximum(start, end), half)
    along = end - start
    place = np.clip(((across - start[0]) * along[0] + (down - start[1]) * along[1]) / (along @ along), 0, 1)
    away = np.hypot(across - start[0] - place * along[0], down - start[1] - place * along[1])
    sheet.blend(area, np.clip(half + _SMOOTH / 2 - away, 0, 1), line.colour)


def _put_dot(sheet: _Sheet, dot: Dot) -> None:
    middle = np.array([dot.x, dot.y]) * _SCALE
    radius = dot.radius * _SCALE
    area, across, down = _around(sheet.pixels, middle, middle, radius)
    away = np.hypot(across - middle[0], down - middle[1])
    sheet.blend(area, np.clip(radius + _SMOOTH / 2 - away, 0, 1), dot.colour)


def _around(pixels: Pixels, low: Places, high: Places, margin: float) -> tuple[Pixels, Places, Places]:
    """Return the pixels of a box with a margin, and the middles of its columns and rows."""
    columns, rows = (_between(*ends) for ends in zip(low - margin - 1, high + margin + 1, strict=True))
    area = pixels[rows, columns]
    return area, np.arange(area.shape[1]) + columns.start + 0.5, np.arange(area.shape[0])[:, None] + rows.start + 0.5


def _put_text(sheet: _Sheet, text: Text) -> None:
    back = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor] * width_of(text.words, text.size) * _SCALE
    angle = math.radians(text.turn)
    x, y = text.x * _SCALE - back * math.cos(angle), text.y * _SCALE + back * math.sin(angle)
    image, aside, below = _image(text.words, text.size, text.turn)
    left, top = round(x + aside), round(y + below) - image.shape[0]
    image = image[max(0, -top) :, max(0, -left) :]
    area = sheet.pixels[max(0, top) :, max(0, left) :][: image.shape[0], : image.shape[1]]
    sheet.blend(area, image[: area.shape[0], : area.shape[1]], text.colour)


@lru_cache(maxsize=512)
def _image(words: str, size: float, turn: float) -> tuple[Places, float, float]:
    """Return how much words cover of each pixel; how far they reach aside from where they begin, and below."""
    font = _set(words, size, turn)
    font.draw_glyphs_to_bitmap(antialiased=True)
    cover = np.array(font.get_image(), dtype=np.float64) / 255
    return cover, font.get_bitmap_offset()[0] / 64, font.get_descent() / 64


def _png(sheet: _Sheet) -> bytes:
    """Encode pixels, each row as its difference from the one above, which are mostly the same."""
    height, width = sheet.pixels.shape
    filtered = np.empty((height, width + 1), dtype=np.uint8)
    filtered[:, 0] = 2
    filtered[0, 1:] = sheet.pixels[0]
    np.subtract(sheet.pixels[1:], sheet.pixels[:-1], out=filtered[1:, 1:])
    per_metre = round(_DPI / 0.0254)
    return b"".join([
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        _chunk(b"PLTE", bytes(part for colour in sheet.palette for part in colour)),
        _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
        _chunk(b"IDAT", zlib.compress(filtered.data, 3)),
        _chunk(b"IEND", b""),
    ])  # fmt: skip


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _between(low: float, high: float) -> slice:
    """Return the pixels of a row or column between two places; none before its first."""
    return slice(max(0, round(low)), max(0, round(high)))


def _px(points: float) -> int:
    return round(points * _SCALE)


def _rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
