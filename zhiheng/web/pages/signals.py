"""Signals: counts that are higher than their own recent past, newest first, and what stands behind each."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.decision import FINDINGS
from zhiheng.reports import profiles
from zhiheng.reports.browse import Listing, View, view
from zhiheng.surveillance import SIGNALS
from zhiheng.surveillance.signals import following
from zhiheng.web.access import access
from zhiheng.web.pages import common, series, words
from zhiheng.web.pages.watch import shown
from zhiheng.web.shell import shelf

INBOX = Listing(
    SIGNALS,
    facets=("dataset", "dimension"),
    searched=("series",),
    order=("-period", "-score"),
    key="signal_id",
    dated="period",
    filters=frozenset({"series"}),
)
ROWS = ("sample_id", "product_name", "analyte", "printed", "rule_text", "exceedance")
BEFORE, AFTER = 24, 8


@access("public")
def signals(request: HttpRequest) -> HttpResponse:
    """The inbox over all data sets."""
    asked = view(INBOX, common.given(request))
    everything = profiles.all_signals(shelf())
    found = [row for row in everything if fits(row, asked)]
    first = (asked.page - 1) * asked.size
    return render(
        request,
        "signals.html",
        {
            "title": gettext("Signals"),
            "question": gettext("Which counts are higher than their own past, and should be looked at?"),
            "active": "signals",
            "pages": shown.tabs("signals"),
            "asked": asked,
            "dataset_tabs": tabs(everything, asked, "dataset", request.path),
            "dimension_tabs": tabs(everything, asked, "dimension", request.path),
            "table": inbox(found[first : first + asked.size], every="dataset" not in dict(asked.filters)),
            "paging": common.paging(asked, len(found), path=request.path),
            "total": words.number(len(found)),
            "none": not found,
            "kept": common.address(asked, search="", page=1),
            **common.chips(INBOX, View(search=asked.search, filters=chipped(asked)), path=request.path),
            "latest": found[0] | {"said": series.sentence(found[0]), **named(found[0])} if found else None,
        },
    )


def chipped(asked: View) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The filters that no tab shows."""
    return tuple(entry for entry in asked.filters if entry[0] == "series")


def fits(row: Mapping[str, Any], asked: View, *, without: str = "") -> bool:
    """Whether a signal is among those asked for."""
    kept = all(str(row[name]) in values for name, values in asked.filters if name != without)
    searched = (
        not asked.search
        or asked.search.lower() in row["series"].lower()
        or asked.search.lower() in named(row)["name"].lower()
    )
    return (
        kept
        and searched
        and (not asked.since or row["period"] >= asked.since)
        and (not asked.until or row["period"] <= asked.until)
    )


def named(row: Mapping[str, Any]) -> dict[str, str]:
    """The name of a series and of its data set."""
    return {
        "name": words.said(row["dimension"], row["series"]),
        "of": common.title(row["dataset"]),
        "url": common.url("signal", row["dataset"], row["signal_id"]),
    }


def tabs(everything: Sequence[Mapping[str, Any]], asked: View, name: str, path: str) -> list[dict[str, Any]]:
    """All, and one tab a value, each with the number of signals under the other filters."""
    here = dict(asked.filters).get(name, ("",))[0]
    rest = tuple(entry for entry in asked.filters if entry[0] != name)
    rows = [row for row in everything if fits(row, asked, without=name)]
    values = sorted({str(row[name]) for row in everything})
    choices = [("", gettext("All"), len(rows))]
    choices += [
        (
            value,
            common.title(value) if name == "dataset" else series.name(value),
            sum(row[name] == value for row in rows),
        )
        for value in values
    ]
    return [
        {
            "label": label,
            "count": words.number(count),
            "here": value == here,
            "url": common.link(
                path, View(filters=tuple(sorted((*rest, (name, (value,))))) if value else rest, search=asked.search)
            ),
        }
        for value, label, count in choices
    ]


def inbox(rows: Sequence[Mapping[str, Any]], *, every: bool) -> dict[str, Any]:
    """Signals as a table, each in plain words; the data set is named where there are several."""
    columns = [
        {"label": gettext("Period"), "nowrap": True},
        {"label": gettext("Series"), "wide": True},
        {"label": gettext("What was counted"), "wide": True},
        {"label": gettext("Times the threshold"), "numeric": True},
        *([{"label": gettext("Data set")}] if every else []),
    ]
    lines = []
    for row in rows:
        name = named(row)
        lines.append(
            [
                {"text": series.period(row["period"], row["step"])},
                {"text": name["name"], "url": name["url"], "main": True},
                {"text": series.sentence(row)},
                {"text": words.times(row["score"]) if row["threshold"] else words.MISSING},
                *([{"text": name["of"]}] if every else []),
            ]
        )
    return common.table(columns, lines, label=gettext("Signals"))


