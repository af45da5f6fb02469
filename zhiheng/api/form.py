"""Sampling forms: taken in from the holder of a task link, each once, and given back to the same."""

import time
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from ninja.errors import HttpError
from ninja.security import HttpBearer
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from zhiheng.api.access import access
from zhiheng.api.fault import Fault
from zhiheng.errors import ActRefused, LinkRefused, NothingThereYet
from zhiheng.register import trying
from zhiheng.register.acts import samples
from zhiheng.selection import form as forms
from zhiheng.selection.form import Received, Task, link

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
BEARER = "Bearer "
EVERYBODY = "everybody"  # the one count of tries from all addresses together
EXAMPLE: dict[str, Any] = {
    "form": "sampling-product",
    "uuid": "3f2b6c1e-8a44-4d0e-9b1a-0c5d7e9f1a2b",
    "serial": "P440106-26-00A-001-Z",
    "fields": {"product": "小型断路器", "test": {"value": "12", "unit": "只"}},
}
STATUS = {
    "accepted": HTTPStatus.CREATED,
    "again": HTTPStatus.OK,
    "taken": HTTPStatus.CONFLICT,
    "faulty": HTTPStatus.UNPROCESSABLE_ENTITY,
}
NEXT = {
    "taken": "take a new number from your task link and send it again; what was sent is kept",
    "faulty": "correct what the faults name and send it again; what was sent is kept",
}


class TaskLink(HttpBearer):
    """A task link in the header Authorization, and in nothing that a browser sends by itself."""

    openapi_description = "A task link, given out by 'zhiheng form issue': the text after #task="

    def __call__(self, request: HttpRequest) -> Task:
        """The task of the link."""
        if not settings.FORMS_INTAKE:
            raise HttpError(
                HTTPStatus.FORBIDDEN, "this site takes in no sampling forms: its keeper has turned that off"
            )
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            raise HttpError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the form is larger than {most:,} bytes: take fewer photos"
            )
        header = request.headers.get("Authorization", "")
        return self.authenticate(request, header.removeprefix(BEARER) if header.startswith(BEARER) else "")

    def authenticate(self, request: HttpRequest, token: str) -> Task:
        """The task of a link. A try that fails is noted once an address and hour; who goes on trying is not answered for a while."""
        store, now = received(), time.time()
        try:
            task = link.opened(token, link.secret_read(store.secret), now=now)
            store.allowed(task)
        except LinkRefused as error:
            if tried(request, "form_link"):
                raise HttpError(
                    HTTPStatus.TOO_MANY_REQUESTS,
                    "too many task links from this address were not good: wait a minute, then open the link as it was given to you",
                ) from error
            if store.path.exists() and not tried(request, "form_link_noted"):
                store.refuse(str(error), now=now)
            raise HttpError(HTTPStatus.FORBIDDEN, str(error)) from error
        return task


def tried(request: HttpRequest, action: str) -> bool:
    """Whether this was tried too often; a call whose address nobody knows is not counted by it, but refused without a note."""
    try:
        return bool(trying.waiting(request, action, reads=True, key=EVERYBODY))
    except PermissionDenied:
        return action == "form_link_noted"


def received() -> Received:
    """The forms of the workspace that the settings name."""
    return Received(settings.WORKSPACE)


class Submission(BaseModel):
    """A filled form; its numbers are texts, so that they stay exact."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})
    form: Literal[forms.FORMS]  # type: ignore[valid-type]
    uuid: Annotated[str, StringConstraints(pattern=UUID_PATTERN)] = Field(description="Made at random by the device")
    serial: Annotated[str, StringConstraints(max_length=40)] = Field(description="From the block of the task link")
    fields: dict[str, Any] = Field(description="Answers by field")


class FormFault(BaseModel):
    """One fault of a form."""

    key: str = Field(description="What is wrong")
    fields: list[str] = Field(description="Where")
    grade: Literal["refuse", "fault", "remark"] = Field(
        description="No sample may be taken; the form is wrong; only said"
    )
    zh: str
    en: str
    remedy: dict[str, str] = Field(description="What to do, in both languages")
    cite: dict[str, Any] = Field(description="Source; checked is null while nobody has read it")


class Receipt(BaseModel):
    """What became of a form that was accepted, now or before."""

    state: Literal["accepted", "again"]
    serial: str
    uuid: str
    sha256: str = Field(description="Digest of the form as it was received")
    at: str = Field(description="When it was received first, UTC")
    case: str = Field(default="", description="The case it belongs to, where the task is one")
    case_note: str = Field(default="", description="Why the case did not go on with it, if so")
    faults: list[FormFault] = Field(description="Remarks")


class Refusal(Fault):
    """Why a form was not accepted."""

    faults: list[FormFault] = Field(default_factory=list)


class Kept(BaseModel):
    """An accepted form and the hand-overs of its samples."""

    sha256: str
    at: str
    officer: str
    task: str
    filled: dict[str, Any]
    remarks: list[FormFault]
    custody: list[dict[str, Any]]


router = Router(tags=["forms"])
REFUSED = {400: Fault, 403: Fault, 413: Fault, 429: Fault}


@router.post(
    "/forms/",
    response={201: Receipt, 200: Receipt, 409: Refusal, 422: Refusal, **REFUSED},
    auth=TaskLink(),
    operation_id="form_send",
    summary="Send a sampling form · 报送抽样单",
)
@access("link")
def send(request: HttpRequest, body: Submission) -> tuple[int, dict[str, Any]]:
    """Take a filled form in. Sent again, it is answered as the first time and kept once."""
    try:
        filled = forms.filled(body.model_dump())
    except forms.FormRefused as error:
        raise HttpError(HTTPStatus.BAD_REQUEST, str(error)) from error
    done = received().take(filled, now=time.time(), today=today(), task=request.auth)
    told = {"state": done.state, "serial": filled.serial, "uuid": filled.uuid, "sha256": done.sha256, "at": done.at}
    if done.state not in NEXT:
        told |= into_case(request.auth, filled)
    if done.state in NEXT:
        told = {"error": done.reason, "what_next": NEXT[done.state]}
    return int(STATUS[done.state]), told | {"faults": done.faults}


def into_case(task: Task, filled: forms.Filled) -> dict[str, str]:
    """The case that an accepted form belongs to, and why it did not go on with it, if so; the form is kept either way."""
    try:
        case = samples.drawn(task, filled, at=timezone.now())
    except ActRefused as error:
        return {"case": task.task, "case_note": str(error)}
    return {"case": case.number if case else "", "case_note": ""}


@router.get(
    "/forms/{serial}",
    response={200: Kept, 404: Fault, **REFUSED},
    auth=TaskLink(),
    operation_id="form",
    summary="One sampling form · 抽样单",
)
@access("link")
def one(request: HttpRequest, serial: str) -> dict[str, Any]:
    """An accepted form of the officer and task of the link, with where its samples are."""
    store, task = received(), request.auth
    kept = store.form(serial)
    if (kept["officer"], kept["task"]) != (task.officer, task.task):
        raise NothingThereYet(store.absent(serial))  # another's form is answered as one that is not there
    events = [event.__dict__ for past in store.custody(serial).values() for event in past]
    return kept | {"custody": events}


def today() -> date:
    """The day of the site."""
    here: date = timezone.localdate()
    return here
