"""Questions to the index: filters in, quotes, passages or segments with their sources out.

Worked example: `Filter(themes=("equity",), practice="12", date_from="2014")` finds the quotes that stand in a passage
about equity, are evidence for practice 12, and come from a document of 2014 or later.

What a person types is looked up among the values that the database holds, or bound as a parameter; no SQL is made of
it. The database is opened so that nothing can change it.
"""

import calendar
import datetime
import difflib
import re
import sqlite3
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

from pipeline import coverage as roll_up
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.hits import Hit, PracticeHit, ThemeHit, Unit
from pipeline.records import DocumentKind, SegmentKind, is_coded_text
from pipeline.rubric import Row
from pipeline.stages.index import INDEX_VERSION
from pipeline.theme_counts import CodedPassage

Sort = Literal["document", "date", "rank"]
Decision = Literal["yes", "review", "match"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)
SORTS: Final[tuple[Sort, ...]] = get_args(Sort)
DECISIONS: Final[tuple[Decision, ...]] = get_args(Decision)
KINDS: Final = tuple(dict.fromkeys(get_args(DocumentKind) + get_args(SegmentKind)))
SHOWN_VALUES: Final = 40
SNIPPET_WORDS: Final = 24


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a hit must fulfil: all of it. `None`: anything will do.

    Args:
        themes: ids or names; the passage carries all of them.
        practice: id of a practice; the quote is evidence for it.
        indicator: id of an indicator.
        area: name of an area of the rubric, or a part of it.
        site: name of a site, or a part of it; holds for a whole problem of practice with its sub-segments.
        speaker: part of a speaker's name, role or organization.
        kind: of the document, or of the segment or the problem of practice around it.
        date_from: year, month or day; documents without a date fall out.
        date_to: year, month or day, the whole of it.
        document: id, path or title, or a part of path or title.
        decision: "yes" or "match": only what was decided; "review": only what is left to a person; `None`: both.
        min_p: the least probability of a theme or indicator that counts, 0–1.
        text: words that all stand in the unit, or an FTS5 expression: "exact phrase", lead*, a OR b, NOT, NEAR(a b).
    """

    themes: tuple[str, ...] = ()
    practice: str | None = None
    indicator: str | None = None
    area: str | None = None
    site: str | None = None
    speaker: str | None = None
    kind: str | None = None
    date_from: str | None = None
    date_to: str | None = None
    document: str | None = None
    decision: str | None = None
    min_p: float | None = None
    text: str | None = None


@dataclass(frozen=True)
class _Condition:
    """A part of a WHERE clause, made of our words alone, and the values for its marks."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class _Source:
    """Where a unit is kept: its table, its own columns, and the ids of the passages and quotes that speak for it."""

    table: str
    segment: str
    passage: str
    page: str
    passages: str
    quotes: str


_SOURCES: Final[dict[str, _Source]] = {
    "quote": _Source(
        table="quotes",
        segment="u.segment_id",
        passage="u.passage_id",
        page="(SELECT page FROM passages WHERE id = u.passage_id)",
        passages="u.passage_id",
        quotes="u.id",
    ),
    "passage": _Source(
        table="passages",
        segment="u.segment_id",
        passage="u.id",
        page="u.page",
        passages="u.id",
        quotes="SELECT id FROM quotes WHERE passage_id = u.id",
    ),
    "segment": _Source(
        table="segments",
        segment="u.id",
        passage="(SELECT passage_id FROM segment_passages WHERE segment_id = u.id ORDER BY position LIMIT 1)",
        page="(SELECT p.page FROM segment_passages AS m JOIN passages AS p ON p.id = m.passage_id"
        " WHERE m.segment_id = u.id ORDER BY m.position LIMIT 1)",
        passages="SELECT passage_id FROM segment_passages WHERE segment_id = u.id",
        quotes="SELECT q.id FROM segment_passages AS m JOIN quotes AS q ON q.passage_id = m.passage_id"
        " WHERE m.segment_id = u.id",
    ),
}
_ORDERS: Final[dict[str, str]] = {
    "document": "d.n, u.start, u.n",
    "date": "d.date_start IS NULL, d.date_start, d.n, u.start, u.n",
    "rank": "rank, d.n, u.start, u.n",
}
_OPERATORS: Final = re.compile(r'["*]|\b(?:AND|OR|NOT|NEAR)\b')
_CURLY: Final = str.maketrans("“”„«»", '"""""')
_DATE: Final = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?", re.ASCII)


