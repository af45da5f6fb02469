"""Which acts a case allows, to whom, and why not the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from zhiheng.clock import refusing
from zhiheng.clock.case import Course, Event, follow
from zhiheng.clock.refusing import Refusal
from zhiheng.dates import Calendar
from zhiheng.errors import ActRefused
from zhiheng.rules.procedures import Act, Procedure, State

__all__ = ["OpenAct", "Refusal", "open_acts", "refusals", "state_after"]


@dataclass(frozen=True)
class OpenAct:
    """An act of a procedure as somebody finds it at a moment.

    allowed  whether it may be done now; `refusals` say why not
    missing  documents that have to come with it, as they are not in the case yet
    """

    act: Act
    allowed: bool
    refusals: tuple[Refusal, ...]
    missing: tuple[str, ...]


def open_acts(
    procedure: Procedure,
    history: Sequence[Event],
    *,
    at: datetime,
    by: str = "",
    role: str = "",
    organisation: str = "",
    calendar: Calendar | None = None,
    law: date | None = None,
) -> tuple[OpenAct, ...]:
    """Every act of the procedure, allowed or not, for a person in a role of an organisation at a moment.

    An empty `role`, `by` or `organisation` leaves that question out: with none, what the state and the days allow to anybody.
    """
    course = follow(procedure, history, at=at, calendar=calendar, law=law)
    return tuple(opened(course, act, by=by, role=role, organisation=organisation) for act in procedure.acts.values())


def opened(course: Course, act: Act, *, by: str, role: str, organisation: str) -> OpenAct:
    """One act as somebody finds it."""
    why = tuple(refusing.reasons(course, act, by=by, role=role, organisation=organisation))
    return OpenAct(act, not why, why, tuple(key for key in act.needs if key not in course.documents))


def refusals(
    procedure: Procedure,
    history: Sequence[Event],
    event: Event,
    *,
    calendar: Calendar | None = None,
    law: date | None = None,
) -> tuple[Refusal, ...]:
    """Everything that stands against an event as the next of a case; none: it may be done."""
    course = follow(procedure, history, at=event.at, calendar=calendar, law=law)
    act = procedure.acts.get(event.act)
    if act is None:
        raise ActRefused(
            f"the procedure {procedure.key} has no act '{event.act}' on {procedure.on}; it has {', '.join(procedure.acts)}"
        )
    return (
        *refusing.reasons(course, act, by=event.by, role=event.role, organisation=event.organisation),
        *refusing.lacking(course, act, event),
    )


def state_after(
    procedure: Procedure, history: Sequence[Event], *, calendar: Calendar | None = None, law: date | None = None
) -> State:
    """The state after all events; the first one that is refused raises ActRefused with its reasons."""
    for number, event in enumerate(history):
        why = refusals(procedure, history[:number], event, calendar=calendar, law=law)
        if why:
            raise ActRefused(f"event {number + 1}, {event.act}: " + "; ".join(one.text["en"] for one in why))
    if not history:
        return procedure.initial
    return follow(procedure, history, at=history[-1].at, calendar=calendar, law=law).state
