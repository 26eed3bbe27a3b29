"""`pop agree`: how far coders agree, and where they do not."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from pipeline import codebook as codebooks
from pipeline.cli import options, screen
from pipeline.config import Settings
from pipeline.files import write_bytes

if TYPE_CHECKING:
    from pipeline.learning.agreement import Coding, Comparison, Disagreement, Places, Unit
    from pipeline.learning.decided import Target

_PATH = click.Path(path_type=Path)
_UNITS = {
    "practices": "Practices: below, each passage is a quote, each theme an indicator.\n",
    "quotes": "Quotes: below, each passage is what somebody took for a quote, the theme: it is one.\n",
    "segments": "Kinds of segments: below, each passage is a segment, each theme a kind.\n",
}
"""How to read the table of what are no themes."""


@click.command("agree")
@click.argument("files", nargs=-1, required=True, metavar="A [B]...", type=_PATH)
@click.option(
    "--target",
    type=click.Choice(["themes", "practices", "quotes", "segments"]),
    default="themes",
    show_default=True,
    help="Of decisions (pop review): what to compare.",
)
@click.option("--codebook", type=_PATH, metavar="FILE", help="Themes to list.  [default: those in use]")
@click.option(
    "--unit",
    "units",
    multiple=True,
    type=click.Choice(["passage", "segment", "document"]),
    help="What to compare; repeat for several.  [default: all that are known]",
)
@click.option("--outputs", type=_PATH, metavar="DIR", help="Outputs that tell where labelled passages stand.")
@click.option(
    "--disagreements",
    type=_PATH,
    metavar="FILE",
    help="Write all disagreements, the most telling first (.csv, .jsonl).",
)
@options.JSON
def command(
    *,
    files: tuple[Path, ...],
    target: "Target",
    codebook: Path | None,
    units: "tuple[Unit, ...]",
    outputs: Path | None,
    disagreements: Path | None,
    as_json: bool,
) -> None:
    """Compare what coders say of the same text, theme by theme; the model may be one of them.

    A, B, …: decisions of a coder (labels/ana.jsonl) or a folder of them; labels, a line each {"id", "text", "themes":
    {theme: 1 or 2}}; or a tags.jsonl of the pipeline. One file of labels is enough where each names its "coder".
    """
    from pipeline.learning import agreement  # noqa: PLC0415 - slow to import, and only this command needs it

    themes = codebooks.load(codebook) if codebook else None
    codings = agreement.read_all(files, themes, target)
    if target != "themes":
        units = ("passage",)
    places = agreement.read_places(outputs) if outputs else None
    found = agreement.compare_all(codings, Settings(), themes, units, places)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())
    else:
        screen.put(_UNITS.get(target, "") + agreement.to_text(found))
    if disagreements is not None:
        _write(disagreements, _listed(found, codings, places))


def _listed(found: "Comparison", codings: "list[Coding]", places: "Places | None") -> "list[Disagreement]":
    from pipeline.learning.agreement import disagreements  # noqa: PLC0415

    by_name = {coding.name: coding for coding in codings}
    pairs = [(by_name[pair.coders[0]], by_name[pair.coders[1]], pair.levels[0].unit) for pair in found.pairs]
    return [one for a, b, unit in pairs for one in disagreements(a, b, unit, places)]


def _write(path: Path, listed: "list[Disagreement]") -> None:
    from pipeline.learning import sheets  # noqa: PLC0415
    from pipeline.learning.agreement import Disagreement  # noqa: PLC0415

    write_bytes(path, sheets.records_to(sheets.form_of(path, None), listed, Disagreement))
    click.echo(f"{len(listed)} disagreement{'' if len(listed) == 1 else 's'} → {path}", err=True)
