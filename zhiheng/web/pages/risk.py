"""Risk: the targets of a day, the likeliest to have a nonconformity first, with reasons and what changed since the day before."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.errors import UsageError
from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import files
from zhiheng.reports import risk as lists
from zhiheng.reports.browse import View, a_day, single
from zhiheng.reports.risk import DayList
from zhiheng.selection import SCORES
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.exports import pieces
from zhiheng.web.shell import language

CHANGES = ("new", "up", "down", "same")
PAGE = 50
FIRST = 10


def workspace() -> Workspace:
    """The workspace of the site."""
    return Workspace(settings.WORKSPACE)


@access("inside")
def models(request: HttpRequest) -> HttpResponse:
    """Every fitted model."""
    found = [card(row) for row in lists.models(workspace())]
    return render(
        request,
        "risk_models.html",
        {
            "title": gettext("Risk models"),
            "question": gettext("Which targets are likeliest to have a nonconformity?"),
            "active": "risk",
            "models": found,
        },
    )


def card(row: Mapping[str, Any]) -> dict[str, Any]:
    """A model for the page."""
    return {
        "title": words.both(row["title"]),
        "name": row["model"],
        "url": common.url("risk_day", row["model"]) if row["last"] else "",
        "last": words.day(row["last"]) if row["last"] else "",
        "learned": gettext(
            "learned from %(rows)s events, %(found)s with a finding, %(since)s to %(until)s · model %(mark)s"
        )
        % {
            "rows": words.number(row["rows"]),
            "found": words.number(row["found"]),
            "since": row["since"],
            "until": row["until"],
            "mark": row["fingerprint"],
        },
    }


@access("inside")
def day(request: HttpRequest, model: str) -> HttpResponse:
    """The list of a day."""
    found, search, change, page = asked(request, model)
    rows = lists.chosen(found, search=search, change=change)
    first = (page - 1) * PAGE
    made = partial(address, model, found, search=search)
    return render(
        request,
        "risk.html",
        {
            "title": words.both(found.fitted.recipe.title),
            "question": gettext("Where should we go first on %(day)s, and why?") % {"day": words.spoken(found.on)},
            "active": "risk",
            "crumbs": [{"label": gettext("Risk models"), "url": common.url("risk")}, {"label": words.day(found.on)}],
            "bigs": bigs(found),
            "days": days(model, found),
            "tabs": tabs(found, change, made) if found.before else [],
            "search": search,
            "hidden": [(name, value) for name, value in (("on", found.on.isoformat()), ("change", change)) if value],
            "table": table(found, [lists.worded(row, found.fitted.recipe) for row in rows[first : first + PAGE]]),
            "none": not rows,
            "clear_url": address(model, found),
            "paging": common.paging(View(page=page, size=PAGE), len(rows), path=made(change=change)),
            "changes": moves(found),
            "before": words.spoken(found.before) if found.before else "",
            "exports": exports(model, found, search, change),
            "made": made_from(found),
        },
    )


def asked(request: HttpRequest, model: str) -> tuple[DayList, str, str, int]:
    """The list, the search, the change and the page that an address asks for."""
    given = common.given(request)
    search, change, page = single(given, "q"), single(given, "change"), single(given, "page") or "1"
    if change and change not in CHANGES:
        raise UsageError(f"change: '{change[:20]}' is none of {', '.join(CHANGES)}")
    if not page.isdigit() or int(page) < 1:
        raise UsageError(f"page: '{page[:20]}' is no page; the first is 1")
    on, since = a_day(single(given, "on"), "on"), a_day(single(given, "since"), "since")
    return lists.day_list(workspace(), model, on, since), search[:80], change, int(page)


def address(model: str, found: DayList, *, search: str = "", change: str = "") -> str:
    """The list in another state."""
    query = [("on", found.on), *([("q", search)] if search else []), *([("change", change)] if change else [])]
    return common.url("risk_day", model, query=query)


def exports(model: str, found: DayList, search: str, change: str) -> dict[str, str]:
    """The files of the list as it stands, and the same from the API."""
    query = [("on", found.on), *([("q", search)] if search else []), *([("change", change)] if change else [])]
    made = {f"{form}_url": common.url("risk_file", model, form, query=query) for form in ("csv", "xlsx", "parquet")}
    return made | {
        "api_url": common.url("risk_day", model, query=query)
        .replace(common.url("risk"), "/api/risk/", 1)
        .replace("/?", "?", 1)
    }


def bigs(found: DayList) -> list[dict[str, Any]]:
    """How many targets, what their probabilities say together, and how many changed."""
    mean = sum(row["probability"] for row in found.rows) / max(1, len(found.rows))
    tenth = found.rows[: max(1, len(found.rows) // 10)]
    share = sum(row["probability"] for row in tenth) / max(1e-9, mean * len(found.rows))
    made = [
        {"name": gettext("Targets on the list"), "value": words.number(len(found.rows))},
        {"name": gettext("Mean probability"), "value": words.percent(mean), "note": gettext("of a nonconformity at a visit")},
        {"name": gettext("First tenth of the list"), "value": words.percent(share), "note": gettext("of all findings expected stand there")},
    ]  # fmt: skip
    if found.before:
        new = sum(row["change"] == "new" for row in found.rows)
        note = gettext("new %(new)s, gone %(gone)s") % {"new": words.number(new), "gone": words.number(found.gone)}
        moved = len(found.notable)
        made.append({"name": gettext("Changed"), "value": words.number(moved), "note": note})
    return made


def days(model: str, found: DayList) -> dict[str, Any]:
    """The days before and after that have a list."""
    held = lists.Kept(workspace()).days(model)
    before = [one for one in held if one < found.on][-1:]
    after = [one for one in held if one > found.on][:1]
    link = [
        {"url": common.url("risk_day", model, query=[("on", one)]), "label": words.day(one)}
        for one in (*before, *after)
    ]
    return {
        "before": link[0] if before else None,
        "after": link[-1] if after else None,
        "here": words.day(found.on),
    }


def tabs(found: DayList, change: str, made: Any) -> list[dict[str, Any]]:
    """All, and one tab a kind of change."""
    counts = {word: sum(row["change"] == word for row in found.rows) for word in CHANGES}
    rows = [("", gettext("All"), len(found.rows)), *((word, told(word), counts[word]) for word in CHANGES)]
    return [
        {"label": label, "count": words.number(n), "here": word == change, "url": made(change=word)}
        for word, label, n in rows
    ]


def told(change: str) -> str:
    """A kind of change in words."""
    return {
        "new": gettext("new on the list"),
        "gone": gettext("gone from the list"),
        "up": gettext("moved up"),
        "down": gettext("moved down"),
        "same": gettext("same rank"),
    }[change]


def table(found: DayList, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The list as a table."""
    columns = [
        {"label": words.label(SCORES, "rank"), "numeric": True},
        {"label": words.label(SCORES, "target"), "nowrap": True},
        {"label": words.label(SCORES, "probability"), "nowrap": True},
        {"label": words.label(SCORES, "reasons"), "wide": True},
        *(
            [{"label": gettext("Since %(day)s") % {"day": words.day(found.before)}, "nowrap": True}]
            if found.before
            else []
        ),
    ]
    lines = [
        [
            {"text": words.number(row["rank"])},
            {"text": row["target"], "main": True},
            {
                "text": words.percent(row["probability"]),
                "note": words.interval(row["lower"], row["upper"]),
                "bar": bar(row),
            },
            reasons(row),
            *([{"text": step(row)}] if found.before else []),
        ]
        for row in rows
    ]
    return common.table(columns, lines, label=gettext("Targets by risk"))


def bar(row: Mapping[str, Any]) -> dict[str, str]:
    """A probability as a bar of percent, with its interval."""
    held = {name: row[name] * 100 for name in ("lower", "upper")}
    return {
        "value": f"{row['probability'] * 100:.1f}",
        "lower": f"{held['lower']:.1f}",
        "width": f"{held['upper'] - held['lower']:.1f}",
    }


def reasons(row: Mapping[str, Any]) -> dict[str, Any]:
    """What raises the risk most, and beneath it what lowers it most."""
    raising = [one["words"][language()] for one in row["reasons"] if one["weight"] > 0][: lists.SHOWN]
    lowering = [one["words"][language()] for one in row["reasons"] if one["weight"] < 0][:1]
    text = gettext("; ").join(raising) or gettext("nothing that raises the risk")
    return {"text": text, "note": gettext("but: %(reason)s") % {"reason": lowering[0]} if lowering else ""}


def step(row: Mapping[str, Any]) -> str:
    """A change of rank as a reader says it."""
    if row["change"] in ("up", "down"):
        mark = "↑" if row["change"] == "up" else "↓"
        return f"{mark} {words.number(abs(row['rank_before'] - row['rank']))}"
    return told("new") if row["change"] == "new" else words.MISSING


def moves(found: DayList) -> dict[str, Any] | None:
    """The changes worth reading first, and which reason moved."""
    if not found.notable:
        return None
    columns = [
        {"label": words.label(SCORES, "target"), "nowrap": True},
        {"label": gettext("Change"), "nowrap": True},
        {"label": gettext("Rank before and now"), "nowrap": True},
        {"label": gettext("Probability before and now"), "nowrap": True},
        {"label": gettext("What moved"), "wide": True},
    ]
    lines = [
        [
            {"text": row["target"], "main": True},
            {"text": told(row["change"])},
            {"text": pair(row["rank_before"], row["rank"], words.number)},
            {"text": pair(row["probability_before"], row["probability"], words.percent)},
            {"text": gettext("; ").join(signed(one) for one in row["moved"][: lists.SHOWN]) or words.MISSING},
        ]
        for row in (lists.worded(one, found.fitted.recipe) for one in found.notable[:FIRST])
    ]
    return common.table(columns, lines, label=gettext("What changed"))


def signed(reason: Mapping[str, Any]) -> str:
    """A reason that moved, with the way it moved the risk."""
    return f"{'↑' if reason['by'] > 0 else '↓'} {reason['words'][language()]}"


def pair(before: Any, now: Any, said: Any) -> str:
    """Two values, before and now."""
    return " → ".join(words.MISSING if value is None else said(value) for value in (before, now))


def made_from(found: DayList) -> str:
    """The line below the list."""
    fitted = found.fitted
    return gettext(
        "model %(mark)s, learned from %(rows)s events up to %(until)s; only events before the day of the list are looked at"
    ) % {
        "mark": found.mark,
        "rows": words.number(fitted.rows),
        "until": fitted.until,
    }


@access("inside")
def day_file(request: HttpRequest, model: str, form: str) -> HttpResponse:
    """The list of a day as a file."""
    if form not in files.FORMS:
        raise UsageError(f"there is no form '{form[:20]}'; there are {', '.join(files.FORMS)}")
    found, search, change, _ = asked(request, model)
    names = {name: name if form == "parquet" else words.label(SCORES, name) for name in SCORES.schema.names}
    rows = [
        filed(lists.worded(row, found.fitted.recipe), names)
        for row in lists.chosen(found, search=search, change=change)
    ]

    def write(path: Path) -> None:
        files.write_rows(path, list(names.values()), rows)

    response = StreamingHttpResponse(pieces(write, form), content_type=files.FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="risk-{model}-{found.on}.{form}"'
    response["X-Made-From"] = found.mark
    return response


def filed(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A row of a file: reasons in words."""
    said = gettext("; ").join(one["words"][language()] for one in row["reasons"])
    return {shown: said if name == "reasons" else row[name] for name, shown in names.items()}
