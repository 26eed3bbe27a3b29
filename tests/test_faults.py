"""A handful of the faults that `make faults` makes by the hundred, and those that need no process of their own."""

import contextlib
import errno
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import builders
import msgspec
import pytest
from click.testing import CliRunner
from faults import damaging, filling, states
from faults.killing import kill_often
from faults.scenes import ImportScene, ReviewScene, RunScene, TrainScene

from pipeline import files, folders, jsonl, kept, manifest
from pipeline.cli import main
from pipeline.corrections import folder as labels_folder
from pipeline.corrections import log
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.files import sha256_bytes, sha256_file
from pipeline.learning import versions
from pipeline.plan import Plan
from pipeline.records import Document
from pipeline.run import run
from pipeline.stages import STAGES
from pipeline.verify import verify
from pipeline.work import chain, ingesting

WORK = [name for name in STAGES if name not in {"index", "report"}]
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# Killed


@pytest.mark.slow
@pytest.mark.parametrize("scene", [TrainScene, lambda desk: RunScene(desk, changed=True)], ids=["train", "run"])
def test_a_killed_command_leaves_old_or_new_and_the_next_one_ends_it(
    tmp_path: Path, scene: Callable[[Path], Any]
) -> None:
    tally = kill_often(scene(tmp_path), 2, seed=5, within=(0.4, 1.0))
    assert tally.problems == []
    assert tally.survived == 2


def test_a_killed_import_goes_on(tmp_path: Path) -> None:
    tally = kill_often(ImportScene(tmp_path, n=120), 2, seed=5, within=(0.5, 1.0))
    assert (tally.problems, tally.survived) == ([], 2)


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_no_decision_that_was_acknowledged_is_lost(tmp_path: Path) -> None:
    tally = kill_often(ReviewScene(tmp_path, n=60), 1, seed=5, within=(0.7, 1.0))
    assert (tally.problems, tally.survived) == ([], 1)


# Refused by the disk


def test_every_line_of_an_import_may_be_refused(tmp_path: Path) -> None:
    scene = ImportScene(tmp_path, n=3)
    for faults in (filling.short_writes, lambda n: filling.refusing("fsync", n)):
        refused, problems = filling.sweep(scene, faults)
        assert (refused, problems) == (6, [])


@pytest.mark.parametrize("kind", ["write", "fsync", "rename"])
def test_every_write_of_the_first_stages_may_be_refused(bare_plan: Plan, outputs: Path, kind: str) -> None:
    names = ["documents.jsonl", "passages.jsonl"]
    for n in range(1, 50):
        with filling.refusing(kind, n) as refusals:
            outcome: Any = None
            try:
                outcome = run(bare_plan, ["ingest"])
            except PipelineError as error:
                outcome = error
        if refusals.seen < n:
            break
        assert isinstance(outcome, PipelineError)
        assert (outcome.code, outcome.exit_code) == (ErrorCode.NOT_WRITABLE, 3)
        assert "no room left" in outcome.found
        run(bare_plan, ["ingest"])
        assert [sha256_file(bare_plan.outputs / name) for name in names] == [
            sha256_file(outputs / name) for name in names
        ]
        assert states.hidden(bare_plan.outputs) == {kept.FILE}
        for path in bare_plan.outputs.iterdir():
            path.unlink()
    assert n > 3


def test_a_full_store_is_told(bare_plan: Plan, monkeypatch: pytest.MonkeyPatch, outputs: Path) -> None:
    connect = kept._connect

    def small(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute("PRAGMA max_page_count = 9")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(kept, "_connect", small)
        with pytest.raises(PipelineError, match="no room left") as caught:
            run(bare_plan, ["ingest"])
    assert caught.value.exit_code == 3
    run(bare_plan, ["ingest"])
    assert sha256_file(bare_plan.outputs / "passages.jsonl") == sha256_file(outputs / "passages.jsonl")


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (FULL, "no room left"),
        (OSError(errno.EROFS, "Read-only file system", "/there/a.txt"), "/there (Read-only file system)"),
        (OSError(errno.ENOENT, "No such file"), None),
        (ValueError("a bug"), None),
        (sqlite3.OperationalError("a bug"), None),
    ],
)
def test_which_errors_are_the_disk_s(error: Exception, found: str | None) -> None:
    told = files.of_the_disk(error, Path("here"))
    assert (told and found and found in told.found) or (told, found) == (None, None)


