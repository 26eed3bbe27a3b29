"""Files for others that a command writes on its way: looked through before they stand there."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.cli import options, screen
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import files_below
from pipeline.privacy.key import VARIABLE
from pipeline.privacy.roster import NAME

if TYPE_CHECKING:
    from pipeline.privacy.leaks import Leak, Watch

Function = TypeVar("Function", bound=Callable[..., Any])
_FILE = click.Path(dir_okay=False, path_type=Path)

STRICT = click.option("--strict", is_flag=True, help="Write nothing if it holds what should not leave. Exit 6.")
ROSTER = click.option(
    "--roster", type=_FILE, metavar="FILE", help=f"Names to look for.  [default: {NAME} of the corpus, if there]"
)
KEY = click.option(
    "--key", type=_FILE, envvar=VARIABLE, metavar="FILE", help="Key of pseudonyms, whose names are looked for."
)


def watched(function: Function) -> Function:
    """Add the options that say what must not leave."""
    for option in (KEY, ROSTER, STRICT):
        function = option(function)
    return function


def watch_of(corpus: Path | None, roster: Path | None, key: Path | None) -> "Watch":
    """Return what is looked for: the roster given, or that of the corpus, and the key."""
    from pipeline.privacy.leaks import Watch  # noqa: PLC0415 - slow to import

    own = options.corpus_or_default(corpus) / NAME
    return Watch.of(roster or (own if own.is_file() else None), key)


def give(path: Path, content: bytes, watch: "Watch", *, strict: bool) -> None:
    """Write a file for others, and say what it holds that should not leave.

    Raises:
        PipelineError: the folder cannot be written, or (strict) something was found.
    """
    from pipeline.privacy import sending  # noqa: PLC0415 - slow to import

    def write(part: Path) -> None:
        part.write_bytes(content)

    warn(path, sending.send(path, write, watch, strict=strict))


def look_through(paths: Sequence[Path], watch: "Watch") -> "list[Leak]":
    """Say what files, or the files in folders, hold that should not leave."""
    from pipeline.privacy.leaks import leaks_in  # noqa: PLC0415

    found: list[Leak] = []
    for path in (file for one in paths for file in (files_below(one) if one.is_dir() else [one])):
        leaks = leaks_in(path, watch)
        warn(path, leaks)
        found += leaks
    return found


def warn(path: Path, leaks: "Sequence[Leak]") -> None:
    """Say what a file holds that should not leave."""
    from pipeline.privacy import sending  # noqa: PLC0415

    if leaks:
        screen.say(f"Attention, in {path}: {sending.told(leaks)}")


def require_free(path: Path, *, force: bool, source: Path | None = None, option: str = "--output") -> None:
    """Refuse to write over a file, unless that was asked for; over a folder, or what is read, never.

    Args:
        path: the file to be written.
        force: whether that was asked for.
        source: what is read.
        option: by which the file was named.

    Raises:
        PipelineError: it is there.
    """
    if not path.exists() or (force and path.is_file() and not _same(path, source)):
        return
    raise PipelineError(
        ErrorCode.NOT_WRITABLE,
        found=f"{path}, which is there already",
        expected="the name of a new file" + (", other than that of what is read, and no folder" if force else ""),
        do=f"choose another name with {option}" + ("" if force else ", or write over it with --force"),
    )


def _same(path: Path, source: Path | None) -> bool:
    return source is not None and source.exists() and path.samefile(source)
