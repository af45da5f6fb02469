"""Every figure taken apart: formula, counts, interval, what was left out, rules, source files, query, rows."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from zhiheng import rules as law
from zhiheng.reports import Figure, Shelf, explain, parse
from zhiheng.reports.browse import single
from zhiheng.reports.figures import MEASURES
from zhiheng.reports.profiles import DIMENSIONS, FORCES
from zhiheng.web.access import access
from zhiheng.web.pages import common, series, words
from zhiheng.web.shell import shelf

SHOWN = 40


@lru_cache(maxsize=256)
def explained(made: Shelf, key: str, wanted: Figure) -> dict[str, Any]:
    """The walk back of a figure, kept as long as its turn is the last one; `key` names the turn."""
    del key
    return explain(made, wanted)


@access("public")
def figure(request: HttpRequest) -> HttpResponse:
    """A figure by its name; without one, the form that asks for it."""
    given = common.given(request)
    name = single(given, "name")
    if not name and single(given, "dataset"):
        return redirect(common.url("figure", query=[("name", asked_for(given))]))
    context = {"active": "overview", "form": form(parse(name) if name else None)}
    if not name:
        return render(
            request,
            "figure.html",
            context | {"title": gettext("Ask for a figure"), "question": gettext("How is a figure made?")},
        )
    wanted = parse(name)
    told = explained(shelf(), shelf().open(wanted.dataset).key, wanted)
    return render(
        request,
        "figure.html",
        context
        | {
            "title": words.both(told["title"]).capitalize(),
            "question": gettext("How was this figure made?"),
            "name": told["figure"],
            "big": big(told),
            "crumbs": [
                {"label": common.title(wanted.dataset), "url": common.url("dataset_results", wanted.dataset)},
                {"label": gettext("How was this computed?")},
            ],
            "narrowed": narrowed(told),
            "supports": common.supports(wanted.dataset),
            "walk": walk(wanted, told),
            "rows_url": rows_url(wanted),
        },
    )


def asked_for(given: dict[str, list[str]]) -> str:
    """The name of the figure that a form asks for."""
    dimension, value = single(given, "dimension"), single(given, "value")
    filters = ((dimension, value),) if dimension and value else ()
    return Figure(
        single(given, "dataset"),
        single(given, "measure") or "nonconforming",
        filters,
        single(given, "force") or "legal",
    ).name


def options(pairs: Iterable[tuple[str, str]], here: str) -> list[dict[str, Any]]:
    """The choices of one field."""
    return [{"value": value, "label": label, "on": value == here} for value, label in pairs]


def form(now: Figure | None) -> dict[str, Any]:
    """The choices of the form, as they stand for the figure shown."""
    first = now.filters[0] if now and now.filters else ("", "")
    return {
        "datasets": options([(name, common.title(name)) for name in common.in_order()], now.dataset if now else ""),
        "measures": options(
            [(name, words.pair(text[:2])) for name, text in MEASURES.items()], now.measure if now else "nonconforming"
        ),
        "dimensions": options(
            [("", gettext("nothing: the whole data set")), *((name, series.name(name)) for name in DIMENSIONS)],
            first[0],
        ),
        "forces": options([(name, words.said("force", name)) for name in FORCES], now.force if now else "legal"),
        "value": first[1],
    }


def big(told: dict[str, Any]) -> dict[str, Any]:
    """The figure itself."""
    interval = told["interval"] or {}
    if told["measure"] == "rate":
        return {
            "value": words.percent(told["value"]),
            "interval": words.interval(interval.get("lower"), interval.get("upper")),
            "n": words.number(told["counts"]["judged"]),
            "name": words.both(told["title"]),
        }
    return {"value": words.number(told["value"]), "name": words.both(told["title"])}


def narrowed(told: dict[str, Any]) -> list[dict[str, Any]]:
    """What the figure is about."""
    found = [
        {
            "label": gettext("Data set"),
            "text": common.title(told["dataset"]),
            "url": common.url("dataset_results", told["dataset"]),
        }
    ]
    for one in told["filters"]:
        linked = one["column"] in common.BROWSABLE
        found.append(
            {
                "label": words.both(one["label"]),
                "text": words.said(one["column"], one["value"]),
                "url": series.one_url(told["dataset"], one["column"], one["value"]) if linked else "",
            }
        )
    return [*found, {"label": gettext("Rules that count"), "text": words.said("force", told["force"])}]


def rows_url(wanted: Figure, **more: str) -> str:
    """The rows behind the figure, or behind one part of it."""
    query = [
        *wanted.filters,
        ("sample_kind", "regular"),
        ("superseded", "false"),
        ("force", wanted.force),
        ("force", ""),
        *more.items(),
    ]
    if not more:
        verdicts = {"rate": ("conforming", "nonconforming"), "judged": ("conforming", "nonconforming"), "results": ()}
        query += [("verdict", word) for word in verdicts.get(wanted.measure, (wanted.measure,))]
    return common.url("dataset_results", wanted.dataset, query=query)


def walk(wanted: Figure, told: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps back from the figure to its sources."""
    return [
        {"title": gettext("Formula"), "open": True, "code": told["formula"], "facts": counts(told)},
        {
            "title": gettext("What counts"),
            "text": gettext(
                "Regular samples only; a first result that a retest replaced is left out; rules of the stated force, or none."
            ),
        },
        {
            "title": gettext("By verdict and reason"),
            "open": True,
            "table": reasons(wanted, told),
            "note": gettext("what was judged, and what was left out of the rate"),
        },
        {"title": gettext("Rules used"), "table": rules(told), "note": rules_note(told)},
        {"title": gettext("Source files"), "note": words.number(len(told["sources"])), "table": sources(told)},
        {"title": gettext("Query"), "note": gettext("runs on the published files as it stands"), "code": told["query"]},
        {
            "title": gettext("Rows"),
            "open": True,
            "url": rows_url(wanted),
            "link": gettext("See the rows behind this figure"),
            "text": gettext("Made from %(key)s: the same evidence, law and program give the same figure again.")
            % {"key": told["made_from"]},
        },
    ]


