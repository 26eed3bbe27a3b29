"""The review page in a real browser, with the real command behind it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from browser.conftest import DESK, PHONE, serious
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect
from reviewing import SAID, write_outputs, write_queue

from pipeline import codebook as codebooks
from pipeline.cli import main
from pipeline.config import HOME
from pipeline.corrections import log
from pipeline.corrections.decisions import (
    Decision,
    Judgement,
    PassageDecision,
    PracticesDecision,
    QuoteDecision,
    SegmentDecision,
)

FIFTY = [f"long-p{i}" for i in range(1, 51)]
TRAINING = (
    "from pipeline.cli import main, review\n"
    "import sys\n"
    "train = [sys.executable, '-c', 'print(\"F1 .71 → .69\"); raise SystemExit(5)']\n"
    "run = [sys.executable, '-c', 'print(\"Done: all stages\")']\n"
    "review._commands = lambda *_: {'train': train, 'run': run}\n"
    "main()"
)
"""The command with a training of a moment, which the gate refuses, and a run of a moment."""


class Desk:
    """Folders of a coder, and the processes that were started on them."""

    def __init__(self, folder: Path) -> None:
        self.outputs = write_outputs(folder / "outputs")
        self.labels = folder / "labels"
        self.started: list[subprocess.Popen[str]] = []

    def words(self, unit: str, ids: list[str] | None) -> list[str]:
        found = [
            "review",
            "--coder",
            "ana",
            "--unit",
            unit,
            "--outputs",
            str(self.outputs),
            "--labels",
            str(self.labels),
        ]
        if ids is None:
            return found
        return [*found, "--queue", str(write_queue(self.outputs / f"queue-{unit}.jsonl", ids))]

    def start(self, unit: str, ids: list[str] | None, *more: str, program: str | None = None) -> str:
        """Start the command and return the address that it prints."""
        how = ["-c", program] if program else ["-m", "pipeline"]
        command = [sys.executable, *how, *self.words(unit, ids), "--no-browser", "--quiet", *more]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(HOME)}
        )
        self.started.append(process)
        assert process.stdout is not None
        return process.stdout.readline().strip()

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        process = self.started.pop()
        process.send_signal(how)
        process.communicate(timeout=10)
        return process.returncode

    def decisions(self) -> list[Judgement]:
        return log.current(log.read(self.labels / "ana.jsonl").decisions)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    while made.started:
        made.stop(signal.SIGKILL)


@pytest.fixture
def forgiving_page(browser: Browser) -> Iterator[Page]:
    """A page that may complain: of a server that is gone."""
    context = browser.new_context(viewport=DESK)
    yield context.new_page()
    context.close()


def judged(page: Page, n: int, of: int) -> None:
    expect(page.locator("#count")).to_contain_text(f"{n} of {of} judged")


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_text(re.compile(r"^saved \d\d:\d\d:\d\d$"))


def test_fifty_passages_by_keyboard_and_a_killed_server_loses_nothing(desk: Desk, forgiving_page: Page) -> None:
    page = forgiving_page
    page.goto(desk.start("passages", FIFTY))
    assert "token" not in page.url
    for i in range(25):
        judged(page, i, 50)
        if i == 3:
            page.keyboard.press("2")  # the question is answered: substantially
        if i == 4:
            page.keyboard.press("Shift+Enter")
            continue
        page.keyboard.press("Enter")
    judged(page, 25, 50)
    desk.stop(signal.SIGKILL)
    page.keyboard.press("Enter")
    expect(page.locator("#saved")).to_contain_text("kept in this browser, trying again")
    judged(page, 26, 50)
    n_safe = len(desk.decisions())

    page.goto(desk.start("passages", FIFTY))
    saved(page)
    assert len(desk.decisions()) == 26 > n_safe
    expect(page.locator("#count")).to_have_text("No. 27 · 26 of 50 judged")
    for i in range(26, 50):
        judged(page, i, 50)
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("All done")
    expect(page.locator("#agreement")).to_contain_text("50 judged by both")
    assert serious(page) == []
    assert desk.stop() == 0

    found = desk.decisions()
    assert [one.record_id for one in found] == FIFTY
    assert len({one.id for one in found}) == 50
    themes = [(one.themes, one.open) for one in found if isinstance(one, PassageDecision)]
    assert themes[3] == ({"equity": 2, "succession": 2}, [])
    assert themes[4] == ({"equity": 2}, [])
    assert themes[5] == themes[49] == ({"equity": 2}, ["succession"])
    assert found[0].model_version is not None


def test_undo_takes_back_and_goes_there(desk: Desk, page: Page) -> None:
    page.goto(desk.start("passages", FIFTY[:3]))
    for n in range(2):
        judged(page, n, 3)
        page.keyboard.press("Enter")
    judged(page, 2, 3)
    page.keyboard.press("u")
    expect(page.locator("#count")).to_have_text("No. 2 · 1 of 3 judged")
    saved(page)
    assert [one.record_id for one in desk.decisions()] == FIFTY[:1]
    page.reload()
    expect(page.locator("#count")).to_have_text("No. 2 · 1 of 3 judged")
    page.keyboard.press("u")
    expect(page.locator("#count")).to_have_text("No. 1 · 0 of 3 judged")
    saved(page)
    assert desk.decisions() == []
    assert len(log.read(desk.labels / "ana.jsonl").decisions) == 4


def test_a_decision_can_be_changed_later(desk: Desk, page: Page) -> None:
    page.goto(desk.start("passages", FIFTY[:2]))
    judged(page, 0, 2)
    page.keyboard.press("Enter")
    judged(page, 1, 2)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#panel")).to_contain_text("You have judged this passage")
    for name in ("6", "6", "0", "o", "ArrowDown"):
        page.keyboard.press(name)
    page.keyboard.press("Enter")
    judged(page, 1, 2)
    saved(page)
    (found,) = desk.decisions()
    assert isinstance(found, PassageDecision)
    assert (found.themes, sorted(found.open)) == ({}, ["policy_resources", "succession"])


@pytest.mark.parametrize("unit", ["passages", "quotes", "problems"])
def test_blind_shows_nothing_of_the_model(desk: Desk, page: Page, unit: str) -> None:
    bodies: list[str] = []
    page.on("response", lambda response: bodies.append(response.text()) if "/api/" in response.url else None)
    page.goto(
        desk.start(unit, {"passages": FIFTY[:3], "quotes": ["short-p1"], "problems": ["short:s0"]}[unit], "--blind")
    )
    expect(page.locator(".judged")).to_be_visible()
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    heard = "\n".join([*bodies, page.content()])
    assert len(bodies) >= 2
    for sign in (
        "0.84",
        ".84",
        "0.41",
        "0.81",
        "0.7",
        "review .",
        "model:",
        '"evidence":[{',
        "sure of it",
        '"p":',
        "<mark",
    ):
        assert sign not in heard, sign
    if unit == "problems":
        page.keyboard.press("k")
    page.keyboard.press("Enter")
    saved(page)
    (found,) = desk.decisions()
    assert found.blind
    if isinstance(found, PassageDecision):
        assert (found.themes, found.open) == ({}, [])
    if isinstance(found, QuoteDecision):
        assert (found.is_quote, found.parts) == (False, [])


def test_a_quote_is_corrected_and_a_missing_one_added(desk: Desk, page: Page) -> None:
    page.goto(desk.start("quotes", ["short:q0"]))
    expect(page.locator(".quoted").first).to_be_visible()
    for name in ("]", "]", "[", "{", "{", "}"):
        page.keyboard.press(name)
    page.keyboard.press("2")  # the question about indicator 8a: best
    page.keyboard.press("l")
    page.keyboard.press("f")
    page.keyboard.type("12a")
    page.keyboard.press("Enter")
    page.get_by_label("Role").fill("head of Elm School")
    page.keyboard.press("Escape")
    select(page, "Then she")
    page.keyboard.press("a")
    page.keyboard.press("}")
    page.keyboard.press("Enter")
    saved(page)
    found = desk.decisions()
    quotes = [one for one in found if isinstance(one, QuoteDecision)]
    practices = [one for one in found if isinstance(one, PracticesDecision)]
    assert [one.parts[0].text for one in quotes] == [SAID.removeprefix("We ").removesuffix(" waits."), "Then she left."]
    assert [(one.record_id, one.added) for one in quotes] == [("short:q0", False), ("short-p1", True)]
    assert quotes[0].speaker is not None
    assert quotes[0].speaker.words is not None
    assert (quotes[0].speaker.role, quotes[0].speaker.words.text) == ("head of Elm School", "Ana Ruiz")
    assert practices[0].practices == {"12b": 2, "8a": 2, "12a": 2}
    assert practices[0].levels == {"8a": "getting_started"}
    assert practices[0].anchor.text == quotes[0].parts[0].text

    page.reload()
    expect(page.locator("h1")).to_have_text("All done")
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Added").click()
    page.keyboard.press("x")
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    saved(page)
    (left,) = desk.decisions()
    assert isinstance(left, QuoteDecision)
    assert (left.record_id, left.is_quote) == ("short:q0", False)


def select(page: Page, words: str) -> None:
    """Select words of the text as a mouse does."""
    page.evaluate(
        """words => {
            const walker = document.createTreeWalker(document.getElementById("text"), NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const at = walker.currentNode.data.indexOf(words);
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(walker.currentNode, at);
                range.setEnd(walker.currentNode, at + words.length);
                getSelection().removeAllRanges();
                getSelection().addRange(range);
            }
        }""",
        words,
    )
    expect(page.locator("#selecting")).to_be_visible()


def test_the_sentences_of_a_problem_get_roles_by_one_key_each(desk: Desk, page: Page) -> None:
    page.goto(desk.start("problems", ["short:s0"]))
    expect(page.locator(".sentence[aria-current]")).to_contain_text("No one could follow her.")
    for name in ("ArrowDown", "a", "r", "Enter"):
        page.keyboard.press(name)
    saved(page)
    (found,) = desk.decisions()
    assert isinstance(found, SegmentDecision)
    assert found.kind == "problem_of_practice"
    assert [(one.role, one.text) for one in found.anatomy] == [
        ("problem", "No one could follow her."),
        ("approach", "They began to train two teachers."),
        ("result", "It cost a year."),
    ]


def test_hostile_text_shows_as_text(desk: Desk, page: Page) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.goto(desk.start("passages", ["short-p3"]))
    text = page.locator("#text")
    expect(text).to_contain_text("<script>alert(1)</script> and </script><img src=x onerror=alert(2)>")
    expect(text).to_contain_text("␛[31mred")
    assert "\u202e" not in text.inner_text()
    expect(page.locator(".where strong")).to_have_text("Staffing <b>bold</b>")
    assert page.locator("img").count() == 0
    page.keyboard.press("Enter")
    saved(page)
    assert dialogs == []


@pytest.mark.parametrize("unit", ["passages", "quotes", "problems"])
def test_nothing_serious_stands_in_the_way(desk: Desk, page: Page, unit: str) -> None:
    page.goto(desk.start(unit, {"passages": FIFTY[:2], "quotes": ["short:q0"], "problems": ["short:s0"]}[unit]))
    for size in (DESK, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        expect(page.locator(".judged")).to_be_visible()
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if unit == "passages":
        page.emulate_media(color_scheme="dark")
        assert serious(page) == []
        page.keyboard.press("g")
        expect(page.locator("#agreement")).to_contain_text("Nothing that somebody else")
        assert serious(page) == []


def test_one_click_trains_and_says_what_the_gate_decided(desk: Desk, page: Page) -> None:
    page.goto(desk.start("passages", FIFTY[:1], program=TRAINING))
    judged(page, 0, 1)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Train the model").click()
    expect(page.locator("#verdict")).to_contain_text("not put to use")
    expect(page.locator("#job")).to_contain_text("F1 .71 → .69")
    page.get_by_role("button", name="Run the pipeline again").click()
    expect(page.locator("#verdict")).to_contain_text("up to date")


def test_an_exported_page_works_alone_and_its_file_is_decisions(desk: Desk, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    result = CliRunner().invoke(main, [*desk.words("passages", [*FIFTY[:2], "short-p3"]), "--export", str(file)])
    assert result.exit_code == 0, result.output
    page.goto(file.as_uri())
    for n in range(2):
        judged(page, n, 3)
        page.keyboard.press("Enter")
    page.keyboard.press("u")
    page.keyboard.press("Enter")
    judged(page, 2, 3)
    expect(page.locator("#saved")).to_contain_text("kept in this browser")
    page.reload()
    judged(page, 2, 3)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("All done")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save decisions to a file").click()
    lines = Path(download.value.path()).read_bytes().splitlines()
    decisions = [msgspec.json.decode(line, type=Decision) for line in lines]
    assert [one.record_id for one in log.current(decisions)] == ["long-p1", "long-p2", "short-p3"]
    assert len({one.id for one in decisions}) == len(decisions) == 5
    asked = [one.asked for one in decisions if isinstance(one, PassageDecision)]
    assert asked == [codebooks.load(HOME / "corpus" / "codebook.yaml").ids] * 4
    assert all(re.fullmatch(r"ana:\d{8}T\d{6}-\w{4}:\d{6}", one.id) for one in decisions)
    assert serious(page) == []
