"""The stages in order, with what each reads and writes: the table of contents of the pipeline.

A stage that works on one document at a time is a pure function from what is known of the document to new records. The
other three see the whole corpus: ingest (files in), index and report (everything out).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pipeline.config import Settings
from pipeline.records import Bundle, Record

if TYPE_CHECKING:
    from pipeline.corrections.folder import Recorded
    from pipeline.tools import Tools

DocumentFunction = Callable[[Bundle, "Tools"], Sequence[Record]]
Corrected = tuple[Sequence[Record], "list[Recorded]"]
"""The records that hold, and the decisions whose words are gone."""

CorrectingFunction = Callable[[Bundle, Sequence[Any], "Sequence[Recorded]", "Tools"], Corrected]
"""From a document, the records that the stage made of it, and what people decided of them."""

Target = Literal["passage", "quote", "practices", "segment"]


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline.

    `reads`: kinds of records, in outputs/. `writes`: file names without folder. `needs`: instruments and models, and
    `settings`: names of settings, whose change makes the stage run again. `apply`: the function of a stage that works
    document by document. `decides`: what people decide of its records; `correct`: how that enters them.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    needs: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    apply: DocumentFunction | None = None
    decides: Target | None = None
    correct: CorrectingFunction | None = None

    @property
    def sees_all(self) -> bool:
        """Whether it sees the records of the whole corpus at once."""
        return self.apply is None and bool(self.reads)


def _segment(bundle: Bundle, tools: "Tools") -> Sequence[Record]:
    from pipeline.stages.segment import find_segments  # noqa: PLC0415 - each stage is imported only where it runs

    return find_segments(bundle, tools.nlp, tools.sentencizer, tools.encoder, tools.anatomy_model)


def _quote(bundle: Bundle, tools: "Tools") -> Sequence[Record]:
    from pipeline.stages.quote import doubts, find_quotes  # noqa: PLC0415

    return [*find_quotes(bundle, tools.nlp), *doubts(bundle)]


def _tag(bundle: Bundle, tools: "Tools") -> Sequence[Record]:
    from pipeline.stages.tag import tag_passages  # noqa: PLC0415

    return tag_passages(bundle, tools.theme_model, tools.codebook, tools.encoder, tools.sentencizer, tools.settings)


def _map(bundle: Bundle, tools: "Tools") -> Sequence[Record]:
    from pipeline.stages.map import map_quotes  # noqa: PLC0415

    return map_quotes(bundle, tools.practice_model, tools.rubric, tools.encoder, tools.settings)


def _correct_segments(bundle: Bundle, made: Sequence[Any], decided: "Sequence[Recorded]", _: "Tools") -> Corrected:
    from pipeline.corrections.segments import with_kinds  # noqa: PLC0415

    return with_kinds(bundle, made, decided)


def _correct_quotes(bundle: Bundle, made: Sequence[Any], decided: "Sequence[Recorded]", _: "Tools") -> Corrected:
    from pipeline.corrections.quotes import with_quotes  # noqa: PLC0415

    return with_quotes(bundle, made, decided)


def _correct_tags(bundle: Bundle, made: Sequence[Any], decided: "Sequence[Recorded]", tools: "Tools") -> Corrected:
    from pipeline.corrections.themes import with_tags  # noqa: PLC0415

    return with_tags(bundle, made, decided, tools.codebook)


def _correct_mappings(bundle: Bundle, made: Sequence[Any], decided: "Sequence[Recorded]", tools: "Tools") -> Corrected:
    from pipeline.corrections.practices import with_mappings  # noqa: PLC0415

    return with_mappings(bundle, made, decided, tools.rubric)


_LIMITS = ("max_seconds", "max_memory_bytes")
_ALL = ("documents", "passages", "segments", "quotes", "tags", "mappings")

STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "ingest",
            (),
            ("documents.jsonl", "passages.jsonl"),
            settings=("max_file_bytes", "max_text_bytes", "max_unpacked_bytes", *_LIMITS, "min_duplicate_words"),
        ),
        Stage(
            "segment",
            ("documents", "passages"),
            ("segments.jsonl",),
            needs=("anatomy_model",),
            settings=_LIMITS,
            apply=_segment,
            decides="segment",
            correct=_correct_segments,
        ),
        Stage(
            "quote",
            ("documents", "passages", "segments"),
            ("quotes.jsonl",),
            settings=_LIMITS,
            apply=_quote,
            decides="quote",
            correct=_correct_quotes,
        ),
        Stage(
            "tag",
            ("documents", "passages", "segments"),
            ("tags.jsonl",),
            needs=("codebook", "theme_model"),
            settings=(*_LIMITS, "precision", "write_rejected", "evidence_sentences"),
            apply=_tag,
            decides="passage",
            correct=_correct_tags,
        ),
        Stage(
            "map",
            ("documents", "passages", "segments", "quotes"),
            ("mappings.jsonl",),
            needs=("rubric", "practice_model"),
            settings=(*_LIMITS, "precision", "candidates"),
            apply=_map,
            decides="practices",
            correct=_correct_mappings,
        ),
        Stage("index", _ALL, ("corpus.db", "vectors.safetensors"), needs=("codebook", "rubric")),
        Stage(
            "report",
            (*_ALL, "errors"),
            ("report.html", "figures"),
            needs=("codebook", "rubric", "theme_errors", "metrics"),
            settings=Settings.__struct_fields__,
        ),
    )
}