def counts(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The counts that go into the formula, and the interval."""
    from_counts = told["counts"]
    found = [
        {
            "label": words.both({"en": MEASURES[name][0], "zh": MEASURES[name][1]}),
            "text": words.number(from_counts[name]),
        }
        for name in ("results", "conforming", "nonconforming", "inconclusive", "not_judged")
    ]
    interval = told["interval"]
    if interval:
        found.append(
            {
                "label": gettext("95% interval"),
                "text": words.interval(interval["lower"], interval["upper"], digits=2),
                "note": gettext("Wilson score, n = %(n)s") % {"n": words.number(interval["n"])},
            }
        )
        found.append(
            {
                "label": gettext("Bounds"),
                "text": words.interval(interval["least"], interval["most"], digits=2),
                "note": gettext("if every inconclusive result conformed, or failed"),
            }
        )
    elif told["measure"] == "rate":
        found.append(
            {"label": gettext("Rate"), "text": gettext("none: %(why)s") % {"why": words.both(told["supports_note"])}}
        )
    return found


def reasons(wanted: Figure, told: dict[str, Any]) -> dict[str, Any]:
    """How many results there are by verdict and reason."""
    columns = [
        {"label": gettext("Verdict"), "nowrap": True},
        {"label": gettext("Reason"), "wide": True},
        {"label": gettext("Results"), "numeric": True},
    ]
    lines = [
        [
            {"verdict": row["verdict"]},
            {"text": words.reason(row["reason"])},
            {
                "text": words.number(row["n"]),
                "url": rows_url(wanted, verdict=row["verdict"], reason=row["reason"] or ""),
            },
        ]
        for row in told["reasons"]
    ]
    return common.table(columns, lines, label=gettext("By verdict and reason"))


def rules(told: dict[str, Any]) -> dict[str, Any]:
    """The rules that judged, each with its version."""
    columns = [
        {"label": gettext("Rule"), "wide": True},
        {"label": gettext("Limit")},
        {"label": gettext("Since"), "nowrap": True},
        {"label": gettext("Source"), "wide": True},
        {"label": gettext("Standing")},
        {"label": gettext("Results"), "numeric": True},
    ]
    lines = [
        [
            {"text": words.rule(row["rule_key"]), "url": common.rule_url(row["rule_key"]), "main": True},
            {
                "text": words.limit(
                    law.book().rules[row["rule_key"]].operator if row["rule_key"] in law.book().rules else None,
                    row["rule_text"],
                )
            },
            {"text": words.day(row["rule_since"])},
            {"text": row["citation"]},
            {"text": words.said("standing", row["standing"])},
            {"text": words.number(row["n"])},
        ]
        for row in told["rules"][:SHOWN]
    ]
    return common.table(columns, lines, label=gettext("Rules used"))


def rules_note(told: dict[str, Any]) -> str:
    """How many rules there are, and how many are shown."""
    count = len(told["rules"])
    if count <= SHOWN:
        return words.number(count)
    return gettext("the %(shown)s used most, of %(all)s") % {"shown": SHOWN, "all": words.number(count)}


def sources(told: dict[str, Any]) -> dict[str, Any]:
    """The files behind the figure."""
    columns = [
        {"label": gettext("File")},
        {"label": gettext("Rows used"), "numeric": True},
        {"label": gettext("Checksum (SHA-256)"), "wide": True},
    ]
    lines = [
        [
            {"text": one["file"], "url": f"{common.url('intake')}#{told['dataset']}", "main": True},
            {"text": words.number(one["rows"])},
            {"text": one["sha256"]},
        ]
        for one in told["sources"]
    ]
    return common.table(columns, lines, label=gettext("Source files"))
