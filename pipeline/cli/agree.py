"""`pop agree`: how far two coders agree."""

from pathlib import Path

import click
import msgspec

from pipeline import codebook as codebooks
from pipeline.cli import options
from pipeline.config import Settings


@click.command("agree")
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@click.option(
    "--codebook", type=click.Path(path_type=Path), metavar="FILE", help="Themes to list.  [default: those in use]"
)
@options.JSON
def command(*, a: Path, b: Path, codebook: Path | None, as_json: bool) -> None:
    """Compare what two coders say of the same passages, theme by theme; the model may be one of them.

    A and B: labels, a line each {"id", "text", "themes": {theme: 1 or 2}}, or a tags.jsonl of the pipeline.
    """
    from pipeline.learning import agreement  # noqa: PLC0415 - slow to import, and only this command needs it

    themes = codebooks.load(codebook) if codebook else None
    found = agreement.compare(agreement.read(a, themes), agreement.read(b, themes), Settings(), themes)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())
    else:
        click.echo(agreement.to_text(found), nl=False)
