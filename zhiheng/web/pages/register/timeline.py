"""What happened to an organisation or what belongs to it, in order, in words."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from zhiheng.register import history as courses
from zhiheng.register import masking, queries
from zhiheng.register.models import Account, Event, Organisation
from zhiheng.register.parties import history
from zhiheng.web.pages import common, words
from zhiheng.web.pages.register import shown


def about(thing: Organisation, who: Account | None) -> list[dict[str, Any]]:
    """Events about an organisation and the cases that whoever asks may see."""
    found = list(lines(history.about(thing), hidden(thing, who)))
    if who is not None:
        cases = queries.cases(who)
        for case in (cases.filter(subject=thing) | cases.filter(producer=thing)).distinct():
            at = timezone.localtime(case.opened_at)
            told = {
                "at": at.isoformat(timespec="minutes"),
                "shown": words.day(at.date()),
                "title": f"{case.number} {case.title}",
            }
            state = courses.procedure_of(case).states[case.state]
            link = {"url": common.url("case", case.number), "why": words.both(state.title), "by": case.authority.name}
            found.append(told | link)
    return sorted(found, key=lambda one: one["at"])


def of(kind: str, number: int, owner: Organisation, who: Account | None) -> list[dict[str, Any]]:
    """Events of one party alone."""
    return list(lines(history.events(kind, number), hidden(owner, who)))


def hidden(thing: Organisation, who: Account | None) -> frozenset[str] | None:
    """The personal fields that whoever asks reads masked; None where everything is read whole."""
    if masking.reader(who).whole(thing.pk, thing.region):
        return None
    return masking.personal(thing.credit_code or "")


def lines(events: Iterable[Event], masked: frozenset[str] | None) -> Iterable[dict[str, Any]]:
    """Events as lines of a timeline, with the fields masked that are to be; then numbers in a reason are hidden too."""
    for event in events:
        why = event.why if masked is None else masking.text(event.why)
        yield {
            "at": timezone.localtime(event.at).isoformat(timespec="minutes"),
            "shown": words.day(timezone.localtime(event.at).date()),
            "title": shown.ACTS.get((event.kind, event.act), event.act),
            "why": " · ".join(filter(None, (changes(event, masked or frozenset()), why))),
            "by": f"{event.who} · {gettext('event')} {event.number}",
        }


def changes(event: Event, masked: frozenset[str]) -> str:
    """What an event changed, in words; of a new thing what it was registered as."""
    told = {
        name: tuple(masking.field(name, value, masked) for value in pair) for name, pair in history.pairs(event).items()
    }
    if event.act == "add":
        return " · ".join(shown.said(name, told[name][1]) for name in ("name", "subject", "number") if name in told)
    return gettext("; ").join(
        f"{shown.FIELDS.get(name, name)}: {shown.said(name, before)} → {shown.said(name, after)}"
        for name, (before, after) in told.items()
        if name != "merged_into"
    )
