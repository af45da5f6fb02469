"""Organisations, sites, products, scopes and certificates: entered and changed, as on the form of the pages."""

from http import HTTPStatus
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from zhiheng.api.access import access
from zhiheng.api.fault import CONFLICTS, PartyFaults
from zhiheng.register.acts import parties
from zhiheng.register.models import Account
from zhiheng.register.parties import fields, forms
from zhiheng.register.parties.fields import KINDS_OF_PARTIES

router = Router(tags=["register"])
PartyKind = Literal["organisation", "site", "product", "scope", "certificate"]
Value = str | int | bool | None
REFUSED = {**CONFLICTS, 422: PartyFaults}
FIELDS = "Fields by name: " + "; ".join(
    f"{kind.name}: {', '.join(one for one in kind.fields if one != 'sources')}" for kind in KINDS_OF_PARTIES.values()
)
EXAMPLE: dict[str, Any] = {"fields": {"name": "某食品厂", "kind": "enterprise", "region": "440106"}, "why": "新设"}


class PartyNew(BaseModel):
    """A party to be registered."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})
    fields: dict[str, Value] = Field(description=FIELDS)
    why: str = Field("", max_length=1000)


class PartyChange(BaseModel):
    """Fields of a party to be changed; what is not named stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"fields": {"phone": "020-1"}, "why": "更正", "seen": 7}]}
    )
    fields: dict[str, Value] = Field(description=FIELDS)
    why: str = Field(min_length=1, max_length=1000, description="Stands in the history beside the change")
    seen: int = Field(
        ge=0, description="`seen` of the answer that was read; what was changed since is not written over"
    )


class Party(BaseModel):
    """A party as it stands, and the number of the last event about it."""

    kind: PartyKind
    number: int
    seen: int
    fields: dict[str, Any]


def told(kind: str, thing: Any) -> dict[str, Any]:
    """A party as an answer."""
    known = parties.known(kind)
    there = {name: value for name, value in fields.present(known, thing).items() if name != "sources"}
    return {"kind": kind, "number": thing.pk, "seen": forms.last(known, thing.pk), "fields": there}


@router.post(
    "/parties/{kind}",
    response={201: Party, **REFUSED},
    operation_id="party_new",
    summary="Register a party · 登记",
)
@access("administrator", "officer")
def new(request: HttpRequest, kind: PartyKind, body: PartyNew) -> tuple[int, dict[str, Any]]:
    """Register an organisation, site, product, scope or certificate; everything that is wrong is named at once."""
    made = parties.add(account(request), kind, written(body.fields), at=timezone.now(), why=body.why)
    return HTTPStatus.CREATED, told(kind, made)


@router.get(
    "/parties/{kind}/{number}",
    response={200: Party, **CONFLICTS},
    operation_id="party",
    summary="A party to be changed · 待更改的登记",
)
@access("administrator", "officer")
def one(request: HttpRequest, kind: PartyKind, number: int) -> dict[str, Any]:
    """A party as whoever may change it sees it, with the event that a change has to have seen."""
    known = parties.known(kind)
    thing = parties.one(known, sized(number))
    parties.allowed(account(request), known, fields.present(known, thing), new=False)
    return told(kind, thing)


@router.post(
    "/parties/{kind}/{number}",
    response={200: Party, **REFUSED},
    operation_id="party_change",
    summary="Change a party · 更改",
)
@access("administrator", "officer")
def change(request: HttpRequest, kind: PartyKind, number: int, body: PartyChange) -> dict[str, Any]:
    """Change fields, with a reason; 409 when somebody changed it since it was read."""
    changed = parties.change(
        account(request), kind, sized(number), written(body.fields), at=timezone.now(), why=body.why, seen=body.seen
    )
    return told(kind, changed)


def account(request: HttpRequest) -> Account:
    """Who calls; the guard of the endpoint has let nobody else in."""
    found: Account = request.account
    return found


def sized(number: int) -> int:
    """A number as a database can hold it; one that it cannot stands for nothing."""
    return number if 0 < number < 2**31 else 0


def written(given: dict[str, Value]) -> dict[str, Value]:
    """What was sent, without what no column can hold."""
    return {
        name[:60]: value.replace("\x00", "\x01") if isinstance(value, str) else value for name, value in given.items()
    }
