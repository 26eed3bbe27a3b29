"""Writes a project: documents, codes, coders, codings, cases, links and a note on how to bring it back.

    a tag: passage 494–806, succession, p .84, by themes-90aadda21489
    → <PlainTextSelection startPosition="494" endPosition="806" creatingUser="…">
        <Description>p .84, yes … [pop coding …]</Description>
        <Coding guid="…" creatingUser="…" creationDateTime="…"><CodeRef targetGUID="…"/></Coding>
      </PlainTextSelection>

The same outputs give the same bytes.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from lxml import etree

from pipeline.exchange.codings import Code, Coding
from pipeline.exchange.refi import container, tree
from pipeline.exchange.refi.cases import Cases
from pipeline.exchange.refi.described import one_line, xml_text
from pipeline.exchange.refi.names import TIME, Element, guid, tag, top
from pipeline.exchange.refi.positions import PROGRAMS, Program, Ruler, Target, safe
from pipeline.exchange.refi.selections import selections, users
from pipeline.exchange.refi.sent import Extent, sent, source_marks
from pipeline.records import PROGRAM, Bundle, Document

PERSON: Final = "researcher"
"""The first user of a project that no person has coded in yet; QualCoder goes on under the first user's name."""

_ABOUT: Final = """\
This project was written by {program} for {title}.

Whoever is called "Model …" or "Program …" is no person. Code under your own name. What you add, and what of the model's
you take off, comes back with: pop import qdpx FILE. What you leave as it is says nothing.

Please keep the texts as they are, and the lines in square brackets below the comments: by these a coding is known
again where a program gives everything new identifiers.
"""


@dataclass
class Written:
    """What a project holds."""

    documents: int = 0
    codings: int = 0
    coders: set[str] = field(default_factory=set)
    codes: Counter[str] = field(default_factory=Counter)

    def summary(self) -> str:
        """Say it in a line: "12 documents, 940 codings by 3 coders"."""
        numbers = {"document": self.documents, "coding": self.codings}
        told = ", ".join(f"{n:,} {what}{'' if n == 1 else 's'}" for what, n in numbers.items())
        return f"{told} by {len(self.coders)} coder{'' if len(self.coders) == 1 else 's'}"


def write_project(
    path: Path,
    documents: Sequence[Document],
    bundles: Iterable[Bundle],
    codes: Sequence[Code],
    *,
    target: Target = "standard",
    extent: Extent = "all",
) -> Written:
    """Write a project.

    Args:
        path: of the container.
        documents: those that it is to hold, in their order.
        bundles: the same documents with all their records.
        codes: the tree of codes.
        target: the program for which it is meant.
        extent: whether what a model left for review goes with it.
    """
    program = PROGRAMS[target]
    names = source_names(documents)
    parts = _Parts()
    written = Written()
    with container.writing(path) as archive:
        for bundle in bundles:
            made = sent(bundle, extent)
            _add_source(parts, bundle, names[bundle.document.id], made, program, extent)
            own = guid("text", bundle.document.id)
            archive.add(f"sources/{own}.txt", source_bytes(bundle.document.text, program))
            _count(written, made)
        note = guid("note", "about")
        archive.add(f"sources/{note}.txt", _about(program).encode())
        archive.add(container.QDE, container.xml_bytes(_project(parts, codes, note, target)))
    return written


def source_names(documents: Iterable[Document]) -> dict[str, str]:
    """Return id → name of documents: the name of the file without its ending where that is enough.

    An ending would mislead: QualCoder takes a source called minutes.docx for a file of Word, and it is a text.
    """
    paths = {one.id: PurePosixPath(one.path) for one in documents}
    stems = Counter(path.stem.lower() for path in paths.values())
    whole = {key: one_line(str(path).replace("/", " – "), 200) for key, path in paths.items()}
    return {key: path.stem if stems[path.stem.lower()] == 1 else whole[key] for key, path in paths.items()}


def source_bytes(text: str, program: Program) -> bytes:
    """Return the file of a text; its positions are those in the text of this file."""
    return safe(text).replace("\n", program.line_end).encode("utf-8", "replace")


@dataclass
class _Parts:
    """The parts of a project that grow from document to document."""

    sources: Element = field(default_factory=lambda: top("Sources"))
    users: dict[str, str] = field(default_factory=dict)
    cases: Cases = field(default_factory=Cases)


def _add_source(
    parts: _Parts, bundle: Bundle, name: str, made: Sequence[Coding], program: Program, extent: Extent
) -> None:
    document = bundle.document
    ruler = Ruler(safe(document.text).replace("\n", program.line_end), program.rule)
    facts = {
        "guid": guid("document", document.id),
        "name": one_line(name, 200) or document.id,
        "plainTextPath": f"{container.INTERNAL}{guid('text', document.id)}.txt",
        "creatingUser": guid("user", f"Program {PROGRAM}"),
        "creationDateTime": TIME,
    }
    source = etree.SubElement(parts.sources, tag("TextSource"), facts)
    title = f"{document.title}\n" if document.title else ""
    etree.SubElement(source, tag("Description")).text = xml_text(
        f"{title}{document.path}\n{source_marks(bundle, made, extent)}"
    )
    source.extend(selections(made, program, ruler.theirs))
    source.extend(parts.cases.of_document(document))
    parts.cases.add(bundle, made, program)
    parts.users |= users(made)


def _project(parts: _Parts, codes: Sequence[Code], note: str, target: Target) -> Element:
    program = f"Program {PROGRAM}"
    people = {key: name for key, name in parts.users.items() if not name.startswith(("Model ", "Program "))}
    first = {} if people else {guid("user", PERSON): PERSON}
    everyone = {**people, **first, **parts.users, guid("user", program): program}
    facts = {
        "name": "Problems of practice",
        "origin": f"pop {PROGRAM.removeprefix('pop-')}",
        "creatingUserGUID": guid("user", program),
        "creationDateTime": TIME,
    }
    root = top("Project", facts)
    listed = etree.SubElement(root, tag("Users"))
    for key, name in everyone.items():
        etree.SubElement(listed, tag("User"), {"guid": key, "name": one_line(name, 200)})
    etree.SubElement(root, tag("CodeBook")).append(tree.elements(codes))
    root.extend(parts.cases.elements())
    if len(parts.sources):
        root.append(parts.sources)
    root.append(_note(note, program))
    root.extend(parts.cases.links())
    etree.SubElement(root, tag("Description")).text = f"Written by {PROGRAM} for {PROGRAMS[target].title}."
    etree.SubElement(root, tag("NoteRef"), {"targetGUID": note})
    return root


def _note(own: str, program: str) -> Element:
    notes = etree.Element(tag("Notes"))
    facts = {
        "guid": own,
        "name": "About this project",
        "plainTextPath": f"{container.INTERNAL}{own}.txt",
        "creatingUser": guid("user", program),
        "creationDateTime": TIME,
    }
    etree.SubElement(notes, tag("Note"), facts)
    return notes


def _about(program: Program) -> str:
    return _ABOUT.format(program=PROGRAM, title=program.title).replace("\n", program.line_end)


def _count(written: Written, made: Sequence[Coding]) -> None:
    written.documents += 1
    written.codings += len(made)
    written.coders |= {one.coder for one in made}
