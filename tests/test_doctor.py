"""What `pop doctor` says of installations, folders and computers that are not in order."""

import errno
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline import locking
from pipeline.cli import doctor as command
from pipeline.cli import main
from pipeline.doctor import Finding, computer, folders, installation
from pipeline.plan import Plan

LOCK = """
msgspec=={msgspec} \\
    --hash=sha256:00
click==0.0.1 \\
    --hash=sha256:00
colorama==9 ; sys_platform == 'never' \\
    --hash=sha256:00
"""


def test_packages_are_compared_with_the_lock_file(tmp_path: Path) -> None:
    path = tmp_path / "requirements.lock"
    path.write_text(LOCK.format(msgspec=installation._installed("msgspec")), encoding="utf-8")
    assert installation.pinned(path.read_text(encoding="utf-8")).keys() == {"msgspec", "click"}
    found = installation.locked(path)
    assert (found.is_wrong, found.optional) == (False, True)
    assert ", not 0.0.1" in found.state
    path.write_text("no-such-package==1 \\\n", encoding="utf-8")
    assert (installation.locked(path).state, installation.locked(path).is_wrong) == ("missing: no-such-package", True)
    assert not installation.locked(tmp_path / "none").do


def _damaged_model(plan: Plan, tmp_path: Path) -> Plan:
    folder = tmp_path / "models" / "themes"
    folder.mkdir(parents=True)
    for path in (plan.tools.models_path / "themes").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "weights.safetensors").write_bytes(b"other")
    return replace(plan, tools=replace(plan.tools, models_path=folder.parent))


def _no_corpus(plan: Plan, tmp_path: Path) -> Plan:
    return replace(plan, corpus=tmp_path / "none")


def _broken_manifest(plan: Plan, tmp_path: Path) -> Plan:
    (plan.outputs / "manifest.json").write_bytes(b"{")
    return plan


def _newer(plan: Plan, tmp_path: Path) -> Plan:
    path = plan.outputs / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"schema_version": 1', b'"schema_version": 99'))
    return plan


def _damaged_outputs(plan: Plan, tmp_path: Path) -> Plan:
    (plan.outputs / "tags.jsonl").write_bytes(b"{")
    (plan.outputs / "quotes.jsonl").unlink()
    return plan


def _changed_manifest(plan: Plan, tmp_path: Path) -> Plan:
    path = plan.outputs / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"refused": ', b'"refused": 9'))
    return plan


def _no_manifest(plan: Plan, tmp_path: Path) -> Plan:
    (plan.outputs / "manifest.json").unlink()
    return plan


@pytest.mark.parametrize(
    ("change", "what", "do"),
    [
        (_damaged_model, "files of the models", "pop train --rollback"),
        (_no_corpus, "corpus", "--corpus"),
        (_broken_manifest, "version of outputs", "--force"),
        (_newer, "version of outputs", "install that version"),
        (_damaged_outputs, "files of outputs", "pop verify"),
        (_changed_manifest, "files of outputs", "pop verify"),
        (_no_manifest, "files of outputs", "pop run"),
    ],
)
def test_what_is_wrong_is_told(plan: Plan, tmp_path: Path, change: Callable[..., Plan], what: str, do: str) -> None:
    changed = change(plan, tmp_path)
    findings = [installation._whole(changed.tools), *folders.findings(changed.tools, changed.corpus, changed.outputs)]
    assert [(one.what, do in one.do) for one in findings if one.is_wrong] == [(what, True)]


def test_locks_and_left_overs_are_told_and_nothing_is_changed(plan: Plan) -> None:
    (plan.outputs / ".tags.jsonl.abc.part").write_text("{", encoding="utf-8")
    with locking.held(plan.outputs, "pop run"):
        told = {one.what: one for one in folders.findings(plan.tools, plan.corpus, plan.outputs)}
        assert "is at work" in told["lock of outputs"].state
        assert told["left-overs"].state == "none"
    told = {one.what: one for one in folders.findings(plan.tools, plan.corpus, plan.outputs)}
    assert told["lock of outputs"].state == "free"
    assert told["left-overs"].state == "1 unfinished file of a command that was killed"
    assert not any(one.is_wrong for one in told.values())
    assert (plan.outputs / ".tags.jsonl.abc.part").is_file()


def test_a_folder_that_cannot_be_written_and_a_full_disk(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> Any:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr(folders.shutil, "disk_usage", lambda _: SimpleNamespace(free=10_000_000))
    wrong = {one.what for one in folders.findings(plan.tools, plan.corpus, plan.outputs) if one.is_wrong}
    assert wrong == {"outputs", "disk"}


@pytest.mark.parametrize(
    ("latest", "now", "found"), [(0.0, 9e8, ""), (1e9, 1e9 + 5, ""), (1e9 + 9e4, 1e9, "set the clock")]
)
def test_a_clock_that_is_behind_is_told(latest: float, now: float, found: str) -> None:
    assert computer.clock(latest, now).do.startswith(found)
    assert bool(computer.clock(latest, now).do) == bool(found)


def test_little_memory_and_an_sqlite_without_words_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--jobs 1" in computer._memory(10**9).do
    assert not computer._memory(10**11).do
    assert not computer._memory(None).do
    monkeypatch.setattr(computer.sqlite3, "connect", lambda _: _Poor())
    assert computer._sqlite().is_wrong


class _Poor:
    def execute(self, _: str) -> None:
        raise sqlite3.OperationalError("no such module: fts5")

    def close(self) -> None:
        pass


def test_lines_are_at_most_80_characters() -> None:
    long = Finding("corpus", "word " * 40 + "/a/name/without/blanks", "do " * 60)
    lines = command._told(long).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("!!  corpus")
    assert sum("→" in line for line in lines) == 1


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["doctor", "--outputs", str(tmp_path / "new" / "outputs")])
    assert told.exit_code == 0, told.output
    assert "→ pop run writes outputs there" in told.output
    assert not (tmp_path / "new").exists()
