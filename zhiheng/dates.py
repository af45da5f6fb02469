"""Days as sources print them."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from zhiheng.errors import RuleNotInForce, SourceError

SPREADSHEET_EPOCH = date(1899, 12, 30)
SATURDAY = 5
SERIAL = re.compile(r"\d{5}(\.0+)?")


def day(text: str, *, formats: tuple[str, ...]) -> date:
    """The day that a printed text names, tried against each format in turn.

    Formats are those of `strptime`, and the word `serial` for a spreadsheet's day number.

    >>> day("45366.0", formats=("%Y-%m-%d", "serial"))
    datetime.date(2024, 3, 15)
    """
    stripped = text.strip()
    for form in formats:
        if form == "serial":
            if SERIAL.fullmatch(stripped):
                return SPREADSHEET_EPOCH + timedelta(days=int(float(stripped)))
            continue
        try:
            return datetime.strptime(stripped, form).date()
        except ValueError:
            continue
    raise SourceError(
        f"'{stripped}' is not a day in any of the forms {', '.join(formats)}: correct it, or add its form"
    )


def month(on: date) -> date:
    """The first day of the month.

    >>> month(date(2026, 9, 28))
    datetime.date(2026, 9, 1)
    """
    return on.replace(day=1)


@dataclass(frozen=True)
class Calendar:
    """Which days are working days: weekends are off, except where a year's notice says otherwise."""

    rest: Collection[date]
    work: Collection[date]
    years: Collection[int]

    def is_working(self, on: date) -> bool:
        """Whether a day is a working day; a year whose notice nobody has entered is refused, never guessed."""
        if on.year not in self.years:
            last = max(self.years)
            raise RuleNotInForce(
                f"working days: the holidays of {on.year} are not known, the last known year is {last}; enter its notice"
            )
        return on in self.work or (on.weekday() < SATURDAY and on not in self.rest)

    def after(self, start: date, *, working_days: int) -> date:
        """The last of so many working days; the starting day is not counted (Civil Code 2021 Art. 201)."""
        found, left = start, working_days
        while left:
            found += timedelta(days=1)
            left -= self.is_working(found)
        return found


def calendar(years: Mapping[int, Mapping[str, Any]]) -> Calendar:
    """The calendar of printed tables: by year, `rest` and `work` with days as `MMDD` or `MMDD-MMDD`.

    >>> calendar({2026: {"rest": "0101-0103", "work": "0104"}}).after(date(2026, 1, 1), working_days=1)
    datetime.date(2026, 1, 4)
    """
    sides = {
        side: {one for year, told in years.items() for one in spread(year, told[side])} for side in ("rest", "work")
    }
    return Calendar(sides["rest"], sides["work"], tuple(years))


def spread(year: int, printed: str) -> list[date]:
    """The days of a list such as `0101 0215-0223`."""
    found: list[date] = []
    for part in printed.split():
        first, _, last = part.partition("-")
        start, end = (datetime.strptime(f"{year}{text}", "%Y%m%d").date() for text in (first, last or first))
        found += [start + timedelta(days=step) for step in range((end - start).days + 1)]
    return found
