"""What the law says about an act, beside its form: from the procedure's data alone."""

from typing import Any

from django.utils.translation import gettext

from zhiheng.errors import RuleNotInForce
from zhiheng.rules.procedures import UNITS, Act, Period, Procedure
from zhiheng.web.pages import words
from zhiheng.web.pages.desk import seat


def told(procedure: Procedure, act: Act) -> dict[str, Any]:
    """Citation, who, what is needed and made, periods that begin and end, and where it leads."""
    return {
        "cite": seat.cited(act.cite),
        "checked": words.day(act.checked) if act.checked else "",
        "facts": [one for one in facts(procedure, act) if one["text"]],
        "periods": [period(procedure.periods[key], procedure) for key, _field in act.starts],
    }


def facts(procedure: Procedure, act: Act) -> list[dict[str, Any]]:
    """The facts of an act in short."""
    return [
        {"label": gettext("Done by"), "text": seat.listed(words.both(procedure.roles[one]) for one in act.by)},
        {"label": gettext("Not by who did"), "text": titles(procedure, act.not_same_as)},
        {"label": gettext("Not by the body that did"), "text": titles(procedure, act.not_same_laboratory_as)},
        {"label": gettext("Needs"), "text": documents(procedure, act.needs)},
        {"label": gettext("Makes"), "text": documents(procedure, act.produces)},
        {"label": gettext("Only within"), "text": periods(procedure, act.within)},
        {"label": gettext("Not before the window"), "text": periods(procedure, act.opens)},
        {"label": gettext("Only after the end of"), "text": periods(procedure, act.after)},
        {"label": gettext("Meets"), "text": periods(procedure, *act.stops)},
        {"label": gettext("Extends"), "text": periods(procedure, *act.extends)},
        {"label": gettext("Stops the clock for"), "text": times(procedure, act.pauses)},
        {"label": gettext("Lets the clock go on after"), "text": times(procedure, act.resumes)},
        {
            "label": gettext("Leads to"),
            "text": words.both(procedure.states[act.to].title) if act.to else gettext("the state stays"),
        },
        {"label": gettext("Then come"), "text": seat.listed(following(procedure, act))},
    ]


def titles(procedure: Procedure, keys: tuple[str, ...]) -> str:
    """Acts by name."""
    return seat.listed(words.both(procedure.acts[key].title) for key in keys if key in procedure.acts)


def documents(procedure: Procedure, keys: tuple[str, ...]) -> str:
    """Documents by name."""
    return seat.listed(words.both(procedure.documents[key]) for key in keys)


def periods(procedure: Procedure, *keys: str) -> str:
    """Periods by name."""
    return seat.listed(words.both(procedure.periods[key].title) for key in keys if key)


def times(procedure: Procedure, keys: tuple[str, ...]) -> str:
    """Kinds of time by name."""
    return seat.listed(words.both(procedure.times[key]) for key in keys)


def following(procedure: Procedure, act: Act) -> list[str]:
    """What may come after an act."""
    return [words.both(one.title) for one in procedure.acts.values() if act.to and act.to in one.sources]


def period(one: Period, procedure: Procedure) -> dict[str, Any]:
    """A period that an act starts: how long by the law of today, and by which article."""
    try:
        rule = one.at(seat.today())
    except RuleNotInForce as error:
        return {"title": words.both(one.title), "length": str(error), "cite": "", "standing": ""}
    value = rule.value
    span = f"{value.length}" if value.opens is None else f"{value.opens}–{value.length}"
    gap = "" if words.language() == "zh" else " "
    return {
        "title": words.both(one.title),
        "length": f"{span}{gap}{words.both(UNITS[value.unit])}",
        "binds": words.both(procedure.roles[one.binds]),
        "cite": seat.cited(value.cite),
        "legal": value.legal,
        "standing": words.said("standing", rule.standing),
        "unverified": rule.standing == "unverified",
        "note": words.both(value.note) if value.note else "",
    }
