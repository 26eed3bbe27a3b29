"""What a web page says of itself: title, author and date, from its <meta> elements, <time>, byline and <h1>."""

import json
import re
from typing import Any

from pipeline.stages.ingest.healing import clean_line
from pipeline.stages.ingest.html_furniture import titles_of

Element = Any

_SITE_SEPARATOR = re.compile(r"(?<!\s)\s++[|–—·»:-]++\s++")
_BY = re.compile(r"^(?:posted |written |story |words )?by:?\s+", re.IGNORECASE)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_AUTHORS = """
    author article:author parsely-author dc.creator dcterms.creator citation_author sailthru.author
"""
_DATES = """
    article:published_time datepublished dc.date dc.date.issued dcterms.date dcterms.created date pubdate publish-date
    publication_date citation_publication_date citation_date parsely-pub-date sailthru.date
"""
_AUTHOR_META = tuple(_AUTHORS.split())
_DATE_META = tuple(_DATES.split())


def page_hints(page: Element) -> dict[str, str]:
    """Return `title`, `author` and `date` (ISO 8601 where the page gives it so), each only where it is known."""
    meta = _meta(page)
    linked = _linked_data(page)
    hints = {
        "title": _title(page, meta),
        "author": _first(meta, _AUTHOR_META) or _author(linked.get("author")) or _byline(page),
        "date": _date(_first(meta, _DATE_META) or str(linked.get("datePublished") or "") or _time(page)),
    }
    return {name: value for name, value in hints.items() if value}


def _meta(page: Element) -> dict[str, str]:
    """Return the first content of each <meta>, by lower-case name."""
    found: dict[str, str] = {}
    for element in page.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = clean_line(element.get("content") or "")
        if name and content:
            found.setdefault(name.lower(), content)
    return found


def _first(meta: dict[str, str], names: tuple[str, ...]) -> str:
    return next((meta[name] for name in names if name in meta and not meta[name].startswith("http")), "")


def _title(page: Element, meta: dict[str, str]) -> str:
    headings = [text for text in map(_text, titles_of(page)) if text]
    if len(headings) == 1:
        return headings[0]
    site = meta.get("og:site_name", "")
    title = meta.get("og:title") or _text(page.find(".//title"))
    matching = [heading for heading in headings if heading in title]
    return max(matching, key=len) if matching else _without_site(title, site)


def _without_site(title: str, site: str) -> str:
    """Cut the name of the site off: the part that equals it, or else all after the first separator."""
    parts = _SITE_SEPARATOR.split(title)
    if site and site in parts:
        return next((part for part in parts if part != site), title)
    return parts[0] if len(parts[0].split()) > 1 else title


def _linked_data(page: Element) -> dict[str, Any]:
    """Return the first schema.org article or page that the file describes in JSON-LD."""
    for script in page.iter("script"):
        if script.get("type") == "application/ld+json":
            for thing in _things(script.text or ""):
                if "author" in thing or "datePublished" in thing:
                    return thing
    return {}


def _things(text: str) -> list[dict[str, Any]]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return []
    found = parsed if isinstance(parsed, list) else [parsed]
    graph = [thing for part in found if isinstance(part, dict) for thing in _as_list(part.get("@graph"))]
    return [thing for thing in [*found, *graph] if isinstance(thing, dict)]


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _author(value: object) -> str:
    names = [part.get("name") if isinstance(part, dict) else part for part in _as_list(value)]
    return "; ".join(clean_line(name) for name in names if isinstance(name, str))


def _byline(page: Element) -> str:
    found = page.xpath(
        "//*[@rel='author'] | //*[@itemprop='author'] | //*[contains(concat(' ', @class, ' '), ' author ')]"
        " | //*[contains(@class, 'byline')]"
    )
    texts = [text for text in (re.split(r"\s[|•·]\s", _text(element))[0] for element in found) if text]
    named = [_BY.sub("", text) for text in texts if len(text) < 100]
    return named[-1] if named and len(named) <= 4 else ""


def _time(page: Element) -> str:
    """Return the date of the first <time> near the top of the text, where a byline has it."""
    for element in page.xpath(
        "//*[contains(@class, 'byline') or contains(@class, 'date') or contains(@class, 'published')]"
    ):
        for time in element.iter("time"):
            return element_date(time)
    bylines = page.xpath("//header//time | //article/time | //article/p[1]//time")
    return element_date(bylines[0]) if bylines else ""


def element_date(time: Element) -> str:
    """Return what a <time> element means: its attribute, or its words."""
    return time.get("datetime") or _text(time)


def _date(text: str) -> str:
    found = _ISO_DATE.match(text)
    return found[0] if found else text


def _text(element: Element | None) -> str:
    return "" if element is None else clean_line("".join(element.itertext()))