def search(
    database: Path,
    wanted: Filter,
    *,
    unit: str = "quote",
    sort: str = "document",
    limit: int | None = None,
    offset: int = 0,
) -> list[Hit]:
    """Return the hits.

    Args:
        database: corpus.db.
        wanted: what a hit must fulfil.
        unit: what a hit is: "quote", "passage" or "segment".
        sort: "document": as in the corpus; "date": oldest first, undated last; "rank": best match of `text` first.
        limit: how many at most; `None` = all.
        offset: how many to skip.

    Raises:
        PipelineError: no database, a value that it does not hold, or a `text` that cannot be understood.
    """
    kind_of_unit = _unit(unit)
    one_of("sort", sort, SORTS)
    _within("limit", 0 if limit is None else limit, 0, 2**31)
    _within("offset", offset, 0, 2**31)
    if sort == "rank" and not wanted.text:
        raise _invalid(
            "sort by rank without a text", "a text, by which hits are ranked", "add one, or sort by document"
        )
    with _connected(database) as connection:
        clause, values = _from_where(connection, wanted, unit)
        sql = f"SELECT {_columns(unit, wanted)} {clause} ORDER BY {_ORDERS[sort]} LIMIT ? OFFSET ?"
        rows = _run(connection, sql, (*values, -1 if limit is None else limit, offset), wanted)
        return [_hit(connection, row, kind_of_unit) for row in rows]


def count(database: Path, wanted: Filter, *, unit: str = "quote") -> tuple[int, int]:
    """Return how many hits there are in all, and in how many documents.

    Raises:
        PipelineError: as `search`.
    """
    one_of("unit", unit, UNITS)
    with _connected(database) as connection:
        clause, values = _from_where(connection, wanted, unit)
        row = _run(connection, f"SELECT count(*), count(DISTINCT u.document_id) {clause}", values, wanted)[0]
        return row[0], row[1]


def coded_passages(database: Path, wanted: Filter) -> list[CodedPassage]:
    """Return the passages that themes are counted among: coded, and no repetition of another.

    Raises:
        PipelineError: as `search`.
    """
    with _connected(database) as connection:
        clause, values = _from_where(connection, wanted, "passage")
        sql = f"""SELECT u.id, u.document_id, u.kind AS passage_kind, u.text, s.id AS segment_id, d.kind,
            coalesce(d.title, d.path) AS document, substr(coalesce(d.date_start, d.date_end), 1, 4) AS year
            {clause} AND u.duplicate_of IS NULL ORDER BY {_ORDERS["document"]}"""
        found = [_coded(connection, row) for row in _run(connection, sql, values, wanted)]
        return [passage for passage in found if passage is not None]


def coverage(database: Path, wanted: Filter, by: str, *, indicators: bool = False) -> roll_up.Matrix:
    """Return how many quotes speak for each practice of the rubric, by site, date, problem of practice or document.

    Args:
        database: corpus.db.
        wanted: which quotes are counted. `practice`, `indicator` and `area` choose the lines instead, `min_p` also what
            counts for them.
        by: what the columns are: "site", "date", "problem" or "document".
        indicators: a line for each indicator instead of each practice.

    Raises:
        PipelineError: as `search`; a `decision` without a theme that it could apply to.
    """
    one_of("coverage", by, roll_up.DIMENSIONS)
    if wanted.decision and not wanted.themes:
        raise _invalid(
            f"decision {wanted.decision} with coverage",
            "no decision, as matches and those to review are counted apart",
            "leave it out, or name the theme that was decided so",
        )
    with _connected(database) as connection:
        rows = _rubric_rows(connection, wanted)
        quotes = _mapped_quotes(connection, wanted)
        return roll_up.count(quotes, rows, roll_up.DIMENSIONS[roll_up.DIMENSIONS.index(by)], indicators=indicators)


def mapped_quotes(database: Path, wanted: Filter) -> tuple[list[roll_up.MappedQuote], list[Row]]:
    """Return the quotes that coverage counts with their decisions, and the indicators of the rubric in use.

    Raises:
        PipelineError: as `coverage`.
    """
    with _connected(database) as connection:
        return list(_mapped_quotes(connection, wanted)), _rubric_rows(connection, wanted)


