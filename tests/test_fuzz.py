"""A few damaged files for every reader, new ones each time; `make fuzz` tries thousands (tests/fuzz)."""

from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline.errors import PipelineError
from tests.fuzz.mutations import LARGEST, mutate
from tests.fuzz.targets import TARGETS
from tests.fuzz.trying import Trial, outcome

SLOW = ("table.sav",)
"""Each file is read in a process of its own, which takes a second or two to start."""


@cache
def seeds_of(name: str) -> list[bytes]:
    return list(TARGETS[name].seeds())


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_reads_its_own_files(name: str) -> None:
    first, *others = seeds_of(name)
    assert outcome(TARGETS[name].read, first) is None
    assert not [found for content in others if isinstance(found := outcome(TARGETS[name].read, content), tuple)]


def is_read_or_refused(name: str, seed: int) -> bool:
    target, random = TARGETS[name], Random(seed)
    found = outcome(target.read, mutate(random.choice(seeds_of(name)), random, target.kind))
    return found is None or isinstance(found, PipelineError)


@pytest.mark.parametrize("name", [name for name in TARGETS if name not in SLOW])
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_a_damaged_file_is_read_or_refused(name: str, seed: int) -> None:
    assert is_read_or_refused(name, seed)


@pytest.mark.parametrize("name", SLOW)
@settings(max_examples=3, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_a_damaged_file_that_is_read_apart_is_read_or_refused(name: str, seed: int) -> None:
    assert is_read_or_refused(name, seed)


@pytest.mark.parametrize("kind", ["bytes", "text", "markup", "zip", "pdf", "json"])
@settings(suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=300), seed=st.integers(0, 2**32))
def test_the_same_seed_damages_a_file_in_the_same_way(kind: str, content: bytes, seed: int) -> None:
    first, second = (mutate(content, Random(seed), kind) for _ in range(2))  # type: ignore[arg-type]
    assert first == second or kind == "zip"  # which holds the time at which it was written
    assert len(first) <= LARGEST or kind == "zip"


def test_faults_are_kept_once_for_each_place(tmp_path: Path) -> None:
    def read(content: bytes) -> int:
        return 1 // len(content) if content != b"deep" else read(content)

    trial = Trial(TARGETS["text"].__class__("made", "bytes", lambda: [], read), tmp_path)
    for content in (b"a", b"", b"", b"deep", b"b"):
        trial.of(content)
    assert (trial.tally.tried, trial.tally.read, trial.tally.refused) == (5, 2, 1)
    [fault] = trial.tally.faults
    assert fault.kind == "crash"
    assert "ZeroDivisionError" in fault.message
    assert Path(fault.file).read_bytes() == b""
