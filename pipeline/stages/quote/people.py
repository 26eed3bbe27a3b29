"""Reads a speaker phrase for name, role and organisation, and looks back for the fuller mention of the same person.

`describe("Superintendent Ida Lund of Marsh County Schools", …)` gives the name "Ida Lund", the role
"superintendent" and the organisation "Marsh County Schools". A surname, a pronoun or "the superintendent" is looked
up in the text before it. Whoever is not named stays unnamed.
"""

import re
from dataclasses import dataclass, replace

ROLE_HEADS = frozenset(
    """
    administrator adviser advisor advocate aide alum alumna alumnus analyst assistant attendee attorney author
    ceo chair chairman chairperson chairwoman chancellor chief clerk coach colleague commissioner consultant
    coordinator counselor counsellor custodian dean delegate deputy designer developer director driver editor
    educator employee engineer evaluator executive expert facilitator faculty fellow founder graduate guest head
    individual instructor interventionist interviewer investigator librarian leader learner lecturer lead
    liaison manager member mentor moderator mother father nurse observer officer official organizer panelist
    paraprofessional parent participant partner person planner policymaker practitioner presenter president
    principal professor provost psychologist registrar representative researcher resident respondent reviewer
    scholar scientist secretary senator specialist speaker spokesman spokesperson spokeswoman staffer student
    superintendent supervisor teacher technician trainer treasurer trustee veteran visitor volunteer woman man
    girl boy worker writer reporter mayor governor legislator minister inspector headteacher grandmother
    grandfather senior junior sophomore freshman newcomer interpreter cook
    """.split()
)
PLURAL_ROLES = {
    ("people" if head == "person" else "women" if head == "woman" else "men" if head == "man" else head + "s"): head
    for head in ROLE_HEADS
}
_TITLE_WORDS = ROLE_HEADS | frozenset(
    "academic acting area associate board branch budget business campus central chief communications community deputy "
    "district "
    "elementary equity executive federal former general high human information instruction instructional interim lead "
    "lieutenant literacy middle operating personnel policy program regional research resources retired school senior "
    "state technology vice operations finance data of".split()
)
PRONOUNS = frozenset("he she they i we".split())
_NUMBERS = "two three four five six seven eight nine ten eleven twelve"
_VAGUE = frozenset(f"one another others other some many several most both someone somebody {_NUMBERS}".split())
_HONORIFIC = r"(?:Dr|Mr|Mrs|Ms|Mx|Prof|Rev|Sr|Hon)\.?"
_CAP = r"(?:[A-Z](?=[\w’'\-]*[a-zà-ÿ])[\w’'\-]*|[A-Z]\.)"
_PARTICLE = r"(?:de|del|della|der|den|van|von|la|le|da|dos|bin|al|St\.|“\w+”|\"\w+\")"
NAME = rf"{_CAP}(?:[ \u00a0]+(?:{_PARTICLE}[ \u00a0]+)*{_CAP})*"
_NAME_ONLY = re.compile(rf"(?:{_HONORIFIC}\s+)?{NAME}(?:,? (?:Jr|Sr|Ph\.?D|Ed\.?D|II|III)\.?)?$")
_DETERMINER = re.compile(
    r"^(?:as|while|but|and|the|a|an|one|another|other|others|some|several|many|most|its|their|our|his|her|my|this|that"
    rf"|each|every|of|these|those|same|both|various|certain|\w+[’']s|\w+s[’']|{_NUMBERS.replace(' ', '|')})\s+",
    re.IGNORECASE,
)
_ORGANIZATION = re.compile(
    rf"\b(?:of|at|from|for|in|with|on|representing)\s+(?:the\s+)?(?P<name>{_CAP}(?:\s+(?:(?:of|for|and|&|the|on)\s+)*{_CAP})*)"
)
_ACRONYM_ORGANIZATION = re.compile(r"\b(?:of|at|from|for|with)\s+(?:the\s+)?(?P<name>[A-Z]{2,}(?:\s[A-Z][\w\-]+)*)\b")
_OWNER = re.compile(rf"^(?P<name>{NAME})[’']s?\s")
_SENTENCE_END = re.compile(r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\b[A-Z])[.!?][”’\"'\])]*\s+|\n")
_GIVEN_NAMES = re.compile(rf"(?<!\w)(?:{_CAP}[ \u00a0]+(?:{_PARTICLE}[ \u00a0]+)*)+$")
_LOOK_BACK = 1500


