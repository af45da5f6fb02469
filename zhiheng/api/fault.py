"""What an endpoint answers when it cannot answer."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from pydantic import BaseModel, ConfigDict, Field

from zhiheng.errors import (
    AccessRefused,
    ActRefused,
    AuditBroken,
    CalendarUnknown,
    ChainBroken,
    DocumentUnknown,
    DrawError,
    DrawUnknown,
    EngineError,
    FormError,
    HandoverRefused,
    LinkRefused,
    NothingThereYet,
    Overtaken,
    PartyInvalid,
    PlanInvalid,
    RegisterError,
    RuleError,
    RuleNotInForce,
    RuleUnknown,
    SignInRefused,
    SourceError,
    StatisticsError,
    StoreError,
    TriageRefused,
    UnitError,
    UploadRefused,
    UsageError,
    ZhihengError,
)
from zhiheng.register.parties.faults import Fault as FieldFaulty


class Fault(BaseModel):
    """What went wrong, and what next."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": "there is no data set 'nyc'; there are cn_food_2026, nyc_metals",
                    "what_next": "GET /api/datasets lists them",
                }
            ]
        }
    )
    error: str = Field(description="What, which and why")
    where: list[str] = Field(default_factory=list, description="Which parts of the request, where that can be told")
    what_next: str | None = Field(None, description="What to do about it")


class FieldFault(BaseModel):
    """One fault of one field."""

    field: str
    value: str
    what: str
    what_next: str


class PartyFaults(Fault):
    """Every fault of a party that was refused, with its remedy."""

    faults: list[FieldFault] = Field(default_factory=list)


KINDS: dict[type[ZhihengError], tuple[HTTPStatus, str]] = {
    CalendarUnknown: (HTTPStatus.NOT_FOUND, "ask again when the State Council's notice for that year is out"),
    RuleNotInForce: (HTTPStatus.NOT_FOUND, "leave 'on' out to read every dated value of the rule"),
    RuleUnknown: (
        HTTPStatus.NOT_FOUND,
        "GET /api/rules?q=… finds rules by their words, GET /api/clock/periods lists periods",
    ),
    DrawUnknown: (HTTPStatus.NOT_FOUND, "GET /api/draws lists what was committed, and at what stage each draw is"),
    DrawError: (HTTPStatus.CONFLICT, "GET /api/draws/NAME/verification names the file that does not hold"),
    DocumentUnknown: (HTTPStatus.NOT_FOUND, "compare the code with the paper, letter by letter, or ask the authority"),
    NothingThereYet: (HTTPStatus.NOT_FOUND, "GET /api/datasets lists what is there"),
    TriageRefused: (HTTPStatus.CONFLICT, "GET /api/watch/signals/NUMBER says where the signal stands"),
    Overtaken: (HTTPStatus.CONFLICT, "read it again, then repeat the act"),
    PlanInvalid: (HTTPStatus.CONFLICT, "the message says which figure or row to change"),
    PartyInvalid: (HTTPStatus.UNPROCESSABLE_ENTITY, "correct the fields that 'faults' names, and send it again"),
    SignInRefused: (HTTPStatus.UNAUTHORIZED, "GET /api/docs says how programs sign in"),
    ActRefused: (HTTPStatus.CONFLICT, "the message says for whom it is, or what comes before it"),
    UploadRefused: (HTTPStatus.UNPROCESSABLE_ENTITY, "the message says what to send instead"),
    StatisticsError: (
        HTTPStatus.CONFLICT,
        "the message says what the data lack for this figure: ask for another period, dimension or unit",
    ),
    AccessRefused: (
        HTTPStatus.FORBIDDEN,
        "ask on the machine itself, or set ZHIHENG_INSIDE=1 where only staff can reach the site",
    ),
    UsageError: (HTTPStatus.BAD_REQUEST, "GET /api/openapi.json says what may be asked"),
    LinkRefused: (HTTPStatus.FORBIDDEN, "ask who gave out the task for a new task link"),
    HandoverRefused: (HTTPStatus.CONFLICT, "the message says which steps the custody allows"),
    ChainBroken: (HTTPStatus.INTERNAL_SERVER_ERROR, "tell the keeper of the site: a record is not what was written"),
    FormError: (HTTPStatus.UNPROCESSABLE_ENTITY, "correct what the message names, and send it again"),
    SourceError: (HTTPStatus.UNPROCESSABLE_ENTITY, "correct the row or cell that the message names, and send it again"),
    UnitError: (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "write a unit that can be compared; GET /api/analytes lists what is known",
    ),
    # not the caller's doing: the site's own files, engine or records
    AuditBroken: (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "tell the keeper of the site: 'zhiheng audit verify' names the event",
    ),
    RuleError: (HTTPStatus.INTERNAL_SERVER_ERROR, "tell the keeper of the site: the message names the file of law"),
    RegisterError: (HTTPStatus.CONFLICT, "the message says what stands against it"),
    StoreError: (HTTPStatus.SERVICE_UNAVAILABLE, "try again later, or tell the keeper of the site"),
    EngineError: (HTTPStatus.SERVICE_UNAVAILABLE, "try again later, or tell the keeper of the site"),
}
FAULTS = {400: Fault, 401: Fault, 403: Fault, 404: Fault, 422: Fault}
# where what was asked is understood, and what is there does not carry it
CONFLICTS = FAULTS | {409: Fault}


def answer(api: NinjaAPI, request: HttpRequest, *, status: HTTPStatus, body: dict[str, Any]) -> HttpResponse:
    """A fault as an answer."""
    return api.create_response(request, body, status=int(status))


def entry(error: ZhihengError) -> tuple[HTTPStatus, str]:
    """Status and next step of an error; every class of the tree has them, by itself or by what it is a kind of."""
    return next(found for kind, found in KINDS.items() if isinstance(error, kind))


def faulty(error: ZhihengError) -> dict[str, Any]:
    """The faults by field that an error carries, with where each is in the request."""
    if not isinstance(error, PartyInvalid):
        return {}
    found = [one for one in error.faults if isinstance(one, FieldFaulty)]
    told = [
        dict(zip(("field", "value", "what", "what_next"), (one.field, one.value, *one.said()), strict=True))
        for one in found
    ]
    return {"where": [f"fields.{one.field}" for one in found], "faults": told}


def attach(api: NinjaAPI) -> None:
    """Make the API answer readers' errors as faults; anything else stays a bug."""

    def told(request: HttpRequest, error: ZhihengError) -> HttpResponse:
        status, next_step = entry(error)
        body = {"error": str(error), "what_next": next_step} | faulty(error)
        response = answer(api, request, status=status, body=body)
        if status == HTTPStatus.UNAUTHORIZED:
            response["WWW-Authenticate"] = "Bearer"
        return response

    def refused(request: HttpRequest, error: ValidationError) -> HttpResponse:
        texts = [f"{detail['loc'][-1]}: {detail['msg']}" for detail in error.errors]
        where = [".".join(str(part) for part in detail["loc"]) for detail in error.errors]
        body = {"error": "; ".join(texts), "where": where, "what_next": KINDS[UsageError][1]}
        return answer(api, request, status=HTTPStatus.UNPROCESSABLE_ENTITY, body=body)

    def plain(request: HttpRequest, error: HttpError) -> HttpResponse:
        return answer(api, request, status=HTTPStatus(error.status_code), body={"error": str(error), "what_next": None})

    api.add_exception_handler(ZhihengError, told)
    api.add_exception_handler(ValidationError, refused)
    api.add_exception_handler(HttpError, plain)
