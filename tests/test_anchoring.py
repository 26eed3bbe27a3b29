"""Words that a person judged are found again, or are said to be gone."""

import builders
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corrections.anchoring import Fit, Text, find_changed, find_words, fold
from pipeline.corrections.decisions import Anchor
from pipeline.corrections.placing import place
from pipeline.corrections.words import find_in

BENCH = "The bench by the gate was built by the caretaker and two of the older pupils in one long afternoon."
WELL = "Nobody remembers who dug the well, but everybody knows the story of the mayor's hat."
ROOF = "The roof of the gym leaked for three winters before the board paid for slates."
JUDGED = f"{BENCH}\n\n{WELL}\n\n{ROOF}"


def anchored(text: str, words: str) -> Anchor:
    """The anchor of the first place where a text has these words."""
    doc = builders.document(text)
    start = text.index(words)
    part = builders.passage(doc, words, start=start, end=start + len(words))
    return builders.anchor(doc, part)


def found(now: str, words: str = WELL, judged: str = JUDGED) -> str | None:
    """The words of the passage in which a judgement of the earlier text stands in the later one."""
    doc = builders.document(now)
    passages = builders.passages(doc)
    earlier = builders.document(judged)
    one = builders.theme_decision(earlier, builders.passage(earlier, words), {"equity": 2})
    placed, lost = place(builders.recorded(one), Text(now), passages)
    assert len(placed) + len(lost) == 1
    return passages[placed[0].number].text if placed else None


@pytest.mark.parametrize(
    ("now", "passage"),
    [
        pytest.param(JUDGED, WELL, id="as it was"),
        pytest.param(f"A line was added.\n\n{JUDGED}", WELL, id="a paragraph inserted before"),
        pytest.param(f"{ROOF}\n\n{WELL}\n\n{BENCH}", WELL, id="paragraphs moved"),
        pytest.param(JUDGED.replace("mayor's", "mayor’s"), WELL.replace("mayor's", "mayor’s"), id="other marks"),
        pytest.param(JUDGED.replace("dug the", "dug  \nthe"), WELL.replace("dug the", "dug  \nthe"), id="other spaces"),
        pytest.param(JUDGED.replace("story", "stroy"), WELL.replace("story", "stroy"), id="a slip"),
        pytest.param(
            JUDGED.replace("Nobody remembers", "No one remembers"),
            WELL.replace("Nobody remembers", "No one remembers"),
            id="a word exchanged",
        ),
        pytest.param(f"{BENCH} {WELL}\n\n{ROOF}", f"{BENCH} {WELL}", id="merged with the one before"),
        pytest.param(
            JUDGED.replace(", but", ".\n\nBut"), "But everybody knows the story of the mayor's hat.", id="cut"
        ),
        pytest.param(f"{BENCH}\n\n{ROOF}", None, id="deleted"),
        pytest.param(
            JUDGED.replace(WELL, "The well was dug by soldiers, as a letter that was found last year proves."),
            None,
            id="rewritten",
        ),
    ],
)
def test_a_passage_is_found_again(now: str, passage: str | None) -> None:
    assert found(now) == passage


SHORT = "Item 1: the budget.\n\nItem 2: the budget.\n\nItem 3: the budget."


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (SHORT, "Item 2: the budget."),
        ("Item 1: the budget.\n\nItem 3: the budget.", None),
        (SHORT.replace("Item 2: the budget", "Item 2: the budgets"), "Item 2: the budgets."),
    ],
)
def test_short_words_that_are_alike_are_not_mixed_up(now: str, expected: str | None) -> None:
    assert found(now, "Item 2: the budget.", SHORT) == expected


def test_of_equal_words_the_place_with_the_same_neighbours_is_taken() -> None:
    again = "They all agreed."
    judged = f"{BENCH}\n\n{again}\n\n{WELL}\n\n{again}\n\n{ROOF}"
    doc = builders.document(judged)
    second = builders.passage(doc, again, start=judged.rindex(again), end=judged.rindex(again) + len(again))
    now = f"{WELL}\n\n{again}\n\n{ROOF}\n\n{BENCH}\n\n{again}"
    there = find_words(builders.anchor(doc, second), Text(now))
    assert there is not None
    assert (there.start, there.fit) == (now.index(again), Fit.SAME)


def test_of_two_equal_passages_the_one_that_is_gone_is_said_to_be_gone() -> None:
    again = "They all agreed."
    judged = f"{BENCH}\n\n{again}\n\n{WELL}\n\n{again}\n\n{ROOF}"
    doc = builders.document(judged)
    passages = builders.passages(doc)
    first = builders.theme_decision(doc, passages[1], {"equity": 2}, n=1)
    second = builders.theme_decision(doc, passages[3], {}, n=2)
    now = builders.document(f"{BENCH}\n\n{WELL}\n\n{again}\n\n{ROOF}")
    placed, lost = place(builders.recorded(first, second), Text(now.text), builders.passages(now))
    assert [one.recorded.judgement.id for one in placed] == ["ana:000002"]
    assert [one.judgement.id for one in lost] == ["ana:000001"]


