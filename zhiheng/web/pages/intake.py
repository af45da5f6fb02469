"""Intake: what was taken in, what it was understood as, and what was turned away and why."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.evidence import REJECTS
from zhiheng.reports import profiles
from zhiheng.reports.browse import page, view
from zhiheng.reports.facets import tallies
from zhiheng.web.access import access
from zhiheng.web.pages import common, series, words
from zhiheng.web.shell import shelf

COMMAND = "zhiheng intake FILE --profile PROFILE.yaml"
REJECTED = ("row", "column", "code", "reason", "remedy", "text")


@access("public")
def intake(request: HttpRequest) -> HttpResponse:
    """Every source file of every data set."""
    return render(
        request,
        "intake.html",
        {
            "title": gettext("Intake"),
            "question": gettext("What was taken in, and what became of every row?"),
            "active": "intake",
            "steps": steps(),
            "datasets": [taken(name) for name in common.in_order()],
            "commands": f"{COMMAND} --dry-run\n{COMMAND}",
        },
    )


def steps() -> list[dict[str, Any]]:
    """The way of a file through the house."""
    return [
        {"label": gettext("The file is kept as it came, under its checksum"), "state": "done", "url": ""},
        {"label": gettext("A profile says what its columns mean"), "state": "done", "url": ""},
        {"label": gettext("Each row is accepted, or turned away with a reason"), "state": "done", "url": ""},
        {
            "label": gettext("Each result is judged by the rules of its day"),
            "state": "done",
            "url": common.url("rules"),
        },
        {"label": gettext("Pages, files and bulletins follow"), "state": "done", "url": common.url("overview")},
    ]


def taken(dataset: str) -> dict[str, Any]:
    """What one data set took in."""
    summary = shelf().open(dataset).summary
    counts, card = summary["intake"], summary["card"]
    rejects = common.url("rejects", dataset)
    return {
        "title": common.title(dataset),
        "name": dataset,
        "supports": common.supports(dataset),
        "rejects_url": rejects,
        "bigs": [
            {"name": gettext("Rows received"), "value": words.number(counts["received"])},
            {
                "name": gettext("= accepted"),
                "value": words.number(counts["accepted"]),
                "note": gettext("with %(items)s results") % {"items": words.number(counts["items"])},
            },
            {"name": gettext("+ rejected"), "value": words.number(counts["rejected"]), "url": rejects},
            {
                "name": gettext("+ duplicate"),
                "value": words.number(counts["duplicate"]),
                "note": gettext("the same row a second time"),
            },
        ],
        "balanced": counts["received"] == counts["accepted"] + counts["rejected"] + counts["duplicate"],
        "files": files(summary["parts"]),
        "checksums": [
            {"label": part["file"], "text": part["sha256"], "note": gettext("SHA-256")} for part in summary["parts"]
        ],
        "profile": profile(card),
        "understood": understood(dataset),
    }


def files(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The source files, one line each."""
    names = {
        "received": gettext("Received"),
        "accepted": gettext("Accepted"),
        "rejected": gettext("Rejected"),
        "duplicate": gettext("Duplicate"),
        "items": gettext("Results"),
        "unread": gettext("Unread items"),
    }
    columns = [
        {"label": gettext("File")},
        {"label": gettext("Form"), "nowrap": True},
        *({"label": label, "numeric": True} for label in names.values()),
    ]
    lines = [
        [
            {"text": part["file"], "main": True},
            {"text": f"{part['form']} · {part['encoding']}"},
            *({"text": words.number(part[name])} for name in names),
        ]
        for part in parts
    ]
    return common.table(columns, lines, label=gettext("Source files"))


