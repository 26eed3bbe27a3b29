"""The offline way: an exported page, its file, `pop import`, `pop run`; what a person said is in the records."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from playwright.sync_api import Page, expect
from reviewing import write_queue

from pipeline import jsonl
from pipeline.bundles import bundles
from pipeline.cli import main
from pipeline.plan import Plan
from pipeline.records import Mapping, Quote, Record, Segment, Tag

UNITS = {"passages": ["7", "Shift+Enter"], "quotes": ["f", "13", "Enter", "Shift+Enter"], "problems": ["a", "Enter"]}
"""What is pressed for one unit of each kind; digits after `f` are typed into its field."""


def pop(*words: Any) -> Result:
    return CliRunner().invoke(main, [*map(str, words)])


def read(plan: Plan, kind: str, record: type[Record]) -> list[Any]:
    return list(jsonl.read(plan.outputs / f"{kind}.jsonl", record))


@pytest.fixture
def asked(plan: Plan) -> dict[str, str]:
    """The id of a unit of each kind, of the document with a problem of practice."""
    kinds = ("documents", "passages", "segments", "quotes")
    found = next(one for one in bundles(plan.outputs, kinds) if one.document.path == "meeting.txt")
    problem = next(one for one in found.segments if one.kind == "problem_of_practice")
    return {"passages": found.quotes[0].passage_id, "quotes": found.quotes[0].id, "problems": problem.id}


def decided(page: Page, plan: Plan, unit: str, asked: str, folder: Path) -> bytes:
    """Export a page with one unit, decide, and return the file that it saves."""
    queue, file = write_queue(folder / f"{unit}.jsonl", [asked]), folder / f"{unit}.html"
    told = ["review", "--coder", "ana", "--unit", unit, "--queue", queue, "--export", file]
    assert pop(*told, "--outputs", plan.outputs, "--corpus", plan.corpus).exit_code == 0
    page.goto(file.as_uri())
    expect(page.locator("#count")).to_contain_text("0 of 1 judged")
    for key in UNITS[unit]:
        if key == "13":
            page.keyboard.type(key)
        else:
            page.keyboard.press(key)
    expect(page.locator("h1")).to_have_text("All done")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save decisions to a file").click()
    return Path(download.value.path()).read_bytes()


def test_what_is_decided_offline_comes_into_the_records_once(
    page: Page, plan: Plan, asked: dict[str, str], tmp_path: Path
) -> None:
    saved = b"".join(decided(page, plan, unit, asked[unit], tmp_path) for unit in UNITS)
    lines = saved.splitlines()
    assert len(lines) == 4  # of the quote two: that it is one, and its practices
    tampered = lines[0].replace(b'"id":"ana:', b'"id":"ana:x').replace(b'"collaboration_networks":2', b'"equity":9')
    file = tmp_path / "ana.jsonl"
    file.write_bytes(tampered + b"\n" + saved)

    first = pop("import", "decisions", file, "--corpus", plan.corpus)
    assert (first.exit_code, "4 decisions added (4 of ana)" in first.stderr) == (3, True)
    assert f"refused: {file}, line 1: " in first.stderr
    label = plan.corpus / "labels" / "ana.jsonl"
    held = label.read_bytes()
    again = pop("import", "decisions", file, "--corpus", plan.corpus)
    assert ("0 decisions added, 4 there already, 1 line refused" in again.stderr, label.read_bytes()) == (True, held)

    ran = pop("run", "--corpus", plan.corpus, "--outputs", plan.outputs, "--quiet")
    assert ran.exit_code == 0, ran.stderr
    human = {
        kind: [one for one in read(plan, kind, record) if one.source == "human"]
        for kind, record in (("tags", Tag), ("quotes", Quote), ("mappings", Mapping), ("segments", Segment))
    }
    assert {one.coder for held in human.values() for one in held} == {"ana"}
    assert [one.theme for one in human["tags"] if one.decision == "yes"][-1:] == ["collaboration_networks"]
    assert [one.id for one in human["quotes"]] == [asked["quotes"]]
    assert {one.indicator: one.decision for one in human["mappings"]}["13"] == "match"
    assert [(one.id, one.anatomy[0].role) for one in human["segments"]] == [(asked["problems"], "approach")]
    assert pop("verify", "--corpus", plan.corpus, "--outputs", plan.outputs).exit_code == 0

    before = {path.name: path.read_bytes() for path in plan.outputs.glob("*.jsonl")}
    pop("import", "decisions", file, "--corpus", plan.corpus)
    assert msgspec.json.decode(pop("run", "--corpus", plan.corpus, "--outputs", plan.outputs, "--json").stdout)
    assert {path.name: path.read_bytes() for path in plan.outputs.glob("*.jsonl")} == before
