"""Names of packages: each must have been read by a person, since a look-alike of a known name is how malice arrives."""

import re
from collections.abc import Sequence

from rapidfuzz.distance import DamerauLevenshtein

_ROW = re.compile(r"^\| *([A-Za-z0-9][\w., -]*?)(?: \d[\w.]*)? *\|", re.MULTILINE)
_CLOSE = 2
_SHORTEST = 5


def reviewed(page: str) -> set[str]:
    """Return the packages that docs/dependencies.md names in its tables."""
    cells = [cell for row in _ROW.findall(page) for cell in row.split(",")]
    return {normal(cell.strip()) for cell in cells if cell.strip()} - {"package"}


def unreviewed(names: Sequence[str], known: set[str]) -> list[tuple[str, str | None]]:
    """Return names that nobody has read, each with the known name that it could be taken for."""
    return [(name, _like(name, known)) for name in names if normal(name) not in known]


def normal(name: str) -> str:
    """Return a name as package indexes compare them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _like(name: str, known: set[str]) -> str | None:
    near = [
        other
        for other in sorted(known)
        if min(len(name), len(other)) >= _SHORTEST and DamerauLevenshtein.distance(normal(name), other) <= _CLOSE
    ]
    return near[0] if near else None
