"""The notices themselves: what every figure of a signal opens to; and what each source gave."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng import rules
from zhiheng.reports.browse import Listing, View, view
from zhiheng.surveillance import NOTICES
from zhiheng.surveillance import notices as feeds
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.watch import shown
from zhiheng.web.shell import language

LISTING = Listing(
    NOTICES,
    facets=("source", "seriousness"),
    searched=("product", "hazard", "origin"),
    order=("-day", "notice", "item"),
    key="notice",
    dated="day",
    filters=frozenset({"product_code", "hazard_code", "origin"}),
)


@access("public")
def notices(request: HttpRequest) -> HttpResponse:
    """Every notice that was taken in, with our codes."""
    asked = view(LISTING, common.given(request))
    kept = feeds.Kept(shown.workspace())
    every = held(kept, kept.version())
    found = [line for line in every if fits(line, asked)]
    first = (asked.page - 1) * asked.size
    return render(
        request,
        "watch_notices.html",
        {
            "title": gettext("Notices"),
            "question": gettext("What do others report, in our codes?"),
            "active": "signals",
            "pages": shown.tabs("watch_notices"),
            "sources": sources(kept, every),
            "asked": asked,
            "kept": common.address(asked, search="", page=1),
            "table": table(found[first : first + asked.size]),
            "paging": common.paging(asked, len(found), path=request.path),
            "none": not found,
            "total": words.number(len(found)),
            **common.chips(LISTING, asked, path=request.path),
        },
    )


@lru_cache(maxsize=2)
def held(kept: feeds.Kept, version: str) -> tuple[dict[str, Any], ...]:
    """The notices of one version, the latest first."""
    del version
    return tuple(reversed(kept.lines()))


def fits(line: Mapping[str, Any], asked: View) -> bool:
    """Whether a notice is among those asked for."""
    return (
        all(str(line[name]) in values for name, values in asked.filters)
        and (
            not asked.search or any(asked.search.casefold() in str(line[name]).casefold() for name in LISTING.searched)
        )
        and (asked.since is None or line["day"] >= asked.since)
        and (asked.until is None or line["day"] <= asked.until)
    )


def sources(kept: feeds.Kept, every: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What each source gave; rows are notices, rejects and duplicates together."""
    columns = [
        {"label": gettext("Source"), "wide": True},
        *({"label": label, "numeric": True} for label in (gettext("Rows"), gettext("Notices"), gettext("Rejected"))),
        *({"label": label, "numeric": True} for label in (gettext("Duplicates"), gettext("No category of ours"))),
        {"label": gettext("No hazard of ours"), "numeric": True},
    ]
    lines = []
    for one in kept.sources():
        name = one["feed"]["name"]
        own = [line for line in every if line["source"] == name]
        counts = [sum(part[key] for part in one["parts"]) for key in ("received", "notices", "rejects", "duplicates")]
        counts += [sum(not line[f"{what}_code"] for line in own) for what in ("product", "hazard")]
        lines.append(
            [
                {
                    "text": words.both(one["feed"]["title"]),
                    "main": True,
                    "note": one["feed"]["origin"].get("licence", ""),
                }
                | {"url": common.url("watch_notices", query=[("source", name)])},
                *({"text": words.number(count)} for count in counts),
            ]
        )
    return common.table(columns, lines, label=gettext("Sources"))


def table(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Notices as lines."""
    columns = [
        {"label": gettext("Published"), "nowrap": True},
        {"label": gettext("Notice"), "wide": True},
        {"label": gettext("Hazard")},
        {"label": gettext("Our category")},
        {"label": gettext("Origin")},
        {"label": gettext("Seriousness")},
    ]
    found = [
        [
            {"text": words.day(line["day"])},
            {"text": line["product"][:160] or words.MISSING, "main": True}
            | ({"url": line["url"]} if str(line["url"]).startswith(("http://", "https://")) else {})
            | {"note": f"{line['source']} · {gettext('row %(row)s') % {'row': line['row']}}"},
            hazard(line),
            {"text": line["product_code"].split(rules.STEP)[-1] or words.MISSING}
            | ({} if line["product_code"] else {"note": line["category"]}),
            {"text": line["origin"] or words.MISSING},
            {"text": str(shown.SERIOUSNESS[line["seriousness"]])},
        ]
        for line in lines
    ]
    return common.table(columns, found, label=gettext("Notices"))


def hazard(line: Mapping[str, Any]) -> dict[str, Any]:
    """The hazard in our words; without a code as it was printed."""
    if not line["hazard_code"]:
        return {"text": words.MISSING, "note": gettext("no hazard of ours")}
    name = rules.hazards().name(line["hazard_code"], rules.analytes(), language())
    return {"text": name, "url": common.url("watch_notices", query=[("hazard_code", line["hazard_code"])])}
