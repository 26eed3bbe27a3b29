"""pop train."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from pipeline import locking
from pipeline.cli import options, screen
from pipeline.folders import settle
from pipeline.locking import silent
from pipeline.tools import MODELS

if TYPE_CHECKING:
    from pipeline.learning.training import Result
    from pipeline.tools import Tools

_PATH = click.Path(path_type=Path)
LEFTOVERS: Final = (".*.part", "versions/.*.part")
"""What a training that was killed leaves half done."""


@click.command("train")
@click.option(
    "--target",
    type=click.Choice(["themes", "practices", "anatomy"]),
    default="themes",
    show_default=True,
    help="Which model.",
)
@click.option(
    "--labels",
    type=_PATH,
    metavar="FILE",
    help="Labels or decisions of a coder, JSONL; or a folder of such files.  [default: the shipped ones, and the "
    "decisions in labels/ of the corpus]",
)
@options.CORPUS
@options.MODELS
@options.CODEBOOK
@options.RUBRIC
@click.option(
    "--outputs",
    type=_PATH,
    metavar="DIR",
    help="List which tags in this output folder would change; labels may name its passages instead of their text.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Put the model to use even if a theme got clearly worse, or it cannot be measured (labels of one group).",
)
@click.option("--rollback", is_flag=True, help="Bring back the model that was in use before, instead of training.")
@options.QUIET
@options.JSON
def command(
    *,
    target: str,
    labels: Path | None,
    outputs: Path | None,
    force: bool,
    rollback: bool,
    quiet: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Train a model from labels, measure it on held-out groups, and put it to use if no theme got clearly worse.

    The models that were in use before are kept in the folder versions.
    """
    tools = options.tools(given)
    with locking.held(tools.models_path, "pop train", silent if quiet else screen.say, LEFTOVERS):
        for model in MODELS.values():
            settle(tools.models_path / model)
        if rollback:
            _roll_back(tools, target)
            return
        result = _trained(target, labels, tools, outputs, quiet=quiet, force=force)
    if as_json:
        click.echo(result.as_json())
    if not quiet:
        click.echo(result.table(), err=as_json)


def _trained(
    target: str, labels: Path | None, tools: "Tools", outputs: Path | None, *, quiet: bool, force: bool
) -> "Result":
    from pipeline.learning import training  # noqa: PLC0415 - imports scikit-learn

    if target == "themes":
        return training.train_themes(labels, tools, outputs=outputs, quiet=quiet, force=force)
    train = {"practices": training.train_practices, "anatomy": training.train_anatomy}[target]
    return train(labels, tools, quiet=quiet, force=force)


def _roll_back(tools: "Tools", target: str) -> None:
    from pipeline.learning import versions  # noqa: PLC0415

    entry = versions.roll_back(tools.models_path, target)
    click.echo(f"{entry.version} is in use again; {entry.reason}.")
