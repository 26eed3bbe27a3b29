"""What a coder's decision says of some words, question by question, so that it can stand beside another's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pipeline.corrections.decisions import (
    Anchor,
    Judgement,
    PassageDecision,
    PracticesDecision,
    QuoteDecision,
    SegmentDecision,
    SpeakerWords,
)
from pipeline.diff.changes import Kind
from pipeline.records import Speaker

GAP = " … "

Question = tuple[str, str]
"""What is asked of some words: "decision" and a theme, "level" and an indicator, "kind" and nothing, …"""


@dataclass(frozen=True)
class Judged:
    """What one side says of some words. Themes and indicators that it does not name are `absent`, but for `open` ones.

    `asked`: the themes that were put to it; none: all.
    """

    kind: Kind
    id: str
    anchor: Anchor
    said: Mapping[Question, str]
    p: Mapping[str, float] = field(default_factory=dict)
    open: frozenset[str] = frozenset()
    absent: str = "no"
    asked: frozenset[str] = frozenset()

    def answer(self, question: Question) -> str | None:
        """Return what it says; `None`: nothing."""
        if question[1] in self.open:
            return None
        is_asked = question[0] == "decision" and (not self.asked or question[1] in self.asked)
        return self.said.get(question, self.absent if is_asked else None)


def judged(decision: Judgement) -> Judged:
    """Return what a decision says, question by question."""
    said: dict[Question, str] = {}
    left_open: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    kind: Kind = "tags"
    if isinstance(decision, PassageDecision):
        said = {("decision", theme): str(grade) for theme, grade in decision.themes.items()}
        left_open, asked = frozenset(decision.open), frozenset(decision.asked)
    elif isinstance(decision, PracticesDecision):
        kind, left_open = "mappings", frozenset(decision.open)
        said = {("decision", name): str(grade) for name, grade in decision.practices.items()}
        said |= {("level", name): level or "no level" for name, level in decision.levels.items()}
    elif isinstance(decision, QuoteDecision):
        kind, said = "quotes", _of_quote(decision)
    else:
        kind, said = "segments", _of_segment(decision)
    return Judged(kind, decision.record_id, decision.anchor, said, open=left_open, asked=asked)


def _of_quote(decision: QuoteDecision) -> dict[Question, str]:
    if not decision.is_quote:
        return {("quote", ""): "no"}
    said = {("quote", ""): "yes", **of_speaker(decision.speaker)}
    return said | ({("extent", ""): GAP.join(part.text for part in decision.parts)} if decision.parts else {})


def of_speaker(speaker: SpeakerWords | Speaker | None) -> dict[Question, str]:
    """Return what is said of a speaker; a role or organization that one side does not name is not compared."""
    if speaker is None:
        return {("speaker", ""): "nobody named"}
    words = speaker.words.text if isinstance(speaker, SpeakerWords) and speaker.words else None
    words = speaker.text if isinstance(speaker, Speaker) else words
    named = {"speaker": speaker.name or words, "role": speaker.role, "organization": speaker.organization}
    return {(question, ""): value for question, value in named.items() if value}


def _of_segment(decision: SegmentDecision) -> dict[Question, str]:
    return {("kind", ""): decision.kind, **by_role((part.role, part.text) for part in decision.anatomy)}


def by_role(parts: Iterable[tuple[str, str]]) -> dict[Question, str]:
    """Return the sentences of an anatomy, joined by role."""
    told: dict[Question, list[str]] = {}
    for role, text in parts:
        told.setdefault(("anatomy", role), []).append(text)
    return {question: GAP.join(texts) for question, texts in told.items()}
