"""What moved a small data set's rate between two periods, and its values beside one another; samples count once each."""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from zhiheng.api.access import access
from zhiheng.api.data import shelf
from zhiheng.api.fault import CONFLICTS
from zhiheng.api.moved import PERIOD, Moved, Ranks, answered
from zhiheng.reports import standing
from zhiheng.reports.nation.periods import period
from zhiheng.surveillance import margins

router = Router(tags=["datasets"])


class Stretches(BaseModel):
    """Which periods are compared, and by the mix of what."""

    before: str = Field(alias="from", pattern=PERIOD, examples=["2012"])
    after: str = Field(alias="to", pattern=PERIOD, examples=["2019"])
    by: Literal[standing.DIMENSIONS] = standing.USUAL  # type: ignore[valid-type]


@router.get(
    "/datasets/{dataset}/moved",
    response={200: Moved, **CONFLICTS},
    operation_id="dataset_moved",
    summary="What moved the rate of a small data set · 小数据集不合格率变动分解",
)
@access("public")
def moved(request: HttpRequest, dataset: str, asked: Query[Stretches]) -> dict[str, Any]:  # noqa: ARG001
    """The difference of the rates of two periods: another mix of what was sampled, and the rates within the same kinds."""
    spans = period(asked.before), period(asked.after)
    found, *rows = standing.moved(shelf(), dataset, *spans, by=(asked.by,))
    return {
        "made_from": shelf().open(dataset).key,
        **answered(found, spans, cut_by="day", reasons=[*found.reasons, standing.supports(shelf(), dataset)]),
        "margins": {asked.by: margins(rows[0], rows[1], asked.by, weighted=False)},
    }


@router.get(
    "/datasets/{dataset}/ranking",
    response={200: Ranks, **CONFLICTS},
    operation_id="dataset_ranking",
    summary="Values of a small data set beside one another · 小数据集排名及其区间",
)
@access("public")
def ranking(
    request: HttpRequest,  # noqa: ARG001
    dataset: str,
    by: Literal[standing.DIMENSIONS] = standing.USUAL,  # type: ignore[valid-type]
) -> dict[str, Any]:
    """Rates of the items tested drawn together, ranks with their intervals, and which values lie outside the funnel."""
    found = standing.ranked(shelf(), dataset, by, on=date.today())
    return {
        "made_from": shelf().open(dataset).key,
        "target": found.target,
        "level": found.level,
        "funnel": found.limits.method,
        "phi": found.phi,
        "separated": found.separated,
        "promise": found.promise,
        "note": found.note,
        "of": found.of,
        "reasons": [*found.reasons, standing.supports(shelf(), dataset)],
        "left_out": [str(one) for one in found.left_out],
        "items": found.rows,
    }
