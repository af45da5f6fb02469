"""Places, products or channels beside one another: a funnel, and a table in which no rank stands without its interval."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.errors import StatisticsError
from zhiheng.reports.browse import single
from zhiheng.reports.nation import Nation
from zhiheng.reports.nation.ranked import DIMENSIONS, ranked, terms
from zhiheng.surveillance import Ranking
from zhiheng.web.access import access
from zhiheng.web.pages import common, ranks, words
from zhiheng.web.pages.movement import dimension
from zhiheng.web.pages.nation.address import crumbs, opened, region_name, rows_url, source, table_urls, told
from zhiheng.web.pages.ranks import Beside


@access("public")
def ranking(request: HttpRequest, dataset: str) -> HttpResponse:
    """Which values of a dimension stand out, and how little their order says."""
    nation = opened(request, dataset)
    given = common.given(request)
    by, arm = single(given, "by") or "province", single(given, "arm") or "random"
    title = gettext("Which ones stand out?")
    page = {
        "title": title,
        "question": gettext("Do they differ by more than chance, and how sure is their order?"),
        "crumbs": crumbs(nation, (title, "")),
        "chooser": chooser(by, arm),
        **told(nation),
    }
    try:
        found = ranked(nation, by, arm=arm)
    except StatisticsError as error:
        notice = {"title": gettext("Nothing to compare"), "text": str(error)}
        return render(request, "nation.html", page | {"notice": notice})
    return render(
        request,
        "nation.html",
        page
        | {
            "bigs": ranks.bigs(beside(nation, found, by, arm)),
            "sentences": ranks.sentences(
                beside(nation, found, by, arm), false_share=float(terms(nation)["false_share"])
            ),
            "figures": [ranks.funnel(beside(nation, found, by, arm)) | files(nation, by, arm)],
            "sections": [ranks.section(beside(nation, found, by, arm)) | table_urls(nation, "ranking", by=by, arm=arm)],
        },
    )


def chooser(by: str, arm: str) -> dict[str, Any]:
    """The form above the figures."""
    return {
        "fields": [
            {
                "name": "by",
                "label": gettext("Compare"),
                "options": [{"value": one, "label": dimension(one), "on": one == by} for one in DIMENSIONS],
            },
            {
                "name": "arm",
                "label": gettext("Samples"),
                "options": [
                    {"value": one, "label": words.said("arm", one), "on": one == arm} for one in ("random", "targeted")
                ],
            },
        ]
    }


def named(by: str, value: str) -> str:
    """A value of a dimension in words."""
    return region_name(value) if by == "region" else words.said(by, value)


def beside(nation: Nation, found: Ranking, by: str, arm: str) -> Beside:
    """The ranking with the rows that its units lead to."""
    return Beside(
        found,
        head=dimension(by),
        things=gettext("% of the batches judged"),
        title=gettext("Nonconforming batches against the number judged, %(arm)s") % {"arm": words.said("arm", arm)},
        named=lambda value: named(by, value),
        opens=lambda row: rows_url(nation, **{by: row["value"]}, arm=arm),
        failed=lambda row: rows_url(nation, **{by: row["value"]}, arm=arm, verdict="nonconforming"),
    )


def files(nation: Nation, by: str, arm: str) -> dict[str, str]:
    """Where the figure came from and goes to."""
    asked = urlencode([("by", by), ("arm", arm)])
    return {
        "source": source(nation),
        "api_url": f"/api/lakes/{nation.dataset}/ranking?{asked}",
        **table_urls(nation, "ranking", by=by, arm=arm),
    }
