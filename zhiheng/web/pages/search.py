"""One box that finds anything: a sample, a rule, a product, a maker, a site, a test item, a signal."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from zhiheng import rules as law
from zhiheng.reports import finder
from zhiheng.reports.browse import LONGEST_TERM, single
from zhiheng.web.access import access
from zhiheng.web.pages import common, series, words
from zhiheng.web.pages.nation import finding
from zhiheng.web.shell import shelf


@access("public")
def search(request: HttpRequest) -> HttpResponse:
    """What has a text in its number, name or code; a number that names one thing goes straight to it."""
    wanted = single(common.given(request), "q")[:LONGEST_TERM]
    straight = exactly(wanted) if wanted else ""
    if straight:
        return redirect(straight)
    groups = everywhere(wanted) if wanted else []
    title = gettext("Search: %(text)s") % {"text": wanted} if wanted else gettext("Search")
    return render(
        request,
        "search.html",
        {
            "title": title,
            "question": gettext("Where is it?"),
            "active": "",
            "query": wanted,
            "groups": groups,
            "found": words.number(sum(group["n"] for group in groups)),
            "none": wanted and not groups,
        },
    )


def exactly(wanted: str) -> str:
    """The page of the one thing that has this number or key."""
    if wanted in law.book().rules:
        return common.rule_url(wanted)
    for dataset in common.in_order():
        if finder.has_sample(shelf(), dataset, wanted):
            return common.sample_url(dataset, wanted)
        if finder.has_signal(shelf(), dataset, wanted):
            return common.url("signal", dataset, wanted)
    return finding.exactly(wanted)


def everywhere(wanted: str) -> list[dict[str, Any]]:
    """What was found, kind by kind; a kind without finds is left out."""
    found = [rules(wanted)]
    for dataset in common.in_order():
        found += [values(dataset, dimension, wanted) for dimension in finder.searched(shelf(), dataset)]
        found += [samples(dataset, wanted), signals(dataset, wanted)]
    found += finding.found(wanted)
    return [group for group in found if group["n"]]


def rules(wanted: str) -> dict[str, Any]:
    """Rules by key, title or test item."""
    keys = finder.rules(wanted)
    links = [{"url": common.rule_url(key), "text": words.rule(key), "key": key} for key in keys[: finder.MOST]]
    return {
        "title": gettext("Rules"),
        "of": "",
        "n": len(keys),
        "links": links,
        "more_url": common.url("rules", query=[("q", wanted)]),
    }


def values(dataset: str, dimension: str, wanted: str) -> dict[str, Any]:
    """Product types, test items, makers, sites, origins."""
    rows = finder.values(shelf(), dataset, dimension, wanted, named=lambda value: called(dimension, value))
    links = [
        {
            "url": common.one_url(dataset, dimension, row["value"]),
            "text": words.said(dimension, row["value"]),
            "note": gettext("%(bad)s nonconforming of %(all)s results")
            % {"bad": words.number(row["nonconforming"]), "all": words.number(row["results"])},
        }
        for row in rows[: finder.MOST]
    ]
    return {
        "title": series.name(dimension),
        "of": common.title(dataset),
        "n": len(rows),
        "links": links,
        "more_url": common.url("by", dataset, dimension, query=[("q", wanted)]),
    }


def called(dimension: str, value: str) -> str:
    """Every name of a value: as the page says it, and for a test item in both languages."""
    item = law.analytes().by_code.get(value) if dimension == "analyte" else None
    return " ".join((words.said(dimension, value), *((item.zh, item.en, *item.synonyms) if item else ())))


def samples(dataset: str, wanted: str) -> dict[str, Any]:
    """Samples by number, product, maker or place."""
    n, rows = finder.samples(shelf(), dataset, wanted)
    links = [
        {
            "url": common.sample_url(dataset, row["sample_id"]),
            "text": f"{row['product_name'] or words.MISSING}",
            "verdict": row["verdict"],
            "note": " · ".join(
                part for part in (row["sample_id"], words.day(row["day"]), row["maker"] or row["site"] or "") if part
            ),
        }
        for row in rows
    ]
    return {
        "title": gettext("Samples"),
        "of": common.title(dataset),
        "n": n,
        "links": links,
        "more_url": common.rows_url(dataset, q=wanted),
    }


def signals(dataset: str, wanted: str) -> dict[str, Any]:
    """Signals by the name of their series."""
    rows = finder.signals(shelf(), dataset, wanted, named=called)
    links = [
        {"url": (line := series.signal_line(row))["url"], "text": line["series"], "note": line["text"]}
        for row in rows[: finder.MOST]
    ]
    return {
        "title": gettext("Signals"),
        "of": common.title(dataset),
        "n": len(rows),
        "links": links,
        "more_url": common.url("signals", query=[("dataset", dataset), ("q", wanted)]),
    }
