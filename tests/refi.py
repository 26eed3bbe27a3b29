"""What tests of REFI-QDA share: an output folder of hand-built documents, and a project opened, edited and closed."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from builders import bundle, document, mapping, passages, quote, segment, tag
from lxml import etree

from pipeline import jsonl
from pipeline.codebook import Codebook, Theme
from pipeline.exchange.codings import Code
from pipeline.exchange.refi import tree
from pipeline.exchange.refi.names import guid
from pipeline.exchange.refi.writing import Written, write_project
from pipeline.records import RECORD_TYPES, AnatomyPart, Bundle
from pipeline.rubric import Area, Indicator, Practice, Rubric

NS = {"q": "urn:QDA-XML:project:1.0"}
THEMES = Codebook(
    version="1",
    sha256="0" * 64,
    themes=[
        Theme(
            id="teacher_leadership",
            name="Teacher leadership",
            definition="Teachers lead.",
            include=["Teams that choose; and plan.", "Chairs & coaches"],
            exclude=["A teacher who is trained."],
            examples=["“Now the grade chairs write it.”", "Include: this is no title"],
        ),
        Theme(id="succession", name="Leadership succession", definition="Who follows whom."),
        Theme(id="equity", name="Equity", definition="Who gets what."),
    ],
)
RUBRIC = Rubric(
    name="Test rubric",
    levels=["low", "high"],
    areas=[
        Area(
            name="Shared work",
            practices=[
                Practice(
                    id="12",
                    text="Leaders share the work.",
                    indicators=[
                        Indicator(id=i, levels={"low": "They begin.", "high": "They go on."}) for i in ("12a", "12b")
                    ],
                )
            ],
        )
    ],
)
CODES = tree.all_codes(THEMES, RUBRIC)
MODEL = "themes-0123456789ab"
TEXT = (
    "Elm Valley\n\nAna Ruiz said, “We share the work.” Nobody else spoke.\n\n"
    "Nobody knew who would follow the principal 🎈 of Elm School.\n\nThe board saw who was left out."
)


def made(text: str = TEXT, own: str = "d1", path: str = "notes/elm.docx") -> Bundle:
    """Return a document with a segment, a quote, a practice and two themes of a model."""
    doc = document(text, id=own, path=path)
    heading, said, follow, board = passages(doc)
    words = quote(said, "We share the work.", speaker="Ana Ruiz", cue="said")
    part = AnatomyPart(role="problem", passage_id=follow.id, start=follow.start, end=follow.end, score=0.9)
    return bundle(
        doc,
        segments=[segment([heading, said, follow, board], kind="problem_of_practice", anatomy=[part])],
        quotes=[words],
        tags=[
            tag(said, "teacher_leadership", coder=MODEL, model_version=MODEL),
            tag(follow, "succession", decision="review", coder=MODEL, model_version=MODEL, grade=1),
        ],
        mappings=[mapping(words, "12b", decision="match", model_version="practices-0123456789ab")],
    )


def outputs(folder: Path, *bundles: Bundle) -> Path:
    """Write documents with their records as a run leaves them."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, record in RECORD_TYPES.items():
        records = {"documents": [one.document for one in bundles]}.get(
            kind, [each for one in bundles for each in getattr(one, kind, [])]
        )
        assert all(isinstance(each, record) for each in records)
        jsonl.write(folder / f"{kind}.jsonl", records)
    return folder


def project(path: Path, *bundles: Bundle, codes: Sequence[Code] = CODES, **asked: Any) -> Written:
    """Write documents as a project."""
    return write_project(path, [one.document for one in bundles], bundles, codes, **asked)


class Edited:
    """A project that a person works in; `close` writes it to another file."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.files = {name: archive.read(name) for name in archive.namelist()}
        self.root = etree.fromstring(self.files["project.qde"])

    def find(self, path: str) -> list[Any]:
        """Return elements by an XPath whose names have the prefix q."""
        return list(self.root.xpath(path, namespaces=NS))

    def user(self, name: str) -> str:
        """Return the GUID of a user, who is added if there is none of the name."""
        for one in self.find(f"//q:User[@name='{name}']"):
            return str(one.get("guid"))
        own = guid("user", name)
        etree.SubElement(self.find("//q:Users")[0], f"{{{NS['q']}}}User", {"guid": own, "name": name})
        return own

    def codings(self, code: str) -> list[Any]:
        """Return the codings with a code of ours."""
        return self.find(f"//q:Coding[q:CodeRef/@targetGUID='{guid('code', code)}']")

    def take_off(self, code: str) -> None:
        """Take all codings with a code off, and their selections if nothing else is on them."""
        for coding in self.codings(code):
            selection = coding.getparent()
            selection.remove(coding)
            if not selection.findall("q:Coding", NS):
                selection.getparent().remove(selection)

    def text(self, place: int = 0) -> str:
        """Return a text as it stands in the container."""
        where = self.find("//q:TextSource")[place].get("plainTextPath").removeprefix("internal://")
        return self.files[f"sources/{where}"].decode()

    def add(self, code: str, words: str, user: str = "Ana Ruiz", *, place: int = 0, **facts: str) -> Any:
        """Code the first occurrence of some words, counted in code points."""
        start = self.text(place).index(words)
        own = {"guid": guid("new", f"{code} {words} {user}"), "creatingUser": self.user(user)}
        own |= {"creationDateTime": "2026-11-22T10:00:00Z"} | facts
        selection = etree.Element(
            f"{{{NS['q']}}}PlainTextSelection",
            own | {"startPosition": str(start), "endPosition": str(start + len(words))},
        )
        coding = etree.SubElement(selection, f"{{{NS['q']}}}Coding", own | {"guid": guid("coded", own["guid"])})
        etree.SubElement(coding, f"{{{NS['q']}}}CodeRef", {"targetGUID": guid("code", code)})
        source = self.find("//q:TextSource")[place]
        source.insert(1, selection)
        return selection

    def close(self, path: Path) -> Path:
        """Write the project as another program would, its members in another order."""
        self.files["project.qde"] = etree.tostring(self.root, encoding="utf-8", xml_declaration=True)
        with zipfile.ZipFile(path, "w") as archive:
            for name in sorted(self.files):
                archive.writestr(name, self.files[name])
        return path


def edit(path: Path, change: Callable[[Edited], object], to: Path) -> Path:
    """Open a project, change it, and close it under another name."""
    opened = Edited(path)
    change(opened)
    return opened.close(to)


def spans(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the code and the words of each coding of a project, its positions taken as indices of its text."""
    opened = Edited(path)
    names = {one.get("guid"): one.get("name") for one in opened.find("//q:Code")}
    for place, source in enumerate(opened.find("//q:TextSource")):
        text = opened.text(place)
        for selection in source.findall("q:PlainTextSelection", NS):
            words = text[int(selection.get("startPosition")) : int(selection.get("endPosition"))]
            for code in selection.findall("q:Coding/q:CodeRef", NS):
                yield names[code.get("targetGUID")], words
