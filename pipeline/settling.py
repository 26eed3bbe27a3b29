"""What counts where models and people decided of the same words: people first, then most of them.

    ana: equity yes · ben: equity yes · cleo: equity no · the model: succession yes  →  equity yes, succession yes
    ana: equity yes · ben: equity no                                                 →  equity review

A quote that a person judged counts as that person judged it as a whole: none of the model's mappings of that quote is
left, and an indicator that somebody who judged it did not name is a no of theirs. Of several people the most count;
where no decision has the most, the words wait for review. The index says the same in SQL (`stages.index.accepted`).
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from pipeline.records import Mapping, Tag

T = TypeVar("T", Tag, Mapping)


def settle_tags(tags: Iterable[Tag]) -> list[Tag]:
    """Return the tag that decides for each passage and theme, with what was decided, also where that is no."""
    held: dict[tuple[str, str], list[Tag]] = {}
    for tag in tags:
        held.setdefault((tag.passage_id, tag.theme), []).append(tag)
    return [_settled(one, "yes", "no", sum(tag.source == "human" for tag in one)) for one in held.values()]


def settle_mappings(mappings: Iterable[Mapping]) -> list[Mapping]:
    """Return the mapping that decides for each quote and indicator, with what was decided, also a reject."""
    held: dict[tuple[str, str], dict[str, list[Mapping]]] = {}
    for mapping in mappings:
        of_quote = held.setdefault((mapping.quote_id, mapping.rubric), {})
        of_quote.setdefault(mapping.indicator, []).append(mapping)
    return [one for of_quote in held.values() for one in _of_quote(of_quote)]


def _of_quote(held: dict[str, list[Mapping]]) -> list[Mapping]:
    judges = {one.coder for mappings in held.values() for one in mappings if one.source == "human"}
    left = [[one for one in mappings if one.source == "human" or not judges] for mappings in held.values()]
    return [_settled(mappings, "match", "reject", len(judges)) for mappings in left if mappings]


def _settled(records: Sequence[T], yes: str, no: str, n_people: int) -> T:
    """Return the record that decides: of people, one that says what most of them say; else the model's surest."""
    said = [one for one in records if one.source == "human"]
    verdict = _verdict([one.decision for one in said], yes, no, n_people) if said else None
    best = min(said or records, key=lambda one: (one.decision != (verdict or yes), -one.p))
    return best if verdict in {None, best.decision} else msgspec.structs.replace(best, decision=verdict)


def _verdict(decisions: Sequence[str], yes: str, no: str, n_people: int) -> str:
    """Return what most say; whoever says nothing of it says no."""
    n_yes, n_open = decisions.count(yes), decisions.count("review")
    n_no = n_people - n_yes - n_open
    if n_yes > max(n_open, n_no):
        return yes
    return no if n_no > max(n_open, n_yes) else "review"
