"""Decisions made on an exported page come into the files of their coders, each once."""

from pathlib import Path
from typing import Any

import builders
import msgspec
from click.testing import CliRunner, Result

from pipeline.cli import main
from pipeline.corrections import log
from pipeline.corrections.decisions import Decision

DOC = builders.document("They cook in pairs.\n\nNobody had been asked.", path="kitchen.txt")
PAIRS, ASKED = builders.passages(DOC)
ANA = builders.theme_decision(DOC, PAIRS, {"equity": 2})
BEN = builders.theme_decision(DOC, PAIRS, {}, coder="ben")
LATER = builders.theme_decision(DOC, ASKED, {"equity": 1}, n=2)


def write(path: Path, *lines: Any) -> Path:
    coded = [line if isinstance(line, bytes) else msgspec.json.encode(line) for line in lines]
    path.write_bytes(b"\n".join(coded) + b"\n")
    return path


def take(path: Path, labels: Path) -> Result:
    return CliRunner().invoke(main, ["import", "decisions", str(path), "--labels", str(labels)])


def held(labels: Path, coder: str) -> list[Decision]:
    return log.read(labels / f"{coder}.jsonl").decisions


def test_each_decision_goes_to_the_file_of_its_coder_once(tmp_path: Path) -> None:
    labels = tmp_path / "labels"
    first = take(write(tmp_path / "page.jsonl", ANA, BEN, ANA), labels)
    assert (first.exit_code, first.stderr) == (
        0,
        f"2 decisions added (1 of ana, 1 of ben), 1 there already, 0 lines refused → {labels}\n",
    )
    second = take(write(tmp_path / "page.jsonl", ANA, BEN, LATER), labels)
    assert second.exit_code == 0
    assert (held(labels, "ana"), held(labels, "ben")) == ([ANA, LATER], [BEN])


def test_lines_that_cannot_be_used_are_named_and_the_others_taken(tmp_path: Path) -> None:
    labels = tmp_path / "labels"
    log.add(labels, ANA)
    other = msgspec.structs.replace(ANA, themes={})
    bad_name = msgspec.structs.replace(BEN, coder="../ben")
    path = write(tmp_path / "page.jsonl", other, b"{", b'{"target": "passage"}', b"", bad_name, b"\xff", BEN)
    found = take(path, labels)
    assert found.exit_code == 3
    refused = [line for line in found.stderr.splitlines() if line.startswith("refused: ")]
    assert [line.partition(", line ")[2].partition(":")[0] for line in refused] == ["1", "2", "3", "5", "6"]
    assert "another decision with the id ana:000001" in refused[0]
    assert (held(labels, "ana"), held(labels, "ben")) == ([ANA], [BEN])
    assert sorted(path.name for path in labels.iterdir()) == ["ana.jsonl", "ben.jsonl"]


def test_a_file_without_decisions_is_refused(tmp_path: Path) -> None:
    for path in (write(tmp_path / "empty.jsonl"), tmp_path / "nowhere.jsonl"):
        found = take(path, tmp_path / "labels")
        assert found.exit_code == 3
        assert "what to do:" in found.stderr
