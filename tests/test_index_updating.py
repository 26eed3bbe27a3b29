"""The index, brought up to date in place: the same rows and answers as one that is built anew."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from builders import bundle, codebook, document, passages, quote, rubric, segment, tag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_counting import RUBRIC, THEMES, meeting

from pipeline import query
from pipeline.corpus_records import CorpusRecords
from pipeline.counts.crosstab import Correction, crosstab, themes_by
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning.held_out import Sample
from pipeline.learning.prevalence import Prevalence
from pipeline.config import Settings
from pipeline.query import Filter
from pipeline.records import Bundle
from pipeline.stages.index import VECTORS, build, build_index, updating
from pipeline.stages.index.numbering import Standing, changes, rising
from pipeline.stages.index.schema import SEARCHED
from test_query_like import Reader, about

CODEBOOK = codebook(*THEMES)
UNCORRECTED = Correction(Prevalence(None, Settings()), Sample())
ORDERED = {
    **dict.fromkeys(("documents", "segments", "problems", "passages", "quotes", "tags", "mappings"), "n"),
    **dict.fromkeys(("themes", "practices", "indicators"), "n"),
}
IN_NO_ORDER = ("sqlite_stat1", "document_records")


def tables(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All tables but those of the search; rows in their order, `n` replaced by the place."""
    with closing(sqlite3.connect(database)) as connection:
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_fts%' ESCAPE '\\'"
        found = {}
        for (name,) in connection.execute(names).fetchall():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            kept = [f'"{column}"' for column in columns if column != "n"]
            order = ORDERED.get(name, ", ".join(kept))
            found[name] = connection.execute(f"SELECT {', '.join(kept)} FROM {name} ORDER BY {order}").fetchall()
        return {name: rows for name, rows in found.items() if name not in IN_NO_ORDER}


def answers(database: Path) -> list[Any]:
    found: list[Any] = []
    for unit in query.UNITS:
        for wanted in (Filter(), Filter(text="elm"), Filter(themes=("equity and not trust",)), Filter(decision="review")):
            found.append(query.search(database, wanted, unit=unit, context=1))
        found.append(query.search(database, Filter(text="we"), unit=unit, sort="rank"))
        found.append(query.nearest(database, Filter(date_from="2014"), about("time"), unit=unit, limit=5))
    for by in ("site", "date", "problem", "document"):
        found.append(query.coverage(database, Filter(), by))
    for wanted in (Filter(), Filter(text="oak")):
        found.append(themes_by(database, wanted, "site", UNCORRECTED))
        found.append(crosstab(database, wanted, ("practice", "role"), UNCORRECTED))
    return found


def check_sound(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        for table in SEARCHED:
            connection.execute(f"INSERT INTO {table}_fts ({table}_fts, rank) VALUES ('integrity-check', 1)")
            assert connection.execute(f"SELECT n FROM {table}").fetchall() == (
                connection.execute(f"SELECT rowid FROM {table}").fetchall()
            )


def versions() -> list[Bundle]:
    """Twelve documents, each in two versions."""
    return [meeting(random.Random(f"{version} {number}"), number) for version in (0, 1) for number in range(12)]


MADE = versions()
CORPORA = st.lists(st.tuples(st.integers(0, 11), st.booleans()), unique_by=lambda one: one[0], min_size=1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpora=st.lists(CORPORA, min_size=2, max_size=4))
def test_an_updated_index_is_that_of_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, corpora: list[list[tuple[int, bool]]]
) -> None:
    monkeypatch.setattr(updating, "_FEW", 0)
    folder, fresh = tmp_path / "updated", tmp_path / "fresh"
    for one in (folder, fresh):
        shutil.rmtree(one, ignore_errors=True)
    for chosen in corpora:
        records = CorpusRecords.of([MADE[number + 12 * version] for number, version in chosen])
        build_index(folder / "corpus.db", records, CODEBOOK, RUBRIC, Reader(), small=0)
    counts = build_index(fresh / "corpus.db", records, CODEBOOK, RUBRIC, Reader())
    assert build_index(folder / "corpus.db", records, CODEBOOK, RUBRIC, Reader(), small=0) == counts
    check_sound(folder / "corpus.db")
    assert tables(folder / "corpus.db") == tables(fresh / "corpus.db")
    assert (folder / VECTORS).read_bytes() == (fresh / VECTORS).read_bytes()
    assert answers(folder / "corpus.db") == answers(fresh / "corpus.db")
