"""The rows behind any figure of a lake, a page at a time, with the filters that made the figure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.evidence.tables import Table
from zhiheng.reports.nation import Nation, asking
from zhiheng.reports.nation import rows as lists
from zhiheng.reports.nation.asking import VERDICTS, Asked
from zhiheng.reports.nation.figures import Row
from zhiheng.reports.nation.rows import LISTED, RESULTS
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.nation.address import crumbs, opened, region_name, to, told, value
from zhiheng.web.pages.nation.verdicts import limit_cell, result_text

BATCH_COLUMNS = ("sample_id", "product_name", "verdict", "product_type", "region", "channel", "arm", "sampled_on")
RESULT_COLUMNS = (
    "sample_id",
    "product_name",
    "verdict",
    "analyte",
    "printed",
    "rule_text",
    "region",
    "arm",
    "sampled_on",
)
FIRM = "firm"


@access("public")
def rows(request: HttpRequest, dataset: str) -> HttpResponse:
    """Batches, or results of a test item that are not plain."""
    nation = opened(request, dataset)
    question = asking.asked(common.given(request))
    found, after = lists.page(nation, question, BATCH_COLUMNS)
    total = lists.counted(nation, question)
    name = gettext("Results") if question.is_found else gettext("Batches")
    query = question.parts if not question.after else [part for part in question.parts if part[0] != "after"]
    return render(
        request,
        "nation_rows.html",
        {
            "title": name,
            "question": gettext("Which %(rows)s are behind the figure?")
            % {"rows": gettext("results") if question.is_found else gettext("batches")},
            "crumbs": crumbs(nation, (name, "")),
            "filters": chips(nation, question),
            "clear_url": to(nation, "rows") if len(question.where) > 1 else "",
            "tabs": verdict_tabs(nation, question),
            "total": words.number(total),
            "table": table(nation, question, found, name),
            "none": not found,
            "is_later": bool(question.after),
            "first_url": to(nation, "rows", query=question.where.items()),
            "next_url": to(nation, "rows", query=[*question.where.items(), ("after", after)]) if after else "",
            "all_url": to(nation, "rows"),
            **{f"{form}_url": to(nation, "rows_file", form, query=query) for form in ("csv", "xlsx", "parquet")},
            **told(nation),
        },
    )


def chips(nation: Nation, question: Asked) -> list[dict[str, Any]]:
    """The filters that are on, each with a way to take it off."""
    found = []
    for name in question.where:
        if name == "verdict":
            continue
        rest = asking.narrower(question, name, None)
        if name == "analyte" and rest.where.get("verdict"):
            rest = asking.narrower(rest, "verdict", rest.where["verdict"])
        found.append(
            {
                "of": label(name),
                "label": value(question.where, name),
                "remove_url": to(nation, "rows", query=rest.where.items()),
            }
        )
    return found


def label(name: str) -> str:
    """A filter's name."""
    own = {
        "week": gettext("Week beginning"),
        "period": gettext("Month"),
        "happened": gettext("Day of sampling"),
        "since": gettext("Sampled since"),
        "until": gettext("Sampled until"),
        "category": gettext("Category"),
        FIRM: gettext("Firm"),
    }
    return own.get(name) or words.label(RESULTS if name == "analyte" else LISTED, name)


def verdict_tabs(nation: Nation, question: Asked) -> list[dict[str, Any]]:
    """One tab for each verdict, and one for all; a count where the prepared cells know it."""
    found = []
    # of a test item the results are listed, which are counted apart from the batches that it was tested in
    counts = {} if "analyte" in question.where else lists.verdicts(nation, question)
    for verdict in (None, *VERDICTS):
        asked = asking.narrower(question, "verdict", verdict)
        n = counts.get(verdict, 0) if verdict else sum(counts.values())
        if verdict == "conforming" and "analyte" in question.where:
            continue
        found.append(
            {
                "label": str(words.VERDICT[verdict]) if verdict else gettext("All"),
                "url": to(nation, "rows", query=asked.where.items()),
                "here": question.where.get("verdict") == verdict,
                "count": words.number(n) if counts else None,
            }
        )
    return found


def table(nation: Nation, question: Asked, rows: Sequence[Row], name: str) -> dict[str, Any]:
    """One page of rows."""
    shown, of = (RESULT_COLUMNS, RESULTS) if question.is_found else (BATCH_COLUMNS, LISTED)
    columns = {column: common.heading(of, column) for column in shown}
    lines = [[cell(nation, column, row, of) | {"column": columns[column]} for column in shown] for row in rows]
    return {"label": name, "columns": list(columns.values()), "rows": lines, "cards": True}


def cell(nation: Nation, name: str, row: Mapping[str, Any], of: Table) -> dict[str, Any]:
    """One cell, with the page that it leads to."""
    held = row[name]
    if name == "sample_id":
        return {"text": held, "url": to(nation, "batch", held), "main": True}
    if name == "verdict":
        return {"verdict": held}
    if name == "printed":
        return result_text(row)
    if name == "rule_text":
        return limit_cell(row)
    if name == "analyte":
        return {"text": words.analyte(held) if held else row["analyte_printed"]}
    if name == "region":
        return {"text": region_name(held), "url": to(nation, "region", held)} if held else {"text": words.MISSING}
    if name == "product_type":
        return {"text": words.category(held), "url": to(nation, "category", held)} if held else {"text": words.MISSING}
    if isinstance(held, date):
        return {"text": words.day(held)}
    del of
    return {"text": words.said(name, held) if held else words.MISSING}
