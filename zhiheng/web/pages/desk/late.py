"""What is late: by whom, by how much, since which rule; by person, by region, and case by case."""

from collections import defaultdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiheng.errors import UsageError
from zhiheng.register import history, queries
from zhiheng.register.acts import reminding
from zhiheng.register.models import Account, Deadline
from zhiheng.reports import browse
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.desk import lists, seat

TABS = {"": _("By person"), "region": _("By region"), "case": _("Case by case")}
MOST = 2000


@access("signed")
def late(request: HttpRequest) -> HttpResponse:
    """The page."""
    account = seat.seated(request)
    key = browse.single(common.given(request), "by")
    if key not in TABS:
        raise UsageError(f"by: '{key[:20]}' is none of {', '.join(one for one in TABS if one)}")
    every = overdue(account)
    person, region = request.GET.get("person", ""), request.GET.get("region", "")
    found = [
        one for one in every if (not person or who(one)[0] == person) and (not region or one.case.region == region)
    ]
    worst = max((days(one) for one in found), default=0)
    context = {
        "title": gettext("Late"),
        "question": gettext("What is late, by whom, by how much, and since which rule?"),
        "active": "late",
        "tabs": [
            {"label": str(label), "url": common.url("late", query=[("by", name)] if name else ()), "here": name == key}
            for name, label in TABS.items()
        ],
        "bigs": [
            {"name": gettext("Late deadlines"), "value": words.number(len(found)), "urgent": bool(found)},
            {"name": gettext("In cases"), "value": words.number(len({one.case_id for one in found}))},
            {"name": gettext("Days late together"), "value": words.number(sum(days(one) for one in found))},
            {"name": gettext("The latest by"), "value": words.number(worst), "unit": gettext("days")},
        ],
        "table": cases_table(found) if key == "case" else grouped(found, key),
        "none": not found,
        "filters": chips(key, person, region, every),
        "stages": stages(),
        **{f"{form}_url": common.url("late_file", form) for form in ("csv", "xlsx")},
    }
    return render(request, "late.html", context)


def overdue(account: Account) -> list[Deadline]:
    """Open deadlines that are over, of cases that the account may see, the longest first."""
    rows = queries.deadlines(account).filter(due_on__lt=seat.today(), is_settled=True, case__is_final=False)
    return list(rows.select_related("case__responsible", "case__subject", "case__authority").order_by("due_on")[:MOST])


def days(one: Deadline) -> int:
    """How many days a deadline is late."""
    return (seat.today() - one.due_on).days


def who(one: Deadline) -> tuple[str, str]:
    """By whom it is late, as a key and in words: the firm or laboratory that it binds, else who is responsible."""
    if one.binds in ("firm", "laboratory"):
        party = one.case.subject if one.binds == "firm" else one.case.retest_laboratory or one.case.laboratory
        return (f"o{party.pk}", party.name) if party else (one.binds, role(one))
    person = one.case.responsible
    return (f"a{person.pk}", person.name) if person else ("", gettext("nobody yet"))


def role(one: Deadline) -> str:
    """Whom a deadline binds, in words."""
    return words.both(history.procedure_of(one.case).roles[one.binds])


def grouped(found: list[Deadline], key: str) -> dict[str, Any]:
    """The sums by person or by region, the most days first."""
    groups: dict[str, list[Deadline]] = defaultdict(list)
    names: dict[str, tuple[str, str]] = {}
    for one in found:
        value, name = (one.case.region, seat.region(one.case.region)) if key == "region" else who(one)
        groups[value].append(one)
        names[value] = (name, role(one) if key != "region" else "")
    columns = [
        {"label": str(TABS[key]), "wide": True},
        {"label": gettext("Deadlines"), "numeric": True},
        {"label": gettext("Cases"), "numeric": True},
        {"label": gettext("Days late together"), "numeric": True},
        {"label": gettext("Longest"), "numeric": True, "unit": gettext("days")},
        {"label": gettext("Which"), "wide": True},
    ]
    order = sorted(groups.items(), key=lambda item: (-sum(map(days, item[1])), names[item[0]][0]))
    lines = [
        [
            {
                "text": names[value][0],
                "note": names[value][1],
                "main": True,
                "url": common.url("late", query=[("by", "case"), ("region" if key == "region" else "person", value)]),
            },
            {"text": words.number(len(some))},
            {"text": words.number(len({one.case_id for one in some}))},
            {"text": words.number(sum(map(days, some)))},
            {"text": words.number(max(map(days, some)))},
            {"text": titles(some)},
        ]
        for value, some in order
    ]
    return common.table(columns, lines, label=str(TABS[key]))


