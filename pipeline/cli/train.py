"""pop train."""

from pathlib import Path

import click

from pipeline.cli import options


@click.command("train")
@click.option(
    "--target", type=click.Choice(["themes", "practices"]), default="themes", show_default=True, help="Which model."
)
@click.option(
    "--labels", type=click.Path(path_type=Path), metavar="FILE", help="Labels, JSONL.  [default: the shipped ones]"
)
@options.MODELS
@options.CODEBOOK
@options.RUBRIC
@options.QUIET
@options.JSON
def command(
    target: str,
    labels: Path | None,
    models: Path | None,
    codebook: Path | None,
    rubric: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Train the theme model (or the practice model) from labels, and measure it on held-out groups."""
    from pipeline.learning import training  # noqa: PLC0415 - imports scikit-learn

    tools = options.tools({"models": models, "codebook": codebook, "rubric": rubric})
    train = training.train_themes if target == "themes" else training.train_practices
    result = train(labels, tools, quiet=quiet)
    if as_json:
        click.echo(result.as_json())
    if not quiet:
        click.echo(result.table(), err=as_json)
