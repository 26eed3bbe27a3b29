"""What a hit can be, and how each unit hangs together with passages, quotes, segments and documents."""

from dataclasses import dataclass
from typing import Final, get_args

from pipeline.hits import Unit
from pipeline.query.values import one_of

UNITS: Final[tuple[Unit, ...]] = get_args(Unit)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a unit `u` is kept.

    `table`, `document`, `segment`, `passage`, `page`, `start`, `end`: where it stands. `passages`, `quotes`,
    `segments`: the ids of those that speak for it. `if_passages` and so on: the condition that one of a set of them
    does, with braces for a SELECT of their ids; the plus keeps SQLite from combining two such sets in one index, pair
    by pair, where it should go through the units once.
    """

    table: str
    document: str = "u.document_id"
    segment: str
    passage: str
    page: str
    start: str = "u.start"
    end: str = 'u."end"'
    passages: str
    quotes: str
    segments: str
    if_passages: str
    if_quotes: str
    if_segments: str
    if_documents: str = "+u.document_id IN ({})"
    has_coder: bool = False


_FIRST_PASSAGE: Final = "FROM segment_passages AS m JOIN passages AS p ON p.id = m.passage_id WHERE m.segment_id = u.id"
_OF_QUOTES: Final = "SELECT passage_id FROM quotes WHERE id IN ({})"


def _segments(table: str, *, has_coder: bool = False) -> Source:
    in_passages = "+u.id IN (SELECT segment_id FROM segment_passages WHERE passage_id IN ({}))"
    return Source(
        table=table,
        segment="u.id",
        passage=f"(SELECT p.id {_FIRST_PASSAGE} ORDER BY m.position LIMIT 1)",
        page=f"(SELECT p.page {_FIRST_PASSAGE} ORDER BY m.position LIMIT 1)",
        passages="SELECT passage_id FROM segment_passages WHERE segment_id = u.id",
        quotes="SELECT q.id FROM segment_passages AS m JOIN quotes AS q ON q.passage_id = m.passage_id"
        " WHERE m.segment_id = u.id",
        segments="u.id",
        if_passages=in_passages,
        if_quotes=in_passages.format(_OF_QUOTES),
        if_segments="+u.id IN ({})",
        has_coder=has_coder,
    )


SOURCES: Final[dict[Unit, Source]] = {
    "quote": Source(
        table="quotes",
        segment="u.segment_id",
        passage="u.passage_id",
        page="(SELECT page FROM passages WHERE id = u.passage_id)",
        passages="u.passage_id",
        quotes="u.id",
        segments="u.segment_id",
        if_passages="+u.passage_id IN ({})",
        if_quotes="+u.id IN ({})",
        if_segments="+u.segment_id IN ({})",
        has_coder=True,
    ),
    "passage": Source(
        table="passages",
        segment="u.segment_id",
        passage="u.id",
        page="u.page",
        passages="u.id",
        quotes="SELECT id FROM quotes WHERE passage_id = u.id",
        segments="u.segment_id",
        if_passages="+u.id IN ({})",
        if_quotes=f"+u.id IN ({_OF_QUOTES})",
        if_segments="+u.segment_id IN ({})",
    ),
    "segment": _segments("segments", has_coder=True),
    "problem": _segments("problems"),
    "document": Source(
        table="documents",
        document="u.id",
        segment="NULL",
        passage="(SELECT id FROM passages WHERE document_id = u.id ORDER BY n LIMIT 1)",
        page="NULL",
        start="0",
        end="length(u.text)",
        passages="SELECT id FROM passages WHERE document_id = u.id",
        quotes="SELECT id FROM quotes WHERE document_id = u.id",
        segments="SELECT id FROM segments WHERE document_id = u.id",
        if_passages="+u.id IN (SELECT document_id FROM passages WHERE id IN ({}))",
        if_quotes="+u.id IN (SELECT document_id FROM quotes WHERE id IN ({}))",
        if_segments="+u.id IN (SELECT document_id FROM segments WHERE id IN ({}))",
        if_documents="+u.id IN ({})",
    ),
}


def unit_of(name: str) -> Unit:
    """Return a unit by its name.

    Raises:
        PipelineError: there is no such unit.
    """
    one_of("unit", name, UNITS)
    return UNITS[UNITS.index(name)]
