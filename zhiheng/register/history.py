"""A case as its events tell it: the procedure of its day, what was done, and where it stands."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.translation import get_language

from zhiheng import clock
from zhiheng.errors import ActRefused
from zhiheng.register import roles
from zhiheng.register.models import Account, Case, Event
from zhiheng.rules import procedures
from zhiheng.rules.library import law
from zhiheng.rules.procedures import Act, Procedure, source


def language() -> str:
    """The language that is spoken now, `zh` or `en`."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def procedure(key: str, *, on: date, region: str) -> Procedure:
    """A procedure as in force on a day in a region, with that region's variant where it has one."""
    return procedures.procedure(key, on=on, region=ruling(region))


@lru_cache(maxsize=8192)
def ruling(region: str) -> str:
    """The region whose own law rules in a region: the smallest around it that has some, empty for the nation's alone.

    >>> ruling("440106")
    ''
    """
    return source.regions(law(), region)[-1].removeprefix(source.COUNTRY).lstrip("/")


def procedure_of(case: Case) -> Procedure:
    """The procedure of a case: as on the day it was opened."""
    return procedure(case.procedure, on=timezone.localdate(case.opened_at), region=case.variant)


def act(known: Procedure, key: str) -> Act:
    """One act of a procedure."""
    if key not in known.acts:
        raise ActRefused(f"the procedure {known.key} has no act '{key}' on {known.on}; it has {', '.join(known.acts)}")
    return known.acts[key]


def organisation_of(account: Account | None) -> str:
    """How events name the organisation of an account."""
    return (account.organisation.credit_code or str(account.organisation_id)) if account else ""


def rows(case: Case) -> Iterable[Event]:
    """The procedure's events of a case, in order."""
    return Event.objects.filter(kind="case", key=case.number).order_by("number")


def events(case: Case) -> list[clock.Event]:
    """What was done in a case, as the clock reads it."""
    return [told(row) for row in rows(case)]


def told(row: Event) -> clock.Event:
    """One event as the clock reads it; what was removed by a retention rule is not told any more."""
    data = row.data or {}
    return clock.Event(
        act=row.act,
        at=timezone.localtime(row.at),
        by=row.who,
        role=data.get("role", row.role),
        organisation=row.organisation,
        data=data.get("said", {}),
        documents=tuple(sorted({one["kind"] for one in data.get("given", ())})),
    )


def course(case: Case, *, at: datetime | None = None, law: date | None = None) -> clock.Course:
    """Where a case stands at a moment, by its own law or by that of another day."""
    return clock.follow(procedure_of(case), events(case), at=timezone.localtime(at or timezone.now()), law=law)


def open_acts(account: Account | None, case: Case, *, at: datetime | None = None) -> list[clock.OpenAct]:
    """What an account may do in a case now, and why not the rest of what its role could do."""
    known, past, found = procedure_of(case), events(case), []
    now = timezone.localtime(at or timezone.now())
    for one in clock.open_acts(
        known, past, at=now, by=account.username if account else "", organisation=organisation_of(account)
    ):
        role = roles.played(account, one.act)
        if role in one.act.by:
            found.append(one)
    return found
