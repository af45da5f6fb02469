"""Facets: the most frequent values of a column."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from zhiheng.api.access import access
from zhiheng.api.data import shelf
from zhiheng.api.fault import FAULTS
from zhiheng.api.model import given, query_model
from zhiheng.reports import LISTINGS, browse

router = Router(tags=["lists"])
FINDINGS = LISTINGS["findings"]


class Facet(BaseModel):
    """One value of a column and how often it occurs."""

    value: str = Field(description="Empty where the column is", examples=["nonconforming"])
    n: int = Field(examples=[631])


FacetQuery = query_model(FINDINGS, name="FacetQuery", paged=False)


def counted(dataset: str, column: str, *, asked: BaseModel, most: int) -> list[dict[str, Any]]:
    """The values of a column among the findings that the other filters leave."""
    return shelf().rows(dataset, browse.facet(FINDINGS, browse.view(FINDINGS, given(asked)), column, most=most))


@access("public")
def facet(
    request: HttpRequest,  # noqa: ARG001
    dataset: str,
    column: str,
    asked: Any = Query(...),  # noqa: ARG001, B008
    most: int = Query(12, ge=1, le=500, description="How many values at most"),
) -> list[dict[str, Any]]:
    """How many findings have each value of a column, most frequent first; the column's own filter is left out."""
    return counted(dataset, column, asked=asked, most=most)


facet.__annotations__ |= {"asked": FacetQuery, "column": Literal[(*FINDINGS.facets, *sorted(FINDINGS.filters))]}
router.get(
    "/datasets/{dataset}/facets/{column}",
    response={200: list[Facet], **FAULTS},
    operation_id="facets",
    summary="Facets of findings · 单项判定的分面计数",
)(facet)
