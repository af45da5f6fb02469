"""Risk: the list of a day, with reasons in words and what changed since the list before."""

from datetime import date
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from zhiheng.api.access import access
from zhiheng.api.fault import FAULTS
from zhiheng.api.model import Day
from zhiheng.api.text import Both
from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import risk as lists
from zhiheng.reports.browse import LARGEST_PAGE

router = Router(tags=["risk"])
ON = Query(None, description="The day of the list; the last one if left out")
SINCE = Query(None, description="Say what changed since the list of this day; of the last one before, if left out")


class RiskModel(BaseModel):
    """A fitted model."""

    model: str = Field(examples=["chicago"])
    title: Both
    fingerprint: str
    rows: int = Field(description="Events that it learned from")
    found: int = Field(description="Those with a finding")
    since: str
    until: str = Field(description="The last day whose events it has seen")
    days: list[date] = Field(description="The days that have a list")


class RiskReason(BaseModel):
    """What moves the risk of a target away from that of an average one."""

    code: str = Field(examples=["last_critical"])
    side: str | None = Field(description="Whether the value lies above or below the mean", examples=["high"])
    value: float | str | None
    weight: float | None = Field(None, description="What it adds to the log odds")
    by: float | None = Field(None, description="In what moved: by how much the weight changed")
    words: Both


class Target(BaseModel):
    """A target of the list."""

    target: str
    on: date
    probability: float
    lower: float = Field(description="Lower end of the 95 % interval")
    upper: float
    rank: int
    model: str = Field(description="Fingerprint of the model")
    reasons: list[RiskReason] = Field(description="The weightiest first")
    change: Literal["new", "up", "down", "same"] | None = Field(
        description="By rank, since the list before; null without one"
    )
    rank_before: int | None
    probability_before: float | None
    moved: list[RiskReason]


class TargetsPage(BaseModel):
    """The list of a day, a page at a time."""

    model: str
    on: date
    before: date | None = Field(description="The list that changes are told against")
    gone: int = Field(description="Targets of the list before that are not on this one")
    total: int
    page: int
    size: int
    items: list[Target]


@router.get(
    "/risk", response={200: list[RiskModel], **FAULTS}, operation_id="risk_models", summary="Risk models · 风险模型"
)
@access("inside")
def models(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """Every risk model that was fitted in this workspace. For the staff: refused where others can reach the site."""
    return lists.models(Workspace(settings.WORKSPACE))


@router.get(
    "/risk/{model}",
    response={200: TargetsPage, **FAULTS},
    operation_id="risk_list",
    summary="Targets by risk · 风险名单",
)
@access("inside")
def day(
    request: HttpRequest,  # noqa: ARG001
    model: str,
    on: Day | None = ON,
    since: Day | None = SINCE,
    q: str = Query("", max_length=80, pattern=r"^[^\x00-\x1f]*$", description="Part of a target or of a reason"),
    change: Literal["", "new", "up", "down", "same"] = "",
    page: int = Query(1, ge=1, le=1_000_000),
    size: int = Query(50, ge=1, le=LARGEST_PAGE),
) -> dict[str, Any]:
    """The targets of a day, the likeliest to have a nonconformity first. For the staff: refused where others can reach the site."""
    found = lists.day_list(Workspace(settings.WORKSPACE), model, on, since)
    rows = lists.chosen(found, search=q, change=change)
    return {
        "model": model,
        "on": found.on,
        "before": found.before,
        "gone": found.gone,
        "total": len(rows),
        "page": page,
        "size": size,
        "items": [lists.worded(row, found.fitted.recipe) for row in rows[(page - 1) * size : page * size]],
    }
