"""Reads a speaker phrase for name, role and organisation.

`read_phrase("Superintendent Ida Lund of Marsh County Schools")` gives the name "Ida Lund", the role "superintendent"
and the organisation "Marsh County Schools". Whoever is not named stays unnamed.
"""

import re

from pipeline.stages.quote.people.lexicon import (
    DETERMINERS,
    GIVEN_NAMES,
    ORGANIZATION_WORDS,
    PLURAL_ROLES,
    ROLE_HEADS,
    STATES,
    TITLE_WORDS,
    VAGUE,
    is_role,
)
from pipeline.stages.quote.people.names import CAP, DETERMINER, HONORIFIC, NAME, NAME_ONLY, Person, without_address

_JOINED = r"(?:\s+(?:(?:of|for|and|&|the|on)\s+)*"
_ORGANIZATION = re.compile(
    rf"\b(?:of|at|from|for|with|on|to|representing|in)\s+(?:the\s+)?(?P<name>{CAP}{_JOINED}{CAP})*)"
)
_ACRONYM_ORGANIZATION = re.compile(r"\b(?:of|at|from|for|with)\s+(?:the\s+)?(?P<name>[A-Z]{2,}(?:\s[A-Z][\w\-]+)*)\b")
_OWNER = re.compile(rf"^(?P<name>{NAME})[’']s?\s")
_ANY_ORGANIZATION = re.compile(rf"(?<![\w’'\-])(?P<name>{CAP}{_JOINED}{CAP})*)")
_RELATIVE = re.compile(r"\b(?:who|which|that|whose|whom)\b")
_OF_TITLE = re.compile(r"(?:of|for) (?!the |an? |our |its )[a-z]+(?: [a-z]+)?(?= [A-Z])")
_AFTER_ROLE = frozenset("from at in on with who whom of for and to that whose near by between".split())
_AFTER_OF = frozenset("from at in on with who whom to that whose near by between named since and".split())
_PERSONAL = frozenset("colleague husband wife son daughter brother sister mentor neighbor neighbour aunt uncle".split())
_BRACKETS = re.compile(r"(?<!\s)\s*+\((?:[^)]*+\)|(?P<open>[^)]*+\Z))")
_FAMILY = frozenset("mother father grandmother grandfather parent grandparent".split())
_PROPER = frozenset("English Spanish French German Chinese Latin American Native Indian African Asian Title I".split())


def read_phrase(phrase: str) -> Person:
    """Return name, role and organisation as far as the phrase itself tells them."""
    phrase = re.sub(r"(?<!\s)[^\S\n]*+\n\s*+", ", ", phrase.strip(" —–-"))
    phrase = _BRACKETS.sub(lambda match: "" if match["open"] is None else match[0], phrase) or phrase
    main, _, rest = (part.strip() for part in re.sub(r"^From\s+", "", phrase).partition(","))
    main, own_clause = _cut_relative(re.sub(r"[’']s$", "", main))
    apposition, clause = _cut_relative(rest)
    name, role, organization = _main(main)
    if apposition:
        name, role, organization = _with_apposition(name, role, organization, apposition)
    return Person(name, role, organization or organization_in(own_clause) or organization_in(clause))


def read_apposition(apposition: str) -> Person:
    """Return role and organisation of what stands behind a name: "principal of Elm School"."""
    kept, clause = _cut_relative(apposition)
    _, role, organization = _with_apposition("", None, None, kept) if kept else ("", None, None)
    return Person(None, role, organization or organization_in(clause))


def is_attribution(line: str) -> bool:
    """Whether a line without a dash reads as "Name, role, place" or as a role."""
    line = line.strip()
    if not line or len(line.split()) > 18 or re.search(r"[.?!:;]$", line) or not line[0].isupper():
        return False
    head, _, tail = line.partition(",")
    bare = re.sub(r"\([^)]{0,200}\)", "", line)
    roles = any(is_role(word) for word in re.findall(r"[\w\-]+", bare))
    named = bool(NAME_ONLY.match(head.strip()))
    return (roles and named and bool(tail)) or _is_role_line(bare)


