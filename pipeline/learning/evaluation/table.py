"""Writes an evaluation as a table of at most 80 columns."""

from collections.abc import Iterator

from pipeline.learning.evaluation.measures import Figure, Interval
from pipeline.learning.evaluation.rows import Group, Row, number, shown

WIDTH = 80
NAME = 27
ONE_DOCUMENT = "n/a (1 document)"


def group_lines(group: Group, *, one_document: bool) -> Iterator[str]:
    """Yield the lines of one group: headline, column heads, rows."""
    yield from wrapped(f"{group.name}: {group.headline}")
    if group.rows:
        yield from _heads(one_document)
    for row in group.rows:
        yield f"  {row.name:<{NAME - 2}}{row.n:>5} {row.note}" if row.note else _line(row, one_document)


def _heads(one_document: bool) -> Iterator[str]:
    if one_document:
        yield _columns("", "", ("", "", ""), ("between", "within", ""))
        yield _columns("", "n", ("P", "R", "F1"), ("documents", "document", "naive"))
    else:
        yield _columns("", "n", ("P", "R", "F1"), ("by document", "", "naive"))


def wrapped(line: str, indent: str = "  ") -> Iterator[str]:
    """Yield a long line in pieces that fit the width."""
    import textwrap  # noqa: PLC0415 - only the table needs it

    yield from textwrap.wrap(line, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def _line(row: Row, one_document: bool) -> str:
    figures = row.figures
    main = row.main
    shown_figures = (
        shown(figures["precision"]) if "precision" in figures else "",
        shown(figures["recall"]) if "recall" in figures else "",
        shown(main),
    )
    return _columns(f"  {row.name}", str(row.n), shown_figures, _intervals(main, one_document))


def _intervals(main: Figure | None, one_document: bool) -> tuple[str, str, str]:
    if main is None or main.value is None:
        return "", "", ""
    first = ONE_DOCUMENT if one_document else interval(main.by_document)
    return first, interval(main.within_document) if one_document else "", interval(main.naive)


def interval(found: Interval | None) -> str:
    """Write an interval, such as .72–.86; a dash where there is none."""
    return "–" if found is None else f"{number(found.low)}–{number(found.high)}"


def _columns(name: str, n: str, figures: tuple[str, str, str], intervals: tuple[str, str, str]) -> str:
    cells = [f"{name:<{NAME}}", f"{n:>5}", *(f"{cell:>3}" for cell in figures)]
    cells += [f"{intervals[0]:>16}", f"{intervals[1]:>8}", f"{intervals[2]:>7}"]
    return " ".join(cells).rstrip()
