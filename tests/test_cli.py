import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
from click.testing import CliRunner, Result

from pipeline import run as running
from pipeline.cli import COMMANDS, main, screen
from pipeline.config import HOME
from pipeline.plan import Plan
from pipeline.records import RECORD_TYPES
from pipeline.stages import STAGES
from pipeline.version import __version__

PDF = Path(__file__).parent / "files"


def pop(*words: object) -> Result:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def folders(bare_plan: Plan) -> list[object]:
    """Options for a corpus to be changed at will, and an output folder that does not exist yet."""
    return ["--corpus", bare_plan.corpus, "--outputs", bare_plan.outputs]


# On a screen


@pytest.mark.parametrize(
    ("is_screen", "message", "expected"),
    [
        (True, "short", "short"),
        (True, "  found:      one two three four", "  found:      one\n        two three\n        four"),
        (True, "first line of two\nnext", "first line of two\nnext"),
        (True, "see an-identifier-that-is-long:p0012", "see\n        an-identifier-that-is-long:p0012"),
        (False, "  found:      one two three four", "  found:      one two three four"),
    ],
)
def test_a_message_fits_the_screen(
    is_screen: bool, message: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_screen, raising=False)
    assert screen.fitted(message, indent=8) == expected


# What there is


def test_help_lists_every_command() -> None:
    result = pop("--help")
    assert result.exit_code == 0
    for name, (_, text) in COMMANDS.items():
        assert f"  {name} " in result.stdout
        assert text.split()[0] in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help(name: str) -> None:
    result = pop(name, "--help")
    assert result.exit_code == 0
    assert f"pop {name}" in result.stdout.replace("main", "pop", 1)
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help or parameter.name == "target", f"{name} {parameter.name}"


def test_every_stage_is_a_command() -> None:
    assert set(STAGES) < set(COMMANDS)


def test_the_version_is_told() -> None:
    assert __version__ in pop("--version").stdout


@pytest.mark.parametrize("name", RECORD_TYPES)
def test_schema_of_every_record_fits_its_file(name: str, outputs: Path) -> None:
    result = pop("schema", name)
    assert result.exit_code == 0
    schema = json.loads(result.stdout)
    validator = jsonschema.Draft202012Validator(schema)
    for record in records(outputs / f"{name}.jsonl"):
        validator.validate(record)
        assert record["id"]
        assert record["schema_version"] == 1
    assert not validator.is_valid({})


# Exit codes


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["run", "--nonsense"],
        ["run", "--jobs", "-1"],
        ["run", "--jobs", "many"],
        ["run", "--engine", "cloud"],
        ["run", "extra"],
        ["schema"],
        ["schema", "nonsense"],
        ["train", "--target", "nonsense"],
        ["evaluate"],
        ["agree"],
        ["query", "--format", "xml"],
    ],
)
def test_wrong_usage(words: list[str]) -> None:
    result = pop(*words)
    assert result.exit_code == 2
    assert "--help" in result.stderr


def test_a_good_corpus(folders: list[object], bare_plan: Plan) -> None:
    result = pop("ingest", *folders)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "Done: ingest" in result.stderr
    assert "3 documents" in result.stderr
    assert "\r" not in result.stderr, "no progress bar where stderr is no terminal"
    assert "%|" not in result.stderr
    again = pop("ingest", *folders)
    assert again.exit_code == 0
    assert "Nothing to do" in again.stderr


def _empty(path: Path) -> None:
    path.with_suffix(".txt").write_bytes(b"")


def _blank(path: Path) -> None:
    path.with_suffix(".txt").write_bytes(b" \n\n ")


def _binary(path: Path) -> None:
    path.with_suffix(".txt").write_bytes(bytes(range(256)) * 40)


