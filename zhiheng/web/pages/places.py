"""Where results come from: provinces and cities, sites with coordinates, or the word that no place is given."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.reports import atlas as places
from zhiheng.reports import profiles
from zhiheng.reports.nation.places import regions
from zhiheng.web.access import access
from zhiheng.web.pages import common, series, words
from zhiheng.web.shell import shelf

CITY_MAPS = ("cn-37", "cn-33", "cn-34", "cn-21")
NAMED = 6
EXAMPLES = Path(settings.PACKAGE).parent / "examples" / "data"


@access("public")
def atlas(request: HttpRequest, dataset: str) -> HttpResponse:
    """Where the results of a data set come from."""
    known = profiles.dimensions(shelf(), dataset)
    shown = china(dataset) if "province" in known else points(dataset) if "site" in known else nowhere(dataset, known)
    crumbs = [
        {"label": gettext("Test results"), "url": common.url("results")},
        {"label": common.title(dataset), "url": common.url("dataset_results", dataset)},
        {"label": gettext("Map")},
    ]
    return render(
        request,
        "map.html",
        {
            "title": f"{common.title(dataset)}{gettext(': ')}{gettext('Map')}",
            "question": gettext("Where do the failing results come from?"),
            "active": "results",
            "crumbs": crumbs,
            "supports": common.supports(dataset),
            "dataset": dataset,
            "tabs": common.tabs("map", here=dataset, counts=False),
            **shown,
        },
    )


@lru_cache(maxsize=1)
def gazetteer() -> places.Gazetteer:
    """The names and codes that the shipped maps carry."""
    cities: dict[str, str] = {}
    for name in CITY_MAPS:
        cities |= features(name)
    return places.Gazetteer(features("china"), cities)


def features(name: str) -> dict[str, str]:
    """Code and name of every area of a map."""
    path = Path(settings.PACKAGE) / "web" / "static" / "zhiheng" / "vendor" / f"{name}.json"
    found = json.loads(path.read_text(encoding="utf-8"))["features"]
    return {one["properties"]["adcode"]: one["properties"]["name"] for one in found if one["properties"].get("name")}


def china(dataset: str) -> dict[str, Any]:
    """The provinces that published, the cities where samples were taken, and the texts that no map can hold."""
    known = gazetteer()
    provinces = places.by_province(profiles.cells(shelf(), dataset, dimension="province"), known)
    placed = places.placed(profiles.cells(shelf(), dataset, dimension="region"), known)
    counted = {
        "unplaced": sum(row["results"] for row in placed.unplaced),
        "elsewhere": sum(row["results"] for row in placed.elsewhere.values()),
        "cities": sum(row["results"] for row in placed.cities.values()),
    }
    base = facts(dataset) | exports(dataset, "region")
    return {
        "bigs": place_bigs(counted, len(placed.cities), len(placed.unplaced)),
        "maps": [base | exports(dataset, "province") | country(dataset, provinces, kind) for kind in ("map", "tiles")],
        "cities": [
            base | city_map(dataset, name, placed.cities, known)
            for name in CITY_MAPS
            if any(code[:2] == name[3:] for code in placed.cities)
        ],
        "elsewhere": elsewhere_table(placed.elsewhere, known),
        "unplaced": unplaced_table(dataset, placed.unplaced),
    }


def place_bigs(counted: Mapping[str, int], cities: int, texts: int) -> list[dict[str, Any]]:
    """How much of the data set the maps hold."""
    return [
        {
            "name": gettext("Results on the city maps"),
            "value": words.number(counted["cities"]),
            "note": gettext("in %(n)s cities") % {"n": cities},
        },
        {
            "name": gettext("Known by province only, or from another province"),
            "value": words.number(counted["elsewhere"]),
        },
        {
            "name": gettext("Not placed"),
            "value": words.number(counted["unplaced"]),
            "note": gettext("%(n)s different texts, listed below") % {"n": texts},
        },
    ]


def facts(dataset: str) -> dict[str, Any]:
    """What every picture of a data set says below itself."""
    return {
        "heading": 3,
        "supports": common.supports(dataset)["text"],
        "source": common.source(dataset),
        "unit": gettext("results"),
        "how_url": common.figure_url(dataset, "nonconforming"),
    }


def exports(dataset: str, dimension: str) -> dict[str, str]:
    """The figures of a dimension as files."""
    return {f"{form}_url": common.url("export_rates", dataset, dimension, form) for form in ("csv", "xlsx", "parquet")}


def country(dataset: str, provinces: Mapping[str, Mapping[str, Any]], kind: str) -> dict[str, Any]:
    """The provinces on the map, or as tiles of equal weight."""
    values = [
        {
            "code": code,
            "value": row["nonconforming"],
            "n": row["judged"],
            "url": series.one_url(dataset, "province", row["value"]),
        }
        for code, row in provinces.items()
    ]
    title = (
        gettext("Nonconforming results by publishing province")
        if kind == "map"
        else gettext("The same, each province one square")
    )
    rows = [
        [
            {
                "text": words.said("province", row["value"]),
                "url": series.one_url(dataset, "province", row["value"]),
                "main": True,
            },
            {"text": words.number(row["nonconforming"])},
            {"text": words.number(row["results"])},
        ]
        for row in provinces.values()
    ]
    chart = {"kind": kind, "values": values, "breaks": breaks(values), **({"map": "china"} if kind == "map" else {})}
    chart |= spelled(gazetteer().provinces)
    return {
        "id": f"provinces-{kind}",
        "title": title,
        "chart": chart,
        "size": "tall" if kind == "map" else "",
        "n": words.number(sum(row["judged"] for row in provinces.values())),
        "table": counts_table(gettext("Province"), rows),
        "describe": gettext("%(title)s: %(list)s.")
        % {"title": title, "list": told((words.said("province", row["value"]), row) for row in provinces.values())},
    }


def city_map(
    dataset: str, name: str, cities: Mapping[str, Mapping[str, int]], known: places.Gazetteer
) -> dict[str, Any]:
    """The cities of one province."""
    inside = {code: row for code, row in cities.items() if code[:2] == name[3:]}
    order = sorted(inside, key=lambda code: -inside[code]["nonconforming"])
    province = words.said("province", known.provinces[f"{name[3:]}0000"])
    title = gettext("Cities of %(province)s, by place of sampling") % {"province": province}
    link = [common.rows_url(dataset, q=known.cities[code]) for code in order]
    values = [
        {"code": code, "value": inside[code]["nonconforming"], "n": inside[code]["judged"], "url": url}
        for code, url in zip(order, link, strict=True)
    ]
    rows = [
        [
            {"text": city_said(code), "url": url, "main": True},
            {"text": words.number(inside[code]["nonconforming"])},
            {"text": words.number(inside[code]["results"])},
        ]
        for code, url in zip(order, link, strict=True)
    ]
    return {
        "id": name,
        "title": title,
        "chart": {"kind": "map", "map": name, "values": values, "breaks": breaks(values), **spelled(order)},
        "table": counts_table(gettext("City"), rows),
        "n": words.number(sum(row["judged"] for row in inside.values())),
        "describe": gettext("%(title)s: %(list)s.")
        % {"title": title, "list": told((city_said(code), inside[code]) for code in order[:5])},
    }


def spelled(codes: Iterable[str]) -> dict[str, Any]:
    """The names of places where the page is not in the language that the maps carry."""
    return (
        {} if words.language() == "zh" else {"names": {code: city_said(code).split(" Autonomous")[0] for code in codes}}
    )


def city_said(code: str) -> str:
    """A city or province in the language of the page; the map's own name where no other is known."""
    known = gazetteer()
    own = known.cities.get(code) or known.provinces.get(code, code)
    return regions().english.get(code, own) if words.language() == "en" else own


