"""Codings as the selections of a source: where, which code, by whom, and what is known of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from lxml import etree

from pipeline.exchange.codings import Coding
from pipeline.exchange.refi.described import of_codings, one_line
from pipeline.exchange.refi.names import TIME, Element, guid, tag, user_name
from pipeline.exchange.refi.positions import Program

_NAME: Final = 80


def selections(codings: Sequence[Coding], program: Program, place: Callable[[int], int | None]) -> list[Element]:
    """Return a selection for each coding, or (grouped) for each stretch that has some.

    Args:
        codings: of a document, in the order of its text.
        program: for which it is meant.
        place: an offset of ours → the position in the source; `None`: it has none, and the coding is left out.
    """
    made = []
    for together in _groups(codings, program):
        start, end = place(together[0].start), place(together[0].end)
        if start is not None and end is not None and start < end:
            made.append(_selection(together, start, end))
    return made


def selection_guid(codings: Sequence[Coding]) -> str:
    """Return the GUID of the selection that holds these codings."""
    return guid("selection", codings[0].id)


def users(codings: Iterable[Coding]) -> dict[str, str]:
    """Return GUID → name of all who coded, people first: some programs let one go on as the first user."""
    names = {(one.source == "model", user_name(one.coder, is_person=one.source == "human")) for one in codings}
    return {guid("user", name): name for _, name in sorted(names)}


def _groups(codings: Sequence[Coding], program: Program) -> Iterator[list[Coding]]:
    if not program.grouped:
        yield from ([one] for one in codings)
        return
    for _, together in groupby(codings, key=lambda one: (one.start, one.end)):
        yield list(together)


def _selection(together: Sequence[Coding], start: int, end: int) -> Element:
    first = together[0]
    facts = {
        "guid": selection_guid(together),
        "name": one_line(first.text, _NAME),
        "startPosition": str(start),
        "endPosition": str(end),
        **_made_by(first),
    }
    made = etree.Element(tag("PlainTextSelection"), facts)
    etree.SubElement(made, tag("Description")).text = of_codings(together)
    for one in together:
        coding = etree.SubElement(made, tag("Coding"), {"guid": guid("coding", one.id), **_made_by(one)})
        etree.SubElement(coding, tag("CodeRef"), {"targetGUID": guid("code", one.code)})
    return made


def _made_by(one: Coding) -> dict[str, str]:
    name = user_name(one.coder, is_person=one.source == "human")
    return {"creatingUser": guid("user", name), "creationDateTime": TIME}
