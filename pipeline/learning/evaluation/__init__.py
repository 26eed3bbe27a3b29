"""Scores what stands in an output folder against gold: documents that people have annotated.

Reads a gold folder (see `gold`) and documents, passages, segments, quotes, tags and mappings of an output folder.
Writes nothing; returns figures with intervals, which `to_text` makes into a table.

For gold with the one quote “We share the work.” and an output folder that found it, with the wrong cue:

    Quotes: F1 1.0 at overlap ≥ 0.8; quotes in gold: 1, predicted: 1; speaker 1.0
      overlap ≥ 0.8                 1 1.0 1.0 1.0 n/a (1 document)       –       –
      cue right                     1         .00 n/a (1 document)       –       –
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pipeline import jsonl
from pipeline.config import Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning.evaluation import practices, quotes, segments, themes
from pipeline.learning.evaluation.fitting import Fit, documents_of, fit
from pipeline.learning.evaluation.gold import load
from pipeline.learning.evaluation.rows import Group, Scorer
from pipeline.learning.evaluation.table import group_lines, wrapped
from pipeline.records import RECORD_TYPES, Bundle, Document

__all__ = ["Evaluation", "Scored", "evaluate", "score", "to_text"]

FEW_DOCUMENTS = 10
_SCORES: dict[str, tuple[tuple[str, ...], Callable[[Scorer], Group]]] = {
    "Quotes": (("quotes",), quotes.score),
    "Segments": (("segments",), segments.score),
    "Themes": (("tags",), themes.score),
    "Practices": (("quotes", "mappings"), practices.score),
}


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """A document that was scored. `lost_blocks`: those that were not found in its text."""

    gold: str
    path: str
    blocks: int
    lost_blocks: list[str]
    passages_outside: int


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """All that was scored. `labels`: in gold, disputed ones apart; `duplicates`: blocks left out as repeats."""

    documents: list[Scored]
    labels: int
    disputed: int
    duplicates: int
    settings: Settings
    groups: list[Group]


def evaluate(gold: Path, outputs: Path, settings: Settings) -> Evaluation:
    """Score an output folder.

    Args:
        gold: a gold folder, or a folder of gold folders.
        outputs: what pop run has written; a group whose stage has not run is named as not scored.
        settings: resamples, level and seed of the intervals.

    Raises:
        PipelineError: gold cannot be used or fits no document, or the output folder has no documents.
    """
    golds = documents_of(load(gold), jsonl.read(outputs / "documents.jsonl", Document))
    kinds = [kind for kind in ("segments", "quotes", "tags", "mappings") if (outputs / f"{kind}.jsonl").is_file()]
    held = {kind: _by_document(outputs, kind, golds) for kind in ("passages", *kinds)}
    annotated = [one for one in jsonl.read(outputs / "documents.jsonl", Document) if one.id in golds]
    fits = [
        fit(golds[one.id], Bundle(document=one, **{kind: records[one.id] for kind, records in held.items()}))
        for one in annotated
    ]
    return score(fits, kinds, settings)


def score(fits: Sequence[Fit], kinds: Sequence[str], settings: Settings) -> Evaluation:
    """Score documents on which gold has been laid; `kinds`: the records that the pipeline has made."""
    if not fits:
        raise PipelineError(
            ErrorCode.INVALID_GOLD,
            found="no annotated document",
            expected="at least one",
            do="name a folder with gold",
        )
    scorer = Scorer(fits, settings)
    return Evaluation(
        documents=[_scored(one) for one in fits],
        labels=sum(_labels(one) for one in fits),
        disputed=themes.disputed(fits) + practices.disputed(fits) + sum(_disputed_sites(one) for one in fits),
        duplicates=themes.tabulate(fits).n_duplicates,
        settings=settings,
        groups=[_group(name, scorer, kinds) for name in _SCORES],
    )


def to_text(found: Evaluation) -> str:
    """Return the evaluation as a table of at most 80 columns."""
    return "\n".join(_lines(found)) + "\n"


def _by_document(outputs: Path, kind: str, wanted: Collection[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {document_id: [] for document_id in wanted}
    records: Iterator[Any] = jsonl.read(outputs / f"{kind}.jsonl", RECORD_TYPES[kind])
    for record in records:
        if record.document_id in found:
            found[record.document_id].append(record)
    return found


def _group(name: str, scorer: Scorer, kinds: Sequence[str]) -> Group:
    needed, make = _SCORES[name]
    missing = [f"{kind}.jsonl" for kind in needed if kind not in kinds]
    if missing:
        return Group(name=name, headline=f"not scored: no {' and no '.join(missing)} in the output folder")
    return make(scorer)


def _scored(one: Fit) -> Scored:
    ids = list(one.gold.number)
    return Scored(
        gold=one.gold.name,
        path=one.bundle.document.path,
        blocks=len(ids),
        lost_blocks=[block for block, found in zip(ids, one.found, strict=True) if not found],
        passages_outside=sum(not one.members(passage) for passage in one.bundle.passages),
    )


def _labels(one: Fit) -> int:
    gold = one.gold
    labels = sum(len(entry.themes) for entry in gold.themes) + sum(len(quote.practices) for quote in gold.quotes)
    return labels + len(gold.segments) + len(gold.quotes)


def _disputed_sites(one: Fit) -> int:
    return sum(len(segment.sites_disputed) for segment in one.gold.segments)


def _lines(found: Evaluation) -> Iterator[str]:
    yield from wrapped(_what_was_scored(found))
    for entry in found.documents:
        if entry.lost_blocks:
            lost = ", ".join(entry.lost_blocks)
            yield from wrapped(f"Not found in {entry.path}, and so counted as missed: {lost}.")
    outside = sum(entry.passages_outside for entry in found.documents)
    if outside:
        yield from wrapped(f"Passages that stand in no block of gold: {outside}; their themes are not judged.")
    for group in found.groups:
        yield ""
        yield from group_lines(group, one_document=len(found.documents) == 1)
    yield ""
    yield from wrapped(_how_to_read(found))


def _what_was_scored(found: Evaluation) -> str:
    blocks = sum(entry.blocks for entry in found.documents)
    lost = sum(len(entry.lost_blocks) for entry in found.documents)
    n = len(found.documents)
    return (
        f"Scored {n} document{'s' * (n > 1)}: {blocks - lost} of {blocks} blocks found, {found.labels} gold labels, "
        f"{found.disputed} disputed left out, {found.duplicates} repeated blocks counted once."
    )


def _how_to_read(found: Evaluation) -> str:
    level, n = found.settings.confidence, len(found.documents)
    within = "within document: over its sections, which says nothing about other documents"
    drawn = within if n == 1 else "by document: over documents"
    few = f" With fewer than {FEW_DOCUMENTS} documents even that is too narrow." if 1 < n < FEW_DOCUMENTS else ""
    return (
        f"P precision, R recall, F1 or, in rows without P and R, the share or mean. Intervals of the last figure: "
        f"{level:.0%}, {found.settings.bootstrap:,} resamples, seed {found.settings.seed}; {drawn}; naive: over single "
        f"quotes, blocks or windows as if they were independent.{few} A speaker is right when the head of the phrase "
        "is (the last word before a preposition, comma or bracket), or the name that a pronoun was resolved to."
    )
