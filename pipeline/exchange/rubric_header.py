"""The header row of a rubric's table: which column is which, and what the levels are called.

>>> header = columns_of(("PRACTICE", "IN#", "GETTING STARTED", "KEEP IMPROVING"))
>>> header.practice, header.code, header.levels
(0, 1, {2: 'getting_started', 3: 'keep_improving'})
>>> columns_of(("1. Leaders plan.", "1a", "They begin.", "They go on.")) is None
True
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import ErrorCode, PipelineError

NAMES = {
    "practice": r"practices?(?: (?:text|statement|description|name))?|criteri(?:on|a)|components?|elements?",
    "practice number": r"practice ?(?:#|no|nr|number|code|id)",
    "code": r"(?:in|ind|indicator) ?(?:#|no|nr|number|code|id)|in|codes?",
    "indicator": r"indicators?",
    "number": r"#|no|nr|num|number|id",
    "area": r"(?:focus )?areas?(?: of focus)?|domains?|standards?|strands?|dimensions?",
}
_KINDS = {kind: re.compile(pattern) for kind, pattern in NAMES.items()}
_WORD = re.compile(r"[^\W_]+")
_NO_WORD = re.compile(r"[^\w#]+|_+")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns by position. `levels`: the name of the level in each other column that has a name, in order."""

    practice: int
    code: int
    levels: dict[int, str]
    number: int | None = None
    area: int | None = None


def columns_of(cells: Sequence[str]) -> Columns | None:
    """Read a row as a header; `None` where it is none: it names no practice, no indicator or no level.

    Raises:
        PipelineError: it names the indicator twice, or two levels alike.
    """
    kinds = [_kind(cell) for cell in cells]
    practice, code, number = _first(kinds, "practice"), *_numbers(kinds)
    if practice is None or code is None:
        return None
    # Behind the level columns' first, "Standard" or "Area" would be the name of a level.
    area = _first(kinds[: max(practice, code) + 2], "area")
    taken = {practice, code, number, area}
    named = {place: level_name(cell) for place, cell in enumerate(cells) if cell and place not in taken}
    if not named:
        return None
    _require_one_indicator(cells, kinds, code)
    levels = {place: slug or f"level_{rank}" for rank, (place, slug) in enumerate(named.items(), start=1)}
    _require_different(levels, cells)
    return Columns(practice=practice, code=code, levels=levels, number=number, area=area)


def level_name(header: str) -> str:
    """Return the name of a level in snake_case; empty where the header has no letters or digits.

    >>> level_name("GETTING STARTED"), level_name("Level 3: Proficient"), level_name("4"), level_name("★★")
    ('getting_started', 'level_3_proficient', 'level_4', '')
    """
    words = _WORD.findall(unicodedata.normalize("NFC", header).lower())
    name = "_".join(words)
    return f"level_{name}" if name.isdigit() else name


def _kind(cell: str) -> str | None:
    words = _NO_WORD.sub(" ", cell.lower()).strip()
    return next((kind for kind, pattern in _KINDS.items() if pattern.fullmatch(words)), None)


def _first(kinds: Sequence[str | None], kind: str) -> int | None:
    return kinds.index(kind) if kind in kinds else None


def _numbers(kinds: Sequence[str | None]) -> tuple[int | None, int | None]:
    """Return the columns of the indicator's code and of the practice's number.

    A bare "No." is the number of the practice where it stands left of it and another column names the indicator.
    """
    code, indicator, bare = _first(kinds, "code"), _first(kinds, "indicator"), _first(kinds, "number")
    number, practice = _first(kinds, "practice number"), _first(kinds, "practice")
    if bare is not None and practice is not None and bare < practice and (code, indicator) != (None, None):
        bare, number = None, bare if number is None else number
    return next((place for place in (code, bare, indicator) if place is not None), None), number


def _require_one_indicator(cells: Sequence[str], kinds: Sequence[str | None], code: int) -> None:
    others = [place for place, kind in enumerate(kinds) if kind == "indicator" and place != code]
    if others:
        raise PipelineError(
            ErrorCode.INVALID_RUBRIC,
            found=f"the columns {cells[code]!r} and {cells[others[0]]!r}, which both tell the indicator",
            expected="one column with the indicator's code; what an indicator means stands in its levels",
            do=f"remove the column {cells[others[0]]!r} from a copy of the table, or join its words to the levels",
        )


def _require_different(levels: dict[int, str], cells: Sequence[str]) -> None:
    names = list(levels.values())
    repeated = [place for place, name in levels.items() if names.count(name) > 1]
    if repeated:
        raise PipelineError(
            ErrorCode.INVALID_RUBRIC,
            found=f"the level columns {', '.join(repr(cells[place]) for place in repeated)}, which are called alike",
            expected="a different name for every level",
            do="rename one of the columns in a copy of the table",
        )
