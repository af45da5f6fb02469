"""The proposal of the next inspections."""

from ninja import Router

from zhiheng.api import listed
from zhiheng.api.model import row_model
from zhiheng.selection import PROPOSAL

router = Router()
Proposal = row_model(
    PROPOSAL,
    name="Proposal",
    example={
        "stratum": "Food-Spice",
        "judged": 320,
        "nonconforming": 61,
        "inconclusive": 0,
        "expected_rate": 0.187,
        "lower": 0.147,
        "upper": 0.231,
        "targeted": 24,
        "random": 6,
        "expected_findings": 5.6,
        "why": "shrunk_rate",
    },
)
listed.add(router, "proposal", row=Proposal, says="How many samples to take of which product type, and why.")
