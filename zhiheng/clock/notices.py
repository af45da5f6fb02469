"""The working days that are known: those of the library, and those of a notice entered by hand for a year it lacks."""

from dataclasses import replace
from datetime import date
from functools import lru_cache

from zhiheng import dates, rules


@lru_cache(maxsize=1)
def calendar() -> dates.Calendar:
    """The calendar of every year whose notice is known.

    >>> calendar().is_working(date(2026, 9, 20))
    True
    """
    told = rules.settings("holidays", on=date.max, place="cn")
    entered = replace(dates.calendar(told["years"]), fixed=tuple(told["fixed"].split()))
    return dates.noticed().joined(entered)
