"""The one place that parses XML of others: no document type, no entities, nothing fetched, no abyss of nesting.

`parse` returns an lxml element. Of what another library will parse by itself, `check` finds out first whether it is
harmless; it keeps nothing in memory.

>>> parse(b"<a><b>x</b></a>").find("b").text
'x'
>>> check(b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>")
Traceback (most recent call last):
    ...
pipeline.safe_xml.UnsafeXMLError: a document type declaration (<!DOCTYPE>), which can hide traps
"""

from collections.abc import Iterable
from typing import Any, Final
from xml.parsers import expat

import lxml.etree

Element = Any  # lxml has no usable types for elements

MOST_DEPTH: Final = 250
"""Elements within each other; the formats that we read have some twenty. lxml itself gives up at 256."""

_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HEAD: Final = 1024
_UNREADABLE: Final = (expat.ExpatError, lxml.etree.XMLSyntaxError, ValueError, LookupError)


class UnsafeXMLError(ValueError):
    """XML that is broken or may be a trap; the message says what was found."""


def parse(content: bytes) -> Element:
    """Return the root of an XML document.

    Raises:
        UnsafeXMLError: it is not well-formed, has a document type, or is nested too deep.
    """
    check(content)
    parser = lxml.etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = lxml.etree.fromstring(content, parser)
    except _UNREADABLE as error:
        raise UnsafeXMLError(f"XML that is not well-formed ({error})") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnsafeXMLError(_DOCUMENT_TYPE)
    return root


def check(content: bytes | Iterable[bytes]) -> None:
    """Refuse XML, whole or in pieces, that would harm whoever parses it.

    Raises:
        UnsafeXMLError: it is not well-formed, has a document type, or is nested too deep.
    """
    depth = 0

    def start(_: str, __: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise UnsafeXMLError(f"elements nested more than {MOST_DEPTH} deep")

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        for piece in [content] if isinstance(content, bytes) else content:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except UnsafeXMLError:
        raise
    except _UNREADABLE as error:
        raise UnsafeXMLError(f"XML that is not well-formed ({error})") from error


def looks_like_xml(head: bytes) -> bool:
    """Tell by its first bytes whether a parser of XML might take something; pictures and sounds never look so."""
    for mark in _MARKS:
        head = head.removeprefix(mark)
    bare = head[:_HEAD].replace(b"\x00", b"").strip()
    return not bare or bare.startswith(b"<")


_DOCUMENT_TYPE: Final = "a document type declaration (<!DOCTYPE>), which can hide traps"


def _refuse_document_type(*_: object) -> None:
    raise UnsafeXMLError(_DOCUMENT_TYPE)
