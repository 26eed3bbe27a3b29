"""Which units are judged, and in which order.

Without a file: passages as `pop suggest` chooses them; quotes and problems of which the model is least sure first;
blind, a random order. The choice is kept beside the outputs, so that the same command goes on where the coder was.
"""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pipeline import jsonl, run
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.files import sha256_text, write_bytes
from pipeline.learning.suggest import choose, read_documents
from pipeline.records import Bundle
from pipeline.review.units import Kind, PassageUnit, ProblemUnit, QuoteUnit, Reader, Split, Unit
from pipeline.tools import Tools

FOLDER = "review"
"""Where, in the outputs, the queues of coders lie."""

RANDOM_SHARE = 0.2
"""The share of passages drawn at random, as in `pop suggest`."""

_READ = ("documents", "passages", "segments", "quotes", "tags", "mappings")


class _Entry(msgspec.Struct, frozen=True):
    id: str


@dataclass(frozen=True)
class Request:
    """What a coder asked for. `document`: a part of its path or title; `file`: a queue that was written before."""

    unit: Kind = "passages"
    n: int = 50
    blind: bool = False
    themes: tuple[str, ...] = ()
    document: str | None = None
    file: Path | None = None

    def key(self, seed: int) -> str:
        """Return what tells this request from another."""
        facts = [self.unit, self.n, self.blind, self.themes, self.document, seed]
        return sha256_text(msgspec.json.encode(facts).decode())[:10]


@dataclass(frozen=True)
class Material:
    """All units of the outputs, in the order of the documents, with the texts of these by their paths."""

    units: list[Unit]
    texts: dict[str, str]
    versions: dict[str, str]

    @property
    def by_id(self) -> dict[str, Unit]:
        """The units by their id."""
        return {one.id: one for one in self.units}


def read(outputs: Path, request: Request, split: Split) -> Material:
    """Read the units of an output folder.

    Raises:
        PipelineError: files are missing or broken, or no document fits.
    """
    units: list[Unit] = []
    texts: dict[str, str] = {}
    versions: dict[str, str] = {}
    for bundle in run.bundles(outputs, _READ):
        if bundle.document.kind == "rubric" or not _fits(bundle, request.document):
            continue
        texts[bundle.document.path] = bundle.document.text
        versions = _versions(bundle) | versions
        units += Reader(bundle, request.blind, split).all(request.unit)
    if not units:
        raise _nothing(outputs, request)
    return Material(units, texts, versions)


def of_file(path: Path, material: Material) -> list[Unit]:
    """Return the units that a queue names: JSONL with an `id` in each line, such as `pop suggest` writes.

    Raises:
        PipelineError: no such file, a broken line, or none of its ids is known.
    """
    known = material.by_id
    found = [known[one.id] for one in jsonl.read(path, _Entry, code=ErrorCode.INVALID_LABELS) if one.id in known]
    if not found:
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"{path}: none of its ids stands in the outputs",
            expected="a queue made from these outputs (pop suggest -o queue.jsonl)",
            do="make the queue anew, or name its outputs with --outputs",
        )
    return found


def chosen(
    material: Material,
    request: Request,
    outputs: Path,
    tools: Tools,
    judged: Collection[str],
    labelled: Collection[str],
) -> list[Unit]:
    """Choose units that the coder has not judged.

    Args:
        material: all units.
        request: how many, which.
        outputs: the folder that they come from.
        tools: model, encoder, codebook and seed, for suggestions.
        judged: ids of the units that the coder has judged.
        labelled: texts that need no labels any more.
    """
    seed = tools.settings.seed
    if request.unit == "passages" and (request.themes or not request.blind):
        known = material.by_id
        documents = [(kind, held) for kind, held in read_documents(outputs) if any(one.id in known for one in held)]
        done = {known[one].anchor.text for one in judged if one in known}
        listed, _ = choose(documents, {*labelled, *done}, tools, request.themes, request.n, RANDOM_SHARE)
        found = [known[one.id] for one in listed if one.id in known]
        return shuffled(found, seed) if request.blind else found
    # All are put in order before any is left out: coders who have judged different things still meet.
    ordered = shuffled(material.units, seed) if request.blind else by_doubt(material.units)
    return [one for one in ordered if one.id not in judged][: request.n]


def kept(folder: Path, coder: str, key: str, known: Mapping[str, Unit]) -> list[Unit]:
    """Return the queue that was kept for a coder's request; none, where there is none that still holds."""
    path = _path(folder, coder, key)
    if not path.is_file():
        return []
    try:
        ids = msgspec.json.decode(path.read_bytes(), type=list[str])
    except (OSError, msgspec.DecodeError):
        return []
    return [known[one] for one in ids if one in known]


def keep(folder: Path, coder: str, key: str, units: Sequence[Unit]) -> None:
    """Keep a queue.

    Raises:
        PipelineError: the folder cannot be written.
    """
    write_bytes(_path(folder, coder, key), msgspec.json.encode([one.id for one in units]) + b"\n")


def shuffled(units: Sequence[Unit], seed: int) -> list[Unit]:
    """Return the units in a random order that follows from the seed and their ids alone."""
    mixed = sorted(units, key=lambda one: one.id)
    random.Random(seed).shuffle(mixed)
    return mixed


def by_doubt(units: Sequence[Unit]) -> list[Unit]:
    """Return the units of which the model is least sure first; problems of practice before other segments."""
    return sorted(
        units, key=lambda one: (isinstance(one, ProblemUnit) and one.kind != "problem_of_practice", _sure(one))
    )


def _sure(unit: Unit) -> float:
    """Return how sure the model is of a unit, 0–1."""
    if isinstance(unit, ProblemUnit):
        return unit.score or 0.0
    if isinstance(unit, QuoteUnit) and unit.quote is not None:
        p = [abs(2 * one.p - 1) for one in unit.quote.candidates]
        return min([unit.quote.confidence, *p])
    return min((abs(2 * one.p - 1) for one in unit.suggestions), default=1.0) if isinstance(unit, PassageUnit) else 0.0


def _fits(bundle: Bundle, part: str | None) -> bool:
    document = bundle.document
    if part is None or part == document.id:
        return True
    return any(part.casefold() in (one or "").casefold() for one in (document.path, document.title))


def _versions(bundle: Bundle) -> dict[str, str]:
    """Return the versions of the models that the records of a document name, by the target of a decision."""
    named = {
        "passage": next((one.model_version for one in bundle.tags if one.source == "model"), None),
        "practices": next((one.model_version for one in bundle.mappings if one.source == "model"), None),
        "quote": next((one.coder for one in bundle.quotes if one.source == "model"), None),
        "segment": next((one.coder for one in bundle.segments if one.source == "model"), None),
    }
    return {target: version for target, version in named.items() if version}


def _path(folder: Path, coder: str, key: str) -> Path:
    return folder / FOLDER / f"{coder}-{key}.json"


def _nothing(outputs: Path, request: Request) -> PipelineError:
    where = f"no document like {request.document!r} with {request.unit}" if request.document else f"no {request.unit}"
    return PipelineError(
        ErrorCode.INVALID_QUERY,
        found=f"{where} in {outputs}",
        expected=f"a document of the outputs with {request.unit} to review",
        do="run pop run, or check --outputs and --document",
        exit_code=ExitCode.BAD_INPUT,
    )
