"""Sites: the districts, schools, networks and programmes that a text speaks of.

General named-entity recognition takes "Garden Grove" for a building and "Oakland" for a city, so names are found by
the company they keep: a suffix ("Marsh Haven Unified"), a role ("the superintendent of Corliss"), a possessive
("Fresno's principals"), a heading ("… in Oakland"), a title page. The entities that spaCy sees have a say only where
that leaves a name in doubt. A name that is known as a site in one place of a document is known in all of it.

    "Castor Creek Unified (CCUSD) lost … CCUSD then … Creekside Middle School … at Creekside"
        → SiteName("Castor Creek", ("Castor Creek Unified", "Castor Creek", "CCUSD"), …, "district"),
          SiteName("Creekside Middle School", ("Creekside Middle School", "Creekside"), …, "school")
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pipeline.records import Passage, Site
from pipeline.stages.ingest.places import STATE
from pipeline.stages.quote.marks import standing

if TYPE_CHECKING:
    from spacy.language import Language

SiteType = Literal["district", "school", "program"]

# No word is ever given back in part: names in capitals would otherwise be tried letter by letter. And no word has
# more than six parts: damaged text can be one endless word, which would be read again from each of its letters.
_WORD = r"(?:[A-Z](?=\w*[a-z]|\w?[’'])\w*+(?:[’'-](?!s\b)\w++){0,5}+|St\.|Mt\.|Ft\.|[A-Z]{2,6}+(?!\w))"
_NAME = rf"{_WORD}(?:(?: | of | de | del | la | na | do | da | du )(?:{_WORD})){{0,4}}"
_DISTRICT = (
    r"(?:Joint |Area |Local |Public |Central |Independent |Community |Regional |Rural |Municipal |Unified |Union |"
    r"Elementary |Middle |Secondary |High |Consolidated |[Aa]nd ){0,8}"
    r"(?:School District|Public Schools|Unified|USD|ISD|CUSD|Schools|School (?:System|Division|Corporation|Department))"
    r"(?: No\. \d+| \d{1,4}(?!\d))?"
)
_SCHOOL = (
    r"(?:(?:Elementary|Primary|Intermediate|Middle|Junior High|Senior High|High|Charter|Preparatory|K-8|K–8|Magnet)"
    r"(?: (?:School|Academy|Campus))?|(?:Technical|Community) (?:School|Academy|Campus)|"
    r"(?:Secondary|Grammar|Comprehensive) (?:School|College|Academy)|Sixth Form College|(?<=\w )(?:Academy|School))"
    r"(?! (?:Schools?|District|System|Division|Department|Board|Committee|Council|of|Corporation|Superintendent|"
    r"Leaders|Leadership|and \w+ School District)\b)"
)
_PROGRAM = (
    r"(?:Cohort|Model|Residency|Network|Collaborative|Initiative|Partnership|Program|Programme|Project|Cooperative|"
    r"Consortium|Fellowship|Apprenticeship|Alliance|Exchange|Ladder|Pathway)"
)
_COUNTY = r"(?:County|Township|Parish|Consolidated|Union|Borough)"
_LEADERS = (
    r"(?:superintendents?|principals?|teachers?|leaders?|administrators?|staff|officials?|board|cabinet|students?|"
    r"families|"
    r"schools?|district|story|efforts?|approach|experience|example|case|work|pilot|graduates)"
)
_DEEDS = (
    r"(?:has|is|was|had|began|faced|faces|elected|sought|hired|adopted|started|created|tried|found|lost|moved|joined|"
    r"asked|"
    r"pays|runs|counts|opened|closed|chose|serves|now|lies|cannot|decided|learned|took|uses|wanted|described|presented)"
)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A way in which sites are named. `whole`: the match itself, suffix and all, is a way of writing the name."""

    regex: re.Pattern[str]
    score: float
    whole: bool = False
    of_district: bool = False


def _pattern(text: str, score: float, *, whole: bool = False, of_district: bool = False) -> _Pattern:
    return _Pattern(re.compile(text), score, whole, of_district)


