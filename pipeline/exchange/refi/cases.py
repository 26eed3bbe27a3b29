"""Who speaks and which sites are written about, as cases; what is known of documents, as variables; and links.

A case of a person has the quotations of that person; one of a site the segments that name it. A link holds two
segments of different documents that present the same problem.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from pipeline.exchange.codings import Coding
from pipeline.exchange.refi.described import one_line, xml_text
from pipeline.exchange.refi.names import Element, guid, tag
from pipeline.exchange.refi.positions import Program
from pipeline.exchange.refi.selections import selection_guid
from pipeline.records import Bundle, Document

_DOCUMENT: Final = {"Kind": "Text", "Date from": "Date", "Date to": "Date", "Place": "Text"}
_CASE: Final = {"Kind of case": "Text", "Role": "Text", "Organization": "Text"}
_VARIABLES: Final = {**_DOCUMENT, **_CASE}


@dataclass
class _Case:
    """A person or a site. `facts`: variable → value. `sources`, `selections`: their GUIDs, in order, each once."""

    name: str
    facts: dict[str, str]
    sources: dict[str, None] = field(default_factory=dict)
    selections: dict[str, None] = field(default_factory=dict)


@dataclass
class Cases:
    """The cases and links of a project, gathered document by document. `segments`: id → GUID of its selection."""

    persons: dict[str, _Case] = field(default_factory=dict)
    sites: dict[str, _Case] = field(default_factory=dict)
    segments: dict[str, str] = field(default_factory=dict)
    linked: list[tuple[str, str]] = field(default_factory=list)

    def add(self, bundle: Bundle, made: Sequence[Coding], program: Program) -> None:
        """Take in what a document tells. `made`: its codings as they are sent."""
        selection_of = _selection_of(made, program)
        source = guid("document", bundle.document.id)
        for quote in bundle.quotes:
            if quote.speaker is not None and quote.speaker.name and quote.id in selection_of:
                speaker = quote.speaker
                facts = {"Kind of case": "Person", "Role": speaker.role, "Organization": speaker.organization}
                _note(self.persons, speaker.name or "", facts, source, selection_of[quote.id])
        for segment in bundle.segments:
            if segment.id in selection_of:
                self.segments[segment.id] = selection_of[segment.id]
                self.linked += [(segment.id, other) for other in segment.linked]
                for site in segment.sites:
                    _note(self.sites, site.name, {"Kind of case": "Site"}, source, selection_of[segment.id])

    def of_document(self, document: Document) -> Iterator[Element]:
        """Yield what is known of a document, as values of variables."""
        facts = {
            "Kind": document.kind,
            "Date from": document.date_start,
            "Date to": document.date_end,
            "Place": document.place,
        }
        yield from _values(facts)

    def elements(self) -> Iterator[Element]:
        """Yield `Variables` and, if there are any, `Cases`."""
        variables = etree.Element(tag("Variables"))
        for name, kind in _VARIABLES.items():
            etree.SubElement(
                variables, tag("Variable"), {"guid": guid("variable", name), "name": name, "typeOfVariable": kind}
            )
        yield variables
        known = [("person", one) for one in self.persons.values()] + [("site", one) for one in self.sites.values()]
        if not known:
            return
        cases = etree.Element(tag("Cases"))
        for kind, case in known:
            name = f"{case.name} (site)" if kind == "site" and case.name in self.persons else case.name
            made = etree.SubElement(cases, tag("Case"), {"guid": guid(kind, case.name), "name": name})
            made.extend(_values(case.facts))
            for source in case.sources:
                etree.SubElement(made, tag("SourceRef"), {"targetGUID": source})
            for selection in case.selections:
                etree.SubElement(made, tag("SelectionRef"), {"targetGUID": selection})
        yield cases

    def links(self) -> Iterator[Element]:
        """Yield `Links`, if there are any: each pair of segments once."""
        pairs = {tuple(sorted(pair)) for pair in self.linked if set(pair) <= set(self.segments)}
        if not pairs:
            return
        links = etree.Element(tag("Links"))
        for one, other in sorted(pairs):
            facts = {
                "guid": guid("link", f"{one} {other}"),
                "name": "same problem",
                "direction": "Associative",
                "originGUID": self.segments[one],
                "targetGUID": self.segments[other],
            }
            etree.SubElement(links, tag("Link"), facts)
        yield links


def _selection_of(made: Sequence[Coding], program: Program) -> dict[str, str]:
    """Return id → GUID of the selection that holds a coding."""
    if not program.grouped:
        return {one.id: selection_guid([one]) for one in made}
    first: dict[tuple[int, int], Coding] = {}
    return {one.id: selection_guid([first.setdefault((one.start, one.end), one)]) for one in made}


def _note(known: dict[str, _Case], name: str, facts: dict[str, str | None], source: str, selection: str) -> None:
    """Add a source and a selection to a case; what is known of it already stays."""
    case = known.setdefault(name, _Case(one_line(name, 200), {}))
    for variable, value in facts.items():
        if value:
            case.facts.setdefault(variable, value)
    case.sources[source] = None
    case.selections[selection] = None


def _values(facts: dict[str, str | None] | dict[str, str]) -> Iterator[Element]:
    for name, value in facts.items():
        if value:
            made = etree.Element(tag("VariableValue"))
            etree.SubElement(made, tag("VariableRef"), {"targetGUID": guid("variable", name)})
            kind = "DateValue" if _VARIABLES[name] == "Date" else "TextValue"
            etree.SubElement(made, tag(kind)).text = xml_text(value)
            yield made
