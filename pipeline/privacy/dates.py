"""Shifts the dates of a text by one number of days, each in the form in which it is written.

    "Tuesday, March 12, 2019 … by March 20 … in spring 2019", 28 days on
    → "Tuesday, April 9, 2019 … by April 17 … in spring 2019"

Intervals between days stay. With a multiple of 7 weekdays stay, too; otherwise those that stand with a date move along.
A month is moved by its middle, a season by its middle, so that both may stay what they were. Years that stand alone,
"since 2009" and "2017–18", stay.
"""

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

_MONTHS: Final = [name for name in calendar.month_name if name]
_SHORT: Final = [name for name in calendar.month_abbr if name]
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)}|(?:{'|'.join(_SHORT)}|Sept)\.?)(?![a-z])"
_WEEKDAYS: Final = list(calendar.day_name)
_WEEKDAY: Final = rf"(?:(?P<weekday>{'|'.join(_WEEKDAYS)})(?P<comma>,? ))?"
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_LAST: Final = r"(?P<dash> ?[-–—] ?)(?P<last>\d{1,2})(?:st|nd|rd|th)?"
_YEAR: Final = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_SEASONS: Final = {"winter": 1, "spring": 4, "summer": 7, "fall": 10, "autumn": 10}
_BY_MONTH: Final = {1: "winter", 2: "winter", 3: "spring", 4: "spring", 5: "spring", 6: "summer", 7: "summer",
                    8: "summer", 9: "fall", 10: "fall", 11: "fall", 12: "winter"}  # fmt: skip


def shift(text: str, days: int, year: int | None = None) -> list[tuple[int, int, str]]:
    """Return what is to be replaced: start, end and new words of every date.

    Args:
        text: any.
        days: by how many, forwards or backwards.
        year: in which dates without a year lie; `None`: in one without a leap day.
    """
    found = [(match, kind) for pattern, kind in _KINDS for match in pattern.finditer(text)]
    moved: list[tuple[int, int, str]] = []
    at = 0
    for match, kind in sorted(found, key=lambda one: (one[0].start(), -one[0].end())):
        new = _moved(kind, match, days, year or 2001) if match.start() >= at else None
        if new is not None:
            at = match.end()
            moved += [(match.start(), at, new)] if new != match[0] else []
    return moved


def _moved(kind: "_Kind", match: re.Match[str], days: int, year: int) -> str | None:
    try:
        return kind(match, days, year)
    except (ValueError, OverflowError):
        return None  # the 31st of June: no date


def _iso(match: re.Match[str], days: int, _year: int) -> str:
    return (date.fromisoformat(match[0]) + timedelta(days)).isoformat()


def _slash(match: re.Match[str], days: int, _year: int) -> str:
    month, day, year = match[0].split("/")
    moved = date(int(year) if len(year) > 2 else 2000 + int(year), int(month), int(day)) + timedelta(days)
    width = 2 if month.startswith("0") or day.startswith("0") else 1
    return f"{moved.month:0{width}}/{moved.day:0{width}}/{str(moved.year)[-len(year) :]}"


def _month_first(match: re.Match[str], days: int, year: int) -> str:
    """Move "Tuesday, March 12, 2019", "March 12" and "October 23–24, 2019"."""
    known, month = int(match["year"] or year), _number(match["month"])
    first = date(known, month, int(match["day"])) + timedelta(days)
    words = f"{_weekday(match, days)}{_named(match['month'], first)} {_ordinal(match, 'day', first)}"
    if match["last"]:
        last = date(known, month, int(match["last"])) + timedelta(days)
        other = "" if last.month == first.month else f"{_named(match['month'], last)} "
        words += f"{match['dash']}{other}{_ordinal(match, 'last', last)}"
    return f"{words}{match['sep'] or ''}{first.year if match['year'] else ''}"


def _day_first(match: re.Match[str], days: int, year: int) -> str:
    """Move "12 October 2017", "12 October" and "12–14 October 2017"."""
    known, month = int(match["year"] or year), _number(match["month"])
    first = date(known, month, int(match["day"])) + timedelta(days)
    last = date(known, month, int(match["last"])) + timedelta(days) if match["last"] else first
    words = _ordinal(match, "day", first)
    if match["last"]:
        other = "" if last.month == first.month else f" {_named(match['month'], first)}"
        words += f"{other}{match['dash']}{_ordinal(match, 'last', last)}"
    return f"{words} {_named(match['month'], last)}{match['sep'] or ''}{last.year if match['year'] else ''}"


def _month_alone(match: re.Match[str], days: int, _year: int) -> str:
    moved = date(int(match["year"]), _number(match["month"]), 15) + timedelta(days)
    return match[0].replace(match["month"], _named(match["month"], moved)).replace(match["year"], str(moved.year))


def _season(match: re.Match[str], days: int, _year: int) -> str:
    season = match["season"]
    moved = date(int(match["year"]), _SEASONS[season.lower()], 15) + timedelta(days)
    new = "autumn" if season.lower() == "autumn" and _BY_MONTH[moved.month] == "fall" else _BY_MONTH[moved.month]
    year = moved.year + (moved.month == 12)  # December belongs to the winter of the year that follows
    return f"{new.capitalize() if season[0].isupper() else new}{match['of'] or ''} {year}"


_Kind = Callable[[re.Match[str], int, int], str]
_KINDS: Final[tuple[tuple[re.Pattern[str], _Kind], ...]] = (
    (re.compile(r"(?<!\d)(?:19|20)\d\d-\d\d-\d\d(?!\d)"), _iso),
    (re.compile(r"(?<![\d/])\d{1,2}/\d{1,2}/(?:(?:19|20)\d\d|\d\d)(?![\d/])"), _slash),
    (re.compile(rf"{_WEEKDAY}\b{_MONTH} {_DAY}(?!\d)(?:{_LAST}(?![\d/]))?(?:(?P<sep>,? ){_YEAR})?"), _month_first),
    (re.compile(rf"(?<![\d–—-]){_DAY}(?:{_LAST})? {_MONTH}(?:(?P<sep>,? ){_YEAR})?"), _day_first),
    (re.compile(rf"\b{_MONTH},? {_YEAR}"), _month_alone),
    (re.compile(rf"\b(?P<season>[Ww]inter|[Ss]pring|[Ss]ummer|[Ff]all|[Aa]utumn)(?P<of> of)? {_YEAR}"), _season),
)


def _number(month: str) -> int:
    return [name[:3] for name in _MONTHS].index(month[:3]) + 1


def _named(like: str, moved: date) -> str:
    """Return the name of the month, short where the other was."""
    if like in _MONTHS:
        return _MONTHS[moved.month - 1]
    return _SHORT[moved.month - 1] + ("." if like.endswith(".") and _SHORT[moved.month - 1] not in _MONTHS else "")


def _ordinal(match: re.Match[str], group: str, moved: date) -> str:
    """Return the day, with "th" where the other had it."""
    behind = match.string[match.end(group) : match.end(group) + 2]
    if behind not in {"st", "nd", "rd", "th"}:
        return str(moved.day)
    return f"{moved.day}{'th' if 10 < moved.day < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(moved.day % 10, 'th')}"


def _weekday(match: re.Match[str], days: int) -> str:
    name = match["weekday"]
    return f"{_WEEKDAYS[(_WEEKDAYS.index(name) + days) % 7]}{match['comma']}" if name else ""
