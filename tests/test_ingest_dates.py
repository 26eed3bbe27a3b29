"""Dates and periods as people write them."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.ingest.dates import find_period, find_periods


@pytest.mark.parametrize(
    ("text", "start", "end", "words"),
    [
        # one day
        ("Held on May 4, 2016 in the library", "2016-05-04", "2016-05-04", "May 4, 2016"),
        ("Monday, April 4th, 2011", "2011-04-04", "2011-04-04", "April 4th, 2011"),
        ("4 April 2011", "2011-04-04", "2011-04-04", "4 April 2011"),
        ("Sept. 9, 2013", "2013-09-09", "2013-09-09", "Sept. 9, 2013"),
        ("5/6/2013", "2013-05-06", "2013-05-06", "5/6/2013"),
        ("Date: 3/12/19", "2019-03-12", "2019-03-12", "3/12/19"),
        ("2013-05-06", "2013-05-06", "2013-05-06", "2013-05-06"),
        # some days
        ("June 28–29, 2012", "2012-06-28", "2012-06-29", "June 28–29, 2012"),
        ("Oct 9 & 10, 2014", "2014-10-09", "2014-10-10", "Oct 9 & 10, 2014"),
        ("12–14 March 2015", "2015-03-12", "2015-03-14", "12–14 March 2015"),
        ("1 May to 3 May 2014", "2014-05-01", "2014-05-03", "1 May to 3 May 2014"),
        ("May 30 – June 2, 2016", "2016-05-30", "2016-06-02", "May 30 – June 2, 2016"),
        ("Nov. 3–Dec. 4, 2014", "2014-11-03", "2014-12-04", "Nov. 3–Dec. 4, 2014"),
        # months, seasons, years
        ("February 2012", "2012-02-01", "2012-02-29", "February 2012"),
        ("2013-06", "2013-06-01", "2013-06-30", "2013-06"),
        ("Newsletter · Spring 2018", "2018-03-01", "2018-05-31", "Spring 2018"),
        ("in the fall of 2012", "2012-09-01", "2012-11-30", "fall of 2012"),
        ("since 2010", "2010-01-01", "2010-12-31", "2010"),
        ("the 2014–15 year", "2014-01-01", "2015-12-31", "2014–15"),
        ("2012-2013 school year", "2012-01-01", "2013-12-31", "2012-2013"),
        ("Summer 2014 – Summer 2017", "2014-06-01", "2017-08-31", "Summer 2014 – Summer 2017"),
        ("December 2014 – January 2015", "2014-12-01", "2015-01-31", "December 2014 – January 2015"),
        ("Fall 2012-Spring 2016", "2012-09-01", "2016-05-31", "Fall 2012-Spring 2016"),
        # what lasts
        ("2013–present", "2013-01-01", None, "2013–present"),
        ("Sept. 2011 - ongoing", "2011-09-01", None, "Sept. 2011 - ongoing"),
    ],
)
def test_find_period(text: str, start: str, end: str | None, words: str) -> None:
    period = find_period(text)
    assert period is not None
    assert (period.start, period.end, period.text) == (start, end, words)


@pytest.mark.parametrize(
    "text",
    ["", "May 4", "February 30, 2014", "2013-13-45", "13/40/2013", "Room 1204", "Call 555-2014", "$2014 a month"],
)
def test_what_is_no_date(text: str) -> None:
    assert find_period(text) is None


def test_two_months_with_and_are_two_periods() -> None:
    found = [period.start for period in find_periods("Meetings in January 2015 and March 2016")]
    assert found == ["2015-01-01", "2016-03-01"]


@pytest.mark.parametrize(
    ("text", "of_days"),
    [("May 4, 2016", True), ("May 4–6, 2016", True), ("May 2016", False), ("2016", False), ("2016–present", False)],
)
def test_is_of_days(text: str, of_days: bool) -> None:
    period = find_period(text)
    assert period is not None
    assert period.is_of_days is of_days


@settings(deadline=None)
@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_every_day_is_read_in_every_spelling(day: date) -> None:
    spellings = (
        day.isoformat(),
        f"{day:%B} {day.day}, {day.year}",
        f"{day.day} {day:%B} {day.year}",
        f"{day:%m/%d/%Y}",
    )
    for text in spellings:
        period = find_period(f"They met on {text}.")
        assert period is not None
        assert period.start == period.end == day.isoformat()


@settings(deadline=None)
@given(st.text(alphabet="2019 0-–/,MayJune13stfall to present"))
def test_periods_are_valid_and_in_order(text: str) -> None:
    for period in find_periods(text):
        assert period.end is None or date.fromisoformat(period.start) <= date.fromisoformat(period.end)
        assert period.text in text
