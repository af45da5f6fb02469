"""Data sets: what each is, what came in, and how its results were judged."""

from typing import Any

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from zhiheng.api.access import access
from zhiheng.api.data import shelf
from zhiheng.api.fault import FAULTS
from zhiheng.api.text import Both

router = Router(tags=["datasets"])


class Part(BaseModel):
    """One source file, and what it gave."""

    file: str = Field(examples=["notices_2026.csv"])
    sha256: str
    profile: str = Field(description="Fingerprint of the profile that it was read with")
    received: int
    accepted: int
    rejected: int
    duplicate: int
    items: int
    unread: int


class Count(BaseModel):
    """How many findings there are of one kind."""

    verdict: str = Field(examples=["nonconforming"])
    reason: str | None = Field(None, examples=["exceeds_limit"])
    force: str | None = Field(None, examples=["legal"])
    n: int


class Printed(BaseModel):
    """How many findings agree with the limit that the source prints."""

    agreement: str | None = Field(None, examples=["agree"])
    printed_verdict: str | None = None
    verdict: str
    n: int


class Dataset(BaseModel):
    """A data set after its last turn."""

    dataset: str = Field(examples=["nyc_metals"])
    title: Both
    question: Both
    origin: dict[str, str] = Field(description="Publisher, address, day of retrieval, licence")
    supports: str = Field(
        description="What the sample supports: failures, convenience, monitoring or probability",
        examples=["convenience"],
    )
    supports_note: Both
    scheme: str = Field(description="Category scheme of its product types")
    rules: list[str] = Field(description="Families of rules that it is judged by")
    decision: str = Field(description="How measurement uncertainty enters; empty: as each rule says")
    day: str = Field(description="Which day's rules apply: a column, or one day")
    intake: dict[str, int] = Field(description="received = accepted + rejected + duplicate")
    parts: list[Part]
    results: list[Count]
    samples: dict[str, int] = Field(description="Samples by verdict")
    printed: list[Printed]
    alternatives: dict[str, list[Count]] = Field(description="The same results under other readings")
    made_from: str = Field(description="Names evidence, law and program of this turn")
    version: str = Field(description="Version of the program")


def told(summary: dict[str, Any]) -> dict[str, Any]:
    """A summary as the API tells it."""
    card = summary["card"]
    names = ("title", "question", "origin", "supports", "supports_note", "scheme", "rules", "decision", "day")
    return summary | {name: card[name] for name in names} | {"made_from": summary["key"]}


@router.get("/datasets", response={200: list[Dataset]}, operation_id="datasets", summary="Data sets · 数据集")
@access("public")
def datasets(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """Every data set of the workspace with its counts."""
    return [told(summary) for summary in shelf().summaries()]


@router.get(
    "/datasets/{dataset}",
    response={200: Dataset, **FAULTS},
    operation_id="dataset",
    summary="One data set · 一个数据集",
)
@access("public")
def one(request: HttpRequest, dataset: str) -> dict[str, Any]:  # noqa: ARG001
    """A data set: what it is, what came in, how it was judged, and how it would be under other readings."""
    return told(shelf().open(dataset).summary)
