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
from builders import bundle, codebook, document, passages, quote, segment, tag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_counting import RUBRIC, THEMES, meeting
from test_query_like import Reader, about

from pipeline import query
from pipeline.config import Settings
from pipeline.corpus_records import CorpusRecords
from pipeline.counts.crosstab import Correction, crosstab, themes_by
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning.held_out import Sample
from pipeline.learning.prevalence import Prevalence
from pipeline.query import Filter
from pipeline.records import Bundle
from pipeline.stages.index import VECTORS, build_index, updating
from pipeline.stages.index.numbering import Standing, changes, rising
from pipeline.stages.index.schema import SEARCHED

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


ASKED = (Filter(), Filter(text="elm"), Filter(themes=("equity and not trust",)), Filter(decision="review"))


def answers(database: Path) -> list[Any]:
    found: list[Any] = []
    for unit in query.UNITS:
        for wanted in (
            Filter(),
            Filter(text="elm"),
            Filter(themes=("equity and not trust",)),
            Filter(decision="review"),
        ):
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


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


def built(folder: Path, chosen: list[Bundle], **options: Any) -> Path:
    build_index(folder / "corpus.db", CorpusRecords.of(chosen), CODEBOOK, RUBRIC, Reader(), **options)
    return folder / "corpus.db"


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of eleven documents."""
    return built(tmp_path_factory.mktemp("standing"), MADE[:11])


@pytest.fixture
def database(standing: Path, tmp_path: Path) -> Path:
    folder = shutil.copytree(standing.parent, tmp_path / "outputs")
    return folder / standing.name


def test_a_small_index_is_built_anew(database: Path, tmp_path: Path) -> None:
    built(database.parent, MADE[:12])
    assert database.read_bytes() == built(tmp_path, MADE[:12]).read_bytes()


KILLED = """
import os, signal, sys
from pathlib import Path
import test_index_updating as test
from pipeline.stages.index import facts, updating

planned, updating._FEW = updating._planned, 0

def with_little_memory(connection, *given):
    found = planned(connection, *given)
    connection.execute("PRAGMA cache_size = 1")  # so that pages are written before the end
    return found

updating._planned = with_little_memory
facts.Facts.write = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
test.built(Path(sys.argv[1]), test.MADE[1:12], small=0)
"""


@pytest.mark.parametrize("then", ["asked", "updated", "built anew"])
def test_a_killed_update_leaves_the_old_index(database: Path, tmp_path: Path, standing: Path, then: str) -> None:
    before = answers(standing)
    tests = str(Path(__file__).parent)
    program = (
        f"import sys; sys.path.insert(0, {tests!r}); from pipeline.stages.index import updating\nupdating._FEW = 0\n"
    )
    ended = subprocess.run([sys.executable, "-c", program + KILLED, str(database.parent)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert database.with_name("corpus.db-journal").is_file()
    assert database.read_bytes() != standing.read_bytes()
    if then == "asked":
        assert answers(database) == before
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(updating, "_FEW", 0)
        built(database.parent, MADE[1:12], small=0, anew=then == "built anew")
    check_sound(database)
    assert not database.with_name("corpus.db-journal").exists()
    assert tables(database) == tables(built(tmp_path, MADE[1:12]))


def other_theme() -> Bundle:
    made = MADE[11]
    return msgspec.structs.replace(made, tags=[*made.tags, tag(made.passages[1], "older", id="older")])


@pytest.mark.parametrize("rebuilt", ["codebook", "theme", "version", "damaged"])
def test_what_an_update_cannot_do_is_built_anew(database: Path, tmp_path: Path, rebuilt: str) -> None:
    last = other_theme() if rebuilt == "theme" else MADE[11]
    if rebuilt == "version":
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA user_version = 3")
    if rebuilt == "damaged":
        database.write_bytes(b"no database")
    given = codebook(*THEMES, "justice") if rebuilt == "codebook" else CODEBOOK
    records = CorpusRecords.of([*MADE[:11], last])
    build_index(database, records, given, RUBRIC, Reader(), small=0)
    build_index(tmp_path / "corpus.db", records, given, RUBRIC, Reader())
    assert database.read_bytes() == (tmp_path / "corpus.db").read_bytes()


def unsound() -> list[Bundle]:
    doc = document("One. Two.", id="new")
    (only,) = passages(doc)
    twice = msgspec.structs.replace(only, id=MADE[0].passages[0].id)
    return [
        bundle(doc, quotes=[quote(only, passage_id="lost")]),
        bundle(doc, segments=[segment([only], parent_id="lost")]),
        bundle(doc, passages=[msgspec.structs.replace(only, duplicate_of="lost")]),
        bundle(doc, passages=[twice]),
    ]


@pytest.mark.parametrize("new", unsound(), ids=["no passage", "no parent", "no original", "twice"])
def test_records_that_do_not_fit_together_change_nothing(
    database: Path, monkeypatch: pytest.MonkeyPatch, new: Bundle
) -> None:
    monkeypatch.setattr(updating, "_FEW", 0)
    before = database.read_bytes(), database.with_name(VECTORS).read_bytes()
    with pytest.raises(PipelineError) as caught:
        built(database.parent, [*MADE[:11], new], small=0)
    assert caught.value.code == ErrorCode.INVALID_RECORD
    assert (database.read_bytes(), database.with_name(VECTORS).read_bytes()) == before


@pytest.mark.parametrize("kind", ["passage", "segment"])
def test_what_others_refer_to_cannot_be_taken_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(updating, "_FEW", 0)
    doc = document("One. Two.", id="new")
    (only,) = passages(doc)
    first = MADE[0]
    if kind == "passage":
        again = bundle(doc, passages=[msgspec.structs.replace(only, duplicate_of=first.passages[0].id)])
    else:
        again = bundle(doc, segments=[segment([only], linked=[first.segments[0].id])])
    built(tmp_path, [first, MADE[1], again])
    with pytest.raises(PipelineError, match="which does not exist"):
        built(tmp_path, [MADE[1], again], small=0)


def test_a_database_in_use_is_told(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updating, "_FEW", 0)
    monkeypatch.setattr("pipeline.stages.index.journal._PATIENCE", 0)
    with closing(sqlite3.connect(database)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(PipelineError, match="another program is using") as caught:
            built(database.parent, MADE[:12], small=0)
        assert caught.value.code == ErrorCode.NOT_WRITABLE


def test_only_missing_vectors_are_read_again(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the program had been killed between its two files."""
    monkeypatch.setattr(updating, "_FEW", 0)
    old = database.with_name(VECTORS).read_bytes()
    built(database.parent, MADE[:12], small=0)
    new = database.with_name(VECTORS).read_bytes()
    database.with_name(VECTORS).write_bytes(old)
    with pytest.raises(PipelineError, match="another index"):
        query.nearest(database, Filter(), about("time"))
    reader = Reader()
    build_index(database, CorpusRecords.of(MADE[:12]), CODEBOOK, RUBRIC, reader, small=0)
    assert set(reader.asked) <= {one.text for one in (*MADE[11].passages, *MADE[11].quotes)}
    assert database.with_name(VECTORS).read_bytes() == new


