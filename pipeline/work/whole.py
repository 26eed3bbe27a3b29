"""What sees all documents at once: the index, the report, and the mapping of whole problems of practice."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import jsonl
from pipeline.bundles import bundles
from pipeline.corpus_records import CorpusRecords
from pipeline.kept import Kept
from pipeline.plan import Plan
from pipeline.progress import track
from pipeline.records import Bundle, Refusal
from pipeline.stages import STAGES
from pipeline.tools import Tools
from pipeline.work.chain import VECTORS
from pipeline.work.writing import SEGMENT_MAPPINGS, writing


def map_segments(plan: Plan) -> int:
    """Map the problems of practice of an output folder: segment_mappings.jsonl. Return how many records were written.

    Raises:
        PipelineError: rubric or model cannot be used, or the folder lacks the records that are read.
    """
    from pipeline.stages.map import map_segments as of_document  # noqa: PLC0415

    tools = plan.tools
    found = (
        mapping
        for bundle in bundles(plan.outputs, ("documents", "passages", "segments"))
        for mapping in of_document(bundle, tools.practice_model, tools.rubric, tools.encoder, tools.settings)
    )
    n = 0
    with (
        writing(plan.outputs, "pop map --unit segment", plan.say),
        jsonl.writer(plan.outputs / SEGMENT_MAPPINGS) as put,
    ):
        for mapping in found:
            put(mapping)
            n += 1
    return n


def index(plan: Plan, records: CorpusRecords, kept: Kept, *, anew: bool) -> None:
    """Bring the index up to date. `anew`: take over nothing of what stands there."""
    from pipeline.stages.index import build_index  # noqa: PLC0415

    tools = plan.tools
    database = plan.outputs / STAGES["index"].writes[0]
    reader = Reader(tools, kept)
    build_index(database, _tracked(records, "index", plan), tools.codebook, tools.rubric, reader, anew=anew)
    kept.keep_only(VECTORS)


def report(plan: Plan, records: CorpusRecords, errors: Sequence[Refusal], kept: Kept) -> None:
    """Write the report."""
    from pipeline.stages.report import write_report  # noqa: PLC0415
    from pipeline.stages.report.basis import Basis as Counted  # noqa: PLC0415

    tools = plan.tools
    basis = Counted(tools.codebook, tools.rubric, tools.theme_errors, tools.settings, tools.metrics)
    shown = _tracked(records, "report", plan)
    write_report(plan.outputs, shown, errors, basis, kept)


def _tracked(records: CorpusRecords, label: str, plan: Plan) -> CorpusRecords:
    """Show how many documents were read."""

    def read(of: Collection[str] | None) -> Iterator[Bundle]:
        total = len(records.hashes if of is None else of)
        return track(records.read(of), label, total, quiet=plan.quiet)

    return CorpusRecords(records.hashes, read)


@dataclass(frozen=True)
class Reader:
    """The encoder, loaded only where there is something to read."""

    tools: Tools
    kept: Kept

    def encode(self, texts: Sequence[str]) -> Any:
        """Return one vector per text."""
        return self.tools.encoder.encode(texts)

    def known(self, key: str) -> bytes | None:
        """Return the vectors that were made when the document was tagged."""
        return self.kept.get(VECTORS, key)
