import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from builders import bundle, document, passages, quote, segment

from pipeline.learning.practices import PracticeModel
from pipeline.learning.practices.model import Band
from pipeline.learning.practices.reading import read_alone
from pipeline.records import Bundle, Mapping
from pipeline.rubric import Area, Indicator, Practice, Rubric
from pipeline.stages.map import decide, map_quotes, map_segments, read
from pipeline.tools import Tools

COACHING = "Our teachers coach each other every week, and they plan the lessons together."
TEXT = f"Staffing\n\nThe school changed its week. “{COACHING}” said Ana Ruiz, a principal. Others agreed."


def given(text: str = TEXT, said: str = COACHING) -> Bundle:
    doc = document(text)
    member = next(one for one in passages(doc) if said in one.text)
    return bundle(doc, quotes=[quote(member, said)])


def garden() -> Rubric:
    """A rubric that no model has seen."""
    ideas = {
        "g1": "Gardeners water the beds in the morning and keep the soil damp.",
        "g2": "Gardeners prune the apple trees in winter with sharp shears.",
        "g3": "Gardeners sell vegetables to the neighbours at the market.",
    }
    return Rubric(
        name="Garden",
        levels=["low", "high"],
        areas=[
            Area(
                name="Beds",
                practices=[
                    Practice(
                        id=name,
                        text=text,
                        indicators=[Indicator(id=f"{name}a", levels={"low": f"Not yet: {text}", "high": text})],
                    )
                    for name, text in ideas.items()
                ],
            )
        ],
        sha256="1" * 64,
    )


def mapped(one: Bundle, tools: Tools, rubric: Rubric | None = None, **settings: object) -> list[Mapping]:
    return map_quotes(
        one,
        tools.practice_model,
        rubric or tools.rubric,
        tools.encoder,
        msgspec.structs.replace(tools.settings, **settings),
    )


@pytest.mark.parametrize(
    ("p", "expected"), [(0.9, "match"), (0.5, "match"), (0.49, "review"), (0.2, "review"), (0.19, "reject")]
)
def test_decide(p: float, expected: str) -> None:
    band = Band(precision=0.9, review=0.2, match=0.5, match_precision=None, matched=None)
    assert decide(p, band) == expected


def test_a_quote_is_read_in_its_passage_and_its_document(tools: Tools) -> None:
    asked = read(given(), tools.encoder)
    assert (asked.quotes, asked.contexts) == ([COACHING], [given().passages[1].text])
    ((quote, passage),) = asked.pieces
    words = asked.contexts[0]
    assert words[quote.spans.min() : quote.spans.max()] == COACHING
    assert words[passage.spans.min() : passage.spans.max()] == words
    alone = read_alone([COACHING], [words], tools.encoder)
    assert (asked.vectors[:, :768] == alone.vectors[:, :768]).all()
    assert (asked.vectors[:, 1152:] != alone.vectors[:, 1152:]).any()


def test_quotes_without_their_passage_are_read_by_themselves_in_their_place(tools: Tools) -> None:
    one = given()
    lost = msgspec.structs.replace(one.quotes[0], id="lost", passage_id="gone", text="We sold the bus.")
    asked = read(msgspec.structs.replace(one, quotes=[lost, one.quotes[0]]), tools.encoder)
    assert asked.quotes == ["We sold the bus.", COACHING]
    assert asked.contexts == ["We sold the bus.", one.passages[1].text]


def test_the_words_that_spoke_for_an_indicator_stand_in_the_quote(tools: Tools) -> None:
    one = given()
    for mapping in mapped(one, tools, precision=0.7):
        words = [one.document.text[word.start : word.end] for word in mapping.words]
        assert all(word in COACHING.replace(",", " ").replace(".", " ").split() for word in words)
        assert bool(words) == (mapping.decision != "reject")


def test_problems_of_practice_are_mapped_by_their_clearest_passage(tools: Tools) -> None:
    one = given()
    body = one.passages[1]
    held = [
        segment([body], kind="problem_of_practice"),
        segment([one.passages[0]], kind="discussion"),
    ]
    found = map_segments(
        msgspec.structs.replace(one, segments=held), tools.practice_model, tools.rubric, tools.encoder, tools.settings
    )
    assert [mapping.rank for mapping in found] == [1, 2, 3, 4, 5]
    assert {(mapping.segment_id, mapping.passage_id) for mapping in found} == {(held[0].id, body.id)}
    assert map_segments(one, tools.practice_model, tools.rubric, tools.encoder, tools.settings) == []


