"""Acts on cases. What may be done is asked of the procedure; what was done becomes an event, and from it state and deadlines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from zhiheng import clock
from zhiheng.errors import ActRefused, NothingThereYet, Overtaken
from zhiheng.register import history, judging, locks, queries, roles
from zhiheng.register.acts import audit, documents, files, numbering, permission, settling
from zhiheng.register.models import Account, Case, Deadline, Document, Event, Organisation, Petitioner, Plan, Product
from zhiheng.rules import regions
from zhiheng.rules.procedures import Procedure

# fields of an act that name who the case is with from then on
KIND_OF = {
    "laboratory": "laboratory",
    "retest_laboratory": "laboratory",
    "subject": "enterprise",
    "producer": "enterprise",
    "authority": "authority",
}
LINKS = tuple(KIND_OF)
TO_REGION = "to_region"  # the field of an act that sends the case to another region
LONGEST_KEY = 18  # digits of a row's number; what is longer is none


@dataclass(frozen=True)
class Opening:
    """What a case begins with."""

    procedure: str
    title: str
    authority: Organisation
    region: str
    subject: Organisation | None = None
    producer: Organisation | None = None
    product: Product | None = None
    laboratory: Organisation | None = None
    responsible: Account | None = None
    inspectors: Sequence[Account] = ()
    plan: Plan | None = None
    parent: Case | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    petitioner: Mapping[str, str] = field(default_factory=dict)
    access_code: str = ""


@dataclass(frozen=True)
class Doing:
    """An act as somebody does it: what they say, the files they give by kind, why, and the version they had before them.

    `report` is the number of the laboratory's report that the act is about; only acts/reports gives it.
    `drawn` is the draw that an act rests on, with its seed and its list; only acts/retests gives it.
    """

    act: str
    said: Mapping[str, Any] = field(default_factory=dict)
    given: Sequence[files.Given] = ()
    why: str = ""
    version: int | None = None
    report: str = ""
    drawn: Mapping[str, Any] = field(default_factory=dict)


@permission.act
def open_case(by: Account | None, opening: Opening, *, at: datetime | None = None, why: str = "") -> Case:
    """Begin a case: its number, its first state, its first event. `by` is None for the public, who have no accounts."""
    now = at or timezone.now()
    day = timezone.localdate(now)
    may_open(by, opening)
    with transaction.atomic():
        locks.shared(locks.MERGING)
        opening = replace(opening, subject=kept(opening.subject), producer=kept(opening.producer))
        procedure = history.procedure(opening.procedure, on=day, region=opening.region)
        number = numbered(procedure, opening.region, day)
        case = Case.objects.create(
            number=number,
            procedure=procedure.key,
            variant=opening.region,
            title=opening.title,
            state=procedure.initial.key,
            is_shown_to_subject=not procedure.initial.hidden,
            opened_at=now,
            changed_at=now,
            authority=opening.authority,
            region=opening.region,
            subject=opening.subject,
            producer=opening.producer,
            product=opening.product,
            laboratory=opening.laboratory,
            responsible=opening.responsible,
            plan=opening.plan,
            parent=opening.parent,
            evidence=dict(opening.evidence),
            access_code=opening.access_code,
        )
        case.inspectors.set(opening.inspectors)
        if opening.petitioner:
            Petitioner.objects.create(case=case, **opening.petitioner)
        audit.record(
            by,
            kind="file",
            key=number,
            act="open",
            at=now,
            states=("", case.state),
            why=why,
            data={"procedure": procedure.key, "fingerprint": procedure.fingerprint, "title": opening.title}
            | {name: spelled(opening.evidence[name]) for name in judging.STATED if opening.evidence.get(name)},
        )
    return case


def kept(firm: Organisation | None) -> Organisation | None:
    """The firm itself, or the one that it was merged into since it was chosen."""
    if firm is not None:
        firm.refresh_from_db(fields=["merged_into"])
    return firm.merged_into or firm if firm is not None else None


def spelled(value: Any) -> str:
    """A term of the judgement as an event keeps it."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def may_open(by: Account | None, opening: Opening) -> None:
    """Refuse who may not begin this case: officers do within their reach, the public with a complaint, the system a follow-up."""
    if by is None:
        return
    if by.role != "officer" or not opening.region.startswith(queries.reach(by.organisation)):
        raise ActRefused(
            f"{by.name} may not open a case in {opening.region}: officers do within the region of their authority; ask the authority there"
        )


def numbered(procedure: Procedure, region: str, day: date) -> str:
    """The next number of a case: initials of the procedure, region, year, running number."""
    initials = "".join(word[0] for word in procedure.key.split("-")).upper()
    series = f"{initials}-{region}-{day.year}"
    return f"{series}-{numbering.following(f'case/{series}'):06d}"


