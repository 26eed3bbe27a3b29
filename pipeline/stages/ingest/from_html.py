r"""Read a web page: its main content as blocks, without what belongs to the web site.

Reads the bytes of an HTML file; returns a `Reading`. For example

    <main><h1>Residency</h1><nav>Home</nav>
    <blockquote>I was never asked.<footer>— A teacher</footer></blockquote></main>

becomes

    heading 1  Residency
    quote      I was never asked.\n— A teacher
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import zip_longest

import lxml.etree
import lxml.html

from pipeline.records import PassageKind
from pipeline.stages.ingest.blocks import Block, Reading
from pipeline.stages.ingest.healing import (
    LONGEST_ATTRIBUTION,
    LONGEST_CELL,
    LONGEST_HEADING,
    bare_words,
    clean,
    clean_line,
    decode,
    decoding_doubts,
    is_attribution,
    is_repeated,
)
from pipeline.stages.ingest.html_furniture import Element, is_stray, names_of, prune, running_text, visible_letters
from pipeline.stages.ingest.html_hints import page_hints

_BLOCK_TAGS = """
    address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr html legend li main ol p pre section summary table tbody td tfoot th thead tr ul
"""
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")

_DEEPEST = 200  # elements within each other; a page that people wrote has some twenty
_ANY_TAG = re.compile(r"<(?P<closing>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)[^<>]*>")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())

_BREAK = "\ue000"  # a line break in running text, told from white space of the source
_SPACE_AROUND_BREAK = re.compile(rf"\s*{_BREAK}[\s{_BREAK}]*")
_PARAGRAPH_BREAK = re.compile(rf"{_BREAK}\s*{_BREAK}[\s{_BREAK}]*")
_PULL_QUOTE = re.compile(r"pull-?_?quote|quote-?pull|callout-?quote", re.IGNORECASE)
_TESTIMONIAL = re.compile(r"testimonial|(?:^|[\s_-])(?:quote|quotation)s?(?:$|[\s_-])", re.IGNORECASE)
_ATTRIBUTION = re.compile(r"attribut|cite|citation|author|source|who|speaker|byline|name", re.IGNORECASE)
_NOTES = re.compile(r"foot-?notes?|end-?notes?|references-list", re.IGNORECASE)
_TYPED_BULLET = re.compile(r"[•▪◦‣●○∙·]\s*(?=\S)")
_SHORTEST_QUOTATION = 40
_SHORTEST_TITLE = 12
_TITLE_ZONE = 8  # paragraphs among which the title stands
_SENTENCE_END = re.compile(r"[.:,;!…][”\"’')]*$")
_LABEL_END = re.compile(r"[:.,;]$")


def read_html(content: bytes) -> Reading:
    """Read the main content of a web page.

    Raises:
        PipelineError: the bytes are no text.

    """
    text, encoding = _decode_html(content)
    text = _XML_DECLARATION.sub("", text)
    page = _parsed(text)
    if page is not None and _depth(page) > _DEEPEST:
        page = _parsed(_flattened(text))
    if page is None:
        return Reading([])
    hints = page_hints(page)
    body = page.find("body")
    if body is None:
        return Reading([], hints=hints)
    seen = visible_letters(body)
    removed = prune(body)
    walk = _Walk(removed=removed)
    walk.children(_main_content(body, removed))
    pieces = _with_named_headings(_with_title(walk.finished(), hints.get("title", ""), removed))
    blocks = _without_pull_quotes(_with_bold_headings(pieces), walk)
    return Reading(
        [replace(block.block, text=block.block.text.strip()) for block in blocks],
        hints=hints,
        removed=removed,
        warnings=decoding_doubts(content, encoding),
        seen=seen,
        facts={"encoding_guessed": encoding},
    )


def _parsed(text: str) -> Element | None:
    """Parse a page; `None`: there is nothing in it."""
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        return lxml.html.document_fromstring(text.encode(), parser=parser)
    except lxml.etree.ParserError:
        return None


def _depth(page: Element) -> int:
    """Return how deep elements are nested; the parser gives up, and loses words, at about two thousand."""
    deepest = depth = 0
    for event, _ in lxml.etree.iterwalk(page, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def _flattened(text: str) -> str:
    """Leave out the tags that lie too deep; what they hold stays, in the last element that is not."""
    depth = 0

    def kept(match: re.Match[str]) -> str:
        nonlocal depth
        if match["name"].lower() in _VOID:
            return match[0]
        if not match["closing"]:
            depth += 1
            return match[0] if depth <= _DEEPEST // 2 else " "
        depth = max(0, depth - 1)
        return match[0] if depth < _DEEPEST // 2 else " "

    return _ANY_TAG.sub(kept, text)


def _decode_html(content: bytes) -> tuple[str, str | None]:
    """Decode by byte-order mark, as UTF-8, as the page declares, or by the look of the bytes, in this order."""
    text, encoding = decode(content)
    declared = _CHARSET.search(content[:4096])
    if encoding is None or encoding.startswith("utf-") or declared is None:
        return text, encoding
    name = declared[1].decode("ascii").lower()
    name = "cp1252" if name in {"iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii", "windows-1252"} else name
    try:
        return content.decode(name), None
    except (UnicodeDecodeError, LookupError):
        return text, encoding


def _main_content(body: Element, removed: list[str]) -> Element:
    """Choose <main>, or the only <article>, when it holds most of the running text; otherwise the whole body."""
    total = running_text(body)
    mains = [*body.iter("main"), *body.xpath(".//*[@role='main']")]
    articles = [element for element in body.iter("article") if element.getparent() is not None]
    for candidates, share in ((mains, 0.5), (articles, 0.7)):
        if len(candidates) == 1 and running_text(candidates[0]) >= share * total:
            _move_title_into(candidates[0], body)
            _note_what_is_outside(candidates[0], body, removed)
            return candidates[0]
    return body


def _move_title_into(main: Element, body: Element) -> None:
    """Keep the title of a page that stands above its main content."""
    outside = [heading for heading in body.iter("h1") if main not in heading.iterancestors()]
    if next(main.iter("h1"), None) is None and len(outside) == 1:
        main.insert(0, outside[0])
        if main.text and main.text.strip():
            outside[0].tail, main.text = main.text, None


def _note_what_is_outside(main: Element, body: Element, removed: list[str]) -> None:
    inside = {main, *main.iterdescendants(), *main.iterancestors()}
    for element in body.iter():
        if element not in inside:
            removed.extend(line for line in [clean_line(element.text or "")] if line)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block and how it was set. `pulled`: as a pull quote; `bold`: all of it in bold; `name`: of its element."""

    block: Block
    pulled: bool = False
    bold: bool = False
    name: str = ""


