"""Ways to damage a valid file: by its bytes, its words, its tags, the members of its ZIP, the values of its JSON.

`mutate(content, random, kind)` is a function of its arguments alone, so that the same seed gives the same file again.
"""

import io
import json
import re
import warnings
import zipfile
from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random
from typing import Any, Literal

import lxml.etree

Kind = Literal["bytes", "text", "markup", "zip", "pdf", "json"]
LARGEST = 30_000
LARGEST_ZIP = 200_000
"""Bytes; larger ones would show how fast we are, not where we break. An empty Word document has 37,000."""

_SIGNS = (
    "\x00",
    "\x0b",
    "\x0c",
    "\x1b[31m",
    "\x85",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\ufffd",
    "\ud7ff",
    "\U000e0001",
    "é",
    "e\u0301",
    "ﬁ",
    "İ",
    "ß",
    "𝔘",
    "👩\u200d👩\u200d👧",
)
_WORDS = (
    "“",
    "”",
    '"',
    "'",
    "’",
    "—",
    "\t",
    "\r",
    "\n\n",
    "\r\n",
    "    ",
    "said",
    ", said the principal",
    "Q: ",
    "ANA RUIZ: ",
    "> ",
    "- ",
    "1. ",
    "(a) ",
    "| a | b |\n|---|---|\n",
    "# ",
    "```",
    "[a](b)",
    "![",
    "<!--",
    "-->",
    "<div>",
    "</p>",
    "<script>",
    "&#x1F600;",
    "&amp;",
    "&lt",
    "]]>",
    "00:00:01.000 --> 00:00:02.000\n",
    "Page 3 of 9",
    "May 4, 2016",
    "99/99/9999",
    "31 February 0000",
    "From: a@b.org\n",
    "----- Original Message -----\n",
    "...",
    "=HYPERLINK(1)",
    "WEBVTT",
    "STYLE\n",
)
_NUMBERS = ("-1", "0", "1", "2147483648", "-9223372036854775809", "1e999", "9" * 60, "NaN", "0.0000001", "٣", "½")
_TAG = re.compile(r"(<[^<>]*>)")
_PDF_TOKEN = re.compile(rb"(\d+ \d+ R|/[A-Za-z0-9]+|-?\d+\.?\d*|<<|>>|\[|\]|\([^)]*\)|[A-Za-z*]+)")
_PDF_WORDS = (
    b"/Kids",
    b"/Type",
    b"/Pages",
    b"/Page",
    b"/Length",
    b"/Filter",
    b"/FlateDecode",
    b"/LZWDecode",
    b"/RunLengthDecode",
    b"/ASCII85Decode",
    b"/Encrypt",
    b"/XObject",
    b"/Do",
    b"/Contents",
    b"/Parent",
    b"/Font",
    b"/ToUnicode",
    b"/MediaBox",
    b"/Rotate",
    b"/Resources",
    b"/Predictor 15",
    b"BT",
    b"ET",
    b"Tj",
    b"TJ",
    b"q",
    b"Q",
    b"cm",
    b"re",
    b"f",
    b"Do",
    b"BI",
    b"ID",
    b"EI",
    b"obj",
    b"endobj",
    b"stream",
    b"endstream",
    b"xref",
    b"trailer",
    b"1 0 R",
    b"2 0 R",
    b"3 0 R",
    b"4 0 R",
    b"99 0 R",
    b"null",
    b"true",
    b"(",
    b")",
    b"<",
    b">",
    b"<<",
    b">>",
    b"[",
    b"]",
)
_MEMBERS = (
    "../a.xml",
    "/a.xml",
    "word/document.xml",
    "WORD/DOCUMENT.XML",
    "a/" * 40 + "b",
    "c:/a",
    "a\x07",
    "xl/x.xml",
)
_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**63,
    1e308,
    "",
    "x" * 5_000,
    "\u0000",
    "\u202e<script>",
    [],
    {},
    [[[[[[]]]]]],
    {"a": {"b": {}}},
)


def mutate(content: bytes, random: Random, kind: Kind) -> bytes:
    """Return a damaged copy: one to four changes, mostly such as respect the format."""
    for _ in range(random.randint(1, 4)):
        by_bytes = random.random() < (0.15 if kind != "bytes" else 1)
        change = _bytes if by_bytes else _BY_KIND[kind]
        content = change(content, random)[: LARGEST_ZIP if kind == "zip" else LARGEST]
    return content


