"""Search."""

from django.http import HttpRequest, HttpResponse

from zhiheng.web.access import access


@access("public")
def search(request: HttpRequest, **address: str) -> HttpResponse:
    """Not written yet."""
    return HttpResponse("search")
