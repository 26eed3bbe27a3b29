"""The forms in which answers leave: a table to read, Markdown for a paper, CSV, XLSX, Parquet and JSONL to work on.

An answer is first a `Grid` (`grid.py`), typed columns and rows; each writer turns any grid into bytes. What a document
says is hostile until proven otherwise: `safe.py` holds what keeps words from being obeyed.
"""

from pathlib import Path
from typing import Final, Literal, get_args

from pipeline.errors import ErrorCode, ExitCode, PipelineError

Form = Literal["table", "jsonl", "csv", "markdown", "xlsx", "parquet"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
BINARY: Final = frozenset({"xlsx", "parquet"})
"""Forms that no terminal can show."""

_ENDINGS: Final[dict[str, Form]] = {
    "": "table", ".txt": "table", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".md": "markdown",
    ".markdown": "markdown", ".xlsx": "xlsx", ".parquet": "parquet",
}  # fmt: skip


def form_of(asked: Form | None, output: Path | None) -> Form:
    """Return the form that was asked for, or else the one that the file's ending names, or else a table.

    Raises:
        PipelineError: nothing was asked for, and the ending names no form.
    """
    if asked is not None or output is None:
        return asked or "table"
    ending = output.suffix.lower()
    if ending not in _ENDINGS:
        raise PipelineError(
            ErrorCode.INVALID_QUERY,
            found=f"a file that ends in {ending}: {output.name}",
            expected=f"one of {', '.join(filter(None, _ENDINGS))}",
            do=f"choose one of these, or name the form: --format {'|'.join(FORMS)}",
            exit_code=ExitCode.USAGE,
        )
    return _ENDINGS[ending]
