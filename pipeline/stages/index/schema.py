"""The tables of the index, and what makes them quick to search."""

from typing import Final

INDEX_VERSION: Final = 5
VECTORS: Final = "vectors.safetensors"
RUBRIC_IN_USE: Final = "(SELECT rubric FROM indicator_levels LIMIT 1)"

PRAGMAS: Final = """
PRAGMA page_size = 4096;
PRAGMA encoding = 'UTF-8';
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -65536;
"""

# `n` rises in the order of the corpus (see `numbering`), and is what full text search refers to: the number that SQLite
# itself gives a row is free to change. "end" is quoted only because SQL has a word END; `SELECT end` works.
TABLES: Final = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    n INTEGER NOT NULL UNIQUE, id TEXT PRIMARY KEY NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL, kind TEXT NOT NULL, title TEXT, date_start TEXT, date_end TEXT, place TEXT,
    n_passages INTEGER NOT NULL, metadata TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE document_authors (
    document_id TEXT NOT NULL REFERENCES documents (id), position INTEGER NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (document_id, position)
) WITHOUT ROWID;
CREATE TABLE segments (
    n INTEGER NOT NULL UNIQUE, id TEXT PRIMARY KEY NOT NULL, document_id TEXT NOT NULL REFERENCES documents (id),
    parent_id TEXT REFERENCES segments (id), level INTEGER NOT NULL, heading TEXT, nearest_heading TEXT,
    kind TEXT NOT NULL, score REAL NOT NULL, boundary_reason TEXT NOT NULL, boundary_score REAL NOT NULL,
    source TEXT NOT NULL, coder TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL
);
CREATE TABLE problems (
    n INTEGER NOT NULL UNIQUE, id TEXT PRIMARY KEY NOT NULL REFERENCES segments (id),
    document_id TEXT NOT NULL REFERENCES documents (id), start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    text TEXT NOT NULL
);
CREATE TABLE passages (
    n INTEGER NOT NULL UNIQUE, id TEXT PRIMARY KEY NOT NULL, document_id TEXT NOT NULL REFERENCES documents (id),
    segment_id TEXT REFERENCES segments (id), position INTEGER NOT NULL, kind TEXT NOT NULL, level INTEGER,
    page INTEGER, speaker TEXT, duplicate_of TEXT REFERENCES passages (id), counted INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL
);
CREATE TABLE segment_passages (
    segment_id TEXT NOT NULL REFERENCES segments (id), position INTEGER NOT NULL,
    passage_id TEXT NOT NULL REFERENCES passages (id), PRIMARY KEY (segment_id, position)
) WITHOUT ROWID;
CREATE TABLE segment_scope (
    segment_id TEXT NOT NULL REFERENCES segments (id), scope_id TEXT NOT NULL REFERENCES segments (id),
    PRIMARY KEY (segment_id, scope_id)
) WITHOUT ROWID;
CREATE TABLE sites (
    segment_id TEXT NOT NULL REFERENCES segments (id), position INTEGER NOT NULL, name TEXT NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, PRIMARY KEY (segment_id, position)
) WITHOUT ROWID;
CREATE TABLE segment_sites (
    segment_id TEXT NOT NULL REFERENCES segments (id), name TEXT NOT NULL, start INTEGER NOT NULL,
    PRIMARY KEY (segment_id, name)
) WITHOUT ROWID;
CREATE TABLE anatomy (
    segment_id TEXT NOT NULL REFERENCES segments (id), position INTEGER NOT NULL, role TEXT NOT NULL,
    passage_id TEXT NOT NULL REFERENCES passages (id), start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    score REAL NOT NULL, text TEXT NOT NULL, PRIMARY KEY (segment_id, position)
) WITHOUT ROWID;
CREATE TABLE segment_links (
    segment_id TEXT NOT NULL REFERENCES segments (id), position INTEGER NOT NULL,
    linked_id TEXT NOT NULL REFERENCES segments (id), PRIMARY KEY (segment_id, position)
) WITHOUT ROWID;
CREATE TABLE quotes (
    n INTEGER NOT NULL UNIQUE, id TEXT PRIMARY KEY NOT NULL, document_id TEXT NOT NULL REFERENCES documents (id),
    segment_id TEXT REFERENCES segments (id), passage_id TEXT NOT NULL REFERENCES passages (id), form TEXT NOT NULL,
    confidence REAL NOT NULL, source TEXT NOT NULL, coder TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    speaker TEXT, speaker_start INTEGER, speaker_end INTEGER, speaker_name TEXT, speaker_role TEXT,
    speaker_organization TEXT, cue TEXT, cue_start INTEGER, cue_end INTEGER, text TEXT NOT NULL
);
CREATE TABLE quote_parts (
    quote_id TEXT NOT NULL REFERENCES quotes (id), position INTEGER NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, PRIMARY KEY (quote_id, position)
) WITHOUT ROWID;
CREATE TABLE speakers (
    passage_id TEXT NOT NULL REFERENCES passages (id), quote_id TEXT REFERENCES quotes (id),
    words TEXT NOT NULL, role TEXT NOT NULL, organization TEXT NOT NULL
);
CREATE TABLE themes (
    n INTEGER NOT NULL UNIQUE, id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, definition TEXT
);
CREATE TABLE tags (
    n INTEGER NOT NULL UNIQUE, id TEXT PRIMARY KEY NOT NULL, document_id TEXT NOT NULL REFERENCES documents (id),
    segment_id TEXT REFERENCES segments (id), passage_id TEXT NOT NULL REFERENCES passages (id),
    theme TEXT NOT NULL REFERENCES themes (id), p REAL NOT NULL, threshold REAL NOT NULL, decision TEXT NOT NULL,
    grade INTEGER, source TEXT NOT NULL, coder TEXT NOT NULL, model_version TEXT, codebook_sha256 TEXT NOT NULL
);
CREATE TABLE accepted_tags (
    id TEXT NOT NULL REFERENCES tags (id), document_id TEXT NOT NULL REFERENCES documents (id),
    segment_id TEXT REFERENCES segments (id), passage_id TEXT NOT NULL REFERENCES passages (id),
    theme TEXT NOT NULL REFERENCES themes (id), p REAL NOT NULL, decision TEXT NOT NULL, source TEXT NOT NULL,
    coder TEXT NOT NULL, counted INTEGER NOT NULL, PRIMARY KEY (passage_id, theme)
) WITHOUT ROWID;
CREATE TABLE refused_tags (
    passage_id TEXT NOT NULL REFERENCES passages (id), theme TEXT NOT NULL REFERENCES themes (id),
    document_id TEXT NOT NULL REFERENCES documents (id), segment_id TEXT REFERENCES segments (id),
    PRIMARY KEY (passage_id, theme)
) WITHOUT ROWID;
CREATE TABLE tag_evidence (
    tag_id TEXT NOT NULL REFERENCES tags (id), position INTEGER NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, weight REAL NOT NULL, PRIMARY KEY (tag_id, position)
) WITHOUT ROWID;
CREATE TABLE coders (coder TEXT NOT NULL, source TEXT NOT NULL, PRIMARY KEY (coder, source));
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
) WITHOUT ROWID;
CREATE TABLE mappings (
    n INTEGER NOT NULL UNIQUE, id TEXT PRIMARY KEY NOT NULL, document_id TEXT NOT NULL REFERENCES documents (id),
    quote_id TEXT NOT NULL REFERENCES quotes (id), rubric TEXT NOT NULL, area TEXT NOT NULL, practice TEXT NOT NULL,
    indicator TEXT NOT NULL, level TEXT, rank INTEGER NOT NULL, p REAL NOT NULL, decision TEXT NOT NULL,
    evidence TEXT NOT NULL, source TEXT NOT NULL, coder TEXT, model_version TEXT,
    FOREIGN KEY (rubric, indicator) REFERENCES indicators (rubric, id)
);
CREATE TABLE accepted_mappings (
    id TEXT NOT NULL REFERENCES mappings (id), document_id TEXT NOT NULL REFERENCES documents (id),
    passage_id TEXT NOT NULL REFERENCES passages (id), quote_id TEXT NOT NULL REFERENCES quotes (id),
    rubric TEXT NOT NULL, area TEXT NOT NULL, practice TEXT NOT NULL, indicator TEXT NOT NULL, level TEXT,
    rank INTEGER NOT NULL, p REAL NOT NULL, decision TEXT NOT NULL, source TEXT NOT NULL, coder TEXT,
    PRIMARY KEY (quote_id, rubric, indicator), FOREIGN KEY (rubric, indicator) REFERENCES indicators (rubric, id)
) WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL, numbers BLOB NOT NULL);
CREATE TABLE fact_names (name TEXT PRIMARY KEY NOT NULL, names TEXT NOT NULL);
CREATE TABLE document_records (
    n INTEGER PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents (id), sha256 TEXT NOT NULL
);
"""

# Built after loading, in bulk: faster, and the pages are full. Those of many columns spare a query the table itself,
# whose rows are long.
INDEXES: Final = """
CREATE INDEX documents_by_date ON documents (date_start);
CREATE INDEX documents_by_kind ON documents (kind);
CREATE INDEX segments_by_document ON segments (document_id, start);
CREATE INDEX segments_in_order ON segments (n, document_id, id);
CREATE INDEX segments_by_parent ON segments (parent_id);
CREATE INDEX segments_by_kind ON segments (kind);
CREATE INDEX problems_in_order ON problems (n, document_id, id);
CREATE INDEX problems_by_document ON problems (document_id);
CREATE INDEX passages_by_document ON passages (document_id, n);
CREATE INDEX passages_in_order ON passages (n, document_id, segment_id, id);
CREATE INDEX passages_by_segment ON passages (segment_id);
CREATE INDEX passages_repeated ON passages (duplicate_of, id) WHERE duplicate_of IS NOT NULL;
CREATE INDEX segment_links_by_linked ON segment_links (linked_id);
CREATE INDEX passages_counted ON passages (document_id, segment_id, id, counted) WHERE counted;
CREATE INDEX segment_passages_by_passage ON segment_passages (passage_id, segment_id);
CREATE INDEX segment_scope_by_scope ON segment_scope (scope_id, segment_id);
CREATE INDEX segment_sites_by_name ON segment_sites (name, segment_id);
CREATE INDEX quotes_by_document ON quotes (document_id, n);
CREATE INDEX quotes_in_order ON quotes (n, document_id, segment_id, passage_id, id);
CREATE INDEX quotes_by_segment ON quotes (segment_id);
CREATE INDEX quotes_by_passage ON quotes (passage_id, n);
CREATE INDEX quotes_by_speaker ON quotes (speaker_name);
CREATE INDEX speakers_by_quote ON speakers (quote_id);
CREATE INDEX speakers_by_passage ON speakers (passage_id);
CREATE INDEX tags_by_passage ON tags (passage_id, source, coder, decision, p, theme);
CREATE INDEX tags_by_theme ON tags (theme, source, coder, decision, p, passage_id);
CREATE INDEX tags_by_coder ON tags (source, coder, model_version);
CREATE INDEX accepted_tags_by_theme ON accepted_tags (theme, decision, p, passage_id);
CREATE INDEX accepted_tags_to_count ON accepted_tags (
    document_id, theme, segment_id, decision, source, passage_id, counted
) WHERE counted;
CREATE INDEX mappings_by_quote ON mappings (quote_id, source, coder, decision, p);
CREATE INDEX mappings_by_indicator ON mappings (indicator, decision, p);
CREATE INDEX mappings_by_practice ON mappings (practice);
CREATE INDEX accepted_mappings_by_indicator ON accepted_mappings (indicator, decision, p, quote_id, passage_id);
CREATE INDEX accepted_mappings_by_practice ON accepted_mappings (practice, decision, p, quote_id, passage_id);
CREATE INDEX accepted_mappings_by_passage ON accepted_mappings (passage_id, decision, p);
CREATE INDEX accepted_mappings_of_rubric ON accepted_mappings (rubric, quote_id, indicator, decision, p);
"""

SEARCHED: Final = ("documents", "problems", "segments", "passages", "quotes")

# Datasette finds the search index of a table by the double quotes after content=.
SEARCH: Final = "".join(
    f"""