@dataclass(slots=True)
class _Walk:
    """A walk over the tree in reading order, and the blocks met so far.

    `kind`: what a paragraph is where the walk now stands, such as a list item.
    """

    removed: list[str]
    pieces: list[_Piece] = field(default_factory=list)
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
        if element.tag in _BLOCKS:
            self.flush(element.get("class") or "")

    def visit(self, element: Element) -> None:
        """Read one element by the rule for its tag."""
        rule = self._rule(element)
        if element.tag in _BLOCKS or rule is not None:
            self.flush()
        if rule is not None:
            rule(element)
        elif element.tag in _BLOCKS or _has_blocks(element):
            self.within(element)
        else:
            self.run(element)

    def _rule(self, element: Element) -> Callable[[Element], None] | None:
        if element.tag in _HEADINGS or element.get("role") == "heading":
            return self.heading
        if _is_testimonial(element):
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
        if element.tag == "figcaption" or _holds_notes(element):
            self.kind = "note"
        self.pulled = pulled or _PULL_QUOTE.search(names_of(element)) is not None
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
        elif not _is_note_mark(element):
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
                self.pieces.append(_Piece(_typed(self.kind, text), pulled=self.pulled, bold=bold, name=name))

    def heading(self, element: Element) -> None:
        """Read a heading; its lines become one."""
        text = " ".join(_text_of(element).split())
        level = _HEADINGS.get(element.tag) or _aria_level(element)
        if text and not is_stray(text, 0.0):
            self.pieces.append(_Piece(Block("heading", text, level=level)))

    def quotation(self, element: Element) -> None:
        """Read a block quotation together with its attribution, which may follow it."""
        if _holds_structure(element):
            self.within(element)
            return
        lines = [text for text in _lines_of(element) if text]
        attribution = _attribution_after(element)
        if attribution is not None:
            lines.extend(_lines_of(attribution))
            tail, parent = attribution.tail, attribution.getparent()
            parent.remove(attribution)
            element.tail = (element.tail or "") + (tail or "")
        if lines:
            pulled = self.pulled or _PULL_QUOTE.search(names_of(element)) is not None or _in_aside(element)
            self.pieces.append(_Piece(Block("quote", "\n".join(lines)), pulled=pulled))

    def list_item(self, element: Element) -> None:
        """Read a list item; a list inside it follows it."""
        kind = self.kind
        self.kind = "note" if kind == "note" or _is_footnote(element) else "list_item"
        self.children(element)
        self.kind = kind

    def definitions(self, element: Element) -> None:
        """Read a definition list, a term with its definitions as one item."""
        term = ""
        for part in element.iter("dt", "dd"):
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
            self.pieces.append(_Piece(Block("list_item", text)))

    def preformatted(self, element: Element) -> None:
        """Read text whose line breaks were set by hand."""
        for part in re.split(r"\n\s*\n", clean("".join(element.itertext()))):
            if part.strip():
                self.pieces.append(_Piece(Block(self.kind, part.strip())))

    def table(self, element: Element) -> None:
        """Read a table of figures or words as rows; one that only lays out the page as what it holds."""
        rows = [row for row in element.iter("tr") if _table_of(row) is element]
        cells = [[cell for cell in row if cell.tag in {"td", "th"}] for row in rows]
        if _is_layout(element, cells):
            self.within(element)
            return
        for caption in element.iter("caption"):
            self._caption(_text_of(caption))
        lines = ["\t".join(" ".join(_text_of(cell).split()) for cell in row) for row in cells]
        text = "\n".join(line for line in lines if line.strip())
        if text.strip():
            self.pieces.append(_Piece(Block("table", text.strip())))

    def _caption(self, text: str) -> None:
        if text:
            self.pieces.append(_Piece(Block("note", text)))

    def finished(self) -> list[_Piece]:
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
    walk = _Walk(removed=[])
    walk.children(element)
    return [piece.block.text for piece in walk.finished()]


