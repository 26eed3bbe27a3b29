"""Kills a command at random moments, again and again, and looks at what it left."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

HOME = Path(__file__).parents[2]
PATIENCE = 300.0
"""Seconds after which a command that does not end is a failure."""


class Scene(Protocol):
    """A command in a folder of its own. Problems are told in words; none: all is well."""

    name: str

    def reset(self) -> None:
        """Bring back the state before."""

    def act(self, kill_after: float | None) -> bool:
        """Run the command; return whether it was killed before its end. `kill_after`: seconds; `None`: never."""

    def check(self) -> list[str]:
        """Say what is not whole after a kill."""

    def finish(self) -> list[str]:
        """Run the command to its end, and say what differs from what it makes undisturbed."""


@dataclass
class Tally:
    """What became of a scene's kills. `usual`: seconds that the command takes; `moments`: shares of that, 0–1."""

    name: str
    usual: float
    moments: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    survived: int = 0
    seconds: float = 0.0

    def line(self) -> str:
        """Return a line of the table; how many kills fell into each tenth of the command's time is its last column."""
        tenths = [sum(int(one * 10) == tenth for one in self.moments) for tenth in range(10)]
        tried = f"{len(self.moments):>6}{self.survived:>10}"
        return f"{self.name:22}{tried}{self.usual:>9.1f}{self.seconds:>9.0f}   {' '.join(map(str, tenths))}"


HEADER = f"{'command':22}{'kills':>6}{'survived':>10}{'usual s':>9}{'took s':>9}   kills in each tenth of its time"


def kill_often(
    scene: Scene, n: int, seed: int, within: tuple[float, float] = (0.0, 1.0), usual: float | None = None
) -> Tally:
    """Kill a command `n` times. A kill that came after its end is not counted but tried again.

    `within`: the part of the command's usual time that moments are drawn from; `usual`: that time, if it is known.
    """
    began = time.monotonic()
    rng = random.Random(f"{seed} {scene.name}")
    tally = Tally(scene.name, usual or _usual(scene))
    while len(tally.moments) < n:
        scene.reset()
        moment = rng.uniform(*within)
        if not scene.act(moment * tally.usual):
            continue
        problems = [*scene.check(), *scene.finish()]
        tally.moments.append(moment)
        tally.survived += not problems
        tally.problems += [f"{scene.name}, killed at {moment:.3f}: {one}" for one in problems]
    tally.seconds = time.monotonic() - began
    return tally


def _usual(scene: Scene) -> float:
    times = []
    for _ in range(2):
        scene.reset()
        began = time.monotonic()
        scene.act(None)
        times.append(time.monotonic() - began)
    return min(times)


def started(words: Sequence[object], **options: object) -> "subprocess.Popen[bytes]":
    """Start `pop` as a user would, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", *map(str, words)],
        cwd=HOME,
        env={**os.environ, "PYTHONPATH": str(HOME)},
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options},  # type: ignore[call-overload]
    )


def killed(process: "subprocess.Popen[bytes]") -> bool:
    """Kill a process and all that it has started; return whether it was still at work."""
    at_work = process.poll() is None
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        at_work = False
    process.wait()
    return at_work and process.returncode == -signal.SIGKILL


def ran(words: Sequence[object], kill_after: float | None) -> bool:
    """Run `pop`; return whether it was killed before its end."""
    process = started(words)
    try:
        process.wait(PATIENCE if kill_after is None else kill_after)
    except subprocess.TimeoutExpired:
        return killed(process)
    return False


def ended(words: Sequence[object]) -> list[str]:
    """Run `pop` to its end; say what it complained of."""
    process = started(words, stderr=subprocess.PIPE)
    _, told = process.communicate(timeout=PATIENCE)
    return [f"exit {process.returncode}: {told.decode()[-600:]}"] if process.returncode else []
