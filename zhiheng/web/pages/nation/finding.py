"""What a search finds in the lakes: a batch or firm by its exact number, regions and categories by name or code."""

import re
from typing import Any

from django.utils.translation import gettext

from zhiheng.errors import NothingThereYet
from zhiheng.reports.finder import MOST
from zhiheng.reports.nation import Nation, figures
from zhiheng.reports.nation import batch as batches
from zhiheng.reports.nation import firm as firms
from zhiheng.reports.nation.places import regions
from zhiheng.web.pages import words
from zhiheng.web.pages.nation.address import category_url, province_name, region_name, region_url, title, to
from zhiheng.web.pages.nation.places import region_where
from zhiheng.web.shell import nations

# a number worth looking up: it has a digit and is no word of a name
NUMBER = re.compile(r"(?=.*\d)[0-9A-Za-z._/-]{6,64}")


def judged() -> list[Nation]:
    """The lakes that have figures."""
    return [nations().open(name) for name in nations().datasets() if nations().is_judged(name)]


def exactly(wanted: str) -> str:
    """The page of the one batch, firm or region that has this number; nothing when there is none."""
    if not NUMBER.fullmatch(wanted):
        return ""
    for nation in judged():
        if wanted in regions().names and has_region(nation, wanted):
            return region_url(nation, wanted)
        if batches.reports_of(nation, wanted):
            return to(nation, "batch", wanted)
        try:
            return to(nation, "firm", firms.firm(nation, wanted, most=1).number)
        except NothingThereYet:
            continue
    return ""


def has_region(nation: Nation, code: str) -> bool:
    """Whether a batch was sampled in a region."""
    return bool(figures.arms(nation, **region_where(code))["all"]["batches"])


def found(wanted: str) -> list[dict[str, Any]]:
    """Regions and categories whose name contains a text, in every lake."""
    return [group(nation, wanted, *kind(nation)) for nation in judged() for kind in (places, kinds)]


def places(nation: Nation) -> tuple[str, list[tuple[str, str, str]]]:
    """Every region of a lake: what it is searched by, what it is called, its page."""
    codes: dict[str, None] = {}
    for row in figures.by_arm(nation, "region"):
        code = row["value"] or ""
        while code and code not in codes:
            codes[code] = None
            code = regions().parent(code)
    return gettext("Regions of sampling"), [
        (
            f"{regions().name(code)} {province_name(code)} {region_name(code)} {code}",
            region_name(code),
            region_url(nation, code),
        )
        for code in sorted(codes)
    ]


def kinds(nation: Nation) -> tuple[str, list[tuple[str, str, str]]]:
    """Every category and product type of a lake: what it is searched by, what it is called, its page."""
    rows = (*figures.by_arm(nation, "category"), *figures.by_arm(nation, "product_type"))
    paths = dict.fromkeys(row["value"] for row in rows if row["value"])
    return gettext("Categories and product types"), [
        (f"{path} {words.category(path)}", words.category(path), category_url(nation, path)) for path in paths
    ]


def group(nation: Nation, wanted: str, head: str, known: list[tuple[str, str, str]]) -> dict[str, Any]:
    """What of a lake has a text in its name."""
    hits = [(name, link) for searched, name, link in known if wanted.casefold() in searched.casefold()]
    return {
        "title": head,
        "of": title(nation),
        "n": len(hits),
        "links": [{"url": link, "text": name} for name, link in hits[:MOST]],
        "more_url": "",
    }
