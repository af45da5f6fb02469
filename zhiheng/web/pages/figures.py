"""Figures."""

from django.http import HttpRequest, HttpResponse

from zhiheng.web.access import access


@access("public")
def figure(request: HttpRequest, **address: str) -> HttpResponse:
    """Not written yet."""
    return HttpResponse("figure")
