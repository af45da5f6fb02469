"""Results by form: an editable table, checked before it is saved, for a first report and for the next version of a released one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from zhiheng.errors import ActRefused, NothingThereYet, Overtaken, SourceError
from zhiheng.register.acts import reports
from zhiheng.register.models import Case, Report
from zhiheng.register.results import bench, entry
from zhiheng.web.access import access
from zhiheng.web.pages import common
from zhiheng.web.pages.laboratory import sample as sample_page
from zhiheng.web.pages.laboratory import shown

MORE = 10


@access("laboratory")
def results(request: HttpRequest, number: str) -> HttpResponse:
    """The results of a sample, as a draft that a second person releases."""
    one = sample_page.found(request, number)
    if one.is_released:
        last = one.reports.filter(laboratory=request.user.organisation).latest("pk")
        return redirect("laboratory_amend", last.number)
    if one.stage not in sample_page.ENTERED:
        messages.error(
            request,
            gettext("You tested this case first: another laboratory tests the reserve, and yours stands back.")
            if sample_page.is_first(request, one)
            else gettext("Results are entered once the sample is here: receive it first."),
        )
        return redirect("laboratory_sample", one.number)
    draft = one.reports.filter(laboratory=request.user.organisation, released_at=None).order_by("-pk").first()
    context = {
        "title": gettext("Results: %(product)s") % {"product": one.case.title},
        "question": gettext("What was found in the sample?"),
        "crumbs": crumbs(one.number),
        "about": f"{one.number} · {gettext('seal')} {one.seal}",
        "back_url": common.url("laboratory_sample", one.number),
    }

    def save(lines: list[dict[str, str]], said: dict[str, Any]) -> Report:
        return reports.enter(request.user, one.number, lines, tested_on=said["day"], note=said["note"])

    return page(request, one.case, context, draft, save)


@access("laboratory")
def amend(request: HttpRequest, number: str) -> HttpResponse:
    """The next version of a released report, with the reason."""
    versions = bench.reports(request.user, number)
    last = next((one for one in versions if one.released_at), None)
    if last is None:
        raise NothingThereYet(
            gettext("There is no released report %(number)s in your laboratory.") % {"number": number}
        )
    context = {
        "title": gettext("Amend report %(number)s") % {"number": number},
        "question": gettext("What has to change, and why?"),
        "crumbs": [*crumbs(last.sample.number)[:2], {"label": number}],
        "about": gettext(
            "Version %(n)s stays as it is; this becomes version %(next)s once a second person releases it."
        )
        % {"n": last.version, "next": last.version + 1},
        "back_url": common.url("laboratory_report", number),
        "is_amendment": True,
    }

    def save(lines: list[dict[str, str]], said: dict[str, Any]) -> Report:
        return reports.amend(request.user, number, lines, why=said["note"])

    return page(request, last.case, context, versions[0], save)


def crumbs(number: str) -> list[dict[str, str]]:
    """The way to the results of a sample."""
    return [
        {"label": gettext("Laboratory"), "url": common.url("laboratory")},
        {"label": number, "url": common.url("laboratory_sample", number)},
        {"label": gettext("Results")},
    ]


def page(request: HttpRequest, case: Case, context: dict[str, Any], draft: Report | None, save: Any) -> HttpResponse:
    """The table: shown, checked, or saved."""
    context |= {"active": "laboratory", "columns": [shown.COLUMNS[name] for name in shown.ORDER], "signs": shown.SIGNS}
    if request.method != "POST":
        lines = shown.of_lines(draft) if draft else []
        said = {
            "tested_on": draft.tested_on.isoformat() if draft and draft.tested_on else timezone.localdate().isoformat()
        }
        if draft and not draft.released_at:
            said["note"] = draft.note
        look = entry.Looked(lines, [], [])
        return render(request, "laboratory_entry.html", context | {"rows": shown.grid(look), "said": said})
    said = {name: request.POST.get(name, "").strip() for name in ("tested_on", "note")}
    wanted = request.POST.get("act", "check")
    (look,) = entry.looked([(case, typed(request))])
    problems = faults(look, said, is_amendment="is_amendment" in context, is_saved=wanted == "save")
    if wanted == "save" and not problems:
        try:
            made = save(look.lines, said | {"day": entry.day(said["tested_on"])})
        except (ActRefused, NothingThereYet, Overtaken, SourceError) as error:
            problems = [str(error)]
        else:
            messages.success(
                request,
                gettext("Saved as draft %(number)s. A second person of your laboratory releases it.")
                % {"number": made.number},
            )
            return redirect("laboratory_report", made.number)
    stops = sum(one.stops for one in look.wrong)
    context |= {
        "rows": shown.grid(look, spare=MORE if wanted == "more" else shown.SPARE),
        "said": said,
        "problems": problems if wanted != "more" else [],
        "stops": stops,
        "checked": wanted == "check" and not look.stops and bool(look.found),
        "verdict": look.verdict if look.found else "",
    }
    return render(request, "laboratory_entry.html", context, status=422 if problems and wanted != "more" else 200)


def typed(request: HttpRequest) -> list[dict[str, str]]:
    """The rows of the table as they came."""
    lists = {name: request.POST.getlist(name) for name in entry.FIELDS}
    return [
        {name: values[place] if place < len(values) else "" for name, values in lists.items()}
        for place in range(max(map(len, lists.values())))
    ]


def faults(look: entry.Looked, said: dict[str, str], *, is_amendment: bool, is_saved: bool) -> list[str]:
    """What stands against saving, each as a sentence that leads to the place."""
    found = []
    if not look.lines:
        found.append(gettext("No result is written yet: fill in at least one line."))
    if look.stops:
        found.append(
            gettext("%(n)s cells have to be corrected; each says why.") % {"n": sum(one.stops for one in look.wrong)}
        )
    try:
        entry.day(said["tested_on"])
    except ValueError:
        found.append(gettext("The day of testing cannot be read: write it as 2026-09-28."))
    if is_amendment and is_saved and not said["note"]:
        found.append(gettext("Say why the report is amended."))
    return found
