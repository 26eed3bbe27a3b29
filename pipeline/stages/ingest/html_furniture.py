"""What on a web page is no part of its text: menus, cookie notices, share buttons, comments, sign-up boxes.

`prune` takes such elements out of the tree. A class name alone never removes an element that holds much of the running
text, since losing body paragraphs is worse than keeping a stray line.
"""

import re
from collections.abc import Iterator
from typing import Any

from pipeline.stages.ingest.healing import clean_line
from pipeline.stages.ingest.html_sections import drop, drop_sections
from pipeline.stages.ingest.quality import count

# lxml has no usable types for elements.
Element = Any

_NEVER = """
    script style noscript template button select textarea input iframe svg canvas object embed audio video dialog head
    datalist map progress
"""
_NEVER_TEXT = frozenset(_NEVER.split())
_FURNITURE_TAGS = frozenset({"nav", "menu"})
_FURNITURE_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu", "menubar", "toolbar", "alert"}
)
_NAMES = """
    nav navbar navigation menu menus breadcrumb breadcrumbs cookie cookies consent gdpr sidebar share sharing sharebar
    social addthis comments comment disqus respond newsletter subscribe subscription signup optin related recommended
    recommendations promo promotion promos ad ads advert adverts advertisement advertising sponsor sponsored masthead
    pagination pager skip toolbar popup popover modal overlay paywall readmore tagline authorbio toc backtotop printlink
    login search sr hidden noprint
"""
_FURNITURE_NAMES = frozenset(_NAMES.split())
_FURNITURE_PAIRS = re.compile(
    r"read-?more|sign-?up|author-?bio|about-author|table-of-contents|back-?to-?top|to-?top|more-(?:news|stories)|"
    r"most-read|latest-news|skip-?(?:link|to)|screen-?reader|visually-?hidden|site-?(?:footer|header)|"
    r"page-?(?:footer|header)|global-?(?:footer|header)|sr-only|email-capture|call-to-action|post-?nav|post-tags|"
    r"tag-?(?:list|cloud)|also-read"
)
_FRAME_NAMES = frozenset({"header", "footer", "banner", "top-bar", "topbar"})
_WORD_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_KEPT_NAMES = re.compile(r"topics?|keywords|has-|with-|no-|without-")

_STRAY_LINE = re.compile(
    r"(?:(?:return|back|skip|jump) to (?:the )?(?:top|main content|content|navigation|menu)|"
    r"print(?: this)?(?: page| article)?|share(?: this)?(?: page| story| article| post)?|"
    r"(?:read|learn|see|show|view) (?:more|less|all)|advertisement|e-?mail (?:this|page|article)|"
    r"subscribe(?: now| today)?|sign (?:me )?up|log ?in|sign in|follow us|menu|search|close|continue reading|"
    r"click to (?:enlarge|share|print)|previous|next|page last (?:updated|modified|reviewed).*+)[\s:.…»›→↑!]*",
    re.IGNORECASE,
)
_STRAY_START = re.compile(
    r"(?:©|\(c\) (?:19|20)\d\d|copyright\b.{0,9}(?:19|20)\d\d|all rights reserved|we use cookies|"
    r"(?:this|our) (?:web ?)?site uses cookies|share this (?:story|page|article|post)\b|last updated:?\s)",
    re.IGNORECASE,
)
_FILED = re.compile(r"(?:tags|tagged|filed under|categories)\b:?\s", re.IGNORECASE)
_POINTER = re.compile(
    r"(?:read more|more|related|see also|also read|related (?:story|stories|coverage)|recommended)\b.{0,3}",
    re.IGNORECASE,
)
_MENU = re.compile(r"\S \| \S")  # "About | Archive | Feed"
_BYLINE_CONTACT = re.compile(
    r"\b(?:reach|contact|e-?mail|follow) (?:him|her|them|the (?:reporter|writer|author))\b", re.I
)
_LONG_TEXT = 400
_MOST_OF_THE_TEXT = 0.4


def prune(body: Element) -> list[str]:
    """Take furniture out of the tree.

    Args:
        body: the <body> element; it is changed.

    Returns:
        What was removed, a line each, in the order of the page.

    """
    for element in [element for element in body.iter() if not isinstance(element.tag, str)]:
        drop(element)
    for element in list(body.iter(*_NEVER_TEXT)):
        drop(element)
    removed: list[str] = []
    total = max(1, running_text(body))
    titles = titles_of(body)
    for element in _outermost(body):
        if _is_furniture(element, total, titles):
            removed.extend(_lines(element))
            drop(element)
    return removed + drop_sections(body)


def visible_letters(body: Element) -> int:
    """Return how many letters and digits a page shows, menus and all."""
    unseen = sum(count("".join(element.itertext())) for element in body.iter(*_NEVER_TEXT))
    return count("".join(body.itertext())) - unseen


