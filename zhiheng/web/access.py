"""Who may use a page. Every view states it; a test walks all addresses and refuses one that does not."""

from collections.abc import Callable

ROLES = ("public",)


def access(role: str) -> Callable:
    """State the least role that may use a view.

    >>> access("public")(lambda request: None).access
    'public'
    """
    if role not in ROLES:
        raise ValueError(f"'{role}' is no role; known are {', '.join(ROLES)}")

    def mark(view: Callable) -> Callable:
        view.access = role
        return view

    return mark
