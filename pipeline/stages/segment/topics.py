"""Topics of a text without headings: where a transcript, or a long run of paragraphs, turns to another matter.

Each gap between two turns gets a score: a weighted sum of how little its two sides have in common and of what is said
there (`topics_features`). Boundaries are the gaps that stand out most among the gaps of the same text, with a least
distance. The weights were learned on half of the committee meetings of QMSum; docs/segmentation.md has the figures.

    MODERATOR: Any more on the buses? No?
    Ana Ruiz: No, we found the drivers.
    MODERATOR: Then let us turn to the vacancies. Tom?      → Shift(index=2, score=0.81, reason="speaker")
    Tom Hale: We lost nine teachers in one summer …
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.learning.features import encode_sentences
from pipeline.records import BoundaryReason, Passage
from pipeline.stages.segment.topics_features import NAMES, Floats, Manner, Turn, gap_features, manners
from pipeline.stages.segment.topics_weights import PROSE, SPEECH, WEIGHTS, Demand

if TYPE_CHECKING:
    from spacy.language import Language

    from pipeline.encoder import Encoder

FEWEST = 15
"""Turns, or long paragraphs, below which a text is not cut."""
LONG = 40
"""Words of a paragraph that counts as long."""

_QUARTILES_OF_NORMAL = 1.35
_LEAST_SPREAD = 0.2
"""Where all gaps are nearly alike, none stands out."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A boundary before a turn. `index`: the turn's place, never 0. `score`: 0–1, not calibrated."""

    index: int
    score: float
    reason: BoundaryReason


def find_shifts(
    turns: Sequence[Turn], may_open: Sequence[bool] | None = None, weights: Mapping[str, float] = WEIGHTS
) -> list[Shift]:
    """Return the boundaries between topics, in order.

    Args:
        turns: what is said, or the paragraphs.
        may_open: which turns a topic may begin with; `None`: all.
        weights: of the features.
    """
    if len(turns) < FEWEST:
        return []
    is_speech = any(turn.speaker for turn in turns)
    demand = SPEECH if is_speech else PROSE
    spoken = manners(turns)
    # Cues are those of people who talk to each other.
    used = [weights[name] if is_speech or name.startswith("near") else 0.0 for name in NAMES]
    margins = _margins(gap_features(turns, spoken) @ np.array(used), demand)
    allowed = np.ones(len(turns), dtype=bool) if may_open is None else np.array(may_open)
    chosen = choose(np.where(allowed[1:], margins, -math.inf), demand.least)
    return [Shift(gap + 1, _squash(float(margins[gap])), _reason(spoken[gap + 1])) for gap in chosen]


def choose(margins: Floats, least: int) -> list[int]:
    """Return the gaps that together have the greatest sum, each at least `least` gaps after the one before.

    A gap below 0 or below a gap beside it is never chosen. The first topic and the last have `least` turns, too.
    """
    n = len(margins)
    padded = np.pad(margins, 1, constant_values=-math.inf)
    is_peak = (margins > 0) & (margins >= padded[:-2]) & (margins >= padded[2:])
    best = [0.0] * (n + 1)  # best[i]: the greatest sum over the gaps before i
    taken = [False] * (n + 1)
    for i in range(1, n + 1):
        gap = i - 1
        with_it = best[max(0, i - least)] + float(margins[gap])
        fits = least - 1 <= gap <= n - least
        taken[i] = bool(fits and is_peak[gap] and with_it > best[i - 1])
        best[i] = with_it if taken[i] else best[i - 1]
    chosen: list[int] = []
    i = n
    while i > 0:
        if taken[i]:
            chosen.append(i - 1)
        i = max(0, i - least) if taken[i] else i - 1
    return chosen[::-1]


def _margins(scores: Floats, demand: Demand) -> Floats:
    """Return how far each gap stands out among the gaps of its text, less what is asked of a boundary."""
    low, middle, high = np.percentile(scores, [25, 50, 75])
    spread = max(high - low, _LEAST_SPREAD) / _QUARTILES_OF_NORMAL
    margins: Floats = (scores - middle) / spread - demand.of(len(scores))
    return margins


def _squash(margin: float) -> float:
    return round(1 / (1 + math.exp(-min(margin, 30.0))), 2)


def _reason(manner: Manner) -> BoundaryReason:
    return "speaker" if manner.gives_floor else "topic_shift"


# --- passages --------------------------------------------------------------------------------------------------------


def first_spoken(passages: Sequence[Passage]) -> int | None:
    """Return where a long run of turns or of paragraphs begins, after its title and the like; `None`: there is none."""
    turns = [place for place, passage in enumerate(passages) if passage.kind == "turn"]
    long = [place for place, passage in enumerate(passages) if _is_long(passage)]
    return next((places[0] for places in (turns, long) if len(places) >= FEWEST), None)


def topics_of(passages: Sequence[Passage], encoder: "Encoder", sentencizer: "Language") -> list[Shift]:
    """Return the boundaries between the topics of a run of passages; a list or table begins no topic."""
    opening = "turn" if sum(passage.kind == "turn" for passage in passages) >= FEWEST else "paragraph"
    turns = turns_of(passages, encoder, sentencizer)
    return find_shifts(turns, [passage.kind == opening for passage in passages])


def turns_of(passages: Sequence[Passage], encoder: "Encoder", sentencizer: "Language") -> list[Turn]:
    """Return what is said in each passage, with the vectors of its sentences."""
    words = [_words(passage) for passage in passages]
    held = encode_sentences(words, encoder, sentencizer)
    sentences = [[text[start:end] for start, end in spans] for text, spans in zip(words, held.spans, strict=True)]
    speakers = [passage.speaker.casefold() if passage.speaker else None for passage in passages]
    return [Turn(*fields) for fields in zip(words, speakers, sentences, held.vectors, strict=True)]


def _is_long(passage: Passage) -> bool:
    return passage.kind == "paragraph" and len(passage.text.split()) >= LONG


def _words(passage: Passage) -> str:
    """Return what is said, without the speaker's label."""
    if passage.speaker is None:
        return passage.text
    label = re.match(rf"[\W_]*{re.escape(passage.speaker)}[^:\n]{{0,40}}:[\W_]*", passage.text, re.IGNORECASE)
    return passage.text[label.end() :] if label and label.end() < len(passage.text) else passage.text
