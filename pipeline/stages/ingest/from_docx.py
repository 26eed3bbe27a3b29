r"""Read a Word document: its body in order, without headers, footers, comments and deleted words.

Reads the bytes of a DOCX file; returns a `Reading`. For example a paragraph in the style "Heading 2",
one in "Quote" with a footnote, and a table of two rows become

    heading 2  What the district did
    quote      They told us it was our school.
    note       Interview, March 2015.
    table      Practice\tYes\nHome visits\t44
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import BytesIO
from itertools import zip_longest
from typing import Any

import docx
import lxml.etree
from docx.opc.exceptions import PackageNotFoundError

from pipeline.errors import ErrorCode, PipelineError
from pipeline.records import PassageKind
from pipeline.safe_xml import parse
from pipeline.safe_zip import LIMITS, Limits, open_container
from pipeline.stages.ingest.blocks import Block, Reading
from pipeline.stages.ingest.docx_styles import Look, Styles, tag
from pipeline.stages.ingest.healing import LONGEST_CELL, LONGEST_HEADING, bare_words, clean, is_attribution, is_repeated
from pipeline.stages.ingest.quality import count

Element = Any  # lxml has no usable types for elements

_SIGNS_OF_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    PackageNotFoundError,
    lxml.etree.XMLSyntaxError,
    AttributeError,  # a relationship to a part of another kind
    TypeError,  # or to nothing
    KeyError,
    ValueError,
    EOFError,
    NotImplementedError,
    OSError,
)
_ADDRESS = re.compile(r"file '<_io\.BytesIO object at 0x[0-9a-fA-F]+>'")  # differs from run to run
_OLE_HEADER = bytes.fromhex("d0cf11e0a1b11ae1")
_OLD_WORD = "WordDocument".encode("utf-16-le")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

_SKIPPED = frozenset(
    map(
        tag,
        ["w:del", "w:moveFrom", "w:pPr", "w:rPr", "w:instrText", "w:delText", "mc:Fallback", "w:rt", "w:txbxContent"],
    )
)
_SIGNS = {tag("w:tab"): "\t", tag("w:cr"): "\n", tag("w:noBreakHyphen"): "-", tag("w:ptab"): "\t"}
_NOTE_REFERENCES = {tag("w:footnoteReference"): "footnotes", tag("w:endnoteReference"): "endnotes"}
CONTAINERS = frozenset(map(tag, ["w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:customXml", "w:smartTag"]))

_TYPED_BULLET = re.compile(r"^[•●○▪■◦‣⁃∙·\uf0b7\uf0a7][ \t]*|^[-–*o]\t")
_SENTENCE_END = re.compile(r"[.,;:]$")
_CLOSED_QUOTATION = re.compile(r"^[“\"].+[”\"]$", re.DOTALL)
_MARKED_INDENT = 360  # twentieths of a point: a quarter of an inch

_NO_TITLE = re.compile(r"word document|microsoft word\b.*|document\d*|untitled.*|.*\.docx?|\s*", re.IGNORECASE)
_NO_AUTHOR = re.compile(
    r"python-docx|microsoft office user|(?:windows )?user|owner|admin(?:istrator)?|unknown|author|\s*", re.IGNORECASE
)
_TEMPLATE_DATE = "2013-12-23"  # of the empty document that python-docx starts from


def read_docx(content: bytes, max_unpacked: int = LIMITS.unpacked) -> Reading:
    """Read the body of a Word document, from which at most so many bytes may come out.

    Raises:
        PipelineError: the file has a password, is damaged, or is no DOCX.

    """
    document = open_docx(content, replace(LIMITS, unpacked=max_unpacked))
    walk = _Walk(Styles(document.styles.element), _notes(document))
    walk.story(document.element.body)
    removed = [*walk.removed, *_headers_and_footers(document)]
    body = bare_words(" ".join(piece.block.text for piece in walk.pieces if not piece.boxed))
    kept = []
    for piece in walk.pieces:
        if piece.boxed and is_repeated(piece.block.text, body):
            removed.append(piece.block.text)
        else:
            kept.append(piece)
    blocks = _with_attributions(_with_typed_headings(kept))
    seen = _letters(document.element.body) + sum(map(count, [*walk.notes.values(), *_headers_and_footers(document)]))
    return Reading(blocks, hints=_hints(document), removed=removed, seen=seen)


def _letters(body: Element) -> int:
    """Count the letters and digits of the body; a text box that stands there twice, for old versions of Word, once."""
    twice = {text for box in body.iter(tag("mc:Fallback")) for text in box.iter(tag("w:t"))}
    return sum(count(text.text or "") for text in body.iter(tag("w:t")) if text not in twice)


def open_docx(content: bytes, limits: Limits = LIMITS) -> Any:
    """Open a Word document, once its size is known to be harmless.

    Raises:
        PipelineError: the file has a password, is damaged, or is no DOCX.
    """
    if content.startswith(_OLE_HEADER):
        raise _old_or_encrypted(content)
    try:
        with open_container(content, kind="DOCX", limits=limits) as container:
            container.check()
        document = docx.Document(BytesIO(content))
        _ = document.styles.element, document.core_properties  # read when asked for: now, while damage is looked for
        return document
    except _SIGNS_OF_DAMAGE as error:
        raise PipelineError(
            ErrorCode.DAMAGED_FILE,
            found=f"a file of {len(content)} bytes that cannot be opened as DOCX ({_ADDRESS.sub('it', str(error))})",
            expected="a whole DOCX file",
            do="open it in Word or LibreOffice, save it again as DOCX, and run again",
        ) from error


def _old_or_encrypted(content: bytes) -> PipelineError:
    if _OLD_WORD in content and _ENCRYPTED not in content:
        return PipelineError(
            ErrorCode.UNKNOWN_FORMAT,
            found="a Word document in the old binary format (.doc)",
            expected="a DOCX file",
            do="open it in Word or LibreOffice, save it as DOCX, and run again",
        )
    return PipelineError(
        ErrorCode.ENCRYPTED_FILE,
        found="an Office file with a password",
        expected="a DOCX file without a password",
        do="open it with its password, save it without one, and run again",
    )


def _notes(document: Any) -> dict[tuple[str, str], str]:
    """Return the text of each footnote and endnote, by kind and id."""
    notes = {}
    for relation in document.part.rels.values():
        kind = relation.reltype.rsplit("/", 1)[-1]
        if kind in _NOTE_REFERENCES.values() and not relation.is_external:
            for note in parse(relation.target_part.blob):
                paragraphs = [_line(run_text(paragraph)) for paragraph in note.iter(tag("w:p"))]
                notes[kind, note.get(tag("w:id")) or ""] = "\n".join(filter(None, paragraphs))
    return notes


def _headers_and_footers(document: Any) -> list[str]:
    """Return the lines of headers and footers, each once."""
    lines: dict[str, None] = {}
    for relation in document.part.rels.values():
        if relation.reltype.rsplit("/", 1)[-1] in {"header", "footer"} and not relation.is_external:
            root = parse(relation.target_part.blob)
            lines.update((_line(run_text(paragraph)), None) for paragraph in root.iter(tag("w:p")))
    return [line for line in lines if line]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block and how it was set. `boxed`: in a text box."""

    block: Block
    look: Look | None = None
    boxed: bool = False


