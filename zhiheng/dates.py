"""Days as sources print them."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from chinese_calendar import constants as notices

from zhiheng.errors import CalendarUnknown, SourceError

CHINA = ZoneInfo("Asia/Shanghai")
SPREADSHEET_EPOCH = date(1899, 12, 30)
SATURDAY = 5
FIRST, LAST = date(1949, 10, 1), date(2199, 12, 31)  # days between which anything can be counted
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


def day_of(at: date | datetime) -> date:
    """The day of a moment; a moment that knows its time zone is taken to Chinese time first.

    >>> day_of(datetime.fromisoformat("2026-09-15T18:00:00+00:00"))
    datetime.date(2026, 9, 16)
    """
    if not isinstance(at, datetime):
        return at
    return (at if at.tzinfo is None else at.astimezone(CHINA)).date()


def moment_of(at: datetime) -> datetime:
    """A moment that knows its time zone; one that does not is meant in Chinese time.

    >>> moment_of(datetime(2026, 9, 16, 8)).isoformat()
    '2026-09-16T08:00:00+08:00'
    """
    return at.replace(tzinfo=CHINA) if at.tzinfo is None else at.astimezone(CHINA)


@dataclass(frozen=True)
class Calendar:
    """Which days are working days: weekends are off, except where a year's notice says otherwise.

    `names` are the holidays by day, in Chinese and English; `fixed` the days off, as `MMDD`, that no notice can move.
    """

    rest: Collection[date]
    work: Collection[date]
    years: Collection[int]
    names: Mapping[date, dict[str, str]] = field(default_factory=dict)
    fixed: Collection[str] = ()

    def is_working(self, on: date) -> bool:
        """Whether a day is a working day; a year whose notice nobody has entered is refused, never guessed."""
        if on.year not in self.years:
            raise CalendarUnknown(on.year, max(self.years))
        return on in self.work or (on.weekday() < SATURDAY and on not in self.rest)

    def must_rest(self, on: date) -> bool:
        """Whether a day is off in any year, as far as can be told without its notice: a weekend, or a fixed holiday."""
        return on.weekday() >= SATURDAY or f"{on:%m%d}" in self.fixed

    def is_made_up(self, on: date) -> bool:
        """Whether a weekend day is worked for a day off elsewhere."""
        return on in self.work and on.weekday() >= SATURDAY

    def joined(self, other: "Calendar") -> "Calendar":
        """This calendar, with the years that only the other one has."""
        added = set(other.years) - set(self.years)
        return replace(
            self,
            rest={*self.rest, *(one for one in other.rest if one.year in added)},
            work={*self.work, *(one for one in other.work if one.year in added)},
            years=(*self.years, *sorted(added)),
            fixed=other.fixed,
        )

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


@lru_cache(maxsize=1)
def noticed() -> Calendar:
    """The calendar of the State Council's notices, as the library chinesecalendar keeps them.

    >>> noticed().is_working(date(2026, 9, 20)), noticed().names[date(2026, 10, 1)]["zh"]
    (True, '国庆节')
    """
    holidays, work = notices.holidays, notices.workdays
    told = {entry.value: {"zh": entry.chinese, "en": entry.value} for entry in notices.Holiday}
    return Calendar(
        rest=frozenset(holidays),
        work=frozenset(work),
        years=tuple(sorted({on.year for on in holidays})),
        names={on: told[name] for on, name in holidays.items()},
    )


def spread(year: int, printed: str) -> list[date]:
    """The days of a list such as `0101 0215-0223`."""
    found: list[date] = []
    for part in printed.split():
        first, _, last = part.partition("-")
        start, end = (datetime.strptime(f"{year}{text}", "%Y%m%d").date() for text in (first, last or first))
        found += [start + timedelta(days=step) for step in range((end - start).days + 1)]
    return found
