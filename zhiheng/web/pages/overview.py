"""The first page: what the published failures say, and one card for every other data set."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.reports import overview as asked
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.common import url
from zhiheng.web.pages.measured import beside, rates, signals
from zhiheng.web.pages.printed import COMPARED, listed
from zhiheng.web.shell import shelf

TOP = 12
LAST_MONTHS = 15


@access("public")
def overview(request: HttpRequest) -> HttpResponse:
    """The question, the numbers that answer it, and the ways to everything else."""
    known = common.in_order()
    if not known:
        return render(
            request, "overview.html", {"title": gettext("Nothing has been taken in yet"), "active": "overview"}
        )
    main = known[0]
    card = shelf().open(main).summary["card"]
    return render(
        request,
        "overview.html",
        {
            "title": words.both(card["question"]),
            "question": words.both(card["title"]),
            "active": "overview",
            "dataset": main,
            "supports": common.supports(main),
            "others": [beside(name) for name in known[1:]],
            "first": failures(main) if card["supports"] == "failures" else beside(main),
            "has_printed": bool(shelf().open(main).summary["printed"]),
        },
    )


def failures(dataset: str) -> dict[str, Any]:
    """The sections about a set of published failures."""
    told = asked.printed(shelf(), dataset)
    return {
        "figures": big(dataset, told["totals"][0]),
        "groups": groups(dataset, told["analytes"]),
        "items": items(dataset, told["analytes"]),
        "types": types(dataset, told["types"]),
        "months": months(dataset, told["months"]),
        "provinces": provinces(dataset, told["provinces"]),
        "differing": listed(dataset, told["differing"]),
        "n_differing": len(told["differing"]),
        "printed_url": url("printed", dataset),
        "signals": signals(told["signals"]),
        "signals_url": url("signals"),
        "proposal": proposal(dataset, told["proposal"]),
        "arms": {name: f"{value or 0:.0f}" for name, value in told["arms"][0].items()},
        "plan_url": url("plan"),
        "results_url": url("dataset_results", dataset),
        "map_url": url("map", dataset),
        "bulletins_url": url("bulletins"),
    }


def big(dataset: str, totals: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The big numbers of a set of failures, each with its way to how it was computed or to its rows."""
    summary = shelf().open(dataset).summary
    intake, samples, n = summary["intake"], summary["samples"], words.number
    counts: Counter[str] = Counter()
    for row in summary["printed"]:
        counts[row["agreement"]] += row["n"]
    compared = sum(counts[name] for name in COMPARED)
    again = intake["items"] - intake["unread"] - totals["results"]
    share = words.percent(totals["nonconforming"] / totals["results"]) if totals["results"] else words.MISSING
    return [
        {
            "name": gettext("Failed samples published"),
            "value": n(sum(samples.values())),
            "url": url("dataset_results", dataset),
            "note": gettext("%(n)s judged nonconforming by our rules") % {"n": n(samples.get("nonconforming", 0))},
        },
        {
            "name": gettext("Failed items, read and counted"),
            "value": n(totals["results"]),
            "url": common.figure_url(dataset, "results"),
            "note": gettext("of %(printed)s printed: %(unread)s unreadable, %(again)s replaced by a retest")
            % {"printed": n(intake["items"]), "unread": n(intake["unread"]), "again": n(again)},
        },
        {
            "name": gettext("Nonconforming by our rules"),
            "value": n(totals["nonconforming"]),
            "note": gettext("%(share)s of the items") % {"share": share},
            "url": common.figure_url(dataset, "nonconforming"),
        },
        {
            "name": gettext("Not judged: no rule of ours applies yet"),
            "value": n(totals["not_judged"]),
            "url": common.figure_url(dataset, "not_judged"),
            "note": gettext("the reason stands beside each"),
        },
        {
            "name": gettext("Printed limits confirmed by rules read elsewhere"),
            "n": n(compared),
            "url": url("printed", dataset),
            "value": n(counts["agree"]),
            "note": gettext(
                "%(same)s more are equal, but our rules were read from such notices or not in the standard, which proves nothing; %(differ)s differ"
            )
            % {"same": n(counts["agree_same_source"] + counts["agree_unread"]), "differ": n(counts["differ"])},
        },
    ]


