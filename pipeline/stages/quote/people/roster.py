"""The people whom a text brings on: where it names or describes them, and what it tells of each.

    Superintendent Ida Lund met a principal from Elm School. She told Mr. Voss …
    → named "Ida Lund" (superintendent, f by "She"), a principal (Elm School), named "Voss" (m by "Mr.")

`Roster.of(text)` reads a document once; the quoted words in it are blanked before, so that only the writer's words
count.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.stages.quote.people.described import described_people, vague_people
from pipeline.stages.quote.people.lexicon import Gender
from pipeline.stages.quote.people.mention import Mention, Someone
from pipeline.stages.quote.people.named import by_surname, full_name, names_a_thing, runs
from pipeline.stages.quote.people.names import sentence_starts, without_address

_PRONOUN = re.compile(r"\b(?:(?P<m>he)|(?P<f>she))\b", re.IGNORECASE)
_OBLIQUE = re.compile(
    r"\b(?:by|with|for|to|from|about|than|like|of|among|between|without|told|asked|on|behind|after|before)"
    r" (?:[A-Z]\w+ )?$"
)
_LISTED = re.compile(r"[\w’'\- ]{0,50}?(?:, and|, or|,| and| or) ")
_VOTE_REACH = 220


@dataclass(frozen=True, slots=True)
class Roster:
    """All mentions of a text in order; where its sentences start; `others`: capitalised words that name no person."""

    mentions: list[Mention]
    starts: list[int]
    people: dict[str, list[Someone]]
    others: list[tuple[int, int]]

    @classmethod
    def of(cls, text: str) -> "Roster":
        """Read a text."""
        people: dict[str, list[Someone]] = {}
        named = [mention for found in runs(text) if (mention := full_name(text, found, people)) is not None]
        taken = {mention.start for mention in named}
        named += [one for run in runs(text) if run.start() not in taken for one in by_surname(text, run, people)]
        roles = list(described_people(text, sorted((one.start, one.end) for one in named)))
        roles = [one for one in roles if not _names_follow(text, one, named)]
        mentions = sorted([*named, *roles], key=lambda one: (one.start, -one.end))
        mentions = sorted([*mentions, *vague_people(text, mentions)], key=lambda one: (one.start, -one.end))
        mentions = _with_oblique(text, mentions)
        starts = sentence_starts(text)
        _vote(text, mentions)
        _bind_offices(text, mentions, starts)
        known = {one.start for one in named}
        others = [run.span() for run in runs(text) if run.start() not in known and names_a_thing(run[0])]
        return cls(mentions, starts, people, others)

    def before(self, at: int, reach: int) -> list[Mention]:
        """Return the mentions that end before `at` and begin within `reach` characters of it."""
        first = bisect_left(self.mentions, at - reach, key=lambda one: one.start)
        last = bisect_left(self.mentions, at, key=lambda one: one.start)
        return [one for one in self.mentions[first:last] if one.end <= at]

    def entities(self, start: int, end: int) -> list[tuple[int, int, str]]:
        """Return what a stretch of the text names: start, end and PERSON or ORG."""
        named = [(one.start, one.end, "PERSON") for one in self.before(end, end - start) if one.kind == "named"]
        first = bisect_left(self.others, (start, 0))
        last = bisect_left(self.others, (end, 0))
        return named + [(*span, "ORG") for span in self.others[first:last]]

    def find(self, name: str, gender: Gender | None = None, at: int = 0) -> Someone | None:
        """Return the person of this surname or full name; among several the one whom gender and given name fit."""
        words = without_address(name).split()
        found = [one for one in self.people.get(words[-1], []) if gender is None or one.gender in {None, gender}]
        if len(words) > 1:
            found = [one for one in found if one.name.split()[0] == words[0]] or [
                one for one in found if len(one.name.split()) == 1
            ]
        if not found and len(words) == 1:
            found = [one for known in self.people.values() for one in known if one.name.split()[0] == words[0]]
        before = (one.who for one in self.backwards(at) if one.who is not None)
        certain = (who for who in before if len(who.name.split()) > 1 and who in found)
        return next(certain, None) or next(iter(found), None)

    def backwards(self, at: int) -> Iterator[Mention]:
        """Yield the mentions that end before `at`, the nearest first."""
        last = bisect_left(self.mentions, at, key=lambda one: one.start)
        return (one for one in reversed(self.mentions[:last]) if one.end <= at)


def _with_oblique(text: str, mentions: list[Mention]) -> list[Mention]:
    """Mark who stands behind a preposition, with all of its list: "among a bookkeeper, a driver and a cook"."""
    marked: list[Mention] = []
    for one in mentions:
        last = marked[-1] if marked else None
        listed = last is not None and last.oblique and last.kind == one.kind == "role"
        goes_on = listed and last is not None and _LISTED.fullmatch(text, last.end, max(last.end, one.start))
        marked.append(replace(one, oblique=bool(goes_on) or _is_oblique(text, one)))
    return marked


def _is_oblique(text: str, one: Mention) -> bool:
    """Whether somebody stands behind a preposition, and no more is told: "from a teacher", not "a teacher, who"."""
    told = one.kind == "role" and text.startswith(", who ", one.end)
    return not told and bool(_OBLIQUE.search(text, max(0, one.start - 24), one.start))


def _names_follow(text: str, role: Mention, named: list[Mention]) -> bool:
    """Whether a name in commas follows: "A coach from the valley, Ida Lund, …"; the person then takes the role."""
    if role.kind != "role" or not text.startswith(", ", role.end):
        return False
    who = next(
        (one.who for one in named if one.start == role.end + 2 and text[one.end : one.end + 1] in {",", "."}), None
    )
    if who is None:
        return False
    who.role = who.role or role.person.role
    return True


def _bind_offices(text: str, mentions: list[Mention], starts: list[int]) -> None:
    """Give an office to the subject of the sentence before: Ida Lund packed her boxes. The superintendent leaves.

    Only where nobody else of the text, named or not, holds it.
    """
    held = {_office_of(one) for one in mentions if not (one.kind == "role" and one.definite) and one.kind != "group"}
    for n, one in enumerate(mentions):
        office = _office_of(one)
        if not (one.kind == "role" and one.definite and text.startswith("The ", one.start)) or office in held:
            continue
        at = bisect_right(starts, one.start) - 1
        if at < 1 or starts[at] != one.start or "\n" in text[starts[at - 1] : one.start]:
            continue
        before = [other for other in mentions[:n] if other.start >= starts[at - 1]]
        first = before[0].who if before and not before[0].oblique else None
        if first is not None and first.role is None and (first.certain or first.gender) and one.person.role:
            first.role, first.organization = one.person.role, first.organization or one.person.organization
            held.add(office)


def _office_of(mention: Mention) -> str:
    role = mention.who.role if mention.who is not None else mention.person.role
    return (role or "").split(" of ")[0].split(" for ")[0].lower()


def _vote(text: str, mentions: list[Mention]) -> None:
    """Let the first "he" or "she" behind a mention tell the gender of a person who is alone in its reach."""
    named = [one for one in mentions if one.who is not None]
    for n, one in enumerate(named):
        if one.who is None or one.who.gender is not None:
            continue
        limit = named[n + 1].start if n + 1 < len(named) and named[n + 1].who is not one.who else len(text)
        match = _PRONOUN.search(text, one.end, min(limit, one.end + _VOTE_REACH))
        if match and "\n\n" not in text[one.end : match.start()]:
            one.who.votes["m" if match["m"] else "f"] += 1
    for who in {id(one.who): one.who for one in named if one.who is not None}.values():
        if who.gender is None and who.votes["m"] != who.votes["f"]:
            who.gender = "m" if who.votes["m"] > who.votes["f"] else "f"
