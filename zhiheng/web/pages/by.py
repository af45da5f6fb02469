"""By."""

from django.http import HttpRequest, HttpResponse

from zhiheng.web.access import access


@access("public")
def values(request: HttpRequest, **address: str) -> HttpResponse:
    """Not written yet."""
    return HttpResponse("values")


@access("public")
def one(request: HttpRequest, **address: str) -> HttpResponse:
    """Not written yet."""
    return HttpResponse("one")


@access("public")
def atlas(request: HttpRequest, **address: str) -> HttpResponse:
    """Not written yet."""
    return HttpResponse("atlas")
