"""Texts without headings cut where their topic changes: cues, features, the choice of boundaries, segments."""

import math
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from builders import anatomy_model, bundle, document, passage
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.encoder import Encoder
from pipeline.nlp import load, sentencizer
from pipeline.records import Bundle, Passage, Segment
from pipeline.stages.segment import find_segments, topics
from pipeline.stages.segment.outline import Cut, outline, with_topics
from pipeline.stages.segment.topics import FEWEST, Shift, choose, find_shifts, first_spoken
from pipeline.stages.segment.topics_cues import cues, is_chair, names_one_of
from pipeline.stages.segment.topics_features import NAMES, Turn, gap_features, manners
from pipeline.stages.segment.topics_weights import PROSE, SPEECH, WEIGHTS

sys.path.append(str(Path(__file__).parent / "bench"))
import segmentation
import segmentation_peers as peers

# --- cues ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "family"),
    [
        ("Okay. Let us turn to the budget.", "announce"),
        ("We're going to move on now to staffing.", "announce"),
        ("Moving on, then.", "announce"),
        ("That brings us to the buses.", "announce"),
        ("Our next item is the calendar.", "announce"),
        ("Item 4, please.", "announce"),
        ("We have some questions on attendance from Dana.", "announce"),
        ("Let's switch gears.", "announce"),
        ("We are at time, so one word from each of you.", "announce"),
        ("I'll hand it over to Dr. Ames.", "call"),
        ("Ms. Ortega, you have the floor.", "call"),
        ("Go ahead, Lee.", "call"),
        ("Tom has a question.", "call"),
        ("Thanks, Lee.", "thank"),
        ("Can I ask about something else?", "open"),
        ("On the subject of buses, who pays?", "open"),
        ("In terms of hiring, what has changed?", "open"),
        ("Just to follow up, who pays?", "follow"),
        ("You mentioned the county.", "follow"),
        ("Yes, we did.", "answer"),
        ("But it failed.", "answer"),
    ],
)
def test_a_cue_is_heard(words: str, family: str) -> None:
    assert family in cues(words)


@pytest.mark.parametrize(
    "words",
    ["We lost nine teachers in one summer.", "The drivers are paid by the hour.", "How long did it take them?"],
)
def test_plain_talk_has_no_cue(words: str) -> None:
    assert cues(words) == []


def test_only_the_ends_of_a_long_turn_are_searched() -> None:
    talk = "The bus was late and the rain fell. " * 40
    assert cues(talk + "Moving on to staffing.") == ["announce"]
    assert cues("Thank you. " + talk) == ["thank"]
    assert cues(talk + "Moving on to staffing. " + talk) == []


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("MODERATOR", True),
        ("Ana Ruiz (chair)", True),
        ("Board Chairwoman Ruiz", True),
        ("Interviewer", True),
        ("President Ruiz", True),
        ("Tom Hale (president of the union)", False),
        ("Ana Ruiz", False),
        ("Charity Lund", False),
    ],
)
def test_who_is_labelled_as_chair(label: str, expected: bool) -> None:
    assert is_chair(label) is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Thank you. Siân.", True),
        ("Over to Ms. Hale.", True),
        ("Hale" + " and on" * 60, False),
        ("hale and hearty", False),
    ],
)
def test_a_speaker_is_called_by_name(words: str, expected: bool) -> None:
    assert names_one_of(words, ["sian lund", "tom hale"]) is expected


# --- boundaries ------------------------------------------------------------------------------------------------------

PLAIN = "We counted all of the {} in the fall and wrote the numbers on the wall of the office for everyone to see"
CHAIR = "MODERATOR"


def _turn(subject: int, place: int, speaker: str | None = None, words: str | None = None) -> Turn:
    """A turn about a subject: its vector points along the subject's axis, and a little along its own."""
    text = words or PLAIN.format(f"things of kind {subject}")
    vector = np.zeros((1, 64), dtype=np.float32)
    vector[0, subject], vector[0, 8 + place % 56] = 0.9, 0.4
    return Turn(text, speaker.casefold() if speaker else None, [text], vector)


def _talk(*lengths: int, announce: bool = True, speakers: bool = True) -> list[Turn]:
    """One subject after another, of so many turns each; a moderator announces each but the first."""
    turns: list[Turn] = []
    for subject, length in enumerate(lengths):
        names = [f"Speaker {2 * subject}", f"Speaker {2 * subject + 1}"] if speakers else [None, None]
        for n in range(length):
            opens = announce and subject > 0 and n == 0
            words = "Thank you. We're going to move on now to the next topic, which is new." if opens else None
            turns.append(_turn(subject, len(turns), CHAIR if opens else names[n % 2], words))
    return turns


