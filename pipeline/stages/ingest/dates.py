"""Dates and periods as people write them.

>>> find_period("June 28–29, 2012")
Period(start='2012-06-28', end='2012-06-29', text='June 28–29, 2012')
>>> find_period("Project Dates: Summer 2014 – Summer 2017")
Period(start='2014-06-01', end='2017-08-31', text='Summer 2014 – Summer 2017')
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = {name.lower()[:3]: number for number, name in enumerate(calendar.month_name) if name}
_SEASONS = {"spring": (3, 5), "summer": (6, 8), "fall": (9, 11), "autumn": (9, 11), "winter": (1, 2)}

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_YEAR = r"(?:19|20)\d{2}"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_TO = r"\s*(?:[-–—]|\bto\b|\bthrough\b|\buntil\b|\band\b|&)\s*"
_MOMENT = "|".join(
    (
        rf"(?P<iso>{_YEAR}-\d{{2}}-\d{{2}})",
        rf"(?P<slash>(?<![\d/])\d{{1,2}}/\d{{1,2}}/(?:{_YEAR}|\d{{2}}))(?![\d/])",
        rf"(?P<month1>{_MONTH})\s+(?P<day1>{_DAY})(?:,?\s+(?P<year1>{_YEAR}))?(?!\d)",
        rf"(?:(?<!\d)(?P<day0>{_DAY}){_TO})?(?P<day2>{_DAY})\s+(?P<month2>{_MONTH})(?:,?\s+(?P<year2>{_YEAR}))?",
        rf"(?P<season>[Ss]pring|[Ss]ummer|[Ff]all|[Aa]utumn|[Ww]inter)(?:\s+of)?\s+(?P<year3>{_YEAR})",
        rf"(?P<month4>{_MONTH}),?\s+(?P<year4>{_YEAR})",
        rf"(?<!\$)(?<!\b\d{{3}}-)\b(?P<year5>{_YEAR})\b",  # no price, no telephone number
    )
)
_DAY_RANGE = re.compile(rf"(?P<month>{_MONTH})\s+(?P<first>{_DAY}){_TO}(?P<last>{_DAY}),?\s+(?P<year>{_YEAR})")
_SCHOOL_YEAR = re.compile(rf"\b(?P<first>{_YEAR})\s*[-–—/]\s*(?P<last>\d{{2}})\b(?![-/\d])")
_RANGE = re.compile(rf"(?:{_MOMENT}){_TO}(?P<until>present|today|now|ongoing)\b", re.IGNORECASE)
_ONE = re.compile(_MOMENT)
_GAP = re.compile(_TO, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """A day or a stretch of days, in ISO 8601; `end` is `None` while it lasts. `text`: the words that name it."""

    start: str
    end: str | None
    text: str

    @property
    def is_of_days(self) -> bool:
        """Whether it is a date, or a few days, rather than a month, season or year."""
        return self.end is not None and (date.fromisoformat(self.end) - date.fromisoformat(self.start)).days < 7


@dataclass(frozen=True, slots=True)
class _Moment:
    """A day, month, season or year as first and last day; `year` 0 where the words leave it out."""

    year: int
    months: tuple[int, int]
    day: int | None

    def first(self, year: int) -> str | None:
        return _iso(year, self.months[0], self.day or 1)

    def last(self, year: int) -> str | None:
        return _iso(year, self.months[1], self.day or calendar.monthrange(year, self.months[1])[1])


def find_period(text: str) -> Period | None:
    """Return the first date or period that a text names, or `None`."""
    return next(find_periods(text), None)


def find_periods(text: str) -> Iterator[Period]:
    """Yield the dates and periods of a text in order; what has no year is passed over."""
    position = 0
    while match := _ONE.search(text, position):
        period, position = _period_at(text, match)
        if period:
            yield period


def _period_at(text: str, match: re.Match[str]) -> tuple[Period | None, int]:
    days = _DAY_RANGE.match(text, match.start())
    if days:
        return _days(days["year"], days["month"], days["first"], days["last"], days[0]), days.end()
    if match["day0"] and match["year2"]:
        return _days(match["year2"], match["month2"], match["day0"], match["day2"], match[0]), match.end()
    school_year = _SCHOOL_YEAR.match(text, match.start())
    if school_year:
        return _school_year(int(school_year["first"]), int(school_year["last"]), school_year[0]), school_year.end()
    lasting = _RANGE.match(text, match.start())
    if lasting:
        moment = _moment(match)
        start = moment.first(moment.year) if moment and moment.year else None
        return (Period(start, None, lasting[0]) if start else None), lasting.end()
    return _moment_or_range(text, match)


def _days(year: str, month: str, first: str, last: str, words: str) -> Period | None:
    start, end = (_iso(int(year), _month(month), _day(day)) for day in (first, last))
    return Period(start, end, words) if start and end and start <= end else None


def _school_year(first: int, last: int, words: str) -> Period | None:
    """Read "2014-15" as two calendar years; "2014-06", which runs backwards, is a month."""
    year = first // 100 * 100 + last
    if year >= first:
        return Period(f"{first}-01-01", f"{year}-12-31", words)
    if 1 <= last <= 12 and "-" in words:
        return Period(f"{first}-{last:02}-01", f"{first}-{last:02}-{calendar.monthrange(first, last)[1]}", words)
    return None


def _moment_or_range(text: str, match: re.Match[str]) -> tuple[Period | None, int]:
    moment, stop = _moment(match), match.end()
    gap = _GAP.match(text, stop)
    following = _ONE.match(text, gap.end()) if gap else None
    last = _moment(following) if following else None
    if moment and last and following and last.year:
        start, end = moment.first(moment.year or last.year), last.last(last.year)
        if start and end and start <= end and not (gap and gap[0].strip() in {"and", "&"} and moment.year):
            return Period(start, end, text[match.start() : following.end()]), following.end()
    if moment and moment.year:
        start, end = moment.first(moment.year), moment.last(moment.year)
        return (Period(start, end, match[0].strip()) if start and end else None), stop
    return None, stop


def _moment(match: re.Match[str]) -> _Moment | None:
    found = match.groupdict()
    if found["iso"]:
        year, month, day = map(int, found["iso"].split("-"))
        return _Moment(year, (month, month), day)
    if found["slash"]:
        month, day, year = map(int, found["slash"].split("/"))
        return _Moment(year if year > 99 else 2000 + year, (month, month), day) if 1 <= month <= 12 else None
    if found["season"]:
        return _Moment(int(found["year3"]), _SEASONS[found["season"].lower()], None)
    if found["year5"]:
        return _Moment(int(found["year5"]), (1, 12), None)
    name = found["month1"] or found["month2"] or found["month4"]
    day_text = found["day1"] or found["day2"]
    month = _month(name)
    year = int(found["year1"] or found["year2"] or found["year4"] or 0)
    return _Moment(year, (month, month), _day(day_text) if day_text else None)


def _month(name: str) -> int:
    return _MONTHS[name.lower()[:3]]


def _day(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
