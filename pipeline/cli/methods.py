"""`pop methods`: the methods section of a paper, and its audit trail."""

from pathlib import Path
from typing import Any

import click

from pipeline.cli import options, screen
from pipeline.files import write_bytes

FORMS = ("markdown", "html", "json", "bibtex")
_ENDINGS = {".html": "html", ".htm": "html", ".json": "json", ".bib": "bibtex"}


@click.command("methods")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    help="markdown, html, the figures as json, the references as bibtex.  [default: as --output ends, or markdown]",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to this file."
)
@click.option("--names", is_flag=True, help="Name the coders as their files do, instead of Coder 1, Coder 2 …")
@click.option("--dates", is_flag=True, help="Also tell when the run was made, which differs from run to run.")
@options.OUTPUTS
@options.CORPUS
@click.option(
    "--labels",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Decisions of people.  [default: labels/ of the corpus]",
)
@options.MODELS
@options.CODEBOOK
@options.RUBRIC
def command(
    *, form: str | None, as_json: bool, output: Path | None, names: bool, dates: bool, outputs: Path, **places: Any
) -> None:
    """Write the methods section and the audit trail of a paper, every figure worked out from what is at hand.

    What the program cannot know stands in square brackets, for you to write.
    """
    from pipeline.methods import methods  # noqa: PLC0415 - reads all outputs, and only this command needs it

    form = "json" if as_json else form or _ENDINGS.get(output.suffix.lower() if output else "", "markdown")
    content = methods(outputs, options.tools(places), places["corpus"], form, names=names, dates=dates)
    if output is None:
        screen.put(content)
    else:
        write_bytes(output, content.encode())
        click.echo(f"Methods and audit trail → {output}", err=True)
