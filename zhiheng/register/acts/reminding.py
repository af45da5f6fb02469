"""Reminders before, on and after each deadline: to whom it binds, then to who is responsible, then to the superiors.

Safe to call at any interval, again after a restart, and by two processes at once: what was told is a row that can be there once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from zhiheng import rules
from zhiheng.errors import ZhihengError
from zhiheng.register.acts import cases, mailing, settling
from zhiheng.register.models import Account, Case, Deadline, Message, Reminder

SUPERIOR = "superior"
MOST_STEPS = 20  # up a chain of superiors; one that is longer goes in a ring


@dataclass(frozen=True)
class Stage:
    """A stage of a deadline: days from its last day, and to whom its reminder goes."""

    key: str
    days: int
    to: tuple[str, ...]


@dataclass(frozen=True)
class Round:
    """What one round did: cases that moved by themselves, reminders told, and what failed, by case."""

    lapsed: int = 0
    told: int = 0
    faults: Mapping[str, str] = field(default_factory=dict)


def terms(on: date) -> dict[str, Any]:
    """The terms of reminders in force on a day."""
    return rules.settings("escalation", on=on)


def stages(on: date) -> list[Stage]:
    """The stages in force on a day, the earliest first."""
    found = [Stage(key, one["days"], tuple(one["to"])) for key, one in terms(on)["stages"].items()]
    return sorted(found, key=lambda one: one.days)


def remind(*, at: datetime | None = None) -> Round:
    """Let lapse what is over, then tell everybody whom a stage of a deadline has come for and who was not told yet.

    A case in which something fails holds up no other one; it is named in `faults` and tried again in the next round.
    """
    now = timezone.localtime(at or timezone.now())
    cases.counted_anew(now)
    lapsed, faults = expired(now)
    if now.hour < terms(now.date())["from_hour"]:
        return Round(lapsed, 0, faults)
    told, further = tell(now)
    return Round(lapsed, told, faults | further)


def tell(now: datetime) -> tuple[int, dict[str, str]]:
    """How many were told of a stage that has come for them, and the cases where it could not be, with the reason."""
    told, further = 0, dict[str, str]()
    for deadline, stage in untold(come(now.date(), stages(now.date()))):
        try:
            told += reminded(deadline, stage, now=now)
        except ZhihengError as error:
            further[deadline.case.number] = str(error)
    return told, further


def expired(now: datetime) -> tuple[int, dict[str, str]]:
    """How many acts the system did where a period is over, and the cases where it could not, with the reason."""
    count, faults = 0, {}
    for number in cases.over(now):
        try:
            count += len(cases.lapsed(number, now=now))
        except ZhihengError as error:
            faults[number] = str(error)
    return count, faults


def come(day: date, known: list[Stage]) -> list[tuple[Deadline, Stage]]:
    """Open deadlines with the last stage that has come for them."""
    if not known:
        return []
    first = day - timedelta(days=known[0].days)
    open_ones = Deadline.objects.filter(state="open", due_on__lte=first, case__is_final=False)
    certain = open_ones.filter(
        Q(is_settled=True) | Q(due_on__gte=day)
    )  # past a day that may still move, nobody is late yet
    return [(one, stage_of(one.due_on, day, known)) for one in certain.select_related("case")]


def stage_of(due_on: date, day: date, known: list[Stage]) -> Stage:
    """The last stage that has come on a day."""
    return [stage for stage in known if due_on + timedelta(days=stage.days) <= day][-1]


def untold(found: list[tuple[Deadline, Stage]]) -> list[tuple[Deadline, Stage]]:
    """Those of which nobody was told yet; a stage is told to all in one transaction, so that one told is told to everybody."""
    days = {deadline.due_on for deadline, _ in found}
    told = set(Reminder.objects.filter(due_on__in=days).values_list("deadline", "due_on", "stage"))
    return [(one, stage) for one, stage in found if (name(one), one.due_on, stage.key) not in told]


def name(deadline: Deadline) -> str:
    """What reminders call a deadline: its row is written anew after each act."""
    return f"{deadline.case.number}/{deadline.key}/{deadline.turn}"


def reminded(deadline: Deadline, stage: Stage, *, now: datetime) -> int:
    """Tell everybody of one stage of a deadline that still runs; how many were told."""
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=deadline.case_id)
        still = case.deadlines.filter(key=deadline.key, turn=deadline.turn, due_on=deadline.due_on, state="open")
        if case.is_final or not still.exists():
            return 0
        return sum(once(deadline, stage, one, now=now) for one in receivers(deadline, stage))


def once(deadline: Deadline, stage: Stage, to: Account, *, now: datetime) -> bool:
    """Tell somebody, unless another process just did: then nothing of it stays."""
    try:
        with transaction.atomic():
            told = said(deadline, stage, now)
            message = Message.objects.create(to=to, case=deadline.case, at=now, kind="reminder", told=told)
            Reminder.objects.create(
                deadline=name(deadline), due_on=deadline.due_on, stage=stage.key, to=to, at=now, message=message
            )
            if to.email:
                mailing.written(message, now=now)
    except IntegrityError:
        return False
    return True


def said(deadline: Deadline, stage: Stage, now: datetime) -> dict[str, Any]:
    """What a reminder says, in both languages."""
    told = deadline.told
    return {
        "stage": stage.key,
        "key": deadline.key,
        "title": told.get("title", {}),
        "due": deadline.due_on.isoformat(),
        "days": (deadline.due_on - now.date()).days,
        "binds": deadline.binds,
        "is_settled": deadline.is_settled,
        "explanation": told.get("explanation", {}),
        "cite": told.get("cite", {}),
    }


def receivers(deadline: Deadline, stage: Stage) -> list[Account]:
    """To whom a stage goes, each once."""
    found: dict[int, Account] = {}
    for word in stage.to:
        found |= {one.pk: one for one in meant(deadline, word)}
    return list(found.values())


def meant(deadline: Deadline, word: str) -> Iterable[Account]:
    """The accounts that a word of the terms means for a deadline."""
    case = deadline.case
    if word == "bound":
        return settling.bound(case, deadline.binds)
    if word == "responsible":
        return responsible(case)
    steps = int(word.removeprefix(SUPERIOR).lstrip("_") or 1)
    return above(case, steps)


def responsible(case: Case) -> list[Account]:
    """Who answers for a case; where nobody does any more, the officers of its authority."""
    if case.responsible and case.responsible.is_active:
        return [case.responsible]
    return list(Account.objects.filter(is_active=True, role="officer", organisation=case.authority))


def above(case: Case, steps: int) -> list[Account]:
    """Who stands so many steps above who is responsible; where the account names nobody, the officers of the authority above."""
    chain = superiors(case.responsible)
    if len(chain) >= steps:
        return [chain[steps - 1]]
    authority = chain[-1].organisation if chain else case.authority
    for _ in range(steps - len(chain)):
        if authority.superior is None:
            return []
        authority = authority.superior
    return list(Account.objects.filter(is_active=True, role="officer", organisation=authority))


def superiors(account: Account | None) -> list[Account]:
    """The superiors of an account, the nearest first; who left is passed over, and a ring is gone through once."""
    found: list[Account] = []
    step, seen = account.superior if account else None, {account.pk if account else 0}
    while step is not None and step.pk not in seen and len(seen) <= MOST_STEPS:
        seen.add(step.pk)
        if step.is_active:
            found.append(step)
        step = step.superior
    return found
