"""Contact details and identifiers: what leads to a person without a name.

Call (540) 555-0143 or write to ida.lund@elm.example
→ Contact("telephone", 5, 19), Contact("email", 32, 52)
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

REGION: Final = "US"
"""Where telephone numbers without the code of a country are taken to be."""

_STREET: Final = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Highway|Hwy|Court|Ct|Place|Pl|Parkway|Pkwy|"
    r"Circle|Cir|Terrace|Ter|Square|Sq|Turnpike|Pike|Trail|Way|Plaza|Crescent|Close)\b\.?"
)
_BYTE: Final = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_PATTERNS: Final = {
    "email": re.compile(
        r"(?<![\w.+%-])[\w+%-]++(?:\.[\w+%-]++)*+\s?(?:@|\[at\]|\(at\)|\s+at\s+(?=[\w-]{1,60} dot ))\s?"
        r"[\w-]++(?:(?:\.|\s?\[dot\]\s?|\s?\(dot\)\s?| dot )[\w-]++)++"
    ),
    "url": re.compile(r"\b(?:https?|ftp)://[^\s<>\"'”’)\]}]+|(?<![\w@./-])www\.[\w-]+\.[^\s<>\"'”’)\]}]+", re.I),
    "user folder": re.compile(
        r"(?:/(?:home|Users)/|\b[A-Z]:\\{1,2}(?:Users|Documents and Settings)\\{1,2})(?!(?:Shared|Public)\b)"
        r"[^\s/\\\"'<>:|]+"
    ),
    "social security number": re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"),
    "number of a person": re.compile(
        r"\b(?:student|staff|employee|personnel|payroll|pupil|badge|case|record|licen[cs]e|license plate|passport|"
        r"state|ID|SASID|SSID|EIN|NPI)(?: (?:id|ident\w*|no|number|nr|code))?\.?\s?(?:#|:|=|no\.)?\s?"
        r"(?:is |was )?#?(?P<it>[A-Z]{0,3}-?\d[\d-]{3,11})(?![\w-])",
        re.IGNORECASE,
    ),
    "street address": re.compile(
        r"(?<![\w.,$-])\d{1,5}[A-Za-z]? (?:(?:[NSEW]|North|South|East|West)\.? )?"
        rf"(?:[A-Z][\w.’'-]{{0,30}} |\d{{1,3}}(?:st|nd|rd|th) ){{1,4}}{_STREET}"
        r"(?:,? (?:Suite|Ste|Apt|Unit|Room|Floor|#)\.? ?\w{1,6})?"
        r"(?:,? (?:[A-Z][\w.’'-]{0,30} ?){1,3},? [A-Z]{2} \d{5}(?:-\d{4})?)?"
        r"|\bP\.? ?O\.? Box \d{1,6}"
    ),
    "IP address": re.compile(rf"(?<![\w.])(?!127\.|0\.)(?:{_BYTE}\.){{3}}{_BYTE}(?![\w.])"),
    "handle": re.compile(
        r"(?<![\w@./\\\"'{}<`&;=-])@(?!(?:media|import|page|charset|font|supports|keyframes|layer|namespace)\b)"
        r"(?=\w{0,29}[a-z])[A-Za-z]\w{2,29}(?![\w(]|[:.]\w)(?!\s*[{(])"
    ),
}  # fmt: skip
_TELEPHONE: Final = re.compile(
    r"(?<![\w.,:/#=&-])(?:\+|00)?\(?\d{1,4}\)?(?:[ \u00a0]?[-–.·/()\u00a0 ]{1,2}\(?\d{2,5}\)?){1,4}"
    r"(?:,? ?(?:x|ext\.?|extension) ?\d{1,6})?(?![\w-])(?![.,:/]\d)|(?<![\w.:/#=&-])\+\d{7,15}\b"
)
_AMERICAN: Final = re.compile(r"(?:\+?1[-–. ]?)?(?:\(\d{3}\) ?|\d{3}[-–. /])\d{3}[-–. ]\d{4}\b")
_LOCAL: Final = re.compile(r"[2-9]\d{2}-\d{4}")
_CALLED: Final = re.compile(
    r"(?:tel|phone|telephone|call|fax|cell|mobile|voicemail|dial|text|ring|at)\b[^\n]{0,24}$", re.IGNORECASE
)
_DATE: Final = re.compile(
    r"(?:19|20)\d\d[-–/. ]\d{1,2}(?:[-–/. ]\d{1,2})?$|\d{1,2}[-–/. ]\d{1,2}[-–/. ](?:19|20)?\d\d$"
)
_YEARS: Final = re.compile(r"(?:19|20)\d\d ?[-–/] ?(?:(?:19|20)\d\d|\d\d)")


class Contact(NamedTuple):
    """A contact detail or identifier in a text: what it is, and where."""

    kind: str
    start: int
    end: int


def contacts_in(text: str) -> list[Contact]:
    """Return the contact details and identifiers of a text, in order, none inside another."""
    looked_for = ((kind, pattern) for kind, pattern in _PATTERNS.items() if _may_hold(kind, text))
    found = [one for kind, pattern in looked_for for one in _matches(kind, pattern, text)]
    return _without_inner([*found, *_telephones(text)])


def _may_hold(kind: str, text: str) -> bool:
    """Whether it is worth looking; most texts have no such sign."""
    sign = {"handle": "@", "url": ".", "IP address": "."}.get(kind)
    return sign is None or sign in text


def _matches(kind: str, pattern: re.Pattern[str], text: str) -> Iterator[Contact]:
    group = "it" if "it" in pattern.groupindex else 0
    for match in pattern.finditer(text):
        end = match.end(group)
        while text[end - 1] in ".,;:!?)" and end > match.start(group) + 1:
            end -= 1
        yield Contact(kind, match.start(group), end)


def _without_inner(found: list[Contact]) -> list[Contact]:
    """Leave out what lies in another: the host of an address is no address of its own."""
    kept: list[Contact] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end, one.kind == "telephone")):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _telephones(text: str) -> Iterator[Contact]:
    for match in _TELEPHONE.finditer(text):
        if _is_telephone(match[0], text[max(0, match.start() - 32) : match.start()]):
            yield Contact("telephone", match.start(), match.end())


def _is_telephone(words: str, before: str) -> bool:
    """Tell a telephone number from years, dates and other figures."""
    digits = sum(char.isdigit() for char in words)
    if digits < 7 or _DATE.fullmatch(words) or _YEARS.fullmatch(words):
        return False
    if _AMERICAN.match(words) or (_LOCAL.fullmatch(words) and (words.startswith("555") or _CALLED.search(before))):
        return True
    return (words.startswith(("+", "00")) or bool(_CALLED.search(before))) and _is_valid(words)


def _is_valid(words: str) -> bool:
    import phonenumbers  # noqa: PLC0415 - slow to import, and most texts have no number

    try:
        number = phonenumbers.parse("+" + words.removeprefix("00") if words.startswith("00") else words, REGION)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(number))
