"""Addresses between the pages of a lake, its way back, and what every page of it says of itself."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext

from zhiheng.reports.atlas import short
from zhiheng.reports.browse import a_day, single
from zhiheng.reports.nation import Nation
from zhiheng.reports.nation.places import regions
from zhiheng.rules import STEP
from zhiheng.web.pages import common, words
from zhiheng.web.pages.places import gazetteer
from zhiheng.web.shell import nations

Crumbs = list[dict[str, str]]


def opened(request: HttpRequest, dataset: str) -> Nation:
    """The lake that a page is about, as it is known now or as it was known on the day asked for."""
    return nations().open(dataset, a_day(single(common.given(request), "as_known"), "as_known"))


def to(nation: Nation, name: str, *parts: str, query: Iterable[tuple[str, Any]] = ()) -> str:
    """A page of a lake; a day on which figures were known goes along."""
    known = [("as_known", nation.known.isoformat())] if nation.known else []
    return common.url(f"lake_{name}", nation.dataset, *parts, query=[*query, *known])


def rows_url(nation: Nation, **where: Any) -> str:
    """The rows that a figure counts; a value that was not stated is asked for by an empty text."""
    return to(nation, "rows", query=[(name, "" if value is None else value) for name, value in where.items()])


def table_urls(nation: Nation, table: str, **where: Any) -> dict[str, str]:
    """The files of a table of a page, and the cells behind it from the API."""
    query = [(name, "" if value is None else value) for name, value in where.items()]
    return {f"{form}_url": to(nation, "table", table, form, query=query) for form in ("csv", "xlsx", "parquet")}


@lru_cache(maxsize=1000)
def province_code(name: str | None) -> str:
    """The code of a province by its name, nothing for a name that no map knows."""
    wanted = short(name or "")
    return next((code for code, held in gazetteer().provinces.items() if wanted and short(held) == wanted), "")


def province_name(code: str) -> str:
    """The name of a province by its code."""
    return regions().names.get(code) or gazetteer().provinces.get(code, code)


def region_name(code: str) -> str:
    """The name of a region alone, in the language of the page where it has one."""
    if words.language() == "en" and code in regions().english:
        return regions().said(code, "en")
    return province_name(code) if code.endswith("0000") else regions().name(code)


def province_said(name: str) -> str:
    """The name of a province in the language of the page."""
    code = province_code(name)
    return region_name(code) if code else name


words.NAMED["province"] = province_said


def region_url(nation: Nation, code: str) -> str:
    """The page of a region."""
    return to(nation, "region", code)


def category_url(nation: Nation, path: str) -> str:
    """The page of a category or product type."""
    return to(nation, "category", path)


def title(nation: Nation) -> str:
    """The title of a lake's data set."""
    return words.both(nation.card["title"])


def crumbs(nation: Nation, *more: tuple[str, str]) -> Crumbs:
    """The way back from a page of a lake; the last step has no address."""
    steps = [(gettext("Lakes"), common.url("lakes")), (title(nation), to(nation, "overview")), *more]
    return [{"label": label, "url": url} for label, url in steps[:-1]] + [{"label": steps[-1][0]}]


def region_crumbs(nation: Nation, code: str) -> Crumbs:
    """The way back from a region: the regions in which it lies."""
    above: list[str] = []
    while parent := regions().parent(above[-1] if above else code):
        above.append(parent)
    steps = [(region_name(one), region_url(nation, one)) for one in reversed(above)]
    return crumbs(nation, *steps, (region_name(code), ""))


def category_crumbs(nation: Nation, path: str) -> Crumbs:
    """The way back from a category: the categories in which it lies."""
    steps = path.split(STEP)
    above = [STEP.join(steps[: at + 1]) for at in range(len(steps) - 1)]
    return crumbs(
        nation,
        *((words.category(one).split(STEP)[-1], category_url(nation, one)) for one in above),
        (words.category(path).split(STEP)[-1], ""),
    )


def told(nation: Nation) -> dict[str, Any]:
    """What every page of a lake has: its name, and what it was made from."""
    banner = {
        "kind": "quiet",
        "title": gettext("As known on %(day)s") % {"day": words.spoken(nation.known)},
        "text": gettext("Whatever was reported or judged later is not in these figures."),
    }
    return {
        "active": "lake",
        "dataset": nation.dataset,
        "made_from": source(nation),
        "banner": banner if nation.known else None,
    }


def source(nation: Nation) -> str:
    """The line below a figure."""
    return gettext("%(title)s · judged %(day)s · made from %(key)s") % {
        "title": title(nation),
        "day": str(nation.about.get("judged_on", ""))[:10],
        "key": nation.made_from,
    }


def sentence(parts: Sequence[str]) -> str:
    """Several names in one line."""
    return gettext(", ").join(parts)


def value(where: Mapping[str, Any], name: str) -> str:
    """A filter's value in words."""
    held = where[name]
    if held in ("", None):
        return gettext("not stated")
    return region_name(str(held)) if name == "region" else words.said(name, held)
