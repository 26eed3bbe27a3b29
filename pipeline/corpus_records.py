"""The documents of a corpus with all their records, for the stages that see the whole corpus."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from pipeline.files import sha256_text
from pipeline.records import Bundle


@dataclass(frozen=True)
class CorpusRecords:
    """What the stages before made of a corpus.

    `hashes`: the id of each document → the hash of all its records, in the order of the corpus. `read`: yields
    documents with their records, in the same order; given ids, only those; given `None`, all.
    """

    hashes: Mapping[str, str]
    read: Callable[[Collection[str] | None], Iterator[Bundle]]

    @classmethod
    def of(cls, bundles: Iterable[Bundle]) -> "CorpusRecords":
        """Make one of documents that are at hand."""
        held = {bundle.document.id: bundle for bundle in bundles}
        hashes = {name: sha256_text(msgspec.json.encode(bundle).decode()) for name, bundle in held.items()}
        return cls(hashes, lambda of: (bundle for name, bundle in held.items() if of is None or name in of))
