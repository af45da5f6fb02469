"""Organisations, sites, products, scopes and certificates: registered and changed, each act with one event of what was before and after."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from zhiheng.errors import ActRefused, NothingThereYet, Overtaken, PartyInvalid, UsageError
from zhiheng.register import locks, queries
from zhiheng.register.acts import audit, permission
from zhiheng.register.models import Account, Event, Organisation
from zhiheng.register.parties import among, fields
from zhiheng.register.parties.faults import Fault
from zhiheng.register.parties.fields import KINDS_OF_PARTIES, Kind

KEEPERS = ("administrator", "officer")


@permission.act
def add(by: Account | None, name: str, given: Mapping[str, Any], *, at: datetime, why: str = "") -> Any:
    """Register a party of a kind (`organisation`, `site`, `product`, `scope`, `certificate`); PartyInvalid names every fault.

    `by` None is the machine's own administrator (the command line). Links are given as the thing or its number.
    """
    kind = known(name)
    values = blank(kind) | fields.tidied(given)
    with transaction.atomic():
        queue()
        refused(kind, values, at=at, own=None, changed=frozenset(values) - empty(values) | set(kind.needed))
        allowed(by, kind, values, new=True)
        thing = kind.model(**attributes(kind, values))
        stored(thing)
        data = {
            name: [None, value] for name, value in fields.present(kind, thing).items() if value not in (None, "", {})
        }
        audit.record(by, kind=kind.name, key=str(thing.pk), act="add", at=at, why=why, data=data)
    return thing


@permission.act
def change(
    by: Account | None,
    name: str,
    number: int,
    given: Mapping[str, Any],
    *,
    at: datetime,
    why: str,
    seen: int | None = None,
) -> Any:
    """Change fields of a party; nothing is written when nothing differs.

    `seen` is the number of the last event of this party that whoever changes it had before their eyes: with a later one the
    act is Overtaken, so that nobody writes over what they did not see.
    """
    kind = known(name)
    values = fields.tidied(given)
    with transaction.atomic():
        queue()
        thing = held(kind, number)
        unmerged(kind, thing)
        before = fields.present(kind, thing)
        allowed(by, kind, before, new=False)
        unseen(kind, thing, seen)
        moved = {key: value for key, value in values.items() if fields.written(value) != before.get(key)}
        if not moved:
            return thing
        fixed(kind, moved)
        refused(kind, whole(kind, thing) | moved, at=at, own=thing.pk, changed=frozenset(moved))
        for key, value in attributes(kind, moved).items():
            setattr(thing, key, value)
        stored(thing, tuple(moved))
        data = {key: [before[key], fields.written(value)] for key, value in moved.items()}
        audit.record(by, kind=kind.name, key=str(thing.pk), act="change", at=at, why=why, data=data)
    return thing


def known(name: str) -> Kind:
    """The kind of a name."""
    if name not in KINDS_OF_PARTIES:
        raise UsageError(f"there is no kind of party '{name[:40]}'; there are {', '.join(KINDS_OF_PARTIES)}")
    return KINDS_OF_PARTIES[name]


def blank(kind: Kind) -> dict[str, Any]:
    """Every field with the value that it has when nobody says anything."""
    return {name: kind.model._meta.get_field(name).get_default() for name in kind.fields}


def empty(values: Mapping[str, Any]) -> frozenset[str]:
    """The fields in which nothing stands."""
    return frozenset(name for name, value in values.items() if value in (None, "", {}))


def whole(kind: Kind, thing: models.Model) -> dict[str, Any]:
    """The fields as they are now, days as days."""
    return {name: getattr(thing, kind.model._meta.get_field(name).attname) for name in kind.fields}


def attributes(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields by the names under which a model takes numbers of other things."""
    return {kind.model._meta.get_field(name).attname: value for name, value in values.items()}


def queue() -> None:
    """Wait while an import holds the register alone; single acts go side by side."""
    locks.shared(locks.PARTIES)


def held(kind: Kind, number: int) -> Any:
    """The thing, with its row for this act alone; cases may go on pointing to it meanwhile."""
    thing = kind.model._default_manager.select_for_update(no_key=True, of=("self",)).filter(pk=number).first()
    if thing is None:
        raise absent(kind, number)
    return thing


def one(kind: Kind, number: int) -> Any:
    """The thing, to look at."""
    thing = kind.model._default_manager.filter(pk=number).first()
    if thing is None:
        raise absent(kind, number)
    return thing


def absent(kind: Kind, number: int) -> NothingThereYet:
    """That there is no such thing."""
    return NothingThereYet(f"there is no {kind.name} {number}: look it up in the list")


def may_change(by: Account | None, kind: Kind, thing: models.Model) -> bool:
    """Whether somebody may change a thing as it stands."""
    try:
        unmerged(kind, thing)
        allowed(by, kind, fields.present(kind, thing), new=False)
    except ActRefused:
        return False
    return True