def theme_coders(database: Path) -> list[str]:
    """Return the versions of the theme models whose tags the index holds."""
    with _connected(database) as connection:
        return _known(
            connection, "SELECT DISTINCT coalesce(model_version, coder) FROM tags WHERE source = 'model' ORDER BY 1"
        )


def chosen_by(wanted: Filter) -> str:
    """Say why the model's errors are not known among such passages; empty if they are chosen by where they stand."""
    named = (wanted.practice, wanted.indicator, wanted.area, wanted.decision, wanted.min_p)
    if wanted.themes or any(value is not None for value in named):
        return "the passages were chosen by what the models decided of them"
    if wanted.text or wanted.speaker:
        return "the passages were chosen by their words, on which the model’s errors depend"
    return ""


def undated(database: Path) -> int:
    """Return how many documents have no date, and so never pass a filter by date."""
    with _connected(database) as connection:
        return int(connection.execute("SELECT count(*) FROM documents WHERE date_start IS NULL").fetchone()[0])


def theme_ids(database: Path) -> list[str]:
    """Return the themes of the codebook, in its order."""
    with _connected(database) as connection:
        return _known(connection, "SELECT id FROM themes ORDER BY n")


def _coded(connection: sqlite3.Connection, row: sqlite3.Row) -> CodedPassage | None:
    tags = connection.execute("SELECT theme, decision FROM accepted_tags WHERE passage_id = ?", (row["id"],)).fetchall()
    if not tags and not is_coded_text(row["passage_kind"], row["text"]):
        return None
    people = "SELECT DISTINCT theme FROM tags WHERE source = 'human' AND passage_id = ?"
    yes = {tag["theme"] for tag in tags if tag["decision"] == "yes"}
    return CodedPassage(
        id=row["id"],
        document_id=row["document_id"],
        groups={
            "document": [row["document"]],
            "site": _sites(connection, row["segment_id"]),
            "year": [row["year"]] if row["year"] else [],
            "kind": [row["kind"]],
        },
        yes=frozenset(yes),
        review=frozenset(tag["theme"] for tag in tags if tag["theme"] not in yes),
        settled=frozenset(theme for (theme,) in connection.execute(people, (row["id"],))),
    )


_RUBRIC_IN_USE: Final = "(SELECT rubric FROM indicator_levels LIMIT 1)"


def _rubric_rows(connection: sqlite3.Connection, wanted: Filter) -> list[Row]:
    """Return the indicators of the rubric in use that are asked for; those that only old mappings name have no text."""
    conditions = [_Condition(f"e.rubric = {_RUBRIC_IN_USE}"), *_named_practices(connection, wanted)]
    sql = f"""SELECT e.area, e.practice, e.practice_text, e.indicator FROM (
        SELECT i.n, i.rubric, p.area, p.id AS practice, p.text AS practice_text, i.id AS indicator
        FROM indicators AS i JOIN practices AS p ON p.rubric = i.rubric AND p.id = i.practice
        WHERE i.id IN (SELECT indicator FROM indicator_levels)) AS e
        WHERE {" AND ".join(condition.sql for condition in conditions)} ORDER BY e.n"""
    values = tuple(value for condition in conditions for value in condition.values)
    return [Row(**dict(row), levels={}) for row in connection.execute(sql, values)]


def _mapped_quotes(connection: sqlite3.Connection, wanted: Filter) -> Iterator[roll_up.MappedQuote]:
    chosen = replace(wanted, practice=None, indicator=None, area=None, min_p=wanted.min_p if wanted.themes else None)
    clause, values = _from_where(connection, chosen, "quote")
    sql = f"""SELECT u.id, s.id AS segment_id, d.id AS document_id, coalesce(d.title, d.path) AS document,
        substr(coalesce(d.date_start, d.date_end), 1, 4) AS year
        {clause} AND u.passage_id NOT IN (SELECT id FROM passages WHERE duplicate_of IS NOT NULL)
        ORDER BY {_ORDERS["document"]}"""
    sections = _sections(connection)
    decisions = _decisions(connection, wanted)
    for row in _run(connection, sql, values, wanted):
        document = roll_up.Column(row["document_id"], row["document"])
        columns = roll_up.columns_of(row["segment_id"], sections, document, row["year"] or "")
        yield roll_up.MappedQuote(row["id"], columns, decisions.get(row["id"], {}))


