"""Which documents of an output folder an export is about."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.bundles import bundles
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.records import Bundle, Document

ALL_KINDS = ("passages", "segments", "quotes", "tags", "mappings")


def chosen(outputs: Path, document: str | None, kinds: Sequence[str] = ALL_KINDS) -> Iterator[Bundle]:
    """Stream the documents whose path or title holds some words, each with its records of the given kinds.

    Args:
        outputs: the folder.
        document: a part of path or title, in any case; `None`: all documents.
        kinds: of records.

    Raises:
        PipelineError: the outputs cannot be read, or no document has these words.
    """
    any_left = document is None
    for bundle in bundles(outputs, kinds):
        if document is None or is_meant(bundle.document, document):
            any_left = True
            yield bundle
    if not any_left:
        raise PipelineError(
            ErrorCode.INVALID_QUERY,
            found=f"no document with {document!r} in its path or title in {outputs}",
            expected="a part of the path or title of a document of the outputs",
            do="check --document and --outputs; pop query --unit document lists them",
            exit_code=ExitCode.USAGE,
        )


def is_meant(document: Document, words: str) -> bool:
    """Tell whether the path or title of a document holds some words."""
    sought = words.casefold()
    return any(sought in part.casefold() for part in (document.path, document.title or ""))
