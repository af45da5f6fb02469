"""How late results arrive: of every week of sampling, how many were received how many weeks later."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

DAYS = 7


def arrivals(results: ir.Table, *, by: str, today: date, weeks: int) -> ir.Table:
    """Results by value, week of sampling (its Monday) and weeks until received, of the `weeks` weeks that end today.

    Takes any table with `sampled_on` and `received`. A result without either date, or received before it was sampled or after
    today, says nothing about delay and is left out. Weeks are counted between Mondays, so a delay of 0 is the same week.
    """
    first = monday(today) - timedelta(days=DAYS * (weeks - 1))
    known = results.filter(
        results.sampled_on.notnull()
        & results.received.notnull()
        & (results.received >= results.sampled_on)
        & (results.received <= ibis.literal(today))
        & (results.sampled_on >= ibis.literal(first))
    )
    sampled, received = beginning(known.sampled_on), beginning(known.received)
    dated = known.mutate(
        value=known[by].cast("string").fill_null(""), week=sampled, delay=received.delta(sampled, unit="day") // DAYS
    )
    grouped = dated.group_by(["value", "week", "delay"]).agg(results=dated.count())
    return grouped.order_by("value", "week", "delay")


def beginning(day: ir.DateValue) -> ir.DateValue:
    """The Monday on or before a day; through a timestamp, which is what both engines give a difference of days as."""
    return (day - day.day_of_week.index().cast("int32").as_interval("D")).cast("timestamp").cast("date")


def triangle(
    rows: Iterable[Mapping[str, Any]], *, today: date, weeks: int, longest: int
) -> tuple[list[str], list[date], np.ndarray]:
    """Rows of `arrivals` as values, weeks, and counts (values, weeks, longest + 1); later ones count as `longest`.

    This is what `stats.chain_ladder` takes; its last week is the present one, and is only part of a week.
    """
    last = monday(today)
    calendar = [last - timedelta(days=DAYS * back) for back in range(weeks - 1, -1, -1)]
    held = list(rows)
    names = sorted({row["value"] for row in held})
    line = {name: number for number, name in enumerate(names)}
    place = {week: number for number, week in enumerate(calendar)}
    counts = np.zeros((len(names), weeks, longest + 1))
    for row in held:
        if row["week"] in place:
            counts[line[row["value"]], place[row["week"]], min(int(row["delay"]), longest)] += row["results"]
    return names, calendar, counts


def monday(day: date) -> date:
    """The Monday on or before a day.

    >>> monday(date(2026, 11, 22))
    datetime.date(2026, 11, 16)
    """
    return day - timedelta(days=day.weekday())
