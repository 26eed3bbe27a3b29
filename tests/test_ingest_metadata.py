"""What a document says of itself: title, date, place, authors, fields; and its kind."""

from typing import Any

import pytest

from pipeline.stages.ingest import ingest_bytes
from pipeline.stages.ingest.blocks import Block, Reading
from pipeline.stages.ingest.kinds import classify, is_rubric
from pipeline.stages.ingest.metadata import About, begins_project, describe, program_fields
from pipeline.stages.ingest.places import PLACE

BODY = Block(
    "paragraph",
    "Nine superintendents spent the morning on the question of who trains the people that train the teachers, and the "
    "afternoon on what to do about the answer, which pleased nobody.",
)


def _heading(text: str, level: int = 1) -> Block:
    return Block("heading", text, level=level)


def _lines(*texts: str) -> list[Block]:
    return [Block("paragraph", text) for text in texts]


def _about(*blocks: Block, **hints: str) -> About:
    return describe(Reading([*blocks, BODY], hints=hints))


# --- title -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("blocks", "hints", "title", "subtitle"),
    [
        ([_heading("Who Trains the Trainers?")], {}, "Who Trains the Trainers?", None),
        ([_heading("Fall Retreat\nWho Trains the Trainers?")], {}, "Fall Retreat", "Who Trains the Trainers?"),
        ([_heading("Fall Retreat"), _heading("Who Trains?")], {}, "Fall Retreat", "Who Trains?"),
        ([_heading("Fall Retreat"), _heading("Opening", 2)], {}, "Fall Retreat", None),
        ([_heading("Fall Retreat"), _heading("1. Opening")], {}, "Fall Retreat", None),
        (_lines("Notes from the bus"), {}, "Notes from the bus", None),
        ([_heading("Fall Retreat")], {"title": "retreat_v3_final"}, "Fall Retreat", None),
        ([], {"title": "Retreat"}, "Retreat", None),
        ([_heading("We share the work. " * 260)], {}, None, None),
        ([_heading("We share the work. " * 260)], {"title": "Retreat"}, "Retreat", None),
        ([], {"title": "We share the work. " * 260}, None, None),
        ([], {}, None, None),
        (_lines("Contact: Bo Lind"), {}, None, None),
        ([_heading("Related Topics:")], {}, None, None),
    ],
)
def test_title(blocks: list[Block], hints: dict[str, str], title: str | None, subtitle: str | None) -> None:
    about = _about(*blocks, **hints)
    assert (about.title, about.metadata.get("subtitle")) == (title, subtitle)


# --- dates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "hints", "start", "end"),
    [
        (["May 4–5, 2016"], {}, "2016-05-04", "2016-05-05"),
        (["Convening 2016", "May 4, 2016"], {}, "2016-05-04", "2016-05-04"),  # the day rather than the year
        (["Brief No. 4 · Spring 2018"], {"date": "2018-09-09"}, "2018-03-01", "2018-05-31"),  # words before properties
        (["A brief"], {"date": "2018-09-09"}, "2018-09-09", "2018-09-09"),
        (["Project Dates: Fall 2012 – Spring 2016"], {}, "2012-09-01", "2016-05-31"),
        (["Project Dates: 2012 – 2014", "Project Dates: 2013 – present"], {}, "2012-01-01", None),
        (["A brief"], {}, None, None),
    ],
)
def test_period(lines: list[str], hints: dict[str, str], start: str | None, end: str | None) -> None:
    period = _about(*_lines(*lines), **hints).period
    assert (period and period.start, period and period.end) == (start, end)


def test_a_day_in_the_first_sentences_serves_where_the_front_has_none() -> None:
    opening = Block("paragraph", "On March 3, 2015, the group met at the bus depot. " + BODY.text)
    period = describe(Reading([_heading("Fall Retreat"), opening])).period
    assert period is not None
    assert period.start == "2015-03-03"


def test_a_year_in_the_running_text_is_no_date_of_the_document() -> None:
    opening = Block("paragraph", "Since 2009 the group has met at the bus depot. " + BODY.text)
    assert describe(Reading([_heading("Fall Retreat"), opening])).period is None


def test_the_words_of_the_date_are_kept() -> None:
    assert _about(*_lines("Spring 2018")).metadata["date_text"] == "Spring 2018"


# --- place and authors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (["June 2–3, 2012", "Elk Prairie, Montana"], "Elk Prairie, Montana"),
        (["June 2, 2012 · Elk Prairie, Mont."], "Elk Prairie, Mont."),
        (["Prepared by Ida Lund, Georgia Institute"], None),
        (["Nothing of the kind"], None),
        (["ELK PRAIRIE, Mont. — The bus was late."], "Elk Prairie, Mont."),
        (["ELK PRAIRIE — The bus was late."], "Elk Prairie"),
    ],
)
def test_place(lines: list[str], place: str | None) -> None:
    assert _about(_heading("Fall Retreat"), *_lines(*lines)).place == place


@pytest.mark.parametrize(
    ("text", "is_place"),
    [("Elk Prairie, MT", True), ("Port de la Cruz, CA", True), ("Elk Prairie, Mtn", False), ("Smith, Lund", False)],
)
def test_places_need_a_state(text: str, is_place: bool) -> None:
    assert bool(PLACE.search(text)) is is_place


