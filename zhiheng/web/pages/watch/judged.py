"""How good the signals were: how many, how early, how many false, and how that was computed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from zhiheng.errors import NothingThereYet
from zhiheng.surveillance import inbox as box
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.watch import shown


@access("public")
def evaluation(request: HttpRequest) -> HttpResponse:
    """Every source's signals against the notices of the weeks after them."""
    try:
        found = box.Inbox(shown.workspace()).body()["evaluations"]
    except NothingThereYet:
        found = {}
    titles = shown.titles()
    terms = box.terms(timezone.localdate())["evaluation"]
    return render(
        request,
        "watch_evaluation.html",
        {
            "title": gettext("How good were the signals?"),
            "question": gettext("How many, how early against what was later confirmed, how many false?"),
            "active": "signals",
            "pages": shown.tabs("watch_evaluation"),
            "sources": [card(titles.get(name, name), name, one) for name, one in found.items() if one["judged"]],
            "terms": terms,
        },
    )


def card(title: str, name: str, one: dict[str, Any]) -> dict[str, Any]:
    """The figures of one source."""
    judged = one["judged"]
    early = (
        gettext("in the middle %(n)s weeks before") % {"n": words.amount(one["early_weeks"])}
        if one["surges_signalled"]
        else ""
    )
    return {
        "name": name,
        "title": title,
        "bigs": [
            {
                "name": gettext("Signals that could be judged"),
                "value": words.number(judged),
                "note": gettext("%(n)s more are too recent") % {"n": words.number(one["too_late"])},
            },
            {
                "name": gettext("Confirmed later"),
                "value": words.percent(one["confirmed"] / judged),
                "n": words.number(judged),
                "note": gettext("by chance %(share)s; among subjects reported about as often %(alike)s")
                % {"share": words.percent(one["chance"]), "alike": words.percent(one.get("chance_alike"))},
            },
            {
                "name": gettext("False"),
                "value": words.percent(one["false"] / judged),
                "interval": words.interval(one["false_lower"], one["false_upper"]),
                "n": words.number(judged),
            },
            {
                "name": gettext("Confirmed and rising"),
                "value": words.percent(one["rising"] / judged),
                "note": gettext("by chance %(share)s") % {"share": words.percent(one["chance_rising"])},
            },
            {
                "name": gettext("Later surges that were signalled"),
                "value": f"{words.number(one['surges_signalled'])}/{words.number(one['surges'])}",
                "note": early,
            },
        ],
        "table": grounds(one["by_ground"]),
    }


def grounds(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Judged, confirmed and false by ground and level."""
    columns = [
        {"label": gettext("Grounds")},
        *(
            {"label": label, "numeric": True}
            for label in (gettext("Level"), gettext("Judged"), gettext("Confirmed later"))
        ),
        *({"label": label, "numeric": True} for label in (gettext("Confirmed and rising"), gettext("False"))),
        {"label": gettext("By chance, of its like"), "numeric": True},
    ]
    lines = [
        [
            {"text": str(shown.GROUNDS[row["ground"]]), "main": True},
            *({"text": words.number(row[name])} for name in ("level", "judged", "confirmed", "rising", "false")),
            {"text": words.percent(row.get("alike"))},
        ]
        for row in rows
    ]
    return common.table(columns, lines, label=gettext("By ground and level"))
