"""`pop export bibtex`, `csl`: citations of documents and quotes."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.export.options import Sent, finish, sent
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.files import write_bytes

if TYPE_CHECKING:
    from pipeline.exchange.citations.entries import Entry

_CITED = (
    click.option("--quotes", is_flag=True, help="Also an entry for each quote, with page, paragraph and characters."),
    click.option("--id", "ids", multiple=True, metavar="ID", help="Only this document or quote; repeat for several."),
)


def _cited(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_CITED):
        function = option(function)
    return function


@click.command("bibtex", short_help="Citations as BibTeX.")
@sent
@_cited
def bibtex(*, sent: Sent, quotes: bool, ids: tuple[str, ...]) -> None:
    """Write citations of the documents as BibTeX; of quotes with the place where they stand."""
    from pipeline.exchange.citations.bibtex import to_bibtex  # noqa: PLC0415 - only this command needs it

    _write(sent, quotes, ids, to_bibtex)


@click.command("csl", short_help="Citations as CSL-JSON.")
@sent
@_cited
def csl(*, sent: Sent, quotes: bool, ids: tuple[str, ...]) -> None:
    """Write citations of the documents as CSL-JSON, for Zotero, pandoc and others; of quotes with their place."""
    from pipeline.exchange.citations.csl import to_csl  # noqa: PLC0415

    _write(sent, quotes, ids, to_csl)


def _write(sent: Sent, quotes: bool, ids: tuple[str, ...], to_bytes: "Callable[[Iterable[Entry]], bytes]") -> None:
    from pipeline.exchange.choosing import chosen  # noqa: PLC0415 - slow to import
    from pipeline.exchange.citations.entries import entries  # noqa: PLC0415

    bundles = chosen(sent.outputs, sent.document, ("passages", "quotes"))
    found = list(entries(bundles, quotes=quotes or bool(ids)))
    if ids:
        found = _only(found, ids)

    def write(path: Path) -> str:
        write_bytes(path, to_bytes(found))
        n_quotes = sum(entry.words is not None for entry in found)
        return f"{len(found) - n_quotes} documents, {n_quotes} quotes"

    finish(sent, write)


def _only(found: "list[Entry]", ids: tuple[str, ...]) -> "list[Entry]":
    lacking = [one for one in ids if one not in {entry.id for entry in found}]
    if lacking:
        raise PipelineError(
            ErrorCode.INVALID_QUERY,
            found=f"no document and no quote with the id {lacking[0]!r}",
            expected="an id as pop query shows it",
            do="check --id and --outputs; pop query --unit quote lists quotes with their ids",
            exit_code=ExitCode.USAGE,
        )
    return [entry for entry in found if entry.id in ids]
