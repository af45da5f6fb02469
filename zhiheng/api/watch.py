"""Signals as work: the inbox and its steps for the staff; notices, evaluation and product risk for everybody."""

import time
from datetime import date
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, Field

from zhiheng import rules
from zhiheng.api.access import access
from zhiheng.api.fault import CONFLICTS, FAULTS
from zhiheng.api.model import page_model, row_model
from zhiheng.errors import UsageError
from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import inbox as mornings
from zhiheng.reports.browse import LARGEST_PAGE
from zhiheng.stats.aberration import WORDS, Reason
from zhiheng.surveillance import INBOX, NOTICES, inbox, notices, product_risk
from zhiheng.surveillance.inbox.terms import plain
from zhiheng.surveillance.inbox.triage import Step

router = Router(tags=["watch"])
PRINTABLE = r"^[^\x00-\x1f]*$"
NUMBER = r"^[0-9a-f]{4,64}$"
WorkSignal = row_model(
    INBOX,
    name="WorkSignal",
    example={
        "signal_id": "5d0c6a1f9b3e",
        "source": "rasff",
        "day": "2025-02-24",
        "level": 1,
        "score": 0.93,
        "state": "new",
        "product": "辣椒",
        "hazard": "毒死蜱",
        "origin": "Senegal",
        "grounds": "pair",
        "count": 5,
        "expected": 0.02,
        "q": 0.000001,
        "first": True,
    },
)
Notice = row_model(
    NOTICES, name="Notice", example={"notice": "rasff-0f3a9c1d2b4e", "item": 1, "source": "rasff", "day": "2025-02-20"}
)
WorkSignals = page_model(WorkSignal)
Notices = page_model(Notice)
State = Literal["new", "watched", "acted", "dismissed"]
PAGE = Query(1, ge=1, le=10**6, description="Page, from 1")
SIZE = Query(50, ge=1, le=LARGEST_PAGE, description="How many a page holds")


class Taken(BaseModel):
    """A step that was taken, with its place in the chain of all steps."""

    number: int
    signal_id: str
    act: str
    before_state: str
    state: str
    by: str
    at: str
    reason: str
    note: str
    region: str
    before: str = Field(description="Digest of the step before")
    digest: str


class SignalWhole(BaseModel):
    """A signal with its grounds, parts of the score, evidence and steps."""

    row: WorkSignal  # type: ignore[valid-type]
    explained: dict[str, list[str]]
    parts: dict[str, float]
    grounds: list[dict[str, Any]]
    evidence: list[str]
    similar: list[str] = Field(description="Earlier signals like it, the most similar first")
    steps: list[Taken]


class Looked(BaseModel):
    """What the last look over the series of a data set saw; nothing that was not tested is without a reason."""

    day: date
    series: int = Field(description="Series that were tested")
    tests: int = Field(description="Tests: series by week, as counts and as rates")
    hopeless: int = Field(description="Tests that so few cases could never have passed, left out beforehand")
    discoveries: int
    alarms: int = Field(description="Discoveries above their detector's own bound")
    rate: float = Field(description="Rate at which false discoveries are held over the whole tree")
    method: str
    arrived: list[float | None] = Field(
        description="Share of each judged week's results that was in; null: too few to tell"
    )
    by_farrington: int
    by_ears: int
    reasons: dict[str, int] = Field(
        description="measure:code, how many; the codes are those of stats.aberration.Reason"
    )
    words: dict[str, str] = Field(description="The codes in words")


class Wanted(BaseModel):
    """A step that somebody wants to take."""

    act: Literal["triage", "hand", "acknowledge", "return"] = "triage"
    by: str = Field(min_length=1, max_length=500)
    to: Literal["", "new", "watched", "acted", "dismissed"] = ""
    reason: str = Field("", max_length=500)
    note: str = Field("", max_length=500)
    region: str = Field("", max_length=500)


class Risk(BaseModel):
    """A product risk; bands and matrix were not verified at their source."""

    probability: float
    band: int
    raised_band: int
    bands_raised: int
    severity: int
    items: int
    level_alone: str
    level: str = Field(examples=["serious"])
    doubtful: list[int] = Field(description="Steps without evidence, from 1")
    next_up: float | None


def workspace() -> Workspace:
    """The workspace of the site."""
    return Workspace(settings.WORKSPACE)


