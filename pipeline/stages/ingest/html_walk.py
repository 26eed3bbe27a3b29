"""A walk over the main content of a web page in reading order, which makes its blocks."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.records import PassageKind
from pipeline.stages.ingest.blocks import Block
from pipeline.stages.ingest.healing import clean, is_attribution
from pipeline.stages.ingest.html_furniture import Element, is_stray, names_of
from pipeline.stages.ingest.html_signs import (
    BLOCKS,
    HEADINGS,
    PULL_QUOTE,
    aria_level,
    attribution_after,
    has_blocks,
    holds_notes,
    holds_structure,
    in_aside,
    is_footnote,
    is_layout,
    is_note_mark,
    is_testimonial,
    table_of,
)

_BREAK = "\ue000"  # a line break in running text, told from white space of the source
_SPACE_AROUND_BREAK = re.compile(rf"(?<!\s)\s*+{_BREAK}[\s{_BREAK}]*+")
_PARAGRAPH_BREAK = re.compile(rf"{_BREAK}\s*{_BREAK}[\s{_BREAK}]*")
_TYPED_BULLET = re.compile(r"[•▪◦‣●○∙·]\s*(?=\S)")
_SHORTEST_QUOTATION = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """A block and how it was set. `pulled`: as a pull quote; `bold`: all of it in bold; `name`: of its element."""

    block: Block
    pulled: bool = False
    bold: bool = False
    name: str = ""


@dataclass(slots=True)
class Walk:
    """A walk over the tree in reading order, and the blocks met so far.

    `kind`: what a paragraph is where the walk now stands, such as a list item.
    """

    removed: list[str]
    pieces: list[Piece] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    linked: int = 0
    strong: int = 0
    kind: PassageKind = "paragraph"
    pulled: bool = False

    def children(self, element: Element) -> None:
        """Read all that an element holds."""
        self.text(element.text)
        for child in list(element):
            # An attribution has already gone to the quotation before it.
            if child.getparent() is element:
                self.visit(child)
                self.text(child.tail)
        if element.tag in BLOCKS:
            self.flush(element.get("class") or "")

    def visit(self, element: Element) -> None:
        """Read one element by the rule for its tag."""
        rule = self._rule(element)
        if element.tag in BLOCKS or rule is not None:
            self.flush()
        if rule is not None:
            rule(element)
        elif element.tag in BLOCKS or has_blocks(element):
            self.within(element)
        else:
            self.run(element)

    def _rule(self, element: Element) -> Callable[[Element], None] | None:
        if element.tag in HEADINGS or element.get("role") == "heading":
            return self.heading
        if is_testimonial(element):
            return self.quotation
        rules: dict[str, Callable[[Element], None]] = {
            "blockquote": self.quotation,
            "table": self.table,
            "dl": self.definitions,
            "li": self.list_item,
            "pre": self.preformatted,
        }
        return rules.get(element.tag)

    def within(self, element: Element) -> None:
        """Read a container, and what its name says of all that it holds."""
        kind, pulled = self.kind, self.pulled
        if element.tag == "figcaption" or holds_notes(element):
            self.kind = "note"
        self.pulled = pulled or PULL_QUOTE.search(names_of(element)) is not None
        self.children(element)
        self.kind, self.pulled = kind, pulled

    def run(self, element: Element) -> None:
        """Read an inline element into the running text."""
        if element.tag == "br":
            self.inline.append(_BREAK)
        elif element.tag == "q":
            self.inline.append("“")
            self.children(element)
            self.inline.append("”")
        elif not is_note_mark(element):
            linked, strong = element.tag == "a", element.tag in {"b", "strong"}
            before = len("".join(self.inline).strip())
            self.children(element)
            length = max(0, len("".join(self.inline).strip()) - before)
            self.linked += length * linked
            self.strong += length * strong

    def text(self, text: str | None) -> None:
        """Add to the running text, in which white space of the source means nothing."""
        if text:
            self.inline.append(re.sub(r"[ \t\r\n\f]+", " ", text))

    def flush(self, name: str = "") -> None:
        """End the running text and make its paragraphs. `name`: the class of the element that ends here."""
        whole = "".join(self.inline)
        length = max(1, len(whole.strip()))
        linked, bold = min(1.0, self.linked / length), self.strong >= 0.95 * length
        self.inline, self.linked, self.strong = [], 0, 0
        for part in _PARAGRAPH_BREAK.split(whole):
            text = _tidy(part)
            if not text:
                continue
            if is_stray(text, linked):
                self.removed.append(text)
            else:
                self.pieces.append(Piece(_typed(self.kind, text), pulled=self.pulled, bold=bold, name=name))

    def heading(self, element: Element) -> None:
        """Read a heading; its lines become one."""
        text = " ".join(_text_of(element).split())
        level = HEADINGS.get(element.tag) or aria_level(element)
        if text and not is_stray(text, 0.0):
            self.pieces.append(Piece(Block("heading", text, level=level)))

    def quotation(self, element: Element) -> None:
        """Read a block quotation together with its attribution, which may follow it."""
        if holds_structure(element):
            self.within(element)
            return
        lines = [text for text in _lines_of(element) if text]
        attribution = attribution_after(element)
        if attribution is not None:
            lines.extend(_lines_of(attribution))
            tail, parent = attribution.tail, attribution.getparent()
            parent.remove(attribution)
            element.tail = (element.tail or "") + (tail or "")
        if lines:
            pulled = self.pulled or PULL_QUOTE.search(names_of(element)) is not None or in_aside(element)
            self.pieces.append(Piece(Block("quote", "\n".join(lines)), pulled=pulled))

    def list_item(self, element: Element) -> None:
        """Read a list item; a list inside it follows it."""
        kind = self.kind
        self.kind = "note" if kind == "note" or is_footnote(element) else "list_item"
        self.children(element)
        self.kind = kind

    def definitions(self, element: Element) -> None:
        """Read a definition list, a term with its definitions as one item."""
        term = ""
        # A list inside a definition is read with it, once.
        for part in (one for one in element.iter("dt", "dd") if next(one.iterancestors("dl"), None) is element):
            text = _text_of(part)
            if part.tag == "dt":
                self._item(term)
                term = text
            elif term:
                term = f"{term}{' ' if term.endswith(':') else chr(10)}{text}"
            else:
                self._item(text)
        self._item(term)

    def _item(self, text: str) -> None:
        if text:
            self.pieces.append(Piece(Block("list_item", text)))

    def preformatted(self, element: Element) -> None:
        """Read text whose line breaks were set by hand."""
        for part in re.split(r"\n\s*\n", clean("".join(element.itertext()))):
            if part.strip():
                self.pieces.append(Piece(Block(self.kind, part.strip())))

    def table(self, element: Element) -> None:
        """Read a table of figures or words as rows; one that only lays out the page as what it holds."""
        rows = [row for row in element.iter("tr") if table_of(row) is element]
        cells = [[cell for cell in row if cell.tag in {"td", "th"}] for row in rows]
        if is_layout(element, cells):
            self.within(element)
            return
        for caption in element.iter("caption"):
            self._caption(_text_of(caption))
        lines = ["\t".join(" ".join(_text_of(cell).split()) for cell in row) for row in cells]
        text = "\n".join(line for line in lines if line.strip())
        if text.strip():
            self.pieces.append(Piece(Block("table", text.strip())))

    def _caption(self, text: str) -> None:
        if text:
            self.pieces.append(Piece(Block("note", text)))

    def finished(self) -> list[Piece]:
        """End the walk."""
        self.flush()
        return self.pieces


def _typed(kind: PassageKind, text: str) -> Block:
    """Make a block of a paragraph, which may show by its own signs that it is an item or a quotation."""
    mark = _TYPED_BULLET.match(text)
    if mark and kind == "paragraph":
        return Block("list_item", text[mark.end() :])
    said, _, who = text.rpartition("\n")
    attributed = "\n" not in said and len(said) >= _SHORTEST_QUOTATION and is_attribution(who)
    return Block("quote" if kind == "paragraph" and attributed else kind, text)


def _tidy(text: str) -> str:
    text = " ".join(clean(text).split())
    return _SPACE_AROUND_BREAK.sub("\n", text).strip()


def _lines_of(element: Element) -> list[str]:
    """Return the paragraphs and lines of an element."""
    walk = Walk(removed=[])
    walk.children(element)
    return [piece.block.text for piece in walk.finished()]


def _text_of(element: Element) -> str:
    """Return the words of an element, its paragraphs on lines of their own."""
    return "\n".join(_lines_of(element)).strip()
