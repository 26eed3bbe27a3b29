"""What a line of text looks like, whatever file it stood in: heading, list item, page number, attribution.

Only the shape of the line counts here; the readers and `structure` know what stands before and after it.
"""

import re
from typing import Literal

from pipeline.stages.ingest.places import PLACE

BULLET = re.compile(r"^(?:[•▪◦‣●○∙➢➤✓\uf0b7\uf0a7\uf0d8]\s*|[·~*–—-]\s+|o\s{2,})(?=\S)")
NUMBERED_ITEM = re.compile(r"^(?:\(?\d{1,2}[.)]|\(?[a-z]\)|[ivx]{1,4}[.)])\s+(?=\S)")
NUMBERED_HEADING = re.compile(
    r"^(?:(?:Section|Part|Chapter|Item|Step)\s+)?(?P<number>\d{1,2}(?:\.\d{1,2})*|[A-Z]|[IVX]{1,5})[.):]?\s+(?=[A-Z“\"])"
)
PAGE_NUMBER = re.compile(
    r"^(?:.{0,80}\s)?[-–—|]?\s{0,9}(?:page|p\.|pg\.?)\s*+\d{1,4}+(?:\s*+(?:of|/)\s*+\d{1,4})?\s*+[-–—|]?$|"
    r"^[-–—\[(|]?\s*+\d{1,4}+\s*+[-–—\])|]?$",
    re.IGNORECASE,
)
ATTRIBUTION = re.compile(r"^(?:[—–―]|--?)\s*(?=[A-Z“\"]|an?\s|the\s|one\s)")
BYLINE = re.compile(
    r"^(?:prepared|written|compiled|submitted|recorded|reported|authored|posted)?\s*\bby\b[:\s]", re.IGNORECASE
)
FIELD = re.compile(r"^[A-Z][\w’'&/ -]{1,40}:\s*(?P<value>.*)$")

METADATA_LABELS = frozenset(
    "contact,contact email,contact name,email,phone,project dates,program dates,programme dates,dates,date,time,"
    "location,place,present,absent,excused,attendance,members present,staff present,author,authors,prepared by,"
    "recorded by,yes,no,ayes,noes,nays,abstain,abstained,abstentions,abstaining,recused,not present,"
    "not present at vote,"
    "final resolution,motion,motion by,moved by,seconded by,second,second by,vote,result,date approved,also present"
    "".split(",")
)
"""Labels of lines that describe the document, and so head no text."""

_RULE_SIGNS = " \t\n\r\v\f\u00a0*=_~#.·–—-"
_HONORIFIC = re.compile(r"^(?:Dr|Mr|Mrs|Ms|Mx|Supt|Prof|Rev)\.\s")
_ROLE = re.compile(
    r"\b(?:teacher|principal|superintendent|parent|student|fellow|member|attendee|participant|director|counselor|coach|"
    r"graduate|resident|mentor|trustee|administrator|president|professor|officer)s?\b",
    re.IGNORECASE,
)
_MOST_NUMBERED_WORDS = 10

Case = Literal["caps", "title", "sentence"]

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)[a-z]*\.?"
_DATE_LINE = re.compile(
    rf"^(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+)?(?:{_MONTH}\s+\d|\d{{1,2}}\s+{_MONTH}|(?:Spring|Summer|"
    rf"Fall|Autumn|Winter)\s+\d{{4}}|{_MONTH}\s+\d{{4}}|Week of\b|\d{{1,2}}[:.]\d\d)"
)
_SMALL_WORDS = frozenset(
    "a an and as at but by for from in into nor of off on onto or over per the to up via vs with without across after "
    "before between during through toward towards under is are be it its our their your than that where when "
    "how".split()
)
_WORD = re.compile(r"[A-Za-z][\w’'-]*")
_MOST_HEADING_WORDS = 18
_MOST_TITLE_WORDS = 28
_MOST_TITLE_CHARS = 220
_TITLE_SHARE = 0.75
_BODY_CHARS = 100
_STATUS = re.compile(
    r"^[\W_]*(?:un|not yet )?(?:draft|approved|adopted|final|confidential|revised|amended|preliminary|working copy)"
    r"(?:\W+(?:draft|version|copy|minutes))?[\W_]*$",
    re.IGNORECASE,
)


def is_rule(line: str) -> bool:
    """Tell a line that is drawn rather than written: "-----", "* * *"."""
    return len(line) >= 3 and not line.strip(_RULE_SIGNS)


