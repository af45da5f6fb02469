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
from zhiheng.web.pages.printed import COMPARED, listed
from zhiheng.web.shell import shelf

Told = Mapping[str, Any]
TOP = 12
LAST_MONTHS = 15


@access("public")
def overview(request: HttpRequest) -> HttpResponse:
    """The question, the numbers that answer it, and the ways to everything else."""
    known = common.in_order()
    if not known:
        return render(request, "overview.html", {"title": gettext("Nothing has been taken in yet"), "active": "overview"})
    main = known[0]
    card = shelf().open(main).summary["card"]
    return render(request, "overview.html", {
        "title": words.both(card["question"]), "question": words.both(card["title"]), "active": "overview", "dataset": main,
        "supports": common.supports(main), "others": [beside(name) for name in known[1:]],
        "first": failures(main) if card["supports"] == "failures" else beside(main),
        "has_printed": bool(shelf().open(main).summary["printed"]),
    })


def failures(dataset: str) -> dict[str, Any]:
    """The sections about a set of published failures."""
    told = asked.printed(shelf(), dataset)
    return {
        "figures": big(dataset), "groups": groups(dataset, told["analytes"]), "items": items(dataset, told["analytes"]),
        "types": types(dataset, told["types"]), "months": months(dataset, told["months"]), "differing": listed(dataset, told["differing"]),
        "n_differing": len(told["differing"]), "printed_url": url("printed", dataset), "signals": signals(told["signals"], told["analytes"]),
        "signals_url": url("signals"), "proposal": proposal(dataset, told["proposal"]), "arms": told["arms"][0], "plan_url": url("plan"),
        "results_url": url("dataset_results", dataset), "map_url": url("map", dataset), "bulletins_url": url("bulletins"),
    }


def big(dataset: str) -> list[dict[str, Any]]:
    """The big numbers of a set of failures, each with its way to how it was computed or to its rows."""
    summary = shelf().open(dataset).summary
    intake, samples = summary["intake"], summary["samples"]
    counts: Counter[str] = Counter()
    for row in summary["printed"]:
        counts[row["agreement"]] += row["n"]
    compared = sum(counts[name] for name in COMPARED)
    items, failed = intake["items"], sum(row["n"] for row in summary["results"] if row["verdict"] == "nonconforming")
    agree = words.percent((compared - counts["differ"]) / compared, digits=2) if compared else words.MISSING
    return [
        {"name": gettext("Failed samples published"), "value": words.number(sum(samples.values())), "url": url("dataset_results", dataset),
         "note": gettext("%(n)s judged nonconforming by our rules") % {"n": words.number(samples.get("nonconforming", 0))}},
        {"name": gettext("Failed items printed"), "value": words.number(items), "url": common.figure_url(dataset, "results"),
         "note": gettext("%(n)s read, %(unread)s not readable") % {"n": words.number(items - intake["unread"]), "unread": intake["unread"]}},
        {"name": gettext("Nonconforming by our rules"), "value": words.number(failed), "url": common.figure_url(dataset, "nonconforming"),
         "note": gettext("%(share)s of the items") % {"share": words.percent(failed / items)} if items else ""},
        {"name": gettext("Not judged: no rule of ours yet"), "url": common.figure_url(dataset, "not_judged"), "note": gettext("the reason stands beside each"),
         "value": words.number(sum(row["n"] for row in summary["results"] if row["verdict"] == "not_judged"))},
        {"name": gettext("Printed limits that agree with ours"), "value": agree, "n": words.number(compared), "url": url("printed", dataset),
         "note": gettext("%(n)s differ") % {"n": counts["differ"]}},
    ]


