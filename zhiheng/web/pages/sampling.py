"""Sampling: the officer's pages on a phone. A form is filled in without a network and sent later, once, with a task link.

The pages hold nothing of anybody: task link, drafts and queue stay on the phone; what is sent goes through the API.
"""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from zhiheng import __version__, rules
from zhiheng.reports import sampling_form
from zhiheng.selection import form as forms
from zhiheng.web.access import access
from zhiheng.web.shell import language

STATIC = Path(__file__).parents[1] / "static" / "zhiheng"
ASSETS = (
    "tokens.css",
    "fonts.css",
    "zhiheng.css",
    "sampling.css",
    "page.js",
    "form.js",
    "sampling.js",
    "mark.svg",
    "fonts/noto-sans-sc-400-latin.woff2",
    "fonts/noto-sans-sc-600-latin.woff2",
)
WORKER = "sampling-worker.js"


@access("public")
def sampling(request: HttpRequest) -> HttpResponse:
    """The officer's tasks and the forms on this phone."""
    shown = [
        {
            "key": key,
            "title": read(key).title[language()],
            "url": reverse("sampling_form", args=[key]),
            "blank": reverse("sampling_blank", args=[key]),
        }
        for key in forms.FORMS
    ]
    told = {"title": gettext("Sampling"), "question": gettext("What am I sampling today?"), "active": "sampling"}
    return render(
        request, "sampling.html", told | {"forms": shown, "data": common(), "closed": not settings.FORMS_INTAKE}
    )


@access("public")
def form(request: HttpRequest, key: str) -> HttpResponse:
    """One form to fill in."""
    if key not in forms.FORMS:
        raise Http404
    found = read(key)
    steps = [
        {"key": one["key"], "title": one[language()], "fields": [asked(found.fields[name]) for name in one["fields"]]}
        for one in found.sections
    ]
    told = {
        "title": found.title[language()],
        "active": "sampling",
        "crumbs": [{"label": gettext("Sampling"), "url": reverse("sampling")}, {"label": found.title[language()]}],
        "steps": steps,
        "data": common() | {"form": found.published()},
        "blank": reverse("sampling_blank", args=[key]),
        "standing": found.standing == "unverified",
        "act": f"{found.cite['act']} {found.cite['at']}",
    }
    return render(request, "sampling_form.html", told)


@access("public")
def blank(_: HttpRequest, key: str) -> HttpResponse:
    """An empty form to print."""
    if key not in forms.FORMS:
        raise Http404
    response = HttpResponse(sampling_form.pdf(read(key), None, language()), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{key}-{language()}.pdf"'
    return response


@access("public")
def worker(_: HttpRequest) -> HttpResponse:
    """The script that keeps these pages on the phone; it rules over this folder of the site and nothing else."""
    pages = [reverse("sampling"), *(reverse("sampling_form", args=[key]) for key in forms.FORMS)]
    told = {"version": version(), "pages": pages, "assets": [static(f"zhiheng/{name}") for name in ASSETS]}
    body = f"const KEPT = {json.dumps(told)};\n{(STATIC / WORKER).read_text(encoding='utf-8')}"
    response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def read(key: str) -> forms.Form:
    """The form as it stands today."""
    return forms.read(key, on=timezone.localdate())


@lru_cache(maxsize=1)
def version() -> str:
    """A text that changes when anything of these pages does, so that a phone fetches them again."""
    digest = hashlib.sha256(f"{__version__} {rules.fingerprint()}".encode())
    for name in (*ASSETS, WORKER):
        digest.update((STATIC / name).read_bytes())
    return digest.hexdigest()[:16]


def asked(field: dict[str, Any]) -> dict[str, Any]:
    """A field in the language of the reader, with how a phone should ask for it."""
    said = language()
    keyboards = {"number": "decimal", "trade_item": "numeric", "code": "tel"}
    return {
        "key": field["key"],
        "kind": field["kind"],
        "label": field[said],
        "help": (field.get("help") or {}).get(said, ""),
        "optional": field["required"] is False and field["kind"] != "flag",
        "keyboard": keyboards.get(field["kind"], "text"),
        "capitals": field["kind"] in ("seal", "credit_code"),
        "options": [{"key": option["key"], "label": option[said]} for option in field.get("options", ())],
    }


def common() -> dict[str, Any]:
    """What the script of both pages needs: addresses and words."""
    return {
        "language": language(),
        "api": "/api/forms/",
        "worker": reverse("sampling_worker"),
        "home": reverse("sampling"),
        "forms": {
            key: {"title": read(key).title[language()], "url": reverse("sampling_form", args=[key])}
            for key in forms.FORMS
        },
        "words": {
            "draft": gettext("Draft"),
            "waiting": gettext("Waiting to be sent"),
            "sent": gettext("Delivered"),
            "returned": gettext("Returned"),
            "online": gettext("Connected"),
            "offline": gettext("No network: forms stay on this phone and are sent later."),
            "until": gettext("until %(time)s"),
            "ended": gettext("The task link has ended. Ask for a new one; what waits is sent with it."),
            "broken": gettext("This task link is not whole. Open it again as it was given to you."),
            "new": gettext("New form"),
            "open": gettext("Open"),
            "look": gettext("Look at it"),
            "correct": gettext("Correct"),
            "renumber": gettext("Take a new number"),
            "remove": gettext("Remove from this phone"),
            "sure": gettext("Remove this draft from the phone? It cannot be had back."),
            "nothing": gettext("No form yet. Begin one above."),
            "unnamed": gettext("not named yet"),
            "step": gettext("Step %(number)s of %(all)s"),
            "next": gettext("Next step"),
            "finish": gettext("Check and send"),
            "saved": gettext("Saved on this phone"),
            "unsaved": gettext("Could not be saved on this phone. Make room on it, and do not close the page."),
            "faults": gettext("%(n)s things to correct"),
            "refuse": gettext("No sample may be taken"),
            "remark": gettext("To be noted"),
            "source": gettext("Source"),
            "unverified": gettext("not verified"),
            "received": gettext("received at %(time)s"),
            "turned": gettext("The site did not take it: %(why)s"),
            "unlinked": gettext(
                "The site did not accept the task link. Ask for a new one; what waits is sent with it."
            ),
            "taken": gettext(
                "This number belongs to another form already. Take a new number and label the samples again."
            ),
            "later": gettext("Not reached. It is tried again by itself."),
            "practice": gettext("Without a task link this is practice: nothing is kept and nothing can be sent."),
            "closed": gettext("This form was handed in and cannot be changed."),
            "photo": gettext("Photo %(number)s"),
            "heavy": gettext("This picture cannot be read or made small enough. Take it again."),
            "sampler": gettext("Sampler %(number)s"),
            "full": gettext("The numbers of this task link are used up. Ask for a new one."),
            "worker": gettext("This browser does not keep the page: stay connected, or use https."),
        },
    }