def _truncated(path: Path) -> None:
    content = (PDF / "one-column.pdf").read_bytes()
    path.with_suffix(".pdf").write_bytes(content[: len(content) // 3])


def _encrypted(path: Path) -> None:
    shutil.copy(PDF / "encrypted.pdf", path.with_suffix(".pdf"))


def _scanned(path: Path) -> None:
    shutil.copy(PDF / "scanned.pdf", path.with_suffix(".pdf"))


def _no_docx(path: Path) -> None:
    path.with_suffix(".docx").write_bytes(b"PK\x03\x04 and then nothing of a document")


def _unknown(path: Path) -> None:
    path.with_suffix(".xyz").write_text("Some words.", encoding="utf-8")


def _unreadable(path: Path) -> None:
    path.with_suffix(".txt").symlink_to(path.parent / "nowhere.txt")


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (_empty, "empty_file"),
        (_blank, "empty_file"),
        (_binary, "binary_file"),
        (_truncated, "damaged_file"),
        (_encrypted, "encrypted_file"),
        (_scanned, "needs_ocr"),
        (_no_docx, "damaged_file"),
        (_unknown, "unknown_format"),
        (_unreadable, "unreadable"),
    ],
)
def test_a_bad_file_is_refused_and_the_good_ones_are_used(
    folders: list[object], bare_plan: Plan, spoil: Callable[[Path], None], error: str
) -> None:
    spoil(bare_plan.corpus / "bad")
    result = pop("ingest", *folders)
    assert result.exit_code == 3
    (entry,) = records(bare_plan.outputs / "errors.jsonl")
    assert (Path(entry["path"]).stem, entry["stage"], entry["error"]) == ("bad", "ingest", error)
    for word in ("Found: ", "Expected: ", "What to do: "):
        assert word in entry["message"]
    assert entry["severity"] == "refused"
    assert f"refused: {entry['path']} ({error}" in result.stderr
    assert len(records(bare_plan.outputs / "documents.jsonl")) == 3


def test_a_file_without_read_permission_is_refused(
    folders: list[object], bare_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = bare_plan.corpus / "locked.txt"
    locked.write_text("Some words.", encoding="utf-8")
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == locked.name:
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert pop("ingest", *folders).exit_code == 3
    (entry,) = records(bare_plan.outputs / "errors.jsonl")
    assert (entry["path"], entry["error"]) == ("locked.txt", "unreadable")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le"])
def test_text_in_another_encoding_is_read_with_a_warning(folders: list[object], bare_plan: Plan, encoding: str) -> None:
    text = "Réunion of the élèves\n\nThe café was full, and the señor who leads the school spoke to the families."
    (bare_plan.corpus / "old.txt").write_bytes(text.encode(encoding))
    result = pop("ingest", *folders)
    assert result.exit_code == 0
    (entry,) = records(bare_plan.outputs / "errors.jsonl")
    assert (entry["path"], entry["error"], entry["severity"]) == ("old.txt", "encoding", "warning")
    assert "note: old.txt" in result.stderr
    (found,) = [one for one in records(bare_plan.outputs / "documents.jsonl") if one["path"] == "old.txt"]
    assert "The café was full, and the señor" in found["text"]


def _twice(plan: Plan) -> list[object]:
    path = plan.corpus.parent / "twice.yaml"
    theme = "- {id: same, name: Same, definition: The same.}\n"
    path.write_text(f"version: '1'\nthemes:\n{theme}{theme}", encoding="utf-8")
    return ["run", "--codebook", path, "--corpus", plan.corpus, "--outputs", plan.outputs]


def _unknown_theme(plan: Plan) -> list[object]:
    path = plan.corpus.parent / "labels.jsonl"
    path.write_text('{"id": "a", "text": "Some words.", "themes": {"gardening": 2}}\n', encoding="utf-8")
    return ["train", "--labels", path, "--models", plan.outputs]


def _not_writable(plan: Plan) -> list[object]:
    return ["run", "--corpus", plan.corpus, "--outputs", plan.corpus / "page.html" / "below"]


def _no_corpus(plan: Plan) -> list[object]:
    return ["run", "--corpus", plan.corpus / "none", "--outputs", plan.outputs]


def _no_models(plan: Plan) -> list[object]:
    return ["tag", "--models", plan.corpus, "--passages", _one_passage(plan), "--outputs", plan.outputs]


def _broken_passage(plan: Plan) -> list[object]:
    path = _one_passage(plan)
    path.write_text('{"id": "a"}\n', encoding="utf-8")
    return ["tag", "--passages", path, "--outputs", plan.outputs]


def _one_passage(plan: Plan) -> Path:
    path = plan.corpus.parent / "in.jsonl"
    path.write_text('{"id": "a", "text": "Nobody was prepared to follow the principal."}\n', encoding="utf-8")
    return path


def _no_outputs(plan: Plan) -> list[object]:
    return ["verify", "--outputs", plan.outputs]


def _no_database(plan: Plan) -> list[object]:
    return ["query", "teachers", "--outputs", plan.outputs]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (_twice, ["invalid_codebook", "'same'"]),
        (_unknown_theme, ["invalid_labels", "'gardening' (1 label)"]),
        (_not_writable, ["not_writable", "page.html"]),
        (_no_corpus, ["missing_file", "none"]),
        (_no_models, ["invalid_model", "pop train"]),
        (_broken_passage, ["invalid_record", "line 1", "text"]),
        (_no_outputs, ["missing_file", "manifest.json"]),
        (_no_database, ["missing_file", "corpus.db"]),
    ],
)
def test_bad_configuration(bare_plan: Plan, words: Callable[[Plan], list[object]], found: list[str]) -> None:
    result = pop(*words(bare_plan))
    assert result.exit_code == 3
    for word in [*found, "found: ", "expected: ", "what to do: "]:
        assert word in result.stderr
    assert result.stdout == ""


