"""Where the report takes documents from: from what is kept of them, and from their records where nothing is.

An extract is kept under the hash of the records of its document and of `Basis`; the words that a page showed of it,
beside it. The next run looks only at documents that are new or changed, or that take the place of such ones in a
sample. Whatever is kept, and in whatever order it came, the same comes out.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal, get_args

import msgspec

from pipeline.corpus_records import CorpusRecords
from pipeline.files import sha256_text
from pipeline.kept import Kept, batched
from pipeline.records import Bundle
from pipeline.stages.report.basis import Basis
from pipeline.stages.report.corrected import Corrected
from pipeline.stages.report.extract import Extract, Extractor, readable
from pipeline.stages.report.sample import Key
from pipeline.stages.report.views import DocumentView, PassageView, ProblemView, QuoteView, Shape, shape_of

EXTRACTS: Final = "report"
WORDS: Final = "report-words"
CORRECTED: Final = "report-corrected"
"""Under which the store keeps them."""

Kind = Literal["said", "read", "cards", "portrait"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
Places = Mapping[Kind, Iterable[int]]
"""What the page shows of a document: which of its quotes, readable passages and problems; 0 for its portrait."""


class Words(msgspec.Struct, frozen=True, array_like=True):
    """What the page shows of a document, by place."""

    said: dict[int, QuoteView] = {}
    read: dict[int, PassageView] = {}
    cards: dict[int, ProblemView] = {}
    portrait: dict[int, Shape] = {}

    def hold(self, places: Places) -> bool:
        """Tell whether all of this is there."""
        return all(place in getattr(self, kind) for kind, wanted in places.items() for place in wanted)


_extract = msgspec.msgpack.Decoder(Extract)
_words = msgspec.msgpack.Decoder(Words)
_corrected = msgspec.msgpack.Decoder(Corrected)
_encode = msgspec.msgpack.encode


def words_of(view: DocumentView, places: Places, themes: list[str]) -> Words:
    """Pick words from a document."""
    shown = readable(view)
    return Words(
        said={place: view.quotes[place] for place in places.get("said", ())},
        read={place: shown[place] for place in places.get("read", ())},
        cards={place: view.problems[place] for place in places.get("cards", ())},
        portrait={place: shape_of(view, themes) for place in places.get("portrait", ())},
    )


def keys_of(extract: Extract, kind: Kind) -> list[Key]:
    """Return the keys of all that a document offers of a kind, by place."""
    return [extract.portrait] if kind == "portrait" else getattr(extract, kind)


class Source:
    """The documents of a corpus, numbered from 1."""

    def __init__(self, records: CorpusRecords, basis: Basis, kept: Kept | None = None) -> None:
        self._records = records
        self._basis = basis
        self._kept = kept
        self._extractor = Extractor(basis)
        common = basis.sha256
        self._keys = {name: sha256_text(common, sha256) for name, sha256 in records.hashes.items()}
        self._common = common
        self._used: dict[str, set[str]] = defaultdict(set)

    def extracts(self) -> Iterator[tuple[Extract, DocumentView | None]]:
        """Yield the extract of each document, with its words where they had to be looked at."""
        new = self._new()
        read = self._records.read(new) if new else iter(())
        for batch in batched(self._keys):
            old = {self._keys[name] for name in batch if name not in new}
            kept = dict(self._kept.get_many(EXTRACTS, old)) if self._kept and old else {}
            for name in batch:
                if name in new:
                    yield self._made(self._keys[name], next(read))
                else:
                    yield _extract.decode(kept[self._keys[name]]), None

    def _new(self) -> set[str]:
        """Return the documents of which nothing is kept."""
        if self._kept is None:
            return set(self._keys)
        lacking = self._kept.lacking(EXTRACTS, self._keys.values())
        return {name for name, key in self._keys.items() if key in lacking}

    def _made(self, key: str, bundle: Bundle) -> tuple[Extract, DocumentView]:
        made, view = self._extractor.extract(bundle)
        self._keep(EXTRACTS, key, made)
        return made, view

    def words(self, fresh: Mapping[int, Words], wanted: Mapping[int, Places]) -> dict[int, Words]:
        """Return the words that the page shows, by the number of the document.

        Args:
            fresh: those that are at hand.
            wanted: the places of those that are not.
        """
        keys = dict(enumerate(self._keys.values(), start=1))
        for number, held in fresh.items():
            self._keep(WORDS, keys[number], held)
        kept = self._kept.get_many(WORDS, [keys[number] for number in wanted]) if self._kept else ()
        held_by_key = {key: _words.decode(content) for key, content in kept}
        found = dict(fresh)
        for number, places in wanted.items():
            words = held_by_key.get(keys[number])
            if words is not None and words.hold(places):
                found[number] = words
        self._used[WORDS].update(keys[number] for number in found)
        return found | self._read(keys, {number: wanted[number] for number in wanted if number not in found})

    def _read(self, keys: Mapping[int, str], wanted: Mapping[int, Places]) -> dict[int, Words]:
        names = {name: number for number, name in enumerate(self._keys, start=1) if number in wanted}
        found = {}
        for bundle in self._records.read(names) if names else ():
            number = names[bundle.document.id]
            found[number] = words_of(self._extractor.view(bundle), wanted[number], self._basis.codebook.ids)
            self._keep(WORDS, keys[number], found[number])
        return found

    def corrected(self, name: str, make: Callable[[], Corrected]) -> Corrected:
        """Return the corrected shares of passages, given the hash of the decisions about them."""
        key = sha256_text(self._common, name)
        content = self._kept.get(CORRECTED, key) if self._kept else None
        if content is not None:
            self._used[CORRECTED].add(key)
            return _corrected.decode(content)
        made = make()
        self._keep(CORRECTED, key, made)
        return made

    def forget_others(self) -> None:
        """Drop what is kept and was not asked for."""
        if self._kept is not None:
            self._kept.keep_only(EXTRACTS, set(self._keys.values()))
            for stage in (WORDS, CORRECTED):
                self._kept.keep_only(stage, self._used[stage])

    def _keep(self, stage: str, key: str, made: object) -> None:
        self._used[stage].add(key)
        if self._kept is not None:
            self._kept.put(stage, key, _encode(made))
