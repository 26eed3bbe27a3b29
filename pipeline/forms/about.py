"""What an answer is about: the question, the counts, and the versions that it depends on."""

import sqlite3
from contextlib import closing
from pathlib import Path

from pipeline.version import __version__

_VERSIONS = {
    "theme model": "SELECT DISTINCT coalesce(model_version, coder) FROM tags WHERE source = 'model' ORDER BY 1",
    "practice model": "SELECT DISTINCT model_version FROM mappings WHERE model_version IS NOT NULL ORDER BY 1",
    "codebook (SHA-256)": "SELECT DISTINCT codebook_sha256 FROM tags ORDER BY 1",
    "rubric": "SELECT DISTINCT rubric FROM practices ORDER BY n",
}


def about(database: Path, question: str, summary: str) -> list[tuple[str, str]]:
    """Return what a reader of the file must know, as pairs of a name and a value.

    Args:
        database: corpus.db.
        question: the command that asked.
        summary: how much was found and shown.
    """
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        versions = {name: _listed(connection, sql) for name, sql in _VERSIONS.items()}
    found = [("found", summary)] if summary else []
    return [("question", question), *found, ("pop", __version__), *versions.items()]


def _listed(connection: sqlite3.Connection, sql: str) -> str:
    return ", ".join(str(value) for (value,) in connection.execute(sql)) or "none"
