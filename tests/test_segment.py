"""Documents cut into segments and judged: outline, kinds, sites, anatomy."""

from collections import Counter

import pytest
from builders import anatomy_model, bundle, document, passage
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.encoder import load as load_encoder
from pipeline.learning.anatomy import choose
from pipeline.nlp import load, sentencizer
from pipeline.records import Bundle, Passage, Segment
from pipeline.stages.segment import find_segments
from pipeline.stages.segment.anatomy import find_anatomy
from pipeline.stages.segment.clauses import Clause, Sentence, placed, read_sentences, without_quotes
from pipeline.stages.segment.kinds import Judgement, inherit
from pipeline.stages.segment.outline import outline
from pipeline.stages.segment.sites import find_site_names, mentions

CASE = (
    "Castor Creek lost seven principals in four years, and the board of Castor Creek struggled to find anyone who "
    "would apply. The superintendent of Castor Creek began a residency for teachers, and hired a mentor for each of "
    "them. But some trustees worried about the cost of the mentors. As a result, turnover fell to one principal in "
    "three years."
)
TALK = (
    "Participants spoke of what they had read on the train and of what they meant to read on the way home, and of how "
    "little of it had to do with the weather. Nobody took a vote. The talk went on through lunch, and then through the "
    "coffee, and some of it was about trains again and about the people one meets on them when they are late at night."
)

Line = tuple[str, int | None] | str
"""A heading with its level, or a paragraph."""


def _bundle(*lines: Line, kind: str = "meeting_summary") -> Bundle:
    texts = [line if isinstance(line, str) else line[0] for line in lines]
    doc = document("\n\n".join(texts), kind=kind)
    members: list[Passage] = []
    start = 0
    for index, line in enumerate(lines):
        level = None if isinstance(line, str) else line[1]
        made = passage(
            doc,
            texts[index],
            index=index,
            kind="paragraph" if level is None else "heading",
            level=level,
            start=start,
            end=start + len(texts[index]),
        )
        members.append(made)
        start += len(texts[index]) + 2
    return bundle(doc, passages=members)


def _segments(*lines: Line, kind: str = "meeting_summary") -> list[Segment]:
    return find_segments(_bundle(*lines, kind=kind), load(), sentencizer(), load_encoder(), anatomy_model())


def _names(segment: Segment) -> list[str]:
    return [site.name for site in segment.sites]


# --- outline ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levels", "parents"),
    [
        ([1, 2, 2, 3, 2, 1], [None, 0, 0, 2, 0, None]),
        ([1, 1, 1], [None, None, None]),
        ([2, 1, 3], [None, None, 1]),  # a level may be left out
        ([3, 2, 1], [None, None, None]),
    ],
)
def test_outline(levels: list[int], parents: list[int | None]) -> None:
    lines: list[Line] = []
    for n, level in enumerate(levels):
        lines += [(f"Heading {n}", level), TALK]
    sections = outline(_bundle(*lines).passages, "meeting_summary")
    assert [section.level for section in sections] == levels
    assert [section.parent for section in sections] == parents
    assert {section.reason for section in sections} == {"heading"}


def test_parents_are_ids_of_segments() -> None:
    first, second = _segments(("Retreat", 1), TALK, ("The Bus", 2), TALK)
    assert (first.parent_id, second.parent_id) == (None, first.id)


def test_a_text_without_headings_is_one_segment() -> None:
    [segment] = _segments(TALK, TALK)
    assert (segment.heading, segment.level, segment.boundary.reason) == (None, 1, "document")
    assert len(segment.passage_ids) == 2


def test_text_before_the_first_heading_is_a_segment_of_its_own() -> None:
    before, after = _segments(TALK, ("The Bus", 1), TALK)
    assert (before.heading, after.heading) == (None, "The Bus")
    assert (before.boundary.reason, after.boundary.reason) == ("document", "heading")


def test_project_headers_begin_programs() -> None:
    lines: list[Line] = ["Contact Email: bo@toll.example", "Project Dates: 2012–2014", TALK, ("Related News:", 2), TALK]
    sections = outline(_bundle(*lines, ("Features", 2), TALK, *lines, kind="program").passages, "program")
    assert [(section.reason, section.level, section.parent) for section in sections] == [
        ("project_header", 1, None),
        ("heading", 2, 0),
        ("project_header", 1, None),
    ]


def test_the_page_of_one_program_is_cut_at_its_headings() -> None:
    lines: list[Line] = [("The Ladder", 1), "Project Dates: 2012–2014", TALK, ("Features", 2), TALK]
    sections = outline(_bundle(*lines, kind="program").passages, "program")
    assert [section.reason for section in sections] == ["heading", "heading"]


