"""The tree of codes as REFI-QDA has it, and which code of a returned file is which of ours."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from pipeline.codebook import Codebook
from pipeline.corrections.anchoring import fold
from pipeline.exchange.codings import Code, codes
from pipeline.exchange.refi import described
from pipeline.exchange.refi.names import PROJECT, Element, colour, guid, marks, same_guid, tag, top
from pipeline.rubric import Rubric

_LONGEST_NAME: Final = 100
_CODABLE: Final = frozenset({"theme", "indicator", "segment", "anatomy", "quote"})
_NUMBERING: Final = re.compile(r"^\s*+[\d.]{1,40}[a-z]?[\s.):–-]{1,40}(?=\D)")


@dataclass(frozen=True)
class ForeignCode:
    """A code of a file. `path`: the names from the top to it."""

    guid: str
    name: str
    path: tuple[str, ...]
    description: str
    is_codable: bool


def all_codes(codebook: Codebook, rubric: Rubric) -> list[Code]:
    """Return the codes of a project, each with a name that no other has: programs want that."""
    made = codes(codebook, rubric)
    texts = {f"theme:{theme.id}": described.of_theme(theme) for theme in codebook.themes}
    seen: set[str] = set()
    named: list[Code] = []
    for code in made:
        name = described.one_line(code.name, _LONGEST_NAME)
        if fold(name) in seen:
            name = described.one_line(name, _LONGEST_NAME - len(code.kind) - 3) + f" ({code.kind})"
        seen.add(fold(name))
        text = described.xml_text(texts.get(code.id, code.definition))
        named.append(Code(id=code.id, kind=code.kind, name=name, parent=code.parent, definition=text))
    return named


def theme_codes(codebook: Codebook) -> list[Code]:
    """Return the themes alone, without anything above them."""
    return [
        Code(
            id=f"theme:{theme.id}",
            kind="theme",
            name=described.one_line(theme.name, _LONGEST_NAME),
            parent=None,
            definition=described.of_theme(theme),
        )
        for theme in codebook.themes
    ]


def elements(tree: Sequence[Code], namespace: str = PROJECT) -> Element:
    """Return the element `Codes` of codes; what stands above a code comes before it."""
    listed = top("Codes", namespace=namespace)
    made: dict[str | None, Element] = {None: listed}
    places: dict[str, int] = {}
    for code in tree:
        place = places.setdefault(code.kind, 0)
        places[code.kind] += 1
        made[code.id] = element(code, place, made.get(code.parent, listed), namespace)
    return listed


def element(code: Code, place: int, parent: Element, namespace: str = PROJECT) -> Element:
    """Add the element of a code below another one. `place`: of the code among those of its kind."""
    facts = {
        "guid": guid("code", code.id),
        "name": code.name,
        "isCodable": "true" if code.kind in _CODABLE else "false",
        "color": colour(place) if code.kind == "theme" else "#555555" if code.kind == "segment" else "#888888",
    }
    made = etree.SubElement(parent, tag("Code", namespace), facts)
    if code.definition:
        etree.SubElement(made, tag("Description", namespace)).text = code.definition
    return made


def ours_among(foreign: Iterable[ForeignCode], tree: Sequence[Code]) -> dict[str, str]:
    """Return GUID → id of the codes of a file that are ours: by GUID, by the mark below the description, by name."""
    known = {guid("code", code.id): code.id for code in tree if code.kind in _CODABLE}
    names = _names(tree)
    found: dict[str, str] = {}
    for code in foreign:
        ours = known.get(same_guid(code.guid)) or _marked(code, known.values()) or _named(code, names)
        if ours is not None and same_guid(code.guid):
            found[same_guid(code.guid)] = ours
    return found


def _names(tree: Sequence[Code]) -> dict[str, str]:
    """Return the names, folded, by which people may know a code; the first code of a name has it."""
    names: dict[str, str] = {}
    for code in tree:
        if code.kind in _CODABLE:
            own = code.id.partition(":")[2]
            for name in (code.name, own):
                names.setdefault(fold(name), code.id)
    names.pop("", None)
    return names


def _marked(code: ForeignCode, known: Iterable[str]) -> str | None:
    named = {f"{kind}:{name}" for name, kind in marks(code.description).items()}
    return next((one for one in known if one in named), None)


def _named(code: ForeignCode, names: Mapping[str, str]) -> str | None:
    bare = _NUMBERING.sub("", code.name)
    return names.get(fold(code.name)) or names.get(fold(bare))
