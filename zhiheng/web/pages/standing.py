"""A small data set over time and side by side: what moved its rate between two years, and which values stand out."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng import rules
from zhiheng.errors import StatisticsError, UsageError
from zhiheng.reports import standing
from zhiheng.reports.browse import single
from zhiheng.reports.nation.periods import Period, period
from zhiheng.surveillance import Movement, Ranking, margins
from zhiheng.web.access import access
from zhiheng.web.pages import common, movement, ranks, series, words
from zhiheng.web.pages.movement import dimension, points, span
from zhiheng.web.pages.ranks import Beside
from zhiheng.web.pages.reasons import of
from zhiheng.web.shell import shelf

SHOWN = 12
Rows = Sequence[Mapping[str, Any]]


@access("public")
def moved(request: HttpRequest, dataset: str) -> HttpResponse:
    """What moved the rate of a small data set from one period to another."""
    given, title = common.given(request), gettext("What moved the rate?")
    years = [str(year) for year in standing.judged_years(shelf(), dataset)]
    first, last = single(given, "from") or "".join(years[:1]), single(given, "to") or "".join(years[-1:])
    by = single(given, "by") or standing.USUAL
    page = head(dataset, title, gettext("Was it another mix of what was sampled, or did the goods change?"))
    if standing.is_failures(shelf(), dataset) or not (first and last):
        return render(request, "nation.html", page | {"notice": no_rate(dataset)})
    spans = period(first), period(last)
    page |= {"chooser": {"fields": [*year_fields(years, spans), by_field(by)]}}
    try:
        found, before, after = standing.moved(shelf(), dataset, *spans, by=(by,))
    except StatisticsError as error:
        return render(request, "nation.html", page | {"notice": nothing(error)})
    return render(request, "nation.html", page | moved_parts(dataset, spans, by, found, (before, after)))


def moved_parts(
    dataset: str, spans: tuple[Period, Period], by: str, found: Movement, rows: tuple[Rows, Rows]
) -> dict[str, Any]:
    """The figures of a movement."""
    terms = rules.settings("ranking", on=date.today())
    asked = urlencode({"from": spans[0].name, "to": spans[1].name, "by": by})
    cut = gettext("Samples count in the period in which they were taken.")
    picture = movement.waterfall(found, *spans, cut=[cut]) | {
        "source": source(dataset),
        "api_url": f"/api/datasets/{dataset}/moved?{asked}",
        "unit": gettext("% of the samples judged"),
    }
    return {
        "bigs": [
            *[rate(stretch, at, found) for at, stretch in enumerate(spans)],
            {
                "name": gettext("Difference, percentage points"),
                "value": points(found.moved.after - found.first),
                "interval": span(found.moved.difference),
                "note": of(found.of, found.reasons),
            },
        ],
        "sentences": movement.sentences(found, sparse_share=float(terms["sparse_share"])),
        "figures": [picture],
        "sections": [shares(dataset, spans, by, rows)],
    }


def rate(stretch: Period, at: int, found: Movement) -> dict[str, Any]:
    """The rate of one period."""
    return {
        "name": stretch.name,
        "value": words.percent((found.first, found.moved.after)[at], digits=2),
        "n": words.number(found.judged[at]),
        "note": gettext("%(n)s samples failed") % {"n": words.number(found.nonconforming[at])},
    }


def shares(dataset: str, spans: tuple[Period, Period], by: str, rows: tuple[Rows, Rows]) -> dict[str, Any]:
    """The shares and rates of the mix, the largest changes first."""
    every = [row for row in margins(*rows, by, weighted=False) if row["judged_before"] or row["judged_after"]]
    lines = [
        [
            {"text": series.label(by, row["value"], "year"), "main": True, "url": series.one_url(dataset, by, row["value"])},
            {"text": words.percent(row["share_before"])},
            {"text": words.percent(row["share_after"])},
            *(
                {"text": words.percent(row[f"rate_{word}"], digits=2), "note": f"n = {words.number(row[f'judged_{word}'])}"}
                if row[f"judged_{word}"]
                else {"text": words.MISSING}
                for word in ("before", "after")
            ),
        ]
        for row in every[:SHOWN]
    ]  # fmt: skip
    left = len(every) - SHOWN
    return {
        "title": gettext("Mix of %(what)s") % {"what": dimension(by)},
        "text": gettext("Where the share of what was sampled changed most. Each value stands with its own rate in both periods."),
        "table": common.table(movement.shares_columns(by, *spans), lines, label=dimension(by), cards=True),
        "note": gettext("%(n)s more values are in the answer of the API.") % {"n": left} if left > 0 else "",
    }  # fmt: skip


@access("public")
def ranking(request: HttpRequest, dataset: str) -> HttpResponse:
    """Which values of a dimension of a small data set stand out, and how little their order says."""
    by, title = single(common.given(request), "by") or standing.USUAL, gettext("Which ones stand out?")
    page = head(dataset, title, gettext("Do they differ by more than chance, and how sure is their order?"))
    if standing.is_failures(shelf(), dataset):
        return render(request, "nation.html", page | {"notice": no_rate(dataset)})
    page |= {"chooser": {"fields": [by_field(by)]}}
    try:
        found = standing.ranked(shelf(), dataset, by, on=date.today())
    except StatisticsError as error:
        return render(request, "nation.html", page | {"notice": nothing(error)})
    shown = beside(dataset, by, found)
    terms = rules.settings("ranking", on=date.today())
    api = {"api_url": f"/api/datasets/{dataset}/ranking?{urlencode({'by': by})}"}
    parts = {
        "bigs": ranks.bigs(shown),
        "sentences": ranks.sentences(shown, false_share=float(terms["false_share"])),
        "figures": [ranks.funnel(shown) | {"source": source(dataset)} | api],
        "sections": [ranks.section(shown) | api],
    }
    return render(request, "nation.html", page | parts)


def beside(dataset: str, by: str, found: Ranking) -> Beside:
    """The ranking with the pages that its values lead to."""
    return Beside(
        found,
        head=series.name(by),
        things=gettext("% of the samples judged"),
        title=gettext("Nonconforming samples against the number judged"),
        named=lambda value: series.label(by, value, "year"),
        opens=lambda row: series.one_url(dataset, by, row["value"]),
        failed=lambda row: common.rows_url(dataset, **{by: row["value"]}, verdict="nonconforming"),
    )


def head(dataset: str, title: str, question: str) -> dict[str, Any]:
    """Title, question, way back, and what the samples support."""
    return {
        "title": title,
        "question": question,
        "active": "results",
        "banner": common.supports(dataset),
        "made_from": source(dataset),
        "crumbs": [
            {"label": gettext("Test results"), "url": common.url("results")},
            {"label": common.title(dataset), "url": common.url("dataset_results", dataset)},
            {"label": title},
        ],
    }


def source(dataset: str) -> str:
    """The line below a figure."""
    return gettext("%(title)s · made from %(key)s") % {"title": common.title(dataset), "key": shelf().open(dataset).key}


def year_fields(years: Sequence[str], spans: tuple[Period, Period]) -> list[dict[str, Any]]:
    """The fields for the two periods: years of which samples were judged, and what the address asked for."""
    fields = []
    for name, label, stretch in zip(("from", "to"), (gettext("From"), gettext("To")), spans, strict=True):
        held = list(years) if stretch.name in years else [stretch.name, *years]
        options = [{"value": one, "label": one, "on": one == stretch.name} for one in held]
        fields.append({"name": name, "label": label, "options": options})
    return fields


def by_field(by: str) -> dict[str, Any]:
    """The field for the dimension. UsageError: a dimension that samples do not have."""
    if by not in standing.DIMENSIONS:
        raise UsageError(f"by: '{by[:40]}' is none of {', '.join(standing.DIMENSIONS)}")
    options = [{"value": one, "label": dimension(one), "on": one == by} for one in standing.DIMENSIONS]
    return {"name": "by", "label": gettext("Compare"), "options": options}


def no_rate(dataset: str) -> dict[str, str]:
    """Why a data set has nothing to compare."""
    text = (
        gettext(
            "There is no rate here: a rate needs the results that conformed as well, and this data set lists failures alone."
        )
        if standing.is_failures(shelf(), dataset)
        else gettext("No sample of this data set was judged.")
    )
    return {"title": gettext("Nothing to compare"), "text": text}


def nothing(error: StatisticsError) -> dict[str, str]:
    """A comparison that cannot be made, with its reason."""
    return {"title": gettext("Nothing to compare"), "text": str(error)}