_PATTERNS = [
    _pattern(rf"\b(?P<name>{_NAME}) {_DISTRICT}\b", 3.0, whole=True, of_district=True),
    _pattern(rf"\b(?P<name>(?:{_WORD}(?:[’']s)? ){{1,4}}(?:{_SCHOOL}))(?![\w-])", 3.0, whole=True),
    _pattern(rf"\b(?P<name>{_NAME}) (?:School )?(?:Board of (?:Education|Trustees)|School (?:Board|Committee))\b", 2.0),
    _pattern(
        rf"\b(?P<name>(?:{_WORD} ){{1,3}}{_COUNTY})\b(?! (?:Committee|Council|Office|Advisory|Board|Fair|Super|Union))",
        2.0,
        of_district=True,
    ),
    _pattern(
        rf"\b(?:[Dd]istrict|[Ss]chool|[Ss]ite) (?:leaders|officials|staff|teams?) (?:in|from|at) (?P<name>{_NAME})", 3.0
    ),
    _pattern(rf"\b[Ss]uperintendent (?:of|in|at|from) (?P<name>{_NAME})", 2.0, of_district=True),
    _pattern(rf"\b(?:[Ss]chools|[Bb]oard|[Dd]istrict) (?:of|in|at|from) (?P<name>{_NAME})", 2.0),
    _pattern(rf"\b(?:[Pp]rincipals?|[Tt]eachers?) (?:of|in|at|from) (?P<name>{_NAME})", 2.0),
    _pattern(rf"\b(?P<name>{_NAME}) (?:district|school) (?:leaders|officials|efforts|staff)\b", 3.0, of_district=True),
    _pattern(rf"\b(?P<name>{_NAME}) (?:(?:public|area|school|county) )*(?:district|schools)\b", 2.0, of_district=True),
    _pattern(
        rf"\b(?P<name>{_NAME}) (?:Education Association|Federation of Teachers|Teachers[’']? (?:Association|Union))",
        2.0,
        of_district=True,
    ),
    _pattern(rf"\b(?:[Cc]anton|[Cc]ity|[Tt]own|[Dd]istrict|[Pp]arish) of (?P<name>{_NAME})", 2.0, of_district=True),
    _pattern(rf"\b(?P<name>{_NAME})[’']s? (?:\w+ ){{0,2}}{_LEADERS}\b", 1.5),
    _pattern(rf"\b(?P<name>{_NAME}) \((?:\d[\d,]* students|enrol|[^)]*\bstudents\b)", 3.0),
    _pattern(rf"\b(?P<name>{_NAME}), (?:a|an|the) (?:[\w-]+ ){{0,4}}(?:district|school|system)\b(?![’'-])", 3.0),
    _pattern(rf"\b[Ss]chool in (?P<name>{_NAME})", 2.0, of_district=True),
    _pattern(rf"\b(?:neighbors?|neighbours?|partners|districts), (?P<name>{_NAME}) and ", 2.0, of_district=True),
    _pattern(rf"\b(?:neighbors?|neighbours?|partners|districts), {_NAME} and (?P<name>{_NAME})", 2.0, of_district=True),
    _pattern(rf"(?:^|[.!?] )(?:In|At) (?P<name>{_NAME}),? ", 1.0),
    _pattern(
        rf"\b(?:out to|in|at|from|to) (?P<name>{_NAME})(?=[,.]| (?:have|has|had|was|were|and|who|in \d{{4}}))", 0.5
    ),
    _pattern(rf"\b(?:[Ww]e|I|[Oo]ur|us)\b[^.?!]{{0,80}}? (?:out to|in|at) (?P<name>{_NAME})", 1.8),
    _pattern(rf"(?:^|[.!?]\s|\b[Ww]hen |\b[Tt]hat |\b[Ss]ince )(?P<name>{_NAME}) {_DEEDS}\b", 0.7),
    _pattern(
        rf"\b(?P<name>(?:{_WORD} ){{1,4}}{_PROGRAM})\b(?! (?:Director|Coordinator|Manager|Team|Dates|Funders))", 1.0
    ),
]
_SEAT = r"(?:Canton|City|Town|District|Parish|County)"
_ORDINAL = r"(?:(?:Case|Site|District|School|Finding|Example)? ?(?:\d+|[IVX]+|[A-Z])[.:)] )?"
_HEADING_PATTERNS = [
    _pattern(rf"^{_ORDINAL}(?:{_SEAT} of )?(?P<name>{_NAME})(?:, (?:{STATE}|[A-Z]{{2}}))?: ", 2.0, of_district=True),
    _pattern(rf"^(?:Case|Site|District|School) (?:\d+|[IVX]+|[A-Z])[.:)] (?P<name>{_NAME})$", 2.5, of_district=True),
    _pattern(rf"^[^,:]+, (?P<name>{_NAME})$", 1.5),
    _pattern(rf"\b(?:in|at|from|across) (?:the )?(?P<name>{_NAME})(?: Schools)?$", 2.0),
    _pattern(rf"\b(?:in|at|from|across) (?:the )?(?P<name>{_NAME})\b", 1.0),
    _pattern(rf"\b(?P<name>{_NAME})[’']s\b", 1.0),
    _pattern(rf"^(?P<name>{_NAME}) (?:[a-z]\w*s|tries to|asks) ", 1.0),
]
_STRIP = re.compile(rf"(?<!\s)\s++{_DISTRICT}$")
_BRACKETED = re.compile(rf"(?: {_DISTRICT})? \((?:the )?[“\"]?([A-Z]{{2,7}})[”\"]?\)")
# fmt: off
_STOP_FIRST = frozenset(
    "the this that these those a an in at on as of for from to by with and or but it its their his her our your my "
    "one two three four five six seven eight nine ten eleven twelve twenty thirty forty another other others some "
    "many most each every several all both "
    "such when while where what who how why if then since after before during although though because however moreover "
    "finally first second third like unlike despite within across between among monthly weekly there here he she "
    "they we "
    "you i not no yes district districts school schools superintendent superintendents principal principals teacher "
    "teachers board staff participants members leaders leadership common core state federal national american african "
    "latino black white hispanic asian native meeting session spring summer fall autumn winter january february march "
    "april may june july august september october november december monday tuesday wednesday thursday friday saturday "
    "sunday dr mr mrs ms prof supt chair president assistant associate deputy former acting interim trustee director "
    "coach counselor secretary mayor governor area case site supporting training leading engaging building preparing "
    "losing sharing rewriting growing next according asked last late early until once so still even only also "
    "just".split()
)
_NEVER = frozenset(
    "english math mathematics science reading spanish algebra title appendix table figure section part chapter note "
    "notes university college institute center centre foundation department association council committee "
    "congress house senate government internet google zoom covid christmas thanksgiving education action information "
    "reports review agenda minutes item items private classified comprehensive extended century bank academic advanced "
    "placement credit hearing supplies commission court courts act grant resolution policy plan services office "
    "motion report meetings "
    "practice proficiency teachers leaders principals superintendents students street avenue road".split()
)
_GENERIC = frozenset(
    "graduate high elementary middle junior senior state chief new public charter community law business medical "
    "effective rural urban suburban small large old local area central technical alternative summer night whole "
    "turnaround special regular pilot research leadership teacher principal district innovation secondary "
    "primary".split()
)
# fmt: on
_KINDS_OF_SCHOOL = frozenset(
    "school schools district districts academy primary intermediate preparatory magnet campus county district township "
    "parish union".split()
)
_TELLING = frozenset("School Academy Elementary Middle High County Township Consolidated K-8 K–8".split())
_SCHOOL_END = re.compile(rf" (?:{_SCHOOL})$")
_COLLEGE = re.compile(r" (?:(?:Secondary|Comprehensive|Sixth Form) College)$", re.IGNORECASE)
_OWNER = re.compile(r"^(?!St\.? \w+[’']s ).*[’']s (?=\w)")
_PROGRAM_END = re.compile(rf" {_PROGRAM}$")
_BASE = re.compile(rf" (?:{_SCHOOL}|County|Township|Parish|Consolidated)$")
_STATES = re.compile(rf"^(?:{STATE}|America|United States|U\.?S\.?|New England|Midwest|South|North|East|West)$")
_PERSON_TITLE = (
    r"(?:Dr|Mr|Mrs|Ms|Prof|Supt|Sister|Rev|Superintendent|Principal|Trustee|President|Governor|Professor|Chancellor|"
    r"Senator|"
    r"Commissioner|Coach|Director|custodian|coordinator)\.?"
)
_TITLE = re.compile(rf"\b{_PERSON_TITLE} ")
_IN = re.compile(r"\b(?:in|at|from|of) $")
_GOES_ON = re.compile(r"[\w,;—–(] ?$")
_PSEUDONYM = re.compile(r"\b(?:District|School|Place) [1-9]\d{0,3}(?![\d.,-]\d|\w)")
_BORDER = re.compile(r"\b")
_FIRST_NAME = re.compile(r"\w+\.? ")
_NO_SCHOOL_FOLLOWS = re.compile(rf"\b(?! (?:{_SCHOOL}|County|Schools))")
_SAYS = r"(?:said|says|told|asked|asks|recalled|recalls|explained|added|adds|replied|laughed|remembers|admitted|admits)"
_SPEAKER = re.compile(rf"\b(?P<before>{_NAME}) {_SAYS}\b|\b{_SAYS} (?P<after>{_NAME})(?=[,.;])")
_ENOUGH = 2.0
_DOUBTFUL = 3.0
_SURE = 2.5
_PLACES = frozenset(["GPE", "LOC", "ORG", "FAC"])
_SEEN = 0.5
"""What a name gains each time that it is seen as the name of a place."""
_MOST_ASKED = 40
_LINE = 100
"""Letters of a line that may be a heading in capitals."""
_INITIALS = ("USD", "UHSD", "UESD", "ISD", "SD", "PS", "CPS", "CUSD")


