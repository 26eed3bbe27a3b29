"""`pop export label-studio`, `prodigy`, `doccano`, `argilla`: passages as tasks for annotation tools."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from pipeline.cli import options, outgoing
from pipeline.cli.export.options import Sent, finish, sent
from pipeline.config import Settings
from pipeline.files import write_bytes

if TYPE_CHECKING:
    from pipeline.exchange.annotation.tasks import Asking, Task, Unit
    from pipeline.tools import Tools

_FILE = click.Path(dir_okay=False, path_type=Path)
RANDOM_SHARE = 0.2
"""The share of passages drawn at random, as in `pop suggest`."""

_CHOSEN = (
    click.option("--queue", type=_FILE, metavar="FILE", help="Ask about what this lists (pop suggest -o FILE.jsonl)."),
    click.option(
        "--n", type=click.IntRange(min=1), help="Ask about so many, chosen as pop suggest does.  [default: all]"
    ),
    click.option("--theme", "themes", multiple=True, help="Ask about this theme only; repeat for several."),
    click.option("--grades", is_flag=True, help='Offer "touched on" as a choice of its own.'),
    click.option("--blind", is_flag=True, help="Show nothing of the model, in random order: for double coding."),
    click.option(
        "--seed", type=click.IntRange(min=0), default=Settings().seed, show_default=True, help="Of the order."
    ),
    options.MODELS,
    options.CODEBOOK,
)
_UNIT = click.option(
    "--unit",
    type=click.Choice(["passage", "document"]),
    default="passage",
    show_default=True,
    help="A task is a passage to choose themes for, or a document to mark stretches in.",
)


@dataclass(frozen=True)
class _Tool:
    """How a tool's files are made. `beside`: the ending of the file with its settings, which lies beside the tasks."""

    tasks: "Callable[[Sequence[Task], Asking], bytes]"
    settings: "Callable[[Asking], bytes]"
    beside: str


def _asked(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_CHOSEN):
        function = option(function)
    return function


@click.command("label-studio", short_help="Tasks for Label Studio.")
@sent
@_UNIT
@_asked
def label_studio(*, sent: Sent, **asked: Any) -> None:
    """Write tasks for Label Studio (JSON), and beside them its labelling interface (.xml).

    The model's suggestions are predictions. Completed tasks come back with pop import label-studio.
    """
    from pipeline.exchange.annotation import label_studio as tool  # noqa: PLC0415 - slow to import

    _write(sent, _Tool(tool.tasks, tool.interface, ".xml"), asked)


@click.command("prodigy", short_help="Tasks for Prodigy.")
@sent
@_UNIT
@_asked
def prodigy(*, sent: Sent, **asked: Any) -> None:
    """Write tasks for Prodigy (JSONL), and beside them settings for its prodigy.json.

    The model's suggestions are chosen beforehand. Annotations come back with pop import prodigy.
    """
    from pipeline.exchange.annotation import prodigy as tool  # noqa: PLC0415

    _write(sent, _Tool(tool.tasks, tool.settings, ".settings.json"), asked)


@click.command("doccano", short_help="Texts and labels for doccano.")
@sent
@_UNIT
@_asked
def doccano(*, sent: Sent, **asked: Any) -> None:
    """Write texts with labels for doccano (JSONL), and beside them its list of labels (.labels.json).

    Passages are for a project "Text Classification", documents for "Sequence Labeling". They come back with pop import
    doccano.
    """
    from pipeline.exchange.annotation import doccano as tool  # noqa: PLC0415

    _write(sent, _Tool(tool.tasks, tool.labels, ".labels.json"), asked)


@click.command("argilla", short_help="Records for Argilla.")
@sent
@_asked
def argilla(*, sent: Sent, **asked: Any) -> None:
    """Write records with suggestions for Argilla (JSON), and beside them the settings of the dataset (.settings.json).

    Submitted responses come back with pop import argilla.
    """
    from pipeline.exchange.annotation import argilla as tool  # noqa: PLC0415

    _write(sent, _Tool(tool.tasks, tool.settings, ".settings.json"), {"unit": "passage", **asked})


def _write(sent: Sent, tool: _Tool, asked: dict[str, Any]) -> None:
    """Write the tasks and, beside them, what the tool must know."""
    tools = options.tools({"corpus": sent.corpus, **asked}, seed=asked["seed"])
    beside = sent.output.with_suffix(tool.beside)
    outgoing.require_free(beside, force=sent.force)
    made: list[tuple[list[Task], Asking]] = []

    def write(path: Path) -> str:
        made.append(_tasks(sent, tools, asked))
        write_bytes(path, tool.tasks(*made[0]))
        return f"{_number(len(made[0][0]), asked['unit'])} to judge"

    finish(sent, write)
    write_bytes(beside, tool.settings(made[0][1]))
    if not sent.quiet:
        click.echo(f"what the program must know of them → {beside}", err=True)


def _tasks(sent: Sent, tools: "Tools", asked: dict[str, Any]) -> "tuple[list[Task], Asking]":
    from pipeline.exchange.annotation.tasks import Asking, tasks_of  # noqa: PLC0415
    from pipeline.exchange.choosing import chosen  # noqa: PLC0415

    unit: Unit = asked["unit"]
    themes = _themes(tools, asked["themes"])
    asking = Asking(unit=unit, themes=themes, grades=asked["grades"], blind=asked["blind"])
    queue = _queue(sent, tools, asked)
    wanted = set(queue) if queue is not None else None
    made: list[Task] = []
    model: str | None = None
    for bundle in chosen(sent.outputs, sent.document, ("passages", "tags")):
        made += tasks_of(bundle, asking, wanted=wanted, review=not sent.certain)
        model = model or next((tag.model_version for tag in bundle.tags if tag.source == "model"), None)
    ordered = _ordered(made, queue, tools.settings.seed if asking.blind else None)
    return ordered, msgspec.structs.replace(asking, model=model)


def _themes(tools: "Tools", asked: Sequence[str]) -> list[Any]:
    from pipeline.codebook import require_known  # noqa: PLC0415

    require_known(set(asked), tools.codebook, "--theme")
    return [theme for theme in tools.codebook.themes if not asked or theme.id in asked]


def _queue(sent: Sent, tools: "Tools", asked: dict[str, Any]) -> list[str] | None:
    """Return the ids of the passages that are asked about; `None`: all."""
    from pipeline import jsonl  # noqa: PLC0415
    from pipeline.cli.suggest import default_labels, labelled  # noqa: PLC0415
    from pipeline.learning import suggest  # noqa: PLC0415
    from pipeline.records import Passage  # noqa: PLC0415
    from pipeline.review import queue  # noqa: PLC0415

    if asked["queue"] is not None:
        known = {one.id for one in jsonl.read(sent.outputs / "passages.jsonl", Passage)}
        return queue.of_file(asked["queue"], known)[: asked["n"]]
    if asked["n"] is None:
        return None
    done = labelled(default_labels(tools), sent.outputs)
    documents = suggest.read_documents(sent.outputs)
    listed, _ = suggest.choose(documents, done, tools, asked["themes"], asked["n"], RANDOM_SHARE)
    return [one.id for one in listed]


def _ordered(made: "list[Task]", queue: list[str] | None, seed: int | None) -> "list[Task]":
    """Return the tasks in the order of the queue or of the text; blind, in a random order."""
    from pipeline.review.queue import shuffled  # noqa: PLC0415

    by_id = {task.id: task for task in made}
    ids = shuffled(list(by_id), seed) if seed is not None else queue if queue is not None else list(by_id)
    return [by_id[one] for one in ids if one in by_id] if set(by_id) & set(ids) else made


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")
