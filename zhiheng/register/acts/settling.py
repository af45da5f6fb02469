"""What an act leaves behind: the case's state, its deadlines, and messages to whom it binds."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from zhiheng import clock
from zhiheng.register.models import Account, Case, Deadline, Event, Message, Organisation

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
    case.save()
    dated(case, course)


def dated(case: Case, course: clock.Course) -> None:
    """Write the deadlines of a case anew, as its events and what is known of the calendar make them."""
    case.deadlines.all().delete()
    turns: Counter[str] = Counter()
    for one in course.running:
        turns[one.key] += 1
        Deadline.objects.create(case=case, key=one.key, turn=turns[one.key], **described(one, course, case))


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


def told(case: Case, course: clock.Course, event: Event, *, further: Iterable[Account] = ()) -> None:
    """Tell those whom an open deadline binds, who answers for the case, and `further` ones, what was done."""
    binding = {one.period.binds for one in course.open}
    told_to: dict[int, Account] = {}
    for role in binding:
        told_to |= {one.pk: one for one in bound(case, role)}
    if case.responsible:
        told_to[case.responsible.pk] = case.responsible
    told_to |= {one.pk: one for one in further}
    told_to.pop(event.by_id or 0, None)
    Message.objects.bulk_create(
        Message(
            to=one,
            case=case,
            at=timezone.localtime(event.at),
            kind="act",
            told={"act": event.act, "state": event.state_after, "event": event.number},
        )
        for one in told_to.values()
    )


def officers(authority: Organisation) -> list[Account]:
    """The officers of an authority who can sign in."""
    return list(Account.objects.filter(is_active=True, role="officer", organisation=authority))


def bound(case: Case, role: str) -> list[Account]:
    """The accounts that a role means in this case."""
    active = Account.objects.filter(is_active=True)
    if role == "firm":
        firms = [one for one in (case.subject, case.producer) if one]
        return list(active.filter(role="firm", organisation__in=firms)) if case.is_shown_to_subject else []
    if role == "laboratory":
        return list(active.filter(role="laboratory", organisation=case.retest_laboratory or case.laboratory))
    if role == "inspector":
        return list(case.inspectors.filter(is_active=True))
    return [case.responsible] if case.responsible else officers(case.authority)
