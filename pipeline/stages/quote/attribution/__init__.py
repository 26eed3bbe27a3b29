"""Finds who says a quoted stretch in its own sentence, and the word that tells so.

    “We kept it,” Ida Lund said.  →  speaker "Ida Lund", cue "said", link "direct", side "after"

| room | what it reads |
|---|---|
| `after` | a speaker phrase behind the marks: “…,” she said; “…,” said Ida Lund, who … |
| `before` | a verb of speech in front of them: As one principal put it, “…” |
| `patterns` | fixed phrases: in her words; according to; a label; a noun of speech; a colon |
| `nouns`, `readings` | her answer was; a letter that someone else reads out |
| `behind` | the sentence behind them: So says Ida Lund |
| `introduction` | the sentence or paragraph before: Ida Lund was blunt. “…” |
| `verbs`, `subjects`, `phrases` | cue words, whose they are, and how far the speaker's phrase reaches |
| `frame` | a paragraph seen around its quotations |

Cues come from a list, their subjects from the dependency parse; needs part-of-speech tags and that parse.
"""

from collections.abc import Callable

from pipeline.stages.quote.attribution.after import after
from pipeline.stages.quote.attribution.before import before
from pipeline.stages.quote.attribution.frame import Frame, region_before
from pipeline.stages.quote.attribution.nouns import noun_that, saying
from pipeline.stages.quote.attribution.patterns import according_to, colon, label, own_words
from pipeline.stages.quote.spans import Attribution


def attribute(frame: Frame, n: int) -> Attribution | None:
    """Return who says stretch `n` in its own sentence, or None where nobody does."""
    ways: tuple[Callable[[Frame, int], Attribution | None], ...] = (
        after,
        own_words,
        according_to,
        label,
        before,
        noun_that,
        saying,
        colon,
    )
    return next((found for way in ways if (found := way(frame, n)) is not None), None)


def stands_alone(frame: Frame, n: int) -> bool:
    """Whether the stretch is a sentence of its own, apart from a connecting adverb before it."""
    before = [token for token in region_before(frame, n) if not token.is_punct]
    connecting = len(before) <= 2 and all(token.pos_ in {"ADV", "CCONJ", "SCONJ", "INTJ"} for token in before)
    after = frame.text[frame.stretches[n].outer_end : frame.end].lstrip()
    return connecting and (not after or not after[0].islower())
