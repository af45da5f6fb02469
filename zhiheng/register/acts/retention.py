"""Removing what is past its time: personal data, files, mails, addresses, as zhiheng/law/cn/retention.yaml says.

The skeleton of every event stays, so the audit stays whole and still shows who did what and when; that something was removed is
itself an event. A case that is open, or closed too lately, keeps everything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from zhiheng import rules
from zhiheng.errors import ActRefused
from zhiheng.register import uploads
from zhiheng.register.acts import audit
from zhiheng.register.acts.permission import act
from zhiheng.register.masking import PERSONAL
from zhiheng.register.models import Account, Attachment, Case, Event, Mail, Petitioner

PERSONAL_KEYS = frozenset((*PERSONAL, "petitioner"))


@dataclass(frozen=True)
class Removed:
    """What one rule removed, or would remove: the rule, the last day that is past its time, and how many records."""

    rule: str
    until: date
    records: int


@dataclass(frozen=True)
class Sweep:
    """One rule at work: what is removed up to which day.

    `lost` are the files to delete once the register says so, `emptied` the numbers of events that lost what they held.
    """

    rule: Mapping[str, Any]
    until: date
    at: datetime
    workspace: Path
    dry_run: bool
    lost: list[Path] = field(default_factory=list)
    emptied: set[int] = field(default_factory=set)

    def forget(self, event: Event) -> None:
        """Empty an event, to be named by the event of this rule: what is gone and not named there was not removed by a rule."""
        audit.forgotten(event)
        self.emptied.add(event.number)


@act
def retain(*, by: Account | None, on: date, at: datetime, workspace: Path, dry_run: bool = False) -> list[Removed]:
    """Remove what is past its time on a day; with `dry_run` only count it."""
    if on > timezone.localdate(at):
        raise ActRefused(f"{on} is not here yet: what is removed is gone, so only a day that has come may be named")
    found = []
    for rule in rules.settings("retention", on=on, place="cn")["rules"]:
        until = months_before(on, rule["months"])
        sweep = Sweep(rule, until, at, workspace, dry_run)
        with transaction.atomic():
            records = sum(KINDS[kind](sweep) for kind in rule["removes"])
            if records and not dry_run:
                audit.record(
                    by,
                    kind=audit.RETENTION,
                    key=rule["key"],
                    act="retain",
                    at=at,
                    data={
                        "on": on.isoformat(),
                        "until": until.isoformat(),
                        "records": records,
                        "events": audit.runs(sweep.emptied),
                    },
                )
        for file in sweep.lost:  # only once the register says so for good
            file.unlink(missing_ok=True)
        found.append(Removed(rule["key"], until, records))
    return found


def months_before(day: date, months: int) -> date:
    """The day so many months earlier; the last of its month where there is no such day.

    >>> months_before(date(2026, 3, 31), 1)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    following = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))


def closed(rule: Mapping[str, Any], until: date) -> QuerySet[Case]:
    """The cases of a rule that were closed on its last day or before."""
    found = Case.objects.filter(is_final=True, closed_at__lt=after(until))
    wanted = Q()
    for procedure in rule["procedures"]:
        wanted |= Q(procedure=procedure) | Q(procedure__endswith=f"/{procedure}")
    return found.filter(wanted)


def after(day: date) -> datetime:
    """The moment at which a day is over."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def attachments(sweep: Sweep) -> int:
    """The files of closed cases, and what their events hold; a file that another case still needs stays on disk."""
    found = Attachment.objects.filter(case__in=closed(sweep.rule, sweep.until), removed_at__isnull=True)
    if sweep.dry_run:
        return found.count()
    gone = list(found.select_related("event"))
    Attachment.objects.filter(pk__in=[one.pk for one in gone]).update(removed_at=sweep.at, name="")
    for one in gone:
        sweep.forget(one.event)
        if not Attachment.objects.filter(digest=one.digest, removed_at__isnull=True).exists():
            sweep.lost.append(uploads.place(sweep.workspace, one.digest))
    return len(gone)


def petitioners(sweep: Sweep) -> int:
    """Who complained in closed cases, and events that say it."""
    found = Petitioner.objects.filter(case__in=closed(sweep.rule, sweep.until), removed_at__isnull=True)
    if sweep.dry_run:
        return found.count()
    numbers = list(found.values_list("case__number", flat=True))
    count = found.update(name="", phone="", email="", address="", removed_at=sweep.at)
    for event in Event.objects.filter(kind="case", key__in=numbers, data__isnull=False).iterator():
        if personal(event.data):
            sweep.forget(event)
    return count


def personal(data: Any) -> bool:
    """Whether something about a person is in the data of an event."""
    if isinstance(data, Mapping):
        return any(key in PERSONAL_KEYS or personal(value) for key, value in data.items())
    return isinstance(data, list) and any(personal(value) for value in data)


def mails(sweep: Sweep) -> int:
    """The text of mails that were sent, or never could be, and to whom."""
    end = after(sweep.until)
    found = Mail.objects.filter(Q(sent_at__lt=end) | Q(sent_at=None, made_at__lt=end)).exclude(text="")
    return found.count() if sweep.dry_run else found.update(text="", subject="", to="")


def addresses(sweep: Sweep) -> int:
    """From where somebody signed in or tried to."""
    found = Event.objects.filter(kind="account", at__lt=after(sweep.until), data__has_key="address")
    if sweep.dry_run:
        return found.count()
    gone = list(found)
    for event in gone:
        sweep.forget(event)
    return len(gone)


KINDS: dict[str, Callable[[Sweep], int]] = {
    "attachments": attachments,
    "petitioner": petitioners,
    "mails": mails,
    "addresses": addresses,
}
