"""One act on several cases at once, each in its own transaction, with a result for each."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.errors import ActRefused, NothingThereYet, Overtaken, UsageError
from zhiheng.register import history, queries, worklist
from zhiheng.register.acts import cases
from zhiheng.register.acts.cases import Doing
from zhiheng.register.models import Account, Case
from zhiheng.rules.procedures import Act
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.desk import forms, seat

MOST = 200
RESULT = "desk_batch"


@access("officer", "inspector", "laboratory")
def batch(request: HttpRequest) -> HttpResponse:
    """The cases that were ticked, the acts that fit them all, and after the question the acts."""
    account = seat.seated(request)
    given = request.POST if request.method == "POST" else request.GET
    found = ticked(account, given.getlist("case"))
    acts = shared(account, found)
    if request.method == "POST":
        return done(request, account, found, acts)
    chosen = next((one for one in acts if one.key == given.get("act", "")), None)
    kinds = {(one.procedure, one.state) for one in found}
    context = {
        "title": gettext("One act on several cases"),
        "question": gettext("What shall be done with the cases that were chosen?"),
        "active": "work",
        "crumbs": [
            {"label": gettext("Work list"), "url": common.url("work")},
            {"label": gettext("Several cases"), "url": ""},
        ],
        "table": table(found),
        "n": words.number(len(found)),
        "mixed": len(kinds) > 1,
        "none": not found,
        "acts": [{"key": one.key, "title": words.both(one.title), "on": one is chosen} for one in acts],
        "chosen": {"key": chosen.key, "title": words.both(chosen.title), "final": closes(found[0], chosen)}
        if chosen
        else None,
        "cases": [{"number": one.number, "version": one.version} for one in found],
        "longest": forms.LONGEST,
        "work_url": common.url("work"),
    }
    return render(request, "desk_batch.html", context)


def ticked(account: Account, numbers: Sequence[str]) -> list[Case]:
    """The cases of these numbers that an account may see."""
    if len(numbers) > MOST:
        raise UsageError(
            gettext("%(n)s cases are more than %(most)s at once: choose fewer.") % {"n": len(numbers), "most": MOST}
        )
    return list(queries.cases(account).filter(number__in=list(numbers)).select_related("subject").order_by("number"))


def shared(account: Account, found: list[Case]) -> list[Act]:
    """The acts that the state of all these cases offers and that ask nothing of each case alone: no field, no file."""
    if not found or len({(one.procedure, one.state) for one in found}) > 1:
        return []
    fit = [{act.key for act in worklist.offered(account, one) if complete(one, act)} for one in found]
    keys = set.intersection(*fit)
    return [act for act in worklist.offered(account, found[0]) if act.key in keys]


def complete(one: Case, act: Act) -> bool:
    """Whether an act asks for nothing that the case does not have already."""
    if act.fields:
        return False
    if not act.needs:
        return True
    held = {*one.documents.values_list("kind", flat=True), *one.attachments.values_list("kind", flat=True)}
    return set(act.needs) <= held


def closes(one: Case, act: Act) -> bool:
    """Whether an act closes the case."""
    return bool(act.to and history.procedure_of(one).states[act.to].final)


def done(request: HttpRequest, account: Account, found: list[Case], acts: list[Act]) -> HttpResponse:
    """Do the act on each case; what fails in one does not touch the others."""
    chosen = next((one for one in acts if one.key == request.POST.get("act", "")), None)
    why = request.POST.get("why", "").strip()[: forms.LONGEST]
    if chosen is None:
        raise ActRefused(
            gettext("These cases have no such act in common any more: choose them again in the work list.")
        )
    results = []
    for one in found:
        doing = Doing(chosen.key, why=why, version=common.whole(request.POST.get(f"version-{one.number}")))
        try:
            cases.perform(account, one.number, doing)
            results.append({"number": one.number, "title": one.title, "fault": ""})
        except (ActRefused, Overtaken, NothingThereYet) as error:
            results.append({"number": one.number, "title": one.title, "fault": str(error)})
    request.session[RESULT] = {"act": chosen.title, "results": results}
    return HttpResponseRedirect(common.url("work_batch_done"))


@access("officer", "inspector", "laboratory")
def batch_done(request: HttpRequest) -> HttpResponse:
    """What became of each case."""
    seat.seated(request)
    told: dict[str, Any] = request.session.get(RESULT) or {"act": {}, "results": []}
    good = sum(not one["fault"] for one in told["results"])
    columns = [
        {"label": gettext("The case"), "wide": True},
        {"label": gettext("Result"), "nowrap": True},
        {"label": gettext("Reason"), "wide": True},
    ]
    lines = [
        [
            {"text": one["title"], "url": common.url("case", one["number"]), "note": one["number"], "main": True},
            {"text": "✕ " + gettext("refused") if one["fault"] else "✓ " + gettext("done")},
            {"text": one["fault"] or words.MISSING},
        ]
        for one in sorted(told["results"], key=lambda one: not one["fault"])
    ]
    context = {
        "title": words.both(told["act"]) or gettext("Several cases"),
        "question": gettext("What became of each case?"),
        "active": "work",
        "bigs": [
            {"name": gettext("Done"), "value": words.number(good)},
            {"name": gettext("Refused"), "value": words.number(len(lines) - good), "urgent": len(lines) > good},
        ],
        "table": common.table(columns, lines, label=gettext("Results")),
        "none": not lines,
        "work_url": common.url("work"),
    }
    return render(request, "desk_batch_done.html", context)


def table(found: list[Case]) -> dict[str, Any]:
    """The cases that were ticked."""
    columns = [
        {"label": gettext("The case"), "wide": True},
        {"label": gettext("State")},
        {"label": gettext("Firm")},
        {"label": gettext("Region")},
    ]
    lines = []
    for one in found:
        state = seat.mark(one, history.procedure_of(one))
        lines.append(
            [
                {"text": one.title, "url": common.url("case", one.number), "note": one.number, "main": True},
                {"text": "", "tag": f"{state['glyph']} {state['word']}"},
                {"text": one.subject.name if one.subject else words.MISSING},
                {"text": seat.region(one.region)},
            ]
        )
    return common.table(columns, lines, label=gettext("Chosen cases"), tall=len(lines) > 12)
