"""Reports of laboratories: entered by one person, released by another, judged by the rules, amended only by a next version."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhiheng.errors import ActRefused, NothingThereYet
from zhiheng.register import history, judging, queries
from zhiheng.register.acts import audit, cases, numbering, permission, resending, settling
from zhiheng.register.models import Account, Case, Finding, Line, Message, Report, Sample
from zhiheng.selection import chain

FIELDS = ("analyte", "method", "comparator", "value", "unit", "reporting_level", "uncertainty")
DECIDED = ("conforming", "nonconforming")
MOST_LINES = 2000


@permission.act
def enter(
    by: Account,
    sample: str,
    lines: Sequence[Mapping[str, str]],
    *,
    tested_on: date | None = None,
    note: str = "",
    client_key: str = "",
    at: datetime | None = None,
) -> Report:
    """Enter the results of a sample: a draft that anybody of the laboratory may still replace, until a second person releases it.

    A `client_key` makes sending again harmless: the same key with the same results gives the same report.
    Raises SourceError, with nothing kept, when a result cannot be read, and Overtaken when the key came with other results.
    """
    now = at or timezone.now()
    with transaction.atomic():
        held = sample_held(by, sample)
        case = cases.held(by, held.case.number)
        known = resending.found(by, held, lines, tested_on=tested_on, client_key=client_key)
        if known is not None:
            return known
        released = case.reports.filter(sample=held, laboratory=by.organisation, released_at__isnull=False)
        if released.exists():
            raise ActRefused(f"{sample}: its report is released; what has to change is a next version of it (amend)")
        case.reports.filter(sample=held, laboratory=by.organisation).delete()
        report = drafted(by, case, held, lines, number=report_number(by, now), tested_on=tested_on, note=note)
        entry = audit.unlinked(
            by,
            kind="file",
            key=case.number,
            act="enter_results",
            at=now,
            data={"report": report.number, "lines": len(lines)}
            | ({"client_key": client_key, "sent": resending.sent(lines, tested_on)} if client_key else {}),
        )
        keys = [
            one.act.key for one in history.open_acts(by, case, at=now) if one.act.report == "entered" and one.allowed
        ]
        acts = [cases.prepared(by, case, cases.Doing(key, report=report.number), now=now) for key in keys[:1]]
        cases.recorded(acts, before=[entry])
    return report


def sample_held(by: Account, number: str) -> Sample:
    """A sample that the laboratory of an account holds."""
    found = (
        queries.samples(by).filter(number=number, holder=by.organisation).first() if by.role == "laboratory" else None
    )
    if found is None:
        raise NothingThereYet(f"the sample {number} is not in your laboratory: receive it first, or check its number")
    return found


def report_number(by: Account, now: datetime) -> str:
    """The next number of a laboratory's reports."""
    series = f"R-{by.organisation_id}-{timezone.localdate(now).year}"
    return f"{series}-{numbering.following(f'report/{series}'):06d}"


def drafted(
    by: Account,
    case: Case,
    sample: Sample,
    lines: Sequence[Mapping[str, str]],
    *,
    number: str,
    version: int = 1,
    tested_on: date | None = None,
    note: str = "",
) -> Report:
    """A draft with its lines, each read by the rules once so that nothing unreadable is kept."""
    if not 0 < len(lines) <= MOST_LINES:
        raise ActRefused(f"{sample.number}: a report has 1 to {MOST_LINES} results, not {len(lines)}")
    report = Report.objects.create(
        number=number,
        version=version,
        case=case,
        sample=sample,
        laboratory=by.organisation,
        is_retest=case.retest_laboratory_id == by.organisation_id,
        entered_by=by,
        tested_on=tested_on,
        note=note,
    )
    Line.objects.bulk_create(Line(report=report, **line) for line in map(cleaned, lines))
    judging.findings([asked(report)])
    return report


def cleaned(line: Mapping[str, str]) -> dict[str, str]:
    """A result with all its fields, as it is kept."""
    return {name: str(line.get(name) or ("=" if name == "comparator" else "")).strip() for name in FIELDS}


@permission.act
def release(by: Account, number: str, *, conclusion: str = "", why: str = "", at: datetime | None = None) -> Report:
    """Release a draft: its findings are made and kept, its digest fixed, and the case goes on by its verdict.

    `conclusion` is the laboratory's own word, asked for only where the rules come to no verdict, and then with a reason.
    """
    now = at or timezone.now()
    with transaction.atomic():
        draft, case = draft_held(by, number)
        if draft.entered_by_id == by.pk:
            raise ActRefused(
                f"{number}: who entered the results does not release them; a second person of the laboratory does"
            )
        verdict = kept(draft)
        if verdict not in DECIDED and (conclusion not in DECIDED or not why):
            raise ActRefused(
                f"{number}: the rules come to no verdict ({verdict}); say what the laboratory concludes, conforming or nonconforming, and why"
            )
        if verdict in DECIDED and conclusion not in ("", verdict):
            raise ActRefused(
                f"{number}: by the rules these results are {verdict}; a report cannot conclude {conclusion}"
            )
        draft.verdict, draft.conclusion = verdict, verdict if verdict in DECIDED else conclusion
        draft.released_by, draft.released_at, draft.digest = by, now, chain.digest(content(draft))
        draft.save()
        release_of = audit.unlinked(
            by,
            kind="file",
            key=case.number,
            act="release_report" if draft.version == 1 else "amend_report",
            at=now,
            why=why,
            data={
                "report": number,
                "version": draft.version,
                "digest": draft.digest,
                "verdict": verdict,
                "conclusion": draft.conclusion,
            },
        )
        cases.recorded(going_on(by, case, draft, now=now, why=why), before=[release_of])
    return draft


