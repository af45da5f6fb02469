"""Why an act is refused, each reason as a sentence with its article."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from zhiheng.clock.case import Course, Event, told
from zhiheng.clock.explaining import citation
from zhiheng.dates import FIRST, LAST, day_of, moment_of
from zhiheng.rules.book import Citation
from zhiheng.rules.procedures import Act, Field, Text


@dataclass(frozen=True)
class Refusal:
    """A reason against an act.

    kind  state, role, same_person, same_laboratory, too_early, too_late, not_begun, not_over, extended, order, document, field
    what  the field, document, act or period that it is about
    """

    kind: str
    text: Text
    cite: Citation
    what: str = ""


def reasons(course: Course, act: Act, *, by: str, role: str, organisation: str) -> Iterator[Refusal]:
    """What state, role, four eyes and days say against an act."""
    if course.state.key not in act.sources:
        states = course.procedure.states
        yield refusal(
            act,
            "state",
            f"当前为“{course.state.title['zh']}”，只有在“{joined(act.sources, states, 'zh')}”时才能“{act.title['zh']}”",
            f"the case is '{course.state.title['en']}'; '{act.title['en']}' is done in "
            f"'{joined(act.sources, states, 'en')}'",
        )
    if role and role not in act.by:
        roles = course.procedure.roles
        zh, en = "、".join(roles[one]["zh"] for one in act.by), ", ".join(roles[one]["en"] for one in act.by)
        yield refusal(act, "role", f"“{act.title['zh']}”由{zh}办理", f"'{act.title['en']}' is done by: {en}", what=role)
    yield from eyes(course, act, by=by, organisation=organisation)
    yield from days(course, act)
    yield from again(course, act)


def eyes(course: Course, act: Act, *, by: str, organisation: str) -> Iterator[Refusal]:
    """Whether the same person or body did what it may not have done."""
    for event in course.events:
        done = course.procedure.acts[event.act].title
        if by and event.by == by and event.act in act.not_same_as:
            yield refusal(
                act,
                "same_person",
                f"办理“{done['zh']}”的人不得再办理“{act.title['zh']}”",
                f"who did '{done['en']}' may not do '{act.title['en']}'",
                what=event.act,
            )
        if organisation and event.organisation == organisation and event.act in act.not_same_laboratory_as:
            yield refusal(
                act,
                "same_laboratory",
                f"办理“{done['zh']}”的机构应当回避，不得办理“{act.title['zh']}”",
                f"the body that did '{done['en']}' must stand back from '{act.title['en']}'",
                what=event.act,
            )


def days(course: Course, act: Act) -> Iterator[Refusal]:
    """What the periods say against an act now."""
    on = day_of(course.at)
    yield from unbegun(course, act)
    opening, closing = course.latest(act.within or act.opens), course.latest(act.within)
    if opening and opening.deadline and opening.deadline.is_early(course.at):
        first = opening.deadline.not_before
        yield refusal(
            act,
            "too_early",
            f"{on}尚早：“{opening.period.title['zh']}”自{first}起才能办理",
            f"{on} is too early: '{opening.period.title['en']}' opens on {first}",
            what=opening.key,
            cite=opening.rule.value.cite,
        )
    if closing and closing.deadline and closing.is_over(course.at):
        last = closing.deadline.not_after
        yield refusal(
            act,
            "too_late",
            f"“{closing.period.title['zh']}”已于{last}届满",
            f"'{closing.period.title['en']}' ended on {last}",
            what=closing.key,
            cite=closing.rule.value.cite,
        )
    awaited = course.latest(act.after)
    if awaited and not awaited.is_over(course.at):
        last_day = awaited.deadline.not_after if awaited.deadline else awaited.earliest
        yield refusal(
            act,
            "not_over",
            f"“{awaited.period.title['zh']}”至{last_day}尚未届满，其后才能“{act.title['zh']}”",
            f"'{awaited.period.title['en']}' runs until {last_day}; '{act.title['en']}' comes after it",
            what=awaited.key,
            cite=awaited.rule.value.cite,
        )


def unbegun(course: Course, act: Act) -> Iterator[Refusal]:
    """Whether the period that an act hangs on never began; one on which the law is silent stands in nobody's way."""
    silent = {one.period.key for one in course.silent}
    for key in dict.fromkeys(name for name in (act.within, act.opens, act.after) if name):
        period = course.procedure.periods[key]
        if course.latest(key) is None and (period.key not in silent or key == act.after):
            yield refusal(
                act,
                "not_begun",
                f"“{period.title['zh']}”的期限没有开始",
                f"the period '{period.title['en']}' has not begun",
                what=key,
            )


