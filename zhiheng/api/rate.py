"""Rates: counts and nonconformity rates by one dimension."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from zhiheng.api.access import access
from zhiheng.api.data import shelf
from zhiheng.api.fault import FAULTS
from zhiheng.api.model import row_model
from zhiheng.api.text import Both
from zhiheng.reports import profiles
from zhiheng.surveillance import RATES
from zhiheng.surveillance.rates import LEVEL

router = Router(tags=["figures"])
Rate = row_model(
    RATES,
    name="Rate",
    example={
        "value": "Food-Spice",
        "results": 380,
        "judged": 320,
        "conforming": 259,
        "nonconforming": 61,
        "inconclusive": 4,
        "not_judged": 56,
        "rate": 0.1906,
        "lower": 0.1513,
        "upper": 0.2373,
        "least": 0.1883,
        "most": 0.2006,
    },
)


DIMENSIONS = (*profiles.DIMENSIONS, profiles.PERIOD)


class Rates(BaseModel):
    """Counts by value of a dimension, with rates where the sample supports them."""

    dataset: str
    dimension: str = Field(examples=["product_type"])
    force: str = Field(examples=["legal"])
    supports: str = Field(description="failures: no rate is given, because only failures were published")
    supports_note: Both
    method: str = Field("Wilson score interval", description="How lower and upper are computed")
    level: float = LEVEL
    items: list[Rate] = Field(description="In the order of the value")  # type: ignore[valid-type]


@router.get(
    "/datasets/{dataset}/rates/{dimension}",
    response={200: Rates, **FAULTS},
    operation_id="rates",
    summary="Rates by a dimension · 按维度的不合格率",
)
@access("public")
def rates(
    request: HttpRequest,  # noqa: ARG001
    dataset: str,
    dimension: Literal[DIMENSIONS],  # type: ignore[valid-type]
    force: Literal["legal", "guidance"] = Query(
        "legal", description="Findings under legal limits, or under guidance values"
    ),
    step: Literal["month", "quarter", "year"] = Query(
        "year", description="Length of a period, for the dimension 'period'"
    ),
) -> dict[str, Any]:
    """How often each value of a dimension failed.

    Dimensions are product_type, analyte, maker, site, origin, region, province, laboratory and period.
    """
    card = shelf().open(dataset).summary["card"]
    return {
        "dataset": dataset,
        "dimension": dimension,
        "force": force,
        "supports": card["supports"],
        "supports_note": card["supports_note"],
        "items": profiles.cells(shelf(), dataset, dimension=dimension, force=force, step=step),
    }
