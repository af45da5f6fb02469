"""Bulletins: one a data set and language, as a page and as a PDF."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.reports import bulletin as written
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.shell import language, shelf

EDITIONS = {"zh": "中文", "en": "English"}
FORMS = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
# a bulletin is one file without parts: its style stands inside it, and it loads and runs nothing
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@access("public")
def bulletins(request: HttpRequest) -> HttpResponse:
    """Every bulletin there is."""
    names = common.in_order()
    return render(
        request,
        "bulletins.html",
        {
            "title": gettext("Bulletins"),
            "question": gettext("What can be published today?"),
            "active": "bulletins",
            "bulletins": [listed(name) for name in names],
        },
    )


def listed(dataset: str) -> dict[str, Any]:
    """A data set's bulletins with the numbers that they open with."""
    opened = shelf().open(dataset)
    samples = opened.summary["samples"]
    facts = [
        {
            "label": gettext("Publisher of the data"),
            "text": opened.summary["card"]["origin"].get("publisher", words.MISSING),
        },
        {"label": gettext("Samples"), "text": words.number(sum(samples.values()))},
        {"label": words.said("verdict", "nonconforming"), "text": words.number(samples.get("nonconforming", 0))},
        {"label": gettext("Made from"), "text": opened.key},
    ]
    order = sorted(EDITIONS, key=lambda edition: edition != language())
    editions = [
        {
            "code": "zh-CN" if edition == "zh" else edition,
            "name": EDITIONS[edition],
            "html_url": common.url("bulletin", dataset, edition, "html"),
            "pdf_url": common.url("bulletin", dataset, edition, "pdf"),
        }
        for edition in order
    ]
    return {"title": common.title(dataset), "supports": common.supports(dataset), "facts": facts, "editions": editions}


@access("public")
def bulletin(_: HttpRequest, dataset: str, edition: str, form: str) -> HttpResponse:
    """One bulletin."""
    if edition not in EDITIONS or form not in FORMS:
        raise Http404
    body = written.html(shelf(), dataset, edition) if form == "html" else written.pdf(shelf(), dataset, edition)
    response = HttpResponse(body, content_type=FORMS[form])
    response["Content-Disposition"] = f'inline; filename="zhiheng-{dataset}-{edition}.{form}"'
    if form == "html":
        response["Content-Security-Policy"] = POLICY
    return response
