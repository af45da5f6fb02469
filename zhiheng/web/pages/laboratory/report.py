"""One report with all its versions, its findings, and its release by a second person."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from zhiheng.errors import ActRefused, NothingThereYet
from zhiheng.register import judging
from zhiheng.register.acts import reports
from zhiheng.register.models import Report
from zhiheng.register.results import bench
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.laboratory import shown


@access("laboratory")
def report(request: HttpRequest, number: str) -> HttpResponse:
    """All versions of a report, the newest first."""
    return page(request, number)


def versions_of(request: HttpRequest, number: str) -> list[Report]:
    """The versions of a report of the own laboratory."""
    found = bench.reports(request.user, number)
    if not found:
        raise NothingThereYet(
            gettext("There is no report %(number)s in your laboratory: check its number.") % {"number": number}
        )
    return found


def page(request: HttpRequest, number: str, *, said: dict[str, str] | None = None, wrong: str = "") -> HttpResponse:
    """The page, perhaps with a release that was refused."""
    versions = versions_of(request, number)
    newest = versions[0]
    is_draft = newest.released_at is None
    shown_versions = [
        version(one, versions[place + 1] if place + 1 < len(versions) else None) for place, one in enumerate(versions)
    ]
    verdict = shown_versions[0]["verdict"]
    context: dict[str, Any] = {
        "title": gettext("Report %(number)s") % {"number": number},
        "question": newest.case.title,
        "active": "laboratory",
        "crumbs": [
            {"label": gettext("Laboratory"), "url": common.url("laboratory")},
            {"label": newest.sample.number, "url": common.url("laboratory_sample", newest.sample.number)},
            {"label": number},
        ],
        "number": number,
        "versions": shown_versions,
        "is_draft": is_draft,
        "is_own": is_draft and newest.entered_by_id == request.user.pk,
        "entered_by": newest.entered_by.name,
        "asks_conclusion": is_draft and verdict not in reports.DECIDED,
        "verdict": verdict,
        "edit_url": common.url("laboratory_results", newest.sample.number)
        if is_draft and newest.version == 1
        else common.url("laboratory_amend", number),
        "said": said or {},
        "wrong": wrong,
    }
    return render(request, "laboratory_report.html", context, status=422 if wrong else 200)


def version(one: Report, before: Report | None) -> dict[str, Any]:
    """One version: who, when, its lines with findings, and what changed since the one before."""
    if one.released_at:
        lines, verdict = shown.kept(one), one.verdict
    else:  # not kept yet: what the rules say of it now
        (found,) = judging.findings([reports.asked(one)])
        verdict = judging.overall(found)
        lines = [kept | {"finding": shown.finding(row)} for kept, row in zip(shown.kept(one), found, strict=True)]
    moment = timezone.localtime(one.released_at) if one.released_at else None
    facts = [
        {"label": gettext("Verdict of the rules"), "verdict": verdict},
        *(
            [{"label": gettext("Conclusion of the laboratory"), "verdict": one.conclusion}]
            if one.conclusion and one.conclusion != verdict
            else []
        ),
        {"label": gettext("Tested on"), "text": words.day(one.tested_on) if one.tested_on else words.MISSING},
        {"label": gettext("Entered by"), "text": one.entered_by.name},
        {
            "label": gettext("Released by"),
            "text": one.released_by.name if one.released_by else gettext("nobody yet"),
            "note": f"{moment:%Y-%m-%d %H:%M}" if moment else "",
        },
        *(
            [{"label": gettext("Why it was amended"), "text": one.note}]
            if one.version > 1
            else [{"label": gettext("Note"), "text": one.note}]
            if one.note
            else []
        ),
        *([{"label": gettext("Digest"), "text": one.digest}] if one.digest else []),
    ]
    return {
        "number": one.version,
        "is_draft": one.released_at is None,
        "facts": facts,
        "table": table(lines),
        "verdict": verdict,
        "differences": shown.differences(shown.of_lines(before), shown.of_lines(one)) if before else None,
        "before": before.version if before else 0,
    }


def table(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Results with what the rules say of each."""
    columns = [
        {"label": gettext("Test item"), "wide": True},
        {"label": gettext("Result"), "numeric": True},
        {"label": gettext("Reporting level"), "numeric": True},
        {"label": gettext("Standard uncertainty"), "numeric": True},
        {"label": gettext("Verdict"), "nowrap": True},
        {"label": gettext("Requirement"), "wide": True},
    ]
    rows = []
    for one in lines:
        line, found = one["line"], one["finding"]
        said = {"text": words.MISSING}
        if found and found["limit"]:
            said = {"text": found["limit"], "url": found["url"], "note": found["citation"]}
        elif found:
            said = {"text": found["reason"] or words.MISSING}
        rows.append(
            [
                {"text": one["item"], "note": line.method, "main": True},
                {"text": one["text"]},
                {"text": line.reporting_level or words.MISSING},
                {"text": line.uncertainty or words.MISSING},
                {"verdict": found["verdict"]} if found else {"text": words.MISSING},
                said,
            ]
        )
    return common.table(columns, rows, label=gettext("Results"))


@access("laboratory")
@require_POST
def release(request: HttpRequest, number: str) -> HttpResponse:
    """Release the draft: by somebody else than who entered it, after a confirmation."""
    versions_of(request, number)
    said = {name: request.POST.get(name, "").strip() for name in ("conclusion", "why", "sure")}
    if said["sure"] != "yes":
        return page(
            request,
            number,
            said=said,
            wrong=gettext(
                "Confirm that you have compared the results with the records: a released report is never changed."
            ),
        )
    try:
        reports.release(request.user, number, conclusion=said["conclusion"], why=said["why"])
    except ActRefused as error:
        return page(request, number, said=said, wrong=str(error))
    messages.success(request, gettext("Report %(number)s is released.") % {"number": number})
    return redirect("laboratory_report", number)
