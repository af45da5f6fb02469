"""What laboratories' programs send and are told: samples, results, reports."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from zhiheng.api.model import Day, paging
from zhiheng.register.acts import reports
from zhiheng.register.results import bench

Stage = Literal[bench.STAGES]  # type: ignore[valid-type]
Word = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
Cell = Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00]*$")]
Verdict = Literal["conforming", "nonconforming", "inconclusive", "not_judged", ""]
LINE: dict[str, Any] = {
    "analyte": "铅",
    "comparator": "=",
    "value": "0.25",
    "unit": "mg/kg",
    "reporting_level": "0.01",
    "method": "GB 5009.12-2023",
}


class LabSample(BaseModel):
    """A sample of the laboratory."""

    number: str = Field(examples=["P440106-26-00A-001-Z-T"])
    seal: str
    part: Literal["T", "R"] = Field(description="T: to be tested, R: the reserve")
    case: str = Field(description="Number of its case")
    product: str
    product_type: str
    sampled_on: str
    quantity: str
    state: str = Field(description="Custody: sealed, carried, received, disputed, tested, stored, released, ended")
    stage: Stage = Field(description="Where it stands for this laboratory and this account")
    due: date | None = Field(None, description="Last day by which the law binds the laboratory")


class LabSampleQuery(BaseModel):
    """Which samples to list."""

    stage: Stage | Literal[""] = Field("", description="Empty: all that wait for the laboratory")
    q: Cell = Field("", description="A number or seal, or part of one")
    page: int = paging()["page"][1]
    size: int = paging()["size"][1]


class LabReceipt(BaseModel):
    """What is read on a sample that arrives."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seal": "GD-0001", "look": "完好"}]})
    seal: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(description="As read on the sample")
    look: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(description="Its condition")
    place: Cell = ""


class LabLine(BaseModel):
    """One result as it was written; figures are texts, so that digits stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [LINE]})
    analyte: Cell = Field(description="Code or name, Chinese or English")
    method: Cell = ""
    comparator: Cell = Field("=", description="=, <, >, nd (not detected) or detected")
    value: Cell = ""
    unit: Cell = ""
    reporting_level: Cell = ""
    uncertainty: Cell = Field("", description="Standard uncertainty, in the unit of the result")


class LabResults(BaseModel):
    """The results of a sample."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tested_on": "2026-11-20", "lines": [LINE]}]})
    tested_on: Day | None = None
    note: Word = ""
    lines: list[LabLine] = Field(min_length=1, max_length=reports.MOST_LINES)


class LabRelease(BaseModel):
    """A release; a conclusion only where the rules come to no verdict, and then with a reason."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"conclusion": "", "why": ""}]})
    conclusion: Literal["conforming", "nonconforming", ""] = ""
    why: Word = ""


class LabAmendment(BaseModel):
    """The next version of a released report."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "稀释倍数录错", "lines": [LINE]}]})
    why: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
    lines: list[LabLine] = Field(min_length=1, max_length=reports.MOST_LINES)


class LabFinding(BaseModel):
    """What a result is against its requirement."""

    verdict: Verdict
    reason: str
    rule: str
    requirement: dict[str, str] = Field(description="Limit as written, operator, citation, force …")


class LabReportLine(LabLine):
    """A result with its finding; null while the report is a draft."""

    finding: LabFinding | None = None


class LabReport(BaseModel):
    """One version of a report."""

    number: str
    version: int
    sample: str
    case: str
    is_retest: bool
    tested_on: date | None
    entered_by: str
    released_by: str = Field(description="Empty while it is a draft")
    released_at: str
    verdict: Verdict = Field(description="By the rules")
    conclusion: Verdict = Field(description="Of the laboratory, the same wherever the rules decide")
    note: str
    digest: str = Field(description="SHA-256 of what was released")
    lines: list[LabReportLine]


class LabVersions(BaseModel):
    """A report with all its versions, the newest first."""

    number: str
    versions: list[LabReport]
