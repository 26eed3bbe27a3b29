"""A researcher's way: a run, an hour of review, a click to retrain, one to run again, the change in the report."""

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.conftest import serious
from playwright.sync_api import Page, expect

from pipeline.config import HOME
from pipeline.plan import Plan

N_LABELS = 200


def small_labels(path: Path) -> None:
    """Write some of the shipped labels of single texts: a training of seconds."""
    with (HOME / "corpus" / "labels" / "themes.jsonl").open(encoding="utf-8") as lines:
        alone = (line for line in lines if "document" not in json.loads(line))
        path.write_text("".join(itertools.islice(alone, N_LABELS)), encoding="utf-8")


@pytest.fixture
def address(plan: Plan, tmp_path: Path) -> Iterator[str]:
    """The address of `pop review` on the outputs of a run, with models of one's own."""
    labels, models = plan.corpus / "labels", tmp_path / "models"
    labels.mkdir()
    small_labels(labels / "own.jsonl")
    for name in ("anatomy", "practices", "encoder"):  # no themes yet: two hundred labels would not pass the gate
        shutil.copytree(HOME / "models" / name, models / name)
    words = ["--coder", "ana", "--outputs", plan.outputs, "--corpus", plan.corpus, "--labels", labels]
    command = [sys.executable, "-m", "pipeline", "review", *map(str, words), "--models", str(models)]
    process = subprocess.Popen(
        [*command, "--no-browser", "--quiet"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(HOME)},
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


@pytest.mark.slow
def test_what_a_person_decides_trains_and_stands_in_the_report(page: Page, address: str, plan: Plan) -> None:
    page.set_default_timeout(60_000)
    page.goto(address)
    count = page.locator("#count")
    expect(count).to_contain_text("0 of")
    found = re.search(r"0 of (\d+)", count.inner_text())
    assert found is not None
    n = int(found[1])
    for i in range(n):
        expect(count).to_contain_text(f"{i} of {n} judged")
        page.keyboard.press("7")  # collaboration and networks, which no passage here is about
        page.keyboard.press("Shift+Enter")
    expect(page.locator("h1")).to_have_text("All done")

    page.get_by_role("button", name="Train the model").click()
    expect(page.locator("#verdict")).to_contain_text("is in use", timeout=240_000)
    expect(page.locator("#job")).to_contain_text("labels, cross-validated")
    page.get_by_role("button", name="Run the pipeline again").click()
    expect(page.locator("#verdict")).to_contain_text("up to date", timeout=240_000)

    tags = [json.loads(line) for line in (plan.outputs / "tags.jsonl").read_text("utf-8").splitlines()]
    people = [tag for tag in tags if tag["source"] == "human"]
    assert {tag["coder"] for tag in people} == {"ana"}
    assert sum(tag["theme"] == "collaboration_networks" and tag["decision"] == "yes" for tag in people) == n
    page.goto((plan.outputs / "report.html").as_uri())
    expect(page.locator("#methods, [aria-labelledby=methods]").first).to_contain_text("ana")
    assert serious(page) == []