def _sections(connection: sqlite3.Connection) -> dict[str, roll_up.Section]:
    sites: dict[str, list[str]] = {}
    for segment_id, name in connection.execute("SELECT segment_id, name FROM sites ORDER BY segment_id, position"):
        sites.setdefault(segment_id, []).append(name)
    rows = connection.execute("SELECT id, parent_id, kind, heading FROM segments").fetchall()
    return {row["id"]: roll_up.Section(**dict(row), sites=sites.get(row["id"], [])) for row in rows}


def _decisions(connection: sqlite3.Connection, wanted: Filter) -> dict[str, dict[str, roll_up.Decision]]:
    """Return what was decided of each quote, by indicator of the rubric in use."""
    if wanted.min_p is not None:
        _within("min_p", wanted.min_p, 0, 1)
    sql = f"SELECT quote_id, indicator, decision FROM accepted_mappings WHERE rubric = {_RUBRIC_IN_USE} AND p >= ?"
    found: dict[str, dict[str, roll_up.Decision]] = {}
    for quote_id, indicator, decision in connection.execute(sql, (wanted.min_p or 0,)):
        roll_up.add_decision(found.setdefault(quote_id, {}), indicator, decision)
    return found


def _unit(unit: str) -> Unit:
    one_of("unit", unit, UNITS)
    return UNITS[UNITS.index(unit)]


def one_of(name: str, value: str, known: Sequence[str]) -> None:
    """Refuse a value that is not on the list.

    Raises:
        PipelineError: names the nearest that is.
    """
    if value not in known:
        raise _unknown(name, value, known)


@contextmanager
def _connected(database: Path) -> Iterator[sqlite3.Connection]:
    if not database.is_file():
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"no file {database}",
            expected="the index that pop index writes",
            do="run pop run (or pop index), or name the folder of your outputs with --outputs",
        )
    uri = f"{database.resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        _check_version(connection, database)
        connection.row_factory = sqlite3.Row
        connection.create_function("mentions", -1, _mentions, deterministic=True)
        yield connection


def _check_version(connection: sqlite3.Connection, database: Path) -> None:
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        version = str(error)
    if version != INDEX_VERSION:
        raise PipelineError(
            ErrorCode.DAMAGED_FILE,
            found=f"{database} (index version {version})",
            expected=f"an index of version {INDEX_VERSION}",
            do="write it anew with pop index --force",
        )


def _run(connection: sqlite3.Connection, sql: str, values: tuple[Any, ...], wanted: Filter) -> list[sqlite3.Row]:
    try:
        return connection.execute(sql, values).fetchall()
    except sqlite3.OperationalError as error:
        # All else in the statement is ours; only an expression can be at fault.
        if not wanted.text:
            raise
        raise _invalid(
            f"the text {wanted.text!r} ({error})",
            'words, or an FTS5 expression such as "shared leadership", lead*, teacher OR principal, NEAR(time trust)',
            "close every quotation mark and bracket, or put the words in double quotation marks",
        ) from error


def _columns(unit: str, wanted: Filter) -> str:
    source = _SOURCES[unit]
    snippet = f"snippet({source.table}_fts, 0, '[', ']', '…', {SNIPPET_WORDS})"
    return f"""
        u.id, u.document_id, d.path, d.title, d.kind AS document_kind, d.date_start, d.date_end,
        s.id AS segment_id, s.kind AS segment_kind, s.nearest_heading AS heading, {source.passage} AS passage_id,
        u.start, u."end", {source.page} AS page, u.text, {snippet if wanted.text else "NULL"} AS snippet"""


def _from_where(connection: sqlite3.Connection, wanted: Filter, unit: str) -> tuple[str, tuple[Any, ...]]:
    source = _SOURCES[unit]
    conditions = list(_conditions(connection, wanted, unit))
    searched = f"JOIN {source.table}_fts ON {source.table}_fts.rowid = u.n" if wanted.text else ""
    where = " AND ".join(f"({condition.sql})" for condition in conditions) or "TRUE"
    values = tuple(value for condition in conditions for value in condition.values)
    clause = f"""
        FROM {source.table} AS u {searched} JOIN documents AS d ON d.id = u.document_id
        LEFT JOIN segments AS s ON s.id = {source.segment} WHERE {where}"""
    return clause, values


