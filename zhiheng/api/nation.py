"""Lakes: the prepared cells of a nation, its batches, and the findings that are not plain."""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field, create_model

from zhiheng.api.access import access
from zhiheng.api.data import nations
from zhiheng.api.fault import FAULTS
from zhiheng.api.finding import Finding
from zhiheng.api.model import Day, row_model
from zhiheng.api.text import Both
from zhiheng.decision.tables import CUBES
from zhiheng.errors import UsageError
from zhiheng.evidence.delivered import REPORTS
from zhiheng.evidence.tables import Column, Table
from zhiheng.reports.browse import LARGEST_PAGE
from zhiheng.reports.nation import Nation, asking, batch, figures
from zhiheng.reports.nation import rows as lists
from zhiheng.reports.nation.rows import RESULTS

router = Router(tags=["lakes"])
CUBE_NAMES = tuple(CUBES)
DIMENSION_NAMES = ("happened", "week", "period", "province", "region", "category", "product_type", "channel", "arm")
PRINTABLE = r"^[^\x00-\x1f]*$"


class Place(BaseModel):
    """What figures are narrowed to: nothing named, nothing narrowed."""

    province: str = Field("", max_length=40, pattern=PRINTABLE)
    region: str = Field(
        "", max_length=6, pattern=r"^([0-9]{6})?$", description="GB/T 2260: a county, a city or a province"
    )
    product_type: str = Field("", max_length=300, pattern=PRINTABLE)
    arm: str = Field("", max_length=20, pattern=PRINTABLE)


class Cut(Place):
    """What cells are narrowed to."""

    category: str = Field("", max_length=120, pattern=PRINTABLE)
    channel: str = Field("", max_length=40, pattern=PRINTABLE)


class Question(Place):
    """Which findings are asked for."""

    analyte: str = Field(
        max_length=80, pattern=PRINTABLE, description="Test item by code, or as printed", examples=["lead"]
    )
    verdict: Literal["nonconforming", "inconclusive", "not_judged"] = "nonconforming"
    after: str = Field("", max_length=80, pattern=PRINTABLE, description="The place that the page before gave")
    size: int = Field(50, ge=1, le=LARGEST_PAGE)


BY = Query(default_factory=list, description="Dimensions of the cube to group by; all of them if left out")
AS_KNOWN = Query(None, description="The figures as they were known at the end of this day")


def narrow(table: Table, name: str) -> Table:
    """A table with the kinds of column that the API knows: small numbers are numbers."""
    kinds = {"int8": "int64", "int32": "int64"}
    return Table(
        name, table.en, table.zh, tuple(Column(c.name, kinds.get(c.type, c.type), c.en, c.zh) for c in table.columns)
    )


class Lake(BaseModel):
    """A lake and what its figures were made from."""

    dataset: str = Field(examples=["nation"])
    title: Both
    judged: bool
    made_from: str | None = Field(None, description="Names the book of judgements and its commit")
    judged_on: str | None = None
    batches: int | None = None


class Cell(BaseModel):
    """One group of batches."""

    by: dict[str, str | None] = Field(description="The values of the dimensions")
    batches: int
    judged: int
    nonconforming: int
    inconclusive: int
    not_judged: int
    results: int
    rate: float | None = Field(description="Nonconforming of the batches judged")
    lower: float | None = Field(
        description="Lower end of the 95 % interval of Wilson: what chance alone does among batches like these, no interval of a population"
    )
    upper: float | None
    weighted: float | None = Field(description="Hájek: batches judged, weighted by 1 / inclusion probability")
    weighted_lower: float | None = Field(
        None, description="Lower end of its 95 % interval (Korn, Graubard 1998); null while a probability is not known"
    )
    weighted_upper: float | None = None


class Cells(BaseModel):
    """A grouping of batches."""

    cube: str
    made_from: str
    total: int
    items: list[Cell] = Field(description="Most batches first, at most `size` of them")


BatchReport = row_model(
    narrow(REPORTS, "reports"),
    name="BatchReport",
    example={"sample_id": "MN202504010000051", "stage": "first", "version": 0},
)
LakeFinding = row_model(
    narrow(RESULTS, "lake_findings"),
    name="LakeFinding",
    example={"sample_id": "MN202504010000051", "verdict": "nonconforming"},
)


class FindingsPage(BaseModel):
    """Findings of a lake, a page at a time."""

    made_from: str
    total: int
    after: str | None = Field(description="Ask again with it for the next page; null on the last")
    items: list[LakeFinding]  # type: ignore[valid-type]


