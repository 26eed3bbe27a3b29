"""Cells that a person changed in a table, as decisions.

    sent: theme_equity 1 (as_sent "equity"); came back: theme_equity 0, theme_succession 1
    → Verdict(themes={"succession": 2}, asked=["equity", "succession"])

What was sent stands in the column `as_sent`; without it, the outputs as they are now are what was sent. A cell that was
left as it was, or emptied, says nothing.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.codebook import Codebook
from pipeline.errors import ErrorCode, PipelineError
from pipeline.exchange.returning import Verdict
from pipeline.exchange.tables.judged import Cell
from pipeline.exchange.tables.long import SENT
from pipeline.exchange.tables.reading import Row
from pipeline.exchange.tables.shaping import valid_names
from pipeline.exchange.tables.wide import PRACTICE, column_of
from pipeline.learning.labels import Grade

_YES: Final = frozenset({"1", "yes", "y", "true", "x", "2", "ja", "match"})
_NO: Final = frozenset({"0", "no", "n", "false", "nein", "reject"})
_OPEN: Final = frozenset({"", "review", "?", "nan", "none"})
_BAD: Final = -1

Base = dict[tuple[str, str], Cell]
"""What holds of a passage and a theme, by their ids."""


@dataclass
class Changes:
    """What changed in a table. `lost`: place and reason of cells that cannot be used."""

    verdicts: list[Verdict] = field(default_factory=list)
    n_rows: int = 0
    n_cells: int = 0
    n_emptied: int = 0
    lost: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Said:
    """What a cell says of a theme of a passage. `was`: what was sent; `None`: unknown."""

    place: str
    passage_id: str
    theme: str
    cell: Cell
    was: Cell
    grade: Grade


def changes(
    rows: Sequence[Row], codebook: Codebook, coder: str, passages: set[str], base: Callable[[], Base]
) -> Changes:
    """Return what changed in a table of passages in wide form, or of codings in long form.

    Args:
        rows: of the table.
        codebook: the themes.
        coder: who changed it.
        passages: ids of the passages of the outputs.
        base: returns what the outputs hold, asked only if the table does not tell what was sent.

    Raises:
        PipelineError: the table is neither.
    """
    found = Changes(n_rows=len(rows))
    names = set().union(*rows) if rows else set()
    columns = _theme_columns(codebook, names)
    known = base() if rows and SENT not in names else None
    if {"passage_id", "code", "decision"} <= names:
        said = _long(rows, codebook, known, found)
    elif "id" in names and columns:
        said = _wide(rows, columns, known, found)
    else:
        raise _no_table(names)
    per_passage: dict[str, list[_Said]] = {}
    for one in said:
        if one.passage_id not in passages:
            found.lost.append((one.place, f"no passage {one.passage_id!r} in the outputs"))
        elif one.cell is not None and one.cell != one.was:
            per_passage.setdefault(one.passage_id, []).append(one)
    for passage, cells in per_passage.items():
        found.verdicts += _verdict(passage, coder, cells, found)
    return found


def _theme_columns(codebook: Codebook, names: set[str]) -> dict[str, str]:
    """Return the columns of themes in a table → their theme; names may have been shortened for statistics."""
    full = [column_of(theme) for theme in codebook.ids]
    known = dict(zip(valid_names(full), codebook.ids, strict=True)) | dict(zip(full, codebook.ids, strict=True))
    lower = {name.lower(): theme for name, theme in known.items()}
    return {name: lower[name.lower()] for name in sorted(names) if name.lower() in lower}


def _wide(rows: Sequence[Row], columns: dict[str, str], base: Base | None, found: Changes) -> Iterator[_Said]:
    for number, row in enumerate(rows, start=2):
        own = _text(row.get("id"))
        told = _sent_cells(_text(row.get(SENT))) if base is None else None
        for column, theme in columns.items():
            place = f"row {number}, {column}"
            was = told.get(theme, 0) if told is not None else (base or {}).get((own, theme))
            yield from _said(place, own, theme, row.get(column), was, found)
        found.lost += _of_practices(number, row, told or {}) if told is not None else []


def _of_practices(number: int, row: Row, told: dict[str, Cell]) -> list[tuple[str, str]]:
    """Return the changed cells of practices, of which a row of a passage does not say for which quote they are."""
    cells = {name: _cell(cell) for name, cell in row.items() if name.startswith(PRACTICE)}
    changed = [name for name, cell in cells.items() if cell is not None and cell != told.get(name, 0)]
    return [(f"row {number}, {name}", "practices belong to quotes: judge them in pop review") for name in changed]


def _long(rows: Sequence[Row], codebook: Codebook, base: Base | None, found: Changes) -> Iterator[_Said]:
    kept = {(_text(row.get("passage_id")), _text(row.get("code"))) for row in rows}
    for number, row in enumerate(rows, start=2):
        own, code = _text(row.get("passage_id")), _text(row.get("code"))
        sent = _sent_coding(_text(row.get(SENT)))
        if sent is not None and sent[:2] != (own, code) and sent[:2] not in kept and _is_theme(sent[1], codebook):
            # The row was given another code, so its first one is taken off.
            yield _Said(f"row {number}, code", sent[0], sent[1].partition(":")[2], 0, _cell(sent[2]), 2)
        if not _is_theme(code, codebook):
            if code.startswith("theme:"):
                found.lost.append((f"row {number}", f"no theme {code!r} in the codebook"))
            continue
        theme = code.partition(":")[2]
        grade: Grade = 1 if _text(row.get("grade")) in {"1", "1.0"} else 2
        was = base.get((own, theme)) if base is not None else _was(sent, own, code, grade)
        yield from _said(f"row {number}, decision", own, theme, row.get("decision"), was, found, grade)


def _is_theme(code: str, codebook: Codebook) -> bool:
    kind, _, theme = code.partition(":")
    return kind == "theme" and theme in codebook.ids


def _sent_coding(told: str) -> tuple[str, str, str, str] | None:
    """Return passage, code, decision and grade as they were sent; `None`: the row is new."""
    parts = told.split(" ")
    return (parts[0], parts[1], parts[2], parts[3]) if len(parts) == 4 else None


def _was(sent: tuple[str, str, str, str] | None, passage: str, code: str, grade: Grade) -> Cell:
    """Return what a row said when it was sent; nothing of another code, or of a grade that it has no more."""
    if sent is None or sent[:2] != (passage, code):
        return None
    was = _cell(sent[2])
    return None if was == 1 and sent[3] not in {"-", str(grade)} else was


def _said(
    place: str, passage: str, theme: str, told: Any, was: Cell, found: Changes, grade: Grade = 2
) -> Iterator[_Said]:
    cell = _cell(told)
    if cell == _BAD:
        found.lost.append((place, f"{told!r} is neither 1 nor 0 nor empty"))
        return
    if cell is None and was is not None:
        found.n_emptied += 1
    yield _Said(place, passage, theme, cell, was, grade)


def _verdict(passage: str, coder: str, cells: Sequence[_Said], found: Changes) -> list[Verdict]:
    """Return what the changed cells of a passage say; a theme of which two rows say different things is left out."""
    by_theme: dict[str, set[Cell]] = {}
    for one in cells:
        by_theme.setdefault(one.theme, set()).add(one.cell)
    for one in cells:
        if len(by_theme[one.theme]) > 1:
            found.lost.append((one.place, f"another row says the opposite of {one.theme}"))
    clear = [one for one in cells if len(by_theme[one.theme]) == 1]
    if not clear:
        return []
    asked = sorted({one.theme for one in clear})
    found.n_cells += len(asked)
    themes = {one.theme: one.grade for one in clear if one.cell == 1}
    return [Verdict(passage_id=passage, coder=coder, themes=themes, asked=asked)]


def _sent_cells(told: str) -> dict[str, Cell]:
    return {name.removesuffix("?"): None if name.endswith("?") else 1 for name in told.split()}


def _cell(told: Any) -> Cell:
    """Return 1, 0, or nothing where a cell is empty; -1 for anything else."""
    if told is None or isinstance(told, bool):
        return None if told is None else int(told)
    if isinstance(told, int | float):
        return None if math.isnan(told) else {0.0: 0, 1.0: 1, 2.0: 1}.get(float(told), _BAD)
    word = _text(told).strip().casefold().removesuffix(".0")
    return 1 if word in _YES else 0 if word in _NO else None if word in _OPEN else _BAD


def _text(told: Any) -> str:
    return "" if told is None else str(told)


def _no_table(names: set[str]) -> PipelineError:
    shown = ", ".join(sorted(names)[:8]) or "none"
    return PipelineError(
        ErrorCode.INVALID_EXCHANGE,
        found=f"a table with the columns {shown}",
        expected="the column id and those of the themes (theme_…), or the columns passage_id, code and decision",
        do="export it with pop export csv --shape wide (or long), and keep these columns",
    )
