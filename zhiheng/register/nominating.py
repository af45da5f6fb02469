"""What the public wants inspected, counted: by product and region, what became of it; and as plans take it up."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from zhiheng import rules
from zhiheng.register import masking, queries
from zhiheng.register.models import Account, Case, Nomination, Plan
from zhiheng.rules import STEP
from zhiheng.selection.plan.nominations import Named


@dataclass
class Wish:
    """A product in a region: how often it was named, last when, how many wait, and the plans that took the others up."""

    product: str
    region: str
    count: int = 0
    waiting: int = 0
    last: date | None = None
    plans: dict[str, str] = field(default_factory=dict)


def wishes(found: QuerySet[Nomination] | None = None) -> list[Wish]:
    """Every wish, the most named first."""
    rows = Nomination.objects.all() if found is None else found
    held: dict[tuple[str, str], Wish] = {}
    counted = rows.order_by().values("product", "region", "plan__key", "plan__title")
    for row in counted.annotate(n=Count("pk"), last=Max("at")):
        key = (row["product"], row["region"])
        one = held.setdefault(key, Wish(masking.text(row["product"]), row["region"]))
        one.count += row["n"]
        day = timezone.localdate(row["last"])
        one.last = max(one.last or day, day)
        if row["plan__key"]:
            one.plans[row["plan__key"]] = row["plan__title"]
        else:
            one.waiting += row["n"]
    return sorted(held.values(), key=lambda one: (-one.count, one.product, one.region))


def told(found: Iterable[Wish]) -> tuple[list[Wish], int]:
    """What everybody may read, and how many nominations are counted beside it.

    Own words are shown once several people used them; until then they are counted only, so that nobody writes on this wall.
    """
    least = int(rules.settings("security", on=timezone.localdate())["nominations"]["shown_from"])
    shown, beside = [], 0
    for one in found:
        if one.product in products() or one.count >= least or one.plans:
            shown.append(one)
        else:
            beside += one.count
    return shown, beside


@lru_cache(maxsize=1)
def products() -> frozenset[str]:
    """The names of categories that rules know."""
    return frozenset(path.split(STEP)[-1] for tree in rules.categories().trees.values() for path in tree)


def like(text: str, *, most: int) -> list[tuple[str, str]]:
    """Categories whose name holds a text, the shortest first: (name, path), each name once."""
    needle = text.strip().casefold()
    found: dict[str, str] = {}
    if not needle:
        return []
    for tree in rules.categories().trees.values():
        for path, english in tree.items():
            name = path.split(STEP)[-1]
            if needle in f"{name} {english}".casefold():
                found.setdefault(name, path)
    return sorted(found.items(), key=lambda pair: (len(pair[0]), pair[0]))[:most]


def waiting(within: str = "") -> QuerySet[Nomination]:
    """The nominations that no plan took up yet, of a region's reach or of nowhere in particular."""
    return Nomination.objects.filter(Q(region__startswith=within) | Q(region=""), plan=None)


def named() -> tuple[Named, ...]:
    """What waits, as plans read it."""
    return tuple(
        sorted(
            (Named(one.product, one.region, one.waiting) for one in wishes(waiting())),
            key=lambda one: (one.product, one.region),
        )
    )


def plans(account: Account) -> QuerySet[Plan]:
    """The plans into which an officer may take nominations: those of the own authority."""
    if account.role != "officer" or not account.is_active:
        return Plan.objects.none()
    return Plan.objects.filter(programme__authority=account.organisation)


def visible(account: Account) -> QuerySet[Nomination]:
    """The nominations of an officer's region, and those of nowhere in particular."""
    reach = queries.reach(account.organisation)
    return Nomination.objects.filter(Q(region__startswith=reach) | Q(region=""))


def inspected(keys: Iterable[str]) -> dict[str, tuple[int, int]]:
    """By plan: how many cases it made, and how many of them are closed."""
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    rows = Case.objects.filter(plan__key__in=list(keys)).order_by().values("plan__key")
    for row in rows.annotate(n=Count("pk"), closed=Count("pk", filter=Q(is_final=True))):
        found[row["plan__key"]] = (row["n"], row["closed"])
    return found
