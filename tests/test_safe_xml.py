"""XML of others: read when it is harmless, refused with a reason when it may be a trap."""

import contextlib
from pathlib import Path

import lxml.etree
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.safe_xml import MOST_DEPTH, UnsafeXMLError, check, looks_like_xml, parse

TRAPS = {
    "document type": (b"<!DOCTYPE a><a/>", "document type"),
    "one entity": (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "document type"),
    "a thousand million laughs": (
        b"<!DOCTYPE a [<!ENTITY e0 'ha'>"
        + b"".join(b"<!ENTITY e%d '%s'>" % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))
        + b"]><a b='&e9;'>&e9;</a>",
        "document type",
    ),
    "a file of this computer": (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>', "document type"),
    "a document type elsewhere": (b'<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a/>', "document type"),
    "a parameter entity": (b'<!DOCTYPE a [<!ENTITY % e SYSTEM "file:///etc/hostname"> %e;]><a/>', "document type"),
    "the same in UTF-16": ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "document type"),
    "an undeclared entity": (b"<a>&unknown;</a>", "not well-formed"),
    "an abyss": (b"<a>" * (MOST_DEPTH + 1) + b"</a>" * (MOST_DEPTH + 1), "nested"),
    "an abyss without a floor": (b"<a>" * 1_000_000, "nested"),
    "cut off": (b"<a><b>", "not well-formed"),
    "nothing": (b"", "not well-formed"),
    "two roots": (b"<a/><b/>", "not well-formed"),
    "an encoding that does not exist": (b'<?xml version="1.0" encoding="x-none"?><a/>', "not well-formed"),
    "NUL": (b"<a>\x00</a>", "not well-formed"),
    "a lone surrogate": (b"<a>&#xD800;</a>", "not well-formed"),
}


@pytest.mark.parametrize(("content", "reason"), TRAPS.values(), ids=TRAPS)
def test_traps_are_refused_with_a_reason(content: bytes, reason: str) -> None:
    for look in (parse, check):
        with pytest.raises(UnsafeXMLError, match=reason):
            look(content)


HARMLESS = {
    "plain": b"<a><b>x</b></a>",
    "deep as can be": b"<a>" * MOST_DEPTH + b"</a>" * MOST_DEPTH,
    "characters by number": b"<a>&#233;&amp;&lt;</a>",
    "with all that may stand before": b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?><!-- c --><?p i?><a/>',
    "UTF-16": '<?xml version="1.0" encoding="utf-16"?><a>é</a>'.encode("utf-16"),
    "Latin-1": '<?xml version="1.0" encoding="iso-8859-1"?><a>é</a>'.encode("latin-1"),
    "DOCTYPE as words": b"<a><![CDATA[<!DOCTYPE x>]]></a>",
}


@pytest.mark.parametrize("content", HARMLESS.values(), ids=HARMLESS)
def test_the_harmless_is_read_as_it_stands(content: bytes) -> None:
    check(content)
    check(content[i : i + 3] for i in range(0, len(content), 3))
    assert lxml.etree.tostring(parse(content)) == lxml.etree.tostring(lxml.etree.fromstring(content))


def test_a_long_flat_document_is_no_abyss() -> None:
    assert len(parse(b"<a>" + b"<b/>" * 10_000 + b"</a>")) == 10_000


@given(st.binary(max_size=200) | st.text("<>/!&;aE[]'\" ?xmlDOCTYPE", max_size=200).map(str.encode))
def test_anything_is_parsed_or_refused(content: bytes) -> None:
    with contextlib.suppress(UnsafeXMLError):
        parse(content)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"<w:document", True),
        (b"\xef\xbb\xbf  \n<a", True),
        ("<a".encode("utf-16"), True),
        (b" " * 2000 + b"<a>", True),
        (b"\x89PNG\r\n", False),
        (b"\xff\xd8\xff\xe0", False),
        (b"words", False),
    ],
)
def test_what_a_parser_might_take(head: bytes, expected: bool) -> None:
    assert looks_like_xml(head) is expected


def test_nothing_else_parses_xml() -> None:
    """Word documents are opened by python-docx, workbooks by openpyxl, both after `check`; `drawing` reads our own."""
    allowed = {"safe_xml.py", "drawing.py"}
    folder = Path(__file__).parent.parent / "pipeline"
    signs = ("etree.fromstring", "etree.parse", "XMLParser", "iterparse", "minidom", "xml.sax", "etree.XML(")
    texts = {path.name: path.read_text("utf-8").replace("xml.sax.saxutils", "") for path in folder.rglob("*.py")}
    found = {name for name, text in texts.items() if any(sign in text for sign in signs)}  # saxutils only writes
    assert found <= allowed
