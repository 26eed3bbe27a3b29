"""A table in each form, with what a reader must know of it where the form has a place: codebook, columns, versions."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args

from pipeline.errors import ErrorCode, PipelineError
from pipeline.exchange.codings import Code
from pipeline.exchange.tables.shaping import Newlines, with_newlines
from pipeline.files import write_bytes
from pipeline.forms import as_csv, as_parquet, as_xlsx
from pipeline.forms.grid import Column, Grid
from pipeline.forms.safe import EXCEL_CELL
from pipeline.records import Bundle
from pipeline.version import __version__

Form = Literal["csv", "xlsx", "parquet", "sav", "dta"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
MOST_ROWS_EXCEL: Final = 1_048_575
"""Below the row of names."""

_CODES: Final = (
    Column("code", width=28),
    Column("kind", width=12),
    Column("name", width=34),
    Column("above", width=34),
    Column("definition", width=90),
)

_VERSIONS: Final = ("theme model", "practice model", "codebook (SHA-256)")
_KEPT_AS_THEY_ARE: Final = frozenset({"xlsx", "parquet"})
"""Forms whose line breaks break nothing."""


def write(
    grid: Grid,
    form: Form,
    path: Path,
    about: Sequence[tuple[str, str]],
    codes: Iterable[Code],
    *,
    newlines: Newlines | None = None,
    excel: bool = False,
) -> int:
    """Write a table, and return how many cells were cut because the form allows no longer ones.

    Args:
        grid: the table.
        form: how it is written.
        path: where.
        about: pairs that a workbook and a Parquet file keep.
        codes: the tree of codes, a sheet of the workbook.
        newlines: how line breaks in cells are written; `None`: as they are in a workbook or Parquet, else as spaces.
        excel: CSV for Excel.

    Raises:
        PipelineError: more rows than a sheet can hold, or a folder that cannot be written.
    """
    shaped = with_newlines(grid, newlines or ("keep" if form in _KEPT_AS_THEY_ARE else "space"))
    if form in {"sav", "dta"}:
        from pipeline.exchange.tables import statistics  # noqa: PLC0415 - slow to import

        return statistics.WRITERS[form](shaped, path, f"{shaped.name}, pop {__version__}")
    write_bytes(path, _CONTENT[form](shaped, about, codes, excel))
    return _n_too_long(shaped) if form == "xlsx" or excel else 0


@dataclass
class Seen:
    """What a reader must know of the documents of a table, noted while they pass."""

    n_documents: int = 0
    versions: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in _VERSIONS})

    def passing(self, bundles: Iterable[Bundle]) -> Iterator[Bundle]:
        """Yield the documents."""
        theme, practice, codebook = (self.versions[name] for name in _VERSIONS)
        for bundle in bundles:
            self.n_documents += 1
            theme |= {tag.model_version for tag in bundle.tags if tag.model_version}
            practice |= {one.model_version for one in bundle.mappings if one.model_version}
            codebook |= {tag.codebook_sha256 for tag in bundle.tags}
            yield bundle

    def about(self, question: str) -> list[tuple[str, str]]:
        """Return the question, the versions that the table depends on, and how to read it."""
        return [
            ("question", question),
            ("documents", str(self.n_documents)),
            ("pop", __version__),
            *((name, ", ".join(sorted(held)) or "none") for name, held in self.versions.items()),
            ("1, 0", "yes, no"),
            ("empty cell", "unknown: nobody judged, people differ, or the model left it for review"),
        ]


def _csv(grid: Grid, _about: Sequence[tuple[str, str]], _codes: Iterable[Code], excel: bool) -> bytes:
    return as_csv.of_grid(grid, excel=excel)


def _xlsx(grid: Grid, about_: Sequence[tuple[str, str]], codes: Iterable[Code], _excel: bool) -> bytes:
    if len(grid.rows) > MOST_ROWS_EXCEL:
        raise PipelineError(
            ErrorCode.TOO_LARGE,
            found=f"{len(grid.rows):,} rows",
            expected=f"at most {MOST_ROWS_EXCEL:,}, which is what a sheet can hold",
            do="export CSV or Parquet, or fewer documents with --document",
        )
    rows = [(code.id, code.kind, code.name, code.parent, code.definition or None) for code in codes]
    labels = [(column.name, column.label) for column in grid.columns]
    sheets = [
        Grid(_CODES, rows, "codebook"),
        Grid((Column("column", width=34), Column("is", width=90)), labels, "columns"),
    ]
    return as_xlsx.of_grid(grid, about_, sheets)


def _parquet(grid: Grid, about_: Sequence[tuple[str, str]], _codes: Iterable[Code], _excel: bool) -> bytes:
    return as_parquet.of_grid(grid, about_)


def _n_too_long(grid: Grid) -> int:
    return sum(isinstance(value, str) and len(value) > EXCEL_CELL for row in grid.rows for value in row)


_CONTENT: Final[dict[str, Callable[[Grid, Sequence[tuple[str, str]], Iterable[Code], bool], bytes]]] = {
    "csv": _csv, "xlsx": _xlsx, "parquet": _parquet,
}  # fmt: skip