def again(course: Course, act: Act) -> Iterator[Refusal]:
    """Whether a period was extended before, as the law knows one extension, or is over, as what has ended cannot be made longer."""
    for key in act.extends:
        extended = course.latest(key)
        if extended and extended.standing(course.at) == "late":
            name, last = extended.period.title, extended.deadline and extended.deadline.not_after
            yield refusal(
                act,
                "too_late",
                f"“{name['zh']}”已于{last}届满，不得再延长",
                f"'{name['en']}' ended on {last} and cannot be extended any more",
                what=key,
                cite=extended.rule.value.cite,
            )
        elif extended and extended.deadline and extended.deadline.extensions:
            name = extended.period.title
            yield refusal(
                act,
                "extended",
                f"“{name['zh']}”已延长过一次，不得再延长",
                f"'{name['en']}' was extended once and cannot be again",
                what=key,
                cite=extended.rule.value.cite,
            )


def lacking(course: Course, act: Act, event: Event) -> Iterator[Refusal]:
    """What an event lacks: its order in time, documents, fields."""
    last = course.events[-1] if course.events else None
    if last and moment_of(event.at) < moment_of(last.at):
        yield refusal(
            act,
            "order",
            f"办理时间{event.at}早于上一步的{last.at}",
            f"its time, {event.at}, is before that of the act before it, {last.at}",
        )
    for key in act.needs:
        if key not in course.documents and key not in event.documents:
            name = course.procedure.documents[key]
            yield refusal(act, "document", f"缺少“{name['zh']}”", f"'{name['en']}' is missing", what=key)
    begins, first = {name for _, name in act.starts if name}, course.events[0] if course.events else None
    for field in act.fields:
        fault = field_fault(field, event.data.get(field.key))
        if not fault and field.key in begins:
            fault = day_fault(told(event, field.key), event, first)
        if fault:
            yield refusal(
                act,
                "field",
                f"“{field.title['zh']}”{fault['zh']}",
                f"'{field.title['en']}' {fault['en']}",
                what=field.key,
            )


def field_fault(field: Field, value: Any) -> Text:
    """What is wrong with what was said; empty where nothing is."""
    if value is None or value == "":
        return Text(zh="未填写", en="is not filled in") if field.required else Text()
    if field.type == "date" and not is_day(value):
        return Text(zh=f"“{value}”不是日期，应写作2026-09-28", en=f"'{value}' is not a day; write 2026-09-28")
    if field.type == "number" and not is_number(value):
        return Text(zh=f"“{value}”不是数", en=f"'{value}' is not a number")
    if field.type == "flag" and not isinstance(value, bool):
        return Text(zh="应为是或否", en="must be yes or no")
    keys = [key for key, _ in field.options]
    if field.type == "choice" and value not in keys:
        return Text(zh=f"“{value}”不在选项之中", en=f"'{value}' is not one of {', '.join(keys)}")
    return Text()


def day_fault(began: date, event: Event, first: Event | None) -> Text:
    """What is wrong with a day from which a period runs: it has come, and it does not lie before the case."""
    day, on = day_of(began), day_of(event.at)
    if day > on:
        return Text(zh=f"“{day}”尚未到来，应不晚于办理之日{on}", en=f"'{day}' has not come yet; it is {on}")
    if first and day < day_of(first.at):
        since = day_of(first.at)
        return Text(
            zh=f"“{day}”早于本案第一次办理之日{since}", en=f"'{day}' is before {since}, the day of the case's first act"
        )
    return Text()


def is_day(value: Any) -> bool:
    """Whether a value is a day from which and to which days can be counted, or a text that names one."""
    try:
        found = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        return False
    return FIRST <= day_of(found) <= LAST


def is_number(value: Any) -> bool:
    """Whether a value is a finite number, or a text that is one."""
    try:
        return not isinstance(value, bool) and Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False


def refusal(act: Act, kind: str, zh: str, en: str, *, what: str = "", cite: Citation | None = None) -> Refusal:
    """A reason, with its article in brackets behind it."""
    article = citation(cite or act.cite)
    return Refusal(kind, Text(zh=f"{zh}（{article}）", en=f"{en} ({article})"), cite or act.cite, what)


def joined(keys: tuple[str, ...], states: dict[str, Any], said: str) -> str:
    """The names of states."""
    return ("”“" if said == "zh" else "', '").join(states[key].title[said] for key in keys)
