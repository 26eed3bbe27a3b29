"""What single elements of a web page show of what they hold: blocks, notes, quotations, tables that only lay out."""

import re

from pipeline.stages.ingest.healing import LONGEST_ATTRIBUTION, LONGEST_CELL, is_attribution
from pipeline.stages.ingest.html_furniture import Element, names_of

_BLOCK_TAGS = """
    address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr html legend li main ol p pre section summary table tbody td tfoot th thead tr ul
"""
BLOCKS = frozenset(_BLOCK_TAGS.split())
HEADINGS = {f"h{level}": level for level in range(1, 7)}
PULL_QUOTE = re.compile(r"pull-?_?quote|quote-?pull|callout-?quote", re.IGNORECASE)
_TESTIMONIAL = re.compile(r"testimonial|(?:^|[\s_-])(?:quote|quotation)s?(?:$|[\s_-])", re.IGNORECASE)
_ATTRIBUTION = re.compile(r"attribut|cite|citation|author|source|who|speaker|byline|name", re.IGNORECASE)
_NOTES = re.compile(r"foot-?notes?|end-?notes?|references-list", re.IGNORECASE)


def has_blocks(element: Element) -> bool:
    """Tell whether an element holds others that stand on lines of their own."""
    return any(child.tag in BLOCKS for child in element.iterdescendants())


def aria_level(element: Element) -> int:
    """Return the level that a heading names for screen readers."""
    level = element.get("aria-level") or ""
    return min(6, max(1, int(level))) if level.isdecimal() else 2


def is_note_mark(element: Element) -> bool:
    """Tell the mark of a footnote, and the arrow back from it, which are no words of the text."""
    text = "".join(element.itertext()).strip()
    if element.tag == "sup" and re.fullmatch(r"\[?(?:\d{1,3}|[*†‡])\]?", text):
        return next(element.iter("a"), None) is not None or element.getparent().tag == "a"
    is_local = element.tag == "a" and (element.get("href") or "").startswith("#")
    return is_local and re.fullmatch(r"\[?(?:\d{1,3}|[*†‡])\]?|[↩↑^⏎︎\ufe0e]+", text) is not None


def holds_notes(element: Element) -> bool:
    """Tell a list of footnotes."""
    return _NOTES.search(names_of(element)) is not None or element.get("role") in {"doc-endnotes", "doc-footnote"}


def is_footnote(element: Element) -> bool:
    """Tell a footnote by its id."""
    return re.match(r"(?:fn|footnote|endnote|note)[-_:]?\d", element.get("id") or "", re.IGNORECASE) is not None


def is_testimonial(element: Element) -> bool:
    """Tell a box that holds one quotation and who said it: <figure> or a class name."""
    if element.tag not in {"div", "figure", "section", "article", "p", "aside"} or PULL_QUOTE.search(names_of(element)):
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


def holds_structure(element: Element) -> bool:
    """Tell a quotation from a box that was only indented with <blockquote>."""
    return next(element.iterdescendants(*HEADINGS, "table", "ul", "ol", "dl"), None) is not None


def in_aside(element: Element) -> bool:
    """Tell what stands in an aside."""
    return any(ancestor.tag == "aside" for ancestor in element.iterancestors())


def attribution_after(quotation: Element) -> Element | None:
    """Return the element after a quotation that says whose words they are, or `None`."""
    following = quotation.getnext()
    if (
        following is None
        or (quotation.tail or "").strip()
        or following.tag not in {"p", "cite", "div", "footer", "figcaption"}
    ):
        return None
    text = _flat(following)
    if not text or len(text) > LONGEST_ATTRIBUTION or (following.tag != "cite" and has_blocks(following)):
        return None
    named = following.tag in {"cite", "figcaption", "footer"} or _ATTRIBUTION.search(names_of(following))
    inner = next(following.iter("cite"), None)
    return following if named or inner is not None or is_attribution(text) else None


def table_of(row: Element) -> Element:
    """Return the table of a row."""
    return next(row.iterancestors("table"), None)


def is_layout(table: Element, cells: list[list[Element]]) -> bool:
    """Tell a table that only lays out the page."""
    if table.get("role") in {"presentation", "none"} or max(map(len, cells), default=0) < 2:
        return True
    nested = next(table.iterdescendants("table", "h1", "h2", "blockquote"), None)
    return nested is not None or max((len(_flat(cell)) for row in cells for cell in row), default=0) > LONGEST_CELL
