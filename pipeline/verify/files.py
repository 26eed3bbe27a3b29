"""Files: those that the manifest names, those that it does not, and their lines."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import msgspec

from pipeline import kept, locking, manifest
from pipeline.files import PART, files_below, sha256_or_nothing
from pipeline.manifest import Manifest
from pipeline.records import RECORD_TYPES, Document, Refusal, Severity
from pipeline.refusals import refusal
from pipeline.work.writing import LEFTOVERS, SEGMENT_MAPPINGS

_OURS: Final = (
    manifest.FILE,
    SEGMENT_MAPPINGS,
    f"{kept.FILE}*",
    locking.FILE,
    ".gitignore",
    "review/*.json",  # the queues of pop review
    "corpus.db-journal",
)
_MOST_LINES: Final = 3
LEFT: Final = "left half done; the next run clears it"


def check_outputs(state: Manifest, outputs: Path) -> Iterator[str]:
    """Tell which outputs are missing or were changed."""
    for output in state.outputs:
        path = outputs / output.path
        if not path.is_file():
            yield f"{output.path}: missing"
        elif sha256_or_nothing(path) != output.sha256:
            yield f"{output.path}: changed since it was written"


def check_inputs(state: Manifest, corpus: Path) -> Iterator[str]:
    """Tell which files of the corpus are missing or were changed."""
    for entry in state.inputs:
        path = corpus / entry.path
        if not path.is_file():
            yield f"input {entry.path}: missing from {corpus}"
        elif sha256_or_nothing(path) != entry.sha256:
            yield f"input {entry.path}: changed since it was read"


def check_labels(state: Manifest, folder: Path) -> Iterator[str]:
    """Tell which files of decisions changed since a stage last read them, or that not all stages read them."""
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


def check_counts(state: Manifest, found: Mapping[str, int]) -> Iterator[str]:
    """Tell where the manifest counts other records than there are."""
    for output in state.outputs:
        n = found.get(output.path.removesuffix(".jsonl"))
        if n is not None and output.records != n:
            yield f"{manifest.FILE}: {output.records} records in {output.path}, which holds {n}"


def check_origin(document: Document, read: Mapping[str, str]) -> Iterator[str]:
    """Tell if a document was made of another file than the manifest names. `read`: path → hash of each input."""
    if read.get(document.path) != document.sha256:
        yield f"{document.id}: was made of another {document.path} than {manifest.FILE} names"


def check_errors(state: Manifest, refusals: Iterable[Refusal]) -> Iterator[str]:
    """Tell which entries of errors.jsonl are not as a run made them, or are missing."""
    refused = set()
    for one in refusals:
        if refusal(one.path, one.stage, one.error, one.message).id != one.id:
            yield f"errors.jsonl: {one.id} is not the id of what it tells of {one.path}"
        if one.severity is Severity.REFUSED:
            refused.add(one.path)
    if len(refused) != state.counts.get("refused", len(refused)):
        yield f"errors.jsonl: {len(refused)} refused files, but {state.counts['refused']} in {manifest.FILE}"


def others(state: Manifest, outputs: Path) -> list[str]:
    """Tell what lies in the folder and is no output: left half done, or put there by somebody."""
    named = state.output_sha256()
    names = [path.relative_to(outputs).as_posix() for path in files_below(outputs)]
    return [_other(name) for name in names if name not in named and not any(fnmatch(name, one) for one in _OURS)]


def _other(name: str) -> str:
    is_ours = name.endswith(PART) or any(fnmatch(name, pattern) for pattern in LEFTOVERS)
    return f"{name}: {LEFT}" if is_ours else f"{name}: no output of a run"


def check_lines(outputs: Path, kind: str) -> Iterator[str]:
    """Tell which lines of a stage file are no records, the first few of them."""
    path = outputs / f"{kind}.jsonl"
    if not path.is_file():
        return
    broken = 0
    decoder = msgspec.json.Decoder(RECORD_TYPES[kind])
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                if line.strip():
                    decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                broken += 1
                if broken <= _MOST_LINES:
                    yield f"{path.name}, line {number}: no {RECORD_TYPES[kind].__name__.lower()} record ({error})"
    if broken > _MOST_LINES:
        yield f"{path.name}: {broken - _MOST_LINES} more broken lines"