def draft_held(by: Account, number: str) -> tuple[Report, Case]:
    """A draft of the own laboratory and its case, both for this act alone: read again once they are, as it may be gone by then."""
    drafts = Report.objects.filter(number=number, laboratory=by.organisation, released_at__isnull=True)
    known = drafts.select_related("case").first() if by.role == "laboratory" else None
    case = cases.held(by, known.case.number) if known else None
    draft = drafts.select_for_update(no_key=True, of=("self",)).first() if known else None
    if draft is None or case is None:
        raise NothingThereYet(
            f"there is no draft {number} in your laboratory: it is released already, replaced, or its number is another one"
        )
    return draft, case


def going_on(by: Account, case: Case, report: Report, *, now: datetime, why: str) -> list[cases.Prepared]:
    """The act of the case that this conclusion asks for; an amendment is told to whoever answers for the case instead."""
    if report.version > 1:
        told = {"report": report.number, "version": report.version, "conclusion": report.conclusion}
        Message.objects.bulk_create(
            Message(to=one, case=case, at=now, kind="amended", told=told) for one in settling.bound(case, "officer")
        )
        return []
    wanted = [one for one in history.open_acts(by, case, at=now) if one.act.report == report.conclusion]
    ready = [one for one in wanted if one.allowed]
    if not ready:
        why_not = [refusal.text[history.language()] for one in wanted for refusal in one.refusals]
        raise ActRefused(
            "; ".join(why_not) or f"{case.number}: no act of its procedure takes a report now; look at the case"
        )
    return [cases.prepared(by, case, cases.Doing(ready[0].act.key, why=why, report=report.number), now=now)]


def asked(report: Report) -> judging.Asked:
    """A report as it is judged."""
    return asked_of(
        report.case, [{name: getattr(line, name) for name in FIELDS} for line in report.lines.order_by("pk")]
    )


def asked_of(case: Case, lines: Sequence[Mapping[str, str]]) -> judging.Asked:
    """Results of a case as they are judged, whether they are kept yet or not."""
    first = {"product_name": case.title, "sampled_on": timezone.localdate(case.opened_at).isoformat()}
    return judging.Asked(first | case.evidence, [{name: line[name] for name in judging.SAID} for line in lines])


def kept(report: Report) -> str:
    """Keep the findings of a report's lines; its verdict is given back."""
    (found,) = judging.findings([asked(report)])
    Finding.objects.filter(line__report=report).delete()
    lines = report.lines.order_by("pk")
    Finding.objects.bulk_create(finding(line, row) for line, row in zip(lines, found, strict=True))
    return judging.overall(found)


TOLD = ("rule_text", "citation", "force", "confidence", "operator", "rule_kind", "standing", "severity", "decision")


def finding(line: Line, row: Mapping[str, Any]) -> Finding:
    """A finding with all that is needed to come to it again."""
    return Finding(
        line=line,
        verdict=row["verdict"],
        reason=row["reason"] or "",
        rule=row["rule_key"] or "",
        since=row["rule_since"],
        fingerprint=row["fingerprint"] or "",
        requirement={name: str(row[name]) for name in TOLD if row[name] is not None},
    )


def content(report: Report) -> dict[str, Any]:
    """What the digest of a report covers: who tested which sample, and every result as written."""
    return {
        "number": report.number,
        "version": report.version,
        "sample": report.sample.number,
        "laboratory": report.laboratory.credit_code or report.laboratory.name,
        "tested_on": report.tested_on.isoformat() if report.tested_on else "",
        "conclusion": report.conclusion,
        "lines": [{name: getattr(line, name) for name in FIELDS} for line in report.lines.order_by("pk")],
    }


@permission.act
def amend(
    by: Account, number: str, lines: Sequence[Mapping[str, str]], *, why: str, at: datetime | None = None
) -> Report:
    """Draft the next version of a released report; the released one stays as it is. A second person releases it, as ever.

    A draft of that next version that nobody has released yet is replaced.
    """
    if not why:
        raise ActRefused(f"{number}: say why the report is amended")
    with transaction.atomic():
        every = Report.objects.filter(number=number, laboratory=by.organisation)
        last = every.filter(released_at__isnull=False).order_by("-version").first()
        if last is None or by.role != "laboratory":
            raise NothingThereYet(
                f"there is no released report {number} in your laboratory: a draft is replaced, not amended"
            )
        case = cases.held(by, last.case.number)
        every.filter(released_at__isnull=True).delete()
        draft = drafted(
            by, case, last.sample, lines, number=number, version=last.version + 1, tested_on=last.tested_on, note=why
        )
        audit.record(
            by, kind="file", key=case.number, act="draft_amendment", at=at or timezone.now(), why=why,
            data={"report": number, "version": draft.version},
        )  # fmt: skip
    return draft
