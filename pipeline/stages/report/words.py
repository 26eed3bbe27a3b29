"""How things are worded on the page: dates, probabilities, names, shortened texts, anchors."""

import calendar
import re
from datetime import date
from typing import Any

from pipeline.files import sha256_text
from pipeline.records import Document, Speaker

_SAFE = re.compile(r"[A-Za-z0-9_.:-]+")


_CONTROLS = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n\r"}
_CONTROLS |= {0x7F: "␡"} | dict.fromkeys([*range(0x80, 0xA0), 0x200E, 0x200F, *range(0x202A, 0x202F)], "�")
_CONTROLS |= dict.fromkeys(range(0x2066, 0x206A), "�")


def visible(text: str) -> str:
    """Put signs in place of characters that command a screen instead of standing on it: escapes, turns of direction.

    >>> visible("\x1b[31mred")
    '␛[31mred'
    """
    return text.translate(_CONTROLS)


def anchor(prefix: str, record_id: str) -> str:
    """Return an id for the page that is the same in every run; an unusual record id is replaced by its hash.

    >>> anchor("quote", "q_12ab"), anchor("quote", "my quote")
    ('quote-q_12ab', 'quote-…')  # 12 hexadecimal digits in place of …
    """
    safe = record_id if _SAFE.fullmatch(record_id) else sha256_text(record_id)[:12]
    return f"{prefix}-{safe}"


def clip(text: str, limit: int = 140) -> str:
    """Shorten to whole words; line breaks become spaces. At most `limit` characters and an ellipsis."""
    words = " ".join(text.split())
    if len(words) <= limit:
        return words
    return words[:limit].rsplit(" ", 1)[0].rstrip(" ,;:—–-") + "\u00a0…"


def probability(p: float) -> str:
    """Write a probability with two decimals; never 0.00 or 1.00, which would sound certain."""
    if p > 0.995:
        return "> .99"
    return "< .01" if p < 0.005 else f"{p:.2f}".removeprefix("0")


def percent(share: float) -> str:
    """Write a share of one as a whole percentage."""
    return f"{100 * share:.0f}%"


def span(low: float, high: float) -> str:
    """Write an interval of shares of one.

    >>> span(0.314, 0.5)
    '31–50%'
    """
    return f"{percent(low).removesuffix('%')}–{percent(high)}"


def quality_in_words(quality: dict[str, Any]) -> list[str]:
    """Say how well a document was read, as far as it was measured.

    >>> quality_in_words({"words_kept": 0.981, "furniture_removed": 3, "order_doubtful": [2]})
    ['98.1% of the text kept', '3 lines of furniture left out', 'reading order doubtful on page 2']
    """
    kept, removed = quality.get("words_kept"), quality.get("furniture_removed")
    doubtful, empty = quality.get("order_doubtful"), quality.get("pages_without_text")
    facts = [
        f"{100 * kept:.1f}% of the text kept" if kept is not None else "",
        f"{removed:,} {'line' if removed == 1 else 'lines'} of furniture left out" if removed is not None else "",
        f"reading order doubtful on {_pages(doubtful)}" if doubtful else "",
        f"no text on {_pages(empty)}" if empty else "",
        f"{_pages(quality['pages_unreadable'])} could not be read" if quality.get("pages_unreadable") else "",
        f"encoding guessed: {quality['encoding_guessed']}" if quality.get("encoding_guessed") else "",
    ]
    return [fact for fact in facts if fact]


def _pages(numbers: list[int], most: int = 5) -> str:
    shown = ", ".join(map(str, numbers[:most]))
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return f"page{'s' if len(numbers) > 1 else ''} {shown}{more}"


def readable(name: str) -> str:
    """Turn a name of ours into words: "problem_of_practice" into "Problem of practice"."""
    return name.replace("_", " ").strip().capitalize()


def span_of_dates(start: str | None, end: str | None) -> str | None:
    """Write the time between two ISO dates as briefly as it can be said; `None` where neither is known.

    >>> span_of_dates("2014-06-26", "2014-06-28")
    '26–28 June 2014'
    """
    first, last = _date(start or end), _date(end or start)
    if first is None or last is None:
        return start or end
    if first.day == 1 and last.day == calendar.monthrange(last.year, last.month)[1]:
        return _whole_months(first, last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{f'–{last.day}' if first != last else ''} {_month(last)}"
    if first.year == last.year:
        return f"{first.day} {calendar.month_name[first.month]} – {last.day} {_month(last)}"
    return f"{first.day} {_month(first)} – {last.day} {_month(last)}"


def speaker_name(speaker: Speaker | None) -> str | None:
    """Return the person's name, or the words that stand for the person; `None`: the text does not tell."""
    return None if speaker is None else speaker.name or speaker.text


def speaker_details(speaker: Speaker | None) -> str:
    """Return what the text says of the person besides the name; may be empty."""
    if speaker is None:
        return ""
    named = speaker_name(speaker)
    return ", ".join(fact for fact in (speaker.role, speaker.organization) if fact and fact != named)


def title_of(document: Document) -> str:
    """Return the title, or for want of one the name of the file."""
    return " ".join((document.title or "").split()) or f"Untitled ({document.path.rsplit('/', 1)[-1]})"


def without_folders(message: str, path: str) -> str:
    """Shorten each full path in a message to the path in the corpus: the page must not tell where it was made.

    >>> without_folders("Found: /home/ana/My corpus/a/b.pdf is empty.", "a/b.pdf")
    'Found: a/b.pdf is empty.'
    """
    return re.sub(rf"(?:(?<=\s)|(?<=['\"(])|^)(?:[A-Za-z]:|/)[^\n'\"]*?[/\\]{re.escape(path)}", lambda _: path, message)


def _date(iso: str | None) -> date | None:
    try:
        return date.fromisoformat(iso) if iso else None
    except ValueError:
        return None


def _month(day: date) -> str:
    return f"{calendar.month_name[day.month]} {day.year}"


def _whole_months(first: date, last: date) -> str:
    """Write a time that begins with the first day of a month and ends with the last day of one."""
    if (first.month, last.month) == (1, 12):
        return str(first.year) if first.year == last.year else f"{first.year}–{last.year}"
    if first.year == last.year:
        start = f"{calendar.month_name[first.month]}–" if first.month != last.month else ""
        return start + _month(last)
    return f"{_month(first)} – {_month(last)}"
