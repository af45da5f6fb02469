"""Many reports at once: a file's results entered exactly as they were looked at, and drafts released one by one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from zhiheng.errors import ActRefused, ZhihengError
from zhiheng.register import judging
from zhiheng.register.acts import audit, cases, reports
from zhiheng.register.acts.permission import act
from zhiheng.register.models import Account, Report
from zhiheng.register.results import entry, sheet


@dataclass(frozen=True)
class Released:
    """What became of a draft: its report with its conclusion, or why it is not released."""

    number: str
    report: Report | None = None
    why: str = ""


@act
def apply(*, by: Account, token: str, at: datetime) -> sheet.Preview:
    """Enter every sample of a previewed file, all or none; once applied, the same again changes nothing."""
    found = sheet.opened(by, token)
    if found.done:
        return found
    if not found.entries:
        raise ActRefused(f"{found.name}: nothing in it can be entered: correct what it says, and send it again")
    with transaction.atomic():
        done = {}
        for number in sorted({reports.sample_held(by, one.sample).case.number for one in found.entries}):
            cases.awaited(cases.held(by, number), now=at)
        for one in found.entries:
            made = reports.enter(
                by,
                one.sample,
                one.lines,
                tested_on=entry.day(one.tested_on),
                note="",
                at=at,
                client_key=f"{token}/{one.sample}",
            )
            done[one.sample] = made.number
        audit.record(
            by, kind="results", key=token, act="apply_results", at=at, data={"name": found.name, "reports": len(done)}
        )
    applied = replace(found, done=done)
    sheet.kept(applied)
    return applied


@act
def release_all(*, by: Account, numbers: Sequence[str], at: datetime) -> list[Released]:
    """Release drafts, each in a transaction of its own: what one refuses keeps no other back. All are judged together first."""
    drafts = Report.objects.filter(number__in=numbers, laboratory=by.organisation, released_at__isnull=True)
    judging.findings([reports.asked(one) for one in drafts.select_related("case").prefetch_related("lines")])
    found = []
    for number in dict.fromkeys(numbers):
        try:
            found.append(Released(number, reports.release(by, number, at=at)))
        except ZhihengError as error:
            found.append(Released(number, why=str(error)))
    return found
