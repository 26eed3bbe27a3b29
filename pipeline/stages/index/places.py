"""From the numbers `n` of records to their places in the corpus, from 0, and back: the vectors stand by places."""

import sqlite3
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.stages.index.facts import Stored
from pipeline.stages.index.numbering import number_range

Ints = npt.NDArray[np.int64]


def places(connection: sqlite3.Connection, table: str, numbers: Sequence[int]) -> Ints:
    """Return the place of each record of a table."""
    made: Ints = np.searchsorted(all_numbers(connection, table), np.array(numbers, np.int64))
    return made


def all_numbers(connection: sqlite3.Connection, table: str) -> Ints:
    """Return the numbers of all records of a table, in order."""
    documents = [row[0] for row in connection.execute("SELECT n FROM document_records ORDER BY n")]
    if table == "documents":
        return np.array(documents, np.int64)
    stored = Stored(connection)
    rows, starts = stored.rows(table), stored.starts(table)
    first = np.array([number_range(n)[0] for n in documents], np.int64)
    made: Ints = np.repeat(first - starts[:-1], rows) + np.arange(starts[-1])
    return made
