"""The paragraphs and table rows of a Word document in order, whatever its cells hold.

Ingest takes a table with long cells for a page layout; here every table is one. Deleted words and rows are left out,
inserted ones are read. A cell merged over several columns or rows stands in the first of them, the others are empty.
"""

from collections.abc import Iterator
from typing import Any

from pipeline.exchange.lines import Line, line
from pipeline.stages.ingest.docx_styles import tag
from pipeline.stages.ingest.from_docx import CONTAINERS, cell_text, open_docx, row_cells, run_text, table_rows

Element = Any  # lxml has no usable types for elements


def read_docx_lines(content: bytes) -> list[Line]:
    """Read all paragraphs and table rows of a Word document.

    Raises:
        PipelineError: the file has a password, is damaged, or is no DOCX.
    """
    rows = _rows(open_docx(content).element.body)
    return [found for place, cells in rows if (found := line(place, cells))]


def _rows(body: Element) -> Iterator[tuple[str, list[str]]]:
    n_paragraphs = n_tables = 0
    for block in _blocks(body):
        if block.tag == tag("w:p"):
            n_paragraphs += 1
            yield f"paragraph {n_paragraphs}", [run_text(block)]
        else:
            n_tables += 1
            rows = [row for row in table_rows(block) if row.find(f"{tag('w:trPr')}/{tag('w:del')}") is None]
            for number, row in enumerate(rows, start=1):
                yield f"row {number} of table {n_tables}", list(_cells(row))


def _blocks(element: Element) -> Iterator[Element]:
    for child in element:
        if child.tag in {tag("w:p"), tag("w:tbl")}:
            yield child
        elif child.tag in CONTAINERS:
            yield from _blocks(child)


def _cells(row: Element) -> Iterator[str]:
    yield from [""] * _number(row, "w:trPr", "w:gridBefore")
    for cell in row_cells(row):
        yield cell_text(cell)
        yield from [""] * (_number(cell, "w:tcPr", "w:gridSpan") - 1)


def _number(element: Element, properties: str, name: str) -> int:
    """Return a number of columns that a property tells; 0 where it does not, and never more than Word allows."""
    found = element.find(f"{tag(properties)}/{tag(name)}")
    value = found.get(tag("w:val")) if found is not None else None
    return min(int(value), 63) if value and value.isdecimal() else 0
