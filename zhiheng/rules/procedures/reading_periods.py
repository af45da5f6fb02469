"""Periods and how statutes count, read from their files."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from zhiheng.rules.procedures.period import UNITS, Counting, Period, PeriodValue, Text
from zhiheng.rules.procedures.source import Node, cited
from zhiheng.rules.reader import Place

Countings = dict[str, tuple[Counting, ...]]
COUNTING_KEYS = {"start", "months", "roll", "hours", "working", "note", "cite", "checked"}
PERIOD_KEYS = {"zh", "en", "begins", "binds", "expires", "excluded", "statute", "values", "checked"}
VALUE_KEYS = {"length", "opens", "unit", "roll", "extension", "statute", "cite", "until", "checked", "legal", "note"}
WORKING = ("all", "upto")


def countings(node: Node) -> Countings:
    """How each statute counts, through time."""
    node.known({"title", "checked", "sources", "statutes"})
    node.need("title", "checked", "statutes")
    found: Countings = {}
    for key, statute in node.node("statutes").nodes():
        statute.known({"zh", "en", "values"})
        statute.need("values")
        values = statute.node("values")
        versions = [counting(key, statute.text(), day, values, node.node("sources")) for day in values.body]
        found[key] = tuple(sorted(versions, key=lambda one: one.since))
    return found


def counting(key: str, title: Text, since: date, values: Node, sources: Node) -> Counting:
    """One dated version."""
    body, place = values.node(since), values.at(since)
    a_day(since, place)
    body.known(COUNTING_KEYS)
    cite, read = cited(body, sources, place=place)
    working = str(body.body.get("working", ""))
    head = working.split(" ")[0]
    if working and head not in WORKING and not all(part.isdigit() for part in working.split()):
        raise body.at("working").fault(f"'{working}' is not 'all', 'upto 10' or numbers of days such as '2 3 5 7'")
    articles = {name: body.node(name).text() if name in body.body else Text() for name in ("start", "months", "roll")}
    return Counting(
        key,
        title,
        since,
        cite,
        start=articles["start"],
        months=articles["months"],
        roll=articles["roll"],
        hours=body.node("hours").text() if "hours" in body.body else Text(),
        working=working,
        note=body.node("note").text() if "note" in body.body else Text(),
        checked=body.day("checked") if "checked" in body.body else read,
    )


def periods(
    node: Node, *, prefix: str, region: str, countings: Countings, roles: Mapping[str, Text], times: Mapping[str, Text]
) -> dict[str, Period]:
    """The periods of a file, by their key within it."""
    found = {}
    for key, body in node.node("deadlines").nodes():
        body.known(PERIOD_KEYS)
        body.need("zh", "en", "begins", "binds", "values")
        word(str(body.body["binds"]), roles, "role", body.at("binds"))
        for kind in body.words("excluded"):
            word(kind, times, "kind of time", body.at("excluded"))
        found[key] = Period(
            key=f"{prefix}/{key}",
            title=body.text(),
            begins=body.node("begins").text(),
            binds=str(body.body["binds"]),
            excluded=body.words("excluded"),
            expires=str(body.body.get("expires", "")),
            values=dated_values(body, node, countings),
            countings=countings,
            times=dict(times),
            region=region,
            source=f"{body.top.file}, line {node.node('deadlines').at(key).line}",
        )
    return found


def dated_values(body: Node, file: Node, countings: Countings) -> tuple[PeriodValue, ...]:
    """The values of a period in the order of their days, each ending where the next begins."""
    values = body.node("values")
    if not values.body:
        raise body.at("values").fault("a period needs a dated value")
    found = []
    for since in values.body:
        a_day(since, values.at(since))
        found.append(value(since, values, body, file, countings))
    found.sort(key=lambda one: one.since)
    ended = []
    for one, following in zip(found, [*found[1:], None], strict=True):
        until = one.until
        if following is not None and (until is None or until > following.since):
            until = following.since
        if until is not None and until <= one.since:
            raise values.at(one.since).fault(f"the value of {one.since} ends on {until}, before it begins")
        ended.append(replace(one, until=until))
    return tuple(ended)


def value(since: date, values: Node, body: Node, file: Node, countings: Countings) -> PeriodValue:
    """One dated value; a length of null is a repeal."""
    node, place = values.node(since), values.at(since)
    node.known(VALUE_KEYS)
    node.need("length")
    cite, read = cited(node, file.node("sources"), place=place)
    repealed = node.body["length"] is None
    statute = str(node.body.get("statute") or body.body.get("statute") or file.body.get("statute") or "")
    if statute not in countings:
        raise place.fault(f"statute '{statute}' is not one of {', '.join(countings)}: it says how days are counted")
    unit = str(node.body.get("unit", ""))
    length = 0 if repealed else whole(node, "length")
    if not repealed:
        word(unit, UNITS, "unit", node.at("unit"))
        agrees(length, unit, countings[statute], node)
    marked = next((one.day("checked") for one in (node, body) if "checked" in one.body), read)
    return PeriodValue(
        since=since,
        until=node.day("until"),
        length=length,
        unit=unit,
        statute=statute,
        cite=cite,
        opens=whole(node, "opens") if "opens" in node.body else None,
        roll=flag(node, "roll"),
        extension=whole(node, "extension") if "extension" in node.body else 0,
        checked=marked,
        legal=flag(node, "legal") is not False,
        repealed=repealed,
        note=node.node("note").text() if "note" in node.body else None,
    )


def agrees(length: int, unit: str, versions: tuple[Counting, ...], node: Node) -> None:
    """Refuse calendar days where the statute makes that number working days, and the other way round."""
    said = versions[-1].are_working(length)
    if said is not None and unit in ("d", "wd") and said != (unit == "wd"):
        meant = "working days (wd)" if said else "calendar days (d)"
        raise node.at("unit").fault(
            f"{length} {unit}: {versions[-1].cite.act} {versions[-1].cite.at} makes these {meant}"
        )


def whole(node: Node, key: str) -> int:
    """A whole number."""
    found = node.body[key]
    if isinstance(found, bool) or not isinstance(found, int):
        raise node.at(key).fault(f"'{key}' must be a whole number, not '{found}'")
    return found


def flag(node: Node, key: str) -> bool | None:
    """Yes, no, or nothing said."""
    found = node.body.get(key)
    if found is not None and not isinstance(found, bool):
        raise node.at(key).fault(f"'{key}' must be true or false, not '{found}'")
    return found


def word(found: str, allowed: Mapping[str, object], what: str, place: Place) -> None:
    """Refuse a word outside its list."""
    if found not in allowed:
        raise place.fault(f"{what} '{found}' is not one of {', '.join(allowed)}")


def a_day(found: object, place: Place) -> None:
    """Refuse what is not a day."""
    if not isinstance(found, date):
        raise place.fault(f"'{found}' is not a day; write YYYY-MM-DD")
