"""The list of draws."""

import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.selection.ceremony import Ceremony, ceremonies, opened
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.ceremony import wording
from zhiheng.web.pages.common import url


@access("public")
def draws(request: HttpRequest) -> HttpResponse:
    """Every committed draw of the workspace."""
    found = ceremonies(settings.WORKSPACE, now=time.time())
    context = {
        "title": gettext("Draws"),
        "question": gettext("Which draws were made or announced, and can anybody compute them again?"),
        "active": "draws",
        "table": listed(found),
        "none": not found,
        "api_url": "/api/draws",
    }
    return render(request, "draws.html", context)


def listed(found: list[Ceremony]) -> dict[str, Any]:
    """One line a draw."""
    columns = [
        {"label": gettext("Draw"), "wide": True},
        {"label": gettext("Stage")},
        {"label": gettext("Committed"), "nowrap": True},
        {"label": gettext("Seed known from"), "nowrap": True},
        {"label": gettext("Targets"), "numeric": True},
        {"label": gettext("To draw"), "numeric": True},
    ]
    return common.table(columns, [line(entry) for entry in found], label=gettext("Draws"))


def line(entry: Ceremony) -> list[dict[str, Any]]:
    """A draw in the list."""
    body = entry.found.body if entry.found else {}
    return [
        {"text": entry.title, "url": url("draw", entry.name), "main": True, "note": entry.name},
        {"text": wording.STAGE[entry.stage]},
        {"text": wording.moment(committed(entry)) if body else words.MISSING},
        {"text": words.MISSING if entry.moment is None else wording.moment(entry.moment)},
        {"text": words.number(body.get("units"))},
        {"text": words.number(sum(entry.found.n) if entry.found else None)},
    ]


def committed(entry: Ceremony) -> float:
    """When a draw was committed, as its manifest says, in seconds since 1970."""
    assert entry.found is not None
    return datetime.fromisoformat(str(entry.found.body["committed"])).timestamp()


def one(name: str) -> Ceremony:
    """A draw as it stands now."""
    return opened(settings.WORKSPACE, name, now=time.time())


def crumbs(entry: Ceremony, *, last: str = "") -> list[dict[str, str]]:
    """Where a page of a draw stands."""
    found = [{"label": gettext("Draws"), "url": url("draws")}, {"label": entry.title, "url": url("draw", entry.name)}]
    if last:
        return [*found, {"label": last}]
    return [found[0], {"label": entry.title}]
