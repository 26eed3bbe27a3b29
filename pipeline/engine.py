"""Hands pieces of work to one process, several, or a cluster; results come back in the order of the work.

Only some pieces are under way or wait for the caller at any time: `WINDOW` for each worker. joblib's own `Parallel`
cannot promise that, for it hands out the next piece as soon as any is done: behind one long document the results of
all others would pile up. So the window is kept here, in front of the processes of joblib (loky) or of Dask.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Literal, TypeVar, get_args

from pipeline.errors import ErrorCode, PipelineError

T = TypeVar("T")
R = TypeVar("R")
Future = TypeVar("Future")

Engine = Literal["local", "dask"]
ENGINES: Final[tuple[Engine, ...]] = get_args(Engine)
BYTES_PER_PROCESS = 60_000
"""Below this much text, starting another process costs more time than it saves."""

WINDOW = 4
"""Pieces for each worker that are under way, or done and not yet taken."""

IDLE_SECONDS = 300
"""How long an idle process is kept for the next stage, with the models that it has loaded."""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Each process computes with one thread: several processes share the processors already."""


@dataclass(frozen=True)
class Workers:
    """Who does the work; no effect on results.

    Args:
        jobs: processes on this computer; 0: as many as pay off.
        engine: processes on this computer, or the workers of a Dask cluster.
        scheduler: the address of Dask's scheduler.
    """

    jobs: int = 1
    engine: Engine = "local"
    scheduler: str | None = None

    def for_bytes(self, n_bytes: int) -> "Workers":
        """Return the same with the number of processes that pays off for so much input."""
        return replace(self, jobs=processes(self.jobs, n_bytes))


def processes(jobs: int, n_bytes: int) -> int:
    """Return how many processes to use. `jobs` 0: as many as pay off for `n_bytes` of input."""
    if jobs > 0:
        return jobs
    return max(1, min(os.cpu_count() or 1, n_bytes // BYTES_PER_PROCESS))


def each(function: Callable[[T], R], work: Iterable[T], workers: Workers) -> Iterator[R]:
    """Apply `function` to each piece of work and yield the results in order.

    With one process of this computer nothing is started and nothing is pickled.

    Raises:
        PipelineError: a process was ended from outside, or the cluster cannot be used.
    """
    if workers.engine == "dask":
        from pipeline import cluster  # noqa: PLC0415 - an optional extra, slow to import

        return cluster.each(function, work, workers.scheduler or "")
    return map(function, work) if workers.jobs == 1 else _in_processes(function, work, workers.jobs)


def in_order(
    submit: Callable[[T], Future], take: Callable[[Future], R], work: Iterable[T], room: Callable[[], int]
) -> Iterator[R]:
    """Submit pieces of work while there is room, and yield their results in the order of the work.

    Args:
        submit: hands a piece to a worker.
        take: waits for its result.
        work: read no further than there is room.
        room: how many pieces may be under way or wait for the caller, at this moment.
    """
    waiting: deque[Any] = deque()
    try:
        for piece in work:
            waiting.append(submit(piece))
            while len(waiting) >= room():
                yield take(waiting.popleft())
        while waiting:
            yield take(waiting.popleft())
    finally:
        for future in waiting:
            future.cancel()


def _keep_models() -> None:
    """Let a process keep the models that it has loaded: loky takes them for a leak, and starts another instead."""
    from joblib.externals.loky import process_executor  # noqa: PLC0415

    process_executor._MAX_MEMORY_LEAK_SIZE = 2**40


def _in_processes(function: Callable[[T], R], work: Iterable[T], jobs: int) -> Iterator[R]:
    from joblib.externals.loky import get_reusable_executor  # noqa: PLC0415 - not needed for one process

    executor = get_reusable_executor(max_workers=jobs, timeout=IDLE_SECONDS, env=ONE_THREAD, initializer=_keep_models)
    submit = partial(executor.submit, function)
    try:
        yield from in_order(submit, lambda future: future.result(), work, lambda: WINDOW * jobs)
    except BrokenProcessPool as error:
        raise PipelineError(
            ErrorCode.ENGINE,
            found="a worker process was ended from outside, most likely because memory ran out",
            expected=f"{jobs} processes that work until all is done",
            do="run again with fewer of them (--jobs); what was done before is kept",
        ) from error
