"""How sure a quotation is: a sum of what speaks for it, between 0 and 1.

| evidence | weight |
|---|---|
| stands in a pair of quotation marks | .35 |
| no marks, but set off: a block, a turn under a label, an attribution line | .25 |
| a cue next to the quotation | .25 |
| a cue elsewhere in the sentence, or in the sentence before | .15 |
| a speaker in the same sentence or on a label | .25 |
| a speaker from the sentence before, or going on from the last quotation | .15 |
| five words or more | .10 |
| the cue, or the attribution line, is parted from the words as speech is | .05 |

A mark that is never closed caps the sum at .5; without marks, cue and speaker together it stays below .9.
"""

from pipeline.stages.quote.marks import words
from pipeline.stages.quote.spans import Found

UNCLOSED_CAP = 0.5
INCOMPLETE_CAP = 0.85
_ENOUGH_WORDS = 5


def confidence(found: Found, text: str) -> float:
    """Return the score of a quotation in the document's `text`, rounded to two digits."""
    quoted = " ".join(text[start:end] for start, end in found.parts)
    score = 0.35 if found.marked else 0.25
    score += _cue_weight(found) + _speaker_weight(found)
    score += 0.10 if len(words(quoted)) >= _ENOUGH_WORDS else 0.0
    score += 0.05 if found.link == "direct" or found.form == "testimonial" else 0.0
    complete = found.marked and found.cue is not None and found.speaker is not None
    cap = UNCLOSED_CAP if not found.closed else 1.0 if complete else INCOMPLETE_CAP
    return round(min(score, cap), 2)


def _cue_weight(found: Found) -> float:
    if found.cue is None:
        return 0.0
    return 0.25 if found.link == "direct" else 0.15


def _speaker_weight(found: Found) -> float:
    if found.speaker is None:
        return 0.0
    return 0.25 if found.link in {"direct", "loose", "labelled"} else 0.15
