from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.privacy.dates import shift


def moved(text: str, days: int, year: int | None = 2019) -> str:
    for start, end, new in reversed(shift(text, days, year)):
        text = text[:start] + new + text[end:]
    return text


DATES = [
    ("Tuesday, March 12, 2019, 5:30 p.m.", 28, "Tuesday, April 9, 2019, 5:30 p.m."),
    ("Tuesday, March 12, 2019", 10, "Friday, March 22, 2019"),
    ("October 23–24, 2019", -21, "October 2–3, 2019"),
    ("October 30–31, 2019", 1, "October 31–November 1, 2019"),
    ("12 October 2017", 28, "9 November 2017"),
    ("30–31 October 2017", 1, "31 October–1 November 2017"),
    ("2016-05-04", 28, "2016-06-01"),
    ("5/4/2016 and 05/04/16", 28, "6/1/2016 and 06/01/16"),
    ("by March 20 and on Sept. 3", 14, "by April 3 and on Sep. 17"),
    ("Oct. 11th, 2017", 12, "Oct. 23rd, 2017"),
    ("December 15, 2014", 28, "January 12, 2015"),
    ("May 2016", 28, "June 2016"),
    ("spring of 2016, Fall 2012", 28, "spring of 2016, Fall 2012"),
    ("Winter 2016", 90, "Spring 2016"),
    ("since 2009, 2017–18, in March, 31 of 40", 28, "since 2009, 2017–18, in March, 31 of 40"),
    ("June 31, 2016", 28, "June 31, 2016"),
]


@pytest.mark.parametrize(("text", "days", "expected"), DATES)
def test_dates_keep_their_form(text: str, days: int, expected: str):
    assert moved(text, days) == expected


@given(st.dates(date(1950, 1, 1), date(2080, 1, 1)), st.integers(-200, 200))
def test_intervals_stay_and_the_way_back_is_the_way_there(day: date, days: int):
    text = f"{day.isoformat()}, {day:%A}, {day:%B} {day.day}, {day.year}"
    there = moved(text, days)
    assert there.startswith((day + timedelta(days)).isoformat())
    assert moved(there, -days) == text
