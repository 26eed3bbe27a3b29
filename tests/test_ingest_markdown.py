"""Markdown as a person would read it rendered."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.ingest.from_markdown import read_markdown

BODY = "Nine superintendents spent the morning on the question of who trains the people that train the teachers."


def _read(text: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in read_markdown(text).blocks]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("# Who *leads*?\n\nText.", [("heading", "Who leads?"), ("paragraph", "Text.")]),
        ("Retreat\n===\n\nText.", [("heading", "Retreat"), ("paragraph", "Text.")]),
        (
            "One **bold** `code` [link](x.html) line\nand another",
            [("paragraph", "One bold code link line and another")],
        ),
        ("First\\\nsecond<br>third  \nfourth", [("paragraph", "First\nsecond\nthird\nfourth")]),
        (
            "- a bus\n- a coach\n  - for two schools",
            [("list_item", t) for t in ("a bus", "a coach", "for two schools")],
        ),
        ("1. ask\n2. wait", [("list_item", "ask"), ("list_item", "wait")]),
        ("> We kept it.\n>\n> — Ida Lund", [("quote", "We kept it.\n— Ida Lund")]),
        ("> We kept it.\n\n> We lost it.", [("quote", "We kept it."), ("quote", "We lost it.")]),
        ("| a | b |\n|---|---|\n| 1 | two *w* |", [("table", "a\tb\n1\ttwo w")]),
        ("```\nkept as is\n```", [("paragraph", "kept as is")]),
        ("A &amp; B &copy;", [("paragraph", "A & B ©")]),
        ("<!-- not for readers -->\n\nText.", [("paragraph", "Text.")]),
        (
            "<div><p>In a box &amp; seen.</p><script>x()</script></div>\n\nText.",
            [("paragraph", "In a box & seen."), ("paragraph", "Text.")],
        ),
        ("***\n\nText.", [("paragraph", "Text.")]),
        ("![a picture](x.png)\n\nText.", [("paragraph", "Text.")]),
        ("", []),
    ],
)
def test_read_markdown(text: str, blocks: list[tuple[str, str]]) -> None:
    assert _read(text) == blocks


def test_levels_are_those_of_the_marks() -> None:
    blocks = read_markdown("# One\n\n### Three\n\n## Two").blocks
    assert [block.level for block in blocks] == [1, 3, 2]


def test_front_matter_gives_hints_and_no_text() -> None:
    reading = read_markdown('---\ntitle: "Fall Retreat"\nauthor: Ida Lund\ntags: x\ndate: 2016-05-04\n---\n\nText.')
    assert reading.hints == {"title": "Fall Retreat", "author": "Ida Lund", "date": "2016-05-04"}
    assert [block.text for block in reading.blocks] == ["Text."]


def test_a_link_to_the_top_is_furniture() -> None:
    reading = read_markdown(f"# Retreat\n\n{BODY}\n\n[Return to top](#top) · All retreats")
    assert [block.text for block in reading.blocks] == ["Retreat", BODY]
    assert reading.removed == ["Return to top · All retreats"]


def test_headings_without_marks_are_found() -> None:
    assert _read(f"**The Bus Question**\n\n{BODY}") == [("heading", "The Bus Question"), ("paragraph", BODY)]


@settings(deadline=None)
@given(st.lists(st.text(alphabet="abcdefg ", min_size=1, max_size=40).map(str.strip).filter(bool), max_size=8))
def test_no_word_of_plain_paragraphs_vanishes(paragraphs: list[str]) -> None:
    text = "\n\n".join(paragraphs)
    kept = " ".join(block.text for block in read_markdown(text).blocks)
    assert re.findall(r"\w+", kept) == re.findall(r"\w+", text)


@settings(deadline=None)
@given(st.text(alphabet="#*>-|`[]()<>!\\ab\n 1.&;:"))
def test_any_marks_can_be_read(text: str) -> None:
    assert all(block.text == block.text.strip() != "" for block in read_markdown(text).blocks)
