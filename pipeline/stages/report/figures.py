"""The figures, each as SVG, PNG (300 dpi) and CSV (the numbers behind it); the same counts give the same bytes.

Colours: one hue from light to dark for shares, which everybody can tell apart and grey print keeps; blue and orange of
Okabe & Ito for decisions, the orange hatched. Every bar, and every cell that is not empty, also carries its number.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.counts import coverage_forms
from pipeline.counts.coverage import By, Matrix
from pipeline.files import sha256_text
from pipeline.kept import Kept
from pipeline.learning.prevalence import Estimate
from pipeline.stages.report.drawing import Canvas, drawable, to_png, to_svg
from pipeline.stages.report.findings import Findings
from pipeline.stages.report.plots import coverage_bars, heat_map, portraits, theme_bars, years
from pipeline.stages.report.tables import AreaCoverage, Cell, Line, Table, ThemeView, coverage_table, lift
from pipeline.stages.report.views import Portrait
from pipeline.stages.report.words import clip

MAX_ROWS = 30
"""Rows that a figure shows; the table behind it has all of them."""

BY_IN_WORDS: dict[By, str] = {
    "site": "site",
    "date": "year",
    "problem": "problem of practice",
    "document": "document",
}

DRAWN: tuple[By, ...] = ("document", "site")
"""Matrices of coverage that are also drawn, as those of themes are."""

MAX_PORTRAITS = 6
"""Documents that the figure of portraits shows; its CSV has those of the page."""

DRAWN_BEFORE = "report-figures"
"""Under which drawn figures are kept, by the hash of their SVG."""

MANY: tuple[By, ...] = ("problem", "document")
"""Matrices whose columns grow with the corpus: their CSV leaves out practices without a quote, which are nearly all."""

_BEGINS_FORMULA = frozenset("=+-@\t")
_NUMBERS = (
    "yes", "review", "n", "share", "low", "high", "corrected", "corrected_low", "corrected_high", "corrected_by",
    "not_corrected_because",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn figure. `name`: of its files."""

    name: str
    svg: bytes
    png: bytes
    csv: bytes


@dataclass(frozen=True, slots=True)
class Sketch:
    """A figure before it is drawn. `plot`: draws it; `rows`: the numbers behind it."""

    name: str
    plot: Callable[[], Canvas]
    rows: Sequence[Sequence[str]]


def draw(found: Findings, kept: Kept | None = None) -> list[Figure]:
    """Draw every figure for which there is something to show; what is `kept` is not drawn again."""
    drawn = [_figure(sketch, kept) for sketch in sketches(found)]
    if kept is not None:
        kept.keep_only(DRAWN_BEFORE, {sha256_text(figure.svg.decode()) for figure in drawn})
    return drawn


def sketches(found: Findings) -> list[Sketch]:
    """Return every figure for which there is something to show, none of them drawn yet."""
    n = found.counts.passages
    held = any(practice.matched + practice.review for area in found.areas for practice in area.practices)
    figures = [_themes(found.themes, n)] if n else []
    figures += [_heat(*heat, n) for heat in _heats(found) if any(line.n for line in heat[-1].lines)]
    if any(line.n for line in found.together.lines):
        figures.append(_together(found.together, n))
    if len(found.by_year.lines) > 1:
        figures.append(_years(found.by_year, n))
    if any(portrait.strips for portrait in found.portraits):
        figures.append(_portraits(found.portraits, {view.theme.id: view.theme.name for view in found.themes}))
    if held:
        figures.append(_coverage(found.areas, found.counts.quotes))
        figures += [_coverage_by(found.coverage[by]) for by in DRAWN]
    return figures


def coverage_csvs(found: Findings, drawn: Iterable[Figure]) -> dict[str, bytes]:
    """Return the numbers of each matrix of coverage that is not drawn, by the name of the file."""
    names = {figure.name for figure in drawn}
    others = (matrix for matrix in found.coverage.values() if _coverage_name(matrix) not in names)
    return {f"{_coverage_name(matrix)}.csv": _csv(_coverage_rows(matrix)) for matrix in others}


def printable(label: str, limit: int = 44) -> str:
    """Shorten a label and put □ in place of what the font of the figures cannot draw."""
    return drawable(clip(label, limit))


