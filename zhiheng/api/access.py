"""Who may use an endpoint. Every endpoint states it; a test walks all of them and refuses one that does not.

public   anybody who can reach the site
link     the holder of a task link (zhiheng/selection/form/link.py)
inside, signed, administrator, officer, inspector, laboratory, firm
         as zhiheng/web/access.py says; on a site that is open beyond this machine whoever is not signed in is refused

Somebody is signed in by the session of the pages, and then each call that changes something carries the CSRF token of a page
(header X-CSRFToken); or by a key for the API in the header Authorization, which acts for its laboratory only.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.errors import HttpError
from ninja.utils import check_csrf

from zhiheng import rules
from zhiheng.errors import AccessRefused, SignInRefused, UsageError
from zhiheng.register.acts import tokens
from zhiheng.register.models import Account
from zhiheng.register.models.person import ROLES as SIGNED_ROLES

STAFF = ("administrator", "officer", "inspector")
ROLES = ("public", "link", "inside", "signed", *SIGNED_ROLES)
SAFE = ("GET", "HEAD", "OPTIONS")
BEARER = "Bearer "
APP = "zhiheng"  # as in zhiheng/web/limits.py, so that pages and programs share one count
Endpoint = TypeVar("Endpoint", bound=Callable[..., object])


def access(*roles: str) -> Callable[[Endpoint], Endpoint]:
    """State the roles that may use an endpoint; one that is not public is guarded too.

    >>> access("public")(lambda request: None).access
    'public'
    """
    unknown = [role for role in roles if role not in ROLES]
    if unknown or not roles:
        raise UsageError(f"'{' '.join(unknown)}' is no role; known are {', '.join(ROLES)}")

    def mark(endpoint: Endpoint) -> Endpoint:
        found = endpoint if roles in (("public",), ("link",)) else guarded(endpoint, roles)
        found.access = " ".join(roles)  # type: ignore[attr-defined]
        return found

    return mark


def guarded(endpoint: Endpoint, roles: tuple[str, ...]) -> Endpoint:
    """The endpoint, refused to whoever has none of the roles."""

    @wraps(endpoint)
    def asked(request: HttpRequest, *args: Any, **named: Any) -> object:
        account = caller(request)
        if account is None and not ("inside" in roles and nameless(request)):
            if roles == ("inside",) and settings.OPENED:
                raise AccessRefused(
                    "this endpoint is for the staff, and this site is open to others: who will be inspected is not public"
                )
            raise SignInRefused(
                "this endpoint is for who is signed in: send a key for the API, or sign in to the pages"
            )
        if account is not None and not permitted(account.role, roles):
            raise AccessRefused("this endpoint is not for the role of this account")
        request.account = account
        return endpoint(request, *args, **named)

    return asked  # type: ignore[return-value]


def nameless(request: HttpRequest) -> bool:
    """Whether somebody of the staff may call this without a name: at the machine itself everything, from another one only read."""
    return not settings.OPENED and (not settings.WIDE or request.method in SAFE)


def permitted(role: str, roles: tuple[str, ...]) -> bool:
    """Whether somebody signed in with a role may use what is for these roles."""
    return role in roles or "signed" in roles or ("inside" in roles and role in STAFF)


def caller(request: HttpRequest) -> Account | None:
    """Who calls: by key, by session, or nobody. A call that changes something and comes from another site is refused."""
    header = request.headers.get("Authorization", "")
    if header.startswith(BEARER + tokens.BEGINNING):
        try:
            return tokens.holder(header.removeprefix(BEARER), at=timezone.now())
        except SignInRefused:
            counted(request, "token")
            raise
    if request.method not in SAFE and foreign(request):
        raise AccessRefused("this call comes from a page of another site")
    user: Any = request.user
    if not user.is_authenticated:
        return None
    if request.method not in SAFE and check_csrf(request) is not None:
        raise HttpError(403, "the CSRF token is missing: send the one of the page in the header X-CSRFToken")
    found: Account = user
    return found


def counted(request: HttpRequest, action: str) -> None:
    """Refuse what is tried too often from one address, as zhiheng/law/int/security.yaml says; pages count the same tries."""
    rates = rules.settings("security", on=timezone.localdate())["rates"]
    if ratelimit.consume(request, app=APP, action=action, config=rates, limit_get=True) is None:
        raise HttpError(
            HTTPStatus.TOO_MANY_REQUESTS, "this was tried too often from here: wait a minute, then try again"
        )


def foreign(request: HttpRequest) -> bool:
    """Whether a browser says that the call was made by a page of another site."""
    origin = request.headers.get("Origin", "")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    return bool(origin) and urlsplit(origin).netloc != request.get_host()