@router.get(
    "/watch/signals",
    response={200: WorkSignals, **FAULTS},
    operation_id="watch_signals",
    summary="Signal inbox · 信号收件箱",
)
@access("inside")
def signals(
    request: HttpRequest,  # noqa: ARG001
    state: list[State] = Query(default_factory=list),  # noqa: B008
    source: str = Query("", max_length=64, pattern=PRINTABLE),
    page: int = PAGE,
    size: int = SIZE,
) -> dict[str, Any]:
    """The signals, the latest first, then by level and score."""
    box = inbox.Inbox(workspace())
    states = box.states()
    rows = [mornings.row(one, states.get(one.signal_id, inbox.State()), "zh") for one in box.signals()]
    found = [row for row in rows if (not state or row["state"] in state) and source in ("", row["source"])]
    return {"total": len(found), "page": page, "size": size, "items": found[(page - 1) * size : page * size]}


@router.get(
    "/watch/looks", response={200: dict[str, Looked], **FAULTS}, operation_id="watch_looks", summary="Looks · 序列检视"
)
@access("inside")
def looks(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """By data set, what the last look over its series saw."""
    found = inbox.Inbox(workspace()).body().get("looks", {})
    return {
        name: one | {"words": {key: WORDS[Reason(int(key.split(":")[1]))] for key in one["reasons"]}}
        for name, one in found.items()
    }


@router.get(
    "/watch/signals/{signal_id}",
    response={200: SignalWhole, **FAULTS},
    operation_id="watch_signal",
    summary="One signal · 一条信号",
)
@access("inside")
def one(request: HttpRequest, signal_id: str) -> dict[str, Any]:  # noqa: ARG001
    """A signal with everything that it rests on."""
    box = inbox.Inbox(workspace())
    signal = box.signal(signal_id)
    events = box.events(signal.signal_id)
    likes = inbox.similar(signal, box.signals(), inbox.terms(timezone.localdate())["similar"])
    return {
        "row": mornings.row(signal, inbox.state(events), "zh"),
        "explained": {word: mornings.explained(signal, word) for word in ("zh", "en")},
        "parts": signal.parts,
        "grounds": signal.grounds,
        "evidence": signal.evidence,
        "similar": [other.signal_id for _, other in likes],
        "steps": [event.__dict__ for event in events],
    }


@router.post(
    "/watch/signals/{signal_id}/steps",
    response={201: Taken, **CONFLICTS},
    operation_id="watch_step",
    summary="Take a step · 处置",
)
@access("inside")
def step(request: HttpRequest, signal_id: str, body: Wanted) -> tuple[int, dict[str, Any]]:
    """Note a step with a signal; it is kept for good."""
    # a page of another site can make a browser send a plain form, but not this
    if request.content_type != "application/json":
        raise UsageError("send the step as application/json")
    made = inbox.Inbox(workspace()).step(
        signal_id, Step(**body.model_dump()), now=time.time(), terms=inbox.terms(timezone.localdate())
    )
    return 201, made.__dict__


@router.get("/watch/notices", response={200: Notices, **FAULTS}, operation_id="watch_notices", summary="Notices · 通报")
@access("public")
def listed(
    request: HttpRequest,  # noqa: ARG001
    source: str = Query("", max_length=64, pattern=r"^[A-Za-z0-9_-]*$"),
    hazard_code: str = Query("", max_length=200, pattern=PRINTABLE),
    product_code: str = Query("", max_length=200, pattern=PRINTABLE),
    page: int = PAGE,
    size: int = SIZE,
) -> dict[str, Any]:
    """Notices in our codes, the latest first; a notice of several hazards stands once for each."""
    lines = notices.Kept(workspace()).lines(source)
    found = [
        line
        for line in reversed(lines)
        if hazard_code in ("", line["hazard_code"]) and product_code in ("", line["product_code"])
    ]
    return {"total": len(found), "page": page, "size": size, "items": found[(page - 1) * size : page * size]}


@router.get(
    "/watch/evaluation",
    response={200: dict[str, Any], **FAULTS},
    operation_id="watch_evaluation",
    summary="Evaluation · 信号评价",
)
@access("public")
def evaluation(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """By source: how many signals, how early against what was later confirmed, how many false; without the signals themselves."""
    found = inbox.Inbox(workspace()).body()["evaluations"]
    return {
        name: {key: None if value != value else value for key, value in body.items() if key != "rows"}
        for name, body in found.items()
    }


@router.get(
    "/watch/product-risk", response={200: Risk, **FAULTS}, operation_id="watch_risk", summary="Product risk · 产品风险"
)
@access("public")
def assessed(
    request: HttpRequest,  # noqa: ARG001
    step: list[str] = Query(..., max_length=20, description="what happens | probability | evidence"),  # noqa: B008
    severity: int = Query(..., ge=1, le=4),
    items: int = Query(0, ge=0, le=10**12),
) -> dict[str, Any]:
    """The risk of a product from the steps of a harm scenario."""
    terms = plain(rules.settings("product-risk", on=timezone.localdate()))
    found = product_risk.assess([product_risk.step(text) for text in step], severity=severity, items=items, terms=terms)
    return found.__dict__