@dataclass(slots=True)
class _Walk:
    """A walk over the body in order, and the blocks met so far. `carried`: text whose paragraph mark was deleted."""

    styles: Styles
    notes: dict[tuple[str, str], str]
    pieces: list[_Piece] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    carried: str = ""
    boxed: bool = False

    def story(self, element: Element) -> None:
        """Read all paragraphs and tables that an element holds."""
        rules: dict[str, Callable[[Element], None]] = {tag("w:p"): self.paragraph, tag("w:tbl"): self.table}
        for child in element:
            if child.tag in rules:
                rules[child.tag](child)
            elif child.tag in CONTAINERS and not _is_contents(child):
                self.story(child)

    def paragraph(self, element: Element) -> None:
        """Read a paragraph, then its footnotes and the text boxes anchored in it."""
        text = self.carried + run_text(element)
        self.carried = ""
        if _mark_is_deleted(element):
            self.carried = text
            return
        look = self.styles.look(element)
        line = _line(text)
        if line and look.is_contents:
            self.removed.append(line)
        elif line:
            self.pieces.append(_Piece(_block(line, text, look), look, self.boxed))
        self._add_notes(element)
        self._add_boxes(element)

    def table(self, element: Element) -> None:
        """Read a table as rows; one that only lays out running text as what it holds."""
        rows = [row for row in table_rows(element) if row.find(f"{tag('w:trPr')}/{tag('w:del')}") is None]
        cells = [list(row_cells(row)) for row in rows]
        texts = [[cell_text(cell) for cell in row] for row in cells]
        if max(map(len, cells), default=0) < 2 or any(len(text) > LONGEST_CELL for row in texts for text in row):
            for row in cells:
                for cell in row:
                    self.story(cell)
            return
        text = "\n".join("\t".join(row) for row in texts if any(row)).strip()
        if text:
            self.pieces.append(_Piece(Block("table", text), boxed=self.boxed))
        self._add_notes(element)

    def _add_notes(self, element: Element) -> None:
        for reference in _live(element):
            kind = _NOTE_REFERENCES.get(reference.tag)
            note = self.notes.get((kind, reference.get(tag("w:id")) or "")) if kind else None
            if note:
                self.pieces.append(_Piece(Block("note", note), boxed=self.boxed))

    def _add_boxes(self, element: Element) -> None:
        boxed, self.boxed = self.boxed, True
        for box in element.iter(tag("w:txbxContent")):
            if not any(ancestor.tag == tag("mc:Fallback") for ancestor in box.iterancestors()):
                self.story(box)
        self.boxed = boxed


