"""Codings out of records, and decisions out of what came back."""

from typing import Any

import pytest
from builders import bundle, document, mapping, passages, quote, segment, tag

from pipeline.corrections.decisions import PassageDecision
from pipeline.errors import PipelineError
from pipeline.exchange import returning
from pipeline.exchange.codings import codes, codings
from pipeline.exchange.returning import Verdict, coder_name, decisions
from pipeline.records import Bundle
from pipeline.tools import Tools


def made() -> Bundle:
    doc = document("Staffing\n\nAna Ruiz said, “We share the work.”\n\nNobody knew who would follow the principal.")
    heading, said, last = passages(doc)
    words = quote(said, "We share the work.", speaker="Ana Ruiz", cue="said")
    return bundle(
        doc,
        segments=[segment([heading, said, last])],
        quotes=[words],
        tags=[
            tag(said, "teacher_leadership", decision="yes"),
            tag(said, "equity", decision="no"),
            tag(last, "succession", decision="review"),
        ],
        mappings=[mapping(words, "12b", decision="match"), mapping(words, "1a", decision="reject", rank=2)],
    )


def test_every_accepted_record_is_a_coding_on_its_own_words() -> None:
    one = made()
    found = [(coding.code, coding.text, coding.decision) for coding in codings(one)]
    assert found == [
        ("segment:discussion", one.document.text, "yes"),
        ("theme:teacher_leadership", "Ana Ruiz said, “We share the work.”", "yes"),
        ("indicator:12b", "We share the work.", "yes"),
        ("quote", "We share the work.", "yes"),
        ("theme:succession", "Nobody knew who would follow the principal.", "review"),
    ]


def test_what_is_left_for_review_can_stay_here() -> None:
    assert "theme:succession" not in [one.code for one in codings(made(), review=False)]


def test_ids_of_codings_differ() -> None:
    ids = [one.id for one in codings(made())]
    assert len(ids) == len(set(ids))


def test_every_code_stands_below_one_that_came_before(tools: Tools) -> None:
    seen: set[str | None] = {None}
    for code in codes(tools.codebook, tools.rubric):
        assert code.parent in seen
        assert code.id not in seen
        seen.add(code.id)
    assert {f"theme:{theme}" for theme in tools.codebook.ids} <= seen
    assert {f"indicator:{name}" for name in tools.rubric.indicators} <= seen


def verdict(themes: dict[str, Any], asked: list[str], **changes: Any) -> Verdict:
    fields = {"passage_id": "d1-p1", "coder": "ana", "themes": themes, "asked": asked, "at": "2026-11-22T10:00:00Z"}
    return Verdict(**fields | changes)


def test_a_verdict_is_a_decision_about_the_words_of_the_passage() -> None:
    [one] = decisions(made(), [verdict({"succession": 2}, ["succession", "equity"])])
    assert (one.record_id, one.anchor.text, one.themes) == (
        "d1-p1", "Ana Ruiz said, “We share the work.”", {"succession": 2},
    )  # fmt: skip
    assert one.asked == ["equity", "succession"]
    assert one.leaves_open("culture_change")
    assert not one.leaves_open("equity")


def test_what_a_verdict_does_not_speak_of_stays_as_it_was() -> None:
    [first] = decisions(made(), [verdict({"succession": 2}, ["succession", "equity"])])
    [second] = decisions(made(), [verdict({"equity": 1}, ["equity"])], standing=[first])
    assert second.themes == {"succession": 2, "equity": 1}
    assert second.asked == ["equity", "succession"]


def test_a_decision_that_asked_for_all_goes_on_to_do_so() -> None:
    [first] = decisions(made(), [verdict({"succession": 2}, ["succession"])])
    all_asked = PassageDecision(**{name: getattr(first, name) for name in first.__struct_fields__} | {"asked": []})
    [second] = decisions(made(), [verdict({}, ["succession"])], standing=[all_asked])
    assert (second.themes, second.asked) == ({}, [])


@pytest.mark.parametrize("where", ["d1-p9", ""])
def test_a_verdict_on_nothing_is_left_out(where: str) -> None:
    assert decisions(made(), [verdict({"succession": 2}, ["succession"], passage_id=where)]) == []


def test_the_same_verdict_twice_changes_nothing() -> None:
    said = verdict({"succession": 2}, ["succession"])
    first = decisions(made(), [said])
    assert decisions(made(), [said]) == first
    assert decisions(made(), [said], standing=first) == []


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (10, 45, ["d1-p1"]),
        (12, 20, ["d1-p1"]),
        (0, 90, ["d1-p1", "d1-p2"]),
        (40, 90, ["d1-p2"]),
        (0, 8, []),
    ],
)
def test_the_passages_that_a_stretch_means(start: int, end: int, found: list[str]) -> None:
    assert [one.id for one in returning.passages_at(made(), start, end)] == found


@pytest.mark.parametrize(
    ("name", "coder"), [("Ana María R.", "ana-mar-a-r"), ("BEN", "ben"), ("  j.k. ", "j-k"), ("x" * 60, "x" * 48)]
)
def test_the_file_name_of_a_coder(name: str, coder: str) -> None:
    assert coder_name(name) == coder


@pytest.mark.parametrize("name", ["", "…", "themes"])
def test_a_name_that_can_be_no_file(name: str) -> None:
    with pytest.raises(PipelineError):
        coder_name(name)