@pytest.mark.parametrize(
    ("lengths", "announce", "speakers", "expected", "reason"),
    [
        ((10, 10, 10), True, True, [10, 20], "speaker"),
        ((8, 14, 9), True, True, [8, 22], "speaker"),
        ((10, 10, 10), False, True, [10, 20], "topic_shift"),
        ((10, 10, 10), False, False, [10, 20], "topic_shift"),
        ((7, 7), True, True, [], "speaker"),  # too short a text
    ],
)
def test_topics_are_found(
    lengths: tuple[int, ...], announce: bool, speakers: bool, expected: list[int], reason: str
) -> None:
    shifts = find_shifts(_talk(*lengths, announce=announce, speakers=speakers))
    assert [shift.index for shift in shifts] == expected
    assert {shift.reason for shift in shifts} <= {reason}
    assert all(0.5 < shift.score <= 1 for shift in shifts)


def test_an_announcement_makes_a_boundary_surer() -> None:
    said, unsaid = (find_shifts(_talk(10, 10, 10, announce=announce)) for announce in (True, False))
    assert [shift.index for shift in said] == [shift.index for shift in unsaid]
    assert all(one.score >= other.score for one, other in zip(said, unsaid, strict=True))


def test_a_topic_begins_only_where_it_may() -> None:
    turns = _talk(10, 10, 10, speakers=False, announce=False)
    allowed = [place != 10 for place in range(len(turns))]
    assert 10 not in [shift.index for shift in find_shifts(turns, allowed)]


def test_the_chair_is_who_calls_others_by_name() -> None:
    turns: list[Turn] = []
    for subject, name in enumerate(["Hale", "Ortega", "Lund", "Ames"]):
        turns += [_turn(subject, 0, "Dana Reyes", f"Thank you. {name}, go ahead.")]
        turns += [_turn(subject, place, f"Kim {name}") for place in range(4)]
    assert [manner.chair for manner in manners(turns)] == [turn.speaker == "dana reyes" for turn in turns]


def test_features_of_a_gap() -> None:
    turns = _talk(10, 10)
    features = dict(zip(NAMES, gap_features(turns, manners(turns))[9], strict=True))
    assert features.keys() == WEIGHTS.keys()
    assert (features["chair_announce"], features["next_new"], features["asked"], features["short"]) == (1, 1, 0, 0)
    assert features["near_200"] < -1
    assert features["voices"] < 0.2


@pytest.mark.parametrize(
    ("margins", "least", "expected"),
    [
        ([-1, -1, -1, -1], 1, []),
        ([1, -1, 2, -1], 1, [0, 2]),
        ([1, -1, 2, -1], 2, [2]),  # the first topic would have one turn
        ([-1, 3, 4, 3, -1], 2, [2]),  # a gap beside a better one
        ([-1, 3, 2, 3, -1], 2, [1, 3]),
        ([-1, 3, 2, 4, -1], 3, []),  # too near both ends
        ([-1, -1, 3, 2, 4, -1, -1], 3, [4]),
        ([-1, 2, -math.inf, 2, -1], 2, [1, 3]),
        ([0, 0, 0], 1, []),
    ],
)
def test_choose(margins: list[float], least: int, expected: list[int]) -> None:
    assert choose(np.array(margins, dtype=np.float64), least) == expected


def test_more_is_asked_of_a_longer_talk() -> None:
    asked = [SPEECH.of(gaps) for gaps in (10, 60, 140, 400, 9000)]
    assert asked == sorted(asked)
    assert asked[0] == asked[1]
    assert asked[-1] == asked[-2]
    assert asked[2] == SPEECH.margin
    assert PROSE.of(400) == PROSE.margin


_TURNS = st.lists(
    st.tuples(
        st.integers(0, 7),
        st.sampled_from([None, CHAIR, "Ana Ruiz", "Tom Hale", "Lee"]),
        st.sampled_from([None, "Yes.", "Who pays?", "Moving on to the next item. Tom?", "…", ""]),
    ),
    max_size=60,
)


@settings(deadline=None, max_examples=60)
@given(_TURNS)
def test_boundaries_are_sorted_apart_and_repeatable(made: list[tuple[int, str | None, str | None]]) -> None:
    turns = [_turn(subject, place, speaker, words) for place, (subject, speaker, words) in enumerate(made)]
    shifts = find_shifts(turns)
    starts = [shift.index for shift in shifts]
    least = (SPEECH if any(turn.speaker for turn in turns) else PROSE).least
    edges = [0, *starts, len(turns)]
    assert len(turns) >= FEWEST or shifts == []
    assert all(after - before >= least for before, after in pairwise(edges)) or not shifts
    assert all(0 <= shift.score <= 1 for shift in shifts)
    assert find_shifts(turns) == shifts