def _text_of(element: Element) -> str:
    """Return the words of an element, its paragraphs on lines of their own."""
    return "\n".join(_lines_of(element)).strip()


def _has_blocks(element: Element) -> bool:
    return any(child.tag in _BLOCKS for child in element.iterdescendants())


def _aria_level(element: Element) -> int:
    level = element.get("aria-level") or ""
    return min(6, max(1, int(level))) if level.isdecimal() else 2


def _is_note_mark(element: Element) -> bool:
    """Tell the mark of a footnote, and the arrow back from it, which are no words of the text."""
    text = "".join(element.itertext()).strip()
    if element.tag == "sup" and re.fullmatch(r"\[?(?:\d{1,3}|[*†‡])\]?", text):
        return next(element.iter("a"), None) is not None or element.getparent().tag == "a"
    is_local = element.tag == "a" and (element.get("href") or "").startswith("#")
    return is_local and re.fullmatch(r"\[?(?:\d{1,3}|[*†‡])\]?|[↩↑^⏎︎\ufe0e]+", text) is not None


def _holds_notes(element: Element) -> bool:
    return _NOTES.search(names_of(element)) is not None or element.get("role") in {"doc-endnotes", "doc-footnote"}


def _is_footnote(element: Element) -> bool:
    return re.match(r"(?:fn|footnote|endnote|note)[-_:]?\d", element.get("id") or "", re.IGNORECASE) is not None


def _is_testimonial(element: Element) -> bool:
    """Tell a box that holds one quotation and who said it: <figure> or a class name."""
    if element.tag not in {"div", "figure", "section", "article", "p", "aside"} or _PULL_QUOTE.search(
        names_of(element)
    ):
        return False
    quotes = list(element.iter("blockquote"))
    if element.tag == "figure":
        return len(quotes) == 1
    if not _TESTIMONIAL.search(names_of(element)) or len(quotes) > 1:
        return False
    inner = element.iterdescendants("div", "figure", "section", "article", "li")
    beside = len(_flat(element)) - len(_flat(quotes[0])) if quotes else 0
    return not any(_TESTIMONIAL.search(names_of(child)) for child in inner) and beside <= LONGEST_ATTRIBUTION


