"""Signals."""

from django.http import HttpRequest, HttpResponse

from zhiheng.web.access import access


@access("public")
def signals(request: HttpRequest, **address: str) -> HttpResponse:
    """Not written yet."""
    return HttpResponse("signals")


@access("public")
def signal(request: HttpRequest, **address: str) -> HttpResponse:
    """Not written yet."""
    return HttpResponse("signal")
