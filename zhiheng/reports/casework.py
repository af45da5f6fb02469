"""Cases for readers: events read from a file, and the timeline of a case with its periods and what may come next."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from zhiheng import clock
from zhiheng.clock import Course, Event, Running
from zhiheng.errors import FileUnreadable
from zhiheng.rules.procedures import Procedure

NEEDED = ("act", "at", "by", "role")
KNOWN = (*NEEDED, "organisation", "data", "documents")


def events(path: Path) -> tuple[Event, ...]:
    """The events of a case from a YAML or JSON file: a list of act, at, by, role, organisation, data, documents."""
    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FileUnreadable(f"{path.name}: not readable as YAML or JSON: {error}") from error
    if not isinstance(body, list) or not all(isinstance(entry, dict) for entry in body):
        raise FileUnreadable(f"{path.name}: a list of events was expected, each with {', '.join(NEEDED)}")
    return tuple(event(entry, f"{path.name}, event {number}") for number, entry in enumerate(body, start=1))


def event(entry: Mapping[str, Any], place: str) -> Event:
    """One event."""
    missing = [key for key in NEEDED if not entry.get(key)]
    strange = [str(key) for key in entry if key not in KNOWN]
    if missing or strange:
        said = f"'{missing[0]}' is missing" if missing else f"unknown key '{strange[0]}'"
        raise FileUnreadable(f"{place}: {said}; an event has {', '.join(KNOWN)}")
    return Event(
        act=str(entry["act"]),
        at=moment(entry["at"], place),
        by=str(entry["by"]),
        role=str(entry["role"]),
        organisation=str(entry.get("organisation") or ""),
        data=entry.get("data") or {},
        documents=tuple(entry.get("documents") or ()),
    )


def moment(told: Any, place: str) -> datetime:
    """The moment of an event; a day alone is its beginning."""
    if isinstance(told, datetime):
        return told
    if isinstance(told, date):
        return datetime(told.year, told.month, told.day)
    try:
        return datetime.fromisoformat(str(told))
    except ValueError as error:
        raise FileUnreadable(f"{place}: '{told}' is not a moment; write 2026-09-16T09:30") from error


def timeline(
    procedure: Procedure, history: Sequence[Event], *, at: datetime, law: date | None = None
) -> dict[str, Any]:
    """A case act by act with the state each led to, its periods, and what each role may do next."""
    course = clock.follow(procedure, history, at=at, law=law)
    return {
        "procedure": procedure.key,
        "title": procedure.title,
        "law_of": law or procedure.on,
        "region": procedure.region,
        "fingerprint": procedure.fingerprint,
        "at": at.isoformat(),
        "state": {"key": course.state.key, **course.state.title, "final": course.state.final},
        "acts": list(steps(procedure, history)),
        "periods": [period(one, course) for one in course.running],
        "silent": [{"rule": one.period.key, "start": one.start, **one.text} for one in course.silent],
        "expiring": [act.key for act in course.expiring],
        "next": [allowed for allowed in following(procedure, history, at=at, law=law) if allowed["by"]],
    }


def steps(procedure: Procedure, history: Sequence[Event]) -> Iterator[dict[str, Any]]:
    """Each act with the state that followed, and what stood against it."""
    for number, one in enumerate(history):
        why = clock.refusals(procedure, history[:number], one)
        state = clock.follow(procedure, history[: number + 1], at=one.at).state
        yield {
            "at": one.at.isoformat(),
            "act": one.act,
            "title": procedure.acts[one.act].title,
            "by": one.by,
            "role": one.role,
            "organisation": one.organisation,
            "state": state.title,
            "refusals": [entry.text for entry in why],
        }


def period(one: Running, course: Course) -> dict[str, Any]:
    """A period of a case."""
    deadline = one.deadline
    return {
        "rule": one.period.key,
        "title": one.period.title,
        "binds": one.period.binds,
        "start": one.start,
        "not_before": deadline.not_before if deadline else None,
        "not_after": deadline.not_after if deadline else None,
        "moment": deadline.moment.isoformat() if deadline and deadline.moment else None,
        "earliest": one.earliest,
        "ended_on": one.ended_on,
        "standing": one.standing(course.at),
        "explanation": deadline.explanation if deadline else one.unknown,
    }


def following(
    procedure: Procedure, history: Sequence[Event], *, at: datetime, law: date | None
) -> Iterator[dict[str, Any]]:
    """The acts that may come next, with the roles that may do them and what they still need."""
    for one in clock.open_acts(procedure, history, at=at, law=law):
        yield {
            "act": one.act.key,
            "title": one.act.title,
            "by": list(one.act.by) if one.allowed else [],
            "missing": list(one.missing),
        }
