"""The verification of a draw by anybody: here, if it is not too large, and at home."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.reports.browse import single
from zhiheng.reports.verified import checked, checksum
from zhiheng.selection.ceremony import Ceremony
from zhiheng.selection.inspection import Check, too_large
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.ceremony import wording
from zhiheng.web.pages.ceremony.downloads import VERIFIER, packable
from zhiheng.web.pages.ceremony.shown import crumbs, one
from zhiheng.web.pages.common import url


@access("public")
def verification(request: HttpRequest, name: str) -> HttpResponse:
    """Every file of a draw, computed again."""
    entry = one(name)
    published = checksum(single(common.given(request), "published"))
    large = too_large(entry)
    checks = [] if large else checked(entry, published)
    title = gettext("Verification")
    context = {
        "title": gettext("Verify: %(title)s") % {"title": entry.title},
        "question": gettext("Do list, plan and seed give this outcome, byte by byte?"),
        "active": "draws",
        "crumbs": crumbs(entry, last=title),
        "entry": entry,
        "stage": wording.STAGE[entry.stage],
        "draw_url": url("draw", name),
        "published": published,
        "is_large": large is not None,
        "large": {"n": words.number(large[1]), "most": words.number(large[2])} if large else None,
        "checks": [told(entry, check) for check in checks],
        "bad": [check.file for check in checks if check.holds is False],
        "is_open": any(check.holds is None for check in checks),
        "api_url": f"/api/draws/{name}/verification",
    }
    return render(request, "draw_verification.html", context | at_home(entry))


def told(entry: Ceremony, check: Check) -> dict[str, Any]:
    """A check for the page."""
    return {
        "file": check.file,
        "about": wording.CHECKED.get(check.file, ""),
        "state": {True: "holds", False: "fails", None: "open"}[check.holds],
        "what": check.what,
        "url": url("draw_file", entry.name, check.file)
        if any(file.name == check.file and file.is_public for file in entry.files())
        else "",
    }


def at_home(entry: Ceremony) -> dict[str, Any]:
    """The commands with which anybody may verify a draw without this site."""
    digest = entry.found.digest if entry.found else gettext("CHECKSUM")
    has_zip = bool(packable(entry))
    return {
        "zip_url": url("draw_packed", entry.name) if has_zip else "",
        "verifier_url": url("draw_verifier") if VERIFIER.exists() else "",
        "commands": "\n".join(
            [
                *([f"unzip {entry.name}.zip"] if has_zip else []),
                f"python -I verify_draw.py {entry.name} {digest}",
                f"zhiheng draw verify {entry.name} --published {digest}",
            ]
        ),
        "is_drand": bool(entry.found and entry.found.body["seed"]["kind"] == "drand"),
    }