@dataclass(frozen=True, slots=True)
class SiteName:
    """A site of a document: the name to show, all the ways in which it is written, and how sure it is one."""

    name: str
    aliases: tuple[str, ...]
    score: float
    type: SiteType = "district"


@dataclass(slots=True)
class _Evidence:
    """What speaks for a name: the sum of its scores, how it is written, and whether it must be a district."""

    score: float
    written: Counter[str]
    of_district: bool = False


def find_site_names(passages: Sequence[Passage], nlp: "Language | None" = None) -> list[SiteName]:
    """Return the sites that a document names, most certain first.

    Args:
        passages: all passages of the document.
        nlp: a spaCy pipeline with named entities, asked about doubtful names; `None`: doubtful names are judged as they
            stand.
    """
    text = "\n".join(passage.text for passage in passages)
    body = "\n".join(passage.text for passage in passages if passage.kind != "heading")
    speakers = {(match["before"] or match["after"]).split()[-1] for match in _SPEAKER.finditer(body)}
    plain, titles = " ".join(body.split()), _after_titles(body)
    held = {
        name: found
        for name, found in _gather(passages).items()
        if found.score + _SEEN * plain.count(name) >= _ENOUGH
        and _is_site_like(name, replace(found, score=math.inf), body, speakers, titles)
    }
    if nlp is not None:
        _ask(held, passages, nlp)
    sure = {
        name: found
        for name, found in held.items()
        if found.score >= _ENOUGH and _is_site_like(name, found, body, speakers, titles)
    }
    shorter = _short_forms(sure)
    found = [
        SiteName(
            name,
            _aliases(name, evidence.written, list(sure), shorter, text),
            round(evidence.score, 2),
            _type(name, evidence),
        )
        for name, evidence in sure.items()
        if name not in shorter
    ]
    found += _numbered(text)
    return _without_initials(sorted(found, key=lambda site: (-site.score, site.name)))


