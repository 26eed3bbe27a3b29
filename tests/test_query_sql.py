"""A researcher's own SQL: answered, never a change, and mistakes explained."""

import contextlib
import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from builders import bundle, codebook, document, mapping, passages, quote, rubric, tag
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.cli.query import command
from pipeline.corpus_records import CorpusRecords
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.forms import as_csv, as_jsonl
from pipeline.forms.of_sql import grid, to_table
from pipeline.query import Answer, sql, tables
from pipeline.stages.index import build_index


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    doc = document("Pay them well. “We stay,” said Ana Ruiz.\n\nThen we meet again.")
    first, second = passages(doc)
    said = quote(first, "We stay,", speaker="Ana Ruiz")
    made = bundle(
        doc, quotes=[said], tags=[tag(first, "equity"), tag(second, "equity", 0.6)], mappings=[mapping(said, "12a")]
    )
    path = tmp_path_factory.mktemp("sql") / "corpus.db"
    build_index(path, CorpusRecords.of([made]), codebook("equity"), rubric({"Shared work": {"12": ["12a"]}}))
    return path


@pytest.mark.parametrize(
    ("statement", "columns", "rows"),
    [
        ("SELECT theme, count(*) AS n FROM accepted_tags GROUP BY theme;", ["theme", "n"], [("equity", 2)]),
        ("WITH a AS (SELECT 1 AS x) SELECT x FROM a", ["x"], [(1,)]),
        ("SELECT quote, best_indicator FROM quotes_in_context", None, [("We stay,", "12a")]),
        ("SELECT text FROM quotes_fts WHERE quotes_fts MATCH 'stay*'", ["text"], [("We stay,",)]),
        ("SELECT name FROM pragma_table_info('themes') LIMIT 1", ["name"], [("n",)]),
        ("PRAGMA table_info(themes)", None, None),
        ("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 2) SELECT x FROM c", ["x"], [(1,), (2,)]),
        ("EXPLAIN QUERY PLAN SELECT 1", None, None),
        ("VALUES (NULL, 1.5, x'00ff')", None, [(None, 1.5, b"\x00\xff")]),
        ("SELECT 1 WHERE 0", ["1"], []),
    ],
)  # fmt: skip
def test_reading(database: Path, statement: str, columns: list[str] | None, rows: list[tuple[Any, ...]] | None) -> None:
    found = sql(database, statement)
    assert columns in (None, found.columns)
    assert rows in (None, found.rows)


CHANGES = [
    "DELETE FROM tags",
    "UPDATE documents SET title = 'x'",
    "INSERT INTO themes (n, id, name) VALUES (9, 'x', 'x')",
    "DROP TABLE tags",
    "CREATE TABLE x (y)",
    "CREATE TEMP TABLE x (y)",
    "CREATE TEMP VIEW x AS SELECT 1",
    "ATTACH 'other.db' AS other",
    "ATTACH ':memory:' AS other",
    "DETACH main",
    "VACUUM",
    "VACUUM INTO 'copy.db'",
    "PRAGMA user_version = 9",
    "PRAGMA writable_schema = 1",
    "PRAGMA query_only = 0",
    "PRAGMA journal_mode = WAL",
    "PRAGMA mmap_size = 0",
    "SELECT load_extension('x')",
    "SELECT fts3_tokenizer('x')",
    "BEGIN",
    "SAVEPOINT a",
    "REINDEX",
    "ANALYZE",
    "ALTER TABLE tags RENAME TO other",
    "WITH a AS (SELECT 1) DELETE FROM tags",
    "EXPLAIN DELETE FROM tags",
    "INSERT INTO quotes_fts (quotes_fts) VALUES ('delete-all')",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_nothing_else_is_allowed(database: Path, statement: str) -> None:
    before = database.read_bytes()
    with pytest.raises(PipelineError, match="only reads") as caught:
        sql(database, statement)
    assert (caught.value.code, caught.value.exit_code) == (ErrorCode.INVALID_QUERY, ExitCode.USAGE)
    assert database.read_bytes() == before
    assert {path.name for path in database.parent.iterdir()} == {"corpus.db"}


@pytest.mark.parametrize(
    ("statement", "hints"),
    [
        ("SELECT thme FROM tags", ["no such column: thme", "did you mean 'theme' (in tags", "--tables"]),
        ("SELECT t.thme FROM tags AS t", ["did you mean 'theme'"]),
        ("SELECT zzz FROM tags", ["--tables"]),
        ("SELECT 1 FROM quotes_in_contxt", ["did you mean 'quotes_in_context'"]),
        ("SELEC 1", ["syntax error"]),
        ("", ["no rows"]),
        ("-- nothing", ["no rows"]),
        ("SELECT 1; SELECT 2", ["one statement"]),
        ("SELECT nofunction(1)", ["nofunction"]),
        ("SELECT ?", ["bind"]),
        ("SELECT 1 \0", ["null"]),
        ("SELECT * FROM quotes_fts WHERE quotes_fts MATCH '\"'", ["unterminated"]),
        ("SELECT zeroblob(1000000000)", ["too big"]),
        ("SELECT '\udcff'", ["surrogate"]),
    ],
)
def test_mistakes_are_explained(database: Path, statement: str, hints: list[str]) -> None:
    with pytest.raises(PipelineError) as caught:
        sql(database, statement)
    for hint in hints:
        assert hint in str(caught.value)


@pytest.mark.parametrize("limit", [None, 1])
def test_a_statement_that_never_ends_is_broken_off(database: Path, limit: int | None) -> None:
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c"
    with pytest.raises(PipelineError, match=r"took more than 0\.05 seconds"):
        sql(database, endless, seconds=0.05, limit=limit)


def test_limit_and_offset(database: Path) -> None:
    counted = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 5) SELECT x FROM c"
    assert sql(database, counted, limit=2, offset=1) == Answer(["x"], [(2,), (3,)], more=True)
    assert sql(database, counted, limit=2, offset=3) == Answer(["x"], [(4,), (5,)])
    assert sql(database, counted, limit=0) == Answer(["x"], [], more=True)
    assert sql(database, counted, offset=9).rows == []


