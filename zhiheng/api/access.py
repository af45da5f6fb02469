"""Who may use an endpoint. Every endpoint states it; a test walks all of them and refuses one that does not.

public   anybody who can reach the site
inside   the staff, as zhiheng/web/access.py says; on a site that is open beyond this machine the endpoint is refused
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings

from zhiheng.errors import AccessRefused, UsageError

ROLES = ("public", "inside", "officer")  # an officer shows a task link
Endpoint = TypeVar("Endpoint", bound=Callable[..., object])


def access(role: str) -> Callable[[Endpoint], Endpoint]:
    """State the least role that may use an endpoint; one that is not public is guarded too.

    >>> access("public")(lambda request: None).access
    'public'
    """
    if role not in ROLES:
        raise UsageError(f"'{role}' is no role; known are {', '.join(ROLES)}")

    def mark(endpoint: Endpoint) -> Endpoint:
        found = endpoint if role == "public" else guarded(endpoint)
        found.access = role  # type: ignore[attr-defined]
        return found

    return mark


def guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint, refused where the site is open to others than the staff."""

    @wraps(endpoint)
    def asked(*args: Any, **named: Any) -> object:
        if settings.OPENED:
            raise AccessRefused(
                "this endpoint is for the staff, and this site is open to others: who will be inspected is not public"
            )
        return endpoint(*args, **named)

    return asked  # type: ignore[return-value]
