"""Records: what fits their schemas, what does not, and what JSON Schema says of them."""

import pickle
from typing import Any

import jsonschema
import msgspec
import pytest
from builders import anatomy, bundle, document, mapping, passages, quote, segment, site, tag

from pipeline import progress
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.records import (
    RECORD_TYPES,
    Evidence,
    Record,
    Refusal,
    Severity,
    Span,
    json_schema,
    segment_of_passage,
)

DOC = document("Staffing\n\nAna Ruiz said, “We share the work.”\n\nElk Prairie lost two principals.")
HEADING, SAID, LOST = passages(DOC)
QUOTE = quote(SAID, "We share the work.", speaker="Ana Ruiz", cue="said")
CASE = segment([HEADING, SAID, LOST], sites=[site(DOC, "Elk Prairie")], anatomy=[anatomy(LOST, LOST.text)])
RECORDS: dict[str, Record] = {
    "documents": DOC,
    "passages": HEADING,
    "segments": CASE,
    "quotes": QUOTE,
    "tags": tag(SAID, "equity", evidence=[Evidence(start=SAID.start, end=SAID.end, weight=1.0)]),
    "mappings": mapping(QUOTE, "12b"),
    "errors": Refusal(id="e", path="a.txt", stage="ingest", error="empty_file", message="m", severity=Severity.REFUSED),
}


def test_there_is_a_record_of_every_kind() -> None:
    assert RECORDS.keys() == RECORD_TYPES.keys()


@pytest.mark.parametrize("name", RECORD_TYPES)
def test_json_schema_is_valid_and_fits(name: str) -> None:
    schema = json_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    record = msgspec.to_builtins(RECORDS[name])
    validator.validate(record)
    assert list(validator.iter_errors({key: value for key, value in record.items() if key != "id"}))
    assert list(validator.iter_errors({**record, "id": 3}))


@pytest.mark.parametrize("name", RECORD_TYPES)
def test_round_trip(name: str) -> None:
    record = RECORDS[name]
    assert msgspec.json.decode(msgspec.json.encode(record), type=type(record)) == record
    assert pickle.loads(pickle.dumps(record)) == record


@pytest.mark.parametrize("name", RECORD_TYPES)
def test_records_are_frozen_and_carry_their_version(name: str) -> None:
    assert RECORDS[name].schema_version == 1
    with pytest.raises(AttributeError):
        RECORDS[name].id = "other"  # type: ignore[misc]


_WRONG: list[tuple[str, dict[str, Any]]] = [
    ("documents", {"kind": "letter"}),
    ("documents", {"date_start": "May 4"}),
    ("documents", {"sha256": "abc"}),
    ("documents", {"schema_version": 2}),
    ("passages", {"start": -1}),
    ("passages", {"start": 9, "end": 8}),
    ("passages", {"level": 7}),
    ("passages", {"page": 0}),
    ("segments", {"score": 1.1}),
    ("segments", {"sites": [{"name": "", "start": 0, "end": 1}]}),
    ("segments", {"sites": [{"name": "Elk", "start": 3, "end": 1}]}),
    ("quotes", {"parts": []}),
    ("quotes", {"form": "shouted"}),
    ("tags", {"p": "high"}),
    ("mappings", {"rank": 0}),
    ("errors", {"severity": "grave"}),
]


@pytest.mark.parametrize(("name", "change"), _WRONG)
def test_what_breaks_a_schema_is_refused(name: str, change: dict[str, Any]) -> None:
    fields = {**msgspec.to_builtins(RECORDS[name]), **change}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields, RECORD_TYPES[name])


def test_a_span_does_not_run_backwards() -> None:
    assert Span(start=3, end=3).end == 3
    with pytest.raises(ValueError, match="lies before"):
        Span(start=4, end=3)


def test_segment_of_passage_names_the_innermost() -> None:
    outer = segment([HEADING, SAID], id="outer")
    inner = segment([LOST], id="inner", parent_id="outer")
    found = segment_of_passage(bundle(DOC, segments=[outer, inner]))
    assert {key: value.id for key, value in found.items()} == {
        HEADING.id: "outer",
        SAID.id: "outer",
        LOST.id: "inner",
    }


# --- errors ----------------------------------------------------------------------------------------------------------


def test_an_error_says_three_things_and_survives_a_process() -> None:
    error = PipelineError(ErrorCode.DRIFT, found="a", expected="b", do="c", exit_code=ExitCode.DRIFT)
    again = pickle.loads(pickle.dumps(error))
    for one in (error, again):
        assert str(one) == "Found: a. Expected: b. What to do: c."
        assert (one.code, one.exit_code, one.found, one.expected, one.do) == ("drift", 4, "a", "b", "c")


# --- progress ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quiet", [True, False])
def test_progress_is_silent_off_a_terminal(quiet: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress.track([1, 2], "ingest", 2, quiet=quiet)) == [1, 2]
    assert capsys.readouterr() == ("", "")
