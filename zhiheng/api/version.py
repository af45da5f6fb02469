"""Which program and which law answer."""

from typing import Any

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from zhiheng import __version__, rules
from zhiheng.api.access import access
from zhiheng.api.data import shelf

router = Router(tags=["about"])


class Version(BaseModel):
    """The program, the law it ships with, and the data sets it holds."""

    version: str = Field(examples=["0.1.0"])
    law: str = Field(description="Fingerprint of every law file", examples=["9f1c2d3e4a5b6c70"])
    rules: int = Field(description="How many rules there are")
    datasets: list[str]


@router.get("/version", response={200: Version}, operation_id="version", summary="Version · 版本")
@access("public")
def version(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """The version of the program, and the fingerprint of the law that ships with it."""
    return {
        "version": __version__,
        "law": rules.fingerprint(),
        "rules": len(rules.book().rules),
        "datasets": shelf().datasets(),
    }