def test_a_later_word_on_the_same_passage_takes_the_place_of_the_earlier_one() -> None:
    doc, now = builders.document(JUDGED), builders.document(f"{BENCH}\n\n{WELL.replace('hat', 'hats')}\n\n{ROOF}")
    first = builders.theme_decision(doc, builders.passages(doc)[1], {"equity": 2}, n=1)
    second = builders.theme_decision(now, builders.passages(now)[1], {}, n=2)
    placed, lost = place(builders.recorded(first, second), Text(now.text), builders.passages(now))
    assert [one.recorded.judgement.id for one in placed] == ["ana:000002"]
    assert lost == []


WORDS = st.lists(st.sampled_from("river market ladder seven window garden under paper".split()), min_size=3, max_size=9)
PARAGRAPHS = st.lists(WORDS.map(" ".join).map(lambda text: f"{text}."), min_size=1, max_size=6, unique=True)
MARKS = st.sampled_from(["“", "”", "\u00a0", "\n", "  ", "\u00ad", " – ", "'", "\u200b"])


@given(before=PARAGRAPHS, after=PARAGRAPHS, more=st.text(max_size=60))
def test_text_before_and_after_makes_no_difference(before: list[str], after: list[str], more: str) -> None:
    judged = "\n\n".join([*before, WELL, *after])
    now = f"{more}\n\n{judged}\n\n{more}"
    there = find_words(anchored(judged, WELL), Text(now))
    assert there is not None
    assert now[there.start : there.end] == WELL


@given(paragraphs=PARAGRAPHS, random=st.randoms(use_true_random=False))
def test_paragraphs_may_be_moved(paragraphs: list[str], random) -> None:
    judged, shuffled = [*paragraphs, WELL], [*paragraphs, WELL]
    random.shuffle(shuffled)
    now = "\n\n".join(shuffled)
    there = find_words(anchored("\n\n".join(judged), WELL), Text(now))
    assert there is not None
    assert now[there.start : there.end] == WELL


@given(marks=st.lists(MARKS, min_size=1, max_size=4), at=st.integers(0, 200))
def test_spaces_and_marks_between_words_make_no_difference(marks: list[str], at: int) -> None:
    words = WELL.split(" ")
    cut = at % (len(words) - 1) + 1
    changed = " ".join(words[:cut]) + " " + "".join(marks) + " " + " ".join(words[cut:])
    now = f"{BENCH}\n\n{changed}\n\n{ROOF}"
    there = find_words(anchored(JUDGED, WELL), Text(now))
    assert there is not None
    assert fold(now[there.start : there.end]) == fold(WELL)


@given(at=st.integers(0, 200))
def test_a_cut_paragraph_and_merged_ones_keep_the_place(at: int) -> None:
    words = WELL.split(" ")
    cut = at % (len(words) - 1) + 1
    now = f"{BENCH} {' '.join(words[:cut])}\n\n{' '.join(words[cut:])} {ROOF}"
    there = find_words(anchored(JUDGED, WELL), Text(now))
    assert there is not None
    assert now[there.start : there.end].replace("\n\n", " ") == WELL


@given(text=st.text(max_size=80), words=st.text(min_size=1, max_size=10))
def test_what_is_found_has_the_same_letters_and_lies_inside(text: str, words: str) -> None:
    there = find_words(Anchor(document="d.txt", start=3, end=3 + len(words), text=words), Text(text))
    if there is not None:
        assert 0 <= there.start < there.end <= len(text)
        assert fold(text[there.start : there.end]) == fold(words)


def test_words_inside_of_other_words_are_not_meant() -> None:
    assert find_words(Anchor(document="d.txt", start=0, end=3, text="art"), Text("A part of it, by art.")) is not None
    assert find_words(Anchor(document="d.txt", start=0, end=3, text="art"), Text("A part of it.")) is None


def test_nothing_alike_is_nothing() -> None:
    doc = builders.document(f"{BENCH}\n\n{ROOF}")
    assert find_changed(anchored(JUDGED, WELL), Text(doc.text), builders.passages(doc)) is None
    assert find_changed(anchored(JUDGED, WELL), Text(""), []) is None


@pytest.mark.parametrize(
    ("now", "words", "expected"),
    [
        ("Ida said, “We planned it together,” and left.", "We planned it together,", "We planned it together,"),
        ("Then Ida said, ‘We planned it together,’ and left.", "We planned it together,", "We planned it together,"),
        ("Ida said, “We planed it together,” and left.", "We planned it together,", "We planed it together,"),
        ("Ida said nothing of the kind.", "We planned it together,", None),
        ("Ida left.", "Ida", "Ida"),
    ],
)
def test_words_in_a_passage(now: str, words: str, expected: str | None) -> None:
    judged = builders.document("Ida said, “We planned it together,” and left.")
    there = find_in(Text(now), builders.words(judged, words), 0, 0, len(now))
    assert (now[slice(*there)] if there else None) == expected
