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
    DrawError,
    NothingThereYet,
    PlanInvalid,
    RuleNotInForce,
    RuleUnknown,
    StatisticsError,
    UsageError,
    ZhihengError,
)
from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import Shelf
from zhiheng.reports.nation import Nations, held

POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)
# key and icon, name of the address, words; the bar of a phone has room for few
RAIL = (
    ("overview", "overview", _("Overview")),
    ("plan", "plan", _("Plan")),
    ("risk", "risk", _("Risk")),
    ("draws", "draws", _("Draws")),
    ("sampling", "sampling", _("Sampling")),
    ("results", "results", _("Test results")),
    ("lake", "lakes", _("Lakes")),
    ("rules", "rules", _("Rules")),
    ("signals", "signals", _("Signals")),
    ("bulletins", "bulletins", _("Bulletins")),
    ("intake", "intake", _("Intake")),
)
ON_PHONE = ("overview", "plan", "results", "signals")
STATUS = {
    AccessRefused: HTTPStatus.FORBIDDEN,
    UsageError: HTTPStatus.BAD_REQUEST,
    NothingThereYet: HTTPStatus.NOT_FOUND,
    PlanInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    DrawError: HTTPStatus.CONFLICT,
    StatisticsError: HTTPStatus.CONFLICT,
    RuleUnknown: HTTPStatus.NOT_FOUND,
    RuleNotInForce: HTTPStatus.NOT_FOUND,
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
    entries = rail()
    other, name = ("en", "English") if language() == "zh" else ("zh-hans", "中文")
    return {
        "other_language_url": translate_url(request.get_full_path(), other),
        "other_language_name": name,
        "other_language_code": "zh-CN" if other == "zh-hans" else other,
        "place": gettext("Demonstration data"),
        "role": gettext("Public"),
        "rail": entries,
        "rail_more": [item["key"] for item in entries if not item["on_phone"]],
    }


def rail() -> list[dict[str, Any]]:
    """The entries of the rail in the order of the loop; what nobody may look at, or nothing is in, is left out."""
    hidden = ({"risk"} if settings.OPENED else set()) | (set() if nations().datasets() else {"lake"})
    return [
        {"key": key, "url": reverse(name), "word": word, "on_phone": key in ON_PHONE}
        for key, name, word in RAIL
        if key not in hidden
    ]


class Guard:
    """Security headers on every answer, and readers' errors as pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith("/api/docs"):
            response.setdefault("Content-Security-Policy", POLICY)
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response

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


def broken(request: HttpRequest) -> HttpResponse:
    """A bug: said plainly, without details that help an attacker."""
    return failed(
        request,
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        text=gettext("The site met an error that is ours. Nothing was lost."),
    )
