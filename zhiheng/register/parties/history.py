"""What was known of a party when, and who changed which field, when and why: read from the events, never from a second copy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from zhiheng.errors import NothingThereYet
from zhiheng.register import masking
from zhiheng.register.models import Account, Certificate, Event, Organisation, Product, Scope, Site
from zhiheng.register.parties import fields
from zhiheng.register.parties.fields import KINDS_OF_PARTIES, Kind

FIELD = "merged_into"  # a field of organisations that only merging changes


@dataclass(frozen=True)
class Changed:
    """One field that one act changed."""

    number: int
    at: datetime
    who: str
    role: str
    act: str
    field: str
    before: Any
    after: Any
    why: str


@dataclass(frozen=True)
class Known:
    """A party as it was known at the end of a day; `lost` are fields whose past a retention rule removed."""

    on: date
    values: Mapping[str, Any]
    lost: frozenset[str]


def events(kind: str, number: int) -> Iterator[Event]:
    """The events of one party, in order."""
    return Event.objects.filter(kind=kind, key=str(number)).order_by("number").iterator()


def changes(kind: str, number: int, *, field: str = "") -> list[Changed]:
    """Who changed which field of a party, when and why, in order; with `field` only that one."""
    return [
        Changed(event.number, event.at, event.who, event.role, event.act, name, before, after, event.why)
        for event in events(kind, number)
        for name, (before, after) in pairs(event).items()
        if field in ("", name)
    ]


def pairs(event: Event) -> dict[str, tuple[Any, Any]]:
    """The fields that an event changed, each with what was before and after."""
    kind = KINDS_OF_PARTIES.get(event.kind)
    names = (*kind.fields, FIELD) if kind else ()
    return {name: (pair[0], pair[1]) for name, pair in (event.data or {}).items() if name in names}


def masked(found: list[Changed], organisation: Organisation, reader: masking.Reader) -> list[Changed]:
    """Changes of an organisation as a reader may see them: personal fields before and after, and numbers in the reason."""
    if reader.whole(organisation.pk, organisation.region):
        return found
    hidden = masking.personal(organisation.credit_code or "")
    return [
        replace(
            one,
            before=masking.field(one.field, one.before, hidden),
            after=masking.field(one.field, one.after, hidden),
            why=masking.text(one.why),
        )
        for one in found
    ]


def known(kind: str, number: int, *, on: date) -> Known:
    """A party as it was known at the end of a day: what it is now, with every later act taken back.

    What stood in the register before it kept events counts as known from the beginning.
    """
    described = KINDS_OF_PARTIES[kind]
    thing = described.model._default_manager.filter(pk=number).first()
    if thing is None:
        raise NothingThereYet(f"there is no {kind} {number}: look it up in the list")
    values = fields.present(described, thing)
    if kind == "organisation":
        values[FIELD] = thing.merged_into_id
    return undone(values, described, number, on)


def undone(values: dict[str, Any], kind: Kind, number: int, on: date) -> Known:
    """The values with every act after a day taken back."""
    lost: set[str] = set()
    later = Event.objects.filter(kind=kind.name, key=str(number), at__gte=end(on)).order_by("-number")
    for event in later:
        if event.act == "add":
            raise NothingThereYet(f"{kind.name} {number} was not known on {on}: it was registered on {local(event.at)}")
        if event.data is None:
            lost |= set(kind.fields)
        for name, (before, _) in pairs(event).items():
            values[name] = before
            lost.discard(name)
    return Known(on, values, frozenset(lost))


def end(on: date) -> datetime:
    """The first moment after a day, where the law of China counts days."""
    return timezone.make_aware(datetime.combine(on + timedelta(days=1), time()))


def local(at: datetime) -> str:
    """The day of an event."""
    return timezone.localtime(at).date().isoformat()


def about(organisation: Organisation) -> list[Event]:
    """Every event about an organisation, what was merged into it, and its sites, products, scopes and certificates, in order."""
    own = [organisation.pk, *organisation.merged.values_list("pk", flat=True)]
    parts = {
        "organisation": own,
        "site": Site.objects.filter(organisation__in=own).values_list("pk", flat=True),
        "product": Product.objects.filter(producer__in=own).values_list("pk", flat=True),
        "scope": Scope.objects.filter(laboratory__in=own).values_list("pk", flat=True),
        "certificate": Certificate.objects.filter(account__in=Account.objects.filter(organisation__in=own)).values_list(
            "pk", flat=True
        ),
    }
    asked = Q(kind="organisation", act__in=("merge", "unmerge"), data__kept=organisation.pk)
    for kind, numbers in parts.items():
        asked |= Q(kind=kind, key__in=[str(number) for number in numbers])
    return list(Event.objects.filter(asked).order_by("number"))


def drifted(kind: str, number: int) -> dict[str, tuple[Any, Any]]:
    """Fields whose last recorded value is not the one that stands there: somebody changed the table beside the acts."""
    described = KINDS_OF_PARTIES[kind]
    thing = described.model._default_manager.get(pk=number)
    last: dict[str, Any] = {}
    for event in events(kind, number):
        last |= {name: after for name, (_, after) in pairs(event).items() if name in described.fields}
    now = fields.present(described, thing)
    return {name: (value, now[name]) for name, value in last.items() if now[name] != value}
