"""What is cited: a document, or a quote in it with the place where it stands.

quote q0003 on page 3, in paragraph 17  → Entry(key="abernathyvogt2014-e8c3cf68-q0003", page=3, paragraph=17, …)
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote as percent

import msgspec

from pipeline.records import Bundle, Document, DocumentKind, Quote

_FRAGMENT_WORDS: Final = 6
"""Of a long quote, a text fragment names so many words of its beginning and of its end."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Something to cite. `id`: of the document or quote. `words` and all after it: of a quote.

    `paragraph`: number of the passage in its document, from 1. `start`, `end`: characters in the document's text.
    """

    key: str
    id: str
    kind: DocumentKind
    title: str
    authors: list[str]
    date_start: str | None
    date_end: str | None
    place: str | None
    path: str
    sha256: str
    url: str | None
    words: str | None = None
    speaker: str | None = None
    page: int | None = None
    paragraph: int | None = None
    start: int | None = None
    end: int | None = None

    @property
    def located(self) -> str:
        """Where a quote stands: "p. 3, para. 17, characters 494–806"."""
        page = f"p. {self.page}" if self.page else None
        paragraph = f"para. {self.paragraph}" if self.paragraph else None
        characters = f"characters {self.start}–{self.end}" if self.start is not None else None
        return ", ".join(part for part in (page, paragraph, characters) if part)

    @property
    def note(self) -> str:
        """What lets others find exactly this."""
        speaker = f"Speaker: {self.speaker}" if self.speaker else None
        located = f"At {self.located}" if self.located else None
        told = (speaker, located, f"Record: {self.id}", f"File: {self.path}", f"SHA-256: {self.sha256}")
        return ". ".join(part for part in told if part) + "."


def entries(bundles: Iterable[Bundle], *, quotes: bool) -> Iterator[Entry]:
    """Yield an entry for each document and, if they are wanted, its quotes behind it; no two keys are the same."""
    used: set[str] = set()
    for bundle in bundles:
        document = _document(bundle.document, used)
        yield document
        if quotes:
            passages = {one.id: one for one in bundle.passages}
            for quote in bundle.quotes:
                passage = passages[quote.passage_id]
                key = _free(f"{document.key}-{_tail(quote.id)}", used)
                yield _quote(document, quote, key, passage.page, passage.index + 1)


def text_fragment(words: str) -> str:
    """Return what leads a browser to some words of a page: ":~:text=first%20words,last%20words"."""
    parts = words.split()
    if len(parts) <= 2 * _FRAGMENT_WORDS:
        return f":~:text={_encoded(parts)}"
    return f":~:text={_encoded(parts[:_FRAGMENT_WORDS])},{_encoded(parts[-_FRAGMENT_WORDS:])}"


def _document(document: Document, used: set[str]) -> Entry:
    url = document.metadata.get("url")
    return Entry(
        key=_free(_key(document), used),
        id=document.id,
        kind=document.kind,
        title=document.title or PurePosixPath(document.path).stem,
        authors=document.authors,
        date_start=document.date_start,
        date_end=document.date_end,
        place=document.place,
        path=document.path,
        sha256=document.sha256,
        url=url if isinstance(url, str) and url.startswith(("http://", "https://")) else None,
    )


def _quote(document: Entry, quote: Quote, key: str, page: int | None, paragraph: int) -> Entry:
    url = f"{document.url.partition('#')[0]}#{text_fragment(_first_part(quote))}" if document.url else None
    return msgspec.structs.replace(
        document,
        key=key,
        id=quote.id,
        url=url,
        words=quote.text,
        speaker=_speaker(quote),
        page=page,
        paragraph=paragraph,
        start=quote.start,
        end=quote.end,
    )


def _first_part(quote: Quote) -> str:
    """Return the words of a quote that stand together."""
    return quote.text if len(quote.parts) == 1 else quote.text.split(" … ")[0]


def _speaker(quote: Quote) -> str | None:
    speaker = quote.speaker
    if speaker is None:
        return None
    told = (speaker.name, speaker.role, speaker.organization)
    return ", ".join(part for part in told if part) or speaker.text or None


def _key(document: Document) -> str:
    """Return a key that a person recognizes: who or what, when, and the end of the document's id."""
    author = document.authors[0].split()[-1] if document.authors and document.authors[0].split() else ""
    first = next((word for word in (document.title or "").split() if _plain(word)), "")
    year = (document.date_start or "")[:4]
    return f"{_plain(author) or _plain(first) or 'document'}{year}-{_tail(document.id)}"


def _tail(name: str) -> str:
    """Return the last part of an id: its hash, or the number of a quote."""
    return re.sub(r"[^A-Za-z0-9]+", "", re.split(r"[-:]", name)[-1]) or "x"


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", unicodedata.normalize("NFKD", word.lower()))


def _free(key: str, used: set[str]) -> str:
    one, number = key, 1
    while one.lower() in used:
        number += 1
        one = f"{key}-{number}"
    used.add(one.lower())
    return one


def _encoded(words: list[str]) -> str:
    # A hyphen, comma or ampersand would be read as a part of the fragment's own syntax.
    return percent(" ".join(words), safe="").replace("-", "%2D")