def test_no_passages_give_no_segments() -> None:
    assert (
        find_segments(bundle(document(""), passages=[]), load(), sentencizer(), load_encoder(), anatomy_model()) == []
    )


# --- kinds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "body", "kind"),
    [
        ("Losing Principals in Castor Creek", CASE, "problem_of_practice"),
        ("Castor Creek: A Bench of One", CASE, "problem_of_practice"),
        ("What They Read on the Train", TALK, "discussion"),
        ("Next Steps", CASE, "next_steps"),
        ("Adjournment", TALK, "next_steps"),
        ("Themes across the Cases", CASE, "synthesis"),
        ("Conclusions", TALK, "synthesis"),
        ("Call to Order", TALK, "front_matter"),
    ],
)
def test_kinds(heading: str, body: str, kind: str) -> None:
    segments = _segments(("Retreat", 1), "May 4, 2016", (heading, 1), body)
    assert [segment.kind for segment in segments] == ["front_matter", kind]
    assert all(0 <= segment.score <= 1 for segment in segments)


@pytest.mark.parametrize(
    ("kind", "expected"), [("program", "program"), ("minutes", "discussion"), ("rubric", "discussion")]
)
def test_what_is_nothing_else_depends_on_the_genre(kind: str, expected: str) -> None:
    assert _segments(("Retreat", 1), "By hand.", ("The Train", 1), TALK, kind=kind)[1].kind == expected


def test_a_rubric_has_no_problems_of_practice() -> None:
    kinds = {segment.kind for segment in _segments(("Retreat", 1), "x.", ("In Castor Creek", 1), CASE, kind="rubric")}
    assert "problem_of_practice" not in kinds


def test_a_heading_without_text_is_no_problem_of_practice() -> None:
    segments = _segments(("Retreat", 1), "By hand.", ("Losing Principals in Castor Creek", 1), ("Next", 1), CASE)
    assert segments[1].kind == "discussion"
    assert segments[1].passage_ids == ["d1-p2"]


def test_parts_of_a_case_belong_to_it() -> None:
    parts: list[Line] = [("The problem", 3), TALK, ("What they did", 3), TALK, ("The Train", 2), TALK]
    segments = _segments(("Retreat", 1), "By hand.", ("Losing Principals in Castor Creek", 2), CASE, *parts)
    assert [segment.kind for segment in segments[1:]] == [*["problem_of_practice"] * 3, "discussion"]
    assert [_names(segment) for segment in segments[1:]] == [*[["Castor Creek"]] * 3, []]
    assert segments[2].score < segments[1].score


@pytest.mark.parametrize(
    ("own", "above", "kind"),
    [
        ("discussion", "problem_of_practice", "problem_of_practice"),
        ("discussion", "discussion", "discussion"),
        ("discussion", None, "discussion"),
        ("next_steps", "problem_of_practice", "next_steps"),
        ("synthesis", "problem_of_practice", "synthesis"),
    ],
)
def test_inherit(own: str, above: str | None, kind: str) -> None:
    parent = Judgement(above, 0.8, ["Castor Creek"]) if above else None  # type: ignore[arg-type]
    assert inherit(Judgement(own, 0.5, []), parent).kind == kind  # type: ignore[arg-type]


# --- sites -----------------------------------------------------------------------------------------------------------


def _sites(*lines: Line) -> list[str]:
    return [site.name for site in find_site_names(_bundle(*lines).passages)]


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("They visited Castor Creek Unified School District.", "Castor Creek"),
        ("They visited Marl Landing High School.", "Marl Landing High School"),
        ("They heard the superintendent of Castor Creek.", "Castor Creek"),
        ("District leaders in Castor Creek had tried it.", "Castor Creek"),
        ("They read of Castor Creek, a small rural district.", "Castor Creek"),
        ("They read of Castor Creek (840 students) on the train.", "Castor Creek"),
        ("They liked Castor Creek's principals. They left Castor Creek's schools.", "Castor Creek"),
        ("They drove through Orrin County and back to Orrin County.", "Orrin County"),
        ("The superintendent of the Castor Creek school district spoke.", "Castor Creek"),
        ("They visited Castor Creek Elementary and Middle School District.", "Castor Creek"),
        ("They visited Castor Creek School Department.", "Castor Creek"),
        ("They visited Castor Creek Community Schools.", "Castor Creek"),
        ("They visited Warroona Bend Secondary College.", "Warroona Bend Secondary College"),
        ("They visited St Odile’s Regional High School.", "St Odile’s Regional High School"),
        ("Ms. Lund leads the Castor Creek Education Association.", "Castor Creek"),
        ("Seen from the hills, the canton of Oberlingen is small.", "Oberlingen"),
        ("CASTOR CREEK AREA SCHOOLS\nMinutes of the meeting", "Castor Creek"),
    ],
)
def test_a_site_is_known_by_its_company(text: str, site: str) -> None:
    assert _sites(text) == [site]


