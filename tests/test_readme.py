"""One journey through the README: what it tells a researcher to type works, in the order in which it is told."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import jsonl, verify
from pipeline.cli import main
from pipeline.config import HOME
from pipeline.corrections import log
from pipeline.corrections.decisions import Anchor, PassageDecision
from pipeline.plan import Plan
from pipeline.records import Passage, Tag, is_coded

README = (HOME / "README.md").read_text(encoding="utf-8")
MOST_LABELS = 60
SHARING = README.partition("## Share, exchange, publish")[2].partition("\n## ")[0]
ELSEWHERE = {"train", "review"}
"""Commands that are tried in tests of their own, as are those of `SHARING`."""


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(text: str = README.replace(SHARING, "")) -> list[str]:
    lines = [line for block in blocks("console", text) for line in block.splitlines() if line.startswith("$ pop ")]
    return [line.removeprefix("$ pop ") for line in lines]


@pytest.fixture
def desk(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory as the README leaves it: outputs/ and older ones, and what two people decided."""
    folder, labels = plan.corpus.parent, plan.corpus / "labels"
    shutil.copytree(plan.outputs, folder / "old-outputs")
    for coder in ("ana", "ben"):
        for passage in jsonl.read(plan.outputs / "passages.jsonl", Passage):
            if is_coded(passage):
                log.add(labels, decision(coder, passage))
    shipped = (HOME / "corpus" / "labels" / "themes.jsonl").read_text(encoding="utf-8").splitlines()
    few = shipped[:: len(shipped) // MOST_LABELS]
    (labels / "few.jsonl").write_text("\n".join(few) + "\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def decision(coder: str, passage: Passage) -> PassageDecision:
    anchor = Anchor(document="meeting.txt", start=passage.start, end=passage.end, text=passage.text)
    return PassageDecision(
        id=f"{coder}:{passage.id}",
        coder=coder,
        at="2026-11-22T10:00:00Z",
        record_id=passage.id,
        anchor=anchor,
        themes={"succession": 2},
    )


def test_there_are_commands_to_try() -> None:
    assert {command.split()[0] for command in commands()} >= {"query", "train"}


@pytest.mark.parametrize("command", [command for command in commands() if command.split()[0] not in ELSEWHERE])
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


@pytest.mark.parametrize("command", [command for command in commands() if command.startswith("review")])
def test_every_page_of_review_can_be_asked_for(command: str, desk: Path) -> None:
    words = [*shlex.split(command, comments=True), "--export", "page.html"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert (desk / "page.html").is_file()


def test_what_is_told_of_sharing_works_in_its_order(desk: Path) -> None:
    """Out to other programs and back, names out, and the trace of a record, each command as it is printed."""
    told = commands(SHARING)
    assert {command.split()[0] for command in told} >= {"export", "import", "pseudonymise", "run", "why", "methods"}
    for command in told:
        words = shlex.split(command, comments=True)
        if words[0] == "why":
            words[1] = next(jsonl.read(desk / "outputs" / "tags.jsonl", Tag)).id
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0 or words[0] == "doctor", (command, result.output)
    names = "study.qdpx passages.xlsx quotes.bib roster.csv shared.csv ../keys/study.jsonl anonymous".split()
    assert [name for name in names if not (desk / name).exists()] == []
    texts = [path.read_text(encoding="utf-8") for path in (desk / "anonymous").rglob("*.*") if path.is_file()]
    assert texts
    assert not [text for text in texts if "Lopez" in text or "Okoro" in text]


def test_a_model_trained_as_told_tags_as_told(desk: Path) -> None:
    """Retrain (on fewer labels) and run on, as "Correct and retrain" says, then check every word."""
    runner = CliRunner()
    train = next(command for command in commands() if command.startswith("train"))
    few = ["--labels", "corpus/labels"]
    result = runner.invoke(main, [*shlex.split(train, comments=True), *few])
    assert result.exit_code == 0, result.output
    result = runner.invoke(main, ["run", "--models", "my-models"])
    assert result.exit_code == 0, result.output
    assert "tag" in result.output
    assert '"coder":"ana"' in (desk / "outputs" / "tags.jsonl").read_text(encoding="utf-8")
    assert verify.verify(desk / "outputs", desk / "corpus").drift == []
