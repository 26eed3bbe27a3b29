"""The options that commands share, and what they default to."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.cli import screen
from pipeline.config import HOME, Settings, shipped
from pipeline.engine import ENGINES, Workers
from pipeline.locking import silent
from pipeline.work.shard import Shard

if TYPE_CHECKING:
    from pipeline.plan import Plan
    from pipeline.tools import Tools

Function = TypeVar("Function", bound=Callable[..., Any])
_PATH = click.Path(path_type=Path)

OUTPUTS = click.option(
    "--outputs", type=_PATH, default=Path("outputs"), show_default=True, metavar="DIR", help="Folder of the results."
)
MODELS = click.option("--models", type=_PATH, metavar="DIR", help="Folder of the models.  [default: the shipped ones]")
CODEBOOK = click.option(
    "--codebook", type=_PATH, metavar="FILE", help="Themes.  [default: codebook.yaml of the corpus, or the shipped one]"
)
RUBRIC = click.option(
    "--rubric", type=_PATH, metavar="FILE", help="Practices.  [default: rubric.yaml of the corpus, or the shipped one]"
)
QUIET = click.option("--quiet", is_flag=True, help="No progress, no summary.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON on standard output.")
CORPUS = click.option(
    "--corpus", type=_PATH, metavar="DIR", help="Folder of the documents.  [default: corpus/ here, or the shipped one]"
)


def _address(_context: click.Context, _option: click.Parameter, given: str | None) -> str | None:
    if given is not None and not re.fullmatch(r"(tcp|tls)://\S+:\d{1,5}", given):
        raise click.BadParameter(f"{given!r} is no address such as tcp://10.0.0.5:8786 or tls://10.0.0.5:8786")
    return given


_COMMON = (
    CORPUS,
    OUTPUTS,
    MODELS,
    CODEBOOK,
    RUBRIC,
    click.option(
        "--jobs",
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Processes.  [default: 0, as many as pay off]",
    ),
    click.option(
        "--engine",
        type=click.Choice(ENGINES),
        default=ENGINES[0],
        show_default=True,
        help="Where to work: in processes of this computer, or on a Dask cluster.",
    ),
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        callback=_address,
        help="Of the Dask cluster, for example tcp://10.0.0.5:8786.",
    ),
    click.option(
        "--max-seconds",
        type=click.FloatRange(0, min_open=True),
        default=Settings().max_seconds,
        show_default=True,
        help="Of the processor for one document in one stage; what takes longer is refused.",
    ),
    click.option("--force", is_flag=True, help="Do all work again, even where nothing has changed."),
    QUIET,
    JSON,
)


def shard(_context: click.Context, _option: click.Parameter, given: str) -> Shard:
    """Read the number of a part and how many there are."""
    match = re.fullmatch(r"(\d{1,4})/(\d{1,4})", given)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise click.BadParameter(f"{given!r} is no part such as 2/8, the second of eight")
    return Shard(int(match[1]), int(match[2]))


def common(function: Function) -> Function:
    """Add the options of every stage."""
    for option in reversed(_COMMON):
        function = option(function)
    return function


def corpus_or_default(corpus: Path | None) -> Path:
    """Return the folder given, corpus/ in the working directory, or the shipped corpus."""
    if corpus is not None:
        return corpus
    here = Path("corpus")
    return here if here.is_dir() else HOME / "corpus"


def models_or_default(models: Path | None) -> Path:
    """Return the folder given, or the shipped models."""
    return models if models is not None else HOME / "models"


def tools(options: dict[str, Any], **settings: Any) -> "Tools":
    """Turn the common options into tools."""
    from pipeline.tools import Tools  # noqa: PLC0415 - a query that needs none of them starts sooner

    corpus = corpus_or_default(options.get("corpus"))
    labels: Path | None = options.get("labels")
    is_folder = labels is not None and labels.is_dir()
    return Tools(
        settings=Settings(**settings),
        codebook_path=options.get("codebook") or shipped(corpus, "codebook.yaml"),
        rubric_path=options.get("rubric") or shipped(corpus, "rubric.yaml"),
        models_path=models_or_default(options.get("models")),
        sample_path=None if is_folder else labels,
        labels_path=labels if is_folder else corpus / "labels",
    )


def workers(options: dict[str, Any]) -> Workers:
    """Turn the options that say who does the work into one."""
    engine, scheduler = options["engine"], options["scheduler"]
    if engine == "dask" and scheduler is None:
        raise click.UsageError("--engine dask needs the address of a scheduler: --scheduler tcp://10.0.0.5:8786")
    if engine != "dask" and scheduler is not None:
        raise click.UsageError("--scheduler goes with --engine dask")
    return Workers(options["jobs"], engine, scheduler)


def plan(options: dict[str, Any], **settings: Any) -> "Plan":
    """Turn the common options into a plan."""
    from pipeline.plan import Plan  # noqa: PLC0415

    return Plan(
        corpus=corpus_or_default(options["corpus"]),
        outputs=options["outputs"],
        tools=tools(options, max_seconds=options["max_seconds"], **settings),
        workers=workers(options),
        force=options["force"],
        quiet=options["quiet"],
        say=silent if options["quiet"] else screen.say,
    )