def unmerged(kind: Kind, thing: Any) -> None:
    """Refuse to change what was merged away: the one that was kept is the one to change."""
    owner = thing if kind is fields.ORGANISATION else getattr(thing, kind.owner)
    if isinstance(owner, Organisation) and owner.merged_into is not None:
        raise ActRefused(f"{owner} was merged into {owner.merged_into}: change that one, or undo the merge first")


def unseen(kind: Kind, thing: models.Model, seen: int | None) -> None:
    """Refuse to write over an act that whoever changes this did not see."""
    if seen is None:
        return
    last = Event.objects.filter(kind=kind.name, key=str(thing.pk)).order_by("-number").first()
    if last is not None and last.number > seen:
        raise Overtaken(
            f"{last.who} changed this {kind.name} on {timezone.localtime(last.at):%Y-%m-%d %H:%M}: read it again, then change it"
        )


def fixed(kind: Kind, moved: Mapping[str, Any]) -> None:
    """Refuse to change what never changes: whose a thing is, and whether somebody is a firm or an authority."""
    fast = {kind.owner} if kind.owner else {"kind"}
    if wrong := sorted(fast & set(moved)):
        raise ActRefused(
            f"{', '.join(wrong)} of {kind.name} is never changed: register a new one, or merge two of them"
        )


def refused(kind: Kind, values: Mapping[str, Any], *, at: datetime, own: int | None, changed: frozenset[str]) -> None:
    """Refuse a party that cannot be, with every fault at once."""
    if found := wrong(kind, values, at=at, own=own, changed=changed):
        raise invalid(kind.name, found)


def wrong(
    kind: Kind, values: Mapping[str, Any], *, at: datetime, own: int | None, changed: frozenset[str]
) -> list[Fault]:
    """Everything that is wrong with a party, by itself and among the others."""
    found = fields.faults(kind, values, on=today(at), changed=changed)
    told = {one.field for one in found}
    return found + [one for one in among.faults(kind, values, own=own, changed=changed - told) if one.field not in told]


def against(name: str, given: Mapping[str, Any], *, at: datetime, number: int | None = None) -> list[Fault]:
    """What is wrong with fields as they are meant, of a new party or of one that is there, so that a form can say it; nothing is done."""
    kind, values = known(name), fields.tidied(given)
    if number is None:
        whole_ = blank(kind) | values
        return wrong(kind, whole_, at=at, own=None, changed=frozenset(whole_) - empty(whole_) | set(kind.needed))
    thing = one(kind, number)
    before = fields.present(kind, thing)
    moved = {key: value for key, value in values.items() if fields.written(value) != before.get(key)}
    return wrong(kind, whole(kind, thing) | moved, at=at, own=number, changed=frozenset(moved))


def invalid(name: str, found: list[Fault]) -> PartyInvalid:
    """The refusal of faults."""
    return PartyInvalid(f"{name} not written: " + "; ".join(one.text() for one in found), tuple(found))


def today(at: datetime) -> date:
    """The day of an act where the law of China counts days."""
    return timezone.localdate(at)


def allowed(by: Account | None, kind: Kind, values: Mapping[str, Any], *, new: bool) -> None:
    """Refuse whoever may not keep the register.

    Administrators keep all, authorities nobody else. Officers register any firm, because what they find in their shops was made
    anywhere; they change what lies in their own region, and there alone they keep scopes and certificates.
    """
    if by is None or (by.is_active and by.role == "administrator"):
        return
    if not by.is_active or by.role not in KEEPERS:
        raise ActRefused(f"{by.username} ({by.role}) may not change the register: ask an officer or the administrator")
    owner = owned(kind, values)
    if kind is fields.ORGANISATION and owner.get("kind") == "authority":
        raise ActRefused("authorities are kept by the administrator: ask there")
    if new and kind in (fields.ORGANISATION, fields.SITE, fields.PRODUCT):
        return
    region = str(owner.get("region") or "")
    if region and not region.startswith(queries.reach(by.organisation)):
        raise ActRefused(f"{region} is outside the region of {by.organisation}: ask the authority there")


def owned(kind: Kind, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The organisation that an act is about, as fields."""
    if kind is fields.ORGANISATION:
        return values
    if kind is fields.CERTIFICATE:
        account = Account.objects.select_related("organisation").get(pk=values["account"])
        return {"kind": "", "region": account.organisation.region}
    owner = Organisation.objects.get(pk=values[kind.owner])
    return {"kind": owner.kind, "region": owner.region}


def stored(thing: models.Model, only: tuple[str, ...] = ()) -> None:
    """Write a thing; what another act made impossible in between is told as that."""
    try:
        with transaction.atomic():
            thing.save(update_fields=only) if only else thing.save(force_insert=True)
    except IntegrityError as fault:
        raise Overtaken("somebody registered the same in between: read the list again") from fault
