"""Files of other programs that somebody or something damaged: they are read, or refused, and nothing else."""

import contextlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from builders import codebook, rubric
from exchanging import completed, made_of, written
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import PipelineError
from pipeline.exchange import web_annotation as web
from pipeline.exchange import web_annotation_reading as web_back
from pipeline.exchange.annotation import argilla, doccano, label_studio, prodigy
from pipeline.exchange.annotation.answers import decide
from pipeline.exchange.annotation.reading import coders
from pipeline.exchange.annotation.tasks import Asking, tasks_of
from pipeline.exchange.codings import codes
from pipeline.exchange.tables import long, reading, returning, wide, writing

CODES = codebook("succession", "equity")
RUBRIC = rubric({"Shared work": {"12": ["12a"]}})
DOCUMENT = made_of(["Nobody knew who would follow her.", "They asked families first.", "🎓 Lunch was at noon."])
JUNK: list[Any] = [None, True, 5, -1, 0.5, 10**30, "", "x", "2026-13-40", [], {}, [1], {"a": 1}, ["a"], [[1, 2, "x"]]]

TOOLS = {
    "label-studio": (label_studio.tasks, label_studio.read, ""),
    "label-studio, min": (label_studio.tasks, label_studio.read, "min"),
    "label-studio, csv": (label_studio.tasks, label_studio.read, "csv"),
    "prodigy": (prodigy.tasks, prodigy.read, ""),
    "doccano": (doccano.tasks, doccano.read, ""),
    "argilla": (argilla.tasks, argilla.read, ""),
}


def spoilt(value: Any, chance: random.Random) -> Any:
    """Return the same JSON with some of it missing, and some of it something else."""
    if chance.random() < 0.06:
        return chance.choice(JUNK)
    if isinstance(value, dict):
        return {name: spoilt(one, chance) for name, one in value.items() if chance.random() > 0.02}
    return [spoilt(one, chance) for one in value] if isinstance(value, list) else value


def spoilt_bytes(content: bytes, chance: random.Random) -> bytes:
    made = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(made) + 1)
        new = bytes(chance.randrange(256) for _ in range(chance.randint(0, 8)))
        made[at : at + chance.randint(0, 12)] = new
    return bytes(made)


def spoilt_file(content: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.3 or not content.startswith((b"[", b"{")):
        return spoilt_bytes(content, chance)
    try:
        return json.dumps(spoilt(json.loads(content), chance)).encode()
    except json.JSONDecodeError:
        return b"\n".join(json.dumps(spoilt(json.loads(line), chance)).encode() for line in content.splitlines())


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("o"), DOCUMENT)


@pytest.mark.parametrize("unit", ["passage", "document"])
@pytest.mark.parametrize("tool", TOOLS)
@given(chance=st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_a_spoilt_file_of_a_tool(tool: str, unit: Any, outputs: Path, chance: random.Random) -> None:
    write, read, form = TOOLS[tool]
    asking = Asking(unit=unit, themes=CODES.themes)
    content = completed(tool.partition(",")[0], write(tasks_of(DOCUMENT, asking), asking), form=form)
    with contextlib.suppress(PipelineError):
        answers = read(spoilt_file(content, chance))
        decide(answers, outputs, CODES, coders(answers, []), [])


@given(chance=st.randoms(use_true_random=False), lines=st.booleans())
@settings(max_examples=80)
def test_a_spoilt_file_of_web_annotations(outputs: Path, chance: random.Random, lines: bool) -> None:
    made = list(web.annotations(DOCUMENT, {one.id: one for one in codes(CODES, RUBRIC)}, {}))
    of_ana = [one | {"creator": {"id": "urn:x:ana", "type": "Person", "name": "Ana"}} for one in made]
    with contextlib.suppress(PipelineError):
        answers = web_back.read(spoilt_file(web.lines(of_ana) if lines else web.collection(of_ana), chance))
        web_back.decide(answers, outputs, CODES, coders(answers, []), [])


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "dta"])
@given(chance=st.randoms(use_true_random=False), shape=st.sampled_from(["wide", "long"]))
@settings(max_examples=40)
def test_a_spoilt_table(form: Any, tmp_path_factory: pytest.TempPathFactory, chance: random.Random, shape: str) -> None:
    wanted = wide.Wanted(codebook=CODES, rubric=RUBRIC)
    grid = wide.grid([DOCUMENT], wanted) if shape == "wide" else long.grid([DOCUMENT], codes(CODES, RUBRIC))
    path = tmp_path_factory.mktemp("t") / f"t.{form}"
    writing.write(grid, form, path, [], [])
    path.write_bytes(spoilt_bytes(path.read_bytes(), chance))
    with contextlib.suppress(PipelineError):
        returning.changes(reading.read(path), CODES, "ana", {"d1:p0000"}, dict)


def test_a_spoilt_file_of_spss(tmp_path: Path) -> None:
    chance = random.Random(2)
    path = tmp_path / "t.sav"
    grid = wide.grid([DOCUMENT], wide.Wanted(codebook=CODES, rubric=RUBRIC))
    writing.write(grid, "sav", path, [], [])
    content = path.read_bytes()
    for _ in range(2):
        path.write_bytes(spoilt_bytes(content, chance))
        with contextlib.suppress(PipelineError):
            returning.changes(reading.read(path), CODES, "ana", {"d1:p0000"}, dict)
