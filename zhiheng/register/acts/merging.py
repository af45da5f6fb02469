"""Two firms that are one: what names the duplicate is moved to the kept one, with a record of it, and can be moved back."""

from datetime import datetime
from typing import Any

from django.db import transaction

from zhiheng.errors import ActRefused, NothingThereYet, Overtaken
from zhiheng.register import locks
from zhiheng.register.acts import audit, parties, permission
from zhiheng.register.models import Account, Case, Event, Organisation
from zhiheng.register.parties import fields, references
from zhiheng.register.parties.references import BY_NAME, FOLLOWING

TWIN_PRODUCTS = "case.product"


@permission.act
def merge(
    by: Account | None, kept: int, duplicate: int, *, why: str, at: datetime, seen: tuple[int, int] | None = None
) -> Event:
    """Merge a duplicate firm into the kept one; the event says what was moved, so that `unmerge` moves exactly that back.

    `seen` are the last events of both that whoever merges had before their eyes.
    """
    with transaction.atomic():
        parties.queue()
        locks.alone(locks.MERGING)
        into, gone = both(kept, duplicate)
        for number, thing in zip(seen or (), (into, gone), strict=False):
            parties.unseen(fields.ORGANISATION, thing, number)
        mergeable(by, into, gone, why)
        moved, stayed, products = follow(into.pk, gone.pk)
        Organisation.objects.filter(pk=gone.pk).update(merged_into=into)
        data = {
            "merged_into": [None, into.pk],
            "kept": into.pk,
            "moved": moved,
            "stayed": stayed,
            TWIN_PRODUCTS: products,
        }
        return audit.record(by, kind="organisation", key=str(gone.pk), act="merge", at=at, why=why, data=data)


@permission.act
def unmerge(by: Account | None, number: int, *, why: str, at: datetime) -> Event:
    """Undo the merge of an event: what it moved goes back; what has gone elsewhere since is named and stays there."""
    with transaction.atomic():
        parties.queue()
        locks.alone(locks.MERGING)
        done = Event.objects.filter(number=number, kind="organisation", act="merge").first()
        if done is None or done.data is None:
            raise NothingThereYet(f"event {number} is no merge: look it up on the page of the organisation")
        into, gone = both(done.data["kept"], int(done.key))
        if gone.merged_into_id != into.pk or last_merge(gone.pk) != number:
            raise Overtaken(f"the merge of event {number} is undone already")
        if into.merged_into_id is not None:
            raise ActRefused(f"{into} was itself merged into {into.merged_into}: undo that merge first")
        authorised(by, into, gone, why)
        back, elsewhere = returned(done.data, into.pk, gone.pk)
        Organisation.objects.filter(pk=gone.pk).update(merged_into=None)
        data = {
            "merged_into": [into.pk, None],
            "kept": into.pk,
            "merge": number,
            "moved": back,
            "elsewhere": elsewhere,
        }
        return audit.record(by, kind="organisation", key=str(gone.pk), act="unmerge", at=at, why=why, data=data)


def both(kept: int, duplicate: int) -> tuple[Organisation, Organisation]:
    """Both firms with their rows for this act alone, taken in one order so that no two acts wait in a ring."""
    rows = Organisation.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=(kept, duplicate))
    found = {row.pk: row for row in rows.order_by("pk")}
    if missing := [number for number in (kept, duplicate) if number not in found]:
        raise NothingThereYet(f"there is no organisation {missing[0]}: look it up in the list")
    return found[kept], found[duplicate]


def mergeable(by: Account | None, into: Organisation, gone: Organisation, why: str) -> None:
    """Refuse chains, rings, and what is no firm."""
    if into.pk == gone.pk:
        raise ActRefused("an organisation is not merged into itself: choose two")
    for one in (into, gone):
        if one.kind != "enterprise":
            raise ActRefused(
                f"{one} is no firm: authorities and laboratories are not merged, their reports bear their name"
            )
        if one.merged_into_id is not None:
            raise ActRefused(f"{one} was merged into {one.merged_into} already: merge that one, or undo it first")
    if gone.merged.exists():
        raise ActRefused(f"others were merged into {gone}: keep that one, or undo those merges first")
    authorised(by, into, gone, why)


def authorised(by: Account | None, into: Organisation, gone: Organisation, why: str) -> None:
    """Refuse whoever may not change both, and a merge without a reason."""
    if not why.strip():
        raise ActRefused("say why: whoever undoes it later needs to know")
    for one in (into, gone):
        parties.allowed(by, fields.ORGANISATION, {"kind": one.kind, "region": one.region}, new=False)


def follow(into: int, gone: int) -> tuple[dict[str, list[int]], dict[str, list[int]], list[list[int]]]:
    """Move what names the duplicate: what moved, what stayed because its twin is there, and cases whose product was its twin."""
    moved: dict[str, list[int]] = {}
    stayed: dict[str, list[int]] = {}
    products: list[list[int]] = []
    for one in FOLLOWING:
        numbers, twins = references.split(one, gone, into)
        if one.name == "product":
            products = exchanged(twins)
        if numbers:
            one.model._default_manager.filter(pk__in=numbers).update(**{one.column: into})
            moved[one.name] = numbers
        if twins:
            stayed[one.name] = sorted(twins)
    return moved, stayed, products


def exchanged(twins: dict[int, int]) -> list[list[int]]:
    """Let cases about a product of the duplicate be about its twin: case, product before, product after."""
    rows = [
        [case, old, twins[old]] for case, old in Case.objects.filter(product__in=twins).values_list("pk", "product")
    ]
    for case, _, new in rows:
        Case.objects.filter(pk=case).update(product=new)
    return rows


def returned(data: dict[str, Any], into: int, gone: int) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Move back what is still where the merge put it: what went back, and what is elsewhere by now."""
    back: dict[str, list[int]] = {}
    elsewhere: dict[str, list[int]] = {}
    for name, numbers in data["moved"].items():
        one = BY_NAME[name]
        there = set(one.of(into).filter(pk__in=numbers).values_list("pk", flat=True))
        one.model._default_manager.filter(pk__in=there).update(**{one.column: gone})
        back[name] = sorted(there)
        if gone_on := sorted(set(numbers) - there):
            elsewhere[name] = gone_on
    cases = [
        case for case, old, new in data[TWIN_PRODUCTS] if Case.objects.filter(pk=case, product=new).update(product=old)
    ]
    if cases:
        back[TWIN_PRODUCTS] = cases
    if rest := sorted({case for case, *_ in data[TWIN_PRODUCTS]} - set(cases)):
        elsewhere[TWIN_PRODUCTS] = rest
    return back, elsewhere


def last_merge(duplicate: int) -> int | None:
    """The event of the last merge of a firm."""
    found = Event.objects.filter(kind="organisation", key=str(duplicate), act="merge").order_by("-number").first()
    return found.number if found else None
