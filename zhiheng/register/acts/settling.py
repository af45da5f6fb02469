"""What an act leaves behind: the case's state, its deadlines, and messages to whom it binds."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from zhiheng import clock
from zhiheng.register.models import Account, Case, Deadline, Event, Message, Organisation

SETTLED = ("region", "responsible", "state", "is_final", "is_shown_to_subject", "version", "changed_at", "closed_at")
CLEARED = "DELETE FROM register_deadline WHERE case_id = %s"  # nothing hangs on a deadline that would have to be looked up first
STATES = {"met": "met", "met_late": "met", "paused": "paused", "unknown": "open"}


def settled(case: Case, course: clock.Course, *, links: Mapping[str, Organisation], now: datetime) -> None:
    """Write the case as its events make it."""
    for key, found in links.items():
        setattr(case, key, found)
    if "authority" in links:
        case.region = links["authority"].region
    case.state, case.is_final = course.state.key, course.state.final
    case.is_shown_to_subject = case.is_shown_to_subject or not course.state.hidden
    case.version += 1
    case.changed_at = now
    case.closed_at = now if course.state.final else None
    case.save(update_fields=[*SETTLED, *links])
    dated(case, course)


def dated(case: Case, course: clock.Course) -> None:
    """Write the deadlines of a case anew, as its events and what is known of the calendar make them."""
    with connection.cursor() as cursor:
        cursor.execute(CLEARED, [case.pk])
    turns: Counter[str] = Counter()
    rows = []
    for one in course.running:
        turns[one.key] += 1
        rows.append(Deadline(case=case, key=one.key, turn=turns[one.key], **described(one, course, case)))
    Deadline.objects.bulk_create(rows)


def described(one: clock.Running, course: clock.Course, case: Case) -> dict[str, Any]:
    """A period of a case as a row; where a year's notice is not out, the earliest day it can end."""
    found = one.deadline
    state = STATES.get(one.standing(course.at), "open")
    if state != "met" and case.is_final:
        state = "void"
    return {
        "binds": one.period.binds,
        "not_before": found.not_before if found else None,
        "due_on": found.not_after if found else one.earliest,
        "is_settled": bool(found and found.settled),
        "state": state,
        "ended_on": one.ended_on,
        "told": {
            "title": dict(one.period.title),
            "explanation": dict(found.explanation) if found else dict(one.unknown),
            "cite": {"act": one.rule.value.cite.act, "at": one.rule.value.cite.at},
            "standing": one.rule.standing,
            **({"moment": found.moment.isoformat()} if found and found.moment else {}),
            **({} if found and found.settled else {"known": max(clock.calendar().years)}),
        },
    }


def receivers(case: Case, course: clock.Course, *, further: Iterable[Account] = ()) -> list[int]:
    """The accounts that are told of an act: those whom an open deadline binds, who answers for the case, and `further` ones."""
    found = {one.pk for role in {one.period.binds for one in course.open} for one in bound(case, role)}
    found |= {one.pk for one in further}
    return sorted(found | ({case.responsible_id} if case.responsible_id else set()))


def told(case: Case, to: Iterable[int], event: Event) -> None:
    """Tell accounts what was done, unless they did it."""
    Message.objects.bulk_create(
        Message(
            to_id=one,
            case=case,
            at=timezone.localtime(event.at),
            kind="act",
            told={"act": event.act, "state": event.state_after, "event": event.number},
        )
        for one in to
        if one != event.by_id
    )


def officers(authority: Organisation) -> list[Account]:
    """The officers of an authority who can sign in."""
    return list(Account.objects.filter(is_active=True, role="officer", organisation=authority))


def bound(case: Case, role: str) -> list[Account]:
    """The accounts that a role means in this case."""
    active = Account.objects.filter(is_active=True)
    if role == "firm":
        firms = [one for one in (case.subject_id, case.producer_id) if one]
        return list(active.filter(role="firm", organisation__in=firms)) if case.is_shown_to_subject else []
    if role == "laboratory":
        return list(active.filter(role="laboratory", organisation=case.retest_laboratory_id or case.laboratory_id))
    if role == "inspector":
        return list(case.inspectors.filter(is_active=True))
    return [case.responsible] if case.responsible else officers(case.authority)
