"""Where results come from: places named in a region's text, and sites with coordinates. Nothing is guessed."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from zhiheng import surveillance
from zhiheng.decision import FINDINGS
from zhiheng.surveillance.rates import counted

COUNTRY = "中国"
SUFFIXES = ("壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区", "省", "市")
COUNTS = ("results", "judged", "conforming", "nonconforming", "inconclusive", "not_judged")


@dataclass(frozen=True)
class Gazetteer:
    """Provinces and cities by code of GB/T 2260, with the names that stand on the map."""

    provinces: Mapping[str, str]
    cities: Mapping[str, str]


@dataclass
class Placed:
    """Counts by city, counts by province for places outside the city maps, and the texts that could not be placed."""

    cities: dict[str, dict[str, int]] = field(default_factory=dict)
    elsewhere: dict[str, dict[str, int]] = field(default_factory=dict)
    unplaced: list[dict[str, Any]] = field(default_factory=list)


def short(name: str) -> str:
    """A province's or city's name without its rank.

    >>> short("广西壮族自治区"), short("聊城市")
    ('广西', '聊城')
    """
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


def place(text: str, gazetteer: Gazetteer) -> str | None:
    """The code of the city, or else of the province, that a region's text begins with.

    A city counts when its full name begins the text, or when it follows its own province. A county alone is not placed.

    >>> known = Gazetteer({"370000": "山东省"}, {"371500": "聊城市"})
    >>> place("山东省聊城市莘县", known), place("聊城市莘县", known), place("山东莘县", known), place("莘县", known)
    ('371500', '371500', '370000', None)
    """
    text = text.strip().removeprefix(COUNTRY)
    for code, name in gazetteer.cities.items():
        if text.startswith(name):
            return code
    for code, name in gazetteer.provinces.items():
        stem = name if text.startswith(name) else short(name)
        if text.startswith(stem):
            return city(text.removeprefix(stem), code, gazetteer) or code
    return None


def city(text: str, province: str, gazetteer: Gazetteer) -> str | None:
    """The city of a province that the rest of a text begins with."""
    inside = {code: name for code, name in gazetteer.cities.items() if code[:2] == province[:2]}
    return next((code for code, name in inside.items() if text.startswith((name, short(name)))), None)


def placed(rows: Iterable[Mapping[str, Any]], gazetteer: Gazetteer) -> Placed:
    """Counts of regions put together by place."""
    found = Placed()
    for row in rows:
        code = place(row["value"], gazetteer)
        if code is None:
            found.unplaced.append(dict(row))
        elif code in gazetteer.cities:
            add(found.cities.setdefault(code, dict.fromkeys(COUNTS, 0)), row)
        else:
            add(found.elsewhere.setdefault(code, dict.fromkeys(COUNTS, 0)), row)
    found.unplaced.sort(key=lambda row: (-row["results"], row["value"]))
    return found


def add(target: dict[str, int], row: Mapping[str, Any]) -> None:
    """Add one row's counts."""
    for name in COUNTS:
        target[name] += int(row[name])


def by_province(rows: Iterable[Mapping[str, Any]], gazetteer: Gazetteer) -> dict[str, dict[str, Any]]:
    """Counts of provinces by code; a province's short or full name is understood."""
    codes = {short(name): code for code, name in gazetteer.provinces.items()}
    return {codes[short(row["value"])]: dict(row) for row in rows if short(row["value"]) in codes}


def sites(*, force: str = "legal") -> ir.Table:
    """Counts by verdict of every site with its number in the source."""
    chosen = counted(FINDINGS.unbound(), force=force)
    named = chosen.filter(chosen.site.notnull()).mutate(number=chosen.reference.fill_null(""))
    return named.group_by(["site", "number"]).agg(**surveillance.verdict_counts(named)).order_by("site", "number")


def coordinates(path: Path) -> dict[str, tuple[float, float]]:
    """Longitude and latitude by the number of a site; no file, no places."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["longitude"] and row["latitude"]]
    return {row["site_no"]: (float(row["longitude"]), float(row["latitude"])) for row in rows}
