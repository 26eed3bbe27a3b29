"""How far a coder agrees with the model and with other coders, on what both judged.

A theme left open by one of the two does not count for it. Below fifteen passages no figure is given.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from pipeline.corrections import log
from pipeline.corrections.decisions import Judgement, PassageDecision, QuoteDecision, SegmentDecision
from pipeline.learning.agreement import coefficients
from pipeline.review.units import PassageUnit, ProblemUnit, QuoteUnit, Unit

FEWEST = 15
MODEL = "the model"
PROBLEM = "problem_of_practice"
QUOTE = "quote"

Said = Mapping[str, bool | None]
"""What a coder says of a unit, for each name: there, not there, or open."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """The agreement on one theme (or kind). `percent`, `kappa`: `None` where too few or not defined."""

    name: str
    n: int
    both: int
    only_coder: int
    only_other: int
    percent: float | None
    kappa: float | None


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """The agreement with one other. `n`: units that both judged; `too_few`: no figures."""

    other: str
    n: int
    too_few: bool
    lines: list[Line]


def agreements(
    coder: str, units: Sequence[Unit], folder: Path, themes: Sequence[str], *, model: bool = True
) -> list[Agreement]:
    """Return the agreement of a coder with the model (if asked), and with every other coder of the folder.

    Args:
        coder: whose agreement.
        units: what was to be judged.
        folder: the coders' files.
        themes: the names of the codebook, in order.
        model: whether the units show what the model says.
    """
    said = {path.stem: spoken(log.current(log.read(path).decisions), units, themes) for path in log.files(folder)}
    own = said.pop(coder, {})
    others = ({MODEL: modelled(units, themes)} if model else {}) | said
    found = [compare(own, theirs, other) for other, theirs in others.items()]
    return [one for one in found if one.n]


def compare(own: Mapping[str, Said], theirs: Mapping[str, Said], other: str) -> Agreement:
    """Return the agreement of two on the units that both judged."""
    shared = [unit for unit in own if unit in theirs]
    names = list(dict.fromkeys(name for unit in shared for name in own[unit]))
    lines = [_line(name, [(own[unit].get(name), theirs[unit].get(name)) for unit in shared]) for name in names]
    return Agreement(other=other, n=len(shared), too_few=len(shared) < FEWEST, lines=lines)


def spoken(judgements: Sequence[Judgement], units: Sequence[Unit], themes: Sequence[str]) -> dict[str, Said]:
    """Return what a person says of the units, by their ids."""
    known = {unit.id: unit for unit in units}
    found: dict[str, Said] = {}
    for one in judgements:
        unit = known.get(one.record_id)
        if unit is None or one.anchor.document != unit.anchor.document:
            continue
        if isinstance(one, PassageDecision):
            found[one.record_id] = {theme: None if one.leaves_open(theme) else theme in one.themes for theme in themes}
        elif isinstance(one, QuoteDecision):
            found[one.record_id] = {QUOTE: one.is_quote}
        elif isinstance(one, SegmentDecision):
            found[one.record_id] = {PROBLEM: one.kind == PROBLEM}
    return found


def modelled(units: Sequence[Unit], themes: Sequence[str]) -> dict[str, Said]:
    """Return what the model says: what it decided yes; what it asks about counts as not there, as in `pop agree`."""
    return {unit.id: _of_model(unit, themes) for unit in units}


def to_text(found: Sequence[Agreement]) -> list[str]:
    """Return lines for the terminal."""
    return [line for one in found for line in _text(one)]


def _text(one: Agreement) -> list[str]:
    if one.too_few:
        return [f"Agreement with {one.other}: {one.n} judged by both, too few (fewer than {FEWEST}) for figures."]
    head = f"Agreement with {one.other}, {one.n} judged by both:"
    return [head, *(f"  {line.name:<28}{_number(line.percent):>6}  kappa {_number(line.kappa)}" for line in one.lines)]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _of_model(unit: Unit, themes: Sequence[str]) -> Said:
    if isinstance(unit, PassageUnit):
        yes = {one.theme for one in unit.suggestions if one.decision == "yes"}
        return {theme: theme in yes for theme in themes}
    if isinstance(unit, QuoteUnit):
        return {QUOTE: unit.quote is not None}
    return {PROBLEM: isinstance(unit, ProblemUnit) and unit.kind == PROBLEM}


def _line(name: str, pairs: Sequence[tuple[bool | None, bool | None]]) -> Line:
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    cells = [sum(pair == kind for pair in known) for kind in ((True, True), (True, False), (False, True))]
    percent, kappa = coefficients(np.array([[*cells, len(known) - sum(cells)]], dtype=float))[0, :2].tolist()
    enough = len(known) >= FEWEST
    return Line(
        name=name,
        n=len(known),
        both=cells[0],
        only_coder=cells[1],
        only_other=cells[2],
        percent=round(percent, 3) if enough else None,
        kappa=round(kappa, 3) if enough and not math.isnan(kappa) else None,
    )
