"""Five real documents of the developers' shared folder."""

import re
from functools import lru_cache
from pathlib import Path

import msgspec
import pytest
from builders import anatomy_model

from pipeline import encoder, nlp
from pipeline.config import HOME, Settings
from pipeline.learning.evaluation.fitting import Fit, fit, quote_letters
from pipeline.learning.evaluation.gold import load
from pipeline.learning.evaluation.quotes import STRICT, pairs
from pipeline.learning.evaluation.segments import match_problems, same_site
from pipeline.records import Bundle
from pipeline.stages.ingest import Ingested, ingest_file
from pipeline.stages.ingest.shapes import ends_sentence
from pipeline.stages.quote import find_quotes
from pipeline.stages.segment import find_segments

SHARED = HOME.parent / "shared"
CORPUS = SHARED / "corpus"
MEETING = "meeting-19-summary.txt"

pytestmark = pytest.mark.shared

NAMES = sorted(path.name for path in CORPUS.glob("*.txt"))


@lru_cache
def _ingested(name: str) -> Ingested:
    return ingest_file(CORPUS, name, settings=Settings())


@lru_cache
def _bundle(name: str) -> Bundle:
    ingested = _ingested(name)
    assert ingested.document is not None
    bundle = Bundle(document=ingested.document, passages=ingested.passages)
    segments = find_segments(bundle, nlp.load(), nlp.sentencizer(), encoder.load(), anatomy_model())
    return msgspec.structs.replace(bundle, segments=segments)


@lru_cache
def _meeting() -> Fit:
    bundle = _bundle(MEETING)
    bundle = msgspec.structs.replace(bundle, quotes=find_quotes(bundle, nlp.load()))
    return fit(load(SHARED / "gold" / "meeting-19")[0], bundle)


def test_there_are_five_documents() -> None:
    assert len(NAMES) == 5


@pytest.mark.parametrize("name", NAMES)
def test_none_is_refused_or_doubted(name: str) -> None:
    assert _ingested(name).document is not None
    assert _ingested(name).refusals == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("leadership-system-rubric.txt", "rubric"),
        (MEETING, "meeting_summary"),
        ("leads-network.txt", "program"),
        ("racial-equity-leadership-network.txt", "news"),
        ("scope-projects.txt", "program"),
    ],
)
def test_kind(name: str, kind: str) -> None:
    assert _bundle(name).document.kind == kind


@pytest.mark.parametrize("name", NAMES)
def test_hardly_a_word_is_lost(name: str) -> None:
    words = re.findall(r"\w+", Path(CORPUS, name).read_text(encoding="utf-8-sig"))
    kept = re.findall(r"\w+", _bundle(name).document.text)
    assert len(kept) >= 0.98 * len(words)


def test_sentences_that_a_page_break_cut_are_joined() -> None:
    """No paragraph of the running text ends in the middle of a sentence."""
    prose = [passage.text for passage in _bundle(MEETING).passages if passage.kind == "paragraph"]
    long = [text for text in prose if len(text) > 160]
    assert len(long) > 40
    assert [text[-40:] for text in long if not ends_sentence(text)] == []
    assert [text[:40] for text in long if text[0].islower()] == []


def test_the_head_of_the_meeting_summary() -> None:
    document = _bundle(MEETING).document
    assert (document.date_start, document.date_end) == ("2012-06-28", "2012-06-29")
    assert document.title is not None
    assert document.place is not None
    assert len(document.authors) == 1


def test_the_four_problems_of_districts_and_their_sites() -> None:
    """Each with its own site, and all below one heading, of the second main section."""
    fitted = _meeting()
    ours = {i: fitted.bundle.segments[j] for i, j in match_problems(fitted)}
    gold = fitted.gold.segments
    sections = [i for i, segment in enumerate(gold) if segment.level == 1 and segment.kind != "front_matter"]
    four = [i for i in ours if sections[1] < i < sections[2]]
    assert len(four) == 4
    assert len({ours[i].parent_id for i in four}) == 1
    for i in four:
        [site] = ours[i].sites
        assert same_site(gold[i].sites[0], site.name)


def test_no_problem_of_practice_is_made_up_in_the_meeting_summary() -> None:
    fitted = _meeting()
    matched = {j for _, j in match_problems(fitted)}
    segments = enumerate(fitted.bundle.segments)
    assert [one.heading for j, one in segments if one.kind == "problem_of_practice" and j not in matched] == []


def test_quotes_of_the_meeting_summary() -> None:
    fitted = _meeting()
    found = pairs(fitted, quote_letters(fitted), STRICT)
    assert len(fitted.gold.quotes) == 19
    assert len(found) >= 17
    assert len(fitted.bundle.quotes) - len(found) <= 2
