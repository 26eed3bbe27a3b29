"""The anatomy of a problem of practice: which sentences state the problem, the approach, a challenge, a result.

At most two sentences are marked for each role: the likeliest by the anatomy model, and only from the probability
upwards at which its marks were right as often as promised, on accounts that it had not learned from. Where no sentence
is clear, none is marked.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.records import ANATOMY_ROLES as ROLES
from pipeline.records import AnatomyPart, AnatomyRole
from pipeline.stages.segment.clauses import Sentence
from pipeline.stages.segment.roles import score

if TYPE_CHECKING:
    from pipeline.encoder import Encoder
    from pipeline.learning.anatomy import AnatomyModel

_FEWEST_WORDS = 6
_MOST_QUOTED = 0.35
_FIRST_PERSON = re.compile(
    r"(?<!Algebra )(?<!Title )(?<!Cohort )(?<!Phase )\bI\b(?=[’' ][a-z])|\b(?:my|me|[Yy]ou|[Yy]our)\b"
)


def find_anatomy(sentences: Sequence[Sentence], model: "AnatomyModel", encoder: "Encoder") -> list[AnatomyPart]:
    """Return the clearest sentences of each role, in text order; a sentence has one role at most.

    Args:
        sentences: all sentences of one account.
        model: tells what each of them states.
        encoder: turns sentences into vectors.
    """
    p = model.predict(sentences, encoder)
    return [
        AnatomyPart(
            role=role,
            passage_id=sentences[i].passage_id,
            start=sentences[i].start,
            end=sentences[i].end,
            score=round(float(p[i, ROLES.index(role)]), 3),
        )
        for i, role in model.choose(p)
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
