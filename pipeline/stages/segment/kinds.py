"""What a section is for: front matter, discussion, a problem of practice, a programme, a synthesis, next steps.

A problem of practice presents one concrete challenge that a named district, school, network or programme faces, or what
it does about it. The evidence is added up: the site in the heading, how far it rules the section, and the words of
challenge and of action.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.records import DocumentKind, SegmentKind, Site
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
CHALLENGE = re.compile(
    r"\b(?:challeng\w+|problems?|struggl\w+|dilemma|gaps?|lack(?:s|ed|ing)?|shortage|vacanc\w+|turnover|resist\w+|concerns?|"
    r"declin\w+|variab\w+|varied|inconsisten\w+|disconnect|fail(?:ed|ing|ure|ures)?|insufficient|not enough|no "
    r"longer|could not|"
    r"cannot|never|obstacles?|barriers?|difficult\w*|disproportion\w+|mismatch|unprepared|left|lost|losing|resign\w+|dropped|"
    r"missing|chronic\w*|absen\w+|unfilled|low|worse|afraid|distrust|nobody|none)\b",
    re.IGNORECASE,
)
APPROACH = re.compile(
    r"\b(?:sought|seeks?|address\w*|implement\w*|launch\w*|develop\w*|creat\w+|began|begun|started|establish\w*|pilot\w*|train\w*|"
    r"requir\w+|adopt\w*|introduc\w+|design\w*|built|building|hired|assign\w*|redesign\w*|expand\w*|initiat\w+|"
    r"elected to|"
    r"now (?:meets?|has|have|asks?|pays?)|instead|meets? (?:every|each|monthly|weekly)|pays|asked|agreed|replaced|"
    r"moved|set up|"
    r"engag\w+|invest\w*|partner\w*|revis\w+|agreement|plan(?:s|ned)?)\b",
    re.IGNORECASE,
)
_GENERIC_HEADING = re.compile(
    r"\?$|\b(?:districts|cases|problems|examples|discussion|overview|background|method\w*)\b", re.IGNORECASE
)
_LONG_BODY = 60
_MOST_FRONT_PASSAGES = 10
_THRESHOLD = 3.0
_DOMINANT = 0.6
_TABLE_GENRES: frozenset[DocumentKind] = frozenset({"rubric"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """The kind of a section, how sure it is (0–1), and the names of the sites whose case it presents."""

    kind: SegmentKind
    score: float
    sites: list[str]


def judge(section: Section, index: int, sites: Sequence[Site], document_kind: DocumentKind) -> Judgement:
    """Judge a section by its heading, its place in the document and its words.

    Args:
        section: the section.
        index: its place, from 0.
        sites: all places in it, heading included, where a site is named.
        document_kind: the genre.
    """
    heading = section.heading.text if section.heading is not None else ""
    named = _by_heading(section, heading, index, document_kind)
    if named:
        return named
    fallback: SegmentKind = "program" if document_kind == "program" else "discussion"
    if document_kind in _TABLE_GENRES:
        return Judgement("discussion", 0.5, [])
    score, leading = _problem_score(section, heading, sites)
    if leading and score >= _THRESHOLD:
        return Judgement("problem_of_practice", _confidence(score - _THRESHOLD), leading)
    return Judgement(fallback, _confidence(_THRESHOLD - score), [])


def _by_heading(section: Section, heading: str, index: int, document_kind: DocumentKind) -> Judgement | None:
    if index == 0 and _is_front(section) and document_kind != "news":
        return Judgement("front_matter", 0.9, [])
    for pattern, kind in ((_NEXT_STEPS, "next_steps"), (_SYNTHESIS, "synthesis"), (_FRONT, "front_matter")):
        if pattern.search(heading):
            return Judgement(kind, 0.9, [])  # type: ignore[arg-type]
    return None


def _is_front(section: Section) -> bool:
    """Tell a title with date, place, authors and a note from a section that begins the discussion."""
    if any(passage.kind == "turn" for passage in section.body):
        return False
    if section.heading is None:
        return not any(len(passage.text.split()) > _LONG_BODY for passage in section.body)
    return len(section.body) <= _MOST_FRONT_PASSAGES


def _problem_score(section: Section, heading: str, sites: Sequence[Site]) -> tuple[float, list[str]]:
    """Add up the evidence that a section is the case of one site."""
    words = sum(len(passage.text.split()) for passage in section.body)
    if not sites or words < _LONG_BODY // 2:
        return 0.0, []
    in_heading = list(
        dict.fromkeys(site.name for site in sites if section.heading and site.start < section.heading.end)
    )
    counts = Counter(site.name for site in sites)
    leader, n = max(counts.items(), key=lambda pair: (pair[1], -[site.name for site in sites].index(pair[0])))
    share = n / len(sites)
    opening = section.body[0].start + 300 if section.body else 0
    early = any(site.name == leader and site.start < opening for site in sites)
    body = " ".join(passage.text for passage in section.body)
    score = 2.5 * bool(in_heading)
    score += 1.0 * (share >= _DOMINANT) + 0.5 * (n > 2) + 0.5 * early
    score += min(1.0, 50 * len(CHALLENGE.findall(body)) / words) + min(1.0, 50 * len(APPROACH.findall(body)) / words)
    score -= 1.5 * bool(_GENERIC_HEADING.search(heading)) * (not in_heading)
    score -= 1.0 * (len(counts) > 3 and not in_heading)
    return score, in_heading or [leader]


def inherit(judgement: Judgement, above: Judgement | None) -> Judgement:
    """Let a section of a problem of practice ("The problem", "What the district did") belong to its case."""
    if judgement.kind == "discussion" and above is not None and above.kind == "problem_of_practice":
        return Judgement("problem_of_practice", round(0.9 * above.score, 2), above.sites)
    return judgement


def _confidence(margin: float) -> float:
    return round(min(0.95, 0.55 + 0.2 * max(0.0, margin)), 2)
