"""The stages in order, with what each reads and writes: the table of contents of the pipeline.

A stage that works on one document at a time is a pure function from what is known of the document to new records. The
other three see the whole corpus: ingest (files in), index and report (everything out).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.records import Bundle, Record

if TYPE_CHECKING:
    from pipeline.tools import Tools

DocumentFunction = Callable[[Bundle, "Tools"], Sequence[Record]]


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline.

    `reads`: kinds of records, in outputs/. `writes`: file names without folder. `needs`: instruments and models whose
    change makes the stage run again. `apply`: the function of a stage that works document by document.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    needs: tuple[str, ...] = ()
    apply: DocumentFunction | None = None


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


_ALL = ("documents", "passages", "segments", "quotes", "tags", "mappings")

STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage("ingest", (), ("documents.jsonl", "passages.jsonl")),
        Stage("segment", ("documents", "passages"), ("segments.jsonl",), needs=("anatomy_model",), apply=_segment),
        Stage("quote", ("documents", "passages", "segments"), ("quotes.jsonl",), apply=_quote),
        Stage(
            "tag",
            ("documents", "passages", "segments"),
            ("tags.jsonl",),
            needs=("codebook", "theme_model"),
            apply=_tag,
        ),
        Stage(
            "map",
            ("documents", "passages", "segments", "quotes"),
            ("mappings.jsonl",),
            needs=("rubric", "practice_model"),
            apply=_map,
        ),
        Stage("index", _ALL, ("corpus.db", "vectors.safetensors"), needs=("codebook", "rubric")),
        Stage("report", (*_ALL, "errors"), ("report.html", "figures"), needs=("codebook", "rubric", "theme_errors")),
    )
}
