"""What the public nominated for inspection, counted; no words of a single person."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from zhiheng.api.access import access
from zhiheng.api.fault import FAULTS
from zhiheng.api.listed import items_of
from zhiheng.api.model import page_model
from zhiheng.register import nominating
from zhiheng.reports.browse import LARGEST_PAGE

router = Router(tags=["public"])
PAGE = Query(1, ge=1, le=10**6, description="Page, from 1")
SIZE = Query(50, ge=1, le=LARGEST_PAGE, description="How many a page holds")


class NominatedProduct(BaseModel):
    """A product in a region, as often as it was named."""

    product: str = Field(examples=["乳制品"])
    region: str = Field(description="Code of GB/T 2260; empty: anywhere", examples=["440106"])
    count: int
    waiting: int = Field(description="How many of them no plan took up yet")
    last: date | None
    plans: list[str] = Field(description="The plans that took them up")


@router.get(
    "/nominations",
    response={200: page_model(NominatedProduct), **FAULTS},
    operation_id="nominations",
    summary="Nominations · 你点我检",
)
@access("public")
def nominations(request: HttpRequest, page: int = PAGE, size: int = SIZE) -> dict[str, Any]:  # noqa: ARG001
    """What was named, the most often named first."""
    shown, _ = nominating.told(nominating.wishes())
    rows = [
        {
            "product": one.product,
            "region": one.region,
            "count": one.count,
            "waiting": one.waiting,
            "last": one.last,
            "plans": sorted(one.plans),
        }
        for one in shown
    ]
    return items_of(rows, page=page, size=size)