def role_of(words: str) -> str | None:
    """Return "director of research" from "the former director of research in the northern office"."""
    tokens = re.findall(r"[\w’'\-]+", _strip(words))
    heads = [i for i, token in enumerate(tokens) if is_role(token)]
    if not heads:
        return None
    stop = next((i for i, token in enumerate(tokens) if i > heads[0] and token.lower() in _AFTER_ROLE), len(tokens))
    last = max(i for i in heads if i < stop) if any(i < stop for i in heads) else heads[0]
    head = PLURAL_ROLES.get(tokens[last].lower(), tokens[last])
    tail = [] if head.lower() in _FAMILY else _of_phrase(tokens[last + 1 :])
    kept, _ = _part_title([*tokens[:last], head])
    return lower_title(" ".join([*kept, *tail]))


def lower_title(role: str) -> str:
    """Lower the case of a role, not of names and acronyms in it: "chief academic officer", "English teacher"."""
    tokens = role.split()
    title = len(tokens) > 1 and all(word[0].isupper() for word in tokens if word not in {"of", "and", "the", "for"})
    return " ".join(
        word.lower() if word.lower() in TITLE_WORDS or (title and word.istitle() and word not in _PROPER) else word
        for word in tokens
    )


def organization_in(clause: str) -> str | None:
    """Return the first name in a clause that holds a word such as School, District or Trust."""
    for match in _ANY_ORGANIZATION.finditer(clause):
        name = match["name"]
        if len(name.split()) > 1 and any(word in ORGANIZATION_WORDS for word in name.split()):
            return re.sub(r"^The\s+|[’']s$", "", name)
    return None


def split_title(tokens: list[str]) -> tuple[str | None, str | None, str | None]:
    """Split "Elm Valley Superintendent Ida Lund" into name, role and organisation; None where there is no name."""
    for n in range(len(tokens) - 2, -1, -1):
        if not is_role(tokens[n]) or tokens[n] in {"Sister", "Brother", "Father"}:
            continue
        of = _OF_TITLE.match(" ".join(tokens[n + 1 :]))
        tail = of[0].split() if of else []
        match = re.match(rf"(?:{HONORIFIC}\s+)*{NAME}", " ".join(tokens[n + 1 + len(tail) :]))
        if match:
            title, organization = _part_title(tokens[: n + 1])
            title = [*title, *tail]
            return without_address(match[0]), lower_title(" ".join(title)), organization
    return None, None, None


def _main(main: str) -> tuple[str | None, str | None, str | None]:
    """Read the words before the first comma."""
    name, role = _named(main)
    organization = organization_of(main if name is None else main.rsplit(name, maxsplit=1)[-1]) or _owner(main)
    if name is None and not re.search(r"\bnamed\b", main):
        tokens = [token for token in re.split(r"\s+", re.sub(r"\([^)]{0,200}\)", "", _strip(main))) if token]
        name, titled, own = split_title(tokens)
        role, organization = titled or role, own or organization
    return name, role, organization


def _named(main: str) -> tuple[str | None, str | None]:
    """Return the name with which a phrase begins, or that stands behind "named"."""
    stripped = _strip(main)
    named = re.search(rf"\bnamed (?P<name>{NAME})", main)
    if named:
        return named["name"], role_of(stripped.partition(" named ")[0])
    titled = _name_then_title(stripped.split())
    if titled is not None:
        return titled
    match = re.match(rf"(?:{HONORIFIC}\s+)*{NAME}", stripped)
    if match and _looks_like_name(match[0], stripped.split()):
        return without_address(match[0]), None
    address = re.search(rf"\b{HONORIFIC}\s+(?P<name>{NAME})", stripped)
    if address and not is_role(address[0].split()[0]):
        return address["name"], role_of(stripped[: address.start()])
    return None, role_of(stripped)


def _name_then_title(tokens: list[str]) -> tuple[str, str] | None:
    """Read a line whose comma got lost: "Ida Lund Assistant Superintendent", "Ida Lund Dean of Students"."""
    first = next((n for n, token in enumerate(tokens) if token.lower() in TITLE_WORDS), 0)
    title = [token for token in tokens[first:] if token.lower() in TITLE_WORDS]
    head = [n for n, token in enumerate(tokens) if is_role(token)]
    if (
        first < 2
        or first > 3
        or not head
        or (tokens[first][:1].islower() and tokens[0] not in GIVEN_NAMES)
        or not all(t[:1].isupper() for t in tokens[:first])
    ):
        return None
    fits = len(title) == len(tokens) - first or tokens[head[0] + 1 : head[0] + 2] == ["of"]
    return (without_address(" ".join(tokens[:first])), lower_title(" ".join(tokens[first:])).lower()) if fits else None


