"""Stage files: read with errors that name the place, written whole or not at all."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from builders import document, passages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import jsonl
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import sha256_file, sha256_text, write_bytes
from pipeline.records import Document, Passage, Span

DOC = document("Staffing\n\nThey left.")
RECORDS = passages(DOC)
GOOD = msgspec.json.encode(RECORDS[0])


def _changed(**changes: object) -> bytes:
    return json.dumps({**msgspec.to_builtins(RECORDS[0]), **changes}).encode()


def _without(name: str) -> bytes:
    fields = msgspec.to_builtins(RECORDS[0])
    del fields[name]
    return json.dumps(fields).encode()


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (_changed(start="nine"), "line 3, field `start`: Expected `int`, got `str`"),
        (_changed(kind="poem"), "line 3, field `kind`: Invalid enum value 'poem'"),
        (_changed(start=9, end=2), "line 3: `end` 2 lies before `start` 9"),
        (_without("text"), "line 3: Object missing required field `text`"),
        (b'{"id": "x"', "line 3: Input data was truncated"),
        (b"[1]", "line 3: Expected `object`, got `array`"),
        (b'{"id": "\xff"}', "line 3: "),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: bytes, found: str) -> None:
    path = tmp_path / "passages.jsonl"
    path.write_bytes(GOOD + b"\n\n" + line + b"\n")
    with pytest.raises(PipelineError) as caught:
        list(jsonl.read(path, Passage))
    assert caught.value.code == ErrorCode.INVALID_RECORD
    assert caught.value.found.startswith(f"{path}, {found}")


def test_what_stands_before_a_broken_line_is_yielded(tmp_path: Path) -> None:
    path = tmp_path / "passages.jsonl"
    path.write_bytes(GOOD + b"\n{}\n")
    stream = jsonl.read(path, Passage)
    assert next(stream) == RECORDS[0]
    with pytest.raises(PipelineError, match="line 2"):
        next(stream)


def test_the_caller_names_the_kind_of_error(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(b"{}")
    with pytest.raises(PipelineError) as caught:
        list(jsonl.read(path, Passage, code=ErrorCode.INVALID_LABELS))
    assert caught.value.code == ErrorCode.INVALID_LABELS


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        list(jsonl.read(tmp_path / "gone.jsonl", Passage))
    assert caught.value.code == ErrorCode.MISSING_FILE
    assert "gone.jsonl" in caught.value.found
    assert "passage records" in caught.value.expected


def test_a_folder_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        list(jsonl.read(tmp_path, Passage))
    assert caught.value.code == ErrorCode.UNREADABLE


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\n\n")
    assert list(jsonl.read(tmp_path / "a.jsonl", Passage)) == []


# --- writing ---------------------------------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_round_trip(tmp_path: Path, texts: list[str]) -> None:
    path = tmp_path / "documents.jsonl"
    records = [document(text, id=f"d{n}", title=text or None) for n, text in enumerate(texts)]
    assert jsonl.write(path, records) == len(records)
    assert list(jsonl.read(path, Document)) == records
    assert len(path.read_bytes().splitlines()) == len(records)


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        jsonl.write(tmp_path / name, RECORDS)
    assert sha256_file(tmp_path / "a") == sha256_file(tmp_path / "b")


def test_a_record_that_breaks_its_schema_is_not_written_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "passages.jsonl"
    jsonl.write(path, RECORDS)
    before = path.read_bytes()
    broken = msgspec.structs.replace(RECORDS[1], level=9)
    with pytest.raises(PipelineError) as caught:
        jsonl.write(path, [RECORDS[0], broken])
    assert caught.value.code == ErrorCode.INVALID_RECORD
    assert broken.id in caught.value.found
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_of_the_caller_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "passages.jsonl"
    jsonl.write(path, RECORDS)

    def interrupted() -> Iterator[Passage]:
        yield RECORDS[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        jsonl.write(path, interrupted())
    assert list(jsonl.read(path, Passage)) == RECORDS
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_made_and_files_are_readable(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "passages.jsonl"
    jsonl.write(path, RECORDS)
    assert path.stat().st_mode & stat.S_IRUSR
    assert not path.stat().st_mode & stat.S_IXUSR


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "outputs").write_bytes(b"a file")
    with pytest.raises(PipelineError) as caught:
        jsonl.write(tmp_path / "outputs" / "passages.jsonl", RECORDS)
    assert caught.value.code == ErrorCode.NOT_WRITABLE
    assert "--outputs" in caught.value.do


# --- hashes ----------------------------------------------------------------------------------------------------------


def test_hash_of_a_file(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"abc")
    assert sha256_file(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@settings(deadline=None)
@given(st.lists(st.text(max_size=3), max_size=4), st.lists(st.text(max_size=3), max_size=4))
def test_where_a_string_ends_counts(one: list[str], other: list[str]) -> None:
    assert (sha256_text(*one) == sha256_text(*other)) is (one == other)


def test_any_struct_can_be_written(tmp_path: Path) -> None:
    jsonl.write(tmp_path / "spans.jsonl", [Span(start=1, end=2)])
    assert (tmp_path / "spans.jsonl").read_bytes() == b'{"start":1,"end":2}\n'


@pytest.mark.parametrize(
    ("code", "expected", "do"),
    [
        (ErrorCode.INVALID_RECORD, "a JSONL file of passage records", "run the stage"),
        (ErrorCode.INVALID_LABELS, "a file of labels or decisions", "check the name"),
    ],
)
def test_a_missing_file_is_told_by_who_writes_it(code: ErrorCode, expected: str, do: str, tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        list(jsonl.read(tmp_path / "none.jsonl", Passage, code=code))
    assert (caught.value.code, caught.value.expected) == (ErrorCode.MISSING_FILE, expected)
    assert do in caught.value.do
