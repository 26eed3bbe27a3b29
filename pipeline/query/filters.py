"""What a hit must fulfil, as a WHERE clause.

What a person types is looked up among the values that the database holds, or bound as a parameter; no SQL is made of
it. Each condition is a set of passages, quotes, segments or documents, found once, that the unit must have a part in.
"""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from pipeline.folding import fold
from pipeline.query import themes, values
from pipeline.query.conditions import Condition, all_of, among, any_of, exists, select, within
from pipeline.query.units import SOURCES, Source
from pipeline.query.values import check_text, day, invalid, known, one_of
from pipeline.records import DocumentKind, SegmentKind
from pipeline.records import Source as Origin

Decision = Literal["yes", "review", "match"]
DECISIONS: Final[tuple[Decision, ...]] = get_args(Decision)
KINDS: Final = tuple(dict.fromkeys(get_args(DocumentKind) + get_args(SegmentKind)))
ORIGINS: Final[tuple[Origin, ...]] = get_args(Origin)
_OPERATORS: Final = re.compile(r'["*]|\b(?:AND|OR|NOT|NEAR)\b')
_CURLY: Final = str.maketrans("“”„«»", '"""""')


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a hit must fulfil: all of it. `None`: anything will do.

    Args:
        themes: ids or names, or expressions of them with and, or, not and brackets; all of them must hold.
        practice: id of a practice; the quote is evidence for it.
        indicator: id of an indicator.
        area: name of an area of the rubric, or a part of it.
        level: a level of the rubric, which a mapping names.
        site: name of a site, or a part of it; holds for a whole problem of practice with its sub-segments.
        speaker: part of a speaker's name, role or organization.
        role: part of the speaker's role.
        organization: part of the speaker's organization.
        kind: of the document, or of the segment or the problem of practice around it.
        date_from: year, month or day; documents without a date fall out.
        date_to: year, month or day, the whole of it.
        document: id, path or title, or a part of path or title.
        decision: "yes" or "match": only what was decided; "review": only what is left to a person; `None`: both.
        min_p: the least probability of a theme or indicator that counts, 0–1.
        source: "human" or "model": only what people (or models) decided, whoever stands above whom.
        coder: the same of one person or model.
        text: words that all stand in the unit, or an FTS5 expression: "exact phrase", lead*, a OR b, NOT, NEAR(a b).
    """

    themes: tuple[str, ...] = ()
    practice: str | None = None
    indicator: str | None = None
    area: str | None = None
    level: str | None = None
    site: str | None = None
    speaker: str | None = None
    role: str | None = None
    organization: str | None = None
    kind: str | None = None
    date_from: str | None = None
    date_to: str | None = None
    document: str | None = None
    decision: str | None = None
    min_p: float | None = None
    source: str | None = None
    coder: str | None = None
    text: str | None = None


def from_where(connection: sqlite3.Connection, wanted: Filter, unit: str, *, ranked: bool = False) -> Condition:
    """Return FROM and WHERE of what is asked for; `u` is the unit; `ranked`: the search index stands beside it.

    Raises:
        PipelineError: a value makes no sense.
    """
    source = SOURCES[unit]  # type: ignore[index]  # checked by the callers
    _check_texts(wanted)
    asked = replace(wanted, text=None) if ranked else wanted
    where = all_of([*conditions(connection, asked, source)])
    if ranked:
        search = f"{source.table}_fts"
        beside = f"FROM {search} CROSS JOIN {source.table} AS u ON u.n = {search}.rowid WHERE {search} MATCH ?"
        return Condition(f"{beside} AND {where.sql}", (expression(wanted.text or ""), *where.values))
    return Condition(f"FROM {source.table} AS u WHERE {where.sql}", where.values)


def conditions(connection: sqlite3.Connection, wanted: Filter, source: Source) -> Iterator[Condition]:
    """Yield all that must hold."""
    yield from _evidence(connection, wanted, source)
    yield from _place(connection, wanted, source)
    yield from _time(wanted, source)
    if wanted.speaker or wanted.role or wanted.organization:
        yield _spoken_by(wanted, source)
    if wanted.text:
        # Searched once, whatever else is asked: a search for each row that fulfils the rest would take long.
        found = f"SELECT rowid FROM {source.table}_fts WHERE {source.table}_fts MATCH ?"
        yield Condition(f"+u.n IN ({found})", (expression(wanted.text),))


def _check_texts(wanted: Filter) -> None:
    for name, value in vars(wanted).items():
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str):
                check_text(name, text)


def expression(text: str) -> str:
    """Return plain words as FTS5 wants them, each in quotation marks, and anything with an operator as it is."""
    straight = text.translate(_CURLY)
    return straight if _OPERATORS.search(straight) else " ".join(f'"{word}"' for word in straight.split())


def _evidence(connection: sqlite3.Connection, wanted: Filter, source: Source) -> Iterator[Condition]:
    """Themes by the tags of the passages, practices by the mappings of the quotes that were not rejected."""
    coded_by = [*_coded_by(connection, wanted)]
    counts = [*_what_counts(wanted), *(Condition(f"e.{one.sql}", one.values) for one in coded_by)]
    named = [*named_practices(connection, wanted)]
    tags = f"SELECT e.passage_id FROM {'tags' if coded_by else 'accepted_tags'} AS e"
    mappings = f"SELECT e.quote_id FROM {'mappings' if coded_by else 'accepted_mappings'} AS e"
    tag_counts = [*counts, _decided(wanted.decision, "yes")]
    mapping_counts = [*counts, _decided(wanted.decision, "match")]

    def carries(theme: str) -> Condition:
        is_theme = Condition("e.theme = ?", (theme,))
        return within(source.if_passages, select(tags, [is_theme, *tag_counts]))

    for theme in wanted.themes:
        yield themes.condition(connection, theme, carries)
    if named:
        yield within(source.if_quotes, select(mappings, [*named, *mapping_counts]))
    if not named and not wanted.themes and not coded_by and source.table == "passages":
        yield from _likely(wanted)
    elif not named and not wanted.themes and (counts or wanted.decision):
        # Nearly every unit has one: looked up for each, not all of them collected first.
        by_passage = f"e.passage_id IN ({source.passages})"
        by_quote = f"e.quote_id IN ({source.quotes})"
        of_unit = by_quote if coded_by or source.table == "quotes" else by_passage
        found = [
            exists(tags, [Condition(by_passage), *tag_counts]),
            exists(mappings, [Condition(of_unit), *mapping_counts]),
        ]
        if coded_by and source.has_coder and wanted.decision is None and wanted.min_p is None:
            found.append(all_of([Condition(f"u.{one.sql}", one.values) for one in coded_by]))
        yield any_of(found)


def _likely(wanted: Filter) -> Iterator[Condition]:
    """Yield what a passage must be of which anything was decided, whatever theme or practice it was."""
    columns = {None: ("yes_p", "review_p"), "review": ("review_p",)}.get(wanted.decision, ("yes_p",))
    if wanted.min_p is not None:
        yield any_of([Condition(f"u.{column} >= ?", (wanted.min_p,)) for column in columns])
    elif wanted.decision is not None:
        yield any_of([Condition(f"u.{column} NOTNULL") for column in columns])


def _what_counts(wanted: Filter) -> Iterator[Condition]:
    """Yield what a tag or mapping must be to count at all."""
    if wanted.decision is not None:
        one_of("decision", wanted.decision, DECISIONS)
    if wanted.min_p is not None:
        values.within("min_p", wanted.min_p, 0, 1)
        yield Condition("e.p >= ?", (wanted.min_p,))


def _coded_by(connection: sqlite3.Connection, wanted: Filter) -> Iterator[Condition]:
    """Yield what the columns `source` and `coder` must be."""
    if wanted.source is not None:
        one_of("source", wanted.source, ORIGINS)
        yield among("source", [wanted.source])
    if wanted.coder is not None:
        listed = known(connection, "SELECT DISTINCT coder FROM coders ORDER BY source, coder")
        yield among("coder", values.equal("coder", wanted.coder, listed))


def _decided(decision: str | None, decided: str) -> Condition:
    if decision is None:
        return among("e.decision", (decided, "review"))
    return Condition("e.decision = ?", ("review" if decision == "review" else decided,))


def named_practices(connection: sqlite3.Connection, wanted: Filter) -> Iterator[Condition]:
    """Yield what one and the same mapping must be.

    Raises:
        PipelineError: the rubric has no such practice, indicator, area or level.
    """
    if wanted.practice is not None:
        listed = known(connection, "SELECT DISTINCT id FROM practices ORDER BY n")
        yield among("e.practice", values.equal("practice", wanted.practice, listed))
    if wanted.indicator is not None:
        listed = known(connection, "SELECT DISTINCT id FROM indicators ORDER BY n")
        yield among("e.indicator", values.equal("indicator", wanted.indicator, listed))
    if wanted.area is not None:
        listed = known(connection, "SELECT DISTINCT area FROM practices ORDER BY n")
        yield among("e.area", values.containing("area", wanted.area, listed))
    if wanted.level is not None:
        levels = "SELECT level, min(position) AS place FROM indicator_levels GROUP BY level"
        listed = known(connection, f"SELECT level FROM ({levels}) ORDER BY place, level")
        yield among("e.level", values.equal("level", wanted.level, listed))


def _place(connection: sqlite3.Connection, wanted: Filter, source: Source) -> Iterator[Condition]:
    if wanted.document is not None:
        found = among("id", values.documents(connection, wanted.document))
        yield within(source.if_documents, select("SELECT id FROM documents", [found]))
    if wanted.kind is not None:
        one_of("kind", wanted.kind, KINDS)
        is_kind = [Condition("a.kind = ?", (wanted.kind,))]
        around = "SELECT e.segment_id FROM segments AS a JOIN segment_scope AS e ON e.scope_id = a.id"
        yield any_of(
            [
                within(source.if_documents, select("SELECT a.id FROM documents AS a", is_kind)),
                within(source.if_segments, select(around, is_kind)),
            ]
        )
    if wanted.site is not None:
        listed = known(connection, "SELECT DISTINCT name FROM segment_sites ORDER BY name")
        named = among("name", values.containing("site", wanted.site, listed))
        yield within(source.if_segments, select("SELECT segment_id FROM segment_sites", [named]))


def _time(wanted: Filter, source: Source) -> Iterator[Condition]:
    first = wanted.date_from and day("date_from", wanted.date_from, last=False)
    last = wanted.date_to and day("date_to", wanted.date_to, last=True)
    if first and last and first > last:
        raise invalid(f"date_from {first} after date_to {last}", "the earlier date first", "exchange the two")
    found = []
    if first:
        found.append(Condition("coalesce(date_end, date_start) >= ?", (first,)))
    if last:
        found.append(Condition("date_start <= ?", (last,)))
    if found:
        yield within(source.if_documents, select("SELECT id FROM documents", found))


def _spoken_by(wanted: Filter, source: Source) -> Condition:
    """What one and the same speaker must be; the words of the table begin with a space each."""
    asked = (("words", wanted.speaker), ("role", wanted.role), ("organization", wanted.organization))
    who = [Condition(f"instr({column}, ?)", (f" {fold(value)}",)) for column, value in asked if value]
    if source.table == "quotes":
        return within(source.if_quotes, select("SELECT quote_id FROM speakers", [*who, Condition("quote_id NOTNULL")]))
    return within(source.if_passages, select("SELECT passage_id FROM speakers", who))
