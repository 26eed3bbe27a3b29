"""The people whom a text brings on: where it names or describes them, and what it tells of each.

    Superintendent Ida Lund met a principal from Elm School. She told Mr. Voss …
    → named "Ida Lund" (superintendent, f by "She"), a principal (Elm School), named "Voss" (m by "Mr.")

`Roster.of(text)` reads a document once; the quoted words in it are blanked before, so that only the writer's words
count.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from pipeline.stages.quote.cues import FINITE
from pipeline.stages.quote.people.lexicon import (
    ADDRESS,
    GENDERED_ROLES,
    GIVEN_NAMES,
    NOT_NAMES,
    ORGANIZATION_WORDS,
    PLURAL_ROLES,
    ROLE_HEADS,
    STARTERS,
    STATES,
    TITLE_WORDS,
    VAGUE,
    Gender,
    is_role,
)
from pipeline.stages.quote.people.names import CAP, HONORIFIC, PARTICLE, Person, sentence_starts, without_address
from pipeline.stages.quote.people.phrases import (
    lower_title,
    organization_in,
    organization_of,
    read_apposition,
    read_phrase,
    role_of,
    split_title,
)

Kind = Literal["named", "role", "group"]

_RUN = re.compile(rf"(?<![\w’'\-])(?:{HONORIFIC}|{CAP})(?:[ \u00a0](?:{PARTICLE}[ \u00a0])*(?:{HONORIFIC}|{CAP}))*")
_ROLE_WORD = re.compile(r"(?<![\w\-])[A-Za-z][a-z]+(?![\w\-])")
_BEFORE_NAME = re.compile(r"(?:[\w’'\-]+ ){0,6}[\w’'\-]+[,:]? $")
_BEHIND = re.compile(r",? (?P<words>[^.;:?!—\n]{3,140})")
_IS = re.compile(
    r"^(?:is|was|became|remains|serves as|served as|has been|had been|works as)\s+(?:an?|the|now|once|also|\s)*\s*"
)
_DOES = re.compile(
    r"^(?:who\s+)?(?:now\s+|then\s+)?(?P<verb>leads|led|runs|ran|heads|headed|directs|directed|chairs|chaired|founded"
    r"|teaches|taught|coaches|coached|studies|studied|oversees|oversaw|manages|managed|supervises|works)\b"
)
_ROLE_OF_VERB = {"chair": "chair", "direct": "director", "teach": "teacher", "taught": "teacher", "coach": "coach"}
_DETERMINED = re.compile(
    r"\b(?P<det>an?|one|another|the|our|its|their|his|her|[\w.]+[’']s)\s+(?:other\s+)?"
    r"(?:(?!(?:from|of|at|in|to|by|for|with|about|that|and|or|was|is|as)\s)[\w’'\-]+\s+){0,4}$",
    re.IGNORECASE,
)
_TAIL = re.compile(rf"(?:\s+(?:of|from|at|in|on|for|named)\s+(?:the\s+|an?\s+)?[\w’'\-]+(?:\s+{CAP})*)*")
_PRONOUN = re.compile(r"\b(?:(?P<m>he)|(?P<f>she))\b", re.IGNORECASE)
# Between a name and the role that stands behind it: ", a first-year ".
_APPOSED = re.compile(r", (?:an?|the|its|their|our|his|her|then|now|formerly) (?:[\w’'\-]+ ){0,4}")
_ACTS = re.compile(rf",? (?:who\b|(?:{'|'.join(sorted(FINITE))})\b)")
_ACTS_BEFORE = re.compile(rf"\b(?:{'|'.join(sorted(FINITE))}) $")
_OBLIQUE = re.compile(r"\b(?:by|with|for|to|from|about|than|like|of|told|asked|on|behind|after|before) (?:[A-Z]\w+ )?$")
# Between a name and the role that stands behind it: ", a first-year ".
_APPOSED = re.compile(r", (?:an?|the|its|their|our|his|her|then|now|formerly) (?:[\w’'\-]+ ){0,4}")
# Between a name and the role that stands behind it: ", a first-year ".
_APPOSED = re.compile(r", (?:an?|the|its|their|our|his|her|then|now|formerly) (?:[\w’'\-]+ ){0,4}")
_VOTE_REACH = 220


@dataclass(slots=True)
class Someone:
    """A named person. `gender`: None where nothing tells."""

    name: str
    role: str | None = None
    organization: str | None = None
    gender: Gender | None = None
    certain: bool = False
    votes: Counter[str] = field(default_factory=Counter)

    @property
    def surname(self) -> str:
        """The last word of the name."""
        return self.name.split()[-1]

    @property
    def person(self) -> Person:
        """The same as a record."""
        return Person(self.name, self.role, self.organization)


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a person, or a group of them, is brought on. `who`: the named person.

    `definite`: "the superintendent", which may mean a person named before. `oblique`: behind a preposition.
    `one_of`: "one principal", of whom there are others.
    """

    start: int
    end: int
    kind: Kind
    person: Person
    gender: Gender | None = None
    who: Someone | None = None
    definite: bool = False
    oblique: bool = False
    one_of: bool = False


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
        named = [mention for found in _runs(text) if (mention := _full_name(text, found, people)) is not None]
        taken = {mention.start for mention in named}
        named += [one for run in _runs(text) if run.start() not in taken for one in _by_surname(text, run, people)]
        roles = list(_roles(text, sorted((one.start, one.end) for one in named)))
        mentions = sorted([*named, *roles], key=lambda one: (one.start, -one.end))
        mentions = [
            replace(one, oblique=bool(_OBLIQUE.search(text, max(0, one.start - 24), one.start))) for one in mentions
        ]
        _vote(text, mentions)
        known = {one.start for one in named}
        others = [run.span() for run in _runs(text) if run.start() not in known and _names_a_thing(run[0])]
        return cls(mentions, sentence_starts(text), people, others)

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
        nearest = [m.who for m in reversed(self.before(at, at + 1)) if m.who in found]
        certain = [one for one in nearest if one is not None and len(one.name.split()) > 1]
        return next(iter(certain or found), None)


