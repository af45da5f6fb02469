"""Samples: the verdict of one sample from its findings."""

from typing import Any

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field, create_model

from zhiheng.api import listed
from zhiheng.api.access import access
from zhiheng.api.data import shelf
from zhiheng.api.fault import FAULTS
from zhiheng.api.finding import Finding
from zhiheng.api.model import row_model
from zhiheng.decision import FINDINGS, SAMPLES
from zhiheng.errors import NothingThereYet
from zhiheng.evidence import UNITS

router = Router()
Sample = row_model(
    SAMPLES,
    name="Sample",
    example={
        "sample_id": "3a6b1c9d2e4f5a60",
        "dataset": "nyc_metals",
        "product_type": "Food-Spice",
        "product_name": "Turmeric powder",
        "origin": "INDIA",
        "day": "2011-01-04",
        "verdict": "not_judged",
        "results": 1,
        "nonconforming": 0,
        "inconclusive": 0,
        "not_judged": 1,
        "guidance_exceeded": 0,
    },
)
Unit = row_model(
    UNITS, name="Unit", example={"result_id": "8f1c0f6f4f3a9d21-1", "number": 1, "comparator": "=", "value": "45"}
)
listed.add(router, "samples", row=Sample, says="Every sample with its verdict.")

FIELDS: dict[str, Any] = {
    "findings": (list[Finding], Field(description="Its findings, in order")),  # type: ignore[valid-type]
    "units": (list[Unit], Field(description="The units tested, for results that have several")),  # type: ignore[valid-type]
}
SampleWhole: type[BaseModel] = create_model("SampleWhole", __base__=Sample, **FIELDS)


@router.get(
    "/datasets/{dataset}/samples/{path:sample_id}",
    response={200: SampleWhole, **FAULTS},
    operation_id="sample",
    summary="One sample · 一个样品",
    tags=["lists"],
)
@access("public")
def sample(request: HttpRequest, dataset: str, sample_id: str) -> dict[str, Any]:  # noqa: ARG001
    """One sample with everything that was found in it."""
    table, findings, units = SAMPLES.unbound(), FINDINGS.unbound(), UNITS.unbound()
    found = shelf().rows(dataset, table.filter(table.sample_id == sample_id))
    if not found:
        raise NothingThereYet(f"{dataset}: there is no sample '{sample_id[:80]}'")
    own = findings.filter(findings.sample_id == sample_id).order_by("row", "item", "result_id")
    tested = units.semi_join(own, "result_id").order_by("result_id", "number")
    return found[0] | {"findings": shelf().rows(dataset, own), "units": shelf().rows(dataset, tested)}