# --- sections --------------------------------------------------------------------------------------------------------

BUSES = (
    "The bus drivers quit in the fall, and the routes were drawn again so that every bus would be full and on time.",
    "Each driver now has one route, and the buses leave the garage ten minutes before the first bell of the day.",
    "Parents still wait at the stop for a bus that is late, and they call the garage to ask where the driver is.",
)
READING = (
    "Third graders read aloud to a partner each morning, and their teachers note which words they stumble over.",
    "The reading scores rose in two grades, and the teachers believe that the phonics lessons made the difference.",
    "Children who cannot yet decode a word get a second phonics lesson, with a tutor, from the same reading book.",
)


def _passages(*texts: tuple[str, str]) -> Bundle:
    """A document of passages, each given by its kind and text; a turn's label is its speaker."""
    doc = document("\n\n".join(text for _, text in texts), kind="transcript")
    members: list[Passage] = []
    start = 0
    for index, (kind, text) in enumerate(texts):
        speaker = text.split(":")[0] if kind == "turn" else None
        level = 1 if kind == "heading" else None
        place = {"index": index, "start": start, "end": start + len(text)}
        members.append(passage(doc, text, kind=kind, speaker=speaker, level=level, **place))
        start += len(text) + 2
    return bundle(doc, passages=members)


def _transcript(n: int = 9) -> list[tuple[str, str]]:
    first = [("turn", f"{('Ana Ruiz', 'Tom Hale')[i % 2]}: {BUSES[i % 3]}") for i in range(n)]
    second = [("turn", f"{('Lee Ames', 'Dana Lund')[i % 2]}: {READING[i % 3]}") for i in range(n)]
    return [*first, ("turn", "MODERATOR: Thank you, Tom. Let us turn to reading now. Lee?"), *second]


def _shapes(segments: list[Segment]) -> list[tuple[int, bool, str, int]]:
    return [(one.level, one.parent_id is None, one.boundary.reason, len(one.passage_ids)) for one in segments]


def test_a_transcript_below_its_title_is_cut(encoder: Encoder) -> None:
    held = _passages(("heading", "Fishbowl in Toll, May 4, 2016"), *_transcript())
    segments = find_segments(held, load(), sentencizer(), encoder, anatomy_model())
    assert _shapes(segments) == [(1, True, "heading", 1), (2, False, "speaker", 9), (2, False, "speaker", 10)]
    assert segments[0].kind == "front_matter"
    assert {one.parent_id for one in segments[1:]} == {segments[0].id}


def test_a_transcript_below_its_first_lines_is_cut(encoder: Encoder) -> None:
    segments = find_segments(
        _passages(("paragraph", "Toll, May 4, 2016"), *_transcript()), load(), sentencizer(), encoder, anatomy_model()
    )
    assert _shapes(segments) == [(1, True, "document", 1), (1, True, "speaker", 9), (1, True, "speaker", 10)]
    assert segments[0].kind == "front_matter"


def test_a_bare_transcript_is_cut(encoder: Encoder) -> None:
    segments = find_segments(_passages(*_transcript()), load(), sentencizer(), encoder, anatomy_model())
    assert _shapes(segments) == [(1, True, "document", 9), (1, True, "speaker", 10)]


def test_a_short_transcript_is_one_segment(encoder: Encoder) -> None:
    segments = find_segments(
        _passages(("heading", "Fishbowl"), *_transcript(6)), load(), sentencizer(), encoder, anatomy_model()
    )
    assert _shapes(segments) == [(1, True, "heading", 14)]


def test_bare_prose_is_cut_before_a_paragraph(encoder: Encoder) -> None:
    long = [(" ".join(part for part in half[i % 3 :] + half[: i % 3])) for half in (BUSES, READING) for i in range(9)]
    lines = [("paragraph", text) for text in long]
    lines.insert(9, ("list_item", "Two buses, one driver."))
    segments = find_segments(_passages(*lines), load(), sentencizer(), encoder, anatomy_model())
    assert 10 in [held.passages.index(first) for held, first in _firsts(lines, segments)]
    assert {one.boundary.reason for one in segments[1:]} == {"topic_shift"}


def _firsts(lines: list[tuple[str, str]], segments: list[Segment]) -> list[tuple[Bundle, Passage]]:
    held = _passages(*lines)
    return [(held, next(one for one in held.passages if one.id == segment.passage_ids[0])) for segment in segments]


