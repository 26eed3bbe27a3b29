"""Which document of ours each text of a file is: by GUID, by the mark in its description, by its words, by its name.

Names come after words: every project has an "Interview 1". What is left is compared letter by letter, since a text may
have been revised and renamed.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from pipeline.corrections.anchoring import fold
from pipeline.exchange.refi.names import guid
from pipeline.exchange.refi.reading import ForeignText
from pipeline.exchange.refi.sent import document_in
from pipeline.records import Document

Way = Callable[[ForeignText], Document | None]

_LIKE: Final = 80.0
"""Likeness of two texts (100: the same letters) from which they are the same document, revised."""

_PREFIX: Final = re.compile(r"^\d+_")
"""QualCoder puts it before a name that is there already."""


def documents_of(
    texts: Sequence[ForeignText], documents: Sequence[Document], names: Mapping[str, str]
) -> dict[str, Document]:
    """Return GUID of a text → document of ours; no document is found twice.

    Args:
        texts: of the file.
        documents: ours.
        names: id → what a document is called in what we send.
    """
    found: dict[str, Document] = {}
    taken: set[str] = set()
    for way in _ways(documents, names, taken):
        for text in texts:
            document = way(text) if text.guid not in found else None
            if document is not None and document.id not in taken:
                found[text.guid] = document
                taken.add(document.id)
    return found


def _ways(documents: Sequence[Document], names: Mapping[str, str], taken: set[str]) -> Iterator[Way]:
    by_guid = {guid("document", one.id): one for one in documents}
    yield lambda text: by_guid.get(text.guid)
    by_id = {one.id: one for one in documents}
    yield lambda text: by_id.get(document_in(text.description) or "")
    by_words = {fold(one.text): one for one in reversed(documents) if fold(one.text)}
    yield lambda text: by_words.get(fold(text.raw or ""))
    by_name = {name: one for one in reversed(documents) for name in _names(one, names[one.id])}
    yield lambda text: by_name.get(fold(text.name)) or by_name.get(fold(_PREFIX.sub("", text.name)))
    yield lambda text: _most_like(text, [one for one in documents if one.id not in taken])


def _names(document: Document, sent: str) -> Iterator[str]:
    path = PurePosixPath(document.path)
    yield from filter(None, map(fold, (sent, document.path, path.name, path.stem, f"{sent}.txt")))


def _most_like(text: ForeignText, documents: Iterable[Document]) -> Document | None:
    from rapidfuzz import fuzz  # noqa: PLC0415 - only where a text was revised and renamed

    letters = fold(text.raw or "")
    found = [(fuzz.ratio(letters, fold(one.text), score_cutoff=_LIKE), one.id, one) for one in documents]
    best = max(found, key=lambda entry: entry[:2], default=None)
    return best[2] if best is not None and best[0] and letters else None
