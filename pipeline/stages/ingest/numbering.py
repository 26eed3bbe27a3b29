"""Numbers and letters that outline a text: "2. Reports", "A. Attendance", "IV. New Business", "3.1 Method".

A mark counts only in its sequence: after "1." comes "2.", and "A." below it begins a list of its own.

>>> found = outline(["1. Reports", "A. Attendance", "It fell.", "B. Buses", "2. Adjournment"])
>>> [(i, entry.depth, entry.value) for i, entry in found.items()]
[(0, 1, 1), (1, 2, 1), (3, 2, 2), (4, 1, 2)]
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MARK = re.compile(
    # Some programs for agendas put the sort of an item before its letter: "Action (Consent): B. Minutes".
    r"^(?:[A-Z][a-z]+(?:, [A-Z][a-z]+){0,2}(?: \([A-Z][a-z]+\))?: )?"
    r"(?i:(?:Section|Part|Chapter|Item|Article|Case|Problem|Issue|Finding|Theme|Session|Topic|Question|"
    r"Recommendation) )?"
    r"(?P<mark>(?:[IVXLC]{1,6}|[A-Z]|\d{1,2})(?:\.(?:\d{1,2}|[A-Z]))*)(?P<end>[.):]?)\s{1,20}(?=\S)"
)
_MOST_SKIPPED = 2
_HEAD = 200  # characters in which a mark must stand
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line with a mark. `depth`: 1 for the outermost; `group`: the same for the entries of one list."""

    depth: int
    value: int
    group: int
    rest: str


@dataclass(slots=True)
class _Level:
    scheme: str
    value: int
    group: int


def is_marked(text: str, *, letters: bool = True) -> bool:
    """Tell whether a text begins with a number or letter of an outline."""
    found = _parts(text)
    return found is not None and (letters or found[0][0].isdigit() or set(found[0][0]) <= {"I", "V", "X"})


def follows(text: str, other: str) -> bool:
    """Tell whether the mark of the other text is the next one: "B." after "A."."""
    first, second = _parts(text), _parts(other)
    if first is None or second is None or len(first[0]) != len(second[0]) or first[0][:-1] != second[0][:-1]:
        return False
    expected = {(scheme, value + 1) for scheme, value in _readings(first[0][-1])}
    return bool(expected & set(_readings(second[0][-1])))


def _parts(text: str) -> tuple[list[str], str, str] | None:
    """Return the parts of a text's mark, the sign after it, and the rest of the text."""
    match = _MARK.match(text[:_HEAD])
    if match is None:
        return None
    parts = match["mark"].split(".")
    rest = text[match.end() :]
    if not match["end"] and (len(parts) == 1 or not parts[0].isdigit()):
        return None  # "A visit to …", "12 schools …"
    if len(parts) > 1 and rest[0].islower():
        return None  # "3.5 million dollars"
    return parts, match["end"], rest


def outline(lines: Sequence[str]) -> dict[int, Entry]:
    """Return the entries among the lines, by line."""
    entries: dict[int, Entry] = {}
    levels: list[_Level] = []
    groups = itertools.count()
    for i, line in enumerate(lines):
        read = _parts(line)
        if read is None:
            continue
        parts, end, rest = read
        found = _compound(parts, levels, groups) if len(parts) > 1 else _simple(parts[0], end, levels, groups)
        if found:
            entries[i] = Entry(len(levels), levels[-1].value, levels[-1].group, rest)
    return entries


def _compound(parts: Sequence[str], levels: list[_Level], groups: Iterator[int]) -> bool:
    """Place "3.1" or "VI.A", which names all its levels."""
    values = [_readings(part)[0] for part in parts]
    known = (
        len(levels) >= len(parts) and [(level.scheme, level.value) for level in levels[: len(parts) - 1]] == values[:-1]
    )
    scheme, value = values[-1]
    if known and levels[len(parts) - 1].scheme == scheme:
        levels[len(parts) - 1].value = value
        del levels[len(parts) :]
        return True
    kept = [level for level, own in zip(levels, values[:-1], strict=False) if (level.scheme, level.value) == own]
    levels[:] = kept + [_Level(*own, next(groups)) for own in values[len(kept) :]]
    return True


def _simple(mark: str, end: str, levels: list[_Level], groups: Iterator[int]) -> bool:
    """Place a single number or letter: it counts on in an open list, or begins one."""
    readings = [(scheme + (")" if end == ")" else ""), value) for scheme, value in _readings(mark)]
    for step in range(1, _MOST_SKIPPED + 2):
        for depth in range(len(levels), 0, -1):
            level = levels[depth - 1]
            if (level.scheme, level.value + step) in readings:
                level.value += step
                del levels[depth:]
                return True
    first = next((reading for reading in readings if reading[1] == 1), None)
    if first is None:
        return False
    open_depth = next((depth for depth, level in enumerate(levels) if level.scheme == first[0]), len(levels))
    del levels[open_depth:]
    levels.append(_Level(*first, next(groups)))
    return True


def _readings(mark: str) -> list[tuple[str, int]]:
    """Return what a mark may mean: "I" is a Roman one or the ninth letter."""
    if mark.isdigit():
        return [("number", int(mark))]
    roman = [("roman", _roman(mark))] if set(mark) <= set(_ROMAN) else []
    letter = [("letter", ord(mark) - ord("A") + 1)] if len(mark) == 1 else []
    # C, D, L and V are seldom Roman where a letter fits; I and V begin Roman lists far more often than letters do.
    return [*roman, *letter] if mark in {"I", "V", "X"} or len(mark) > 1 else [*letter, *roman]


def _roman(mark: str) -> int:
    values = [_ROMAN[char] for char in mark]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))