@dataclass(frozen=True, slots=True)
class Person:
    """What the text tells of a speaker; None: it does not."""

    name: str | None = None
    role: str | None = None
    organization: str | None = None


def describe(phrase: str, before: str, *, full: str | None = None, rest: str = "") -> Person:
    """Return who the phrase means.

    Args:
        phrase: the speaker as written.
        before: the text up to the quotation, its quoted words blanked, in which to look for a fuller mention.
        full: the phrase with the apposition that follows it.
        rest: the text after it, searched for a surname that is nowhere before.
    """
    person = read_phrase(full or phrase)
    if phrase.lower() in PRONOUNS:
        return _antecedent(phrase.lower(), before)
    if person.name is not None:
        return _fuller(person, before, rest)
    if _bare(phrase):
        return replace(person, role=person.role or _role_of_group(before))
    return _by_role(phrase, person, before)


def read_phrase(phrase: str) -> Person:
    """Return name, role and organisation as far as the phrase itself tells them."""
    phrase = re.sub(r"\s*\n\s*", ", ", phrase.strip(" —–-"))
    phrase = re.sub(r"\s*\([^)]*\)", "", phrase) or phrase
    main, _, apposition = (part.strip() for part in phrase.partition(","))
    apposition = re.split(r"\b(?:who|which|that|whose)\b", apposition)[0].strip(" ,")
    name, role = _split_title(main)
    organization = _organization(main if name is None else main.split(name)[-1]) or _owner(main)
    if apposition:
        name, role, organization = _with_apposition(name, role, organization, apposition)
    return Person(name, role, organization)


def is_role(word: str) -> bool:
    """Whether a word, singular or plural, says what a person does."""
    return word.lower() in ROLE_HEADS or word.lower() in PLURAL_ROLES


def is_attribution(line: str) -> bool:
    """Whether a line without a dash reads as "Name, role, place" or as a role."""
    line = line.strip()
    if not line or len(line.split()) > 18 or re.search(r"[.?!:;]$", line) or not line[0].isupper():
        return False
    head, _, tail = line.partition(",")
    bare = re.sub(r"\([^)]*\)", "", line)
    roles = any(is_role(word) for word in re.findall(r"[\w\-]+", bare))
    named = bool(_NAME_ONLY.match(head.strip()))
    return (roles and named and bool(tail)) or _is_role_line(bare)


def _is_role_line(line: str) -> bool:
    """Whether the first words are a role, as in "Workshop attendee" or "Principal, Oak Middle School"."""
    first = re.split(r"[,;|/]|\b(?:at|of|in|for|from|with)\b", line)[0].split()
    return bool(first) and first[-1].lower() in ROLE_HEADS and len(first) < 6


def _split_title(main: str) -> tuple[str | None, str | None]:
    """Split "Superintendent Ida Lund of …" into name and role."""
    stripped = _strip(main)
    tokens = re.split(r"\s+", re.sub(r"\([^)]*\)", "", stripped).strip())
    n_title = 0
    while n_title < len(tokens) and tokens[n_title].strip("’'").lower() in _TITLE_WORDS:
        n_title += 1
    if n_title and not any(is_role(token) for token in tokens[:n_title]):
        n_title = 0
    named = re.search(rf"\bnamed (?P<name>{NAME})", main)
    match = re.match(rf"(?:{_HONORIFIC}\s+)?{NAME}", " ".join(tokens[n_title:]))
    if named:
        return named["name"], _role(stripped[: stripped.find(" named ")] if " named " in stripped else stripped)
    if match and (n_title or _looks_like_name(match[0], tokens)):
        return match[0], _lower_title(" ".join(tokens[:n_title])) or None
    return None, _role(stripped)


