"""What a gap between two turns or paragraphs looks like: how far its two sides differ, who speaks, what is said.

The likeness of the two sides is measured as TextTiling does (Hearst 1997, https://aclanthology.org/J97-1003), with the
vectors of sentences in place of counts of words (Solbiati et al. 2021, https://arxiv.org/abs/2106.12978), over windows
of three sizes. Windows are counted in words, as a turn may have one word or a thousand.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.encoder import Vectors
from pipeline.stages.segment import topics_cues

Floats = npt.NDArray[np.float64]

NAMES = (
    "near_60",
    "near_200",
    "near_600",
    "chair_announce",
    "chair_call",
    "next_new",
    "asked",
    "other_open",
    "other_answer",
    "other_follow",
    "short",
    "voices",
)
"""The features in the order of their columns; `gap_features` says what each is."""
WINDOWS = (60, 200, 600)
"""Words on each side of a gap that are compared."""

_IDLE, _MOST = 3, 30
"""A sentence's words count beyond the first few, up to a limit: "Okay, thank you." says nothing of the topic."""
_VOICES = 250
_RECENT = 12
_SHORT = 12
_FEWEST_CALLS = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person says at once, or a paragraph.

    `speaker`: in small letters; `None` where the text does not tell. `sentences` and `vectors`, shape
    (sentences, 384), go together.
    """

    words: str
    speaker: str | None
    sentences: Sequence[str]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Manner:
    """How a turn is spoken: by whoever runs the meeting or not, and with which cues."""

    chair: bool
    cues: frozenset[str]

    @property
    def gives_floor(self) -> bool:
        """Whether the chair announces a topic or a speaker."""
        return self.chair and bool(self.cues & {"announce", "call"})


def manners(turns: Sequence[Turn]) -> list[Manner]:
    """Return how each turn is spoken."""
    found = [frozenset(topics_cues.cues(turn.words)) for turn in turns]
    chairs = _chairs(turns, found)
    return [Manner(turn.speaker in chairs, cues) for turn, cues in zip(turns, found, strict=True)]


def gap_features(turns: Sequence[Turn], spoken: Sequence[Manner]) -> Floats:
    """Return the features of the gaps between turns, shape (turns - 1, features).

    near_N          cosine of the N words before and the N words after, in standard units of the text
    chair_announce  whoever runs the meeting announces a topic in the turn after the gap; chair_call: a speaker
    next_new        the turn after that is by somebody who has not been heard for a while
    asked           the turn before the gap ends with a question
    other_…         somebody else opens a subject, answers, or follows up in the turn after the gap
    short           the turn after the gap has a few words only
    voices          cosine of who speaks how much before and after; 1 where nobody is named
    """
    content, mass = _content(turns)
    near = [_standard(_likeness(content, mass, window)) for window in WINDOWS]
    talk = np.array([_talk(turns, spoken, place) for place in range(1, len(turns))], dtype=np.float64)
    return np.column_stack([*near, talk.reshape(len(turns) - 1, -1), _voices(turns)])


def _chairs(turns: Sequence[Turn], cues: Sequence[frozenset[str]]) -> set[str]:
    """Return who runs the meeting: those whose label says so, or else who most often calls others by name."""
    speakers = list(dict.fromkeys(turn.speaker for turn in turns if turn.speaker))
    labelled = {speaker for speaker in speakers if topics_cues.is_chair(speaker)}
    if labelled or len(speakers) < 3:
        return labelled
    calls = dict.fromkeys(speakers, 0)
    for place, turn in enumerate(turns):
        if turn.speaker and cues[place] & {"announce", "call", "thank"}:
            calls[turn.speaker] += topics_cues.names_one_of(turn.words, _waiting(turns, place))
    leader = max(speakers, key=lambda speaker: calls[speaker])
    return {leader} if calls[leader] >= _FEWEST_CALLS else set()


def _waiting(turns: Sequence[Turn], place: int) -> list[str]:
    """Return the speakers of the next turns who were not heard just before."""
    past = {turn.speaker for turn in turns[max(0, place - 4) : place + 1]}
    coming = (turn.speaker for turn in turns[place + 1 : place + 4])
    return [speaker for speaker in dict.fromkeys(coming) if speaker and speaker not in past]


def _talk(turns: Sequence[Turn], spoken: Sequence[Manner], place: int) -> list[bool]:
    words, before, manner = turns[place].words, turns[place - 1].words, spoken[place]
    chair, cues = manner.chair, manner.cues
    return [
        chair and "announce" in cues,
        chair and "call" in cues,
        place + 1 < len(turns) and _is_new(turns, place + 1),
        before.rstrip().endswith("?"),
        *(not chair and name in cues for name in ("open", "answer", "follow")),
        len(words.split()) <= _SHORT,
    ]


def _is_new(turns: Sequence[Turn], place: int) -> bool:
    """Tell a speaker who has not been heard for a while."""
    speaker = turns[place].speaker
    return speaker is not None and speaker not in {turn.speaker for turn in turns[max(0, place - _RECENT) : place]}


def _content(turns: Sequence[Turn]) -> tuple[Floats, Floats]:
    """Return the weighted sum of each turn's sentence vectors, and how many words it stands for."""
    weights = [np.array([_weight(sentence) for sentence in turn.sentences], dtype=np.float64) for turn in turns]
    mass = np.array([weight.sum() for weight in weights])
    sums = np.array([weight @ turn.vectors for weight, turn in zip(weights, turns, strict=True)], dtype=np.float64)
    # What all of the text is about tells no part of it from another.
    mean = sums.sum(axis=0) / max(mass.sum(), 1.0)
    return sums - mass[:, None] * mean, mass


def _weight(sentence: str) -> int:
    return min(max(len(sentence.split()) - _IDLE, 0), _MOST)


def _voices(turns: Sequence[Turn]) -> Floats:
    names = sorted({turn.speaker for turn in turns if turn.speaker})
    if not names:
        return np.ones(len(turns) - 1)
    column = {name: place for place, name in enumerate(names)}
    spoken = np.zeros((len(turns), len(names)))
    for row, turn in enumerate(turns):
        if turn.speaker:
            spoken[row, column[turn.speaker]] = len(turn.words.split()) + 1
    return _likeness(spoken, spoken.sum(axis=1), _VOICES)


def _likeness(content: Floats, mass: Floats, window: int) -> Floats:
    """Return the cosine of what stands before and after each gap; `content` and `mass` have one row per turn."""
    found = np.zeros(len(mass) - 1)
    filled = np.flatnonzero(mass)  # to walk over turns without content again from every gap would take too long
    for gap in range(len(found)):
        middle = int(np.searchsorted(filled, gap, side="right"))
        left = _gather(content, mass, filled[:middle][::-1], window)
        right = _gather(content, mass, filled[middle:], window)
        length = float(np.linalg.norm(left) * np.linalg.norm(right))
        found[gap] = left @ right / length if length > 1e-9 else 0.0
    return found


def _gather(content: Floats, mass: Floats, places: npt.NDArray[np.intp], window: int) -> Floats:
    """Add up the turns at these places until the window is full; the last one counts in part."""
    total, words = np.zeros(content.shape[1]), 0.0
    for place in places:
        share = min(1.0, (window - words) / mass[place])
        total += share * content[place]
        words += share * mass[place]
        if words >= window:
            break
    return total


def _standard(values: Floats) -> Floats:
    standard: Floats = (values - values.mean()) / (values.std() + 1e-6)
    return standard
