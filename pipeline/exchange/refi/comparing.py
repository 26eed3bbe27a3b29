"""What a person changed in a document against what was sent: codings that were added, taken off, or moved.

    sent: equity (model), succession (model); back: equity (model, by its GUID), collaboration (ana)
    → added: collaboration by ana; taken off: succession

A coding is known again by its GUID, else by the mark in the description of its selection, else by code, coder and
words. It is taken off only if it is known in none of these ways; one whose words changed has moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.exchange.codings import Coding
from pipeline.exchange.refi.names import guid, marks


@dataclass(frozen=True)
class Back:
    """A coding as it came back, with our code and our offsets. `coder`: initials, or a model's name.

    `user`: its name in the file. `at`: UTC.
    """

    guid: str
    code: str
    start: int
    end: int
    coder: str
    is_person: bool
    user: str
    at: str | None
    description: str


@dataclass(frozen=True)
class Known:
    """A coding of ours that was known again."""

    sent: Coding
    back: Back


@dataclass
class Changes:
    """What differs. `back`: all codings of the document as they came back. `kept`: those that stand where they stood.

    `strange`: under the name of a model, which was not sent with them.
    """

    back: list[Back] = field(default_factory=list)
    added: list[Back] = field(default_factory=list)
    removed: list[Coding] = field(default_factory=list)
    moved: list[Known] = field(default_factory=list)
    strange: list[Back] = field(default_factory=list)
    kept: list[Known] = field(default_factory=list)


def changes(sent: Sequence[Coding], back: Sequence[Back], text: str, *, users_lost: bool) -> Changes:
    """Compare what was sent of a document with what came back.

    Args:
        sent: the codings.
        back: those of the file whose code is ours.
        text: the document's, in which ends of stretches that differ in spaces are the same.
        users_lost: the file knows no model as a user: the program did not keep who coded.
    """
    found = Changes(back=list(back))
    left = _Left(back, users_lost=users_lost)
    for one in sent:
        match = left.take(one, text)
        if match is None:
            found.removed.append(one)
        elif trimmed(text, match.start, match.end) != trimmed(text, one.start, one.end):
            found.moved.append(Known(one, match))
        else:
            found.kept.append(Known(one, match))
    for coding in left.rest():
        if coding.is_person:
            found.added.append(coding)
        elif "coding" not in marks(coding.description).values():
            found.strange.append(coding)
    return found


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a stretch without spaces at its ends."""
    words = text[start:end]
    bare = words.strip()
    first = start + len(words) - len(words.lstrip()) if bare else start
    return first, first + len(bare)


class _Left:
    """The codings that came back, taken one by one by those that were sent."""

    def __init__(self, back: Sequence[Back], *, users_lost: bool) -> None:
        self._back = list(back)
        self._taken: set[int] = set()
        self._users_lost = users_lost
        self._guids: dict[str, list[int]] = {}
        self._marks: dict[tuple[str, str], list[int]] = {}
        self._codes: dict[str, list[int]] = {}
        for place, one in enumerate(self._back):
            self._guids.setdefault(one.guid, []).append(place)
            self._codes.setdefault(one.code, []).append(place)
            for name, kind in marks(one.description).items():
                if kind == "coding":
                    self._marks.setdefault((name, one.code), []).append(place)

    def take(self, one: Coding, text: str) -> Back | None:
        """Return the coding that this one came back as; `None`: it did not."""
        by_name = [*self._guids.get(guid("coding", one.id), ()), *self._marks.get((one.id, one.code), ())]
        known = [place for place in by_name if self._back[place].code == one.code]
        like = (place for place in self._codes.get(one.code, ()) if self._is_like(one, self._back[place], text))
        free = [place for place in (known or like) if place not in self._taken]
        # Of two codings below one description, that of the same coder.
        best = min(free, key=lambda place: self._back[place].coder != one.coder, default=None)
        if best is None:
            return None
        self._taken.add(best)
        return self._back[best]

    def rest(self) -> list[Back]:
        """Return what nobody took."""
        return [one for place, one in enumerate(self._back) if place not in self._taken]

    def _is_like(self, one: Coding, other: Back, text: str) -> bool:
        """Tell the same words by the same coder; by anybody where the program kept no coders."""
        same = trimmed(text, one.start, one.end) == trimmed(text, other.start, other.end)
        return same and (one.coder == other.coder or (self._users_lost and one.source == "model"))
