"""Finds in a file what should not leave this computer: names of a roster or a key, contact details, identifiers."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that should not leave. `kind`: name, email, telephone …; `place`: in the file; `shown`: half hidden."""

    kind: str
    place: str
    shown: str


@dataclass(frozen=True)
class Watch:
    """What is looked for."""

    roster: Path | None = None
    key: Path | None = None

    @classmethod
    def of(cls, roster: Path | None, key: Path | None) -> "Watch":
        """Read the roster and the key; `None`: only contact details and identifiers are looked for.

        Raises:
            PipelineError: one of them cannot be read.
        """
        return cls(roster, key)


def leaks_in(path: Path, watch: Watch) -> list[Leak]:
    """Return what a file holds that should not leave."""
    raise NotImplementedError((path, watch))
