"""What waits for whom, told from states and dates alone, so that a list of thousands follows no case.

The case page asks the procedure itself (`history.open_acts`); a list asks the same questions of the database.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from zhiheng.register import history, queries, roles
from zhiheng.register.models import Account, Case, Deadline, Event
from zhiheng.rules import procedures
from zhiheng.rules.procedures import Act, State


@dataclass(frozen=True)
class Condition:
    """What an act asks beyond the state of a case."""

    since: date | None
    until: date | None
    not_same_as: tuple[str, ...]
    elsewhere: bool
    within: str
    opens: str
    after: str


def plays(account: Account) -> tuple[str, ...]:
    """The roles of procedures that an account may play."""
    return tuple(roles.known()[account.role]["plays"])


def near(account: Account) -> QuerySet[Case]:
    """The cases that are an account's own work: an officer's are those of the own authority, or that the officer answers for."""
    found = queries.cases(account)
    if account.role == "officer":
        return found.filter(Q(authority=account.organisation) | Q(responsible=account))
    return found


def offered(account: Account, case: Case) -> list[Act]:
    """The acts that the state of a case offers to an account's role; whether days and four eyes allow them is not asked."""
    own, procedure = set(plays(account)), history.procedure_of(case)
    return [
        act
        for act in procedure.acts.values()
        if case.state in act.sources
        and own & set(act.by)
        and not (act.not_same_laboratory_as and is_first(account, case))
    ]


def is_first(account: Account, case: Case) -> bool:
    """Whether an account is of the laboratory that tested first."""
    return case.laboratory_id == account.organisation_id


def waiting(account: Account, *, at: datetime | None = None) -> Q:
    """The condition under which a case waits for an act of an account at a moment."""
    now = at or timezone.now()
    found = Q(pk__in=[])
    for (key, variants, condition), states in asked(account).items():
        found |= Q(procedure=key, variant__in=variants, state__in=sorted(states)) & stated(account, condition, now)
    return found


def asked(account: Account) -> dict[tuple[str, tuple[str, ...], Condition], set[str]]:
    """The states that offer an account something, by procedure, the regions that share its law, and what else is asked."""
    regions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for key, variant in near(account).filter(is_final=False).order_by().values_list("procedure", "variant").distinct():
        regions[key, history.ruling(variant)].add(variant)
    found: dict[tuple[str, tuple[str, ...], Condition], set[str]] = defaultdict(set)
    for (key, region), variants in regions.items():
        whole = procedures.read(key, region=region)
        for act in whole.acts.values():
            if set(plays(account)) & set(act.by):
                states = {state for state in act.sources if not withdraws(act, whole.states, state)}
                found[key, tuple(sorted(variants)), condition(act)] |= states
    return found


def withdraws(act: Act, states: Mapping[str, State], state: str) -> bool:
    """Whether an act ends a case that has hardly begun: it may be done, but nobody waits for it."""
    return states[state].initial and bool(act.to) and states[act.to].final


def condition(act: Act) -> Condition:
    """What an act asks."""
    return Condition(
        act.since,
        act.until,
        act.not_same_as,
        bool(act.not_same_laboratory_as),
        act.within,
        act.opens,
        act.after,
    )


def stated(account: Account, one: Condition, now: datetime) -> Q:
    """A condition as the database reads it."""
    found = Q()
    for part in parts(account, one, timezone.localdate(now)):
        found &= part
    return found


def parts(account: Account, one: Condition, day: date) -> Iterator[Q]:
    """The parts of a condition: the law of the day of opening, four eyes, another laboratory, and days."""
    if one.since:
        yield Q(opened_at__gte=midnight(one.since))
    if one.until:
        yield Q(opened_at__lt=midnight(one.until))
    if one.not_same_as:
        own = Event.objects.filter(kind="case", by=account, act__in=one.not_same_as)
        yield ~Q(number__in=own.order_by().values("key"))  # asked once, not for each case
    if one.elsewhere:
        yield ~Q(laboratory=account.organisation)
    running = Deadline.objects.filter(case=OuterRef("pk"))
    if one.within:
        yield ~Exists(running.filter(key=one.within, state="open", is_settled=True, due_on__lt=day))
    if one.opens or one.within:
        yield ~Exists(running.filter(key=one.opens or one.within, not_before__gt=day))
    if one.after:
        yield ~Exists(running.filter(key=one.after, due_on__gte=day))


def midnight(day: date) -> datetime:
    """The moment at which a day begins."""
    return timezone.make_aware(datetime.combine(day, time()))


def due(account: Account, found: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with the first day on which something is due: `due_mine` from the account, `due_any` from anybody it may see."""
    open_ones = Q(state="open")
    mine = open_ones & Q(binds__in=plays(account))
    seen = mine if account.role in ("laboratory", "firm") else open_ones
    return found.annotate(due_mine=first(mine), due_any=first(seen))


def first(wanted: Q) -> Subquery:
    """The first day of the wanted deadlines of a case.

    Only the case stands in the condition: with the state there too, SQLite walks all open deadlines for each case.
    """
    rows = Deadline.objects.filter(case=OuterRef("pk")).order_by().values("case")
    return Subquery(rows.annotate(first=Min("due_on", filter=wanted)).values("first"))
