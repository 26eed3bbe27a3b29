"""How figures are written in a paper: shares without a leading zero, intervals in brackets, counts with their noun."""

from collections.abc import Mapping, Sequence
from typing import Final

ONES: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def share(value: float | None) -> str:
    """Write a share or coefficient with two decimals.

    >>> share(0.7055), share(-0.1), share(1.0), share(None)
    ('.71', '-.10', '1.00', '–')
    """
    if value is None:
        return "–"
    written = f"{value:.2f}"
    return written.replace("0.", ".", 1) if abs(value) < 0.995 else written


def small(value: float) -> str:
    """Write a small share with three decimals."""
    return f"{value:.3f}".replace("0.", ".", 1)


def interval(low: float | None, high: float | None) -> str:
    """Write an interval; nothing where there is none.

    >>> interval(0.62, 0.7)
    '[.62, .70]'
    """
    return "" if low is None or high is None else f"[{share(low)}, {share(high)}]"


def percent(value: float | None) -> str:
    """Write a share of one in percent."""
    return "–" if value is None else f"{100 * value:.0f}%"


def count(n: int, noun: str, several: str = "") -> str:
    """Write a number with its noun; numbers below ten as words.

    >>> count(1, "passage"), count(12, "passage"), count(2, "entry", "entries")
    ('one passage', '12 passages', 'two entries')
    """
    return f"{ONES[n] if n < len(ONES) else f'{n:,}'} {noun if n == 1 else several or f'{noun}s'}"


def first_upper(sentence: str) -> str:
    """Return a sentence with a capital at its beginning."""
    return sentence[:1].upper() + sentence[1:]


def listed(parts: Sequence[str]) -> str:
    """Join parts as in a sentence.

    >>> listed(["a", "b", "c"])
    'a, b, and c'
    """
    if len(parts) < 3:
        return " and ".join(parts)
    return f"{', '.join(parts[:-1])}, and {parts[-1]}"


def counted(numbers: Mapping[str, int], names: Mapping[str, str] | None = None) -> str:
    """List what there is of each.

    >>> counted({"news": 1, "minutes": 2})
    '1 news, 2 minutes'
    """
    named = names or {}
    return ", ".join(f"{n:,} {named.get(name, name.replace('_', ' '))}" for name, n in numbers.items())
