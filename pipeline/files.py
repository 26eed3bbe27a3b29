"""Files: whole or not at all, and known by their hash."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pipeline.errors import ErrorCode, PipelineError


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of `path` only when everything was written.

    Raises:
        PipelineError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise not_writable(path.parent, error) from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def publish(part: Path, path: Path) -> None:
    """Put a finished file from the same folder in its place; it is on the disk when this returns.

    Raises:
        PipelineError: the folder cannot be written.
    """
    try:
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        raise not_writable(path.parent, error) from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file atomically."""
    with atomic_write(path) as stream:
        stream.write(content)


def append_line(path: Path, line: bytes) -> None:
    """Add a line to the end of a file, which is made if it is not there; it is on the disk when this returns.

    Raises:
        PipelineError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as stream:
            stream.write(line.rstrip(b"\n") + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise not_writable(path.parent, error) from error


def not_writable(folder: Path, error: OSError) -> PipelineError:
    """Describe a folder that refuses our files."""
    return PipelineError(
        ErrorCode.NOT_WRITABLE,
        found=f"{folder} ({error.strerror or error})",
        expected="a folder in which files can be written",
        do="choose another folder with --outputs (or OUTPUTS= for make), or change its permissions",
    )


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


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
