"""Following a complaint by number and code, and taking it back. Who has not both is told the same whatever is wrong."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from zhiheng.errors import ActRefused, NothingThereYet
from zhiheng.register import following
from zhiheng.register.acts import petitions
from zhiheng.register.models import Case
from zhiheng.web.access import access
from zhiheng.web.limits import limited
from zhiheng.web.pages import common, words
from zhiheng.web.pages.public.complaint import period
from zhiheng.web.pages.public.lettering import block
from zhiheng.web.shell import language

LONGEST = 80
LONGEST_WHY = 500


@access("public")
@never_cache
@limited("follow")
def follow(request: HttpRequest) -> HttpResponse:
    """The two fields; with them the complaint. Both are sent in the body, so that no log and no history keeps the code."""
    if request.method != "POST":
        return asked(request, request.GET.get("number", ""))
    number, code = (request.POST.get(name, "").strip()[:LONGEST] for name in ("number", "code"))
    try:
        case = petitions.followed(number, code)
    except NothingThereYet:
        fault = gettext("Number and code do not belong together. Both stand on the receipt of your complaint.")
        return asked(request, number, fault=fault)
    go = request.POST.get("go", "")
    if go == "withdrawn":
        return withdrawn(request, number, code)
    return shown(request, case, code, confirm=go == "withdraw")


def asked(request: HttpRequest, number: str, *, fault: str = "") -> HttpResponse:
    """The page with its two fields."""
    context = head() | {"number": number[:LONGEST], "fault": fault}
    return render(request, "follow.html", context, status=int(HTTPStatus.NOT_FOUND if fault else HTTPStatus.OK))


def withdrawn(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """Take it back, as was confirmed."""
    fault = ""
    try:
        case = petitions.withdraw(number, code, why=request.POST.get("why", "").strip()[:LONGEST_WHY])
    except ActRefused:
        case = petitions.followed(number, code)
        fault = gettext("It cannot be taken back any more: it is decided or closed already.")
    return shown(request, case, code, fault=fault, done=not fault)


def shown(
    request: HttpRequest, case: Case, code: str, *, confirm: bool = False, fault: str = "", done: bool = False
) -> HttpResponse:
    """Where it stands."""
    now = timezone.now()
    told, word = following.told(case, at=now), language()
    able = following.withdrawal(case, at=now) is not None
    context = head() | {
        "title": gettext("Complaint %(number)s") % {"number": case.number},
        "number": case.number,
        "code": code,
        "state": told["state"][word],
        "final": told["final"],
        "authority": case.authority.name,
        "about": case.evidence.get("about", ""),
        "product": case.evidence.get("product", ""),
        "steps": [
            {"at": one["on"], "title": one["act"][word], "by": one["by"][word], "state": "done"}
            for one in told["steps"]
        ],
        "periods": [period(one) for one in told["periods"]],
        "papers": [paper(one) for one in told["papers"]],
        "may_withdraw": able,
        "confirm": confirm and able,
        "fault": fault,
        "done": done,
    }
    status = HTTPStatus.CONFLICT if fault else HTTPStatus.OK
    return render(request, "followed.html", context, status=int(status))


def paper(one: dict[str, Any]) -> dict[str, Any]:
    """A document addressed to whoever complained."""
    text = one["text"][language()]
    return {
        "title": text["title"],
        "number": one["number"],
        "on": one["on"],
        "issuer": text["issuer"],
        "blocks": [block(each) for each in text["blocks"]],
        "verify_url": f"/verify/{one['token']}/",
    }


def head() -> dict[str, Any]:
    """What every state of the page has."""
    return {
        "title": gettext("Follow a complaint"),
        "question": gettext("Where does my complaint stand, and what is due by when?"),
        "active": "complain",
        "crumbs": [
            {"label": gettext("Complain"), "url": common.url("complain")},
            {"label": gettext("Follow a complaint"), "url": ""},
        ],
        "missing": words.MISSING,
    }