def test_a_fault_of_ours_is_told_without_a_traceback(folders: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(running, "run", fail)
    monkeypatch.delenv("POP_DEBUG", raising=False)
    result = pop("run", *folders)
    assert result.exit_code == 1
    assert "ZeroDivisionError: a bug" in result.stderr
    assert "POP_DEBUG=1" in result.stderr
    monkeypatch.setenv("POP_DEBUG", "1")
    assert isinstance(CliRunner().invoke(main, ["run"]).exception, ZeroDivisionError)


def test_a_fault_at_one_document_ends_with_1(
    folders: list[object], bare_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.stages.ingest import from_html  # noqa: PLC0415

    def fail(_: bytes) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(from_html, "read_html", fail)
    assert pop("ingest", *folders).exit_code == 1
    (entry,) = records(bare_plan.outputs / "errors.jsonl")
    assert (entry["path"], entry["error"]) == ("page.html", "unexpected")
    assert len(records(bare_plan.outputs / "documents.jsonl")) == 2


# What is printed


@pytest.mark.parametrize("bad", [False, True])
def test_quiet_is_silent(folders: list[object], bare_plan: Plan, bad: bool) -> None:
    if bad:
        _empty(bare_plan.corpus / "bad")
    result = pop("ingest", "--quiet", *folders)
    assert result.exit_code == (3 if bad else 0)
    assert result.output == ""


def test_json_can_be_parsed(folders: list[object], bare_plan: Plan) -> None:
    _empty(bare_plan.corpus / "bad")
    result = pop("ingest", "--json", *folders)
    found = json.loads(result.stdout)
    assert found["ran"] == ["ingest"]
    assert found["counts"]["documents"] == 3
    assert [one["error"] for one in found["refusals"]] == ["empty_file"]
    assert pop("ingest", "--json", "--quiet", *folders).stderr == ""


def test_a_stage_alone(bare_plan: Plan) -> None:
    result = pop("tag", "--all", "--passages", _one_passage(bare_plan), "--outputs", bare_plan.outputs, "--json")
    assert result.exit_code == 0
    tags = records(bare_plan.outputs / "tags.jsonl")
    assert json.loads(result.stdout)["counts"] == {"tags": len(tags)}
    assert {tag["passage_id"] for tag in tags} == {"a"}
    assert [tag["theme"] for tag in tags] == bare_plan.tools.codebook.ids


# verify and doctor


def test_verify_finds_nothing_in_fresh_outputs(outputs: Path, corpus: Path) -> None:
    result = pop("verify", "--outputs", outputs, "--corpus", corpus, "--json", "--quiet")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["drift"] == []
    assert json.loads(result.stdout)["checked"]["documents"] == 3
    assert result.stderr == ""
    assert "all in place" in pop("verify", "--outputs", outputs).stderr


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("quotes.jsonl", '"text":"I had', '"text":"I hid'),
        ("passages.jsonl", "prepares assistant", "prepared assistant"),
        ("documents.jsonl", "prepares assistant", "prepares assistent"),
        ("tags.jsonl", '"decision":"', '"decision": "'),
        ("report.html", "<title>", "<title> "),
    ],
)
def test_verify_finds_one_changed_letter(plan: Plan, name: str, old: str, new: str) -> None:
    path = plan.outputs / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    result = pop("verify", "--outputs", plan.outputs)
    assert result.exit_code == 4
    assert f"drift: {name}: changed" in result.stderr
    if name in {"quotes.jsonl", "passages.jsonl"}:
        assert "not what stands at" in result.stderr


