"""Organisations of the register, to read: the list as on its page, and one with its history."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from zhiheng.api.access import access
from zhiheng.api.fault import FAULTS
from zhiheng.api.model import Day, page_model, row_model
from zhiheng.register import masking
from zhiheng.register.models import Account, Organisation
from zhiheng.register.parties import fields, history, listing
from zhiheng.register.parties.tables import ORGANISATIONS
from zhiheng.reports.browse import LARGEST_PAGE
from zhiheng.rules import regions

router = Router(tags=["register"])
PRINTABLE = r"^[^\x00-\x1f]*$"
RegisteredOrganisation = row_model(
    ORGANISATIONS,
    name="RegisteredOrganisation",
    example={
        "number": 7,
        "credit_code": "91350100M000100Y43",
        "name": "某食品厂",
        "kind": "enterprise",
        "region": "440106",
    },
)
RegisteredOrganisations = page_model(RegisteredOrganisation)


class FieldChange(BaseModel):
    """One field that one act changed."""

    event: int
    at: str
    who: str
    act: str
    field: str
    before: Any = None
    after: Any = None
    why: str


class OrganisationWhole(BaseModel):
    """An organisation, perhaps as it was known on a day, with everything that changed it."""

    row: RegisteredOrganisation  # type: ignore[valid-type]
    known_on: date | None = Field(None, description="The day whose knowledge this is; null: today")
    fields: dict[str, Any]
    lost: list[str] = Field(description="Fields whose past a retention rule removed")
    merged: list[str] = Field(description="Credit codes or numbers of firms that were merged into it")
    history: list[FieldChange]


def who(request: HttpRequest) -> Account | None:
    """Who asks; None is the staff at the machine itself."""
    return request.user if request.user.is_authenticated else None


def row(thing: Organisation, reader: masking.Reader) -> dict[str, Any]:
    """An organisation as a line."""
    known = regions.regions().get(thing.region)
    told = {
        "number": thing.pk,
        "credit_code": thing.credit_code,
        "name": thing.name,
        "kind": thing.kind,
        "level": thing.level,
        "region": thing.region,
        "region_name": known[-1].name if known else None,
        "province": thing.region[:2],
        "industry": thing.industry,
        "section": thing.industry[:1],
        "size": thing.size,
        "address": thing.address,
        "coded": "yes" if thing.credit_code else "no",
    }
    return reader.organisation(thing.pk, told, region=thing.region)


@router.get(
    "/organisations",
    response={200: RegisteredOrganisations, **FAULTS},
    operation_id="organisations",
    summary="Organisations · 单位",
)
@access("inside")
def organisations(
    request: HttpRequest,
    q: str = Query("", max_length=100, pattern=PRINTABLE, description="Text in name, credit code or address"),
    kind: list[str] = Query(default_factory=list),  # noqa: B008
    province: list[str] = Query(default_factory=list),  # noqa: B008
    section: list[str] = Query(default_factory=list),  # noqa: B008
    page: int = Query(1, ge=1, le=10**6, description="Page, from 1"),
    size: int = Query(50, ge=1, le=LARGEST_PAGE, description="How many a page holds"),
) -> dict[str, Any]:
    """Every organisation that was not merged away."""
    filters = {"kind": kind, "province": province, "section": section}
    told = {name: [one for one in values if "\x00" not in one] for name, values in filters.items()}
    rows = listing.found(who(request), listing.Asked(q, told))
    first, reader = (page - 1) * size, masking.reader(who(request))
    return {
        "total": rows.count(),
        "page": page,
        "size": size,
        "items": [row(one, reader) for one in rows[first : first + size]],
    }


@router.get(
    "/organisations/{code}",
    response={200: OrganisationWhole, **FAULTS},
    operation_id="organisation",
    summary="One organisation · 一个单位",
)
@access("inside")
def organisation(request: HttpRequest, code: str, on: Day | None = Query(None)) -> dict[str, Any]:  # noqa: B008
    """One organisation by credit code or number; the code of a merged one gives the kept one."""
    thing, reader = listing.one(who(request), code), masking.reader(who(request))
    known = history.known("organisation", thing.pk, on=on) if on else None
    steps = history.masked(history.changes("organisation", thing.pk), thing, reader)
    values = known.values if known else fields.present(fields.ORGANISATION, thing)
    return {
        "row": row(thing, reader),
        "known_on": on,
        "fields": reader.organisation(thing.pk, values, region=thing.region),
        "lost": sorted(known.lost) if known else [],
        "merged": [listing.address(one) for one in thing.merged.all()],
        "history": [
            {
                "event": one.number,
                "at": one.at.isoformat(),
                "who": one.who,
                "act": one.act,
                "field": one.field,
                "before": one.before,
                "after": one.after,
                "why": one.why,
            }
            for one in steps
        ],
    }
