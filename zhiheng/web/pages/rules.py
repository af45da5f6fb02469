"""The book of rules: the list, one rule through time, two editions side by side, and what nobody has placed."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.utils.translation import gettext

from zhiheng.reports import browse, compare, lawbook
from zhiheng.reports.browse import View
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.edition import comparison
from zhiheng.web.pages.law import page_of
from zhiheng.web.pages.common import url
from zhiheng.web.shell import shelf

COLUMNS = ("rule_key", "family", "group", "force", "rule_text", "since", "standing", "citation", "used")
BEFORE, AFTER = date(2026, 9, 1), date(2026, 9, 2)
FAMILY = "cn/gb2762"


@access("public")
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule as it stands on a day, today unless another is asked for."""
    given = common.given(request)
    on = browse.a_day(browse.single(given, "on"), "on") or localdate()
    listing, path = lawbook.LISTING, url("rules")
    asked = browse.view(listing, given)
    entries, uses = lawbook.entries(on), lawbook.uses(shelf())
    rows = [dict(row) | {"used": sum(sum(by.values()) for by in uses.get(row["rule_key"], {}).values())} for row in entries]
    found = lawbook.ordered(lawbook.selected(rows, asked), asked)
    shown = found[(asked.page - 1) * asked.size : asked.page * asked.size]
    return render(request, "rules.html", {
        "title": gettext("Rules"), "question": gettext("What does the law demand of which product, on which day?"), "active": "rules",
        "asked": asked, "on": on.isoformat(), "path": path, "empty": not found, "figures": figures(rows, on),
        "facets": common.facets(listing, asked, lawbook.tallies(rows, asked), path=path), "paging": common.paging(asked, len(found), path=path),
        "table": common.listed(listing, [row | {"day": on} for row in shown], COLUMNS, dataset="", main="rule_key", asked=asked, path=path,
                               name=gettext("Rules")),
        "kept": [(name, value) for name, value in browse.address(asked, page=1) if name != "q"], "families": families(on),
        "api_url": "/api/rules",
    } | common.chips(listing, asked, path=path))


def figures(rows: list[dict[str, Any]], on: date) -> list[dict[str, Any]]:
    """How many rules there are, and how well they are known."""
    held = [row for row in rows if row["standing"] != lawbook.NOT_IN_FORCE]
    read = sum(row["standing"] == "checked" for row in held)
    return [
        {"name": gettext("Rules"), "value": words.number(len(rows)), "note": gettext("in %(n)s families") % {"n": len(lawbook.families(on))}},
        {"name": gettext("In force on %(day)s") % {"day": on}, "value": words.number(len(held)), "url": ""},
        {"name": gettext("Source read and unchanged"), "value": words.number(read), "url": url("rules", query=[("standing", "checked")])},
        {"name": gettext("Used to judge our data"), "value": words.number(sum(row["used"] > 0 for row in rows)), "url": url("rules", query=[("sort", "-used")])},
    ]


def families(on: date) -> dict[str, Any]:
    """The families as a table."""
    columns = [{"label": gettext("Family"), "wide": True}, {"label": gettext("Force")}, {"label": gettext("Rules"), "numeric": True},
               {"label": gettext("In force"), "numeric": True}, {"label": gettext("Two days compared")}]
    lines = [[{"text": words.both(one.title), "url": url("rules", query=[("family", one.key)]), "note": one.key, "main": True},
              {"text": words.said("force", one.force)}, {"text": words.number(one.rules)}, {"text": words.number(one.in_force)},
              {"text": gettext("compare"), "url": url("editions", query=[("family", one.key)])}] for one in lawbook.families(on)]
    return common.table(columns, lines, label=gettext("Families of rules"))


@access("public")
def rule(request: HttpRequest, key: str) -> HttpResponse:
    """One rule through time, what it covers, what it was used for, and its worked cases."""
    on = browse.a_day(browse.single(common.given(request), "on"), "on") or localdate()
    return render(request, "rule.html", page_of(key, on=on))


@access("public")
def editions(request: HttpRequest) -> HttpResponse:
    """A family of rules on two days, and the findings that would turn out otherwise."""
    given = common.given(request)
    family = browse.single(given, "family") or FAMILY
    before = browse.a_day(browse.single(given, "before"), "before") or BEFORE
    after = browse.a_day(browse.single(given, "after"), "after") or AFTER
    return render(request, "editions.html", comparison(family, before, after))


@access("public")
def unplaced(request: HttpRequest) -> HttpResponse:
    """Categories that nobody has placed, and those that were looked at and left out, with the findings concerned."""
    parts = []
    for dataset in common.in_order():
        rows = shelf().rows(dataset, compare.unplaced())
        parts.append({
            "dataset": dataset, "title": common.title(dataset), "n": len(rows), "findings": words.number(sum(row["findings"] for row in rows)),
            "rows_url": common.rows_url(dataset, reason="category_unmapped"), "table": nobody(dataset, rows), "left": left_out(dataset),
        } | common.downloads(dataset, "findings", View((("reason", ("category_unmapped",)),))))
    return render(request, "unplaced.html", {
        "title": gettext("Categories that nobody has placed"), "active": "rules", "parts": parts,
        "question": gettext("Which products cannot be judged because nobody has said where they belong in the rules’ categories?"),
        "crumbs": [{"label": gettext("Rules"), "url": url("rules")}, {"label": gettext("Not placed")}],
    })


def nobody(dataset: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Product types with the findings that wait for a decision."""
    columns = [{"label": gettext("Product type"), "wide": True}, {"label": gettext("Results waiting"), "numeric": True},
               {"label": gettext("Samples"), "numeric": True}, {"label": gettext("Test items"), "wide": True}]
    lines = [[{"text": words.category(row["product_type"] or words.MISSING), "main": True,
               "url": common.rows_url(dataset, product_type=row["product_type"] or "", reason="category_unmapped")},
              {"text": words.number(row["findings"])}, {"text": words.number(row["samples"])},
              {"text": ", ".join(sorted(words.analyte(code) for code in row["analytes"] or () if code))}] for row in rows]
    return common.table(columns, lines, label=gettext("Categories that nobody has placed"))


def left_out(dataset: str) -> dict[str, Any] | None:
    """Categories that somebody looked at and deliberately did not place, with the reason."""
    found = compare.left_out(shelf().open(dataset).summary["card"]["scheme"])
    columns = [{"label": gettext("Product type"), "wide": True}, {"label": gettext("Name")}, {"label": gettext("Scheme")},
               {"label": gettext("Reason"), "wide": True}, {"label": gettext("Decided by")}, {"label": gettext("On"), "nowrap": True}]
    lines = [[{"text": words.category(one.category), "main": True}, {"text": one.name or gettext("any")}, {"text": scheme}, {"text": one.why},
              {"text": one.decided_by}, {"text": words.day(one.since)}] for scheme, one in found]
    return common.table(columns, lines, label=gettext("Looked at and not placed"), tall=True) if lines else None
