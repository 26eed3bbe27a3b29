"""`pop export csv`, `xlsx`, `parquet`, `sav`, `dta`: tables for spreadsheets and statistics."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options, screen
from pipeline.cli.export.options import Sent, finish, sent

if TYPE_CHECKING:
    from pipeline.exchange.tables.writing import Form
    from pipeline.forms.grid import Grid
    from pipeline.records import Bundle
    from pipeline.tools import Tools

NEWLINES = ("keep", "space", "escape")

_SHAPED = (
    click.option(
        "--shape",
        type=click.Choice(["wide", "long"]),
        default="wide",
        show_default=True,
        help="wide: a row for each unit, 0/1 columns; long: a row for each coding.",
    ),
    click.option(
        "--unit",
        type=click.Choice(["passage", "quote", "segment", "document"]),
        help="What a row is about.  [default: wide: passage; long: all codings]",
    ),
    click.option("--coders", is_flag=True, help="Wide: also a column for each theme and person."),
    click.option("--p", "with_p", is_flag=True, help="Wide: also the model's probabilities."),
    click.option(
        "--newlines",
        type=click.Choice(NEWLINES),
        help="Line breaks in cells: kept, as spaces, or as \\n.  [default: xlsx and parquet: keep; others: space]",
    ),
    options.CODEBOOK,
    options.RUBRIC,
)


def _shaped(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_SHAPED):
        function = option(function)
    return function


@click.command("csv", short_help="A table as CSV.")
@sent
@_shaped
@click.option("--excel", is_flag=True, help="For Excel: with a byte order mark, formulas disarmed.")
def csv(*, sent: Sent, excel: bool, **asked: Any) -> None:
    """Write a table as CSV: UTF-8, a line for each row.

    Changed cells come back with pop import table.
    """
    _write(sent, "csv", asked, excel=excel)


@click.command("xlsx", short_help="A workbook for Excel.")
@sent
@_shaped
def xlsx(*, sent: Sent, **asked: Any) -> None:
    """Write a workbook: the table, the codebook, what the columns are, and what it all depends on.

    Changed cells come back with pop import table; the ids that they need are in hidden columns.
    """
    _write(sent, "xlsx", asked)


@click.command("parquet", short_help="A table as Parquet.")
@sent
@_shaped
def parquet(*, sent: Sent, **asked: Any) -> None:
    """Write a table as Parquet, with typed columns, for R, pandas or DuckDB."""
    _write(sent, "parquet", asked)


@click.command("sav", short_help="A table for SPSS.")
@sent
@_shaped
def sav(*, sent: Sent, **asked: Any) -> None:
    """Write a table for SPSS, with variable labels, value labels and measurement levels."""
    _write(sent, "sav", asked)


@click.command("dta", short_help="A table for Stata.")
@sent
@_shaped
def dta(*, sent: Sent, **asked: Any) -> None:
    """Write a table for Stata 14 and later, with variable labels and value labels."""
    _write(sent, "dta", asked)


def _write(sent: Sent, form: "Form", asked: dict[str, Any], *, excel: bool = False) -> None:
    from pipeline.exchange.choosing import chosen  # noqa: PLC0415 - slow to import
    from pipeline.exchange.codings import codes  # noqa: PLC0415
    from pipeline.exchange.tables import writing  # noqa: PLC0415

    if asked["shape"] == "long" and (asked["coders"] or asked["with_p"]):
        raise click.UsageError("--coders and --p go with --shape wide; the long form has both as columns.")
    tools = options.tools({"corpus": sent.corpus, **asked})
    seen = writing.Seen()
    grid = _grid(seen.passing(chosen(sent.outputs, sent.document)), sent, tools, asked)
    cut: list[int] = []

    def write(path: Path) -> str:
        told = seen.about(_question())
        tree = codes(tools.codebook, tools.rubric)
        cut.append(writing.write(grid, form, path, told, tree, newlines=asked["newlines"], excel=excel))
        return f"{len(grid.rows):,} rows, {len(grid.columns)} columns"

    finish(sent, write, ending=f".{form}")
    if cut[0]:
        screen.say(f"Attention, in {sent.output}: {cut[0]} cells were cut, as the format allows no longer ones")


def _grid(bundles: "Iterable[Bundle]", sent: Sent, tools: "Tools", asked: dict[str, Any]) -> "Grid":
    from pipeline.exchange.codings import codes  # noqa: PLC0415
    from pipeline.exchange.tables import long, wide  # noqa: PLC0415

    if asked["shape"] == "long":
        return long.grid(bundles, codes(tools.codebook, tools.rubric), asked["unit"], review=not sent.certain)
    wanted = wide.Wanted(
        codebook=tools.codebook,
        rubric=tools.rubric,
        unit=asked["unit"] or "passage",
        coders=asked["coders"],
        p=asked["with_p"],
        review=not sent.certain,
        recorded=tools.labels.of("passage"),
    )
    return wide.grid(bundles, wanted)


def _question() -> str:
    """Return the command with what was asked, without the places of files."""
    context = click.get_current_context()
    places = {"output", "outputs", "corpus", "roster", "key", "force", "quiet", "strict", "codebook", "rubric"}
    words = ["pop", "export", context.info_name or ""]
    for option in context.command.params:
        value = context.params.get(str(option.name))
        if option.name not in places and value not in {None, False}:
            words += [max(option.opts, key=len)] + ([] if value is True else [str(value)])
    return " ".join(words)
