"""Samples of a case: from the sampling form that came in, with the custody of both parts, hand-over by hand-over."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from zhiheng import rules
from zhiheng.errors import ActRefused, HandoverRefused, NothingThereYet
from zhiheng.register import history, queries
from zhiheng.register.acts import audit, cases, permission
from zhiheng.register.models import Account, Case, Event, Handover, Organisation, Sample
from zhiheng.selection import chain, custody
from zhiheng.selection import form as forms
from zhiheng.selection.form import Received, Task, link
from zhiheng.selection.form.filled import Filled

PARTS = (("T", "test", "test_seal"), ("R", "reserve", "reserve_seal"))
RECEIVED = {"T": "received", "R": "released"}  # the state in which a part is in the hands of who tests it


@dataclass(frozen=True)
class Step:
    """A hand-over that is about to be recorded: the sample as it is then, its event and its link."""

    sample: Sample
    event: Event
    handover: Handover


@permission.act
def task_link(by: Account, number: str, inspector: Account, *, form: str, at: datetime | None = None) -> str:
    """The link with which an inspector of a case fills in its sampling form, also without a network.

    One that still holds is given again: the phone goes on counting in its block of serial numbers.
    """
    now = at or timezone.now()
    terms = rules.settings("casework", on=date.max)
    case = queries.case(by, number)
    if not case.inspectors.filter(pk=inspector.pk).exists():
        raise ActRefused(f"{number}: {inspector.name} is not an inspector of this case: assign it first")
    store = Received(settings.WORKSPACE)
    held = store.holding(inspector.username, number, form, now=now.timestamp())
    if held:
        block, until = held
        task = Task(inspector.username, number, form, case.region, block, int(now.timestamp()), until)
        return link.signed(task, link.secret_made(store.secret))
    body = {
        "officer": inspector.username,
        "task": number,
        "form": form,
        "region": case.region,
        "until": int((now + timedelta(days=int(terms["link_days"]))).timestamp()),
    }
    with transaction.atomic():
        task = store.issue(body, letter=forms.read(form, on=timezone.localdate(now)).letter, now=now.timestamp())
        audit.record(
            by, kind="file", key=number, act="issue_link", at=now, data={"to": inspector.username, "block": task.block}
        )
    return link.signed(task, link.secret_made(store.secret))


@permission.act
def own_link(*, by: Account, number: str, at: datetime | None = None) -> str:
    """The link of an inspector to the form of an own case that waits for its visit."""
    case = queries.case(by, number)
    if not history.procedure_of(case).states[case.state].initial:
        raise ActRefused(f"{number} is not waiting for a visit any more: look at the list again")
    return task_link(by, number, by, form=form_of(case.procedure), at=at)


def form_of(procedure: str) -> str:
    """The sampling form of a procedure."""
    found: dict[str, str] = rules.settings("casework", on=date.max)["forms"]
    if procedure not in found:
        raise ActRefused(f"the procedure {procedure} has no sampling form: fill in the visit on the page of the case")
    return found[procedure]


def drawn(task: Task, filled: Filled, *, at: datetime) -> Case | None:
    """The samples of an accepted form, and the act of its case; None for a task that is no case. Twice does nothing more."""
    with transaction.atomic():
        case = Case.objects.select_for_update().filter(number=task.task).first()
        if case is None or Sample.objects.filter(case=case).exists():
            return case
        inspector = Account.objects.filter(username=task.officer, is_active=True).first()
        if inspector is None or not case.inspectors.filter(pk=inspector.pk).exists():
            raise ActRefused(
                f"{case.number}: {task.officer} does not work on it any more; the form is kept, tell the officer"
            )
        taken = next(
            (
                one.act
                for one in history.open_acts(inspector, case, at=at)
                if one.allowed and "sampling_form" in one.act.produces
            ),
            None,
        )
        if taken is None:
            raise ActRefused(f"{case.number}: it is not waiting for a sample; the form is kept, tell the officer")
        said = {
            field.key: str(filled.fields.get(field.key, "")) for field in taken.fields if filled.fields.get(field.key)
        }
        case.evidence = on_the_spot(filled) | case.evidence
        case.save(update_fields=["evidence"])
        # the record that this act issues tells the samples, so they are there before it
        steps = [
            sealing(
                inspector,
                case,
                f"{filled.serial}-{part}",
                part=part,
                seal=str(filled.fields[seal]),
                quantity=amounted(filled.fields.get(amount)),
                form={"sha256": filled.sha256, "serial": filled.serial},
                at=at,
            )
            for part, amount, seal in PARTS
            if filled.fields.get(seal)
        ]
        recorded(steps, [cases.prepared(inspector, case, cases.Doing(taken.key, said=said | second(filled)), now=at)])
    return case


def on_the_spot(filled: Filled) -> dict[str, str]:
    """What a form says of the sample that its judgement needs: the day whose law holds, and the product's name."""
    told = {"sampled_on": filled.fields.get("sampled_on"), "product_name": filled.fields.get("product")}
    return {key: str(value) for key, value in told.items() if value}


