"""One command at a time writes into a folder.

The lock is the operating system's, on the file `.lock` in that folder: it ends with the program that holds it, however
that ends. The file says who holds it. One that was left by a program that was killed is no obstacle; it is told, and
what that program left half done is cleared away by whoever holds the lock next. Nobody needs it to read.
"""

import contextlib
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import disk_of, not_writable
from pipeline.safe_json import decode

FILE: Final = ".lock"

Say = Callable[[str], None]
"""Tells a person something, in a line."""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a lock. `since`: ISO 8601, UTC."""

    command: str
    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        """Say it for people."""
        return f"{self.command} (process {self.pid} on {self.host}, since {self.since.replace('T', ' ')[:19]} UTC)"


def silent(_: str) -> None:
    """Say nothing."""


@contextlib.contextmanager
def held(folder: Path, command: str, say: Say = silent, leftovers: Sequence[str] = ()) -> Iterator[None]:
    """Keep other commands from writing into a folder, for a `with` block.

    Args:
        folder: made if it is not there.
        command: who asks, such as "pop run".
        say: is told what an earlier command left, and that a folder cannot be locked.
        leftovers: patterns of files and folders, relative to the folder, which only holders of this lock write and
            which are of no use to anybody after them.

    Raises:
        PipelineError: another command holds the lock, or the folder cannot be written, or not any more.
    """
    handle = _acquired(folder, say)
    try:
        before = holder(folder)
        _sign(handle, command)
        cleared = _clear(folder, leftovers)
        if before is not None:
            say(f"{before} did not end as it should; going on from there" + (f" ({cleared} cleared)" * bool(cleared)))
        with disk_of(folder):
            yield
    finally:
        _release(folder / FILE, handle)


def holder(folder: Path) -> Holder | None:
    """Return who holds or held the lock of a folder last; `None`: nobody, or the file does not tell."""
    try:
        return decode((folder / FILE).read_bytes(), Holder)
    except (OSError, msgspec.DecodeError):
        return None


def is_held(folder: Path) -> bool:
    """Tell whether a command is writing into a folder at this moment; nothing is changed."""
    try:
        handle = os.open(folder / FILE, os.O_RDWR)
    except OSError:
        return False
    try:
        _lock(handle)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


def _acquired(folder: Path, say: Say) -> int:
    """Return the locked file. A holder deletes it at the end: what was locked must still be the file of that name."""
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise not_writable(folder, error) from error
        try:
            _lock(handle)
        except BlockingIOError as error:
            os.close(handle)
            raise _locked(folder) from error
        except OSError as error:
            say(f"{folder} cannot be locked ({error.strerror}): take care that no other command writes there meanwhile")
            return handle
        if _is_file_of(handle, folder / FILE):
            return handle
        os.close(handle)


def _is_file_of(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _lock(handle: int) -> None:
    """Lock a file, at once or not at all.

    Raises:
        BlockingIOError: another program has it.
        OSError: this file system knows no locks.
    """
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:
        _lock_on_windows(handle)
        return
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _lock_on_windows(handle: int) -> None:
    import msvcrt  # noqa: PLC0415 - only on Windows

    os.lseek(handle, _FAR, os.SEEK_SET)  # beyond the end: what stands in the file can be read by others
    try:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except PermissionError as error:
        raise BlockingIOError(error.errno, error.strerror) from error


_FAR: Final = 1 << 20


def _sign(handle: int, command: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    one = Holder(command=command, pid=os.getpid(), host=platform.node(), since=now)
    with contextlib.suppress(OSError):  # a full disk is told by whoever has something to write
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, msgspec.json.encode(one) + b"\n")


def _clear(folder: Path, leftovers: Sequence[str]) -> str:
    """Delete what earlier holders of the lock left half done; return how many, in words."""
    found = sorted({path for pattern in leftovers for path in folder.glob(pattern)})
    for path in found:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()
    return f"{len(found)} unfinished file{'' if len(found) == 1 else 's'}" if found else ""


def _release(path: Path, handle: int) -> None:
    if os.name == "posix":
        path.unlink(missing_ok=True)  # while it is locked, so that nobody else's is deleted
        os.close(handle)
        return
    os.close(handle)  # Windows deletes no open files
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _locked(folder: Path) -> PipelineError:
    return PipelineError(
        ErrorCode.LOCKED,
        found=f"{holder(folder) or 'another command'} is writing into {folder}",
        expected="one command at a time that writes into a folder",
        do="wait until it has ended, end it, or name another folder; pop query and pop verify can read meanwhile",
    )