def running_text(element: Element) -> int:
    """Return how many characters of an element stand in sentences rather than in links."""
    return sum(len(node.strip()) for node in element.itertext() if len(node.strip()) > 25) - sum(
        len(node.strip()) for link in element.iter("a") for node in link.itertext() if len(node.strip()) > 25
    )


def is_stray(text: str, link_share: float) -> bool:
    """Tell a line that belongs to the web site, such as "Back to top" or "Read more: …", from one of the text."""
    if _STRAY_LINE.fullmatch(text) or (len(text) < 200 and _STRAY_START.match(text)):
        return True
    if len(text) < 300 and _BYLINE_CONTACT.search(text) and "@" in text:
        return True
    if link_share > 0.8 and len(text) < 150 and _MENU.search(text):
        return True
    return link_share > 0.5 and len(text) < 250 and (_POINTER.match(text) or _FILED.match(text)) is not None


def names_of(element: Element) -> str:
    """Return an element's class and id, in lower case."""
    return f"{element.get('class') or ''} {element.get('id') or ''}".strip()


def _outermost(body: Element) -> Iterator[Element]:
    """Yield elements from the outside in; a caller may drop each as it comes."""
    waiting = list(reversed(body))
    while waiting:
        element = waiting.pop()
        yield element
        if element.getparent() is not None:
            waiting.extend(reversed(element))


def titles_of(body: Element) -> list[Element]:
    """Return the <h1> elements, without the name of the site in the head of the page when there are others."""
    every = list(body.iter("h1"))
    return [title for title in every if not any(_is_frame(parent) for parent in title.iterancestors())] or every


def _is_furniture(element: Element, total: int, titles: list[Element]) -> bool:
    if element.tag in {"main", "article", "h1"} or _holds_main(element, titles):
        return False
    if element.tag in _FURNITURE_TAGS or element.get("role") in _FURNITURE_ROLES:
        return True
    if _is_frame(element):
        return _is_page_frame(element, total)
    if running_text(element) > _MOST_OF_THE_TEXT * total and not _is_comments(element):
        return False
    return _is_outside_main(element) or _is_hidden(element) or _is_named_furniture(element) or _is_form(element)


def _holds_main(element: Element, titles: list[Element]) -> bool:
    return next(element.iter("main"), None) is not None or any(element in title.iterancestors() for title in titles)


def _is_frame(element: Element) -> bool:
    if element.tag in {"header", "footer"}:
        return True
    return element.tag == "div" and bool(_FRAME_NAMES & set(names_of(element).lower().split()))


def _is_page_frame(element: Element, total: int) -> bool:
    """Tell the header and footer of a page or article from those of a quotation or section."""
    inside = {ancestor.tag for ancestor in element.iterancestors()}
    if inside & {"blockquote", "figure", "table"} or _is_quote_like(element.getparent()):
        return False
    if running_text(element) > _MOST_OF_THE_TEXT * total:
        return False
    is_footer = element.tag == "footer" or "footer" in names_of(element).lower().split()
    return is_footer or not inside & {"main", "article", "section"}


def _is_quote_like(element: Element) -> bool:
    return element is not None and re.search(r"testimonial|quote", names_of(element), re.IGNORECASE) is not None


def _is_comments(element: Element) -> bool:
    return bool({"comments", "comment", "disqus", "respond"} & _name_parts(element.get("id") or ""))


def _is_outside_main(element: Element) -> bool:
    """Tell what stands beside <main>: sidebars, banners."""
    return element.tag == "aside" and any(sibling.tag == "main" for sibling in element.getparent())


def _is_hidden(element: Element) -> bool:
    style = re.sub(r"\s", "", element.get("style") or "").lower()
    hidden = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    hidden = hidden or "display:none" in style or "visibility:hidden" in style
    # Long hidden text is the closed part of an accordion.
    return hidden and running_text(element) < _LONG_TEXT


def _is_named_furniture(element: Element) -> bool:
    names = names_of(element)
    if not names or _KEPT_NAMES.search(names.lower()):
        return False
    return any(_FURNITURE_NAMES & _name_parts(name) for name in names.split() if name.count("-") < 4) or bool(
        _FURNITURE_PAIRS.search(names.lower())
    )


def _name_parts(name: str) -> set[str]:
    return {part.lower() for part in _WORD_PARTS.findall(name)} | {name.lower()}


def _is_form(element: Element) -> bool:
    """Tell a small form, or a box around one; some sites wrap their whole page in a form."""
    if running_text(element) >= _LONG_TEXT:
        return False
    return element.tag == "form" or (element.tag in {"aside", "section", "div"} and _has_form_only(element))


def _has_form_only(element: Element) -> bool:
    return next(element.iter("form"), None) is not None and len(list(element.iter("p"))) <= 2


def _lines(element: Element) -> list[str]:
    return [line for line in (clean_line(text) for text in element.itertext()) if line]
