"""pipeline.load: the outputs as DataFrames that refer to one another."""

import pandas as pd
import pytest
from builders import bundle, document, passages, quote, tag

import pipeline
from pipeline import jsonl
from pipeline.errors import PipelineError
from pipeline.records import RECORD_TYPES


@pytest.fixture
def outputs(tmp_path):
    doc = document("Staffing\n\n“We share the work,” said Ana Ruiz.\n\nA sign said “Exit”.")
    _, first, second = passages(doc)
    named = quote(first, "We share the work", speaker="Ana Ruiz", cue="said")
    unnamed = quote(second, "Exit", id="d1:q0001")
    made = bundle(doc, quotes=[named, unnamed], tags=[tag(first, "teacher_leadership")])
    jsonl.write(tmp_path / "documents.jsonl", [made.document])
    for kind in RECORD_TYPES:
        if kind != "documents":
            jsonl.write(tmp_path / f"{kind}.jsonl", getattr(made, kind, []))
    return tmp_path


def test_one_frame_for_each_kind(outputs):
    frames = pipeline.load(outputs)
    assert list(frames) == list(RECORD_TYPES)
    assert {kind: len(frame) for kind, frame in frames.items()} == {
        "documents": 1,
        "passages": 3,
        "segments": len(frames["segments"]),
        "quotes": 2,
        "tags": 1,
        "mappings": 0,
        "errors": 0,
    }


def test_speaker_and_cue_become_columns(outputs):
    quotes = pipeline.load(outputs)["quotes"]
    assert "speaker" not in quotes
    assert quotes.speaker_text.tolist()[0] == "Ana Ruiz"
    assert pd.isna(quotes.speaker_text.tolist()[1])
    assert str(quotes.speaker_start.dtype) == "Int64"


def test_offsets_slice_the_words(outputs):
    frames = pipeline.load(outputs)
    joined = frames["quotes"].merge(
        frames["documents"], left_on="document_id", right_on="id", suffixes=("", "_document")
    )
    assert [row.text_document[row.start : row.end] for row in joined.itertuples()] == joined.text.tolist()


def test_dates_are_dates(outputs):
    assert pipeline.load(outputs)["documents"].date_start.dt.year.tolist() == [2014]


def test_empty_kinds_keep_their_columns(outputs):
    assert {"quote_id", "indicator", "p"} <= set(pipeline.load(outputs)["mappings"].columns)


def test_missing_folder(tmp_path):
    with pytest.raises(PipelineError, match="documents"):
        pipeline.load(tmp_path / "nowhere")
