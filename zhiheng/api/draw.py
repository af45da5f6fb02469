"""Draws: at what stage each is, its checksums, what it drew, what it says of one target, and its verification."""

import time
from datetime import UTC, datetime
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from zhiheng.api.access import access
from zhiheng.api.fault import CONFLICTS
from zhiheng.api.model import page_model, row_model
from zhiheng.errors import DrawUnknown
from zhiheng.reports.browse import LARGEST_PAGE
from zhiheng.reports.verified import checked, checksum
from zhiheng.selection import DRAWN
from zhiheng.selection.ceremony import DAMAGED, STAGES, Ceremony, ceremonies, opened
from zhiheng.selection.inspection import too_large
from zhiheng.selection.lookup import Row, answer, rows

router = Router(tags=["draws"])
Stage = Literal[(*STAGES, DAMAGED)]  # type: ignore[valid-type]
PRINTABLE = r"^[^\x00-\x1f]*$"


class PublicFile(BaseModel):
    """A file of a draw."""

    name: str = Field(examples=["list.csv"])
    sha256: str | None = Field(None, description="As committed; null for what came later")
    bytes: int
    url: str | None = Field(None, description="Where it may be read; null until it is public")


class Draw(BaseModel):
    """A committed draw."""

    name: str = Field(examples=["example-2026"])
    title: str
    stage: Stage
    fault: str = Field("", description="Why a file of it cannot be read")
    manifest_sha256: str | None = Field(None, description="The checksum that was to be published before the draw")
    committed: str | None = Field(None, description="When, as its manifest says")
    seed_known: str | None = Field(None, description="When the seed becomes known, where that was announced")
    design: str | None = Field(None, examples=["simple"])
    units: int | None = Field(None, description="Targets in the list")
    strata: int | None = None
    draw: int | None = Field(None, description="How many targets are drawn")


class Proof(BaseModel):
    """What was revealed of the seed."""

    kind: str = Field(examples=["drand"])
    revealed: list[str] = Field(description="Parties that have revealed")
    awaited: list[str] = Field(description="Parties that have not; the first is next")
    holds: bool | None = Field(description="Null: not revealed yet, or not to be checked on this server")
    fault: str = ""


class DrawWhole(Draw):
    """A draw with its files and its seed."""

    files: list[PublicFile]
    proof: Proof | None = None
    seed: str | None = Field(None, description="The 32 bytes that decided, as outcome.json says")


class TargetAnswer(BaseModel):
    """What a draw says of one target."""

    id: str
    listed: bool
    stratum: str | None = None
    size: int | None = None
    units: int | None = Field(None, description="Targets in the stratum")
    probability: float | None = Field(None, description="Null where it follows with the outcome")
    fraction: str | None = None
    drawn: bool | None = Field(None, description="Null before the outcome")
    inspectors: str | None = None


class FileCheck(BaseModel):
    """What the verification says of a file."""

    file: str
    holds: bool | None = Field(description="Null: it could not be asked")
    what: str = ""


class Verification(BaseModel):
    """Every file of a draw, computed again."""

    holds: bool | None = Field(description="Null: too large to be computed here, or part of it could not be asked")
    checks: list[FileCheck]
    what_next: str | None = Field(None, description="How to verify it at home")


Drawn = row_model(
    DRAWN,
    name="Drawn",
    example={"row": 17, "stratum": "440106", "id": "91440101MA5A00017X", "probability": 0.05, "fraction": "1/20"},
)
DrawnPage = page_model(Drawn)


def one(name: str) -> Ceremony:
    """A draw as it stands now."""
    return opened(settings.WORKSPACE, name, now=time.time())


def told(entry: Ceremony) -> dict[str, Any]:
    """A draw as the API tells it."""
    found: dict[str, Any] = {"name": entry.name, "title": entry.title, "stage": entry.stage, "fault": entry.fault}
    if entry.found is None:
        return found
    moment = entry.moment
    return found | {
        "manifest_sha256": entry.found.digest,
        "committed": entry.found.body["committed"],
        "seed_known": None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(),
        "design": entry.plan.get("design"),
        "units": entry.found.body["units"],
        "strata": len(entry.found.strata),
        "draw": sum(entry.found.n),
    }


