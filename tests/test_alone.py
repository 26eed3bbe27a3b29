import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline import alone, jsonl
from pipeline.bundles import bundles
from pipeline.errors import ErrorCode, PipelineError
from pipeline.plan import Plan
from pipeline.records import Mapping, Quote, Segment, Tag

TEXT = "Nobody had been prepared to follow the principal, who left after two years, as the four before her had done."


def write(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def alone_in(plan: Plan, folder: Path) -> Plan:
    return replace(plan, outputs=folder / "alone")


def test_a_minimal_passage_needs_only_id_and_text(plan: Plan, tmp_path: Path) -> None:
    given = write(tmp_path / "in.jsonl", {"id": "a", "text": TEXT}, {"id": "b", "text": ""}, {"id": "c", "text": TEXT})
    plan = alone_in(plan, tmp_path)
    outcome = alone.run("tag", alone.from_passages(given), plan)
    tags = list(jsonl.read(plan.outputs / "tags.jsonl", Tag))
    assert outcome.ran == ["tag"]
    assert outcome.refusals == []
    assert outcome.counts == {"tags": len(tags)}
    assert "succession" in {tag.theme for tag in tags if tag.passage_id == "a"}
    for tag in tags:
        assert tag.document_id == tag.passage_id, "a passage that names no document is one of its own"
        assert all(0 <= part.start < part.end <= len(TEXT) for part in tag.evidence)
    assert [(tag.theme, tag.p) for tag in tags if tag.passage_id == "a"] == [
        (tag.theme, tag.p) for tag in tags if tag.passage_id == "c"
    ]
    assert (plan.outputs / "errors.jsonl").read_text(encoding="utf-8") == ""


def test_minimal_passages_of_one_document_do_not_cover_each_other(tmp_path: Path) -> None:
    given = write(
        tmp_path / "in.jsonl",
        {"id": "a", "text": "A longer first text.", "document_id": "d"},
        {"id": "b", "text": "Second.", "document_id": "d"},
    )
    found = list(alone.from_passages(given))
    assert [one.document.id for one in found] == ["d", "d"]
    assert [one.document.text for one in found] == ["A longer first text.", "Second."]


def test_passages_with_offsets_form_their_document_again(tmp_path: Path, outputs: Path) -> None:
    whole = list(bundles(outputs, ["passages"]))
    found = list(alone.from_passages(outputs / "passages.jsonl"))
    assert [one.document.id for one in found] == [one.document.id for one in whole]
    for one, expected in zip(found, whole, strict=True):
        assert one.passages == expected.passages
        assert all(one.document.text[part.start : part.end] == part.text for part in one.passages)


def test_whole_passages_get_the_tags_of_a_normal_run(plan: Plan, outputs: Path, tmp_path: Path) -> None:
    plan = alone_in(plan, tmp_path)
    alone.run("tag", alone.from_passages(outputs / "passages.jsonl"), plan)
    expected = [replace_field(tag, segment_id=None) for tag in jsonl.read(outputs / "tags.jsonl", Tag)]
    assert list(jsonl.read(plan.outputs / "tags.jsonl", Tag)) == expected


def replace_field(tag: Tag, **changes: Any) -> Tag:
    return msgspec.structs.replace(tag, **changes)


def test_whole_passages_get_the_segments_of_a_normal_run(plan: Plan, outputs: Path, tmp_path: Path) -> None:
    plan = alone_in(plan, tmp_path)
    alone.run("segment", alone.from_passages(outputs / "passages.jsonl"), plan)
    expected = [one.passage_ids for one in jsonl.read(outputs / "segments.jsonl", Segment)]
    assert [one.passage_ids for one in jsonl.read(plan.outputs / "segments.jsonl", Segment)] == expected


def test_quotes_are_found_in_a_minimal_passage(plan: Plan, tmp_path: Path) -> None:
    text = "Maria Lopez, a principal, said, “We share the work with our teachers every day.”"
    given = write(tmp_path / "in.jsonl", {"id": "a", "text": text})
    plan = alone_in(plan, tmp_path)
    alone.run("quote", alone.from_passages(given), plan)
    (quote,) = jsonl.read(plan.outputs / "quotes.jsonl", Quote)
    assert text[quote.start : quote.end] == quote.text
    assert quote.speaker is not None
    assert quote.speaker.name == "Maria Lopez"
    assert quote.passage_id == "a"


def test_quotes_with_their_paragraph_are_mapped_much_as_in_a_normal_run(
    plan: Plan, outputs: Path, tmp_path: Path
) -> None:
    """The document around a quote is missing, so p differs; the best candidates are mostly the same."""
    given = [
        {"id": quote.id, "text": quote.text, "context": text_of[quote.passage_id], "document_id": quote.document_id}
        for one in bundles(outputs, ["passages", "quotes"])
        for text_of in [{passage.id: passage.text for passage in one.passages}]
        for quote in one.quotes
    ]
    plan = alone_in(plan, tmp_path)
    alone.run("map", alone.from_quotes(write(tmp_path / "in.jsonl", *given)), plan)
    best = [
        {(one.quote_id, one.indicator) for one in jsonl.read(folder / "mappings.jsonl", Mapping) if one.rank == 1}
        for folder in (plan.outputs, outputs)
    ]
    assert len(best[0]) == len(best[1]) == len(given)
    assert len(best[0] & best[1]) > 0.6 * len(given)


def test_a_minimal_quote_needs_no_context(plan: Plan, tmp_path: Path) -> None:
    given = write(tmp_path / "in.jsonl", {"id": "a", "text": TEXT}, {"id": "b", "text": TEXT, "context": None})
    plan = alone_in(plan, tmp_path)
    alone.run("map", alone.from_quotes(given), plan)
    mappings = list(jsonl.read(plan.outputs / "mappings.jsonl", Mapping))
    assert [(one.quote_id, one.rank) for one in mappings] == [(name, rank) for name in "ab" for rank in range(1, 6)]
    assert {one.document_id for one in mappings} == {"a", "b"}


def test_a_quote_that_is_interrupted_in_its_context_leaves_the_context_as_it_is(tmp_path: Path) -> None:
    context = "“We kept it,” she said, “as long as we could.”"
    (found,) = alone.from_quotes(
        write(tmp_path / "in.jsonl", {"id": "a", "text": "We kept it, … as long as we could.", "context": context})
    )
    assert found.passages[0].text == context


@pytest.mark.parametrize("read", [alone.from_passages, alone.from_quotes])
@pytest.mark.parametrize(
    ("line", "place"),
    [
        ('{"id": "b"}', "text"),
        ('{"text": "b"}', "id"),
        ('{"id": "", "text": "b"}', "id"),
        ('{"id": 3, "text": "b"}', "id"),
        ('{"id": "b", "text": null}', "text"),
        ('{"id": "b", "text": "b"', ""),
        ("[]", ""),
    ],
)
def test_a_broken_line_is_named_with_its_field(
    tmp_path: Path, read: Callable[[Path], alone.Work], line: str, place: str
) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": "a", "text": "a"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(PipelineError, match=r"in\.jsonl, line 2") as caught:
        list(read(path))
    assert caught.value.code is ErrorCode.INVALID_RECORD
    assert place in caught.value.found


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({"id": "b", "text": "b", "kind": "sonnet"}, "line 2.*kind"),
        ({"id": "b", "text": "b", "level": 9}, "line 2.*level"),
        ({"id": "b", "text": "b", "start": -1}, "line 2.*start"),
        ({"id": "b", "text": "b", "start": 2**63}, "the passage 'b' at the place 9,223,372,036,854,775,808"),
        ({"id": "a", "text": "b"}, "'a' stands more than once"),
    ],
)
def test_a_passage_that_cannot_be_one_is_named(tmp_path: Path, record: dict[str, Any], found: str) -> None:
    path = write(tmp_path / "in.jsonl", {"id": "a", "text": "a"}, record)
    with pytest.raises(PipelineError, match=found) as caught:
        list(alone.from_passages(path))
    assert caught.value.code is ErrorCode.INVALID_RECORD


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"none\.jsonl") as caught:
        list(alone.from_quotes(tmp_path / "none.jsonl"))
    assert caught.value.code is ErrorCode.MISSING_FILE