def _numbered(text: str) -> list[SiteName]:
    """Return the sites that a pseudonym names: "District 3", "School 12"."""
    counts = Counter(match[0] for match in _PSEUDONYM.finditer(text))
    return [
        SiteName(name, (name,), _SURE + _SEEN * n, "school" if name.startswith("School") else "district")
        for name, n in counts.items()
        if n > 1
    ]


def _gather(passages: Sequence[Passage]) -> dict[str, _Evidence]:
    held: dict[str, _Evidence] = {}
    for passage in passages:
        patterns = [*_PATTERNS, *_HEADING_PATTERNS] if passage.kind == "heading" else _PATTERNS
        for raw, pattern in _candidates(_spelled(passage), patterns):
            name = _short(raw)
            evidence = held.setdefault(name, _Evidence(0.0, Counter()))
            evidence.score += pattern.score
            evidence.written[raw] += 1
            evidence.of_district = evidence.of_district or pattern.of_district or raw != name
    return held


def _spelled(passage: Passage) -> str:
    """Return the text with lines in capitals written as other lines are; every letter keeps its place."""
    lines = passage.text.split("\n")
    return "\n".join(line.title() if line.isupper() and len(line) <= _LINE else line for line in lines)


def _candidates(text: str, patterns: Iterable[_Pattern]) -> Iterator[tuple[str, _Pattern]]:
    for pattern in patterns:
        for match in pattern.regex.finditer(text):
            name = _trim(match["name"])
            if name is None:
                continue
            whole = _trim(match[0]) if pattern.whole and match.start("name") == match.start() else None
            yield (whole if whole is not None and _STRIP.search(whole) else name), pattern