def test_a_folder_that_nothing_can_be_written_into(bare_plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions do not hold root back, so the system's answer is played."""

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(PipelineError) as caught:
        run(bare_plan, ["ingest"])
    assert (caught.value.code, caught.value.exit_code) == (ErrorCode.NOT_WRITABLE, 3)


def test_read_only_outputs_can_be_read(plan: Plan) -> None:
    words = "import sys; from pipeline.cli import main; main(sys.argv[1:], prog_name='pop')"
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if os.geteuid() != 0 or subprocess.run([*drop, "true"], check=False, capture_output=True).returncode:
        drop = []
    for folder in plan.outputs.parents:
        if folder.is_relative_to(tempfile.gettempdir()) and folder != Path(tempfile.gettempdir()):
            folder.chmod(0o755)
    for path in [plan.outputs, *plan.outputs.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        for command in (["query", "teachers"], ["verify"]):
            asked = [*drop, sys.executable, "-c", words, *command, "--outputs", plan.outputs]
            told = subprocess.run(asked, capture_output=True, text=True, check=False)
            assert told.returncode == 0, told.stderr
    finally:
        for path in [plan.outputs, *plan.outputs.rglob("*")]:
            path.chmod(0o755)


# Changed meanwhile


def test_a_file_that_changes_before_it_is_read_is_known_by_what_was_read(
    bare_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, lacking = bare_plan.corpus / "meeting.txt", ingesting.Ingesting.lacking

    def change(self: ingesting.Ingesting) -> Any:
        path.write_text(path.read_text(encoding="utf-8").replace("nine principals", "ten principals"), encoding="utf-8")
        return lacking(self)

    with monkeypatch.context() as patch:
        patch.setattr(ingesting.Ingesting, "lacking", change)
        run(bare_plan, ["ingest"])
    (document,) = (
        one for one in jsonl.read(bare_plan.outputs / "documents.jsonl", Document) if one.path == "meeting.txt"
    )
    assert "ten principals" in document.text
    assert document.sha256 == sha256_file(path)
    read = {entry.path: entry.sha256 for entry in manifest.load(bare_plan.outputs).inputs}
    assert read["meeting.txt"] == document.sha256
    assert run(bare_plan, ["ingest"]).ran == []
    assert verify(bare_plan.outputs, bare_plan.corpus).problems == []


def test_a_file_that_vanishes_before_it_is_read_is_refused(bare_plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    path, lacking = bare_plan.corpus / "page.html", ingesting.Ingesting.lacking

    def vanish(self: ingesting.Ingesting) -> Any:
        path.unlink()
        return lacking(self)

    with monkeypatch.context() as patch:
        patch.setattr(ingesting.Ingesting, "lacking", vanish)
        outcome = run(bare_plan, ["ingest"])
    assert [(one.path, one.error) for one in outcome.refusals] == [("page.html", "unreadable")]
    assert run(bare_plan, ["ingest"]).refusals == []


def test_a_codebook_that_changes_meanwhile_ends_the_run_and_keeps_nothing_wrong(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = plan.corpus / "codebook.yaml"
    own.write_bytes(plan.tools.codebook_path.read_bytes())
    changed = replace(plan, tools=replace(plan.tools, codebook_path=own), force=True)
    work_on = chain.work_on

    def change(*given: Any) -> Any:
        own.write_bytes(own.read_bytes() + b"\n# another\n")
        return work_on(*given)

    with monkeypatch.context() as patch:
        patch.setattr(chain, "work_on", change)
        with pytest.raises(PipelineError, match="another codebook than when this run began"):
            run(changed, ["tag"])
    run(replace(changed, force=False), ["tag"])
    (tag, *_) = (line for line in (plan.outputs / "tags.jsonl").read_bytes().splitlines())
    assert msgspec.json.decode(tag)["codebook_sha256"] == sha256_file(own)


def test_what_is_decided_while_a_run_begins_is_taken_in_by_the_next(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = plan.corpus / "labels"
    decided = replace(plan, tools=replace(plan.tools, labels_path=labels))
    document = next(jsonl.read(plan.outputs / "documents.jsonl", Document))
    members = builders.passages(document)
    log.add(labels, builders.theme_decision(document, members[-1], {"equity": 2}))
    read = labels_folder.read

    def late(folder: Path) -> Any:
        found = read(folder)
        log.add(labels, builders.theme_decision(document, members[-1], {"succession": 2}, n=2))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(labels_folder, "read", late)
        run(decided, WORK)
    assert [problem for problem in verify(plan.outputs, None, labels).drift if problem.startswith("labels")]
    assert "tag" in run(decided, WORK).ran
    assert b'"succession"' in b"".join(
        line for line in (plan.outputs / "tags.jsonl").read_bytes().splitlines() if b'"human"' in line
    )


# Clocks


@pytest.mark.parametrize("now", [0, 4_000_000_000])
def test_a_clock_that_jumps_changes_no_result(
    bare_plan: Plan, outputs: Path, monkeypatch: pytest.MonkeyPatch, now: int
) -> None:
    for path in bare_plan.corpus.rglob("*.*"):
        os.utime(path, (now, now))
    with monkeypatch.context() as patch:
        patch.setattr(kept.time, "time_ns", lambda: now * 10**9)
        run(bare_plan, ["ingest"])
    for name in ("documents.jsonl", "passages.jsonl"):
        assert sha256_file(bare_plan.outputs / name) == sha256_file(outputs / name)
    assert run(bare_plan, ["ingest"]).ran == []


def test_a_file_of_the_same_size_and_time_is_not_taken_for_the_old_one(bare_plan: Plan) -> None:
    path = bare_plan.corpus / "meeting.txt"
    long_ago = (1_000_000_000, 1_000_000_000)
    os.utime(path, long_ago)
    run(bare_plan, ["ingest"])
    with path.open("r+b") as stream:  # the same place on the disk
        content = stream.read()
        stream.seek(0)
        stream.write(content.replace(b"nine principals", b"many principals"))
    os.utime(path, long_ago)
    assert run(bare_plan, ["ingest"]).ran == ["ingest"]
    assert b"many principals" in (bare_plan.outputs / "passages.jsonl").read_bytes()


def test_a_later_decision_counts_though_its_clock_says_otherwise(tmp_path: Path) -> None:
    document = builders.document("They cook in pairs.")
    (member,) = builders.passages(document)
    log.add(tmp_path, builders.theme_decision(document, member, {"equity": 2}, at="2030-01-01T00:00:00Z"))
    later = builders.theme_decision(document, member, {}, at="1970-01-01T00:00:00Z", n=2)
    log.add(tmp_path, later)
    assert [one.judgement for one in labels_folder.read(tmp_path).recorded] == [later]


# Torn lines, damaged stores, folders in the middle of an exchange


@pytest.mark.parametrize("torn", [b'{"tar', b"\0\0\0\0", b'{"target": "passage", "id": "ana:0000', b"\xff\xfe"])
def test_decisions_after_a_torn_first_line_are_found(tmp_path: Path, torn: bytes) -> None:
    document = builders.document("They cook in pairs.")
    (member,) = builders.passages(document)
    (tmp_path / "ana.jsonl").write_bytes(torn)
    one = builders.theme_decision(document, member, {"equity": 2})
    log.add(tmp_path, one)
    assert log.files(tmp_path) == [tmp_path / "ana.jsonl"]
    found = labels_folder.read(tmp_path)
    assert [entry.judgement for entry in found.recorded] == [one]
    assert "line 1" in found.doubts[0][1]


def test_a_torn_line_of_the_history_is_left_out(tmp_path: Path) -> None:
    for version in ("a", "b"):
        versions.record(tmp_path, "themes", "promoted", version, None, "tried")
    path = tmp_path / versions.FOLDER / versions.HISTORY
    path.write_bytes(path.read_bytes()[:-9])
    versions.record(tmp_path, "themes", "promoted", "c", None, "tried")
    assert [one.version for one in versions.history(tmp_path, "themes")] == ["a", "c"]


@pytest.mark.parametrize("damage", [lambda was: b"no database" * 999, lambda was: was[:5000], lambda was: was[:7]])
def test_a_damaged_store_is_begun_anew(plan: Plan, outputs: Path, damage: Callable[[bytes], bytes]) -> None:
    store = plan.outputs / kept.FILE
    store.write_bytes(damage(store.read_bytes()))
    (plan.corpus / "notes" / "autumn.md").unlink()
    run(plan, ["ingest"])
    assert verify(plan.outputs, plan.corpus).damage == []
    assert len(list(jsonl.read(plan.outputs / "documents.jsonl", Document))) == 2


def test_a_damaged_result_in_the_store_is_made_again(bare_plan: Plan, outputs: Path) -> None:
    fresh, keys = ingesting.Ingesting.__post_init__, []

    def noted(self: ingesting.Ingesting) -> None:
        fresh(self)
        keys.extend(self.keys.values())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingesting.Ingesting, "__post_init__", noted)
        run(bare_plan, ["ingest"])
    for path in bare_plan.outputs.glob("*.json*"):
        path.unlink()
    with kept.open_kept(bare_plan.outputs) as store:
        store.connection.execute("DELETE FROM places")
        for key in keys:
            store.connection.execute("INSERT INTO results (stage, key, content) VALUES ('ingest', ?, x'00')", (key,))
    told: list[str] = []
    run(replace(bare_plan, say=told.append), ["ingest"])
    assert told == [f"the store of results in {bare_plan.outputs} was damaged: all work is done again"]
    assert sha256_file(bare_plan.outputs / "passages.jsonl") == sha256_file(outputs / "passages.jsonl")


OLD, NEW = {"a.json": b"old", "b.json": b"old"}, {"a.json": b"new", "c.json": b"new"}


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    for expected in (OLD, NEW, OLD):
        folders.replace_folder(tmp_path / "themes", expected)
        assert held(tmp_path / "themes") == expected
        assert [path.name for path in tmp_path.iterdir()] == ["themes"]


class Killed(BaseException):
    pass


@pytest.mark.parametrize("n", range(1, 7))
@pytest.mark.parametrize("what", ["rename", "mkdir", "write", "rmtree"])
def test_a_kill_at_any_step_leaves_the_old_folder_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, n: int
) -> None:
    folder = tmp_path / "themes"
    folders.replace_folder(folder, OLD)
    owner, name = {
        "rename": (Path, "rename"),
        "mkdir": (Path, "mkdir"),
        "write": (folders, "write_bytes"),
        "rmtree": (folders.shutil, "rmtree"),
    }[what]
    function, seen = getattr(owner, name), []

    def step(*given: Any, **options: Any) -> Any:
        seen.append(name)
        if len(seen) >= n:
            raise Killed  # and nothing after it is done: not by `finally` either
        return function(*given, **options)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, step)
        if what != "rmtree":
            patch.setattr(folders.shutil, "rmtree", lambda *_, **__: None)
        with contextlib.suppress(Killed):
            folders.replace_folder(folder, NEW)
    folders.complete(folder)
    assert held(folder) in (OLD, NEW)
    folders.settle(folder)
    assert held(folder) in (OLD, NEW)
    assert [path.name for path in tmp_path.iterdir()] == ["themes"]
    folders.replace_folder(folder, NEW)
    assert held(folder) == NEW


# Interrupted


def test_ctrl_c_is_told_in_a_line(bare_plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(chain, "work_on", interrupt)
    told = CliRunner().invoke(main, ["run", "--corpus", str(bare_plan.corpus), "--outputs", str(bare_plan.outputs)])
    assert told.exit_code == ExitCode.INTERRUPTED
    assert told.stderr.strip().splitlines() == [
        "Interrupted. Every file is whole; the same command goes on from what was done."
    ]
    assert states.hidden(bare_plan.outputs) == {kept.FILE}


# Damaged


@pytest.mark.slow
def test_verify_finds_every_damage(tmp_path: Path, outputs: Path, corpus: Path) -> None:
    n, missed = damaging.tried(damaging.small(tmp_path, outputs, corpus), seed=3)
    assert missed == []
    assert n > 400


@pytest.mark.parametrize(
    ("name", "make", "code", "told"),
    [
        ("quotes.jsonl", lambda was: was[:-20], 6, "damage: quotes.jsonl, line"),
        ("quotes.jsonl", lambda was: was + b"\n", 4, "drift: quotes.jsonl: changed"),
        ("corpus.db", lambda was: was[:8192] + bytes(4096) + was[12288:], 6, "damage: corpus.db: "),
        ("manifest.json", lambda was: was[:99], 6, "damage: "),
        (
            "manifest.json",
            lambda was: was.replace(b'"precision": 0.9', b'"precision": 0.8'),
            4,
            "manifest.json: changed",
        ),
        ("hits.csv", lambda was: b"mine", 0, "note: hits.csv: no output of a run"),
        (".tags.jsonl.abc.part", lambda was: b"{", 0, "left half done"),
    ],
)
def test_drift_is_4_and_damage_6(plan: Plan, name: str, make: Callable[[bytes], bytes], code: int, told: str) -> None:
    path = plan.outputs / name
    path.write_bytes(make(path.read_bytes() if path.is_file() else b""))
    found = CliRunner().invoke(main, ["verify", "--outputs", str(plan.outputs)])
    assert found.exit_code == code, found.output
    assert told in found.stderr


def test_a_database_of_an_earlier_version_is_no_damage(plan: Plan) -> None:
    with sqlite3.connect(plan.outputs / "corpus.db") as connection:
        connection.execute("PRAGMA user_version = 2")
        connection.execute("DROP TABLE quotes_fts")
    connection.close()
    found = verify(plan.outputs, plan.corpus)
    assert [one for one in found.problems if "of version 2" in one] != []
    assert found.damage == []


@pytest.mark.parametrize(
    ("change", "drift", "note", "remedy"),
    [
        ({"counts": {"refused": 7}}, "manifest.json: changed since", "", "pop run --force"),
        ({"version": "0.0.9"}, "manifest.json: written by pop 0.0.9", "", "pop run --force"),
        ({"version": "0.0.9", "sealed": ""}, "", "manifest.json: written by pop 0.0.9", ""),
        ({"sealed": ""}, "", "without a seal", ""),
    ],
)
def test_a_manifest_that_was_changed_and_one_of_an_earlier_version(
    plan: Plan, change: dict[str, Any], drift: str, note: str, remedy: str
) -> None:
    path = plan.outputs / "manifest.json"
    path.write_bytes(msgspec.json.encode(msgspec.json.decode(path.read_bytes()) | change))
    found = verify(plan.outputs, None)
    told = [one for one in found.drift if one.startswith("manifest.json")]
    assert [drift in one for one in told] == [True] * bool(drift)
    assert any(note in one for one in found.notes) == bool(note)
    assert [remedy in one for one in found.remedies] == [True] * bool(remedy)


def test_what_to_do_is_said(plan: Plan, tmp_path: Path) -> None:
    assert verify(plan.outputs, None).remedies == []
    (plan.outputs / "tags.jsonl").write_bytes(b"{}\n")
    folder = tmp_path / "models" / "themes"
    folder.mkdir(parents=True)
    for path in (plan.tools.models_path / "themes").iterdir():
        (folder / path.name).write_bytes(b"other" if path.suffix == ".safetensors" else path.read_bytes())
    found = verify(plan.outputs, None, tools=replace(plan.tools, models_path=folder.parent))
    assert ["pop run again" in found.remedies[0], "--rollback" in found.remedies[1]] == [True, True]
    told = CliRunner().invoke(main, ["verify", "--outputs", str(plan.outputs)])
    assert "what to do: run pop run again; decisions in labels/ are never touched" in told.stderr


def test_a_manifest_may_lose_what_varies(plan: Plan) -> None:
    path = plan.outputs / "manifest.json"
    content = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode({name: value for name, value in content.items() if name != "run"}))
    assert verify(plan.outputs, plan.corpus).problems == []


def test_hashes_of_bytes_and_files_agree(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"some words")
    assert sha256_bytes(b"some words") == sha256_file(tmp_path / "a")
