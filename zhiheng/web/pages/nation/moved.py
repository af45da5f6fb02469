"""What moved the rate between two periods: the answer in words, a waterfall, and the cells behind each part."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.errors import StatisticsError
from zhiheng.reports.nation import Nation
from zhiheng.reports.nation.amendments import amendments
from zhiheng.reports.nation.moved import Told
from zhiheng.reports.nation.periods import Period
from zhiheng.reports.nation.ranked import terms
from zhiheng.surveillance import margins
from zhiheng.web.access import access
from zhiheng.web.pages import common, movement, words
from zhiheng.web.pages.movement import dimension, points, span
from zhiheng.web.pages.nation.address import crumbs, opened, province_said, source, table_urls, told
from zhiheng.web.pages.nation.comparing import Question, asked, chooser, found, rows_of
from zhiheng.web.pages.reasons import of

SHOWN = 12


@access("public")
def moved(request: HttpRequest, dataset: str) -> HttpResponse:
    """What moved the rate from one period to another."""
    nation = opened(request, dataset)
    question = asked(nation, common.given(request))
    title = gettext("What moved the rate?")
    page = {
        "title": title,
        "question": gettext("From %(before)s to %(after)s: was it another mix, other limits, or did the goods change?")
        % {"before": question.before, "after": question.after},
        "crumbs": crumbs(nation, (title, "")),
        "chooser": chooser(nation, question),
        **told(nation),
    }
    try:
        answer = found(nation, question)
    except StatisticsError as error:
        notice = {"title": gettext("Nothing to compare"), "text": str(error)}
        return render(request, "nation.html", page | {"notice": notice})
    return render(
        request,
        "nation.html",
        page
        | {
            "bigs": bigs(nation, question, answer),
            "sentences": sentences(nation, question, answer),
            "figures": [waterfall(nation, question, answer)],
            "sections": [section(nation, question, answer, name) for name in answer.movement.by],
        },
    )


def bigs(nation: Nation, question: Question, answer: Told) -> list[dict[str, Any]]:
    """The two rates and their difference."""
    move = answer.movement
    rates = (move.first, move.moved.after)
    shown = []
    for at, (stretch, rate) in enumerate(zip((question.before, question.after), rates, strict=True)):
        shown.append(
            {
                "name": stretch.name,
                "value": words.percent(rate, digits=2),
                "n": words.number(move.judged[at]),
                "url": rows_of(nation, question, answer, stretch, verdict="nonconforming"),
                "note": gettext("%(n)s batches failed") % {"n": words.number(move.nonconforming[at])},
            }
        )
    difference = move.moved.difference
    shown.append(
        {
            "name": gettext("Difference, percentage points"),
            "value": points(move.moved.after - move.first),
            "interval": "" if move.limits else span(difference),
            "note": of(move.of, move.reasons),
        }
    )
    return shown


def sentences(nation: Nation, question: Question, answer: Told) -> list[str]:
    """What moved it, in words, where, and which limits changed meanwhile."""
    told_ = movement.sentences(answer.movement, sparse_share=float(terms(nation)["sparse_share"]))
    if question.province:
        told_.append(gettext("Only batches sampled in %(province)s.") % {"province": province_said(question.province)})
    acts = amendments(nation, question.before.first, question.after.last)
    if acts and not question.limits:
        n = sum(int(row["rules"]) for row in acts)
        text = gettext(
            "%(n)s limits changed in between; their part stands in that of the goods until a judgement under the new limits "
            "is made beside: zhiheng trend %(dataset)s --limits DAY"
        )
        told_.append(text % {"n": words.number(n), "dataset": nation.dataset})  # fmt: skip
    return told_


def waterfall(nation: Nation, question: Question, answer: Told) -> dict[str, Any]:
    """The steps from one rate to the other."""
    weeks = gettext("Whole weeks that begin within a period.") if answer.when == "week" else gettext("Whole months.")
    return {
        **movement.waterfall(answer.movement, question.before, question.after, cut=[weeks]),
        "source": source(nation),
        **table_urls(nation, "moved", **dict(question.parts)),
        "api_url": f"/api/lakes/{nation.dataset}/moved?" + urlencode(question.parts),
    }


def section(nation: Nation, question: Question, answer: Told, name: str) -> dict[str, Any]:
    """The shares and rates of one mix, the largest changes first; each count opens to its rows."""
    rows = margins(answer.before, answer.after, name, weighted=answer.movement.weighted)
    columns = movement.shares_columns(name, question.before, question.after)
    lines = [
        [
            {"text": words.said(name, row["value"]), "main": True},
            {"text": words.percent(row["share_before"])},
            {"text": words.percent(row["share_after"])},
            rate_cell(nation, question, answer, question.before, name, row, "before"),
            rate_cell(nation, question, answer, question.after, name, row, "after"),
        ]
        for row in rows[:SHOWN]
    ]
    left = len(rows) - SHOWN
    return {
        "title": gettext("Mix of %(what)s") % {"what": dimension(name)},
        "text": gettext("Where the share of what was sampled changed most. Each value stands with its own rate in both periods."),
        "table": common.table(columns, lines, label=dimension(name), cards=True),
        "note": gettext("%(n)s more values are in the files.") % {"n": left} if left > 0 else "",
        **table_urls(nation, "mix", **dict(question.parts), of=name),
    }  # fmt: skip


def rate_cell(
    nation: Nation, question: Question, answer: Told, stretch: Period, name: str, row: Mapping[str, Any], word: str
) -> dict[str, Any]:
    """A rate with what it rests on, leading to its failed batches."""
    if row[f"rate_{word}"] is None:
        return {"text": words.MISSING}
    return {
        "text": words.percent(row[f"rate_{word}"], digits=2),
        "note": f"n = {words.number(row[f'judged_{word}'])}",
        "url": rows_of(nation, question, answer, stretch, verdict="nonconforming", **{name: row["value"]}),
    }
