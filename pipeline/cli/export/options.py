"""The options that all exports share, and what happens with a finished file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from pipeline.cli import options, outgoing, screen
from pipeline.errors import ErrorCode, ExitCode, PipelineError

Function = TypeVar("Function", bound=Callable[..., Any])
_ENDINGS = frozenset({".bib", ".csv", ".dta", ".parquet", ".qdc", ".qdpx", ".sav", ".xls", ".xlsx"})
_PATH = click.Path(path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)

_SENT = (
    click.option("-o", "--output", type=_FILE, required=True, metavar="FILE", help="Write to this file."),
    options.OUTPUTS,
    options.CORPUS,
    click.option("--document", metavar="TEXT", help="Only documents whose path or title holds this."),
    click.option("--certain", is_flag=True, help="Leave out what the model left for review."),
    outgoing.STRICT,
    outgoing.ROSTER,
    outgoing.KEY,
    click.option("--force", is_flag=True, help="Write over a file that is there already."),
    options.QUIET,
)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What all exports are told. `document`: a part of path or title; `None`: all documents."""

    output: Path
    outputs: Path
    corpus: Path | None
    document: str | None
    certain: bool
    strict: bool
    roster: Path | None
    key: Path | None
    force: bool
    quiet: bool


def sent(function: Function) -> Function:
    """Add the options of every export; the function takes them as one argument, `sent`."""

    def called(**given: Any) -> Any:
        names = Sent.__dataclass_fields__
        of_all = {name: given.pop(name) for name in names}
        return function(sent=Sent(**of_all), **given)

    called.__name__, called.__doc__ = function.__name__, function.__doc__
    called.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
    wrapped: Any = called
    for option in reversed(_SENT):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]


def finish(sent: Sent, write: Callable[[Path], str], *, ending: str | None = None) -> None:
    """Write an export, have it looked through, and say what became of it.

    Args:
        sent: the options.
        write: writes to the path that it is given, and returns what it wrote: "12 documents, 940 codings".
        ending: that the programs which open such a file know it by, ".xlsx"; `None`: any.

    Raises:
        PipelineError: the file has the ending of another form, is there already, cannot be written, or (strict) holds
            what should not leave.
    """
    from pipeline.privacy import sending  # noqa: PLC0415 - slow to import

    if ending is not None:
        _require_ending(sent.output, ending)
    outgoing.require_free(sent.output, force=sent.force)
    wrote: list[str] = []
    watch = outgoing.watch_of(sent.corpus, sent.roster, sent.key)
    leaks = sending.send(sent.output, lambda path: wrote.append(write(path)), watch, strict=sent.strict)
    outgoing.warn(sent.output, leaks)
    if not sent.quiet:
        screen.say(f"{wrote[0]} → {sent.output}")


def _require_ending(path: Path, ending: str) -> None:
    """Refuse a name that belongs to another form: the program that it belongs to would call the file damaged.

    Raises:
        PipelineError: the name has the ending of another form.
    """
    given = path.suffix.lower()
    if given == ending or given not in _ENDINGS:
        return
    raise PipelineError(
        ErrorCode.UNKNOWN_FORMAT,
        found=f"{path}, the name of another kind of file",
        expected=f"a name that ends in {ending}",
        do=f"write --output {path.with_suffix(ending)}, or use the export of the other form: pop export --help",
        exit_code=ExitCode.USAGE,
    )
