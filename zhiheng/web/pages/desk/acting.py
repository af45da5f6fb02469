"""Doing an act: its form, what is wrong with it, a question before what cannot be taken back, and then the act."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from zhiheng import clock
from zhiheng.errors import ActRefused, NothingThereYet, Overtaken
from zhiheng.register import history
from zhiheng.register.acts import cases
from zhiheng.register.models import Account, Case, Event
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.desk import case as cases_page
from zhiheng.web.pages.desk import forms, seat, story


@access("signed")
def case_act(request: HttpRequest, number: str, key: str) -> HttpResponse:
    """The form of one act, and the act itself when it is sent."""
    account = seat.seated(request)
    one = cases_page.found(account, number)
    each = opened(account, one, key)
    if request.method != "POST":
        return shown(request, account, one, each, forms.Filled(version=one.version))
    filled = forms.filled(request, account, each.act, each.missing)
    if filled.version is not None and filled.version != one.version:
        return overtaken(request, account, one, each, filled)
    forms.judged(filled, cases.against(account, one, filled.doing(each.act)))
    if filled.faults or filled.general:
        return shown(request, account, one, each, filled, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if is_final(one, each) and request.POST.get("confirmed") != "yes":
        return shown(request, account, one, each, filled, confirm=request.POST.get("confirmed") != "back")
    try:
        cases.perform(account, number, filled.doing(each.act))
    except Overtaken:
        return overtaken(request, account, cases_page.found(account, number), each, filled)
    except ActRefused as error:
        filled.general.append(str(error))
        return shown(request, account, one, each, filled, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, gettext("Done: %(act)s.") % {"act": words.both(each.act.title)})
    return HttpResponseRedirect(common.url("case", number))


def opened(account: Account, one: Case, key: str) -> clock.OpenAct:
    """An act that the account's role does in this procedure, allowed now or not."""
    for each in history.open_acts(account, one):
        if each.act.key == key:
            return each
    raise NothingThereYet(
        gettext("Your role has no act '%(act)s' in %(case)s.") % {"act": key[:40], "case": one.number}
    )


def is_final(one: Case, each: clock.OpenAct) -> bool:
    """Whether an act closes the case."""
    return bool(each.act.to and history.procedure_of(one).states[each.act.to].final)


def overtaken(
    request: HttpRequest, account: Account, one: Case, each: clock.OpenAct, filled: forms.Filled
) -> HttpResponse:
    """Somebody else was first: what they did, what was filled in still there, and the choice to do it all the same."""
    now = opened(account, one, each.act.key)
    last = Event.objects.filter(kind="case", key=one.number).select_related("by__organisation").last()
    between = story.happened(account, history.procedure_of(one), last) if last else {}
    return shown(request, account, one, now, filled, between=between, status=HTTPStatus.CONFLICT)


def shown(
    request: HttpRequest,
    account: Account,
    one: Case,
    each: clock.OpenAct,
    filled: forms.Filled,
    *,
    confirm: bool = False,
    between: dict[str, Any] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The form as a page of its own."""
    course = history.course(one, at=timezone.localtime())
    said = "zh" if words.language() == "zh" else "en"
    told = cases_page.act(account, one, course, each, single=True, sent=filled)
    context = {
        "title": words.both(each.act.title),
        "question": one.title,
        "active": "work",
        "crumbs": [
            {"label": gettext("Cases"), "url": common.url("cases")},
            {"label": one.number, "url": common.url("case", one.number)},
            {"label": words.both(each.act.title), "url": ""},
        ],
        "case": one,
        "state": seat.mark(one, course.procedure),
        "act": told,
        "allowed": each.allowed,
        "reasons": [reason.text[said] for reason in each.refusals],
        "confirm": confirm,
        "between": between,
        "answers": answers(told) if confirm else [],
    }
    return render(request, "act.html", context, status=int(status))


def answers(told: dict[str, Any]) -> list[dict[str, str]]:
    """What was filled in, to be read once more."""
    found = []
    for one in told["fields"]:
        text = next((option["label"] for option in one["options"] if option["on"]), one["value"])
        found.append({"label": one["label"], "text": text or words.MISSING})
    found += [{"label": one["label"], "text": one["kept"]} for one in told["papers"] if one["kept"]]
    if told["why"]:
        found.append({"label": gettext("Reason"), "text": told["why"]})
    return found
