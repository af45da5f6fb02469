"""The retest laboratory: who may be drawn, on which certificates, and the button that draws."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.errors import ActRefused, NothingThereYet, Overtaken
from zhiheng.register import history, retesting
from zhiheng.register.acts import retests
from zhiheng.register.models import Account, Case
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.desk import case as cases_page
from zhiheng.web.pages.desk import seat


@access("officer")
def case_retest(request: HttpRequest, number: str) -> HttpResponse:
    """The laboratories that may test again, and the draw among them."""
    account = seat.seated(request, "officer")
    one = cases_page.found(account, number)
    if request.method != "POST":
        return shown(request, account, one)
    sent = request.POST
    version = common.whole(sent.get("version"))
    why = sent.get("why", "").strip()[:1000]
    try:
        done = retests.draw_laboratory(account, number, sent.get("subject", ""), version=version, why=why)
    except (ActRefused, Overtaken) as error:
        return shown(request, account, cases_page.found(account, number), wrong=str(error), why=why)
    name = done.retest_laboratory.name if done.retest_laboratory else ""
    messages.success(request, gettext("Drawn: %(name)s.") % {"name": name})
    return HttpResponseRedirect(common.url("case", number))


def shown(request: HttpRequest, account: Account, one: Case, *, wrong: str = "", why: str = "") -> HttpResponse:
    """The page, perhaps with a draw that was refused."""
    naming = retesting.naming(account, one)
    if naming is None:
        raise NothingThereYet(gettext("The procedure of %(case)s names no retest laboratory.") % {"case": one.number})
    said = "zh" if words.language() == "zh" else "en"
    scopes = retesting.scopes(one, on=seat.today())
    known = retesting.subjects(scopes)
    asked = request.POST.get("subject") or request.GET.get("subject", "")
    subject = asked if asked in known else retesting.suggested(one, known)
    found = retesting.qualified(scopes, subject)
    context: dict[str, Any] = {
        "title": words.both(naming.act.title),
        "question": one.title,
        "active": "work",
        "crumbs": [
            {"label": gettext("Cases"), "url": common.url("cases")},
            {"label": one.number, "url": common.url("case", one.number)},
            {"label": words.both(naming.act.title), "url": ""},
        ],
        "case": one,
        "state": seat.mark(one, history.procedure_of(one)),
        "allowed": naming.allowed,
        "reasons": [reason.text[said] for reason in naming.refusals],
        "wrong": wrong,
        "why": why,
        "subjects": [{"value": each, "on": each == subject} for each in known],
        "subject": subject,
        "first": one.laboratory.name if one.laboratory else "",
        "count": len(found),
        "table": table(found) if found else None,
        "past": [
            {
                "at": told["event"],
                "name": next(each["name"] for each in told["among"] if each["laboratory"] == told["laboratory"]),
                "seed": told["seed"],
                "holds": retesting.holds(told),
            }
            for told in retesting.drawn(one)
        ],
        "by_hand_url": common.url("case_act", one.number, naming.act.key),
    }
    return render(request, "case_retest.html", context, status=int(HTTPStatus.CONFLICT) if wrong else 200)


def table(found: list[retesting.Qualified]) -> dict[str, Any]:
    """The laboratories in the order in which a seed names them."""
    columns = [
        {"label": gettext("Place in the list"), "numeric": True},
        {"label": gettext("Laboratory"), "wide": True},
        {"label": gettext("Certificate")},
        {"label": gettext("Valid until"), "nowrap": True},
        {"label": gettext("Region")},
    ]
    lines = [
        [
            {"text": words.number(place)},
            {
                "text": one.laboratory.name,
                "note": one.laboratory.credit_code or "",
                "url": seat.link("organisation", one.laboratory.pk),
                "main": True,
            },
            {"text": seat.listed(scope.certificate for scope in one.scopes)},
            {"text": words.day(min(scope.valid_to for scope in one.scopes))},
            {"text": seat.region(one.laboratory.region) if one.laboratory.region else words.MISSING},
        ]
        for place, one in enumerate(found, start=1)
    ]
    return common.table(columns, lines, label=gettext("Qualified laboratories"))
