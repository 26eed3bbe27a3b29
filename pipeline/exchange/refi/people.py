"""Who worked in a project: which of its users are people, what they are called here, and who took codings off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.exchange import returning
from pipeline.exchange.refi.names import UNKNOWN_PERSON, machine
from pipeline.exchange.refi.positions import Target
from pipeline.exchange.refi.reading import Project
from pipeline.exchange.refi.writing import PERSON


@dataclass(frozen=True)
class Asked:
    """What was asked for. `coders`: name of a user → initials. `by`: who took codings off; `None`: find out.

    `original`: the file that was sent. `is_complete`: people read every passage of the documents in which they coded.
    """

    target: Target | None = None
    coders: Mapping[str, str] = field(default_factory=dict)
    by: str | None = None
    original: Path | None = None
    is_complete: bool = False


class People:
    """The users of a file: who of them is a person, and what their initials are."""

    def __init__(self, project: Project, asked: Asked) -> None:
        self._project = project
        self._asked = asked
        self.has_machine = any(machine(name) for name in project.users.values())
        self.by = asked.by or self._editor()

    def coder(self, user: str) -> tuple[str, bool]:
        """Return the name of a coder, and whether it is a person."""
        name = self.name(user)
        if name in self._asked.coders:
            return returning.coder_name(self._asked.coders[name]), True
        other = machine(name)
        return (other, False) if other is not None else (returning.coder_name(name), True)

    def name(self, user: str) -> str:
        """Return the name of a user; a person without one is called so."""
        return self._project.users.get(user) or UNKNOWN_PERSON

    def _editor(self) -> str | None:
        """Return who worked in the file, as far as it tells: who changed it last, or the only person in it."""
        working = {one.user for text in self._project.texts for one in text.codings}
        listed = {key for key, name in self._project.users.items() if name != PERSON}
        for among in ({self._project.editor} & set(self._project.users), working, listed):
            people = sorted({coder for coder, is_person in map(self.coder, among) if is_person})
            if len(people) == 1:
                return people[0]
        return None
