"""One region, and one category: the same questions asked of a part of the nation."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.errors import NothingThereYet
from zhiheng.reports.nation import Nation, figures
from zhiheng.reports.nation.figures import Row, Rows
from zhiheng.reports.nation.places import level, regions
from zhiheng.rules import STEP
from zhiheng.web.access import access
from zhiheng.web.pages import words
from zhiheng.web.pages.nation import parts
from zhiheng.web.pages.nation.address import (
    category_crumbs,
    category_url,
    opened,
    province_code,
    province_name,
    region_crumbs,
    region_name,
    region_url,
    rows_url,
    told,
)
from zhiheng.web.pages.nation.overview import TOP_CATEGORIES, TOP_ITEMS

CODE = re.compile(r"[1-9][0-9]{5}")


@access("public")
def region(request: HttpRequest, dataset: str, code: str) -> HttpResponse:
    """One province, city or county."""
    nation = opened(request, dataset)
    where = region_where(code)
    if not CODE.fullmatch(code) or not figures.arms(nation, **where)["all"]["batches"]:
        raise NothingThereYet(
            gettext("No batch was sampled in a region with the code “%(code)s”; the overview lists the regions.")
            % {"code": code[:12]}
        )
    # cells of test items are kept by province and not below
    items = [parts.items_section(nation, TOP_ITEMS, **where)] if level(code) == "province" else []
    below = [regions_below(nation, code)] if level(code) != "county" else []
    return render(
        request,
        "nation.html",
        {
            "title": region_name(code),
            "question": gettext("What was sampled here, what failed, and since when?"),
            "crumbs": region_crumbs(nation, code),
            "bigs": parts.bigs(nation, **where),
            "figures": parts.courses(nation, **where),
            "sections": [*below, categories(nation, where), parts.channels(nation, **where), *items],
            "rows_url": rows_url(nation, **where),
            **told(nation),
        },
    )


def region_where(code: str) -> dict[str, Any]:
    """A province is asked for by its name, so that batches without a county count too; what lies in it by its code."""
    return {"province": province_name(code)} if level(code) == "province" else {"region": code}


def regions_below(nation: Nation, code: str) -> dict[str, Any]:
    """The cities of a province, or the counties of a city; what names no county is one line."""
    found: dict[tuple[str, str | None], list[Row]] = {}
    for row in figures.sums(nation, ("region", "arm"), **region_where(code)):
        place = regions().under(row["region"], code) if row["region"] else ""
        found.setdefault((place, row["arm"]), []).append(row)
    added = [figures.merged(held) | {"region": place, "arm": arm} for (place, arm), held in found.items()]
    rows = figures.together(figures.rated(added), "region")

    def named(value: str) -> tuple[str, str]:
        return (region_name(value), region_url(nation, value)) if value else (gettext("not stated"), "")

    head = gettext("City") if level(code) == "province" else gettext("County")
    table = parts.by_arm(nation, rows, "region", head=head, named=named, where=only_province(code))
    return parts.section(gettext("By region"), table, nation, "region", **region_where(code))


def only_province(code: str) -> dict[str, Any]:
    """What narrows the rows of a region that was not stated: its province."""
    return {"province": province_name(code)} if level(code) == "province" else {}


def categories(nation: Nation, where: dict[str, Any]) -> dict[str, Any]:
    """The categories of a region."""
    rows = figures.by_arm(nation, "category", **where)

    def named(value: str | None) -> tuple[str, str]:
        return (words.category(value), category_url(nation, value)) if value else (gettext("not stated"), "")

    table = parts.by_arm(nation, rows[:TOP_CATEGORIES], "category", head=gettext("Category"), named=named, where=where)
    left = len(rows) - TOP_CATEGORIES
    note = gettext("%(n)s more categories are in the files.") % {"n": left} if left > 0 else ""
    return parts.section(gettext("By category"), table, nation, "category", note=note, **where)


@access("public")
def category(request: HttpRequest, dataset: str, path: str) -> HttpResponse:
    """One category, or a product type in it."""
    nation = opened(request, dataset)
    is_top = STEP not in path
    where = {"category": path} if is_top else {"product_type": path}
    if not figures.arms(nation, **where)["all"]["batches"]:
        raise NothingThereYet(
            gettext("No batch was sampled in a category “%(path)s”; the overview lists the categories.")
            % {"path": path[:80]}
        )
    below = [types(nation, path)] if figures.kinds_below(nation, path) else []
    return render(
        request,
        "nation.html",
        {
            "title": words.category(path).split(STEP)[-1],
            "question": gettext("What was sampled of this, what failed, and since when?"),
            "crumbs": category_crumbs(nation, path),
            "bigs": parts.bigs(nation, **where),
            "figures": parts.courses(nation, "week" if is_top else "period", **where),
            "sections": [
                *below,
                parts.items_section(nation, TOP_ITEMS, product_type=path),
                by_province(nation, where),
                *([parts.channels(nation, **where)] if is_top else []),
            ],
            "rows_url": rows_url(nation, **where),
            **told(nation),
        },
    )


def by_province(nation: Nation, where: dict[str, Any]) -> dict[str, Any]:
    """The provinces of a category."""

    def named(value: str | None) -> tuple[str, str]:
        code = province_code(value)
        return words.said("province", value), region_url(nation, code) if code else ""

    rows: Rows = figures.by_arm(nation, "province", **where)
    table = parts.by_arm(nation, rows, "province", head=gettext("Province"), named=named, where=where)
    return parts.section(gettext("By province"), table, nation, "province", **where)


def types(nation: Nation, path: str) -> dict[str, Any]:
    """The product types of a category."""
    rows = figures.by_arm(nation, "product_type", product_type=path)

    def named(value: str) -> tuple[str, str]:
        return words.category(value).removeprefix(words.category(path) + STEP), category_url(nation, value)

    below = [row for row in rows if row["value"] != path]
    table = parts.by_arm(nation, below, "product_type", head=gettext("Product type"), named=named, where={})
    return parts.section(gettext("By product type"), table, nation, "product_type", product_type=path)
