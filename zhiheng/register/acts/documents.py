"""Documents that acts make: numbered in their series, their text composed and fixed, their token for verification."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from zhiheng import clock
from zhiheng.register import telling
from zhiheng.register.acts import numbering
from zhiheng.register.models import Case, Document, Event, Organisation
from zhiheng.reports.notice import LANGUAGES, composed
from zhiheng.rules import documents as kinds_of
from zhiheng.selection import chain


def numbered(case: Case, kinds: Sequence[str], *, now: datetime) -> dict[str, str]:
    """A number for each document that an act makes, by kind; taken before the event, whose lock is the last."""
    on = timezone.localdate(now)
    found = {}
    if kinds:
        telling.familiar(case)
    for kind in sorted(kinds):
        head, tail = ends(case, kind, on)
        found[kind] = f"{head}{numbering.following(series(head)):0{kinds_of.digits(on)}d}{tail}"
    return found


def awaited(case: Case, kinds: Iterable[str], *, now: datetime) -> None:
    """Wait for the series of documents that acts will make after others of the same transaction have written events."""
    for kind in sorted(kinds):
        numbering.held(series(ends(case, kind, timezone.localdate(now))[0]))


def ends(case: Case, kind: str, on: date) -> tuple[str, str]:
    """What stands before and after the running number of a document."""
    return kinds_of.number_of(kind, region=case.authority.region, organisation=str(case.authority_id), on=on)


def series(head: str) -> str:
    """The series of documents whose numbers begin alike."""
    return f"document/{head}"


def drafted(
    case: Case,
    numbers: Mapping[str, str],
    *,
    rows: Sequence[Event],
    course: clock.Course,
    said: Mapping[str, Any],
    links: Mapping[str, Organisation],
) -> list[Document]:
    """The documents of an act, each with the text that its PDF is set from, in both languages, for ever; not kept yet.

    `rows` are the events of the case, the last of them the act's own; `links` the organisations that it makes the case's own.
    """
    found: list[Document] = []
    if not numbers:
        return found
    told = telling.gathered(case, rows, course=course, said=said, links=links)
    for kind, number in numbers.items():
        token = secrets.token_urlsafe(16)
        data = written(told, kind, number=number, siblings=found) | {"verify": address(token)}
        found.append(
            Document(
                number=number,
                kind=kind,
                case=case,
                issued_at=rows[-1].at,
                data=data,
                digest=chain.digest(data),
                token=token,
            )
        )
    return found


def issued(drafts: Sequence[Document], event: Event) -> None:
    """Keep the documents of an act with its event."""
    for one in drafts:
        one.event = event
    Document.objects.bulk_create(drafts)


def written(told: telling.Gathered, kind: str, *, number: str, siblings: Sequence[Document]) -> dict[str, Any]:
    """What a document says: the case and the act as data, and its text composed from them."""
    known = kinds_of.kind(kind, on=told.on)
    data = telling.told(told, known, siblings=siblings) | {"kind": kind, "number": number}
    return data | {"text": {language: composed(kind, data, language=language) for language in LANGUAGES}}


def address(token: str) -> str:
    """Where a document is verified: in full where the site has a public name, else its path."""
    host = settings.PUBLIC_HOST
    return f"{f'https://{host}' if host else ''}/verify/{token}/"
