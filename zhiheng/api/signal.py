"""Signals: counts that are higher than their own recent past."""

from ninja import Router

from zhiheng.api import listed
from zhiheng.api.model import row_model
from zhiheng.surveillance import SIGNALS

router = Router()
Signal = row_model(
    SIGNALS,
    name="Signal",
    example={
        "signal_id": "5d0c6a1f9b3e",
        "dataset": "nyc_metals",
        "dimension": "product_type",
        "series": "Food-Spice",
        "period": "2018-07-01",
        "step": "quarter",
        "count": 9,
        "judged": 40,
        "expected": 2.1,
        "threshold": 6.4,
        "score": 1.41,
        "baseline": "2 1 3 2 2 3 2",
    },
)
listed.add(router, "signals", row=Signal, says="Series and periods that somebody should look at, newest first.")
