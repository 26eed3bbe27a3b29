"""The key: which pseudonym stands for which name, and what stood where. It is kept apart from all that is shared.

JSON Lines: a first line with the shift of dates, a line for every name with all its forms, and a line for every file
that was written, with the words that stood there before, so that its owner can put them back.

    {"record": "key", "version": 1, "days": null}
    {"record": "name", "name": "Ida Lund", "kind": "person", "role": "principal", "of": "Elm School", "pseudonym":
     "Principal A of School 1", "forms": {"Lund": "Principal A", "Ida Lund": "Principal A of School 1"}}
    {"record": "file", "path": "notes.txt", "written": "notes.txt", "sha256": "…", "places": [[12, 35, "Ida Lund"]]}
"""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import atomic_write, not_writable
from pipeline.records import Sha256

VARIABLE: Final = "POP_KEY"
"""The variable of the environment that names the key file."""

_OWN: Final = stat.S_IRUSR | stat.S_IWUSR
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class Head(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag="key"):
    """The first line. `days`: by how many all dates were shifted; `None`: not at all."""

    version: Literal[1] = 1
    days: Annotated[int, Meta(ge=-36_500, le=36_500)] | None = None


class Named(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag="name"):
    """A name and its pseudonym. `forms`: as it is written → what stands for that; `documents`: where."""

    name: Annotated[str, Meta(min_length=1)]
    kind: str
    role: str | None = None
    of: str | None = None
    pseudonym: Annotated[str, Meta(min_length=1)]
    forms: dict[str, str] = {}
    documents: list[str] = []


class Written(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag="file"):
    """A file that was written. `places`: start and end in it, and the words that stood there; `sha256`: of its text."""

    path: str
    written: str
    sha256: Sha256
    places: list[tuple[int, int, str]] = []


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """All lines of a key file."""

    head: Head = Head()
    names: list[Named] = []
    files: list[Written] = []


def read_key(path: Path) -> Key:
    """Read a key file.

    Raises:
        PipelineError: it is missing, or no key file.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"{path} ({error.strerror or error})",
            expected="the key file that pop pseudonymise wrote",
            do="check --key, or the variable POP_KEY",
        ) from error
    decoder = msgspec.json.Decoder(Head | Named | Written)
    records: list[Head | Named | Written] = []
    for number, line in enumerate(lines, 1):
        try:
            records.append(decoder.decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise _damaged(path, f"line {number}: {error}") from error
    if not records or not isinstance(records[0], Head):
        raise _damaged(path, "no first line that says that it is a key")
    names = [one for one in records if isinstance(one, Named)]
    return Key(head=records[0], names=names, files=[one for one in records if isinstance(one, Written)])


def write_key(path: Path, key: Key) -> None:
    """Write a key file that its owner alone can read; the old one stays until all of it is written.

    Raises:
        PipelineError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise not_writable(path.parent, error) from error
    with atomic_write(path, _OWN) as stream:
        stream.writelines(msgspec.json.encode(one) + b"\n" for one in [key.head, *key.names, *key.files])


def open_to_others(path: Path) -> bool:
    """Whether others than its owner may read a file."""
    return os.name == "posix" and path.exists() and bool(path.stat().st_mode & _OTHERS)


def check_apart(path: Path, folders: Iterable[Path]) -> None:
    """Refuse a key that would lie with what is shared.

    Raises:
        PipelineError: the key lies in one of the folders.
    """
    place = path.resolve()
    for folder in folders:
        if place.is_relative_to(folder.resolve()):
            raise PipelineError(
                ErrorCode.INVALID_KEY,
                found=f"the key {path} inside {folder}",
                expected="a place apart from the documents and from all that is shared",
                do="choose a folder that only you can read, such as ~/keys/study.jsonl",
            )


def _damaged(path: Path, what: str) -> PipelineError:
    return PipelineError(
        ErrorCode.INVALID_KEY,
        found=f"{path}: {what}",
        expected="a key file that pop pseudonymise wrote",
        do="take the file from a backup",
    )
