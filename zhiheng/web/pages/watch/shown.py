"""What the pages of signals share: the workspace, tabs between them, words of codes."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiheng.evidence.snapshot import Workspace
from zhiheng.web.pages import common

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
PAGES = (
    ("watch", _("Inbox")),
    ("watch_notices", _("Notices")),
    ("watch_evaluation", _("Evaluation")),
    ("watch_risk", _("Product risk")),
    ("signals", _("Series of results")),
    ("process", _("Control chart")),
)


def workspace() -> Workspace:
    """The workspace of the site."""
    return Workspace(settings.WORKSPACE)


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
