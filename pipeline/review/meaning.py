"""The vectors of passages: as the index stage kept them, if these are still the same words; else read anew."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipeline.errors import PipelineError
from pipeline.query import like
from pipeline.query.connection import connected
from pipeline.review.survey import Entry
from pipeline.stages.index import VECTORS
from pipeline.stages.index.places import places

if TYPE_CHECKING:
    from pipeline.encoder import Encoder

DATABASE = "corpus.db"

Vectors = npt.NDArray[np.float32]


def vectors_of(entries: Sequence[Entry], outputs: Path, encoder: "Encoder") -> Vectors:
    """Return the vectors of some passages, of length 1, shape (entries, 384)."""
    kept = _kept(entries, outputs) if entries else None
    return encoder.encode([one.text for one in entries]) if kept is None else kept


def _kept(entries: Sequence[Entry], outputs: Path) -> Vectors | None:
    """Return those of the index; `None`: there is none, it is not readable, or it lacks one of the passages."""
    marks = ", ".join("?" * len(entries))
    try:
        with connected(outputs / DATABASE) as connection:
            found = like.read(outputs / VECTORS, connection)
            sql = f"SELECT id, text, n FROM passages WHERE id IN ({marks})"
            held = {(row[0], row[1]): row[2] for row in connection.execute(sql, [one.id for one in entries])}
            numbers = [held.get((one.id, one.text), 0) for one in entries]
            rows = places(connection, "passages", numbers)
    except (PipelineError, sqlite3.Error):
        return None
    if min(numbers) == 0:
        return None
    vectors = found.arrays["passages"][rows].astype(np.float32) * found.arrays["passages_scale"][rows][:, None]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit
