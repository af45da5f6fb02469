"""The inbox, the latest signals first, and one signal with its grounds, score, notices and steps."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from zhiheng.errors import NothingThereYet
from zhiheng.reports import inbox as mornings
from zhiheng.reports.browse import Listing, View, view
from zhiheng.surveillance import INBOX
from zhiheng.surveillance import inbox as box
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.watch import rows, shown
from zhiheng.web.shell import language

LISTING = Listing(
    INBOX,
    facets=("state", "level", "source"),
    searched=("product", "hazard", "origin"),
    order=("-day", "level", "-score"),
    key="signal_id",
    dated="day",
)
PAGE_ROWS = 60


@access("inside")
def inbox(request: HttpRequest) -> HttpResponse:
    """Every signal with its state; facets narrow it."""
    asked = view(LISTING, common.given(request))
    held = box.Inbox(shown.workspace())
    context: dict[str, Any] = {
        "title": gettext("Signal inbox"),
        "question": gettext("What should somebody look at this morning?"),
        "active": "signals",
        "pages": shown.tabs("watch"),
        "asked": asked,
        "kept": common.address(asked, search="", page=1),
    }
    try:
        signals, states = held.signals(), held.states()
    except NothingThereYet:
        return render(request, "watch.html", context | {"unmade": True})
    every = [mornings.row(one, states.get(one.signal_id, box.State()), language()) for one in signals]
    subjects = {one.signal_id: mornings.named(one.subject, language()) for one in signals}
    found = [row for row in every if fits(row, asked)]
    first = (asked.page - 1) * asked.size
    urgent = sum(row["state"] == "new" and row["level"] == 1 for row in every)
    context |= {
        "bigs": [
            {"name": gettext("New, of level 1"), "value": words.number(urgent), "urgent": urgent > 0},
            {"name": gettext("New"), "value": words.number(sum(row["state"] == "new" for row in every))},
            {"name": gettext("Under watch"), "value": words.number(sum(row["state"] == "watched" for row in every))},
            {"name": gettext("All signals"), "value": words.number(len(every))},
        ],
        "facets": facets(every, asked, request.path),
        "table": table([row | {"subject": subjects[row["signal_id"]]} for row in found[first : first + asked.size]]),
        "paging": common.paging(asked, len(found), path=request.path),
        "none": not found,
        "looks": [looked(name, one) for name, one in held.body().get("looks", {}).items()],
        **common.chips(LISTING, asked, path=request.path),
    }
    return render(request, "watch.html", context)


def looked(dataset: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """What the last look over the series of a data set saw, and why what was not tested was not."""
    figures = {name: words.number(one[name]) for name in ("series", "tests", "hopeless", "by_farrington", "by_ears")}
    said = gettext(
        "%(series)s series with %(tests)s tests on %(day)s; %(hopeless)s more could not have stood out with so few cases; "
        "false discoveries held at %(rate)s over all of them"
    ) % (figures | {"day": words.day(date.fromisoformat(one["day"])), "rate": words.percent(one["rate"], digits=0)})
    reasons = [
        {"label": gettext("as a count") if name == "count" else gettext("as a rate"), "text": str(shown.REASONS[code]), "n": words.number(n)}
        for (name, code), n in (((key.split(":")[0], int(key.split(":")[1])), n) for key, n in one["reasons"].items())
    ]  # fmt: skip
    return {"name": shown.titles().get(dataset, dataset), "said": said, "reasons": reasons}


def fits(row: Mapping[str, Any], asked: View, *, without: str = "") -> bool:
    """Whether a signal is among those asked for."""
    text = " ".join(str(row[name] or "") for name in LISTING.searched).casefold()
    return (
        all(str(row[name]) in values for name, values in asked.filters if name != without)
        and asked.search.casefold() in text
        and (asked.since is None or row["day"] >= asked.since)
        and (asked.until is None or row["day"] <= asked.until)
    )


def facets(rows_: list[dict[str, Any]], asked: View, path: str) -> list[dict[str, Any]]:
    """State, level and source with counts."""
    found, named = [], {"state": {key: str(text) for key, text in shown.STATES.items()}, "source": shown.titles()}
    for name in LISTING.facets:
        counts: dict[str, int] = {}
        for row in rows_:
            if fits(row, asked, without=name):
                counts[str(row[name])] = counts.get(str(row[name]), 0) + 1
        on = dict(asked.filters).get(name, ())
        choices = [
            {
                "label": named.get(name, {}).get(value, value),
                "count": words.number(n),
                "on": value in on,
                "url": common.link(path, common.switched(asked, name, value)),
            }
            for value, n in sorted(counts.items())
        ]
        found.append({"label": words.label(INBOX, name), "open": True, "choices": choices})
    return found


def table(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Signals as lines."""
    columns = [
        {"label": gettext("What"), "wide": True},
        {"label": gettext("Level"), "numeric": True},
        {"label": gettext("State"), "nowrap": True},
        {"label": gettext("Raised on"), "nowrap": True},
        {"label": gettext("Grounds")},
        {"label": gettext("Counted"), "numeric": True},
        {"label": gettext("Expected"), "numeric": True},
        {"label": gettext("Source")},
    ]
    titles = shown.titles()
    lines = [
        [
            {"text": row["subject"], "url": common.url("watch_one", row["signal_id"]), "main": True}
            | ({"tag": gettext("first of its kind")} if row["first"] else {}),
            {"text": words.number(row["level"])},
            {"text": str(shown.STATES[row["state"]]), "note": row["region"] or ""},
            {"text": words.day(row["day"])},
            {"text": gettext(", ").join(str(shown.GROUNDS[one]) for one in row["grounds"].split())},
            {"text": words.number(row["count"])},
            {"text": mornings.shown(row["expected"])},
            {"text": shown.brief(titles.get(row["source"], row["source"]))},
        ]
        for row in found
    ]
    return common.table(columns, lines, label=gettext("Signals"))


@access("inside")
def one(request: HttpRequest, signal_id: str) -> HttpResponse:
    """One signal."""
    held, place = box.Inbox(shown.workspace()), 0 if language() == "zh" else 1
    signal = held.signal(signal_id)
    events, terms = held.events(signal.signal_id), box.terms(timezone.localdate())
    now = box.state(events)
    behind = mornings.evidence(signal, shown.workspace())
    named = mornings.named(signal.subject, language())
    own, titles = shown.rows_url(signal.evidence[0]) if not behind else "", shown.titles()
    context = {
        "title": named,
        "question": gettext("Why was this raised, and what was done?"),
        "active": "signals",
        "crumbs": shown.crumbs(named),
        "signal": signal,
        "said": mornings.explained(signal, language()),
        "bigs": [
            {"name": gettext("Level"), "value": words.number(signal.level), "urgent": signal.level == 1},
            {"name": gettext("Score"), "value": f"{signal.score:.2f}", "note": gettext("between 0 and 1")},
            {
                "name": gettext("Counted"),
                "value": words.number(signal.count),
                "note": gettext("expected %(n)s") % {"n": mornings.shown(signal.expected)},
            },
            {"name": gettext("State"), "value": str(shown.STATES[now.state]), "note": now.region or now.handed_to},
        ],
        "parts": [
            {"label": mornings.PARTS[name][place], "text": f"{value:.2f}", "note": weight(terms, name)}
            for name, value in signal.parts.items()
        ],
        "q": mornings.shown(signal.q) if signal.q is not None else "",
        "rows": rows.table(behind[:PAGE_ROWS]) if behind else None,
        "shown": words.number(min(len(behind), PAGE_ROWS)),
        "behind": words.number(len(behind)),
        "own_url": own,
        "similar": [
            {
                "day": words.day(other.day),
                "name": mornings.named(other.subject, language()),
                "source": shown.brief(titles.get(other.source, other.source)),
                "url": common.url("watch_one", other.signal_id),
                "near": f"{near:.2f}",
            }
            for near, other in box.similar(signal, held.signals(), terms["similar"])
        ],
        "also": "; ".join(mornings.named(other, language()) for other in signal.also),
        "tested": tested(signal),
        "failures": signal.grounds[0]["ground"] == "results" and signal.grounds[0]["judged"] is None,
        "steps": steps(events, terms),
        "command": f"zhiheng signal triage {signal.signal_id} --to watched --by …",
    }
    return render(request, "watch_one.html", context)


def tested(signal: box.Signal) -> dict[str, Any] | None:
    """The tests that raised a signal of our own results: week, count or rate, detector, figures."""
    held = [one for one in signal.grounds if one["ground"] == "results"]
    if not held:
        return None
    columns = [
        {"label": gettext("Week of"), "nowrap": True},
        {"label": gettext("Tested")},
        {"label": gettext("Detector"), "wide": True},
        *(
            {"label": label, "numeric": True}
            for label in (gettext("Nonconforming"), gettext("Judged"), gettext("Expected"))
        ),
        *(
            {"label": label, "numeric": True}
            for label in (gettext("Upper bound"), gettext("p-value"), gettext("Already in"))
        ),
    ]
    lines = [
        [
            {"text": words.day(date.fromisoformat(one["week"])), "main": True},
            {"text": gettext("as a count") if one["measure"] == "count" else gettext("as a rate")},
            {"text": mornings.detector(one["detector"], language())},
            {"text": words.number(int(one["count"]))},
            {"text": words.number(int(one["judged"])) if one["judged"] is not None else words.MISSING},
            {"text": mornings.shown(one["expected"])},
            {"text": mornings.shown(one["threshold"])},
            {"text": f"{one['p']:.2g}"},
            {"text": words.percent(one["arrived"], digits=0) if one["arrived"] is not None else words.MISSING},
        ]
        for one in held
    ]
    return common.table(columns, lines, label=gettext("Tests"))


def weight(terms: Mapping[str, Any], name: str) -> str:
    """The weight of a part of the score."""
    share = terms["score"][name] / sum(terms["score"].values())
    return gettext("weight %(share)s") % {"share": words.percent(share, digits=0)}


def steps(events: list[box.Event], terms: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was done, in order."""
    if not events:
        return None
    columns = [
        {"label": gettext("When"), "nowrap": True},
        {"label": gettext("Step")},
        {"label": gettext("State")},
        {"label": gettext("By")},
        {"label": gettext("Note"), "wide": True},
    ]
    lines = [
        [
            {"text": event.at.replace("T", " ").replace("Z", " UTC"), "main": True},
            {"text": str(shown.ACTS[event.act]), "note": event.region},
            {"text": str(shown.STATES[event.state])},
            {"text": event.by},
            {
                "text": " ".join(
                    filter(None, (words.both(terms["reasons"][event.reason]) if event.reason else "", event.note))
                )
            },
        ]
        for event in events
    ]
    return common.table(columns, lines, label=gettext("Steps"))