def test_an_update_reads_only_what_differs(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updating, "_FEW", 0)
    asked: list[Any] = []
    records = CorpusRecords.of(MADE[:12])

    def read(of: Any) -> Any:
        asked.append(of)
        return records.read(of)

    build_index(database, CorpusRecords(records.hashes, read), CODEBOOK, RUBRIC, Reader(), small=0)
    assert asked == [{MADE[11].document.id}]


NUMBERS = st.lists(st.integers(0, 12), unique=True, max_size=8)


@given(numbers=NUMBERS)
def test_the_longest_rising_part(numbers: list[int]) -> None:
    found = rising(numbers)
    places = [numbers.index(number) for number in found]
    assert found == sorted(found)
    assert places == sorted(places)
    parts = ([number for i, number in enumerate(numbers) if 1 << i & chosen] for chosen in range(2 ** len(numbers)))
    assert len(found) == max(len(part) for part in parts if part == sorted(part))


@given(before=NUMBERS, after=NUMBERS)
def test_changes_lead_from_one_order_to_the_other(before: list[int], after: list[int]) -> None:
    held = [Standing(str(number), 100 * i, "same") for i, number in enumerate(before, start=1)]
    found = changes(held, {str(number): "same" for number in after})
    assert found is not None
    left = {one.id: one.n for one in held if one.n not in found.gone}
    assert left == found.kept
    numbers = {**left, **found.new}
    assert sorted(numbers, key=lambda name: numbers[name]) == [str(number) for number in after]
    assert len(set(numbers.values())) == len(numbers)


@pytest.mark.parametrize(("last", "room"), [(12, True), (11, False)])
def test_where_there_is_no_room(last: int, room: bool) -> None:
    wanted = {"a": "", "b": "", "c": ""}
    found = changes([Standing("a", 10, ""), Standing("c", last, "")], wanted)
    assert (found is not None) is room
    assert found is None or found.new == {"b": 11}


def test_other_words_are_another_document() -> None:
    found = changes([Standing("a", 10, "old"), Standing("b", 20, "")], {"a": "new", "b": ""})
    assert found is not None
    assert (found.gone, found.new, found.kept, len(found)) == ([10], {"a": 10}, {"b": 20}, 2)
