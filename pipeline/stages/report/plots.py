"""How each figure is drawn: axes, bars and cells on a canvas of matplotlib, labels and counts already given.

Margins are reckoned from the lengths of the labels: letting matplotlib measure every text took two thirds of the time.
"""

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.stages.report.tables import Cell
from pipeline.stages.report.views import Decision

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PortraitPanel = tuple[
    str, int, Sequence[tuple[str, Sequence[tuple[int, Decision, str, str]]]], Sequence[tuple[int, int]]
]
"""Title and passages of a document, its themes with their marks, its problems of practice from where to where."""

BLUE, ORANGE, GREY = "#0072b2", "#e69f00", "#595959"
WIDTH = 9.0
"""Inches."""
_LETTER = 0.078
"""Inches; a letter at 9 points is hardly wider on average."""
_LINE = 0.17
_STRIP = 0.16
_SHORT = 5
"""Letters of a name that stands upright under its column."""
_WRAPPED = 140
_TILT = math.sin(math.radians(40))


def theme_bars(canvas: "Figure", names: Sequence[str], cells: Sequence[Cell], caption: str) -> None:
    """Draw a bar per theme: passages decided yes, then those to review."""
    rows = [(name, cell.yes, cell.review) for name, cell in zip(names, cells, strict=True)]
    _bars(canvas, rows, ("passages", "none"), caption)


def coverage_bars(canvas: "Figure", rows: Sequence[tuple[str, int, int]], caption: str) -> None:
    """Draw a bar per practice: quotes matched, then those to review; a practice without any says so."""
    _bars(canvas, rows, ("quotes", "○ no evidence"), caption)


def heat_map(
    canvas: "Figure", names: Sequence[str], heads: Sequence[str], cells: Sequence[Sequence[Cell]], caption: str
) -> None:
    """Draw a cell per row and column, shaded by share, with its count unless that is 0."""
    from matplotlib import colormaps  # noqa: PLC0415 - slow to import

    shares = [[cell.share for cell in row] for row in cells]
    top = max((share for row in shares for share in row), default=0) or 1
    caption += f" Lightest: 0%; darkest: {100 * top:.0f}%."
    axes = _axes(canvas, 0.3 * len(names), (_width(names), 0.2 + _TILT * _width(heads), 0.15), caption)
    axes.pcolormesh(shares, cmap=colormaps["Blues"], vmin=0, vmax=top, edgecolors="#d9d9d9", linewidth=0.6)
    axes.set_xticks([x + 0.5 for x in range(len(heads))], heads, **_turned(heads))
    axes.set_yticks([y + 0.5 for y in range(len(names))], names)
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for y, row in enumerate(cells):
        for x, cell in enumerate(row):
            if cell.yes:
                colour = "white" if cell.share > 0.6 * top else "black"
                axes.text(x + 0.5, y + 0.5, str(cell.yes), ha="center", va="center", color=colour)


def _turned(heads: Sequence[str]) -> dict[str, Any]:
    """Turn the names of columns that do not fit side by side."""
    short = max(map(len, heads), default=0) <= _SHORT
    return {} if short else {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}


def years(
    canvas: "Figure", heads: Sequence[str], labels: Sequence[str], cells: Sequence[Sequence[Cell]], caption: str
) -> None:
    """Draw a small panel per theme: its share in each year with the interval; years stand at their distance in time."""
    columns = 3 if len(heads) > 4 else 2
    rows = math.ceil(len(heads) / columns)
    height = 1.7 * rows + 0.3 + _caption(canvas, caption)
    canvas.set_size_inches(WIDTH, height)
    canvas.subplots_adjust(
        left=0.06, right=0.99, top=1 - 0.25 / height, bottom=(height - 1.7 * rows) / height, hspace=0.45, wspace=0.08
    )
    panels = canvas.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    flat = [panel for line in panels for panel in line]
    for panel, head, row in zip(flat, heads, cells, strict=False):
        _year_panel(panel, head, labels, row)
    for panel in flat[len(heads) :]:
        panel.set_visible(False)


