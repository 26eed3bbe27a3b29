"""Which kind of document this is, by the share of speaker turns and the words that each genre cannot do without."""

import re
from collections.abc import Sequence
from typing import Any

from pipeline.records import DocumentKind
from pipeline.stages.ingest.blocks import Block

_SIGNS: dict[DocumentKind, list[tuple[str, float]]] = {
    "minutes": [
        (r"\bminutes\b", 2.0),
        (r"\bcall(?:ed)? to order\b", 3.0),
        (r"\b(?:motion|seconded|moved by|second by)\b", 2.0),
        (r"\bcarried\b|\bvote\b", 1.0),
        (r"\badjourn", 2.0),
        (r"\b(?:agenda|quorum|public comment|roll call)\b", 1.0),
        (r"^(?:members )?(?:present|absent|excused):", 2.0),
    ],
    "meeting_summary": [
        (r"\bmeeting (?:\w+ )?summary\b|\bsummary of (?:the )?\w*\s*meeting\b|\bmeeting notes\b|\bconvening\b", 3.0),
        (r"\bparticipants\b", 1.5),
        (r"\bproblems? of practice\b", 1.5),
        (r"\bnext steps\b", 1.0),
        (r"\bfishbowl\b|\bsmall groups?\b|\bsession\b", 0.5),
        (r"\b(?:district|meeting) (?:leaders|participants|members)\b", 1.0),
        (r"\bmeeting\b", 1.0),
    ],
    "program": [
        (r"^(?:project|program(?:me)?) dates:", 3.0),
        (r"^(?:contact(?: email)?|related topics|partner links|key events|project funders):?", 2.0),
        (r"\bcohorts?\b", 1.5),
        (r"\b(?:apply|application|applicants|eligib\w+)\b", 1.0),
        (r"\b(?:our|the) (?:network|program(?:me)?|fellowship|residency) (?:is|offers|provides|supports|was)\b", 1.5),
        (r"\bprogram(?:me)? (?:features|overview|components)\b|\bcore components\b", 2.0),
        (r"\b(?:summer institute|webinars?|residenc(?:y|ies)|liaison)\b", 1.0),
    ],
    "news": [
        (r"^By:?\s", 2.0),
        (r"\bsays\b|,[”\"] \w+(?: \w+)? said\b|\bsaid [A-Z]", 2.0),
        (r"^[A-Z][A-Z .]{3,}(?:, \w+\.?)? —", 2.0),
        (r"\b(?:reporter|staff writer|newsroom|editor)\b", 1.5),
    ],
    "report": [
        (r"\b(?:policy|research|issue|practice) brief\b|\bworking paper\b|\b(?:technical|final|interim) report\b", 3.0),
        (r"\b(?:this|the) (?:report|study|brief|paper)\b", 2.0),
        (r"\b(?:findings|methods?|methodology|literature|limitations)\b", 1.5),
        (r"\b(?:interview(?:s|ed|ees)|respondents|survey(?:ed)?|sample)\b", 1.5),
        (r"\b(?:recommendations|conclusions?|references|appendix|executive summary)\b", 1.0),
        (r"\b(?:table|figure) \d", 1.0),
        (r"\bwe (?:interviewed|visited|found|analy[sz]ed|examined)\b", 1.0),
    ],
}
_COMPILED = {
    kind: [
        (re.compile(pattern, re.IGNORECASE | re.MULTILINE if kind != "news" else re.MULTILINE), weight)
        for pattern, weight in signs
    ]
    for kind, signs in _SIGNS.items()
}
_TRANSCRIPT_SHARE = 0.5
_TITLE_BONUS = 2.0
_ENOUGH = 3.0
_TITLE_WORDS: dict[DocumentKind, str] = {
    "minutes": r"\bminutes\b",
    "meeting_summary": r"\b(?:meeting|convening|gathering|retreat|roundtable|summit)\b",
    "transcript": r"\btranscript\b",
    "program": r"\b(?:program|programme|fellowship|residency|academy|initiative|project)\b",
    "report": r"\b(?:report|study|brief|evaluation|paper)\b",
}


def classify(blocks: Sequence[Block], title: str | None, metadata: dict[str, Any]) -> tuple[DocumentKind, float]:
    """Return the kind and how sure it is: the margin over the next best kind, 0–1."""
    if is_rubric(blocks):
        return "rubric", 1.0
    bodies = [block for block in blocks if block.kind not in {"heading", "note"}]
    turns = sum(block.kind == "turn" for block in bodies)
    scores = {kind: _score(kind, blocks, title) for kind in _COMPILED}
    if bodies and turns >= _TRANSCRIPT_SHARE * len(bodies) and scores["minutes"] < 2 * _ENOUGH:
        return "transcript", turns / len(bodies)
    if metadata.get("project_dates"):
        scores["program"] += _TITLE_BONUS
    best, second = sorted(scores.values(), reverse=True)[:2]
    if best < _ENOUGH:
        return "other", 0.0
    kind = max(scores, key=lambda name: scores[name])
    return kind, round((best - second) / best, 3)


def _score(kind: DocumentKind, blocks: Sequence[Block], title: str | None) -> float:
    """Add up the signs of a genre: each counts once for being there, and a little more for standing in many blocks."""
    score = 0.0
    for pattern, weight in _COMPILED[kind]:
        n = sum(bool(pattern.search(block.text)) for block in blocks)
        score += weight * min(1.0, 0.5 + 5 * n / max(len(blocks), 20)) if n else 0.0
    words = _TITLE_WORDS.get(kind)
    return score + (_TITLE_BONUS if words and title and re.search(words, title, re.IGNORECASE) else 0.0)


def is_rubric(blocks: Sequence[Block]) -> bool:
    """Recognise a rubric: tables whose first row names levels, with coded rows below, make up most of the text."""
    tables = [block.text for block in blocks if block.kind == "table"]
    n_chars = sum(len(block.text) for block in blocks)
    in_tables = sum(map(len, tables))
    headed = sum(
        bool(
            re.match(r"(?:practice|indicator|criteri|standard|domain|element|dimension|competenc)", text, re.IGNORECASE)
        )
        for text in tables
    )
    coded = sum(bool(re.search(r"(?:^|\t)\d{1,2}(?:\.\d+)?[a-z]?\.?(?:\t| )", text, re.MULTILINE)) for text in tables)
    return n_chars > 0 and in_tables > 0.6 * n_chars and headed > 0 and coded > 0
