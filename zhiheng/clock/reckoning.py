"""From a period that has begun to its days."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from zhiheng.clock import counting, explaining
from zhiheng.clock.deadline import Deadline, Pause, Skipped
from zhiheng.dates import Calendar, day_of, moment_of
from zhiheng.errors import UsageError
from zhiheng.rules.procedures import PeriodAt


def due(
    rule: PeriodAt,
    *,
    start: date | datetime,
    calendar: Calendar,
    pauses: Sequence[Pause] = (),
    extensions: int = 0,
) -> Deadline:
    """The days of a period that begins with an event on `start`, explained step by step.

    rule        a period under the law of a day: `rules.period("trademark/opposition").at(day)`
    start       the day of the event; a period of hours needs its moment
    calendar    the working days that are known, such as `zhiheng.clock.calendar()`
    pauses      days that do not count, both ends included
    extensions  how often it was extended: 0 or 1

    Raises CalendarUnknown where a day of a year without notice decides, UsageError for what cannot be counted.
    """
    value = rule.value
    if extensions and not value.extension:
        raise UsageError(f"{rule.period.key}: the rule knows no extension; count it without one")
    length = value.length + value.extension * extensions
    found = (
        hours(rule, start, length=length, pauses=pauses)
        if value.unit == "hour"
        else days(rule, day_of(start), length=length, calendar=calendar, pauses=pauses)
    )
    return replace(found, extensions=extensions, explained=partial(explaining.steps, calendar=calendar))


def hours(rule: PeriodAt, start: date | datetime, *, length: int, pauses: Sequence[Pause]) -> Deadline:
    """A period of hours: it runs from the moment, by night and on days off."""
    if not isinstance(start, datetime):
        raise UsageError(f"{rule.period.key}: hours run from a moment; give the time too, such as {start}T09:30")
    if pauses:
        raise UsageError(f"{rule.period.key}: a period of hours has no pauses")
    moment = moment_of(start) + timedelta(hours=length)
    return Deadline(rule, day_of(start), None, moment.date(), moment.date(), moment=moment)


def days(rule: PeriodAt, start: date, *, length: int, calendar: Calendar, pauses: Sequence[Pause]) -> Deadline:
    """A period of days, working days, months or years."""
    value = rule.value
    for pause in pauses:
        if pause.until < pause.since:
            raise UsageError(
                f"{rule.period.key}: the pause from {pause.since} ends before it begins, on {pause.until}; turn it round"
            )
    paused = {day for pause in pauses for day in pause.days}
    last = counting.end(start, length=length, unit=value.unit, calendar=calendar, paused=paused)
    opening = (
        None
        if value.opens is None
        else counting.end(start, length=value.opens, unit=value.unit, calendar=calendar, paused=paused)
    )
    moves = bool(rule.counting.roll) if value.roll is None else value.roll
    final, settled = counting.moved(last, calendar=calendar) if moves and value.unit != "wd" else (last, True)
    skipped = [Skipped(day, "paused") for day in sorted(paused) if start < day <= last]
    skipped += off(start if value.unit == "wd" else last - counting.DAY, final, calendar, value.unit, paused)
    counted = (
        range((final - start).days + 1) if value.unit == "wd" else range((last - start).days, (final - start).days + 1)
    )
    made_up = tuple(
        day
        for day in (start + timedelta(days=step) for step in counted)
        if day > start and calendar.is_made_up(day) and day not in paused
    )
    return Deadline(
        rule,
        start,
        opening,
        final,
        last,
        settled=settled,
        skipped=tuple(sorted(skipped, key=lambda one: one.day)),
        made_up=made_up,
        pauses=tuple(pauses),
    )


def off(start: date, last: date, calendar: Calendar, unit: str, paused: Iterable[date]) -> list[Skipped]:
    """The days off after a day and before the last one: those that did not count, or over which the last day moved."""
    if unit != "wd" and last - start <= counting.DAY:
        return []
    found = []
    for step in range(1, (last - start).days):
        day = start + timedelta(days=step)
        if day not in paused and not calendar.is_working(day):
            name = calendar.names.get(day)
            found.append(Skipped(day, "holiday" if name else "weekend", name or {}))
    return found