def portraits(canvas: "Figure", panels: Sequence[PortraitPanel], caption: str) -> None:
    """Draw a panel per document: a strip per theme, with a mark at each passage that has it."""
    heights = [_STRIP * len(strips) + 0.45 for _, _, strips, _ in panels]
    foot = 0.1 + _caption(canvas, caption)
    height = sum(heights) + foot
    canvas.set_size_inches(WIDTH, height)
    left = _width([name for _, _, strips, _ in panels for name, _ in strips])
    top = height
    for panel, taken in zip(panels, heights, strict=True):
        top -= taken
        box = (left / WIDTH, (top + 0.1) / height, (WIDTH - left - 0.15) / WIDTH, (taken - 0.45) / height)
        _portrait(canvas.add_axes(box), panel)


def _portrait(axes: "Axes", panel: PortraitPanel) -> None:
    title, n, strips, stretches = panel
    for i, (start, end) in enumerate(stretches):
        axes.axvspan(start, end, color="#bdbdbd" if i % 2 else "#dedede", linewidth=0)
    for y, (_, cells) in enumerate(strips):
        for decision, colour, size in (("yes", BLUE, 0.8), ("review", ORANGE, 0.4)):
            at = [(place, 1) for place, said, _, _ in cells if said == decision]
            axes.broken_barh(at, (y + 0.4 - size, size), facecolors=colour)
    axes.set_title(title, fontsize=9, loc="left", pad=3)
    axes.set_xlim(0, max(n, 1))
    axes.set_ylim(len(strips) - 0.4, -0.6)
    axes.set_yticks(range(len(strips)), [name for name, _ in strips], fontsize=8)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)


def _year_panel(axes: "Axes", head: str, labels: Sequence[str], row: Sequence[Cell]) -> None:
    at = [int(label) for label in labels]
    shares = [cell.share for cell in row]
    below = [max(0.0, cell.share - cell.interval[0]) for cell in row]
    above = [max(0.0, cell.interval[1] - cell.share) for cell in row]
    axes.errorbar(
        at, shares, yerr=[below, above], fmt="o-", color=BLUE, ecolor=GREY, capsize=3, linewidth=1, markersize=4
    )
    axes.set_title(head, fontsize=9, loc="left")
    axes.set_ylim(0, 1)
    step = math.ceil(len(at) / 6)
    axes.set_xticks(at[::step], labels[::step], fontsize=8)
    axes.set_xlim(at[0] - 0.5, at[-1] + 0.5)
    axes.xaxis.set_tick_params(labelbottom=True)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")


def _bars(canvas: "Figure", rows: Sequence[tuple[str, int, int]], words: tuple[str, str], caption: str) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - slow to import

    axes = _axes(canvas, 0.28 * len(rows), (_width([row[0] for row in rows]), 0.5, 0.1), caption)
    at = range(len(rows))
    yes = [row[1] for row in rows]
    review = [row[2] for row in rows]
    axes.barh(at, yes, color=BLUE, height=0.7)
    axes.barh(at, review, left=yes, color="white", edgecolor=ORANGE, hatch="////", height=0.7)
    longest = max((row[1] + row[2] for row in rows), default=0) or 1
    for y, (_, sure, unsure) in enumerate(rows):
        label = f"{sure} + {unsure} to review" if unsure else str(sure) if sure else words[1]
        axes.text(sure + unsure + longest * 0.01, y, label, va="center", fontsize=8)
    axes.set_yticks(at, [row[0] for row in rows])
    axes.set_xlim(0, longest * 1.45)  # room for the words behind the longest bar
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(f"number of {words[0]}")


def _axes(canvas: "Figure", inner: float, margins: tuple[float, float, float], caption: str) -> "Axes":
    """Make room for axes of this height between margins at the left, below and above, all in inches."""
    left, below, above = margins
    foot = below + _caption(canvas, caption)
    height = inner + foot + above
    canvas.set_size_inches(WIDTH, height)
    return canvas.add_axes((left / WIDTH, foot / height, (WIDTH - left - 0.15) / WIDTH, inner / height))


def _caption(canvas: "Figure", caption: str) -> float:
    """Write the caption at the foot; return the inches that it takes."""
    lines = textwrap.wrap(caption, _WRAPPED)
    canvas.text(0.01, 0.004, "\n".join(lines), fontsize=8, color=GREY, va="bottom", ha="left")
    return _LINE * len(lines) + 0.1


def _width(names: Sequence[str]) -> float:
    return 0.15 + _LETTER * max(map(len, names), default=0)
