"""Deadlines for readers: a question in words, its answer with every step, and the same under each version of the rule."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from zhiheng import clock
from zhiheng.dates import FIRST, LAST, day_of
from zhiheng.errors import RuleNotInForce, UsageError
from zhiheng.rules import procedures
from zhiheng.rules.procedures import UNITS, Period, PeriodValue

LONGEST_PAUSE = timedelta(days=3660)
LONGEST_SHOWN = timedelta(days=130)  # a period that fits on a page as months


@dataclass(frozen=True)
class Asked:
    """A question: the period, the event it runs from, the region, days that do not count, and the law of which day."""

    rule: str
    start: date | datetime
    region: str = ""
    pauses: tuple[clock.Pause, ...] = ()
    law_of: date | None = None
    extended: bool = False


def begun(text: str) -> date | datetime:
    """The day, or the moment, from which a period runs.

    >>> begun("2026-09-16"), begun("2026-09-16T09:30")
    (datetime.date(2026, 9, 16), datetime.datetime(2026, 9, 16, 9, 30))
    """
    try:
        found = datetime.fromisoformat(text) if "T" in text or " " in text else date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"'{text[:40]}' is not a day; write 2026-09-16, or 2026-09-16T09:30 for hours") from error
    if not FIRST <= day_of(found) <= LAST:
        raise UsageError(f"{text[:40]} is out of range: give a day from {FIRST} to {LAST}")
    return found


def span(text: str, *, kind: str = "") -> clock.Pause:
    """Days that do not count, both included.

    >>> span("2026-09-20/2026-09-25").days[-1]
    datetime.date(2026, 9, 25)
    """
    first, _, last = text.partition("/")
    try:
        found = clock.Pause(date.fromisoformat(first), date.fromisoformat(last or first), kind)
    except ValueError as error:
        raise UsageError(f"'{text[:40]}' is not a span of days; write 2026-09-20/2026-09-25") from error
    if not timedelta(0) <= found.until - found.since <= LONGEST_PAUSE or found.until > LAST:
        raise UsageError(f"{text[:40]}: a span runs forward, over ten years at most; write 2026-09-20/2026-09-25")
    return found


def found(asked: Asked) -> clock.Deadline:
    """The deadline that was asked for."""
    period = procedures.period(asked.rule, region=asked.region)
    rule = period.at(asked.law_of or day_of(asked.start))
    return clock.due(
        rule,
        start=asked.start,
        calendar=clock.calendar(),
        pauses=asked.pauses,
        extensions=1 if asked.extended else 0,
    )


def answer(asked: Asked) -> dict[str, Any]:
    """The deadline with its rule, its days and its explanation, as data."""
    deadline = found(asked)
    period, value = deadline.rule.period, deadline.rule.value
    return {
        "rule": period.key,
        "title": period.title,
        "region": asked.region,
        "binds": period.binds,
        "law_of": deadline.rule.on,
        "start": deadline.start,
        **told(value),
        "not_before": deadline.not_before,
        "not_after": deadline.not_after,
        "moment": deadline.moment and deadline.moment.isoformat(),
        "counted_to": deadline.counted_to,
        "rolled": deadline.rolled,
        "settled": deadline.settled,
        "standing": deadline.rule.standing,
        "skipped": [{"day": one.day, "why": one.why, "name": one.name or None} for one in deadline.skipped],
        "made_up": list(deadline.made_up),
        "paused": [{"since": one.since, "until": one.until} for one in deadline.pauses],
        "steps": [{"kind": step.kind, "zh": step.zh, "en": step.en} for step in deadline.steps],
        "versions": list(versions(asked)),
    }


def told(value: PeriodValue) -> dict[str, Any]:
    """What a dated value says."""
    return {
        "since": value.since,
        "until": value.until,
        "length": value.length,
        "opens": value.opens,
        "unit": value.unit,
        "citation": f"{value.cite.act}{value.cite.at}",
        "source": value.cite.source,
        "checked": value.checked,
        "legal": value.legal,
    }


def versions(asked: Asked) -> Iterator[dict[str, Any]]:
    """The same question under every version of the rule; one that gives no day says why."""
    for value in procedures.period(asked.rule, region=asked.region).values:
        entry = told(value) | {"not_before": None, "not_after": None, "why": None}
        if value.repealed:
            yield entry | {"length": None, "why": "repealed"}
            continue
        try:
            deadline = found(replace(asked, law_of=value.since))
        except (RuleNotInForce, UsageError) as error:
            yield entry | {"why": str(error)}
        else:
            yield entry | {"not_before": deadline.not_before, "not_after": deadline.not_after}


def listing(*, on: date, region: str = "", search: str = "") -> list[dict[str, Any]]:
    """Every period with its value on a day; those without one on that day are told with why."""
    rows = []
    for period in procedures.periods(region=region):
        words = f"{period.key} {period.title['zh']} {period.title['en']}"
        if search.casefold() in words.casefold():
            rows.append(row(period, on))
    return rows


def row(period: Period, on: date) -> dict[str, Any]:
    """One period on a day."""
    entry: dict[str, Any] = {"rule": period.key, "title": period.title, "begins": period.begins, "binds": period.binds}
    empty = {"since": None, "until": None, "length": None, "opens": None, "unit": None, "citation": "", "source": ""}
    try:
        ruled = period.at(on)
    except RuleNotInForce as error:
        return entry | empty | {"checked": None, "legal": None, "standing": None, "why": str(error)}
    return entry | told(ruled.value) | {"standing": ruled.standing, "why": None}


def length(entry: dict[str, Any], said: str) -> str:
    """A length in words.

    >>> length({"length": 15, "opens": None, "unit": "wd"}, "zh")
    '15个工作日'
    """
    if entry["length"] is None:
        return "—"
    blank = "" if said == "zh" else " "
    if entry["opens"] is not None and entry["opens"] < 0 and entry["length"] == 0:
        before = f"{-entry['opens']}{blank}{UNITS[entry['unit']][said]}"
        return f"届满前{before}" if said == "zh" else f"{before} before"
    first = "" if entry["opens"] is None else f"{entry['opens']}–"
    return f"{first}{entry['length']}{blank}{UNITS[entry['unit']][said]}"


def months(deadline: clock.Deadline) -> list[dict[str, Any]]:
    """The months that a period runs through, each day with what it is; none where they are too many to show."""
    first, last = deadline.start, max(deadline.not_after, deadline.counted_to)
    if last - first > LONGEST_SHOWN or last < first:
        return []
    shown, month = [], first.replace(day=1)
    while month <= last:
        following = (month + timedelta(days=31)).replace(day=1)
        days = [month + timedelta(days=step) for step in range((following - month).days)]
        shown.append({"month": month, "blanks": month.weekday(), "days": [mark(deadline, day) for day in days]})
        month = following
    return shown


def mark(deadline: clock.Deadline, day: date) -> dict[str, Any]:
    """What a day is in a period: start, last, off, paused, made_up, early, counted, or empty outside it."""
    skipped = {one.day: one for one in deadline.skipped}
    kind, name = "", None
    if deadline.start < day <= deadline.not_after:
        kind = "early" if deadline.is_early(day) else "counted"
    if day in skipped:
        kind, name = ("paused" if skipped[day].why == "paused" else "off"), skipped[day].name or None
    if day in deadline.made_up:
        kind = "made_up"
    if day == deadline.start:
        kind = "start"
    if day == deadline.not_after:
        kind = "last"
    return {"day": day, "kind": kind, "name": name}
