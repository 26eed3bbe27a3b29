"""The anatomy of a problem of practice: which sentences state the problem, the approach, a challenge, a result.

Each sentence is scored for each role by the words that such sentences use, and by where it stands: problems come early,
results late. The best sentences of each role are kept.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.records import AnatomyPart, AnatomyRole, Passage
from pipeline.stages.segment.kinds import APPROACH, CHALLENGE

_RESULT = re.compile(
    r"\b(?:as a result|result(?:s|ed|ing)?|since then|has (?:seen|improved|made|grown|fallen|risen|led|helped|"
    r"revealed)|"
    r"have (?:seen|improved|made|grown|led|helped|driven|revealed|taken)|led to|improv(?:ed|ement)|increased|decreased|"
    r"fell (?:to|from|by)|rose (?:to|from|by)|dropped (?:to|from|by)|(?:percent|per cent|%)|success\w*|reported that|"
    r"payoff|"
    r"no longer|outcomes?|so far|by (?:the )?(?:spring|fall|following|end of)|of the \w+ (?:who|that))\b",
    re.IGNORECASE,
)
_OBSTACLE = re.compile(
    r"\b(?:but|however|nevertheless|although|despite|still|not yet|continues? to|remains?|ongoing|objection\w*|"
    r"object(?:s|ed)|"
    r"resist\w+|skeptic\w+|sceptic\w+|cautious|worr(?:y|ied|ies)|concern\w*|cost(?:s|ly)?|difficult\w*|risk\w*|tension|"
    r"disagree\w*|complain\w*|doubt\w*|not everyone|divided|uncertain\w*|sustain\w*|unanswered)\b",
    re.IGNORECASE,
)
_PATTERNS: dict[AnatomyRole, re.Pattern[str]] = {
    "problem": CHALLENGE,
    "approach": APPROACH,
    "challenge": _OBSTACLE,
    "result": _RESULT,
}
_PER_ROLE = 2
_FEWEST_WORDS = 6
_MINIMUM = 0.35


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a section; `place`: 0 for the first, 1 for the last."""

    passage_id: str
    text: str
    start: int
    end: int
    place: float


def find_anatomy(sentences: Sequence[Sentence]) -> list[AnatomyPart]:
    """Return the best sentences of each role, in text order; a sentence keeps only its best role."""
    scored = [
        (score, role, sentence)
        for sentence in sentences
        if len(sentence.text.split()) >= _FEWEST_WORDS
        for role in _PATTERNS
        if (score := _score(role, sentence)) >= _MINIMUM
    ]
    parts: list[AnatomyPart] = []
    for score, role, sentence in sorted(scored, key=lambda entry: (-entry[0], entry[2].start, entry[1])):
        taken = any(part.start == sentence.start for part in parts)
        if not taken and sum(part.role == role for part in parts) < _PER_ROLE:
            parts.append(
                AnatomyPart(
                    role=role, passage_id=sentence.passage_id, start=sentence.start, end=sentence.end, score=score
                )
            )
    return sorted(parts, key=lambda part: part.start)


def _score(role: AnatomyRole, sentence: Sentence) -> float:
    n = len(_PATTERNS[role].findall(sentence.text))
    if n == 0:
        return 0.0
    place = {
        "problem": 1 - sentence.place,
        "approach": 1 - abs(0.45 - sentence.place),
        "challenge": 0.3 + 0.7 * sentence.place,
        "result": sentence.place,
    }[role]
    return round(min(1.0, 0.25 * min(n, 3) + 0.4 * place), 3)


def sentences_of(passages: Sequence[Passage], spans: Sequence[Sequence[tuple[int, int]]]) -> list[Sentence]:
    """Pair passages with the spans of their sentences (offsets within the passage)."""
    flat = [(passage, start, end) for passage, inner in zip(passages, spans, strict=True) for start, end in inner]
    last = max(1, len(flat) - 1)
    return [
        Sentence(passage.id, passage.text[start:end], passage.start + start, passage.start + end, i / last)
        for i, (passage, start, end) in enumerate(flat)
    ]
