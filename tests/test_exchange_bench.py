"""The driver that compares every format element by element: it sees what changed; in a small corpus nothing does."""

import sys
from pathlib import Path

import pytest
from exchanging import HARD, made_of

sys.path.append(str(Path(__file__).parent / "bench"))
import exchange

PRINTED = [f"{words} plan" for words in HARD[:10] if "\x01" not in words]  # citations have spaces for what is not
DOCUMENTS = [made_of(PRINTED, id="d1"), made_of(["They plan.", "They act."], id="d2")]


@pytest.mark.parametrize("name", [name for name in exchange.FORMATS if "xlsx" not in name])
def test_every_format_brings_everything_back(name: str, tmp_path: Path) -> None:
    found = exchange.FORMATS[name](DOCUMENTS, tmp_path)
    assert found.shown == []
    assert (found.different, found.equal) == (0, found.elements)


def test_what_is_missing_new_or_changed_counts() -> None:
    found = exchange.compared(["a", "b", "b", "c"], ["a", "b", "x"])
    assert (found.elements, found.different, found.equal) == (4, 2, 2)
    assert found.shown == ["missing: 'b'", "missing: 'c'", "new: 'x'"]


def test_the_table_adds_up() -> None:
    one, two = exchange.Compared(1, 10, 0), exchange.Compared(2, 5, 1)
    assert exchange.table({"csv": one, "dta": two}).splitlines()[-1].split() == ["all", "3", "15", "14", "1"]
