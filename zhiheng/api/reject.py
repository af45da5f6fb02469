"""Rejects: rows that were turned away, with the reason and what to do."""

from ninja import Router

from zhiheng.api import listed
from zhiheng.api.model import row_model
from zhiheng.evidence import REJECTS

router = Router()
Reject = row_model(
    REJECTS,
    name="Reject",
    example={
        "dataset": "nyc_metals",
        "row": 17,
        "item": 1,
        "column": "COLLECTION_DATE",
        "code": "unreadable_date",
        "reason": "'31/31/2019' is not a day in any of the forms %m/%d/%Y",
        "remedy": "write the day in a form that the profile lists",
        "text": "ROW_ID=16 | PRODUCT_TYPE=Food-Spice",
    },
)
listed.add(router, "rejects", row=Reject, says="Nothing that was brought in is lost: what was not taken stands here.")