def _conditions(connection: sqlite3.Connection, wanted: Filter, unit: str) -> Iterator[_Condition]:
    source = _SOURCES[unit]
    _check_text(wanted)
    yield from _evidence(connection, wanted, source)
    yield from _place(connection, wanted, source)
    yield from _time(wanted)
    if wanted.speaker:
        yield _spoken_by(wanted.speaker, source, unit)
    if wanted.text:
        yield _Condition(f"{source.table}_fts MATCH ?", (_expression(wanted.text),))


def _check_text(wanted: Filter) -> None:
    """Refuse what would match everything, and what no database can hold: half a character, from another encoding."""
    for name, value in vars(wanted).items():
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and any(unicodedata.category(char) == "Cs" or char == "\0" for char in text):
                raise _invalid(f"{name} {text!r}", "text in UTF-8", "type it again in a terminal set to UTF-8")
            if isinstance(text, str) and not (_fold(text) or (name == "text" and text.strip())):
                raise _invalid(f"{name} {text!r}, which is empty", "letters or digits", "leave it out, or give a value")


def _evidence(connection: sqlite3.Connection, wanted: Filter, source: _Source) -> Iterator[_Condition]:
    """Themes by the tags of the passages, practices by the mappings of the quotes that were not rejected."""
    if wanted.decision is not None:
        one_of("decision", wanted.decision, DECISIONS)
    if wanted.min_p is not None:
        _within("min_p", wanted.min_p, 0, 1)
    tags = f"SELECT 1 FROM accepted_tags AS e WHERE e.passage_id IN ({source.passages})"
    mappings = f"SELECT 1 FROM accepted_mappings AS e WHERE e.quote_id IN ({source.quotes})"
    tag_counts, mapping_counts = _counts_if(wanted, "yes"), _counts_if(wanted, "match")
    named = [*_named_practices(connection, wanted)]
    for theme in wanted.themes:
        is_theme = _Condition("e.theme = ?", (_theme_id(connection, theme),))
        yield _exists(tags, [is_theme, *tag_counts])
    if named:
        yield _exists(mappings, [*named, *mapping_counts])
    if tag_counts and not named and not wanted.themes:
        yield _either(_exists(tags, tag_counts), _exists(mappings, mapping_counts))


def _counts_if(wanted: Filter, decided: str) -> list[_Condition]:
    conditions = []
    if wanted.decision:
        conditions.append(_Condition("e.decision = ?", ("review" if wanted.decision == "review" else decided,)))
    if wanted.min_p is not None:
        conditions.append(_Condition("e.p >= ?", (wanted.min_p,)))
    return conditions


def _named_practices(connection: sqlite3.Connection, wanted: Filter) -> Iterator[_Condition]:
    """What one and the same mapping must be."""
    if wanted.practice is not None:
        known = _known(connection, "SELECT DISTINCT id FROM practices ORDER BY n")
        yield _in("e.practice", _equal("practice", wanted.practice, known))
    if wanted.indicator is not None:
        known = _known(connection, "SELECT DISTINCT id FROM indicators ORDER BY n")
        yield _in("e.indicator", _equal("indicator", wanted.indicator, known))
    if wanted.area is not None:
        known = _known(connection, "SELECT DISTINCT area FROM practices ORDER BY n")
        yield _in("e.area", _containing("area", wanted.area, known))


def _place(connection: sqlite3.Connection, wanted: Filter, source: _Source) -> Iterator[_Condition]:
    if wanted.document is not None:
        yield _in("d.id", _document_ids(connection, wanted.document))
    if wanted.kind is not None:
        one_of("kind", wanted.kind, KINDS)
        around = "SELECT 1 FROM segment_scope AS e JOIN segments AS a ON a.id = e.scope_id"
        scope = _exists(f"{around} WHERE e.segment_id = {source.segment}", [_Condition("a.kind = ?", (wanted.kind,))])
        yield _either(_Condition("d.kind = ?", (wanted.kind,)), scope)
    if wanted.site is not None:
        known = _known(connection, "SELECT DISTINCT name FROM sites ORDER BY name")
        named = _in("e.name", _containing("site", wanted.site, known))
        yield _exists(f"SELECT 1 FROM segment_sites AS e WHERE e.segment_id = {source.segment}", [named])


