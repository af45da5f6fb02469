"""Findings: one result with its verdict, reason and rule."""

from ninja import Router

from zhiheng.api import listed
from zhiheng.api.model import row_model
from zhiheng.decision import FINDINGS

router = Router()
Finding = row_model(
    FINDINGS,
    name="Finding",
    example={
        "result_id": "8f1c0f6f4f3a9d21-1",
        "dataset": "nyc_metals",
        "row": 2,
        "item": 1,
        "sample_id": "3a6b1c9d2e4f5a60",
        "sample_kind": "regular",
        "stage": "first",
        "product_type": "Food-Spice",
        "product_name": "Turmeric powder",
        "origin": "INDIA",
        "sampled_on": "2011-01-04",
        "day": "2011-01-04",
        "analyte": "lead",
        "printed": "2.9",
        "comparator": "=",
        "value": "2.9",
        "kind": "mg/kg",
        "verdict": "not_judged",
        "reason": "rule_not_in_force",
        "superseded": False,
    },
)
listed.add(router, "findings", row=Finding, says="Every result with its verdict, the reason, and the rule of its day.")