def titles(some: list[Deadline]) -> str:
    """Which deadlines, each with how many."""
    counts: dict[str, int] = defaultdict(int)
    for one in some:
        counts[title(one)] += 1
    return seat.listed(f"{name} × {n}" if n > 1 else name for name, n in sorted(counts.items(), key=lambda it: -it[1]))


def title(one: Deadline) -> str:
    """What a deadline is for."""
    return words.both(one.told["title"]) if one.told.get("title") else one.key


def cases_table(found: list[Deadline]) -> dict[str, Any]:
    """Case by case, the longest first."""
    columns = [
        {"label": gettext("The case"), "wide": True},
        {"label": gettext("What")},
        {"label": gettext("By whom")},
        {"label": gettext("Due"), "nowrap": True},
        {"label": gettext("Days late"), "numeric": True},
        {"label": gettext("Since which rule"), "wide": True},
        {"label": gettext("Region")},
    ]
    lines = [
        [
            {"text": one.case.title, "url": common.url("case", one.case.number), "note": one.case.number, "main": True},
            {"text": title(one)},
            {"text": who(one)[1], "note": role(one)},
            {"text": words.day(one.due_on)},
            {"text": words.number(days(one))},
            {
                "text": seat.cited(one.told.get("cite", {})),
                "note": words.said("standing", one.told.get("standing", "")),
            },
            {"text": seat.region(one.case.region)},
        ]
        for one in found
    ]
    return common.table(columns, lines, label=gettext("Late deadlines"))


def chips(key: str, person: str, region: str, every: list[Deadline]) -> list[dict[str, str]]:
    """The filters that are on."""
    found = []
    if person:
        name = next((who(one)[1] for one in every if who(one)[0] == person), person)
        found.append({"of": gettext("By whom"), "label": name})
    if region:
        found.append({"of": gettext("Region"), "label": seat.region(region)})
    return [one | {"remove_url": common.url("late", query=[("by", key)] if key else ())} for one in found]


def stages() -> list[dict[str, Any]]:
    """When a reminder goes out, and to whom."""
    receivers = {
        "bound": gettext("whom it binds"),
        "responsible": gettext("who is responsible"),
        "superior": gettext("the superior"),
        "superior_2": gettext("the superior's superior"),
        "superior_3": gettext("the third superior"),
    }
    told = reminding.terms(seat.today())["stages"]
    return [
        {
            "name": words.both({"zh": one["zh"], "en": one["en"]}),
            "to": seat.listed(receivers.get(word, word) for word in one["to"]),
        }
        for one in sorted(told.values(), key=lambda one: one["days"])
    ]


@access("signed")
def late_file(request: HttpRequest, form: str) -> HttpResponse:
    """Every late deadline as a file."""
    account = seat.seated(request)
    head = [
        gettext("Case number"),
        gettext("Title"),
        gettext("What"),
        gettext("By whom"),
        gettext("Role"),
        gettext("Responsible"),
        gettext("Due"),
        gettext("Days late"),
        gettext("Since which rule"),
        gettext("Region"),
        gettext("Authority"),
    ]
    rows = [
        dict(
            zip(
                head,
                [
                    one.case.number,
                    one.case.title,
                    title(one),
                    who(one)[1],
                    role(one),
                    one.case.responsible.name if one.case.responsible else "",
                    one.due_on,
                    days(one),
                    seat.cited(one.told.get("cite", {})),
                    seat.region(one.case.region),
                    one.case.authority.name,
                ],
                strict=True,
            )
        )
        for one in overdue(account)
    ]
    return lists.file(rows, head, name="late", form=form)