def _names_a_thing(run: str) -> bool:
    """Whether capitalised words name an organisation, a place or a day."""
    tokens = [token for token in run.split() if token not in STARTERS]
    thing = any(token in NOT_NAMES for token in tokens) or " ".join(tokens) in STATES
    return bool(tokens) and thing and not any(is_role(token) for token in tokens)


def _is_oblique(text: str, start: int) -> bool:
    return bool(_OBLIQUE.search(text, max(0, start - 24), start))


def _runs(text: str) -> Iterator[re.Match[str]]:
    return _RUN.finditer(text)


def _full_name(text: str, run: re.Match[str], people: dict[str, list[Someone]]) -> Mention | None:
    """Read a run of capitalised words as a person with a title, a form of address or a given name."""
    tokens = run[0].replace("\u00a0", " ").split(" ")
    lead = 0
    while len(tokens) > 1 and tokens[0] in STARTERS:
        lead += len(tokens[0]) + 1
        tokens = tokens[1:]
    tokens[-1] = re.sub(r"[’']s?$", "", tokens[-1])
    start = run.start() + lead
    name, role, organization = split_title(tokens)
    if name is None and not is_role(tokens[-1]):
        name = without_address(" ".join(tokens))
        role, organization = _title_before(text, start)
    if name is None or _no_name(name):
        return None
    address = next((token.rstrip(".") for token in tokens if token.rstrip(".") in ADDRESS), None)
    behind = _behind(text, run.end())
    given = GIVEN_NAMES.get(name.split()[0]) if len(name.split()) > 1 else None
    titled = bool(role or address or behind.role or behind.organization)
    sure = (
        titled
        or bool(given)
        or bool(_ACTS.match(text, run.end()))
        or bool(_ACTS_BEFORE.search(text, max(0, start - 14), start))
    )
    acts = _ACTS.match(text, run.end()) or _ACTS_BEFORE.search(text, max(0, start - 14), start)
    alone = len(name.split()) == 1 and not (acts and _only_capital(text, name))
    if not titled and (alone or (given is None and _placed(text, run.end(), name))):
        return None
    gender = (ADDRESS[address] if address else None) or given or _gendered(role or behind.role)
    someone = _enter(people, name, gender)
    someone.certain = someone.certain or sure
    someone.role = someone.role or role or behind.role
    someone.organization = someone.organization or organization or behind.organization
    return Mention(start, run.end(), "named", Person(name, role, organization), someone.gender, someone)


def _only_capital(text: str, name: str) -> bool:
    """Whether a word is never written small: "Staff said" is no name where the text has "staff"."""
    return len(name) > 2 and not re.search(rf"\b{re.escape(name.lower())}\b", text)


def _no_name(name: str) -> bool:
    words = name.split()
    if len(words) > 4 or any(word.strip(".").lower() in VAGUE or is_role(word) for word in words):
        return True
    odd = [word for word in words if word in NOT_NAMES or word in STARTERS]
    return (bool(odd) and (len(words) == 1 or words[0] not in GIVEN_NAMES or words[-1] in ORGANIZATION_WORDS)) or (
        name in STATES
    )


