"""The plan builder: budget, arms, allocation and duties on the left, what they do to the plan on the right."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from zhiheng import rules
from zhiheng.errors import DrawError, UsageError
from zhiheng.evidence.tables import Table
from zhiheng.register import nominating
from zhiheng.reports import files
from zhiheng.reports.nation.places import regions
from zhiheng.reports.planner import (
    EXAMPLE,
    LIST,
    NOMINATIONS,
    PROPORTIONAL,
    REGISTER,
    Planner,
    Question,
    asked,
    planner,
)
from zhiheng.selection.plan.frame import BETWEEN
from zhiheng.selection.plan.made import Plan
from zhiheng.selection.plan.terms import ALLOCATIONS, DUE
from zhiheng.selection.tables import PLAN_EXCLUDED, PLAN_STRATA, PLAN_TARGETS
from zhiheng.simulation.targets import targets
from zhiheng.web.access import access
from zhiheng.web.pages import common, series, words
from zhiheng.web.pages.exports import MARK, MOST_SHEET
from zhiheng.web.shell import language

SHOWN = ("stratum", "eligible", "random", "targeted", "certain", "least_inclusion", "expected_findings")
UNRATED = SHOWN[:-1]
LEFT = ("rule", "targets", "act")
FIRST = 24
STRATA = 2  # so many columns make the strata until somebody chooses
ZIP = "application/zip"


def held() -> Planner:
    """The planner of this site."""
    return planner(settings.WORKSPACE, targets, nominating.named, is_open=settings.OPENED)


def question(request: HttpRequest) -> Question:
    """What is asked; strata that were not chosen are the first columns that the list has, and nominations those of the register
    while any wait there."""
    given = common.given(request)
    found = asked(given, today=datetime.now().date())
    if not any(given.get("nominations", ())) and nominating.named():
        found = replace(found, nominations=REGISTER)
    if not found.strata:
        found = replace(found, strata=held().columns(found)[:STRATA])
    return found


@access("public")
def build(request: HttpRequest) -> HttpResponse:
    """The builder; with `part` only the right side, for the script that renews it while a slider moves."""
    wanted = question(request)
    template = "builder_effect.html" if "part" in request.GET else "builder.html"
    context: dict[str, Any] = {
        "title": gettext("New plan"),
        "question": gettext("Who is inspected, how likely, and what will it find?"),
        "active": "plan",
        "crumbs": [{"label": gettext("Plan"), "url": reverse("plan")}, {"label": gettext("New plan")}],
    }
    status = HTTPStatus.OK
    try:
        plan = held().plan(wanted)
        context |= effect(request, wanted, plan)
    except DrawError as error:
        plan, status, context["fault"] = None, HTTPStatus.UNPROCESSABLE_ENTITY, str(error)
    if "part" not in request.GET:
        context |= controls(wanted, plan)
    return render(request, template, context, status=int(status))


def controls(wanted: Question, plan: Plan | None) -> dict[str, Any]:
    """The form as it was filled in, with the programme's own terms where nothing was."""
    programme = rules.programme(wanted.programme, on=wanted.on)
    changed = dict(wanted.changed)
    own = {name: programme[name] for name in ("random_share", "largest_share", "coverage_months", "allocation")}
    own |= {"nominations_share": programme["nominations"]["share"], "due": "refuse"}
    value = own | changed
    budget = wanted.budget or programme["budget"]
    most = max(budget, plan.summary["eligible"] // 4 if plan else 2 * int(programme["budget"]))

    def slider(name: str, label: str, number: Any, low: int, high: int, unit: str, note: str) -> dict[str, Any]:
        return {"name": name, "label": label, "value": number, "low": low, "high": high, "unit": unit, "note": note}

    percent = {name: round(float(value[name]) * 100) for name in ("random_share", "nominations_share")}
    return {
        "sliders": [
            slider("budget", gettext("Budget"), budget, 1, most, gettext("targets"), ""),
            slider(
                "random_share",
                gettext("Random arm, at least"),
                percent["random_share"],
                1,
                100,
                "%",
                gettext("permanent: it keeps the rate of the whole list honest"),
            ),
            slider(
                "coverage_months",
                gettext("Nobody left out longer than"),
                value["coverage_months"] or 0,
                0,
                60,
                gettext("months"),
                gettext("0: not asked"),
            ),
            slider(
                "nominations_share",
                gettext("For what the public named"),
                percent["nominations_share"],
                0,
                50,
                "%",
                gettext("a stratum of its own"),
            ),
        ],
        "choices": [
            choice("list", gettext("List"), held().lists(), wanted.list, LISTS),
            choice("programme", gettext("Programme"), rules.programmes(), wanted.programme, PROGRAMMES),
            choice("allocation", gettext("Targeted arm follows"), ALLOCATIONS, value["allocation"], ALLOCATION),
            choice("due", gettext("If more are due than can be visited"), DUE, value["due"], SHORT),
            choice("nominations", gettext("Nominations"), NOMINATIONS, wanted.nominations, nominated()),
            choice("against", gettext("Compare with"), [PROPORTIONAL, *held().earlier()], wanted.against, AGAINST),
        ],
        "columns": [
            {"name": name, "label": COLUMNS.get(name, str)(name), "on": name in wanted.strata}
            for name in held().columns(wanted)
        ],
        "on": wanted.on.isoformat(),
        "programme": named(programme),
    }


def named(programme: Mapping[str, Any]) -> dict[str, Any]:
    """A programme with its title and its citation in the language of the page."""
    cite = programme["cite"]
    return {**programme, "said": words.both(programme["title"]), "cited": words.cited(cite["act"], cite["at"])}


def nominated() -> dict[str, Callable[[], str]]:
    """Whose nominations a plan may read, and how many wait."""
    waiting = words.number(sum(one.count for one in nominating.named()))
    return {
        LIST: lambda: gettext("as the list has them"),
        REGISTER: lambda: gettext("what waits in the register: %(n)s") % {"n": waiting},
    }


def choice(
    name: str, label: str, values: Sequence[str], here: str, said: Mapping[str, Callable[[], str]]
) -> dict[str, Any]:
    """A field with some words to choose from."""
    options = [{"value": one, "label": said[one]() if one in said else one, "on": one == here} for one in values]
    return {"name": name, "label": label, "options": options}


def effect(request: HttpRequest, wanted: Question, plan: Plan) -> dict[str, Any]:
    """What the right side shows."""
    summary, strata = plan.summary, sorted(plan.strata(), key=lambda row: (-row["drawn"], row["stratum"]))
    query = [
        (name, value) for name, values in request.GET.lists() for value in values if name not in ("part", "nominations")
    ]
    query.append(("nominations", wanted.nominations))
    links = {f"{form}_url": common.url("plan_file", "strata", form, query=query) for form in files.FORMS}
    whole = {f"{form}_url": common.url("plan_file", "targets", form, query=query) for form in files.FORMS}
    return {
        "bigs": bigs(wanted, plan),
        "note": note(plan),
        "table": table(plan, strata[:FIRST]),
        "more": words.number(len(strata) - FIRST) if len(strata) > FIRST else "",
        "left": left_out(plan),
        "left_total": words.number(summary["left_out"]),
        "exports": links,
        "whole": whole,
        "zip_url": common.url("plan_file", "folder", "zip", query=query),
        "api_url": "/api/plan?" + common.url("plan_new", query=query).partition("?")[2],
        "is_example": wanted.list == EXAMPLE,
    }


def bigs(wanted: Question, plan: Plan) -> list[dict[str, Any]]:
    """The plan in five figures."""
    summary, against = plan.summary, held().beside(wanted, plan)
    found = []
    if against:
        other = AGAINST[PROPORTIONAL]() if wanted.against == PROPORTIONAL else wanted.against
        told = {"other": other, "n": series.decimal(against["other"]["expected"]), "span": span(against["other"])}
        found.append(
            {
                "name": gettext("Expected findings"),
                "value": series.decimal(summary["expected_findings"]),
                "interval": span(summary),
                "note": gettext("%(other)s: %(n)s (%(span)s)") % told,
            }
        )
    arms = {"random": words.number(summary["random"]), "targeted": words.number(summary["targeted"])}
    found += [
        {
            "name": gettext("To be drawn"),
            "value": words.number(summary["budget"]),
            "note": gettext("%(random)s at random, %(targeted)s targeted") % arms,
        },
        {
            "name": gettext("Smallest chance"),
            "value": words.percent(summary["least_inclusion"], digits=2),
            "note": gettext("nobody has none"),
        },
        {
            "name": gettext("As good for rates as"),
            "value": words.number(round(summary["effective"])),
            "note": gettext("drawn with equal chances; design effect %(d)s") % {"d": f"{summary['design_effect']:.2f}"},
        },
        {
            "name": gettext("Drawn with certainty"),
            "value": words.number(summary["certain"]),
            "note": COVERAGE[summary["coverage"]](),
        },
    ]
    return found


def note(plan: Plan) -> str:
    """What a planner might overlook, or nothing."""
    if plan.summary["random"] > round(plan.terms.random_share * plan.terms.budget) + 1:
        return gettext(
            "The random arm is larger than its share: each of the %(n)s strata needs one. Choose fewer stratum columns to free the rest."
        ) % {"n": words.number(len(plan.arms.names))}
    return ""


def table(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Strata with their numbers."""
    names = SHOWN if plan.rated else UNRATED
    columns = [common.heading(PLAN_STRATA, name) for name in names]
    return common.table(
        columns, [[cell(name, row) for name in names] for row in rows], label=gettext("Strata"), cards=False
    )


def cell(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """One cell of the strata."""
    if name == "stratum":
        return {"text": STRATUM.get(row[name], lambda: placed(row[name]))(), "main": True}
    if name == "least_inclusion":
        return {"text": words.percent(row[name], digits=2)}
    if name == "expected_findings":
        return {"text": series.decimal(row[name]), "note": span(row)}
    return {"text": words.number(row[name])}


def placed(stratum: str) -> str:
    """A stratum with the names of its places for their codes."""
    known = regions().names
    return BETWEEN.join(known.get(part, part) for part in stratum.split(BETWEEN))


def left_out(plan: Plan) -> dict[str, Any]:
    """Rules that keep targets out, with their citations."""
    columns = [common.heading(PLAN_EXCLUDED, name) for name in LEFT]
    lines = [
        [
            {"text": row["zh" if language() == "zh" else "en"], "main": True},
            {"text": words.number(row["targets"])}
            if row["applied"]
            else {"text": words.MISSING, "note": gettext("the list has no such column")},
            {"text": row["act"], "note": row["at"]},
        ]
        for row in plan.excluded()
    ]
    return common.table(columns, lines, label=gettext("Left out"))


def span(row: Mapping[str, Any]) -> str:
    """Two ends of an interval of findings."""
    return f"{series.decimal(row['lower'])}–{series.decimal(row['upper'])}"


@access("public")
def file(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """A table of the plan, or its folder ready to draw, as a file."""
    wanted = question(request)
    plan = held().plan(wanted)
    if (name, form) == ("folder", "zip"):
        return sent(lambda path: held().packed(wanted, path), name="plan", form=form, kind=ZIP)
    if form not in files.FORMS or name not in ("strata", "targets", "excluded"):
        raise UsageError(
            f"there is no file '{name[:20]}.{form[:10]}'; there are strata, targets and excluded as {', '.join(files.FORMS)}, and folder.zip"
        )
    of, rows = TABLES[name](plan)
    labels = {column: column if form == "parquet" else of.label(column, language()) for column in of.schema.names}
    most = MOST_SHEET if form == "xlsx" else None
    lines = [{labels[column]: row[column] for column in labels} for row in rows[:most]]
    return sent(
        lambda path: files.write_rows(path, list(labels.values()), lines), name=name, form=form, kind=files.FORMS[form]
    )


def whole(plan: Plan) -> list[dict[str, Any]]:
    """Every target as a row."""
    columns = plan.targets()
    cells = [column.tolist() for column in columns.values()]
    return [dict(zip(columns, line, strict=True)) for line in zip(*cells, strict=True)]


TABLES: dict[str, Callable[[Plan], tuple[Table, list[dict[str, Any]]]]] = {
    "strata": lambda plan: (PLAN_STRATA, plan.strata()),
    "excluded": lambda plan: (PLAN_EXCLUDED, plan.excluded()),
    "targets": lambda plan: (PLAN_TARGETS, whole(plan)),
}


def sent(write: Callable[[Path], None], *, name: str, form: str, kind: str) -> HttpResponse:
    """A file as a download."""
    with tempfile.TemporaryDirectory(prefix="zhiheng-") as folder:
        path = Path(folder) / f"plan.{form}"
        write(path)
        body = (MARK if form == "csv" else b"") + path.read_bytes()
    response = StreamingHttpResponse(iter([body]), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="plan-{name}.{form}"'
    return response


LISTS = {EXAMPLE: lambda: gettext("Example: firms that do not exist")}
PROGRAMMES = {
    "food-2026": lambda: gettext("Food sampling"),
    "products-2020": lambda: gettext("Product sampling"),
    "firms-2025": lambda: gettext("Published information of firms"),
}
ALLOCATION = {
    "expected": lambda: gettext("expected findings"),
    "neyman": lambda: gettext("spread (Neyman): the most exact rate"),
    "proportional": lambda: gettext("number of targets"),
}
SHORT = {"refuse": lambda: gettext("say so"), "draw": lambda: gettext("let chance choose among them")}
AGAINST = {PROPORTIONAL: lambda: gettext("same budget in proportion")}
COLUMNS = {
    "region": lambda _: gettext("Region"),
    "channel": lambda _: gettext("Channel"),
    "product": lambda _: gettext("Product"),
    "firm_size": lambda _: gettext("Firm size"),
    "credit_class": lambda _: gettext("Credit class"),
}
STRATUM = {"+due": lambda: gettext("Due by coverage"), "+nominated": lambda: gettext("Named by the public")}
COVERAGE = {
    "kept": lambda: gettext("nobody is left out longer than the coverage"),
    "drawn": lambda: gettext("not all who are due can be visited"),
    "not_asked": lambda: gettext("no coverage asked"),
    "no_column": lambda: gettext("the list does not say who was inspected when"),
}
