"""Sites: the districts, schools, networks and programmes that a text speaks of.

General named-entity recognition takes "Garden Grove" for a building, so names are found by the company they keep: a
suffix ("Marsh Haven Unified"), a role ("the superintendent of Corliss"), a possessive ("Fresno's principals"), a
heading ("… in Oakland"). A name that is known as a site in one place of a document is known in all of it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.records import Passage, Site
from pipeline.stages.ingest.places import STATE

_WORD = r"(?:[A-Z][\w’'-]*[a-z’'][\w’'-]*|St\.|Mt\.|Ft\.|[A-Z]{2,6}(?![a-z]))"
_NAME = rf"{_WORD}(?:(?: | of | de | del | la )(?:{_WORD})){{0,4}}"
_DISTRICT = (
    r"(?:Joint |Area |Local |Public |Central |Independent |Community |Regional |Municipal |Unified |Union |"
    r"Elementary |High )*"
    r"(?:School District|Public Schools|Unified|USD|ISD|CUSD|Schools|School System|School Division|School Corporation)"
)
_SCHOOL = (
    r"(?:Elementary|Primary|Intermediate|Middle|Junior High|Senior High|High|Charter|Preparatory|K-8|K–8|Magnet|"
    r"Technical|Community)"
    r"(?: (?:School|Academy|Campus))?|(?<=\w )(?:Academy|School)(?! (?:District|System|Division|Board|of|Corporation|"
    r"Superintendent))"
)
_ORG_SUFFIX = r"(?:County|Township|Parish|Consolidated)"
_LEADERS = (
    r"(?:superintendents?|principals?|teachers?|leaders?|administrators?|staff|officials?|board|cabinet|students?|families|"
    r"schools?|district|story|efforts?|approach|experience|example|case|work|pilot)"
)
_PATTERNS: list[tuple[re.Pattern[str], float]] = [
    (re.compile(rf"\b(?P<name>{_NAME}) {_DISTRICT}\b"), 3.0),
    (re.compile(rf"\b(?P<name>(?:{_WORD} ){{1,4}}(?:{_SCHOOL}))(?![\w-])"), 3.0),
    (
        re.compile(rf"\b(?P<name>(?:{_WORD} ){{1,3}}{_ORG_SUFFIX})\b(?! (?:Committee|Council|Office|Advisory|Board))"),
        2.0,
    ),
    (
        re.compile(
            rf"\b(?:[Dd]istrict|[Ss]chool|[Ss]ite) (?:leaders|officials|staff|teams?) (?:in|from|at) (?P<name>{_NAME})"
        ),
        3.0,
    ),
    (
        re.compile(
            rf"\b(?:[Ss]uperintendent|[Pp]rincipals?|[Tt]eachers?|[Ss]chools|[Bb]oard|[Dd]istrict) (?:of|in|at|from) "
            rf"(?P<name>{_NAME})"
        ),
        2.0,
    ),
    (re.compile(rf"\b(?P<name>{_NAME}) (?:district|school) (?:leaders|officials|efforts|staff)\b"), 3.0),
    (re.compile(rf"\b(?P<name>{_NAME})[’']s? (?:\w+ ){{0,2}}{_LEADERS}\b"), 1.5),
    (re.compile(rf"\b(?P<name>{_NAME}) \((?:\d[\d,]* students|enrol|[^)]*\bstudents\b)"), 3.0),
    (re.compile(rf"\b(?P<name>{_NAME}), (?:a|an|the) (?:[\w-]+ ){{0,4}}(?:district|school|system)\b"), 3.0),
    (re.compile(rf"(?:^|[.!?] )(?:In|At) (?P<name>{_NAME}),? "), 1.0),
    (
        re.compile(
            rf"(?:^|[.!?]\s)(?P<name>{_NAME}) (?:has|is|was|had|began|faced|faces|elected|sought|hired|adopted|"
            rf"started|created|tried|found)\b"
        ),
        0.7,
    ),
]
_HEADING_PATTERNS: list[tuple[re.Pattern[str], float]] = [
    (re.compile(rf"^(?:(?:Case|Site|District|School) \w+[.:] )?(?P<name>{_NAME}): "), 2.0),
    (re.compile(rf"\b(?:in|at|from|across) (?:the )?(?P<name>{_NAME})(?: Schools)?$"), 2.0),
    (re.compile(rf"\b(?:in|at|from|across) (?:the )?(?P<name>{_NAME})\b"), 1.0),
    (re.compile(rf"\b(?P<name>{_NAME})[’']s\b"), 1.0),
]
_STRIP = re.compile(rf"\s+{_DISTRICT}$")
_STOP_FIRST = frozenset(
    "the this that these those a an in at on as of for from to by with and or but it its their his her our your my "
    "one two three "
    "four five six seven eight nine ten another other others some many most each every several all both such when "
    "while "
    "where what who how why if then since after before during although though because however moreover finally first "
    "second "
    "third like unlike despite within across between among monthly weekly both there here he she they we you i not "
    "no yes "
    "district districts school schools superintendent superintendents principal principals teacher teachers board "
    "staff "
    "participants members leaders leadership common core state federal national american african latino black white "
    "meeting session spring summer fall autumn winter january february march april may june july august september "
    "october "
    "november december monday tuesday wednesday thursday friday saturday sunday dr mr mrs ms prof supt chair president "
    "assistant associate deputy former acting interim".split()
)
_NEVER = frozenset(
    "english math mathematics science reading spanish algebra title appendix table figure section part chapter note "
    "notes "
    "university college institute center centre foundation department association collaborative council committee "
    "congress "
    "house senate government internet google zoom covid christmas thanksgiving".split()
)
_GENERIC = frozenset(
    "graduate high elementary middle junior senior state chief new public charter community law business medical "
    "effective rural urban suburban small large old local area central technical alternative summer night whole "
    "turnaround".split()
)
_KINDS_OF_SCHOOL = frozenset(
    "school schools academy primary intermediate preparatory magnet campus county district".split()
)
_TELLING = frozenset("School Academy Elementary Middle High County Township Consolidated K-8 K–8".split())
_STATES = re.compile(rf"^(?:{STATE}|America|United States|U\.?S\.?|New England|Midwest|South|North|East|West)$")


@dataclass(frozen=True, slots=True)
class SiteName:
    """A site of a document: the name to show, all the ways in which it is written, and how sure it is one."""

    name: str
    aliases: tuple[str, ...]
    score: float


_ENOUGH = 2.0


def find_site_names(passages: Sequence[Passage]) -> list[SiteName]:
    """Return the sites that a document names, most certain first."""
    scores: defaultdict[str, float] = defaultdict(float)
    written: dict[str, Counter[str]] = {}
    for passage in passages:
        patterns = [*_PATTERNS, *_HEADING_PATTERNS] if passage.kind == "heading" else _PATTERNS
        for raw, score in _candidates(passage.text, patterns):
            name = _short(raw)
            scores[name] += score
            written.setdefault(name, Counter())[raw] += 1
    text = "\n".join(passage.text for passage in passages)
    body = "\n".join(passage.text for passage in passages if passage.kind != "heading")
    found = [
        SiteName(name, _aliases(name, written[name], text), score)
        for name, score in scores.items()
        if score >= _ENOUGH and _is_site_like(name, body)
    ]
    return sorted(found, key=lambda site: (-site.score, site.name))


def _candidates(text: str, patterns: Iterable[tuple[re.Pattern[str], float]]) -> Iterable[tuple[str, float]]:
    for pattern, score in patterns:
        for match in pattern.finditer(text):
            whole = match[0] if score == 3.0 and match.start("name") == match.start() else match["name"]
            name = _trim(match["name"])
            if name:
                yield (name if _trim(whole) is None or not _STRIP.search(whole) else _trim(whole) or name), score


def _trim(name: str) -> str | None:
    """Cut leading words that are no part of a name ("When Fresno", "The Oakland"); `None` when nothing is left."""
    words = re.sub(r"[’']s?$", "", name.strip()).split()
    while words and words[0].lower().rstrip(".") in _STOP_FIRST:
        words.pop(0)
    lower = {word.lower() for word in words}
    if len(words) == 1 and words[0].endswith("ly"):
        return None
    if not lower - _GENERIC - _KINDS_OF_SCHOOL or lower & _NEVER or _STATES.match(" ".join(words)):
        return None
    return " ".join(words)


def _short(name: str) -> str:
    """Return the name without the words that only say it is a district."""
    short = _STRIP.sub("", name)
    return short if short and not _STATES.match(short) else name


def _is_site_like(name: str, body: str) -> bool:
    """Drop people, and words that are only capitalised where a sentence or a heading begins.

    Args:
        name: the candidate.
        body: the running text, without headings.
    """
    escaped = re.escape(name)
    if len(name) < 3 or (" " not in name and re.search(rf"\b{re.escape(name.lower())}\b", body)):
        return False
    if re.search(rf"\b(?:Dr|Mr|Mrs|Ms|Prof|Superintendent|Principal|Trustee|President)\.? (?:\w+ )?{escaped}\b", body):
        return " " in name and bool(re.search(rf"\b(?:in|at|from|of) {escaped}\b", body))
    has_suffix = name.rsplit(maxsplit=1)[-1] in _TELLING
    in_mid_sentence = re.search(rf"[\w,;—–(] ?{escaped}\b", body)
    return has_suffix or bool(in_mid_sentence) or len(re.findall(rf"\b{escaped}\b", body)) > 1


def _aliases(name: str, written: Counter[str], text: str) -> tuple[str, ...]:
    """Return the ways in which a site is written, longest first: with suffixes, and as initials where those stand."""
    aliases = {name, *written}
    for suffix in ("USD", "UHSD", "ISD", "SD", "PS", "CPS"):
        initials = "".join(word[0] for word in name.split()) + suffix
        if re.search(rf"\b{initials}\b", text):
            aliases.add(initials)
    return tuple(sorted(aliases, key=lambda alias: (-len(alias), alias)))


def mentions(text: str, offset: int, sites: Sequence[SiteName]) -> list[Site]:
    """Return every place where a text names one of the sites; a longer name hides the shorter ones inside it."""
    found: list[Site] = []
    taken: list[range] = []
    by_length = sorted(((alias, site.name) for site in sites for alias in site.aliases), key=lambda pair: -len(pair[0]))
    for alias, name in by_length:
        for match in re.finditer(rf"(?<![\w-]){re.escape(alias)}(?![\w-])", text):
            if not any(match.start() < other.stop and other.start < match.end() for other in taken):
                taken.append(range(match.start(), match.end()))
                found.append(Site(name=name, start=offset + match.start(), end=offset + match.end()))
    return sorted(found, key=lambda site: site.start)
