"""Places, products or channels beside one another: a funnel, and a table in which no rank stands without its interval."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.errors import StatisticsError
from zhiheng.reports.browse import single
from zhiheng.reports.nation import Nation
from zhiheng.reports.nation.ranked import DIMENSIONS, ranked, terms
from zhiheng.surveillance import Ranking
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.nation.address import crumbs, opened, region_name, rows_url, source, table_urls, told
from zhiheng.web.pages.nation.comparing import dimension

SHOWN, POINTS, NAMED = 60, 80, 8
VERDICTS = {
    "above": lambda: gettext("above the funnel"),
    "below": lambda: gettext("below the funnel"),
    "within": lambda: gettext("within"),
    "unsure": lambda: gettext("outside, may be chance"),
}


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
            "bigs": bigs(found),
            "sentences": sentences(nation, found, by),
            "figures": [funnel(nation, found, by, arm)],
            "sections": [section(nation, found, by, arm)],
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


def bigs(found: Ranking) -> list[dict[str, Any]]:
    """How many stand out, and how much of the order is more than noise."""
    out = [row for row in found.rows if row["verdict"] in ("above", "below")]
    return [
        {
            "name": gettext("Stand out"),
            "value": f"{len(out)} / {len(found.rows)}",
            "note": gettext("outside the funnel, many comparisons allowed for"),
        },
        {
            "name": gettext("Neighbours told apart"),
            "value": words.percent(found.separated, digits=0),
            "note": gettext("of neighbouring pairs in the order; near 0%, the order is mostly chance"),
        },
        {
            "name": gettext("All together"),
            "value": words.percent(found.target, digits=2),
            "n": words.number(sum(row["judged"] for row in found.rows)),
            "note": gettext("each batch counts once; the middle of the funnel"),
        },
    ]


def sentences(nation: Nation, found: Ranking, by: str) -> list[str]:
    """Who stands out, and what is promised of the whole list."""
    said = []
    for verdict, text in (
        ("above", gettext("More failures than chance explains: %(names)s.")),
        ("below", gettext("Fewer failures than chance explains: %(names)s.")),
    ):
        names = [named(by, row["value"]) for row in found.rows if row["verdict"] == verdict]
        if names:
            more = gettext(" and %(n)s more") % {"n": len(names) - NAMED} if len(names) > NAMED else ""
            said.append(text % {"names": gettext(", ").join(names[:NAMED]) + more})
    if not said:
        said.append(gettext("Nothing stands out: such differences arise by chance alone."))
    share = words.percent(float(terms(nation)["false_share"]), digits=0)
    said.append(
        gettext(
            "%(n)s comparisons at once: of those told to stand out a share of at most %(share)s is expected to be false "
            "(Benjamini, Hochberg 1995)."
        )
        % {"n": len(found.rows), "share": share}
    )  # fmt: skip
    if np.isinf(found.concentration):
        said.append(gettext("They differ by no more than chance would make them: every rank is possible for each."))
    if found.left_out:
        said.append(gettext("Left out, because nothing was judged: %(n)s.") % {"n": len(found.left_out)})
    return said


def funnel(nation: Nation, found: Ranking, by: str, arm: str) -> dict[str, Any]:
    """Every unit's rate over its batches, between the limits of chance."""
    sizes = [row["judged"] for row in found.rows]
    grid = np.unique(np.round(np.geomspace(max(min(sizes), 1), max(sizes) * 1.05, POINTS)))
    limits = found.curve(grid.tolist())
    title = gettext("Nonconforming batches against the number judged, %(arm)s") % {"arm": words.said("arm", arm)}
    groups = [
        (gettext("within the limits"), ("within", "unsure")),
        (gettext("stands out"), ("above", "below")),
    ]
    series = [
        {"name": name, "points": [point(nation, row, by, arm) for row in found.rows if row["verdict"] in verdicts]}
        for name, verdicts in groups
    ]
    level = words.percent(limits.level, digits=1)
    return {
        "id": "funnel",
        "title": title,
        "heading": 2,
        "unit": gettext("% of the batches judged"),
        "n": words.number(sum(sizes)),
        "size": "tall",
        "chart": {
            "kind": "points",
            "digits": 2,
            "x": {"label": gettext("Batches judged"), "log": True},
            "y": {"label": gettext("Nonconforming"), "unit": "%", "from_zero": True},
            "series": [one for one in series if one["points"]],
            "curves": [
                {"name": level, "points": [[int(n), round(100 * float(edge), 3)] for n, edge in zip(grid, side, strict=True)]}
                for side in (limits.upper, limits.lower)
            ],
            "reference": {
                "value": round(100 * found.target, 3),
                "label": gettext("all together %(rate)s") % {"rate": words.percent(found.target, digits=2)},
            },
        },
        "supports": gettext(
            "Few batches scatter widely, many little: between the dashed limits lie %(level)s of what chance makes. "
            "Limits allow for units that differ a little anyway (over-dispersion %(phi)s)."
        )
        % {"level": level, "phi": f"{found.phi:.2f}"},
        "source": source(nation),
        "describe": title,
        "table_url": "#ranks",
        **table_urls(nation, "ranking", by=by, arm=arm),
        "api_url": f"/api/lakes/{nation.dataset}/ranking?" + urlencode([("by", by), ("arm", arm)]),
    }  # fmt: skip


