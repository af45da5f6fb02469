"""Lists of organisations: who may see which, filters with counts, search, and the way from an old address to the kept firm."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Substr

from zhiheng import identifiers
from zhiheng.errors import NothingThereYet
from zhiheng.register.masking import Reader
from zhiheng.register.models import Account, Event, Organisation
from zhiheng.register.parties import likeness
from zhiheng.register.parties.likeness import Likely

SEE_ALL = ("administrator", "officer", "inspector")
FACETS = ("kind", "province", "section", "coded")
ORDERS = ("name", "-name", "region", "-region", "id", "-id")
EXPORTED = (
    "credit_code", "name", "kind", "level", "region", "industry", "size", "address", "contact", "phone", "email",
)  # fmt: skip
PERSONAL = ("contact", "phone", "email")
READ_AT_ONCE = 2000


@dataclass(frozen=True)
class Asked:
    """What is asked of the list."""

    search: str = ""
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sort: str = "id"


def visible(account: Account | None) -> QuerySet[Organisation]:
    """The organisations an account may see, merged ones never; None is the staff at the machine itself."""
    every = Organisation.objects.filter(merged_into=None)
    if account is None or (account.is_active and account.role in SEE_ALL):
        return every
    return every.filter(pk=account.organisation_id) if account.is_active else every.none()


def found(account: Account | None, asked: Asked, *, without: str = "") -> QuerySet[Organisation]:
    """The organisations as asked for."""
    rows = visible(account).annotate(province=Substr("region", 1, 2), section=Substr("industry", 1, 1))
    for name, values in asked.filters.items():
        if name == without or not values:
            continue
        if name == "coded":
            rows = rows.filter(credit_code__isnull="yes" not in values) if len(set(values)) == 1 else rows
        elif name in FACETS:
            rows = rows.filter(**{f"{name}__in": values})
    for word in asked.search.split():
        rows = rows.filter(Q(name__icontains=word) | Q(credit_code__istartswith=word) | Q(address__icontains=word))
    return rows.order_by(asked.sort if asked.sort in ORDERS else "id", "id")


def counts(account: Account | None, asked: Asked) -> dict[str, dict[str, int]]:
    """How many organisations each value of a facet would leave, the other filters being on."""
    told: dict[str, dict[str, int]] = {}
    for name in FACETS:
        rows = found(account, asked, without=name).order_by()
        if name == "coded":
            whole = rows.aggregate(all=Count("pk"), yes=Count("credit_code"))
            told[name] = {"yes": whole["yes"], "no": whole["all"] - whole["yes"]}
        else:
            told[name] = dict(rows.values_list(name).annotate(n=Count("pk")).order_by(name))
    return told


def one(account: Account | None, ref: str) -> Organisation:
    """An organisation by its credit code or number, the kept one in place of one that was merged."""
    asked = Q(credit_code=ref.upper()) if not identifiers.credit_code_fault(ref.upper()) else Q(pk=-1)
    if ref.isdecimal() and len(ref) < 16:
        asked = Q(pk=int(ref))
    thing = Organisation.objects.filter(asked).select_related("merged_into", "superior").first()
    kept = thing.merged_into or thing if thing else None
    if kept is None or not visible(account).filter(pk=kept.pk).exists():
        raise NothingThereYet(f"there is no organisation {ref[:40]} here: look it up in the list by its name")
    return kept


def address(organisation: Organisation) -> str:
    """How an organisation is named in an address: its credit code, else its number."""
    return organisation.credit_code or str(organisation.pk)


def rows(
    organisations: QuerySet[Organisation], *, personal: bool = True, reader: Reader | None = None
) -> Iterator[dict[str, Any]]:
    """The organisations as rows of a file; without `personal` nobody's name, telephone and mail.

    With a `reader` personal data are masked as that reader may see them; without one they are whole (the command line).
    """
    names = [name for name in EXPORTED if personal or name not in PERSONAL]
    for row in organisations.values("pk", *EXPORTED).iterator(READ_AT_ONCE):
        told = reader.organisation(row["pk"], row, region=row["region"]) if reader else row
        yield {name: told[name] or "" for name in names}


_pairs: dict[tuple[int, str, date], list[Likely]] = {}


def duplicates(account: Account | None, *, region: str = "", on: date) -> list[Likely]:
    """Likely duplicates among the firms of a region, the likeliest first; computed anew after each change of an organisation."""
    last = Event.objects.filter(kind="organisation").order_by("-number").values_list("number", flat=True).first() or 0
    total = Organisation.objects.count()
    key = (last * 10**9 + total, region, on)
    if key not in _pairs:
        firms = Organisation.objects.filter(merged_into=None, kind="enterprise", region__startswith=region).order_by(
            "pk"
        )
        read = firms.values("id", "name", "region", "credit_code", "phone", "address").iterator(READ_AT_ONCE)
        found_ = likeness.pairs(likeness.Index((likeness.firm(row["id"], row, on=on) for row in read), on=on))
        _pairs.clear()
        _pairs[key] = found_
    allowed = set(visible(account).values_list("pk", flat=True)) if account and account.role not in SEE_ALL else None
    return [pair for pair in _pairs[key] if allowed is None or {pair.number, pair.other} <= allowed]
