"""The list of organisations: facets with counts, search, pages, files."""

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.errors import UsageError
from zhiheng.register import masking
from zhiheng.register.acts.parties import KEEPERS
from zhiheng.register.parties import listing, sheet
from zhiheng.register.parties.tables import LISTING, ORGANISATIONS
from zhiheng.reports import files
from zhiheng.reports.browse import View, view
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.exports import MOST_SHEET, pieces
from zhiheng.web.pages.register import shown


def asked(found: View) -> listing.Asked:
    """What the address asks of the register."""
    sort = found.sort.replace("number", "id")
    return listing.Asked(found.search, dict(found.filters), sort or "id")


@access("inside")
def organisations(request: HttpRequest) -> HttpResponse:
    """Every organisation that was not merged away."""
    view_, who = view(LISTING, common.given(request)), shown.account(request)
    question = asked(view_)
    rows = listing.found(who, question)
    total, first = rows.count(), (view_.page - 1) * view_.size
    query = common.address(view_, page=1)
    context = {
        "title": gettext("Organisations"),
        "question": gettext("Who is in the register, and where?"),
        "active": "register",
        "pages": shown.tabs("organisations"),
        "asked": view_,
        "kept": common.address(view_, search="", page=1),
        "facets": facets(listing.counts(who, question), view_, request.path),
        "table": table(rows[first : first + view_.size], view_, request.path),
        "paging": common.paging(view_, total, path=request.path),
        "none": not total,
        "may_enter": who is not None and who.role in KEEPERS,
        "unmade": not total and not view_.filters and not view_.search,
        "csv_url": common.url("organisations_file", "csv", query=query),
        "xlsx_url": common.url("organisations_file", "xlsx", query=query),
        "api_url": "/api/organisations",
        **chips(view_, request.path),
    }
    return render(request, "organisations.html", context)


def facets(counts: dict[str, dict[str, int]], found: View, path: str) -> list[dict[str, Any]]:
    """Kind, province, sector and credit code, each with counts."""
    on = dict(found.filters)
    return [
        {
            "label": words.label(ORGANISATIONS, name),
            "open": name in ("kind", "province") or name in on,
            "choices": [
                {
                    "label": shown.said(name, value),
                    "count": words.number(n),
                    "on": value in on.get(name, ()),
                    "url": common.link(path, common.switched(found, name, value)),
                }
                for value, n in values.items()
                if value
            ],
        }
        for name, values in counts.items()
    ]


def chips(found: View, path: str) -> dict[str, Any]:
    """The filters that are on, in words."""
    told = common.chips(LISTING, found, path=path)
    values = [shown.said(name, value) for name, on in found.filters for value in on]
    for chip, label in zip(told["filters"], values, strict=False):
        chip["label"] = label
    return told


def table(rows: Any, found: View, path: str) -> dict[str, Any]:
    """Organisations as lines."""
    columns = [
        common.heading(ORGANISATIONS, name, found, path)
        if name == "name"
        else {"label": words.label(ORGANISATIONS, name)}
        for name in ("name", "kind", "region_name", "section", "credit_code")
    ]
    columns[0] |= {"wide": True}
    columns[-1] |= {"nowrap": True}
    lines = [
        [
            {"text": row.name, "url": shown.link(row), "main": True},
            {"text": shown.said("kind", row.kind), "note": shown.said("level", row.level) if row.level else ""},
            {"text": shown.place(row.region)},
            {"text": shown.section(row.industry[:1]) if row.industry else words.MISSING},
            {"text": row.credit_code or words.MISSING},
        ]
        for row in rows
    ]
    return common.table(columns, lines, label=gettext("Organisations"))


@access("inside")
def file(request: HttpRequest, form: str) -> HttpResponse:
    """The list as it stands on the page, as a file that an import understands; what is masked in it changes nothing there."""
    if form not in ("csv", "xlsx"):
        raise UsageError("organisations are given as csv or xlsx")
    who = shown.account(request)
    rows = listing.found(who, asked(view(LISTING, common.given(request))))
    lines = sheet.lines_of(listing.rows(rows[:MOST_SHEET], reader=masking.reader(who)), listing.EXPORTED)
    titles = [sheet.columns().shown[name] for name in listing.EXPORTED]
    response = StreamingHttpResponse(
        pieces(lambda path: files.write_rows(path, titles, lines), form), content_type=files.FORMS[form]
    )
    response["Content-Disposition"] = f'attachment; filename="organisations-{shown.today()}.{form}"'
    return response
