"""Tables without rules: lines whose cells stand below one another."""

from collections.abc import Iterator, Sequence

from pipeline.stages.ingest.pdf_lines import Line
from pipeline.stages.ingest.pdf_paragraphs import Paragraph


def whole_tables(paragraphs: list[Paragraph]) -> Iterator[Paragraph]:
    """Put together the lines of a table without rules, whose wrapped cells stand on lines of their own."""
    group: list[Line] = []
    for paragraph in paragraphs:
        is_part = not paragraph.first.rows and (paragraph.first.tabular or _is_wrapped_cell(paragraph, group))
        if group and not (is_part and paragraph.first.zone == group[-1].zone):
            yield Paragraph(tuple(group))
            group = []
        if is_part:
            group.extend(paragraph.lines)
        else:
            yield paragraph
    if group:
        yield Paragraph(tuple(group))


def _is_wrapped_cell(paragraph: Paragraph, table: list[Line]) -> bool:
    line = paragraph.first
    if not table or len(paragraph.lines) > 1 or line.zone != table[-1].zone or line.size != table[-1].size:
        return False
    starts = {round(x0) for row in table for x0, _, _ in row.cells}
    return line.bottom - table[-1].bottom < 1.3 * line.size and any(abs(line.x0 - start) < 2 for start in starts)


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines, their cells parted by tabs."""
    return "\n".join("\t".join(row).rstrip() for row in rows if any(row)).strip()


def unruled_rows(lines: Sequence[Line]) -> list[list[str]]:
    """Sort the cells of aligned lines into columns; a line with few cells goes on with the row above."""
    columns = _column_spans(lines)
    rows: list[list[str]] = []
    for line in lines:
        row = [""] * len(columns)
        for x0, x1, text in line.cells:
            column = max(range(len(columns)), key=lambda index: _overlap(columns[index], (x0, x1)))
            row[column] = f"{row[column]} {text}".strip()
        if rows and len(line.cells) == 1 and len(columns) > 1:
            rows[-1] = [f"{above} {below}".strip() for above, below in zip(rows[-1], row, strict=True)]
        else:
            rows.append(row)
    return rows


def _column_spans(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Return the columns of a table: the spans that its cells cover together."""
    spans: list[tuple[float, float]] = []
    for x0, x1, _ in sorted(cell for line in lines for cell in line.cells):
        if spans and x0 <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], x1))
        else:
            spans.append((x0, x1))
    return spans


def _overlap(span: tuple[float, float], other: tuple[float, float]) -> float:
    return min(span[1], other[1]) - max(span[0], other[0])
