"""What a trace is read from: stage files, manifest, instruments, the models' folders, the decisions of people."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline import manifest
from pipeline.corrections.folder import Recorded
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.files import sha256_or_nothing
from pipeline.lookup import Lookup, nearest
from pipeline.records import Document, Mapping, Passage, Quote, Refusal, Segment, Tag
from pipeline.tools import Tools

_KINDS: dict[str, Any] = {
    "documents": Document,
    "passages": Passage,
    "segments": Segment,
    "quotes": Quote,
    "tags": Tag,
    "mappings": Mapping,
    "errors": Refusal,
}
_SHOWN = 6


@dataclass(frozen=True)
class Source:
    """Everything at hand. `corpus`: the folder of the documents; `None`: it is not looked for."""

    outputs: Path
    tools: Tools
    corpus: Path | None = None

    @cached_property
    def lookup(self) -> Lookup:
        """The stage files."""
        return Lookup(self.outputs)

    @cached_property
    def manifest(self) -> manifest.Manifest:
        """What the last run noted."""
        return manifest.load(self.outputs)

    def document(self, document_id: str) -> Document:
        """Return a document.

        Raises:
            PipelineError: it is not there.
        """
        found = self.lookup.get("documents", document_id, Document)
        if found is None:
            raise PipelineError(
                ErrorCode.INVALID_RECORD,
                found=f"no document {document_id!r} in {self.outputs / 'documents.jsonl'}",
                expected="the document that the record belongs to",
                do="check the outputs with pop verify, or write them anew with pop run",
            )
        return found

    def of_document(self, kind: str, document_id: str) -> list[Any]:
        """Return the records of a kind that belong to a document."""
        return self.lookup.where(kind, "document_id", document_id, _KINDS[kind])

    def file_of(self, document: Document) -> str:
        """Say whether the file that was read is still the same."""
        if self.corpus is None:
            return "not looked for"
        path = self.corpus / document.path
        if not path.is_file():
            return "not there"
        return "unchanged" if sha256_or_nothing(path) == document.sha256 else "changed"


def find(source: Source, asked: str) -> tuple[str, Any]:
    """Return the kind of a record and the record, by its id or by a beginning that only one has.

    What belongs to a record has an id that begins with the record's: the shortest one is meant.

    Raises:
        PipelineError: no outputs are there; no id begins so, or several that do not belong together.
    """
    _require_outputs(source)
    found = source.lookup.exact(asked) if asked else None
    if found is None:
        candidates = source.lookup.ids(asked) if asked else []
        meant = _shortest(candidates)
        found = source.lookup.exact(meant) if meant else None
        if found is None:
            raise _several(asked, candidates) if candidates else _of_theme(source, asked) or _unknown(source, asked)
    kind, line = found
    return kind, source.lookup.decoded(kind, line, _KINDS[kind])


def _require_outputs(source: Source) -> None:
    if not any((source.outputs / f"{kind}.jsonl").is_file() for kind in _KINDS):
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"no outputs in {source.outputs}",
            expected="the outputs of a run",
            do="name their folder with --outputs, or run pop run first",
        )


def _shortest(candidates: list[tuple[str, str]]) -> str | None:
    """Return the id that all others begin with, as ids of what belongs to a record begin with its own."""
    ids = sorted({record_id for _, record_id in candidates}, key=lambda one: (len(one), one))
    return ids[0] if ids and all(one == ids[0] or one.startswith(f"{ids[0]}:") for one in ids) else None


def _several(asked: str, candidates: list[tuple[str, str]], which: str = "") -> PipelineError:
    ids = [record_id for _, record_id in candidates]
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return PipelineError(
        ErrorCode.INVALID_QUERY,
        found=f"{len(ids)} records {which or f'whose ids begin with {asked!r}'}",
        expected="the id of one record, or a beginning that no other has",
        do=f"name one of {', '.join(ids[:_SHOWN])}{more}",
        exit_code=ExitCode.USAGE,
    )


def _unknown(source: Source, asked: str) -> PipelineError:
    judged = [one for one in source.tools.labels.recorded if one.judgement.record_id == asked]
    if judged:
        return _gone(asked, judged[-1])
    near = ", ".join(near_ids(source, asked))
    return PipelineError(
        ErrorCode.INVALID_QUERY,
        found=f"no record with the id {asked!r} in {source.outputs}",
        expected="an id as it stands in the stage files, in a query or in the report",
        do=f"did you mean {near}" if near else "take the id from pop query --json, or name another --outputs",
        exit_code=ExitCode.USAGE,
    )


def _of_theme(source: Source, asked: str) -> PipelineError | None:
    """List the tags of a theme in a document, the likeliest first, where `asked` is DOCUMENT:THEME."""
    name, _, theme = asked.rpartition(":")
    documents = [record_id for kind, record_id in source.lookup.ids(name) if kind == "documents"] if name else []
    if len(documents) != 1:
        return None
    tags = source.lookup.where("tags", "document_id", documents[0], Tag)
    held = sorted((one for one in tags if one.theme == theme), key=lambda one: (-one.p, one.id))
    return _several(asked, [("tags", one.id) for one in held], f"with {theme} in {documents[0]}") if held else None


def _gone(asked: str, last: Recorded) -> PipelineError:
    coder, at, decision = last.judgement.coder, last.judgement.at, last.judgement.id
    return PipelineError(
        ErrorCode.INVALID_QUERY,
        found=f"no record with the id {asked!r} any more",
        expected="a record of the last run; what a person struck out is not in the outputs",
        do=f"see what {coder} decided about it at {at}: {last.file}, decision {decision}",
        exit_code=ExitCode.USAGE,
    )


def near_ids(source: Source, asked: str) -> list[str]:
    """Return ids that read like this one: of the document that reads most like it, or else of documents."""
    name = asked.partition(":")[0]
    documents = nearest(name, source.lookup.all_ids("documents"))
    if not documents or ":" not in asked:
        return documents
    ids = [record_id for _, record_id in source.lookup.ids(f"{documents[0]}:")]
    return nearest(f"{documents[0]}:{asked.partition(':')[2]}", ids) or documents