def groups(dataset: str, rows: Sequence[Told]) -> dict[str, Any]:
    """Failed items by group of test items."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts[words.group(row["value"])] += row["n"]
    return figure(dataset, "by-group", gettext("Failed items by group of test items"), [(name, n, "") for name, n in counts.most_common()],
                  head=gettext("Group"))


def items(dataset: str, rows: Sequence[Told]) -> dict[str, Any]:
    """Failed items by test item."""
    lines = [(words.analyte(row["value"]), row["n"], common.one_url(dataset, "analyte", row["value"])) for row in rows[:TOP] if row["value"]]
    return figure(dataset, "by-item", gettext("The test items that failed most"), lines, head=gettext("Test item")) | {
        "table_more": url("by", dataset, "analyte"), "n": words.number(sum(row["n"] for row in rows))}


def types(dataset: str, rows: Sequence[Told]) -> dict[str, Any]:
    """Failed items by product type."""
    lines = [(words.category(row["value"]), row["n"], common.one_url(dataset, "product_type", row["value"])) for row in rows[:TOP] if row["value"]]
    return figure(dataset, "by-type", gettext("The product types that failed most"), lines, head=gettext("Product type")) | {
        "n": words.number(sum(row["n"] for row in rows))}


def figure(dataset: str, ident: str, title: str, lines: Sequence[tuple[str, int, str]], *, head: str) -> dict[str, Any]:
    """A card with bars of failed items and the same figures as a table."""
    columns = [{"label": head, "wide": True}, {"label": gettext("Failed items"), "numeric": True}]
    return {
        "id": ident, "title": title, "unit": gettext("failed items"), "n": words.number(sum(n for _, n, _ in lines)), "size": "tall",
        "chart": common.bars([(name, n) for name, n, _ in lines], name=gettext("failed items")), "source": common.source(dataset),
        "supports": gettext("Counts only: failures without the number tested give no rate."),
        "table": common.table(columns, [[{"text": name, "url": link, "main": True}, {"text": words.number(n)}] for name, n, link in lines],
                              label=title, cards=False),
        "how_url": common.figure_url(dataset, "results"),
    }


def months(dataset: str, rows: Sequence[Told]) -> dict[str, Any]:
    """Failed items by publishing province and month of making or sampling."""
    known = sorted({row["month"] for row in rows})[-LAST_MONTHS:]
    counts = {(row["value"], row["month"]): row["n"] for row in rows}
    places = Counter({value: sum(n for (name, _), n in counts.items() if name == value) for value, _ in counts})
    names = [name for name, _ in places.most_common() if name]
    shown = [month.strftime("%Y-%m") for month in known]
    grid = [[counts.get((name, month), 0) for month in known] for name in names]
    columns = [{"label": gettext("Month")}, *({"label": name, "numeric": True} for name in names)]
    lines = [[{"text": text, "main": True}, *({"text": words.number(line[place])} for line in grid)] for place, text in enumerate(shown)]
    return {
        "id": "by-month", "title": gettext("Failed items by province and month of production"), "unit": gettext("failed items"),
        "n": words.number(sum(map(sum, grid))), "period": f"{shown[0]} – {shown[-1]}" if shown else "", "source": common.source(dataset),
        "supports": gettext("A month counts by the day of production; notices appear months later, so the last months are still filling."),
        "chart": {"kind": "heat", "x": shown, "y": names, "values": grid, "print": True}, "size": "short",
        "table": common.table(columns, lines, label=gettext("Failed items by province and month of production"), cards=False),
        "how_url": common.figure_url(dataset, "results"),
    }


def signals(rows: Sequence[Told], analytes: Sequence[Told]) -> list[dict[str, Any]]:
    """The newest signals as a timeline."""
    del analytes
    return [{
        "at": row["period"].isoformat(), "shown": row["period"].strftime("%Y-%m"), "title": words.series(row["dimension"], row["series"]),
        "url": url("signal", row["dataset"], row["signal_id"]),
        "why": gettext("%(count)s nonconforming; the seven periods before had %(expected)s on average, the threshold was %(threshold)s") % {
            "count": row["count"], "expected": f"{row['expected']:.1f}", "threshold": f"{row['threshold']:.1f}"},
    } for row in rows]


def proposal(dataset: str, rows: Sequence[Told]) -> dict[str, Any]:
    """The first lines of the proposal."""
    columns = [{"label": gettext("Product type"), "wide": True}, {"label": gettext("Failed so far"), "numeric": True},
               {"label": gettext("Targeted"), "numeric": True}, {"label": gettext("Random"), "numeric": True}]
    lines = [[{"text": words.category(row["stratum"]), "url": common.one_url(dataset, "product_type", row["stratum"]), "main": True},
              {"text": words.number(row["nonconforming"])}, {"text": words.number(row["targeted"])}, {"text": words.number(row["random"])}] for row in rows]
    return common.table(columns, lines, label=gettext("Next inspections"), cards=False)


def beside(dataset: str) -> dict[str, Any]:
    """The card of a data set with denominators: its rate with interval and bounds, and what was not judged beside it."""
    card, told = shelf().open(dataset).summary["card"], asked.measured(shelf(), dataset)
    return {
        "dataset": dataset, "title": words.both(card["title"]), "question": words.both(card["question"]), "supports": common.supports(dataset),
        "legal": rate(dataset, told["legal"], "legal"), "guidance": rate(dataset, told["guidance"], "guidance") if told["guidance"]["judged"] else None,
        "chart": worst(dataset, told["analytes"]), "results_url": url("dataset_results", dataset), "plan_url": url("plan"),
        "signals": signals(told["signals"], ()), "source": common.source(dataset),
    }


def rate(dataset: str, told: Told, force: str) -> dict[str, Any]:
    """A rate with its interval, its bounds, and the counts that it rests on."""
    where = {"sample_kind": "regular", "superseded": "false"}
    facts = [{"label": str(words.VERDICT[name]), "text": words.number(told[name]), "url": common.figure_url(dataset, name, force=force)}
             for name in ("nonconforming", "conforming", "inconclusive", "not_judged")]
    return {
        "name": gettext("Nonconforming against legal limits") if force == "legal" else gettext("Above guidance values"),
        "value": words.percent(told["rate"]), "interval": words.interval(told["lower"], told["upper"]), "n": words.number(told["judged"]),
        "url": common.figure_url(dataset, "rate", force=force), "facts": facts, "rows_url": common.rows_url(dataset, force=force, **where),
        "bounds": gettext("at least %(least)s, at most %(most)s, whatever the inconclusive results truly are") % {
            "least": words.percent(told["least"]), "most": words.percent(told["most"])} if told["least"] is not None else "",
    }


def worst(dataset: str, rows: Sequence[Told]) -> dict[str, Any]:
    """The test items with most nonconforming results, as rates with whiskers."""
    shown = [row for row in rows if row["nonconforming"] and row["rate"] is not None]
    names = [words.analyte(row["value"]) for row in shown]
    columns = [{"label": gettext("Test item")}, {"label": gettext("Nonconforming"), "numeric": True}, {"label": gettext("Judged"), "numeric": True},
               {"label": gettext("Rate"), "numeric": True}, {"label": gettext("95% interval"), "numeric": True}]
    lines = [[{"text": name, "url": common.one_url(dataset, "analyte", row["value"]), "main": True}, {"text": words.number(row["nonconforming"])},
              {"text": words.number(row["judged"])}, {"text": words.percent(row["rate"])}, {"text": words.interval(row["lower"], row["upper"])}]
             for name, row in zip(names, shown, strict=True)]
    scaled = {name: [round(100 * float(row[name]), 3) for row in shown] for name in ("rate", "lower", "upper")}
    return {
        "id": f"worst-{dataset}", "title": gettext("Nonconformity rate of the test items that failed most"), "unit": "%", "size": "short",
        "n": words.number(sum(row["judged"] for row in shown)), "supports": common.supports(dataset)["text"], "source": common.source(dataset),
        "chart": {"kind": "bars", "unit": "%", "digits": 1, "categories": names,
                  "series": [{"name": gettext("rate"), "values": scaled["rate"], "low": scaled["lower"], "high": scaled["upper"]}]},
        "table": common.table(columns, lines, label=gettext("Rates by test item"), cards=False), "how_url": common.figure_url(dataset, "rate"),
    } if shown else {}
