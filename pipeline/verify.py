"""Checks outputs against their inputs: hashes, schemas, offsets letter for letter, and references between records."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import jsonl, manifest
from pipeline.bundles import bundles
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import sha256_file
from pipeline.records import RECORD_TYPES, Bundle, Quote, Record

_MOST_SHOWN = 20


@dataclass
class Verdict:
    """What was checked, and what did not match."""

    checked: dict[str, int] = field(default_factory=dict)
    drift: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """All that is wrong."""
        return self.drift

    def note(self, problem: str) -> None:
        """Keep a problem."""
        self.drift.append(problem)


def verify(outputs: Path, corpus: Path | None, labels: Path | None = None) -> Verdict:
    """Check an output folder.

    Args:
        outputs: the folder.
        corpus: where the inputs lie; `None`: they are not looked at.
        labels: where the decisions of people lie; `None`: they are not looked at.

    Raises:
        PipelineError: there is nothing to verify, or a record does not fit its schema.
    """
    state = manifest.load(outputs)
    if not state.stages:
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"no {manifest.FILE} in {outputs}",
            expected="the outputs of a run",
            do="name their folder with --outputs, or run pop run first",
        )
    verdict = Verdict()
    for problem in (*_file_problems(state, outputs, corpus), *_label_problems(state, labels)):
        verdict.note(problem)
    kinds = [kind for kind in RECORD_TYPES if (outputs / f"{kind}.jsonl").is_file() and kind != "errors"]
    verdict.checked = dict.fromkeys(kinds, 0)
    seen: set[str] = set()
    for bundle in bundles(outputs, kinds):
        for problem in check_bundle(bundle, seen):
            verdict.note(problem)
        verdict.checked["documents"] += 1
        for kind in kinds[1:]:
            verdict.checked[kind] += len(getattr(bundle, kind))
    for kind in kinds[1:]:
        n = sum(1 for _ in jsonl.read(outputs / f"{kind}.jsonl", RECORD_TYPES[kind]))
        if n != verdict.checked[kind]:
            verdict.note(
                f"{kind}.jsonl: {n - verdict.checked[kind]} records belong to no document, or stand out of order"
            )
    return verdict


def _file_problems(state: manifest.Manifest, outputs: Path, corpus: Path | None) -> Iterator[str]:
    for output in state.outputs:
        path = outputs / output.path
        if not path.is_file():
            yield f"{output.path}: missing"
        elif sha256_file(path) != output.sha256:
            yield f"{output.path}: changed since it was written"
    for entry in state.inputs if corpus is not None else []:
        path = corpus / entry.path if corpus is not None else Path()
        if not path.is_file():
            yield f"input {entry.path}: missing from {corpus}"
        elif sha256_file(path) != entry.sha256:
            yield f"input {entry.path}: changed since it was read"


def _label_problems(state: manifest.Manifest, folder: Path | None) -> Iterator[str]:
    """Tell which files of decisions changed since a stage last read them, or that not all stages read them."""
    if folder is None:
        return
    read = {entry.path: entry.sha256 for entry in state.labels}
    now = manifest.label_files(folder)
    hashes = {entry.path: entry.sha256 for entry in now}
    for name in sorted({*read, *hashes}):
        if read.get(name) != hashes.get(name):
            how = "missing" if name not in hashes else "changed" if name in read else "new"
            yield f"labels {folder / name}: {how} since the run; run pop run"
    late = [
        stage.name for stage in state.stages if stage.labels_sha256 not in {None, manifest.labels_sha256(state.labels)}
    ]
    if late and read == hashes:
        yield f"labels {folder}: changed since {', '.join(late)} read them; run pop run"


def check_bundle(bundle: Bundle, seen: set[str]) -> Iterator[str]:
    """Yield what is wrong with the records of one document.

    Args:
        bundle: the document with its records.
        seen: ids met so far in the corpus; those of this document are added.
    """
    text = bundle.document.text
    records: list[Any] = [*bundle.passages, *bundle.segments, *bundle.quotes, *bundle.tags, *bundle.mappings]
    for record in [bundle.document, *records]:
        if record.id in seen:
            yield f"{record.id}: the id stands more than once"
        seen.add(record.id)
    for passage in bundle.passages:
        if text[passage.start : passage.end] != passage.text:
            yield f"{passage.id}: its text is not what stands at {passage.start}–{passage.end}"
    for quote in bundle.quotes:
        yield from _check_quote(quote, text)
    for record in records:
        yield from _check_inside(record, len(text))
    yield from _check_references(bundle)


def _check_quote(quote: Quote, text: str) -> Iterator[str]:
    parts = " … ".join(text[part.start : part.end] for part in quote.parts)
    if parts != quote.text:
        yield f"{quote.id}: its words are not what stands at its offsets"
    if (quote.parts[0].start, quote.parts[-1].end) != (quote.start, quote.end):
        yield f"{quote.id}: its parts do not begin and end where it does"
    for named in (quote.speaker, quote.cue):
        if named is not None and text[named.start : named.end] != named.text:
            yield f"{quote.id}: “{named.text}” is not what stands at {named.start}–{named.end}"


def _check_inside(record: Record, length: int) -> Iterator[str]:
    spans = [record, *getattr(record, "evidence", []), *getattr(record, "anatomy", []), *getattr(record, "sites", [])]
    for span in spans:
        if getattr(span, "end", 0) > length:
            yield f"{record.id}: an offset lies beyond the document's end"


def _check_references(bundle: Bundle) -> Iterator[str]:
    known = {
        "passage_id": {passage.id for passage in bundle.passages},
        "segment_id": {segment.id for segment in bundle.segments},
        "quote_id": {quote.id for quote in bundle.quotes},
    }
    for record in (*bundle.quotes, *bundle.tags, *bundle.mappings):
        for name, ids in known.items():
            value = getattr(record, name, None)
            if value is not None and value not in ids:
                yield f"{record.id}: {name} {value} does not exist"
    for segment in bundle.segments:
        if set(segment.passage_ids) - known["passage_id"]:
            yield f"{segment.id}: names passages that do not exist"


def shown(problems: list[str]) -> list[str]:
    """Return the first problems, and how many more there are."""
    more = len(problems) - _MOST_SHOWN
    return problems[:_MOST_SHOWN] + ([f"… and {more} more"] if more > 0 else [])
