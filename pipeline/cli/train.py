"""pop train."""

from pathlib import Path

import click

from pipeline.cli import options


@click.command("train")
@click.option(
    "--target",
    type=click.Choice(["themes", "practices", "anatomy"]),
    default="themes",
    show_default=True,
    help="Which model.",
)
@click.option(
    "--labels", type=click.Path(path_type=Path), metavar="FILE", help="Labels, JSONL.  [default: the shipped ones]"
)
@options.MODELS
@options.CODEBOOK
@options.RUBRIC
@click.option("--force", is_flag=True, help="Write a model even if it cannot be measured (labels of one group).")
@options.QUIET
@options.JSON
def command(target: str, labels: Path | None, force: bool, quiet: bool, as_json: bool, **given: Path | None) -> None:
    """Train a model from labels, and measure it on held-out groups.

    The model that was there before is kept beside the new one, in a folder named ….previous.
    """
    from pipeline.learning import training  # noqa: PLC0415 - imports scikit-learn

    train = {
        "themes": training.train_themes,
        "practices": training.train_practices,
        "anatomy": training.train_anatomy,
    }
    result = train[target](labels, options.tools(given), quiet=quiet, force=force)
    if as_json:
        click.echo(result.as_json())
    if not quiet:
        click.echo(result.table(), err=as_json)
