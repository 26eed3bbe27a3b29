"""`pop evaluate`: score an output folder against gold."""

from pathlib import Path

import click
import msgspec

from pipeline.cli import options
from pipeline.config import Settings


@click.command("evaluate")
@click.option(
    "--gold",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="A gold folder (blocks.txt, segments.jsonl, quotes.jsonl, themes.jsonl), or a folder of such folders.",
)
@options.OUTPUTS
@options.JSON
def command(*, gold: Path, outputs: Path, as_json: bool) -> None:
    """Score quotes, segments, themes and practices against documents that people have annotated.

    Each annotated document is found in the output folder by its words, not by its name.
    """
    from pipeline.learning import evaluation  # noqa: PLC0415 - slow to import, and only this command needs it

    found = evaluation.evaluate(gold, outputs, Settings())
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())
    else:
        click.echo(evaluation.to_text(found), nl=False)
