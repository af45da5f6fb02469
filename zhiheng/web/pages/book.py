"""The list of rules as it stands on a day, and the categories that nobody has placed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext

from zhiheng.reports import browse, compare, lawbook
from zhiheng.web.pages import common, words
from zhiheng.web.pages.common import url
from zhiheng.web.shell import shelf

COLUMNS = ("rule_key", "rule_text", "since", "standing", "force", "group", "citation", "used")


def listed(given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Every rule on the day that is asked for, or today; searched, counted, sorted and paged."""
    asked_day = browse.a_day(browse.single(given, "on"), "on")
    on, listing = asked_day or localdate(), lawbook.LISTING
    path = url("rules", query=[("on", asked_day)] if asked_day else ())
    asked = browse.view(listing, given)
    rows = counted(on)
    found = lawbook.ordered(lawbook.selected(rows, asked), asked)
    first = (min(asked.page, -(-len(found) // asked.size) or 1) - 1) * asked.size
    shown = [dict(row) | {"day": on} for row in found[first : first + asked.size]]
    kept = [(name, value) for name, value in browse.address(asked, page=1) if name != "q"]
    return {
        "title": gettext("Rules"),
        "question": gettext("What does the law demand of which product, on which day?"),
        "active": "rules",
        "asked": asked,
        "on": on.isoformat(),
        "path": path,
        "empty": not found,
        "figures": figures(rows, on),
        "families": families(on),
        "api_url": "/api/rules",
        "kept": [*kept, ("on", on.isoformat())] if asked_day else kept,
        "kept_day": [(name, value) for name, value in browse.address(asked, page=1)],
        "facets": common.facets(listing, asked, lawbook.tallies(rows, asked), path=path),
        "paging": common.paging(asked, len(found), path=path),
        "table": common.listed(
            listing, shown, COLUMNS, dataset="", main="rule_key", asked=asked, path=path, name=gettext("Rules")
        ),
    } | common.chips(listing, asked, path=path)


def counted(on: date) -> list[dict[str, Any]]:
    """Every rule on the day with the number of results that it judged."""
    uses = lawbook.uses(shelf())
    return [
        dict(row) | {"used": sum(sum(by.values()) for by in uses.get(row["rule_key"], {}).values())}
        for row in lawbook.entries(on)
    ]


def figures(rows: list[dict[str, Any]], on: date) -> list[dict[str, Any]]:
    """How many rules there are, and how well they are known."""
    held = [row for row in rows if row["standing"] != lawbook.NOT_IN_FORCE]
    read = sum(row["standing"] == "checked" for row in held)
    return [
        {
            "name": gettext("Rules"),
            "value": words.number(len(rows)),
            "note": gettext("in %(n)s families") % {"n": len(lawbook.families(on))},
        },
        {"name": gettext("In force on %(day)s") % {"day": on}, "value": words.number(len(held)), "url": ""},
        {
            "name": gettext("Checked at the source"),
            "value": words.number(read),
            "url": url("rules", query=[("standing", "checked")]),
        },
        {
            "name": gettext("Used to judge our data"),
            "value": words.number(sum(row["used"] > 0 for row in rows)),
            "url": url("rules", query=[("sort", "-used")]),
        },
    ]


def families(on: date) -> dict[str, Any]:
    """The families as a table."""
    columns = [
        {"label": gettext("Family"), "wide": True},
        {"label": gettext("Force")},
        {"label": gettext("Rules"), "numeric": True},
        {"label": gettext("In force"), "numeric": True},
        {"label": gettext("Two days compared")},
    ]
    lines = [
        [
            {
                "text": words.both(one.title),
                "url": url("rules", query=[("family", one.key)]),
                "note": one.key,
                "main": True,
            },
            {"text": words.said("force", one.force)},
            {"text": words.number(one.rules)},
            {"text": words.number(one.in_force)},
            {"text": gettext("compare"), "url": url("editions", query=[("family", one.key)])},
        ]
        for one in lawbook.families(on)
    ]
    return common.table(columns, lines, label=gettext("Families of rules"))


def unplaced() -> dict[str, Any]:
    """Categories that nobody has placed, and those that were looked at and left out, with the findings concerned."""
    return {
        "title": gettext("Categories that nobody has placed"),
        "active": "rules",
        "parts": [waiting(dataset) for dataset in common.in_order()],
        "question": gettext(
            "Which products cannot be judged because nobody has said where they belong in the rules’ categories?"
        ),
        "crumbs": [{"label": gettext("Rules"), "url": url("rules")}, {"label": gettext("Categories not placed")}],
    }


def waiting(dataset: str) -> dict[str, Any]:
    """The findings of one data set that wait for a decision."""
    rows = shelf().rows(dataset, compare.unplaced())
    asked = browse.View((("reason", ("category_unmapped",)),))
    return {
        "dataset": dataset,
        "title": common.title(dataset),
        "n": len(rows),
        "table": nobody(dataset, rows),
        "findings": words.number(sum(row["findings"] for row in rows)),
        "left": left_out(dataset),
        "rows_url": common.rows_url(dataset, reason="category_unmapped"),
    } | common.downloads(dataset, "findings", asked)


def nobody(dataset: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Product types with the findings that wait for a decision."""
    columns = [
        {"label": gettext("Product type"), "wide": True},
        {"label": gettext("Results waiting"), "numeric": True},
        {"label": gettext("Samples"), "numeric": True},
        {"label": gettext("Test items"), "wide": True},
    ]
    lines = [
        [
            {
                "text": words.category(row["product_type"] or words.MISSING),
                "main": True,
                "url": common.rows_url(dataset, product_type=row["product_type"] or "", reason="category_unmapped"),
            },
            {"text": words.number(row["findings"])},
            {"text": words.number(row["samples"])},
            {"text": words.listed(sorted(words.analyte(code) for code in row["analytes"] or () if code))},
        ]
        for row in rows
    ]
    return common.table(columns, lines, label=gettext("Categories that nobody has placed"))


def left_out(dataset: str) -> dict[str, Any] | None:
    """Categories that somebody looked at and deliberately did not place, with the reason."""
    found = compare.left_out(shelf().open(dataset).summary["card"]["scheme"])
    columns = [
        {"label": gettext("Product type"), "wide": True},
        {"label": gettext("Name")},
        {"label": gettext("Scheme")},
        {"label": gettext("Reason"), "wide": True},
        {"label": gettext("Decided by")},
        {"label": gettext("On"), "nowrap": True},
    ]
    lines = [
        [
            {"text": words.category(one.category), "main": True},
            {"text": one.name or gettext("any")},
            {"text": scheme},
            {"text": one.why},
            {"text": one.decided_by},
            {"text": words.day(one.since)},
        ]
        for scheme, one in found
    ]
    return common.table(columns, lines, label=gettext("Looked at and not placed"), tall=True) if lines else None