FIELDS: dict[str, Any] = {
    "reports": (list[BatchReport], Field(description="All reports and versions, in order")),  # type: ignore[valid-type]
    "lines": (list[Finding], Field(description="Every line of every report with its verdict")),  # type: ignore[valid-type]
}


class BatchSaid(BaseModel):
    """A batch and its verdict."""

    sample_id: str
    verdict: str = Field(examples=["nonconforming"])
    severity: str | None = None
    made_from: str


BatchWhole: type[BaseModel] = create_model("LakeBatch", __base__=BatchSaid, **FIELDS)


def opened(dataset: str, known: date | None) -> Nation:
    """A lake as it is known now, or as it was known on a day."""
    return nations().open(dataset, known)


@router.get("/lakes", response={200: list[Lake]}, operation_id="lakes", summary="Lakes · 数据湖")
@access("public")
def lakes(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """Every lake of the workspace."""
    return [told(name) for name in nations().datasets()]


def told(dataset: str) -> dict[str, Any]:
    """A lake as the API tells it."""
    found: dict[str, Any] = {
        "dataset": dataset,
        "title": nations().card(dataset)["title"],
        "judged": nations().is_judged(dataset),
    }
    if not found["judged"]:
        return found
    nation = nations().open(dataset)
    return found | {
        "made_from": nation.made_from,
        "judged_on": nation.about.get("judged_on"),
        "batches": figures.arms(nation)["all"]["batches"],
    }


@router.get(
    "/lakes/{dataset}/cells/{cube}",
    response={200: Cells, **FAULTS},
    operation_id="lake_cells",
    summary="Prepared cells · 汇总数据",
)
@access("public")
def cells(
    request: HttpRequest,  # noqa: ARG001
    dataset: str,
    cube: Literal[CUBE_NAMES],  # type: ignore[valid-type]
    cut: Query[Cut],
    by: list[Literal[DIMENSION_NAMES]] = BY,  # type: ignore[valid-type]
    as_known: Day | None = AS_KNOWN,
    size: int = Query(1000, ge=1, le=10000),
) -> dict[str, Any]:
    """Batches by verdict for each value of some dimensions. Rates of the arms are given apart: group by arm, or filter."""
    nation = opened(dataset, as_known)
    where = cut.model_dump(exclude_defaults=True)
    group = list(dict.fromkeys(by)) or list(CUBES[cube])
    strange = [name for name in (*group, *where) if name not in CUBES[cube]]
    if strange:
        raise UsageError(f"the cells '{cube}' have no {strange[0]}; they have {', '.join(CUBES[cube])}")
    rows = figures.sums(nation, tuple(group), cube=cube, **where)
    return {
        "cube": cube,
        "made_from": nation.made_from,
        "total": len(rows),
        "items": [row | {"by": {name: text(row[name]) for name in group}} for row in rows[:size]],
    }


def text(value: Any) -> str | None:
    """A dimension's value as text."""
    return value.isoformat() if isinstance(value, date) else value


@router.get(
    "/lakes/{dataset}/findings",
    response={200: FindingsPage, **FAULTS},
    operation_id="lake_findings",
    summary="Findings that are not plain · 非合格单项判定",
)
@access("public")
def findings(
    request: HttpRequest,  # noqa: ARG001
    dataset: str,
    asked: Query[Question],
) -> dict[str, Any]:
    """First tests of a test item that failed or came to no verdict, newest first."""
    nation = opened(dataset, None)
    question = asking.asked({name: [str(value)] for name, value in asked.model_dump().items() if value})
    found, more = lists.page(nation, question)
    return {
        "made_from": nation.made_from,
        "total": lists.counted(nation, question),
        "after": more or None,
        "items": found,
    }


@router.get(
    "/lakes/{dataset}/batches/{path:sample_id}",
    response={200: BatchWhole, **FAULTS},
    operation_id="lake_batch",
    summary="One batch · 一个批次",
)
@access("public")
def one(request: HttpRequest, dataset: str, sample_id: str) -> dict[str, Any]:  # noqa: ARG001
    """One batch with all its reports, and every line with its verdict and rule."""
    nation = opened(dataset, None)
    held = batch.batch(nation, sample_id)
    return {
        "sample_id": held.sample_id,
        "verdict": held.verdict,
        "severity": held.severity,
        "made_from": nation.made_from,
        "reports": held.reports,
        "lines": held.lines,
    }
