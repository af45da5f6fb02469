"""What surrounds every page: the shelf of data, language links, security headers, error pages."""

from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, translate_url
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from zhiheng.errors import (
    AccessRefused,
    ActRefused,
    DrawError,
    NothingThereYet,
    Overtaken,
    PartyInvalid,
    PlanInvalid,
    RuleNotInForce,
    RuleUnknown,
    SourceError,
    StatisticsError,
    UploadRefused,
    UsageError,
    ZhihengError,
)
from zhiheng.evidence.snapshot import Workspace
from zhiheng.register import queries
from zhiheng.register.acts.permission import matrix
from zhiheng.reports import Shelf
from zhiheng.reports.nation import Nations, held

POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)
# key and icon, name of the address, words; the bar of a phone has room for few
RAIL = (
    ("work", "work", _("Work list")),
    ("cases", "cases", _("Cases")),
    ("late", "late", _("Late")),
    ("messages", "messages", _("Messages")),
    ("firm", "firm", _("Our firm")),
    ("visits", "visits", _("My visits")),
    ("laboratory", "laboratory", _("Laboratory")),
    ("overview", "overview", _("Overview")),
    ("plan", "plan", _("Plan")),
    ("risk", "risk", _("Risk")),
    ("draws", "draws", _("Draws")),
    ("sampling", "sampling", _("Sampling")),
    ("results", "results", _("Test results")),
    ("lake", "lakes", _("Lakes")),
    ("rules", "rules", _("Rules")),
    ("signals", "signals", _("Signals")),
    ("clock", "clock", _("Deadlines")),
    ("bulletins", "bulletins", _("Bulletins")),
    ("announcements", "announcements", _("Announcements")),
    ("complain", "complain", _("Complain")),
    ("nominate", "nominate", _("Nominate")),
    ("audit", "audit", _("Audit")),
    ("intake", "intake", _("Intake")),
    ("register", "organisations", _("Register")),
)
NULL = "\x00"
DESK = ("work", "cases", "late", "messages")  # for who is signed in
# the four tasks of each role in the bar of a phone; "" is whoever is not signed in
ON_PHONE = {
    "": ("overview", "complain", "nominate", "announcements"),
    "administrator": ("overview", "plan", "register", "messages"),
    "officer": ("work", "cases", "late", "messages"),
    "inspector": ("visits", "work", "cases", "messages"),
    "laboratory": ("laboratory", "work", "cases", "messages"),
    "firm": ("firm", "work", "cases", "messages"),
}
STATUS = {
    AccessRefused: HTTPStatus.FORBIDDEN,
    UploadRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    UsageError: HTTPStatus.BAD_REQUEST,
    NothingThereYet: HTTPStatus.NOT_FOUND,
    PlanInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    DrawError: HTTPStatus.CONFLICT,
    StatisticsError: HTTPStatus.CONFLICT,
    RuleUnknown: HTTPStatus.NOT_FOUND,
    RuleNotInForce: HTTPStatus.NOT_FOUND,
    ActRefused: HTTPStatus.CONFLICT,
    Overtaken: HTTPStatus.CONFLICT,
    PartyInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    SourceError: HTTPStatus.UNPROCESSABLE_ENTITY,
}


@lru_cache(maxsize=1)
def shelf() -> Shelf:
    """The data that the pages show."""
    return Shelf(Workspace(settings.WORKSPACE))


def nations() -> Nations:
    """The lakes that the pages show."""
    return held.nations(settings.WORKSPACE)


def language() -> str:
    """The language of this answer, `zh` or `en`."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def surroundings(request: HttpRequest) -> dict[str, Any]:
    """What base.html needs on every page."""
    user = signed(request)
    entries = rail(user.role if user else "")
    other, name = ("en", "English") if language() == "zh" else ("zh-hans", "中文")
    return {
        "other_language_url": translate_url(request.get_full_path(), other),
        "other_language_name": name,
        "other_language_code": "zh-CN" if other == "zh-hans" else other,
        "place": user.organisation.name if user else gettext("Demonstration data"),
        "role": role_name(user.role) if user else gettext("Public"),
        "visitor": user,
        "unread": queries.unread(user) if user else 0,
        "rail": entries,
        "rail_more": [item["key"] for item in entries if not item["on_phone"]],
    }


def signed(request: HttpRequest) -> Any:
    """Who is signed in, or None; without a session nothing is asked of the database."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES and not hasattr(request, "_cached_user"):
        return None
    return request.user if request.user.is_authenticated else None


