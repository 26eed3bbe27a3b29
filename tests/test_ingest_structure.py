"""The shapes of lines, cut sentences, headings without markup, their levels, speaker turns."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.ingest import shapes
from pipeline.stages.ingest.blocks import Block
from pipeline.stages.ingest.structure import find_headings, finish, rejoin, with_levels
from pipeline.stages.ingest.turns import mark_turns

BODY = (
    "Nine superintendents spent the morning on the question of who trains the people that train the teachers, and were "
    "none the wiser at noon."
)


def _paragraphs(*texts: str) -> list[Block]:
    return [Block("paragraph", text) for text in texts]


# --- shapes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("CALL TO ORDER", "caps"),
        ("Who Trains the Trainers of Our Teachers", "title"),
        ("Who trains the trainers", "sentence"),
        ("Wednesdays", "title"),
        ("wednesdays", "sentence"),
        ("A K-12 Plan for Elk Prairie", "title"),
        ("", "sentence"),
    ],
)
def test_case_of(text: str, case: str) -> None:
    assert shapes.case_of(text) == case


@pytest.mark.parametrize(
    ("text", "may_be", "strong"),
    [
        ("What Leaders Need", True, True),
        ("NEXT STEPS", True, True),
        ("3. Principal vacancies", True, True),
        ("Program Features:", True, True),
        ("What the bus driver knew", True, False),
        ("Everyone left before noon.", False, False),
        ("“Nobody asked us”", False, False),
        ("May 4, 2016", False, False),
        ("Elk Prairie, Montana", False, False),
        ("Prepared by Ida Lund", False, False),
        ("Contact: bo@toll.example", False, False),
        ("Project Dates: 2010–2013", False, False),
        ("Name\tTown", False, False),
        ("• Coaching", False, False),
        ("lower case begins", False, False),
        ("12345", False, False),
        ("Call (555) 010-2030", False, False),
        ("A " + "Very " * 60 + "Long Line", False, False),
    ],
)
def test_headings_by_shape(text: str, may_be: bool, strong: bool) -> None:
    assert (shapes.may_be_heading(text), shapes.is_strong_heading(text)) == (may_be, strong)


@pytest.mark.parametrize(
    ("text", "is_number"),
    [
        ("12", True),
        ("- 12 -", True),
        ("Page 3 of 9", True),
        ("The Ladder Report | Page 3", True),
        ("p. 4", True),
        ("12 principals", False),
        ("Turn the page", False),
        ("20145", False),
    ],
)
def test_page_number(text: str, is_number: bool) -> None:
    assert bool(shapes.PAGE_NUMBER.match(text)) is is_number


@pytest.mark.parametrize(
    ("text", "depth"), [("3. Findings", 1), ("3.1 Method", 2), ("3.1.2 Who", 3), ("Findings", None)]
)
def test_heading_depth(text: str, depth: int | None) -> None:
    assert shapes.heading_depth(text) == depth


@pytest.mark.parametrize(
    ("text", "ends"),
    [("It rained.", True), ("“It rained.”", True), ("as follows:", True), ("It rained and", False), ("Why?)", True)],
)
def test_ends_sentence(text: str, ends: bool) -> None:
    assert shapes.ends_sentence(text) is ends


@pytest.mark.parametrize(
    ("text", "is_wholly"),
    [
        ("“We kept the list.”", True),
        ("“We kept the list.", True),
        ("“We kept the list,” said the clerk of the board.", False),
        ("We kept the list.", False),
    ],
)
def test_is_wholly_quoted(text: str, is_wholly: bool) -> None:
    assert shapes.is_wholly_quoted(text) is is_wholly


# --- cut sentences ---------------------------------------------------------------------------------------------------

CUT = "The superintendents of the four river districts decided after a long morning that the"


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        (CUT, "principals should choose.", True),
        (CUT + " princi-", "pals should choose.", True),
        (CUT + ".", "principals should choose.", False),
        (CUT, "Next Steps", False),
        (CUT, "Contact: Bo Lind", False),
        ("Short and", "open.", False),
        (CUT + " answer lay with the people of", "Elk Prairie, who had been asked the year before.", True),
    ],
)
def test_rejoin(before: str, after: str, joined: bool) -> None:
    blocks = rejoin(_paragraphs(before, after))
    assert (len(blocks) == 1) is joined


def test_rejoined_text_has_one_blank_between_the_halves() -> None:
    assert rejoin(_paragraphs(CUT, "principals should choose."))[0].text == f"{CUT} principals should choose."


def test_a_cut_list_item_takes_the_paragraph_below_it() -> None:
    item = "Ask the drivers, the guards and"
    blocks = rejoin([Block("list_item", item), Block("paragraph", "the cooks.")])
    assert [(block.kind, block.text) for block in blocks] == [("list_item", f"{item} the cooks.")]


def test_items_in_lower_case_stay_apart() -> None:
    items = [Block("list_item", "a bus for the northern schools"), Block("list_item", "a coach for the second one")]
    assert rejoin(items) == items


def test_a_heading_is_never_joined() -> None:
    assert len(rejoin([Block("heading", CUT), Block("paragraph", "principals should choose.")])) == 2


@settings(deadline=None)
@given(st.lists(st.text(alphabet="abcd ABC.,-“”\n:", min_size=1).map(str.strip).filter(bool)))
def test_rejoining_keeps_every_letter(texts: list[str]) -> None:
    def letters(blocks: list[Block]) -> str:
        return "".join(char for block in blocks for char in block.text if char.isalpha())

    blocks = _paragraphs(*texts)
    assert letters(rejoin(blocks)) == letters(blocks)


# --- headings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "kinds"),
    [
        (["Who Trains Whom?", BODY], ["heading", "paragraph"]),
        (
            ["Fall Retreat", "Opening", BODY, "The Bus Question", BODY],
            ["heading"] * 2 + ["paragraph", "heading", "paragraph"],
        ),
        ([BODY, "What the driver knew", BODY], ["paragraph", "heading", "paragraph"]),
        ([BODY, "Ida Lund", "Elk Prairie"], ["paragraph"] * 3),  # a signature at the end heads nothing
        ([f"“{BODY}”", "A Principal", BODY], ["paragraph"] * 3),  # who was quoted above
        (
            [BODY, "Ida Lund", "Bo Vance", "Cy Rue", "Di Sotelo", BODY],
            ["paragraph", "heading", *["list_item"] * 3, "paragraph"],
        ),
    ],
)
def test_find_headings(texts: list[str], kinds: list[str]) -> None:
    assert [block.kind for block in find_headings(_paragraphs(*texts))] == kinds


def test_a_line_that_recurs_heads_nothing() -> None:
    items = [text for n in (1, 2, 3) for text in (f"{n}. Item", BODY, "Motion Carried")]
    blocks = find_headings(_paragraphs(*items, "4. Item", BODY))
    assert {block.kind for block in blocks if block.text == "Motion Carried"} == {"paragraph"}


def test_a_label_may_recur() -> None:
    blocks = find_headings(_paragraphs(*["Related News:", BODY] * 4))
    assert [block.kind for block in blocks] == ["heading", "paragraph"] * 4


def test_markup_is_trusted() -> None:
    blocks = [Block("heading", "Marked", level=1), *_paragraphs(BODY, "The Bus Question", BODY)]
    assert finish(blocks) == blocks


@pytest.mark.parametrize(
    ("texts", "levels"),
    [
        (["Fall Retreat", "OPENING", "The Bus", "CLOSING WORDS"], [1, 1, 2, 1]),
        (["Fall Retreat", "Who Leads?", "The Bus", "Who Pays?"], [1, 1, 2, 1]),
        (["Fall Retreat", "1. Opening", "1.1 The Bus", "2. Money"], [1, 1, 2, 1]),
        (["Fall Retreat", "Opening", "What the driver knew", "Next Steps"], [1, 1, 2, 1]),
        (["Fall Retreat", "The Bus", "The Money"], [1, 1, 1]),
    ],
)
def test_with_levels(texts: list[str], levels: list[int]) -> None:
    assert [block.level for block in with_levels([Block("heading", text) for text in texts])] == levels


@settings(deadline=None)
@given(st.lists(st.sampled_from(["Fall Retreat", "NEXT STEPS", "1.2.3.4.5.6.7 Deep", "Who?", "What", BODY, "a b"])))
def test_headings_keep_text_and_order_and_have_levels(texts: list[str]) -> None:
    blocks = find_headings(_paragraphs(*texts))
    assert [block.text for block in blocks] == texts
    assert all(block.level in range(1, 7) for block in blocks if block.kind == "heading")


# --- turns -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("Supt. Okafor: We tried.", "Supt. Okafor"),
        ("MS. IDA LUND, PARENT, PELL BOTTOM: We tried.", "MS. IDA LUND, PARENT, PELL BOTTOM"),
        ("Ms. Lund (principal): We tried.", "Ms. Lund (principal)"),
        ("Board Member Vance: We tried.", "Board Member Vance"),
        ("MODERATOR: First one is easy.", "MODERATOR"),
        ("Q: Who left?", "Q"),
        ("Note: The rest is summary.", None),
        ("Present: Lund, Vance.", None),
        ("Teachers told us one thing: stop.", None),
        ("Principal turnover in rural districts: a summary", None),
        ("At 9:30 we left.", None),
    ],
)
def test_one_turn(text: str, speaker: str | None) -> None:
    block = mark_turns(_paragraphs(text))[0]
    assert (block.kind, block.speaker) == (("turn", speaker) if speaker else ("paragraph", None))
    assert block.text == text


def test_names_alone_make_turns_only_in_a_transcript() -> None:
    talk = ["Ida Lund: We tried.", "Bo Vance: When?", "Ida Lund: In May.", "Bo Vance: I see.", "and it rained all day."]
    assert [block.speaker for block in mark_turns(_paragraphs(*talk))] == [
        "Ida Lund",
        "Bo Vance",
        "Ida Lund",
        "Bo Vance",
        "Bo Vance",  # a paragraph without a label goes on with the turn before it
    ]
    assert mark_turns(_paragraphs(talk[0], BODY, BODY))[0].kind == "paragraph"


# --- transcripts ------------------------------------------------------------------------------------------------------

STAMPED = [
    "[00:01:12] MARIA: We lost nine leaders in ten years.",
    "[00:01:30] JOSE: What did the board say?",
    "(00:02:00) MARIA: Nothing at all.",
    "00:02:30 JOSE: So we started a residency.",
]
OWN_LINES = ["MARIA:", "We lost nine leaders.", "JOSE:", "What did the board say?"] * 2


@pytest.mark.parametrize("lines", [STAMPED, OWN_LINES])
def test_turns_of_exported_transcripts(lines: list[str]) -> None:
    marked = mark_turns([Block("paragraph", line) for line in lines])
    assert [block.kind for block in marked] == ["turn"] * 4
    assert [block.speaker for block in marked] == ["MARIA", "JOSE", "MARIA", "JOSE"]
    assert all(block.text.startswith(f"{block.speaker}: ") for block in marked)


def test_times_of_an_agenda_are_no_time_stamps() -> None:
    agenda = [Block("paragraph", "9:00 Welcome"), Block("paragraph", "The talk began at 9:15 and was long.")]
    assert mark_turns(agenda) == agenda


def test_labels_of_sections_are_no_speakers() -> None:
    page = [Block("heading", label, level=2) for label in ("Overview:", "Outcomes:", "Related Topics:")]
    assert mark_turns(page) == page


def test_what_the_transcriber_notes_is_nobodys_turn() -> None:
    talk = [
        "ANA: Shall we begin?",
        "BO: Yes.",
        "ANA: Go on.",
        "BO: We tried it for a year.",
        "[Laughter.]",
        "And then it failed.",
        "ANA: Why?",
    ]
    marked = mark_turns(_paragraphs(*talk, "(End of recording.)"))
    assert [block.speaker for block in marked] == ["ANA", "BO", "ANA", "BO", None, "BO", "ANA", None]
