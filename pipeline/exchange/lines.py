"""What every reader of tables returns: the lines of a document in order, each with the place where it stands."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One row of cells, or one line of running text, which is a row with one cell.

    `place`: where it stands, as a reader of the document would say ("line 12", "row 4 of sheet 'Areas'").
    `cells`: white space folded, at least one of them with text, none empty at the end.
    """

    place: str
    cells: tuple[str, ...]


def fold(text: str) -> str:
    """Turn every run of white space, line ends included, into one blank."""
    return " ".join(text.split())


def line(place: str, cells: Iterable[str]) -> Line | None:
    """Return a line with its white space folded, or `None` where no cell has text.

    >>> line("line 1", ["", " 12b ", "They plan\\ntogether.", ""])
    Line(place='line 1', cells=('', '12b', 'They plan together.'))
    """
    folded = [fold(cell) for cell in cells]
    while folded and not folded[-1]:
        folded.pop()
    return Line(place, tuple(folded)) if folded else None
