"""What came of a check."""

from dataclasses import dataclass, field
from typing import Final

from pipeline.manifest import FILE

RUN: Final = "run pop run again; decisions in labels/ are never touched"
RUN_ALL: Final = f"run pop run --force, which writes {FILE} anew; decisions in labels/ are never touched"
DELETE: Final = f"delete {FILE}, then run pop run --force; decisions in labels/ are never touched"
RESTORE: Final = "restore the folder of models from your copy, or bring the model before back (pop train --rollback)"

_MOST_SHOWN: Final = 20


@dataclass
class Verdict:
    """What was checked, how many of each, and what is wrong: `drift` and `damage`; `notes`: what is only told.

    `remedies`: what to do about what is wrong.
    """

    checked: dict[str, int] = field(default_factory=dict)
    drift: list[str] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    remedies: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """All that is wrong, the worst first."""
        return [*self.damage, *self.drift]


def shown(problems: list[str]) -> list[str]:
    """Return the first problems, and how many more there are."""
    more = len(problems) - _MOST_SHOWN
    return problems[:_MOST_SHOWN] + ([f"… and {more} more"] if more > 0 else [])
