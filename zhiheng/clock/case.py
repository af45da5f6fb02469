"""A case: the acts that were done, followed through a procedure to its state and its periods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from zhiheng.clock import counting
from zhiheng.clock.deadline import Deadline, Pause
from zhiheng.clock.notices import calendar as known_days
from zhiheng.clock.reckoning import due, reworded
from zhiheng.dates import Calendar, day_of
from zhiheng.errors import ActRefused, CalendarUnknown
from zhiheng.rules.procedures import Act, Period, PeriodAt, Procedure, State, Text


@dataclass(frozen=True)
class Event:
    """An act that was done: by whom, in which role, for which organisation, with what was said and which documents."""

    act: str
    at: datetime
    by: str
    role: str
    organisation: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    documents: tuple[str, ...] = ()


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
    ended_on: date | None = None

    @property
    def key(self) -> str:
        """The key of the period within its procedure."""
        return self.period.key.rsplit("/", 1)[-1]

    def standing(self, at: date | datetime) -> str:
        """How it stands: unknown, paused, early, open, today, late; once ended met or met_late."""
        if self.deadline is None:
            return "met" if self.ended is not None else "unknown"
        if self.ended_on is not None:
            return "met_late" if self.deadline.is_late(self.ended_on) else "met"
        if self.deadline.stands:
            return "paused"
        if self.deadline.is_late(at):
            return "late"
        if self.deadline.is_early(at):
            return "early"
        return "today" if self.deadline.not_after == day_of(at) else "open"


@dataclass(frozen=True)
class Course:
    """Where a case stands at a moment: its state, its periods in the order they began, documents, and pauses that go on."""

    procedure: Procedure
    at: datetime
    state: State
    events: tuple[Event, ...]
    running: tuple[Running, ...]
    documents: frozenset[str]
    pausing: Mapping[str, date]

    @property
    def open(self) -> tuple[Running, ...]:
        """The periods that run, the most urgent first."""
        return tuple(sorted((one for one in self.running if one.ended is None), key=lambda one: one.earliest))

    @property
    def late(self) -> tuple[Running, ...]:
        """The periods that run and are over."""
        return tuple(one for one in self.open if one.standing(self.at) == "late")

    @property
    def expiring(self) -> tuple[Act, ...]:
        """The acts that the system has to do now, as a period is over and they are allowed from this state."""
        keys = [one.period.expires for one in self.late if one.period.expires]
        acts = [self.procedure.acts[key] for key in keys if key in self.procedure.acts]
        return tuple(act for act in acts if self.state.key in act.sources)

    def latest(self, key: str) -> Running | None:
        """The period of this key that began last."""
        return next((one for one in reversed(self.running) if one.key == key), None)


@dataclass(frozen=True)
class Begun:
    """A period that was started, before its days are counted."""

    key: str
    start: date | datetime
    begun: int
    extensions: int = 0
    ended: int | None = None


def follow(
    procedure: Procedure,
    history: Sequence[Event],
    *,
    at: datetime,
    calendar: Calendar | None = None,
    law: date | None = None,
) -> Course:
    """State and periods of a case after its events.

    at   the moment for which open pauses and lateness are told
    law  count every period by the law of this day instead of its own

    Events are taken as done; only one that cannot follow from its state, or that the procedure lacks, raises ActRefused.
    Who may do what is `refusals`.
    """
    state, begun, documents = procedure.initial, list[Begun](), set[str]()
    pauses: dict[str, list[tuple[date, date | None]]] = {}
    for number, event in enumerate(history):
        act = step(procedure, state, event, number)
        state = procedure.states[act.to] if act.to else state
        documents |= {*act.produces, *event.documents}
        begun = after(begun, act, event, number)
        paused(pauses, act, day_of(event.at))
    going = {kind: spans[-1][0] for kind, spans in pauses.items() if spans[-1][1] is None}
    running = tuple(
        run(procedure, one, history, pauses=pauses, at=at, calendar=calendar or known_days(), law=law) for one in begun
    )
    return Course(procedure, at, state, tuple(history), running, frozenset(documents), going)


def step(procedure: Procedure, state: State, event: Event, number: int) -> Act:
    """The act of an event, where it can follow from the state."""
    act = procedure.acts.get(event.act)
    if act is None:
        raise ActRefused(
            f"event {number + 1}: the procedure {procedure.key} has no act '{event.act}' on {procedure.on}; "
            f"it has {', '.join(procedure.acts)}"
        )
    if state.key not in act.sources:
        raise ActRefused(
            f"event {number + 1}: '{event.act}' is not done in the state '{state.key}' but in {', '.join(act.sources)}"
        )
    return act


def after(begun: Sequence[Begun], act: Act, event: Event, number: int) -> list[Begun]:
    """The periods once an act is done: those it stops end, those it extends grow, those it starts begin."""
    starts = dict(act.starts)
    found = []
    for one in begun:
        if one.ended is None and (one.key in act.stops or one.key in starts):
            one = replace(one, ended=number)
        elif one.ended is None and one.key in act.extends:
            one = replace(one, extensions=one.extensions + 1)
        found.append(one)
    return found + [Begun(key, told(event, name), number) for key, name in starts.items()]


def told(event: Event, name: str) -> date | datetime:
    """The day that a field of an event names; without a field, the moment of the event."""
    value = event.data.get(name) if name else None
    if value is None or value == "":
        return event.at
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def paused(pauses: dict[str, list[tuple[date, date | None]]], act: Act, on: date) -> None:
    """Note which kinds of time begin and end not to count. The day a pause begins does not count, the day it ends does."""
    for kind in act.pauses:
        spans = pauses.setdefault(kind, [])
        if not spans or spans[-1][1] is not None:
            spans.append((on, None))
    for kind in act.resumes:
        spans = pauses.get(kind, [])
        if spans and spans[-1][1] is None:
            spans[-1] = (spans[-1][0], on)


def run(
    procedure: Procedure,
    begun: Begun,
    history: Sequence[Event],
    *,
    pauses: Mapping[str, Sequence[tuple[date, date | None]]],
    at: datetime,
    calendar: Calendar,
    law: date | None,
) -> Running:
    """A period that began, with its days."""
    period, start = procedure.periods[begun.key], day_of(begun.start)
    rule = period.at(law or (procedure.on if procedure.law_of == "case" else start))
    ended_on = None if begun.ended is None else day_of(history[begun.ended].at)
    stops, goes_on = stopped(period, pauses, start=start, end=ended_on or day_of(at))
    extensions = begun.extensions if rule.value.extension else 0
    deadline, unknown = None, Text()
    try:
        deadline = due(rule, start=begun.start, calendar=calendar, pauses=stops, extensions=extensions)
    except CalendarUnknown as error:
        unknown = Text(zh=error.zh, en=str(error))
    if deadline and goes_on and ended_on is None and not deadline.is_late(at):  # a pause after the end stops nothing
        deadline = reworded(replace(deadline, stands=True), calendar)
    least = deadline.not_after if deadline else earliest(rule, start, extensions=extensions, pauses=stops)
    return Running(period, rule, start, begun.begun, least, deadline, unknown, begun.ended, ended_on)


def stopped(
    period: Period, pauses: Mapping[str, Sequence[tuple[date, date | None]]], *, start: date, end: date
) -> tuple[list[Pause], bool]:
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
