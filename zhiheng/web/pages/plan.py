"""Plan: what to inspect next, in a targeted and a random arm, and the terms that the proposal follows."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.errors import NothingThereYet
from zhiheng.reports.browse import Listing, View, ordered, view
from zhiheng.selection import PROPOSAL
from zhiheng.web.access import access
from zhiheng.web.pages import common, series, words
from zhiheng.web.shell import shelf

STRATA = Listing(
    PROPOSAL,
    facets=(),
    searched=("stratum",),
    order=("-targeted", "-nonconforming"),
    key="stratum",
    filters=frozenset({"dataset"}),
)
COLUMNS = ("stratum", "targeted", "random", "expected_rate", "expected_findings", "judged", "nonconforming", "why")
COUNTED = ("stratum", "targeted", "random", "nonconforming", "why")
SHOWN = 12


@access("public")
def plan(request: HttpRequest) -> HttpResponse:
    """The proposal of one data set."""
    names = common.in_order()
    if not names:
        raise NothingThereYet(gettext("There is no data set yet: 'zhiheng run' makes the bundled ones."))
    asked = view(STRATA, common.given(request))
    dataset = dict(asked.filters).get("dataset", (names[0],))[0]
    rows = shelf().rows(dataset, ordered(STRATA, View()))
    first = (asked.page - 1) * asked.size
    strata = shelf().open(dataset).summary["card"].get("strata", "product_type")
    tabs = [
        {
            "label": common.title(name),
            "url": common.url("plan", query=[("dataset", name)]),
            "here": name == dataset,
            "count": None,
        }
        for name in names
    ]
    return render(
        request,
        "plan.html",
        {
            "title": gettext("Next inspections"),
            "question": gettext("What should be inspected next, and how many?"),
            "active": "plan",
            "tabs": tabs,
            "bigs": bigs(rows),
            "figure": drawn(dataset, rows, strata),
            "table": table(dataset, rows[first : first + asked.size], strata),
            "paging": common.paging(asked, len(rows), path=request.path),
            "terms": terms(),
            "supports": common.supports(dataset),
            "no_rate": series.no_rate(dataset),
            "none": not rows,
            "strata": series.name(strata),
            "exports": common.downloads(dataset, "proposal"),
        },
    )


def terms() -> dict[str, Any]:
    """The terms of the proposal in words."""
    found = series.convention("proposal")
    shares = {name: words.percent(found["terms"][name], digits=0) for name in ("random_share", "largest_share")}
    return found | {"budget": words.number(found["terms"]["budget"]), **shares}


def bigs(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How many samples each arm has, and what they may find."""
    expected = [row["expected_findings"] for row in rows if row["expected_findings"] is not None]
    found = [
        {
            "name": gettext("Samples proposed"),
            "value": words.number(round(sum(row["targeted"] + row["random"] for row in rows))),
        },
        {
            "name": gettext("Targeted arm"),
            "value": words.number(sum(row["targeted"] for row in rows)),
            "note": gettext("where findings are expected"),
        },
        {
            "name": gettext("Random arm"),
            "value": words.number(round(sum(row["random"] for row in rows))),
            "note": gettext("drawn over all strata alike"),
        },
    ]
    if expected:
        found.append(
            {
                "name": gettext("Expected findings"),
                "value": series.decimal(sum(expected)),
                "note": gettext("both arms together, if the past holds"),
            }
        )
    return found


def drawn(dataset: str, rows: Sequence[Mapping[str, Any]], strata: str) -> dict[str, Any] | None:
    """The strata with most samples of the targeted arm."""
    shown = [row for row in rows if row["targeted"]][:SHOWN]
    if not shown:
        return None
    chart = {
        "kind": "bars",
        "categories": [series.short(words.said(strata, row["stratum"])) for row in shown],
        "series": [{"name": gettext("targeted"), "values": [row["targeted"] for row in shown]}],
    }
    unit = gettext("samples")
    part = gettext("%(shown)s of %(all)s strata") % {"shown": len(shown), "all": words.number(len(rows))}
    return {
        "id": "proposal",
        "heading": 2,
        "title": gettext("Targeted samples by %(strata)s") % {"strata": series.inside(strata)},
        "unit": unit,
        "period": part,
        "chart": chart,
        "describe": gettext("Targeted samples of the strata with most of them."),
        "source": common.source(dataset),
        "table_url": "#proposal-table",
        **common.downloads(dataset, "proposal"),
    }


def table(dataset: str, rows: Sequence[Mapping[str, Any]], strata: str) -> dict[str, Any]:
    """Every stratum with its numbers and its basis in words."""
    names = COUNTED if series.no_rate(dataset) else COLUMNS
    columns = [common.heading(PROPOSAL, name) for name in names]
    columns[0]["label"], columns[-1]["wide"] = series.name(strata), True
    lines = [[cell(dataset, name, row, strata) for name in names] for row in rows]
    return common.table(columns, lines, label=gettext("Proposal"))


def cell(dataset: str, name: str, row: Mapping[str, Any], strata: str) -> dict[str, Any]:
    """One cell; the stratum leads to its page."""
    if name == "stratum":
        return {"text": words.said(strata, row[name]), "url": series.one_url(dataset, strata, row[name]), "main": True}
    if name == "expected_rate":
        return {"text": words.percent(row[name]), "note": words.interval(row["lower"], row["upper"])}
    if name == "expected_findings":
        return {"text": words.MISSING if row[name] is None else series.decimal(row[name])}
    if name == "random":
        return {"text": f"{row[name]:.2g}"}
    if name == "why":
        return {"text": basis(row)}
    return {"text": words.number(row[name])}


def basis(row: Mapping[str, Any]) -> str:
    """Why a stratum has its number of samples."""
    told = {"bad": words.number(row["nonconforming"]), "judged": words.number(row["judged"])}
    if row["why"] == "number_of_failures":
        return gettext("%(bad)s failures published; no rate can be had") % told
    if row["why"] == "no_history":
        return gettext("nothing judged so far: random arm only")
    return gettext("%(bad)s of %(judged)s failed so far, drawn towards the common rate") % told
