"""What people decided about some words: every line of every coder's file, also what was replaced or taken back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pipeline.codebook import Codebook
from pipeline.corrections import folder, log
from pipeline.corrections.anchoring import LIKE, Stretch, Text
from pipeline.corrections.anchoring import fold as letters
from pipeline.corrections.dealing import deal
from pipeline.corrections.decisions import (
    Decision,
    Judgement,
    PassageDecision,
    PracticesDecision,
    QuoteDecision,
    SegmentDecision,
    Undo,
)
from pipeline.corrections.folder import Recorded
from pipeline.corrections.placing import place_all
from pipeline.corrections.segments import LIKE as SEGMENT_LIKE
from pipeline.corrections.themes import in_words_of
from pipeline.errors import PipelineError
from pipeline.records import Document
from pipeline.why.facts import Said
from pipeline.why.source import Source

Says = Callable[[Judgement], str | None]
"""Puts a decision into words; `None`: it is about something else."""
Status = Literal["holds", "replaced", "taken back"]

GRADES = {2: "substantially about it (2)", 1: "touched on (1)"}
_LIKE: dict[type[Judgement], float] = {SegmentDecision: SEGMENT_LIKE}


@dataclass(frozen=True)
class History:
    """What people decided in a document. `lines`: all decisions; `holds`: coder and id of those that do."""

    document: Document
    lines: list[Recorded] = field(default_factory=list)
    undos: dict[tuple[str, str], tuple[str, Undo]] = field(default_factory=dict)
    holds: frozenset[tuple[str, str]] = frozenset()
    warnings: list[str] = field(default_factory=list)

    def about(self, kind: type[Judgement], among: Sequence[Stretch], number: int, says: Says) -> list[Said]:
        """Return, in the order of their times, the decisions of a kind about one of some stretches."""
        recorded = [one for one in self.lines if isinstance(one.judgement, kind)]
        placed, _ = place_all(recorded, Text(self.document.text), among, _LIKE.get(kind, LIKE))
        here = [one.recorded for one in placed if one.number == number]
        said = [line for one in here if (told := says(one.judgement)) for line in self._lines(one, told)]
        return sorted(said, key=lambda one: (one.at, one.coder, one.id))

    def _lines(self, one: Recorded, told: str) -> list[Said]:
        judgement = one.judgement
        key = judgement.coder, judgement.id
        anchor = judgement.anchor
        moved = letters(self.document.text[anchor.start : anchor.end]) != letters(anchor.text)
        said = Said(
            id=judgement.id,
            at=judgement.at,
            coder=judgement.coder,
            file=one.file,
            target=folder.target_of(judgement),
            says=told,
            status=self._status(key),
            blind=judgement.blind,
            model_version=judgement.model_version,
            about=anchor.text if moved else None,
        )
        return [said, *self._undo(key)]

    def _status(self, key: tuple[str, str]) -> Status:
        if key in self.undos:
            return "taken back"
        return "holds" if key in self.holds else "replaced"

    def _undo(self, key: tuple[str, str]) -> list[Said]:
        if key not in self.undos:
            return []
        file, undo = self.undos[key]
        told = f"takes back the decision {undo.undoes}"
        return [
            Said(id=undo.id, at=undo.at, coder=undo.coder, file=file, target="undo", says=told, status="takes back")
        ]


def history(source: Source, document: Document) -> History:
    """Read what people decided in a document; files that cannot be read are named in the warnings."""
    labels = source.tools.labels_path
    if labels is None or not log.files(labels):
        return History(document)
    lines: list[tuple[str, Decision]] = []
    warnings: list[str] = []
    for path in log.files(labels):
        try:
            read = log.read(path)
        except PipelineError as error:
            warnings.append(str(error))
            continue
        lines += [(f"{path.parent.name}/{path.name}", one) for one in read.decisions]
        warnings += [f"{path.name}: {len(read.damaged)} lines are no decisions" for _ in read.damaged[:1]]
    judgements = [Recorded(file, one) for file, one in lines if not isinstance(one, Undo)]
    paths = {one.path: one.path for one in source.manifest.inputs} | {document.path: document.id}
    dealt = deal(judgements, paths, lambda: [document])
    held = folder.read(labels).recorded
    return History(
        document,
        dealt.by_document.get(document.id, []),
        {(one.coder, one.undoes): (file, one) for file, one in lines if isinstance(one, Undo)},
        frozenset((one.judgement.coder, one.judgement.id) for one in held),
        warnings,
    )


def of_theme(theme: str, codebook: Codebook) -> Says:
    """Return what puts decisions about a passage into words, for one theme."""

    def says(one: Judgement) -> str:
        label = in_words_of(codebook, one)
        if theme in label.themes:
            return GRADES[label.themes[theme]]
        assert isinstance(one, PassageDecision)
        asked = not one.asked or theme in one.asked
        return ("left open" if asked else "was not asked about it") if theme in label.open else "not about it"

    return says


def of_themes(one: Judgement) -> str:
    """Put all themes of a decision about a passage into words."""
    assert isinstance(one, PassageDecision)
    given = ", ".join(f"{theme} ({grade})" for theme, grade in one.themes.items()) or "no theme"
    return given + (f"; left open: {', '.join(one.open)}" if one.open else "")


def of_quote(quote_id: str | None, text: str) -> Says:
    """Return what puts decisions about the quote into words; `None`: about any quote of the passage."""

    def says(one: Judgement) -> str | None:
        assert isinstance(one, QuoteDecision)
        words = " … ".join(part.text for part in one.parts)
        meant = quote_id is None or one.record_id == quote_id or (words and _shares(words, text))
        return _quote_in_words(one, words) if meant else None

    return says


def _quote_in_words(one: QuoteDecision, words: str) -> str:
    if not one.is_quote:
        return f"no quote: “{words}”" if words else "no quote"
    named = one.speaker and ", ".join(filter(None, (one.speaker.name, one.speaker.role, one.speaker.organization)))
    return f"{'a quote that was missing' if one.added else 'a quote'}: “{words}”, by {named or 'nobody named'}"


def _shares(one: str, other: str) -> bool:
    a, b = letters(one), letters(other)
    return bool(a and b) and (a in b or b in a)


def of_indicator(indicator: str, rubric: str) -> Says:
    """Return what puts decisions about the practices of a quote into words, for one indicator."""

    def says(one: Judgement) -> str | None:
        assert isinstance(one, PracticesDecision)
        if one.rubric != rubric:
            return None
        if indicator in one.practices:
            level = one.levels.get(indicator)
            said = {2: "the best indicator (2)", 1: "a defensible indicator (1)"}[one.practices[indicator]]
            return said + (f", level {level}" if level else "")
        return "left open" if indicator in one.open else "no evidence of it"

    return says


def of_segment(one: Judgement) -> str:
    """Put a decision about a segment into words."""
    assert isinstance(one, SegmentDecision)
    roles = [part.role for part in one.anatomy]
    counted = ", ".join(f"{roles.count(role)} {role}" for role in dict.fromkeys(roles))
    return one.kind.replace("_", " ") + (f"; sentences marked: {counted}" if counted else "")
