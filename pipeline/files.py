"""Files: whole or not at all, and known by their hash."""

import contextlib
import errno
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from pipeline.errors import ErrorCode, PipelineError

PART: Final = ".part"
"""How the name of a file ends that is not complete; it begins with a dot and the name of the file that it will be."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED: Final = frozenset({*_FULL, errno.EROFS, errno.EIO})
_SQLITE_REFUSED: Final = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
)


@contextlib.contextmanager
def atomic_write(path: Path, mode: int | None = None) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of `path` only when everything was written and is on the disk.

    Args:
        path: the file.
        mode: its permissions; `None`: those of any new file.

    Raises:
        PipelineError: the folder cannot be written, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PART)
    except OSError as error:
        raise not_writable(path.parent, error) from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        publish(part, path, mode)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _FULL:
            raise not_writable(path.parent, error) from error
        raise


def publish(part: Path, path: Path, mode: int | None = None) -> None:
    """Put a finished file from the same folder in its place; it is on the disk when this returns.

    Raises:
        OSError: the system refuses.
    """
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())
    part.chmod(0o666 & ~_umask() if mode is None else mode)
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can: a rename then outlives a power cut."""
    try:
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    except OSError:
        return  # Windows opens no folders, and keeps their names safe by itself
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file atomically."""
    with atomic_write(path) as stream:
        stream.write(content)


def append_line(path: Path, line: bytes) -> None:
    """Add a line to the end of a file, which is made if it is not there; it is on the disk when this returns.

    Several programs may add at once. After a line that a crash cut short, a new one begins; where there is no room for
    the whole line, nothing of it stays.

    Raises:
        PipelineError: the folder cannot be written, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        with path.open("ab+", buffering=0) as stream, _alone(stream.fileno()):
            handle = stream.fileno()
            size = os.fstat(handle).st_size
            is_torn = size > 0 and _byte_at(handle, size - 1) != b"\n"
            try:
                _write_all(handle, b"\n" * is_torn + line.rstrip(b"\n") + b"\n")
                os.fsync(handle)
            except OSError:
                os.ftruncate(handle, size)
                raise
        if is_new:
            sync_folder(path.parent)
    except OSError as error:
        raise not_writable(path.parent, error) from error


def _write_all(handle: int, content: bytes) -> None:
    """Write it all: on a disk that is almost full, the system takes a part and says nothing."""
    while content:
        content = content[os.write(handle, content) :]


def _byte_at(handle: int, place: int) -> bytes:
    os.lseek(handle, place, os.SEEK_SET)
    return os.read(handle, 1)


@contextlib.contextmanager
def _alone(handle: int) -> Iterator[None]:
    """Keep other programs from adding at the same moment. Windows has no such lock, and appends there are whole."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:
        yield
        return
    with contextlib.suppress(OSError):  # some network shares have no locks
        fcntl.flock(handle, fcntl.LOCK_EX)
    yield  # closing the file lets go of the lock


def not_writable(folder: Path, error: OSError) -> PipelineError:
    """Describe a folder that refuses our files."""
    if error.errno in _FULL:
        return PipelineError(
            ErrorCode.NOT_WRITABLE,
            found=f"no room left for files in {folder} ({error.strerror or error})",
            expected="a disk with room for the results",
            do="make room, or choose another folder, and give the same command again; what was written before is whole",
        )
    return PipelineError(
        ErrorCode.NOT_WRITABLE,
        found=f"{folder} ({error.strerror or error})",
        expected="a folder in which files can be written",
        do="choose another folder with --outputs (or OUTPUTS= for make), or change its permissions",
    )


def of_the_disk(error: BaseException, folder: Path) -> PipelineError | None:
    """Describe an error by which the disk refused to take what was written; `None`: it is another error.

    Args:
        error: what was raised, by the system or by SQLite.
        folder: what was written into, where the error does not name it.
    """
    if isinstance(error, OSError) and error.errno in _REFUSED:
        named = Path(str(error.filename)).parent if error.filename is not None else folder
        return not_writable(named, error)
    if isinstance(error, sqlite3.Error):
        kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the rest is its cause
        if kind == sqlite3.SQLITE_FULL:
            return not_writable(folder, OSError(errno.ENOSPC, str(error)))
        if kind in _SQLITE_REFUSED:
            return not_writable(folder, OSError(str(error)))
    return None


@contextlib.contextmanager
def disk_of(folder: Path) -> Iterator[None]:
    """Describe what the disk of a folder refuses to take during a `with` block.

    Raises:
        PipelineError: the disk is full, cannot be written any more, or fails.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        told = of_the_disk(error, folder)
        if told is None:
            raise
        raise told from error


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_bytes(content: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def sha256_or_nothing(path: Path) -> str:
    """Return the same; of a file that cannot be read, the hash of nothing."""
    try:
        return sha256_file(path)
    except OSError:
        return sha256_text()


def files_below(folder: Path) -> list[Path]:
    """Return all files in a folder and in those below it, in a fixed order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def sha256_text(*parts: str) -> str:
    """Return the SHA-256 of several strings; where one ends and the next begins counts."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