@pytest.mark.parametrize(
    ("lines", "authors"),
    [
        (["Prepared by Ida Lund and Bo Okafor-Reyes"], ["Ida Lund", "Bo Okafor-Reyes"]),
        (["Prepared by Ida Lund, Center for Rural Schools"], ["Ida Lund"]),
        (["By: Ida Lund | March 2, 2012"], ["Ida Lund"]),
        (["BY Ida Lund (staff), Dr. Bo Vance; Cy de la Rue"], ["Ida Lund", "Dr. Bo Vance", "Cy de la Rue"]),
        (["June 2, 2012 · Elk Prairie, Montana · notes by Ida Lund, coordinator"], ["Ida Lund"]),
        (["Recorded by Ida Lund. Where no name stands, nobody gave one."], ["Ida Lund"]),
        (["Present: Mr. Vance, Ms. Sotelo. Absent: none. Minutes taken by I. Lund, clerk."], ["I. Lund"]),
        (["Written by hand over three days"], []),
        (["Step by Step"], []),
        (["Prepared by the Staff of the Collaborative"], []),
    ],
)
def test_authors(lines: list[str], authors: list[str]) -> None:
    assert _about(_heading("Fall Retreat"), *_lines(*lines)).authors == authors


def test_the_file_property_serves_as_author_where_the_text_names_none() -> None:
    assert _about(_heading("Fall Retreat"), author="Ida Lund").authors == ["Ida Lund"]
    assert _about(_heading("Fall Retreat"), author="admin").authors == []


# --- fields ----------------------------------------------------------------------------------------------------------


def test_program_fields() -> None:
    blocks = [
        *_lines("Contact: Bo Lind", "Project Dates: 2012–2014", "Funders: The Toll Fund"),
        _heading("Related Topics:"),
        Block("list_item", "Coaching"),
        Block("list_item", "Mentoring"),
        BODY,
        _heading("Cohort Members"),
        Block("list_item", "Elk Prairie"),
        _heading("Key Events"),
        *_lines("May 4, 2013 Spring retreat"),
    ]
    assert program_fields(blocks) == {
        "contact": ["Bo Lind"],
        "project_dates": ["2012–2014"],
        "funders": ["The Toll Fund"],
        "related_topics": ["Coaching", "Mentoring"],
        "cohort": ["Elk Prairie"],
        "key_events": ["May 4, 2013 Spring retreat"],
    }


@pytest.mark.parametrize(
    ("text", "begins"),
    [("Project Dates: 2012", True), ("Contact Email:", True), ("contact: Bo", True), ("Dates are sweet", False)],
)
def test_begins_project(text: str, begins: bool) -> None:
    assert begins_project(text) is begins


# --- kinds -----------------------------------------------------------------------------------------------------------

_TURNS = [Block("turn", f"Ida Lund: We tried it {n} times and kept the fourth.", speaker="Ida Lund") for n in range(6)]
_RUBRIC = Block("table", "Practice\tBeginning\tDone\n1a. List\tNo list\tA list\n1b. Calls\tNone\tWeekly")

_KINDS: list[tuple[str, list[Block], str | None, dict[str, Any]]] = [
    (
        "minutes",
        _lines(
            "The chair called the meeting to order at 6:02.",
            "Present: Lund, Vance, Sotelo.",
            "Motion by Vance, seconded by Sotelo. The motion carried.",
            "The meeting adjourned at 7:40.",
        ),
        "Minutes of the Board",
        {},
    ),
    (
        "meeting_summary",
        _lines(
            "The summary of the meeting follows. Participants named a problem of practice.",
            "Small groups met before the closing session.",
            "Next steps were agreed by the district leaders.",
        ),
        "Fall Retreat",
        {},
    ),
    ("transcript", [_heading("Tape 4"), *_TURNS], "Tape 4", {}),
    (
        "program",
        _lines(
            "Project Dates: 2012–2014",
            "Our program offers two summers of coaching to each cohort.",
            "Applicants apply by May. A summer institute opens the year.",
        ),
        "The Ladder Fellowship",
        {"project_dates": ["2012–2014"]},
    ),
    (
        "news",
        _lines(
            "By: Ida Lund",
            "ELK PRAIRIE, Mont. — The bus was late again.",
            "“It was the bridge,” Vance said. The driver says so too.",
        ),
        "Bus late again",
        {},
    ),
    (
        "report",
        _lines(
            "This report asks why principals leave. We interviewed forty of them.",
            "Methods: a survey of a sample of respondents, with findings below.",
            "Table 2 shows the conclusions. References follow.",
        ),
        "Why They Leave: A Study",
        {},
    ),
    ("rubric", [_heading("Ladders"), _RUBRIC], "Ladders", {}),
    ("other", _lines("Eggs, flour, milk.", "Beat the eggs."), "Pancakes", {}),
]


@pytest.mark.parametrize(("kind", "blocks", "title", "metadata"), _KINDS, ids=[row[0] for row in _KINDS])
def test_classify(kind: str, blocks: list[Block], title: str | None, metadata: dict[str, Any]) -> None:
    found, sure = classify(blocks, title, metadata)
    assert found == kind
    assert 0 <= sure <= 1


def test_a_rubric_is_mostly_its_tables() -> None:
    assert is_rubric([_RUBRIC])
    assert not is_rubric([_RUBRIC, BODY, BODY])
    assert not is_rubric([Block("table", "Name\tTown\nLund\tElk Prairie")])
    assert not is_rubric([])


def test_headings_stand_below_programmes_without_titles() -> None:
    text = "Project Dates: 2014-2016\n\nCoaches met weekly.\n\nThe Project:\n\nThey wrote down what they saw.\n\n"
    passages = ingest_bytes((text * 2).encode(), "a.txt")[1]
    assert {passage.level for passage in passages if passage.kind == "heading"} == {2}
    alone = ingest_bytes(text.encode(), "a.txt")[1]
    assert {passage.level for passage in alone if passage.kind == "heading"} <= {1}