def groups(dataset: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Failed items by group of test items."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts[words.group(row["value"])] += row["n"]
    return figure(
        dataset,
        "by-group",
        gettext("Failed items by group of test items"),
        [(name, n, "") for name, n in counts.most_common()],
        head=gettext("Group"),
        dimension="analyte",
    )


def items(dataset: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Failed items by test item."""
    lines = [
        (words.analyte(row["value"]), row["n"], common.one_url(dataset, "analyte", row["value"]))
        for row in rows[:TOP]
        if row["value"]
    ]
    return figure(
        dataset,
        "by-item",
        gettext("The test items that failed most"),
        lines,
        head=gettext("Test item"),
        dimension="analyte",
    ) | {"table_more": url("by", dataset, "analyte"), "n": words.number(sum(row["n"] for row in rows))}


def types(dataset: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Failed items by product type."""
    lines = [
        (words.category(row["value"]), row["n"], common.one_url(dataset, "product_type", row["value"]))
        for row in rows[:TOP]
        if row["value"]
    ]
    return figure(
        dataset,
        "by-type",
        gettext("The product types that failed most"),
        lines,
        head=gettext("Product type"),
        dimension="product_type",
    ) | {"n": words.number(sum(row["n"] for row in rows))}


def provinces(dataset: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Failed items by publishing province."""
    lines = [
        (words.said("province", row["value"]), row["n"], common.one_url(dataset, "province", row["value"]))
        for row in rows
        if row["value"]
    ]
    return figure(
        dataset,
        "by-province",
        gettext("Failed items by publishing province"),
        lines,
        head=gettext("Province"),
        dimension="province",
    ) | {"size": "short"}


def figure(
    dataset: str, ident: str, title: str, lines: Sequence[tuple[str, int, str]], *, head: str, dimension: str
) -> dict[str, Any]:
    """A card with bars of failed items and the same figures as a table."""
    columns = [{"label": head, "wide": True}, {"label": gettext("Failed items"), "numeric": True}]
    return {
        "id": ident,
        "title": title,
        "unit": gettext("failed items"),
        "n": words.number(sum(n for _, n, _ in lines)),
        "size": "tall",
        "chart": common.bars([(name, n) for name, n, _ in lines], name=gettext("failed items")),
        "source": common.source(dataset),
        "supports": gettext("Counts only: failures without the number tested give no rate."),
        "table": common.table(
            columns,
            [[{"text": name, "url": link, "main": True}, {"text": words.number(n)}] for name, n, link in lines],
            label=title,
            cards=False,
        ),
        "how_url": common.figure_url(dataset, "results"),
        **rates(dataset, dimension),
    }


def months(dataset: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Failed items by publishing province and month of making or sampling."""
    known = sorted({row["month"] for row in rows})[-LAST_MONTHS:]
    counts = {(row["value"], row["month"]): row["n"] for row in rows}
    places = Counter({value: sum(n for (name, _), n in counts.items() if name == value) for value, _ in counts})
    codes = [name for name, _ in places.most_common() if name]
    names = [words.said("province", name) for name in codes]
    shown = [month.strftime("%Y-%m") for month in known]
    grid = [[counts.get((name, month), 0) for month in known] for name in codes]
    columns = [{"label": gettext("Month")}, *({"label": name, "numeric": True} for name in names)]
    lines = [
        [{"text": text, "main": True}, *({"text": words.number(line[place])} for line in grid)]
        for place, text in enumerate(shown)
    ]
    return {
        "id": "by-month",
        "title": gettext("Failed items by province and month of production"),
        "unit": gettext("failed items"),
        "n": words.number(sum(map(sum, grid))),
        "period": f"{shown[0]} – {shown[-1]}" if shown else "",
        "source": common.source(dataset),
        "supports": gettext("Months of production. Notices appear months later, so the last months are still filling."),
        "chart": {"kind": "heat", "x": shown, "y": names, "values": grid, "print": True},
        "size": "short",
        "table": common.table(
            columns, lines, label=gettext("Failed items by province and month of production"), cards=False
        ),
        "how_url": common.figure_url(dataset, "results"),
        **common.downloads(dataset, "findings"),
    }


def proposal(dataset: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The first lines of the proposal."""
    columns = [
        {"label": gettext("Product type"), "wide": True},
        {"label": gettext("Failed so far"), "numeric": True},
        {"label": gettext("Targeted"), "numeric": True},
        {"label": gettext("Random"), "numeric": True},
    ]
    lines = [
        [
            {
                "text": words.category(row["stratum"]),
                "url": common.one_url(dataset, "product_type", row["stratum"]),
                "main": True,
            },
            {"text": words.number(row["nonconforming"])},
            {"text": words.number(row["targeted"])},
            {"text": f"{round(row['random'], 2):g}"},
        ]
        for row in rows
    ]
    return common.table(columns, lines, label=gettext("Next inspections"), cards=False)
