"""A deadline on a page: its days as months, its steps, its rule through time, and the list of all periods."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils.timezone import localdate
from django.utils.translation import gettext

from zhiheng.clock import Deadline
from zhiheng.reports import deadlines
from zhiheng.rules import procedures
from zhiheng.web.pages import common, words
from zhiheng.web.pages.common import url
from zhiheng.web.shell import language

WEEK = {"zh": "一二三四五六日", "en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")}


def result(asked: deadlines.Asked, deadline: Deadline) -> dict[str, Any]:
    """A deadline for the page."""
    value = deadline.rule.value
    entry = deadlines.told(value)
    bigs = [
        {
            "name": gettext("Last day"),
            "value": f"{deadline.moment:%Y-%m-%d %H:%M}" if deadline.moment else deadline.not_after.isoformat(),
            "note": weekday(deadline.not_after)
            + (gettext(", moved from %(day)s") % {"day": deadline.counted_to}) * deadline.rolled,
        },
        {
            "name": gettext("Statutory period"),
            "value": deadlines.length(entry, language()),
            "note": entry["citation"],
        },
    ]
    if deadline.not_before:
        opens = {"name": gettext("Not before"), "value": deadline.not_before.isoformat()}
        bigs.insert(0, opens | {"note": weekday(deadline.not_before)})
    return {
        "result": True,
        "bigs": bigs,
        "steps": [{"kind": step.kind, "text": step.zh if language() == "zh" else step.en} for step in deadline.steps],
        "months": [month(one) for one in deadlines.months(deadline)],
        "week": list(WEEK[language()]),
        "legend": legend(deadline),
        "unverified": deadline.rule.standing == "unverified",
        "practice": not value.legal,
        "unsettled": not deadline.settled,
        "api_url": api(asked),
    }


def api(asked: deadlines.Asked) -> str:
    """The same question to the API."""
    start = asked.start.isoformat()
    parts = [("rule", asked.rule), ("from", start[:10]), ("time", start[11:16]), ("region", asked.region)]
    parts += [("paused", f"{one.since}/{one.until}") for one in asked.pauses]
    parts += [("law_of", str(asked.law_of or "")), ("extended", "true" if asked.extended else "")]
    return "/api/clock?" + urlencode([(name, value) for name, value in parts if value], safe="/:")


def month(one: Mapping[str, Any]) -> dict[str, Any]:
    """A month as weeks of cells, with words for what a day is."""
    cells: list[dict[str, Any] | None] = [None] * one["blanks"]
    for told in one["days"]:
        named = words.both(told["name"]) if told["name"] else ""
        said = " · ".join(part for part in (kinds()[told["kind"]] if told["kind"] else "", named) if part)
        cells.append({"number": told["day"].day, "day": told["day"].isoformat(), "kind": told["kind"], "said": said})
    cells += [None] * (-len(cells) % 7)
    first = one["month"]
    title = f"{first.year}年{first.month}月" if language() == "zh" else f"{first:%B %Y}"
    return {"title": title, "weeks": [cells[place : place + 7] for place in range(0, len(cells), 7)]}


def kinds() -> dict[str, str]:
    """What a day of a period can be, in the language of the page."""
    return {
        "start": gettext("event, not counted"),
        "counted": gettext("counts"),
        "early": gettext("counts, still too early"),
        "off": gettext("day off"),
        "made_up": gettext("worked weekend day"),
        "paused": gettext("paused"),
        "last": gettext("last day"),
    }


def legend(deadline: Deadline) -> list[dict[str, str]]:
    """The kinds of days that stand in the months."""
    seen = {day["kind"] for one in deadlines.months(deadline) for day in one["days"]}
    return [{"kind": kind, "label": label} for kind, label in kinds().items() if kind in seen]


def weekday(day: date) -> str:
    """The name of the day of the week."""
    return "星期" + WEEK["zh"][day.weekday()] if language() == "zh" else f"{day:%A}"


def versions(asked: deadlines.Asked) -> dict[str, Any] | None:
    """The same question under each version of the rule; nothing where there is one only."""
    found = list(deadlines.versions(replace(asked, law_of=None)))
    if len(found) < 2:
        return None
    columns = [
        {"label": gettext("Since"), "nowrap": True},
        {"label": gettext("Statutory period"), "nowrap": True},
        {"label": gettext("Last day"), "nowrap": True},
        {"label": gettext("Source"), "wide": True},
    ]
    rows = []
    for entry in found:
        last = str(entry["not_after"]) if entry["not_after"] else gettext("not known")
        cells = (entry["since"].isoformat(), deadlines.length(entry, language()), last, entry["citation"])
        rows.append([{"text": text, "main": place == 0} for place, text in enumerate(cells)])
    return common.table(columns, rows, label=gettext("The same period under each version of the rule"))


def table() -> dict[str, Any]:
    """Every period as it stands today."""
    columns = [
        {"label": gettext("Procedure")},
        {"label": gettext("Statutory period")},
        {"label": gettext("Length"), "nowrap": True},
        {"label": gettext("Runs from")},
        {"label": gettext("Source"), "wide": True},
        {"label": gettext("Read"), "nowrap": True},
    ]
    rows = []
    for entry in deadlines.listing(on=localdate()):
        file = words.both(procedures.read(entry["rule"].partition("/")[0]).title)
        read = gettext("not verified") if entry["standing"] in (None, "unverified") else str(entry["checked"])
        cells = [file, words.both(entry["title"]), deadlines.length(entry, language())]
        cells += [words.both(entry["begins"]), entry["citation"], read]
        row: list[dict[str, Any]] = [{"text": text} for text in cells]
        row[1] |= {"main": True, "url": url("clock", query=[("rule", entry["rule"])])}
        rows.append(row)
    return common.table(columns, rows, label=gettext("All periods"))
