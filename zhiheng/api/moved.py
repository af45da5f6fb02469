"""What moved a lake's rate between two periods, and its units beside one another with the uncertainty of their ranks."""

from collections.abc import Sequence
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from zhiheng.api.access import access
from zhiheng.api.data import nations
from zhiheng.api.fault import CONFLICTS
from zhiheng.api.model import row_model
from zhiheng.reports.nation import moved as movements
from zhiheng.reports.nation.periods import Period, period
from zhiheng.reports.nation.ranked import DIMENSIONS, ranked
from zhiheng.surveillance import MARGINS, PARTS, RANKED, margins
from zhiheng.surveillance.trend import Movement

router = Router(tags=["lakes"])
# a year, 2025-Q2, 2025-06, or 2025-06-01..2025-08-31
YEAR = "(19|20)[0-9]{2}"
DAY = rf"{YEAR}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
PERIOD = rf"^({YEAR}(-?[Qq][1-4]|-(0[1-9]|1[0-2]))?|{DAY}\.\.{DAY})$"
Part = row_model(
    PARTS,
    name="MovedPart",
    example={"name": "category", "effect": 0.0012, "standard_error": 0.0004, "lower": 0.0004, "upper": 0.002},
)
Margin = row_model(
    MARGINS,
    name="Margin",
    example={
        "value": "乳制品",
        "judged_before": 900,
        "share_before": 0.1,
        "rate_before": 0.01,
        "judged_after": 1200,
        "share_after": 0.12,
        "rate_after": 0.011,
    },
)
Unit = row_model(
    RANKED,
    name="RankedUnit",
    example={
        "value": "广东省",
        "judged": 900,
        "nonconforming": 21,
        "rank_lower": 4,
        "rank_upper": 19,
        "verdict": "within",
    },
)


class Compared(BaseModel):
    """Which periods are compared, and by which mixes."""

    before: str = Field(
        alias="from", pattern=PERIOD, examples=["2025-Q2"], description="A year, quarter, month, or day..day"
    )
    after: str = Field(alias="to", pattern=PERIOD, examples=["2025-Q4"])
    by: str = Field("category,province,channel", max_length=80, description="Dimensions, with commas between")
    arm: Literal["random", "targeted", "all"] = "random"
    province: str = Field("", max_length=40, pattern=r"^[^\x00-\x1f]*$")
    limits: str = Field(
        "", max_length=80, pattern=r"^[^\x00-\x1f]*$", description="A law that a book beside is judged by"
    )


class Stretch(BaseModel):
    """One period."""

    name: str
    judged: int
    nonconforming: int
    rate: float


class Moved(BaseModel):
    """The parts of the difference of two rates; they add up to it."""

    made_from: str
    figure: str
    of: str = Field(description="What the figures are of: the population, or the items tested")
    weighted: bool
    cut_by: str = Field(description="Whole weeks or months (period) that begin within a period are taken")
    method: str
    level: float
    periods: list[Stretch]
    difference: float
    parts: list[Part]  # type: ignore[valid-type]
    only_in: dict[str, float] = Field(description="Share of each period in cells that the other lacks: counted as mix")
    reasons: list[str]
    margins: dict[str, list[Margin]]  # type: ignore[valid-type]


class Ranks(BaseModel):
    """Units in the order of expected ranks; no order is given without intervals."""

    made_from: str
    target: float
    level: float
    funnel: str
    phi: float
    separated: float = Field(description="Share of neighbouring pairs whose order is told apart")
    promise: str = Field(description="What the control of many comparisons promises")
    note: str
    of: str = Field(
        description="What the rates are of: the population, or the items tested, which have no interval of their own"
    )
    reasons: list[str]
    left_out: list[str]
    items: list[Unit]  # type: ignore[valid-type]


def answered(found: Movement, spans: Sequence[Period], *, cut_by: str, reasons: Sequence[str]) -> dict[str, Any]:
    """What lakes and small sets tell alike of a movement between two periods."""
    return {
        "figure": found.figure,
        "of": found.of,
        "weighted": found.weighted,
        "cut_by": cut_by,
        "method": found.moved.method,
        "level": found.moved.level,
        "periods": [
            {"name": span.name, "judged": found.judged[at], "nonconforming": found.nonconforming[at], "rate": rate}
            for at, (span, rate) in enumerate(zip(spans, (found.first, found.moved.after), strict=True))
        ],
        "difference": found.moved.after - found.first,
        "parts": [vars(part) for part in found.parts],
        "only_in": {"first": found.moved.alone[0], "second": found.moved.alone[1]},
        "reasons": list(reasons),
    }


@router.get(
    "/lakes/{dataset}/moved",
    response={200: Moved, **CONFLICTS},
    operation_id="lake_moved",
    summary="What moved the rate · 不合格率变动分解",
)
@access("public")
def moved(request: HttpRequest, dataset: str, asked: Query[Compared]) -> dict[str, Any]:  # noqa: ARG001
    """The difference of a lake's rates in two periods, taken apart into mixes, changed limits, and the rates within the same kinds."""
    nation = nations().open(dataset)
    by = movements.dimensions([word.strip() for word in asked.by.split(",") if word.strip()])
    other = nations().under(dataset, asked.limits) if asked.limits else None
    spans = period(asked.before), period(asked.after)
    told = movements.moved(nation, *spans, by=by, arm=asked.arm, province=asked.province, other=other)
    found = told.movement
    return {
        "made_from": nation.made_from,
        **answered(found, spans, cut_by=told.when, reasons=found.reasons),
        "margins": {name: margins(told.before, told.after, name, weighted=found.weighted) for name in found.by},
    }


@router.get(
    "/lakes/{dataset}/ranking",
    response={200: Ranks, **CONFLICTS},
    operation_id="lake_ranking",
    summary="Units beside one another · 排名及其区间",
)
@access("public")
def ranking(
    request: HttpRequest,  # noqa: ARG001
    dataset: str,
    by: Literal[DIMENSIONS] = "province",  # type: ignore[valid-type]
    arm: Literal["random", "targeted"] = "random",
) -> dict[str, Any]:
    """Rates drawn together, ranks with their intervals, and which units lie outside the funnel."""
    nation = nations().open(dataset)
    found = ranked(nation, by, arm=arm)
    return {
        "made_from": nation.made_from,
        "target": found.target,
        "level": found.level,
        "funnel": found.limits.method,
        "phi": found.phi,
        "separated": found.separated,
        "promise": found.promise,
        "note": found.note,
        "of": found.of,
        "reasons": found.reasons,
        "left_out": [str(one) for one in found.left_out],
        "items": found.rows,
    }
