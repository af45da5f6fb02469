"""One case on one page: where it stands, what is due and why, what I may do now and what not, its papers and its timeline."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext

from zhiheng import clock
from zhiheng.errors import NothingThereYet
from zhiheng.register import history, queries, retesting
from zhiheng.register.acts import files
from zhiheng.register.masking import petitioner
from zhiheng.register.models import Account, Attachment, Case, Document, Report
from zhiheng.web.access import access
from zhiheng.web.pages import common, judged, words
from zhiheng.web.pages.desk import due, forms, handbook, seat, story
from zhiheng.web.pages.laboratory.shown import state as custody_state

PARTIES = ("subject", "producer", "laboratory", "retest_laboratory")
RELATED = (*PARTIES, "product", "authority", "responsible", "plan__programme", "parent")


@access("signed")
def case(request: HttpRequest, number: str) -> HttpResponse:
    """A case that whoever is signed in may see."""
    account = seat.seated(request)
    return render(request, "case.html", page(request, account, found(account, number)))


def found(account: Account, number: str) -> Case:
    """The case with everybody it concerns."""
    one = queries.case(account, number)
    return Case.objects.select_related(*RELATED).prefetch_related("inspectors").get(pk=one.pk)


def page(request: HttpRequest, account: Account, one: Case) -> dict[str, Any]:
    """All that the page shows."""
    now = timezone.localtime()
    course = history.course(one, at=now)
    law = request.GET.get("law", "").strip()
    other, law_fault = due.under(one, law, now)
    running, ended = due.told(course, other)
    papers, given = documents(account, one), attachments(account, one)
    opened = history.open_acts(account, one, at=now)
    may = [act(account, one, course, each, single=False) for each in opened if each.allowed and not each.act.report]
    bench = [words.both(each.act.title) for each in opened if each.allowed and each.act.report]
    state = seat.mark(one, course.procedure)
    return {
        "title": one.title,
        "question": gettext("Where does this case stand, what is due, and what may I do now?"),
        "active": "work" if not one.is_final else "cases",
        "crumbs": [{"label": gettext("Cases"), "url": common.url("cases")}, {"label": one.number, "url": ""}],
        "case": one,
        "state": state,
        "procedure": words.both(course.procedure.title),
        "facts": facts(account, one, course),
        "due": running,
        "ended": ended,
        "law": law,
        "law_fault": law_fault,
        "other": other is not None,
        "may": may,
        "bench": bench,
        "may_not": refused(opened, one),
        "papers": [story.document(course.procedure, each) for each in papers],
        "files": [story.attachment(one, course.procedure, each) for each in given],
        "samples": samples(account, one),
        "reports": reports(account, one),
        "findings": findings(account, one),
        "events": story.told(account, one, course, papers, given),
        "family": family(account, one),
        "said": [str(each) for each in messages.get_messages(request)],
    }


def facts(account: Account, one: Case, course: clock.Course) -> list[dict[str, Any]]:
    """Who and what a case is about."""
    parties = {
        "subject": gettext("Inspected firm"),
        "producer": gettext("Maker"),
        "laboratory": gettext("Laboratory"),
        "retest_laboratory": gettext("Retest laboratory"),
    }
    told: list[dict[str, Any]] = [
        {
            "label": gettext("Procedure"),
            "text": words.both(course.procedure.title),
            "note": seat.cited(course.procedure.cite),
        }
    ]
    for key, label in parties.items():
        party = getattr(one, key)
        if party:
            told.append(
                {
                    "label": label,
                    "text": party.name,
                    "note": party.credit_code or "",
                    "url": seat.link("organisation", party.pk) if account.role in seat.STAFF else "",
                }
            )
    if one.product:
        told.append({"label": gettext("Product"), "text": one.product.name, "note": product(one)})
    told += [
        {"label": gettext("Authority"), "text": one.authority.name},
        {"label": gettext("Region"), "text": seat.region(one.region), "note": one.region},
    ]
    if any(each.report for each in course.procedure.acts.values()):
        told += judged.facts(one.evidence)
    if account.role in seat.STAFF:
        names = seat.listed(each.name for each in one.inspectors.all())
        told += [
            {
                "label": gettext("Responsible"),
                "text": one.responsible.name if one.responsible else gettext("nobody yet"),
            },
            {"label": gettext("Inspectors"), "text": names or words.MISSING},
        ]
        if one.plan:
            told.append({"label": gettext("Plan"), "text": one.plan.title, "note": one.plan.programme.title})
        if one.evidence.get("draw"):
            drawn = str(one.evidence["draw"])
            told.append({"label": gettext("Drawn in"), "text": drawn, "url": seat.link("draw", drawn)})
        who = petitioner(account, one)
        if any(who.values()):
            told.append({"label": gettext("Complainant"), "text": " · ".join(filter(None, who.values()))})
    told.append({"label": gettext("Opened"), "text": words.day(timezone.localdate(one.opened_at))})
    return told


def product(one: Case) -> str:
    """What tells a product from another of its name."""
    made = one.product
    return " · ".join(filter(None, (made.standard, made.mark, made.model, made.gtin)))


def act(
    account: Account,
    one: Case,
    course: clock.Course,
    each: clock.OpenAct,
    *,
    single: bool,
    sent: forms.Filled | None = None,
) -> dict[str, Any]:
    """An act that may be done, as a form with its handbook; `sent` is what was filled in before."""
    filled = sent or forms.Filled(version=one.version)
    shown = forms.fields(one, each.act, filled)
    papers = forms.papers(course.procedure, each.missing, each.act, filled, account)
    final = bool(each.act.to and course.procedure.states[each.act.to].final)
    why_id = f"{each.act.key}-why"
    return {
        "key": each.act.key,
        "title": words.both(each.act.title),
        "url": common.url("case_act", one.number, each.act.key),
        "fields": shown,
        "papers": papers,
        "why": filled.why,
        "why_id": why_id,
        "why_fault": filled.faults.get("why", ""),
        "version": one.version,
        "final": final,
        "next": words.both(course.procedure.states[each.act.to].title) if each.act.to else "",
        "faults": forms.summary([*shown, *papers], filled, why_id),
        "general": filled.general,
        "handbook": handbook.told(course.procedure, each.act),
        "single": single,
        "draw_url": common.url("case_retest", one.number)
        if any(field.key == retesting.FIELD for field in each.act.fields)
        else "",
    }


def refused(opened: list[clock.OpenAct], one: Case) -> dict[str, list[dict[str, Any]]]:
    """What may not be done: first what the state would allow, with what else stands against it; then what comes in other states."""
    said = "zh" if words.language() == "zh" else "en"
    told: dict[str, list[dict[str, Any]]] = {"now": [], "later": []}
    for each in opened:
        if not each.allowed:
            line = {
                "title": words.both(each.act.title),
                "reasons": [reason.text[said] for reason in each.refusals],
            }
            told["now" if one.state in each.act.sources else "later"].append(line)
    return told


def documents(account: Account, one: Case) -> list[Document]:
    """The documents of a case that are for whoever looks at it."""
    return list(queries.documents(account).filter(case=one))


def attachments(account: Account, one: Case) -> list[Attachment]:
    """The files of a case; a firm and a laboratory see what they gave themselves."""
    rows: QuerySet[Attachment] = one.attachments.all()
    if account.role not in seat.STAFF:
        rows = rows.filter(event__organisation=history.organisation_of(account))
    return list(rows)


@access("signed")
def case_file(request: HttpRequest, number: str, key: int) -> HttpResponse:
    """A file of a case, as a download and never as a page of this site."""
    account = seat.seated(request)
    one = queries.case(account, number)
    wanted = next((each for each in attachments(account, one) if each.pk == key), None)
    if wanted is None:
        raise NothingThereYet(gettext("There is no such file in %(case)s.") % {"case": number})
    answer = HttpResponse(files.content(wanted), content_type=wanted.media_type or "application/octet-stream")
    answer["Content-Disposition"] = disposition(wanted.name)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def disposition(name: str) -> str:
    """The header that names a download, in plain letters and in any (RFC 6266)."""
    return content_disposition_header(True, name) or "attachment"


def samples(account: Account, one: Case) -> dict[str, Any] | None:
    """The samples of a case."""
    rows = list(queries.samples(account).filter(case=one).select_related("holder"))
    if not rows:
        return None
    parts = {"T": gettext("to test"), "R": gettext("reserve")}
    columns = [
        {"label": gettext("Sample"), "nowrap": True},
        {"label": gettext("Part")},
        {"label": gettext("Seal")},
        {"label": gettext("Quantity")},
        {"label": gettext("State")},
        {"label": gettext("Held by")},
    ]
    lines = [
        [
            {
                "text": each.number,
                "url": seat.link("laboratory_sample", each.number) if account.role == "laboratory" else "",
                "main": True,
            },
            {"text": parts[each.part]},
            {"text": each.seal},
            {"text": each.quantity or words.MISSING},
            {"text": custody_state(each)},
            {"text": each.holder.name if each.holder else words.MISSING},
        ]
        for each in rows
    ]
    return common.table(columns, lines, label=gettext("Samples"))


def released(account: Account, one: Case) -> QuerySet[Report]:
    """The reports that an account may see: the released ones, and to a laboratory its own."""
    rows = one.reports.select_related("laboratory", "sample")
    if account.role == "laboratory":
        return rows.filter(laboratory=account.organisation)
    return rows.exclude(released_at=None)


def reports(account: Account, one: Case) -> dict[str, Any] | None:
    """The reports of a case."""
    rows = list(released(account, one))
    if not rows:
        return None
    columns = [
        {"label": gettext("Report"), "nowrap": True},
        {"label": gettext("Version"), "numeric": True},
        {"label": gettext("Sample"), "nowrap": True},
        {"label": gettext("Laboratory")},
        {"label": gettext("Released"), "nowrap": True},
        {"label": gettext("Verdict")},
    ]
    lines = [
        [
            {"text": each.number, "url": seat.link("report", each.pk), "main": True}
            | ({"tag": gettext("retest")} if each.is_retest else {}),
            {"text": words.number(each.version)},
            {"text": each.sample.number},
            {"text": each.laboratory.name},
            {"text": words.day(timezone.localdate(each.released_at)) if each.released_at else gettext("not yet")},
            {"verdict": each.verdict or "not_judged"},
        ]
        for each in rows
    ]
    return common.table(columns, lines, label=gettext("Reports"))


def findings(account: Account, one: Case) -> dict[str, Any] | None:
    """What was found: each result against its requirement."""
    rows = [
        line.finding
        for report in released(account, one).prefetch_related("lines__finding")
        for line in report.lines.all()
        if hasattr(line, "finding")
    ]
    if not rows:
        return None
    columns = [
        {"label": gettext("Test item")},
        {"label": gettext("Result"), "numeric": True},
        {"label": gettext("Verdict")},
        {"label": gettext("Rule"), "wide": True},
    ]
    lines = [
        [
            {"text": words.analyte(each.line.analyte), "main": True},
            {"text": f"{each.line.value} {each.line.unit}"},
            {"verdict": each.verdict},
            {"text": words.rule(each.rule), "url": common.rule_url(each.rule, on=each.since)}
            if each.rule
            else {"text": words.reason(each.reason)},
        ]
        for each in rows
    ]
    return common.table(columns, lines, label=gettext("Findings"))


def family(account: Account, one: Case) -> list[dict[str, str]]:
    """The case this one came from, and those that came from it, as far as the account may see them."""
    told = []
    visible = queries.cases(account)
    if one.parent_id and (parent := visible.filter(pk=one.parent_id).first()):
        told.append((gettext("Came from"), parent))
    told += [(gettext("Led to"), child) for child in visible.filter(parent=one).order_by("number")]
    return [
        {"label": label, "number": each.number, "title": each.title, "url": common.url("case", each.number)}
        for label, each in told
    ]