def point(nation: Nation, row: dict[str, Any], by: str, arm: str) -> dict[str, Any]:
    """One unit in the funnel; who stands out is named."""
    return {
        "x": row["judged"],
        "y": round(100 * row["rate"], 3),
        "name": named(by, row["value"]),
        "url": rows_url(nation, **{by: row["value"]}, arm=arm),
        "marked": row["verdict"] in ("above", "below"),
    }


def section(nation: Nation, found: Ranking, by: str, arm: str) -> dict[str, Any]:
    """The table: the highest rates first, each rank with its interval."""
    columns = [
        {"label": dimension(by), "wide": True},
        {"label": gettext("Rank, 95% interval"), "numeric": True},
        {"label": gettext("Nonconforming"), "numeric": True},
        {"label": gettext("Rate"), "numeric": True},
        {"label": gettext("95% interval"), "numeric": True},
        {"label": gettext("Shrunk rate, 95% interval"), "numeric": True},
        {"label": gettext("Funnel"), "nowrap": True},
    ]
    lines = [line(nation, row, by, arm, len(found.rows)) for row in reversed(found.rows)][:SHOWN]
    left = len(found.rows) - SHOWN
    text = gettext(
        "Rank 1 is the lowest rate. A rank is the most uncertain of all figures: read its interval, not its place in the list. "
        "The shrunk rate draws small numbers towards what all show."
    )
    note = gettext("%(n)s more values are in the files.") % {"n": left} if left > 0 else ""
    return {
        "id": "ranks",
        "title": gettext("In the order of expected ranks, the highest rate first"),
        "text": text,
        "note": note,
        "table": common.table(columns, lines, label=dimension(by), cards=True),
        **table_urls(nation, "ranking", by=by, arm=arm),
    }


def line(nation: Nation, row: dict[str, Any], by: str, arm: str, units: int) -> Sequence[dict[str, Any]]:
    """One unit."""
    asked = {by: row["value"], "arm": arm}
    link = {"url": rows_url(nation, **asked, verdict="nonconforming")} if row["nonconforming"] else {}
    return [
        {"text": named(by, row["value"]), "main": True, "url": rows_url(nation, **asked)},
        {"text": f"{row['rank_lower']}–{row['rank_upper']}", "note": f"/ {units}"},
        {"text": words.number(row["nonconforming"]), "note": f"/ {words.number(row['judged'])}"} | link,
        {"text": words.percent(row["rate"], digits=2)},
        {"text": words.interval(row["lower"], row["upper"], digits=2)},
        {
            "text": words.percent(row["shrunk"], digits=2),
            "note": words.interval(row["shrunk_lower"], row["shrunk_upper"], digits=2),
        },
        {"text": VERDICTS[row["verdict"]]()},
    ]
