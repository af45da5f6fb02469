"""The laboratory's own programs: samples to test, receipt, results, release, amendment, reports; own laboratory only."""

from typing import Annotated, Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import override
from ninja import Header, Query, Router

from zhiheng.api.access import access
from zhiheng.api.fault import CONFLICTS
from zhiheng.api.laboratory_model import (
    LabAmendment,
    LabReceipt,
    LabRelease,
    LabReport,
    LabResults,
    LabSample,
    LabSampleQuery,
    LabVersions,
)
from zhiheng.api.model import page_model
from zhiheng.errors import NothingThereYet, UsageError
from zhiheng.register.acts import reports, samples
from zhiheng.register.models import Account, Report, Sample
from zhiheng.register.results import bench, entry

router = Router(tags=["laboratory"])


def told_sample(one: Sample) -> dict[str, Any]:
    """A sample as the API tells it."""
    return {
        "number": one.number,
        "seal": one.seal,
        "part": one.part,
        "case": one.case.number,
        "product": one.case.title,
        "product_type": str(one.case.evidence.get("product_type", "")),
        "sampled_on": str(one.case.evidence.get("sampled_on", "")),
        "quantity": one.quantity,
        "state": one.state,
        "stage": one.stage,
        "due": one.due,
    }


def told_report(one: Report) -> dict[str, Any]:
    """A report as the API tells it."""
    lines = []
    for line in one.lines.select_related("finding").order_by("pk"):
        found = getattr(line, "finding", None)
        finding = found and {
            "verdict": found.verdict,
            "reason": found.reason,
            "rule": found.rule,
            "requirement": found.requirement,
        }
        lines.append({name: getattr(line, name) for name in entry.FIELDS} | {"finding": finding})
    return {
        "number": one.number,
        "version": one.version,
        "sample": one.sample.number,
        "case": one.case.number,
        "is_retest": one.is_retest,
        "tested_on": one.tested_on,
        "entered_by": one.entered_by.username,
        "released_by": one.released_by.username if one.released_by else "",
        "released_at": one.released_at.isoformat() if one.released_at else "",
        "verdict": one.verdict,
        "conclusion": one.conclusion,
        "note": one.note,
        "digest": one.digest,
        "lines": lines,
    }


def own_sample(account: Account, number: str) -> Sample:
    """A sample of the own laboratory; another's is answered as one that is not there."""
    found = bench.one(account, number)
    if found is None:
        raise NothingThereYet(f"there is no sample {number[:60]} in your laboratory: check its number, or its seal")
    return found


def lines_of(body: LabResults | LabAmendment) -> list[dict[str, str]]:
    """The lines of a request, tidied; UsageError names every cell that has to be corrected."""
    lines = entry.rows(line.model_dump() for line in body.lines)
    said = []
    for one in entry.faults(lines):
        if one.stops:
            what, following = one.told("en")
            said.append(f"lines[{one.row}].{one.column}: {what}. {following}")
    if said or not lines:
        raise UsageError("; ".join(said) or "no result is written in any line")
    return lines


@router.get(
    "/laboratory/samples",
    response={200: page_model(LabSample), **CONFLICTS},
    operation_id="laboratory_samples",
    summary="Samples of the laboratory · 本机构样品",
)
@access("laboratory")
def listed(request: HttpRequest, asked: LabSampleQuery = Query(...)) -> dict[str, Any]:  # noqa: B008
    """Samples that wait for the laboratory, the most pressing first."""
    found = bench.samples(request.account).select_related("case")
    found = found.filter(stage__in=[asked.stage] if asked.stage else bench.OPEN)
    if asked.q:
        found = found.filter(Q(number__icontains=asked.q) | Q(seal__icontains=asked.q))
    found = found.order_by("due", "number")
    first = (asked.page - 1) * asked.size
    items = [told_sample(one) for one in found[first : first + asked.size]]
    return {"total": found.count(), "page": asked.page, "size": asked.size, "items": items}


@router.post(
    "/laboratory/samples/{number}/receive",
    response={200: LabSample, **CONFLICTS},
    operation_id="laboratory_receive",
    summary="Receive a sample · 收样核对",
)
@access("laboratory")
def receive(request: HttpRequest, number: str, body: LabReceipt) -> dict[str, Any]:
    """Take a sample over. A seal that is not the form's makes it disputed. The reserve goes by its own steps: store, then release."""
    account: Account = request.account
    one = own_sample(account, number)
    move = "receive" if one.part == "T" else "store" if one.case.laboratory_id == account.organisation_id else "release"
    with override("en"):
        samples.hand_over(
            account, one.number, move, {name: value for name, value in body.model_dump().items() if value}
        )
    return told_sample(own_sample(account, one.number))


@router.post(
    "/laboratory/samples/{number}/results",
    response={200: LabReport, **CONFLICTS},
    operation_id="laboratory_results",
    summary="Enter the results of a sample · 录入检验结果",
)
@access("laboratory")
def results(
    request: HttpRequest,
    number: str,
    body: LabResults,
    client_key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            max_length=80,
            description="Your own key: sent again with the same results, nothing is entered twice",
        ),
    ] = "",
) -> dict[str, Any]:
    """A draft, which replaces an earlier draft of the same sample; a second person of the laboratory releases it."""
    account: Account = request.account
    one = own_sample(account, number)
    lines = lines_of(body)
    with override("en"):
        made = reports.enter(
            account, one.number, lines, tested_on=body.tested_on, note=body.note, client_key=client_key
        )
    return told_report(made)


@router.get(
    "/laboratory/reports/{number}",
    response={200: LabVersions, **CONFLICTS},
    operation_id="laboratory_report",
    summary="A report with its versions · 检验报告",
)
@access("laboratory")
def report(request: HttpRequest, number: str) -> dict[str, Any]:
    """All versions of a report of the own laboratory."""
    found = bench.reports(request.account, number)
    if not found:
        raise NothingThereYet(f"there is no report {number[:60]} in your laboratory: check its number")
    return {"number": number, "versions": [told_report(one) for one in found]}


@router.post(
    "/laboratory/reports/{number}/release",
    response={200: LabReport, **CONFLICTS},
    operation_id="laboratory_release",
    summary="Release a report · 签发报告",
)
@access("laboratory")
def release(request: HttpRequest, number: str, body: LabRelease) -> dict[str, Any]:
    """Release a draft that somebody else of the laboratory entered; findings and digest are fixed, and the case goes on."""
    account: Account = request.account
    with override("en"):
        return told_report(
            reports.release(account, number, conclusion=body.conclusion, why=body.why, at=timezone.now())
        )


@router.post(
    "/laboratory/reports/{number}/amend",
    response={200: LabReport, **CONFLICTS},
    operation_id="laboratory_amend",
    summary="Amend a report · 更正报告",
)
@access("laboratory")
def amend(request: HttpRequest, number: str, body: LabAmendment) -> dict[str, Any]:
    """Draft the next version of a released report; the released one stays as it is."""
    account: Account = request.account
    lines = lines_of(body)
    with override("en"):
        return told_report(reports.amend(account, number, lines, why=body.why))
