"""The index in Datasette, asked inside this process: pages, facets, labels, search, and nothing obeyed."""

import asyncio
import html
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from builders import bundle, codebook, document, mapping, passages, quote, rubric, segment, site, speaker, tag
from click.testing import CliRunner

from pipeline.cli.datasette import command
from pipeline.corpus_records import CorpusRecords
from pipeline.errors import PipelineError
from pipeline.explore import datasette_server
from pipeline.explore.datasette_metadata import _QUERIES, _TABLES, metadata
from pipeline.stages.index import build_index

ATTACK = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("datasette") / "corpus.db"
    made = []
    # The second document has no title, so that its records and its rows are numbered apart.
    for name, title in (("d2", None), ("d1", f"Meeting {ATTACK}")):
        doc = document(f"Elm: time\n\n“We lead {ATTACK} the work,” said Ana Ruiz.", id=name, title=title)
        heading, first = passages(doc)
        problem = segment([heading, first], kind="problem_of_practice", sites=[site(doc, "Elm")])
        said = quote(
            first,
            f"We lead {ATTACK} the work,",
            speaker=speaker(first, "Ana Ruiz", role="principal"),
            id=f"{name}-said",
        )
        made.append(
            bundle(
                doc, segments=[problem], quotes=[said], mappings=[mapping(said, "12a")],
                tags=[tag(first, "equity"), tag(first, "trust"), tag(first, "succession", decision="review")],
            )
        )  # fmt: skip
    practices = rubric({"Shared work": {"12": ["12a"], "13": ["13a"]}})
    build_index(path, CorpusRecords.of(made), codebook("equity", "succession", "trust"), practices)
    return path


@pytest.fixture(scope="module")
def served(database: Path) -> Any:
    pytest.importorskip("datasette")
    return datasette_server.datasette(database)


def get(served: Any, path: str) -> Any:
    return asyncio.run(served.client.get(path))


def rows(served: Any, path: str) -> list[dict[str, Any]]:
    response = get(served, path)
    assert response.status_code == 200, response.text[:300]
    found: list[dict[str, Any]] = response.json()
    return found


@pytest.mark.parametrize("table", [*_TABLES, ""])
def test_every_page_opens(served: Any, table: str) -> None:
    response = get(served, f"/corpus/{table}".rstrip("/"))
    assert response.status_code == 200
    assert ATTACK not in response.text
    assert 'src="http' not in response.text


@pytest.mark.parametrize("query", _QUERIES)
def test_every_question_is_answered(served: Any, query: str) -> None:
    asked = "theme=equity&role=principal&practice=12&words=lead&site=elm"
    response = get(served, f"/corpus/{query}?{asked}")
    assert response.status_code == 200
    assert "message-error" not in response.text
    assert ATTACK not in response.text
    assert rows(served, f"/corpus/{query}.json?{asked}&_shape=array")


def test_the_style_sheet_is_ours(served: Any) -> None:
    assert "/datasette_static/pop.css" in get(served, "/corpus/quotes").text
    assert "line-clamp" in get(served, "/datasette_static/pop.css").text


def test_facets_count(served: Any) -> None:
    found = get(served, "/corpus/tags.json").json()["facet_results"]
    assert [(one["value"], one["count"]) for one in found["decision"]["results"]] == [("yes", 4), ("review", 2)]
    assert {one["label"] for one in found["theme"]["results"]} == {"Equity", "Succession", "Trust"}


def test_a_foreign_key_shows_its_label(served: Any) -> None:
    for row in rows(served, "/corpus/quotes.json?_labels=on&_shape=array"):
        title = f"Meeting {ATTACK}" if row["document_id"]["value"] == "d1" else "d2"
        assert row["document_id"]["label"] in {title, None, "None"}
        assert row["segment_id"]["label"] == "Elm: time"
    page = get(served, "/corpus/tags").text
    assert ">Succession</a>" in page
    assert html.escape(f"Meeting {ATTACK}") in page


@pytest.mark.parametrize(("words", "expected"), [("leading", ["d2-said", "d1-said"]), ("nobody", [])])
def test_search_finds_the_right_rows(served: Any, words: str, expected: list[str]) -> None:
    found = rows(served, f"/corpus/quotes.json?_search={words}&_shape=array")
    assert [row["id"] for row in found] == expected


def test_search_finds_one_row_by_its_own_number(database: Path, served: Any) -> None:
    found = rows(served, "/corpus/passages.json?_search=time&_shape=array")
    assert {row["text"] for row in found} == {"Elm: time"}
    assert len(found) == 2


def test_nothing_can_be_changed(database: Path, served: Any) -> None:
    before = database.read_bytes()
    for sql in ("DELETE FROM quotes", "CREATE TABLE x (y)"):
        assert get(served, f"/corpus.json?sql={sql}").status_code >= 400
    assert database.read_bytes() == before


def test_helpers_are_hidden(served: Any) -> None:
    tables = {table["name"]: table["hidden"] for table in get(served, "/corpus.json").json()["tables"]}
    assert tables["segment_scope"]
    assert tables["facts"]
    assert tables["quotes_fts"]
    assert not tables["quotes"]


def test_no_plugin_is_loaded(served: Any) -> None:
    assert os.environ["DATASETTE_LOAD_PLUGINS"] == ""
    assert get(served, "/-/plugins.json").json() == []


def test_the_metadata_name_what_the_index_has(database: Path) -> None:
    told = metadata(database)["databases"]["corpus"]
    for name, meant in _TABLES.items():
        assert name in told["tables"], name
        assert told["tables"][name].get("facets", []) == meant.get("facets", [])
        own = set(meant.get("columns", {}))
        assert own - set(told["tables"][name]["columns"]) <= {"model_version", "source", "coder"}, name


@pytest.mark.parametrize(
    ("host", "status"),
    [(b"127.0.0.1:8001", 200), (b"localhost:8001", 200), (b"evil.example", 403), (b"127.0.0.1", 403), (None, 403)],
)
def test_other_names_get_no_answer(host: bytes | None, status: int) -> None:
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [] if host is None else [(b"host", host)]
    guarded = datasette_server.only_for_this_computer(app, 8001)
    asyncio.run(guarded({"type": "http", "headers": headers}, None, send))
    assert sent[0]["status"] == status


def test_the_metadata_on_the_command_line(database: Path) -> None:
    result = CliRunner().invoke(command, ["--metadata", "--outputs", str(database.parent)], catch_exceptions=False)
    assert json.loads(result.stdout) == json.loads(json.dumps(metadata(database)))


def test_it_serves_this_computer_only(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("uvicorn")
    called: dict[str, Any] = {}
    monkeypatch.setattr("pipeline.cli.datasette._check_free", lambda port, host: None)
    monkeypatch.setattr("uvicorn.run", lambda app, **options: called.update(options))
    result = CliRunner().invoke(command, ["--outputs", str(database.parent), "--port", "8999"], catch_exceptions=False)
    assert (result.exit_code, called["host"], called["port"]) == (0, "127.0.0.1", 8999)
    assert "http://127.0.0.1:8999" in result.stderr


def test_without_the_extra(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasette", None)
    monkeypatch.setattr("pipeline.explore.datasette_server.find_spec", lambda name: None)
    with pytest.raises(PipelineError, match="pip install") as caught:
        CliRunner().invoke(command, ["--outputs", str(database.parent)], catch_exceptions=False)
    assert caught.value.exit_code == 3


def test_without_an_index(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="pop index"):
        CliRunner().invoke(command, ["--outputs", str(tmp_path)], catch_exceptions=False)
