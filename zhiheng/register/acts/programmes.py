"""Programmes and plans of an authority: a draw belongs to one plan, and so do the cases that come from it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from zhiheng.errors import ActRefused
from zhiheng.register.acts import audit, numbering, permission
from zhiheng.register.models import Account, Plan, Programme

LONGEST = 200


@permission.act
def planned(by: Account, draw: str, *, title: str, procedure: str, programme: str, at: datetime | None = None) -> Plan:
    """The plan of a draw, made under a programme of the authority when the draw has none; twice gives the same plan."""
    now = at or timezone.now()
    name = programme.strip()
    if not name or len(name) > LONGEST:
        raise ActRefused(f"the programme of the draw {draw} needs a title of 1 to {LONGEST} characters")
    with transaction.atomic():
        following = numbering.following(f"programme/{by.organisation_id}")  # one at a time in an authority
        held = Plan.objects.filter(draw=draw).select_related("programme").first()
        if held is not None:
            if held.programme.authority_id != by.organisation_id:
                raise ActRefused(f"the draw {draw} belongs to a plan of {held.programme.authority.name}")
            return held
        year = timezone.localdate(now).year
        of, _ = Programme.objects.get_or_create(
            authority=by.organisation,
            year=year,
            title=name,
            defaults={"key": f"p{by.organisation_id}-{year}-{following}"},
        )
        made = Plan.objects.create(
            programme=of,
            key=f"d{by.organisation_id}-{following}",
            title=title[:LONGEST],
            procedure=procedure,
            draw=draw,
        )
        audit.record(
            by,
            kind="plan",
            key=made.key,
            act="plan",
            at=now,
            data={"draw": draw, "programme": of.title, "year": year, "procedure": procedure},
        )
    return made
