"""A case: the acts that were done, followed through a procedure to its state and its periods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from zhiheng.clock.notices import calendar as known_days
from zhiheng.clock.running import Begun, Running, Silent, in_force, run
from zhiheng.dates import FIRST, LAST, Calendar, day_of
from zhiheng.errors import ActRefused
from zhiheng.rules.procedures import Act, Procedure, State


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
class Course:
    """Where a case stands at a moment: its state, its periods in the order they began, documents, and pauses that go on.

    silent  periods on which the law of the day says nothing that is known: shown, never counted
    """

    procedure: Procedure
    at: datetime
    state: State
    events: tuple[Event, ...]
    running: tuple[Running, ...]
    documents: frozenset[str]
    pausing: Mapping[str, date]
    silent: tuple[Silent, ...] = ()

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
    days, running, silent = calendar or known_days(), [], []
    for one in begun:
        ruled = in_force(procedure, one, law)
        if isinstance(ruled, Silent):
            silent.append(ruled)
        else:
            ended_at = None if one.ended is None else history[one.ended].at
            running.append(run(ruled, one, ended_at, pauses=pauses, at=at, calendar=days))
    return Course(
        procedure, at, state, tuple(history), tuple(running), frozenset(documents), going, silent=tuple(silent)
    )


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
    """The day that a field of an event names; without a field, the moment of the event.

    Raises ActRefused for what is no day, or one from which nothing can be counted.
    """
    value = event.data.get(name) if name else None
    if value is None or value == "":
        return event.at
    try:
        found = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise ActRefused(f"{event.act}: '{str(value)[:40]}' in '{name}' is not a day; write 2026-09-28") from error
    if not FIRST <= day_of(found) <= LAST:
        raise ActRefused(f"{event.act}: '{found}' in '{name}' is out of range: give a day from {FIRST} to {LAST}")
    return found


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