def _trim(name: str) -> str | None:
    """Cut leading words that are no part of a name ("When Fresno", "The Oakland"); `None` when nothing is left."""
    words = re.sub(r"[’']s?$", "", _OWNER.sub("", name.strip())).split()
    while words and words[0].lower().rstrip(".").split("-")[0] in _STOP_FIRST:
        words.pop(0)
    if words and words[-1].islower():
        return None
    lower = {word.lower().split("-")[0] for word in words}
    if len(words) == 1 and words[0].endswith("ly"):
        return None
    named = lower - _GENERIC - _KINDS_OF_SCHOOL - {word.lower() for word in _PROGRAM[3:-1].split("|")}
    if not named or (lower & _NEVER and not _COLLEGE.search(name)) or _STATES.match(" ".join(words)):
        return None
    kept = [word for word in words if word.lower() in named]
    return None if _STATES.match(" ".join(kept)) and not lower & {"city", "county"} else " ".join(words)


def _short(name: str) -> str:
    """Return the name without the words that only say it is a district."""
    short = _STRIP.sub("", name)
    return short if short and not _STATES.match(short) else name


def _ask(held: dict[str, _Evidence], passages: Sequence[Passage], nlp: "Language") -> None:
    """Let spaCy's entities add to, or take from, the evidence for doubtful names, among those that may be sites."""
    doubtful = {name for name, found in held.items() if 0.5 <= found.score < _DOUBTFUL}
    asked = [
        passage.text
        for passage in passages
        if passage.kind not in {"heading", "table"} and any(name in passage.text for name in doubtful)
    ][:_MOST_ASKED]
    for doc in nlp.pipe(asked, disable=["tagger", "parser", "attribute_ruler", "lemmatizer"]):
        for entity in doc.ents:
            name = _trim(entity.text)
            if name in doubtful:
                held[name].score += _SEEN if entity.label_ in _PLACES else 0.0
                held[name].score -= 0.3 * (entity.label_ == "PERSON" and not held[name].of_district)
            last = entity.text.rsplit(maxsplit=1)[-1]
            if entity.label_ == "PERSON" and last != entity.text and last in doubtful and not held[last].of_district:
                held[last].score -= 1.0


def _is_site_like(name: str, evidence: _Evidence, body: str, speakers: Set[str], titles: Sequence[int]) -> bool:
    """Drop people, and words that are only capitalised where a sentence or a heading begins.

    Args:
        name: the candidate.
        evidence: what speaks for it.
        body: the running text, without headings.
        speakers: the last names of those who say something in it.
        titles: where the title of a person ends in it, and what may stand between title and name.
    """
    if any(_STRIP.search(raw) for raw in evidence.written) or _SCHOOL_END.search(name):
        return len(name) >= 3
    if len(name) < 3 or (" " not in name and any(standing(name.lower(), body))):
        return False
    if _is_person(name, body, titles) or (name.rsplit(maxsplit=1)[-1] in speakers and not evidence.of_district):
        return " " in name and any(_IN.search(body, max(0, at - 6), at) for at, _ in standing(name, body))
    has_suffix = name.rsplit(maxsplit=1)[-1] in _TELLING
    is_told = evidence.of_district and any(standing(name, body))
    is_sure = " " in name and (evidence.score >= _SURE or is_told)
    return has_suffix or is_sure or _in_mid_sentence(name, body) or len(list(standing(name, body))) > 1


def _in_mid_sentence(name: str, body: str) -> bool:
    return any(
        _GOES_ON.search(body, max(0, match.start() - 2), match.start()) and _BORDER.match(body, match.end())
        for match in re.finditer(re.escape(name), body)
    )


def _after_titles(body: str) -> list[int]:
    """Return where a person's name may begin: behind a title, or behind a first name or initial that follows it."""
    ends = [match.end() for match in _TITLE.finditer(body)]
    return ends + [match.end() for end in ends if (match := _FIRST_NAME.match(body, end))]