@pytest.mark.parametrize(
    "text",
    [
        "The superintendent of schools spoke of Ohio.",
        "Principal Ida Lund's teachers followed. Principal Ida Lund’s staff did too.",
        "Superintendents in California met in Texas.",
        "Participants' principals and Leaders' teachers agreed.",
        "They bought Algebra High School books.",
        "Teachers in March were tired.",
        "The school had a new roof, and Common Core schools did not.",
        "“Nobody told us,” recalled Dmitri Volkov, the district’s finance officer. Volkov's teachers laughed.",
        "Robin Achterberg, a teacher, said so. Achterberg's principals agreed, and Achterberg said no more.",
    ],
)
def test_what_is_no_site(text: str) -> None:
    assert _sites(text) == []


@pytest.mark.parametrize(
    ("heading", "site"),
    [
        ("Castor Creek: Three buildings", "Castor Creek"),
        ("2. Castor Creek, Ohio: Three buildings", "Castor Creek"),
        ("Finding 2: Castor Creek: Three buildings", "Castor Creek"),
        ("4. Canton of Castor Creek: Three buildings", "Castor Creek"),
    ],
)
def test_a_site_that_a_heading_begins_with(heading: str, site: str) -> None:
    assert _sites((heading, 1), "In Castor Creek there were three.") == [site]


def test_a_section_that_names_no_site_is_about_that_of_its_document() -> None:
    body = CASE.replace("Castor Creek", "The place")
    segments = _segments(("Castor Creek Public Schools", 1), "By hand.", ("Problem 1: Losing principals", 2), body)
    assert segments[1].kind == "problem_of_practice"
    assert _names(segments[1]) == ["Castor Creek"]
    assert segments[1].sites[0].end <= segments[0].end  # shown where the document names it


def test_a_site_is_found_by_all_its_names() -> None:
    text = "Castor Creek Unified School District, called CCUSD, has six schools. The schools of Castor Creek are full."
    [site] = names = find_site_names(_bundle(text).passages)
    assert site.name == "Castor Creek"
    found = mentions(text, 100, names)
    assert [text[one.start - 100 : one.end - 100] for one in found] == [
        "Castor Creek Unified School District",
        "CCUSD",
        "Castor Creek",
    ]
    assert {one.name for one in found} == {"Castor Creek"}


def test_the_first_mention_in_a_segment_is_shown() -> None:
    held = _bundle(("Retreat", 1), "By hand.", ("Losing Principals in Castor Creek", 1), CASE)
    [site] = find_segments(held, load(), sentencizer(), load_encoder(), anatomy_model())[1].sites
    assert held.document.text[site.start : site.end] == "Castor Creek"
    assert site.start < held.passages[2].end


# --- anatomy ---------------------------------------------------------------------------------------------------------


def test_anatomy_of_a_case() -> None:
    held = _bundle(("Retreat", 1), "By hand.", ("Losing Principals in Castor Creek", 1), CASE)
    parts = find_segments(held, load(), sentencizer(), load_encoder(), anatomy_model())[1].anatomy
    text = held.document.text
    assert ("approach", "The") in [(part.role, text[part.start : part.end].split()[0]) for part in parts]
    assert {part.passage_id for part in parts} == {held.passages[3].id}


def test_only_problems_of_practice_have_an_anatomy() -> None:
    assert [segment.anatomy for segment in _segments(("Retreat", 1), TALK, ("The Train", 1), TALK)] == [[], []]


PLAIN = "They sat by the window and looked at the boats."
LOST = "The district had no candidate for three of its eleven schools."
HIRED = "In 2014 the district hired a retired principal to mentor each of them."
FELL = "By the spring turnover fell from seven principals to two."
SHORT = "Four principals left within two years, and the last opening drew two applicants."
BOARD = "The board then created a residency for teachers and paid each of them a full salary for the year."
WORRIED = "But two trustees worried about what the mentors cost, and one refused to vote."


def _sentences(*texts: str) -> list[Sentence]:
    doc = document("\n\n".join(texts))
    return read_sentences([passage(doc, text, index=index) for index, text in enumerate(texts)], load())


def _roles(*texts: str) -> list[tuple[str, str]]:
    sentences = _sentences(*texts)
    words = {sentence.start: sentence.text for sentence in sentences}
    return [(words[part.start], part.role) for part in find_anatomy(sentences, anatomy_model(), load_encoder())]


