"""Finds the persons and groups whom a text describes without a name: "a principal from Elm School"."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace

from pipeline.stages.quote.cues import FINITE
from pipeline.stages.quote.people.lexicon import PLURAL_ROLES, ROLE_HEADS, TITLE_WORDS, is_role
from pipeline.stages.quote.people.mention import Mention
from pipeline.stages.quote.people.named import BEHIND, apposed, gendered
from pipeline.stages.quote.people.names import CAP, Person
from pipeline.stages.quote.people.phrases import read_phrase

_ROLE_WORD = re.compile(r"(?<![\w\-])[A-Za-z][a-z]+(?![\w\-])")
_DETERMINED = re.compile(
    r"\b(?P<det>an?|one|another|the|our|its|their|his|her|my|[\w.]{1,60}[’']s)\s+(?:other\s+)?"
    r"(?:(?!(?:from|of|at|in|to|by|for|with|about|that|and|or|was|is|as)\s)[\w’'\-]+\s+){0,4}$",
    re.IGNORECASE,
)
_PLACES = "(?:district|schools?|county|office|college|university|board|network|side|town|team|department)\\b"
_TAIL = re.compile(rf"(?:\s+(?:of|from|at|in|on|for|named)\s+(?:the\s+|an?\s+)?[\w’'\-]+(?:\s+(?:{CAP}|{_PLACES}))*)*")
_GROUP_REACH = 600
_VAGUE = re.compile(
    r"(?:^|(?<=[.!?:] )|(?<=[.!?:][”’\"] )|(?<=\n))"
    r"(?P<who>(?:One|Another|(?:A|The) (?:second|third|fourth|fifth|last)|The other)"
    rf"(?: of (?:them|these|those))?)(?: (?:was|is|had|has|did|could|would|{'|'.join(sorted(FINITE))})\b|(?P<ends>,))",
    re.MULTILINE,
)
# Between a name and the role that stands behind it: ", a first-year ".
_APPOSED = re.compile(r", (?:an?|the|its|their|our|his|her|then|now|formerly) (?:[\w’'\-]+ ){0,4}")


def described_people(text: str, taken: list[tuple[int, int]]) -> Iterator[Mention]:
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


def vague_people(text: str, mentions: list[Mention]) -> Iterator[Mention]:
    """Yield "another", "one of them" and "the third" at the head of a sentence, with the role of the group before."""
    groups = [one for one in mentions if one.kind == "group"]
    starts = [one.start for one in mentions]
    for match in _VAGUE.finditer(text):
        group = groups[bisect_left([one.start for one in groups], match.start()) - 1 :][:1]
        n = bisect_left(starts, match.start())
        if not group or group[0].start > match.start() or match.start() - group[0].start > _GROUP_REACH:
            continue
        if match["ends"] == "," and n < len(mentions) and mentions[n].start < match.end() + 40:
            continue  # "One of them, Ida Lund, …": the name is the mention
        yield Mention(match.start(), match.end("who"), "role", group[0].person, one_of=True)


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
    if lead and match[0] == "head" and lead["det"].lower() in {"his", "her", "my", "our"}:
        return None  # what he carried in his head
    start = lead.start() if lead else match.start()
    tail = _TAIL.match(text, match.end(), match.end() + 120)
    end = tail.end() if tail else match.end()
    person = read_phrase(text[start:end])
    behind = BEHIND.match(text, end, end + 100) if lead and lead["det"].lower() in {"a", "an", "another"} else None
    if behind and behind[0].startswith(", a") and (more := apposed(behind["words"].split(", ")[0])).role:
        person = replace(person, role=more.role if "participant" in (person.role or "") else person.role)
    one_of = bool(lead and lead["det"].lower() in {"one", "another"})
    if re.match(r"[^.!?]{0,40}, (?:she|he)\b", text[match.end() : match.end() + 48]) and _opens_sentence(text, start):
        return None  # "A teacher for nineteen years, she …": said of the person before
    definite = bool(lead and lead["det"].lower() in {"the", "our", "its", "their"})
    return Mention(start, end, "role", person, gendered(person.role), None, definite, one_of=one_of)


def _opens_sentence(text: str, at: int) -> bool:
    return at == 0 or bool(re.search(r"(?:^|[.!?:]\s|\n)$", text[max(0, at - 2) : at]))