@pytest.mark.parametrize(
    ("heading", "cut"),
    [
        ("What We Heard", True),
        ("Next Steps", False),
        ("Lessons Learned", False),
        ("Losing Drivers in Toll Creek", False),
    ],
)
def test_a_heading_may_hold_its_section_together(heading: str, cut: bool, encoder: Encoder) -> None:
    site = (
        "paragraph",
        "We met the superintendent of Toll Creek and saw the schools of Toll Creek Unified School District.",
    )
    long = [("paragraph", " ".join(half)) for half in (BUSES, READING) for _ in range(9)]
    segments = find_segments(
        _passages(("heading", "Retreat"), site, ("heading", heading), *long),
        load(),
        sentencizer(),
        encoder,
        anatomy_model(),
    )
    assert (len(segments) > 2) is cut


def test_the_label_of_a_speaker_is_not_said(encoder: Encoder) -> None:
    held = _passages(("turn", "Ana Ruiz: Yes."), ("turn", "Ana Ruiz (chair): We met."), ("turn", "Lee"))
    said = [turn.words for turn in topics.turns_of(held.passages, encoder, sentencizer())]
    assert said == ["Yes.", "We met.", "Lee"]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["heading", *["turn"] * FEWEST], 1),
        (["turn"] * (FEWEST - 1), None),
        (["heading", "note", *["paragraph"] * FEWEST], 2),
        (["list_item"] * 40, None),
    ],
)
def test_where_a_long_run_begins(kinds: list[str], expected: int | None) -> None:
    assert first_spoken(_passages(*((kind, " ".join(BUSES)) for kind in kinds)).passages) == expected


@given(st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=5), st.data())
def test_cut_sections_hold_every_passage_once(levels: list[int], data: st.DataObject) -> None:
    lines = [line for level in levels for line in [("heading", f"H{level}"), *[("paragraph", "Rain.")] * 6]]
    held = _passages(*lines)
    sections = outline(held.passages, "report")
    cuts = {
        index: Cut(start, [Shift(place, 0.7, "topic_shift") for place in places])
        for index in range(len(sections))
        if data.draw(st.booleans())
        for start in [data.draw(st.integers(0, 2))]
        for places in [sorted(data.draw(st.sets(st.integers(start + 1, 6), min_size=1)))]
    }
    found = with_topics(sections, cuts)
    assert [one for section in found for one in section.passages] == held.passages
    assert len(found) == len(sections) + sum(len(cut.shifts) + (cut.start > 0) for cut in cuts.values())
    for place, section in enumerate(found):
        assert section.passages
        assert section.parent is None or (section.parent < place and found[section.parent].level < section.level)


# --- the benchmark ---------------------------------------------------------------------------------------------------


def test_halves_do_not_overlap_and_do_not_depend_on_the_order() -> None:
    names = [f"{kind}_{n}" for kind in ("education", "covid") for n in range(9)]
    first, second = segmentation.halves(names)
    assert first | second == set(names)
    assert not first & second
    assert sum(name.startswith("covid") for name in first) == 5
    assert segmentation.halves(names[::-1]) == (first, second)


@pytest.mark.parametrize(
    ("gold", "cut", "expected"),
    [
        ("00100000", "00001000", 1),
        ("00100000", "00000100", 0),
        ("00101000", "00010000", 1),  # one found boundary is one gold boundary
        ("00101000", "01000100", 2),
        ("00000000", "00000000", 0),
    ],
)
def test_boundaries_agree_within_two_turns(gold: str, cut: str, expected: int) -> None:
    assert segmentation.agreeing([int(one) for one in gold], [int(one) for one in cut]) == expected


_WORDS = ("buses drivers routes garage", "reading phonics grades tutors", "budget levy trustees auditors")


def test_peers_find_topics_that_share_no_word() -> None:
    turns = [_turn(subject, 20 * subject + n, words=_WORDS[subject]) for subject in range(3) for n in range(20)]
    for cut in (
        peers.text_tiling(turns, 0.5, width=8, block=5),
        peers.c99(turns, 1.2),
        peers.vector_tiling(turns, 0.5, 5, np.mean),
    ):
        assert segmentation.agreeing([int(gap in {19, 39}) for gap in range(59)], cut) == 2


def test_the_benchmark_says_when_it_is_skipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(segmentation, "MEETINGS", Path("nowhere.jsonl"))
    monkeypatch.setattr(sys, "argv", ["segmentation.py"])
    segmentation.main()
    assert capsys.readouterr().out.startswith("skipped")


def test_the_table_fits_a_screen() -> None:
    turns = _talk(10, 10, 10)
    gold = [int(place in {10, 20}) for place in range(1, 30)]
    meetings = [segmentation.Meeting(f"{kind}_{n}", turns, gold) for kind in ("education", "covid") for n in range(2)]
    lines = segmentation.table(meetings, segmentation.methods(20), "test")
    assert max(len(line) for line in lines) <= 80
    assert [line.split()[1] for line in lines if line.startswith("ours")] == ["0.000", "0.000"]
