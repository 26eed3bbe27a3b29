"""Stage files as Parquet: the same records, with types."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
import pytest
from builders import document, passages
from pyarrow import parquet as arrow

from pipeline import jsonl, parquet
from pipeline.errors import PipelineError
from pipeline.manifest import load
from pipeline.parquet import arrow_schema, write_parquet
from pipeline.plan import Plan
from pipeline.records import RECORD_TYPES, Passage, Record
from pipeline.run import run
from pipeline.stages import STAGES
from pipeline.verify import verify

FILES = [f"{kind}.parquet" for kind in RECORD_TYPES]


def as_written(record: Record) -> dict[str, Any]:
    """A record as it stands in a row."""
    row: dict[str, Any] = msgspec.to_builtins(record)
    return row | ({"metadata": json.loads(json.dumps(row["metadata"]))} if "metadata" in row else {})


def made_passages(*texts: str) -> list[Passage]:
    return passages(document("\n\n".join(texts))) if texts else []


@pytest.mark.parametrize("kind", RECORD_TYPES)
def test_every_kind_of_record_is_read_back_equal(outputs: Path, tmp_path: Path, kind: str) -> None:
    target = tmp_path / f"{kind}.parquet"
    records = list(jsonl.read(outputs / f"{kind}.jsonl", RECORD_TYPES[kind]))
    assert write_parquet(outputs / f"{kind}.jsonl", RECORD_TYPES[kind], target) == len(records)
    rows = arrow.read_table(target).to_pylist()
    for row in rows:
        if "metadata" in row:
            row["metadata"] = json.loads(row["metadata"])
    assert rows == [as_written(record) for record in records]
    assert list(pd.read_parquet(target)["id"]) == [record.id for record in records]


def test_columns_have_the_types_of_the_records() -> None:
    quotes = arrow_schema(RECORD_TYPES["quotes"])
    span = pa.struct([pa.field("start", pa.int64(), nullable=False), pa.field("end", pa.int64(), nullable=False)])
    assert quotes.field("parts").type == pa.list_(pa.field("item", span, nullable=False))
    assert (quotes.field("speaker").type.field("role").type, quotes.field("speaker").nullable) == (pa.string(), True)
    assert (quotes.field("confidence").type, quotes.field("confidence").nullable) == (pa.float64(), False)
    tags = arrow_schema(RECORD_TYPES["tags"])
    assert (tags.field("grade").type, tags.field("grade").nullable) == (pa.int64(), True)
    assert arrow_schema(RECORD_TYPES["documents"]).field("metadata").type == pa.string()
    assert arrow_schema(RECORD_TYPES["errors"]).field("severity").type == pa.string()


@pytest.mark.parametrize("n", [0, 1, 5])
def test_a_file_is_written_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    monkeypatch.setattr(parquet, "MOST_RECORDS", 2)
    made = made_passages(*(f"Words of passage {i}." for i in range(n)))
    jsonl.write(tmp_path / "passages.jsonl", made)
    for name in ("a", "b"):
        write_parquet(tmp_path / "passages.jsonl", Passage, tmp_path / name)
    found = arrow.ParquetFile(tmp_path / "a")
    assert [found.metadata.row_group(i).num_rows for i in range(found.num_row_groups)] == [2] * (n // 2) + [1] * (n % 2)
    assert found.read()["text"].to_pylist() == [passage.text for passage in made]
    assert found.schema_arrow == arrow_schema(Passage), "also where there is no value"
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_long_texts_fill_a_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "MOST_TEXT", 10)
    jsonl.write(tmp_path / "passages.jsonl", made_passages("Nine words", "a", "b", "And nine more words"))
    write_parquet(tmp_path / "passages.jsonl", Passage, tmp_path / "p")
    found = arrow.ParquetFile(tmp_path / "p").metadata
    assert [found.row_group(i).num_rows for i in range(found.num_row_groups)] == [1, 3]


def test_a_broken_line_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "passages.jsonl").write_text('{"id": "p1"}\n', "utf-8")
    with pytest.raises(PipelineError, match="line 1"):
        write_parquet(tmp_path / "passages.jsonl", Passage, tmp_path / "p")
    assert [path.name for path in tmp_path.iterdir()] == ["passages.jsonl"]


def listed(outputs: Path) -> list[str]:
    return sorted(entry.path for entry in load(outputs).outputs if entry.path.endswith(".parquet"))


def test_a_run_writes_parquet_when_asked_and_keeps_it_up_to_date(plan: Plan) -> None:
    asked = replace(plan, parquet=True)
    assert run(asked, list(STAGES)).ran == ["parquet"]
    assert listed(plan.outputs) == sorted(FILES)
    before = {name: (plan.outputs / name).read_bytes() for name in FILES}
    assert run(asked, list(STAGES)).ran == []

    (plan.corpus / "page.html").unlink()
    assert "parquet" in run(plan, ["ingest"]).ran, "from now on in this folder"
    assert (plan.outputs / "documents.parquet").read_bytes() != before["documents.parquet"]
    assert (plan.outputs / "errors.parquet").read_bytes() == before["errors.parquet"]
    assert len(arrow.read_table(plan.outputs / "documents.parquet")) == 2

    (plan.outputs / "passages.parquet").write_bytes(b"changed by hand")
    run(plan, ["ingest"])
    assert arrow.read_table(plan.outputs / "passages.parquet").num_rows
    for name in FILES:
        (plan.outputs / name).unlink()
    run(plan, ["ingest"])
    assert listed(plan.outputs) == [], "who does not want them any more deletes them"
    assert not list(plan.outputs.glob("*.parquet"))


def test_parquet_files_are_verified(plan: Plan) -> None:
    run(replace(plan, parquet=True), list(STAGES))
    assert verify(plan.outputs, plan.corpus).drift == []
    (plan.outputs / "tags.parquet").write_bytes(b"changed by hand")
    assert [problem for problem in verify(plan.outputs, plan.corpus).drift if "tags.parquet" in problem]
