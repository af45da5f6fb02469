"""The page that lists every endpoint: made from the schema, without scripts and without anything from elsewhere."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from ninja import NinjaAPI, Router

from zhiheng.api.access import access
from zhiheng.api.fault import answer

PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<title>{title}</title><link rel="stylesheet" href="/static/zhiheng/tokens.css"></head>'
    "<body><main><h1>{title}</h1><p>{about}</p>"
    '<p><a href="/api/openapi.json">OpenAPI 3.1</a> · <a href="/">质衡 Zhiheng</a></p>{sections}</main></body></html>'
)
ENDPOINT = "<section><h2><code>GET {}</code></h2><p><strong>{}</strong></p><p>{}</p>{}</section>"
PARAMETER = "<li><code>{}</code> ({}{}) {}</li>"


def parameters(operation: dict[str, Any]) -> SafeString:
    """What an endpoint may be asked, as a list."""
    lines = [
        (entry["name"], entry["in"], ", required" if entry["required"] else "", entry.get("description", ""))
        for entry in operation.get("parameters", [])
    ]
    return (
        format_html(
            "<details><summary>{} parameters</summary><ul>{}</ul></details>",
            len(lines),
            format_html_join("", PARAMETER, lines),
        )
        if lines
        else SafeString("")
    )


def page(schema: dict[str, Any]) -> str:
    """The page of a schema."""
    rows = [
        (path, operation["summary"], operation.get("description", ""), parameters(operation))
        for path, methods in schema["paths"].items()
        for operation in methods.values()
    ]
    info = schema["info"]
    return str(
        format_html(PAGE, title=info["title"], about=info["description"], sections=format_html_join("", ENDPOINT, rows))
    )


def router(api: NinjaAPI) -> Router:
    """The page of the API, and the answer of every address that no endpoint has; it is added last."""
    last = Router()

    @last.get("/docs", include_in_schema=False)
    @access("public")
    def docs(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
        """Every endpoint on one page."""
        return HttpResponse(page(api.get_openapi_schema()))

    @last.get("/{path:place}", include_in_schema=False)
    @access("public")
    def nothing(request: HttpRequest, place: str) -> HttpResponse:
        """An address that no endpoint has."""
        body = {
            "error": f"no endpoint has the address /api/{place[:200]}",
            "what_next": "GET /api/docs lists every endpoint",
        }
        return answer(api, request, status=HTTPStatus.NOT_FOUND, body=body)

    return last
