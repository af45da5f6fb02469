"""Rules: requirements through time, with citation and fingerprint."""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from zhiheng import rules
from zhiheng.api.access import access
from zhiheng.api.data import shelf
from zhiheng.api.fault import FAULTS
from zhiheng.api.listed import items_of
from zhiheng.api.model import Day, page_model, paging
from zhiheng.api.text import Both
from zhiheng.reports import rulebook
from zhiheng.reports.browse import LONGEST_TERM

router = Router(tags=["rules"])


class DatedValue(BaseModel):
    """One dated value of a rule; figures are printed decimals in the rule's unit."""

    since: date = Field(description="First day", examples=["2023-06-30"])
    until: date | None = Field(description="First day it no longer holds")
    repealed: bool
    limit: str = Field(description="As a reader writes it", examples=["≤ 0.2 mg/kg"])
    low: str | None
    high: str | None = Field(examples=["0.2"])
    n: int | None
    c: int | None
    m: str | None
    M: str | None
    condition: str
    citation: str = Field(examples=["GB 2762-2022, 表1"])
    source: str = Field(description="Where it was read")
    confidence: str
    checked: date | None = Field(description="Last day somebody read the source and found it unchanged")
    note: str
    fingerprint: str


class ValueOnDay(DatedValue):
    """The value in force on a day."""

    day: date
    standing: str = Field(description="checked, stale or unverified")


class Rule(BaseModel):
    """One requirement, with its latest value or the value of the day that was asked for."""

    key: str = Field(examples=["us/cpsia/toys-lead"])
    family: str = Field(examples=["us/cpsia"])
    title: Both
    force: str = Field(examples=["legal"])
    scheme: str
    decision: str
    analyte: str = Field(examples=["lead"])
    analyte_name: Both
    applies: list[str] = Field(description="Categories of the scheme that it covers; * is every object")
    excepts: list[str]
    operator: str = Field(examples=["<="])
    unit: str = Field(examples=["mg/kg"])
    note: str
    limit: str = Field(examples=["≤ 100 mg/kg"])
    since: date
    until: date | None
    citation: str
    checked: date | None


class RuleWhole(Rule):
    """A rule with every dated value."""

    values: list[DatedValue]
    on: ValueOnDay | None = Field(description="The value in force on the day that was asked for")


class RuleCount(BaseModel):
    """How many findings of a data set rest on a rule."""

    dataset: str
    verdict: str
    reason: str
    n: int


class RuleQuery(BaseModel):
    """Which rules to list."""

    family: list[str] = Field(
        default_factory=list, description="A family such as cn/gb2762, or a folder of families such as cn"
    )
    analyte: list[str] = Field(default_factory=list, description="Codes of test items")
    force: list[Literal["legal", "guidance"]] = Field(default_factory=list)
    operator: list[str] = Field(default_factory=list)
    category: str = Field("", max_length=LONGEST_TERM, description="Only rules that apply to a category with this text")
    q: str = Field(
        "", max_length=LONGEST_TERM, description="Words in key, title, test item, category, note or citation"
    )
    on: Day | None = Field(None, description="Only rules in force on this day, with the value of that day")
    page: int = paging()["page"][1]
    size: int = paging()["size"][1]


@router.get("/rules", response={200: page_model(Rule), **FAULTS}, operation_id="rules", summary="Rules · 规则")
@access("public")
def listed(request: HttpRequest, asked: RuleQuery = Query(...)) -> dict[str, Any]:  # noqa: ARG001, B008
    """Limits and prohibitions by family, test item, force and words."""
    found = rulebook.select(
        rulebook.Asked(
            tuple(asked.family),
            tuple(asked.analyte),
            tuple(asked.force),
            tuple(asked.operator),
            asked.category,
            asked.q,
            asked.on,
        )
    )
    page = items_of(found, page=asked.page, size=asked.size)
    return page | {"items": [rulebook.entry(rule, on=asked.on) for rule in page["items"]]}


@router.get(
    "/rules/{path:key}/findings",
    response={200: list[RuleCount], **FAULTS},
    operation_id="rule_findings",
    summary="What a rule decided · 规则的判定结果数",
)
@access("public")
def used(request: HttpRequest, key: str) -> list[dict[str, Any]]:  # noqa: ARG001
    """How many findings rest on a rule, by data set, verdict and reason."""
    return rulebook.used(shelf(), key)


@router.get(
    "/rules/{path:key}", response={200: RuleWhole, **FAULTS}, operation_id="rule", summary="One rule · 一条规则"
)
@access("public")
def one(request: HttpRequest, key: str, on: Day | None = Query(None, description="A day")) -> dict[str, Any]:  # noqa: ARG001, B008
    """A rule with every dated value; with `on`, also the value in force on that day, and 404 where there was none."""
    return rulebook.whole(rules.book().rule(key), on=on)
