"""pipeline.load: the outputs as DataFrames that refer to one another."""

import pandas as pd
import pytest
from builders import anatomy, bundle, document, mapping, passages, quote, segment, site, tag
from msgspec import inspect

import pipeline
from pipeline import jsonl
from pipeline.errors import PipelineError
from pipeline.outputs import Frames, _table
from pipeline.records import RECORD_TYPES, Evidence, Span


@pytest.fixture
def small(tmp_path):
    doc = document("Staffing\n\n“We share the work,” said Ana Ruiz.\n\nA sign said “Exit”.", authors=["Ruiz", "Park"])
    heading, first, second = passages(doc)
    problem = segment(
        [heading, first, second],
        sites=[site(doc, "Staffing")],
        anatomy=[anatomy(first, "We share the work")],
        linked=[f"{doc.id}-s0"],
    )
    named = quote(first, "We share", "the work", speaker="Ana Ruiz", cue="said", segment_id=problem.id)
    unnamed = quote(second, "Exit", id="d1:q0001")
    spans = [Span(start=first.start, end=first.start + 2), Span(start=first.start + 3, end=first.start + 5)]
    shown = Evidence(start=first.start, end=first.end, weight=1, words=spans)
    coded = tag(first, "teacher_leadership", evidence=[shown], grade=2)
    made = bundle(doc, segments=[problem], quotes=[named, unnamed], tags=[coded])
    jsonl.write(tmp_path / "documents.jsonl", [made.document])
    for kind in RECORD_TYPES:
        if kind != "documents":
            jsonl.write(tmp_path / f"{kind}.jsonl", getattr(made, kind, []))
    return tmp_path


LISTS = {
    "document_authors", "segment_passages", "segment_sites", "anatomy", "segment_links", "quote_parts", "tag_evidence",
    "tag_evidence_words", "mapping_words",
}  # fmt: skip


def test_one_frame_for_each_kind_and_each_list(small):
    frames = pipeline.load(small)
    assert list(frames)[: len(RECORD_TYPES)] == list(RECORD_TYPES)
    assert set(frames) >= LISTS
    assert {kind: len(frame) for kind, frame in frames.items()} == dict.fromkeys(frames, 0) | {
        "documents": 1, "document_authors": 2, "passages": 3, "segments": 1, "segment_passages": 3, "segment_sites": 1,
        "anatomy": 1, "segment_links": 1, "quotes": 2, "quote_parts": 3, "tags": 1, "tag_evidence": 1,
        "tag_evidence_words": 2, "mappings": 0,
    }  # fmt: skip


def test_every_list_of_a_record_is_a_frame():
    lists = [
        field.name
        for record_type in RECORD_TYPES.values()
        for field in inspect.type_info(record_type).fields
        if isinstance(field.type, inspect.ListType)
        or (isinstance(field.type, inspect.Metadata) and isinstance(field.type.type, inspect.ListType))
    ]
    tables = [_table(kind, record_type) for kind, record_type in RECORD_TYPES.items()]
    assert sorted(field for table in tables for field, _ in table.lists) == sorted(lists)


def test_speaker_and_cue_become_columns(small):
    quotes = pipeline.load(small)["quotes"]
    assert "speaker" not in quotes
    assert quotes.speaker_text.tolist()[0] == "Ana Ruiz"
    assert pd.isna(quotes.speaker_text.tolist()[1])
    assert str(quotes.speaker_start.dtype) == "Int64"


def test_offsets_slice_the_words(small):
    frames = pipeline.load(small)
    joined = frames["quotes"].merge(
        frames["documents"], left_on="document_id", right_on="id", suffixes=("", "_document")
    )
    whole = joined[~joined.text.str.contains("…")]
    assert [row.text_document[row.start : row.end] for row in whole.itertuples()] == whole.text.tolist() == ["Exit"]


def test_parts_make_up_a_quote(small):
    frames = pipeline.load(small)
    text = frames["documents"].text[0]
    parts = frames["quote_parts"]
    words = [text[a:b] for a, b in zip(parts.start, parts.end, strict=True)]
    joined = parts.assign(words=words).groupby("quote_id").words.agg(" … ".join)
    assert joined[frames["quotes"].id].tolist() == frames["quotes"].text.tolist()