def test_a_quote_has_its_five_best_candidates(tools: Tools) -> None:
    mappings = mapped(given(), tools)
    assert [one.rank for one in mappings] == [1, 2, 3, 4, 5]
    assert [one.p for one in mappings] == sorted((one.p for one in mappings), reverse=True)
    rows = {row.indicator: row for row in tools.rubric.rows()}
    for one in mappings:
        row = rows[one.indicator]
        assert (one.area, one.practice, one.rubric) == (row.area, row.practice, tools.rubric.name)
        assert any(one.evidence in text for text in (row.practice_text, *row.levels.values()))
        assert one.level is None
        assert one.model_version == tools.practice_model.config.version
    assert len({one.id for one in mappings}) == 5


def test_the_number_of_candidates_is_a_setting(tools: Tools) -> None:
    assert len(mapped(given(), tools, candidates=2)) == 2


def test_without_quotes_there_is_nothing_to_map(tools: Tools) -> None:
    assert mapped(bundle(document(TEXT)), tools) == []


def test_what_a_quote_says_decides(tools: Tools) -> None:
    other = "We look at the attendance figures of every school each Monday and ask what they tell us."
    assert mapped(given(), tools)[0].practice != mapped(given(f"“{other}”", other), tools)[0].practice


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Every morning we water all the beds so that the soil stays damp.", "g1a"),
        ("We pruned the apple trees last winter with new shears.", "g2a"),
        ("The neighbours buy our vegetables at the market on Saturdays.", "g3a"),
    ],
)
def test_a_rubric_that_the_model_has_never_seen_works_at_once(
    tools: Tools, few_others: Path, said: str, expected: str
) -> None:
    mappings = mapped(given(f"“{said}”", said), replace(tools, models_path=few_others), garden())
    assert len(mappings) == 3
    best = mappings[0]
    assert (best.indicator, best.rubric) == (expected, "Garden")
    assert best.p > 2 * mappings[1].p


def test_a_quote_that_no_practice_fits_is_refused(tools: Tools, few_others: Path) -> None:
    said = "The bus was late and it rained the whole way."
    held_against_few = replace(tools, models_path=few_others)
    assert "match" not in {one.decision for one in mapped(given(f"“{said}”", said), held_against_few, garden())}
    assert "match" not in {one.decision for one in mapped(given(f"“{said}”", said), tools)}


def test_a_rubric_with_one_indicator_and_one_level(tools: Tools, few_others: Path) -> None:
    one = Rubric(
        name="One",
        levels=["done"],
        areas=[
            Area(
                name="A",
                practices=[
                    Practice(id="1", text="They coach.", indicators=[Indicator(id="1a", levels={"done": "Yes."})])
                ],
            )
        ],
        sha256="2" * 64,
    )
    (found,) = mapped(given(), replace(tools, models_path=few_others), one)
    assert (found.indicator, found.rank) == ("1a", 1)
    assert 0 <= found.p <= 1


def test_texts_without_words_are_ranked_like_others(tools: Tools, few_others: Path) -> None:
    asked = read_alone(["", "…", "漢字"], ["", "…", "漢字"], tools.encoder)
    ranking = replace(tools, models_path=few_others).practice_model.rank(asked, garden(), tools.encoder)
    assert ranking.p.shape == (3, 3)
    assert np.isfinite(ranking.p).all()


def test_what_is_usual_for_a_new_rubric_is_kept(
    tools: Tools, few_others: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    shutil.copytree(few_others / "practices", models / "practices")
    asked = read_alone([COACHING], [""], tools.encoder)
    first = PracticeModel.load(models).rank(asked, garden(), tools.encoder)
    nowhere = PracticeModel.load(models)
    nowhere._models = models / "practices" / "model.json"  # no folder: nothing can be kept there
    unkept = nowhere.rank(asked, garden(), tools.encoder)
    monkeypatch.setattr("pipeline.learning.practices.model.read_others", None)
    again = PracticeModel.load(models).rank(asked, garden(), tools.encoder)
    assert np.array_equal(first.p, again.p)
    assert np.array_equal(first.p, unkept.p)
