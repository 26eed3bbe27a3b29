"""Plain text, in which only blank lines, capitals, indentation and line lengths show the structure."""

import re
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.ingest.from_text import read_text

BODY = (
    "Nine superintendents spent the morning on the question of who trains the people that train the teachers, and were "
    "none the wiser at noon, when the soup came and the talk went on without them."
)
OTHER = (
    "Two of them had brought their principals, who sat by the window and kept a list of what was said about "
    "principals; nobody asked for the list until the last hour of the second day."
)
WRAPPED = "\n".join(textwrap.wrap(BODY, 72))
WRAPPED_OTHER = "\n".join(textwrap.wrap(OTHER, 72))


def _read(text: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in read_text(text).blocks]


@pytest.mark.parametrize("width", [40, 60, 72, 80, 100])
def test_wrapped_lines_are_one_paragraph(width: int) -> None:
    text = "\n\n".join("\n".join(textwrap.wrap(paragraph, width)) for paragraph in (BODY, OTHER, BODY))
    assert _read(text) == [("paragraph", BODY), ("paragraph", OTHER), ("paragraph", BODY)]


def test_one_line_per_paragraph_needs_no_blank_lines() -> None:
    assert _read("\n".join([BODY, OTHER] * 4)) == [("paragraph", BODY), ("paragraph", OTHER)] * 4


def test_a_centred_title_and_a_date_with_place_keep_their_lines() -> None:
    text = (
        f"      FALL RETREAT\n   Who Trains Whom?\n\nMay 4, 2016\nElk Prairie, Montana\n\n{WRAPPED}\n\n{WRAPPED_OTHER}"
    )
    assert _read(text) == [
        ("heading", "FALL RETREAT\nWho Trains Whom?"),
        ("paragraph", "May 4, 2016\nElk Prairie, Montana"),
        ("paragraph", BODY),
        ("paragraph", OTHER),
    ]


def test_headings_and_their_levels() -> None:
    text = f"Fall Retreat\n\nOPENING\n\n{BODY}\n\nThe Bus Question\n\n{OTHER}\n\nNEXT STEPS\n\n{BODY}"
    levels = [(block.level, block.text) for block in read_text(text).blocks if block.kind == "heading"]
    assert levels == [(1, "Fall Retreat"), (1, "OPENING"), (2, "The Bus Question"), (1, "NEXT STEPS")]


@pytest.mark.parametrize("bullet", ["•", "-", "*", "–", "·", "▪"])
def test_bullets(bullet: str) -> None:
    text = f"{WRAPPED}\n\n  {bullet} a bus for the northern schools\n  {bullet} a coach\n\n{WRAPPED_OTHER}"
    assert _read(text) == [
        ("paragraph", BODY),
        ("list_item", "a bus for the northern schools"),
        ("list_item", "a coach"),
        ("paragraph", OTHER),
    ]


def test_numbered_items_keep_their_numbers() -> None:
    text = f"{WRAPPED}\n\n1. ask the drivers who knew it\n2) ask the cooks\n\n{WRAPPED_OTHER}"
    assert [block for block in _read(text) if block[0] == "list_item"] == [
        ("list_item", "1. ask the drivers who knew it"),
        ("list_item", "2) ask the cooks"),
    ]


def test_what_is_set_off_is_a_quotation() -> None:
    words = "We kept the list all year and nobody asked us for it, which was the trouble with the list to begin with."
    set_off = "\n".join("      " + line for line in textwrap.wrap(words, 55))
    assert _read(f"{WRAPPED}\n\n{set_off}\n\n{WRAPPED_OTHER}")[1] == ("quote", words)


def test_an_attribution_stays_on_its_own_line() -> None:
    assert ("paragraph", "— A principal") in _read(
        f"{WRAPPED}\n\n“We kept the list.”\n— A principal\n\n{WRAPPED_OTHER}"
    )