def _bytes(content: bytes, random: Random) -> bytes:
    at, end = _stretch(len(content), random)
    piece = content[at:end]
    changed: Callable[[], bytes] = random.choice(
        [
            lambda: content[:at],
            lambda: content[:at] + content[end:],
            lambda: content[:at] + piece * random.choice([2, 3, 200]) + content[end:],
            lambda: content[:at] + random.randbytes(random.randint(1, 8)) + content[end:],
            lambda: content[:at] + bytes([*content[at : at + 1], 0][:1]).translate(_FLIPPED) + content[at + 1 :],
            lambda: content[:at] + b"\x00" * random.choice([1, 4, 1000]) + content[at:],
            lambda: content[:at] + b"\xff" * random.choice([1, 4]) + content[end:],
            lambda: content[end:] + content[:at] + piece,
        ]
    )
    return changed()


_FLIPPED = bytes(value ^ (1 << value % 8) for value in range(256))


def _text(content: bytes, random: Random) -> bytes:
    text = content.decode("utf-8", "replace")
    at, end = _stretch(len(text), random)
    lines = text.split("\n")
    row = random.randrange(len(lines))
    changed: Callable[[], str] = random.choice(
        [
            lambda: text[:at] + random.choice(_WORDS) * random.choice([1, 1, 2, 500]) + text[at:],
            lambda: text[:at] + random.choice(_SIGNS) * random.choice([1, 1, 2, 500]) + text[at:],
            lambda: text[:at] + random.choice(_NUMBERS) + text[end:],
            lambda: text[:at] + text[at:end] * random.choice([2, 300]) + text[end:],
            lambda: text[:at] + text[end:],
            lambda: "\n".join(lines[:row] + lines[row + 1 :]),
            lambda: "\n".join(lines[:row] + [lines[row]] * random.choice([2, 100]) + lines[row:]),
            lambda: "\n".join([*lines[row:], *lines[:row]]),
            lambda: text.upper() if random.random() < 0.5 else text.replace(" ", "  "),
            lambda: text.replace("\n", random.choice(["", "\r", "\n\n", " \n"])),
        ]
    )
    return changed().encode("utf-8", "replace")


def _markup(content: bytes, random: Random) -> bytes:
    pieces = _TAG.split(content.decode("utf-8", "replace"))
    at, end = _stretch(len(pieces), random)
    times = random.choice([1, 2, 30, 400])
    tags = [piece for piece in pieces if piece.startswith("<")] or ["<a>"]
    changed: Callable[[], list[str]] = random.choice(
        [
            lambda: pieces[:at] + pieces[end:],
            lambda: pieces[:at] + pieces[at:end] * times + pieces[end:],
            lambda: [*pieces[:at], random.choice(tags) * times, *pieces[at:]],
            lambda: [*pieces[:at], *pieces[at:end][::-1], *pieces[end:]],
            lambda: [*pieces[:at], _changed_tag(pieces[at], random), *pieces[at + 1 :]],
            lambda: [*pieces[:at], random.choice([*_WORDS, *_SIGNS]), *pieces[at:]],
            lambda: [*pieces[:at], '<!DOCTYPE a [<!ENTITY e "x">]>', *pieces[at:]],
            lambda: [*pieces[:at], "&e;", *pieces[at:]],
        ]
    )
    return "".join(changed()).encode("utf-8", "replace")


def _changed_tag(tag: str, random: Random) -> str:
    values = [*_NUMBERS, "", "x" * 1000, "../../a", "http://127.0.0.1:9/x", *_SIGNS]
    return re.sub(r'"[^"]*"', lambda _: f'"{random.choice(values)}"', tag, count=random.choice([1, 0]))


def _zip(content: bytes, random: Random) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    except Exception:
        return _bytes(content, random)
    at = random.randrange(len(members) or 1)
    if not members:
        return content
    name, held = members[at]
    choice = random.random()
    if choice < 0.8:
        members[at] = (name, _member(name, held, random))
    elif choice < 0.85:
        del members[at]
    elif choice < 0.92:
        members.append((random.choice([*_MEMBERS, name]), random.choice(members)[1]))
    else:
        members[at] = (random.choice(members)[0], held)
    return packed(members)


def _member(name: str, content: bytes, random: Random) -> bytes:
    if not name.endswith((".xml", ".rels")):
        return _bytes(content, random)
    return _tree(content, random) if random.random() < 0.85 else _markup(content, random)


