"""The page of deadlines: its form, and what stands in the way of an answer. The address holds the whole question."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.errors import CalendarUnknown, RuleNotInForce, RuleUnknown, UsageError
from zhiheng.reports import deadlines
from zhiheng.rules import procedures
from zhiheng.web.access import access
from zhiheng.web.pages import words
from zhiheng.web.pages.clock import shown
from zhiheng.web.pages.common import url
from zhiheng.web.shell import language

GIVEN = ("rule", "from", "time", "region", "paused", "law_of", "extended")
LONGEST = 100
EXAMPLES = (
    ("product-sampling/objection", "2026-09-16"),
    ("food-sampling/retest", "2026-02-13"),
    ("complaint/mediation", "2026-04-14"),
    ("trademark/opposition", "2026-12-31"),
)


@access("public")
def clock(request: HttpRequest) -> HttpResponse:
    """The form, and the deadline once a period and a day are given."""
    given = {name: request.GET.get(name, "")[:LONGEST].strip() for name in GIVEN}
    context: dict[str, Any] = {
        "title": gettext("Deadlines"),
        "question": gettext("When does this period end, and why on that day?"),
        "active": "clock",
        "given": given | {"start": given["from"]},
        "groups": groups(given["rule"]),
        "more": any(given[name] for name in ("time", "region", "paused", "law_of", "extended")),
    }
    if given["rule"] and given["from"]:
        context |= explained(given)
    else:
        context |= {"examples": [example(rule, day) for rule, day in EXAMPLES], "table": shown.table()}
    return render(request, "clock.html", context)


def groups(chosen: str) -> list[dict[str, Any]]:
    """The periods to choose from, by the file that they stand in."""
    found: dict[str, dict[str, Any]] = {}
    for period in procedures.periods():
        file = period.key.partition("/")[0]
        group = found.setdefault(file, {"label": words.both(procedures.read(file).title), "periods": []})
        group["periods"].append({"key": period.key, "label": words.both(period.title), "on": period.key == chosen})
    return list(found.values())


def explained(given: Mapping[str, str]) -> dict[str, Any]:
    """The deadline, or in words why there is none."""
    try:
        asked = question(given)
        period = procedures.period(asked.rule, region=asked.region)
    except UsageError as error:
        return {"fault": str(error)}
    except RuleUnknown:
        return {"fault": gettext("No period has this name, or no region has this code. Choose a period from the list.")}
    file = words.both(procedures.read(asked.rule.partition("/")[0]).title)
    told = {
        "versions": shown.versions(asked),
        "title": f"{file} · {words.both(period.title)}",
        "crumbs": [{"label": gettext("Deadlines"), "url": url("clock")}, {"label": words.both(period.title)}],
    }
    try:
        deadline = deadlines.found(asked)
    except CalendarUnknown as error:
        return told | {"fault": error.zh if language() == "zh" else str(error)}
    except RuleNotInForce:
        return told | {"fault": silent(asked)}
    except UsageError as error:
        return told | {"fault": uncounted(period, error)}
    return told | shown.result(asked, deadline)


def question(given: Mapping[str, str]) -> deadlines.Asked:
    """What the address asks for. UsageError: something in it cannot be read."""
    start = given["from"] + (f"T{given['time']}" if given["time"] else "")
    try:
        return deadlines.Asked(
            rule=given["rule"],
            start=deadlines.begun(start),
            region=given["region"],
            pauses=tuple(deadlines.span(text) for text in given["paused"].replace("，", " ").replace(",", " ").split()),
            law_of=date.fromisoformat(given["law_of"]) if given["law_of"] else None,
            extended=bool(given["extended"]),
        )
    except (UsageError, ValueError) as error:
        raise UsageError(
            gettext(
                "A day is written as 2026-09-16, a time as 09:30, days that do not count as 2026-09-20/2026-09-25, "
                "from the earlier to the later."
            )
        ) from error


def silent(asked: deadlines.Asked) -> str:
    """Why the law of the day gives no number."""
    return gettext(
        "No number is known for this period under the law of %(day)s: it was not in force yet, or it was repealed, and what "
        "replaced it has not been read. It is not guessed."
    ) % {"day": asked.law_of or asked.start}


def uncounted(period: procedures.Period, error: UsageError) -> str:
    """Why a period cannot be counted as it was asked."""
    if any(value.unit == "hour" for value in period.values):
        return gettext("This period runs in hours: give the time of the event too, and no pauses.")
    return gettext("The law knows no extension of this period.") if "extension" in str(error) else str(error)


def example(rule: str, day: str) -> dict[str, str]:
    """A question to begin with."""
    return {
        "label": f"{words.both(procedures.period(rule).title)} · {day}",
        "url": url("clock", query=[("rule", rule), ("from", day)]),
    }
