"""Finds the named persons of a text: by a title, a form of address, a given name, what stands behind, a surname."""

import re
from collections.abc import Iterator

from pipeline.stages.quote.cues import FINITE
from pipeline.stages.quote.marks import standing
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
from pipeline.stages.quote.people.mention import Mention, Someone
from pipeline.stages.quote.people.names import CAP, HONORIFIC, PARTICLE, Person, without_address
from pipeline.stages.quote.people.phrases import (
    lower_title,
    organization_in,
    organization_of,
    read_apposition,
    role_of,
    split_title,
)

_RUN = re.compile(rf"(?<![\w’'\-])(?:{HONORIFIC}|{CAP})(?:[ \u00a0](?:{PARTICLE}[ \u00a0])*(?:{HONORIFIC}|{CAP}))*")
_OF_FIELD = re.compile(
    r"(?<=\w )(?:of|for) (?!(?:the|an?|our|its|their|this|that)\b)[a-z][a-z’'\-]*(?: (?:and )?[a-z’'\-]+)?$"
)
_ONE = re.compile(r"\b[Tt]he (?:present|current|latest|newest|new|last|first|second|third|fourth|fifth) one, $")
_BEFORE_NAME = re.compile(r"(?:[\w’'\-]+ ){0,6}[\w’'\-]+[,:]? $")
BEHIND = re.compile(r",? (?P<words>[^.;:?!—\n]{3,140})")
_IN_BRACKETS = re.compile(r" \((?P<words>[^()\n]{3,80})\)")
_IS = re.compile(
    r"^(?:is|was|became|remains|serves as|served as|has been|had been|works as)\s(?:an?|the|now|once|also|\s)*+"
)
_DOES = re.compile(
    r"^(?:who\s+)?(?:now\s+|then\s+|has\s+)?(?P<verb>leads|led|runs|ran|heads|headed|directs|directed|chairs|chaired|founded"
    r"|teaches|taught|coaches|coached|studies|studied|oversees|oversaw|manages|managed|supervises|works)\b"
)
_ROLE_OF_VERB = {"direct": "director", "teach": "teacher", "taught": "teacher", "coach": "coach"}
_CHAIRS = re.compile(
    r"^(?:who )?(?:chairs\b|(?:has )?chaired (?:\S+ ){0,4}(?:board|council|committee|commission|department)\b)"
)
_SUBJECT = re.compile(
    r"^(?:who )?(?:now |then |has )?(?:teaches|taught) (?P<what>(?:\w+ grade|[a-z]+(?: and [a-z]+)?))(?= |,|$)"
    r"(?<!teaches at)(?<!taught at)"
)
_NO_SUBJECT = frozenset(
    "at in for there here the a an two three four five it them us and me him her students children kids adults classes"
    " people".split()
)
_ACTS = re.compile(rf",? (?:who\b|(?:{'|'.join(sorted(FINITE))})\b)")
_ACTS_BEFORE = re.compile(rf"\b(?:{'|'.join(sorted(FINITE))}) $")


def runs(text: str) -> Iterator[re.Match[str]]:
    """Return the runs of capitalised words of a text."""
    return _RUN.finditer(text)


def full_name(text: str, run: re.Match[str], people: dict[str, list[Someone]]) -> Mention | None:
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
    where = given is None and text[max(0, start - 4) : start].endswith((" in ", " at "))
    if not titled and (alone or where or (given is None and _placed(text, run.end(), name))):
        return None
    gender = (ADDRESS[address] if address else None) or given or gendered(role or behind.role)
    someone = _enter(people, name, gender, given=address in {"Sister", "Brother", "Father"})
    someone.certain = someone.certain or sure
    someone.role = someone.role or role or behind.role
    someone.organization = someone.organization or organization or behind.organization
    return Mention(start, run.end(), "named", Person(name, role, organization), someone.gender, someone)


def _only_capital(text: str, name: str) -> bool:
    """Whether a word is never written small: "Staff said" is no name where the text has "staff"."""
    return len(name) > 2 and not any(standing(name.lower(), text))


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
    of = _OF_FIELD.search(clause)
    if of and clause[: of.start()].split()[-1].lower() in ROLE_HEADS:
        role, organization = _title_before(text[: lead.start()] + clause[: of.start()], lead.start() + of.start())
        return (f"{role} {of[0]}" if role else None), organization
    if tokens and lead[0].endswith(": ") and _is_label(text, lead.start(), tokens):
        return lower_title(" ".join(tokens)), None
    if not tokens or tokens[-1].lower() not in ROLE_HEADS or (lead[0].endswith((", ", ": ")) and not _definite(tokens)):
        return _one_of_group(text, start), None
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


