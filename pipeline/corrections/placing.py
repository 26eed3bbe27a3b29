"""Which passage, quote or segment of today each judgement is about; those that are about none are lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.corrections.anchoring import LIKE, Fit, Place, Stretch, Text, find_changed, find_words, fold, holder
from pipeline.corrections.decisions import Judgement
from pipeline.corrections.folder import Recorded

_WHOLE: Final = 0.9
"""Share of a stretch that the judged words must make up, to speak for all of it."""


@dataclass(frozen=True)
class Placed:
    """A judgement with what it is about: the number of a stretch. `place`: of its words.

    `is_whole`: the words make up the stretch; otherwise they are a part of it (two paragraphs became one).
    """

    recorded: Recorded
    number: int
    place: Place
    is_whole: bool


def place(
    recorded: Sequence[Recorded], text: Text, among: Sequence[Stretch], least: float = LIKE
) -> tuple[list[Placed], list[Recorded]]:
    """Return the judgements that found their stretch, in the order given, and those that did not.

    Of a coder's judgements that come to be about the same stretch, the one whose words fit best counts, then the last.
    """
    found, lost = place_all(recorded, text, among, least)
    return _one_each(found, lost), lost


def place_all(
    recorded: Sequence[Recorded], text: Text, among: Sequence[Stretch], least: float = LIKE
) -> tuple[list[Placed], list[Recorded]]:
    """Do the same where a stretch may have several judgements of one coder, as a passage with several quotes has."""
    found: list[Placed] = []
    lost: list[Recorded] = []
    for one in recorded:
        where = _place(one, text, among, least)
        if where is None:
            lost.append(one)
        else:
            found.append(where)
    return found, lost


def _place(one: Recorded, text: Text, among: Sequence[Stretch], least: float) -> Placed | None:
    anchor = one.judgement.anchor
    there = find_words(anchor, text)
    number = holder(there, among) if there is not None else None
    if there is None or number is None:
        there = find_changed(anchor, text, among, least)
        number = holder(there, among) if there is not None else None
    if there is None or number is None:
        return None
    letters = text.between(among[number].start, among[number].end)
    judged = text.between(there.start, there.end)
    return Placed(one, number, there, is_whole=len(judged) >= _WHOLE * len(letters))


def _one_each(found: Sequence[Placed], lost: list[Recorded]) -> list[Placed]:
    best: dict[tuple[str, int], Placed] = {}
    for one in found:
        key = (one.recorded.judgement.coder, one.number)
        other = best.get(key)
        if other is None:
            best[key] = one
            continue
        winner, loser = (one, other) if _fits(one) >= _fits(other) else (other, one)
        best[key] = winner
        if not _is_about_the_same(winner.recorded.judgement, loser.recorded.judgement):
            lost.append(loser.recorded)
    kept = {id(one) for one in best.values()}
    return [one for one in found if id(one) in kept]


def _fits(one: Placed) -> tuple[bool, Fit]:
    return one.is_whole, one.place.fit


def _is_about_the_same(one: Judgement, other: Judgement) -> bool:
    """Tell an earlier word on the same stretch from one on another stretch of the same words, which is gone now."""
    a, b = one.anchor, other.anchor
    return fold(a.text) != fold(b.text) or not (a.before or a.after) or a.before == b.before or a.after == b.after
