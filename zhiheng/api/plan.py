"""A plan of inspections: its figures, its strata, who is left out and why, and the chance of every target."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from zhiheng.api.access import access
from zhiheng.api.fault import CONFLICTS
from zhiheng.api.model import Day, Finite, page_model, row_model
from zhiheng.register import nominating
from zhiheng.reports.planner import EXAMPLE, NOMINATIONS, PROPORTIONAL, Planner, Question, asked, planner
from zhiheng.selection.plan.made import Plan
from zhiheng.selection.plan.terms import ALLOCATIONS, DUE
from zhiheng.selection.tables import PLAN_EXCLUDED, PLAN_STRATA, PLAN_TARGETS
from zhiheng.simulation.targets import targets

router = Router(tags=["plans"])
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
AboveZero = Annotated[float, Field(ge=0.1, le=100, allow_inf_nan=False)]
Names = list[str]  # `list` is a field below
TEXT = r"^[^\x00-\x1f]*$"
Stratum = row_model(
    PLAN_STRATA,
    name="PlanStratum",
    example={
        "stratum": "440105/流通",
        "eligible": 640,
        "random": 14,
        "targeted": 62,
        "drawn": 76,
        "least_inclusion": 0.024,
    },
)
Excluded = row_model(
    PLAN_EXCLUDED,
    name="PlanExcluded",
    example={"rule": "export", "targets": 102, "en": "for export only", "applied": True},
)
Target = row_model(
    PLAN_TARGETS,
    name="PlanTarget",
    example={
        "id": "91440105XN00000205",
        "stratum": "440105/网络",
        "inclusion": 0.082,
        "weight": 12.2,
        "why": "risk",
        "units": 1,
    },
)


class Expected(BaseModel):
    """Expected findings with their interval."""

    expected: Finite
    lower: Finite
    upper: Finite


class Against(BaseModel):
    """The plan beside another one: last year's, or the same budget in proportion."""

    name: str
    known: int = Field(description="Today's targets that the other plan knew")
    plan: Expected
    other: Expected
    difference: Finite
    ratio: Finite | None


class Summary(BaseModel):
    """A plan in figures."""

    programme: str
    on: date
    budget: int
    targets: int
    eligible: int
    left_out: int
    strata: int
    random: int
    targeted: int
    certain: int
    units: Finite
    least_inclusion: Finite
    effective: Finite = Field(description="As good for rates as so many drawn with equal chances")
    design_effect: Finite
    expected_findings: Finite | None
    lower: Finite | None
    upper: Finite | None
    coverage: Literal["kept", "drawn", "not_asked", "no_column"]


class Whole(BaseModel):
    """A plan with its strata and who is left out."""

    plan: Summary
    strata: list[Stratum]  # type: ignore[valid-type]
    excluded: list[Excluded]  # type: ignore[valid-type]
    against: Against | None


class Asked(BaseModel):
    """What a plan is made of; what is left out is the programme's own. Shares are in percent, as in the builder's address."""

    list: str = Field(EXAMPLE, max_length=100, pattern=TEXT, description="A list of this server, or `example`")
    programme: str = Field("food-2026", max_length=40, pattern=TEXT)
    budget: int | None = Field(None, ge=1, le=10**8, examples=[500])
    on: Day | None = Field(None, description="The day of the plan; today if left out")
    strata: Names = Field(default_factory=Names, description="Columns of the list; the programme's if left out")
    random_share: AboveZero | None = None
    largest_share: Percent | None = None
    nominations_share: Percent | None = None
    coverage_months: int | None = Field(None, ge=0, le=1200)
    allocation: Literal[ALLOCATIONS] | None = None  # type: ignore[valid-type]
    due: Literal[DUE] | None = None  # type: ignore[valid-type]
    nominations: Literal[NOMINATIONS] | None = Field(  # type: ignore[valid-type]
        None, description="The column of the list, or what waits in the register"
    )
    against: str = Field(PROPORTIONAL, max_length=100, pattern=TEXT, description="An earlier plan, or `proportional`")


def made(said: Asked) -> tuple[Planner, Question, Plan]:
    """The plan of a question. PlanInvalid: it says what to change."""
    held = planner(settings.WORKSPACE, targets, nominating.named, is_open=settings.OPENED)
    parts = said.model_dump(exclude_none=True)
    given = {
        name: [str(one) for one in value] if isinstance(value, list) else [str(value)] for name, value in parts.items()
    }
    question = asked(given, today=datetime.now().date())
    return held, question, held.plan(question)


@router.get(
    "/plan", response={200: Whole, **CONFLICTS}, operation_id="plan", summary="A plan of inspections · 抽检计划"
)
@access("public")
def plan(request: HttpRequest, said: Query[Asked]) -> dict[str, Any]:  # noqa: ARG001
    """A plan with its strata, who is left out and why, and what it is expected to find against another plan."""
    held, question, found = made(said)
    return {
        "plan": found.summary,
        "strata": found.strata(),
        "excluded": found.excluded(),
        "against": held.beside(question, found),
    }


@router.get(
    "/plan/targets",
    response={200: page_model(Target), **CONFLICTS},
    operation_id="plan_targets",
    summary="Targets of a plan with their chances · 抽检计划对象",
)
@access("public")
def plan_targets(
    request: HttpRequest,  # noqa: ARG001
    said: Query[Asked],
    page: int = Query(1, ge=1, le=10**6),
    size: int = Query(50, ge=1, le=1000),
) -> dict[str, Any]:
    """Every target with its chance of being drawn and the reason, or the rule that leaves it out."""
    _, _, found = made(said)
    columns = found.targets()
    part = {name: column[(page - 1) * size : page * size].tolist() for name, column in columns.items()}
    rows = [dict(zip(part, line, strict=True)) for line in zip(*part.values(), strict=True)]
    return {"total": found.frame.size, "page": page, "size": size, "items": rows}
