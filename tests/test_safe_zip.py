"""ZIP files of others: names stay inside, sizes are counted as they come out, whatever the file says of itself."""

import contextlib
import io
import stat
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.safe_zip import LIMITS, Container, Limits, open_container

SMALL = Limits(members=10, unpacked=100_000, markup=20_000, ratio=50, harmless=1_000, name=40, folders=4)


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def refused(content: bytes, act: Callable[[Container], object] = Container.check, limits: Limits = SMALL) -> str:
    """Return the code with which a container is refused, and what was found."""
    with pytest.raises(PipelineError) as caught, open_container(content, kind="DOCX", limits=limits) as container:
        act(container)
    return f"{caught.value.code}: {caught.value.found}"


def test_members_are_read_by_name() -> None:
    content = packed(("a.xml", b"<a/>"), ("folder/", b""), ("folder\\b.txt", b"words"))
    with open_container(content, kind="QDPX") as container:
        assert container.names == ["a.xml", "folder/b.txt"]
        assert container.xml("a.xml").tag == "a"
        assert container.read("folder/b.txt") == container.read("folder/b.txt") == b"words"
        to = io.BytesIO()
        assert container.copy("folder/b.txt", to) == 5
        assert to.getvalue() == b"words"
        container.check()


def test_a_file_is_opened_as_its_bytes_are(tmp_path: Path) -> None:
    (tmp_path / "a.qdpx").write_bytes(packed(("a.xml", b"<a/>")))
    with open_container(tmp_path / "a.qdpx", kind="QDPX") as container:
        assert container.read("a.xml") == b"<a/>"


NAMES = {
    "/etc/passwd": "leads out",
    "../a.txt": "leads out",
    "a/../../b": "leads out",
    "..\\a.txt": "leads out",
    "C:\\a.txt": "leads out",
    "c:a.txt": "leads out",
    "\\\\server\\share": "leads out",
    "a//b": "cannot be one",
    "a/./b": "cannot be one",
    "a\x07b": "cannot be one",
    "a.txt:hidden": "cannot be one",
    "a\x00.xml": "cannot be one",
    "a" * 41: "too long",
    "a/b/c/d/e": "too long",
}


@pytest.mark.parametrize(("name", "reason"), NAMES.items(), ids=map(repr, NAMES))
def test_names_that_lead_elsewhere_are_refused(name: str, reason: str) -> None:
    placeholder = "~" * len(name)  # zipfile would mend some of these names as it writes them
    content = packed((placeholder, b"x")).replace(placeholder.encode(), name.encode())
    assert refused(content).startswith("damaged_file")
    assert reason in refused(content)


@pytest.mark.parametrize(
    "names", [("a.xml", "a.xml"), ("a.xml", "A.XML"), ("a/b", "a\\b"), ("a/", "a"), ("é", "e\u0301")]
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_stand_twice_are_refused(names: tuple[str, str]) -> None:
    assert "stands twice" in refused(packed(*((name, b"") for name in names)))


def test_links_are_refused() -> None:
    link = zipfile.ZipInfo("a")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "a link instead of a file" in refused(packed((link, b"/etc/passwd")))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_ways_of_packing_without_a_bound_are_refused(method: int) -> None:
    assert "a way of packing" in refused(packed(("a", b"x" * 100), method=method))


def test_a_password_is_said() -> None:
    content = bytearray(packed(("a", b"x")))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(content)).startswith("encrypted_file")


BOMBS = {
    "many members": (tuple((f"{n}", b"") for n in range(11)), "11 members"),
    "a lot of one thing": ((("a.bin", b"\x01" * 60_000),), "60,000 bytes or more"),
    "a little of many": (tuple((f"{n}", b"\x01" * 12_000) for n in range(9)), "108,000 bytes or more"),
    "markup": ((("a.xml", b"<a>" + bytes(range(65, 91)) * 900 + b"</a>"),), "more than 20,000 bytes of markup"),
    "markup under another name": ((("a.png", b"<a>" + b"ab" * 12_000 + b"</a>"),), "more than 20,000 bytes of markup"),
    "markup behind blanks": ((("a.png", b" " * 25_000 + b"<a/>"),), "more than 20,000 bytes of markup"),
}


@pytest.mark.parametrize(("members", "found"), BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused(members: tuple[tuple[str, bytes], ...], found: str) -> None:
    limits = SMALL if "members" in found or "60,000" in found else replace(SMALL, ratio=10_000)
    assert refused(packed(*members), limits=limits).startswith("too_large")
    assert found in refused(packed(*members), limits=limits)


def test_large_pictures_are_no_markup() -> None:
    with open_container(packed(("a.png", b"\x89PNG" + bytes(range(256)) * 90)), kind="DOCX", limits=SMALL) as container:
        container.check()


def _lying(content: bytes, claimed: int) -> bytes:
    """Return a container whose headers tell another size of its only member."""
    place = content.index(b"PK\x01\x02")
    local, central = content[:22] + struct.pack("<I", claimed) + content[26:place], bytearray(content[place:])
    central[24:28] = struct.pack("<I", claimed)
    return local + bytes(central)


def test_a_size_that_is_a_lie_does_not_help() -> None:
    bomb = _lying(packed(("a.bin", b"\x01" * 5_000_000)), 10)
    assert refused(bomb).startswith("damaged_file")
    assert refused(_lying(packed(("a.bin", b"x")), 2**31), Container.check, LIMITS).startswith("too_large")


def test_members_that_share_their_bytes_are_counted_each() -> None:
    """As in bombs whose members overlap: one piece of packed bytes, many names."""
    content = packed(("a0.bin", b"\x01" * 40_000))
    place = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entries = [content[place:end].replace(b"a0.bin", b"a%d.bin" % n) for n in range(5)]
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 5, 5, sum(map(len, entries)), place, 0)
    assert refused(content[:place] + b"".join(entries) + tail).startswith("too_large")


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"PK\x05\x06", b"words", packed(("a", b"x" * 100))[:-30]],
    ids=["nothing", "two signs", "an end alone", "words", "cut short"],
)
def test_what_is_no_container_is_refused(content: bytes) -> None:
    assert "cannot be opened" in refused(content)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught, open_container(tmp_path / "a.qdpx", kind="QDPX"):
        pass
    assert caught.value.code == ErrorCode.MISSING_FILE


def test_a_missing_member_and_xml_that_is_a_trap_are_said() -> None:
    content = packed(("a.xml", b"<!DOCTYPE a><a/>"))
    assert "no 'b.xml'" in refused(content, lambda container: container.xml("b.xml"))
    assert "in 'a.xml' a document type" in refused(content, lambda container: container.xml("a.xml"))
    assert "in 'a.xml' a document type" in refused(content)


_VALID = packed(("a.xml", b"<a>" + b"<b>words</b>" * 20 + b"</a>"), ("media/b.png", b"\x89PNG" + bytes(range(256))))


@given(st.lists(st.tuples(st.integers(0, len(_VALID) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_container_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    content = bytearray(_VALID)
    for place, value in changes:
        content[place] = value
    with (
        contextlib.suppress(PipelineError),
        open_container(bytes(content), kind="DOCX", limits=SMALL) as container,
    ):
        container.check()
        for name in container.names:
            container.read(name)
