"""Two output folders in, what differs between them out; documents are streamed two by two."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from pipeline import manifest
from pipeline.bundles import bundles
from pipeline.diff import setup
from pipeline.diff.changes import KINDS, Change, Comparison, Kind, Pair, Tally, in_order
from pipeline.diff.decisions import Decisions, mapped, tagged
from pipeline.diff.pairing import Either, Passages, pair_documents, pair_passages
from pipeline.diff.quotes import changes_of, pair_quotes
from pipeline.diff.segments import SegmentChanges, pair_segments
from pipeline.errors import ErrorCode, PipelineError
from pipeline.records import Bundle, Document, Passage, Quote, Segment

NEEDED: tuple[Kind, ...] = ("documents", "passages")
_OF_DOCUMENT = ("kind", "title", "date_start", "date_end", "place")


def compare_runs(a: Path, b: Path) -> Comparison:
    """Compare the outputs of two runs.

    Raises:
        PipelineError: a folder holds no outputs, or a broken line.
    """
    there = [_there(folder) for folder in (a, b)]
    kinds = [kind for kind in KINDS if all(kind in one for one in there)]
    added = _Sum(kinds)
    for one, other in pair_documents(bundles(a, kinds), bundles(b, kinds)):
        added.add(one, other)
    return Comparison(
        a=str(a),
        b=str(b),
        setup=setup.differences(manifest.load(a), manifest.load(b), added.models()),
        tallies={kind: added.tally(kind) for kind in kinds},
        transitions=[row for one in added.decisions for row in one.rows()],
        moves=[one.moves() for one in added.decisions],
        missing=[_missing(kind, {str(a): there[0], str(b): there[1]}) for kind in KINDS if kind not in kinds],
        changes=in_order([*added.changes, *(change for one in added.decisions for change in one.changes)]),
    )


def _there(outputs: Path) -> list[Kind]:
    """Return the kinds of records in a folder."""
    found = [kind for kind in KINDS if (outputs / f"{kind}.jsonl").is_file()]
    if not set(NEEDED) <= set(found):
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"{outputs} without {' and '.join(f'{kind}.jsonl' for kind in NEEDED if kind not in found)}",
            expected="the folder that pop run wrote, or a coder's decisions (corpus/labels/NAME.jsonl)",
            do="check the path, or run the pipeline first (pop run --outputs DIR)",
        )
    return found


def _missing(kind: Kind, there: Mapping[str, Collection[Kind]]) -> str:
    lacking = " and ".join(folder for folder, held in there.items() if kind not in held)
    return f"Not compared: {kind}, since {lacking} holds none."


class _Sum:
    """Adds up documents."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self._kinds = kinds
        self._tallies = dict.fromkeys(kinds, Tally())
        self._tags, self._mappings = Decisions("tags"), Decisions("mappings")
        self._models: tuple[dict[str, set[str]], dict[str, set[str]]] = {}, {}
        self.changes: list[Change] = []

    @property
    def decisions(self) -> list[Decisions]:
        """Themes and indicators, as far as both runs have them."""
        return [one for one in (self._tags, self._mappings) if one.kind in self._kinds]

    def tally(self, kind: Kind) -> Tally:
        """Return how many records of a kind there are."""
        return next((one.tally() for one in self.decisions if one.kind == kind), self._tallies[kind])

    def models(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the names of the models that decided, by the kind of record."""
        first, second = (
            {f"model of {kind}": ", ".join(sorted(names)) for kind, names in sorted(side.items())}
            for side in self._models
        )
        return first, second

    def add(self, a: Bundle | None, b: Bundle | None) -> None:
        """Compare a document; `None`: only the other run has it."""
        for side, bundle in zip(self._models, (a, b), strict=True):
            _note_models(side, bundle)
        held = b or a
        if held is None:
            return
        path = held.document.path
        passages = pair_passages(a.passages if a else [], b.passages if b else [])
        quotes = pair_quotes(passages, a.quotes if a else [], b.quotes if b else [])
        segments = pair_segments(passages, a.segments if a else [], b.segments if b else [])
        documents = (a.document if a else None, b.document if b else None)
        self._count("documents", [documents], _of_document(*documents))
        if a and b:  # all that a document holds is added or removed with it
            of_segment = SegmentChanges(path, a, b, passages)
            self._count("segments", segments, [one for pair in segments for one in of_segment.of(*pair)])
            self._count("passages", passages.either, list(_of_passages(path, passages)))
            self._count("quotes", quotes, [one for pair in quotes for one in changes_of(path, *pair)])
        else:
            self._count("segments", segments, [])
            self._count("passages", passages.either, [])
            self._count("quotes", quotes, [])
        if "tags" in self._kinds:
            self._tags.add(path, tagged(passages, a.tags if a else [], b.tags if b else []))
        if "mappings" in self._kinds:
            self._mappings.add(path, mapped(quotes, a.mappings if a else [], b.mappings if b else []))

    def _count(
        self,
        kind: Kind,
        pairs: Sequence[Either[Document] | Either[Passage] | Either[Segment] | Either[Quote]],
        changes: list[Change],
    ) -> None:
        if kind not in self._kinds:
            return
        only_a, only_b = sum(b is None for _, b in pairs), sum(a is None for a, _ in pairs)
        both, changed = len(pairs) - only_a - only_b, len({one.id_b for one in changes if one.id_a and one.id_b})
        self._tallies[kind] += Tally(
            a=both + only_a, b=both + only_b, same=both - changed, changed=changed, only_a=only_a, only_b=only_b
        )
        self.changes += changes


def _note_models(side: dict[str, set[str]], bundle: Bundle | None) -> None:
    for tag in bundle.tags if bundle else ():
        if tag.source == "human":
            continue
        side.setdefault("tags", set()).add(tag.model_version or tag.coder)
    for mapping in bundle.mappings if bundle else ():
        side.setdefault("mappings", set()).add(mapping.model_version or mapping.coder or "nobody")


def _of_document(one: Document | None, other: Document | None) -> list[Change]:
    held = other or one
    if held is None:
        return []
    pair = Pair("documents", held.path, one, other, held.title or held.path)
    if one is None or other is None:
        return [pair.alone(_size)]
    told: list[tuple[str, str | None, str | None]] = [
        (name.replace("_", " "), getattr(one, name), getattr(other, name))
        for name in _OF_DOCUMENT
        if getattr(one, name) != getattr(other, name)
    ]
    if one.text != other.text:
        told.insert(0, ("words", _size(one), _size(other)))
    if one.path != other.path:
        told.insert(0, ("renamed", one.path, other.path))
    return [pair.change(*change) for change in told]


def _size(document: Document) -> str:
    return f"{document.n_passages} passages"


def _of_passages(path: str, passages: Passages) -> Iterator[Change]:
    for one, other in passages.either:
        pair = Pair("passages", path, one, other, other.text if other else one.text if one else "")
        if one is None or other is None:
            yield pair.alone(lambda passage: passage.kind)
            continue
        if one.text != other.text:
            yield pair.change("words", one.text, other.text)
        if one.kind != other.kind:
            yield pair.change("kind", one.kind, other.kind)
