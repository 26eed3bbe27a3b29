"""Names and line breaks as the programs that read a table can bear them."""

import re
from collections.abc import Callable, Sequence
from typing import Final, Literal, get_args

from pipeline.forms.grid import Grid, Value

Newlines = Literal["keep", "space", "escape"]
NEWLINES: Final[tuple[Newlines, ...]] = get_args(Newlines)
LONGEST_NAME: Final = 32
"""Characters of the name of a variable in Stata; SPSS allows 64 bytes."""

_RESERVED: Final = frozenset(
    # SPSS; Stata; Mata, Stata's matrix language.
    "all and by eq ge gt le lt ne not or to with "
    "byte double float if in int long strl using _all _b _coef _cons _n _pi _pred _rc _se _skip _weight "
    "aggregate array boolean break case catch class colvector complex const continue default delegate delete do else "
    "eltypedef end enum explicit export external for friend function global goto inline local null pragma protected "
    "quad rowvector short typedef typename virtual".split()
)
_BREAK: Final = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_ESCAPED: Final = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}


def with_newlines(grid: Grid, how: Newlines) -> Grid:
    r"""Return a table whose cells hold no line breaks, or hold them as they are.

    Args:
        grid: the table.
        how: "keep"; "space": a space for each; "escape": "\n" and "\r" as two characters each, "\" doubled.
    """
    if how == "keep":
        return grid
    change = _spaced if how == "space" else escaped
    return Grid(grid.columns, [tuple(_changed(value, change) for value in row) for row in grid.rows], grid.name)


def escaped(text: str) -> str:
    r"""Return words with "\n" and "\r" as two characters each, and "\" doubled."""
    return re.sub(r"[\\\n\r]", lambda match: _ESCAPED[match[0]], text)


def unescaped(text: str) -> str:
    """Return words as they were before `escaped`."""
    back = {shown: character for character, shown in _ESCAPED.items()}
    return re.sub(r"\\[\\nr]", lambda match: back[match[0]], text)


def valid_names(names: Sequence[str]) -> list[str]:
    """Return names that SPSS and Stata take: letters, digits and "_", at most 32, none twice in any case.

    >>> valid_names(["theme_equity", "p. 3", "with"])
    ['theme_equity', 'p_3', 'with_']
    """
    used: set[str] = set()
    made = []
    for name in names:
        one = _free(_plain(name), used)
        used.add(one.lower())
        made.append(one)
    return made


def _plain(name: str) -> str:
    bare = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_") or "v"
    bare = bare if bare[0].isalpha() else f"v{bare}"
    is_taken = bare.lower() in _RESERVED or re.fullmatch(r"str\d+", bare, re.IGNORECASE)
    return f"{bare}_" if is_taken else bare


def _free(name: str, used: set[str]) -> str:
    """Return a name that is not used, shortened in the middle if it must be: its end often tells most."""
    number = 1
    while True:
        ending = "" if number == 1 else f"_{number}"
        one = _shortened(name, LONGEST_NAME - len(ending)) + ending
        if one.lower() not in used:
            return one
        number += 1


def _shortened(name: str, most: int) -> str:
    if len(name) <= most:
        return name
    end = most // 3
    return f"{name[: most - end - 1]}_{name[-end:]}"


def _spaced(text: str) -> str:
    return _BREAK.sub(" ", text)


def _changed(value: Value, change: Callable[[str], str]) -> Value:
    if isinstance(value, str):
        return change(value)
    return [change(one) for one in value] if isinstance(value, list) else value