def _flat(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _holds_structure(element: Element) -> bool:
    """Tell a quotation from a box that was only indented with <blockquote>."""
    return next(element.iterdescendants(*_HEADINGS, "table", "ul", "ol", "dl"), None) is not None


def _in_aside(element: Element) -> bool:
    return any(ancestor.tag == "aside" for ancestor in element.iterancestors())


def _attribution_after(quotation: Element) -> Element | None:
    """Return the element after a quotation that says whose words they are, or `None`."""
    following = quotation.getnext()
    if (
        following is None
        or (quotation.tail or "").strip()
        or following.tag not in {"p", "cite", "div", "footer", "figcaption"}
    ):
        return None
    text = _flat(following)
    if not text or len(text) > LONGEST_ATTRIBUTION or (following.tag != "cite" and _has_blocks(following)):
        return None
    named = following.tag in {"cite", "figcaption", "footer"} or _ATTRIBUTION.search(names_of(following))
    inner = next(following.iter("cite"), None)
    return following if named or inner is not None or is_attribution(text) else None


def _table_of(row: Element) -> Element:
    return next(row.iterancestors("table"), None)


def _is_layout(table: Element, cells: list[list[Element]]) -> bool:
    if table.get("role") in {"presentation", "none"} or max(map(len, cells), default=0) < 2:
        return True
    nested = next(table.iterdescendants("table", "h1", "h2", "blockquote"), None)
    return nested is not None or max((len(_flat(cell)) for row in cells for cell in row), default=0) > LONGEST_CELL


def _with_title(pieces: list[_Piece], title: str, removed: list[str]) -> list[_Piece]:
    """Make a heading of the title of a page that has no other, and take the name of the site above it away."""
    if any(piece.block.kind == "heading" for piece in pieces):
        return pieces
    words = bare_words(title)
    fitting = [i for i, piece in enumerate(pieces[:_TITLE_ZONE]) if _is_part(piece.block.text, words)]
    if not fitting:
        return pieces
    best = max(fitting, key=lambda i: len(pieces[i].block.text))
    removed.extend(pieces[i].block.text for i in fitting if i < best)
    heading = _heading(pieces[best], 1)
    kept = [(i, piece) for i, piece in enumerate(pieces) if i >= best or i not in fitting]
    return [replace(piece, block=heading) if i == best else piece for i, piece in kept]


def _is_part(text: str, title: str) -> bool:
    return len(text) > _SHORTEST_TITLE and f" {bare_words(text)} " in f" {title} "


def _with_named_headings(pieces: list[_Piece]) -> list[_Piece]:
    """Take short paragraphs for headings that share a class of their own and stand above text, where no tag says so."""
    if sum(piece.block.kind == "heading" for piece in pieces) > 1:
        return pieces
    named: dict[str, list[bool]] = {}
    for piece, following in zip_longest(pieces, pieces[1:]):
        above = following is not None and following.name != piece.name and following.block.kind != "heading"
        short = len(piece.block.text) <= LONGEST_HEADING and not _SENTENCE_END.search(piece.block.text)
        named.setdefault(piece.name, []).append(short and above and piece.block.kind == "paragraph")
    names = {name for name, fits in named.items() if name and len(fits) > 1 and all(fits)}
    return [replace(piece, block=_heading(piece, 2)) if piece.name in names else piece for piece in pieces]


def _heading(piece: _Piece, level: int) -> Block:
    return Block("heading", " ".join(piece.block.text.split()), level=level)


def _with_bold_headings(pieces: list[_Piece]) -> list[_Piece]:
    """Take short paragraphs in bold type that stand above others for the headings that they are."""
    result: list[_Piece] = []
    level = 0
    for piece, following in zip_longest(pieces, pieces[1:]):
        block = piece.block
        if block.kind == "heading":
            level = block.level or level
        elif following and _looks_like_heading(piece, following):
            block = Block("heading", " ".join(block.text.split()), level=min(6, level + 1))
        result.append(replace(piece, block=block))
    return result


def _looks_like_heading(piece: _Piece, following: _Piece) -> bool:
    text = piece.block.text
    return (
        piece.bold
        and piece.block.kind == "paragraph"
        and len(text) <= LONGEST_HEADING
        and not _LABEL_END.search(text)
        and not following.bold
        and following.block.kind != "heading"
    )


def _without_pull_quotes(pieces: list[_Piece], walk: _Walk) -> list[_Piece]:
    """Remove pull quotes whose words stand in the body as well; keep the others as quotations."""
    body = bare_words(" ".join(piece.block.text for piece in pieces if not piece.pulled))
    result: list[_Piece] = []
    for group in _runs(pieces):
        if group[0].pulled and is_repeated(group[0].block.text, body):
            walk.removed.extend(piece.block.text for piece in group)
        elif group[0].pulled:
            text = "\n".join(piece.block.text for piece in group)
            result.append(replace(group[0], block=Block("quote", text)))
        else:
            result.extend(group)
    return result


def _runs(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    """Yield the pieces of a pull quote together and all others singly."""
    group: list[_Piece] = []
    for piece in pieces:
        if group and not (piece.pulled and group[-1].pulled):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group
