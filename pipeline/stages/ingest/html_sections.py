"""Sections of a web page that only their headings name: comments, related posts, archives in plain <div>s.

Pages without semantic tags give no other sign. A heading such as "You may also like" takes its box along when it
stands first in it, or else the links below it.
"""

import re
from collections.abc import Iterator
from typing import Any

from pipeline.stages.ingest.healing import clean_line

Element = Any  # lxml has no usable types for elements

_COMMENTS = re.compile(
    r"(?:(?:\d{1,5}|no|one|two) )?(?:comments?|responses?|replies|thoughts? on .{1,120})(?: \(\d{1,5}\))?:?|"
    r"(?:leave|post|add|write) (?:a|your) (?:reply|comment|response).{0,20}|"
    r"join the (?:conversation|discussion).{0,10}",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"(?:you (?:may|might) (?:also )?(?:like|enjoy).{0,20}|more (?:from|in|on) .{1,60}|"
    r"(?:related|recent|latest|popular|trending|featured|other|more) (?:posts?|articles?|stories|content|reading|news|"
    r"links|entries|comments)(?: from .{1,60})?|"
    r"read next|up next|archives?|categories|tags|blogroll|meta|most (?:read|popular|viewed|shared)|recommended.{0,20}|"
    r"follow us.{0,20}|share this.{0,20}|subscribe.{0,30}|sign up for .{1,40}|stay (?:connected|informed|in touch)|"
    r"sponsored.{0,20}|advertisements?|search(?: this site)?|about (?:the|this) (?:blog|site))[:.…]?",
    re.IGNORECASE,
)
_LONGEST_NAME = 80
_FAR_TOO_LONG = 1000
_LEAST_BEFORE = 200  # characters of text before what can be comments
_MOST_OF_THE_TEXT = 0.4
_MOSTLY_LINKS = 0.5
_BLOCKS = frozenset("div section aside p li ul ol h2 h3 h4 h5 h6 td table form dt".split())


def drop_sections(body: Element) -> list[str]:
    """Take such sections out of the tree, and return their lines."""
    removed: list[str] = []
    total = max(1, len(_text(body)))
    position = _positions(body)
    for element in [element for element in body.iter() if element.tag in _BLOCKS]:
        name = _name(element) if len(element) < 2 else ""
        if not name or len(name) > _LONGEST_NAME or not _is_in(element, body):
            continue
        if _COMMENTS.fullmatch(name) and position[element] >= _LEAST_BEFORE:
            _drop_all(_thread(element, body), removed)
        elif _ELSEWHERE.fullmatch(name):
            _drop_all(_links(element, body, total), removed)
    return removed


def _name(element: Element) -> str:
    """Return the text of an element that may be a name; what is far too long is not mended, which takes its time."""
    text = "".join(element.itertext())
    return clean_line(text) if len(text) <= _FAR_TOO_LONG or len(_text(element)) <= _FAR_TOO_LONG else ""


def _positions(body: Element) -> dict[Element, int]:
    """Return how many characters of text stand before each element."""
    positions: dict[Element, int] = {}
    n = 0
    for element in body.iter():
        positions[element] = n
        n += len((element.text or "").strip()) + len((element.tail or "").strip())
    return positions


def _is_in(element: Element, body: Element) -> bool:
    """Tell an element that was not dropped with one before it."""
    return any(ancestor is body for ancestor in element.iterancestors())


def _thread(marker: Element, body: Element) -> list[Element]:
    """Return the comments below a heading: the box that begins with it, or all that follows it there."""
    box = _box(marker, body)
    return [box] if box is not None else [marker, *marker.itersiblings()]


def _links(marker: Element, body: Element, total: int) -> list[Element]:
    """Return the links below a heading, with the box around them when it begins with the heading and holds no more."""
    box = _box(marker, body)
    if box is not None and len(_text(box)) < _MOST_OF_THE_TEXT * total and _link_share(box, marker) > _MOSTLY_LINKS:
        return [box]
    found = []
    for sibling in marker.itersiblings():
        if _link_share(sibling) <= _MOSTLY_LINKS:
            break
        found.append(sibling)
    return [marker, *found] if found else []


def _box(marker: Element, body: Element) -> Element | None:
    """Return the smallest box that holds more than a heading and begins with it."""
    element = marker
    while element.getparent() is not None and element.getparent() is not body:
        parent = element.getparent()
        if (parent.text or "").strip() or any(_text(before) for before in element.itersiblings(preceding=True)):
            return None
        if len(_text(parent)) > len(_text(marker)) + 1:
            return parent
        element = parent
    return None


def _link_share(element: Element, without: Element | None = None) -> float:
    """Return the share of an element's letters that stand in links, its heading apart."""
    every = len(_text(element)) - (len(_text(without)) if without is not None else 0)
    linked = len(_text(element)) if element.tag == "a" else sum(len(_text(link)) for link in element.iter("a"))
    return linked / every if every > 0 else 0.0


def _text(element: Element) -> str:
    return "".join("".join(element.itertext()).split())


def drop(element: Element) -> None:
    """Remove an element and keep the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        previous = element.getprevious()
        if previous is None:
            parent.text = (parent.text or "") + element.tail
        else:
            previous.tail = (previous.tail or "") + element.tail
    parent.remove(element)


def _drop_all(elements: list[Element], removed: list[str]) -> None:
    for element in elements:
        removed.extend(_lines(element))
        drop(element)


def _lines(element: Element) -> Iterator[str]:
    return filter(None, map(clean_line, element.itertext()))
