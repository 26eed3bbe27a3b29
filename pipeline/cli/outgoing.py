"""Files for others that a command writes on its way: looked through before they stand there."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from pipeline.cli import options, screen
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.files import files_below, not_writable, write_bytes
from pipeline.privacy.key import VARIABLE
from pipeline.privacy.roster import NAME

if TYPE_CHECKING:
    from pipeline.privacy.leaks import Leak, Watch

Function = TypeVar("Function", bound=Callable[..., Any])
_FILE = click.Path(dir_okay=False, path_type=Path)
_MOST_SHOWN: Final = 5

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
    leaks = _leaks(path, content, watch)
    if leaks and strict:
        raise _leaking(path, leaks)
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
    if leaks:
        screen.say(f"Attention, in {path}: {told(leaks)}")


def told(leaks: "Sequence[Leak]") -> str:
    """Say what was found: "2 × person, 1 × email: L••d (line 3), …"."""
    counts = {leak.kind: sum(other.kind == leak.kind for other in leaks) for leak in leaks}
    shown = ", ".join(f"{leak.shown} ({leak.place})" for leak in leaks[:_MOST_SHOWN])
    more = ", …" if len(leaks) > _MOST_SHOWN else ""
    return f"{', '.join(f'{n} × {kind}' for kind, n in counts.items())}: {shown}{more}"


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


def _leaking(path: Path, leaks: "Sequence[Leak]") -> PipelineError:
    return PipelineError(
        ErrorCode.LEAK,
        found=f"in what was to be written to {path}: {told(leaks)}",
        expected="no names of the roster or key, no contact details and no identifiers; nothing was written",
        do="pseudonymise the corpus (pop pseudonymise), or leave --strict out if these may leave",
        exit_code=ExitCode.INTEGRITY,
    )