def _looks_like_name(name: str, tokens: list[str]) -> bool:
    """A name takes the whole phrase or stands before "of", "from" …; "Riverside teacher" is no name."""
    rest = tokens[len(name.split()) :]
    if any(is_role(word.strip(".,")) or word.lower() in _VAGUE for word in name.split()):
        return False
    return not rest or rest[0] in {"of", "from", "at", "with", "in", "for"} or rest[0].startswith(("(", "who"))


def _strip(phrase: str) -> str:
    previous = None
    while previous != phrase:
        previous, phrase = phrase, _DETERMINER.sub("", phrase, count=1)
    return phrase


def _role(words: str) -> str | None:
    """Return "director of research" from "director of research in the northern office"."""
    tokens = re.findall(r"[\w’'\-]+", words)
    heads = [i for i, token in enumerate(tokens) if is_role(token)]
    if not heads:
        return None
    stop = next((i for i, token in enumerate(tokens) if i > heads[0] and token.lower() in _AFTER_ROLE), len(tokens))
    last = max(i for i in heads if i < stop) if any(i < stop for i in heads) else heads[0]
    tail = _of_phrase(tokens[last + 1 :])
    head = PLURAL_ROLES.get(tokens[last].lower(), tokens[last])
    return _lower_title(" ".join([*tokens[:last], head, *tail]))


_AFTER_ROLE = frozenset("from at in on with who whom of for and to that whose near by between".split())


def _of_phrase(tokens: list[str]) -> list[str]:
    if (
        not tokens
        or tokens[0] not in {"of", "for"}
        or len(tokens) < 2
        or tokens[1][0].isupper()
        or tokens[1] in _DETERMINERS
    ):
        return []
    stop = next((i for i, token in enumerate(tokens) if i > 0 and token.lower() in _AFTER_OF), len(tokens))
    return tokens[:stop]


_STATES = (
    frozenset(
        """
    Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia Hawaii Idaho
    Illinois Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts Michigan Minnesota Mississippi
    Missouri Montana Nebraska Nevada Ohio Oklahoma Oregon Pennsylvania Tennessee Texas Utah Vermont Virginia
    Washington Wisconsin Wyoming
    """.split()
    )
    | {f"New {name}" for name in ("Hampshire", "Jersey", "Mexico", "York")}
    | {f"{side} {name}" for side in ("North", "South") for name in ("Carolina", "Dakota")}
    | {"Rhode Island", "West Virginia"}
)
_DETERMINERS = frozenset("the a an our his her their its this that one twenty".split())
_AFTER_OF = frozenset("from at in on with who whom to that whose near by between named".split())


def _lower_title(role: str) -> str:
    """Lower the case of a role, not of names and acronyms in it: "chief academic officer", "English teacher"."""
    tokens = role.split()
    title = len(tokens) > 1 and all(word[0].isupper() for word in tokens if word not in {"of", "and", "the", "for"})
    return " ".join(
        word.lower() if word.lower() in _TITLE_WORDS or (title and word.istitle() and word not in _PROPER) else word
        for word in tokens
    )


_PROPER = frozenset("English Spanish French German Chinese Latin American Native Indian African Asian Title I".split())


def _organization(words: str) -> str | None:
    match = _ORGANIZATION.search(words) or _ACRONYM_ORGANIZATION.search(words)
    return re.sub(r"[’']s$", "", match["name"]) if match else None


def _owner(words: str) -> str | None:
    match = _OWNER.match(re.sub(r"^(?:the|The)\s+", "", words))
    return match["name"] if match and any(is_role(word) for word in words.split()) else None


def _with_apposition(
    name: str | None, role: str | None, organization: str | None, apposition: str
) -> tuple[str | None, str | None, str | None]:
    if name is None and _NAME_ONLY.match(apposition.split(",", maxsplit=1)[0]) and not _role(apposition):
        return apposition.split(",", maxsplit=1)[0], role, organization
    first, _, others = apposition.partition(",")
    role = role or _role(_strip(first))
    place: str | None = others.split(";")[0].strip()
    if not place or not place[0].isupper() or place in _STATES:
        place = None
    return name, role, organization or _organization(first) or place


