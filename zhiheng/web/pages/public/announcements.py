"""What was announced: a list to search, one announcement, a feed, and files."""

from typing import Any
from xml.sax.saxutils import escape

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from zhiheng.errors import UsageError
from zhiheng.register import announcing, following
from zhiheng.register.announcing import ANNOUNCED, LISTING, Row
from zhiheng.reports import files
from zhiheng.reports.browse import View, view
from zhiheng.rules import documents as kinds_of
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.exports import MOST_SHEET
from zhiheng.web.pages.public import naming
from zhiheng.web.pages.public.handing import handed
from zhiheng.web.pages.public.lettering import block
from zhiheng.web.shell import language

COLUMNS = ("product", "firm", "region", "failed", "on", "number")
FACET_VALUES = 12
FED = 50  # entries of the feed
ATOM = "application/atom+xml; charset=utf-8"


@access("public")
def announcements(request: HttpRequest) -> HttpResponse:
    """The list."""
    asked = view(LISTING, common.given(request))
    total, rows = announcing.page(asked, language())
    query = common.address(asked, page=1)
    first, last = announcing.span()
    context = {
        "title": gettext("Announcements"),
        "question": gettext("Which products failed again after they had to be corrected, and whose are they?"),
        "active": "announcements",
        "asked": asked,
        "kept": [(name, value) for name, value in common.address(asked, search="", since=None, until=None, page=1)],
        "facets": facets(asked, request.path),
        "table": table(rows, asked, request.path),
        "paging": common.paging(asked, total, path=request.path),
        "none": not total,
        "empty": first is None,
        "total": words.number(total),
        "span": f"{words.day(first)} – {words.day(last)}" if first else "",
        "csv_url": common.url("announcements_file", "csv", query=query),
        "xlsx_url": common.url("announcements_file", "xlsx", query=query),
        "api_url": common.link("/api/announcements", asked, page=1),
        "feed_url": common.url("announcements_feed"),
    }
    return render(request, "announcements.html", context | chips(asked, request.path))


def facets(asked: View, path: str) -> list[dict[str, Any]]:
    """Facets with counts; a region by its name."""
    found = common.facets(
        LISTING, asked, announcing.tallies(asked, most=FACET_VALUES), path=path, opened=len(LISTING.facets)
    )
    for facet in found:
        if facet["label"] == words.label(ANNOUNCED, "region"):
            for choice in facet["choices"]:
                choice["label"] = naming.region(choice["label"])
    return found


def chips(asked: View, path: str) -> dict[str, Any]:
    """The filters that are on; a region by its name."""
    found = common.chips(LISTING, asked, path=path)
    for chip in found["filters"]:
        if chip["of"] == words.label(ANNOUNCED, "region"):
            chip["label"] = naming.region(chip["label"])
    return found


def table(rows: list[Row], asked: View, path: str) -> dict[str, Any]:
    """The rows, each leading to its page."""
    columns = {name: common.heading(ANNOUNCED, name, *sorting(name, asked, path)) for name in COLUMNS}
    lines = [
        [
            cell(name, each) | {"column": columns[name]} | ({"main": True} if name == "product" else {})
            for name in COLUMNS
        ]
        for each in rows
    ]
    return {"label": gettext("Announcements"), "columns": list(columns.values()), "rows": lines, "cards": True}


def sorting(name: str, asked: View, path: str) -> tuple[Any, ...]:
    """What a heading needs to sort; the items of a text do not."""
    return (asked, path) if name in announcing.SORTS else ()


def cell(name: str, each: Row) -> dict[str, Any]:
    """One cell."""
    if name == "product":
        return {"text": each["product"] or each["number"], "url": common.url("announcement", each["token"])}
    if name == "region":
        return {"text": naming.region(each["region"])}
    if name == "on":
        return {"text": words.day(each["on"])}
    return {"text": each[name] or words.MISSING}


@access("public")
def announcement(request: HttpRequest, token: str) -> HttpResponse:
    """One announcement as it was issued."""
    found = announcing.one(token)
    told, each = announcing.text(found, language()), announcing.row(found, language())
    facts = [
        {"label": words.label(ANNOUNCED, "product"), "text": each["product"]},
        {"label": words.label(ANNOUNCED, "firm"), "text": each["firm"], "note": each["credit_code"] or ""},
        {"label": words.label(ANNOUNCED, "producer"), "text": each["producer"]},
        {"label": words.label(ANNOUNCED, "region"), "text": naming.region(each["region"])},
        {"label": words.label(ANNOUNCED, "failed"), "text": each["failed"]},
    ]
    context = {
        "title": each["product"] or told["title"],
        "question": f"{told['title']} · {told['issuer']} · {found.number}",
        "active": "announcements",
        "crumbs": [
            {"label": gettext("Announcements"), "url": common.url("announcements")},
            {"label": found.number, "url": ""},
        ],
        "facts": [fact for fact in facts if fact["text"]],
        "blocks": [block(following.masked(part)) for part in told["blocks"]],
        "told": told,
        "number": found.number,
        "digest": found.digest,
        "verify_url": f"/verify/{found.token}/",
    }
    return render(request, "announcement.html", context)


@access("public")
def announcements_file(request: HttpRequest, form: str) -> HttpResponse:
    """The list as it stands on the page, as a file."""
    if form not in files.FORMS:
        raise UsageError(f"there is no form '{form[:20]}'; there are {', '.join(files.FORMS)}")
    asked = view(LISTING, common.given(request))
    rows = announcing.every(asked, most=MOST_SHEET)
    names = {name: name if form == "parquet" else words.label(ANNOUNCED, name) for name in ANNOUNCED.schema.names}
    lines = [{shown: each[name] for name, shown in names.items()} for each in rows]
    return handed(lambda path: files.write_rows(path, list(names.values()), lines), name="announcements", form=form)


@access("public")
def feed(request: HttpRequest) -> HttpResponse:
    """The latest announcements for readers of feeds (Atom, RFC 4287); with the filters of the address."""
    asked = view(LISTING, common.given(request))
    rows = announcing.ordered(announcing.chosen(asked), View())[:FED]
    own, home = request.build_absolute_uri(), request.build_absolute_uri(common.url("announcements"))
    entries = [entry(request, found) for found in rows]
    latest = rows[0].issued_at if entries else timezone.now()
    body = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" '
        f'xml:lang="{language()}"><title>{escape(gettext("Announcements"))}</title><id>{escape(home)}</id>'
        f'<link rel="self" href="{attribute(own)}"/><link href="{attribute(home)}"/>'
        f"<updated>{latest.isoformat()}</updated><author><name>{escape(gettext('Zhiheng'))}</name></author>"
        f"{''.join(entries)}</feed>\n"
    )
    return HttpResponse(body, content_type=ATOM)


def entry(request: HttpRequest, found: Any) -> str:
    """One entry of the feed."""
    each = announcing.row(found)
    kind = words.both(kinds_of.kind(found.kind, on=each["on"]).title)
    title = " · ".join(part for part in (kind, each["product"], each["firm"]) if part)
    place = request.build_absolute_uri(common.url("announcement", found.token))
    summary = " · ".join(part for part in (each["authority"], each["failed"], naming.region(each["region"])) if part)
    return (
        f'<entry><title>{escape(title)}</title><id>{escape(place)}</id><link href="{attribute(place)}"/>'
        f"<updated>{found.issued_at.isoformat()}</updated><summary>{escape(summary)}</summary></entry>"
    )


def attribute(text: str) -> str:
    """A text as it stands in an attribute."""
    return escape(text, {'"': "&quot;"})
