"""JSON of others: a value, or one kind of error."""

import contextlib
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.safe_json import decode

BROKEN = {
    "an abyss": b"[" * 200_000 + b"]" * 200_000,
    "an abyss without a floor": b'{"a":' * 200_000,
    "an abyss in a field that nobody reads": b'{"x":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "half a character": rb'{"id": "\ud800"}',
    "half a character, encoded": b'{"id": "\xed\xa0\x80"}',
    "no UTF-8": b'{"id": "\xff"}',
    "a number beyond all": b'{"n": 1e999999999}',
    "a number of many digits": b'{"n": ' + b"9" * 100_000 + b"}",
    "no number": b'{"n": NaN}',
    "cut off": b'{"id": "a',
    "nothing": b"",
    "two values": b"{}{}",
    "zero bytes": b"\x00" * 100,
    "another kind of value": b"[]",
    "a field of another kind": b'{"n": "one"}',
}


class Thing(msgspec.Struct):
    id: str = ""
    n: int = 0


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_one_kind_of_error(content: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(content, Thing)


def test_half_a_character_in_text_is_one_too() -> None:
    with pytest.raises(msgspec.DecodeError, match="half a character"):
        decode('{"id": "\ud800"}', Thing)


@given(st.binary(max_size=100) | st.text('{}[]",:id\\ud0-9e ', max_size=100).map(str.encode))
def test_anything_is_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(msgspec.DecodeError):
        decode(content, Thing)


def test_nothing_else_decodes_json_of_others() -> None:
    """The others named here read what the program itself has just written, or the hints of a web page."""
    own = {"safe_json.py", "facts.py", "html_hints.py", "vectors.py", "jsonl.py"}
    folder = Path(__file__).parent.parent / "pipeline"
    signs = re.compile(r"(?<!safe_)json\.(?:decode|loads|load)\(")
    found = {path.name for path in folder.rglob("*.py") if signs.search(path.read_text("utf-8"))}
    assert found <= own
