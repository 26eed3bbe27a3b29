"""How each figure is drawn: axes, bars and cells on a canvas of matplotlib, labels and counts already given."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.stages.report.tables import Cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREY = "#0072b2", "#e69f00", "#595959"
WIDTH = 9.0
"""Inches."""


def theme_bars(canvas: "Figure", names: Sequence[str], cells: Sequence[Cell]) -> None:
    """Draw a bar per theme: passages decided yes, then those to review."""
    rows = [(name, cell.yes, cell.review) for name, cell in zip(names, cells, strict=True)]
    _bars(canvas, rows, "passages", "none")


def coverage_bars(canvas: "Figure", rows: Sequence[tuple[str, int, int]]) -> None:
    """Draw a bar per practice: quotes matched, then those to review; a practice without any says so."""
    _bars(canvas, rows, "quotes", "○ no evidence")


def heat_map(canvas: "Figure", names: Sequence[str], heads: Sequence[str], cells: Sequence[Sequence[Cell]]) -> None:
    """Draw a cell per row and column, shaded by share, with its count."""
    canvas.set_size_inches(WIDTH, 2.4 + 0.32 * len(names))
    axes = canvas.add_subplot()
    shares = [[cell.share for cell in row] for row in cells]
    top = max((share for row in shares for share in row), default=0) or 1
    mesh = axes.pcolormesh(shares, cmap="cividis", vmin=0, vmax=top, edgecolors="white", linewidth=0.8)
    axes.set_xticks([x + 0.5 for x in range(len(heads))], heads, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks([y + 0.5 for y in range(len(names))], names)
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for y, row in enumerate(cells):
        for x, cell in enumerate(row):
            colour = "white" if cell.share < 0.48 * top else "black"
            axes.text(x + 0.5, y + 0.5, str(cell.yes), ha="center", va="center", color=colour)
    bar = canvas.colorbar(mesh, ax=axes, pad=0.01, aspect=30)
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    if bar.solids is not None:
        bar.solids.set_edgecolor("face")
        bar.solids.set_rasterized(False)  # the page allows no picture inside the drawing
    bar.outline.set_visible(False)


def years(canvas: "Figure", heads: Sequence[str], labels: Sequence[str], cells: Sequence[Sequence[Cell]]) -> None:
    """Draw a small panel per theme: its share in each year with the interval; years stand at their distance in time."""
    columns = 3 if len(heads) > 4 else 2
    rows = math.ceil(len(heads) / columns)
    canvas.set_size_inches(WIDTH, 0.4 + 1.7 * rows)
    panels = canvas.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    flat = [panel for line in panels for panel in line]
    for panel, head, row in zip(flat, heads, cells, strict=False):
        _year_panel(panel, head, labels, row)
    for panel in flat[len(heads) :]:
        panel.set_visible(False)


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


def _bars(canvas: "Figure", rows: Sequence[tuple[str, int, int]], unit: str, nothing: str) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - slow to import

    canvas.set_size_inches(WIDTH, 0.9 + 0.28 * len(rows))
    axes = canvas.add_subplot()
    at = range(len(rows))
    yes = [row[1] for row in rows]
    review = [row[2] for row in rows]
    axes.barh(at, yes, color=BLUE, height=0.7)
    axes.barh(at, review, left=yes, color="white", edgecolor=ORANGE, hatch="////", height=0.7)
    longest = max((row[1] + row[2] for row in rows), default=0) or 1
    for y, (_, sure, unsure) in enumerate(rows):
        label = f"{sure} + {unsure} to review" if unsure else str(sure) if sure else nothing
        axes.text(sure + unsure + longest * 0.01, y, label, va="center", fontsize=8)
    axes.set_yticks(at, [row[0] for row in rows])
    axes.set_xlim(0, longest * 1.25)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(f"number of {unit}")
