"""Many at once: a file of results looked through before it is entered, and drafts released together."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from zhiheng.errors import ZhihengError
from zhiheng.register import uploads
from zhiheng.register.acts import batches
from zhiheng.register.results import entry, sheet
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.laboratory import shown

MOST_SHOWN = 300


@access("laboratory")
def file(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is looked through at once and nothing is entered."""
    context: dict[str, Any] = {
        "title": gettext("Results from a file"),
        "question": gettext("Which results of many samples should be entered together?"),
        "active": "laboratory",
        "crumbs": crumbs(gettext("Results from a file")),
        "columns": [
            {"name": name, "label": shown.COLUMNS[name], "needed": name in sheet.NEEDED} for name in sheet.READ
        ],
    }
    if request.method != "POST":
        return render(request, "laboratory_file.html", context)
    sent = request.FILES.get("file")
    if sent is None:
        return render(request, "laboratory_file.html", context | {"wrong": gettext("Choose a file first.")}, status=422)
    try:
        content, checked = uploads.read(sent, allowed=sheet.KINDS)
        found = sheet.looked(request.user, content, checked.name)
    except ZhihengError as error:
        return render(request, "laboratory_file.html", context | {"wrong": str(error)}, status=422)
    return redirect("laboratory_preview", found.token)


def crumbs(label: str) -> list[dict[str, str]]:
    """The way to these pages."""
    return [{"label": gettext("Laboratory"), "url": common.url("laboratory")}, {"label": label}]


@access("laboratory")
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """What would be entered, and what not, why; then exactly that."""
    found, wrong = sheet.opened(request.user, token), ""
    if request.method == "POST":
        try:
            found = batches.apply(by=request.user, token=token, at=timezone.now())
        except ZhihengError as error:
            wrong = str(error)
        else:
            messages.success(
                request,
                gettext("%(n)s drafts were saved. A second person of your laboratory releases them.")
                % {"n": len(found.done)},
            )
            return redirect("laboratory_preview", token)
    stops = [one for one in found.rejects if one.stops]
    context = {
        "title": found.name,
        "question": gettext("What would be entered?") if not found.done else gettext("What was entered?"),
        "active": "laboratory",
        "crumbs": crumbs(found.name),
        "found": found,
        "wrong": wrong,
        "bigs": [
            {"name": gettext("Samples"), "value": words.number(len(found.entries))},
            {"name": gettext("Results"), "value": words.number(sum(len(one.lines) for one in found.entries))},
            {
                "name": gettext("Nonconforming"),
                "value": words.number(sum(one.verdict == "nonconforming" for one in found.entries)),
            },
            {"name": gettext("Cells to correct"), "value": words.number(len(stops)), "urgent": bool(stops)},
        ],
        "entries": entries(found),
        "rejects": rejects(found) if found.rejects else None,
        "cut": max(len(found.entries), len(found.rejects)) > MOST_SHOWN,
    }
    return render(request, "laboratory_preview.html", context, status=422 if wrong else 200)


def entries(found: sheet.Preview) -> dict[str, Any] | None:
    """The samples of the file, the nonconforming first."""
    columns = [
        {"label": gettext("Sample number"), "nowrap": True},
        {"label": gettext("Product"), "wide": True},
        {"label": gettext("Results"), "numeric": True},
        {"label": gettext("Verdict"), "nowrap": True},
        {"label": gettext("What decides"), "wide": True},
    ]
    rank = {"nonconforming": 0, "inconclusive": 1, "not_judged": 2}
    rows = []
    for one in sorted(found.entries, key=lambda each: rank.get(each.verdict, 3))[:MOST_SHOWN]:
        number = found.done.get(one.sample)
        decides = [
            f"{shown.item(line['analyte'])} {line['value']} {line['unit']} ({words.limit(told['operator'] or None, told['rule_text'] or None)})"
            for line, told in zip(one.lines, one.found, strict=True)
            if told["verdict"] == "nonconforming"
        ]
        rows.append(
            [
                {
                    "text": one.sample,
                    "main": True,
                    "url": common.url("laboratory_report", number)
                    if number
                    else common.url("laboratory_sample", one.sample),
                },
                {"text": one.product},
                {"text": words.number(len(one.lines))},
                {"verdict": one.verdict},
                {"text": gettext("; ").join(decides) or words.MISSING},
            ]
        )
    return common.table(columns, rows, label=gettext("What would be entered")) if rows else None


def rejects(found: sheet.Preview) -> dict[str, Any]:
    """Row, column, why, what next."""
    columns = [
        {"label": gettext("Row"), "numeric": True},
        {"label": gettext("Column"), "nowrap": True},
        {"label": gettext("As in the file")},
        {"label": gettext("Sample number"), "nowrap": True},
        {"label": gettext("What is wrong"), "wide": True},
    ]
    rows = []
    for one in found.rejects[:MOST_SHOWN]:
        what, following = entry.Wrong(0, one.column, one.key).told(shown.language())
        tag = {} if one.stops else {"tag": gettext("remark")}
        rows.append(
            [
                {"text": words.number(one.row), "main": True},
                {"text": one.header},
                {"text": one.text or words.MISSING},
                {"text": one.sample or words.MISSING},
                {"text": what, "note": following} | tag,
            ]
        )
    return common.table(columns, rows, label=gettext("What is wrong"))


@access("laboratory")
@require_POST
def release(request: HttpRequest) -> HttpResponse:
    """Release the drafts that were ticked, each by itself; the answer says what became of each."""
    numbers = request.POST.getlist("report")
    if not numbers or request.POST.get("sure") != "yes":
        messages.error(request, gettext("Tick the drafts, and confirm that you have compared them with the records."))
        return redirect(common.url("laboratory", query=[("stage", "to_release")]))
    done = batches.release_all(by=request.user, numbers=numbers, at=timezone.now())
    context = {
        "title": gettext("Released together"),
        "question": gettext("%(n)s of %(all)s reports are released.")
        % {"n": sum(one.report is not None for one in done), "all": len(done)},
        "active": "laboratory",
        "crumbs": crumbs(gettext("Released together")),
        "table": common.table(
            [
                {"label": gettext("Report"), "nowrap": True},
                {"label": gettext("Conclusion"), "nowrap": True},
                {"label": gettext("Why not"), "wide": True},
            ],
            [
                [
                    {"text": one.number, "url": common.url("laboratory_report", one.number), "main": True},
                    {"verdict": one.report.conclusion} if one.report else {"text": gettext("not released")},
                    {"text": one.why or words.MISSING},
                ]
                for one in done
            ],
            label=gettext("Released together"),
        ),
    }
    return render(request, "laboratory_released.html", context)
