"""A list of cases as it is asked for: tab, facets, search, order, page; and the same as a condition of the database."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiheng.errors import UsageError
from zhiheng.register import history, queries, worklist
from zhiheng.register.models import Account, Case
from zhiheng.reports import browse
from zhiheng.reports.browse import View
from zhiheng.rules import procedures
from zhiheng.web.pages import common, words
from zhiheng.web.pages.desk import seat

FACETS = ("due", "procedure", "state", "region", "mine")
BUCKETS = {
    "late": _("Late"),
    "today": _("Today"),
    "week": _("Within seven days"),
    "later": _("Later"),
    "none": _("No day runs"),
}
ORDERS = {
    "due": ("due",),
    "title": ("title",),
    "state": ("procedure", "state"),
    "firm": ("subject__name",),
    "region": ("region",),
    "changed": ("changed_at",),
}
LABELS = {
    "due": _("Due"),
    "procedure": _("Procedure"),
    "state": _("State"),
    "region": _("Region"),
    "mine": _("Who answers"),
}
WEEK = timedelta(days=7)
MOST_VALUES = 14
Cube = list[tuple[dict[str, str], int]]


@dataclass(frozen=True)
class Tab:
    """A part of the cases: which, by which day they are ordered, and what it says where there is none."""

    key: str
    name: Any
    due: str
    chosen: Callable[[Account], QuerySet[Case]]
    empty: Any


def waiting(account: Account) -> QuerySet[Case]:
    """What waits for an act of the account."""
    return worklist.near(account).filter(worklist.waiting(account), is_final=False)


def others(account: Account) -> QuerySet[Case]:
    """The account's own open cases that wait for somebody else."""
    return worklist.near(account).filter(~worklist.waiting(account), is_final=False)


WORK = (
    Tab(
        "",
        _("Waits for me"),
        "due_mine",
        waiting,
        _("Cases stand here as soon as their state asks for an act of your role."),
    ),
    Tab(
        "others",
        _("Waits for others"),
        "due_any",
        others,
        _("Your open cases that somebody else has to act on stand here."),
    ),
)
CASES = (
    Tab(
        "",
        _("Under way"),
        "due_any",
        lambda account: queries.cases(account).filter(is_final=False),
        _("Open cases that you may see stand here."),
    ),
    Tab(
        "closed",
        _("Closed"),
        "due_any",
        lambda account: queries.cases(account).filter(is_final=True),
        _("Cases stand here once they are closed."),
    ),
)


def view(given: Mapping[str, Sequence[str]]) -> View:
    """What an address asks for."""
    sort = browse.single(given, "sort")
    if sort and sort.lstrip("-") not in ORDERS:
        raise UsageError(f"there is no column '{sort[:40]}' to sort by; there are {', '.join(ORDERS)}")
    filters = tuple((name, tuple(given[name])) for name in sorted(FACETS) if any(given.get(name, ())))
    return View(
        filters=filters,
        search=browse.single(given, "q")[: browse.LONGEST_TERM],
        sort=sort,
        page=browse.number(browse.single(given, "page"), "page", 1, 10**6),
        size=browse.number(browse.single(given, "size"), "size", 50, browse.LARGEST_PAGE),
    )


def tab(given: Mapping[str, Sequence[str]], known: Sequence[Tab]) -> Tab:
    """The tab that an address asks for."""
    key = browse.single(given, "tab")
    found = next((one for one in known if one.key == key), None)
    if found is None:
        raise UsageError(f"there is no tab '{key[:20]}'; there are {', '.join(one.key for one in known if one.key)}")
    return found


def base(account: Account, chosen: Tab, asked: View) -> QuerySet[Case]:
    """The cases of a tab that fit the search, each with the day by which the tab is ordered."""
    found = worklist.due(account, chosen.chosen(account)).annotate(due=F(chosen.due))
    return found.filter(searched(asked.search)) if asked.search else found


def searched(term: str) -> Q:
    """Cases by number, title, firm or product."""
    found = Q(number__icontains=term) | Q(title__icontains=term) | Q(product__name__icontains=term)
    for party in ("subject", "producer"):
        found |= Q(**{f"{party}__name__icontains": term}) | Q(**{f"{party}__credit_code": term.upper()})
    return found


def narrowed(account: Account, found: QuerySet[Case], asked: View) -> QuerySet[Case]:
    """The cases that fit every facet."""
    for name, values in asked.filters:
        found = found.filter(fits(account, name, values))
    return found


def fits(account: Account, name: str, values: Sequence[str]) -> Q:
    """A facet as a condition."""
    if name == "due":
        return either(days(value) for value in values)
    if name == "state":
        pairs = (value.partition("/") for value in values)
        return either(Q(procedure=key, state=state) for key, _slash, state in pairs)
    if name == "mine":
        mine = Q(responsible=account)
        return either(mine if value == "yes" else ~mine | Q(responsible=None) for value in values)
    return Q(**{f"{name}__in": list(values)})


def either(parts: Any) -> Q:
    """One of several conditions."""
    found = Q(pk__in=[])
    for part in parts:
        found |= part
    return found


def days(bucket: str) -> Q:
    """The days of a bucket."""
    today = seat.today()
    known = {
        "late": Q(due__lt=today),
        "today": Q(due=today),
        "week": Q(due__gt=today, due__lte=today + WEEK),
        "later": Q(due__gt=today + WEEK),
        "none": Q(due=None),
    }
    if bucket not in known:
        raise UsageError(f"due: '{bucket[:20]}' is none of {', '.join(known)}")
    return known[bucket]


