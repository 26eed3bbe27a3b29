"""`pop import table`: what a person changed in a table that pop export wrote."""

from typing import TYPE_CHECKING

import click

from pipeline.cli.import_annotations import Source, finish, shared
from pipeline.errors import ErrorCode, ExitCode, PipelineError

if TYPE_CHECKING:
    from pipeline.corrections.decisions import PassageDecision
    from pipeline.corrections.importing import Taken
    from pipeline.exchange.tables.returning import Base, Changes


@click.command("table", short_help="Take over what was changed in a table.")
@shared
def table(*, source: Source) -> None:
    """Take over the cells that a person changed in a table of pop export: CSV, XLSX, Parquet, SPSS or Stata.

    Of a wide table of passages, 0 and 1 in the columns of themes; of a long one, yes and no in the column decision. The
    columns id and as_sent tell what was changed: keep them.
    """
    from pipeline.exchange.tables import reading, returning  # noqa: PLC0415 - slow to import

    coder = _coder(source)
    passages = _passages(source)
    rows = reading.read(source.file)
    found = returning.changes(rows, source.tools.codebook, coder, passages, lambda: _base(source))
    decided = _decisions(source, found)
    finish(source, decided, found.lost, lambda taken: _summary(found, taken))


def _coder(source: Source) -> str:
    from pipeline.exchange.returning import coder_name  # noqa: PLC0415

    if len(source.names) == 1:
        return coder_name(source.names[0])
    raise PipelineError(
        ErrorCode.INVALID_EXCHANGE,
        found=f"{len(source.names)} names in --coder"
        if source.names
        else "a table, which does not tell who changed it",
        expected="the name of the one person who changed it",
        do="name this person, such as --coder ana",
        exit_code=ExitCode.USAGE,
    )


def _passages(source: Source) -> set[str]:
    from pipeline import jsonl  # noqa: PLC0415
    from pipeline.records import Passage  # noqa: PLC0415

    return {one.id for one in jsonl.read(source.outputs / "passages.jsonl", Passage)}


def _base(source: Source) -> "Base":
    """Return what the outputs hold of each passage and theme, as a table that is exported now would have it."""
    from pipeline.bundles import bundles  # noqa: PLC0415
    from pipeline.exchange.tables import judged  # noqa: PLC0415

    tools = source.tools
    recorded = tools.labels.of("passage")
    base: Base = {}
    for bundle in bundles(source.outputs, ["passages", "tags"]):
        known = judged.themes(bundle, tools.codebook, recorded, review=True)
        keys = {*known.model, *(key for held in known.people.values() for key in held)}
        base |= {key: known.value(key) for key in keys}
    return base


def _decisions(source: Source, found: "Changes") -> "list[PassageDecision]":
    from pipeline.bundles import bundles  # noqa: PLC0415
    from pipeline.exchange.returning import by_document, decisions  # noqa: PLC0415

    if not found.verdicts:
        return []
    standing = by_document(source.standing())
    said = {one.passage_id: one for one in found.verdicts}
    made = []
    for bundle in bundles(source.outputs, ["passages"]):
        own = [said[one.id] for one in bundle.passages if one.id in said]
        made += decisions(bundle, own, standing.get(bundle.document.path, ()))
    return made


def _summary(found: "Changes", taken: "Taken") -> str:
    n_added = taken.added.total()
    emptied = f", {found.n_emptied} emptied, which says nothing" if found.n_emptied else ""
    return (
        f"{found.n_rows:,} rows, {found.n_cells} changed cells{emptied}: {n_added} "
        f"decision{'' if n_added == 1 else 's'} added, {len(found.verdicts) - n_added} there already"
    )
