"""Deals judgements out to the documents that they are about, by path; where a path is gone, by their words.

A file that was given another name keeps its words: the document that holds most of the judged words is taken, if it
holds at least half of them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.corrections.anchoring import Text, fold
from pipeline.corrections.folder import Recorded
from pipeline.records import Document

_FEWEST_LETTERS: Final = 25
"""Shorter words ("Thank you.") may stand in any document, and tell nothing about which one it is."""

_PIECE: Final = 12


@dataclass(frozen=True)
class Dealt:
    """Judgements by the id of their document, and those of documents that are gone."""

    by_document: dict[str, list[Recorded]]
    lost: list[Recorded]


def deal(recorded: Sequence[Recorded], ids: Mapping[str, str], documents: Callable[[], Iterable[Document]]) -> Dealt:
    """Deal judgements out.

    Args:
        recorded: the judgements.
        ids: path → id of each document of the corpus.
        documents: streams all of them; asked only if a path is gone.
    """
    by_path: dict[str, list[Recorded]] = defaultdict(list)
    for one in recorded:
        by_path[one.judgement.anchor.document].append(one)
    gone = {path: _words(held) for path, held in by_path.items() if path not in ids}
    renamed = _renamed(gone, documents()) if any(gone.values()) else {}
    found: dict[str, list[Recorded]] = defaultdict(list)
    lost: list[Recorded] = []
    for path, held in by_path.items():
        now = path if path in ids else renamed.get(path)
        if now is None:
            lost += held
        else:
            found[ids[now]] += held
    return Dealt(dict(found), lost)


def _words(recorded: Sequence[Recorded]) -> list[str]:
    folded = dict.fromkeys(fold(one.judgement.anchor.text) for one in recorded)
    return [words for words in folded if len(words) >= _FEWEST_LETTERS]


def _renamed(gone: dict[str, list[str]], documents: Iterable[Document]) -> dict[str, str]:
    """Return for paths that are gone the one of the document that holds most of their words."""
    best: dict[str, tuple[int, str]] = {}
    for document in documents:
        letters = Text(document.text).letters
        for path, sought in gone.items():
            n = sum(_holds(letters, words) for words in sought)
            if n and 2 * n >= len(sought) and n > best.get(path, (0, ""))[0]:
                best[path] = n, document.path
    return {path: now for path, (_, now) in best.items()}


def _holds(letters: str, words: str) -> bool:
    """Tell whether at least half of the pieces of some words stand in a text: a slip spoils one of them."""
    pieces = [words[i : i + _PIECE] for i in range(0, len(words) - _PIECE + 1, _PIECE)]
    return 2 * sum(piece in letters for piece in pieces) >= len(pieces)
