"""By product type, test item, maker, site, place or time: which values fail, how often, and one value's page."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.reports import profiles, standing
from zhiheng.reports.browse import Listing, View, single, view
from zhiheng.surveillance import RATES
from zhiheng.web.access import access
from zhiheng.web.pages import common, series, words
from zhiheng.web.pages.places import atlas
from zhiheng.web.shell import shelf

__all__ = ["atlas", "one", "values"]

VALUES = Listing(
    RATES, facets=(), searched=("value",), order=("-nonconforming",), key="value", filters=frozenset({"force", "step"})
)
RATED = ("value", "judged", "nonconforming", "rate", "lower", "least", "inconclusive", "not_judged")
COUNTED = ("value", "results", "nonconforming", "inconclusive", "not_judged")
SHOWN = 15
SIGNALS_SHOWN = 8
INNER = 30


@access("public")
def values(request: HttpRequest, dataset: str, dimension: str) -> HttpResponse:
    """Every value of one dimension."""
    asked = view(VALUES, common.given(request))
    force, step = chosen(asked, "force", "legal"), chosen(asked, "step", series.usual_step(dataset))
    rows = profiles.cells(shelf(), dataset, dimension=dimension, force=force, step=step)
    usual = "-results" if series.no_rate(dataset) else "-nonconforming"
    order = asked.sort or ("-value" if dimension == profiles.PERIOD else usual)
    found = profiles.ranked(matching(rows, asked.search, dimension, step), sort=order)
    first = (asked.page - 1) * asked.size
    return render(
        request,
        "by.html",
        {
            **heading(dataset, dimension),
            "active": "results",
            "asked": asked,
            "force": force,
            "step": step,
            "dimension_tabs": dimension_tabs(dataset, dimension, force),
            "force_tabs": force_tabs(dataset, asked, request.path, force),
            "step_tabs": step_tabs(asked, request.path, step, usual=series.usual_step(dataset))
            if dimension == profiles.PERIOD
            else None,
            "supports": common.supports(dataset),
            "bigs": series.bigs(dataset, profiles.total(shelf(), dataset, force=force), force=force),
            "figure": overview(dataset, dimension, found, rows, force=force, step=step),
            "table": table(
                dataset, dimension, found[first : first + asked.size], asked, path=request.path, force=force, step=step
            ),
            "paging": common.paging(asked, len(found), path=request.path),
            "none": not found,
            "dimension_name": series.name(dimension),
            "no_rate": series.no_rate(dataset),
            "kept": [(name, value) for name, value in common.address(asked, search="", page=1)],
            "map_url": common.url("map", dataset) if dimension in ("province", "region", "site", "origin") else "",
            "links": compared(dataset, dimension),
        },
    )


def compared(dataset: str, dimension: str) -> list[dict[str, str]]:
    """The pages on which values are set beside one another, and two times; a set of failures has neither."""
    if series.no_rate(dataset):
        return []
    by = [("by", dimension)] if dimension in standing.DIMENSIONS else []
    return [
        {"url": common.url("ranking", dataset, query=by), "text": gettext("Which ones stand out?")},
        {"url": common.url("moved", dataset, query=by), "text": gettext("What moved the rate?")},
    ]


def chosen(asked: View, name: str, otherwise: str) -> str:
    """The one value of a switch."""
    return dict(asked.filters).get(name, (otherwise,))[0]


def heading(dataset: str, dimension: str) -> dict[str, Any]:
    """Title, question and way back of the list of values."""
    title = gettext("By %(dimension)s") % {"dimension": series.inside(dimension)}
    question = (
        gettext("When did results fail?")
        if dimension == profiles.PERIOD
        else gettext("Where do failing results gather?")
    )
    crumbs = [
        {"label": gettext("Test results"), "url": common.url("results")},
        {"label": common.title(dataset), "url": common.url("dataset_results", dataset)},
        {"label": title},
    ]
    return {"title": f"{common.title(dataset)}{gettext(': ')}{title}", "question": question, "crumbs": crumbs}


def dimension_tabs(dataset: str, here: str, force: str) -> list[dict[str, Any]]:
    """One tab a dimension that has values."""
    kept = [("force", force)] if force != "legal" else []
    return [
        {"label": series.name(name), "url": common.url("by", dataset, name, query=kept), "here": name == here}
        for name in profiles.dimensions(shelf(), dataset)
    ]


def force_tabs(dataset: str, asked: View, path: str, force: str) -> list[dict[str, Any]]:
    """Legal limits or guidance values, where the data set was judged by both."""
    known = {row["force"] for row in shelf().open(dataset).summary["results"]}
    if not {"legal", "guidance"} <= known:
        return []
    return [
        {"label": label, "url": common.link(path, switched(asked, "force", name, usual="legal")), "here": name == force}
        for name, label in (("legal", gettext("Legal limits")), ("guidance", gettext("Guidance values")))
    ]


def step_tabs(asked: View, path: str, step: str, *, usual: str = "") -> list[dict[str, Any]]:
    """Months, quarters or years."""
    return [
        {"label": label, "url": common.link(path, switched(asked, "step", name, usual=usual)), "here": name == step}
        for name, label in (
            ("month", gettext("By month")),
            ("quarter", gettext("By quarter")),
            ("year", gettext("By year")),
        )
    ]


def switched(asked: View, name: str, value: str, *, usual: str) -> View:
    """The view with a switch set; its usual place needs no word in the address."""
    kept = tuple(entry for entry in asked.filters if entry[0] != name)
    filters = kept if value == usual else tuple(sorted((*kept, (name, (value,)))))
    return View(filters=filters, search=asked.search, sort=asked.sort, size=asked.size)


def matching(rows: profiles.Rows, needle: str, dimension: str, step: str) -> profiles.Rows:
    """The rows whose value, as stored or as shown, contains a text."""
    if not needle:
        return rows
    wanted = needle.lower()
    return tuple(
        row
        for row in rows
        if wanted in row["value"].lower() or wanted in series.label(dimension, row["value"], step).lower()
    )


def overview(
    dataset: str, dimension: str, found: profiles.Rows, rows: profiles.Rows, *, force: str, step: str
) -> dict[str, Any] | None:
    """The picture above the table: time as a line, everything else as bars."""
    if not found:
        return None
    exports = {
        f"{form}_url": common.url("export_rates", dataset, dimension, form, query=[("force", force), ("step", step)])
        for form in ("csv", "xlsx", "parquet")
    }
    facts = {
        "heading": 2,
        "supports": common.supports(dataset)["text"],
        "source": common.source(dataset),
        "table_url": "#values",
        "how_url": common.figure_url(dataset, "nonconforming" if series.no_rate(dataset) else "rate", force=force),
        **exports,
    }
    if dimension == profiles.PERIOD:
        dated = tuple(row for row in rows if row["value"])
        return (
            series.over_time(dataset, dated, step=step, identity="over-time") | facts | {"table": None}
            if dated
            else None
        )
    return facts | series.compared(dataset, dimension, found[:SHOWN], of=len(found))


def table(
    dataset: str, dimension: str, rows: profiles.Rows, asked: View, *, path: str, force: str, step: str
) -> dict[str, Any]:
    """Counts and rates, one line a value."""
    names = COUNTED if series.no_rate(dataset) else RATED
    columns = [column(name, dimension, asked, path) for name in names]
    lines = [[cell(dataset, dimension, name, row, force=force, step=step) for name in names] for row in rows]
    return common.table(columns, lines, label=series.name(dimension), cards=True)


def column(name: str, dimension: str, asked: View, path: str) -> dict[str, Any]:
    """A heading that sorts; intervals and bounds say both of their ends."""
    found = common.heading(RATES, name, asked, path)
    named = {
        "value": series.name(dimension),
        "lower": gettext("95% interval"),
        "least": gettext("If all inconclusive conform – fail"),
    }
    return found | {"label": named.get(name, found["label"]), "numeric": name != "value", "wide": name == "value"}


def cell(dataset: str, dimension: str, name: str, row: Mapping[str, Any], *, force: str, step: str) -> dict[str, Any]:
    """One cell; the value leads to its page, a count to its rows."""
    if name == "value":
        shown = {"text": series.label(dimension, row["value"], step), "main": True}
        linked = dimension != profiles.PERIOD and row["value"]
        return shown | ({"url": series.one_url(dataset, dimension, row["value"], force)} if linked else {})
    if name == "rate":
        return {"text": words.percent(row["rate"])}
    if name == "lower":
        return {"text": words.interval(row["lower"], row["upper"]) or words.MISSING}
    if name == "least":
        return {"text": words.interval(row["least"], row["most"]) or words.MISSING}
    if name == "nonconforming" and row[name] and dimension != profiles.PERIOD and row["value"]:
        return {
            "text": words.number(row[name]),
            "url": series.counted_url(dataset, force, **{dimension: row["value"], "verdict": name}),
        }
    return {"text": words.number(row[name])}


@access("public")
def one(request: HttpRequest, dataset: str, dimension: str) -> HttpResponse:
    """One product type, maker, site, test item or place."""
    given = common.given(request)
    value, force = single(given, "value"), single(given, "force") or "legal"
    step = single(given, "step") or series.usual_step(dataset)
    profiles.checked(shelf(), dataset, dimension=dimension, force=force, step=step)
    told = profiles.figures(shelf(), dataset, dimension=dimension, value=value, force=force)
    by = "product_type" if dimension == "analyte" else "analyte"
    inner = profiles.within(shelf(), dataset, dimension=dimension, value=value, by=by, force=force)
    periods = profiles.over_time(shelf(), dataset, dimension=dimension, value=value, step=step, force=force)
    measure = "nonconforming" if series.no_rate(dataset) else "rate"
    how = common.figure_url(dataset, measure, force=force, **{dimension: value})
    base = {
        "supports": common.supports(dataset)["text"],
        "source": common.source(dataset),
        "how_url": how,
        "heading": 3,
        **common.downloads(dataset, "findings", View(filters=((dimension, (value,)),))),
    }
    signals = profiles.signals(shelf(), dataset, dimension=dimension, series=value)[:SIGNALS_SHOWN]
    return render(
        request,
        "by_one.html",
        {
            **one_heading(dataset, dimension, value),
            "active": "results",
            "supports": common.supports(dataset),
            "no_rate": series.no_rate(dataset),
            "bigs": series.bigs(dataset, told, force=force, **{dimension: value}),
            "how_url": how,
            "force_tabs": one_tabs(dataset, dimension, value, force, step, switch="force"),
            "step_tabs": one_tabs(dataset, dimension, value, force, step, switch="step"),
            "time": base | series.over_time(dataset, periods, step=step, identity="over-time") if periods else None,
            "inner": base | series.compared(dataset, by, inner[:SHOWN], of=len(inner)) if inner else None,
            "inner_name": series.name(by),
            "inner_table": inner_table(dataset, by, inner[:INNER], force=force),
            "samples": series.samples(dataset, profiles.samples(shelf(), dataset, dimension=dimension, value=value)),
            "signals": [series.signal_line(signal) for signal in signals],
            "rows_url": common.rows_url(dataset, **{dimension: value}),
        },
    )


def one_heading(dataset: str, dimension: str, value: str) -> dict[str, Any]:
    """Title, question and way back of one value."""
    name = series.label(dimension, value, "")
    crumbs = [
        {"label": gettext("Test results"), "url": common.url("results")},
        {"label": common.title(dataset), "url": common.url("dataset_results", dataset)},
        {
            "label": gettext("By %(dimension)s") % {"dimension": series.inside(dimension)},
            "url": common.url("by", dataset, dimension),
        },
        {"label": name},
    ]
    question = gettext("%(dimension)s: what was tested, what failed, and since when?") % {
        "dimension": series.name(dimension)
    }
    return {"title": name, "question": question, "crumbs": crumbs}


def one_tabs(dataset: str, dimension: str, value: str, force: str, step: str, *, switch: str) -> list[dict[str, Any]]:
    """The switches of one value's page: force of the rules, or length of a period."""
    now = {"value": value, "force": force, "step": step}
    usual = {"force": "legal", "step": series.usual_step(dataset)}
    tabs = force_tabs(dataset, View(), "", force) if switch == "force" else step_tabs(View(), "", step)
    options = ("legal", "guidance") if switch == "force" else ("month", "quarter", "year")
    for tab, name in zip(tabs, options, strict=False):
        changed = now | {switch: name}
        tab["url"] = common.url(
            "by_one", dataset, dimension, query=[(key, text) for key, text in changed.items() if usual.get(key) != text]
        )
    return tabs


def inner_table(dataset: str, by: str, rows: profiles.Rows, *, force: str) -> dict[str, Any]:
    """The test items of one value, or the product types of a test item."""
    names = COUNTED if series.no_rate(dataset) else RATED
    columns = [column(name, by, View(), "") | {"sort_url": ""} for name in names]
    lines = [[inner_cell(dataset, by, name, row, force=force) for name in names] for row in rows]
    return common.table(columns, lines, label=series.name(by), cards=True)


def inner_cell(dataset: str, by: str, name: str, row: Mapping[str, Any], *, force: str) -> dict[str, Any]:
    """One cell; counts here belong to two filters and lead nowhere of their own."""
    found = cell(dataset, by, name, row, force=force, step="")
    return found if name == "value" else {"text": found["text"]}
