"""What REFI-QDA calls things: namespaces, tags, GUIDs, marks by which what comes back is known, and colours.

>>> guid("document", "minutes-1a2b")
'16e51f97-1a6f-5ab7-93e8-e17c5df918f7'
"""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from lxml import etree

Element = Any  # lxml has no usable types for elements

PROJECT: Final = "urn:QDA-XML:project:1.0"
CODEBOOK: Final = "urn:QDA-XML:codebook:1.0"

TIME: Final = "2000-01-01T00:00:00Z"
"""Creation time of all that the pipeline writes, which keeps no times: the same outputs give the same bytes."""

UNKNOWN_PERSON: Final = "unknown"

_OURS: Final = uuid.UUID("6d0b7f6c-4c51-5c3e-9f0e-2f0a4b0d7e11")
_NAMESPACE: Final = re.compile(r"\{urn:QDA-XML:(?:project|codebook):[^}]*\}")
_MARK: Final = re.compile(r"\[pop (\S{1,40}) ([^\]\n]{1,200})\]")
_MACHINE: Final = re.compile(r"(?:Model|Program) ((?:themes|practices|anatomy|pop)-\S+)")

# Paul Tol, "Colour schemes" (2021), muted: told apart with every kind of colour blindness.
_COLOURS: Final = (
    "#332288", "#88CCEE", "#44AA99", "#117733", "#999933", "#DDCC77", "#CC6677", "#882255", "#AA4499", "#777777",
)  # fmt: skip


@lru_cache(maxsize=65_536)
def guid(kind: str, name: str) -> str:
    """Return the GUID of a record; it depends on what the record is called, and on nothing else."""
    return str(uuid.uuid5(_OURS, f"{kind}:{name}"))


def same_guid(written: str | None) -> str:
    """Return a GUID as it is compared: programs write them in capitals and in braces."""
    return (written or "").strip().strip("{}").lower()


def colour(place: int) -> str:
    """Return the colour of the code at a place among its like; after ten they repeat."""
    return _COLOURS[place % len(_COLOURS)]


def tag(name: str, namespace: str = PROJECT) -> str:
    """Return the name of an element with its namespace."""
    return f"{{{namespace}}}{name}"


def top(name: str, facts: dict[str, str] | None = None, namespace: str = PROJECT) -> Element:
    """Return an element whose namespace needs no prefix, nor that of the elements below it."""
    spaces: Any = {None: namespace}
    return etree.Element(tag(name, namespace), facts or {}, nsmap=spaces)


def local(element: Element) -> str:
    """Return the name of an element of the standard, of whatever version; empty: it is none of the standard's."""
    found = _NAMESPACE.match(element.tag) if isinstance(element.tag, str) else None
    return str(element.tag)[found.end() :] if found else ""


def children(element: Element | None, *names: str) -> Iterator[Element]:
    """Yield the elements right below another that have one of these names."""
    for child in element if element is not None else ():
        if local(child) in names:
            yield child


def child(element: Element | None, name: str) -> Element | None:
    """Return the first element of a name right below another."""
    return next(children(element, name), None)


def text_of(element: Element | None, name: str) -> str:
    """Return the text of the first element of a name; empty if there is none."""
    found = child(element, name)
    return (found.text or "") if found is not None else ""


def mark(kind: str, name: str) -> str:
    """Return the line that is put below a description, by which a record is known where GUIDs are lost.

    >>> mark("tag", "minutes-1a2b:p0004:equity")
    '[pop tag minutes-1a2b:p0004:equity]'
    """
    return f"[pop {kind} {name}]"


def marks(description: str) -> dict[str, str]:
    """Return name → kind of all marks in a description."""
    return {name: kind for kind, name in _MARK.findall(description)}


def without_marks(description: str) -> str:
    """Return a description as a person wrote it."""
    return _MARK.sub("", description).strip()


def user_name(coder: str, *, is_person: bool) -> str:
    """Return what a coder is called in other programs.

    >>> user_name("themes-90aadda21489", is_person=False), user_name("ana", is_person=True)
    ('Model themes-90aadda21489', 'ana')
    """
    if is_person:
        return coder
    return f"{'Program' if coder.startswith('pop-') else 'Model'} {coder}"


def machine(name: str) -> str | None:
    """Return the coder behind the name of a user that is a model or this program; `None`: a person's name."""
    found = _MACHINE.fullmatch(name.strip())
    return found[1] if found else None


def utc(written: str | None) -> str | None:
    """Return a time as decisions hold it: UTC, to the second; `None` if it is none.

    >>> utc("2026-11-22T11:41:07.25+01:00"), utc("2026-11-22T10:41:07"), utc("yesterday")
    ('2026-11-22T10:41:07Z', '2026-11-22T10:41:07Z', None)
    """
    try:
        time = datetime.fromisoformat((written or "").strip())
        known = time if time.tzinfo else time.replace(tzinfo=UTC)
        return known.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return None
