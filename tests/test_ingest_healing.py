"""Bytes to text, mended characters, and words cut at the end of a line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.stages.ingest.healing import (
    bare_words,
    clean,
    clean_line,
    decode,
    is_attribution,
    is_repeated,
    join_lines,
    words_of,
)

SENTENCE = "José’s café — “we lead”, said the naïve principal. " * 3


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32-le"),
        ("cp1252", "cp1252"),
        ("mac_roman", "mac_roman"),
    ],
)
def test_every_encoding_gives_the_same_text(codec: str, name: str | None) -> None:
    assert decode(SENTENCE.encode(codec)) == (SENTENCE, name)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"plain ASCII", ("plain ASCII", None)),
        (b"one\r\ntwo\rthree\n", ("one\ntwo\nthree\n", None)),
        ("a\u2028b".encode(), ("a\nb", None)),
        (b"r\xe9sum\xe9", ("résumé", "cp1252")),
        (b"r\x8esum\x8e", ("résumé", "mac_roman")),
        (b"odd \x81 byte, r\xe9sum\xe9", ("odd \x81 byte, résumé", "latin-1")),
    ],
)
def test_decode(content: bytes, expected: tuple[str, str | None]) -> None:
    assert decode(content) == expected


@pytest.mark.parametrize(
    "content", [bytes(range(256)), b"\x00\x01\x02" * 20, b"PK\x03\x04\x14\x00" + bytes(range(200))]
)
def test_bytes_that_are_no_text_are_refused(content: bytes) -> None:
    with pytest.raises(PipelineError) as caught:
        decode(content)
    assert caught.value.code is ErrorCode.BINARY_FILE


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff")))
def test_utf8_always_comes_back_whole(text: str) -> None:
    assert decode(text.encode()) == (text, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("o\ufb03ce, \ufb01nd, \ufb02ow", "office, find, flow"),
        ("prin\u00adci\u200bpal\ufeff", "principal"),
        ("a\u00a0b\u2009c\u202fd  e", "a b c d e"),
        ("  two\n lines  ", "two\nlines"),
        ("cell\tcell", "cell\tcell"),
        ("page\fpage", "page\npage"),
        ("cafe\u0301", "café"),
        ("grade\u2011level", "grade-level"),
        ("bell\x07\x00", "bell"),
        ("itâ€™s cafÃ© timeâ€”now", "it’s café time—now"),
        ("Ã la carte", "Ã la carte"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_clean_line_gives_one_line() -> None:
    assert clean_line(" a\n\tb\u00a0 c ") == "a b c"


@given(st.text())
def test_clean_text_stays_as_it_is(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(
    ("lines", "document", "expected"),
    [
        (["teacher leader-", "ship grew"], "", "teacher leadership grew"),
        (["a four-", "day week"], "", "a four-day week"),
        (["a four-", "teen mile road"], "", "a fourteen mile road"),
        (["well-", "known to all"], "", "well-known to all"),
        (["co-", "teaching"], "we like co-teaching", "co-teaching"),
        (["school-", "ing matters"], "", "schooling matters"),
        (["school-", "wide"], "schoolwide rules", "schoolwide"),
        (["Ruiz-", "Holloway"], "", "Ruiz-Holloway"),
        (["K-", "12 schools"], "", "K-12 schools"),
        (["twen-", "ty-six years"], "", "twenty-six years"),
        (["they left —", "in a hurry"], "", "they left — in a hurry"),
        (["they left—", "in a hurry"], "", "they left—in a hurry"),
        (["soft\u00ad", "ened"], "", "softened"),
        (["one", "", " two "], "", "one two"),
        ([], "", ""),
    ],
)
def test_join_lines(lines: list[str], document: str, expected: str) -> None:
    assert join_lines(lines, words_of([document])) == expected


@given(st.lists(st.text(alphabet="abcdefgh.,", min_size=1)))
def test_joining_lines_without_hyphens_loses_nothing(lines: list[str]) -> None:
    assert join_lines(lines).split() == " ".join(lines).split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [("— Ida Moreau, principal", True), ("- a teacher", True), ("a teacher", False), ("— " + "long " * 40, False)],
)
def test_is_attribution(line: str, expected: bool) -> None:
    assert is_attribution(line) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“Nobody asked the person who holds the ladder.”\nA principal", True),
        ("Nobody asked the person with the broom in her hand", False),
        ("the ladder", True),
        ("ladders", False),
        ("", False),
    ],
)
def test_is_repeated(text: str, expected: bool) -> None:
    body = bare_words("In the end, she said, nobody asked the person who holds the ladder whether it stood well.")
    assert is_repeated(text, body) is expected