def test_an_account_in_its_order() -> None:
    found = dict(_roles(LOST, SHORT, HIRED, BOARD, WORRIED, FELL))
    assert found[LOST] == "problem"
    assert found[HIRED] == "approach"
    assert set(found) <= {LOST, SHORT, HIRED, BOARD, WORRIED, FELL}


@pytest.mark.parametrize("text", [PLAIN, "It failed.", "What would the visitors like to know about the boats?"])
def test_what_states_nothing_has_no_role(text: str) -> None:
    assert text not in dict(_roles(LOST, SHORT, text, HIRED, BOARD, FELL))


def test_at_most_two_sentences_of_a_role_and_one_role_of_a_sentence() -> None:
    found = _roles(*[f"{LOST[:-1]} in year {n}." for n in range(5)], HIRED, BOARD)
    assert max(Counter(role for _, role in found).values()) <= 2
    assert len({text for text, _ in found}) == len(found)


def test_nothing_is_marked_below_the_threshold() -> None:
    model = anatomy_model()
    p = model.predict(_sentences(LOST, HIRED, FELL), load_encoder())
    assert p.shape == (3, 4)
    assert choose(p, 1.0) == []
    assert len(choose(p, 0.0)) == 3


def test_no_account_has_no_anatomy() -> None:
    assert find_anatomy([], anatomy_model(), load_encoder()) == []


# --- sentences and clauses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The district pays a mentor.", [Clause("site", "pay")]),
        ("The trustees did not agree.", [Clause("leader", "agree", negated=True, past=True, object=False)]),
        ("Two mentors were hired.", [Clause("leader", "hire", passive=True, past=True, object=False)]),
        ("It began to visit schools.", [Clause("pronoun", "begin", then="visit", past=True)]),
        ("The board would pay a mentor.", [Clause("site", "pay", modal="would")]),
        ("The district has no plan.", [Clause("site", "have", negated=True)]),
        ("“We pay a mentor every single month,” she said.", ["say"]),
    ],
)
def test_clauses(text: str, expected: list[Clause | str]) -> None:
    [sentence] = _sentences(text)
    if isinstance(expected[0], str):
        assert [clause.verb for clause in sentence.clauses] == expected
    else:
        assert list(sentence.clauses) == expected


def test_sentences_keep_their_offsets_and_quotations_their_sentence() -> None:
    text = "The board met on Monday. Kell spoke: “We lost. We lost again.” Nobody answered her."
    doc = document(f"Zero\n\n{text}")
    found = read_sentences([passage(doc, text)], load())
    assert [doc.text[one.start : one.end] for one in found] == [one.text for one in found]
    assert found[-1].text == "Nobody answered her."
    assert (found[0].place, found[-1].place) == (0.0, 1.0)
    assert all("lost" not in one.own for one in found)


def test_a_quoted_term_is_the_writers_own() -> None:
    text = "They open a “reading room” and say “nobody has ever come to read here.”"
    assert without_quotes(text) == text[: text.index("nobody")] + " " * len("nobody has ever come to read here.") + "”"


def test_places_of_one_sentence() -> None:
    assert [one.place for one in placed(_sentences(PLAIN))] == [0.0]


# --- properties ------------------------------------------------------------------------------------------------------

_LINES = st.lists(
    st.sampled_from(
        [
            *[("Losing Principals in Castor Creek", 2), ("Next Steps", 1), ("Retreat", 1), ("The problem", 3)],
            *[CASE, TALK, "May 4, 2016", "Project Dates: 2012", "Contact: Bo Lind"],
        ]
    ),
    min_size=1,
    max_size=10,
)


@settings(deadline=None)
@given(_LINES, st.sampled_from(["meeting_summary", "program", "news", "rubric"]))
def test_every_passage_stands_in_one_segment(lines: list[Line], kind: str) -> None:
    held = _bundle(*lines, kind=kind)
    segments = find_segments(held, load(), sentencizer(), load_encoder(), anatomy_model())
    assert [one for segment in segments for one in segment.passage_ids] == [member.id for member in held.passages]
    assert len({segment.id for segment in segments}) == len(segments)
    before: set[str] = set()
    for segment in segments:
        inside = [member for member in held.passages if member.id in segment.passage_ids]
        assert (segment.start, segment.end) == (inside[0].start, inside[-1].end)
        assert segment.parent_id is None or segment.parent_id in before
        before.add(segment.id)
        assert all(held.document.text[site.start : site.end] for site in segment.sites)
    assert find_segments(held, load(), sentencizer(), load_encoder(), anatomy_model()) == segments