def bucket(day: date | None) -> str:
    """The bucket of a day."""
    today = seat.today()
    if day is None:
        return "none"
    return "late" if day < today else "today" if day == today else "week" if day <= today + WEEK else "later"


def ordered(found: QuerySet[Case], asked: View) -> QuerySet[Case]:
    """The cases in order; the key ends every order, so that pages never overlap."""
    sort = asked.sort or "due"
    names = ORDERS[sort.lstrip("-")]
    keys = [F(name).desc(nulls_last=True) if sort.startswith("-") else F(name).asc(nulls_last=True) for name in names]
    return found.order_by(*keys, "changed_at", "pk")


def cube(account: Account, found: QuerySet[Case]) -> Cube:
    """How many cases there are for each combination of facet values: one query answers for all facets."""
    rows = found.order_by().values("procedure", "state", "region", "due", "responsible").annotate(n=Count("pk"))
    counted: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        mine = "yes" if row["responsible"] == account.pk else "no"
        key = (bucket(row["due"]), row["procedure"], f"{row['procedure']}/{row['state']}", row["region"], mine)
        counted[key] += row["n"]
    return [(dict(zip(FACETS, key, strict=True)), n) for key, n in counted.items()]


def tally(found: Cube, asked: View, name: str) -> Counter[str]:
    """The values of a facet among the cases that the other facets leave."""
    counts: Counter[str] = Counter()
    for values, n in found:
        if all(values[other] in wanted for other, wanted in asked.filters if other != name):
            counts[values[name]] += n
    return counts


def total(found: Cube, asked: View) -> int:
    """How many cases fit every facet."""
    return sum(n for values, n in found if all(values[name] in wanted for name, wanted in asked.filters))


def facets(found: Cube, asked: View, path: str) -> list[dict[str, Any]]:
    """Facets with counts; one that cannot narrow anything is left out."""
    shown = []
    for name in FACETS:
        counts, on = tally(found, asked, name), dict(asked.filters).get(name, ())
        for value in on:
            counts.setdefault(value, 0)
        if len(counts) < 2 and not on:
            continue
        listed = in_order(name, counts, on)
        names = Counter(said(name, value) for value in listed)
        choices = [
            {
                "label": said(name, value) if names[said(name, value)] == 1 else full(value),
                "count": words.number(counts[value]),
                "on": value in on,
                "url": common.link(path, common.switched(asked, name, value)),
            }
            for value in listed
        ]
        shown.append(
            {"label": str(LABELS[name]), "open": name in ("due", "procedure", "state") or bool(on), "choices": choices}
        )
    return shown


def in_order(name: str, counts: Counter[str], on: Sequence[str]) -> list[str]:
    """The values of a facet: days by time, states as the procedure has them, others by how many there are."""
    if name == "due":
        return [value for value in BUCKETS if value in counts]
    if name == "state":
        return sorted(counts, key=lambda value: (value.partition("/")[0], place(value)))
    most = [value for value, _n in counts.most_common(MOST_VALUES)]
    return [*most, *(value for value in on if value not in most)]


def place(value: str) -> int:
    """Where a state stands in its procedure."""
    key, _slash, state = value.partition("/")
    known = list(procedures.read(key).states) if key in procedures.procedures() else []
    return known.index(state) if state in known else len(known)


def said(name: str, value: str) -> str:
    """A value of a facet in words."""
    if name == "due":
        return str(BUCKETS.get(value, value))
    if name == "mine":
        return gettext("I do") if value == "yes" else gettext("Others")
    if name == "region":
        return seat.region(value)
    key, _slash, state = value.partition("/")
    if key not in procedures.procedures():
        return value
    whole = procedures.read(key)
    return (
        words.both(whole.states[state].title) if name == "state" and state in whole.states else words.both(whole.title)
    )


def full(value: str) -> str:
    """A state whose word another procedure has as well, with its procedure."""
    return gettext("%(state)s (%(procedure)s)") % {
        "state": said("state", value),
        "procedure": said("procedure", value.partition("/")[0]),
    }


def chips(asked: View, path: str) -> dict[str, Any]:
    """The filters that are on, each with a way to take it off."""
    found = [
        {
            "of": str(LABELS[name]),
            "label": said(name, value),
            "remove_url": common.link(path, browse.without(asked, name, value)),
        }
        for name, values in asked.filters
        for value in values
    ]
    if asked.search:
        found.append(
            {"of": gettext("Search"), "label": asked.search, "remove_url": common.link(path, asked, search="", page=1)}
        )
    return {"filters": found, "clear_url": path if len(found) > 1 else ""}


def offered(account: Account, case: Case) -> list[str]:
    """The titles of the acts that a case waits for, for this account or, where it has none to do, for anybody."""
    procedure = history.procedure_of(case)
    own = [act for act in worklist.offered(account, case) if not worklist.withdraws(act, procedure.states, case.state)]
    anybody = [
        act
        for act in procedure.acts.values()
        if case.state in act.sources
        and set(act.by) - {"system"}
        and not worklist.withdraws(act, procedure.states, case.state)
    ]
    return [words.both(act.title) for act in own or anybody]