def _placed(text: str, end: int, name: str) -> bool:
    """Whether a name without a known given name is rather a place or thing."""
    follows = re.match(r", ([A-Z]\w+(?: [A-Z]\w+)?)", text[end : end + 40])
    two = len(name.split()) not in {2, 3} or name.isupper()
    return two or bool(follows and follows[1] in STATES) or bool(re.match(r"[’']s? ", text[end : end + 3]))


def _title_before(text: str, start: int) -> tuple[str | None, str | None]:
    """Read the small words in front of a name: "high school principal Ida Lund", "Elm College professor Ida Lund"."""
    lead = _BEFORE_NAME.search(text, max(0, start - 80), start)
    if lead is None:
        return None, None
    clause = re.split(r"[.;:—]\s", lead[0].rstrip(" ,:"))[-1]
    tokens = clause.split()
    of = re.search(r"(?<= )(?:of|for) [a-z]+$", clause)
    if of and len(tokens) > 2 and tokens[-3].lower() in ROLE_HEADS:
        role, organization = _title_before(text[: lead.start()] + clause[: of.start()], lead.start() + of.start())
        return (f"{role} {of[0]}" if role else None), organization
    if not tokens or tokens[-1].lower() not in ROLE_HEADS or (lead[0].endswith((", ", ": ")) and not _definite(tokens)):
        return None, None
    first = len(tokens) - 1
    while first and tokens[first - 1].lower() in TITLE_WORDS and tokens[first - 1].lower() not in {"and", "of", "for"}:
        first -= 1
    owned = first and re.search(r"[’']s?$", tokens[first - 1])
    capital = first
    while capital and tokens[capital - 1][:1].isupper() and tokens[capital - 1] not in STARTERS:
        capital -= 1
    organization = re.sub(r"[’']s?$", "", " ".join(tokens[capital:first]))
    fits = bool(organization) and (bool(owned) or organization.split()[-1] in ORGANIZATION_WORDS)
    return lower_title(" ".join(tokens[first:])), organization if fits else None


def _definite(tokens: list[str]) -> bool:
    return any(
        word.lower() in {"the", "its", "their", "our", "a", "an", "his", "her"} or "’s" in word for word in tokens
    )


def _behind(text: str, end: int) -> Person:
    """Read what stands behind a name: ", principal of Elm School", " is the director", ", who leads the Elm Trust"."""
    match = _BEHIND.match(text, end, min(len(text), end + 160))
    if match is None:
        return Person()
    words = match["words"]
    if does := _DOES.match(words):
        role = next((role for stem, role in _ROLE_OF_VERB.items() if does["verb"].startswith(stem)), None)
        return Person(None, role, organization_in(words))
    if match[0].startswith(","):
        chunks = words.split(", ")
        return _apposed(", ".join(chunks[: 3 if chunks[0].isdigit() else 2]))
    if is_ := _IS.match(words):
        rest = words[is_.end() :].split(",")[0]
        return Person(None, role_of(rest), organization_of(rest)) if _is_role_phrase(rest) else Person()
    if re.match(r"(?:of|from|at|with) (?:the )?[A-Z]", words):
        return Person(None, None, organization_in(words.split(",")[0]))
    return Person()


def _apposed(words: str) -> Person:
    first = re.sub(r"^\d{1,2}, ", "", words)
    if first.startswith(("who ", "whose ")):
        is_ = _IS.match(first[4:])
        rest = first[4:][is_.end() :] if is_ else ""
        role = role_of(rest) if rest and _is_role_phrase(rest) else None
        return Person(None, role, organization_in(first.split(",")[0]))
    return read_apposition(words) if _is_role_phrase(first.split(",")[0]) else Person()


def _is_role_phrase(words: str) -> bool:
    """Whether words such as "the former principal of Elm School" begin with a role, before any preposition or verb."""
    head = re.split(r"\b(?:of|at|for|in|from|with|on|and|since|who|to)\b", words)[0]
    tokens = re.findall(r"[\w’'\-]+", head)
    return bool(tokens) and is_role(tokens[-1]) and len(tokens) < 8 and tokens[-1].lower() not in PLURAL_ROLES


def _gendered(role: str | None) -> Gender | None:
    words = (role or "").lower().split()
    return next((GENDERED_ROLES[word] for word in words if word in GENDERED_ROLES), None)


