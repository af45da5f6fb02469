"""Figures: every published figure by its name, taken apart."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field, create_model

from zhiheng.api.access import access
from zhiheng.api.data import shelf
from zhiheng.api.fault import FAULTS
from zhiheng.api.model import row_model
from zhiheng.api.rate import Rate
from zhiheng.api.text import Both
from zhiheng.decision import FINDINGS
from zhiheng.evidence.tables import Table
from zhiheng.reports import explain, parse

router = Router(tags=["figures"])
BEHIND = ("rule_key", "rule_since", "rule_text", "citation", "fingerprint", "force", "standing")
RULE = Table(
    "figure_rules",
    "Rules behind a figure",
    "数字所依规则",
    tuple(column for name in BEHIND for column in FINDINGS.columns if column.name == name),
)
RuleRow = row_model(
    RULE, name="RuleBehindRow", example={"rule_key": "us/cpsia/toys-lead", "rule_text": "≤ 100 mg/kg", "force": "legal"}
)
RuleBehind: type[BaseModel] = create_model(
    "RuleBehind", __base__=RuleRow, n=(int, Field(description="Findings that rest on it"))
)
Counts: type[BaseModel] = create_model(
    "FigureCounts", **{name: (field.annotation, field) for name, field in Rate.model_fields.items() if name != "value"}
)  # type: ignore[call-overload]


class Narrowed(BaseModel):
    """One filter of a figure."""

    column: str
    value: str
    label: Both


class Interval(BaseModel):
    """The interval of a rate."""

    lower: float
    upper: float
    level: float
    method: str
    n: int
    least: float = Field(description="The rate if every inconclusive result conformed")
    most: float = Field(description="The rate if every inconclusive result failed")


class Reason(BaseModel):
    """How many findings have a verdict for a reason."""

    verdict: str
    reason: str
    n: int


class Source(BaseModel):
    """A source file behind a figure."""

    file: str
    sha256: str
    profile: str
    received: int
    rows: int


class Figure(BaseModel):
    """A figure with everything behind it."""

    figure: str = Field(examples=["nyc_metals/rate?product_type=Food-Spice&force=guidance"])
    dataset: str
    measure: str
    title: Both
    value: float | None = Field(description="Nothing where the sample does not support the figure")
    counts: Counts  # type: ignore[valid-type]
    interval: Interval | None
    formula: str
    counted: str = Field(description="Which findings count")
    force: str
    filters: list[Narrowed]
    supports: str
    supports_note: Both
    reasons: list[Reason]
    rules: list[RuleBehind] = Field(description="At most 200, most used first")  # type: ignore[valid-type]
    sources: list[Source]
    query: str = Field(description="The query that counts it")
    made_from: str


@router.get(
    "/figures", response={200: Figure, **FAULTS}, operation_id="figure", summary="A figure taken apart · 数字溯源"
)
@access("public")
def figure(
    request: HttpRequest,  # noqa: ARG001
    name: str = Query(
        ..., max_length=2000, description="data-set/measure?filters", examples=["nyc_metals/nonconforming"]
    ),
) -> dict[str, Any]:
    """Formula, counts, what was left out, rules, rows and source files of a figure."""
    return explain(shelf(), parse(name))
