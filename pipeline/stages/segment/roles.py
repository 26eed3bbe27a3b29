"""How much a sentence sounds like the statement of a problem, an approach, a challenge met or a result.

No single word is enough: what a district lacks is told by a subject, a verb and often a figure ("had no candidate",
"nineteen of 26 could not"), what it does by who acts and by verbs of doing, what came of it by verbs of change with
figures, what stands in its way by verbs of objection or by a contrast.

>>> score("problem", Sentence("p", "They had no plan.", 0, 17, 0.0, own="They had no plan.")) > 0.4
True
"""

import re
from functools import lru_cache

from pipeline.records import AnatomyRole
from pipeline.stages.segment.clauses import Actor, Clause, Sentence

Weighted = list[tuple[re.Pattern[str], float]]
_REMEMBERED = 10_000
"""Scores that are kept: a section is judged by its sentences, and then its anatomy is read off the same."""


def _words(*weighted: tuple[str, float]) -> Weighted:
    return [(re.compile(rf"\b(?:{pattern})(?!\w)", re.IGNORECASE), weight) for pattern, weight in weighted]


_FIGURE = re.compile(
    r"(?<![\w$])\d[\d,.]*|\b(?:percent|a third|a quarter|two thirds|half of|three|four|five|six|seven|eight|nine|ten|"
    r"eleven|"
    r"twelve|dozen|[a-z]+teen|twenty|thirty|forty|fifty|sixty|hundred|thousand)\b",
    re.IGNORECASE,
)
_N = (
    r"(?:(?:about|some|nearly|only|fewer than|all|but|more than) ){0,3}"
    r"(?:\d[\d,]*|one|two|three|four|five|six|seven|eight|"
    r"nine|ten|eleven|twelve|\w+teen|\w+ty(?:-\w+)?|a (?:third|quarter|fifth|half)|half|two thirds|both|"
    r"several|most|many)"
)
_WANTING = (
    r"experience|candidates?|applica\w+|bench|plans?|training|time|money|staff|teachers?|principals?|leaders?|"
    r"substitutes?|"
    r"way|process|system|answers?|support|sign|change|evidence|idea|role|voice|one|provision|people|students?|families|"
    r"parents?|access|record|rule|agreement|successors?|mentors?|help|place|course|budget|effect|improvement|gains?"
)
_PROBLEM = _words(
    (
        r"dilemma|shortages?|disconnect|mismatch(?:e[sd])?|variability|wide variation|disparit\w+|problem of practice",
        0.5,
    ),
    (
        r"struggl(?:e[sd]|ing)|(?:district|school|teachers|students|principals|leaders|they|we) struggle|suffer(?:s|"
        r"ed|ing)?",
        0.45,
    ),
    (r"lack(?:s|ed|ing)(?! nothing)|(?:a|the) lack of|deteriorat\w+", 0.45),
    (
        r"(?:the|a|an|one|its|their|first|second|real|main|immediate) (?:\w+ )?(?:problem|challenge|difficulty|"
        r"trouble)s?"
        r"(?: of \w+)?(?: \w+){0,8}? (?:was|is|were|are|concerned|lay)(?! (?:presented|brought|discussed|shared|posed|"
        r"described|named))",
        0.5,
    ),
    (
        r"(?:revealed|highlighted|showed|identified|realization of|recogni[sz]ed) (?:the|a|an) (?:\w+ )?(?:need|"
        r"problem|gap)",
        0.4,
    ),
    (
        r"(?:fac(?:e[sd]?|ing)|confront(?:s|ed|ing)?|encounter(?:s|ed|ing)?|addressed|"
        r"(?:sought|seeks?|tried|tries|trying|began|begin|meant) (?:to address|addressing)) (?:with )?(?:\w+ ){0,4}"
        r"(?:challenge|problem|dilemma|shortage|crisis|variability|gap|difficult\w+|question of)s?",
        0.5,
    ),
    (r"gaps? (?:between|in|of)|achievement gaps?|the gap (?:had|has|between|was)", 0.4),
    (
        rf"(?:had|have|has|with|there (?:is|was|were|are)|saw|drew|drawn|attracted|offered|found|received) (?:\w+ "
        rf")?(?:no|few|"
        rf"fewer than|little|too few|almost no|hardly any|only (?:one|two|three|\d+)) (?:[\w-]+ "
        rf"){{0,3}}“?(?:{_WANTING})",
        0.5,
    ),
    (r"(?:had|have|has) (?:\w+ )?never|never (?:once )?(?:been|asked|shown|saw|seen)", 0.4),
    (r"nobody|no one|none (?:had|has|could|knew)", 0.35),
    (r"could (?:not|do little|neither|hardly)|couldn[’']t|cannot|can[’']t|(?:was|were|is|are) unable|had not", 0.35),
    (
        r"(?:has|have|had|been|was|were|is|are) los(?:t|ing)|lost (?:its|their|most|a|an|the|one|two|three|four|five|"
        r"six|seven|"
        r"eight|\d)",
        0.45,
    ),
    (r"(?:had|has|have|were|was|are|is|students?|graders?|\d+|percent) (?:\w+ )?fail(?:ed|ing)", 0.4),
    (r"failures?|failing rate", 0.25),
    (
        r"(?:had )?(?:left|resigned|quit|departed|hired away|gone)(?: \w+)? (?:within|after|for (?:a|an|the|larger|"
        r"better)|at "
        r"the end|in (?:\w+ )?(?:two|three|\d|\w+ years?|months))",
        0.4,
    ),
    (r"hired away|chronically absent|chronic absen\w+|unfilled|unplanned departure", 0.45),
    (r"vacan(?:t|c(?:y|ies))|(?:fall|fell|be|fallen) open|turnover", 0.3),
    (
        r"dispropor\w+|over-?represented|under-?represented|far above|twice the|more than twice|(?:two|three|four) "
        r"times (?:the|"
        r"as)",
        0.45,
    ),
    (r"inconsistent\w*|uneven|ran from|varied (?:widely|from|by)|depend(?:s|ed|ing) on the section", 0.35),
    (
        r"ranged from|only \d+ percent|only (?:one|two|three|four|a (?:third|quarter|fifth|few|handful))|fewer than",
        0.25,
    ),
    (r"too (?:seldom|late|small|far|little|many|often|long|hard)|not enough|insufficient|seldom|rarely|outdated", 0.35),
    (r"(?:had|has|have) (?:\w+ )?(?:fallen|dropped|declined|slipped|shrunk|worsened|widened|eroded)", 0.4),
    (r"(?:fell|dropped|declined|slipped) (?:by|to|from|for)", 0.35),
    (r"vanish\w*|disappear\w*|erod\w+|collapse[ds]?|unprepared|unready|isolat(?:ed|ion)|distrust|apprehensive", 0.35),
    (
        r"did not (?:match|know|have|agree|speak|read|believe|trust|value|return|move|change)|do(?:es)? not (?:match|"
        r"know)|"
        r"little resemblance|had not (?:touched|reached|altered|changed)",
        0.35,
    ),
    (r"make[s]? it hard|hard to|difficult (?:to|for)|at risk|behind (?:in|by)|below grade|managers? more than", 0.35),
    (
        r"(?:three|four|five|six|\d) (?:principals|superintendents|directors) in \w+ years|(?:third|fourth|fifth|"
        r"sixth) "
        r"(?:principal|superintendent)(?: in \w+ years)",
        0.5,
    ),
    (rf"(?:drew|drawn|received|got|had|attracted) {_N} (?:\w+ )?(?:applica\w+|candidates?|qualified)", 0.4),
    (
        r"(?:advertised|ran|(?:was|were|been|stood|remained) (?:open|empty)|vacant|unfilled) (?:\w+ ){0,4}for \w+ "
        r"(?:weeks|months|years)",
        0.4,
    ),
    (
        r"(?:has|have|had|will) (?:\w+ )?(?:resign(?:ed)?|leave|retired?|withdrawn)|(?:principal|superintendent) "
        r"resigned",
        0.3,
    ),
    (rf"{_N} of (?:\w+ ){{0,8}}?(?:failed|missed|missing|not|never|without|hung up|unanswered|absent|left|quit)", 0.4),
    (r"made up \d+ percent of (?:\w+ ){1,12}and \d+ percent|less than (?:they|it|we|half)|worse than", 0.4),
    (r"(?:grant|money|funding|waiver|contract) (?:\w+ )?(?:ended|ends|ran out|runs out|expired)", 0.35),
    (r"nothing (?:was|had|between|changed|to)|without (?:a|any) (?:plan|leader|principal|handoff|successor)", 0.3),
    (r"removed from class|removals|suspen(?:ded|sions?)|referred for|excluded|percent|compared with|against", 0.15),
    (r"bench|pipeline|morale", 0.1),
)
_OBSTACLE = _words(
    (r"object(?:s|ed|ions?)|complain(?:s|ed|ts?)|refuse[sd]?|resist(?:s|ed|ance)|oppos(?:e[sd]?|ition)|grieved|"
     r"skeptic\w*|sceptic\w*|warn(?:s|ed)|backlash|push(?:ed)? back", 0.45),
    (r"grieved|doubt(?:s|ed) (?:it|that|whether|the)", 0.5),
    (r"worr(?:y|ies|ied)(?! the)|fear(?:s|ed)|concern(?:s|ed)? (?:about|that|over)|raising concerns|not happy|"
        r"uneasy", 0.4),
    (r"(?:remain(?:s|ed)?|is|are|were|was) (?:\w+ )?(?:divided|unclear|unanswered|uncertain|unresolved|unequal|"
        r"tense)", 0.5),
    (r"continues? to (?:struggle|be|face)|ongoing (?:challenge|problem|tension)|broader challenge|challenge[s]? "
        r"(?:of|that|"
     r"remain\w*)|faces? (?:an?|the) (?:\w+ )?(?:challenge|risk)", 0.45),
    (r"not every(?:one|thing| \w+)?|has no (?:teacher|budget|money|place|answer)|had no answer", 0.4),
    (r"(?:has|have|had|is|are|was|were|proved|been) (?:\w+ )?(?:hard|difficult|slow|slower|uneven|costly|expensive|"
        r"thin|"
     r"fragile)", 0.45),
    (r"(?:has|have) yet to|not yet|still (?:no|not|cannot|can[’']t|lacks?|pulled|has|have|wrong|leave|face|"
        r"argue)", 0.4),
    (r"costs? (?:the|each|every|about|nearly|\$|a|one|an|\d)|at the (?:cost|price|expense)|(?:the|its|about the) "
        r"(?:cost|"
     r"price|expense) of|strain(?:s|ed)?|afford", 0.35),
    (r"run(?:s|ning)? (?:out|dry)|expires?|cancel(?:l)?ed|cannot spare|least spare|not to be had|scare[sd]? off|"
     r"not sufficient|too short|undercut|hired away|fell through", 0.4),
    (r"asked why|questioned (?:whether|why|the)|wondered whether|asked whether|disagreed|argued that", 0.3),
    (r"could not|cannot|can[’']t|couldn[’']t|did not (?:move|change|reach|agree|like)|(?:has|have|had) not|no longer|"
        r"nobody|"
     r"had yet", 0.3),
    (r"initial (?:resistance|opposition|doubts?)|at first,?|tension|trade-?off|unpaid|overload\w*|fatigue|"
        r"resent\w*", 0.3),
    (r"filed a grievance|felt (?:accused|ignored|left out)|critics|wants? the old|has not discussed|ends in (?:19|"
        r"20)\d\d|"
     r"transferred out|quit|no date|not everything", 0.4),
    (r"los(?:e|es|t|ing) (?:good|their|its|a|the|two|one|\w+ teachers)", 0.3),
)  # fmt: skip
_CONTRAST = re.compile(
    r"^(?:But|However|Still|Yet|Nevertheless|Even so|Although|Though|Despite|Not )\b|,? (?:but|however|though|although|"
    r"yet|nevertheless)\b",
)
_CHANGE = (
    r"fell|fallen|rose|risen|dropped|grew|grown|increased|decreased|declined|narrowed|closed|improved|climbed|doubled|"
    r"halved|tripled|shrank|shrunk|slowed|gone from|went (?:up|down|from)|(?:is|are|was|were) (?:up|down)|reduced"
)
_RESULT = _words(
    (rf"(?:has |have |had )?(?:{_CHANGE}) (?:\w+ ){{0,4}}?(?:from|to|by|about|nearly|only|\d)", 0.5),
    (rf"{_N} of (?:the |its |their |our |those |these )?(?:\w+ ){{0,6}}?(?:(?:have|has|had) (?!not|no\b|never)|are "
        rf"still|stayed|"
     r"remain|finished|returned|passed|completed|come|came|use|agreed)", 0.4),
    (r"as a result|since then|the result (?:was|is|has)|results? (?:so far|for|show\w*|of the)", 0.3),
    (r"(?:has|have) (?:\w+ )?(?:improved|led|helped|grown|driven|made|seen|produced|revealed|narrowed|fostered|risen|"
     r"fallen|stayed|evolved|highlighted|drawn|become)", 0.35),
    (r"(?:marked(?:ly)? )?(?:improved|improvement in|improving) (?!the (?:quality|process) of the)", 0.2),
    (r"(?:report(?:s|ed)?|said|says|found|assert(?:s|ed)?|noted|thinks?) that (?:\w+ ){0,8}?(?:improv\w+|help\w+|"
        r"better|"
     r"stronger|more|enabled|fell|rose|fewer|less|stayed|changed)", 0.3),
    (r"(?:some|great|initial|early|real|measurable) (?:success\w*|progress|gains)|successes|paid off|pay-?off", 0.3),
    (r"so far|to date|by (?:the )?(?:end of|spring|fall|following|next|june|may|january|winter|summer)|last (?:spring|"
     r"fall|year|june)|in a year|within a year", 0.15),
    (r"(?:came|stayed|returned|passed|attended|differed|enrolled|graduated|completed|filled|appointed|read at grade "
     r"level|are still there|changed)", 0.2),
    (rf"against {_N} (?:the|a) year|{_N} (?:\w+ )?have (?:\w+ )?been (?:completed|filled|appointed|hired|"
        rf"placed)", 0.45),
    (r"compared (?:with|to)|down from|up from|instead of \d+|for the first time", 0.25),
)  # fmt: skip
_LEXICONS: dict[AnatomyRole, Weighted] = {"problem": _PROBLEM, "challenge": _OBSTACLE, "result": _RESULT}

