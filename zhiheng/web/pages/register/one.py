"""One organisation: what is known of it, today or on a day, what belongs to it, and everything that happened in order."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from zhiheng.errors import UsageError
from zhiheng.register import masking, queries
from zhiheng.register.acts import parties
from zhiheng.register.models import Account, Certificate, Event, Organisation
from zhiheng.register.parties import fields, forms, history, listing
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.register import shown, timeline

FACTS = (
    "credit_code", "name", "kind", "level", "region", "industry", "size", "address", "contact", "phone", "email",
)  # fmt: skip
# which organisations have such a thing; any may have a site
OWNERS = {"product": ("enterprise",), "scope": ("laboratory",), "certificate": ("authority",)}


@access("inside")
def organisation(request: HttpRequest, ref: str) -> HttpResponse:
    """One organisation; the address of a merged one leads to the kept one."""
    who = shown.account(request)
    thing = listing.one(who, ref)
    if ref.upper() != listing.address(thing):
        return redirect(shown.link(thing), permanent=False)
    on = asked_day(request.GET.get("on", ""))
    known = history.known("organisation", thing.pk, on=on) if on else None
    values = dict(known.values) if known else {name: getattr(thing, name) for name in FACTS}
    merged = list(thing.merged.all())
    context = {
        "title": thing.name,
        "question": gettext("What is known of it, and what happened?"),
        "active": "register",
        "crumbs": shown.crumbs(thing.name),
        "thing": thing,
        "on": on,
        "facts": facts(masking.reader(who).organisation(thing.pk, values, region=thing.region)),
        "lost": known.lost if known else (),
        "today": shown.today(),
        "parts": parts(thing, who),
        "merged": [{"name": one.name, "code": one.credit_code or str(one.pk), "undo": undo(one)} for one in merged],
        "events": timeline.about(thing, who),
        "change_url": changing("organisation", thing, who),
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


def parts(thing: Organisation, who: Account | None) -> list[dict[str, Any]]:
    """Sites, products, scopes and certificates, each as a table where there are any, and as the way to a new one for who may."""
    certificates = Certificate.objects.filter(account__organisation=thing).select_related("account")
    found = [
        ("site", gettext("Sites"), ("name", "region", "address"), thing.sites.all()),
        (
            "product",
            gettext("Products"),
            ("name", "category", "standard", "mark", "model", "gtin"),
            thing.products.all(),
        ),
        (
            "scope",
            gettext("Scopes"),
            ("subject", "certificate", "valid_from", "valid_to", "is_retest_body"),
            thing.scopes.all(),
        ),
        (
            "certificate",
            gettext("Certificates of inspectors"),
            ("account", "number", "subject", "valid_from", "valid_to"),
            certificates,
        ),
    ]
    told = []
    for kind, title, names, rows in found:
        add = adding(kind, thing, who)
        if rows or add:
            told.append({"title": title, "table": table(kind, title, names, rows, who) if rows else None, "add": add})
    return told


def adding(kind: str, thing: Organisation, who: Account | None) -> dict[str, str]:
    """The way to a new site, product, scope or certificate, for whoever may add one that fits this kind of organisation."""
    if who is None or who.role not in parties.KEEPERS or thing.kind not in OWNERS.get(kind, (thing.kind,)):
        return {}
    if kind in ("scope", "certificate") and not parties.may_change(who, fields.ORGANISATION, thing):
        near = kind == "certificate" and thing.region.startswith(queries.reach(who.organisation))
        if not near:
            return {}
    title = words.both(dict(forms.forms()[kind].titles["new"]))
    return {"label": title, "url": common.url("party_new", kind, query=[("of", listing.address(thing))])}


def changing(kind: str, thing: Any, who: Account | None) -> str:
    """The address at which a thing is changed, for whoever may."""
    may = who is not None and parties.may_change(who, fields.KINDS_OF_PARTIES[kind], thing)
    return common.url("party_change", kind, str(thing.pk)) if may else ""


def table(kind: str, title: str, names: tuple[str, ...], rows: Any, who: Account | None) -> dict[str, Any]:
    """What belongs to an organisation as lines; what has run out is marked, what may be changed leads to its form."""
    columns = [{"label": shown.FIELDS[name], "wide": name in ("name", "subject", "address")} for name in names]
    lines, owner = (
        [],
        rows[0].account.organisation
        if kind == "certificate"
        else getattr(rows[0], fields.KINDS_OF_PARTIES[kind].owner),
    )
    hidden = timeline.hidden(owner, who) or frozenset()
    for row in rows:
        link = changing(kind, row, who)
        lines.append(
            [
                {"text": shown.said(name, masking.field(name, getattr(row, name), hidden)), "main": place == 0}
                | mark(name, row)
                for place, name in enumerate(names)
            ]
        )
        if link:
            lines[-1][0] |= {"url": link, "note": gettext("change")}
    return common.table(columns, lines, label=title)


def mark(name: str, row: Any) -> dict[str, Any]:
    """That a validity is over."""
    return {"tag": gettext("expired"), "urgent": True} if name == "valid_to" and row.valid_to < shown.today() else {}
