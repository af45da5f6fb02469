"""What is due in a case, step by step, by its own law or by that of another day."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiheng import clock
from zhiheng.errors import RuleNotInForce
from zhiheng.register import history
from zhiheng.register.models import Case
from zhiheng.web.pages import words
from zhiheng.web.pages.desk import seat

STANDINGS = {
    "unknown": _("not known yet"),
    "paused": _("paused"),
    "early": _("not open yet"),
    "open": _("runs"),
    "today": _("ends today"),
    "late": _("late"),
    "met": _("met"),
    "met_late": _("met late"),
}


def told(course: clock.Course, other: clock.Course | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The periods that run, the most urgent first, and those that ended; each beside its day under another law."""
    compared = {(one.key, one.begun): one for one in other.running} if other else {}
    running = [period(one, course, compared.get((one.key, one.begun))) for one in course.open]
    ended = [period(one, course, compared.get((one.key, one.begun))) for one in course.running if one.ended is not None]
    return running, ended


def period(one: clock.Running, course: clock.Course, other: clock.Running | None) -> dict[str, Any]:
    """One period."""
    standing, found = one.standing(course.at), one.deadline
    day = found.not_after if found else one.earliest
    said = "zh" if words.language() == "zh" else "en"
    return {
        "title": words.both(one.period.title),
        "standing": standing,
        "standing_word": str(STANDINGS[standing]),
        "late": standing == "late",
        "soon": standing == "today",
        "day": words.day(day),
        "earliest": found is None or not found.settled,
        "not_before": words.day(found.not_before) if found and found.not_before else "",
        "left": "" if one.ended is not None else seat.left(day),
        "ended_on": words.day(one.ended_on) if one.ended_on else "",
        "binds": words.both(course.procedure.roles[one.period.binds]),
        "cite": seat.cited(one.rule.value.cite),
        "law": one.rule.standing,
        "law_word": words.said("standing", one.rule.standing),
        "legal": one.rule.value.legal,
        "steps": [getattr(step, said) for step in found.steps] if found else [one.unknown.get(said, "")],
        "other": differs(one, other),
    }


def differs(one: clock.Running, other: clock.Running | None) -> dict[str, Any] | None:
    """The day under another law, and by which article."""
    if other is None:
        return None
    day = other.deadline.not_after if other.deadline else other.earliest
    own = one.deadline.not_after if one.deadline else one.earliest
    apart = (day - own).days
    if apart == 0:
        text = gettext("the same day")
    elif apart > 0:
        text = gettext("%(n)s days later") % {"n": apart}
    else:
        text = gettext("%(n)s days earlier") % {"n": -apart}
    return {"day": words.day(day), "apart": text, "cite": seat.cited(other.rule.value.cite)}


def under(case: Case, asked: str, at: datetime) -> tuple[clock.Course | None, str]:
    """The case followed by the law of another day, and what stands against that, in words."""
    if not asked:
        return None, ""
    try:
        return history.course(case, at=at, law=date.fromisoformat(asked)), ""
    except ValueError:
        return None, gettext("'%(text)s' is not a day; write it as 2026-09-28.") % {"text": asked[:40]}
    except RuleNotInForce as error:
        return None, str(error)