def begins_field(text: str) -> bool:
    """Tell a line that begins with a label of a document's own description, such as "Absent:"."""
    label, colon, _ = text[:80].partition(":")
    return bool(colon) and label.strip().lower() in METADATA_LABELS


def is_date_line(text: str) -> bool:
    """Tell a line that begins with a date or a time."""
    return bool(_DATE_LINE.match(text))


def case_of(text: str) -> Case:
    """Tell how a line is capitalised: ALL CAPS, Like a Title, or like a sentence."""
    words = _WORD.findall(text)
    letters = [char for word in words for char in word if char.isalpha()]
    if sum(map(str.isupper, letters)) > 0.8 * len(letters) and len(letters) > 3:
        return "caps"
    rest = [word for word in words[1:] if word.lower() not in _SMALL_WORDS]
    titled = sum(word[0].isupper() for word in rest)
    if words and words[0][0].isupper() and (titled >= _TITLE_SHARE * len(rest) if rest else len(words) == 1):
        return "title"
    return "sentence"


def may_be_heading(text: str) -> bool:
    """Tell whether a line, seen alone, could be a heading."""
    if len(text) > _MOST_TITLE_CHARS or "\t" in text or not any(map(str.isalpha, text)):
        return False
    if len(text.split()) > (_MOST_HEADING_WORDS if case_of(text) == "sentence" else _MOST_TITLE_WORDS):
        return False
    first = text.lstrip("“\"'‘(¿")[:1]
    if not (first.isupper() or first.isdigit()) or text.rstrip("”\"'’)")[-1:] in ".!,;":
        return False
    if text[:1] in '“"' and text[-1:] in '”"':
        return False
    return not (is_date_line(text) or BULLET.match(text) or _is_about_document(text))


def is_strong_heading(text: str) -> bool:
    """Tell a line that its capitals, its number or its colon make a heading, not only its shortness."""
    if not may_be_heading(text):
        return False
    numbered = bool(NUMBERED_HEADING.match(text)) and len(text.split()) <= _MOST_NUMBERED_WORDS and text[-1] != "?"
    return case_of(text) != "sentence" or numbered


def may_be_person(text: str) -> bool:
    """Tell a short line that could say who was quoted above: a role, or a name with a title."""
    return bool(_HONORIFIC.match(text) or ATTRIBUTION.match(text) or _ROLE.search(text)) and not text.endswith(
        (":", "?")
    )


def _is_about_document(text: str) -> bool:
    """Tell a byline, an address, a place or a field, which stand where headings do."""
    place = PLACE.search(text)
    ends_in_place = bool(place) and place is not None and place.end() == len(text)
    return (
        bool(BYLINE.match(text) or _HONORIFIC.match(text) or _STATUS.match(text))
        or ends_in_place
        or _is_contact(text)
        or _is_filled_field(text)
    )


def _is_contact(text: str) -> bool:
    return "@" in text or "://" in text or "www." in text or bool(re.search(r"\(?\d{3}\)?[-. ]\d{3}[-.]\d{4}", text))


def _is_filled_field(text: str) -> bool:
    """Tell "Project Dates: 2010-2013", which says something, from "Project Dates:", which announces something."""
    match = FIELD.match(text)
    if match is None:
        return False
    value = match["value"]
    described = text.split(":", maxsplit=1)[0].strip().lower() in METADATA_LABELS
    says_much = case_of(value) == "sentence" or value.count(",") > 1 or re.search(r"\b(?:19|20)\d\d\b", value)
    return described or bool(value and says_much)


def heading_depth(text: str) -> int | None:
    """Return 1 for "3. Findings", 2 for "3.1 Method", … ; `None` for a heading without a number."""
    match = NUMBERED_HEADING.match(text)
    if match is None or not match["number"][0].isdigit():
        return None
    return match["number"].count(".") + 1


def ends_sentence(text: str) -> bool:
    """Tell whether a text ends as a sentence, a quotation or an announcement does."""
    return text.rstrip("*_)]”\"'’")[-1:] in tuple(".?!:;…") or text.endswith(("”", '"'))


def is_body(text: str) -> bool:
    """Tell a text long enough to be what headings stand above."""
    return len(text) > _BODY_CHARS and ends_sentence(text)


def is_wholly_quoted(text: str) -> bool:
    """Tell a paragraph that is one quotation, whether or not its mark is closed."""
    closing = {"“": "”", '"': '"', "„": "“", "«": "»"}.get(text[:1])
    return closing is not None and not re.search(rf"{closing}\s+\S+(?:\s+\S+){{2}}", text[1:])