def _is_label(text: str, at: int, tokens: list[str]) -> bool:
    """Whether a line begins with a role and a colon: "Host: Ida Lund"."""
    opens = at == 0 or text[at - 1] == "\n"
    return (
        opens
        and not tokens[-1].isupper()
        and tokens[-1].lower() in ROLE_HEADS
        and all(token.lower() in TITLE_WORDS for token in tokens)
    )


def _one_of_group(text: str, start: int) -> str | None:
    """Return the office in "three superintendents since 2008. The present one, Ida Lund"."""
    if not _ONE.search(text, max(0, start - 60), start):
        return None
    before = re.findall(r"[a-z]+", text[max(0, start - 200) : start])
    return next((PLURAL_ROLES[word] for word in reversed(before) if word in PLURAL_ROLES), None)


def _definite(tokens: list[str]) -> bool:
    return any(
        word.lower() in {"the", "its", "their", "our", "a", "an", "his", "her"} or "’s" in word for word in tokens
    )


def _behind(text: str, end: int) -> Person:
    """Read what stands behind a name: ", principal of Elm School", " is the director", ", who leads the Elm Trust"."""
    if (bracketed := _IN_BRACKETS.match(text, end)) is not None:
        return apposed(bracketed["words"])
    match = BEHIND.match(text, end, min(len(text), end + 160))
    if match is None:
        return Person()
    words = match["words"]
    if does := _DOES.match(words):
        return Person(None, _role_of_verb(words, does["verb"]), organization_in(words))
    if match[0].startswith(","):
        chunks = words.split(", ")
        return apposed(", ".join(chunks[: 3 if chunks[0].isdigit() else 2]))
    return _stated(words)


def _stated(words: str) -> Person:
    """Read "is the director", "became superintendent the next year" or "of Elm School"."""
    if is_ := _IS.match(words):
        rest = _bare_office(words[is_.end() :].split(",", maxsplit=1)[0])
        return Person(None, role_of(rest), organization_of(rest)) if _is_role_phrase(rest) else Person()
    if re.match(r"(?:of|from|at|with) (?:the )?[A-Z]", words):
        return Person(None, None, organization_in(words.split(",", maxsplit=1)[0]))
    return Person()


def _role_of_verb(words: str, verb: str) -> str | None:
    """Return what "chairs the council" or "has taught algebra" makes of a person: chair, algebra teacher."""
    if _CHAIRS.match(words):
        return "chair"
    if re.search(r"\b(?:her|him)self\b", words):
        return None
    role = next((role for stem, role in _ROLE_OF_VERB.items() if verb.startswith(stem)), None)
    subject = _SUBJECT.match(words) if role == "teacher" else None
    what = subject["what"] if subject else ""
    return f"{what} teacher" if what and what.split()[0] not in _NO_SUBJECT else role


def _bare_office(words: str) -> str:
    """Return "superintendent" from "superintendent the next year he was advised"."""
    tokens = words.split()
    last = next((n for n, token in enumerate(tokens) if token.lower() not in TITLE_WORDS), len(tokens))
    office = tokens[:last]
    ended = bool(office) and office[-1].lower() in ROLE_HEADS and last < len(tokens)
    return (
        " ".join(office)
        if ended and tokens[last] in {"the", "this", "that", "when", "last", "next", "after"}
        else words
    )


def apposed(words: str) -> Person:
    """Read what stands behind a comma or in brackets."""
    first = re.sub(r"^\d{1,2}, ", "", words)
    if first.startswith(("who ", "whose ")) and (does := _DOES.match(first)):
        return Person(None, _role_of_verb(first, does["verb"]), organization_in(first.split(",")[0]))
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


def gendered(role: str | None) -> Gender | None:
    """Return the gender that a role tells, or None."""
    words = (role or "").lower().split()
    return next((GENDERED_ROLES[word] for word in words if word in GENDERED_ROLES), None)


def _enter(people: dict[str, list[Someone]], name: str, gender: Gender | None, *, given: bool) -> Someone:
    """Find the person of this name among those known, or add one; `given`: Sister Ida is Ida Lund."""
    words = name.split()
    if given and len(words) == 1:
        same_given = (one for known in people.values() for one in known if one.name.split()[0] == name)
        if (someone := next(same_given, None)) is not None:
            return someone
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


def by_surname(text: str, run: re.Match[str], people: dict[str, list[Someone]]) -> Iterator[Mention]:
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


def names_a_thing(run: str) -> bool:
    """Whether capitalised words name an organisation, a place or a day."""
    tokens = [token for token in run.split() if token not in STARTERS]
    thing = any(token in NOT_NAMES for token in tokens) or " ".join(tokens) in STATES
    return bool(tokens) and thing and not any(is_role(token) for token in tokens)