def _live(element: Element) -> Iterator[Element]:
    """Yield what an element holds in order, without deleted words, properties and text boxes."""
    for child in element:
        if child.tag not in _SKIPPED and not _is_hidden(child):
            yield child
            yield from _live(child)


def _is_hidden(run: Element) -> bool:
    vanish = run.find(f"{tag('w:rPr')}/{tag('w:vanish')}")
    return vanish is not None and vanish.get(tag("w:val")) not in {"0", "false"}


def run_text(paragraph: Element) -> str:
    """Return the words of a paragraph, soft line breaks as line ends."""
    parts = []
    for child in _live(paragraph):
        if child.tag == tag("w:t"):
            parts.append(child.text or "")
        elif child.tag == tag("w:br"):
            parts.append("\n" if child.get(tag("w:type")) in {None, "textWrapping"} else " ")
        else:
            parts.append(_SIGNS.get(child.tag, ""))
    return "".join(parts)


def _line(text: str) -> str:
    """Mend white space; only soft line breaks are kept."""
    lines = (" ".join(line.split()) for line in clean(text).split("\n"))
    return "\n".join(line for line in lines if line)


def _mark_is_deleted(paragraph: Element) -> bool:
    return paragraph.find(f"{tag('w:pPr')}/{tag('w:rPr')}/{tag('w:del')}") is not None


def _is_contents(element: Element) -> bool:
    """Tell a table of contents that Word has made."""
    gallery = element.find(f"{tag('w:sdtPr')}/{tag('w:docPartObj')}/{tag('w:docPartGallery')}")
    return gallery is not None and gallery.get(tag("w:val")) == "Table of Contents"


def table_rows(element: Element) -> Iterator[Element]:
    """Yield the rows of a table."""
    return _within(element, tag("w:tr"))


def row_cells(row: Element) -> Iterator[Element]:
    """Yield the cells of a row."""
    return _within(row, tag("w:tc"))


def _within(element: Element, name: str) -> Iterator[Element]:
    """Yield the children of a name, also those that a container holds."""
    for child in element:
        if child.tag == name:
            yield child
        elif child.tag in CONTAINERS:
            yield from _within(child, name)


def cell_text(cell: Element) -> str:
    """Return the words of a cell; none where it goes on from the cell above."""
    merge = cell.find(f"{tag('w:tcPr')}/{tag('w:vMerge')}")
    if merge is not None and merge.get(tag("w:val")) != "restart":
        return ""
    return " ".join(" ".join(run_text(paragraph) for paragraph in cell.iter(tag("w:p"))).split())


def _block(line: str, text: str, look: Look) -> Block:
    """Decide what a paragraph is by its style and setting."""
    if look.heading:
        return Block("heading", " ".join(line.split()), level=look.heading)
    bullet = _TYPED_BULLET.match(text.lstrip(" "))
    if bullet and not look.is_list:
        return Block("list_item", _line(text.lstrip(" ")[bullet.end() :]) or line)
    return Block(_kind(line, look), line)


