"""What happened in a case, in order, with who and why; then what is to come."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiheng import clock
from zhiheng.register import masking
from zhiheng.register.acts.cases import LINKS
from zhiheng.register.models import Account, Attachment, Case, Document, Event, Organisation
from zhiheng.rules.procedures import Procedure
from zhiheng.web.pages import common, words
from zhiheng.web.pages.desk import seat

SYSTEM = "system"

# what is kept of a case beside the acts of its procedure
FILED = {
    "open": _("Case opened"),
    "issue_link": _("Link to the sampling form given"),
    "enter_results": _("Results entered"),
    "apply_results": _("Results taken from a file"),
    "release_report": _("Report released"),
    "draft_amendment": _("Amendment drafted"),
    "amend_report": _("Amended report released"),
}


def told(
    viewer: Account, case: Case, course: clock.Course, papers: list[Document], given: list[Attachment]
) -> list[dict[str, Any]]:
    """The timeline: the opening, every act, and the days to come."""
    rows = Event.objects.filter(kind__in=("case", "file"), key=case.number).select_related("by__organisation")
    made, came = defaultdict(list), defaultdict(list)
    for one in papers:
        made[one.event_id].append(document(course.procedure, one))
    for two in given:
        came[two.event_id].append(attachment(case, course.procedure, two))
    shown = [
        happened(viewer, course.procedure, row) | {"papers": made[row.number], "files": came[row.number]}
        for row in rows
    ]
    return [*shown, *(ahead(one, course) for one in course.open)]


def happened(viewer: Account, procedure: Procedure, row: Event) -> dict[str, Any]:
    """One event."""
    data: Mapping[str, Any] = row.data or {}
    act = procedure.acts.get(row.act)
    at = timezone.localtime(row.at)
    own = seat_of(viewer) == row.organisation or viewer.role in seat.STAFF
    return {
        "at": at.isoformat(timespec="minutes"),
        "shown": f"{at:%Y-%m-%d %H:%M}",
        "title": words.both(act.title) if act else str(FILED.get(row.act, row.act)),
        "state": "done",
        "state_after": words.both(procedure.states[row.state_after].title)
        if row.state_after in procedure.states and row.state_after != row.state_before
        else "",
        "by": who(viewer, row, procedure, data),
        "why": masking.text(reason(row)) if own else "",
        "said": (spoken(procedure, row.act, data) if own else []) + lot(data.get("drawn")),
        "gone": row.data is None,
        "number": row.number,
    }


def seat_of(viewer: Account) -> str:
    """How events name the viewer's organisation."""
    return viewer.organisation.credit_code or str(viewer.organisation_id)


def reason(row: Event) -> str:
    """Why, in words; what the system does has its own reason."""
    return gettext("The period is over.") if row.who == SYSTEM and row.why == "period over" else row.why


def who(viewer: Account, row: Event, procedure: Procedure, data: Mapping[str, Any]) -> str:
    """Who did it, in which role; people of other houses are named by their house alone, unless one is of the staff."""
    played = str(data.get("role") or row.role)
    role = words.both(procedure.roles[played]) if played in procedure.roles else seat.role(played)
    if row.by is None:
        return gettext("the public") if row.role == "public" else gettext("the system, by itself")
    house = row.by.organisation.name
    named = viewer.role in seat.STAFF or viewer.organisation_id == row.by.organisation_id
    return " · ".join(filter(None, (row.by.name if named else "", role, house)))


def spoken(procedure: Procedure, key: str, data: Mapping[str, Any]) -> list[dict[str, str]]:
    """What was said, field by field, as a reader sees it."""
    act = procedure.acts.get(key)
    if act is None:
        return []
    values, found = data.get("said", {}), []
    for one in act.fields:
        if one.key not in values:
            continue
        value = values[one.key]
        text = str(value)
        if isinstance(value, bool):
            text = gettext("yes") if value else gettext("no")
        elif one.options:
            text = words.both(dict(one.options).get(text, {})) or text
        elif one.key in LINKS:
            text = organisation(data.get("links", {}).get(one.key, "")) or text
        found.append({"label": words.both(one.title), "text": masking.text(text)})
    return found


def lot(told: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """What a draw was made from; whoever may see the case may compute it again."""
    if not told:
        return []
    names = seat.listed(one["name"] for one in told["among"])
    return [
        {"label": gettext("Drawn by lot among"), "text": names},
        {"label": gettext("Certified for"), "text": told["subject"]},
        {"label": gettext("Seed of the draw"), "text": told["seed"]},
    ]


def organisation(key: str) -> str:
    """The name of an organisation that an act named."""
    found = Organisation.objects.filter(pk=common.whole(key)).first()
    return found.name if found else ""


def document(procedure: Procedure, one: Document) -> dict[str, str]:
    """A document that an act made, with its pages where the site has them."""
    name = procedure.documents.get(one.kind)
    return {
        "number": one.number,
        "kind": words.both(name) if name else one.kind,
        "url": seat.link("document", one.token),
        "verify_url": seat.link("verify", one.token),
        "on": words.day(timezone.localdate(one.issued_at)),
    }


def attachment(case: Case, procedure: Procedure, one: Attachment) -> dict[str, Any]:
    """A file that was given."""
    name = procedure.documents.get(one.kind)
    return {
        "name": one.name,
        "kind": words.both(name) if name else one.kind,
        "url": "" if one.removed_at else common.url("case_file", case.number, str(one.pk)),
        "size": size(one.size),
        "digest": one.digest,
        "removed": bool(one.removed_at),
    }


def size(count: int) -> str:
    """A number of bytes as people read it.

    >>> size(512), size(20480), size(3_500_000)
    ('512 B', '20 kB', '3.5 MB')
    """
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def ahead(one: clock.Running, course: clock.Course) -> dict[str, Any]:
    """A day to come, or one that went by."""
    standing = one.standing(course.at)
    day = one.deadline.not_after if one.deadline else one.earliest
    return {
        "at": day.isoformat(),
        "shown": day.isoformat(),
        "title": gettext("Last day: %(period)s") % {"period": words.both(one.period.title)},
        "state": "urgent" if standing == "late" else "ahead",
        "by": words.both(course.procedure.roles[one.period.binds]),
        "why": "",
        "ahead": True,
        "left": seat.left(day),
    }
