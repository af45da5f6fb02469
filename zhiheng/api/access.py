"""Who may use an endpoint. Every endpoint states it; a test walks all of them and refuses one that does not."""

from collections.abc import Callable
from typing import TypeVar

from zhiheng.errors import UsageError

ROLES = ("public", "officer")  # an officer shows a task link
Endpoint = TypeVar("Endpoint", bound=Callable[..., object])


def access(role: str) -> Callable[[Endpoint], Endpoint]:
    """State the least role that may use an endpoint.

    >>> access("public")(lambda request: None).access
    'public'
    """
    if role not in ROLES:
        raise UsageError(f"'{role}' is no role; known are {', '.join(ROLES)}")

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.access = role  # type: ignore[attr-defined]
        return endpoint

    return mark
