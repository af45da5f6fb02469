"""One batch as a story: made, sampled, reported, corrected, tested again, judged; every line with its rule."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.evidence.delivered import REPORTS
from zhiheng.reports.nation import Nation
from zhiheng.reports.nation import batch as batches
from zhiheng.reports.nation.batch import PLAIN, Batch
from zhiheng.reports.nation.figures import Row
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.nation.address import (
    category_url,
    crumbs,
    opened,
    region_name,
    region_url,
    rows_url,
    table_urls,
    to,
    told,
)
from zhiheng.web.pages.nation.verdicts import limit_cell, result_text

FACTS = (
    "sample_id", "product_type", "maker", "maker_id", "site", "site_id", "size", "origin", "region", "province",
    "laboratory", "channel", "arm", "inclusion",
)  # fmt: skip
NAMED = 4


@access("public")
def batch(request: HttpRequest, dataset: str, sample_id: str) -> HttpResponse:
    """A batch by its sample number."""
    nation = opened(request, dataset)
    held = batches.batch(nation, sample_id)
    return render(
        request,
        "nation_batch.html",
        {
            "title": held.head["product_name"] or sample_id,
            "question": gettext("Batch %(name)s: what was found, and under which rule was it judged?")
            % {"name": sample_id},
            "crumbs": crumbs(nation, (sample_id, "")),
            "verdict": held.verdict,
            "summary": summary(held),
            "facts": facts(nation, held.head),
            "events": events(nation, held),
            "reports": [report(held, row) for row in reversed(held.reports)],
            "is_plain": any(line["verdict"] == PLAIN for line in held.lines),
            **table_urls(nation, "batch", sample_id=sample_id),
            **told(nation),
        },
    )


def summary(held: Batch) -> str:
    """The verdict in one sentence."""
    failed = [
        name_of(line) for line in held.lines
        if line["verdict"] == "nonconforming" and line["force"] == "legal" and not line["retested"] and stands(held, line)
    ]  # fmt: skip
    if held.head["sample_kind"] != "regular":
        return gettext("A quality-control sample: its results are kept and not judged.")
    if held.verdict == "nonconforming":
        named = words.listed([*dict.fromkeys(failed[:NAMED])])
        return gettext("%(failed)s of %(results)s results failed: %(named)s") % {
            "failed": words.number(held.counts["nonconforming"]),
            "results": words.number(held.counts["results"]),
            "named": named or words.MISSING,
        }
    if held.verdict == "not_judged":
        return gettext(
            "No rule of ours covers what was tested, so nothing was judged. The reason stands beside each item."
        )
    if held.verdict == "inconclusive":
        return gettext("%(n)s of %(results)s results allow no verdict.") % {
            "n": words.number(held.counts["inconclusive"]),
            "results": words.number(held.counts["results"]),
        }
    return gettext("%(results)s results, none beyond a limit that applies.") % {
        "results": words.number(held.counts["results"])
    }


def stands(held: Batch, line: Row) -> bool:
    """Whether a line belongs to a report that no later version replaced."""
    return any(
        (row["delivery"], row["report"]) == (line["delivery"], line["report"]) and row["replaced_by"] is None
        for row in held.reports
    )


def name_of(line: Row) -> str:
    """The test item by name, or as printed when nobody has entered it."""
    return words.analyte(line["analyte"]) if line["analyte"] else line["analyte_printed"] or words.MISSING


def facts(nation: Nation, row: Row) -> list[dict[str, Any]]:
    """What the batch is and where it comes from; empty facts are left out."""
    links = {
        "product_type": category_url(nation, row["product_type"]) if row["product_type"] else "",
        "region": region_url(nation, row["region"]) if row["region"] else "",
        "maker_id": to(nation, "firm", row["maker_id"]) if row["maker_id"] else "",
        "site_id": to(nation, "firm", row["site_id"]) if row["site_id"] else "",
        "laboratory": rows_url(nation, laboratory=row["laboratory"]) if row["laboratory"] else "",
    }
    found = []
    for name in FACTS:
        held = row[name]
        if held in (None, ""):
            continue
        text = (
            region_name(held) if name == "region" else f"{held:.3g}" if name == "inclusion" else words.said(name, held)
        )
        found.append({"label": words.label(REPORTS, name), "text": text, "url": links.get(name, "")})
    return found


def events(nation: Nation, held: Batch) -> list[dict[str, Any]]:
    """What happened, in order of days."""
    row, found = held.head, []
    if row["made_on"]:
        found.append({"at": words.day(row["made_on"]), "title": gettext("Made"), "why": row["maker"] or ""})
    if row["sampled_on"]:
        where = " · ".join(part for part in (row["site"], region_name(row["region"]) if row["region"] else "") if part)
        found.append({"at": words.day(row["sampled_on"]), "title": gettext("Sampled"), "why": where})
    for one in sorted(held.reports, key=lambda one: (one["received"], one["stage"], one["version"])):
        reported = gettext("reported on %(day)s") % {"day": words.day(one["reported_on"])} if one["reported_on"] else ""
        found.append(
            {
                "at": words.day(one["received"]),
                "title": gettext("Received: %(report)s") % {"report": report_name(one)},
                "why": reported,
                "by": one["laboratory"] or "",
            }
        )
    found.append(
        {
            "at": str(nation.about.get("judged_on", ""))[:10],
            "title": gettext("Judged"),
            "verdict": held.verdict,
            "why": gettext("under the rules in force on %(day)s") % {"day": words.spoken(row["day"])},
            "state": "now",
        }
    )
    return found


def report_name(row: Row) -> str:
    """A report by stage and version."""
    stage = words.said("stage", row["stage"])
    return (
        stage if not row["version"] else gettext("%(stage)s, correction %(n)s") % {"stage": stage, "n": row["version"]}
    )


def report(held: Batch, row: Row) -> dict[str, Any]:
    """One report: its lines with verdict, rule and reason, and whether something replaced it."""
    lines = [line for line in held.lines if (line["delivery"], line["report"]) == (row["delivery"], row["report"])]
    replaced = row["replaced_by"] is not None
    note = (
        gettext("Replaced by correction %(n)s: it stays on record and no longer counts.") % {"n": row["replaced_by"]}
        if replaced
        else ""
    )
    columns = [
        {"label": gettext("Test item"), "wide": True},
        {"label": gettext("Result"), "numeric": True},
        {"label": gettext("Our limit"), "nowrap": True},
        {"label": gettext("Verdict")},
        {"label": gettext("Reason"), "wide": True},
    ]
    table = common.table(
        columns,
        [
            [
                {
                    "text": name_of(line),
                    "main": True,
                    "tag": words.said("superseded", True) if line["retested"] else "",
                },
                result_text(line, [one for one in held.units if one["result_id"] == line["result_id"]]),
                limit_cell(line),
                {"text": gettext("plain")} if line["verdict"] == PLAIN else {"verdict": line["verdict"]},
                {"text": words.reason(line["reason"] or within(line)), "note": line["citation"] or ""},
            ]
            for line in lines
        ],
        label=report_name(row),
    )
    return {
        "title": report_name(row),
        "note": note,
        "table": table,
        "replaced": replaced,
        "received": words.day(row["received"]),
    }


def within(line: Row) -> str | None:
    """Why a line that was plain conforms."""
    if line["verdict"] != "conforming":
        return None
    if line["operator"] in ("not_permitted", "not_detected"):
        return "not_found"
    if line["operator"] == "plan":
        return "plan_met"
    return "reporting_level_within_limit" if line["comparator"] in ("<", "nd") else "within_limit"