CREATE VIRTUAL TABLE {table}_fts USING fts5 (
    text, content="{table}", content_rowid="n", tokenize="porter unicode61 remove_diacritics 2"
);
INSERT INTO {table}_fts ({table}_fts) VALUES ('rebuild');
INSERT INTO {table}_fts ({table}_fts) VALUES ('optimize');
"""
    for table in SEARCHED
)

CODERS: Final = (
    "INSERT INTO coders "
    + " UNION ".join(
        f"SELECT coder, source FROM {table} WHERE coder IS NOT NULL"
        for table in ("tags", "mappings", "quotes", "segments")
    )
    + " ORDER BY source, coder;"
)

# What a model used that the codebook or rubric at hand no longer lists stays visible, without a definition.
UNLISTED: Final = """
INSERT INTO themes (n, id, name)
SELECT (SELECT count(*) FROM themes) + row_number() OVER (ORDER BY theme), theme, theme
FROM (SELECT DISTINCT theme FROM tags WHERE theme NOT IN (SELECT id FROM themes)) ORDER BY theme;
INSERT INTO practices (rubric, id, area)
SELECT rubric, practice, min(area) FROM mappings
WHERE (rubric, practice) NOT IN (SELECT rubric, id FROM practices) GROUP BY rubric, practice ORDER BY rubric, practice;
INSERT INTO indicators (rubric, id, practice)
SELECT rubric, indicator, min(practice) FROM mappings
WHERE (rubric, indicator) NOT IN (SELECT rubric, id FROM indicators)
GROUP BY rubric, indicator ORDER BY rubric, indicator;
"""
