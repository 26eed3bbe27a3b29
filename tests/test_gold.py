"""The twelve example documents, from file to quotes, against what people found in them."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
import pytest
from builders import anatomy_model

from pipeline import encoder, nlp
from pipeline.config import HOME, Settings
from pipeline.learning.evaluation.fitting import Fit, fit
from pipeline.learning.evaluation.gold import load
from pipeline.learning.evaluation.segments import (
    gold_boundaries,
    match_headings,
    match_problems,
    predicted_boundaries,
    same_site,
)
from pipeline.records import Bundle
from pipeline.stages.ingest import ingest_file
from pipeline.stages.quote import find_quotes
from pipeline.stages.segment import find_segments

GOLD = HOME / "tests" / "gold"
EXAMPLES = HOME / "corpus"
FOUND_HEADINGS = 0.9

TOLD_NOT_NAMED = "a case told in a transcript is cut out, but its site, named once and in passing, is not known"
PART_OF_A_CASE = "a section about what a case did to a neighbour is taken for a case of its own"
NO_PROBLEM_STATED = "no heading names a site, and no sentence states the problem: it is told as a story"

KNOWN: dict[tuple[str, str], str] = {
    **{("fishbowl-transcript-2019", f"problem {block}"): TOLD_NOT_NAMED for block in ("b010",)},
    **{("fishbowl-transcript-2019", f"sites {block}"): TOLD_NOT_NAMED for block in ("b010",)},
    ("news-feature-grow-your-own", "problem b019"): NO_PROBLEM_STATED,
    ("news-feature-grow-your-own", "sites b019"): NO_PROBLEM_STATED,
    ("news-feature-grow-your-own", "too many problems"): PART_OF_A_CASE,
}
"""What the pipeline fails today: document and test → why."""

TESTED: set[tuple[str, str]] = set()


@dataclass(frozen=True)
class Case:
    """An example document with what is expected of it, and what the pipeline makes of it."""

    expected: dict[str, Any]
    fitted: Fit

    @property
    def bundle(self) -> Bundle:
        return self.fitted.bundle


@lru_cache
def _case(name: str) -> Case:
    expected = json.loads((GOLD / name / "expected.json").read_text(encoding="utf-8"))
    ingested = ingest_file(EXAMPLES, expected["path"], settings=Settings())
    assert ingested.document is not None, ingested.refusals
    bundle = Bundle(document=ingested.document, passages=ingested.passages)
    segments = find_segments(bundle, nlp.load(), nlp.sentencizer(), encoder.load(), anatomy_model())
    bundle = msgspec.structs.replace(bundle, segments=segments)
    return Case(expected, fit(load(GOLD / name)[0], bundle))


def _names() -> list[str]:
    return sorted(path.parent.name for path in GOLD.glob("*/expected.json"))


def _params(what: str) -> list[Any]:
    return [_param(name, what, name) for name in _names()]


def _problem_params(what: str) -> list[Any]:
    """One test for each problem of practice of which the annotators were sure."""
    return [
        _param(name, f"{what} {block}", name, block)
        for name in _names()
        for record in map(json.loads, (GOLD / name / "segments.jsonl").read_text(encoding="utf-8").splitlines())
        if record["kind"] == "problem_of_practice" and record["certain"]
        for block in [record["heading"] or record["first"]]
    ]


def _param(name: str, what: str, *values: str) -> Any:
    TESTED.add((name, what))
    reason = KNOWN.get((name, what))
    marks = [pytest.mark.xfail(reason=reason, strict=True, raises=AssertionError)] if reason else []
    return pytest.param(*values, marks=marks)


def _letters(text: str | None) -> str:
    return "".join(char for char in (text or "").casefold() if char.isalnum())


# --- what a document says of itself ----------------------------------------------------------------------------------


def test_every_example_has_gold() -> None:
    paths = {f"examples/{path.name}" for path in (EXAMPLES / "examples").iterdir()}
    assert {_case(name).expected["path"] for name in _names()} == paths
    assert len(paths) == 12


def test_every_known_failure_is_tested() -> None:
    assert KNOWN.keys() <= TESTED


@pytest.mark.parametrize("name", _params("kind"))
def test_kind(name: str) -> None:
    assert _case(name).bundle.document.kind == _case(name).expected["kind"]


@pytest.mark.parametrize("name", _params("title"))
def test_title(name: str) -> None:
    document = _case(name).bundle.document
    with_subtitle = _letters(document.title) + _letters(document.metadata.get("subtitle"))
    assert _letters(_case(name).expected["title"]) in {_letters(document.title), with_subtitle}


@pytest.mark.parametrize("name", _params("dates"))
def test_dates(name: str) -> None:
    """Gold may say "2018" or "2016-06", which the record widens to whole days."""
    expected, document = _case(name).expected, _case(name).bundle.document
    for wanted, found in (
        (expected["date_start"], document.date_start),
        (expected["date_end"] or (document.date_end and expected["date_start"]), document.date_end),
    ):
        assert (found or "").startswith(wanted or "")
        assert bool(found) is bool(wanted)


@pytest.mark.parametrize("name", _params("authors"))
def test_authors(name: str) -> None:
    assert _case(name).bundle.document.authors == _case(name).expected["authors"]


@pytest.mark.parametrize("name", _params("place"))
def test_place(name: str) -> None:
    assert _case(name).bundle.document.place == _case(name).expected["place"]


# --- structure -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", _params("headings"))
def test_headings(name: str) -> None:
    wanted = [_letters(text) for _, text in _case(name).expected["headings"]]
    found = [_letters(passage.text) for passage in _case(name).bundle.passages if passage.kind == "heading"]
    right = sum(text in found for text in wanted)
    assert right >= FOUND_HEADINGS * len(wanted)
    assert len(found) - right <= 1 + 0.1 * len(wanted)


@pytest.mark.parametrize("name", _params("outline"))
def test_levels_and_parents(name: str) -> None:
    fitted = _case(name).fitted
    pairs = match_headings(fitted)
    right = [fitted.gold.segments[i].level == fitted.bundle.segments[j].level for i, j in pairs]
    assert sum(right) >= FOUND_HEADINGS * len(right)


def test_a_transcript_is_cut_where_its_topic_shifts() -> None:
    """Within a turn of gold: at least four of its five boundaries below the title, and at most one more."""
    fitted = _case("fishbowl-transcript-2019").fitted
    gold, ours = (
        [gap for gap, one in enumerate(find(fitted)) if one] for find in (gold_boundaries, predicted_boundaries)
    )
    assert sum(any(abs(gap - other) <= 1 for other in ours) for gap in gold) >= len(gold) - 1
    assert len(ours) <= len(gold) + 1


@pytest.mark.parametrize("name", _params("furniture"))
def test_furniture_is_gone(name: str) -> None:
    text = _case(name).bundle.document.text
    assert [line for line in _case(name).expected["furniture"] if line in text] == []


@pytest.mark.parametrize("name", _params("blocks"))
def test_no_block_is_lost(name: str) -> None:
    fitted = _case(name).fitted
    assert [text for text, found in zip(fitted.gold.blocks, fitted.found, strict=True) if not found] == []


@pytest.mark.parametrize("name", _params("offsets"))
def test_offsets(name: str) -> None:
    bundle = _case(name).bundle
    for passage in bundle.passages:
        assert bundle.document.text[passage.start : passage.end] == passage.text


# --- problems of practice --------------------------------------------------------------------------------------------


def _found(name: str, block: str) -> tuple[int, int] | None:
    """Return gold's and our number of the problem of practice that begins with a block."""
    fitted = _case(name).fitted
    segments = fitted.gold.segments
    return next(((i, j) for i, j in match_problems(fitted) if block in {segments[i].heading, segments[i].first}), None)