def _fuller(person: Person, before: str, rest: str) -> Person:
    """Complete a surname, or a full name without a role, from another mention."""
    name = re.sub(rf"^{_HONORIFIC}\s+", "", person.name or "")
    surname = name.split()[-1]
    mention = _mention_of(surname, before) or _mention_of(surname, rest)
    if mention is None:
        return person
    longer = mention.name if mention.name and len(name.split()) == 1 else person.name
    return Person(longer, person.role or mention.role, person.organization or mention.organization)


def _mention_of(surname: str, text: str) -> Person | None:
    """Return the fullest mention of a surname: full name, with a role before or after if there is one."""
    best: Person | None = None
    for match in re.finditer(rf"(?<!\w){re.escape(surname)}(?!\w)", text):
        lead = _GIVEN_NAMES.search(text, max(0, match.start() - 60), match.start())
        person = _mention_at(text, lead.start() if lead else match.start(), match.end())
        if best is None or _fullness(person) > _fullness(best):
            best = person
    return best


def _fullness(person: Person) -> tuple[int, bool, bool]:
    n_words = min(len((person.name or "").split()), 3)
    return n_words if n_words > 1 else 0, person.role is not None, person.organization is not None


def _mention_at(text: str, start: int, end: int) -> Person:
    """Read the name at `start`–`end` with the role words around it."""
    lead = re.search(r"(?:[\w’'\-]+ ){0,4}(?:[\w’'\-]+,? )$", text[max(0, start - 60) : start])
    after = re.match(r", ((?:an? |the |formerly |now )?[^,.;:—\n]{3,80}(?:, [A-Z][^,.;:\n]{2,60})?)", text[end:])
    own = read_phrase(text[start:end])
    role, organization = own.role, own.organization
    if lead and (clause := re.split(r"[.;:—]", lead[0])[-1]).strip():
        role = role or _role_before(clause.rstrip(" ,"))
    if after and role is None:
        read = _with_apposition("", None, None, after[1])
        role, organization = (read[1], read[2]) if read[1] else (role, organization)
    return Person(own.name or text[start:end], role, organization)


def _role_before(clause: str) -> str | None:
    """Return "high school principal" from "In the end the high school principal"."""
    tokens = clause.split()
    if not tokens or tokens[-1].lower() not in ROLE_HEADS:
        return None
    determiners = [n for n, token in enumerate(tokens) if token.lower() in _DETERMINERS or token.endswith(("’s", "'s"))]
    if determiners:
        return _role(" ".join(tokens[determiners[-1] + 1 :]))
    first = len(tokens) - 1
    while first and tokens[first - 1].lower() in _TITLE_WORDS:
        first -= 1
    return _lower_title(" ".join(tokens[first:]))


def _bare(phrase: str) -> bool:
    """Whether the phrase is "one", "another", "one of them": an unnamed member of a group named before."""
    return all(word in _VAGUE or word in {"of", "them", "the", "these", "those"} for word in phrase.lower().split())


def _role_of_group(before: str) -> str | None:
    """Return the role in "District leaders stressed …. As one explained": the nearest plural, made singular."""
    for sentence in reversed(_sentences(before)):
        for match in re.finditer(r"(?:(?P<adjective>[\w\-]+)\s+)?(?P<head>[\w\-]+)", sentence):
            head = PLURAL_ROLES.get(match["head"].lower())
            if head is not None:
                adjective = (match["adjective"] or "").lower()
                return f"{adjective} {head}" if adjective in _TITLE_WORDS and adjective != "of" else head
    return None


def _by_role(phrase: str, person: Person, before: str) -> Person:
    """Look up "the superintendent" among the persons named before."""
    if person.role is None or not re.match(r"(?:the|its|their|her|his|our)\b", phrase, re.IGNORECASE):
        return person
    head = person.role.split(" of ")[0].split()[-1]
    pattern = rf"\b{head}\b,? (?P<a>{NAME})|(?P<b>{NAME}), (?:the |an? )?(?:[\w\-]+ ){{0,3}}{head}\b"
    matches = list(re.finditer(pattern, before[-_LOOK_BACK:], re.IGNORECASE if head[0].isupper() else 0))
    matches = matches or list(re.finditer(pattern.replace(head, head.capitalize()), before[-_LOOK_BACK:]))
    if not matches:
        return person
    name = matches[-1]["a"] or matches[-1]["b"]
    return replace(person, name=name)


