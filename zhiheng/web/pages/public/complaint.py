"""A complaint in three short steps: what happened and with whom, where, and how to reach who complains. Nobody signs in."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from zhiheng.errors import NothingThereYet
from zhiheng.register import answering, following
from zhiheng.register.acts import petitions
from zhiheng.register.models import Case
from zhiheng.web import receipt
from zhiheng.web.access import access
from zhiheng.web.limits import waiting
from zhiheng.web.pages import common, words
from zhiheng.web.pages.public import naming
from zhiheng.web.pages.public.filled import STEPS, TAKEN, Filled, filled, most_files, opened
from zhiheng.web.shell import language, too_many

ORDER = tuple(STEPS)
TITLES = {"what": _("What happened"), "where": _("Where"), "you": _("How to reach you")}
TRAP = "website"  # a field that people do not see and programs fill in
LABELS = {
    "text": _("What happened?"),
    "about": _("With whom?"),
    "product": _("Which product, if any?"),
    "region": _("District or county"),
    "name": _("Your name"),
    "phone": _("Telephone"),
    "email": _("E-mail"),
    "address": _("Postal address"),
    "files": _("Photos and papers"),
}


@access("public")
@never_cache
def complain(request: HttpRequest) -> HttpResponse:
    """The form, step by step; with the last one the complaint."""
    if request.method != "POST":
        return shown(request, filled({}), "what", receipt.nonce())
    found, secret = filled(request.POST), request.POST.get("nonce", "")[:64] or receipt.nonce()
    step, go = request.POST.get("step", ""), request.POST.get("go", "on")
    step = step if step in STEPS else "what"
    if request.POST.get(TRAP):
        told = gettext("A field that has to stay empty was filled in. Empty it, then send again.")
        return shown(request, found, step, secret, general=told, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if go in STEPS:
        return shown(request, found, go, secret)
    if go == "places":
        found.values["region"] = ""
        return shown(request, found, "where", secret)
    if go == "send":
        return sent(request, found, secret)
    if not found.judge(step):
        return shown(request, found, step, secret, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return shown(request, found, ORDER[min(ORDER.index(step) + 1, len(ORDER) - 1)], secret)


def sent(request: HttpRequest, found: Filled, secret: str) -> HttpResponse:
    """Take the complaint in: once, whatever is pressed twice."""
    made = receipt.kept(secret)
    if made is not None:
        return received(request, *made)
    for step in ORDER:
        if not found.judge(step):
            return shown(request, found, step, secret, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    wait = waiting(request, "complain")
    if wait:
        return too_many(request, wait=wait)
    given = opened(request.FILES.getlist("files"), found)
    if found.faults:
        return shown(request, found, "you", secret, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if not receipt.begun(secret):
        told = gettext("Your complaint is being taken in. Wait a moment, then press once more for the receipt.")
        return shown(request, found, "you", secret, general=told, status=HTTPStatus.CONFLICT)
    made = None
    try:
        case, code = petitions.complain(found.complaint(given))
        made = case.number, code
        receipt.keep(secret, *made)
    except NothingThereYet as error:
        found.faults["region"] = str(error)
        return shown(request, found, "where", secret, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    finally:
        if made is None:
            receipt.forget(secret)
    return received(request, *made)


def received(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """The receipt: number and code, who answers, and by when."""
    case = Case.objects.select_related("authority").get(number=number)
    told = following.told(case, at=timezone.now())
    context = {
        "title": gettext("Your complaint was received"),
        "question": gettext("How do I follow it, and what happens by when?"),
        "active": "complain",
        "number": number,
        "code": code,
        "at": timezone.localtime(case.opened_at),
        "authority": case.authority.name,
        "periods": [period(one) for one in told["periods"]],
        "follow": request.build_absolute_uri(common.url("follow")),
        "follow_url": common.url("follow", query=[("number", number)]),
    }
    return render(request, "complaint_receipt.html", context)


def shown(
    request: HttpRequest,
    found: Filled,
    step: str,
    secret: str,
    *,
    general: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """One step of the form with everything that was filled in."""
    here = ORDER.index(step)
    states = ["done" if place < here else "now" if place == here else "ahead" for place in range(len(ORDER))]
    context = {
        "title": gettext("Complain"),
        "question": gettext("What happened, and who should look into it?"),
        "active": "complain",
        "step": step,
        "back": ORDER[here - 1] if here else "",
        "steps": [{"label": TITLES[key], "state": state} for key, state in zip(ORDER, states, strict=True)],
        "values": found.values,
        "kept": [(name, value) for name, value in found.values.items() if name not in STEPS[step]],
        "faults": found.faults,
        "summary": [
            {"to": f"#f-{name}", "label": LABELS[name], "text": text}
            for name, text in found.faults.items()
            if name in (*STEPS[step], "files")
        ],
        "general": general,
        "nonce": secret,
        "trap": TRAP,
        "lost": bool(request.FILES),
        "accept": ",".join(TAKEN),
        "most_files": most_files(),
        "promised": [period(one) for one in following.promised(region=found.values["region"], at=timezone.now())],
    }
    if step == "where":
        context |= places(found)
    if step == "you":
        context["region"] = naming.region(found.values["region"])
    return render(request, "complain.html", context, status=int(status))


def places(found: Filled) -> dict[str, Any]:
    """The provinces, and the divisions of the one that was chosen; of a single province at once."""
    today = timezone.localdate()
    known = answering.provinces(on=today)
    codes = [code for code, _name in known]
    chosen = found.values["province"] if found.values["province"] in codes else codes[0] if len(codes) == 1 else ""
    return {
        "provinces": known,
        "province": chosen,
        "groups": answering.groups(chosen, on=today) if chosen else [],
        "alone": len(codes) == 1,
    }


def period(one: dict[str, Any]) -> dict[str, Any]:
    """A period in the language of the page."""
    word = language()
    return {
        "title": one["title"][word],
        "binds": one["binds_title"][word],
        "due": one["due"],
        "is_settled": one["is_settled"],
        "is_paused": one["is_paused"],
        "late": one.get("late", False),
        "explanation": one["explanation"][word],
        "cite": f"{one['cite']['act']} {one['cite']['at']}",
        "standing": one["standing"],
        "standing_word": words.said("standing", one["standing"]),
    }
