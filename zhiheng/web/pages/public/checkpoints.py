"""The signed checkpoints of the audit, for anybody to keep: whoever has one can show that nothing before it was changed."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from zhiheng.register import checkpoints as points
from zhiheng.register.models import Checkpoint
from zhiheng.reports import browse
from zhiheng.web.access import access
from zhiheng.web.pages import common, words

PAGE = 25
SHOWN = 16  # digits of a digest in the list; all of them are in the file


@access("public")
def checkpoints(request: HttpRequest) -> HttpResponse:
    """The latest first, with what they mean."""
    page = browse.number(browse.single(common.given(request), "page"), "page", 1, 10**6)
    asked = browse.View(page=page, size=PAGE)
    total, rows = points.page(asked.page, asked.size)
    latest = points.latest()
    context = {
        "title": gettext("Checkpoints of the audit"),
        "question": gettext("How can I be sure that nothing done here was changed afterwards?"),
        "active": "audit",
        "none": latest is None,
        "latest": latest,
        "latest_at": shown(latest.at) if latest else "",
        "latest_events": words.number(latest.number) if latest else "",
        "keys": points.keys(),
        "table": table(rows),
        "paging": common.paging(asked, total, path=request.path) if total > PAGE else None,
        "api_url": "/api/audit/checkpoints",
        "file_url": common.url("audit_checkpoint", str(latest.number)) if latest else "",
    }
    return render(request, "audit.html", context)


def table(rows: list[Checkpoint]) -> dict[str, Any]:
    """Checkpoints as rows."""
    columns = [
        {"label": gettext("Events until then"), "numeric": True},
        {"label": gettext("Signed on"), "nowrap": True},
        {"label": gettext("Digest"), "wide": True},
        {"label": gettext("File")},
    ]
    lines = [
        [
            {"text": words.number(one.number), "main": True},
            {"text": shown(one.at)},
            {"text": f"{one.digest[:SHOWN]}…"},
            {"text": "JSON", "url": common.url("audit_checkpoint", str(one.number))},
        ]
        for one in rows
    ]
    return common.table(columns, lines, label=gettext("Checkpoints of the audit"), cards=False)


def shown(at: datetime) -> str:
    """A moment as people here write it."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


@access("public")
def checkpoint_file(request: HttpRequest, number: int) -> HttpResponse:  # noqa: ARG001
    """One checkpoint as the file that `zhiheng audit verify --known` takes."""
    answer = JsonResponse(points.told(points.one(number)), json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="zhiheng-checkpoint-{number}.json"'
    return answer
