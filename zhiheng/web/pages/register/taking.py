"""The import: a file, its preview, and the confirmation that does exactly what was previewed."""

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from zhiheng.errors import UsageError
from zhiheng.register import masking
from zhiheng.register.acts import importing
from zhiheng.register.models import Account, Event, Organisation
from zhiheng.register.parties import imports, sheet
from zhiheng.register.parties.faults import Fault
from zhiheng.register.parties.sheet import LARGEST
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.register import shown

FORMS = (".csv", ".xlsx")


@require_http_methods(["GET", "POST"])
@access("inside")
def taking(request: HttpRequest) -> HttpResponse:
    """The form; a file that is sent leads to its preview."""
    if request.method == "POST":
        return redirect(common.url("organisation_previewed", previewed_of(request)))
    context = {
        "title": gettext("Import organisations"),
        "question": gettext("What would a file change, and is that right?"),
        "active": "register",
        "pages": shown.tabs("organisation_import"),
        "columns": [{"label": shown.FIELDS[name], "text": title} for name, title in sheet.columns().shown.items()],
    }
    return render(request, "organisation_import.html", context)


def previewed_of(request: HttpRequest) -> str:
    """The digest of the preview of the file that was sent."""
    sent = request.FILES.get("file")
    if sent is None:
        raise UsageError(gettext("No file was chosen: choose a .csv or .xlsx file."))
    form = Path(sent.name).suffix.casefold()
    if form not in FORMS or sent.size > LARGEST:
        raise UsageError(
            gettext("This is no .csv or .xlsx file, or it is too large: save the table as one of these, or divide it.")
        )
    with tempfile.TemporaryDirectory(prefix="zhiheng-") as folder:
        file = Path(folder) / f"sent{form}"
        with file.open("wb") as kept:
            for piece in sent.chunks():
                kept.write(piece)
        found, _ = imports.kept(
            settings.WORKSPACE,
            file,
            name=Path(sent.name).name[:100],
            on=shown.today(),
            add_likely="add_likely" in request.POST,
        )
    return found.digest


@require_http_methods(["GET", "POST"])
@access("inside")
def previewed(request: HttpRequest, key: str) -> HttpResponse:
    """The preview; confirming it does exactly what it says."""
    told = imports.read(settings.WORKSPACE, key)
    if request.method == "POST":
        importing.apply(settings.WORKSPACE, key, by=shown.account(request), at=timezone.now())
        return redirect(common.url("organisation_previewed", key))
    done, who = Event.objects.filter(kind="import", key=key).first(), shown.account(request)
    context = {
        "title": told["name"],
        "question": gettext("What would this file change?") if done is None else gettext("What did this file change?"),
        "active": "register",
        "crumbs": [*shown.crumbs(""), {"label": told["name"], "url": ""}][::2],
        "done": done,
        "key": key,
        "idle": not (told["counts"]["new"] or told["counts"]["changed"]),
        "bigs": [
            {"name": shown.OUTCOMES[name], "value": words.number(n), "urgent": name == "rejected" and n > 0}
            for name, n in told["counts"].items()
        ],
        "sections": [
            {"title": shown.OUTCOMES[name], "all": words.number(told["counts"][name]), "table": table(name, lines, who)}
            for name, lines in told["first"].items()
            if lines and name != "same"
        ],
    }
    return render(request, "organisation_preview.html", context)


def hiding(lines: list[dict[str, Any]], who: Account | None) -> dict[int, frozenset[str]]:
    """The personal fields that whoever asks reads masked, by the number of the organisation that a row would change."""
    there = Organisation.objects.in_bulk([line["target"] for line in lines if line["target"]])
    reader = masking.reader(who)
    return {
        number: masking.personal(one.credit_code or "")
        for number, one in there.items()
        if not reader.whole(number, one.region)
    }


def table(outcome: str, lines: list[dict[str, Any]], who: Account | None) -> dict[str, Any]:
    """The first rows of an outcome."""
    hidden = hiding(lines[:50], who) if outcome == "changed" else {}
    last = {"rejected": gettext("Why, and what to do"), "likely": gettext("Like"), "changed": gettext("Changes")}
    columns = [
        {"label": gettext("Row"), "numeric": True},
        {"label": gettext("Name"), "wide": True},
        {"label": gettext("Credit code")},
        {"label": last.get(outcome, gettext("Place")), "wide": True},
    ]
    rows = [
        [
            {"text": words.number(line["row"])},
            {"text": line["fields"].get("name", words.MISSING), "main": True},
            {"text": line["fields"].get("credit_code", words.MISSING)},
            {"text": remark(outcome, line, hidden.get(line["target"], frozenset()))},
        ]
        for line in lines[:50]
    ]
    return common.table(columns, rows, label=str(shown.OUTCOMES[outcome]))


def remark(outcome: str, line: dict[str, Any], hidden: frozenset[str]) -> str:
    """What is to be said of a row; `hidden` are the fields of the register that whoever reads this sees masked."""
    if outcome == "rejected":
        faults = [Fault(*fault) for fault in line["faults"]]
        return gettext("; ").join(f"{shown.FIELDS.get(one.field, one.field)} {shown.wrong(one)}" for one in faults)
    if outcome == "likely":
        return gettext("; ").join(
            f"{number if number > 0 else gettext('row %(row)s of the file') % {'row': -number}} "
            f"({float(score):.2f}: {gettext(', ').join(str(shown.WHY[why]) for why in whys)})"
            for number, score, whys in line["likely"]
        )
    if outcome == "changed":
        return gettext("; ").join(
            f"{shown.FIELDS[name]}: "
            + " → ".join(shown.said(name, masking.field(name, value, hidden)) for value in pair)
            for name, pair in line["changes"].items()
        )
    return shown.place(line["fields"].get("region", ""))


@access("inside")
def rejected(request: HttpRequest, key: str, name: str) -> HttpResponse:  # noqa: ARG001
    """The rejected or held rows as a file."""
    imports.read(settings.WORKSPACE, key)
    if name not in ("rejected", "held"):
        raise UsageError("there are the files rejected.csv and held.csv")
    path = imports.folder(settings.WORKSPACE) / key / f"{name}.csv"
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{name}.csv")