@router.get("/draws", response={200: list[Draw]}, operation_id="draws", summary="Draws · 抽签")
@access("public")
def draws(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """Every committed draw, the latest first."""
    return [told(entry) for entry in ceremonies(settings.WORKSPACE, now=time.time())]


@router.get("/draws/{name}", response={200: DrawWhole, **CONFLICTS}, operation_id="draw", summary="One draw · 一次抽签")
@access("public")
def whole(request: HttpRequest, name: str) -> dict[str, Any]:  # noqa: ARG001
    """A draw: its stage, its files with their checksums, and what is known of its seed."""
    entry = one(name)
    files = [
        {
            "name": file.name,
            "sha256": file.sha256,
            "bytes": file.bytes,
            "url": f"/draws/{entry.name}/files/{file.name}" if file.is_public else None,
        }
        for file in entry.files()
    ]
    found = told(entry) | {"files": files}
    if entry.found is None:
        return found
    seed = entry.outcome()["seed"] if entry.stage == "drawn" else None
    return found | {"proof": entry.proof().__dict__ | {"kind": entry.found.body["seed"]["kind"]}, "seed": seed}


@router.get(
    "/draws/{name}/targets",
    response={200: DrawnPage, **CONFLICTS},
    operation_id="draw_targets",
    summary="Targets drawn · 抽中对象",
)
@access("public")
def targets(
    request: HttpRequest,  # noqa: ARG001
    name: str,
    page: int = Query(1, ge=1, le=10**6, description="Page, from 1"),
    size: int = Query(50, ge=1, le=LARGEST_PAGE, description="How many a page holds"),
) -> dict[str, Any]:
    """The targets that were drawn, with probabilities and inspectors, in the order of the list."""
    entry = one(name)
    if entry.stage != "drawn":
        raise DrawUnknown(f"the draw '{entry.name}' is not drawn yet")
    found = [row_of(row) for row in rows(entry, first=(page - 1) * size, size=size)]
    return {"total": entry.outcome()["drawn"], "page": page, "size": size, "items": found}


def row_of(row: Row) -> dict[str, Any]:
    """A drawn target as a row of the table."""
    top, bottom = row.probability
    return {
        "row": row.row,
        "stratum": row.stratum,
        "id": row.id,
        "probability": top / bottom,
        "fraction": f"{top}/{bottom}",
        "inspectors": " ".join(row.inspectors) or None,
    }


@router.get(
    "/draws/{name}/target",
    response={200: TargetAnswer, **CONFLICTS},
    operation_id="draw_target",
    summary="One target of a draw · 查询一个对象",
)
@access("public")
def target(
    request: HttpRequest,  # noqa: ARG001
    name: str,
    id: str = Query(..., min_length=1, max_length=200, pattern=PRINTABLE, description="Exactly as in the list"),  # noqa: A002
) -> dict[str, Any]:
    """Whether a target is in the list, with what probability, and whether it was drawn."""
    entry = one(name)
    if entry.found is None or not entry.is_disclosed:
        raise DrawUnknown(f"the list of the draw '{entry.name}' is not public yet: it opens with the outcome")
    found = answer(entry, id)
    fraction = "{}/{}".format(*found.probability) if found.probability else None
    return {
        "id": id,
        "listed": found.stratum is not None,
        "stratum": found.stratum,
        "size": found.size,
        "units": found.units,
        "probability": found.probability[0] / found.probability[1] if found.probability else None,
        "fraction": fraction,
        "drawn": found.is_drawn,
        "inspectors": " ".join(found.drawn.inspectors) or None if found.drawn else None,
    }


@router.get(
    "/draws/{name}/verification",
    response={200: Verification, **CONFLICTS},
    operation_id="draw_verification",
    summary="Verification of a draw · 验证",
)
@access("public")
def verification(
    request: HttpRequest,  # noqa: ARG001
    name: str,
    published: str = Query(
        "", pattern=r"^([0-9a-fA-F]{64})?$", description="SHA-256 of manifest.json as it was published before the draw"
    ),
) -> dict[str, Any]:
    """Every file of the draw, computed again from list, plan and seed; what does not hold is named."""
    entry = one(name)
    home = f"download its files and run 'python -I verify_draw.py {entry.name}' or 'zhiheng draw verify {entry.name}'"
    if too_large(entry):
        return {"holds": None, "checks": [], "what_next": f"too large to be computed here: {home}"}
    checks = checked(entry, checksum(published))
    states = {check.holds for check in checks}
    holds = False if False in states else None if None in states else True
    return {"holds": holds, "checks": [check.__dict__ for check in checks], "what_next": home}