def test_lines_with_tabs_are_a_table() -> None:
    table = "Name\tTown\nLund\tElk Prairie\nVance\tToll"
    assert _read(f"{WRAPPED}\n{table}\n{WRAPPED_OTHER}")[1] == ("table", table)


def test_words_cut_at_the_end_of_a_line_are_mended() -> None:
    line = "The superintendents of the river districts spoke of nothing but the leader-"
    text = (
        f"{line}\nship of their schools, and of the bus, and of the cook who had left them.\n\n{WRAPPED}\n\n{WRAPPED}"
    )
    assert "leadership of their schools" in _read(text)[0][1]


def test_page_furniture_is_removed_and_kept_for_the_record() -> None:
    pages = [f"The Ladder Report\nPage {n}\n\n{text}" for n, text in enumerate((WRAPPED, WRAPPED_OTHER), start=1)]
    reading = read_text("\f".join(pages))
    assert [block.text for block in reading.blocks] == [BODY, OTHER]
    assert reading.removed == ["The Ladder Report", "Page 1", "The Ladder Report", "Page 2"]


@pytest.mark.parametrize("page", ["One line alone", "Two lines,\nno more", "Three,\nfour,\nfive"])
def test_a_short_page_is_no_furniture(page: str) -> None:
    reading = read_text(f"{page}\f{BODY}\f{BODY}")
    assert reading.removed == []
    assert len(reading.blocks) > 2


def test_a_sentence_that_a_page_break_cuts_is_joined() -> None:
    words = BODY.split()
    first, second = " ".join(words[:14]), " ".join(words[14:])
    assert _read(f"{OTHER}\n\n{first}\n\n12\n\f\n{second}\n\n{OTHER}")[1] == ("paragraph", BODY)


def test_a_rule_parts_paragraphs_and_is_gone() -> None:
    assert _read(f"{BODY}\n----------\n{OTHER}") == [("paragraph", BODY), ("paragraph", OTHER)]


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_line_endings_make_no_difference(ending: str) -> None:
    text = f"OPENING\n\n{WRAPPED}\n\n{WRAPPED_OTHER}"
    assert _read(text.replace("\n", ending)) == _read(text)


@pytest.mark.parametrize("text", ["", "\n\n \n", "\f\f", "-----\n"])
def test_nothing_gives_nothing(text: str) -> None:
    assert read_text(text).blocks == []


_WORD = st.text(alphabet="abcdefghijklmnoprstuvwy", min_size=2, max_size=9)
_SENTENCE = st.lists(_WORD, min_size=4, max_size=18).map(lambda words: " ".join(words).capitalize() + ".")
_PARAGRAPH = st.lists(_SENTENCE, min_size=1, max_size=5).map(" ".join)


@settings(deadline=None, max_examples=50)
@given(st.lists(_PARAGRAPH, min_size=1, max_size=6), st.integers(50, 90))
def test_no_word_of_plain_paragraphs_vanishes(paragraphs: list[str], width: int) -> None:
    text = "\n\n".join("\n".join(textwrap.wrap(paragraph, width)) for paragraph in paragraphs)
    words = re.findall(r"\w+", text)
    kept = re.findall(r"\w+", " ".join(block.text for block in read_text(text).blocks))
    assert kept == words


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    reading = read_text(text)
    assert all(block.text == block.text.strip() for block in reading.blocks)


def test_an_e_mail_has_its_subject_as_title_and_sets_off_whom_it_quotes() -> None:
    head = "From: Ida Lund\nTo: All\nSubject: RE: The bus\n\n"
    text = head + "It was late.\n\n> Why was nobody told?\n\nI do not know.\n\n-- \nIda Lund\n"
    reading = read_text(text)
    assert next((block.kind, block.text) for block in reading.blocks if block.kind != "paragraph") == (
        "heading",
        "The bus",
    )
    assert not any(">" in block.text for block in reading.blocks)
    assert reading.removed == ["To: All", "Ida Lund"]


def test_from_and_to_alone_are_no_e_mail() -> None:
    assert read_text("From: the valley\nTo: the hill\n\nThey walked.").removed == []