def _time(wanted: Filter) -> Iterator[_Condition]:
    first = wanted.date_from and _day("date_from", wanted.date_from, last=False)
    last = wanted.date_to and _day("date_to", wanted.date_to, last=True)
    if first and last and first > last:
        raise _invalid(f"date_from {first} after date_to {last}", "the earlier date first", "exchange the two")
    if first:
        yield _Condition("coalesce(d.date_end, d.date_start) >= ?", (first,))
    if last:
        yield _Condition("d.date_start <= ?", (last,))


def _day(name: str, text: str, *, last: bool) -> str:
    """Return the first or last day of a year, month or day, as ISO 8601."""
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        year, month = int(match["year"]), int(match["month"] or (12 if last else 1))
        day = int(match["day"] or (calendar.monthrange(year, month)[1] if last else 1))
        return datetime.date(year, month, day).isoformat()
    except ValueError as error:
        raise _invalid(
            f"{name} {text!r}", "a year, month or day: 2014, 2014-06 or 2014-06-28", "write the date in this form"
        ) from error


def _spoken_by(speaker: str, source: _Source, unit: str) -> _Condition:
    who = "mentions(?, e.speaker, e.speaker_name, e.speaker_role, e.speaker_organization)"
    quoted = _exists(f"SELECT 1 FROM quotes AS e WHERE e.id IN ({source.quotes})", [_Condition(who, (_fold(speaker),))])
    if unit == "quote":
        return quoted
    turn = f"SELECT 1 FROM passages AS e WHERE e.id IN ({source.passages})"
    return _either(quoted, _exists(turn, [_Condition("mentions(?, e.speaker)", (_fold(speaker),))]))


def _mentions(folded: str, *texts: str | None) -> bool:
    """Tell whether a word in these texts begins with what was asked for; called by SQLite."""
    return f" {folded}" in f" {_fold(' '.join(text for text in texts if text))}"


def _expression(text: str) -> str:
    """Return plain words as FTS5 wants them, each in quotation marks, and anything with an operator as it is."""
    straight = text.translate(_CURLY)
    return straight if _OPERATORS.search(straight) else " ".join(f'"{word}"' for word in straight.split())


def _exists(select: str, conditions: Sequence[_Condition]) -> _Condition:
    sql = " AND ".join([select, *(condition.sql for condition in conditions)])
    return _Condition(f"EXISTS ({sql})", tuple(value for condition in conditions for value in condition.values))


def _either(one: _Condition, other: _Condition) -> _Condition:
    return _Condition(f"{one.sql} OR {other.sql}", one.values + other.values)


def _in(column: str, values: Sequence[str]) -> _Condition:
    return _Condition(f"{column} IN ({', '.join('?' for _ in values)})", tuple(values))


def _theme_id(connection: sqlite3.Connection, value: str) -> str:
    rows: list[tuple[str, str]] = connection.execute("SELECT id, name FROM themes ORDER BY n").fetchall()
    by_name = {_fold(name): theme for theme, name in rows} | {_fold(theme): theme for theme, _ in rows}
    if _fold(value) not in by_name:
        raise _unknown("theme", value, [theme for theme, _ in rows])
    return by_name[_fold(value)]


def _document_ids(connection: sqlite3.Connection, value: str) -> list[str]:
    rows = connection.execute("SELECT id, path, title FROM documents ORDER BY n").fetchall()
    exact = [row["id"] for row in rows if value in tuple(row)]
    found = exact or [row["id"] for row in rows if _mentions(_fold(value), row["path"], row["title"])]
    if not found:
        raise _unknown("document", value, [row["title"] or row["path"] for row in rows])
    return found


def _known(connection: sqlite3.Connection, sql: str) -> list[str]:
    return [row[0] for row in connection.execute(sql)]


def _equal(name: str, value: str, known: Sequence[str]) -> list[str]:
    found = [entry for entry in known if _fold(entry) == _fold(value)]
    if not found:
        raise _unknown(name, value, known)
    return found


def _containing(name: str, value: str, known: Sequence[str]) -> list[str]:
    found = [entry for entry in known if _mentions(_fold(value), entry)]
    if not found:
        raise _unknown(name, value, known)
    return found


