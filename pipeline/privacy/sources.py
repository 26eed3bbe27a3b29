"""The documents of a corpus as they are pseudonymised: what they say, and the text that a new one is made of.

Text, Markdown and captions keep every letter that is no name. PDF, DOCX and HTML become Markdown.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from pipeline.config import RESERVED, Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import files_below
from pipeline.privacy.rendering import as_markdown
from pipeline.records import Document, Passage, Refusal, Severity
from pipeline.stages.ingest import MEDIA_TYPES, content_later, ingest_content
from pipeline.stages.ingest.healing import decode

_AS_IT_IS: Final = frozenset([".txt", ".text", ".md", ".markdown", ".vtt", ".srt"])


@dataclass(frozen=True, slots=True)
class Source:
    """A document, and the text that its pseudonymised form is made of; `suffix`: of the new file."""

    document: Document
    passages: list[Passage]
    text: str
    suffix: str

    @property
    def path(self) -> str:
        """Its place in the corpus."""
        return self.document.path


def read_sources(corpus: Path, settings: Settings) -> tuple[list[Source], list[Refusal]]:
    """Read the documents of a corpus in the order of their paths.

    Raises:
        PipelineError: there are none.
    """
    found: list[Source] = []
    refused: list[Refusal] = []
    for path in _paths(corpus):
        ingested = ingest_content(content_later(corpus / path, settings), path, settings)
        refused += [one for one in ingested.refusals if one.severity is Severity.REFUSED]
        if ingested.document is not None:
            found.append(_source(corpus, ingested.document, ingested.passages))
    if not found:
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"no documents that can be read in {corpus}",
            expected=f"files ending in {', '.join(sorted(MEDIA_TYPES))}",
            do="copy some there, or name another folder with --corpus",
        )
    return found, refused


def _paths(corpus: Path) -> Iterable[str]:
    for path in files_below(corpus) if corpus.is_dir() else ():
        parts = path.relative_to(corpus).parts
        if parts[0] not in RESERVED and not any(part.startswith((".", "~$")) for part in parts):
            yield PurePosixPath(*parts).as_posix()


def _source(corpus: Path, document: Document, passages: list[Passage]) -> Source:
    suffix = Path(document.path).suffix
    if suffix.lower() not in _AS_IT_IS:
        return Source(document, passages, as_markdown(passages), ".md")
    return Source(document, passages, text_of((corpus / document.path).read_bytes()), suffix)


def text_of(content: bytes) -> str:
    """Return the text of a file letter for letter, its accents composed."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = decode(content)[0]
    return unicodedata.normalize("NFC", text)
