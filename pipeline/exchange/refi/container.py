"""The ZIP container of a project: written the same way every time, and read with care.

>>> source_path("internal://0A1b.txt")
'0a1b.txt'
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lxml import etree

from pipeline.errors import ErrorCode, PipelineError
from pipeline.exchange.refi.names import Element, local

INTERNAL: Final = "internal://"
QDE: Final = "project.qde"

_MOST_BYTES: Final = 2_000_000_000
_MOST_MARKUP: Final = 500_000_000
_MOST_MEMBERS: Final = 100_000
_NEW_YEAR: Final = (2000, 1, 1, 0, 0, 0)
_DECLARATION: Final = b'<?xml version="1.0" encoding="utf-8"?>\n'
_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class Writing:
    """A container that is being written; its bytes depend on names and contents alone."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def add(self, name: str, content: bytes) -> None:
        """Add a file."""
        info = zipfile.ZipInfo(name, _NEW_YEAR)
        info.external_attr = 0o644 << 16
        info.create_system = 3
        self._archive.writestr(info, content, zipfile.ZIP_DEFLATED, 6)


@contextmanager
def writing(path: Path) -> Iterator[Writing]:
    """Write a container for a `with` block."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        yield Writing(archive)


def xml_bytes(root: Element) -> bytes:
    """Return an XML file: UTF-8 without a mark at its beginning."""
    return _DECLARATION + etree.tostring(root, encoding="utf-8") + b"\n"


@dataclass(frozen=True)
class Container:
    """A project as it was read. `qde`: name of the member that `root` was read from. `sources`: name → member."""

    path: Path
    qde: str
    root: Element
    members: list[zipfile.ZipInfo]
    sources: dict[str, zipfile.ZipInfo]

    def source(self, where: str) -> bytes | None:
        """Return a file of the folder of sources by its path in the project; `None`: it is not in the container."""
        name = source_path(where)
        if name is None or name not in self.sources:
            return None
        with _opened(self.path) as archive:
            return _read(self.path, archive, self.sources[name])

    def contents(self) -> Iterator[tuple[zipfile.ZipInfo, bytes]]:
        """Yield all members with what they hold, in their order."""
        with _opened(self.path) as archive:
            for member in self.members:
                yield member, _read(self.path, archive, member)


def read_project(path: Path) -> Container:
    """Read a project, or a bare `project.qde`, whose texts may stand in it.

    Raises:
        PipelineError: it is no such file, is damaged, or may be a trap.
    """
    if not zipfile.is_zipfile(path):
        return Container(path, path.name, _root(path, _bytes(path), "Project"), [], {})
    with _opened(path) as archive:
        members = [one for one in archive.infolist() if not one.is_dir()]
        _require_harmless(path, members)
        at_top = [one for one in members if one.filename.lower().endswith(".qde") and "/" not in _name(one)]
        if not at_top:
            raise damaged(path, "no project.qde in it")
        named = next((one for one in at_top if _name(one).lower() == QDE), at_top[0])
        root = _root(path, _read(path, archive, named), "Project")
    sources = {_name(one).lower().partition("/")[2]: one for one in members if _name(one).lower()[:8] == "sources/"}
    return Container(path, named.filename, root, members, sources)


def read_xml(path: Path, name: str) -> Element:
    """Return the root element of an XML file, which has to have a name: "CodeBook".

    Raises:
        PipelineError: it is no such file, is damaged, or may be a trap.
    """
    return _root(path, _bytes(path), name)


def source_path(where: str) -> str | None:
    """Return the name in the folder of sources that a path of the project means; `None`: it lies elsewhere."""
    folded = where.strip().lower().replace("\\", "/")
    if not folded.startswith(INTERNAL):
        return None
    return folded.removeprefix(INTERNAL).lstrip("/").removeprefix("sources/")


def damaged(path: Path, found: str) -> PipelineError:
    """Say that a file cannot be used."""
    return PipelineError(
        ErrorCode.INVALID_EXCHANGE,
        found=f"{path}: {found}",
        expected="a REFI-QDA project (.qdpx) or codebook (.qdc), as QDA programs export them",
        do="export it again from that program; its own format (.nvp, .mx24, .atlproj) is another",
    )


def _name(member: zipfile.ZipInfo) -> str:
    return member.filename.replace("\\", "/")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        raise PipelineError(
            ErrorCode.MISSING_FILE if missing else ErrorCode.UNREADABLE,
            found=f"{path} ({error.strerror or error})",
            expected="a file that was exported from a QDA program",
            do="check the name",
        ) from error


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _DAMAGED as error:
        raise damaged(path, f"a container that cannot be opened ({error})") from error


def _read(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(member)
    except _DAMAGED as error:
        raise damaged(path, f"{member.filename!r} cannot be unpacked ({error})") from error


def _require_harmless(path: Path, members: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(one.file_size for one in members)
    if len(members) > _MOST_MEMBERS or unpacked > _MOST_BYTES:
        raise PipelineError(
            ErrorCode.TOO_LARGE,
            found=f"{path}: {len(members):,} files that unpack to {unpacked:,} bytes",
            expected=f"at most {_MOST_MEMBERS:,} files and {_MOST_BYTES:,} bytes",
            do="leave audio and video out of the export, and check where the file comes from",
        )


def _root(path: Path, content: bytes, name: str) -> Element:
    if len(content) > _MOST_MARKUP or b"<!DOCTYPE" in content:
        raise damaged(path, "XML with a document type, or too much of it")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise damaged(path, f"no well-formed XML ({error})") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise damaged(path, "XML with a document type")
    if local(root) != name:
        raise damaged(path, f"XML that begins with {str(root.tag)[:60]!r} instead of {name}")
    return root
