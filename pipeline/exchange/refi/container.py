"""The ZIP container of a project: written the same way every time, and read with care.

>>> source_path("internal://0A1b.txt")
'0a1b.txt'
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from lxml import etree

from pipeline import safe_xml
from pipeline.errors import ErrorCode, PipelineError
from pipeline.exchange.refi.names import Element, local
from pipeline.safe_zip import Limits, open_container

INTERNAL: Final = "internal://"
QDE: Final = "project.qde"

_KIND: Final = "QDPX"
_LIMITS: Final = Limits(members=200_000, unpacked=4_000_000_000, markup=500_000_000)
"""Projects hold recordings, and one file of XML for all that was coded."""

_TEXT: Final = ".txt"
_NEW_YEAR: Final = (2000, 1, 1, 0, 0, 0)
_DECLARATION: Final = b'<?xml version="1.0" encoding="utf-8"?>\n'


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
    """A project as it was read. `qde`: the member that `root` was read from; `None`: it stood alone.

    `texts`: name in the folder of sources, in small letters → content, of those that are texts.
    """

    path: Path
    qde: str | None
    root: Element
    texts: dict[str, bytes]

    def text(self, where: str) -> bytes | None:
        """Return a text by its path in the project; `None`: it is not in the container."""
        name = source_path(where)
        return self.texts.get(name) if name is not None else None

    def copy(self, to: Path, xml: bytes) -> None:
        """Write the project with other XML: every other file with its name, place, time and content."""
        if self.qde is None:
            to.write_bytes(xml)
            return
        with open_container(self.path, kind=_KIND, limits=_LIMITS) as old, zipfile.ZipFile(to, "w") as archive:
            for name, known in old.members.items():
                member = copy(known)  # writing changes it
                if name == self.qde:
                    archive.writestr(member, xml, member.compress_type)
                else:
                    with archive.open(member, "w") as stream:
                        old.copy(name, stream)


def read_project(path: Path) -> Container:
    """Read a project, or a bare `project.qde`, whose texts may stand in it.

    Raises:
        PipelineError: it is no such file, is damaged, or may be a trap.
    """
    if not zipfile.is_zipfile(path):
        return Container(path, None, _root(path, _bytes(path), "Project"), {})
    with open_container(path, kind=_KIND, limits=_LIMITS) as opened:
        at_top = [name for name in opened.names if name.lower().endswith(".qde") and "/" not in name]
        if not at_top:
            raise damaged(path, "no project.qde in it")
        named = next((name for name in at_top if name.lower() == QDE), at_top[0])
        root = _named(path, opened.xml(named), "Project")
        texts = {
            name.lower().partition("/")[2]: opened.read(name)
            for name in opened.names
            if name.lower().startswith("sources/") and PurePosixPath(name).suffix.lower() == _TEXT
        }
    return Container(path, named, root, texts)


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


def _root(path: Path, content: bytes, name: str) -> Element:
    try:
        return _named(path, safe_xml.parse(content), name)
    except safe_xml.UnsafeXMLError as error:
        raise damaged(path, str(error)) from error


def _named(path: Path, root: Element, name: str) -> Element:
    if local(root) != name:
        raise damaged(path, f"XML that begins with {str(root.tag)[:60]!r} instead of {name}")
    return root
