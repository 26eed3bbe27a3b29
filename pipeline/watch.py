"""A limit to the time and memory that one document may take, whatever code is at work on it.

Readers have limits of their own, and those of foreign formats use libraries that do not. So a timer looks at the
process a few times a second: what takes minutes of the processor's time, or fills the memory, is broken off, and the
next document goes on. It is the time of the processor that counts, not that of the clock, so that other programs, or a
computer that sleeps, make no difference.

The timer needs the main thread of a process, as all that `engine` starts have, and a system other than Windows.
Elsewhere (the threads of a Dask worker) nothing is broken off.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from pipeline.config import Settings
from pipeline.errors import ErrorCode, PipelineError

_TICK = 0.2
"""Seconds between two looks."""

_STATM = Path("/proc/self/statm")


class Stopped(BaseException):
    """Work was broken off; `error` says why. No `Exception`, so that no library takes it for one of its own."""

    def __init__(self, error: PipelineError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass
class _Watch:
    """What was seen when the work began."""

    settings: Settings
    began: float
    memory: int
    active: bool = True

    def look(self, _: int, __: FrameType | None) -> None:
        """Break off what takes too much; a library that swallows it is told again at the next look."""
        if not self.active:
            return
        if time.process_time() - self.began > self.settings.max_seconds:
            raise Stopped(too_slow(self.settings.max_seconds))
        if memory() - self.memory > self.settings.max_memory_bytes:
            raise Stopped(too_much_memory(self.settings.max_memory_bytes))


@contextlib.contextmanager
def watched(settings: Settings) -> Iterator[None]:
    """Limit what a `with` block may take.

    Raises:
        PipelineError: it took too long or too much memory, or was nested deeper than Python can follow.
    """
    watch = _Watch(settings, time.process_time(), memory())
    before = _start(watch)
    try:
        try:
            yield
        finally:
            watch.active = False
    except Stopped as stopped:
        raise stopped.error from stopped
    except MemoryError as error:
        raise too_much_memory(settings.max_memory_bytes) from error
    except RecursionError as error:
        raise _too_deep() from error
    finally:
        if before is not None:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)


def _start(watch: _Watch) -> "signal._HANDLER | None":
    """Start the timer and return the handler that was there; `None`: there is no timer here."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return None
    before = signal.signal(signal.SIGPROF, watch.look)
    signal.setitimer(signal.ITIMER_PROF, _TICK, _TICK)
    return signal.SIG_DFL if before is None else before


def memory() -> int:
    """Return the bytes of memory that the process fills; on macOS the most that it ever filled; 0 on Windows."""
    if _STATM.exists():
        with _STATM.open("rb") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    try:
        import resource  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def too_slow(seconds: float) -> PipelineError:
    """Say that a document took too long."""
    return PipelineError(
        ErrorCode.TOO_SLOW,
        found=f"a document that takes more than {seconds:g} seconds",
        expected="one that is done sooner; most take less than one second",
        do="check where it comes from; if it is sound, split it, or give it more time with --max-seconds",
    )


def too_much_memory(n_bytes: int) -> PipelineError:
    """Say that a document filled the memory."""
    return PipelineError(
        ErrorCode.TOO_LARGE,
        found=f"a document that takes more than {n_bytes:,} bytes of memory",
        expected="one that takes less; most take a thousandth of it",
        do="check where it comes from; if it is sound, split it",
    )


def _too_deep() -> PipelineError:
    return PipelineError(
        ErrorCode.DAMAGED_FILE,
        found="a document whose parts are nested too deep",
        expected="parts within each other as programs and people make them, some twenty deep",
        do="open it in its program and save it again, or copy its text into a new document",
    )
