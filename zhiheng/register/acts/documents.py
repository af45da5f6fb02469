"""Documents that acts make: numbered in their series, their data fixed, their token for verification."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from zhiheng import clock
from zhiheng.register.acts import numbering
from zhiheng.register.models import Case, Document, Event
from zhiheng.selection import chain


def numbered(case: Case, kinds: Sequence[str], *, now: datetime) -> dict[str, str]:
    """A number for each document that an act makes, by kind; taken before the event, whose lock is the last."""
    year = timezone.localdate(now).year
    found = {}
    for kind in sorted(kinds):
        series = f"{kind}-{case.authority.region}-{year}"
        found[kind] = f"{series}-{numbering.following(f'document/{series}'):06d}"
    return found


def issued(
    case: Case, event: Event, numbers: Mapping[str, str], *, course: clock.Course, said: Mapping[str, Any]
) -> list[Document]:
    """The documents of an act, each with the data that its PDF is set from, for ever."""
    found = []
    for kind, number in numbers.items():
        data = written(case, event, course=course, said=said) | {"kind": kind, "number": number}
        found.append(
            Document.objects.create(
                number=number,
                kind=kind,
                case=case,
                event=event,
                issued_at=event.at,
                data=data,
                digest=chain.digest(data),
                token=secrets.token_urlsafe(16),
            )
        )
    return found


def written(case: Case, event: Event, *, course: clock.Course, said: Mapping[str, Any]) -> dict[str, Any]:
    """What a document says: the case, who it concerns, the act, and every period that runs with its law."""
    return {
        "case": case.number,
        "procedure": case.procedure,
        "title": case.title,
        "on": timezone.localdate(event.at).isoformat(),
        "act": event.act,
        "state": course.state.key,
        "why": event.why,
        "said": {key: str(value) for key, value in said.items()},
        "authority": case.authority.name,
        "parties": {
            role: {"name": one.name, "credit_code": one.credit_code or "", "address": one.address}
            for role in ("subject", "producer", "laboratory", "retest_laboratory")
            if (one := getattr(case, role)) is not None
        },
        "periods": [
            {
                "key": one.key,
                "title": dict(one.period.title),
                "binds": one.period.binds,
                "not_before": one.deadline.not_before.isoformat() if one.deadline and one.deadline.not_before else "",
                "due": one.deadline.not_after.isoformat() if one.deadline else "",
                "explanation": dict(one.deadline.explanation) if one.deadline else dict(one.unknown),
                "cite": {"act": one.rule.value.cite.act, "at": one.rule.value.cite.at},
            }
            for one in course.open
        ],
        "findings": [],
    }