@pytest.mark.parametrize(("name", "block"), _problem_params("problem"))
def test_problem_of_practice_is_found(name: str, block: str) -> None:
    assert _found(name, block) is not None


@pytest.mark.parametrize(("name", "block"), _problem_params("sites"))
def test_sites_of_a_problem_of_practice(name: str, block: str) -> None:
    pair = _found(name, block)
    assert pair is not None
    gold, ours = _case(name).fitted.gold.segments[pair[0]], _case(name).bundle.segments[pair[1]]
    known = [*gold.sites, *gold.sites_disputed]
    found = [site.name for site in ours.sites]
    assert [site for site in gold.sites if not any(same_site(site, one) for one in found)] == []
    assert [one for one in found if not any(same_site(site, one) for site in known)] == []


@pytest.mark.parametrize("name", _params("too many problems"))
def test_few_problems_of_practice_are_made_up(name: str) -> None:
    fitted = _case(name).fitted
    matched = {j for _, j in match_problems(fitted)}
    made_up = [
        segment.heading
        for j, segment in enumerate(fitted.bundle.segments)
        if segment.kind == "problem_of_practice" and j not in matched
    ]
    assert made_up == []


# --- quotes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", _params("traps"))
def test_words_in_quotation_marks_that_nobody_said_are_no_quotes(name: str) -> None:
    quotes = {_letters(quote.text) for quote in find_quotes(_case(name).bundle, nlp.load())}
    assert [trap for trap in _case(name).expected["traps"] if _letters(trap) in quotes] == []
