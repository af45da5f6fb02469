"""Views that may be used only so often from one address or for one account (zhiheng/register/trying.py)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhiheng.register.trying import waiting
from zhiheng.web.shell import too_many

__all__ = ["limited", "waiting"]


def limited(action: str, *, reads: bool = False) -> Callable:
    """A view that may be used only so often; beyond that it answers 429 with Retry-After. `reads`: GET counts too."""

    def mark(view: Callable) -> Callable:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
            wait = waiting(request, action, reads=reads)
            return too_many(request, wait=wait) if wait else view(request, *args, **named)

        counted.limited = action
        return counted

    return mark
