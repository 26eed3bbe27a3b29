"""An answer of any kind, and the bytes that it becomes in each form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.forms import Form, as_csv, as_jsonl, as_markdown, as_parquet, as_xlsx
from pipeline.forms.grid import Grid


@dataclass(frozen=True, slots=True)
class Answer:
    """How an answer is written. `markdown`, `jsonl`: where they are more than the grid; `summary`: one line."""

    grid: Callable[[], Grid]
    table: Callable[[], str]
    jsonl: Callable[[], bytes] | None = None
    markdown: Callable[[], str] | None = None
    summary: str = ""


def render(
    answer: Answer, form: Form, *, excel: bool = False, about: Callable[[], Sequence[tuple[str, str]]] = tuple
) -> bytes:
    """Return the answer in a form.

    Args:
        answer: what was found.
        form: how it is written.
        excel: CSV for Excel.
        about: what a workbook or a Parquet file says of itself, asked only for these.
    """
    if form == "table":
        return answer.table().encode()
    if form == "jsonl":
        return answer.jsonl() if answer.jsonl else as_jsonl.of_grid(answer.grid())
    if form == "markdown":
        return (answer.markdown() if answer.markdown else as_markdown.of_grid(answer.grid())).encode()
    if form == "csv":
        return as_csv.of_grid(answer.grid(), excel=excel)
    if form == "xlsx":
        return as_xlsx.of_grid(answer.grid(), about())
    return as_parquet.of_grid(answer.grid(), about())