def _fold(text: str) -> str:
    """Return the words of a text without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join("".join(char if char.isalnum() else " " for char in bare).split())


def _within(name: str, value: float, low: int, high: int) -> None:
    if not low <= value <= high:
        raise _invalid(f"{name} {value}", f"a number from {low} to {high}", "give one")


def _unknown(name: str, value: str, known: Sequence[str]) -> PipelineError:
    folded = {_fold(entry): entry for entry in reversed(known)}
    close = difflib.get_close_matches(_fold(value), folded, n=1)
    listed = ", ".join(known[:SHOWN_VALUES]) + (", …" if len(known) > SHOWN_VALUES else "")
    return _invalid(
        f"an unknown {name} {value!r}",
        f"one of {listed}" if known else f"a {name}, but the index holds none",
        f"did you mean {folded[close[0]]!r}; if not, choose one of these" if close else "choose one of these",
    )


def _invalid(found: str, expected: str, do: str) -> PipelineError:
    return PipelineError(ErrorCode.INVALID_QUERY, found=found, expected=expected, do=do, exit_code=ExitCode.USAGE)


def _hit(connection: sqlite3.Connection, row: sqlite3.Row, unit: Unit) -> Hit:
    source = _SOURCES[unit]
    return Hit(
        unit=unit,
        speaker="; ".join(_speakers(connection, row["id"], source, unit)) or None,
        sites=_sites(connection, row["segment_id"]),
        themes=_themes(connection, row["id"], source),
        practices=_practices(connection, row["id"], source),
        **dict(row),
    )


def _sites(connection: sqlite3.Connection, segment_id: str | None) -> list[str]:
    sql = "SELECT name FROM segment_sites WHERE segment_id = ? ORDER BY start, name"
    return [row["name"] for row in connection.execute(sql, (segment_id,))]


def _themes(connection: sqlite3.Connection, unit_id: str, source: _Source) -> list[ThemeHit]:
    # With max(), SQLite takes the other columns from the row that has it.
    sql = f"""
        SELECT e.theme, max(e.p) AS p, e.decision FROM {source.table} AS u
        JOIN accepted_tags AS e ON e.passage_id IN ({source.passages})
        WHERE u.id = ? GROUP BY e.theme ORDER BY e.decision = 'review', p DESC, e.theme"""
    return [ThemeHit(**dict(row)) for row in connection.execute(sql, (unit_id,))]


def _practices(connection: sqlite3.Connection, unit_id: str, source: _Source) -> list[PracticeHit]:
    sql = f"""
        SELECT e.indicator, e.practice, e.area, e.level, max(e.p) AS p, e.decision FROM {source.table} AS u
        JOIN accepted_mappings AS e ON e.quote_id IN ({source.quotes})
        WHERE u.id = ? GROUP BY e.rubric, e.indicator ORDER BY e.decision = 'review', p DESC, e.indicator"""
    return [PracticeHit(**dict(row)) for row in connection.execute(sql, (unit_id,))]


def _speakers(connection: sqlite3.Connection, unit_id: str, source: _Source, unit: Unit) -> list[str]:
    sql = f"""
        SELECT coalesce(e.speaker_name, e.speaker), e.speaker_role, e.speaker_organization FROM {source.table} AS u
        JOIN quotes AS e ON e.id IN ({source.quotes}) WHERE u.id = ? AND e.speaker IS NOT NULL ORDER BY e.n"""
    found = [_described(*row) for row in connection.execute(sql, (unit_id,))]
    if unit != "quote":
        turns = f"""
            SELECT e.speaker FROM {source.table} AS u JOIN passages AS e ON e.id IN ({source.passages})
            WHERE u.id = ? AND e.speaker IS NOT NULL ORDER BY e.n"""
        found = [row[0] for row in connection.execute(turns, (unit_id,))] + found
    return _each_once(found)


def _each_once(speakers: Sequence[str]) -> list[str]:
    """Name each person once, by the fullest description: "Lindqvist, president" and "Ms. Lindqvist (union)" are one."""
    fullest: dict[str, str] = {}
    for speaker in speakers:
        surname = re.split(r"[,(]", speaker, maxsplit=1)[0].split()[-1:]
        key = _fold(surname[0]) if surname and surname[0][0].isupper() else speaker
        fullest[key] = max(fullest.get(key, ""), speaker, key=len)
    return list(fullest.values())


_PRONOUNS = frozenset({"he", "she", "they", "one", "who", "i", "we", "another", "others"})


def _described(name: str, role: str | None, organization: str | None) -> str:
    """Return "Ana Ruiz, principal, Marlow Springs", without what the name already says."""
    said = role if role and _fold(name) in _PRONOUNS else name
    for more in (role, organization):
        if more and not _mentions(_fold(more), said):
            said = f"{said}, {more}"
    return said
