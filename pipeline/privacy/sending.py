"""The way out: a file for others is looked through before it stands where they find it.

It is written beside its place, looked through for what should not leave, and then put there whole; or, where that was
asked for and something was found, not at all.
"""

import contextlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.files import not_writable, publish
from pipeline.privacy.leaks import Leak, Watch, leaks_in

MOST_SHOWN = 5


def send(path: Path, write: Callable[[Path], None], watch: Watch, *, strict: bool) -> list[Leak]:
    """Write a file for others.

    Args:
        path: where it is to stand; what stands there is replaced.
        write: writes it to the path that it is given, which has the same ending.
        watch: what should not leave.
        strict: write nothing if any of that is found.

    Returns:
        What was found in the file.

    Raises:
        PipelineError: the folder cannot be written, or (strict) something was found.
    """
    with _part(path) as part:
        write(part)
        leaks = leaks_in(part, watch)
        if leaks and strict:
            raise _leaking(path, leaks)
        try:
            publish(part, path)
        except OSError as error:
            raise not_writable(path.parent, error) from error
    return leaks


def told(leaks: Sequence[Leak]) -> str:
    """Say what was found: "2 × person, 1 × email: L••d (line 3), …"."""
    counts = Counter(leak.kind for leak in leaks)
    shown = ", ".join(f"{leak.shown} ({leak.place})" for leak in leaks[:MOST_SHOWN])
    more = ", …" if len(leaks) > MOST_SHOWN else ""
    return f"{', '.join(f'{n} × {kind}' for kind, n in counts.items())}: {shown}{more}"


def _leaking(path: Path, leaks: Sequence[Leak]) -> PipelineError:
    """Describe a file that was not written because of what it held."""
    return PipelineError(
        ErrorCode.LEAK,
        found=f"in what was to be written to {path}: {told(leaks)}",
        expected="no names of the roster or key, no contact details and no identifiers; nothing was written",
        do="pseudonymise the corpus (pop pseudonymise), or leave --strict out if these may leave",
        exit_code=ExitCode.INTEGRITY,
    )


@contextlib.contextmanager
def _part(path: Path) -> Iterator[Path]:
    """Yield the path of a hidden file beside another, with the same ending; it is gone afterwards."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part.", suffix=path.suffix)
        os.close(handle)
    except OSError as error:
        raise not_writable(path.parent, error) from error
    part = Path(name)
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)
