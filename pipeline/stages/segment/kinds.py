"""What a section is for: front matter, discussion, a problem of practice, a programme, a synthesis, next steps.

A problem of practice presents one concrete challenge that a named district, school, network or programme faces, or what
it does about it. The evidence is added up: the site in the heading, how far it rules the section, and the words of
challenge and of action.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.records import AnatomyRole, DocumentKind, SegmentKind
from pipeline.stages.segment.cast import Cast
from pipeline.stages.segment.outline import Section

_NEXT_STEPS = re.compile(
    r"\b(?:next steps?|next meeting|action items?|to[- ]do\b|looking ahead|follow[- ]?up|adjourn\w*|the (?:road|way) "
    r"ahead|upcoming)",
    re.IGNORECASE,
)
_SYNTHESIS = re.compile(
    r"\b(?:themes?|conclu\w+|lessons?(?: learned)?|implications?|in common|synthesis|takeaways?|take-aways?|summary of|"
    r"executive summary|recommendations?|reflections?|across (?:the )?(?:\w+ )?(?:cases?|districts?|sites?|"
    r"approaches|examples?)|"
    r"what (?:the cases|separates|we (?:have )?learned))\b",
    re.IGNORECASE,
)
_FRONT = re.compile(
    r"^(?:\d+[.)]?\s*)?(?:call to order|approval of (?:the )?(?:minutes|agenda)|roll call|attendance$|about this|"
    r"purpose$|note$|"
    r"acknowledge?ments?|pledge|welcome$)",
    re.IGNORECASE,
)
_GENERIC_HEADING = re.compile(
    r"\?$|\b(?:districts|cases|problems|examples|discussion|overview|background|method\w*|opening|"
    r"introductions?|rounds?|what comes next|who came)\b",
    re.IGNORECASE,
)
_PROBLEM_HEADING = re.compile(
    r"^(?:the )?(?:problem|challenge|dilemma|issue|finding|case)\b(?: \w+)?[:.]", re.IGNORECASE
)
_PROCEDURE = re.compile(
    r"\b(?:motion (?:to|by|carried)|moved (?:to approve|approval)|seconded|resolution no|consent agenda|ayes|"
    r"abstain\w*|"
    r"public hearing|first reading|second reading|roll call|personnel transactions)\b",
    re.IGNORECASE,
)
_CELEBRATION = re.compile(
    r"\b(?:congratulat\w+|award(?:s|ed)?|of the year|ceremony|graduation|champion\w*|retirements?|recognition|in "
    r"memory|"
    r"celebrat\w+|reception)\b",
    re.IGNORECASE,
)
_SHORTEST = 30
_LONG_BODY = 60
_FULL_LENGTH = 150
"""Words; an account of a case needs about as many."""
_MOST_FRONT_PASSAGES = 10
_TABLE_GENRES: frozenset[DocumentKind] = frozenset({"rubric"})
_WEIGHTS = {
    "bias": -5.3,
    "in_heading": 2.6,
    "problem": 1.5,
    "approach": 2.2,
    "both": 2.2,
    "aftermath": 1.2,
    "early": 1.2,
    "length": 1.6,
    "crowd": -0.5,
    "generic_heading": -1.8,
    "problem_heading": 0.8,
    "procedure": -0.5,
    "celebration": -1.5,
    "program": -1.8,
    "spoken": 0.2,
}
"""Log-odds that a section is a problem of practice, rounded from a logistic regression on the annotated documents.

`both`: the weaker of problem and approach. A case has both; news of an award, a report to a board or a list has one.
`spoken`: people who tell of their case name neither its problem nor its parts as plainly as writers do.
"""


Strengths = Mapping[AnatomyRole, float]
"""Each role → how clear its clearest statement is, 0–1."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The kind of a section, how sure it is (0–1), and the names of the sites whose case it presents."""

    kind: SegmentKind
    score: float
    sites: list[str]


def by_heading(section: Section, index: int, document_kind: DocumentKind) -> Judgement | None:
    """Judge a section by what its heading says it is for; `None`: its words must tell.

    Args:
        section: the section.
        index: its place in the document, from 0.
        document_kind: the genre.
    """
    heading = section.heading.text if section.heading is not None else ""
    if index == 0 and _is_front(section) and (document_kind != "news" or not heading):
        return Judgement("front_matter", 0.9, [])
    for pattern, kind in _HEADINGS:
        if pattern.search(heading):
            return Judgement(kind, 0.9, [])
    return Judgement("discussion", 0.5, []) if document_kind in _TABLE_GENRES else None


