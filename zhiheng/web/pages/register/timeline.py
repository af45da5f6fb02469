"""What happened to an organisation or what belongs to it, in order, in words."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from zhiheng.register import queries
from zhiheng.register.models import Account, Event, Organisation
from zhiheng.register.parties import history
from zhiheng.web.pages import words
from zhiheng.web.pages.register import shown


def about(thing: Organisation, who: Account | None) -> list[dict[str, Any]]:
    """Events about an organisation and the cases that whoever asks may see."""
    found = list(lines(history.about(thing)))
    if who is not None:
        cases = queries.cases(who)
        for case in (cases.filter(subject=thing) | cases.filter(producer=thing)).distinct():
            at = timezone.localtime(case.opened_at)
            told = {
                "at": at.isoformat(timespec="minutes"),
                "shown": words.day(at.date()),
                "title": f"{case.number} {case.title}",
            }
            found.append(told | {"why": case.state, "by": case.authority.name})
    return sorted(found, key=lambda one: one["at"])


def of(kind: str, number: int, who: Account | None) -> list[dict[str, Any]]:  # noqa: ARG001
    """Events of one party alone."""
    return list(lines(history.events(kind, number)))


def lines(events: Iterable[Event]) -> Iterable[dict[str, Any]]:
    """Events as lines of a timeline."""
    for event in events:
        yield {
            "at": timezone.localtime(event.at).isoformat(timespec="minutes"),
            "shown": words.day(timezone.localtime(event.at).date()),
            "title": shown.ACTS.get((event.kind, event.act), event.act),
            "why": " · ".join(filter(None, (changes(event), event.why))),
            "by": f"{event.who} · {gettext('event')} {event.number}",
        }


def changes(event: Event) -> str:
    """What an event changed, in words; of a new thing what it was registered as."""
    told = history.pairs(event)
    if event.act == "add":
        return " · ".join(shown.said(name, told[name][1]) for name in ("name", "subject", "number") if name in told)
    return gettext("; ").join(
        f"{shown.FIELDS.get(name, name)}: {shown.said(name, before)} → {shown.said(name, after)}"
        for name, (before, after) in told.items()
        if name != "merged_into"
    )