def profile(card: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the profile says before a row is read."""
    origin = card["origin"]
    return [
        {"label": gettext("Publisher"), "text": origin.get("publisher", words.MISSING)},
        {"label": gettext("Where from"), "text": origin.get("url", words.MISSING), "url": origin.get("url", "")},
        {"label": gettext("Retrieved on"), "text": origin.get("retrieved", words.MISSING)},
        {"label": gettext("Terms of use"), "text": origin.get("licence", words.MISSING)},
        {"label": gettext("What it supports"), "text": words.said("supports", card["supports"])},
        {"label": gettext("Categories"), "text": card["scheme"]},
        {"label": gettext("Rules"), "text": ", ".join(card["rules"])},
        {"label": gettext("Rules of which day"), "text": applying(str(card["day"]))},
        {
            "label": gettext("Decision rule"),
            "text": words.said("decision", card["decision"]) if card["decision"] else gettext("as each rule says"),
        },
        {"label": gettext("Profile"), "text": card["fingerprint"]},
    ]


def applying(day: str) -> str:
    """On which day's rules a result is judged."""
    named = {"made_on": gettext("the day the product was made"), "sampled_on": gettext("the day the sample was taken")}
    return named.get(day) or gettext("one day for all: %(day)s") % {"day": day}


def understood(dataset: str) -> list[dict[str, Any]]:
    """What was read out of the rows."""
    told = profiles.understood(shelf(), dataset)
    found = [
        {
            "label": series.name(name),
            "text": gettext("%(n)s different values") % {"n": words.number(told[name])},
            "url": common.url("by", dataset, name),
        }
        for name in profiles.DIMENSIONS
        if told[name]
    ]
    results = gettext(", ").join(f"{words.number(row['n'])} {comparator(row['value'])}" for row in told["comparator"])
    kinds = gettext(", ").join(
        f"{words.number(row['n'])} {words.said('sample_kind', row['value'])}" for row in told["sample_kind"]
    )
    first, last = (
        (told["sampled_first"], told["sampled_last"]) if told["sampled_first"] else (told["first"], told["last"])
    )
    days = gettext("%(first)s to %(last)s") % {"first": words.day(first), "last": words.day(last)}
    return [
        {"label": gettext("Samples"), "text": words.number(told["samples"])},
        {"label": gettext("Days"), "text": days},
        *found,
        {"label": gettext("Printed results"), "text": results},
        {"label": gettext("Kinds of sample"), "text": kinds},
    ]


def comparator(mark: str) -> str:
    """What stands before a printed value, in words."""
    named = {
        "=": gettext("with a figure"),
        "<": gettext("below a reporting level"),
        ">": gettext("above the range"),
        "nd": gettext("not found"),
        "detected": gettext("found, without a figure"),
        "": gettext("without a result"),
    }
    return named.get(mark, mark)


@access("public")
def rejects(request: HttpRequest, dataset: str) -> HttpResponse:
    """The rows that were turned away."""
    listing = common.listing("rejects")
    asked = view(listing, common.given(request))
    summary = shelf().open(dataset).summary
    total, counts = tallies(shelf(), dataset, "rejects", asked)
    rows = shelf().rows(dataset, page(listing, asked)) if total else []
    crumbs = [
        {"label": gettext("Intake"), "url": common.url("intake")},
        {"label": common.title(dataset)},
        {"label": gettext("Rows turned away")},
    ]
    return render(
        request,
        "rejects.html",
        {
            "title": gettext("Rows turned away"),
            "question": gettext("Which rows could not be used, why, and what to do about it?"),
            "active": "intake",
            "crumbs": crumbs,
            "name": common.title(dataset),
            "nothing": not summary["intake"]["rejected"] and not summary["intake"]["unread"],
            "received": words.number(summary["intake"]["received"]),
            "rejected": words.number(summary["intake"]["rejected"]),
            "total": words.number(total),
            "facets": common.facets(listing, asked, counts, path=request.path),
            "table": table(rows, asked, request.path) if rows else None,
            "paging": common.paging(asked, total, path=request.path),
            "exports": common.downloads(dataset, "rejects", asked),
            **common.chips(listing, asked, path=request.path),
        },
    )


def table(rows: list[Mapping[str, Any]], asked: Any, path: str) -> dict[str, Any]:
    """Rejected rows, one line each, with the text as it came."""
    columns = [common.heading(REJECTS, name, asked, path) for name in REJECTED]
    lines = [
        [
            {"text": words.number(row["row"]) if name == "row" else (row[name] or words.MISSING), "main": name == "row"}
            for name in REJECTED
        ]
        for row in rows
    ]
    return common.table(columns, lines, label=gettext("Rows turned away"))