def sealed(
    by: Account,
    case: Case,
    number: str,
    *,
    part: str,
    seal: str,
    at: datetime,
    quantity: str = "",
    form: Mapping[str, str] | None = None,
) -> Sample:
    """A part of a sample as it was sealed on the spot, with the first link of its custody."""
    step = sealing(by, case, number, part=part, seal=seal, at=at, quantity=quantity, form=form)
    recorded([step])
    return step.sample


def sealing(
    by: Account,
    case: Case,
    number: str,
    *,
    part: str,
    seal: str,
    at: datetime,
    quantity: str = "",
    form: Mapping[str, str] | None = None,
) -> Step:
    """The part itself; the first link of its custody is given back, to be recorded."""
    made = Sample.objects.create(
        number=number,
        case=case,
        part=part,
        seal=seal,
        quantity=quantity,
        state="",
        holder=case.authority,
        form=dict(form or {}),
    )
    return moved(by, made, "take", {"form": (form or {}).get("sha256", chain.START)}, at=at)


def second(filled: Filled) -> dict[str, str]:
    """The second sampler of a form."""
    people = filled.fields.get("samplers") or []
    if not isinstance(people, list) or len(people) < 2:
        return {}
    return {"second_sampler": " ".join(str(people[1][key]) for key in ("name", "card") if people[1].get(key))}


def amounted(given: Any) -> str:
    """An amount with its unit, as a reader writes it.

    >>> amounted({"value": "12", "unit": "只"}), amounted(None)
    ('12 只', '')
    """
    return f"{given['value']} {given['unit']}" if isinstance(given, dict) else str(given or "")


@permission.act
def hand_over(
    by: Account,
    number: str,
    move: str,
    given: Mapping[str, str],
    *,
    to: Organisation | None = None,
    at: datetime | None = None,
) -> Sample:
    """The next step of a sample's custody. What the receiver reads on the seal must be what the form says, or it is disputed."""
    now = at or timezone.now()
    with transaction.atomic():
        mine = queries.samples(by).filter(number=number)
        known = mine.select_related("case").first()
        if known is None:
            raise NothingThereYet(f"there is no sample {number} here: check its number, or who holds it")
        case = cases.held(by, known.case.number)
        sample = mine.select_for_update(no_key=True, of=("self",)).get()
        step = moved(by, sample, move, given, at=now)
        if to is not None or by.role == "laboratory":
            sample.holder = to or by.organisation
            sample.save(update_fields=["holder"])
        recorded([step], received(by, case, sample, at=now) if by.role == "laboratory" else [])
    return sample


def received(by: Account, case: Case, sample: Sample, *, at: datetime) -> list[cases.Prepared]:
    """The act by which a case goes on where a laboratory holds its sample as it should be: whose record is the custody's."""
    if sample.state != RECEIVED.get(sample.part):
        return []
    acts = (
        one.act for one in history.open_acts(by, case, at=at) if one.allowed and "custody_record" in one.act.produces
    )
    return [cases.prepared(by, case, cases.Doing(act.key), now=at) for act in islice(acts, 1)]


def recorded(steps: Sequence[Step], acts: Sequence[cases.Prepared] = ()) -> None:
    """Record hand-overs, then what they let go on."""
    cases.recorded(acts, before=[one.event for one in steps])
    for one in steps:
        one.handover.event = one.event
    Handover.objects.bulk_create(one.handover for one in steps)


def moved(by: Account, sample: Sample, move: str, given: Mapping[str, str], *, at: datetime) -> Step:
    """One hand-over, linked to the one before; it is given back, to be recorded."""
    past = [
        custody.Handover(**{**row.body, "before": row.before, "digest": row.digest}) for row in sample.handovers.all()
    ]
    try:
        step = custody.moved(
            past,
            move,
            sample=(sample.number.rsplit("-", 1)[0], sample.part),
            seal=sample.seal,
            by=by.username,
            at=timezone.localtime(at).isoformat(),
            given=given,
        )
    except HandoverRefused as fault:
        raise ActRefused(f"{sample.number}: {fault}") from fault
    event = audit.unlinked(
        by,
        kind="sample",
        key=sample.number,
        act=move,
        at=at,
        states=(sample.state, step.state),
        data={"given": dict(given)},
    )
    body = {key: value for key, value in asdict(step).items() if key not in ("before", "digest")}
    handover = Handover(sample=sample, number=step.number, body=body, before=step.before, digest=step.digest)
    sample.state = step.state
    sample.save(update_fields=["state"])
    return Step(sample, event, handover)