@permission.act
def perform(by: Account | None, number: str, doing: Doing, *, at: datetime | None = None) -> Case:
    """Do an act of the procedure on a case, whole or not at all.

    Raises NothingThereYet for a case that `by` may not see, Overtaken when it was changed since `doing.version`, and ActRefused
    with every reason when role, state, days, four eyes, documents or fields stand against it.
    """
    now = at or timezone.now()
    with transaction.atomic():
        case = held(by, number)
        if doing.version is not None and doing.version != case.version:
            last = Event.objects.filter(kind="case", key=number).last()
            raise Overtaken(
                f"{number} was changed in between ({last.who if last else ''}, {last.act if last else ''}): look at it again, then decide"
            )
        return done(by, case, doing, now=now)


def held(by: Account | None, number: str) -> Case:
    """The case, for this transaction alone."""
    visible = Case.objects.all() if by is None else queries.cases(by)
    found = list(Case.objects.select_for_update().filter(pk__in=visible.filter(number=number).values("pk")).order_by())
    if not found:
        raise queries.missing(number)
    return found[0]


def done(by: Account | None, case: Case, doing: Doing, *, now: datetime) -> Case:
    """The act itself, on a case that is held."""
    recorded([prepared(by, case, doing, now=now)])
    return case


@dataclass(frozen=True)
class Prepared:
    """An act that is worked out and about to be recorded: its event, and what is kept with the number of that."""

    case: Case
    draft: Event
    given: Sequence[files.Given]
    papers: Sequence[Document]
    receivers: Sequence[int]


def recorded(acts: Sequence[Prepared], *, before: Sequence[Event] = ()) -> None:
    """Record acts, after other events of the same transaction: from here on everybody else waits, so nothing is worked out here."""
    audit.record_all([*before, *(one.draft for one in acts)])
    for one in acts:
        files.kept(one.case, one.draft, one.given)
        documents.issued(one.papers, one.draft)
        settling.told(one.case, one.receivers, one.draft)


def prepared(by: Account | None, case: Case, doing: Doing, *, now: datetime) -> Prepared:
    """Everything of an act but its event: whether it may be done, its documents, and the case and its deadlines written anew."""
    procedure, rows = history.procedure_of(case), list(history.rows(case))
    past = [history.told(row) for row in rows]
    act, event = history.act(procedure, doing.act), intended(by, procedure, doing, now=now)
    if act.report and not doing.report:
        raise ActRefused(
            f"{case.number}: '{act.title['en']}' comes with a report: enter its results, or release it, with the sample"
        )
    if act.not_same_laboratory_as and by is not None and by.organisation_id == case.laboratory_id:
        raise ActRefused(
            f"{case.number}: {by.organisation} is the first laboratory of this case and stands back from '{act.title['en']}'"
        )
    said = event.data
    if past and event.at < past[-1].at:
        raise ActRefused(
            f"{case.number}: the last act is of {past[-1].at:%Y-%m-%d %H:%M}, later than this one: check this machine's clock"
        )
    why_not = clock.refusals(procedure, past, event)
    if why_not:
        raise ActRefused("; ".join(one.text[history.language()] for one in why_not))
    links = linked(case, {one.key: said[one.key] for one in act.fields if one.key in said})
    if "authority" in links and by is not None and links["authority"] != by.organisation:
        raise ActRefused(f"{case.number}: an authority takes a case over for itself: choose {by.organisation}")
    receiver = receiving(case, str(said.get(TO_REGION, "")), on=timezone.localdate(now))
    issues = documents.numbered(case, act.produces, now=now)
    before, course = case.state, clock.follow(procedure, [*past, event], at=event.at)
    draft = audit.unlinked(
        by,
        kind="case",
        key=case.number,
        act=doing.act,
        at=now,
        states=(before, course.state.key),
        why=doing.why,
        data={
            "role": event.role,
            "said": {key: str(value) if not isinstance(value, bool | int) else value for key, value in said.items()},
            "given": [{"kind": one.kind, "name": one.name, "digest": one.digest} for one in doing.given],
            "issued": dict(issues),
            **({"report": doing.report} if doing.report else {}),
            **({"drawn": dict(doing.drawn)} if doing.drawn else {}),
            "links": {key: str(found.pk) for key, found in links.items()},
        },
    )
    papers = documents.drafted(case, issues, rows=[*rows, draft], course=course, said=said, links=links)
    for one in doing.given:
        files.written(one)
    if receiver is not None:  # its officers see it from now on; whose case it is changes when they take it over
        case.region = str(said[TO_REGION])
    if links.get("authority", case.authority) != case.authority:
        case.responsible = by
    settling.settled(case, course, links=links, now=now)
    told = settling.receivers(case, course, further=settling.officers(receiver) if receiver else ())
    return Prepared(case, draft, doing.given, papers, told)