def role_name(role: str) -> str:
    """A role in the language of the page."""
    return str(matrix()["roles"][role][language()])


def rail(role: str) -> list[dict[str, Any]]:
    """The entries of the rail in the order of the loop; what the role may not look at, or nothing is in, is left out."""
    staff = role in ("administrator", "officer", "inspector") or (not role and not settings.OPENED)
    hidden = (set() if staff else {"risk", "register"}) | (set() if nations().datasets() else {"lake"})
    hidden |= set() if role else set(DESK)
    hidden |= (set() if role == "firm" else {"firm"}) | ({"complain"} if role else set())
    hidden |= {key for key, owner in (("visits", "inspector"), ("laboratory", "laboratory")) if role != owner}
    return [
        {"key": key, "url": reverse(name), "word": word, "on_phone": key in ON_PHONE[role]}
        for key, name, word in RAIL
        if key not in hidden
    ]


class Guard:
    """Security headers on every answer, and readers' errors as pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", POLICY)
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponse | None:
        """An address or a form with a null character, which no text has and no database keeps, is refused before a page reads it.

        The forms of the public say beside each field what is wrong with it, and are left to that.
        """
        lists = [request.GET.lists()]
        if request.method == "POST" and getattr(view, "access", "public") != "public":
            lists.append(request.POST.lists())
        if NULL in request.path or any(NULL in text for each in lists for _name, texts in each for text in texts):
            text = gettext("This holds a character that no text has. Write it again.")
            return failed(request, status=HTTPStatus.BAD_REQUEST, text=text)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """An error that was written for readers becomes a page; anything else stays a bug."""
        if not isinstance(error, ZhihengError):
            return None
        status = next(
            (code for kind, code in STATUS.items() if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR
        )
        text, detail = told(str(error), status)
        return failed(request, status=status, text=text, detail=detail)


def told(text: str, status: HTTPStatus) -> tuple[str, str]:
    """What an error says, in the language of the page; a text that is in English only stands below as the detail."""
    if language() == "en" or any("\u4e00" <= sign <= "\u9fff" for sign in text):
        return text, ""
    said = {
        HTTPStatus.NOT_FOUND: gettext("What this address names is not in the data."),
        HTTPStatus.FORBIDDEN: gettext("This page is not open to you."),
        HTTPStatus.BAD_REQUEST: gettext("The address asks for something that this page does not know."),
    }
    return said.get(status, gettext("This could not be done; the reason stands below.")), text


def failed(request: HttpRequest, *, status: HTTPStatus, text: str, detail: str = "") -> HttpResponse:
    """A page that says what went wrong and what next."""
    title = gettext("Nothing here") if status == HTTPStatus.NOT_FOUND else gettext("This did not work")
    shown = {"title": title, "text": text, "detail": detail, "status": int(status)}
    return render(request, "error.html", shown, status=int(status))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that no page has."""
    return failed(
        request,
        status=HTTPStatus.NOT_FOUND,
        text=gettext("No page has this address. Search above, or start from the overview."),
    )


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that does not come from a page of this site, or whose page was open for too long."""
    return failed(
        request,
        status=HTTPStatus.FORBIDDEN,
        text=gettext(
            "This form was not sent from a page of this site, or its page is too old. Open the page again and send it anew."
        ),
    )


def too_many(request: HttpRequest, *, wait: int = 60) -> HttpResponse:
    """Asked too often; the header says when to ask again, in seconds."""
    text = gettext("This was tried too often from here. Wait a few minutes, then try again.")
    response = failed(request, status=HTTPStatus.TOO_MANY_REQUESTS, text=text)
    response["Retry-After"] = str(wait)
    return response


def broken(request: HttpRequest) -> HttpResponse:
    """A bug: said plainly, without details that help an attacker."""
    return failed(
        request,
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        text=gettext("The site met an error that is ours. Nothing was lost."),
    )