_HEADINGS: tuple[tuple[re.Pattern[str], SegmentKind], ...] = (
    (_NEXT_STEPS, "next_steps"),
    (_SYNTHESIS, "synthesis"),
    (_FRONT, "front_matter"),
)


def _is_front(section: Section) -> bool:
    """Tell a title with date, place, authors and a note from a section that begins the discussion."""
    if any(passage.kind == "turn" for passage in section.body):
        return False
    if section.heading is None:
        return not any(len(passage.text.split()) > _LONG_BODY for passage in section.body)
    return len(section.body) <= _MOST_FRONT_PASSAGES


def may_be_case(section: Section, cast: Cast) -> bool:
    """Whether a section is long enough, and speaks of a site, so that it is worth reading closely."""
    return cast.leader is not None and sum(len(passage.text.split()) for passage in section.body) >= _SHORTEST


def judge(section: Section, cast: Cast, strengths: Strengths, document_kind: DocumentKind) -> Judgement:
    """Judge a section by its sites and by what its sentences do.

    Args:
        section: the section.
        cast: the sites that it speaks of.
        strengths: how clear its clearest statements of problem, approach, challenge and result are.
        document_kind: the genre.
    """
    fallback: SegmentKind = "program" if document_kind == "program" else "discussion"
    if not may_be_case(section, cast):
        return Judgement(fallback, _MOST_SURE, [])
    p = 1 / (
        1 + math.exp(-sum(_WEIGHTS[name] * value for name, value in features(section, cast, strengths, document_kind)))
    )
    if p >= _DECIDED:
        return Judgement("problem_of_practice", _shown(p), _sites(cast))
    return Judgement(fallback, _shown(1 - p), [])


_DECIDED = 0.5
_MOST_SURE = 0.97


def features(
    section: Section, cast: Cast, strengths: Strengths, document_kind: DocumentKind
) -> list[tuple[str, float]]:
    """Return what speaks for and against a problem of practice, by the names of the weights."""
    heading = section.heading.text if section.heading is not None else ""
    text = " ".join(passage.text for passage in section.passages)
    headed = bool(cast.in_heading)
    return [
        ("bias", 1.0),
        ("in_heading", float(headed)),
        ("problem", strengths["problem"]),
        ("approach", strengths["approach"]),
        ("both", min(strengths["problem"], strengths["approach"])),
        ("aftermath", max(strengths["challenge"], strengths["result"])),
        ("early", float(cast.is_early)),
        ("length", min(1.0, sum(len(passage.text.split()) for passage in section.body) / _FULL_LENGTH)),
        ("crowd", float(len(cast.weights) > _CROWD and not headed)),
        ("generic_heading", float(_GENERIC_HEADING.search(heading) is not None and not headed)),
        ("problem_heading", float(_PROBLEM_HEADING.search(heading) is not None)),
        ("procedure", float(_PROCEDURE.search(text) is not None)),
        ("celebration", float(_CELEBRATION.search(heading) is not None or len(_CELEBRATION.findall(text)) > 1)),
        ("program", float(document_kind == "program" and not headed)),
        ("spoken", float(sum(passage.kind == "turn" for passage in section.body) > len(section.body) / 2)),
    ]


_CROWD = 3


def _sites(cast: Cast) -> list[str]:
    """Return the sites of a case: those of the heading or the leader, its partners, and, unheaded, its equals."""
    if cast.in_heading:
        return cast.all
    weights = cast.weights
    equals = [name for name in weights if weights[name] >= max(2.0, weights.get(cast.leader or "", 0.0))]
    return list(dict.fromkeys([*cast.all, *(equals if len(equals) == 2 else [])]))


def inherit(judgement: Judgement, above: Judgement | None) -> Judgement:
    """Let a section of a problem of practice ("The problem", "What the district did") belong to its case."""
    if judgement.kind == "discussion" and above is not None and above.kind == "problem_of_practice":
        return Judgement("problem_of_practice", round(0.9 * above.score, 2), above.sites)
    return judgement


def _shown(p: float) -> float:
    return round(min(_MOST_SURE, p), 2)
