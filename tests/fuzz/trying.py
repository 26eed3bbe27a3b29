"""Tries one file on one target, and keeps count: what was read, what was refused, what went wrong."""

import os
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from pipeline.config import Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.watch import memory, watched
from tests.fuzz.targets import Target

LIMITS = Settings(max_seconds=20, max_memory_bytes=1_500_000_000)
"""for a file of at most 30 kB; instrumented for coverage, code takes several times its usual time."""


class Fault(msgspec.Struct):
    """Something that must not be. `where`: by which faults are told apart; `file`: holds what was read."""

    kind: str
    where: str
    message: str
    file: str


class Tally(msgspec.Struct):
    """What became of the files that were tried. `slowest`: seconds; `memory`: bytes that the process filled at most."""

    target: str
    tried: int = 0
    read: int = 0
    refused: int = 0
    slowest: float = 0
    memory: int = 0
    faults: list[Fault] = []


@dataclass
class Trial:
    """Trying files on a target. `keep`: the folder in which those are kept that are no good for the reader."""

    target: Target
    keep: Path
    tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        self.tally = Tally(self.target.name, faults=[])

    def of(self, content: bytes) -> None:
        """Try a file."""
        self.tally.tried += 1
        began = time.process_time()
        problem = outcome(self.target.read, content)
        took = time.process_time() - began
        if took > self.tally.slowest:
            self.tally.slowest = took
            self._keep("slowest", content)
        if self.tally.tried % 64 == 0:
            self.tally.memory = max(self.tally.memory, memory())
        if problem is None:
            self.tally.read += 1
        elif isinstance(problem, PipelineError):
            self.tally.refused += 1
        else:
            self._note(*problem, content)

    def _note(self, kind: str, where: str, message: str, content: bytes) -> None:
        if where not in {fault.where for fault in self.tally.faults}:
            name = self._keep(f"{kind}-{len(self.tally.faults)}", content)
            self.tally.faults.append(Fault(kind, where, message, name))

    def _keep(self, name: str, content: bytes) -> str:
        path = self.keep / f"{self.target.name}-{name}"
        path.write_bytes(content)
        return os.fspath(path)


def outcome(read: Callable[[bytes], object], content: bytes) -> PipelineError | tuple[str, str, str] | None:
    """Read a file and return how it ended: `None` (it was read), why it was refused, or what went wrong and where."""
    try:
        with watched(LIMITS):
            read(content)
    except PipelineError as error:
        if "more than 20 seconds" in error.found:
            return "hang", _place(error.__cause__), str(error)
        if "of memory" in error.found:
            return "memory", _place(error.__cause__), str(error)
        if error.code is ErrorCode.UNEXPECTED:
            return "crash", _place(error.__cause__), str(error)
        return error
    except Exception as error:
        return "crash", _place(error), f"{type(error).__name__}: {error}"[:300]
    return None


def _place(error: BaseException | None) -> str:
    """Return the innermost place in our own code, and that in whose else it happened."""
    if error is None:
        return "?"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/pipeline/" in frame.filename]
    named = [*ours[-1:], *frames[-1:]] or frames
    places = dict.fromkeys(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in named)
    return f"{type(error).__name__} at {' ← '.join(places)}"
