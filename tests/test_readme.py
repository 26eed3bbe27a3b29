"""One journey through the README: what it tells a researcher to type works, in the order in which it is told."""

import re
import shlex
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from pipeline import verify
from pipeline.cli import main
from pipeline.config import HOME
from pipeline.learning.labels import ThemeLabel
from pipeline.run import Plan

README = (HOME / "README.md").read_text(encoding="utf-8")
MOST_LABELS = 60


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    lines = [line for block in blocks("console") for line in block.splitlines() if line.startswith("$ pop ")]
    return [line.removeprefix("$ pop ") for line in lines]


@pytest.fixture
def desk(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory as the README leaves it: outputs/, some labels, and a label file of one's own."""
    shipped = (HOME / "corpus" / "labels" / "themes.jsonl").read_text(encoding="utf-8").splitlines()
    step = len(shipped) // MOST_LABELS
    own = [line for block in blocks("console") for line in block.splitlines() if line.startswith('{"id"')]
    folder = plan.corpus.parent
    (folder / "all-labels.jsonl").write_text("\n".join([*shipped[::step], *own]) + "\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def test_there_are_commands_to_try() -> None:
    assert {command.split()[0] for command in commands()} >= {"query", "train"}


@pytest.mark.parametrize("command", [command for command in commands() if not command.startswith("train")])
def test_every_pop_command_works(command: str, desk: Path) -> None:
    result = CliRunner().invoke(main, shlex.split(command, comments=True))
    assert result.exit_code == 0, result.output
    named = re.search(r"--output (\S+)", command)
    assert named is None or (desk / named[1]).is_file()


def test_the_snippet_works(desk: Path) -> None:
    (snippet,) = blocks("python")
    names: dict[str, object] = {}
    exec(snippet, names)
    assert set(names["frames"]) >= {"documents", "quotes", "tags"}  # type: ignore[call-overload]


def test_the_label_is_a_label() -> None:
    (own,) = [line for block in blocks("console") for line in block.splitlines() if line.startswith('{"id"')]
    assert msgspec.json.decode(own, type=ThemeLabel).themes


def test_a_model_trained_as_told_tags_as_told(desk: Path) -> None:
    """Retrain and run on, as "Correct and retrain" says, then check every word."""
    runner = CliRunner()
    train = next(command for command in commands() if command.startswith("train"))
    assert runner.invoke(main, shlex.split(train)).exit_code == 0
    result = runner.invoke(main, ["run", "--models", "my-models"])
    assert result.exit_code == 0, result.output
    assert "tag" in result.output
    assert verify.verify(desk / "outputs", desk / "corpus").drift == []