def _kind(line: str, look: Look) -> PassageKind:
    if look.is_list:
        return "list_item"
    if look.is_quote or (look.left >= _MARKED_INDENT and look.right >= _MARKED_INDENT):
        return "quote"
    if look.left >= _MARKED_INDENT and _CLOSED_QUOTATION.match(line):
        return "quote"
    return "note" if look.is_caption else "paragraph"


def _with_typed_headings(pieces: list[_Piece]) -> list[_Piece]:
    """Take short lines in bold or larger type for headings, as they are where nobody used styles."""
    usual = _usual_size(pieces)
    typed = [_is_typed_heading(piece, after, usual) for piece, after in zip_longest(pieces, pieces[1:])]
    has_styles = sum(piece.block.kind == "heading" for piece in pieces) >= 2
    ranks = _ranks([piece for piece, is_heading in zip(pieces, typed, strict=True) if is_heading])
    result, level = [], 0
    for piece, is_heading in zip(pieces, typed, strict=True):
        block = piece.block
        if block.kind == "heading":
            level = block.level or level
        elif is_heading:
            deeper = level + 1 if has_styles else ranks[_prominence(piece)]
            block = replace(block, kind="heading", level=min(6, deeper))
        result.append(replace(piece, block=block))
    return result


def _usual_size(pieces: list[_Piece]) -> float:
    """Return the type size, in points, in which most of the text is set."""
    shares: dict[float, int] = {}
    for piece in pieces:
        if piece.look and piece.block.kind == "paragraph":
            shares[piece.look.size] = shares.get(piece.look.size, 0) + len(piece.block.text)
    return max(shares, key=lambda size: (shares[size], -size), default=0.0)


def _is_typed_heading(piece: _Piece, after: _Piece | None, usual: float) -> bool:
    text, look = piece.block.text, piece.look
    if look is None or piece.block.kind != "paragraph" or after is None or "\n" in text:
        return False
    if len(text) > LONGEST_HEADING or _SENTENCE_END.search(text) or not any(char.isalpha() for char in text):
        return False
    stands_out = look.is_bold or look.size >= 1.2 * usual
    return stands_out and after.block.kind != "heading"


def _prominence(piece: _Piece) -> tuple[float, bool]:
    look = piece.look
    return (look.size if look else 0.0, piece.block.text.isupper())


def _ranks(headings: list[_Piece]) -> dict[tuple[float, bool], int]:
    """Rank the ways in which headings are set; a title that stands alone at the top takes no rank of its own."""
    ways = [_prominence(piece) for piece in headings]
    alone = ways[:1] if ways and ways.count(ways[0]) == 1 and ways[0] == max(ways) else []
    ranks = {way: rank for rank, way in enumerate(sorted(set(ways) - set(alone), reverse=True), start=1)}
    return {**ranks, **dict.fromkeys(alone, 1)}


def _with_attributions(pieces: list[_Piece]) -> list[Block]:
    """Join a quotation and the line after it that says whose words they are."""
    blocks: list[Block] = []
    for piece in pieces:
        block = piece.block
        if (
            blocks
            and blocks[-1].kind == "quote"
            and block.kind in {"quote", "paragraph"}
            and is_attribution(block.text)
        ):
            blocks[-1] = replace(blocks[-1], text=f"{blocks[-1].text}\n{block.text}")
        else:
            blocks.append(block)
    return blocks


def _hints(document: Any) -> dict[str, str]:
    properties = document.core_properties
    try:
        title, author, created = properties.title, properties.author, properties.created
    except AttributeError:  # the part for them holds something else
        return {}
    hints = {
        "title": "" if _NO_TITLE.fullmatch(title) else clean(title).strip(),
        "author": "" if _NO_AUTHOR.fullmatch(author) else clean(author).strip(),
        "date": _date(created),
    }
    return {name: value for name, value in hints.items() if value}


def _date(created: datetime | None) -> str:
    text = created.date().isoformat() if created and created.year >= 1990 else ""
    return "" if text == _TEMPLATE_DATE else text
