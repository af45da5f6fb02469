"""Periods as a reader writes them: a year, a quarter, a month, or from one day to another."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from zhiheng.errors import UsageError

YEAR, QUARTER, MONTH = re.compile(r"\d{4}"), re.compile(r"(\d{4})-?[Qq]([1-4])"), re.compile(r"(\d{4})-(\d\d)")
BETWEEN = ".."
MONTHS_OF_A_QUARTER = 3


@dataclass(frozen=True)
class Period:
    """From a first to a last day, both within it."""

    first: date
    last: date
    name: str

    def __str__(self) -> str:
        return self.name


def period(text: str) -> Period:
    """A period by its name.

    >>> period("2025-Q2").first, period("2025-Q2").last
    (datetime.date(2025, 4, 1), datetime.date(2025, 6, 30))
    >>> period("2025-12").last, period("2025").first, period("2025-04-07..2025-05-04").last
    (datetime.date(2025, 12, 31), datetime.date(2025, 1, 1), datetime.date(2025, 5, 4))
    """
    try:
        first, last = bounds(text.strip())
    except ValueError as error:
        raise UsageError(
            f"'{text[:40]}' is no period: write a year (2025), a quarter (2025-Q2), a month (2025-04) or 2025-04-07..2025-05-04"
        ) from error
    if last < first:
        raise UsageError(f"'{text[:40]}' ends before it begins")
    return Period(first, last, text.strip())


def bounds(text: str) -> tuple[date, date]:
    """The first and the last day; ValueError: no period."""
    if BETWEEN in text:
        first, _, last = text.partition(BETWEEN)
        return date.fromisoformat(first), date.fromisoformat(last)
    if YEAR.fullmatch(text):
        return date(int(text), 1, 1), date(int(text), 12, 31)
    if found := QUARTER.fullmatch(text):
        begin = date(int(found[1]), MONTHS_OF_A_QUARTER * (int(found[2]) - 1) + 1, 1)
        return begin, end_of_month(date(begin.year, begin.month + MONTHS_OF_A_QUARTER - 1, 1))
    if found := MONTH.fullmatch(text):
        begin = date(int(found[1]), int(found[2]), 1)
        return begin, end_of_month(begin)
    return date.fromisoformat(text), date.fromisoformat(text)


def end_of_month(first: date) -> date:
    """The last day of the month that a day begins."""
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def cut(stretch: Period, when: str) -> tuple[date, date]:
    """The days that the weeks or months beginning within a period span.

    >>> cut(Period(date(2025, 4, 1), date(2025, 4, 30), "2025-04"), "week")
    (datetime.date(2025, 4, 7), datetime.date(2025, 5, 4))
    """
    if when == "week":
        first = stretch.first + timedelta(days=-stretch.first.weekday() % 7)
        return first, stretch.last - timedelta(days=stretch.last.weekday()) + timedelta(days=6)
    first = stretch.first if stretch.first.day == 1 else end_of_month(stretch.first.replace(day=1)) + timedelta(days=1)
    return first, end_of_month(stretch.last.replace(day=1))
