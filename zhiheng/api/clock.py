"""Deadlines: a period counted from a day and explained, and the list of all periods."""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, Field

from zhiheng.api.access import access
from zhiheng.api.fault import FAULTS
from zhiheng.api.listed import items_of
from zhiheng.api.model import Day, page_model, paging
from zhiheng.api.text import Both
from zhiheng.reports import deadlines
from zhiheng.reports.browse import LONGEST_TERM

router = Router(tags=["clock"])
Unit = Literal["d", "wd", "month", "year", "hour"]
REGION = r"^([0-9]{2}|[0-9]{4}|[0-9]{6})?$"
REGION_SAYS = "Digits of GB/T 2260 of a province, city or county that may have figures of its own"


class PeriodVersion(BaseModel):
    """One dated value of a period."""

    since: date | None = Field(description="First day of this value", examples=["2020-01-01"])
    until: date | None = Field(description="First day it no longer holds")
    length: int | None = Field(description="Null where it was repealed or is not in force", examples=[15])
    opens: int | None = Field(description="The lower bound of a window, in the same unit")
    unit: Unit | None = Field(description="d calendar days, wd working days, month, year, hour", examples=["d"])
    citation: str = Field(examples=["中华人民共和国产品质量法第15条"])
    source: str = Field(description="Where it was read")
    checked: date | None = Field(description="Last day somebody read the source; null: not verified")
    legal: bool | None = Field(description="False: a practice or a draft, not law")


class PeriodRow(PeriodVersion):
    """A period as it stands on a day; `why` says where it has no value."""

    rule: str = Field(examples=["product-sampling/objection"])
    title: Both
    begins: Both = Field(description="The event from which it runs")
    binds: str = Field(description="The role that has to act", examples=["firm"])
    standing: str | None = Field(description="checked, stale or unverified")
    why: str | None


class PeriodUnderVersion(PeriodVersion):
    """The same question under one version of the rule."""

    not_before: date | None
    not_after: date | None
    why: str | None = Field(description="Why this version gives no day")


class SkippedDay(BaseModel):
    """A day that did not count, or over which the last day moved."""

    day: date
    why: str = Field(description="weekend, holiday or paused")
    name: Both | None


class PausedSpan(BaseModel):
    """Days that did not count, both included."""

    since: date
    until: date


class ExplainedStep(BaseModel):
    """One sentence of the explanation."""

    kind: str = Field(examples=["roll"])
    zh: str
    en: str


class DeadlineAnswer(PeriodVersion):
    """A deadline with every step that led to it."""

    rule: str = Field(examples=["product-sampling/objection"])
    title: Both
    region: str
    binds: str
    law_of: date = Field(description="The law of this day was applied")
    start: date
    not_before: date | None = Field(description="The first day of a window")
    not_after: date = Field(description="The last day", examples=["2026-10-08"])
    moment: datetime | None = Field(description="The end of a period of hours")
    counted_to: date = Field(description="The last day before it moved")
    rolled: bool
    settled: bool = Field(description="False: that year's notice of holidays is not out, the day may still move later")
    standing: str = Field(description="checked, stale or unverified")
    skipped: list[SkippedDay]
    made_up: list[date] = Field(description="Worked weekend days that counted")
    paused: list[PausedSpan]
    steps: list[ExplainedStep]
    versions: list[PeriodUnderVersion]


class DeadlineQuery(BaseModel):
    """What to count."""

    rule: str = Field(
        max_length=LONGEST_TERM, description="The key of a period", examples=["product-sampling/objection"]
    )
    start: Day = Field(alias="from", description="The day of the event", examples=["2026-09-16"])
    time: str | None = Field(
        None, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="Its time, for periods of hours"
    )
    region: str = Field("", pattern=REGION, description=REGION_SAYS)
    paused: list[str] = Field(default_factory=list, max_length=20, description="Spans such as 2026-09-20/2026-09-25")
    law_of: Day | None = Field(None, description="By the law of this day instead of the day of the event")
    extended: bool = Field(False, description="With the one extension that the rule knows")


class PeriodQuery(BaseModel):
    """Which periods to list."""

    region: str = Field("", pattern=REGION, description=REGION_SAYS)
    q: str = Field("", max_length=LONGEST_TERM, description="Words in key or name")
    on: Day | None = Field(None, description="As they stand on this day; without one, today")
    page: int = paging()["page"][1]
    size: int = paging()["size"][1]


@router.get(
    "/clock/periods",
    response={200: page_model(PeriodRow), **FAULTS},
    operation_id="clock_periods",
    summary="Periods · 法定期限",
)
@access("public")
def listed(request: HttpRequest, asked: PeriodQuery = Query(...)) -> dict[str, Any]:  # noqa: ARG001, B008
    """Every period that the law files hold, with its value on a day."""
    rows = deadlines.listing(on=asked.on or timezone.localdate(), region=asked.region, search=asked.q)
    return items_of(rows, page=asked.page, size=asked.size)


@router.get(
    "/clock",
    response={200: DeadlineAnswer, **FAULTS},
    operation_id="clock",
    summary="One deadline, explained · 期限推算",
)
@access("public")
def explained(request: HttpRequest, asked: DeadlineQuery = Query(...)) -> dict[str, Any]:  # noqa: ARG001, B008
    """The last day of a period, from when, by which article, what did not count, and why it moved."""
    text = asked.start.isoformat() + (f"T{asked.time}" if asked.time else "")
    pauses = tuple(deadlines.span(one) for one in asked.paused)
    question = deadlines.Asked(asked.rule, deadlines.begun(text), asked.region, pauses, asked.law_of, asked.extended)
    return deadlines.answer(question)
