"""The one place that opens ZIP files of others (DOCX, XLSX, QDPX): names that stay inside, sizes that are counted.

What a file says of its sizes decides only whether it is refused at once; what is read is counted as it is unpacked.

    with open_container(content, kind="DOCX") as container:
        container.names                         → ["[Content_Types].xml", "word/document.xml", …]
        container.read("word/document.xml")     → b"<w:document …"
        container.xml("word/document.xml")      → the root element
"""

import stat
import unicodedata
import zipfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import IO, Final

from pipeline.errors import ErrorCode, PipelineError
from pipeline.safe_xml import Element, UnsafeXMLError, check, looks_like_xml, parse

_PIECE: Final = 1 << 16
_SIGNS_OF_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, KeyError)
_MARKUP: Final = (".xml", ".rels")
_ENTRY: Final = b"PK\x01\x02"
_MOST_DIRECTORY: Final = 32_000_000  # bytes at the end of a file in which its directory is looked for
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SOUNDS_LIKE_A_VOWEL: Final = frozenset("AEFHILMNORSX")
_DO: Final = {
    "DOCX": "open it in Word or LibreOffice, save it again as DOCX, and run again",
    "XLSX": "open it in a spreadsheet program, save it again as .xlsx, and run again",
}
_FOREIGN: Final = frozenset(':*?"<>|')
"""Signs that a file name may not have on every system; a colon also names drives and hidden streams."""


@dataclass(frozen=True)
class Limits:
    """What a container may hold at most.

    `unpacked`, `markup`: bytes of all members, and of those that are XML, which takes many times its size once parsed.
    `ratio`: times the size of the file, from `harmless` bytes on. `name`: characters; `folders`: within each other.
    """

    members: int = 20_000
    unpacked: int = 1_000_000_000
    markup: int = 60_000_000
    ratio: int = 200
    harmless: int = 10_000_000
    name: int = 500
    folders: int = 30


LIMITS: Final = Limits()


