"""A progress bar on stderr: only on a terminal, only for work that takes longer than two seconds."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

DELAY_SECONDS = 2


def track(steps: Iterable[T], label: str, total: int | None, *, quiet: bool) -> Iterator[T]:
    """Yield the steps, showing how many are done."""
    if quiet:
        yield from steps
        return
    from tqdm import tqdm  # noqa: PLC0415 - not needed when quiet

    # disable=None: tqdm is silent where stderr is no terminal.
    yield from tqdm(steps, desc=label, total=total, delay=DELAY_SECONDS, disable=None, leave=False, unit="")
