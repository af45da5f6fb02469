"""What holds for everybody who is signed in, on every page: how long, with which factors, and under which password."""

import time
from collections.abc import Callable
from datetime import date
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import patch_cache_control

from zhiheng import rules

BEGAN, SEEN = "zhiheng_began", "zhiheng_seen"
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
# what somebody may do before the password is the own one, and before there is a second factor
FIRST = {"account_logout", "account_change_password", "account_login", "account_reauthenticate"}
SECOND = FIRST | {
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}


class Limits:
    """Ends sessions that are too old or were left alone, and lets nobody on without the second factor that the role needs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated and over(request):
            logout(request)
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            patch_cache_control(response, no_store=True, private=True)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Where somebody is led who has something to set up first."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return None
        name = request.resolver_match.url_name
        if request.user.has_given_password and name not in FIRST:
            return led(request, "account_change_password")
        if not request.user.has_given_password and name not in SECOND and lacks_factor(request.user):
            return led(request, "mfa_index")
        return None


def led(request: HttpRequest, name: str) -> HttpResponse:
    """The way to what comes first; for the API the words."""
    if request.path.startswith("/api/"):
        body = {
            "error": "this account has to set up its password and its second factor before it can be used",
            "what_next": "sign in to the pages once: they lead there",
        }
        return JsonResponse(body, status=403)
    return redirect(name)


def terms() -> dict[str, Any]:
    """The terms of security in force."""
    return rules.settings("security", on=date.today())


def lacks_factor(user: Any) -> bool:
    """Whether the role needs a second factor and there is none; demonstration accounts in demonstration mode need none."""
    if user.role not in terms()["second_factor"] or (user.is_demo and settings.DEMO):
        return False
    return not is_mfa_enabled(user, FACTORS)


def over(request: HttpRequest) -> bool:
    """Whether a session is too old, was left alone for too long, or is of a demonstration that is over; else it is seen."""
    if request.user.is_demo and not settings.DEMO:
        return True
    limits, now = terms()["session"], time.time()
    began = request.session.setdefault(BEGAN, now)
    seen = request.session.get(SEEN, 0)
    if now - began > limits["whole_hours"] * 3600 or (seen and now - seen > limits["idle_minutes"] * 60):
        return True
    if now - seen > limits["seen_seconds"]:
        request.session[SEEN] = now
        UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=timezone.now())
    return False
