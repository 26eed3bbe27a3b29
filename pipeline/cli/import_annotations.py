"""`pop import label-studio`, `prodigy`, `doccano`, `argilla`: what people answered there, as decisions."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.cli import options, screen
from pipeline.errors import ErrorCode, ExitCode, PipelineError

if TYPE_CHECKING:
    from pipeline.corrections.decisions import Judgement, PassageDecision
    from pipeline.corrections.importing import Taken
    from pipeline.exchange.annotation.answers import Answer, Outcome
    from pipeline.tools import Tools

Function = TypeVar("Function", bound=Callable[..., Any])

_FILE = click.Path(path_type=Path)
MOST_LISTED = 20

_SHARED = (
    click.argument("file", type=_FILE),
    click.option(
        "--coder",
        "names",
        multiple=True,
        metavar="NAME",
        help="Who decided, or THEIR-NAME=NAME for each of several.  [default: as the file names them]",
    ),
    options.OUTPUTS,
    options.CORPUS,
    click.option("--labels", type=_FILE, metavar="DIR", help="Where decisions go.  [default: labels/ of the corpus]"),
    options.CODEBOOK,
    options.QUIET,
)


@dataclass(frozen=True, kw_only=True)
class Source:
    """What all imports of annotations are told. `names`: of coders, as `reading.coders` takes them."""

    file: Path
    names: tuple[str, ...]
    outputs: Path
    corpus: Path | None
    labels: Path | None
    codebook: Path | None
    quiet: bool

    @property
    def folder(self) -> Path:
        """The folder of the coders' files."""
        return self.labels or options.corpus_or_default(self.corpus) / "labels"

    @property
    def tools(self) -> "Tools":
        """The instruments."""
        return options.tools({"corpus": self.corpus, "codebook": self.codebook})

    def standing(self) -> "list[Judgement]":
        """Return what the coders have said of the themes of passages."""
        from pipeline.corrections import folder  # noqa: PLC0415 - slow to import

        return [one.judgement for one in folder.read(self.folder).of("passage")]


def shared(function: Function) -> Function:
    """Add the options of every import of annotations; the function takes them as one argument, `source`."""

    def called(**given: Any) -> Any:
        of_all = {name: given.pop(name) for name in Source.__dataclass_fields__}
        return function(source=Source(**of_all), **given)

    called.__name__, called.__doc__ = function.__name__, function.__doc__
    called.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
    wrapped: Any = called
    for option in reversed(_SHARED):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]


@click.command("label-studio", short_help="Take over completed tasks of Label Studio.")
@shared
def label_studio(*, source: Source) -> None:
    """Take over completed tasks of Label Studio (JSON, JSON-MIN, CSV or TSV) as decisions of the people who did them.

    A submitted task says of every theme that it offered whether it is there; one that was skipped says nothing.
    """
    from pipeline.exchange.annotation import label_studio as tool  # noqa: PLC0415 - slow to import

    _take(source, tool.read)


@click.command("prodigy", short_help="Take over annotations of Prodigy.")
@shared
def prodigy(*, source: Source) -> None:
    """Take over annotations of Prodigy (the JSONL of prodigy db-out) as decisions of the people who made them.

    An accepted task says of every theme that it offered whether it is there; rejected and ignored ones say nothing.
    """
    from pipeline.exchange.annotation import prodigy as tool  # noqa: PLC0415

    _take(source, tool.read)


@click.command("doccano", short_help="Take over labels of doccano.")
@shared
@click.option(
    "--complete", is_flag=True, help="Every text was judged, also one that was left as it was or has no label."
)
def doccano(*, source: Source, complete: bool) -> None:
    """Take over labels of doccano (JSONL, or the ZIP with a file for each person) as decisions.

    A text whose labels somebody changed says of every theme whether it is there. doccano does not tell of others
    whether somebody looked at them: they say nothing, but for the label "none".
    """
    from pipeline.exchange.annotation import doccano as tool  # noqa: PLC0415

    _take(source, lambda content: tool.read(content, complete=complete))


