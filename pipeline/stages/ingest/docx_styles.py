"""How a paragraph of a Word document is set: by its own properties, its style and those that this builds on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

Element = Any  # lxml has no usable types for elements

_SPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
}
# Word keeps the English names of its own styles in every language; other programs write them in their users' own.
_HEADING = re.compile(
    r"(?:heading|überschrift|titre|título|titolo|rubrik|kop|overskrift|otsikko|nagłówek|encabezado|"
    r"cabeçalho)\s*(?P<level>[1-9])",
    re.IGNORECASE,
)
_TITLE = re.compile(r"(?:book |document )?title|titel|título|titolo|tytuł", re.IGNORECASE)
_QUOTE = re.compile(r"quot(?!e char)|block ?text|citation|zitat|citazione|\bcita\b|cytat|testimonial", re.IGNORECASE)
_LIST = re.compile(
    r"list (?:bullet|number|continue)\b.*|list \d|bullet(?:s|ed)?(?: list)?|aufzählungszeichen.*", re.IGNORECASE
)
_CONTENTS = re.compile(r"toc \d|toc heading|contents \d|table of (?:figures|contents)", re.IGNORECASE)
_CAPTION = re.compile(r"caption|beschriftung|légende|leyenda", re.IGNORECASE)


@cache
def tag(name: str) -> str:
    """Return the full name of an element or attribute: `tag("w:p")`."""
    space, local = name.split(":")
    return f"{{{_SPACES[space]}}}{local}"


@dataclass(frozen=True, slots=True)
class Look:
    """How a paragraph is set.

    `heading`: its level, 1–6, or 0. `left`, `right`: its indentation in twentieths of a point. `size`: of the most
    of its type, in points.
    """

    heading: int = 0
    is_list: bool = False
    is_quote: bool = False
    is_caption: bool = False
    is_contents: bool = False
    is_bold: bool = False
    left: int = 0
    right: int = 0
    size: float = 0.0


class Styles:
    """The styles of one document."""

    def __init__(self, root: Element) -> None:
        styles = list(root.iter(tag("w:style")))
        self._by_id = {style.get(tag("w:styleId")): style for style in styles}
        self._default = next((style.get(tag("w:styleId")) for style in styles if _is_default_paragraph(style)), None)
        self._base = root.find(f"{tag('w:docDefaults')}/{tag('w:rPrDefault')}/{tag('w:rPr')}")

    def look(self, paragraph: Element) -> Look:
        """Return how a paragraph is set."""
        own = paragraph.find(tag("w:pPr"))
        chain = list(self._chain(_value(own, "w:pStyle") or self._default))
        name = _name(chain[0]) if chain else ""
        properties = [own, *(style.find(tag("w:pPr")) for style in chain)]
        return Look(
            heading=_heading_level(name, chain, properties),
            is_list=_is_list(name, properties),
            is_quote=_QUOTE.search(name) is not None,
            is_caption=_CAPTION.fullmatch(name) is not None,
            is_contents=_CONTENTS.fullmatch(name) is not None,
            is_bold=self._share(paragraph, chain, _is_on_bold) > 0.95,
            left=_indent(properties, "w:left", "w:start"),
            right=_indent(properties, "w:right", "w:end"),
            size=self._size(paragraph, chain),
        )

    def _chain(self, style_id: str | None) -> Iterator[Element]:
        """Yield a style and those that it builds on."""
        seen = set()
        while style_id in self._by_id and style_id not in seen:
            seen.add(style_id)
            style = self._by_id[style_id]
            yield style
            style_id = _value(style, "w:basedOn")

    def _share(self, paragraph: Element, chain: list[Element], test: Any) -> float:
        """Return the share of a paragraph's characters whose type passes a test, 0–1."""
        passed = every = 0
        for run in paragraph.iter(tag("w:r")):
            length = sum(len((text.text or "").strip()) for text in run.iter(tag("w:t")))
            every += length
            passed += length * bool(test(self._type_of(run, chain)))
        return passed / every if every else 0.0

    def _type_of(self, run: Element, chain: list[Element]) -> list[Element]:
        """Return the properties that decide on a run's type, the strongest first."""
        own = run.find(tag("w:rPr"))
        characters = self._chain(_value(own, "w:rStyle"))
        styles = [style.find(tag("w:rPr")) for style in [*characters, *chain]]
        return [part for part in [own, *styles, self._base] if part is not None]

    def _size(self, paragraph: Element, chain: list[Element]) -> float:
        sizes: dict[float, int] = {}
        for run in paragraph.iter(tag("w:r")):
            length = sum(len(text.text or "") for text in run.iter(tag("w:t")))
            values = [_value(part, "w:sz") for part in self._type_of(run, chain)]
            size = next((int(value) / 2 for value in values if value and value.isdecimal()), 10.0)
            sizes[size] = sizes.get(size, 0) + length
        return max(sizes, key=lambda size: (sizes[size], -size), default=0.0)


def _is_default_paragraph(style: Element) -> bool:
    return style.get(tag("w:type")) == "paragraph" and style.get(tag("w:default")) in {"1", "true"}


def _value(parent: Element | None, name: str) -> str | None:
    element = None if parent is None else parent.find(tag(name))
    return None if element is None else element.get(tag("w:val"))


def _name(style: Element) -> str:
    return _value(style, "w:name") or ""


def _heading_level(name: str, chain: list[Element], properties: list[Element | None]) -> int:
    """Return a heading's level by the name of its style or of one that this builds on, or by its outline level."""
    for style_name in [name, *map(_name, chain)]:
        match = _HEADING.fullmatch(style_name.strip())
        if match:
            return min(6, int(match["level"]))
        if _TITLE.fullmatch(style_name.strip()):
            return 1 if style_name == name else 0
    outline = next((value for value in (_value(part, "w:outlineLvl") for part in properties) if value), None)
    return min(6, int(outline) + 1) if outline and outline.isdecimal() and int(outline) < 9 else 0


def _is_list(name: str, properties: list[Element | None]) -> bool:
    for part in properties:
        numbering = None if part is None else part.find(tag("w:numPr"))
        if numbering is not None:
            return _value(numbering, "w:numId") not in {None, "0"}
    return _LIST.fullmatch(name) is not None


def _is_on_bold(parts: list[Element]) -> bool:
    for part in parts:
        bold = part.find(tag("w:b"))
        if bold is not None:
            return bold.get(tag("w:val")) not in {"0", "false", "off"}
    return False


def _indent(properties: list[Element | None], *names: str) -> int:
    """Return an indentation in twentieths of a point, as the strongest property has it."""
    for part in properties:
        indent = None if part is None else part.find(tag("w:ind"))
        values = [indent.get(tag(name)) for name in names] if indent is not None else []
        value = next((value for value in values if value), None)
        if value is not None:
            return int(float(value)) if re.fullmatch(r"-?\d+(?:\.\d+)?", value) else 0
    return 0
