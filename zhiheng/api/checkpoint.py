"""The signed checkpoints of the audit, for third parties that keep them."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from zhiheng.api.access import access
from zhiheng.api.fault import FAULTS
from zhiheng.api.model import page_model
from zhiheng.register import checkpoints as points
from zhiheng.reports.browse import LARGEST_PAGE

router = Router(tags=["public"])
PAGE = Query(1, ge=1, le=10**6, description="Page, from 1")
SIZE = Query(50, ge=1, le=LARGEST_PAGE, description="How many a page holds")


class AuditCheckpoint(BaseModel):
    """The end of the chain of events at a moment, signed; as a file, `zhiheng audit verify --known` takes it."""

    number: int = Field(description="The number of the last event", examples=[4021])
    at: str = Field(
        description="The moment, to the microsecond, as it was signed", examples=["2026-09-28T12:00:00.000000+00:00"]
    )
    digest: str = Field(description="SHA-256 of that event, which covers all before it")
    signature: str = Field(description="Ed25519 over the JSON {at, digest, number}, hexadecimal")
    key: str = Field(description="The public key, hexadecimal")


@router.get(
    "/audit/checkpoints",
    response={200: page_model(AuditCheckpoint), **FAULTS},
    operation_id="audit_checkpoints",
    summary="Checkpoints of the audit · 审计检查点",
)
@access("public")
def checkpoints(request: HttpRequest, page: int = PAGE, size: int = SIZE) -> dict[str, Any]:  # noqa: ARG001
    """The checkpoints, the latest first."""
    total, rows = points.page(page, size)
    return {"total": total, "page": page, "size": size, "items": [points.told(one) for one in rows]}
