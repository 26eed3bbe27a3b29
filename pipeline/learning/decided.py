"""Decisions of people (corpus/labels/<coder>.jsonl) as labels that models learn from.

What several coders say of the same words of a document becomes one label (see `coders`): what they agree on is learned,
what they differ on is open. Labels of a document are one group.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeVar

from pipeline.corrections import folder, log
from pipeline.corrections.anchoring import fold
from pipeline.corrections.decisions import (
    Anchor,
    Judgement,
    PassageDecision,
    PracticesDecision,
    QuoteDecision,
    SegmentDecision,
)
from pipeline.corrections.words import Cut, around
from pipeline.learning.labels import AccountLabel, PracticeLabel, SentenceLabel, ThemeLabel
from pipeline.learning.voting import merge

_PARAGRAPH: Final = re.compile(r"\S(?:.|\n(?!\s*\n))*")
_ENDS: Final = re.compile(r"[.!?…:;][\"'”’»)\]]*\s*$")

Split = Callable[[str], Sequence[Cut]]

_Label = TypeVar("_Label", PracticeLabel, AccountLabel)

Target = Literal["themes", "practices", "quotes", "segments"]
TARGETS: Final[dict[Target, type[Judgement]]] = {
    "themes": PassageDecision,
    "practices": PracticesDecision,
    "quotes": QuoteDecision,
    "segments": SegmentDecision,
}

OWN_WEIGHT: Final = 3.0
"""What a passage of one's own documents counts in learning themes, beside the shipped ones with 1 and .333."""


def logs(path: Path) -> list[Path]:
    """Return the files of decisions: the file itself, or those of a folder."""
    return log.files(path) if path.is_dir() else [path] if path.is_file() and log.is_log(path) else []


def beside(given: Sequence[_Label], own: Sequence[_Label]) -> list[_Label]:
    """Return labels of a file, and what people decided: of the same id, what they decided."""
    ids = {label.id for label in own}
    others = [label for label in given if label.id not in ids]
    return others + list(own)


def theme_labels(paths: Sequence[Path]) -> list[ThemeLabel]:
    """Return what each coder says of the themes of each passage; labels of the same words have the same id.

    The passages stand by themselves: only some of their documents are judged, so nothing is learned of neighbours.
    """
    decisions = [one for one in _judgements(paths) if isinstance(one, PassageDecision)]
    ids = {_words(one.anchor): one.record_id for one in decisions}
    return [
        ThemeLabel(
            id=ids[_words(one.anchor)],
            text=one.anchor.text,
            themes=one.themes,
            open=one.open,
            asked=one.asked,
            coder=one.coder,
            group=one.anchor.document,
            weight=OWN_WEIGHT,
        )
        for one in decisions
    ]


def practice_labels(paths: Sequence[Path], rubric: str) -> list[PracticeLabel]:
    """Return what coders say of the practices of quotes, one label for each quote; by this rubric only."""
    judgements = _judgements(paths)
    by_words: dict[tuple[str, str], dict[str, PracticesDecision]] = {}
    for one in judgements:
        if isinstance(one, PracticesDecision) and one.rubric == rubric:
            by_words.setdefault(_words(one.anchor), {})[one.coder] = one
    labels = []
    for held in by_words.values():
        said = list(held.values())
        # The practices are merged as themes are.
        merged = merge([ThemeLabel(id=one.id, text="-", themes=one.practices, open=one.open) for one in said])
        labels.append(
            PracticeLabel(
                id=said[-1].record_id,
                quote=said[-1].anchor.text,
                practices=merged.themes,
                open=merged.open,
                levels=_levels(said, merged.themes),
                context=_context(said[-1].anchor, judgements),
                group=said[-1].anchor.document,
                coder=said[0].coder if len(said) == 1 else None,
            )
        )
    return labels


def account_labels(paths: Sequence[Path], split: Split) -> list[AccountLabel]:
    """Return what coders say of the anatomy of problems of practice; where several judged one, the latest word counts.

    A sentence without a role tells none. What does not end as a sentence does is a heading, and left out; an account
    without any role was hardly read for them, and is left out, too.

    Args:
        paths: of decisions.
        split: finds the sentences of a paragraph.
    """
    latest: dict[tuple[str, str], SegmentDecision] = {}
    for one in sorted(_judgements(paths), key=lambda one: (one.at, one.coder)):
        if isinstance(one, SegmentDecision):
            latest[_words(one.anchor)] = one
    return [
        AccountLabel(id=one.record_id, group=one.anchor.document, sentences=list(_sentences(one, split)))
        for one in latest.values()
        if one.kind == "problem_of_practice" and one.anatomy
    ]


