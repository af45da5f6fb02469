"""What whoever complained is told of it: when a decision is due, where it stands, what was done, and the papers that go to them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from zhiheng import clock
from zhiheng.errors import ActRefused
from zhiheng.register import history, masking, telling
from zhiheng.register.acts.petitions import PROCEDURE
from zhiheng.register.models import Case, Document
from zhiheng.reports import notice
from zhiheng.rules import documents as kinds_of
from zhiheng.rules.procedures import Act, Procedure

ROLE = "petitioner"
Body = dict[str, Any]


def promised(*, region: str = "", at: datetime) -> list[Body]:
    """The periods that would run if a complaint came in at this moment, each with its day and article."""
    procedure = history.procedure(PROCEDURE, on=timezone.localdate(at), region=region)
    act = beginning(procedure)
    event = clock.Event(act.key, timezone.localtime(at), "public", "public", documents=tuple(act.needs))
    course = clock.follow(procedure, [event], at=timezone.localtime(at))
    return [telling.period(one, procedure) for one in course.open]


def beginning(procedure: Procedure) -> Act:
    """The act with which somebody of the public begins a procedure."""
    for act in procedure.acts.values():
        if procedure.initial.key in act.sources and "public" in act.by:
            return act
    raise ActRefused(f"the procedure {procedure.key} does not let the public begin it")


def withdrawal(case: Case, *, at: datetime) -> Act | None:
    """The act that takes it back, while that can be done (acts/petitions.py: withdraw)."""
    for one in history.open_acts(None, case, at=at):
        if one.allowed and "public" in one.act.by and not one.act.needs:
            return one.act
    return None


def told(case: Case, *, at: datetime) -> Body:
    """Where a complaint stands: its state, steps, periods and papers; no name of an officer, no reason kept for the file."""
    course = history.course(case, at=at)
    procedure = course.procedure
    return {
        "state": dict(course.state.title),
        "final": course.state.final,
        "steps": [step(one, procedure) for one in course.events],
        "periods": [
            telling.period(one, procedure) | {"late": one.standing(course.at) == "late"} for one in course.open
        ],
        "papers": [paper(one) for one in addressed(case)],
    }


def step(one: clock.Event, procedure: Procedure) -> Body:
    """What was done, on which day, in which role."""
    return {
        "on": one.at.date().isoformat(),
        "act": dict(procedure.acts[one.act].title),
        "by": dict(procedure.roles.get(one.role, {})) or {"zh": one.role, "en": one.role},
    }


def addressed(case: Case) -> list[Document]:
    """The documents of a case that go to whoever complained."""
    kinds = kinds_of.read_by("petitioner", on=timezone.localdate())
    found = case.documents.filter(kind__in=kinds).order_by("issued_at", "id")
    return [one for one in found if said(one, "zh")["addressee"]["role"] == ROLE]


def paper(one: Document) -> Body:
    """A document as its addressee reads it."""
    return {
        "number": one.number,
        "on": timezone.localdate(one.issued_at).isoformat(),
        "token": one.token,
        "text": {language: said(one, language) for language in notice.LANGUAGES},
    }


def said(one: Document, language: str) -> Body:
    """What a document says, as it was issued."""
    return notice.content(one.kind, one.data, language=language)


def masked(block: Mapping[str, Any]) -> Body:
    """A part of a document's text with telephone and identity numbers hidden, for a page that anybody may read."""
    found = dict(block)
    for key in ("text", "title"):
        if isinstance(found.get(key), str):
            found[key] = masking.text(found[key])
    if found.get("rows"):
        found["rows"] = [[masking.text(str(cell)) for cell in row] for row in found["rows"]]
    return found
