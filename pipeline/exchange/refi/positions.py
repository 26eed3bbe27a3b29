r"""Positions as other programs count them, and as we do: code points of a text whose lines end in "\n".

What differs is whether "\r\n" counts as one or two, and whether a sign beyond the first 65,536 (an emoji) counts as
one or two (UTF-16). Which program does what, and how that is known: docs/exchange.md.

    raw = "Hi 🎈\r\nyou"; ours: "Hi 🎈\nyou", "you" begins at 5
    → NVivo, MAXQDA: 7 (both count as two); ATLAS.ti: 6; QualCoder: 5
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final, Literal

Target = Literal["standard", "nvivo", "maxqda", "atlasti", "qualcoder"]

_LINE_END: Final = re.compile(r"(?<!\r)\r++\n|\r")
_WIDE: Final = re.compile("(?<!\r)\r++\n|[\U00010000-\U0010ffff]")
_CONTROL: Final = {code: " " for code in range(32) if chr(code) not in "\t\n"} | {0x7F: " "}
_BOM: Final = "\ufeff"
_OURS: Final = "pop "
_NONE: Final = "\x00"


@dataclass(frozen=True)
class Rule:
    r"""How a program counts. `wide`: "\r\n" as two; `utf16`: signs beyond 65,535 as two."""

    wide: bool
    utf16: bool


@dataclass(frozen=True)
class Program:
    r"""What we know of a program. `line_end`: what the lines of a text for it end in.

    `origin`: how the name begins that it signs its files with, in small letters. `grouped`: it wants one selection
    for all codes on the same words.
    """

    title: str
    line_end: str
    rule: Rule
    origin: str
    grouped: bool = False


PROGRAMS: Final[dict[Target, Program]] = {
    "standard": Program("any program", "\n", Rule(wide=True, utf16=False), _NONE),
    "nvivo": Program("NVivo", "\r\n", Rule(wide=True, utf16=True), "nvivo"),
    "maxqda": Program("MAXQDA", "\r\n", Rule(wide=True, utf16=True), "maxqda"),
    "atlasti": Program("ATLAS.ti", "\n", Rule(wide=False, utf16=True), "atlas", grouped=True),
    "qualcoder": Program("QualCoder", "\n", Rule(wide=False, utf16=False), "qualcoder"),
}

RULES: Final = tuple(Rule(wide=wide, utf16=utf16) for wide in (True, False) for utf16 in (True, False))


def target_of(origin: str, description: str = "") -> Target:
    """Return which program signed a file: "ATLAS.ti 23.1" → atlasti; "standard" for one that we don't know.

    Args:
        origin: as the project names the program.
        description: of the project; what we wrote ourselves says there for which program.
    """
    told = description if origin.lower().startswith(_OURS) else origin
    folded = told.lower().replace("max qda", "maxqda").removeprefix("written by pop")
    return next((name for name, program in PROGRAMS.items() if program.origin in folded), "standard")


def safe(text: str) -> str:
    """Return a text of the same length without signs that other programs drop or count in their own way."""
    changed = text.translate(_CONTROL)
    return " " + changed[1:] if changed.startswith(_BOM) else changed


@dataclass(frozen=True)
class Ruler:
    r"""A text as it stands in a file, and how a program counts in it.

    >>> ruler = Ruler("Hi 🎈\r\nyou", Rule(wide=True, utf16=True))
    >>> ruler.text, ruler.theirs(5), ruler.ours(7)
    ('Hi 🎈\nyou', 7, 5)
    """

    raw: str
    rule: Rule

    @cached_property
    def text(self) -> str:
        r"""The text with "\n" at the ends of its lines, in which we count."""
        return _LINE_END.sub("\n", self.raw)

    def theirs(self, offset: int) -> int:
        """Return the position that the program gives to an offset of ours."""
        return offset + self._more[bisect_left(self._wide, offset)]

    def ours(self, position: int) -> int:
        """Return our offset of a position; one within a sign is that of its beginning; past the end is the end."""
        n = bisect_left(self._wide_theirs, position)
        offset = position - self._more[n]
        return max(0, min(max(offset, self._wide[n - 1]) if n else offset, len(self.text)))

    @cached_property
    def _extra(self) -> list[tuple[int, int]]:
        """Where signs stand that count as more than one, in our offsets, and how many more."""
        found, shift = [], 0
        for match in _WIDE.finditer(self.raw):
            at, length = match.start() - shift, len(match[0])
            shift += length - 1
            more = length - 1 if length > 1 and self.rule.wide else int(length == 1 and self.rule.utf16)
            if more:
                found.append((at, more))
        return found

    @cached_property
    def _wide(self) -> list[int]:
        return [at for at, _ in self._extra]

    @cached_property
    def _more(self) -> list[int]:
        """How many more the program has counted before each of these signs, and behind the last."""
        return [0, *accumulate(more for _, more in self._extra)]

    @cached_property
    def _wide_theirs(self) -> list[int]:
        return [at + more for at, more in zip(self._wide, self._more, strict=False)]