def _sentences(one: SegmentDecision, split: Split) -> Iterator[SentenceLabel]:
    """Yield the sentences of an account, each that has a role as the coder cut it."""
    text, first = one.anchor.text, one.anchor.start
    roles = {(words.start - first, words.end - first): words.role for words in one.anatomy}
    for paragraph in _PARAGRAPH.finditer(text):
        cuts = [(paragraph.start() + start, paragraph.start() + end) for start, end in split(paragraph[0])]
        inside = [span for span in roles if paragraph.start() <= span[0] < paragraph.end()]
        for start, end in around(cuts, inside) if inside or _ENDS.search(paragraph[0]) else ():
            if fold(text[start:end]):  # a mark alone is no sentence
                role = roles.get((start, end))
                yield SentenceLabel(text=text[start:end].strip(), roles=[role] if role else [])


@dataclass(frozen=True)
class Judged:
    """What a coder says of one unit, to be compared with what others say of it. `file`: where it stands.

    `asked`: the themes that were put to the coder; none: all.
    """

    id: str
    coder: str
    grades: dict[str, int]
    open: list[str]
    document: str
    text: str
    file: str
    asked: list[str] = field(default_factory=list)


def judged(paths: Sequence[Path], target: Target) -> list[Judged]:
    """Return what coders decided on a target; the same words of a document have the same id."""
    kind = TARGETS[target]
    recorded = [one for one in folder.read_files(paths).recorded if isinstance(one.judgement, kind)]
    ids = {_words(one.judgement.anchor): one.judgement.record_id for one in recorded}
    return [
        Judged(
            # Of a passage with several quotes, each has an id of its own.
            id=one.judgement.record_id if kind is QuoteDecision else ids[_words(one.judgement.anchor)],
            coder=one.judgement.coder,
            grades=_grades(one.judgement),
            open=getattr(one.judgement, "open", []),
            document=one.judgement.anchor.document,
            text=one.judgement.anchor.text,
            file=one.file,
            asked=getattr(one.judgement, "asked", []),
        )
        for one in recorded
        if not getattr(one.judgement, "added", False)
    ]


def _grades(one: Judgement) -> dict[str, int]:
    if isinstance(one, PassageDecision):
        return dict(one.themes)
    if isinstance(one, PracticesDecision):
        return dict(one.practices)
    if isinstance(one, QuoteDecision):
        return {"quote": 2} if one.is_quote else {}
    return {one.kind: 2}


def texts(paths: Sequence[Path]) -> set[str]:
    """Return the texts of the passages whose themes were judged."""
    return {label.text for label in theme_labels(paths)}


def _judgements(paths: Sequence[Path]) -> list[Judgement]:
    return [one.judgement for one in folder.read_files(paths).recorded]


def _words(anchor: Anchor) -> tuple[str, str]:
    return anchor.document, fold(anchor.text)


def _levels(said: Iterable[PracticesDecision], practices: Iterable[str]) -> dict[str, str | None]:
    """Return the levels that nobody contradicts."""
    found: dict[str, set[str | None]] = {}
    for one in said:
        for indicator, level in one.levels.items():
            found.setdefault(indicator, set()).add(level)
    return {name: next(iter(found[name])) for name in practices if len(found.get(name, ())) == 1}


def _context(quote: Anchor, judgements: Iterable[Judgement]) -> str:
    """Return the passage of a quote, if somebody judged it, too; otherwise what is known of its paragraph."""
    for one in judgements:
        passage = one.anchor
        if isinstance(one, PassageDecision | QuoteDecision) and passage.document == quote.document:
            at = quote.start - passage.start
            if at >= 0 and passage.text[at : at + len(quote.text)] == quote.text:
                return passage.text
    return quote.before.rpartition("\n\n")[2] + quote.text + quote.after.partition("\n\n")[0]