@dataclass
class Container:
    """An open container.

    `kind`: its format, as messages name it. `size`: bytes of the file. `unpacked`, `markup`: member → bytes that came
    out of it.
    """

    kind: str
    size: int
    limits: Limits
    archive: zipfile.ZipFile
    members: dict[str, zipfile.ZipInfo]
    unpacked: dict[str, int] = field(default_factory=dict)
    markup: dict[str, int] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The names of all members that are files, with "/" between folders, in the order of the container."""
        return list(self.members)

    def read(self, name: str) -> bytes:
        """Return what a member holds.

        Raises:
            PipelineError: there is no such member, it is damaged, or more came out of the container than it may hold.
        """
        return b"".join(self.pieces(name))

    def copy(self, name: str, to: IO[bytes]) -> int:
        """Write a member to a file piece by piece, for what may be large, and return its number of bytes.

        Raises:
            PipelineError: as for `read`.
        """
        return sum(to.write(piece) for piece in self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield what a member holds, piece by piece.

        Raises:
            PipelineError: as for `read`.
        """
        if name not in self.members:
            raise self.damaged(f"no {name!r}")
        others = sum(self.unpacked.values()) - self.unpacked.get(name, 0)
        n = 0
        try:
            with self.archive.open(self.members[name]) as stream:
                while piece := stream.read(_PIECE):
                    n += len(piece)
                    _require_size(self.kind, self.size, self.limits, others + n)
                    yield piece
        except (*_SIGNS_OF_DAMAGE, RuntimeError) as error:
            raise self.damaged(f"{name!r} cannot be unpacked ({error})") from error
        self.unpacked[name] = n

    def xml(self, name: str) -> Element:
        """Return the root element of a member.

        Raises:
            PipelineError: as for `read`; or it is no XML, or XML that may be a trap.
        """
        content = b"".join(self._counted(name, self.pieces(name)))
        try:
            return parse(content)
        except UnsafeXMLError as error:
            raise self.damaged(f"in {name!r} {error}") from error

    def check(self) -> None:
        """Unpack everything once and look at all XML, for a library that will open the same bytes by itself.

        Raises:
            PipelineError: something is damaged, too large, or may be a trap.
        """
        for name in self.names:
            pieces = self.pieces(name)
            head = next(pieces, b"")
            rest = chain([head], pieces)
            if name.lower().endswith(_MARKUP):
                self._check_xml(name, rest)
            else:
                deque(self._counted(name, rest) if head and looks_like_xml(head) else rest, maxlen=0)

    def _check_xml(self, name: str, pieces: Iterable[bytes]) -> None:
        try:
            check(self._counted(name, pieces))
        except UnsafeXMLError as error:
            raise self.damaged(f"in {name!r} {error}") from error

    def _counted(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        others = sum(self.markup.values()) - self.markup.get(name, 0)
        n = 0
        for piece in pieces:
            n += len(piece)
            if others + n > self.limits.markup:
                raise too_large(self.kind, self.size, self.limits, f"more than {self.limits.markup:,} bytes of markup")
            yield piece
        self.markup[name] = n

    def damaged(self, found: str) -> PipelineError:
        """Say that the container cannot be used."""
        return damaged(self.kind, self.size, found)


@contextmanager
def open_container(source: Path | bytes, *, kind: str, limits: Limits = LIMITS) -> Iterator[Container]:
    """Open a container for a `with` block, once its directory has nothing that points out of it.

    Args:
        source: the file or its bytes.
        kind: its format, for messages: "DOCX".
        limits: what it may hold.

    Raises:
        PipelineError: it cannot be read, is damaged, has a password, is too large, or names what lies outside it.
    """
    size = 0
    try:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        _require_few(source, kind, size, limits)
        archive = zipfile.ZipFile(BytesIO(source) if isinstance(source, bytes) else source)
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise _unreadable(source, kind, error) from error
    except _SIGNS_OF_DAMAGE as error:
        raise damaged(kind, size, f"it cannot be opened ({_without_address(error)})") from error
    with archive:
        entries = archive.infolist()
        if any(entry.flag_bits & 1 for entry in entries):
            raise _encrypted(kind)
        _require_size(kind, size, limits, sum(entry.file_size for entry in entries))
        yield Container(kind, size, limits, archive, dict(_members(kind, size, limits, entries)))


def damaged(kind: str, size: int, found: str) -> PipelineError:
    """Say that a container of some kind and number of bytes cannot be used."""
    return PipelineError(
        ErrorCode.DAMAGED_FILE,
        found=f"{_a(kind)} file of {size:,} bytes: {found}",
        expected=f"a whole {kind} file, as the program that makes them writes it",
        do=_DO.get(kind, "save or export it again from that program; if it came from others, ask them what made it"),
    )


def too_large(kind: str, size: int, limits: Limits, found: str) -> PipelineError:
    """Say that too much comes out of a container."""
    return PipelineError(
        ErrorCode.TOO_LARGE,
        found=f"{_a(kind)} file of {size:,} bytes that unpacks to {found}",
        expected=f"at most {limits.members:,} members, {limits.ratio} times the size of the file, "
        f"{limits.unpacked:,} bytes in all and {limits.markup:,} bytes of markup",
        do="check where it comes from; if it is a real document, save its parts as documents of their own",
    )


def _a(kind: str) -> str:
    """Return the name of a format with its article: a DOCX, an XLSX."""
    return f"{'an' if kind[:1] in _SOUNDS_LIKE_A_VOWEL else 'a'} {kind}"


def _unreadable(source: object, kind: str, error: OSError) -> PipelineError:
    missing = isinstance(error, FileNotFoundError)
    return PipelineError(
        ErrorCode.MISSING_FILE if missing else ErrorCode.UNREADABLE,
        found=f"{source} ({error.strerror or error})",
        expected=f"{_a(kind)} file that you may read",
        do="check the path" if missing else "change its permissions, or copy it again",
    )


def _encrypted(kind: str) -> PipelineError:
    return PipelineError(
        ErrorCode.ENCRYPTED_FILE,
        found=f"{_a(kind)} file whose parts are encrypted",
        expected=f"{_a(kind)} file without a password",
        do="open it with its password, save it without one, and run again",
    )


def _require_few(source: Path | bytes, kind: str, size: int, limits: Limits) -> None:
    """Refuse a directory of very many members before anything is made of them."""
    if isinstance(source, bytes):
        n = source.count(_ENTRY, max(0, size - _MOST_DIRECTORY))
    else:
        with source.open("rb") as stream:
            stream.seek(max(0, size - _MOST_DIRECTORY))
            n = stream.read(_MOST_DIRECTORY).count(_ENTRY)
    if n > limits.members:
        raise too_large(kind, size, limits, f"{n:,} members or more")


def _require_size(kind: str, size: int, limits: Limits, unpacked: int) -> None:
    if unpacked > limits.unpacked or (unpacked > limits.harmless and unpacked > limits.ratio * size):
        raise too_large(kind, size, limits, f"{unpacked:,} bytes or more")


def _members(
    kind: str, size: int, limits: Limits, entries: Iterable[zipfile.ZipInfo]
) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename.replace("\\", "/")  # as some programs on Windows write them
        reason = _trouble(name, entry, limits)
        folded = unicodedata.normalize("NFC", name).casefold().rstrip("/")
        if reason is None and folded in seen:
            reason = "a name that stands twice"
        if reason is not None:
            raise damaged(kind, size, f"{reason}: {name[:80]!r}")
        seen.add(folded)
        if not name.endswith("/"):
            yield name, entry


def _trouble(name: str, entry: zipfile.ZipInfo, limits: Limits) -> str | None:
    """Return why a member is refused; `None`: it is not."""
    parts = name.removesuffix("/").split("/")
    reasons = {
        "a name that leads out of the container": name.startswith("/") or ".." in parts or name[1:2] == ":",
        "a name that cannot be one of a file": any(ord(sign) < 32 or sign in _FOREIGN for sign in name)
        or any(part in {"", "."} for part in parts),
        "a name that is too long": len(name) > limits.name or len(parts) > limits.folders,
        "a link instead of a file": stat.S_ISLNK(entry.external_attr >> 16),
        "a way of packing that these files do not use": entry.compress_type not in _METHODS,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _without_address(error: Exception) -> str:
    """Return the message of an error without what differs from run to run."""
    return str(error) if " at 0x" not in str(error) else type(error).__name__