def _antecedent(pronoun: str, before: str) -> Person:
    """Return the person whom "she" or "he" means: the first person of the nearest sentence that has one.

    The first, because the subject of a sentence is the likeliest antecedent (Hobbs 1978, Resolving pronoun references).
    """
    if pronoun in {"i", "we", "they"}:
        return Person()
    for sentence in reversed(_sentences(before)):
        person = _first_person(sentence, before)
        if person is not None:
            return person
    return Person()


def _sentences(before: str) -> list[str]:
    return [sentence for sentence in _SENTENCE_END.split(before[-_LOOK_BACK:]) if sentence.strip()]


_NAMED_PERSON = re.compile(
    rf"(?P<name>(?:{_HONORIFIC}\s+)?{_CAP}(?:\s+(?:{_PARTICLE}\s+)*{_CAP})+)|(?P<honorific>{_HONORIFIC}\s+{_CAP})"
)


def _first_person(sentence: str, before: str) -> Person | None:
    group = re.match(r"\s*(?:One|Another)(?: of (?:them|these|the \w+))?\b(?! \w*\s*[a-z]+er\b)", sentence)
    role_at = _first_role(sentence)
    if group and role_at is None:
        return Person(role=_role_of_group(before[: before.rfind(sentence)]))
    known = _known_surname(sentence, before)
    if known is not None and (role_at is None or known[0] <= role_at[1]):
        return known[1]
    if role_at is not None:
        phrase = sentence[role_at[0] :].split(",")
        named = re.match(rf"\s*(?P<name>{NAME})", phrase[1]) if len(phrase) > 1 else None
        full = sentence[role_at[0] :] if "named" in phrase[0] else sentence[role_at[0] : role_at[2]]
        person = read_phrase(full)
        return replace(person, name=named["name"]) if named and person.name is None else person
    return None


def _first_role(sentence: str) -> tuple[int, int, int] | None:
    """Return where the first singular role phrase starts, where its head starts and where the phrase ends."""
    for match in re.finditer(r"[\w\-]+", sentence):
        next_word = re.match(r"\s+([\w\-]+)", sentence[match.end() :])
        if next_word and next_word[1].lower() in ROLE_HEADS:
            continue
        if match[0].lower() not in ROLE_HEADS or re.match(
            r"[’']s\b|\s+(?:of|with) (?:the )?\w+s\b(?!,)$", sentence[match.end() :]
        ):
            continue
        lead = re.search(
            r"\b(?:an?|one|another|the|our|its|[\w]+[’']s)\s+"
            r"(?:(?!(?:from|of|at|in|to|by|for|with|about|that|and)\s)[\w’'\-]+\s+){0,4}$",
            sentence[: match.start()],
            re.IGNORECASE,
        )
        titled = match[0][0].isupper() and re.match(rf"\s+{_CAP}", sentence[match.end() :])
        if lead or titled or match.start() == 0:
            tail = re.match(
                rf"(?:\s+(?:of|from|at|in|on|for|named)\s+(?:the\s+)?[\w’'\-]+(?:\s+{_CAP})*|\s+{NAME})*",
                sentence[match.end() :],
            )
            start = lead.start() if lead else match.start()
            return start, match.start(), match.end() + (tail.end() if tail else 0)
    return None


def _known_surname(sentence: str, before: str) -> tuple[int, Person] | None:
    """Return the first full name, or the surname of a person named before, with where it stands."""
    for match in re.finditer(rf"(?:{_HONORIFIC}\s+)?{NAME}", sentence):
        words_of_name = match[0].split()
        if any(is_role(word) or word.lower() in _VAGUE | PRONOUNS for word in words_of_name):
            continue
        surname = words_of_name[-1].removesuffix("’s").removesuffix("'s")
        mention = _mention_of(surname, before)
        if mention is not None and mention.name and (mention.role or re.match(_HONORIFIC + r"\s", match[0])):
            return match.start(), mention
    return None