def _looks_like_name(name: str, tokens: list[str]) -> bool:
    """A name takes the whole phrase or stands before "of", "from" …; "Riverside teacher" is no name."""
    rest = tokens[len(name.split()) :]
    words = re.sub(r"^(?:Sister|Brother|Father) ", "", name).split()
    if any(is_role(word.strip(".,")) or word.lower() in VAGUE for word in words):
        return False
    if words[-1] in ORGANIZATION_WORDS and words[0] not in GIVEN_NAMES:
        return False
    return not rest or rest[0] in {"of", "from", "at", "with", "in", "for", "and"} or rest[0].startswith(("(", "who"))


def _part_title(tokens: list[str]) -> tuple[list[str], str | None]:
    """Part the words up to a role in the title and the organisation before it: "Elm High | Principal"."""
    start = len(tokens) - 1
    while start and tokens[start - 1].lower() in TITLE_WORDS and not _ends_organization(tokens[:start]):
        start -= 1
    if _ends_organization(tokens[:start]):
        return tokens[start:], re.sub(r"[’']s?$", "", " ".join(_capital_run(tokens[:start])))
    # "veteran science teacher": small words before a role belong to it
    return tokens if tokens[0][:1].islower() else tokens[min(start, _first_small(tokens)) :], None


def _first_small(tokens: list[str]) -> int:
    return next((n for n, token in enumerate(tokens) if token[:1].islower()), 0)


def _ends_organization(tokens: list[str]) -> bool:
    """Whether words end with a capitalised name of which one word is no part of a title."""
    run = _capital_run(tokens)
    proper = [word for word in run if word.lower() not in TITLE_WORDS and word not in _PROPER]
    return len(run) > 1 and bool(proper) and not any(is_role(word) for word in run)


def _capital_run(tokens: list[str]) -> list[str]:
    start = len(tokens)
    while start and tokens[start - 1][:1].isupper():
        start -= 1
    return tokens[start:]


def _is_role_line(line: str) -> bool:
    """Whether the first words are a role, as in "Workshop attendee" or "Principal, Oak Middle School"."""
    first = re.split(r"[,;|/]|\b(?:at|of|in|for|from|with)\b", line)[0].split()
    return bool(first) and first[-1].lower() in ROLE_HEADS and len(first) < 6


def _cut_relative(words: str) -> tuple[str, str]:
    match = _RELATIVE.search(words)
    return (words, "") if match is None else (words[: match.start()].strip(" ,"), words[match.start() :])


def _strip(phrase: str) -> str:
    previous = None
    while previous != phrase:
        previous, phrase = phrase, DETERMINER.sub("", phrase, count=1)
    return phrase


def _of_phrase(tokens: list[str]) -> list[str]:
    if len(tokens) < 2 or tokens[0] not in {"of", "for"} or tokens[1][0].isupper() or tokens[1] in DETERMINERS:
        return []
    stop = next((i for i, token in enumerate(tokens) if i > 0 and token.lower() in _AFTER_OF), len(tokens))
    return tokens[:stop]


def organization_of(words: str) -> str | None:
    """Return what stands behind "of", "at", "from", if it is more than a state or a large city."""
    match = _ORGANIZATION.search(words) or _ACRONYM_ORGANIZATION.search(words)
    name = re.sub(r"[’']s$", "", match["name"]) if match else None
    return None if name in STATES else name


def _owner(words: str) -> str | None:
    match = _OWNER.match(re.sub(r"^(?:the|The)\s+", "", words))
    roles = {word for word in words.lower().split() if is_role(word)}
    return match["name"] if match and roles and not roles & _PERSONAL else None


def _with_apposition(
    name: str | None, role: str | None, organization: str | None, apposition: str
) -> tuple[str | None, str | None, str | None]:
    apposition = re.sub(r"^\d{1,2},\s*", "", apposition)
    first, _, others = apposition.partition(",")
    if name is None and NAME_ONLY.match(first) and first.split()[-1] not in ORGANIZATION_WORDS and not role_of(first):
        return without_address(first), role, organization
    if name is None and role is not None:
        name, title, own = split_title(_strip(first).split())
        if name is not None:
            return name, title, organization or own
    own = role_of(first)
    role = own if own and (role is None or role.split()[-1] in {"participant", "person", "member"}) else role
    place: str | None = others.split(";")[0].strip()
    if not place or not place[0].isupper() or place in STATES or place.split()[0] in GIVEN_NAMES:
        place = None
    led = _part_title(_strip(first).split())[1] if own and _strip(first) else None
    return name, role, organization or organization_of(first) or _owner(first) or led or place
