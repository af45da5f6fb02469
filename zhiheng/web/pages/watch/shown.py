"""What the pages of signals share: the workspace, tabs between them, words of codes."""

import re
from typing import Any

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiheng.evidence.snapshot import Workspace
from zhiheng.surveillance import notices as feeds
from zhiheng.web.pages import common, words
from zhiheng.web.shell import nations

STATES = {"new": _("new signal"), "watched": _("watched"), "acted": _("acted on"), "dismissed": _("dismissed")}
ACTS = {"triage": _("triage"), "hand": _("handed over"), "acknowledge": _("acknowledged"), "return": _("returned")}
GROUNDS = {
    "trend": _("above its past"),
    "pair": _("reported together above chance"),
    "single": _("first serious notice"),
    "results": _("our own results"),
}
SERIOUSNESS = {
    "serious": _("serious"),
    "potentially_serious": _("potentially serious"),
    "not_serious": _("not serious"),
    "unknown": _("not said"),
}
REASONS = {
    0: _("judged"),
    1: _("judged, but no case in the baseline: the bound rests on zeros alone"),
    2: _("judged, but the bound is above the number judged: no count could exceed it"),
    10: _("not raised: too few cases in the latest weeks for an alarm to mean anything"),
    11: _("not judged: the series does not reach back as far as its baseline"),
    12: _("not judged: the series has not begun"),
    13: _("not judged: no item was judged in that week"),
    14: _("not judged: more nonconforming than judged, which cannot be"),
    15: _("not judged: weeks of the baseline are missing"),
    16: _("not judged: no model fits the baseline"),
    19: _("not judged yet: too little of that week's results is in"),
}
PAGES = (
    ("watch", _("Inbox")),
    ("watch_notices", _("Notices")),
    ("watch_evaluation", _("Evaluation")),
    ("watch_risk", _("Product risk")),
    ("signals", _("Series of results")),
    ("process", _("Control chart")),
)


def titles() -> dict[str, str]:
    """What the sources of signals are called, by name: the feeds of notices and the data sets of our own."""
    own = {name: common.title(name) for name in common.in_order()}
    own |= {name: words.both(nations().card(name)["title"]) for name in nations().datasets()}
    return own | {one["feed"]["name"]: words.both(one["feed"]["title"]) for one in feeds.Kept(workspace()).sources()}


def brief(title: str) -> str:
    """What stands in brackets at the end of a title, or the title.

    >>> brief("EU rapid alert system (RASFF)"), brief("欧盟快速预警（RASFF）"), brief("Well water")
    ('RASFF', 'RASFF', 'Well water')
    """
    found = re.search(r"[(（]([A-Z ]+)[)）]$", title)
    return found[1] if found else title


def workspace() -> Workspace:
    """The workspace of the site."""
    return Workspace(settings.WORKSPACE)


def rows_url(address: str) -> str:
    """The rows behind a signal of our own results: failing results of its series in its week."""
    if "\t" not in address:  # a series of a small data set has a page of its own: data set/signal
        return common.url("signal", *address.split("/", 1))
    kind, dataset, since, until, *parts = address.split("\t")
    query = [tuple(part.split("=", 1)) for part in parts]
    query += [("verdict", "nonconforming"), ("since", since), ("until", until)]
    return common.url("lake_rows" if kind == "lake" else "dataset_results", dataset, query=query)


def tabs(here: str) -> list[dict[str, Any]]:
    """The pages of signals; the inbox only where the staff looks."""
    return [
        {"label": label, "url": common.url(name), "here": name == here}
        for name, label in PAGES
        if not (name == "watch" and settings.OPENED)
    ]


def crumbs(*more: str) -> list[dict[str, str]]:
    """The way from the inbox."""
    return [{"label": gettext("Signals"), "url": common.url("watch")}, *({"label": label} for label in more)]
