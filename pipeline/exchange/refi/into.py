"""Adds our codings to a project of another program, and leaves all else in it as it is.

Elements, attributes, namespaces and files that we do not know stay; only to `project.qde` codes, users and selections
are added. What we added before is replaced: the project is brought up to date.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
from lxml import etree

from pipeline.exchange.codings import Code, Coding
from pipeline.exchange.refi import container, reading, tree
from pipeline.exchange.refi.carrying import Carried
from pipeline.exchange.refi.finding import documents_of
from pipeline.exchange.refi.names import Element, child, children, guid, local, marks, same_guid, text_of
from pipeline.exchange.refi.positions import PROGRAMS, Ruler, Target, target_of
from pipeline.exchange.refi.reading import ForeignText, Project
from pipeline.exchange.refi.selections import selections, users
from pipeline.exchange.refi.sent import Extent, sent
from pipeline.exchange.refi.writing import source_names
from pipeline.records import Bundle, Document

_BEFORE: Final = {
    "Users": (),
    "CodeBook": ("Users",),
    "Selections": ("Description", "PlainTextContent", "PlainTextSelection"),
}


@dataclass
class Added:
    """What was added. `absent`: documents that the project does not have; `lost`: codings on words that it has not."""

    documents: int = 0
    codings: int = 0
    replaced: int = 0
    codes: int = 0
    lost: int = 0
    absent: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """Say it in a line."""
        told = f"{self.documents:,} documents found in it, {self.codings:,} codings and {self.codes:,} codes added"
        told += f", {self.replaced:,} of ours replaced" if self.replaced else ""
        told += f"; {self.lost:,} left out, on words that it does not have" if self.lost else ""
        return told + (f"; not in it: {', '.join(self.absent[:3])}" if self.absent else "")


def add_to(
    theirs: Path,
    to: Path,
    documents: Sequence[Document],
    bundles_of: Callable[[Sequence[Document]], Iterable[Bundle]],
    codes: Sequence[Code],
    *,
    target: Target = "standard",
    extent: Extent = "all",
) -> Added:
    """Write a project with our codings added to it.

    Args:
        theirs: the project as it came.
        to: the file to write.
        documents: ours.
        bundles_of: gives documents with all their records.
        codes: the tree of codes.
        target: the program that wrote it; "standard": the file tells.
        extent: whether what a model left for review goes with it.
    """
    project = reading.read(theirs)
    program = PROGRAMS[target if target != "standard" else target_of(project.origin, project.description)]
    rule = reading.rule_of(project, program)
    held = documents_of([one for one in project.texts if one.raw is not None], documents, source_names(documents))
    theirs_of = {held[text.guid].id: text for text in project.texts if text.guid in held}
    added = Added(absent=[one.path for one in documents if one.id not in theirs_of])
    made = _Made(project, codes)
    for bundle in bundles_of([one for one in documents if one.id in theirs_of]):
        text = theirs_of[bundle.document.id]
        ruler = Ruler(text.raw or "", rule)
        codings = _placed(sent(bundle, extent), Carried(bundle.document.text, ruler.text), added)
        added.replaced += _take_out_ours(text)
        _put_in(text, made.known(selections(codings, program, ruler.theirs)))
        made.users |= users(codings)
        added.documents += 1
        added.codings += len(codings)
    added.codes = made.finish()
    project.container.copy(to, container.xml_bytes(project.container.root.getroottree()))
    return added


@dataclass
class _Made:
    """What is added to the project as a whole."""

    project: Project
    codes: Sequence[Code]
    users: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        theirs = tree.ours_among([one for one in self.project.codes if one.is_codable], self.codes)
        self._theirs = {guid("code", own): key for key, own in reversed(theirs.items())}
        book = child(self.project.container.root, "CodeBook")
        listed = book.iter() if book is not None else ()
        # GUIDs as they are compared → as the project writes them.
        self._written = {
            same_guid(one.get("guid")): one.get("guid") for one in listed if local(one) == "Code" and one.get("guid")
        }

    def known(self, made: list[Element]) -> list[Element]:
        """Let selections name their codes by the GUID that the project has for them."""
        for element in made:
            for ref in element.iter("{*}CodeRef"):
                ours = ref.get("targetGUID")
                self.used.add(ours)
                ref.set("targetGUID", self._written.get(self._theirs.get(ours, ""), ours))
        return made

    def finish(self) -> int:
        """Add users and codes that are missing; return how many codes."""
        root = self.project.container.root
        missing = {key: name for key, name in self.users.items() if key not in self.project.users}
        if missing:
            listed = _section(root, "Users")
            for key, name in missing.items():
                etree.SubElement(listed, _like(root, "User"), {"guid": key, "name": name})
        needed = self._needed()
        if not needed:
            return 0
        book = _section(root, "CodeBook")
        codes = child(book, "Codes")
        codes = codes if codes is not None else etree.SubElement(book, _like(root, "Codes"))
        there = {same_guid(one.get("guid")): one for one in codes.iter() if local(one) == "Code"}
        for place, code in enumerate(self.codes):
            if code.id in needed and guid("code", code.id) not in there:
                above = there.get(guid("code", code.parent or ""), codes)
                there[guid("code", code.id)] = tree.element(code, place, above, etree.QName(root).namespace)
        return len(needed)

    def _needed(self) -> set[str]:
        """Return the codes that are used and not there, with what stands above them."""
        parents = {code.id: code.parent for code in self.codes}
        there = {one.guid for one in self.project.codes}
        needed: set[str] = set()
        for code in self.codes:
            own: str | None = code.id
            is_missing = guid("code", code.id) in self.used and guid("code", code.id) not in self._theirs
            while is_missing and own is not None and own not in needed:
                if guid("code", own) not in there:
                    needed.add(own)
                own = parents[own]
        return needed


def _placed(codings: Sequence[Coding], carried: Carried, added: Added) -> list[Coding]:
    """Return codings with their offsets in the text of the project."""
    found = []
    for one in codings:
        place = carried.span(one.start, one.end)
        if place is None or place[0] >= place[1]:
            added.lost += 1
        else:
            found.append(msgspec.structs.replace(one, start=place[0], end=place[1]))
    return sorted(found, key=lambda one: (one.start, one.end, one.code, one.id))


def _take_out_ours(text: ForeignText) -> int:
    """Take out the codings that we added before; those that people put on our selections stay. Return how many."""
    n = 0
    for selection in list(children(text.element, "PlainTextSelection")):
        named = {name for name, kind in marks(text_of(selection, "Description")).items() if kind == "coding"}
        ours = {guid("coding", name) for name in named}
        for coding in list(children(selection, "Coding")):
            if same_guid(coding.get("guid")) in ours:
                selection.remove(coding)
                n += 1
        if ours and child(selection, "Coding") is None:
            text.element.remove(selection)
    return n


def _put_in(text: ForeignText, made: Sequence[Element]) -> None:
    """Put selections behind those that are there: the standard fixes the order of elements."""
    before = [i for i, one in enumerate(text.element) if local(one) in _BEFORE["Selections"]]
    at = before[-1] + 1 if before else 0
    for i, element in enumerate(made):
        text.element.insert(at + i, element)


def _section(root: Element, name: str) -> Element:
    """Return a part of the project, which is made where it belongs if it is not there."""
    found = child(root, name)
    if found is not None:
        return found
    made = etree.Element(_like(root, name))
    before = [i for i, one in enumerate(root) if local(one) in _BEFORE[name]]
    root.insert(before[-1] + 1 if before else 0, made)
    return made


def _like(root: Element, name: str) -> str:
    return f"{{{etree.QName(root).namespace}}}{name}"