def _tree(content: bytes, random: Random) -> bytes:
    """Change XML so that it stays well-formed."""
    try:
        root = lxml.etree.fromstring(content)
    except lxml.etree.XMLSyntaxError:
        return _markup(content, random)
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    one, other = random.choice(elements), random.choice(elements)
    parent = one.getparent()
    choice = random.randrange(8)
    if choice == 0 and parent is not None:
        parent.remove(one)
    elif choice == 1:
        other.extend([deepcopy(one) for _ in range(random.choice([1, 1, 5, 100]))])
    elif choice == 2 and one not in other.iterancestors() and one is not other:
        other.append(one)
    elif choice == 3:
        one.tag = other.tag
    elif choice == 4 and one.attrib:
        one.attrib[random.choice(sorted(one.attrib))] = random.choice(
            [*_NUMBERS, "", "../../a", "x" * 1000, *_WORDS[:9]]
        )
    elif choice == 5:
        one.attrib.clear()
    elif choice == 6:
        one.text = random.choice([*_WORDS, *_NUMBERS]) * random.choice([1, 500])
    else:
        for _ in range(random.choice([1, 20, 120])):
            one.append(outer := lxml.etree.Element(other.tag))
            one = outer
    return _as_bytes(root, content)


def _as_bytes(root: Any, content: bytes) -> bytes:
    written: bytes = lxml.etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written if written else content


def packed(members: Sequence[tuple[str, bytes]]) -> bytes:
    """Write a ZIP."""
    out = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in members:
            archive.writestr(name, held)
    return out.getvalue()


def _pdf(content: bytes, random: Random) -> bytes:
    pieces = _PDF_TOKEN.split(content)
    at, end = _stretch(len(pieces), random)
    numbers = [number.encode() for number in _NUMBERS]
    word = random.choice(_PDF_WORDS)
    changed: Callable[[], list[bytes]] = random.choice(
        [
            lambda: [*pieces[:at], random.choice([*numbers, word]), *pieces[at + 1 :]],
            lambda: [*pieces[:at], b" ", word, b" ", *pieces[at:]],
            lambda: [*pieces[:at], *(b" ", word) * random.choice([1, 2, 500]), b" ", *pieces[at:]],
            lambda: pieces[:at] + pieces[end:],
            lambda: pieces[:at] + pieces[at:end] * random.choice([2, 100]) + pieces[end:],
            lambda: [*pieces[:at], *pieces[at:end][::-1], *pieces[end:]],
            lambda: [re.sub(rb"\d+ 0 R", word, piece) for piece in pieces[:end]] + pieces[end:],
        ]
    )
    return b"".join(changed())


def _json(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    row = random.randrange(len(lines))
    try:
        value = json.loads(lines[row])
    except (ValueError, RecursionError):
        return _text(content, random)
    choice = random.random()
    if choice < 0.7:
        lines[row] = json.dumps(_changed_value(value, random)).encode()
    elif choice < 0.8:
        lines[row] = b"[" * 3_000 + lines[row] + b"]" * 3_000
    elif choice < 0.9:
        lines[row] = lines[row].replace(b"{", b'{"id": "twice", ', 1)
    else:
        lines.insert(row, random.choice(lines))
    return b"\n".join(lines)


def _changed_value(value: Any, random: Random) -> Any:
    """Return a copy with something else somewhere within it."""
    if not isinstance(value, dict | list) or not value or random.random() < 0.1:
        return random.choice([*_VALUES, *_WORDS, *_SIGNS])
    if isinstance(value, list):
        at = random.randrange(len(value))
        return [*value[:at], _changed_value(value[at], random), *value[at + 1 :]]
    key = random.choice(sorted(value))
    if random.random() < 0.2:
        return {name: held for name, held in value.items() if name != key}
    return {**value, key: _changed_value(value[key], random)}


def _stretch(length: int, random: Random) -> tuple[int, int]:
    """Return where a short stretch begins and ends."""
    at = random.randrange(length or 1)
    return at, min(length, at + random.choice([1, 1, 2, 8, 40, 400]))


_BY_KIND: dict[Kind, Callable[[bytes, Random], bytes]] = {
    "bytes": _bytes,
    "text": _text,
    "markup": _markup,
    "zip": _zip,
    "pdf": _pdf,
    "json": _json,
}
