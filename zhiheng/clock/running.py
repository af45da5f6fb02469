"""The periods of a case: what was started, and its days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from zhiheng.clock import counting
from zhiheng.clock.deadline import Deadline, Pause
from zhiheng.clock.reckoning import due
from zhiheng.dates import Calendar, day_of
from zhiheng.errors import CalendarUnknown, RuleNotInForce
from zhiheng.rules.procedures import Period, PeriodAt, Procedure, Text

Spans = Mapping[
    str, Sequence[tuple[date, date | None]]
]  # by kind: from the day it begins, until before the day it ends


@dataclass(frozen=True)
class Begun:
    """A period that was started, before its days are counted."""

    key: str
    start: date | datetime
    begun: int
    extensions: int = 0
    ended: int | None = None


@dataclass(frozen=True)
class Running:
    """A period of a case.

    begun, ended  numbers of the events that started and stopped it; ended is None while it runs
    deadline      its days; None where a year without notice decides, and then `unknown` says so
    earliest      a day before which it certainly does not end: sort by this
    """

    period: Period
    rule: PeriodAt
    start: date
    begun: int
    earliest: date
    deadline: Deadline | None
    unknown: Text = field(default_factory=dict)
    ended: int | None = None
    ended_at: datetime | None = None

    @property
    def key(self) -> str:
        """The key of the period within its procedure."""
        return self.period.key.rsplit("/", 1)[-1]

    @property
    def ended_on(self) -> date | None:
        """The day on which it ended; None while it runs."""
        return None if self.ended_at is None else day_of(self.ended_at)

    def is_over(self, at: date | datetime) -> bool:
        """Whether it is certainly over at a moment."""
        return self.deadline is not None and self.deadline.settled and self.deadline.is_late(at)

    def standing(self, at: date | datetime) -> str:
        """How it stands: unknown, paused, early, open, today, late; once ended met or met_late.

        Past a last day that may still move, as its year's notice is not out, it is unknown: nobody is late by a guess.
        """
        if self.deadline is None:
            return "met" if self.ended is not None else "unknown"
        if self.ended_at is not None:
            return "met_late" if self.is_over(self.ended_at) else "met"
        if self.deadline.stands:
            return "paused"
        if self.deadline.is_late(at):
            return "late" if self.deadline.settled else "unknown"
        if self.deadline.is_early(at):
            return "early"
        return "today" if self.deadline.not_after == day_of(at) else "open"


@dataclass(frozen=True)
class Silent:
    """A period that would have begun, but for which the law of its day gives no number that anybody has read."""

    period: Period
    start: date
    begun: int
    text: Text


def in_force(procedure: Procedure, begun: Begun, law: date | None) -> PeriodAt | Silent:
    """The period under the law that it follows."""
    period, start = procedure.periods[begun.key], day_of(begun.start)
    on = law or (procedure.on if procedure.law_of == "case" else start)
    try:
        return period.at(on)
    except RuleNotInForce as error:
        zh = f"“{period.title['zh']}”：{on}适用的规定中没有已读到的期限"
        return Silent(period, start, begun.begun, Text(zh=zh, en=str(error)))


def run(
    rule: PeriodAt,
    begun: Begun,
    ended_at: datetime | None,
    *,
    pauses: Spans,
    at: datetime,
    calendar: Calendar,
) -> Running:
    """A period that began, with its days."""
    period, start = rule.period, day_of(begun.start)
    stops, goes_on = stopped(period, pauses, start=start, end=day_of(ended_at or at))
    extensions = begun.extensions if rule.value.extension else 0
    deadline, unknown = None, Text()
    try:
        deadline = due(rule, start=begun.start, calendar=calendar, pauses=stops, extensions=extensions)
    except CalendarUnknown as error:
        unknown = Text(zh=error.zh, en=str(error))
    if deadline and goes_on and ended_at is None and not deadline.is_late(at):  # a pause after the end stops nothing
        deadline = replace(deadline, stands=True)
    least = deadline.not_after if deadline else earliest(rule, start, extensions=extensions, pauses=stops)
    return Running(period, rule, start, begun.begun, least, deadline, unknown, begun.ended, ended_at)


def stopped(period: Period, pauses: Spans, *, start: date, end: date) -> tuple[list[Pause], bool]:
    """The days that do not count for a period until a day, and whether a pause goes on there."""
    found, goes_on = [], False
    for kind in period.excluded:
        for since, until in pauses.get(kind, ()):
            goes_on |= until is None
            last = end if until is None else until - timedelta(days=1)
            if last >= since and last > start:
                found.append(Pause(max(since, start), last, kind))
    return found, goes_on


def earliest(rule: PeriodAt, start: date, *, extensions: int, pauses: Sequence[Pause]) -> date:
    """A day before which a period certainly does not end."""
    length = rule.value.length + rule.value.extension * extensions
    paused = {day for pause in pauses for day in pause.days}
    return counting.least(start, length=length, unit=rule.value.unit, paused=paused)
