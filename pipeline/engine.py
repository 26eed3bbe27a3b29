"""Hands batches of work to one process or several; results come back in the order of the work."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

ENGINES = ("local",)
BYTES_PER_PROCESS = 1_000_000
"""Below this much text, starting another process costs more time than it saves."""


def processes(jobs: int, n_bytes: int) -> int:
    """Return how many processes to use. `jobs` 0: as many as pay off for `n_bytes` of input."""
    if jobs > 0:
        return jobs
    return max(1, min(os.cpu_count() or 1, n_bytes // BYTES_PER_PROCESS))


def each(function: Callable[[T], R], work: Iterable[T], jobs: int) -> Iterator[R]:
    """Apply `function` to each piece of work, in `jobs` processes, and yield the results in order.

    With one process nothing is started and nothing is pickled. Only some pieces wait in memory at any time.
    """
    if jobs == 1:
        yield from map(function, work)
        return
    from joblib import Parallel, delayed, parallel_config  # noqa: PLC0415 - not needed for one process

    with parallel_config(backend="loky", inner_max_num_threads=1):
        yield from Parallel(n_jobs=jobs, return_as="generator")(delayed(function)(piece) for piece in work)