def _enter(people: dict[str, list[Someone]], name: str, gender: Gender | None) -> Someone:
    """Find the person of this name among those known, or add one."""
    words = name.split()
    known = people.setdefault(words[-1], [])
    for one in known:
        other = one.name.split()
        same = len(words) == 1 or len(other) == 1 or words[0] == other[0]
        if same and (gender is None or one.gender is None or gender == one.gender):
            one.name = name if len(words) > len(other) else one.name
            one.gender = one.gender or gender
            return one
    known.append(Someone(name, gender=gender))
    return known[-1]


def _by_surname(text: str, run: re.Match[str], people: dict[str, list[Someone]]) -> Iterator[Mention]:
    """Yield the mention of a person whom the text names in full elsewhere."""
    offset = run.start()
    for token in run[0].split():
        bare = re.sub(r"[’']s?$", "", token)
        start = text.index(token, offset)
        offset = start + len(token)
        found = people.get(bare, [])
        if found and (len(run[0].split()) == 1 or run[0].split()[0] in STARTERS):
            who = found[-1] if len(found) == 1 else _introduced(found, text, start)
            yield Mention(start, start + len(bare), "named", Person(bare), who.gender, who)


def _introduced(found: list[Someone], text: str, at: int) -> Someone:
    """Return the person of this surname who was named in full last."""
    return max(found, key=lambda one: text.rfind(one.name, 0, at))


def _roles(text: str, taken: list[tuple[int, int]]) -> Iterator[Mention]:
    """Yield the persons and groups who are described, not named."""
    for match in _ROLE_WORD.finditer(text):
        word = match[0].lower()
        if word not in ROLE_HEADS and word not in PLURAL_ROLES:
            continue
        n = bisect_left(taken, (match.start() + 1, 0))
        if n and (taken[n - 1][1] > match.start() or _APPOSED.fullmatch(text, taken[n - 1][1], match.start())):
            continue
        if n < len(taken) and text[match.end() : taken[n][0]] == ", ":
            continue  # "the chair, Ida Lund": the name is the mention
        mention = _group(text, match) if word in PLURAL_ROLES else _described(text, match)
        if mention is not None:
            yield mention


def _group(text: str, match: re.Match[str]) -> Mention:
    lead = re.search(r"(?:[\w\-]+ ){1,2}$", text[max(0, match.start() - 40) : match.start()])
    words = lead[0].split() if lead else []
    while words and not all(word.lower() in TITLE_WORDS - {"of", "and", "for"} for word in words):
        words = words[1:]
    role = " ".join([*(word.lower() for word in words), PLURAL_ROLES[match[0].lower()]])
    return Mention(match.start(), match.end(), "group", Person(None, role))


def _described(text: str, match: re.Match[str]) -> Mention | None:
    """Read "a principal from Elm School" or "the chair"; None where the word belongs to another role or name."""
    if re.match(r"[’']s\b", text[match.end() : match.end() + 2]):
        return None
    follows = re.match(r"\s+([\w\-]+)", text[match.end() : match.end() + 30])
    if follows and (is_role(follows[1]) or (match[0][0].isupper() and follows[1][0].isupper())):
        return None
    lead = _DETERMINED.search(text, max(0, match.start() - 70), match.start())
    if lead is None and not _opens_sentence(text, match.start()):
        return None
    start = lead.start() if lead else match.start()
    tail = _TAIL.match(text, match.end(), match.end() + 120)
    end = tail.end() if tail else match.end()
    person = read_phrase(text[start:end])
    behind = _BEHIND.match(text, end, end + 100) if lead and lead["det"].lower() in {"a", "an", "another"} else None
    if behind and behind[0].startswith(", a") and (more := _apposed(behind["words"].split(", ")[0])).role:
        person = replace(person, role=more.role if "participant" in (person.role or "") else person.role)
    one_of = bool(lead and lead["det"].lower() in {"one", "another"})
    if re.match(r"[^.!?]{0,40}, (?:she|he)\b", text[match.end() : match.end() + 48]) and _opens_sentence(text, start):
        return None  # "A teacher for nineteen years, she …": said of the person before
    definite = bool(lead and lead["det"].lower() in {"the", "our", "its", "their"})
    return Mention(start, end, "role", person, _gendered(person.role), None, definite, one_of=one_of)


def _opens_sentence(text: str, at: int) -> bool:
    return at == 0 or bool(re.search(r"(?:^|[.!?:]\s|\n)$", text[max(0, at - 2) : at]))


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
