"""One firm: what it made and what was taken at its place."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.reports.nation import Nation
from zhiheng.reports.nation import firm as firms
from zhiheng.reports.nation.firm import Firm
from zhiheng.reports.nation.ranked import judged_on
from zhiheng.reports.nation.rows import LISTED
from zhiheng.web.access import access
from zhiheng.web.pages import common, process, words
from zhiheng.web.pages.nation.address import crumbs, opened, region_name, region_url, rows_url, source, to, told
from zhiheng.web.pages.nation.rows import cell

COLUMNS = ("sample_id", "product_name", "verdict", "product_type", "channel", "arm", "sampled_on")
SHOWN = firms.NEWEST


@access("public")
def firm(request: HttpRequest, dataset: str, number: str) -> HttpResponse:
    """A firm by its identifier."""
    nation = opened(request, dataset)
    held = firms.firm(nation, number, most=SHOWN)
    return render(
        request,
        "nation.html",
        {
            "title": held.name,
            "question": gettext("What was sampled of this firm, and what failed?"),
            "crumbs": crumbs(nation, (held.name, "")),
            "bigs": bigs(nation, held),
            "facts": facts(nation, held),
            "figures": charts(nation, held),
            "sections": [batches(nation, held)],
            "rows_url": rows_url(nation, firm=number),
            **told(nation),
        },
    )


def bigs(nation: Nation, held: Firm) -> list[dict[str, Any]]:
    """Its batches by verdict; a rate is not given, for most samples of a firm were taken for a reason."""
    shown = [
        {
            "name": gettext("Batches"),
            "value": words.number(held.counts["batches"]),
            "url": rows_url(nation, firm=held.number),
            "note": gettext("%(made)s as maker, %(inspected)s as inspected party")
            % {"made": words.number(held.made), "inspected": words.number(held.inspected)},
        }
    ]
    for verdict, word in words.VERDICT.items():
        if held.counts[verdict] or verdict in ("conforming", "nonconforming"):
            link = rows_url(nation, firm=held.number, verdict=verdict)
            shown.append({"name": str(word), "value": words.number(held.counts[verdict]), "url": link})
    return shown


def charts(nation: Nation, held: Firm) -> list[dict[str, Any]]:
    """The p-chart of each arm in which the firm has enough weeks; arms are never in one chart."""
    found = []
    for arm, drawn in sorted(firms.charted(nation, held.number, on=judged_on(nation)).items()):
        n = len(drawn.signals)
        said = gettext("%(n)s of %(all)s weeks signal.") if n else gettext("No week of %(all)s signals.")
        weeks = said % {"n": n, "all": len(drawn.points)}
        of = gettext("Of the batches tested, each counting once; a signal says that something changed, not what.")
        found.append(
            process.figure(drawn)
            | {
                "id": f"chart-{arm or 'unstated'}",
                "title": gettext("p-chart by week of sampling, %(arm)s") % {"arm": words.said("arm", arm)},
                "unit": gettext("share of the batches judged"),
                "supports": " ".join([weeks, of, *map(process.note, drawn.notes)]),
                "source": source(nation),
            }
        )
    return found


def facts(nation: Nation, held: Firm) -> list[dict[str, Any]]:
    """What is known of the firm; empty facts are left out."""
    found: list[dict[str, Any]] = [{"label": gettext("Identifier"), "text": held.number}]
    found += [
        {"label": gettext("Sampled in"), "text": region_name(code), "url": region_url(nation, code)}
        for code in held.regions[:3]
    ]
    return found


def batches(nation: Nation, held: Firm) -> dict[str, Any]:
    """Its batches, newest first."""
    columns = {name: common.heading(LISTED, name) for name in COLUMNS}
    lines = [[cell(nation, name, row, LISTED) | {"column": columns[name]} for name in COLUMNS] for row in held.batches]
    table = {"label": gettext("Batches"), "columns": list(columns.values()), "rows": lines, "cards": True}
    left = held.counts["batches"] - SHOWN
    note = gettext("The newest %(shown)s are shown; the list and the files have all.") % {"shown": SHOWN}
    return {
        "title": gettext("Batches, newest first"),
        "table": table,
        "note": note if left > 0 else "",
        **{
            f"{form}_url": to(nation, "rows_file", form, query=[("firm", held.number)])
            for form in ("csv", "xlsx", "parquet")
        },
    }
