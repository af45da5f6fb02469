"""Bulletins."""

from django.http import HttpRequest, HttpResponse

from zhiheng.web.access import access


@access("public")
def bulletins(request: HttpRequest, **address: str) -> HttpResponse:
    """Not written yet."""
    return HttpResponse("bulletins")


@access("public")
def bulletin(request: HttpRequest, **address: str) -> HttpResponse:
    """Not written yet."""
    return HttpResponse("bulletin")
