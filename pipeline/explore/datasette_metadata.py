"""What Datasette is told of corpus.db: what tables and columns mean, what to sort, filter and search by, and questions.

`metadata` names only what the database at hand has, so that an older or newer index opens as well.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

SETTINGS: Final = {
    "default_page_size": 50,
    "default_facet_size": 20,
    "facet_time_limit_ms": 1000,
    "max_returned_rows": 5000,
    "sql_time_limit_ms": 5000,
    "suggest_facets": False,
    "truncate_cells_html": 300,
}

_SPAN: Final = {
    "start": "Where it begins: characters (code points) from the start of the document's text",
    "end": "The first character that no longer belongs to it",
}
_DECISION: Final = "“yes” or “match”: decided; “review”: left to a person; “no” or “reject”: not there"
_P: Final = "Calibrated probability, 0 to 1"
_CODED: Final = {
    "p": _P,
    "decision": _DECISION,
    "source": "Who decided: a model or a person (human)",
    "coder": "The person, or the version of the model or program",
    "model_version": "Version of the model",
}
_TABLES: Final[dict[str, dict[str, Any]]] = {
    "documents": {
        "description": "One row for each file. All offsets count characters in its text.",
        "label_column": "title",
        "facets": ["kind", "date_start"],
        "columns": {
            "path": "The file, relative to the corpus",
            "kind": "Genre of the document",
            "date_start": "First day of the time that the document names",
            "date_end": "Last day of it",
            "place": "Where it took place",
            "metadata": "What else was found, as JSON",
            "text": "The text that all offsets refer to",
        },
    },
    "segments": {
        "description": "Sections of documents; those of the kind problem_of_practice are the problems of practice.",
        "label_column": "nearest_heading",
        "facets": ["kind", "document_id"],
        "columns": {
            "parent_id": "The section above",
            "nearest_heading": "Its heading, or that of the section above",
            "score": "How sure the kind is, 0 to 1; no probability",
            "boundary_reason": "Why it begins here",
        },
    },
    "passages": {
        "description": "Paragraphs, list items, turns and headings: the smallest unit that is coded.",
        "label_column": "text",
        "facets": ["kind", "document_id"],
        "columns": {
            "page": "Page, in a PDF",
            "speaker": "Label of a turn",
            "duplicate_of": "The first passage with the same words",
        },
    },
    "quotes": {
        "description": "What people said, with the words that name them.",
        "label_column": "text",
        "facets": ["speaker_role", "form", "document_id"],
        "columns": {
            "speaker": "The words of the text that name the speaker",
            "speaker_name": "Name, as far as the text tells it",
            "cue": "The word of speech, such as “explained”",
            "form": "How it is set: inline, block, testimonial or turn",
            "confidence": "A sum of evidence, 0 to 1; no probability",
        },
    },
    "tags": {
        "description": "Themes of passages. A person's tag goes before the model's: see accepted_tags.",
        "label_column": "theme",
        "facets": ["theme", "decision", "source"],
        "columns": _CODED | {"threshold": "From which p on a theme is worth having (yes or review)"},
    },
    "mappings": {
        "description": "Practices of the rubric for which quotes are evidence, the best candidates of each quote.",
        "label_column": "indicator",
        "facets": ["practice", "decision", "area"],
        "columns": _CODED | {
            "rank": "1 = the best candidate of its quote",
            "evidence": "The sentence of the rubric that is nearest",
        },
    },
    "themes": {"description": "The codebook.", "label_column": "name", "columns": {"definition": "What a coder reads"}},
    "practices": {"description": "Practices of the rubric.", "label_column": "text", "facets": ["area"]},
    "indicators": {"description": "Indicators of the practices.", "label_column": "id"},
    "indicator_levels": {"description": "What the rubric says of each indicator, by level."},
    "document_authors": {"description": "Authors of documents."},
    "sites": {"description": "Sites of problems of practice, where the text names them.", "facets": ["name"]},
    "segment_sites": {
        "description": "Sites of sections, also those of the problem of practice around them.",
        "facets": ["name"],
    },
    "segment_links": {"description": "The same problem of the same site in another document."},
    "anatomy": {
        "description": "Sentences of problems of practice: problem, approach, challenge, result.",
        "facets": ["role"],
        "columns": {"score": "How sure the role is, 0 to 1"},
    },
    "quote_parts": {"description": "The stretches of a quote; several where “she said” interrupts."},
    "tag_evidence": {"description": "Sentences that spoke for a theme.", "columns": {"weight": "Share, 0 to 1"}},
    "quotes_in_context": {
        "description": "Every quote with speaker, sites, document, date, heading, themes and paragraph. Start here.",
        "facets": ["document", "speaker_role", "best_practice"],
    },
    "problems_of_practice": {
        "description": "Every problem of practice with its sites, date and anatomy. Start here.",
        "facets": ["document"],
    },
    "themes_by_site": {"description": "How many passages of a site have a theme.", "facets": ["site", "theme"]},
    "rubric_coverage": {"description": "How many quotes speak for each indicator, also the silent ones."},
    "accepted_tags": {
        "description": "Tags that count: decided, or up for review; a person's before the model's.",
        "facets": ["theme", "decision"],
    },
    "accepted_mappings": {
        "description": "Mappings that count: matched, or up for review.",
        "facets": ["practice", "decision"],
    },
}  # fmt: skip
_HIDDEN: Final = (
    *("segment_scope", "segment_passages", "speakers", "refused_tags", "facts", "fact_names", "document_records"),
    *("sqlite_stat1", "sqlite_stat4"),
)

_QUERIES: Final[dict[str, dict[str, Any]]] = {
    "quotes_on_a_theme": {
        "title": "Quotes on a theme",
        "description": "An id of the codebook, such as succession; only themes that were decided.",
        "sql": "SELECT quote, speaker, speaker_role, sites, document, date, heading, page FROM quotes_in_context"
        " WHERE ', ' || themes || ',' LIKE '%, ' || :theme || ',%'",
    },
    "quotes_of_a_role": {
        "title": "What a role says",
        "description": "Part of a role, such as principal.",
        "sql": "SELECT quote, speaker, speaker_role, themes, document, date FROM quotes_in_context"
        " WHERE speaker_role LIKE '%' || :role || '%'",
    },
    "quotes_for_a_practice": {
        "title": "Evidence for a practice",
        "description": "A practice of the rubric, such as 12; matches first, then those to review.",
        "sql": "SELECT mapping.indicator, round(mapping.p, 2) AS p, mapping.decision, context.quote, context.speaker,"
        " context.document, context.date FROM accepted_mappings AS mapping"
        " JOIN quotes_in_context AS context ON context.quote_id = mapping.quote_id"
        " WHERE mapping.practice = :practice ORDER BY mapping.decision = 'review', mapping.p DESC",
    },
    "search_quotes": {
        "title": "Words in quotes",
        "description": "Words or an FTS5 expression: \"shared leadership\", lead*, teacher OR principal.",
        "sql": "SELECT context.quote, context.speaker, context.document, context.date FROM quotes_fts"
        " JOIN quotes ON quotes.n = quotes_fts.rowid JOIN quotes_in_context AS context ON context.quote_id = quotes.id"
        " WHERE quotes_fts MATCH :words ORDER BY rank",
    },
    "themes_by_year": {
        "title": "Themes by year",
        "description": "Passages decided yes, uncorrected: pop query --counts --by theme,year corrects them.",
        "sql": "SELECT substr(document.date_start, 1, 4) AS year, tag.theme,"
        " count(DISTINCT tag.passage_id) AS passages, count(DISTINCT tag.document_id) AS documents"
        " FROM accepted_tags AS tag"
        " JOIN documents AS document ON document.id = tag.document_id WHERE tag.decision = 'yes'"
        " GROUP BY year, tag.theme ORDER BY year, passages DESC",
    },
    "themes_together": {
        "title": "Themes that share passages",
        "sql": "SELECT one.theme, other.theme AS with_theme, count(DISTINCT one.passage_id) AS passages"
        " FROM accepted_tags AS one JOIN accepted_tags AS other ON other.passage_id = one.passage_id"
        " AND other.theme > one.theme WHERE one.decision = 'yes' AND other.decision = 'yes'"
        " GROUP BY one.theme, other.theme ORDER BY passages DESC",
    },
    "silent_practices": {
        "title": "Practices nobody evidenced",
        "sql": "SELECT area, practice, practice_text, sum(quotes_to_review) AS quotes_to_review FROM rubric_coverage"
        " GROUP BY area, practice, practice_text HAVING sum(quotes) = 0",
    },
    "left_to_review": {
        "title": "What is left to review",
        "sql": "SELECT tag.theme, round(tag.p, 2) AS p, passage.text, document.title AS document"
        " FROM accepted_tags AS tag JOIN passages AS passage ON passage.id = tag.passage_id"
        " JOIN documents AS document ON document.id = tag.document_id"
        " WHERE tag.decision = 'review' ORDER BY abs(tag.p - 0.5), tag.id",
    },
    "problems_of_a_site": {
        "title": "Problems of practice of a site",
        "description": "Part of the name of a site.",
        "sql": "SELECT date, sites, heading, problem, approach, challenge, result, document FROM problems_of_practice"
        " WHERE sites LIKE '%' || :site || '%' ORDER BY date",
    },
}  # fmt: skip


def metadata(database: Path) -> dict[str, Any]:
    """Return what Datasette reads as metadata.json, for this database."""
    columns = _columns(database)
    tables = {name: _table(name, _TABLES.get(name, {}), held, columns) for name, held in columns.items()}
    return {
        "title": "Problems of Practice",
        "description": "Quotes, themes and practices found in documents; the model is a coder, not the truth.",
        "databases": {
            database.stem: {
                "description": "What pop has found. Begin with the questions, or with the views at the end.",
                "tables": tables | {name: {"hidden": True} for name in _HIDDEN},
                "queries": {name: dict(query) for name, query in _QUERIES.items()},
            }
        },
    }


def _table(name: str, told: Mapping[str, Any], held: list[str], every: Mapping[str, list[str]]) -> dict[str, Any]:
    meant = _SPAN | told.get("columns", {})
    table = {key: told[key] for key in ("description", "label_column") if told.get(key)}
    table["columns"] = {column: meant[column] for column in held if column in meant}
    table["facets"] = [facet for facet in told.get("facets", []) if facet in held]
    if "n" in held:
        table["sort"] = "n"
    if f"{name}_fts" in every:
        # The search index counts rows by n, whatever the table's own key is.
        table |= {"fts_table": f"{name}_fts", "fts_pk": "n"}
    return table


def _columns(database: Path) -> dict[str, list[str]]:
    """Return the columns of every table and view."""
    names = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        return {
            name: [column for (column,) in connection.execute("SELECT name FROM pragma_table_info(?)", (name,))]
            for (name,) in connection.execute(names).fetchall()
        }
