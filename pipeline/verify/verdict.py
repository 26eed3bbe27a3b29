"""What came of a check."""

from dataclasses import dataclass, field
from typing import Final

_MOST_SHOWN: Final = 20


@dataclass
class Verdict:
    """What was checked, how many of each, and what is wrong: `drift` and `damage`; `notes`: what is only told."""

    checked: dict[str, int] = field(default_factory=dict)
    drift: list[str] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """All that is wrong, the worst first."""
        return [*self.damage, *self.drift]


def shown(problems: list[str]) -> list[str]:
    """Return the first problems, and how many more there are."""
    more = len(problems) - _MOST_SHOWN
    return problems[:_MOST_SHOWN] + ([f"… and {more} more"] if more > 0 else [])
