"""Plan."""

from django.http import HttpRequest, HttpResponse

from zhiheng.web.access import access


@access("public")
def plan(request: HttpRequest, **address: str) -> HttpResponse:
    """Not written yet."""
    return HttpResponse("plan")