def _is_person(name: str, body: str, titles: Sequence[int]) -> bool:
    """Whether a title stands before the name, or before its last word ("Peter Lund", later "Mr. Lund")."""
    last = name.rsplit(maxsplit=1)[-1]
    return any(
        _NO_SCHOOL_FOLLOWS.match(body, start + len(one))
        for start in titles
        for one in (name, last)
        if body.startswith(one, start)
    )


def _short_forms(sure: dict[str, _Evidence]) -> dict[str, str]:
    """Map each name that is only the short form of a longer one to it: "Creekside" to "Creekside Middle School"."""
    forms: dict[str, str] = {}
    for name in sorted(sure, key=lambda name: (-sure[name].score, name)):
        longer = [other for other in sure if other.startswith(f"{name} ") and _BASE.sub("", other) == name]
        counties = [other for other in longer if not _SCHOOL_END.search(other)]
        if counties:
            forms[name] = counties[0]
        elif longer and not sure[name].of_district and all(" " not in raw or raw == name for raw in sure[name].written):
            forms[name] = max(longer, key=lambda other: (sure[other].score, other))
    for name in list(sure):
        if f"{name} School" in sure or f"{name} Academy" in sure:
            forms[name] = f"{name} School" if f"{name} School" in sure else f"{name} Academy"
    return forms


def _aliases(
    name: str, written: Counter[str], sure: Sequence[str], shorter: dict[str, str], text: str
) -> tuple[str, ...]:
    """Return the ways in which a site is written, longest first: with suffixes, shortened, and as initials."""
    aliases = {name, *written, *(short for short, longer in shorter.items() if longer == name)}
    base = _BASE.sub("", name)
    is_own = base != name and base not in sure and not _STATES.match(base)
    if is_own and (
        " " in base or re.search(rf"\b(?:at|from) {re.escape(base)}\b|\b{re.escape(base)}(?:[’']s| \w+s)\b", text)
    ):
        aliases.add(base)
    for form in sorted(aliases):
        ends = (match.end() for match in re.finditer(re.escape(form), text))
        bracketed = next((match for end in ends if (match := _BRACKETED.match(text, end))), None)
        if bracketed and bracketed[1] not in _INITIALS and not _STATES.match(bracketed[1]):
            aliases.add(bracketed[1])
    for suffix in _INITIALS:
        initials = "".join(word[0] for word in name.split()) + suffix
        if initials in text and re.search(rf"\b{initials}\b", text):
            aliases.add(initials)
    return tuple(sorted(aliases, key=lambda alias: (-len(alias), alias)))


def _type(name: str, evidence: _Evidence) -> SiteType:
    if any(_STRIP.search(raw) for raw in evidence.written):
        return "district"
    if _SCHOOL_END.search(name):
        return "school"
    return "program" if _PROGRAM_END.search(name) and name.count(" ") else "district"


def _without_initials(sites: list[SiteName]) -> list[SiteName]:
    """Drop initials that were taken for a name of their own."""
    others: defaultdict[str, set[str]] = defaultdict(set)
    for site in sites:
        for alias in site.aliases:
            others[alias].add(site.name)
    return [site for site in sites if not (site.name.isupper() and others[site.name] - {site.name})]


def is_official(text: str) -> bool:
    """Whether a text holds a site's full name, with the words that say what it is ("Linden Public Schools")."""
    return any(pattern.whole and pattern.regex.search(text) for pattern in _PATTERNS)


def mentions(text: str, offset: int, sites: Sequence[SiteName]) -> list[Site]:
    """Return every place where a text names one of the sites; a longer name hides the shorter ones inside it."""
    found: list[Site] = []
    taken: list[range] = []
    by_length = sorted(((alias, site.name) for site in sites for alias in site.aliases), key=lambda pair: -len(pair[0]))
    flags = re.IGNORECASE if text.isupper() else 0
    for alias, name in by_length:
        if not flags and alias not in text:
            continue
        for match in re.finditer(rf"(?<![\w-]){re.escape(alias)}(?![\w-])", text, flags):
            if not any(match.start() < other.stop and other.start < match.end() for other in taken):
                taken.append(range(match.start(), match.end()))
                found.append(Site(name=name, start=offset + match.start(), end=offset + match.end()))
    return sorted(found, key=lambda site: site.start)
