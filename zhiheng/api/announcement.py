"""Announcements: what the law has published of casework, to search and to take."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel

from zhiheng.api.access import access
from zhiheng.api.fault import FAULTS
from zhiheng.api.model import given, page_model, query_model, row_model
from zhiheng.register import announcing
from zhiheng.reports import browse

router = Router(tags=["public"])
Announcement = row_model(
    announcing.ANNOUNCED,
    name="Announcement",
    example={
        "number": "（粤）市监公告〔2026〕0001号",
        "kind": "announcement",
        "on": "2026-11-20",
        "authority": "广东省市场监督管理局",
        "region": "440106",
        "firm": "某玩具厂",
        "product": "玩具",
        "failed": "铅",
    },
)
Asked: type[BaseModel] = query_model(announcing.LISTING, name="AnnouncementQuery")


@router.get(
    "/announcements",
    response={200: page_model(Announcement), **FAULTS},
    operation_id="announcements",
    summary="Announcements · 公告",
)
@access("public")
def announcements(request: HttpRequest, asked: Asked = Query(...)) -> dict[str, Any]:  # type: ignore[valid-type]  # noqa: ARG001, B008
    """What was announced, the latest first. `token` leads to /announcements/TOKEN/ and to /verify/TOKEN/."""
    view = browse.view(announcing.LISTING, given(asked))
    total, rows = announcing.page(view)
    return {"total": total, "page": view.page, "size": view.size, "items": rows}
