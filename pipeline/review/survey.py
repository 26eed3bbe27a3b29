"""All that could be judged in an output folder, a line each: enough to choose from, little enough for any corpus.

    a passage with the tag succession (review, p .41, threshold .36) → its id, its words and that p; no unit is made

The records are streamed; of each only what a choice needs is kept. Units are made of what was chosen.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from pipeline import jsonl
from pipeline.bundles import bundles
from pipeline.corrections.decisions import Judgement, PassageDecision, QuoteDecision, SegmentDecision
from pipeline.records import RECORD_TYPES, Bundle, Passage, Quote, Segment, Tag
from pipeline.review.desk import Said, Versions, words_at
from pipeline.review.units import Kind, Reader, Split, Unit, to_judge

_READ: Final[dict[Kind, tuple[str, ...]]] = {
    "passages": ("documents", "passages", "tags"),
    "quotes": ("documents", "passages", "quotes", "mappings"),
    "problems": ("documents", "passages", "segments"),
}
_UNITS: Final = ("documents", "passages", "segments", "quotes", "tags", "mappings")
_DECIDED: Final[dict[Kind, type[Judgement]]] = {
    "passages": PassageDecision,
    "quotes": QuoteDecision,
    "problems": SegmentDecision,
}


class Mark(NamedTuple):
    """A theme that the model gives to a passage or asks about. `threshold`: from which p upwards it does."""

    theme: str
    p: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Entry:
    """What could be judged. `document`: its id. `sure`: how sure the model is of it, 0–1; of a passage its marks tell.

    `is_first`: judged before others, as problems of practice are before other segments. `text`: of a passage.
    """

    id: str
    document: str
    is_judged: bool
    sure: float = 0.0
    is_first: bool = True
    text: str = ""
    marks: tuple[Mark, ...] = ()


def survey(outputs: Path, kind: Kind, *, blind: bool, part: str | None, said: Said) -> list[Entry]:
    """Return everything of a kind that could be judged, in the order of the documents.

    Args:
        outputs: the folder.
        kind: passages, quotes or problems.
        blind: quotes are sought in passages.
        part: of the path or title of the documents; `None`: all.
        said: what the coder has judged.

    Raises:
        PipelineError: files are missing or broken.
    """
    return [
        _entry(one, bundle, marks.get(one.id, ()), said, kind)
        for bundle in bundles(outputs, _READ[kind])
        if bundle.document.kind != "rubric" and _fits(bundle, part)
        for marks in [_marks(bundle.tags)]
        for one in to_judge(bundle, kind, blind=blind)
    ]


def units_of(outputs: Path, ids: Sequence[str], reader: "Making", documents: Collection[str]) -> "Made":
    """Make units, in the order of their ids, reading only the documents that they stand in."""
    found: dict[str, Unit] = {}
    texts: dict[str, str] = {}
    wanted = set(ids)
    for bundle in bundles(outputs, _UNITS, documents):
        texts[bundle.document.path] = bundle.document.text
        found |= {one.id: one for one in Reader(bundle, reader.blind, reader.split).all(reader.kind, wanted)}
    return Made([found[one] for one in ids if one in found], texts)


class Making(NamedTuple):
    """How units are made."""

    kind: Kind
    blind: bool
    split: Split


class Made(NamedTuple):
    """Units, and the texts of their documents by path."""

    units: list[Unit]
    texts: dict[str, str]


def versions(outputs: Path) -> Versions:
    """Return the versions of the models that the records name, by the target of a decision; the first counts."""
    named = {"passage": "tags", "practices": "mappings", "quote": "quotes", "segment": "segments"}
    found = {target: next(_versions(outputs, kind), None) for target, kind in named.items()}
    return {target: version for target, version in found.items() if version}


def _versions(outputs: Path, kind: str) -> Iterator[str]:
    field = "model_version" if kind in {"tags", "mappings"} else "coder"
    for record in jsonl.read(outputs / f"{kind}.jsonl", RECORD_TYPES[kind]):
        version = getattr(record, field)
        if getattr(record, "source", None) == "model" and version:
            yield version


def _fits(bundle: Bundle, part: str | None) -> bool:
    document = bundle.document
    if part is None or part == document.id:
        return True
    return any(part.casefold() in (one or "").casefold() for one in (document.path, document.title))


def _marks(tags: Sequence[Tag]) -> dict[str, tuple[Mark, ...]]:
    found: dict[str, tuple[Mark, ...]] = {}
    for tag in tags:
        if tag.source == "model" and tag.decision != "no":
            found[tag.passage_id] = (*found.get(tag.passage_id, ()), Mark(tag.theme, tag.p, tag.threshold))
    return found


def _entry(one: Passage | Quote | Segment, bundle: Bundle, marks: tuple[Mark, ...], said: Said, kind: Kind) -> Entry:
    document = bundle.document
    # A quote, and a passage in which quotes are sought, is known by its record alone.
    words = words_at(document.path, one.start, document.text[one.start : one.end]) if kind != "quotes" else None
    is_judged = said.has(_DECIDED[kind], one.id, words)
    if isinstance(one, Segment):
        return Entry(one.id, document.id, is_judged, one.score, one.kind == "problem_of_practice")
    if isinstance(one, Quote):
        p = [mapping.p for mapping in bundle.mappings if mapping.quote_id == one.id and mapping.source == "model"]
        return Entry(one.id, document.id, is_judged, min([one.confidence, *(abs(2 * value - 1) for value in p)]))
    return Entry(one.id, document.id, is_judged, text=one.text, marks=marks)