# fmt: off
_BEGIN = frozenset("begin start elect choose decide agree try".split())
_START = frozenset(
    "launch create establish introduce adopt hire pilot redesign develop implement train replace pair "
    "assign require form institute design build initiate set rewrite convert appoint publish freeze open cap "
    "partner shape contract retrain reorganize reorganise restructure negotiate bargain restore move moved fund expand "
    "release convene revise overhaul merge agree join decide turn drop divide calibrate devote dedicate recruit "
    "reserve sponsor seek focus put eliminate abolish".split()
)
_DO = frozenset(
    "pay ask give bring place write sign cut share sign host hold meet review visit protect invest collaborate "
    "select name "
    "allow let test check track count call telephone post provide support coach mentor organize organise schedule "
    "limit offer use run read observe work plan practice practise gather rotate split guarantee send report "
    "interview examine study compare return draw spread shadow record keep list choose discuss analyze analyse make "
    "engage begin start empower forecast lead exchange include encourage lower extend collect shift".split()
)
_NEEDS_OBJECT = frozenset("move put turn open drop run report close write use divide split cut return raise lead "
    "expand".split())
_STATIVE = frozenset(
    "be have enroll enrol serve receive lose face lack know see hear fail need get own contain cost remain become live "
    "leave lie win miss like love spend earn produce suffer struggle deserve fear own comprise belong matter differ "
    "understand regard find notice watch mourn dispute prefer lean want doubt decline identify refuse summarize "
    "summarise advertise teach highlight entail "
    "contain raise expect".split()
)
_TALK = frozenset(
    "say tell ask note describe explain report admit joke add remark wonder argue recall warn believe think state "
    "suggest observe concede acknowledge claim answer reply respond agree doubt recommend propose hope want wish "
    "conclude emphasize stress mention point speak object complain question know feel seem appear".split()
)
# fmt: on
_WEIGHT: dict[Actor, float] = {
    "site": 0.4,
    "name": 0.35,
    "leader": 0.35,
    "we": 0.35,
    "pronoun": 0.3,
    "person": 0.25,
    "I": 0.1,
    "students": 0.2,
    "none": 0.1,
    "people": 0.05,
    "thing": 0.1,
    "nobody": -0.5,
}
_PASSIVE: dict[Actor, float] = {
    "site": 0.0,
    "name": 0.0,
    "people": 0.15,
    "nobody": -0.5,
    "none": 0.1,
    "thing": 0.25,
    "pronoun": 0.25,
}
"""Whoever is hired, formed or founded does nothing; things and teachers are put to some use."""
_TURN = re.compile(
    r"\b(?:now|since (?:then|october|january|september|\d{4})|has since|have since|instead|therefore|in response|to "
    r"address|to that end|as part of|began|first step|this (?:fall|spring|year|winter)|last (?:fall|spring|year|"
    r"summer)|"
    r"in (?:19|20)\d\d|(?:two|three|a few) years ago|in (?:january|february|march|april|may|june|july|august|september|"
    r"october|november|december)|every (?:\w+ )?(?:week|weeks|month|months|monday|tuesday|wednesday|thursday|friday|"
    r"year|other)|each (?:week|month|monday|friday|year|quarter|wednesday)|a (?:week|month|year)|with a grant|"
    r"so (?:it|the|they|we|he|she))\b",
    re.IGNORECASE,
)
_RESOLVED = re.compile(
    r"\b(?:district|school|county|network|board|leaders|principals?|superintendent|teachers|team) (?:\w+ly )?(?:has |"
    r"have |"
    r"had )?(?:elected|chose|chosen|decided|began|begun|agreed|sought) to (?!be\b|leave|say|do nothing)\w+",
    re.IGNORECASE,
)
"""A parser reads "the district elected to engage" as an elected district."""
_NOT_DONE = re.compile(
    r"\brecommend(?:s|ed)? that\b|\bshould\b|\?$|\bif (?:we|you|it|they)\b|\bintend(?:s|ed)? to\b|\bnext (?:year|fall|"
    r"step)",
    re.IGNORECASE,
)
_AUDIENCE = re.compile(
    r"^(?:(?:Meeting |Several |Other |Some |Two |The |A |One )*(?:participants?|members?|skeptics?|audience|tables?|"
    r"visitors|consultancy group|conversation|discussion))\b.*\b(?:asked|noted|said|discuss\w*|wondered|remarked|"
    r"agreed|drew|"
    r"gave|spent|"
    r"highlighted|pressed|thought)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=_REMEMBERED)
def score(role: AnatomyRole, sentence: Sentence) -> float:
    """Return how much a sentence sounds like a role, from 0 to about 1; where it stands is not looked at."""
    if role == "approach":
        return round(max(0.0, _approach(sentence)), 3)
    hits = sorted((weight for pattern, weight in _LEXICONS[role] if pattern.search(sentence.own)), reverse=True)
    total = sum(weight / (i + 1) for i, weight in enumerate(hits))
    if role in {"problem", "result"}:
        total -= 0.3 * bool(_AUDIENCE.search(sentence.own))
    if role == "problem":
        total += 0.1 * bool(_FIGURE.search(sentence.own)) * bool(hits)
    elif role == "challenge":
        total += 0.2 * bool(_CONTRAST.search(sentence.own)) * bool(hits)
    else:
        total = _with_figure(total, sentence)
    return round(max(0.0, total), 3)


def _with_figure(total: float, sentence: Sentence) -> float:
    figures = len(_FIGURE.findall(sentence.own))
    return total + 0.1 * min(2, figures) if total and figures else 0.7 * total


def _approach(sentence: Sentence) -> float:
    best = max((_deed(clause) for clause in sentence.clauses), default=0.0)
    best = max(best, 0.7 * bool(_RESOLVED.search(sentence.own)))
    if best <= 0.2:
        return 0.0
    best += 0.15 * bool(_TURN.search(sentence.own))
    best -= 0.4 * bool(_NOT_DONE.search(sentence.own)) + 0.3 * bool(_AUDIENCE.search(sentence.own))
    return best


def _deed(clause: Clause) -> float:
    """Score one clause as an account of what a site or its people do."""
    verb = clause.then if clause.verb in _BEGIN and clause.then else clause.verb
    started = bool({clause.verb, clause.then} & _START) or (clause.verb in _BEGIN and bool(clause.then))
    known = started or verb in _DO
    if (
        clause.negated
        or (not known and verb in _STATIVE | _TALK)
        or (clause.verb in _TALK and clause.verb not in {"agree", "ask"})
    ):
        return 0.0
    if clause.then in _TALK or clause.then == "do" or (clause.verb == "agree" and not clause.object):
        return 0.0
    if (not known or clause.verb in _NEEDS_OBJECT) and not clause.object and not clause.passive:
        return 0.0
    total = _PASSIVE.get(clause.actor, 0.3) if clause.passive else _WEIGHT[clause.actor]
    total += 0.3 if started else 0.25 if clause.verb == "ask" and clause.then else 0.15 if known else 0.1
    total -= 0.15 * (clause.past and clause.perfect)  # "had divided": how things stood before
    total -= 0.25 * (clause.modal in {"would", "could", "might", "may", "can", "should"}) + 0.3 * (not clause.main)
    total -= 0.15 * (clause.modal in {"will", "shall"})
    return total
