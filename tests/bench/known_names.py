"""Names that a person wrote down while reading a document, and where they stand in it.

A list has a line for each kind: the kind, a tab, and the forms as they are written, parted by semicolons. Every place
where a form stands counts; a longer form hides the shorter ones inside it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Known:
    """A place in a text where a name stands."""

    kind: str
    start: int
    end: int


def read_list(path: Path) -> dict[str, list[str]]:
    """Return the forms of each kind."""
    lines = (line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line)
    return {kind: [form.strip() for form in forms.split(";")] for kind, forms in lines}


def places(text: str, forms: dict[str, list[str]]) -> list[Known]:
    """Return where the names stand, in order."""
    pairs = sorted(((form, kind) for kind, of_kind in forms.items() for form in of_kind), key=lambda one: -len(one[0]))
    found: list[Known] = []
    for form, kind in pairs:
        pattern = r"\s+".join(map(re.escape, form.split()))
        for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", text):
            if not overlaps(found, match.start(), match.end()):
                found.append(Known(kind, match.start(), match.end()))
    return sorted(found, key=lambda one: one.start)


def overlaps(found: Sequence[Known], start: int, end: int) -> bool:
    """Whether a stretch shares a letter with one of those found."""
    return any(one.start < end and start < one.end for one in found)
