"""Parts of a WHERE clause: made of our own words alone, with marks for the values that people type."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    """A part of a WHERE clause, or a SELECT within it, and the values for its marks."""

    sql: str
    values: tuple[Any, ...] = ()


def within(frame: str, inner: Condition) -> Condition:
    """Put a condition into a frame, at its braces."""
    return Condition(frame.format(inner.sql), inner.values)


def select(what: str, conditions: Sequence[Condition]) -> Condition:
    """Return a SELECT with all these conditions."""
    every = all_of(conditions)
    return Condition(f"{what} WHERE {every.sql}", every.values)


def exists(what: str, conditions: Sequence[Condition]) -> Condition:
    """Return that a SELECT with all these conditions finds something."""
    return within("EXISTS ({})", select(what, conditions))


def all_of(conditions: Sequence[Condition]) -> Condition:
    """Return what holds where all of them do."""
    return _joined(" AND ", conditions, "TRUE")


def any_of(conditions: Sequence[Condition]) -> Condition:
    """Return what holds where one of them does."""
    return _joined(" OR ", conditions, "FALSE")


def opposite(condition: Condition) -> Condition:
    """Return what holds where the other does not."""
    return Condition(f"NOT ({condition.sql})", condition.values)


def among(column: str, values: Sequence[str]) -> Condition:
    """Return that a column has one of these values."""
    return Condition(f"{column} IN ({', '.join('?' for _ in values)})", tuple(values))


def _joined(word: str, conditions: Sequence[Condition], nothing: str) -> Condition:
    sql = word.join(f"({condition.sql})" for condition in conditions) or nothing
    return Condition(sql, tuple(value for condition in conditions for value in condition.values))
