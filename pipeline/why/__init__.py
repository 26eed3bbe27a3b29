"""Why a record of the outputs is there: its document, words, rule or model, settings, instrument, labels, people.

Everything is read from the stage files, the models' folders and the decisions of people; nothing is worked out anew,
unless asked for (`again`).

    pop why spring-meeting:p0004:succession   → the passage, the words that spoke, p and thresholds, the model and how
                                                often it is right, the labels behind it, who confirmed it

source    what it is read from; finds a record     around    document and place        people   decisions
models    versions and figures                     behind    words and labels behind   again    asked once more
tags, quotes, mappings, parts: one kind of record each        facts: all that is told   sections: the same in words
"""

import re
from typing import Any, Final

import msgspec

from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.manifest import label_files
from pipeline.records import Segment
from pipeline.version import __version__
from pipeline.why import parts
from pipeline.why.around import document_facts
from pipeline.why.facts import Again, Kind, Trace
from pipeline.why.mappings import of_mapping
from pipeline.why.source import Source, find
from pipeline.why.tags import of_tag

__all__ = ["Source", "Trace", "trace"]

_NAMES: Final[dict[str, Kind]] = {
    "documents": "document",
    "passages": "passage",
    "segments": "segment",
    "quotes": "quote",
    "tags": "tag",
    "mappings": "mapping",
    "errors": "error",
}
_ANATOMY: Final = re.compile(r"(?P<segment>.+):a(?P<number>[1-9]\d{0,3})")


def trace(source: Source, asked: str, *, labels: bool = True, again: bool = False) -> Trace:
    """Trace a record back.

    Args:
        source: what is at hand.
        asked: the id of a record, or a beginning that only one has; `SEGMENT:aN`: the Nth sentence of its anatomy.
        labels: whether to look for the labels behind a tag or mapping.
        again: whether to ask the program again.

    Raises:
        PipelineError: no such record, or several; outputs or models that are damaged.
    """
    part = _ANATOMY.fullmatch(asked)
    segment = source.lookup.get("segments", part["segment"], Segment) if part else None
    if part and segment is not None:
        return _of_anatomy(source, segment, int(part["number"]), asked)
    kind, record = find(source, asked)
    document = record if kind == "documents" else source.document(record.document_id) if kind != "errors" else None
    told = parts.of_refusal(record) if document is None else _told(source, kind, record, document, labels=labels)
    return Trace(
        kind=_NAMES[kind],
        id=record.id,
        **_file(source, kind),
        record=_record(record),
        document=document_facts(source, document) if document is not None else None,
        again=_again(source, kind, record) if again else None,
        **told | {"warnings": [*told.get("warnings", []), *_stale(source, told)]},
    )


def _told(source: Source, kind: str, record: Any, document: Any, *, labels: bool) -> dict[str, Any]:
    if kind == "tags":
        return of_tag(source, record, document, labels=labels)
    if kind == "mappings":
        return of_mapping(source, record, document, labels=labels)
    if kind == "quotes":
        from pipeline.why.quotes import of_quote_record  # noqa: PLC0415 - the rules of quotations are slow to import

        return of_quote_record(source, record, document)
    if kind == "segments":
        return parts.of_segment_record(source, record, document)
    return parts.of_passage(source, record, document) if kind == "passages" else parts.of_document(source, document)


def _again(source: Source, kind: str, record: Any) -> Again | None:
    from pipeline.why.again import ask_again  # noqa: PLC0415 - loads all that works on a document

    return ask_again(source, kind, record)


def _of_anatomy(source: Source, segment: Segment, number: int, asked: str) -> Trace:
    if number > len(segment.anatomy):
        raise PipelineError(
            ErrorCode.INVALID_QUERY,
            found=f"no sentence {number} in the anatomy of {segment.id}, which has {len(segment.anatomy)}",
            expected="the number of one of them, from 1",
            do=f"see them with pop why {segment.id}",
            exit_code=ExitCode.USAGE,
        )
    document = source.document(segment.document_id)
    return Trace(
        kind="anatomy",
        id=asked,
        **_file(source, "segments"),
        record=msgspec.to_builtins(segment.anatomy[number - 1]),
        document=document_facts(source, document),
        **parts.of_anatomy(source, segment, number, document),
    )


def _file(source: Source, kind: str) -> dict[str, Any]:
    name = f"{kind}.jsonl"
    return {
        "file": name,
        "file_sha256": source.manifest.output_sha256().get(name),
        "version": source.manifest.version or __version__,
    }


def _record(record: Any) -> dict[str, Any]:
    """Return the record as it stands in its file; of a document without its text, which is long."""
    fields: dict[str, Any] = msgspec.to_builtins(record)
    return {name: value for name, value in fields.items() if not ("n_passages" in fields and name == "text")}


def _stale(source: Source, told: dict[str, Any]) -> list[str]:
    """Say what has changed since the outputs were written."""
    found = []
    if told.get("people") and label_files(source.tools.labels_path) != source.manifest.labels:
        found.append("the decisions have changed since the last run: pop run brings them into the outputs")
    instrument = told.get("instrument")
    if instrument is not None and not instrument.same:
        found.append(f"the {instrument.instrument} at hand is not the one that this was made with")
    model = told.get("model")
    if model is not None and not model.at_hand:
        found.append(f"the model {model.version} is not at hand (--models names another folder)")
    return found