def test_verify_finds_a_changed_input(plan: Plan) -> None:
    (plan.corpus / "page.html").write_text("<p>Something else.</p>", encoding="utf-8")
    (plan.corpus / "meeting.txt").unlink()
    result = pop("verify", "--outputs", plan.outputs, "--corpus", plan.corpus)
    assert result.exit_code == 4
    assert "input page.html: changed" in result.stderr
    assert "input meeting.txt: missing" in result.stderr


def test_doctor_finds_the_installation_in_order(tmp_path: Path) -> None:
    result = pop("doctor", "--outputs", tmp_path / "new")
    assert result.exit_code == 0, result.stdout
    assert "!!" not in result.stdout
    assert "theme model" in result.stdout


def test_doctor_says_what_to_do(tmp_path: Path) -> None:
    result = pop("doctor", "--models", tmp_path, "--outputs", tmp_path, "--json")
    assert result.exit_code == 3
    wrong = {one["what"]: one["do"] for one in json.loads(result.stdout) if one["do"]}
    assert {"theme model", "practice model"} <= set(wrong)
    assert "pop train" in wrong["theme model"]
    assert not list(tmp_path.iterdir())


# A process of its own


def test_a_whole_run_needs_no_network(bare_plan: Plan, tmp_path: Path) -> None:
    for name in ("meeting.txt", "notes"):
        path = bare_plan.corpus / name
        path.unlink() if path.is_file() else shutil.rmtree(path)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import socket\n"
        "class Refused(socket.socket):\n"
        "    def __init__(self, *args, **kwargs):\n"
        "        raise OSError('no network')\n"
        "socket.socket = Refused\n"
        "def refuse(*args, **kwargs):\n"
        "    raise OSError('no network')\n"
        "socket.create_connection = socket.getaddrinfo = refuse\n",
        encoding="utf-8",
    )
    words = [sys.executable, "-m", "pipeline", "run", "--corpus", str(bare_plan.corpus)]
    words += ["--outputs", str(bare_plan.outputs)]
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path / 'site'}{os.pathsep}{HOME}"}
    check = [sys.executable, "-c", "import socket; socket.socket()"]
    assert subprocess.run(check, env=environment, capture_output=True, check=False).returncode == 1
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("Done: all stages in ")
    assert done.stderr.count("\n") == 1
    assert (bare_plan.outputs / "report.html").is_file()


def test_the_options_of_a_query_stand_in_groups_and_none_is_lost() -> None:
    shown = pop("query", "--help").stdout
    command = main.get_command(click.Context(main), "query")
    assert command is not None
    assert max(map(len, shown.splitlines())) <= 80
    listed = [line.split()[0].removesuffix(",") for line in shown.splitlines() if line.startswith("  -")]
    declared = [parameter.opts[0] for parameter in command.params if isinstance(parameter, click.Option)]
    assert sorted(set(listed) - {"-h", "--help"}) == sorted(declared)  # click makes up the help option once
    assert [line for line in shown.splitlines() if line.endswith(":") and line[0] != " "][:2] == [
        "Which ones (all conditions must hold):",
        "What is listed:",
    ]


HOSTILE = "a\x1b[31m\x07\u202eb\x9b"


def test_a_message_obeys_nothing(tmp_path: Path) -> None:
    """A file may be called what it likes."""
    given = tmp_path / f"{HOSTILE}.jsonl"
    result = pop("agree", given, given)
    assert result.exit_code == 3
    assert "found:      " in result.stderr
    assert "a [31m  b" in result.stderr
    assert not set("\x1b\x07\u202e\x9b") & set(result.output)


@pytest.mark.parametrize("content", [f"{HOSTILE}\tc\n", f"{HOSTILE}\tc\n".encode()])
@pytest.mark.parametrize(("terminal", "shown"), [(False, f"{HOSTILE}\tc\n"), (True, "a [31m  b \tc\n")])
def test_data_are_exact_in_a_pipe_and_harmless_on_a_screen(
    content: str | bytes, terminal: bool, shown: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    monkeypatch.setattr(screen, "is_screen", lambda: terminal)
    screen.put(content)
    assert capfdbinary.readouterr().out == shown.encode()


@pytest.mark.parametrize("name", ["query", "diff", "why", "methods", "suggest"])
def test_output_has_the_same_short_name_everywhere(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert [one.opts for one in command.params if "--output" in one.opts] == [["-o", "--output"]]
