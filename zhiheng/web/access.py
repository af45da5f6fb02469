"""Who may use a page. Every view states it; a test walks all addresses and refuses one that does not.

public   anybody who can reach the site
inside   the staff: whoever sits at this machine. On a site that is open beyond it (ZHIHENG_HOSTS) the page is refused, until
         ZHIHENG_INSIDE=1 says that only staff can reach the site, because a gate of the house's own stands before it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext

from zhiheng.errors import AccessRefused

ROLES = ("public", "inside")


def access(role: str) -> Callable:
    """State the least role that may use a view; a view that is not public is guarded too.

    >>> access("public")(lambda request: None).access
    'public'
    """
    if role not in ROLES:
        raise ValueError(f"'{role}' is no role; known are {', '.join(ROLES)}")

    def mark(view: Callable) -> Callable:
        if role == "public":
            view.access = role
            return view

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **named: Any) -> Any:
            if settings.OPENED:
                raise AccessRefused(
                    gettext(
                        "This page is for the staff: who will be inspected is not public, and others can reach this site. "
                        "Look at it on the machine itself, or set ZHIHENG_INSIDE=1 where only staff can reach the site."
                    )
                )
            return view(request, *args, **named)

        guarded.access = role
        return guarded

    return mark
