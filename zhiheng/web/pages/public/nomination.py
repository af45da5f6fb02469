"""What should be inspected (你点我检): say it in one minute; and what others named, with what became of it."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from zhiheng.errors import ActRefused, UsageError
from zhiheng.register import answering, nominating
from zhiheng.register.acts import nominations, petitions
from zhiheng.register.nominating import Wish
from zhiheng.reports import browse, files
from zhiheng.web import receipt
from zhiheng.web.access import access
from zhiheng.web.limits import waiting
from zhiheng.web.pages import common, words
from zhiheng.web.pages.public import naming
from zhiheng.web.pages.public.handing import handed
from zhiheng.web.shell import signed, too_many

NAMES = ("product", "category", "region", "place", "reason")
MOST = {"product": 120, "category": 120, "region": 6, "place": 200, "reason": 500}
TRAP = "website"
PAGE = 25
MATCHES = 12


@access("public")
def nominate(request: HttpRequest) -> HttpResponse:
    """The form beside the list; sent, the nomination."""
    values = {name: request.POST.get(name, "").strip() for name in NAMES}
    if request.method != "POST":
        return shown(request, values, {})
    if request.POST.get("go") == "search":
        return shown(request, values, {})
    faults = judged(values)
    if request.POST.get(TRAP):
        faults["product"] = gettext("A field that has to stay empty was filled in. Empty it, then send again.")
    if faults:
        return shown(request, values, faults, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    wait = waiting(request, "nominate")
    if wait:
        return too_many(request, wait=wait)
    secret = request.POST.get("nonce", "")[:64] or receipt.nonce()
    if receipt.begun(secret):  # pressed twice it counts once
        petitions.nominate(
            values["category"] or values["product"],
            region=values["region"],
            place=values["place"],
            reason=values["reason"],
        )
    messages.success(request, gettext("Thank you: it is counted. The next plan for this region takes it up."))
    return HttpResponseRedirect(common.url("nominate"))


def judged(values: dict[str, str]) -> dict[str, str]:
    """What is wrong, by name."""
    faults = {}
    for name, value in values.items():
        if len(value) > MOST[name] or "\x00" in value:
            faults[name] = gettext("This is too long: %(most)s characters fit.") % {"most": MOST[name]}
    if not values["product"] and not values["category"]:
        faults["product"] = gettext("Say which product should be inspected, such as milk or children's shoes.")
    if values["category"] and values["category"] not in nominating.products():
        faults["product"] = gettext("This category is not known. Search again and choose one of the list.")
    if values["region"] and not answering.is_answered(values["region"], on=timezone.localdate()):
        faults["region"] = gettext("Choose a division of the list, or leave it open.")
    return faults


def shown(
    request: HttpRequest, values: dict[str, str], faults: dict[str, str], *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """The page."""
    today, user = timezone.localdate(), signed(request)
    given = common.given(request)
    wishes, beside = nominating.told(nominating.wishes())
    term = browse.single(given, "q")[: browse.LONGEST_TERM].casefold()
    found = [one for one in wishes if term in f"{one.product} {naming.region(one.region)}".casefold()]
    page = browse.number(browse.single(given, "page"), "page", 1, 10**6)
    part = found[(page - 1) * PAGE : page * PAGE]
    asked = browse.View(search=browse.single(given, "q"), page=page, size=PAGE)
    officer = user is not None and user.role == "officer"
    context = {
        "title": gettext("Nominate an inspection"),
        "question": gettext("What should be inspected next, and what became of what others named?"),
        "active": "nominate",
        "values": values,
        "faults": faults,
        "matches": nominating.like(values["product"], most=MATCHES) if values["product"] else [],
        "provinces": [
            {"name": name, "code": code, "groups": answering.groups(code, on=today)}
            for code, name in answering.provinces(on=today)
        ],
        "trap": TRAP,
        "nonce": request.POST.get("nonce", "")[:64] or receipt.nonce(),
        "said": [str(one) for one in messages.get_messages(request)],
        "total": words.number(sum(one.count for one in wishes) + beside),
        "beside": words.number(beside) if beside else "",
        "asked": asked.search,
        "table": table(part) if part else None,
        "paging": common.paging(asked, len(found), path=request.path) if len(found) > PAGE else None,
        "officer": officer,
        "plans": list(nominating.plans(user)) if officer else [],
        "waiting": words.number(nominating.waiting().count()),
        "csv_url": common.url("nominations_file", "csv"),
        "xlsx_url": common.url("nominations_file", "xlsx"),
    }
    return render(request, "nominate.html", context, status=int(status))


def table(found: list[Wish]) -> dict[str, Any]:
    """Wishes with what became of them."""
    columns = [
        {"label": gettext("Product")},
        {"label": gettext("Region")},
        {"label": gettext("Named"), "unit": gettext("times"), "numeric": True},
        {"label": gettext("Last on"), "nowrap": True},
        {"label": gettext("What became of it"), "wide": True},
    ]
    done = nominating.inspected({key for one in found for key in one.plans})
    lines = [
        [
            {"text": one.product, "main": True},
            {"text": naming.region(one.region) if one.region else gettext("anywhere")},
            {"text": words.number(one.count)},
            {"text": words.day(one.last)},
            {"text": became(one, done)},
        ]
        for one in found
    ]
    return common.table(columns, lines, label=gettext("What was named"))


def became(one: Wish, done: dict[str, tuple[int, int]]) -> str:
    """What became of a wish, in words."""
    parts = []
    for key, title in one.plans.items():
        cases, closed = done.get(key, (0, 0))
        told = {"plan": title, "n": words.number(cases), "closed": words.number(closed)}
        parts.append(gettext("in the plan “%(plan)s”: %(n)s inspected, %(closed)s closed") % told)
    if one.waiting:
        parts.append(gettext("%(n)s wait for the next plan") % {"n": words.number(one.waiting)})
    return "; ".join(parts)


@access("officer")
@require_POST
def nominations_taken(request: HttpRequest) -> HttpResponse:
    """Take what waits up into a plan."""
    key = request.POST.get("plan", "")
    plan = get_object_or_404(nominating.plans(request.user), key=key[:60])
    try:
        number = nominations.take(by=request.user, plan=plan, at=timezone.now())
    except ActRefused as error:
        messages.error(request, str(error))
    else:
        told = {"n": words.number(number), "plan": plan.title}
        messages.success(request, gettext("%(n)s nominations were taken up into “%(plan)s”.") % told)
    return HttpResponseRedirect(common.url("nominate"))


@access("officer")
def nominations_file(request: HttpRequest, form: str) -> HttpResponse:
    """What waits and what was taken up in the officer's region, as a file; `nominated` is the column that plans read."""
    if form not in files.FORMS:
        raise UsageError(f"there is no form '{form[:20]}'; there are {', '.join(files.FORMS)}")
    rows = [
        {
            "product": one.product,
            "region": one.region,
            "nominated": one.count,
            "waiting": one.waiting,
            "last": one.last,
            "plans": ", ".join(one.plans),
        }
        for one in nominating.wishes(nominating.visible(request.user))
    ]
    names = ["product", "region", "nominated", "waiting", "last", "plans"]
    return handed(lambda path: files.write_rows(path, names, rows), name="nominations", form=form)
