"""Files for others that a command writes on its way: looked through before they stand there."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.cli import options, screen
from pipeline.files import files_below, write_bytes
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

    warn(path, sending.send(path, lambda part: write_bytes(part, content), watch, strict=strict))


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
