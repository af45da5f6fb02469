"""One organisation: what is known of it, today or on a day, what belongs to it, and everything that happened in order."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from zhiheng.errors import UsageError
from zhiheng.register import history as courses
from zhiheng.register import queries
from zhiheng.register.models import Certificate, Event, Organisation
from zhiheng.register.parties import history, listing
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.register import shown

FACTS = (
    "credit_code", "name", "kind", "level", "region", "industry", "size", "address", "contact", "phone", "email",
)  # fmt: skip


@access("inside")
def organisation(request: HttpRequest, ref: str) -> HttpResponse:
    """One organisation; the address of a merged one leads to the kept one."""
    who = shown.account(request)
    thing = listing.one(who, ref)
    if ref.upper() != listing.address(thing):
        return redirect(shown.link(thing), permanent=False)
    on = asked_day(request.GET.get("on", ""))
    known = history.known("organisation", thing.pk, on=on) if on else None
    merged = list(thing.merged.all())
    context = {
        "title": thing.name,
        "question": gettext("What is known of it, and what happened?"),
        "active": "register",
        "crumbs": shown.crumbs(thing.name),
        "thing": thing,
        "on": on,
        "facts": facts(dict(known.values) if known else {name: getattr(thing, name) for name in FACTS}),
        "lost": known.lost if known else (),
        "today": shown.today(),
        "parts": parts(thing),
        "merged": [{"name": one.name, "code": one.credit_code or str(one.pk), "undo": undo(one)} for one in merged],
        "events": timeline(thing, who),
        "is_firm": thing.kind == "enterprise",
    }
    return render(request, "organisation.html", context)


def asked_day(text: str) -> date | None:
    """The day whose knowledge is asked for."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as fault:
        raise UsageError(f"'{text[:20]}' is no day: write it as 2026-09-28") from fault


def facts(values: dict[str, Any]) -> list[dict[str, str]]:
    """The fields in which something stands."""
    return [{"label": shown.FIELDS[name], "text": shown.said(name, values[name])} for name in FACTS if values.get(name)]


def undo(one: Organisation) -> int:
    """The event of the merge that can be undone."""
    found = Event.objects.filter(kind="organisation", key=str(one.pk), act="merge").order_by("-number").first()
    return found.number if found else 0


def parts(thing: Organisation) -> list[dict[str, Any]]:
    """Sites, products, scopes and certificates, each as a table where there are any."""
    found = [
        (gettext("Sites"), ("name", "region", "address"), thing.sites.all()),
        (gettext("Products"), ("name", "category", "standard", "mark", "model", "gtin"), thing.products.all()),
        (gettext("Scopes"), ("subject", "certificate", "valid_from", "valid_to"), thing.scopes.all()),
        (
            gettext("Certificates of inspectors"),
            ("account", "number", "subject", "valid_from", "valid_to"),
            Certificate.objects.filter(account__organisation=thing).select_related("account"),
        ),
    ]
    return [{"title": title, "table": table(title, names, rows)} for title, names, rows in found if rows]


def table(title: str, names: tuple[str, ...], rows: Any) -> dict[str, Any]:
    """What belongs to an organisation as lines; what has run out is marked."""
    columns = [{"label": shown.FIELDS[name], "wide": name in ("name", "subject", "address")} for name in names]
    lines = [
        [
            {"text": shown.said(name, getattr(row, name)), "main": place == 0} | mark(name, row)
            for place, name in enumerate(names)
        ]
        for row in rows
    ]
    return common.table(columns, lines, label=title)


def mark(name: str, row: Any) -> dict[str, Any]:
    """That a validity is over."""
    return {"tag": gettext("expired"), "urgent": True} if name == "valid_to" and row.valid_to < shown.today() else {}


def timeline(thing: Organisation, who: Any) -> list[dict[str, Any]]:
    """Events about an organisation and the cases that whoever asks may see, in order."""
    found = [
        {
            "at": timezone.localtime(event.at).isoformat(timespec="minutes"),
            "shown": words.day(timezone.localtime(event.at).date()),
            "title": shown.ACTS.get((event.kind, event.act), event.act),
            "why": " · ".join(filter(None, (changes(event), event.why))),
            "by": f"{event.who} · {gettext('event')} {event.number}",
        }
        for event in history.about(thing)
    ]
    if who is not None:
        cases = queries.cases(who)
        for case in (cases.filter(subject=thing) | cases.filter(producer=thing)).distinct():
            at = timezone.localtime(case.opened_at)
            told = {
                "at": at.isoformat(timespec="minutes"),
                "shown": words.day(at.date()),
                "title": f"{case.number} {case.title}",
            }
            state = courses.procedure_of(case).states[case.state]
            link = {"url": common.url("case", case.number), "why": words.both(state.title), "by": case.authority.name}
            found.append(told | link)
    return sorted(found, key=lambda one: one["at"])


def changes(event: Event) -> str:
    """What an event changed, in words; of a new thing what it was registered as."""
    told = history.pairs(event)
    if event.act == "add":
        return " · ".join(shown.said(name, told[name][1]) for name in ("name", "subject", "number") if name in told)
    return gettext("; ").join(
        f"{shown.FIELDS.get(name, name)}: {shown.said(name, before)} → {shown.said(name, after)}"
        for name, (before, after) in told.items()
        if name != "merged_into"
    )