@click.command("argilla", short_help="Take over responses of Argilla.")
@shared
def argilla(*, source: Source) -> None:
    """Take over responses of Argilla (records as JSON or JSONL) as decisions of the people who gave them.

    A submitted response says of every theme whether it is there; drafts and discarded ones say nothing.
    """
    from pipeline.exchange.annotation import argilla as tool  # noqa: PLC0415

    _take(source, tool.read)


@click.command("web-annotation", short_help="Take over W3C Web Annotations.")
@shared
def web_annotation(*, source: Source) -> None:
    """Take over W3C Web Annotations (JSON-LD: a collection, a page, a list, or one a line) that people made.

    An annotation says that its theme is there, and nothing of other themes. What a program made says nothing.
    """
    from pipeline.exchange import web_annotation_reading as web  # noqa: PLC0415
    from pipeline.exchange.annotation.reading import coders  # noqa: PLC0415

    answers = web.read(content_of(source.file))
    who = coders(answers, source.names)
    outcome = web.decide(answers, source.outputs, source.tools.codebook, who, source.standing())
    _tell(source, outcome)


def _take(source: Source, read: "Callable[[bytes], list[Answer]]") -> None:
    """Read a file, turn it into decisions, and add them to the files of their coders."""
    from pipeline.exchange.annotation.answers import decide  # noqa: PLC0415
    from pipeline.exchange.annotation.reading import coders  # noqa: PLC0415

    answers = read(content_of(source.file))
    who = coders(answers, source.names)
    outcome = decide(answers, source.outputs, source.tools.codebook, who, source.standing())
    _tell(source, outcome)


def _tell(source: Source, outcome: "Outcome") -> None:
    for label, n in sorted(outcome.unknown.items()):
        screen.say(f"no theme of the codebook, left out: {label!r} ({n})")
    finish(source, outcome.decisions, outcome.lost, lambda taken: _summary(outcome, taken))


def content_of(file: Path) -> bytes:
    """Read a file.

    Raises:
        PipelineError: it cannot be read.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise PipelineError(
            ErrorCode.UNREADABLE,
            found=f"{file} ({error.strerror or error})",
            expected="a file that another program exported",
            do="check the name",
        ) from error


def finish(
    source: Source,
    decisions: "Sequence[PassageDecision]",
    lost: Sequence[tuple[str, str]],
    summary: "Callable[[Taken], str]",
) -> None:
    """Add decisions to the files of their coders, and say what became of them; exit with 3 if something was lost."""
    from pipeline.corrections.importing import take_all  # noqa: PLC0415

    taken = take_all(decisions, source.folder)
    refused = [*lost, *((f"decision {number}", why) for number, why in taken.refused)]
    for place, why in refused[:MOST_LISTED]:
        screen.say(f"left out: {place}: {why}")
    if len(refused) > MOST_LISTED:
        screen.say(f"left out: {len(refused) - MOST_LISTED} more")
    if not source.quiet:
        screen.say(f"{summary(taken)} → {source.folder}")
    if refused:
        sys.exit(int(ExitCode.BAD_INPUT))


def _summary(outcome: "Outcome", taken: "Taken") -> str:
    added = ", ".join(f"{n} of {coder}" for coder, n in sorted(taken.added.items()))
    same = outcome.n_judged - taken.added.total() - len(taken.refused)
    parts = [
        f"{outcome.n_answers} answers: {_number(taken.added.total(), 'decision')} added"
        + (f" ({added})" if added else ""),
        f"{same} as before",
        f"{outcome.n_skipped} not judged",
        f"{len(outcome.lost)} left out",
    ]
    return ", ".join(parts)


def _number(n: int, noun: str) -> str:
    return f"{n:,} {noun}" + ("" if n == 1 else "s")
