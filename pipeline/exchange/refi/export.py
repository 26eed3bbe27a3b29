"""What an export is made of: the documents of an output folder that were asked for."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline import jsonl
from pipeline.bundles import bundles
from pipeline.errors import ErrorCode, PipelineError
from pipeline.exchange.refi.sent import KINDS
from pipeline.records import Bundle, Document


def documents(outputs: Path, part: str | None) -> list[Document]:
    """Return the documents whose path or title holds some words; `None`: all.

    Raises:
        PipelineError: there is none.
    """
    found = [one for one in jsonl.read(outputs / "documents.jsonl", Document) if _is_meant(one, part)]
    if not found:
        raise PipelineError(
            ErrorCode.INVALID_QUERY,
            found=f"no document with {part!r} in its path or title" if part else f"no document in {outputs}",
            expected="documents, as pop run writes them",
            do="try fewer words" if part else "run the pipeline first: pop run",
        )
    return found


def bundles_of(outputs: Path, documents: Sequence[Document]) -> Iterator[Bundle]:
    """Stream documents with all their records."""
    return bundles(outputs, KINDS, {one.id for one in documents})


def _is_meant(document: Document, part: str | None) -> bool:
    return part is None or part.lower() in f"{document.path}\n{document.title or ''}".lower()