def dangling(frames: Frames) -> dict[tuple[str, str], list[str]]:
    """References that lead nowhere, by frame and column."""
    found = {}
    for key in frames.foreign_keys.itertuples():
        values = frames[key.frame][key.column].dropna()
        lost = values[~values.isin(frames[key.to_frame][key.to_column])].tolist()
        if lost:
            found[key.frame, key.column] = lost
    return found


def test_every_reference_leads_somewhere(small):
    assert dangling(pipeline.load(small)) == {}


def test_references_of_a_run(outputs):
    frames = pipeline.load(outputs)
    assert dangling(frames) == {}
    assert all(frames[kind].id.is_unique for kind in RECORD_TYPES)
    for key in frames.foreign_keys.itertuples():
        assert str(frames[key.frame][key.column].dtype) == "string"
    assert len(frames["segment_sites"])
    assert len(frames["tag_evidence_words"])


def test_foreign_keys_are_known_without_outputs():
    keys = pipeline.foreign_keys()
    assert list(keys.columns) == ["frame", "column", "to_frame", "to_column"]
    pairs = set(zip(keys.frame, keys.column, keys.to_frame, strict=True))
    assert {("quotes", "passage_id", "passages"), ("segment_links", "linked_id", "segments")} <= pairs
    assert {("tag_evidence", "tag_id", "tags"), ("passages", "duplicate_of", "passages")} <= pairs


def test_columns_are_typed(small):
    frames = pipeline.load(small)
    tags = frames["tags"]
    assert tags.decision.cat.ordered
    assert (tags.decision >= "review").tolist() == [True]
    assert str(tags.grade.dtype) == "Int64"
    assert list(frames["mappings"].decision.cat.categories) == ["reject", "review", "match"]
    segments = frames["segments"]
    assert (segments.boundary_reason.tolist(), segments.boundary_score.tolist()) == (["heading"], [1.0])
    assert not segments.kind.cat.ordered
    assert {str(frames["quotes"][name].dtype) for name in ("id", "text", "speaker_name")} == {"string"}


def test_join_puts_a_quote_into_its_context(small):
    frames = pipeline.load(small)
    joined = frames.join("quotes")
    assert len(joined) == 2
    assert list(joined.columns)[: len(frames["quotes"].columns)] == list(frames["quotes"].columns)
    assert joined.document_title.tolist() == ["Spring meeting"] * 2
    assert joined.segment_heading.tolist()[0] == "Staffing"
    assert pd.isna(joined.segment_heading.tolist()[1])
    assert joined.passage_text.tolist()[1] == "A sign said “Exit”."
    assert frames.join("mappings").empty
    with pytest.raises(PipelineError, match="quote_parts"):
        frames.join("quote")


def test_join_of_mappings(small):
    (named, _) = jsonl.read(small / "quotes.jsonl", RECORD_TYPES["quotes"])
    jsonl.write(small / "mappings.jsonl", [mapping(named, "12b")])
    joined = pipeline.load(small).join("mappings")
    assert joined.quote_speaker_name.tolist() == ["Ana Ruiz"]


def test_a_day_that_is_none_is_missing(small):
    doc = document(date_start="2014-02-30", date_end="2014-03-01")
    jsonl.write(small / "documents.jsonl", [doc])
    dates = pipeline.load(small)["documents"]
    assert (pd.isna(dates.date_start[0]), dates.date_end[0].month) == (True, 3)


def test_dates_are_dates(small):
    assert pipeline.load(small)["documents"].date_start.dt.year.tolist() == [2014]


def test_empty_kinds_keep_their_columns(small):
    assert {"quote_id", "indicator", "p"} <= set(pipeline.load(small)["mappings"].columns)


def test_missing_folder(tmp_path):
    with pytest.raises(PipelineError, match="documents"):
        pipeline.load(tmp_path / "nowhere")