def breaks(values: Sequence[Mapping[str, Any]]) -> list[int]:
    """Whole-numbered limits of up to five equal classes.

    >>> breaks([{"value": 0}, {"value": 8}])
    [2, 4, 5, 7]
    """
    counts = [one["value"] for one in values] or [0]
    low, high = min(counts), max(counts)
    return sorted({low + -(-(high - low) * part // 5) for part in range(1, 5)} - {low, high})


def told(rows: Any) -> str:
    """The largest counts in one line, for who does not see the map."""
    return gettext(", ").join(f"{name} {row['nonconforming']}" for name, row in rows)


def counts_table(label: str, rows: Sequence[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Counts by place."""
    columns = [
        {"label": label},
        {"label": gettext("Nonconforming"), "numeric": True},
        {"label": gettext("Results"), "numeric": True},
    ]
    return common.table(columns, rows, label=label, cards=False)


def elsewhere_table(rows: Mapping[str, Mapping[str, int]], known: places.Gazetteer) -> dict[str, Any] | None:
    """Results whose text names a province and no city of the city maps."""
    lines = [
        [
            {"text": words.said("province", known.provinces[code]), "main": True},
            {"text": words.number(row["nonconforming"])},
            {"text": words.number(row["results"])},
        ]
        for code, row in sorted(rows.items(), key=lambda entry: -entry[1]["results"])
    ]
    return counts_table(gettext("Province"), lines) if lines else None


def unplaced_table(dataset: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The texts that no map can hold, as they were printed."""
    lines = [
        [
            {
                "text": row["value"] or gettext("not stated"),
                "main": True,
                **({"url": common.rows_url(dataset, region=row["value"])} if row["value"] else {}),
            },
            {"text": words.number(row["nonconforming"])},
            {"text": words.number(row["results"])},
        ]
        for row in rows
    ]
    return counts_table(gettext("Place as printed"), lines) | {"tall": True} if lines else None


def points(dataset: str) -> dict[str, Any]:
    """The sites where they lie; those without coordinates are listed."""
    where = places.coordinates(EXAMPLES / dataset / "sites_geo.csv")
    rows = sites(dataset, shelf().open(dataset).key)
    placed = [row for row in rows if row["number"] in where]
    failing = sorted((row for row in placed if row["nonconforming"]), key=lambda row: -row["nonconforming"])
    quiet = [row for row in placed if not row["nonconforming"]]
    named = {row["site"] for row in failing[:NAMED]}
    groups = ((gettext("without nonconforming results"), quiet), (gettext("with nonconforming results"), failing))
    chart = {
        "kind": "points",
        "x": {"label": gettext("Longitude"), "unit": "°"},
        "y": {"label": gettext("Latitude"), "unit": "°"},
        "digits": 3,
        "series": [
            {"name": name, "points": [dot(dataset, row, where[row["number"]], named) for row in group]}
            for name, group in groups
        ],
    }
    return {
        "bigs": [
            {
                "name": gettext("Sites with nonconforming results"),
                "value": words.number(len(failing)),
                "note": gettext("of %(n)s sites on the map") % {"n": words.number(len(placed))},
            },
            {"name": gettext("Sites without coordinates"), "value": words.number(len(rows) - len(placed))},
        ],
        "maps": [
            facts(dataset)
            | exports(dataset, "site")
            | {
                "heading": 2,
                "id": "sites",
                "title": gettext("Sites by whether any result was nonconforming"),
                "chart": chart,
                "size": "taller",
                "unit": gettext("sites"),
                "n": words.number(len(placed)),
                "table": site_table(dataset, failing),
                "describe": gettext("%(failing)s of %(all)s sites have nonconforming results.")
                % {"failing": len(failing), "all": len(placed)},
            }
        ],
        "legend": groups[1][0],
        "legend_quiet": groups[0][0],
        "unplaced": site_table(dataset, [row for row in rows if row["number"] not in where])
        if len(rows) > len(placed)
        else None,
    }


@lru_cache(maxsize=16)
def sites(dataset: str, key: str) -> tuple[dict[str, Any], ...]:
    """The sites of one turn, kept; `key` names the turn."""
    del key
    return tuple(shelf().rows(dataset, places.sites()))


def dot(dataset: str, row: Mapping[str, Any], where: tuple[float, float], named: set[str]) -> dict[str, Any]:
    """One site; those with most nonconforming results carry their name."""
    return {
        "x": where[0],
        "y": where[1],
        "name": row["site"],
        "url": series.one_url(dataset, "site", row["site"]),
        "marked": row["site"] in named,
    }


def site_table(dataset: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Sites with their counts."""
    columns = [
        {"label": gettext("Site")},
        {"label": gettext("Nonconforming"), "numeric": True},
        {"label": gettext("Judged"), "numeric": True},
    ]
    lines = [
        [
            {"text": row["site"], "url": series.one_url(dataset, "site", row["site"]), "main": True},
            {"text": words.number(row["nonconforming"])},
            {"text": words.number(row["judged"])},
        ]
        for row in rows
    ]
    return common.table(columns, lines, label=gettext("Site"), cards=False, tall=True)


def nowhere(dataset: str, known: Sequence[str]) -> dict[str, Any]:
    """No place is given: say so, and offer the origins."""
    if "origin" not in known:
        return {"no_place": True, "maps": []}
    rows = [
        row
        for row in profiles.ranked(profiles.cells(shelf(), dataset, dimension="origin"), sort="-nonconforming")
        if row["value"]
    ]
    figure = (
        facts(dataset)
        | exports(dataset, "origin")
        | series.compared(dataset, "origin", rows[:15], of=len(rows))
        | {
            "heading": 2,
            "table_url": common.url("by", dataset, "origin"),
            "how_url": common.figure_url(dataset, "rate"),
        }
    )
    return {"no_place": True, "maps": [figure]}