def _themes(themes: Sequence[ThemeView], n: int) -> Sketch:
    rows = [["theme", *_NUMBERS]]
    rows += [[view.theme.id, *_numbers(view.cell)] for view in themes]
    names = [printable(view.theme.name) for view in themes]
    caption = f"n = {_many(n, 'passage')}. Filled: decided yes; hatched: to review. A passage may have several themes."
    return Sketch("themes", lambda: theme_bars(names, [view.cell for view in themes], caption), rows)


def _heats(found: Findings) -> list[tuple[str, str, str, Table]]:
    return [
        ("themes-by-document", "document", "passages of the document", found.by_document),
        ("themes-by-site", "site", "passages about the site", found.by_site),
    ]


def _heat(name: str, head: str, of: str, table: Table, n: int) -> Sketch:
    names, lines, note = _rows_drawn(table)
    heads = [printable(column.name, 30) for column in table.columns]
    caption = (
        f"n = {_counted(table, n)}. Number: passages decided yes; shade: their share of the {of} (n)."
        f"{_left_out(table, head)}{note}"
    )
    return Sketch(name, lambda: heat_map(names, heads, [line.cells for line in lines], caption), _long(head, table))


def _together(table: Table, n: int) -> Sketch:
    names, lines, note = _rows_drawn(table)
    heads = [printable(column.name, 30) for column in table.columns]
    told = f"Number: passages with both themes; shade: their share of the row’s theme (n).{note}"
    caption = f"n = {_many(n, 'passage')}. {told}"
    rows = [["theme", "column", "both", "n_theme", "n_column", "either", "jaccard", "lift", "low", "high"]]
    sizes = {line.group.key: line.n for line in table.lines}
    for (_, column), key, cell in _keyed(table):
        if key != column:
            rows.append([key, column, *_joint(cell.yes, sizes[key], sizes.get(column, 0), n)])
    return Sketch("themes-together", lambda: heat_map(names, heads, [line.cells for line in lines], caption), rows)


def _keyed(table: Table) -> Iterable[tuple[tuple[str, str], str, Cell]]:
    for line in table.lines:
        for column, cell in zip(table.columns, line.cells, strict=True):
            yield (line.group.label, column.key), line.group.key, cell


def _joint(both: int, a: int, b: int, n: int) -> list[str]:
    either = a + b - both
    counts = [str(both), str(a), str(b), str(either), f"{both / either:.4f}" if either else ""]
    return [*counts, *([f"{value:.4f}" for value in lift(both, a, b, n)] if both else ["", "", ""])]


def _rows_drawn(table: Table, more: int = 0) -> tuple[list[str], list[Line], str]:
    """Return the rows that are drawn, with their names, and what to say of the others and of so many `more`."""
    held = [line for line in table.lines if line.n]
    drawn, left_out = held[:MAX_ROWS], len(held[MAX_ROWS:]) + more
    names = [f"{printable(line.group.label)} (n = {line.n})" for line in drawn]
    note = f" {left_out:,} more row{' stands' if left_out == 1 else 's stand'} in the CSV."
    return names, drawn, note if left_out else ""


def _years(table: Table, n: int) -> Sketch:
    heads = [printable(column.name, 30) for column in table.columns]
    labels = [line.group.label for line in table.lines]
    cells = [[line.cells[i] for line in table.lines] for i in range(len(heads))]
    counts = ", ".join(f"{line.group.label}: {line.n}" for line in table.lines)
    caption = (
        f"n = {_counted(table, n)}. As found, not corrected. Bars: 95% interval (Wilson). "
        f"Passages in each year: {counts}.{_left_out(table, 'date')}"
    )
    return Sketch("themes-by-year", lambda: years(heads, labels, cells, caption), _long("year", table))


def _portraits(held: Sequence[Portrait], names: Mapping[str, str]) -> Sketch:
    drawn = [portrait for portrait in held if portrait.strips][:MAX_PORTRAITS]
    rows = [["document", "path", "passages", "theme", "place", "decision", "coder"]]
    for portrait in held:
        told = [portrait.document.label, portrait.document.path, str(portrait.n)]
        for strip in portrait.strips:
            rows += [[*told, strip.theme, str(place + 1), said, by] for place, said, _, by in strip.cells]
    panels = [
        (
            f"{printable(portrait.document.label, 80)} (n = {portrait.n} passages)",
            portrait.n,
            [(printable(names.get(strip.theme, strip.theme)), strip.cells) for strip in portrait.strips],
            [(stretch.start, stretch.end) for stretch in portrait.stretches],
        )
        for portrait in drawn
    ]
    more = f" {len(held) - len(drawn):,} more in the CSV." if len(held) > len(drawn) else ""
    caption = (
        "Each document from its first passage to its last. Full height: decided yes; half: to review; "
        f"grey: a problem of practice.{more}"
    )
    return Sketch("portraits", lambda: portraits(panels, caption), rows)


