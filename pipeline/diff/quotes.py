"""Compares the quotes of a document: which are there, how far they reach, who speaks."""

from collections.abc import Sequence

from pipeline.diff.changes import Change, Pair
from pipeline.diff.pairing import Either, Passages, likeness, pair_best, pair_equal, plain
from pipeline.records import Passage, Quote, Speaker


def pair_quotes(passages: Passages, a: Sequence[Quote], b: Sequence[Quote]) -> list[Either[Quote]]:
    """Find quotes again: those that overlap in the same passage, or have like words in an edited one.

    What is left is paired if it has the same words elsewhere in the document.
    """
    in_a, in_b = _by_passage(a), _by_passage(b)
    pairs = [
        pair
        for one, other in passages.pairs
        if one.id in in_a and other.id in in_b
        for pair in _pair_within(one, other, in_a[one.id], in_b[other.id])
    ]
    known_a, known_b = {one.id for one, _ in pairs}, {other.id for _, other in pairs}
    rest_a, rest_b = [one for one in a if one.id not in known_a], [one for one in b if one.id not in known_b]
    moved = pair_equal([plain(one.text) for one in rest_a], [plain(one.text) for one in rest_b])
    found: dict[str, Quote] = {one.id: other for one, other in pairs}
    found |= {rest_a[i].id: rest_b[j] for i, j in moved.items()}
    there = {other.id for other in found.values()}
    either: list[Either[Quote]] = [(one, found.get(one.id)) for one in a]
    either += [(None, other) for other in b if other.id not in there]
    return sorted(either, key=lambda pair: _place(*pair))


def _place(one: Quote | None, other: Quote | None) -> int:
    return other.start if other else one.start if one else 0


def _by_passage(quotes: Sequence[Quote]) -> dict[str, list[Quote]]:
    found: dict[str, list[Quote]] = {}
    for quote in quotes:
        found.setdefault(quote.passage_id, []).append(quote)
    return found


def _pair_within(one: Passage, other: Passage, a: Sequence[Quote], b: Sequence[Quote]) -> list[tuple[Quote, Quote]]:
    def overlap(left: Quote, right: Quote) -> float:
        if one.text != other.text:
            return likeness(plain(left.text), plain(right.text))
        shift = other.start - one.start
        return sum(
            max(0, min(mine.end + shift, theirs.end) - max(mine.start + shift, theirs.start))
            for mine in left.parts
            for theirs in right.parts
        )

    return pair_best(a, b, overlap)


def changes_of(document: str, one: Quote | None, other: Quote | None) -> list[Change]:
    """Say how a quote changed; `None`: it is not there."""
    text = other.text if other else one.text if one else ""
    pair = Pair("quotes", document, one, other, text)
    if one is None or other is None:
        return [pair.alone(lambda quote: who(quote.speaker))]
    told = [("extent", one.text, other.text)] if plain(one.text) != plain(other.text) else []
    told += [("speaker", who(one.speaker), who(other.speaker))] if who(one.speaker) != who(other.speaker) else []
    return [pair.change(*change) for change in told]


def who(speaker: Speaker | None) -> str:
    """Return a speaker in words.

    >>> who(None)
    'nobody named'
    """
    if speaker is None:
        return "nobody named"
    return ", ".join(part for part in (speaker.name or speaker.text, speaker.role, speaker.organization) if part)
