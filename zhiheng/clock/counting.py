"""Counting: from the day an event happened to the last day of a period.

The day of the event is not counted (Civil Code 2021 Art. 201); months and years end on the matching day (202); a last day
that is off moves to the next working day (203). Only the last day moves: days off inside a period of days do not stretch it.
"""

import calendar as months
from collections.abc import Callable, Collection
from datetime import date, timedelta

from zhiheng.dates import Calendar
from zhiheng.errors import CalendarUnknown

MONTHS = {"month": 1, "year": 12}
DAY = timedelta(days=1)


def matching(start: date, *, count: int) -> date:
    """The day so many months later or earlier that has the same number, or the last of that month.

    >>> matching(date(2026, 11, 30), count=3)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    return date(year, month + 1, min(start.day, months.monthrange(year, month + 1)[1]))


def end(start: date, *, length: int, unit: str, calendar: Calendar, paused: Collection[date] = ()) -> date:
    """The last day of a period, not yet moved; paused days are not counted.

    >>> end(date(2026, 9, 16), length=15, unit="d", calendar=Calendar((), (), ()))
    datetime.date(2026, 10, 1)
    """
    if unit == "wd":
        return walk(start, length, lambda on: calendar.is_working(on) and on not in paused)
    plain = matching(start, count=length * MONTHS[unit]) if unit in MONTHS else start + length * DAY
    if not paused or plain <= start:
        return plain
    return walk(start, (plain - start).days, lambda on: on not in paused)


def walk(start: date, left: int, counts: Callable[[date], bool]) -> date:
    """The day on which so many counting days are full."""
    day = start
    while left > 0:
        day += DAY
        left -= counts(day)
    return day


def moved(last: date, *, calendar: Calendar) -> tuple[date, bool]:
    """The first working day from a last day on, and whether that is settled: False where the year's notice is not out.

    In such a year a weekday that no law makes a holiday stays, unsettled; a day that must rest is refused, as where it
    moves to cannot be known.
    """
    day = last
    while True:
        if day.year in calendar.years:
            if calendar.is_working(day):
                return day, True
        elif calendar.must_rest(day):
            raise CalendarUnknown(day.year, max(calendar.years))
        else:
            return day, False
        day += DAY


def least(start: date, *, length: int, unit: str, paused: Collection[date] = ()) -> date:
    """A day before which the period certainly does not end, for a year whose notice is not out."""
    everyday = Calendar((), (), ())
    return end(start, length=length, unit="d" if unit == "wd" else unit, calendar=everyday, paused=paused)
