"""The retest laboratory of a case: who may be drawn, the draw, and what was drawn with seed and list."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from zhiheng.api.access import access
from zhiheng.api.fault import FAULTS, Fault
from zhiheng.api.model import Day
from zhiheng.errors import NothingThereYet
from zhiheng.register import queries, retesting
from zhiheng.register.acts import retests
from zhiheng.register.models import Account, Case

router = Router(tags=["cases"])
SUBJECT = Query("", max_length=120, description="What the certificate is for; empty: what the case's category names")


class RetestCertificate(BaseModel):
    """A certificate for retests that is valid today."""

    number: str
    subject: str
    valid_to: Day


class RetestLaboratory(BaseModel):
    """A laboratory that may test again, in the order in which a seed names them."""

    laboratory: str = Field(description="Its number in the register")
    name: str
    credit_code: str
    certificates: list[RetestCertificate]


class RetestDraw(BaseModel):
    """A draw as its event keeps it: place = below(seed, number of laboratories), see docs/explanation/verifiable-draws.md."""

    event: int = Field(description="Number of the event in the audit")
    subject: str
    seed: str = Field(description="32 bytes in hexadecimal digits")
    laboratory: str = Field(description="Which of them was drawn")
    among: list[RetestLaboratory]
    holds: bool = Field(description="Whether seed and list give this laboratory")


class RetestChoice(BaseModel):
    """Who may be drawn, and what was."""

    case: str
    subject: str
    subjects: list[str] = Field(description="What certificates of others are for")
    among: list[RetestLaboratory]
    drawn: list[RetestDraw]


class RetestAsked(BaseModel):
    """The draw that is asked for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"subject": "玩具", "why": "", "version": 9}]})
    subject: str = Field(max_length=120, description="What the certificate has to be for")
    why: str = Field("", max_length=1000)
    version: int | None = Field(None, description="The version of the case that was looked at; a later one refuses")


def told(account: Account, case: Case, subject: str) -> dict[str, Any]:
    """Who may be drawn for a subject, and what was drawn."""
    if retesting.naming(account, case) is None:
        raise NothingThereYet(f"the procedure of {case.number} names no retest laboratory")
    scopes = retesting.scopes(case, on=timezone.localdate())
    known = retesting.subjects(scopes)
    wanted = subject or retesting.suggested(case, known)
    return {
        "case": case.number,
        "subject": wanted,
        "subjects": known,
        "among": [one.told() for one in retesting.qualified(scopes, wanted)],
        "drawn": [one | {"holds": retesting.holds(one)} for one in retesting.drawn(case)],
    }


@router.get(
    "/cases/{number}/retest",
    response={200: RetestChoice, **FAULTS},
    operation_id="retest_laboratories",
    summary="Who may test again · 复检机构名单",
)
@access("officer")
def retest_laboratories(request: HttpRequest, number: str, subject: str = SUBJECT) -> dict[str, Any]:
    """The laboratories that may test again, without the first one and its houses, and the draws of the case."""
    account: Account = request.account
    return told(account, queries.case(account, number), subject)


@router.post(
    "/cases/{number}/retest",
    response={200: RetestChoice, **FAULTS, 409: Fault},
    operation_id="retest_draw",
    summary="Draw the retest laboratory · 抽取复检机构",
)
@access("officer")
def retest_draw(request: HttpRequest, number: str, body: RetestAsked) -> dict[str, Any]:
    """Draw one of them by lot and name it; seed and list are in the answer and in the event."""
    account: Account = request.account
    done = retests.draw_laboratory(account, number, body.subject, version=body.version, why=body.why)
    return told(account, done, body.subject)
