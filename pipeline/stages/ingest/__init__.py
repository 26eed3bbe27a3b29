"""ingest: files → documents.jsonl, passages.jsonl.

A reader for each format turns bytes into blocks in reading order; what no format tells (cut sentences, speaker turns,
dates, the kind of document) is found the same way for all. The canonical text of a document is its blocks with an
empty line between them, so that a passage is a slice of it.

    notes.txt: "Spring Meeting\\n\\nMay 4, 2016\\n\\nThe superintendents met."
    → Document(kind="meeting_summary", title="Spring Meeting", date_start="2016-05-04", …)
    → Passage(index=0, kind="heading", level=1, text="Spring Meeting", start=0, end=14, …), …
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pipeline.config import Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import sha256_text
from pipeline.records import Document, Passage, Refusal, Severity
from pipeline.refusals import refusal, unexpected
from pipeline.stages.ingest import duplicates, healing, kinds, metadata, programs, quality, signatures, structure, turns
from pipeline.stages.ingest.blocks import GAP, Block, Doubt, Reading, offsets
from pipeline.watch import watched

MEDIA_TYPES = {
    ".txt": "text/plain",
    ".text": "text/plain",
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pdf": "application/pdf",
}


_USUAL = Settings()
_OTHER_FORMATS = {
    **dict.fromkeys((".doc", ".rtf", ".odt", ".pages", ".wpd"), "open it in a word processor and save it as .docx"),
    **dict.fromkeys((".pptx", ".ppt", ".key"), "export the slides as .pdf"),
    **dict.fromkeys((".xlsx", ".xls", ".csv"), "tables are no documents; copy their text into a .txt file"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff"), "run text recognition (OCR) and save the text"),
    **dict.fromkeys((".mp3", ".wav", ".m4a", ".mp4"), "transcribe it and save the transcript as .txt or .docx"),
}


@dataclass(frozen=True, slots=True)
class Ingested:
    """A file as ingested; `document` is `None` when it was refused, and `refusals` tells why."""

    document: Document | None
    passages: list[Passage]
    refusals: list[Refusal]


def ingest_file(corpus: Path, path: str, *, settings: Settings) -> Ingested:
    """Read one file of a corpus; whatever is wrong with it is reported, never raised.

    Args:
        corpus: the folder.
        path: the file, relative to it.
        settings: the largest size that is read, and the most time and memory that reading may take.
    """
    return ingest_content(content_later(corpus / path, settings), path, settings)


def content_later(path: Path, settings: Settings) -> Callable[[], bytes]:
    """Return what reads a file when it is called."""
    return partial(_content, path, settings)


def content_now(path: Path, settings: Settings) -> Callable[[], bytes]:
    """Read a file for a process that cannot reach it, and return what gives its bytes, or fails as reading failed."""
    try:
        return partial(bytes, _content(path, settings))
    except PipelineError as error:
        return partial(_fail, error)


def _fail(error: PipelineError) -> bytes:
    raise error


def ingest_content(content: Callable[[], bytes], path: str, settings: Settings) -> Ingested:
    """Read one file of a corpus from what it holds; whatever is wrong with it is reported, never raised."""
    try:
        with watched(settings):
            document, passages, warnings = ingest_bytes(content(), path, settings)
    except PipelineError as error:
        return Ingested(None, [], [refusal(path, "ingest", error.code, str(error))])
    except Exception as error:
        if os.environ.get("POP_DEBUG"):
            raise
        return Ingested(None, [], [refusal(path, "ingest", ErrorCode.UNEXPECTED, unexpected(error))])
    return Ingested(
        document, passages, [refusal(path, "ingest", code, text, Severity.WARNING) for code, text in warnings]
    )


def ingest_bytes(content: bytes, path: str, settings: Settings = _USUAL) -> tuple[Document, list[Passage], list[Doubt]]:
    """Turn the bytes of a file into its document, its passages and doubts about them.

    Raises:
        PipelineError: the bytes are no document of the format that the file's name promises.
    """
    suffix = Path(path).suffix.lower()
    _check_ending(content, suffix)
    reading = _read(content, suffix, settings)
    blocks = turns.mark_turns(structure.rejoin([block for block in reading.blocks if block.text]))
    if not blocks:
        raise PipelineError(
            ErrorCode.NO_TEXT,
            found="a file without any words",
            expected="a document with text",
            do="check that the right file was exported, or remove it from the corpus",
        )
    about = metadata.describe(Reading(blocks, hints=reading.hints))
    blocks = programs.below_programs(blocks, about.metadata.get("programs", []))
    kind, _ = kinds.classify(blocks, about.title, about.metadata)
    sha256 = _sha256(content)
    document_id = f"{_slug(path)}-{sha256_text(path, sha256)[:8]}"
    text, passages = _lay_out(blocks, document_id)
    document = Document(
        id=document_id,
        path=path,
        sha256=sha256,
        media_type=MEDIA_TYPES[suffix],
        kind=kind,
        title=about.title,
        date_start=about.period.start if about.period else None,
        date_end=about.period.end if about.period else None,
        place=about.place,
        authors=about.authors,
        text=text,
        n_passages=len(passages),
        metadata={
            **about.metadata,
            "furniture_removed": len(reading.removed),
            "quality": quality.quality(reading, blocks),
        },
    )
    return document, passages, reading.warnings


def _content(path: Path, settings: Settings) -> bytes:
    is_text = MEDIA_TYPES.get(path.suffix.lower(), "").startswith(("text/", "application/x-subrip"))
    max_bytes = min(settings.max_text_bytes, settings.max_file_bytes) if is_text else settings.max_file_bytes
    if path.suffix.lower() not in MEDIA_TYPES:
        raise PipelineError(
            ErrorCode.UNKNOWN_FORMAT,
            found=f"a file ending in {path.suffix!r}" if path.suffix else "a file without an ending",
            expected=f"one of {', '.join(sorted(MEDIA_TYPES))}",
            do=_OTHER_FORMATS.get(path.suffix.lower(), "save the document in one of these formats")
            + ", or move the file out of the corpus folder",
        )
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= max_bytes else b""
    except OSError as error:
        raise PipelineError(
            ErrorCode.UNREADABLE,
            found=f"a file that cannot be opened ({error.strerror or error})",
            expected="a file that you may read",
            do="change its permissions (chmod u+r on Linux and macOS), or copy it again",
        ) from error
    if size > max_bytes:
        raise PipelineError(
            ErrorCode.TOO_LARGE,
            found=f"a file of {size:,} bytes",
            expected=f"at most {max_bytes:,} bytes",
            do="split it, one document to a file" if is_text else "split the document, or leave out its pictures",
        )
    if not content.strip():
        raise PipelineError(
            ErrorCode.EMPTY_FILE,
            found=f"an empty file ({size} bytes)",
            expected="a document with text",
            do="copy or export the document again, or remove the file from the corpus",
        )
    return content


def _check_ending(content: bytes, suffix: str) -> None:
    """Refuse a file whose name promises another format: read as that it would be garbage."""
    ending = signatures.true_ending(content)
    if ending is None or signatures.fits(ending, suffix):
        return
    raise PipelineError(
        ErrorCode.UNKNOWN_FORMAT,
        found=f"{signatures.name_of(ending)} whose name ends in {suffix}",
        expected="a name that ends as its format does",
        do=f"let its name end in {ending}" if ending in MEDIA_TYPES else _OTHER_FORMATS[ending],
    )


def _read(content: bytes, suffix: str, settings: Settings) -> Reading:
    """Hand the bytes to the reader of their format; each reader is imported only when it is needed."""
    if suffix in {".txt", ".text"}:
        from pipeline.stages.ingest.from_text import read_text  # noqa: PLC0415

        return _read_decoded(content, read_text)
    if suffix in {".vtt", ".srt"}:
        from pipeline.stages.ingest.captions import read_captions  # noqa: PLC0415

        return _read_decoded(content, read_captions)
    if suffix in {".md", ".markdown"}:
        from pipeline.stages.ingest.from_markdown import read_markdown  # noqa: PLC0415

        return _read_decoded(content, read_markdown)
    if suffix == ".pdf":
        from pipeline.stages.ingest.from_pdf import read_pdf  # noqa: PLC0415

        return read_pdf(content, settings.max_unpacked_bytes)
    if suffix == ".docx":
        from pipeline.stages.ingest.from_docx import read_docx  # noqa: PLC0415

        return read_docx(content, settings.max_unpacked_bytes)
    from pipeline.stages.ingest.from_html import read_html  # noqa: PLC0415

    return read_html(content)


def _read_decoded(content: bytes, reader: Callable[[str], Reading]) -> Reading:
    text, encoding = healing.decode(content)
    reading = reader(text)
    seen, facts = reading.seen or quality.count(text), {**reading.facts, "encoding_guessed": encoding}
    reading = replace(reading, seen=seen, facts=facts)
    return replace(reading, warnings=[*reading.warnings, *healing.decoding_doubts(content, encoding)])


def _lay_out(blocks: list[Block], document_id: str) -> tuple[str, list[Passage]]:
    """Build the canonical text and the passages that slice it."""
    passages = [
        Passage(
            id=f"{document_id}:p{index:04d}",
            document_id=document_id,
            index=index,
            kind=block.kind,
            level=block.level if block.kind == "heading" else None,
            text=block.text,
            start=start,
            end=end,
            page=block.page,
            speaker=block.speaker,
            duplicate_of=None,
        )
        for index, (block, (start, end)) in enumerate(zip(blocks, offsets(blocks), strict=True))
    ]
    return GAP.join(block.text for block in blocks), passages


def _slug(path: str) -> str:
    words = re.findall(r"[a-z0-9]+", Path(path).stem.lower())
    return "-".join(words)[:40].strip("-") or "document"


def _sha256(content: bytes) -> str:
    import hashlib  # noqa: PLC0415

    return hashlib.sha256(content).hexdigest()


__all__ = ["Ingested", "content_later", "content_now", "duplicates", "ingest_bytes", "ingest_content", "ingest_file"]
