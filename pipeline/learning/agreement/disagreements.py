"""Where two coders differ: one gives a theme, the other does not.

The most telling come first: a grade 2 against nothing before a grade 1 against nothing, and against a model those of
which it was surest.

    A: p1 {equity: 2}   B: p1 {}   → Disagreement(id="p1", theme="equity", a="2", b="none", …)
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from pipeline.learning.agreement.codings import Coding, Decision, Places
from pipeline.learning.agreement.units import Unit, counted, left_open, raised, unit_of

MOST = 5
"""Themes and units that are counted by name."""


_Key = tuple[str, str]
"""A unit and a theme."""


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """A theme that one coder gives to a unit and the other does not.

    `a`, `b`: a person's grade 2 or 1, or "none"; a model's "yes", "review" or "no". `p_a`, `p_b`: of a model, the
    highest in the unit; `None` for persons, and where tags.jsonl does not tell. `text`: of a larger unit, the passage
    that has the theme.
    """

    unit: Unit
    id: str
    theme: str
    coder_a: str
    coder_b: str
    a: str
    b: str
    p_a: float | None
    p_b: float | None
    document_id: str | None
    segment_id: str | None
    text: str | None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many disagreements, and the themes and units with the most. `themes`: (only A, only B) of each."""

    unit: Unit
    n: int
    n_units: int
    themes: dict[str, tuple[int, int]]
    units: dict[str, int]


def disagreements(a: Coding, b: Coding, unit: Unit, places: Places | None = None) -> list[Disagreement]:
    """Return all disagreements of two coders, the most telling first."""
    where = a.places | b.places | (places or Places())
    members = unit_of(unit, counted((a, b), unit), where)
    one, other = _Side.of(a, members), _Side.of(b, members)
    held: dict[str, list[str]] = {}
    for passage, name in members.items():
        held.setdefault(name, []).append(passage)
    differing = [
        (name, theme)
        for name in held
        for theme in sorted(one.grades[name].keys() ^ other.grades[name].keys())
        if theme not in one.open.get(name, ()) and theme not in other.open.get(name, ())
    ]
    differing.sort(key=lambda key: (-max(one.grade(key), other.grade(key)), -one.surprise(key) - other.surprise(key)))
    return [_described(key, one, other, held[key[0]], where, unit) for key in differing]


def count(found: Sequence[Disagreement]) -> Counts | None:
    """Count disagreements by theme and by unit; `None` where there are none."""
    if not found:
        return None
    themes = Counter(one.theme for one in found)
    only_a = Counter(one.theme for one in found if one.a in {"1", "2", "yes"})
    units = Counter(one.id for one in found)
    return Counts(
        unit=found[0].unit,
        n=len(found),
        n_units=len(units),
        themes={theme: (only_a[theme], n - only_a[theme]) for theme, n in _most(themes)},
        units=dict(_most(units)),
    )


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST]


@dataclass(frozen=True)
class _Side:
    """What one coder says of units: their grades, and of a model the tag of highest p, by unit and theme."""

    coding: Coding
    grades: dict[str, dict[str, int]]
    tags: dict[_Key, Decision]
    open: dict[str, frozenset[str]]

    @classmethod
    def of(cls, coding: Coding, members: dict[str, str]) -> "_Side":
        tags: dict[_Key, Decision] = {}
        for (passage, theme), tag in coding.tags.items():
            if passage in members:
                key = (members[passage], theme)
                tags[key] = max(tags.get(key, tag), tag, key=lambda one: one.p or 0.0)
        return cls(coding, raised(coding.grades, members), tags, left_open(coding, members))

    def grade(self, key: _Key) -> int:
        return self.grades[key[0]].get(key[1], 0)

    def p(self, key: _Key) -> float | None:
        return self.tags[key].p if key in self.tags else None

    def said(self, key: _Key) -> str:
        grade = self.grade(key)
        if not self.coding.is_model:
            return str(grade) if grade else "none"
        return "yes" if grade else self.tags[key].decision if key in self.tags else "no"

    def surprise(self, key: _Key) -> float:
        """Return how far a model's p is from what the other coder says; 0 for persons."""
        if not self.coding.is_model:
            return 0.0
        p = self.p(key)
        return (1.0 if p is None else p) if self.grade(key) else 1 - (p or 0.0)


def _described(key: _Key, a: _Side, b: _Side, passages: Sequence[str], where: Places, unit: Unit) -> Disagreement:
    name, theme = key
    giver = (a if a.grade(key) else b).coding
    grade = max(a.grade(key), b.grade(key))
    passage = next(one for one in passages if giver.grades[one].get(theme) == grade)
    return Disagreement(
        unit=unit,
        id=name,
        theme=theme,
        coder_a=a.coding.name,
        coder_b=b.coding.name,
        a=a.said(key),
        b=b.said(key),
        p_a=a.p(key),
        p_b=b.p(key),
        document_id=where.document.get(passage),
        segment_id=where.segment.get(passage),
        text=where.text.get(passage),
    )