def test_tables_lists_what_can_be_asked(database: Path) -> None:
    found = {row[0]: row for row in tables(database).rows}
    assert found["quotes"][1:3] == ("table", 1)
    assert "speaker_role" in str(found["quotes"][3])
    assert found["quotes_in_context"][1:3] == ("view", None)
    assert not [name for name in found if str(name).startswith("sqlite_") or "_fts_" in str(name)]
    for name, _, _, columns in found.values():
        sql(database, f"SELECT {', '.join(f'[{column}]' for column in str(columns).split(', '))} FROM [{name}]")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(statement=st.text(max_size=30) | st.text(alphabet=list("selct*from tag(s)1,'\"; -\0"), max_size=25))
def test_whatever_is_typed_is_answered_or_refused(database: Path, statement: str) -> None:
    with contextlib.suppress(PipelineError):
        sql(database, statement, limit=5)


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    answer = Answer(["site", "n", "share"], [("Corliss", 12, 0.41), ("Zürich Road", 3, None)])
    assert to_table(answer) == "site          n  share\nCorliss      12   0.41\nZürich Road   3\n"


def test_long_cells_are_wrapped_and_cut() -> None:
    shown = to_table(Answer(["id", "text"], [("a" * 12, "word " * 200), ("b", "short")])).splitlines()
    assert max(map(len, shown)) <= 80
    assert shown[6].endswith("…")
    assert shown[7].split() == ["b", "short"]


def test_many_columns_stand_below_one_another() -> None:
    shown = to_table(Answer([f"column_{i}" for i in range(12)], [tuple(["some words here"] * 12)]))
    assert shown.splitlines()[0] == "column_0   some words here"


VALUES = st.none() | st.integers() | st.floats() | st.text() | st.binary()


@given(rows=st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=5), names=st.lists(st.text(), min_size=3, max_size=3))
def test_a_table_keeps_to_80_columns_and_lets_no_control_through(rows: list[tuple[Any, ...]], names: list[str]) -> None:
    lines = to_table(Answer(names, rows)).split("\n")
    assert max(map(len, lines)) <= 80
    assert not any(char in "".join(lines) for char in "\x1b\r\x07\u202e")


@given(text=st.text(st.characters(exclude_categories=["Cs"])), number=st.integers(-(2**40), 2**40))
def test_csv_and_jsonl_give_back_every_word(text: str, number: int) -> None:
    answer = Answer(["text", "n", "none"], [(text, number, None)])
    (row,) = csv.DictReader(io.StringIO(as_csv.of_grid(grid(answer)).decode(), newline=""))
    assert row == {"text": text, "n": str(number), "none": ""}
    assert json.loads(as_jsonl.of_grid(grid(answer))) == {"text": text, "n": number, "none": None}


def test_csv_for_excel() -> None:
    assert as_csv.of_grid(grid(Answer(["=a"], [("=1+1",)])), excel=True) == b"\xef\xbb\xbf'=a\r\n'=1+1\r\n"


def ask(database: Path, *arguments: str) -> tuple[str, str]:
    result = CliRunner().invoke(command, [*arguments, "--outputs", str(database.parent)], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result.stdout, result.stderr


def test_the_command(database: Path, tmp_path: Path) -> None:
    statement = "SELECT theme, p FROM accepted_tags ORDER BY p"
    assert ask(database, "--sql", statement)[0] == "theme     p\nequity  0.6\nequity  0.9\n"
    (tmp_path / "mine.sql").write_text(statement, encoding="utf-8")
    shown, summary = ask(database, "--sql", f"@{tmp_path / 'mine.sql'}", "--format", "csv", "--limit", "1")
    assert shown.splitlines() == ["theme,p", "equity,0.6"]
    assert summary == "1 row of more shown (--limit 0 shows all, --offset skips)\n"
    assert json.loads(ask(database, "--sql", "SELECT 1 AS x", "--json")[0]) == {"x": 1}
    assert ask(database, "--tables")[0].startswith("name ")


@pytest.mark.parametrize("more", [["--theme", "equity"], ["--counts"], ["--like", "pay"], ["words"]])
def test_sql_stands_alone(database: Path, more: list[str]) -> None:
    result = CliRunner().invoke(command, ["--sql", "SELECT 1", *more, "--outputs", str(database.parent)])
    assert result.exit_code == 2


def test_a_file_that_is_not_there(database: Path) -> None:
    with pytest.raises(PipelineError, match="after the @"):
        ask(database, "--sql", "@nowhere.sql")


def test_datasette_can_follow_every_reference(database: Path) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        keys = {}
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            keys[name] = [row[1] for row in connection.execute(f"PRAGMA table_info([{name}])") if row[5]]
        references = [
            (name, row[2], row[4])
            for name in names
            for row in connection.execute(f"PRAGMA foreign_key_list([{name}])")
            if row[2] not in {"indicators", "practices"}
        ]
    assert references
    assert [one for one in references if keys[one[1]] != [one[2]]] == []
