"""The index: every record in its table, the same bytes twice, and views that a researcher can use."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from builders import anatomy, bundle, codebook, document, mapping, passages, quote, rubric, segment, site, speaker, tag

from pipeline.corpus_records import CorpusRecords
from pipeline.errors import ErrorCode, PipelineError
from pipeline.records import PROGRAM, Bundle, Evidence
from pipeline.stages import index
from pipeline.stages.index import build_index, schema

CODEBOOK = codebook("equity", "succession")
RUBRIC = rubric({"Shared work": {"12": ["12a", "12b"]}, "Growing leaders": {"13": ["13"]}})


def corliss() -> Bundle:
    """A meeting with one problem of practice that has a sub-section, and two people who speak in it."""
    doc = document(
        "Meeting 4\n\nWelcome to all.\n\nCorliss: who comes next?\n\nTwo principals leave. “Nobody wants the job,” said"
        " Ana Ruiz, principal.\n\nWhat was tried\n\n“We pay mentors,” Lee Park said, “and wait.” Café talks helped.",
        authors=["M. Osei", "J. Lund"],
        metadata={"related_topics": ["hiring"], "cohort": "A"},
    )
    title, welcome, heading, problem, tried, approach = passages(doc)
    practice = segment(
        [heading, problem],
        kind="problem_of_practice",
        parent_id="d1-s0",
        sites=[site(doc, "Corliss")],
        anatomy=[anatomy(problem, "Two principals leave.")],
        end=approach.end,
        linked=["d1-s4"],
    )
    inner = segment([tried, approach], parent_id=practice.id, level=2)
    ruiz = quote(problem, "Nobody wants the job,", speaker=speaker(problem, "Ana Ruiz", role="principal"), cue="said")
    park = quote(approach, "We pay mentors,", "and wait.", speaker="Lee Park", segment_id=inner.id)
    return bundle(
        doc,
        segments=[segment([title, welcome], kind="front_matter"), practice, inner],
        quotes=[ruiz, park],
        tags=[
            tag(
                problem, "succession", 0.9, evidence=[Evidence(start=problem.start, end=problem.start + 3, weight=1.0)]
            ),
            tag(problem, "equity", 0.4, decision="review"),
            tag(approach, "succession", 0.1, decision="no"),
            tag(approach, "equity", 0.7),
        ],
        mappings=[mapping(ruiz, "13", 0.3, decision="reject"), mapping(ruiz, "12b", 0.8, rank=2), mapping(park, "12a")],
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "corpus.db"
    build_index(path, CorpusRecords.of([corliss()]), CODEBOOK, RUBRIC)
    return path


def rows(database: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql, values).fetchall()


def test_the_builders_make_valid_records() -> None:
    made = corliss()
    assert msgspec.json.decode(msgspec.json.encode(made), type=Bundle) == made
    text = made.document.text
    assert [text[entry.start : entry.end] for entry in made.passages] == [entry.text for entry in made.passages]
    assert [" … ".join(text[p.start : p.end] for p in q.parts) for q in made.quotes] == [q.text for q in made.quotes]


def test_counts_what_it_wrote(tmp_path: Path) -> None:
    counts = build_index(tmp_path / "corpus.db", CorpusRecords.of([corliss()]), CODEBOOK, RUBRIC)
    expected = {
        "themes": 2, "practices": 2, "indicators": 3, "indicator_levels": 6, "documents": 1, "document_authors": 2,
        "segments": 3, "passages": 6, "segment_passages": 12, "segment_scope": 4, "sites": 1, "anatomy": 1,
        "segment_links": 1, "quotes": 2, "problems": 1, "speakers": 2,
        "quote_parts": 3, "tags": 4, "tag_evidence": 1, "mappings": 3, "segment_sites": 2, "accepted_tags": 3,
        "refused_tags": 0, "accepted_mappings": 2,
    }  # fmt: skip
    assert counts == expected
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.db"]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT path, title, date_end FROM documents", [("d1.txt", "Spring meeting", "2014-06-28")]),
        ("SELECT metadata FROM documents", [('{"cohort":"A","related_topics":["hiring"]}',)]),
        ("SELECT name FROM document_authors ORDER BY position", [("M. Osei",), ("J. Lund",)]),
        ("SELECT DISTINCT segment_id FROM passages ORDER BY n", [("d1-s0",), ("d1-s2",), ("d1-s4",)]),
        ("SELECT segment_id FROM quotes ORDER BY n", [("d1-s2",), ("d1-s4",)]),
        (
            "SELECT speaker, speaker_role, cue FROM quotes",
            [("Ana Ruiz", "principal", "said"), ("Lee Park", None, None)],
        ),
        ("SELECT count(*) FROM quote_parts GROUP BY quote_id ORDER BY 1", [(1,), (2,)]),
        ("SELECT role, text FROM anatomy", [("problem", "Two principals leave.")]),
        ("SELECT passage_id FROM segment_passages WHERE segment_id = 'd1-s4'", [("d1-p4",), ("d1-p5",)]),
        ("SELECT segment_id, linked_id FROM segment_links ORDER BY 1", [("d1-s2", "d1-s4")]),
        # A problem of practice lends its site to what stands in its sub-segments; its parent gets nothing.
        ("SELECT segment_id, name FROM segment_sites", [("d1-s2", "Corliss"), ("d1-s4", "Corliss")]),
        ("SELECT count(*) FROM segment_passages WHERE segment_id = 'd1-s0'", [(6,)]),
        ("SELECT id, substr(text, -5) FROM problems", [("d1-s2", "lped.")]),
        (
            "SELECT words, role, quote_id IS NULL FROM speakers",
            [(" ana ruiz ana ruiz principal", " principal", 0), (" lee park lee park", "", 0)],
        ),
        ("SELECT coder, source FROM coders", [("model", "model"), (PROGRAM, "model")]),
        ("SELECT value FROM about WHERE key = 'rubric'", [("Test rubric",)]),
        ("SELECT position, counted FROM passages ORDER BY n", [(0, 0), (1, 1), (2, 0), (3, 1), (4, 0), (5, 1)]),
    ],
)
def test_tables(database: Path, sql: str, expected: list[tuple[Any, ...]]) -> None:
    assert rows(database, sql) == expected


def test_a_quote_in_context(database: Path) -> None:
    columns = "quote, speaker, sites, document, date, heading, themes, themes_to_review, best_indicator, best_decision"
    assert rows(database, f"SELECT {columns} FROM quotes_in_context") == [
        (
            "Nobody wants the job,", "Ana Ruiz", "Corliss", "Spring meeting", "2014-06-26", "Corliss: who comes next?",
            "succession", "equity", "12b", "match",
        ),
        (
            "We pay mentors, … and wait.", "Lee Park", "Corliss", "Spring meeting", "2014-06-26", "What was tried",
            "equity", None, "12a", "match",
        ),
    ]  # fmt: skip


def test_the_example_of_the_manual_runs(database: Path) -> None:
    sql = "SELECT" + (index.__doc__ or "").split("SELECT", 1)[1].split(";", 1)[0]
    assert "FROM quotes_in_context" in sql
    found = rows(database, sql.replace("superintendent", "principal").replace("equity", "succession"))
    assert [row[0] for row in found] == ["Nobody wants the job,"]


def test_other_views(database: Path) -> None:
    assert rows(database, "SELECT heading, sites, problem, n_quotes FROM problems_of_practice") == [
        ("Corliss: who comes next?", "Corliss", "Two principals leave.", 2)
    ]
    themes = rows(database, "SELECT site, theme, passages, passages_to_review FROM themes_by_site")
    # The second passage on equity stands in a sub-section that names no site: that of its problem counts.
    assert themes == [("Corliss", "equity", 1, 1), ("Corliss", "succession", 1, 0)]
    coverage = rows(database, "SELECT indicator, quotes FROM rubric_coverage")
    assert coverage == [("12a", 1), ("12b", 1), ("13", 0)], "an indicator without evidence is shown, with a zero"


@pytest.mark.parametrize(
    ("table", "words", "n"),
    [
        ("quotes", "mentor", 1),
        ("passages", "mentoring", 1),
        ("passages", "CAFE", 1),
        ("segments", "mentor", 2),
        ("quotes", "café", 0),
    ],
)
def test_full_text_knows_word_forms_and_accents(database: Path, table: str, words: str, n: int) -> None:
    assert rows(database, f"SELECT count(*) FROM {table}_fts WHERE {table}_fts MATCH ?", words) == [(n,)]


def test_a_person_stands_above_the_model(tmp_path: Path) -> None:
    doc = document("One. Two.")
    (only,) = passages(doc)
    tags = [tag(only, "equity"), tag(only, "equity", 0.0, id="h", decision="no", source="human", coder="ML")]
    build_index(
        tmp_path / "corpus.db", CorpusRecords.of([bundle(doc, tags=[*tags, tag(only, "succession")])]), CODEBOOK, RUBRIC
    )
    assert rows(tmp_path / "corpus.db", "SELECT theme FROM accepted_tags") == [("succession",)]
    assert rows(tmp_path / "corpus.db", "SELECT count(*) FROM tags") == [(3,)]


def test_the_same_records_give_the_same_bytes(tmp_path: Path, database: Path) -> None:
    build_index(tmp_path / "a.db", CorpusRecords.of(iter([corliss()])), CODEBOOK, RUBRIC)
    build_index(tmp_path / "a.db", CorpusRecords.of(iter([corliss()])), CODEBOOK, RUBRIC)
    assert (tmp_path / "a.db").read_bytes() == database.read_bytes()


def test_the_database_is_sound(database: Path) -> None:
    assert rows(database, "PRAGMA integrity_check") == [("ok",)]
    assert rows(database, "PRAGMA foreign_key_check") == []
    for table in ("passages", "quotes", "segments"):
        # Datasette finds a search index by this; its own pattern allows no other quotation marks.
        sql = "SELECT name FROM sqlite_master WHERE sql LIKE ?"
        assert rows(database, sql, f'%VIRTUAL TABLE%USING FTS%content="{table}"%') == [(f"{table}_fts",)]
        assert rows(database, f"SELECT n FROM {table}") == rows(database, f"SELECT rowid FROM {table}")


def test_an_empty_corpus_gives_an_empty_index(tmp_path: Path) -> None:
    assert build_index(tmp_path / "new" / "corpus.db", CorpusRecords.of([]), CODEBOOK, RUBRIC)["documents"] == 0
    assert rows(tmp_path / "new" / "corpus.db", "SELECT count(*) FROM quotes_in_context") == [(0,)]


def test_what_the_codebook_and_the_rubric_do_not_list_is_kept(tmp_path: Path) -> None:
    doc = document("One. Two.")
    (only,) = passages(doc)
    said = quote(only)
    made = bundle(doc, quotes=[said], tags=[tag(only, "older")], mappings=[mapping(said, "99x")])
    build_index(tmp_path / "corpus.db", CorpusRecords.of([made]), CODEBOOK, RUBRIC)
    assert rows(tmp_path / "corpus.db", "SELECT id, definition FROM themes")[-1] == ("older", None)
    assert rows(tmp_path / "corpus.db", "SELECT id, practice FROM indicators")[-1] == ("99x", "99")


def broken() -> list[Bundle]:
    doc = document("One. Two.")
    (only,) = passages(doc)
    said = quote(only)
    other = msgspec.structs.replace(doc, id="d2")
    return [
        bundle(doc, passages=[only, only]),
        bundle(doc, quotes=[quote(only, passage_id="lost")]),
        bundle(doc, mappings=[mapping(said, "12a")]),
        bundle(doc, segments=[segment([only], parent_id="lost")]),
        bundle(other, passages=[only]),
    ]


@pytest.mark.parametrize("made", broken(), ids=["twice", "no passage", "no quote", "no parent", "no document"])
def test_records_that_do_not_fit_together_leave_the_old_index(tmp_path: Path, made: Bundle) -> None:
    path = tmp_path / "corpus.db"
    path.write_bytes(b"old")
    with pytest.raises(PipelineError) as caught:
        build_index(path, CorpusRecords.of([made]), CODEBOOK, RUBRIC)
    assert caught.value.code == ErrorCode.INVALID_RECORD
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(PipelineError) as caught:
        build_index(tmp_path / "file" / "corpus.db", CorpusRecords.of([]), CODEBOOK, RUBRIC)
    assert caught.value.code == ErrorCode.NOT_WRITABLE


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "PRAGMAS", "PRAGMA max_page_count = 60;")
    with pytest.raises(PipelineError) as caught:
        build_index(tmp_path / "corpus.db", CorpusRecords.of([corliss()]), CODEBOOK, RUBRIC)
    assert caught.value.code == ErrorCode.NOT_WRITABLE
    assert list(tmp_path.iterdir()) == []
