"""Finds what means nearly the same as a sentence: the vectors that the index stage wrote beside the database.

Reimers & Gurevych 2019, Sentence-BERT, https://aclanthology.org/D19-1410. The cosine is worked out for every passage
or quote, without an approximate index: at 100,000 of them that takes some twenty milliseconds.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.errors import ErrorCode, PipelineError
from pipeline.hits import Hit, Unit
from pipeline.query.connection import connected
from pipeline.query.details import Shown, hits_of
from pipeline.query.filters import Filter
from pipeline.query.searching import check_page, numbers_of
from pipeline.query.units import SOURCES, unit_of
from pipeline.stages.index import VECTORS

if TYPE_CHECKING:
    import sqlite3

    import numpy as np
    import numpy.typing as npt

    from pipeline.stages.index.vectors import Arrays

LIMIT: Final = 20
_AT_ONCE: Final = 512
"""Rows that are turned into fractions together: few enough to stay in the processor's cache."""
_DIGITS: Final = 6


def nearest(
    database: Path,
    wanted: Filter,
    vector: "npt.NDArray[np.float32]",
    *,
    unit: str = "quote",
    limit: int | None = LIMIT,
    offset: int = 0,
    context: int = 0,
) -> list[Hit]:
    """Return the hits whose meaning is nearest, the nearest first, each with its `similarity`.

    Args:
        database: corpus.db; the vectors stand beside it.
        wanted: what a hit must fulfil besides.
        vector: of the sentence, shape (384,), length 1: `encoder.encode([sentence])[0]`.
        unit: what a hit is; of a segment, problem or document, its nearest passage counts.
        limit: how many at most; `None` = all.
        offset: how many to skip.
        context: how many passages before and after to show with each.

    Raises:
        PipelineError: as `search`; there are no vectors, or they belong to another index.
    """
    import numpy as np  # noqa: PLC0415 - no query that does not ask for meaning needs it

    from pipeline.stages.index.places import all_numbers  # noqa: PLC0415

    kind = unit_of(unit)
    check_page(limit, offset, context)
    with connected(database) as connection:
        found = read(database.parent / VECTORS, connection)
        near = similarities(found, "quotes" if kind == "quote" else "passages", vector)
        scores, passages = _by_unit(found, kind, near)
        numbers = all_numbers(connection, SOURCES[kind].table)
        asked = None if wanted == Filter() else numbers_of(connection, wanted, kind)
        best = _best(scores, None if asked is None else np.searchsorted(numbers, np.sort(asked)), offset, limit)
        chosen = {int(numbers[place]): place for place in best}
        of_passages = all_numbers(connection, "passages") if kind not in {"quote", "passage"} else numbers
        shown = Shown(
            kind,
            wanted.text,
            context,
            similarity={n: round(float(scores[place]), 4) for n, place in chosen.items()},
            passages=(
                {n: int(of_passages[passages(place)]) for n, place in chosen.items()}
                if kind not in {"quote", "passage"}
                else {}
            ),
        )
        return hits_of(connection, [*chosen], shown)


def read(path: Path, connection: "sqlite3.Connection") -> "Arrays":
    """Open the vectors of an index.

    Raises:
        PipelineError: there are none, they are damaged, or they belong to another index.
    """
    row = connection.execute("SELECT value FROM about WHERE key = 'fingerprint'").fetchone()
    if row is None or not path.is_file():
        raise _unusable(ErrorCode.MISSING_FILE, f"no file {path}")
    found = _open(path)
    if found.about.get("fingerprint") != row[0]:
        raise _unusable(ErrorCode.DAMAGED_FILE, f"{path}, which was written with another index")
    return found


def similarities(found: "Arrays", name: str, vector: "npt.NDArray[np.float32]") -> "npt.NDArray[np.float32]":
    """Return the cosine of each row with a vector, shape (rows,)."""
    import numpy as np  # noqa: PLC0415 - no query that does not ask for meaning needs it

    numbers, scales = found.arrays[name], found.arrays[f"{name}_scale"]
    near = np.empty(len(numbers), np.float32)
    part = np.empty((_AT_ONCE, numbers.shape[1]), np.float32)
    for start in range(0, len(numbers), _AT_ONCE):
        rows = numbers[start : start + _AT_ONCE]
        part[: len(rows)] = rows
        near[start : start + len(rows)] = part[: len(rows)] @ vector
    cosines: npt.NDArray[np.float32] = np.round(near * scales, _DIGITS)
    return cosines


def _by_unit(found: "Arrays", unit: Unit, near: "npt.NDArray[np.float32]") -> "tuple[npt.NDArray[np.float32], Any]":
    """Return the score of each unit, -inf without passages, and a function from its place to its best passage's."""
    import numpy as np  # noqa: PLC0415

    if unit in {"quote", "passage"}:
        return near, lambda place: place
    if unit == "document":
        owners, rows = found.arrays["passage_document"], np.arange(len(near), dtype=np.int32)
    else:
        owners, rows = found.arrays[f"{unit}_passages"].T
    scores = np.full(int(owners[-1]) + 1 if len(owners) else 0, -np.inf, np.float32)
    if len(owners):
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        scores[owners[starts]] = np.maximum.reduceat(near[rows], starts)

    def best(place: int) -> int:
        first, end = np.searchsorted(owners, [place, place + 1])
        held = rows[first:end]
        return int(held[near[held].argmax()])

    return scores, best


def _best(
    scores: "npt.NDArray[np.float32]", allowed: "npt.NDArray[np.int64] | None", offset: int, limit: int | None
) -> list[int]:
    """Return the places of the units with the highest scores; of equal ones, the first in the corpus first.

    `allowed`: the places that are asked for, in order; `None`: all.
    """
    import numpy as np  # noqa: PLC0415

    places = np.arange(len(scores)) if allowed is None else allowed
    places = places[places < len(scores)]
    places = places[np.isfinite(scores[places])]
    end = len(places) if limit is None else min(len(places), offset + limit)
    if 0 < end < len(places):
        least = np.partition(scores[places], len(places) - end)[len(places) - end]
        places = places[scores[places] >= least]
    order = np.argsort(-scores[places], kind="stable")
    return [int(place) for place in places[order][offset:end]]


def _open(path: Path) -> "Arrays":
    from pipeline.stages.index.vectors import DAMAGES, read_arrays  # noqa: PLC0415

    try:
        return read_arrays(path)
    except DAMAGES as error:
        raise _unusable(ErrorCode.DAMAGED_FILE, f"{path} ({error})") from error


def _unusable(code: ErrorCode, found: str) -> PipelineError:
    return PipelineError(
        code,
        found=found,
        expected="the vectors that pop index writes beside corpus.db",
        do="write both anew with pop index --force",
    )
