"""The anatomy of a problem of practice: which sentences state the problem, the approach, a challenge, a result.

An account of a problem of practice has an order: first what was wrong, then what was done, then what stood in the way
and what came of it. So the text is parted where its approach begins, at the place that gives the clearest account; a
sentence that tells of a loss is a problem before that place, and a challenge or a result after it. Where no sentence is
clear, none is marked.
"""

import re
from collections.abc import Iterator, Sequence

from pipeline.records import AnatomyPart, AnatomyRole
from pipeline.stages.segment.clauses import Sentence
from pipeline.stages.segment.roles import score

ROLES: tuple[AnatomyRole, ...] = ("problem", "approach", "challenge", "result")
_MINIMUM: dict[AnatomyRole, float] = {"problem": 0.5, "approach": 0.6, "challenge": 0.5, "result": 0.55}
_PER_ROLE = 2
_FEWEST_WORDS = 6
_MOST_QUOTED = 0.35
_MOST_TURNS = 20
_TURN = 0.4
"""How much of an approach a sentence must be for what follows to be read as its challenges and results."""
_HINT = 0.3
_FIRST = 0.5
_UNPROMPTED = 0.15
_OPENING = 0.25
_PASSED_OVER = 0.3
_DEED = 0.5
_MARGIN = 0.1
_FIRST_PERSON = re.compile(
    r"(?<!Algebra )(?<!Title )(?<!Cohort )(?<!Phase )\bI\b(?=[’' ][a-z])|\b(?:my|me|[Yy]ou|[Yy]our)\b"
)
_HEADINGS: dict[AnatomyRole, re.Pattern[str]] = {
    "problem": re.compile(r"\b(?:the )?(?:problem|challenge|need|issue|dilemma)s?$", re.IGNORECASE),
    "approach": re.compile(
        r"\b(?:what (?:the |they|it|we)?.*\bdid|approach|response|solution|strategy|the plan|the work)$", re.IGNORECASE
    ),
    "challenge": re.compile(r"\b(?:obstacles|challenges met|difficulties|what got in the way)$", re.IGNORECASE),
    "result": re.compile(r"\b(?:results?|outcomes?|impact|what happened|what changed|evidence)$", re.IGNORECASE),
}

_Scores = dict[AnatomyRole, float]
_Choice = tuple[float, AnatomyRole, Sentence]


def find_anatomy(sentences: Sequence[Sentence], heading: str = "") -> list[AnatomyPart]:
    """Return the clearest sentences of each role, in text order; a sentence has one role at most.

    Args:
        sentences: the sentences of a section, with their clauses.
        heading: what stands above them; "The problem" or "What the district did" tell what to look for.
    """
    told = next((role for role, pattern in _HEADINGS.items() if pattern.search(heading)), None)
    spoken = sum(one.spoken for one in sentences) > len(sentences) / 2
    scored = _scored([one for one in sentences if _may_count(one, spoken=spoken)], told)
    deeds = [i for i, (_, scores) in enumerate(scored) if scores["approach"] >= _TURN]
    turns = [] if told == "problem" else deeds
    accounts = [_account(scored, turn, told) for turn in [*turns[:_MOST_TURNS], len(scored)]]
    best = max(accounts, key=lambda account: account[0], default=(0.0, []))[1]
    return [
        AnatomyPart(role=role, passage_id=one.passage_id, start=one.start, end=one.end, score=round(min(1.0, value), 3))
        for value, role, one in sorted(best, key=lambda choice: choice[2].start)
    ]


def strengths(sentences: Sequence[Sentence]) -> dict[AnatomyRole, float]:
    """Return how clear the clearest sentence of each role is, 0–1, wherever it stands, marked or not."""
    spoken = sum(one.spoken for one in sentences) > len(sentences) / 2
    heard = [one for one in sentences if _may_count(one, spoken=spoken)]
    return {role: min(1.0, max((score(role, one) for one in heard), default=0.0)) for role in ROLES}


def _may_count(sentence: Sentence, *, spoken: bool) -> bool:
    """Leave out scraps, other people's words, what introduces them, and turns of speech in a text that reports."""
    if len(sentence.text.split()) < _FEWEST_WORDS or sentence.text.rstrip().endswith(":"):
        return False
    if not spoken and (sentence.spoken or _FIRST_PERSON.search(sentence.own)):
        return False
    return sentence.quoted <= _MOST_QUOTED


def _scored(sentences: Sequence[Sentence], told: AnatomyRole | None) -> list[tuple[Sentence, _Scores]]:
    """Score the sentences. What is done before any problem is told is mostly the state of things, so it counts less."""
    scored: list[tuple[Sentence, _Scores]] = []
    stated = told is not None
    for i, one in enumerate(sentences):
        scores = {role: score(role, one) for role in ROLES}
        if not stated and one.place < _OPENING:
            scores["approach"] -= _FIRST if i == 0 else _UNPROMPTED
        stated = stated or scores["problem"] >= _HINT
        scored.append((one, scores))
    return scored


def _account(
    scored: Sequence[tuple[Sentence, _Scores]], turn: int, told: AnatomyRole | None
) -> tuple[float, list[_Choice]]:
    """Choose the sentences to mark if the approach begins with sentence number `turn`; say how clear the account is."""
    choices = [choice for i, (one, scores) in enumerate(scored) for choice in _choices(i, one, scores, turn, told)]
    kept: list[_Choice] = []
    for role in ROLES:
        best = sorted(
            (choice for choice in choices if choice[1] == role), key=lambda choice: (-choice[0], choice[2].start)
        )
        kept += best[:_PER_ROLE]
    passed_over = sum(scores["approach"] >= _DEED for _, scores in scored[:turn])
    return sum(choice[0] for choice in kept) - _PASSED_OVER * passed_over, kept


def _choices(i: int, sentence: Sentence, scores: _Scores, turn: int, told: AnatomyRole | None) -> Iterator[_Choice]:
    """Yield the best role of a sentence, if it is clear enough."""
    allowed: tuple[AnatomyRole, ...] = ("problem",) if i < turn else ("approach", "challenge", "result")
    if i == turn and told is None:
        allowed = ("approach",)
    ranked = sorted(((_adjusted(role, scores[role], sentence, told), role) for role in allowed), reverse=True)
    value, role = ranked[0]
    if value >= _MINIMUM[role] and not _is_rather(role, scores):
        yield value, role, sentence


def _is_rather(role: AnatomyRole, scores: _Scores) -> bool:
    """Whether a sentence sounds more like a role that it cannot have where it stands."""
    if role == "problem":
        return scores["approach"] > scores["problem"] + _MARGIN
    return role == "approach" and scores["result"] > scores["approach"] - _MARGIN


def _adjusted(role: AnatomyRole, value: float, sentence: Sentence, told: AnatomyRole | None) -> float:
    if value <= 0:
        return 0.0
    early = 0.1 - 0.2 * sentence.place if role == "problem" else 0.0
    return value + early + 0.15 * (told == role)
