"""The work list of whoever is signed in, all cases one may see, and both as files."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from zhiheng.errors import UsageError
from zhiheng.register import history
from zhiheng.register.models import Account, Case, Deadline
from zhiheng.reports import files
from zhiheng.reports.browse import View, address
from zhiheng.web.access import access
from zhiheng.web.pages import common, exports, words
from zhiheng.web.pages.desk import asking, seat
from zhiheng.web.pages.desk.asking import CASES, WORK, Tab

MOST = 50_000
RELATED = ("subject", "producer", "product", "responsible", "authority")


@access("signed")
def work(request: HttpRequest) -> HttpResponse:
    """What is due and what waits for an act of mine."""
    account = seat.seated(request)
    told = {
        "title": gettext("Work list"),
        "question": gettext("What has to be done, by when, and what waits for me?"),
        "active": "work",
        "batch": account.role in ("officer", "inspector", "laboratory"),
    }
    return shown(request, account, WORK, "work", told)


@access("signed")
def cases(request: HttpRequest) -> HttpResponse:
    """All cases that one may see."""
    account = seat.seated(request)
    told = {
        "title": gettext("Cases"),
        "question": gettext("Which cases are there, and where does each stand?"),
        "active": "cases",
        "new_url": common.url("case_new") if account.role == "officer" else "",
        "drawn_url": common.url("cases_drawn") if account.role == "officer" else "",
    }
    return shown(request, account, CASES, "cases", told)


def shown(request: HttpRequest, account: Account, tabs: Sequence[Tab], name: str, told: dict[str, Any]) -> HttpResponse:
    """A list as a page."""
    given = common.given(request)
    asked, chosen = asking.view(given), asking.tab(given, tabs)
    path = common.url(name, query=[("tab", chosen.key)] if chosen.key else ())
    every = asking.base(account, chosen, asked)
    cube = asking.cube(account, every)
    total = asking.total(cube, asked)
    first = (asked.page - 1) * asked.size
    found = list(
        asking.ordered(asking.narrowed(account, every, asked), asked).select_related(*RELATED)[
            first : first + asked.size
        ]
    )
    parts = [*address(asked, page=1, size=50), *([("tab", chosen.key)] if chosen.key else [])]
    counts = asking.tally(cube, asked, "due")
    context = told | {
        "tabs": [
            {
                "label": str(one.name),
                "url": common.url(name, query=[("tab", one.key)] if one.key else ()),
                "here": one is chosen,
                "count": words.number(sum(n for _values, n in cube)) if one is chosen and not asked.search else None,
            }
            for one in tabs
        ],
        "bigs": bigs(counts, asked, path),
        "facets": asking.facets(cube, asked, path),
        "table": table(account, found, asked, path, counts, ticks=told.get("batch", False)),
        "paging": common.paging(asked, total, path=path) if total else None,
        "none": not found,
        "any": bool(cube),
        "empty_text": str(chosen.empty),
        "asked": asked,
        "kept": [*address(asked, search="", page=1), *([("tab", chosen.key)] if chosen.key else [])],
        "path": path,
        **asking.chips(asked, path),
        **{f"{form}_url": common.url(f"{name}_file", form, query=parts) for form in ("csv", "xlsx")},
    }
    return render(request, "desk_list.html", context)


def bigs(counts: dict[str, int], asked: View, path: str) -> list[dict[str, Any]]:
    """How much is late, due today, and due this week; each leads to its cases."""
    return [
        {
            "name": str(asking.BUCKETS[name]),
            "value": words.number(counts.get(name, 0)),
            "urgent": name == "late" and counts.get(name, 0) > 0,
            "url": common.link(path, View(filters=(("due", (name,)),), search=asked.search))
            if counts.get(name)
            else "",
        }
        for name in ("late", "today", "week", "later", "none")
    ]


def columns(asked: View, path: str, *, ticks: bool) -> list[dict[str, Any]]:
    """The headings; those that sort lead to the list in that order."""
    found: list[dict[str, Any]] = [{"label": gettext("Choose"), "nowrap": True, "hidden": True}] if ticks else []
    for name, label, how in (
        ("title", gettext("The case"), {"wide": True}),
        ("state", gettext("State"), {}),
        ("", gettext("Next step"), {}),
        ("due", gettext("Due"), {"nowrap": True}),
        ("firm", gettext("Firm"), {}),
        ("region", gettext("Region"), {}),
    ):
        one = {"label": label} | how
        if name:
            second = f"-{name}" if asked.sort == name or (name == "due" and not asked.sort) else name
            is_sorted = asked.sort.lstrip("-") == name or (name == "due" and not asked.sort)
            one |= {
                "sort_url": common.link(path, asked, sort=second, page=1),
                "sorted": ("desc" if asked.sort.startswith("-") else "asc") if is_sorted else "",
            }
        found.append(one)
    return found


def table(
    account: Account, found: list[Case], asked: View, path: str, counts: dict[str, int], *, ticks: bool
) -> dict[str, Any]:
    """Cases as lines; in the order of their days, under the words late, today, this week, later."""
    heads = columns(asked, path, ticks=ticks)
    told = {one.case_id: one for one in reversed(running(account, found))}
    rows: list[list[dict[str, Any]]] = []
    for key, some in groupby(found, key=lambda one: asking.bucket(one.due)):
        if asked.sort.lstrip("-") in ("", "due"):
            rows.append(
                [{"group": str(asking.BUCKETS[key]), "n": words.number(counts.get(key, 0)), "urgent": key == "late"}]
            )
        rows += [line(account, one, told.get(one.pk), heads, ticks=ticks) for one in some]
    return {"label": gettext("Cases"), "columns": heads, "rows": rows, "cards": True}


def running(account: Account, found: list[Case]) -> list[Deadline]:
    """The open deadlines of some cases that an account may see, the soonest first."""
    rows = Deadline.objects.filter(case__in=[one.pk for one in found], state="open").order_by("due_on", "id")
    return list(rows.filter(binds=account.role) if account.role in ("laboratory", "firm") else rows)


def line(
    account: Account, case: Case, first: Deadline | None, heads: list[dict[str, Any]], *, ticks: bool
) -> list[dict[str, Any]]:
    """One case."""
    procedure = history.procedure_of(case)
    state = seat.mark(case, procedure)
    steps = [] if case.is_final else asking.offered(account, case)
    more = len(steps) - 2
    late = case.due is not None and case.due < seat.today()
    cells = [
        {"text": case.title, "url": common.url("case", case.number), "note": case.number, "main": True},
        {"text": "", "tag": f"{state['glyph']} {state['word']}"},
        {
            "text": " · ".join(steps[:2]) or words.MISSING,
            "note": ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more} if more > 0 else "",
        },
        due_cell(case, first, late=late, procedure=procedure),
        {"text": case.subject.name if case.subject else words.MISSING},
        {"text": seat.region(case.region), "note": case.responsible.name if case.responsible else ""},
    ]
    if ticks:
        cells.insert(0, {"tick": case.number, "label": gettext("Choose %(case)s") % {"case": case.number}})
    return [{"column": column} | cell for column, cell in zip(heads, cells, strict=True)]


def due_cell(case: Case, first: Deadline | None, *, late: bool, procedure: Any) -> dict[str, Any]:
    """The day by which something is due, how far off it is, what, and by whom where it is not my own."""
    if case.due is None:
        return {"text": words.MISSING}
    title = words.both(first.told["title"]) if first and first.due_on == case.due and first.told.get("title") else ""
    binds = words.both(procedure.roles[first.binds]) if first and first.due_on == case.due else ""
    return {
        "text": words.day(case.due),
        "tag": seat.left(case.due),
        "urgent": late,
        "note": f"{title}{f' · {binds}' if binds else ''}",
    }


@access("signed")
def work_file(request: HttpRequest, form: str) -> HttpResponse:
    """The work list as a file."""
    return sent(request, WORK, "work", form)


@access("signed")
def cases_file(request: HttpRequest, form: str) -> HttpResponse:
    """The cases as a file."""
    return sent(request, CASES, "cases", form)


def sent(request: HttpRequest, tabs: Sequence[Tab], name: str, form: str) -> HttpResponse:
    """Every case of a list as it stands on the page."""
    account, given = seat.seated(request), common.given(request)
    asked, chosen = asking.view(given), asking.tab(given, tabs)
    every = asking.ordered(asking.narrowed(account, asking.base(account, chosen, asked), asked), asked)
    rows = [row(account, one) for one in every.select_related(*RELATED)[:MOST]]
    return file(rows, head(), name=name, form=form)


def head() -> list[str]:
    """The columns of the file."""
    return [
        gettext("Case number"),
        gettext("Title"),
        gettext("Procedure"),
        gettext("State"),
        gettext("Due"),
        gettext("Days left"),
        gettext("Firm"),
        gettext("Credit code"),
        gettext("Region"),
        gettext("Authority"),
        gettext("Responsible"),
        gettext("Next step"),
        gettext("Opened"),
        gettext("Last change"),
    ]


def row(account: Account, case: Case) -> dict[str, Any]:
    """One case of the file."""
    procedure = history.procedure_of(case)
    values = [
        case.number,
        case.title,
        words.both(procedure.title),
        words.both(procedure.states[case.state].title),
        case.due,
        (case.due - seat.today()).days if case.due else None,
        case.subject.name if case.subject else "",
        (case.subject.credit_code or "") if case.subject else "",
        seat.region(case.region),
        case.authority.name,
        case.responsible.name if case.responsible else "",
        "; ".join(asking.offered(account, case)) if not case.is_final else "",
        timezone.localdate(case.opened_at),
        timezone.localdate(case.changed_at),
    ]
    return dict(zip(head(), values, strict=True))


def file(rows: list[dict[str, Any]], names: list[str], *, name: str, form: str) -> HttpResponse:
    """Rows as a download, named by what they are and the day; private, so that no cache keeps them."""
    if form not in ("csv", "xlsx"):
        raise UsageError(f"there is no form '{form[:20]}'; there are csv, xlsx")
    response = StreamingHttpResponse(
        exports.pieces(lambda path: files.write_rows(path, names, rows), form), content_type=files.FORMS[form]
    )
    response["Content-Disposition"] = f'attachment; filename="zhiheng-{name}-{seat.today()}.{form}"'
    response["Cache-Control"] = "private, no-store"
    return response