def receiving(case: Case, region: str, *, on: date) -> Organisation | None:
    """The authority of the region to which an act sends the case; None for an act that sends it nowhere."""
    if not region:
        return None
    if not regions.is_region(region, on=on):
        raise ActRefused(f"{case.number}: '{region[:20]}' is no division of today: write the six digits of GB/T 2260")
    try:
        found = queries.competent(region)
    except NothingThereYet as error:
        raise ActRefused(f"{case.number}: {error}") from error
    if found == case.authority:
        raise ActRefused(f"{case.number}: {region} is the region of {found} itself: send it to another one")
    return found


def intended(by: Account | None, procedure: Procedure, doing: Doing, *, now: datetime) -> clock.Event:
    """The event that an act would be."""
    act = history.act(procedure, doing.act)
    return clock.Event(
        act=doing.act,
        at=timezone.localtime(now),
        by=by.username if by else audit.SYSTEM,
        role=roles.played(by, act),
        organisation=history.organisation_of(by),
        data={key: value for key, value in doing.said.items() if value not in ("", None)},
        documents=tuple(sorted({one.kind for one in doing.given})),
    )


def awaited(case: Case, *, now: datetime) -> None:
    """Wait for whatever the next act of a held case can ask for.

    For acts that write an event of their own before they let the case go on: whoever holds the end of the chain waits for nothing
    more, so that no two acts wait for one another in a ring.
    """
    coming = [act for act in history.procedure_of(case).acts.values() if case.state in act.sources]
    documents.awaited(case, {kind for act in coming for kind in act.produces}, now=now)


def against(by: Account, case: Case, doing: Doing, *, at: datetime | None = None) -> tuple[clock.Refusal, ...]:
    """Everything that stands against an act as it is meant, so that a form can say it beside each field; nothing is done."""
    procedure = history.procedure_of(case)
    event = intended(by, procedure, doing, now=at or timezone.now())
    return clock.refusals(procedure, history.events(case), event)


def linked(case: Case, said: Mapping[str, Any]) -> dict[str, Organisation]:
    """The organisations that fields of this act name as the case's own from now on."""
    found = {}
    for key in LINKS:
        if key not in said:
            continue
        name = str(said[key])
        named = Organisation.objects.filter(merged_into=None, kind=KIND_OF[key])
        one = named.filter(credit_code=name).first() or (
            named.filter(pk=int(name)).first() if name.isdecimal() and len(name) <= LONGEST_KEY else None
        )
        if one is None:
            raise ActRefused(
                f"{case.number}: {key} names '{name[:40]}', which is no registered {KIND_OF[key]}: register it first, or correct the code"
            )
        found[key] = one
    if found.get("retest_laboratory", case.retest_laboratory) is not None and (
        found.get("retest_laboratory", case.retest_laboratory) == found.get("laboratory", case.laboratory)
    ):
        raise ActRefused(f"{case.number}: the first laboratory may not test again what it tested; name another one")
    return found


def expired(*, at: datetime | None = None) -> list[Case]:
    """Do what the law lets happen by itself where a period is over; called at intervals, and twice does nothing more."""
    now = at or timezone.now()
    return [case for number in over(now) for case in lapsed(number, now=now)]


def counted_anew(now: datetime) -> list[str]:
    """The cases whose deadlines were written anew, as the notice of holidays that they waited for is out by now."""
    waiting = Deadline.objects.filter(is_settled=False, state="open", told__known__lt=max(clock.calendar().years))
    numbers = list(waiting.order_by("case_id").values_list("case__number", flat=True).distinct())
    for number in numbers:
        with transaction.atomic():
            case = held(None, number)
            settling.dated(case, history.course(case, at=now))
    return numbers


def over(now: datetime) -> list[str]:
    """The cases in which a period is over."""
    day = timezone.localdate(now)
    ended = Q(due_on__lt=day) | Q(due_on=day, told__has_key="moment")  # hours end in the middle of a day
    late = Deadline.objects.filter(ended, state="open", case__is_final=False)
    return list(late.order_by("case_id").values_list("case__number", flat=True).distinct())


def lapsed(number: str, *, now: datetime) -> list[Case]:
    """Do in one case what happens by itself, each act in a transaction of its own; the case once for each that was done."""
    found: list[Case] = []
    done_already: set[str] = set()
    while True:
        with transaction.atomic():
            case = held(None, number)
            waiting = [one for one in history.course(case, at=now).expiring if one.key not in done_already]
            if not waiting:
                return found
            done_already.add(waiting[0].key)
            found.append(done(None, case, Doing(waiting[0].key, why="period over"), now=now))
