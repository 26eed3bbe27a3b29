"""What is known of a person in a text: one mention, and all that the mentions of a named person tell."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from pipeline.stages.quote.people.lexicon import Gender
from pipeline.stages.quote.people.names import Person

Kind = Literal["named", "role", "group"]


@dataclass(slots=True)
class Someone:
    """A named person. `gender`: None where nothing tells."""

    name: str
    role: str | None = None
    organization: str | None = None
    gender: Gender | None = None
    certain: bool = False
    votes: Counter[str] = field(default_factory=Counter)

    @property
    def surname(self) -> str:
        """The last word of the name."""
        return self.name.split()[-1]

    @property
    def person(self) -> Person:
        """The same as a record."""
        return Person(self.name, self.role, self.organization)


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a person, or a group of them, is brought on. `who`: the named person.

    `definite`: "the superintendent", which may mean a person named before. `oblique`: behind a preposition.
    `one_of`: "one principal", of whom there are others.
    """

    start: int
    end: int
    kind: Kind
    person: Person
    gender: Gender | None = None
    who: Someone | None = None
    definite: bool = False
    oblique: bool = False
    one_of: bool = False
