"""What tests share: a small corpus, the outputs of one run on it, and the skip of tests that need the shared folder."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.config import HOME, Settings
from pipeline.encoder import Encoder
from pipeline.files import sha256_file
from pipeline.plan import Plan
from pipeline.run import run
from pipeline.stages import STAGES
from pipeline.tools import Tools

# The same examples every time where a failure would stop others; new ones at an engineer's desk. How long an example
# takes says nothing on a machine that does other work besides.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

SHARED = Path(__file__).parents[2] / "shared"

DOCUMENTS = {
    "meeting.txt": (
        "Spring Meeting of the Orchard Network\n\nMay 4, 2016\n\n"
        "Problem of Practice: Elm Valley School District\n\n"
        "Three of the schools have had nine principals in ten years, and nobody had been prepared to follow them. "
        "The superintendent asked the group how to keep the work going when a leader leaves.\n\n"
        "Maria Lopez, principal of Elm School, said, “We stopped waiting for the district to send us coaches. "
        "We trained our own teachers to lead the work, and now they lead it without me.” "
        "The teachers now plan and run the weekly meetings in which lessons are discussed.\n"
    ),
    "notes/autumn.md": (
        "# Autumn notes\n\nThe group met on 12 October 2017.\n\n## Equity\n\n"
        "Most suspensions fell on a few students of colour, and the team looked at the figures school by school.\n\n"
        "- Ask families what they see.\n- Bring the figures back in spring.\n"
    ),
    "page.html": (
        "<html><head><title>Residency</title></head><body><h1>Principal Residency</h1>"
        "<p>The program prepares assistant principals for the day on which they lead a school of their own.</p>"
        "<p>“I had a mentor who told me the truth every week,” explained Sam Okoro, a resident.</p></body></html>"
    ),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if SHARED.is_dir():
        return
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(pytest.mark.skip(reason=f"no folder {SHARED}"))


@pytest.fixture(scope="session")
def tools() -> Tools:
    """The shipped instruments and models."""
    return Tools(
        settings=Settings(),
        codebook_path=HOME / "corpus" / "codebook.yaml",
        rubric_path=HOME / "corpus" / "rubric.yaml",
        models_path=HOME / "models",
    )


@pytest.fixture(scope="session")
def encoder(tools: Tools) -> Encoder:
    return tools.encoder


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small corpus; not to be changed."""
    folder = tmp_path_factory.mktemp("small") / "corpus"
    for name, text in DOCUMENTS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def outputs(corpus: Path, tools: Tools) -> Path:
    """What a run of all stages wrote about the small corpus; not to be changed."""
    folder = corpus.parent / "outputs"
    outcome = run(Plan(corpus, folder, tools, quiet=True), list(STAGES))
    assert outcome.refusals == []
    return folder


@pytest.fixture
def plan(corpus: Path, outputs: Path, tools: Tools, tmp_path: Path) -> Plan:
    """A plan for a copy of the small corpus and of its outputs, to be changed at will."""
    shutil.copytree(corpus, tmp_path / "corpus")
    shutil.copytree(outputs, tmp_path / "outputs")
    return Plan(tmp_path / "corpus", tmp_path / "outputs", tools, quiet=True)


@pytest.fixture
def bare_plan(plan: Plan) -> Plan:
    """The same without outputs: everything is still to be done."""
    shutil.rmtree(plan.outputs)
    return plan


@pytest.fixture
def snapshot() -> Callable[[Path], dict[str, tuple[int, bytes]]]:
    """A function that returns time of change and content of every file below a folder, but for hidden ones."""
    return lambda folder: {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


@pytest.fixture(scope="session")
def few_others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models in which quotes are held against 40 others, not 700: a new rubric is read in seconds."""
    folder = tmp_path_factory.mktemp("few") / "models" / "practices"
    shutil.copytree(HOME / "models" / "practices", folder)
    others, described = folder / "others.jsonl", folder / "model.json"
    before = sha256_file(others)
    others.write_text("".join(others.read_text(encoding="utf-8").splitlines(keepends=True)[:40]), encoding="utf-8")
    described.write_text(described.read_text("utf-8").replace(before, sha256_file(others)), encoding="utf-8")
    return folder.parent
