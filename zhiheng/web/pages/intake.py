"""Intake."""

from django.http import HttpRequest, HttpResponse

from zhiheng.web.access import access


@access("public")
def intake(request: HttpRequest, **address: str) -> HttpResponse:
    """Not written yet."""
    return HttpResponse("intake")


@access("public")
def rejects(request: HttpRequest, **address: str) -> HttpResponse:
    """Not written yet."""
    return HttpResponse("rejects")
