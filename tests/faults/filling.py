"""Disks that refuse what is written: every file of a run once, every decision of an import once, and real limits."""

import errno
import os
import resource
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from unittest import mock

from click.testing import CliRunner, Result

from pipeline.cli import main

from . import states
from .killing import HOME, PATIENCE
from .scenes import ImportScene, RunScene

LIMITS = (0, 512, 4_096, 20_000, 60_000, 120_000, 250_000, 500_000, 1_000_000)
"""The largest size of a file, in bytes."""

SIZES = ("64k", "256k", "512k", "1m", "2m", "4m")
"""Of disks that hold nothing else."""


@dataclass
class Refusals:
    """Counts what is written, and refuses the n-th of one kind: "write" (the first to a file), "fsync" or "rename"."""

    kind: str
    n: int
    seen: int = 0
    made: list[str] = field(default_factory=list)

    def meet(self, kind: str) -> None:
        """Count, or raise."""
        if kind == self.kind:
            self.seen += 1
            if self.seen == self.n:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class _Stream:
    """A file whose first write is counted."""

    def __init__(self, stream: IO[bytes], refusals: Refusals) -> None:
        self._stream, self._refusals, self._is_new = stream, refusals, True

    def write(self, content: Any) -> int:
        if self._is_new:
            self._is_new = False
            self._refusals.meet("write")
        return self._stream.write(content)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> "_Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


@contextmanager
def refusing(kind: str, n: int) -> Iterator[Refusals]:
    """Refuse the n-th write, fsync or rename of what is written atomically."""
    refusals = Refusals(kind, n)
    fdopen, fsync, replace = os.fdopen, os.fsync, Path.replace

    def opened(*given: Any, **options: Any) -> Any:
        return _Stream(fdopen(*given, **options), refusals)

    def synced(handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode):  # folders are brought to the disk only where that can be done
            refusals.meet("fsync")
        fsync(handle)

    def renamed(path: Path, target: Any) -> Path:
        refusals.meet("rename")
        return replace(path, target)

    with (
        mock.patch("os.fdopen", opened),
        mock.patch("os.fsync", synced),
        mock.patch.object(Path, "replace", renamed),
    ):
        yield refusals


@contextmanager
def short_writes(n: int) -> Iterator[Refusals]:
    """Let the n-th write of a line take only a part of it, and refuse the rest."""
    refusals = Refusals("line", n)
    write = os.write

    def written(handle: int, content: bytes) -> int:
        if refusals.seen == n - 1:
            refusals.seen, refusals.n = n, n + 1  # the rest of the line is refused
            return write(handle, content[: len(content) // 2])
        refusals.meet("line")
        return write(handle, content)

    with mock.patch("os.write", written):
        yield refusals


def called(words: list[object]) -> Result:
    """Call `pop` in this process."""
    return CliRunner().invoke(main, [str(word) for word in words])


def sweep(scene: Any, faults: Callable[[int], Any], rest: int = 1) -> tuple[int, list[str]]:
    """Refuse the first, the second … until nothing is refused any more; each time, finish and compare.

    Args:
        scene: a command in a folder of its own.
        faults: n → what refuses the n-th, for a `with` block.
        rest: how many to leave out between two.

    Returns:
        How many were refused, and what went wrong.
    """
    problems: list[str] = []
    n, refused = 1, 0
    while True:
        scene.reset()
        with faults(n) as refusals:
            told = called(scene.words)
        if refusals.seen < n:
            return refused, problems
        refused += 1
        found = [] if told.exit_code == 3 and "not_writable" in told.stderr else [f"{told.exit_code} {told.output}"]
        found += scene.check()
        again = called(scene.words)
        found += [f"again: {again.output}"] * bool(again.exit_code)
        found += states.differences(scene.new, states.state(scene.place))
        problems += [f"{scene.name}, refusal {n}: {one}" for one in found]
        n += rest


def swept(desk: Path) -> Iterator[tuple[str, int, list[str]]]:
    """Yield what was refused, how often, and what went wrong."""
    run = RunScene(desk / "run", changed=True)
    yield "run: first write to a file", *sweep(run, lambda n: refusing("write", n))
    for kind in ("fsync", "rename"):
        yield f"run: {kind}, every 7th", *sweep(run, lambda n, kind=kind: refusing(kind, n), rest=7)
    taking = ImportScene(desk / "import", n=12)
    yield "import: a line half written", *sweep(taking, short_writes)
    yield "import: fsync of a line", *sweep(taking, lambda n: refusing("fsync", n))
    yield "run: largest file (rlimit)", *limited(run)
    if can_mount():
        fresh = RunScene(desk / "fresh", changed=False)  # nothing stands on these disks before
        yield "run: a disk of 64 KB … 4 MB", *on_small_disks(fresh)


def limited(scene: RunScene) -> tuple[int, list[str]]:
    """Run where no file may be larger than so many bytes."""
    problems: list[str] = []
    refused = 0
    for limit in LIMITS:
        scene.reset()

        def bounded(limit: int = limit) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        told = _run(scene.words, bounded)
        refused += told.returncode != 0
        problems += [f"at most {limit} bytes: {one}" for one in _told_well(told) + scene.check() + scene.finish()]
    return refused, problems


def on_small_disks(scene: RunScene) -> tuple[int, list[str]]:
    """Run on disks that are soon full; then carry the outputs to a larger one, and run again."""
    problems: list[str] = []
    refused = 0
    disk = scene.outputs.with_name("disk")
    for size in SIZES:
        disk.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], check=True)
        try:
            words = [disk / "outputs" if word == scene.outputs else word for word in scene.words]
            told = _run(words, None)
            refused += told.returncode != 0
            states.put(disk / "outputs", scene.outputs)
        finally:
            subprocess.run(["umount", disk], check=True)
        problems += [f"on {size}: {one}" for one in _told_well(told) + scene.check() + scene.finish()]
    return refused, problems


def can_mount() -> bool:
    """Tell whether small disks can be made here."""
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("mount") is not None


def _run(words: list[object], before: Callable[[], None] | None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, words)],
        cwd=HOME,
        env={**os.environ, "PYTHONPATH": str(HOME)},
        preexec_fn=before,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def _told_well(told: "subprocess.CompletedProcess[str]") -> list[str]:
    """Say if a refusal did not end in a message of three lines and exit code 3."""
    is_well = told.returncode == 0 or (told.returncode == 3 and "not_writable" in told.stderr)
    return [] if is_well else [f"exit {told.returncode}: {told.stderr[-400:]}"]
