"""The list of results, the page of a sample, and the printed limits held against ours."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.decision import FINDINGS
from zhiheng.reports import browse, facets
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.common import url
from zhiheng.web.pages.printed import comparison
from zhiheng.web.pages.sample import story
from zhiheng.web.shell import shelf

COLUMNS = ("product_name", "verdict", "analyte", "printed", "rule_text", "exceedance")
PLACES = ("province", "origin", "site")
NEEDED = ("result_id", "day", "sample_id", "stage", "comparator", "printed_unit", "operator", "rule_key", "superseded")


@access("public")
def results(request: HttpRequest, dataset: str = "") -> HttpResponse:
    """The results of a data set, filtered, counted, sorted and paged."""
    known = common.in_order()
    if not known:
        return render(request, "results.html", {"title": gettext("Test results"), "active": "results"})
    dataset = dataset or known[0]
    card = shelf().open(dataset).summary["card"]
    listing, path = common.listing("findings"), url("dataset_results", dataset)
    asked = browse.view(listing, common.given(request))
    total, counts = facets.tallies(shelf(), dataset, "findings", asked)
    columns = filled(dataset)
    here = replace(asked, page=min(asked.page, -(-total // asked.size) or 1))
    rows = facets.lines(shelf(), dataset, "findings", here, columns=tuple(sorted({*NEEDED, *columns})))
    return render(
        request,
        "results.html",
        {
            "title": words.both(card["title"]),
            "question": words.both(card["question"]),
            "active": "results",
            "asked": asked,
            "dataset": dataset,
            "tabs": common.tabs("dataset_results", here=dataset),
            "total": words.number(total),
            "banner": common.supports(dataset),
            "facets": common.facets(listing, asked, counts, path=path, dataset=dataset),
            "path": path,
            "kept": [(name, value) for name, value in browse.address(asked, page=1) if name != "q"],
            "table": common.listed(
                listing,
                rows,
                columns,
                dataset=dataset,
                main="product_name",
                asked=asked,
                path=path,
                name=gettext("Test results"),
            ),
            "paging": common.paging(asked, total, path=path),
            "empty": total == 0,
            "figures": beside(dataset, asked, total, counts),
            "has_printed": bool(shelf().open(dataset).summary["printed"]),
            "made_from": common.source(dataset),
        }
        | common.chips(listing, asked, path=path)
        | common.downloads(dataset, "findings", asked),
    )


def filled(dataset: str) -> list[str]:
    """The columns of the list: the same everywhere, then the place and the day that this source is about."""
    card = shelf().open(dataset).summary["card"]
    counts = facets.tallies(shelf(), dataset, "findings", browse.View())[1]
    there = [name for name in PLACES[:2] if any(row["value"] for row in counts[name])]
    place = there[:1] or ["site"]
    return [*COLUMNS, *place, card["day"] if card["day"] in FINDINGS.schema.names else "sampled_on", "reason"]


def beside(
    dataset: str, asked: browse.View, total: int, counts: dict[str, list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """How many results the view has, and how they were judged."""
    verdicts = {row["value"]: row["n"] for row in counts["verdict"]}
    chosen = dict(asked.filters).get("verdict", ())
    path = url("dataset_results", dataset)
    found = [{"name": gettext("Results in this list"), "value": words.number(total)}]
    for verdict, word in words.VERDICT.items():
        if verdicts.get(verdict) or verdict in chosen:
            link = common.link(
                path,
                replace(
                    asked, filters=(*(f for f in asked.filters if f[0] != "verdict"), ("verdict", (verdict,))), page=1
                ),
            )
            found.append({"name": str(word), "value": words.number(verdicts.get(verdict, 0)), "url": link})
    return found


@access("public")
def sample(request: HttpRequest, dataset: str, sample_id: str) -> HttpResponse:
    """One sample: what happened to it, in order, and every item with its reason, rule and source."""
    return render(request, "sample.html", story(dataset, sample_id))


@access("public")
def printed(request: HttpRequest, dataset: str) -> HttpResponse:
    """The limits that the notices print against the rules of the day."""
    return render(request, "printed.html", comparison(dataset))