@access("public")
def signal(request: HttpRequest, dataset: str, signal_id: str) -> HttpResponse:
    """One signal: the series, the past it was compared with, and the rows behind it."""
    row = profiles.labelled(shelf(), dataset, signal_id)
    name, failures = named(row), series.no_rate(dataset)
    behind = profiles.signal_rows(shelf(), row)
    others = [
        one
        for one in profiles.signals(shelf(), dataset, dimension=row["dimension"], series=row["series"])
        if one["signal_id"] != signal_id
    ]
    crumbs = [
        {"label": gettext("Signals"), "url": common.url("signals")},
        {"label": name["of"], "url": common.url("signals", query=[("dataset", dataset)])},
        {"label": name["name"]},
    ]
    period = series.period(row["period"], row["step"])
    return render(
        request,
        "signal.html",
        {
            "title": gettext("%(name)s, %(period)s") % {"name": name["name"], "period": period},
            "question": gettext("Is this more than chance?"),
            "active": "signals",
            "crumbs": crumbs,
            "said": series.sentence(row),
            "bigs": bigs(row),
            "figure": drawn(dataset, row),
            "baseline": row["baseline"].split(),
            "supports": common.supports(dataset),
            "failures": failures,
            "rows": behind_table(dataset, behind),
            "shown": words.number(len(behind)),
            "count": words.number(row["count"]),
            "signal": row,
            "earlier": [series.signal_line(one) for one in others if one["period"] < row["period"]][:12],
            "later": [series.signal_line(one) for one in others if one["period"] > row["period"]][-12:],
            "one_url": series.one_url(dataset, row["dimension"], row["series"]),
            "terms": series.convention("signals"),
            "undated": row["judged"] and row["judged"] < row["count"],
        },
    )


def bigs(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The count, what was expected, the threshold."""
    rate = gettext("of %(judged)s judged") % {"judged": words.number(row["judged"])}
    return [
        {
            "name": gettext("Nonconforming results in the period"),
            "value": words.number(row["count"]),
            "note": "" if series.no_rate(row["dataset"]) else rate,
        },
        {
            "name": gettext("Expected: mean of the seven periods before"),
            "value": series.decimal(row["expected"]),
            "note": gettext("counts: %(counts)s") % {"counts": gettext(", ").join(row["baseline"].split())},
        },
        {"name": gettext("Threshold"), "value": series.decimal(row["threshold"]), "note": gettext("EARS C1")},
    ]


def drawn(dataset: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The series around the signal, with its threshold; this period stands out."""
    known = profiles.over_time(shelf(), dataset, dimension=row["dimension"], value=row["series"], step=row["step"])
    line = {first: one["nonconforming"] if one else 0 for first, one in profiles.filled(known, step=row["step"])}
    periods = sorted(line)
    if row["period"] not in line:
        periods, line[row["period"]] = sorted([*periods, row["period"]]), row["count"]
    at = periods.index(row["period"])
    shown = periods[max(0, at - BEFORE) : at + AFTER + 1]
    if len(shown) < 2:
        shown = [row["period"], following(row["period"], row["step"])]
    slots = [series.period(first, row["step"]) for first in shown]
    threshold = gettext("threshold %(threshold)s") % {"threshold": series.decimal(row["threshold"])}
    chart = {
        "kind": "bars",
        "upright": True,
        "categories": slots,
        "marked": [shown.index(row["period"])],
        "series": [{"name": gettext("Nonconforming"), "values": [line.get(first, 0) for first in shown]}],
        "reference": {"value": round(row["threshold"], 2), "label": threshold},
    }
    return {
        "id": "series",
        "heading": 2,
        "title": gettext("Nonconforming results by period"),
        "unit": gettext("results"),
        "period": f"{slots[0]} – {slots[-1]}",
        "chart": chart,
        "supports": common.supports(dataset)["text"],
        "source": common.source(dataset),
        "table": around(row, shown, line),
        "describe": series.sentence(row),
        "how_url": common.figure_url(dataset, "nonconforming", **{row["dimension"]: row["series"]}),
    }


def around(row: Mapping[str, Any], shown: Sequence[Any], line: Mapping[Any, int]) -> dict[str, Any]:
    """The periods drawn, each with its part in the signal."""
    columns = [
        {"label": gettext("Period"), "nowrap": True},
        {"label": gettext("Nonconforming"), "numeric": True},
        {"label": gettext("Part")},
    ]
    past = [first for first in sorted(line) if first < row["period"]][-len(row["baseline"].split()) :]
    part = {row["period"]: gettext("this signal"), **dict.fromkeys(past, gettext("baseline"))}
    lines = [
        [
            {"text": series.period(first, row["step"]), "main": True},
            {"text": words.number(line.get(first, 0))},
            {"text": part.get(first, "")},
        ]
        for first in reversed(shown)
    ]
    return common.table(columns, lines, label=gettext("By period"), cards=False, tall=True)


def behind_table(dataset: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The results that the signal counts."""
    columns = {name: common.heading(FINDINGS, name) for name in ROWS}
    lines = [
        [
            common.cell(dataset, name, row, columns[name]) | ({"main": True} if name == "sample_id" else {})
            for name in ROWS
        ]
        for row in rows
    ]
    return {"label": gettext("Results"), "columns": list(columns.values()), "rows": lines, "cards": True}
