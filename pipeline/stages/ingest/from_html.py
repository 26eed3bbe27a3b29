r"""Read a web page: its main content as blocks, without what belongs to the web site.

Reads the bytes of an HTML file; returns a `Reading`. For example

    <main><h1>Residency</h1><nav>Home</nav>
    <blockquote>I was never asked.<footer>— A teacher</footer></blockquote></main>

becomes

    heading 1  Residency
    quote      I was never asked.\n— A teacher
"""

import re
from dataclasses import replace

import lxml.etree
import lxml.html

from pipeline.stages.ingest.blocks import Reading
from pipeline.stages.ingest.healing import clean_line, decode, decoding_doubts
from pipeline.stages.ingest.html_furniture import Element, prune, running_text, visible_letters
from pipeline.stages.ingest.html_hints import page_hints
from pipeline.stages.ingest.html_pieces import with_bold_headings, with_named_headings, with_title, without_pull_quotes
from pipeline.stages.ingest.html_walk import Walk

_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DEEPEST = 200  # elements within each other; a page that people wrote has some twenty
_ANY_TAG = re.compile(r"<(?P<closing>/?)(?P<name>[A-Za-z][A-Za-z0-9]*+)[^<>]*+>")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())


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
    walk = Walk(removed=removed)
    walk.children(_main_content(body, removed))
    pieces = with_named_headings(with_title(walk.finished(), hints.get("title", ""), removed))
    blocks = without_pull_quotes(with_bold_headings(pieces), removed)
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
        page = lxml.html.document_fromstring(text.encode(), parser=parser)
    except lxml.etree.ParserError:
        return None
    if "&#" in text or _CONTROL.search(text):
        _blank_controls(page)
    return page


def _blank_controls(page: Element) -> None:
    """Put spaces for signs such as a page break: lxml gives them out, but takes none when text is moved."""
    for element in page.iter():
        for place in ("text", "tail"):
            words = getattr(element, place)
            if words and _CONTROL.search(words):
                setattr(element, place, _CONTROL.sub(" ", words))


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
    around = {main, *main.iterancestors()}
    outside = [one for one in body.iter("h1") if one not in around and main not in one.iterancestors()]
    if next(main.iter("h1"), None) is None and len(outside) == 1:
        main.insert(0, outside[0])
        if main.text and main.text.strip():
            outside[0].tail, main.text = main.text, None


def _note_what_is_outside(main: Element, body: Element, removed: list[str]) -> None:
    inside = {main, *main.iterdescendants(), *main.iterancestors()}
    for element in body.iter():
        if element not in inside:
            removed.extend(line for line in [clean_line(element.text or "")] if line)
