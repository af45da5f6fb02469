"""The inspector's day on a phone: own cases that wait for a visit, the way into the sampling form, and samples to hand over."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from zhiheng.errors import ActRefused
from zhiheng.register import history, queries
from zhiheng.register.acts import samples
from zhiheng.register.models import Case, Sample
from zhiheng.rules import procedures
from zhiheng.selection import form as forms
from zhiheng.web.access import access
from zhiheng.web.pages import words
from zhiheng.web.pages.sampling import STATIC, version
from zhiheng.web.shell import language

ASSETS = (
    "tokens.css",
    "fonts.css",
    "zhiheng.css",
    "sampling.css",
    "laboratory.css",
    "page.js",
    "visits.js",
    "mark.svg",
)
WORKER = "visits-worker.js"


@access("inspector")
def visits(request: HttpRequest) -> HttpResponse:
    """My visits to make, and what I still carry."""
    mine = queries.cases(request.user).filter(is_final=False).select_related("subject", "laboratory", "responsible")
    waiting = [case for case in mine.order_by("opened_at") if is_waiting(case)]
    carried = (
        queries.samples(request.user)
        .filter(state__in=("sealed", "carried"), part="T")
        .select_related("case__laboratory")
    )
    due = {
        one.case_id: one.due_on for one in queries.deadlines(request.user).filter(binds="inspector").order_by("-due_on")
    }
    context: dict[str, Any] = {
        "title": gettext("My visits"),
        "question": gettext("Where do I go today, and what do I bring?"),
        "active": "visits",
        "visits": [visit(case) for case in waiting],
        "carried": [handed(one, due.get(one.case_id)) for one in carried],
        "worker": reverse("visits_worker"),
        "at": timezone.localtime(),
    }
    response = render(request, "visits.html", context)
    response["Cache-Control"] = "no-store"
    return response


def is_waiting(case: Case) -> bool:
    """Whether a case waits for its first visit, and a form can be filled in for it."""
    known = procedures.read(case.procedure, region=history.ruling(case.variant))
    return known.states[case.state].initial and any("sampling_form" in act.produces for act in known.acts.values())


def visit(case: Case) -> dict[str, Any]:
    """A visit as its card tells it."""
    firm = case.subject
    form = forms.read(samples.form_of(case.procedure), on=timezone.localdate())
    return {
        "number": case.number,
        "product": case.title,
        "kind": case.evidence.get("product_type", ""),
        "firm": firm.name if firm else gettext("not named yet"),
        "address": firm.address if firm else "",
        "phone": firm.phone if firm else "",
        "laboratory": case.laboratory.name if case.laboratory else "",
        "officer": case.responsible.name if case.responsible else "",
        "form": form.title[language()],
        "bring": [
            gettext("certificate and the task sheet"),
            gettext("two sets of seals: test sample and reserve"),
            gettext("clean bags or boxes for both parts"),
            gettext("paper forms, in case the phone fails"),
        ],
        "opened": words.day(timezone.localdate(case.opened_at)),
    }


def handed(one: Sample, due: Any) -> dict[str, Any]:
    """A sample that has not reached its laboratory yet."""
    return {
        "sample": one,
        "laboratory": one.case.laboratory.name if one.case.laboratory else "",
        "is_carried": one.state == "carried",
        "due": words.day(due) if due else "",
        "is_late": bool(due) and due < timezone.localdate(),
    }


@access("inspector")
@require_POST
def fill(request: HttpRequest, number: str) -> HttpResponse:
    """Into the form of an own visit. The link stands behind the # of the address, which no log and no proxy sees."""
    try:
        text = samples.own_link(by=request.user, number=number)
    except ActRefused as error:
        messages.error(request, str(error))
        return redirect("visits")
    response = redirect(f"{reverse('sampling')}#task={text}")
    response["Cache-Control"] = "no-store"
    return response


@access("inspector")
@require_POST
def carry(request: HttpRequest, number: str) -> HttpResponse:
    """The sample is handed to its carrier."""
    note = request.POST.get("note", "").strip()[:200]
    try:
        samples.hand_over(request.user, number, "carry", {"note": note} if note else {})
    except ActRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("Noted: %(number)s is on its way.") % {"number": number})
    return redirect("visits")


@access("public")
def worker(_: HttpRequest) -> HttpResponse:
    """The script that keeps the list readable without a network; it rules over this folder of the site and nothing else."""
    told = {"version": version(), "page": reverse("visits"), "assets": [static(f"zhiheng/{name}") for name in ASSETS]}
    body = f"const KEPT = {json.dumps(told)};\n{(STATIC / WORKER).read_text(encoding='utf-8')}"
    response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
