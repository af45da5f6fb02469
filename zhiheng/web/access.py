"""Who may use a page. Every view states it; a test walks all addresses and refuses one that does not.

public         anybody who can reach the site
inside         the staff: whoever sits at this machine, or is signed in as administrator, officer or inspector. On a site that is
               open beyond it (ZHIHENG_HOSTS) nobody else, until ZHIHENG_INSIDE=1 says that only staff can reach the site,
               because a gate of the house's own stands before it. Then they look without signing in; whoever changes something
               signs in, as the audit says who did it.
signed         anybody who is signed in
administrator, officer, inspector, laboratory, firm
               whoever is signed in with that role; a view may name several

Which case, sample or account somebody may see is asked of zhiheng/register/queries.py: what may not be seen is not there.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from zhiheng.errors import AccessRefused
from zhiheng.register.models.person import ROLES as SIGNED_ROLES

STAFF = ("administrator", "officer", "inspector")
ROLES = ("public", "inside", "signed", *SIGNED_ROLES)
SAFE = ("GET", "HEAD", "OPTIONS")


def access(*roles: str) -> Callable:
    """State the roles that may use a view; a view that is not public is guarded too.

    >>> access("public")(lambda request: None).access
    'public'
    >>> access("officer", "inspector")(lambda request: None).access
    'officer inspector'
    """
    unknown = [role for role in roles if role not in ROLES]
    if unknown or not roles:
        raise ValueError(f"'{' '.join(unknown)}' is no role; known are {', '.join(ROLES)}")

    def mark(view: Callable) -> Callable:
        if roles == ("public",):
            view.access = "public"
            return view

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **named: Any) -> Any:
            if not permitted(request, roles):
                return turned_away(request, roles)
            return view(request, *args, **named)

        guarded.access = " ".join(roles)
        return guarded

    return mark


def permitted(request: HttpRequest, roles: tuple[str, ...]) -> bool:
    """Whether whoever asks has one of the roles."""
    if "public" in roles:
        return True
    if not request.user.is_authenticated:
        return "inside" in roles and nameless(request)
    role = request.user.role
    return role in roles or "signed" in roles or ("inside" in roles and role in STAFF)


def nameless(request: HttpRequest) -> bool:
    """Whether somebody of the staff may do this without a name: at the machine itself everything, from another one only look."""
    return not settings.OPENED and (not settings.WIDE or request.method in SAFE)


def turned_away(request: HttpRequest, roles: tuple[str, ...]) -> Any:
    """What somebody gets who may not use a page: the way to sign in, or the reason."""
    if request.user.is_authenticated:
        raise AccessRefused(
            gettext("This page is not for your role. Sign in with another account, or ask your administrator.")
        )
    if roles == ("inside",) and settings.OPENED:
        raise AccessRefused(
            gettext(
                "This page is for the staff: who will be inspected is not public, and others can reach this site. "
                "Look at it on the machine itself, or set ZHIHENG_INSIDE=1 where only staff can reach the site."
            )
        )
    return redirect_to_login(request.get_full_path(), reverse("account_login"))
