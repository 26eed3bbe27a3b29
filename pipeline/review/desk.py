"""A coder's decisions on the documents at hand: each is checked, then added to the coder's file."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import msgspec

from pipeline.corrections import log
from pipeline.corrections.decisions import (
    Anchor,
    Decision,
    Judgement,
    PassageDecision,
    PracticesDecision,
    QuoteDecision,
    SegmentDecision,
    Undo,
    Words,
)
from pipeline.review.units import PassageUnit, QuoteUnit, Unit

Versions = dict[str, str]
"""The version of the model behind the suggestions, by the target of a decision."""


class RefusedError(Exception):
    """A decision that cannot be the coder's on these documents; says why."""


@dataclass
class Desk:
    """Where a coder's decisions go. `texts`: of the documents, by their path. `damaged`: lines that are no decision."""

    coder: str
    labels: Path
    blind: bool
    texts: dict[str, str]
    themes: frozenset[str]
    indicators: frozenset[str]
    versions: Versions = field(default_factory=dict)
    n_saved: int = 0
    damaged: list[int] = field(default_factory=list)
    _known: dict[str, Decision] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, *, coder: str, labels: Path, blind: bool, texts: dict[str, str], names: "Names") -> "Desk":
        """Read what the coder has decided before.

        Raises:
            PipelineError: a name that will not do, or a file that cannot be read.
        """
        path = log.path_of(labels, coder)
        earlier = log.read(path) if path.is_file() else log.Log(path, [], [])
        desk = cls(coder, labels, blind, texts, names.themes, names.indicators, names.versions)
        desk._known = {one.id: one for one in earlier.decisions}
        desk.damaged = earlier.damaged
        return desk

    @property
    def path(self) -> Path:
        """The coder's file."""
        return log.path_of(self.labels, self.coder)

    @property
    def decisions(self) -> list[Decision]:
        """All decisions of the coder, in the order in which they were made."""
        with self._lock:
            return list(self._known.values())

    def save(self, decisions: Sequence[Decision]) -> None:
        """Check all, then add those that are not there yet: what is sent twice is kept once.

        Raises:
            RefusedError: one of them is not in order; none is saved.
            PipelineError: the file cannot be written.
        """
        for one in decisions:
            self._check(one)
        with self._lock:
            for one in decisions:
                if one.id not in self._known:
                    kept = self._with_version(one)
                    log.add(self.labels, kept)
                    self._known[one.id] = kept
                    self.n_saved += 1

    def _with_version(self, one: Decision) -> Decision:
        if isinstance(one, Undo) or not self.blind:
            return one
        return msgspec.structs.replace(one, model_version=self.versions.get(target_of(one)))

    def _check(self, one: Decision) -> None:
        if one.coder != self.coder or not one.id.startswith(f"{self.coder}:"):
            raise RefusedError(f"a decision of {one.coder!r}; this page is {self.coder}'s")
        if isinstance(one, Undo):
            return
        if one.blind != self.blind:
            raise RefusedError("a decision made in another mode: blind or not")
        _require_words(one.anchor, self.texts.get(one.anchor.document))
        for words in _stretches(one):
            _require_words(words, self.texts[one.anchor.document])
        self._require_known(one)

    def _require_known(self, one: Judgement) -> None:
        used: set[str] = set()
        if isinstance(one, PassageDecision):
            used = {*one.themes, *one.open, *one.asked} - self.themes
        elif isinstance(one, PracticesDecision):
            used = {*one.practices, *one.open, *one.levels} - self.indicators
        if used:
            raise RefusedError(f"neither in the codebook nor in the rubric: {', '.join(sorted(used))}")


@dataclass(frozen=True)
class Names:
    """What a decision may name, and the versions of the models behind the suggestions."""

    themes: frozenset[str]
    indicators: frozenset[str]
    versions: Versions


def target_of(one: Decision) -> str:
    """Return the target of a decision as its line has it."""
    return str(type(one).__struct_config__.tag)


def standing(decisions: Sequence[Decision]) -> list[Judgement]:
    """Return the judgements that were not taken back, also those that a later one replaced, in their order."""
    undone = {one.undoes for one in decisions if isinstance(one, Undo)}
    return [one for one in decisions if not isinstance(one, Undo) and one.id not in undone]


class Said:
    """Judgements, found again by what they are about; a corpus has many more units than a coder has judged."""

    def __init__(self, judgements: Iterable[Judgement]) -> None:
        self._held: dict[Hashable, list[tuple[int, Judgement]]] = {}
        for place, one in enumerate(judgements):
            for name in (one.record_id, _words(one.anchor)):
                self._held.setdefault(name, []).append((place, one))

    def about(self, unit: Unit) -> list[Judgement]:
        """Return the judgements about a unit, in their order; those of a quote also say what was added beside it."""
        names = [unit.id, unit.passage_id] if isinstance(unit, QuoteUnit) else [unit.id, _words(unit.anchor)]
        near = {place: one for name in names for place, one in self._held.get(name, ())}
        return [near[place] for place in sorted(near) if _is_about(near[place], unit)]

    def has(self, kind: type[Judgement], record_id: str, words: Hashable) -> bool:
        """Tell whether there is a judgement of a kind on a record, or (as `words_at`) on words."""
        near = (one for name in (record_id, words) for _, one in self._held.get(name, ()))
        return any(isinstance(one, kind) for one in near)

    def judged(self, units: Iterable[Unit]) -> set[str]:
        """Return the ids of the units that were judged."""
        return {unit.id for unit in units if is_judged(unit, self.about(unit))}


def is_judged(unit: Unit, judgements: Iterable[Judgement]) -> bool:
    """Tell whether the unit itself was judged, not only something in its passage."""
    return any(not isinstance(one, PracticesDecision) and _is_main(one, unit) for one in judgements)


def _is_about(one: Judgement, unit: Unit) -> bool:
    if isinstance(unit, QuoteUnit):
        return isinstance(one, QuoteDecision | PracticesDecision) and one.record_id in {unit.id, unit.passage_id}
    return _is_main(one, unit)


def _is_main(one: Judgement, unit: Unit) -> bool:
    if isinstance(unit, QuoteUnit):
        return isinstance(one, QuoteDecision) and one.record_id == unit.id
    kind = PassageDecision if isinstance(unit, PassageUnit) else SegmentDecision
    return isinstance(one, kind) and (one.record_id == unit.id or _words(one.anchor) == _words(unit.anchor))


def words_at(document: str, start: int, text: str) -> Hashable:
    """Return what words are known by: the path of their document, where they stand in it, and what they are."""
    return document, start, text


def _words(one: Anchor) -> Hashable:
    return words_at(one.document, one.start, one.text)


def _stretches(one: Judgement) -> Iterator[Words]:
    if isinstance(one, QuoteDecision):
        yield from one.parts
        if one.speaker is not None and one.speaker.words is not None:
            yield one.speaker.words
    if isinstance(one, SegmentDecision):
        yield from one.anatomy


def _require_words(words: Anchor | Words, text: str | None) -> None:
    if text is None:
        raise RefusedError("a document that this page does not show")
    if text[words.start : words.end] != words.text:
        raise RefusedError(f"words that do not stand at {words.start}: {words.text[:40]!r}")
