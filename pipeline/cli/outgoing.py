"""Files for others that a command writes on its way: looked through before they stand there."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.cli import options, screen
from pipeline.files import files_below, not_writable, write_bytes
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
    from pipeline.exchange import sending  # noqa: PLC0415

    leaks = _leaks(path, content, watch)
    if leaks and strict:
        raise sending.leaking(path, leaks)
    write_bytes(path, content)
    warn(path, leaks)


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
    from pipeline.exchange.sending import told  # noqa: PLC0415

    if leaks:
        screen.say(f"Attention, in {path}: {told(leaks)}")


def _leaks(path: Path, content: bytes, watch: "Watch") -> "list[Leak]":
    """Look through a file before it stands in its place, in the same folder, and nowhere else on the disk."""
    from pipeline.privacy.leaks import leaks_in  # noqa: PLC0415

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part.", suffix=path.suffix) as part:
            part.write(content)
            part.flush()
            return leaks_in(Path(part.name), watch)
    except OSError as error:
        raise not_writable(path.parent, error) from error