def _counted(table: Table, n: int) -> str:
    return _many(n - table.without, "passage")


def _many(n: int, unit: str) -> str:
    return f"{n:,} {unit}{'' if n == 1 else 's'}"


def _left_out(table: Table, head: str) -> str:
    """Say how many passages stand in no row of a table."""
    left_out = f" Left out: {table.without:,} without a {head}."
    return left_out if table.without else ""


def _coverage(areas: Sequence[AreaCoverage], n: int) -> Sketch:
    rows = [["area", "practice", "indicator", "matched", "review"]]
    for area in areas:
        for practice in area.practices:
            for held in practice.indicators:
                counts = [str(held.matched), str(held.review)]
                rows.append([area.name, practice.practice.id, held.indicator.id, *counts])
    bars = [
        (f"{practice.practice.id}  {printable(practice.practice.text, 60)}", practice.matched, practice.review)
        for area in areas
        for practice in area.practices
    ]
    caption = f"n = {_many(n, 'quote')}; one may show several practices. Filled: matched; hatched: to review."
    return Sketch("rubric-coverage", lambda: coverage_bars(bars, caption), rows)


def _coverage_by(matrix: Matrix) -> Sketch:
    table = coverage_table(matrix, MAX_ROWS)
    names, lines, note = _rows_drawn(table, len(matrix.columns) - len(table.lines))
    silent = {line.practice for line in matrix.silent}
    heads = [printable(column.short, 30) + ("\n○" if column.key in silent else "") for column in table.columns]
    caption = (
        f"n = {_many(matrix.n_quotes, 'quote')}. Number: quotes matched; shade: their share of the row’s quotes (n). "
        f"○: no quote is matched.{note}"
    )
    return Sketch(
        _coverage_name(matrix),
        lambda: heat_map(names, heads, [line.cells for line in lines], caption),
        _coverage_rows(matrix),
    )


def _coverage_rows(matrix: Matrix) -> list[list[str]]:
    return coverage_forms.rows(matrix, empty=matrix.by not in MANY)


def _coverage_name(matrix: Matrix) -> str:
    return f"coverage-by-{matrix.by}"


def _long(head: str, table: Table) -> list[list[str]]:
    rows = [[head, "column", *_NUMBERS]]
    return rows + [[*keys, *_numbers(cell)] for keys, cell in _cells(table)]


def _cells(table: Table) -> Iterable[tuple[tuple[str, str], Cell]]:
    line: Line
    for line in table.lines:
        for column, cell in zip(table.columns, line.cells, strict=True):
            yield (line.group.label, column.key), cell


def _numbers(cell: Cell) -> tuple[str, ...]:
    return _counted_in_words(cell.yes, cell.review, cell.n) + _corrected_in_words(cell.corrected or Estimate())


@lru_cache(maxsize=4096)
def _counted_in_words(yes: int, review: int, n: int) -> tuple[str, ...]:
    cell = Cell(yes, review, n)
    low, high = cell.interval
    return str(yes), str(review), str(n), f"{cell.share:.4f}", f"{low:.4f}", f"{high:.4f}"


@lru_cache(maxsize=4096)
def _corrected_in_words(corrected: Estimate) -> tuple[str, ...]:
    bounds = [corrected.share, corrected.low, corrected.high]
    return *("" if value is None else f"{value:.4f}" for value in bounds), corrected.method or "", corrected.why


def _figure(sketch: Sketch, kept: Kept | None) -> Figure:
    canvas = sketch.plot()
    svg = to_svg(canvas)
    key = sha256_text(svg.decode())
    png = kept.get(DRAWN_BEFORE, key) if kept else None
    if png is None:
        png = to_png(canvas)
        if kept is not None:
            kept.put(DRAWN_BEFORE, key, png)
    return Figure(sketch.name, svg, png, _csv(sketch.rows))


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Write rows for a spreadsheet, which must not take the words of a document for a formula."""
    stream = io.StringIO()
    safe = (["'" + cell if cell[:1] in _BEGINS_FORMULA else cell for cell in row] for row in rows)
    csv.writer(stream, lineterminator="\n").writerows(safe)
    return stream.getvalue().encode()
