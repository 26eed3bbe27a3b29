"""A sitting: one coder, one queue of units, one file of decisions; taken up where it was left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pipeline import jsonl
from pipeline.config import HOME
from pipeline.errors import ErrorCode
from pipeline.files import sha256_text
from pipeline.learning.features import split_sentences
from pipeline.records import ANATOMY_ROLES
from pipeline.review import queue, survey
from pipeline.review.agreement import Agreement, agreements
from pipeline.review.desk import Desk, Names, Said, is_judged, standing
from pipeline.review.facts import SEGMENT_KINDS, Facts, RubricFacts
from pipeline.review.units import Unit
from pipeline.tools import Tools

SHIPPED = "themes.jsonl"


class _Text(msgspec.Struct, frozen=True):
    text: str


@dataclass(frozen=True)
class Places:
    """Where a sitting reads and writes."""

    outputs: Path
    labels: Path


@dataclass(frozen=True)
class Sitting:
    """What was prepared. `key`: tells the queue from others of the coder."""

    desk: Desk
    request: queue.Request
    units: list[Unit]
    tools: Tools
    key: str

    def facts(self, jobs: Sequence[str] = ()) -> Facts:
        """Return what the page is told; the decisions are those of this moment."""
        said = Said(standing(self.desk.decisions))
        decisions = [said.about(unit) for unit in self.units]
        rubric = self.tools.rubric
        return Facts(
            coder=self.desk.coder,
            kind=self.request.unit,
            blind=self.request.blind,
            place=self.key,
            versions={} if self.request.blind else self.desk.versions,
            themes=self.tools.codebook.themes,
            rubric=RubricFacts(name=rubric.name, levels=rubric.levels, rows=rubric.rows()),
            segment_kinds=list(SEGMENT_KINDS),
            roles=list(ANATOMY_ROLES),
            ids=[unit.id for unit in self.units],
            decisions=decisions,
            done=[is_judged(unit, held) for unit, held in zip(self.units, decisions, strict=True)],
            jobs=list(jobs),
        )

    def agreement(self) -> list[Agreement]:
        """Return the agreement so far; blind, the model is left out until the coding is over and compared."""
        return agreements(
            self.desk.coder, self.units, self.desk.labels, self.tools.codebook.ids, model=not self.request.blind
        )

    @property
    def n_judged(self) -> int:
        """How many of the units are judged."""
        return len(Said(standing(self.desk.decisions)).judged(self.units))


def prepare(coder: str, request: queue.Request, places: Places, tools: Tools, say: Callable[[str], None]) -> Sitting:
    """Read outputs and earlier decisions, and find or choose the queue.

    Args:
        coder: who judges.
        request: what is to be judged.
        places: where outputs and decisions lie.
        tools: instruments, and models for suggestions.
        say: is told what takes a while, and what is left out.

    Raises:
        PipelineError: a name, file or folder that cannot be used, or nothing to judge.
    """
    names = Names(frozenset(tools.codebook.ids), frozenset(tools.rubric.indicators), survey.versions(places.outputs))
    desk = Desk.open(coder=coder, labels=places.labels, blind=request.blind, texts={}, names=names)
    if desk.damaged:
        say(f"{desk.path}: left out, since they are no decisions: line {', '.join(map(str, desk.damaged))}")
    said = Said(standing(desk.decisions))
    entries = survey.survey(places.outputs, request.unit, blind=request.blind, part=request.document, said=said)
    if not entries:
        raise queue.nothing(places.outputs, request)
    ids, key = _queue(coder, request, places, tools, entries, say)
    document_of = {one.id: one.document for one in entries}
    making = survey.Making(request.unit, request.blind, lambda text: split_sentences([text], tools.sentencizer)[0])
    units, desk.texts = survey.units_of(places.outputs, ids, making, {document_of[one] for one in ids})
    return Sitting(desk, request, units, tools, key)


def _queue(
    coder: str,
    request: queue.Request,
    places: Places,
    tools: Tools,
    entries: Sequence[survey.Entry],
    say: Callable[[str], None],
) -> tuple[list[str], str]:
    """Return the ids of what is to be judged, and what tells this queue from others."""
    judged = {one.id: one.is_judged for one in entries}
    if request.file is not None:
        ids = queue.of_file(request.file, judged)
        ids = queue.shuffled(ids, tools.settings.seed) if request.blind else ids
        return ids, sha256_text(coder, *ids)[:10]
    key = request.key(tools.settings.seed)
    ids = queue.kept(places.outputs, coder, key, judged)
    if all(judged[one] for one in ids):
        say(f"Choosing {request.unit} to review …")
        labelled = {*_texts(places.labels / SHIPPED), *_texts(HOME / "corpus" / "labels" / SHIPPED)}
        fresh = queue.chosen(entries, request, places.outputs, tools, labelled)
        ids = fresh or ids or list(judged)[: request.n]
        queue.keep(places.outputs, coder, key, ids)
    return ids, f"{coder}-{key}"


def _texts(path: Path) -> set[str]:
    """Return the texts that have labels already; none where there is no such file."""
    if not path.is_file():
        return set()
    return {one.text for one in jsonl.read(path, _Text, code=ErrorCode.INVALID_LABELS)}
