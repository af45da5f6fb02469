"""Test items: the vocabulary."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from zhiheng.api.access import access
from zhiheng.api.fault import FAULTS
from zhiheng.api.listed import items_of
from zhiheng.api.model import page_model, paging
from zhiheng.reports import rulebook
from zhiheng.reports.browse import LONGEST_TERM

router = Router(tags=["vocabulary"])


class Analyte(BaseModel):
    """A test item: what is measured."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "lead",
                    "zh": "铅",
                    "en": "lead",
                    "cas": "7439-92-1",
                    "group": "metal",
                    "synonyms": ["铅(以Pb计)", "Pb"],
                },
            ]
        }
    )
    code: str
    zh: str
    en: str
    cas: str
    group: str
    synonyms: list[str]


class AnalyteQuery(BaseModel):
    """Which test items to list."""

    q: str = Field("", max_length=LONGEST_TERM, description="Words in code, names, CAS number or synonyms")
    group: list[str] = Field(default_factory=list, description="metal, pesticide, additive, microbe …")
    page: int = paging()["page"][1]
    size: int = paging()["size"][1]


@router.get(
    "/analytes", response={200: page_model(Analyte), **FAULTS}, operation_id="analytes", summary="Test items · 检验项目"
)
@access("public")
def analytes(request: HttpRequest, asked: AnalyteQuery = Query(...)) -> dict[str, Any]:  # noqa: ARG001, B008
    """Test items by code, with the many ways in which they are printed."""
    return items_of(rulebook.analytes(search=asked.q, group=asked.group), page=asked.page, size=asked.size)
