"""Stage 6, index: all records in one SQLite database, for `pop query`, for Datasette and for a researcher's own SQL.

Reads documents, passages, segments, quotes, tags and mappings, the codebook and the rubric; writes corpus.db. Each kind
of record is a table; a list inside a record is a table of its own:

    documents ─┬─ document_authors
               ├─ segments ─┬─ segment_passages  also those of its sub-segments
               │            ├─ segment_scope     itself, and the problem of practice that it belongs to
               │            ├─ sites             where the text names them
               │            ├─ segment_sites     their names, also those of that problem of practice
               │            ├─ segment_links     the same problem in other documents
               │            └─ anatomy
               ├─ passages ─── tags ─── tag_evidence
               └─ quotes ──┬── quote_parts
                           └── mappings
    themes     practices ─── indicators ─── indicator_levels

Worked example: every sentence that a superintendent said about equity, with its source:

    SELECT quote, speaker, document, date, heading FROM quotes_in_context
    WHERE speaker_role LIKE '%superintendent%' AND ', ' || themes || ',' LIKE '%, equity,%';

The same records give the same bytes: rows stand in the order of the records, and nothing in the file tells the time.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

from pipeline.codebook import Codebook
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import atomic_write, not_writable
from pipeline.records import Bundle, Quote, Record, Segment, segment_of_passage
from pipeline.rubric import Rubric

INDEX_VERSION: Final = 2
Row = tuple[Any, ...]

_PRAGMAS: Final = """
PRAGMA page_size = 4096;
PRAGMA encoding = 'UTF-8';
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
"""

# `n` keeps the order of the records, and is the row number that full text search refers to: without a name of its own,
# VACUUM would be free to change it. "end" is quoted only because SQL has a word END; `SELECT end` works.
_TABLES: Final = """
CREATE TABLE documents (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL, sha256 TEXT NOT NULL, media_type TEXT NOT NULL,
    kind TEXT NOT NULL, title TEXT, date_start TEXT, date_end TEXT, place TEXT, n_passages INTEGER NOT NULL,
    metadata TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE document_authors (
    document_id TEXT NOT NULL REFERENCES documents (id), position INTEGER NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (document_id, position)
);
CREATE TABLE segments (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL REFERENCES documents (id),
    parent_id TEXT REFERENCES segments (id), level INTEGER NOT NULL, heading TEXT, nearest_heading TEXT,
    kind TEXT NOT NULL, score REAL NOT NULL, boundary_reason TEXT NOT NULL, boundary_score REAL NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL
);
CREATE TABLE passages (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL REFERENCES documents (id),
    segment_id TEXT REFERENCES segments (id), position INTEGER NOT NULL, kind TEXT NOT NULL, level INTEGER,
    page INTEGER, speaker TEXT, duplicate_of TEXT REFERENCES passages (id),
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL
);
CREATE TABLE segment_passages (
    segment_id TEXT NOT NULL REFERENCES segments (id), position INTEGER NOT NULL,
    passage_id TEXT NOT NULL REFERENCES passages (id), PRIMARY KEY (segment_id, position)
);
CREATE TABLE segment_scope (
    segment_id TEXT NOT NULL REFERENCES segments (id), scope_id TEXT NOT NULL REFERENCES segments (id),
    PRIMARY KEY (segment_id, scope_id)
);
CREATE TABLE sites (
    segment_id TEXT NOT NULL REFERENCES segments (id), position INTEGER NOT NULL, name TEXT NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, PRIMARY KEY (segment_id, position)
);
CREATE TABLE segment_sites (
    segment_id TEXT NOT NULL REFERENCES segments (id), name TEXT NOT NULL, start INTEGER NOT NULL,
    PRIMARY KEY (segment_id, name)
);
CREATE TABLE anatomy (
    segment_id TEXT NOT NULL REFERENCES segments (id), position INTEGER NOT NULL, role TEXT NOT NULL,
    passage_id TEXT NOT NULL REFERENCES passages (id), start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    score REAL NOT NULL, text TEXT NOT NULL, PRIMARY KEY (segment_id, position)
);
CREATE TABLE segment_links (
    segment_id TEXT NOT NULL REFERENCES segments (id), position INTEGER NOT NULL,
    linked_id TEXT NOT NULL REFERENCES segments (id), PRIMARY KEY (segment_id, position)
);
CREATE TABLE quotes (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL REFERENCES documents (id),
    segment_id TEXT REFERENCES segments (id), passage_id TEXT NOT NULL REFERENCES passages (id), form TEXT NOT NULL,
    confidence REAL NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    speaker TEXT, speaker_start INTEGER, speaker_end INTEGER, speaker_name TEXT, speaker_role TEXT,
    speaker_organization TEXT, cue TEXT, cue_start INTEGER, cue_end INTEGER, text TEXT NOT NULL
);
CREATE TABLE quote_parts (
    quote_id TEXT NOT NULL REFERENCES quotes (id), position INTEGER NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, PRIMARY KEY (quote_id, position)
);
CREATE TABLE themes (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, definition TEXT);
CREATE TABLE tags (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL REFERENCES documents (id),
    segment_id TEXT REFERENCES segments (id), passage_id TEXT NOT NULL REFERENCES passages (id),
    theme TEXT NOT NULL REFERENCES themes (id), p REAL NOT NULL, threshold REAL NOT NULL, decision TEXT NOT NULL,
    source TEXT NOT NULL, coder TEXT NOT NULL, model_version TEXT, codebook_sha256 TEXT NOT NULL
);
CREATE TABLE tag_evidence (
    tag_id TEXT NOT NULL REFERENCES tags (id), position INTEGER NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, weight REAL NOT NULL, PRIMARY KEY (tag_id, position)
);
CREATE TABLE practices (
    n INTEGER PRIMARY KEY, rubric TEXT NOT NULL, id TEXT NOT NULL, area TEXT NOT NULL, text TEXT, UNIQUE (rubric, id)
);
CREATE TABLE indicators (
    n INTEGER PRIMARY KEY, rubric TEXT NOT NULL, id TEXT NOT NULL, practice TEXT NOT NULL, UNIQUE (rubric, id),
    FOREIGN KEY (rubric, practice) REFERENCES practices (rubric, id)
);
CREATE TABLE indicator_levels (
    rubric TEXT NOT NULL, indicator TEXT NOT NULL, position INTEGER NOT NULL, level TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (rubric, indicator, position), FOREIGN KEY (rubric, indicator) REFERENCES indicators (rubric, id)
);
CREATE TABLE mappings (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL REFERENCES documents (id),
    quote_id TEXT NOT NULL REFERENCES quotes (id), rubric TEXT NOT NULL, area TEXT NOT NULL, practice TEXT NOT NULL,
    indicator TEXT NOT NULL, level TEXT, rank INTEGER NOT NULL, p REAL NOT NULL, decision TEXT NOT NULL,
    evidence TEXT NOT NULL, model_version TEXT, FOREIGN KEY (rubric, indicator) REFERENCES indicators (rubric, id)
);
"""

# Built after loading, in bulk: faster, and the pages are full.
_INDEXES: Final = """
CREATE INDEX documents_by_date ON documents (date_start);
CREATE INDEX documents_by_kind ON documents (kind);
CREATE INDEX segments_by_document ON segments (document_id, start);
CREATE INDEX segments_by_parent ON segments (parent_id);
CREATE INDEX segments_by_kind ON segments (kind);
CREATE INDEX passages_by_document ON passages (document_id, start);
CREATE INDEX passages_by_segment ON passages (segment_id);
CREATE INDEX segment_passages_by_passage ON segment_passages (passage_id);
CREATE INDEX segment_scope_by_scope ON segment_scope (scope_id);
CREATE INDEX segment_sites_by_name ON segment_sites (name);
CREATE INDEX quotes_by_document ON quotes (document_id, start);
CREATE INDEX quotes_by_segment ON quotes (segment_id);
CREATE INDEX quotes_by_passage ON quotes (passage_id);
CREATE INDEX quotes_by_speaker ON quotes (speaker_name);
CREATE INDEX tags_by_passage ON tags (passage_id, theme);
CREATE INDEX tags_by_theme ON tags (theme, decision, p);
CREATE INDEX mappings_by_quote ON mappings (quote_id, rank);
CREATE INDEX mappings_by_indicator ON mappings (indicator, decision, p);
CREATE INDEX mappings_by_practice ON mappings (practice);
"""

# Datasette finds the search index of a table by the double quotes after content=.
_SEARCH: Final = "".join(
    f"""
CREATE VIRTUAL TABLE {table}_fts USING fts5 (
    text, content="{table}", content_rowid="n", tokenize="porter unicode61 remove_diacritics 2"
);
INSERT INTO {table}_fts ({table}_fts) VALUES ('rebuild');
INSERT INTO {table}_fts ({table}_fts) VALUES ('optimize');
"""
    for table in ("passages", "quotes", "segments")
)

# A person's tag stands above the model's on the same passage and theme, also where the person says no.
_VIEWS: Final = """
CREATE VIEW accepted_tags AS
SELECT * FROM tags AS tag
WHERE decision IN ('yes', 'review') AND (source = 'human' OR NOT EXISTS (
    SELECT 1 FROM tags AS other
    WHERE other.passage_id = tag.passage_id AND other.theme = tag.theme AND other.source = 'human'));

CREATE VIEW accepted_mappings AS SELECT * FROM mappings WHERE decision IN ('match', 'review');

CREATE VIEW quotes_in_context AS
SELECT quote.id AS quote_id, quote.text AS quote,
    coalesce(quote.speaker_name, quote.speaker) AS speaker, quote.speaker_role, quote.speaker_organization,
    (SELECT group_concat(name, ', ') FROM (
        SELECT name FROM segment_sites WHERE segment_id = quote.segment_id ORDER BY start)) AS sites,
    coalesce(document.title, document.path) AS document, document.date_start AS date, document.kind AS document_kind,
    segment.nearest_heading AS heading, segment.kind AS segment_kind,
    (SELECT group_concat(theme, ', ') FROM (
        SELECT DISTINCT theme FROM accepted_tags
        WHERE passage_id = quote.passage_id AND decision = 'yes' ORDER BY theme)) AS themes,
    (SELECT group_concat(theme, ', ') FROM (
        SELECT DISTINCT theme FROM accepted_tags
        WHERE passage_id = quote.passage_id AND decision = 'review' ORDER BY theme)) AS themes_to_review,
    best.indicator AS best_indicator, best.practice AS best_practice, best.area AS best_area, best.p AS best_p,
    best.decision AS best_decision,
    passage.text AS context, passage.page, quote.start, quote."end", quote.confidence, quote.document_id,
    quote.passage_id, quote.segment_id
FROM quotes AS quote
JOIN documents AS document ON document.id = quote.document_id
JOIN passages AS passage ON passage.id = quote.passage_id
LEFT JOIN segments AS segment ON segment.id = quote.segment_id
LEFT JOIN accepted_mappings AS best ON best.id = (
    SELECT id FROM accepted_mappings WHERE quote_id = quote.id ORDER BY rank LIMIT 1)
ORDER BY quote.n;

CREATE VIEW problems_of_practice AS
SELECT segment.id AS segment_id, segment.nearest_heading AS heading,
    (SELECT group_concat(name, ', ') FROM (
        SELECT name FROM segment_sites WHERE segment_id = segment.id ORDER BY start)) AS sites,
    coalesce(document.title, document.path) AS document, document.date_start AS date, segment.score,
    (SELECT group_concat(text, ' ') FROM (SELECT text FROM anatomy
        WHERE segment_id = segment.id AND role = 'problem' ORDER BY position)) AS problem,
    (SELECT group_concat(text, ' ') FROM (SELECT text FROM anatomy
        WHERE segment_id = segment.id AND role = 'approach' ORDER BY position)) AS approach,
    (SELECT group_concat(text, ' ') FROM (SELECT text FROM anatomy
        WHERE segment_id = segment.id AND role = 'challenge' ORDER BY position)) AS challenge,
    (SELECT group_concat(text, ' ') FROM (SELECT text FROM anatomy
        WHERE segment_id = segment.id AND role = 'result' ORDER BY position)) AS result,
    (SELECT count(DISTINCT quote.id) FROM segment_passages AS member
        JOIN quotes AS quote ON quote.passage_id = member.passage_id
        WHERE member.segment_id = segment.id) AS n_quotes,
    segment.start, segment."end", segment.document_id
FROM segments AS segment JOIN documents AS document ON document.id = segment.document_id
WHERE segment.kind = 'problem_of_practice'
ORDER BY segment.n;

CREATE VIEW themes_by_site AS
SELECT site.name AS site, tag.theme, count(DISTINCT CASE WHEN tag.decision = 'yes' THEN tag.passage_id END) AS passages,
    count(DISTINCT CASE WHEN tag.decision = 'review' THEN tag.passage_id END) AS passages_to_review,
    count(DISTINCT tag.document_id) AS documents
FROM accepted_tags AS tag
JOIN passages AS passage ON passage.id = tag.passage_id AND passage.duplicate_of IS NULL
JOIN segment_sites AS site ON site.segment_id = passage.segment_id
GROUP BY site.name, tag.theme ORDER BY site.name, tag.theme;

CREATE VIEW rubric_coverage AS
SELECT indicator.rubric, practice.area, indicator.practice, indicator.id AS indicator, practice.text AS practice_text,
    count(DISTINCT CASE WHEN mapping.decision = 'match' THEN mapping.quote_id END) AS quotes,
    count(DISTINCT CASE WHEN mapping.decision = 'review' THEN mapping.quote_id END) AS quotes_to_review,
    count(DISTINCT mapping.document_id) AS documents
FROM indicators AS indicator
JOIN practices AS practice ON practice.rubric = indicator.rubric AND practice.id = indicator.practice
LEFT JOIN accepted_mappings AS mapping ON mapping.rubric = indicator.rubric AND mapping.indicator = indicator.id
GROUP BY indicator.n ORDER BY indicator.n;
"""

# Kept as a table: a view would be worked out anew for every row that asks for its sites.
_SEGMENT_SITES: Final = """
INSERT INTO segment_sites
SELECT scope.segment_id, site.name, min(site.start)
FROM segment_scope AS scope JOIN sites AS site ON site.segment_id = scope.scope_id
GROUP BY scope.segment_id, site.name ORDER BY scope.segment_id, site.name;
"""

# What a model used that the codebook or rubric at hand no longer lists stays visible, without a definition.
_UNLISTED: Final = """
INSERT INTO themes (id, name)
SELECT DISTINCT theme, theme FROM tags WHERE theme NOT IN (SELECT id FROM themes) ORDER BY theme;
INSERT INTO practices (rubric, id, area)
SELECT rubric, practice, min(area) FROM mappings
WHERE (rubric, practice) NOT IN (SELECT rubric, id FROM practices) GROUP BY rubric, practice ORDER BY rubric, practice;
INSERT INTO indicators (rubric, id, practice)
SELECT rubric, indicator, min(practice) FROM mappings
WHERE (rubric, indicator) NOT IN (SELECT rubric, id FROM indicators)
GROUP BY rubric, indicator ORDER BY rubric, indicator;
"""


def build_index(database: Path, bundles: Iterable[Bundle], codebook: Codebook, rubric: Rubric) -> dict[str, int]:
    """Write the database and return the number of rows of each table.

    Args:
        database: the file; what stood there is replaced only when the new one is complete.
        bundles: the documents with all their records, one at a time.
        codebook: what the themes of the tags mean.
        rubric: what the indicators of the mappings mean.

    Raises:
        PipelineError: the folder cannot be written, or records refer to others that are missing.
    """
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=database.parent, prefix=f".{database.name}.")
    except OSError as error:
        raise not_writable(database.parent, error) from error
    with folder as name:
        built = Path(name) / "built.db"
        counts = _build(built, bundles, codebook, rubric)
        with atomic_write(database) as target, built.open("rb") as source:
            shutil.copyfileobj(source, target)
    return counts


def _build(path: Path, bundles: Iterable[Bundle], codebook: Codebook, rubric: Rubric) -> dict[str, int]:
    # No transactions but ours: Python's own would split the load.
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        try:
            connection.executescript(_PRAGMAS + _TABLES)
            connection.execute("BEGIN")
            _load_themes(connection, codebook)
            _load_rubric(connection, rubric)
            for bundle in bundles:
                _load_bundle(connection, bundle)
            connection.execute("COMMIT")
            connection.executescript(f"BEGIN; {_UNLISTED} {_SEGMENT_SITES} {_INDEXES} {_SEARCH} {_VIEWS} COMMIT;")
            _check_references(connection)
            connection.executescript(f"ANALYZE; PRAGMA user_version = {INDEX_VERSION}; VACUUM;")
        except sqlite3.OperationalError as error:
            # The low byte is the kind of error, the rest its cause.
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                raise not_writable(path.parent.parent, OSError(str(error))) from error
            raise
        return _counts(connection)


def _load_themes(connection: sqlite3.Connection, codebook: Codebook) -> None:
    rows = ((theme.id, theme.name, theme.definition) for theme in codebook.themes)
    _insert(connection, "themes", ("id", "name", "definition"), rows)


def _load_rubric(connection: sqlite3.Connection, rubric: Rubric) -> None:
    rows = rubric.rows()
    practices = dict.fromkeys((rubric.name, row.practice, row.area, row.practice_text) for row in rows)
    _insert(connection, "practices", ("rubric", "id", "area", "text"), practices)
    indicators = ((rubric.name, row.indicator, row.practice) for row in rows)
    _insert(connection, "indicators", ("rubric", "id", "practice"), indicators)
    levels = (
        (rubric.name, row.indicator, position, level, text)
        for row in rows
        for position, (level, text) in enumerate(row.levels.items())
    )
    _insert(connection, "indicator_levels", ("rubric", "indicator", "position", "level", "text"), levels)


def _load_bundle(connection: sqlite3.Connection, bundle: Bundle) -> None:
    try:
        for table, (columns, rows) in _ROWS.items():
            _insert(connection, table, columns, rows(bundle))
    except sqlite3.IntegrityError as error:
        raise PipelineError(
            ErrorCode.INVALID_RECORD,
            found=f"records of {bundle.document.path} that don't fit together ({error})",
            expected="records that all have an id of their own",
            do="write the stage files anew with pop run --force",
        ) from error


def _insert(connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join("?" for _ in columns)
    connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def _check_references(connection: sqlite3.Connection) -> None:
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken:
        table, row, parent, _ = broken
        raise PipelineError(
            ErrorCode.INVALID_RECORD,
            found=f"a row of {table} (number {row}) that refers to a row of {parent} which does not exist",
            expected="stage files that were written from the same corpus",
            do="write them anew with pop run --force",
        )


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    tables = ["themes", "practices", "indicators", "indicator_levels", *_ROWS]
    return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


_DOCUMENT: Final = (
    "id", "path", "sha256", "media_type", "kind", "title", "date_start", "date_end", "place", "n_passages", "text",
)  # fmt: skip
_PASSAGE: Final = ("id", "document_id", "kind", "level", "page", "speaker", "duplicate_of", "start", "end", "text")
_SEGMENT: Final = ("id", "document_id", "parent_id", "level", "heading", "kind", "score", "start", "end")
_QUOTE: Final = ("id", "document_id", "passage_id", "form", "confidence", "start", "end", "text")
_SPEAKER: Final = ("speaker", "speaker_start", "speaker_end", "speaker_name", "speaker_role", "speaker_organization")
_TAG: Final = (
    "id", "document_id", "segment_id", "passage_id", "theme", "p", "threshold", "decision", "source", "coder",
    "model_version", "codebook_sha256",
)  # fmt: skip
_MAPPING: Final = (
    "id", "document_id", "quote_id", "rubric", "area", "practice", "indicator", "level", "rank", "p", "decision",
    "evidence", "model_version",
)  # fmt: skip


def _fields(record: Record, names: Sequence[str]) -> Row:
    return tuple(getattr(record, name) for name in names)


def _documents(bundle: Bundle) -> Iterator[Row]:
    metadata = msgspec.json.encode(bundle.document.metadata, order="deterministic").decode()
    yield (*_fields(bundle.document, _DOCUMENT), metadata)


def _authors(bundle: Bundle) -> Iterator[Row]:
    return ((bundle.document.id, position, name) for position, name in enumerate(bundle.document.authors))


def _segments(bundle: Bundle) -> Iterator[Row]:
    text = bundle.document.text
    for segment in bundle.segments:
        headings = [ancestor.heading for ancestor in _path(bundle, segment) if ancestor.heading]
        boundary = segment.boundary
        yield (
            *_fields(segment, _SEGMENT),
            headings[0] if headings else None,
            boundary.reason,
            boundary.score,
            text[segment.start : segment.end],
        )


def _passages(bundle: Bundle) -> Iterator[Row]:
    segments = segment_of_passage(bundle)
    for passage in bundle.passages:
        segment = segments.get(passage.id)
        yield (*_fields(passage, _PASSAGE), passage.index, segment.id if segment else None)


def _segment_passages(bundle: Bundle) -> Iterator[Row]:
    # A segment holds what its sub-segments hold, whether or not its own record repeats it.
    members: dict[str, set[str]] = {segment.id: set() for segment in bundle.segments}
    for segment in bundle.segments:
        for ancestor in _path(bundle, segment):
            members[ancestor.id].update(segment.passage_ids)
    order = [passage.id for passage in bundle.passages]
    for segment in bundle.segments:
        held = [passage_id for passage_id in order if passage_id in members[segment.id]]
        yield from ((segment.id, position, passage_id) for position, passage_id in enumerate(held))


def _segment_scope(bundle: Bundle) -> Iterator[Row]:
    for segment in bundle.segments:
        for ancestor in _path(bundle, segment):
            if ancestor is segment or ancestor.kind in {"problem_of_practice", "program"}:
                yield segment.id, ancestor.id


def _path(bundle: Bundle, segment: Segment) -> list[Segment]:
    """Return the segment, its parent, and so on up; a parent that is missing or comes round again ends it."""
    by_id = {other.id: other for other in bundle.segments}
    path = [segment]
    while (parent := by_id.get(path[-1].parent_id or "")) and parent not in path:
        path.append(parent)
    return path


def _sites(bundle: Bundle) -> Iterator[Row]:
    for segment in bundle.segments:
        for position, site in enumerate(segment.sites):
            yield segment.id, position, site.name, site.start, site.end


def _anatomy(bundle: Bundle) -> Iterator[Row]:
    text = bundle.document.text
    for segment in bundle.segments:
        for position, part in enumerate(segment.anatomy):
            words = text[part.start : part.end]
            yield segment.id, position, part.role, part.passage_id, part.start, part.end, part.score, words


def _segment_links(bundle: Bundle) -> Iterator[Row]:
    for segment in bundle.segments:
        yield from ((segment.id, position, linked) for position, linked in enumerate(segment.linked))


def _quotes(bundle: Bundle) -> Iterator[Row]:
    segments = segment_of_passage(bundle)
    for quote in bundle.quotes:
        around = segments.get(quote.passage_id)
        segment_id = quote.segment_id or (around.id if around else None)
        yield (*_fields(quote, _QUOTE), segment_id, *_speaker(quote), *_cue(quote))


def _speaker(quote: Quote) -> Row:
    said = quote.speaker
    if said is None:
        return (None,) * len(_SPEAKER)
    return said.text, said.start, said.end, said.name, said.role, said.organization


def _cue(quote: Quote) -> Row:
    return (quote.cue.text, quote.cue.start, quote.cue.end) if quote.cue else (None, None, None)


def _quote_parts(bundle: Bundle) -> Iterator[Row]:
    for quote in bundle.quotes:
        yield from ((quote.id, position, part.start, part.end) for position, part in enumerate(quote.parts))


def _tags(bundle: Bundle) -> Iterator[Row]:
    return (_fields(tag, _TAG) for tag in bundle.tags)


def _tag_evidence(bundle: Bundle) -> Iterator[Row]:
    for tag in bundle.tags:
        yield from ((tag.id, i, part.start, part.end, part.weight) for i, part in enumerate(tag.evidence))


def _mappings(bundle: Bundle) -> Iterator[Row]:
    return (_fields(mapping, _MAPPING) for mapping in bundle.mappings)


_SPAN: Final = ("start", "end")
_ROWS: Final[dict[str, tuple[Sequence[str], Callable[[Bundle], Iterable[Row]]]]] = {
    "documents": ((*_DOCUMENT, "metadata"), _documents),
    "document_authors": (("document_id", "position", "name"), _authors),
    "segments": ((*_SEGMENT, "nearest_heading", "boundary_reason", "boundary_score", "text"), _segments),
    "passages": ((*_PASSAGE, "position", "segment_id"), _passages),
    "segment_passages": (("segment_id", "position", "passage_id"), _segment_passages),
    "segment_scope": (("segment_id", "scope_id"), _segment_scope),
    "sites": (("segment_id", "position", "name", *_SPAN), _sites),
    "anatomy": (("segment_id", "position", "role", "passage_id", *_SPAN, "score", "text"), _anatomy),
    "segment_links": (("segment_id", "position", "linked_id"), _segment_links),
    "quotes": ((*_QUOTE, "segment_id", *_SPEAKER, "cue", "cue_start", "cue_end"), _quotes),
    "quote_parts": (("quote_id", "position", *_SPAN), _quote_parts),
    "tags": (_TAG, _tags),
    "tag_evidence": (("tag_id", "position", *_SPAN, "weight"), _tag_evidence),
    "mappings": (_MAPPING, _mappings),
}
