"""`pop codebook`: what changed in the codebook, and what must be relabelled."""

from pathlib import Path

import click
import msgspec

from pipeline import codebook as codebooks
from pipeline import jsonl
from pipeline.cli import options
from pipeline.codebook import Codebook
from pipeline.errors import ErrorCode
from pipeline.files import write_bytes

_FILE = click.Path(path_type=Path)


@click.command("codebook")
@click.argument("old", type=_FILE, required=False)
@click.argument("new", type=_FILE, required=False)
@options.CODEBOOK
@click.option("--labels", type=_FILE, metavar="FILE", help="Labels, JSONL: how many each change touches.")
@click.option(
    "-o",
    "--output",
    type=_FILE,
    metavar="FILE",
    help="Write what must be relabelled: a sheet (.csv) or labels (.jsonl).",
)
@click.option("--recoded", type=_FILE, metavar="FILE", help="Write all labels, carried over, what is open marked.")
@options.JSON
def command(
    *,
    old: Path | None,
    new: Path | None,
    codebook: Path | None,
    labels: Path | None,
    output: Path | None,
    recoded: Path | None,
    as_json: bool,
) -> None:
    """Say what changed from the codebook OLD to NEW, and what that asks of the labels.

    Without NEW: to the codebook at hand. Without OLD: check the labels against the codebook at hand.
    """
    from pipeline.learning import codebook_changes as changes  # noqa: PLC0415 - slow to import
    from pipeline.learning import recoding  # noqa: PLC0415
    from pipeline.learning.labels import ThemeLabel  # noqa: PLC0415

    if labels is None and (old is None or output is not None or recoded is not None):
        raise click.UsageError("Name the codebook before and after (OLD NEW), or labels to check (--labels), or both.")
    if output is not None and output.suffix not in {".csv", ".jsonl"}:
        raise click.BadParameter("a file ending in .csv or .jsonl, please", param_hint="--output")
    before = codebooks.load(old) if old else None
    after = codebooks.load(new) if new else options.tools({"codebook": codebook}).codebook
    given = list(jsonl.read(labels, ThemeLabel, code=ErrorCode.INVALID_LABELS)) if labels else []
    found = changes.compare(before, after) if before else changes.compare_with_labels(given, after)
    carried = recoding.recode(given, after, before=before)
    told = changes.summarise(found, after, given, carried) if labels else changes.without_labels(found, after)
    if output is not None:
        to_do = changes.to_relabel(carried)
        if output.suffix == ".csv":
            write_bytes(output, changes.to_csv(to_do, after.ids))
        else:
            jsonl.write(output, to_do)
    if recoded is not None:
        jsonl.write(recoded, carried.labels)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(told), indent=1).decode())
    else:
        click.echo(changes.to_text(told, _title(old, before, labels, after)), nl=False)


def _title(old: Path | None, before: Codebook | None, labels: Path | None, after: Codebook) -> str:
    here = f"codebook version {after.version} ({len(after.themes)} themes)"
    if old is None or before is None:
        return f"Labels of {labels} against {here}"
    return f"Codebook version {before.version} ({len(before.themes)} themes) → {here.removeprefix('codebook ')}"
