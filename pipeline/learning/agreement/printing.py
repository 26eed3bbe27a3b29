"""Writes agreement as a table of at most 80 columns: two lines for each row, figures and their intervals."""

from collections.abc import Iterator, Sequence
from string import ascii_uppercase

from pipeline.learning.agreement.coefficients import COEFFICIENTS
from pipeline.learning.agreement.comparing import FEW, Agreement, Coefficient, Comparison, Level, Row
from pipeline.learning.agreement.disagreements import Counts
from pipeline.learning.evaluation.rows import number
from pipeline.learning.evaluation.table import interval, wrapped

NAME = 29


def to_text(found: Comparison) -> str:
    """Return the table of two coders; of more, alpha over all of them and a line for each pair."""
    lines = _pair(found.pairs[0]) if found.overall is None else _many(found, found.overall)
    return "\n".join(lines) + "\n"


def _pair(found: Agreement) -> Iterator[str]:
    a, b = found.coders
    yield from wrapped(f"Agreement of A ({a}) and B ({b}).")
    yield from wrapped(
        f"{found.n} passages coded by both. Left out: {found.left_out[0]} only in A, {found.left_out[1]} only in B."
    )
    yield from _unknown(found)
    for level in found.levels:
        yield ""
        yield from _head(level)
        yield _columns(level.unit, COEFFICIENTS)
        for row in level.rows:
            yield from _row_lines(row, ("A", "B"))
    if found.disagreements:
        yield ""
        yield from _counts(found.disagreements)
    yield ""
    yield from _notes(found)


def _many(found: Comparison, overall: Agreement) -> Iterator[str]:
    letters = [_letter(place) for place in range(len(found.coders))]
    named = ", ".join(f"{letter} ({name})" for letter, name in zip(letters, found.coders, strict=True))
    yield from wrapped(f"Agreement of {named}.")
    left_out = ", ".join(f"{n} only in {letter}" for letter, n in zip(letters, overall.left_out, strict=True) if n)
    yield from wrapped(f"{overall.n} passages coded by at least two. Left out: {left_out or 'none'}.")
    yield from _unknown(overall)
    for level in overall.levels:
        yield ""
        yield from _head(level)
        yield _columns(level.unit, ["alpha"])
        for row in level.rows:
            yield from _row_lines(row, letters)
    for unit in dict.fromkeys(level.unit for pair in found.pairs for level in pair.levels):
        yield ""
        yield _pair_columns(f"pairs, {unit}", [*COEFFICIENTS, "MASI"])
        letter_of = dict(zip(found.coders, letters, strict=True))
        for pair in found.pairs:
            for level in pair.levels:
                if level.unit == unit:
                    yield _pair_line(" and ".join(letter_of[coder] for coder in pair.coders), level)
    for a, b in found.apart:
        yield from wrapped(f"{a} and {b} have no passage in common.")
    yield ""
    yield from wrapped(
        "pairs: every theme counted together; MASI: alpha over whole sets of themes. Theme by theme: pop agree with "
        "two of the coders, or --json."
    )
    yield from _notes(overall)


def _head(level: Level) -> Iterator[str]:
    unplaced = ""
    if level.unplaced:
        unplaced = f" Left out: {level.unplaced} passages of which no file tells the {level.unit}."
    yield from wrapped(f"{level.n} {level.rule}.{unplaced}" if level.unit != "passage" else f"Rule: {level.rule}.")


def _unknown(found: Agreement) -> Iterator[str]:
    if found.unknown:
        yield from wrapped(
            f"Not compared: {' and '.join(f'{unit}s' for unit in found.unknown)}, since no file tells in which the "
            "passages that everybody coded stand (--outputs)."
        )


def _notes(found: Agreement) -> Iterator[str]:
    said = {
        level.unit: level.drawn_over + (f" (fewer than {FEW}: too narrow)" if level.few else "")
        for level in found.levels
    }
    drawn = ", ".join(f"{over} for {unit}s" for unit, over in said.items())
    if len(set(said.values())) == 1:
        drawn = next(iter(said.values()))
    letters = ", ".join(_letter(place) for place in range(len(found.coders)))
    yield from wrapped(
        f"Intervals: {found.settings.confidence:.0%}, {found.settings.bootstrap:,} resamples over {drawn}; "
        f"seed {found.settings.seed}. {letters}: share of units to which a coder gives the theme; for sets, a theme at "
        "all. alpha: nominal; for sets of themes with MASI. –: undefined, since the coders never vary."
    )


def _counts(counts: Counts) -> Iterator[str]:
    yield from wrapped(f"Disagreements: {counts.n} on {counts.n_units} {counts.unit}s. Most of them:")
    for theme, (only_a, only_b) in counts.themes.items():
        yield f"  {theme:<{NAME}}{only_a + only_b:>5}  only A {only_a}, only B {only_b}"
    for name, n in counts.units.items():
        yield f"  {name:<{NAME}}{n:>5}"


def _row_lines(row: Row, letters: Sequence[str]) -> Iterator[str]:
    names = COEFFICIENTS if len(letters) == 2 else ("alpha",)
    held = [row.coefficients.get(name) for name in names]
    limits = ["" if one is None else interval(one.interval) for one in held]
    given = zip(letters, row.prevalence or [None for _ in letters], strict=True)
    prevalence = ", ".join(f"{letter} {'–' if share is None else number(share)}" for letter, share in given)
    yield _columns(
        row.theme or ("all, set of themes" if row.of == "set of themes" else "all, every theme"), _values(held)
    )
    yield _columns(f"  n {row.n}, {prevalence}", limits)


def _pair_line(name: str, level: Level) -> str:
    every = next((row.coefficients for row in level.rows if row.of == "every theme"), {})
    sets = level.rows[-1].coefficients["alpha"]
    return _pair_columns(f"{name}, n {level.n}", _values([*(every.get(one) for one in COEFFICIENTS), sets]))


def _values(held: Sequence[Coefficient | None]) -> list[str]:
    return ["" if one is None else "–" if one.value is None else number(one.value) for one in held]


def _columns(name: str, cells: Sequence[str]) -> str:
    start = f"{name:<{NAME}}" + (" " if len(name) >= NAME else "")
    return (start + "".join(f" {cell:>9}" for cell in cells)).rstrip()


def _pair_columns(name: str, cells: Sequence[str]) -> str:
    return (f"{name:<{NAME}}" + "".join(f" {cell:>7}" for cell in cells)).rstrip()


def _letter(place: int) -> str:
    return ascii_uppercase[place] if place < len(ascii_uppercase) else f"#{place + 1}"
