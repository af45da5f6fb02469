"""Which lakes there are, and the first page of one."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.reports import atlas
from zhiheng.reports.nation import Nation, figures
from zhiheng.reports.nation.figures import Row, Rows
from zhiheng.reports.nation.stated import is_population, stated
from zhiheng.surveillance import OF_POPULATION, OF_TESTED
from zhiheng.web.access import access
from zhiheng.web.pages import words
from zhiheng.web.pages.nation import parts
from zhiheng.web.pages.nation.address import (
    category_url,
    crumbs,
    opened,
    province_code,
    region_url,
    rows_url,
    sentence,
    source,
    table_urls,
    title,
    to,
    told,
)
from zhiheng.web.pages.nation.calendar import calendar
from zhiheng.web.pages.places import gazetteer, spelled
from zhiheng.web.shell import nations

TOP_ITEMS, TOP_CATEGORIES, NAMED = 15, 12, 5


@access("public")
def lakes(request: HttpRequest) -> HttpResponse:
    """Every lake of the workspace, with its first figures."""
    cards = [card(name) for name in nations().datasets()]
    return render(
        request,
        "lakes.html",
        {
            "title": gettext("Lakes"),
            "question": gettext("Which large sets of results are judged day by day?"),
            "active": "lake",
            "lakes": cards,
        },
    )


def card(dataset: str) -> dict[str, Any]:
    """One lake: its title, and its first figures when it is judged."""
    held = nations().card(dataset)
    found = {"name": dataset, "title": words.both(held["title"])}
    if not nations().is_judged(dataset):
        return found
    nation = nations().open(dataset)
    return found | {
        "url": to(nation, "overview"),
        "bigs": [] if is_empty(nation) else parts.bigs(nation),
        "made_from": source(nation),
    }


def is_empty(nation: Nation) -> bool:
    """Whether a lake holds no batch."""
    return not figures.arms(nation)["all"]["batches"]


@access("public")
def overview(request: HttpRequest, dataset: str) -> HttpResponse:
    """What fails in the nation: how much, when, where and on what."""
    nation = opened(request, dataset)
    if is_empty(nation):
        return render(request, "nation.html", head(nation) | {"none": True})
    return render(
        request,
        "nation.html",
        head(nation)
        | {
            "lead": lead(nation),
            "bigs": parts.bigs(nation),
            "links": [
                {"url": to(nation, "moved"), "text": gettext("What moved the rate?")},
                {"url": to(nation, "ranking"), "text": gettext("Which places stand out?")},
            ],
            "figures": [*parts.courses(nation), *calendar(nation)],
            "maps": maps(nation),
            "sections": [
                provinces(nation),
                categories(nation),
                parts.channels(nation),
                parts.items_section(nation, TOP_ITEMS),
            ],
            "rows_url": rows_url(nation),
        },
    )


def head(nation: Nation) -> dict[str, Any]:
    """Title, question and way back."""
    return {
        "title": title(nation),
        "question": gettext("How much fails, when, where and on what?"),
        "crumbs": crumbs(nation)[:1] + [{"label": title(nation)}],
        **told(nation),
    }


def lead(nation: Nation) -> str:
    """The headline in words."""
    arms, (first, last) = figures.arms(nation), figures.span(nation)
    every = arms["all"]
    span = {"first": words.spoken(first), "last": words.spoken(last)}
    said = [
        gettext("%(batches)s batches with %(results)s results were sampled in the weeks from %(first)s to %(last)s.")
        % {"batches": words.number(every["batches"]), "results": words.number(every["results"]), **span}
    ]
    if "random" in arms and arms["random"]["judged"]:
        figure = stated(arms["random"], "random")
        text = (
            gettext("An estimated %(rate)s of all batches do not conform (random arm, weighted).")
            if figure.of == OF_POPULATION
            else gettext("Of the batches drawn by chance, %(rate)s did not conform.")
        )
        said.append(text % {"rate": words.percent(figure.rate, digits=2)})
    return words.joined(said)


def province_rows(nation: Nation) -> Rows:
    """Provinces with both arms."""
    return figures.by_arm(nation, "province")


def maps(nation: Nation) -> list[dict[str, Any]]:
    """The rate of the random arm by province, on the map and as tiles of equal weight; all of one kind, or they could not be compared."""
    rows = [row | row["random"] | {"value": row["value"]} for row in province_rows(nation) if row.get("random")]
    kind = OF_POPULATION if is_population(rows, "random") else OF_TESTED
    known = atlas.by_province([row for row in rows if row["value"]], gazetteer())
    values, shown = [], []
    for code, row in known.items():
        figure = stated(row, "random")
        rate = figure.rate if kind == OF_POPULATION else row["rate"]
        if rate is None:
            continue
        ends = {"low": figure.lower, "high": figure.upper} if kind == OF_POPULATION else {}
        limits = {end: round(100 * limit, 2) for end, limit in ends.items() if limit is not None}
        values.append(
            {"code": code, "value": round(100 * rate, 2), **limits, "n": row["judged"], "url": region_url(nation, code)}
        )
        shown.append(row | {"rate": rate})
    return [province_map(nation, name, values, shown, kind) for name in ("map", "tiles")] if values else []


def province_map(nation: Nation, kind: str, values: list[dict[str, Any]], rows: list[Row], of: str) -> dict[str, Any]:
    """One picture of the provinces."""
    rests = (
        gettext("Estimates of the population from the random arm, each batch weighing 1 / its inclusion probability.")
        if of == OF_POPULATION
        else gettext("Random arm, of the items tested: not every inclusion probability is known.")
    )
    name = (
        gettext("Nonconforming batches by province of sampling, random arm")
        if kind == "map"
        else gettext("The same, each province one square")
    )
    worst = sorted(rows, key=lambda row: -row["rate"])[:NAMED]
    listed = sentence([f"{words.said('province', row['value'])} {words.percent(row['rate'])}" for row in worst])
    return {
        "id": f"provinces-{kind}",
        "title": name,
        "heading": 2,
        "unit": gettext("% of the batches judged"),
        "n": words.number(sum(one["n"] for one in values)),
        "size": "tall",
        "chart": {"kind": kind, "values": values, "unit": "%", "digits": 1}
        | ({"map": "china"} if kind == "map" else {})
        | spelled(gazetteer().provinces),
        "supports": rests
        + " "
        + gettext("Provinces differ by chance too: the table has the intervals. Each opens to its page."),
        "source": source(nation),
        "describe": gettext("%(title)s: %(list)s.") % {"title": name, "list": listed},
        "table_url": "#province",
        **table_urls(nation, "province"),
    }


def provinces(nation: Nation) -> dict[str, Any]:
    """The table of provinces."""

    def named(value: str | None) -> tuple[str, str]:
        code = province_code(value)
        return words.said("province", value), region_url(nation, code) if code else ""

    table = parts.by_arm(nation, province_rows(nation), "province", head=gettext("Province"), named=named, where={})
    return parts.section(gettext("By province"), table, nation, "province") | {"id": "province"}


def categories(nation: Nation) -> dict[str, Any]:
    """The table of categories, most batches first."""
    rows = figures.by_arm(nation, "category")

    def named(value: str | None) -> tuple[str, str]:
        return (words.category(value), category_url(nation, value)) if value else (gettext("not stated"), "")

    table = parts.by_arm(nation, rows, "category", head=gettext("Category"), named=named, where={})
    return parts.section(gettext("By category"), table, nation, "category")
