"""Passages, and the segments and documents that they stand in.

A segment or document has a theme if any of its passages has, with the highest of their grades.

    p1 {equity: 1}, p2 {equity: 2}, p3 {}; p1 and p2 in s1, p3 in s2 → s1 {equity: 2}, s2 {}
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

from pipeline.learning.agreement.codings import Coding, Grades, Places

Unit = Literal["passage", "segment", "document"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)


def unit_of(unit: Unit, passages: Sequence[str], places: Places) -> dict[str, str]:
    """Map passages to the unit that each stands in; those whose place is not known are left out."""
    if unit == "passage":
        return {passage: passage for passage in passages}
    known = places.segment if unit == "segment" else places.document
    return {passage: known[passage] for passage in passages if passage in known}


def raised(grades: Mapping[str, Grades], members: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Return the grades of units, from those of the passages in them; passages without grades are not coded."""
    found: dict[str, dict[str, int]] = {}
    for passage, unit in members.items():
        if passage in grades:
            held = found.setdefault(unit, {})
            for theme, grade in grades[passage].items():
                held[theme] = max(grade, held.get(theme, 0))
    return found


def left_open(coding: Coding, members: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return the themes of units that a coder left open: in some passage, and found in none."""
    given = raised(coding.grades, members)
    found: dict[str, set[str]] = {}
    for passage, unit in members.items():
        found.setdefault(unit, set()).update(coding.open.get(passage, ()))
    return {unit: frozenset(themes) - given.get(unit, {}).keys() for unit, themes in found.items() if themes}


def counted(codings: Sequence[Coding], unit: Unit) -> list[str]:
    """Return the passages that count, by id: coded by two coders at least; for larger units, by all of them.

    Of a segment whose passages are coded by different people nobody could say what each would have made of the whole.
    """
    n = {passage: 0 for coding in codings for passage in coding.grades}
    for coding in codings:
        for passage in coding.grades:
            n[passage] += 1
    least = 2 if unit == "passage" else len(codings)
    return sorted(passage for passage, coders in n.items() if coders >= least)


def rule(unit: Unit, n_coders: int, *, has_open: bool = False) -> str:
    """Say which text counts, and what becomes of uncoded text."""
    said = _rule(unit, n_coders)
    return f"{said}; a theme that a coder left open for a {unit} does not count there" if has_open else said


def _rule(unit: Unit, n_coders: int) -> str:
    if unit == "passage":
        who = "both" if n_coders == 2 else "at least two"
        return f"passages coded by {who}; a passage without a theme is coded 'none'"
    who = "both" if n_coders == 2 else f"all {n_coders}"
    return (
        f"{unit}s, of which only passages coded by {who} count; a {unit} has a theme if any of them has, and without a "
        "theme it is coded 'none'"
    )
