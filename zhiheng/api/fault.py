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
    CalendarUnknown,
    DocumentUnknown,
    DrawError,
    DrawUnknown,
    NothingThereYet,
    Overtaken,
    PlanInvalid,
    RuleNotInForce,
    RuleUnknown,
    SignInRefused,
    StatisticsError,
    TriageRefused,
    UploadRefused,
    UsageError,
    ZhihengError,
)


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
    what_next: str | None = Field(None, description="What to do about it")


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
}
FAULTS = {400: Fault, 401: Fault, 403: Fault, 404: Fault, 422: Fault}
# where what was asked is understood, and what is there does not carry it
CONFLICTS = FAULTS | {409: Fault}


def answer(api: NinjaAPI, request: HttpRequest, *, status: HTTPStatus, body: dict[str, Any]) -> HttpResponse:
    """A fault as an answer."""
    return api.create_response(request, body, status=int(status))


def attach(api: NinjaAPI) -> None:
    """Make the API answer readers' errors as faults; anything else stays a bug."""

    def told(request: HttpRequest, error: ZhihengError) -> HttpResponse:
        found = next((entry for kind, entry in KINDS.items() if isinstance(error, kind)), None)
        status, next_step = found or (HTTPStatus.INTERNAL_SERVER_ERROR, None)
        response = answer(api, request, status=status, body={"error": str(error), "what_next": next_step})
        if status == HTTPStatus.UNAUTHORIZED:
            response["WWW-Authenticate"] = "Bearer"
        return response

    def refused(request: HttpRequest, error: ValidationError) -> HttpResponse:
        texts = [f"{detail['loc'][-1]}: {detail['msg']}" for detail in error.errors]
        body = {"error": "; ".join(texts), "what_next": KINDS[UsageError][1]}
        return answer(api, request, status=HTTPStatus.UNPROCESSABLE_ENTITY, body=body)

    def plain(request: HttpRequest, error: HttpError) -> HttpResponse:
        return answer(api, request, status=HTTPStatus(error.status_code), body={"error": str(error), "what_next": None})

    api.add_exception_handler(ZhihengError, told)
    api.add_exception_handler(ValidationError, refused)
    api.add_exception_handler(HttpError, plain)
