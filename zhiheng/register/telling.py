"""What a document tells of a case, as plain data: who, what was sampled, what was found, which periods run, what was done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone

from zhiheng import clock, rules
from zhiheng.errors import NothingThereYet
from zhiheng.register import history
from zhiheng.register.models import Case, Document, Event, Line, Organisation, Report
from zhiheng.rules.documents import Kind
from zhiheng.rules.procedures import Act, Procedure
from zhiheng.selection.form import Received

Body = dict[str, Any]
PARTIES = ("subject", "producer", "laboratory", "retest_laboratory")
AMOUNTS = {"T": "test", "R": "reserve"}
RELEASED = ("conforming", "nonconforming")


@dataclass(frozen=True)
class Gathered:
    """What all documents of one act may name, looked up once: the act's day, the events of the case, its papers, and the rest."""

    on: date
    procedure: Procedure
    rows: Sequence[Event]
    papers: Sequence[Body]
    body: Body


def gathered(
    case: Case,
    rows: Sequence[Event],
    *,
    course: clock.Course,
    said: Mapping[str, Any],
    links: Mapping[str, Organisation],
) -> Gathered:
    """What a case has to tell once the last of its events is done."""
    procedure, event = course.procedure, rows[-1]
    act, out = procedure.acts[event.act], released(case)
    body: Body = {
        "case": case.number,
        "procedure": procedure.key,
        "procedure_title": dict(procedure.title),
        "title": case.title,
        "on": timezone.localdate(event.at).isoformat(),
        "act": event.act,
        "act_title": dict(act.title),
        "state": course.state.key,
        "state_title": dict(course.state.title),
        "cite": {"act": act.cite.act, "at": act.cite.at, "standing": standing(act, event)},
        "why": event.why,
        "said": worded(act, said),
        "authority": links.get("authority", case.authority).name,
        "parties": parties(case, links),
        "product": product(case),
        "samples": samples(case),
        "reports": reports(out),
        "findings": findings(out),
        "periods": [period(one, procedure) for one in course.open],
    }
    held = Document.objects.filter(case=case).order_by("issued_at", "id")
    return Gathered(timezone.localdate(event.at), procedure, rows, [paper(one) for one in held], body)


def told(about: Gathered, kind: Kind, *, siblings: Iterable[Document] = ()) -> Body:
    """Everything that a kind of document may name; what it does not name is not kept in it.

    `siblings` are the documents of the same act that come before this one.
    """
    body = about.body | {
        "told": earlier(about, kind),
        "papers": [*about.papers, *(paper(one) for one in siblings)],
    }
    if any("course" in block.names for block in kind.body):
        body["course"] = steps(about)
    return body


def familiar(case: Case) -> None:
    """Look up all organisations of a case at once."""
    numbers = {role: getattr(case, f"{role}_id") for role in ("authority", *PARTIES)}
    found = Organisation.objects.in_bulk({number for number in numbers.values() if number})
    for role, number in numbers.items():
        if number:
            setattr(case, role, found[number])


def standing(act: Act, event: Event) -> str:
    """Whether somebody has read the article of an act."""
    if act.checked is None:
        return "unverified"
    return "stale" if timezone.localdate(event.at) > act.checked else "checked"


def worded(act: Act, said: Mapping[str, Any]) -> Body:
    """What was said in an act; a choice in its words."""
    options = {field.key: dict(field.options) for field in act.fields}
    return {key: dict(options.get(key, {}).get(value) or {}) or str(value) for key, value in said.items()}


def earlier(about: Gathered, kind: Kind) -> Body:
    """What was said last in the fields that this kind names, in any act of the case."""
    wanted = {hole.split(".", 1)[1] for hole, _ in kind.holes() if hole.startswith("told.")}
    found: Body = {}
    for event in map(history.told, about.rows) if wanted else ():
        if event.act in about.procedure.acts:
            spoken = worded(about.procedure.acts[event.act], event.data)
            found |= {key: value for key, value in spoken.items() if key in wanted}
    return found


def parties(case: Case, links: Mapping[str, Organisation]) -> Body:
    """Who is concerned, by what they are in the case."""
    known = {role: links.get(role) or getattr(case, role) for role in PARTIES}
    return {
        role: {"name": one.name, "credit_code": one.credit_code or "", "address": one.address}
        for role, one in known.items()
        if one is not None
    }


def product(case: Case) -> Body:
    """The product as it is registered, or as the case's evidence names it."""
    one = case.product
    if one is None:
        return {"name": str(case.evidence.get("product_name") or "")}
    return {"name": one.name, "model": one.model, "mark": one.mark, "standard": one.standard, "gtin": one.gtin}


def samples(case: Case) -> list[Body]:
    """The sealed parts, with what their sampling form says of them."""
    found = []
    for one in case.samples.order_by("-part"):
        form = form_of(one.form)
        amount = form.get(AMOUNTS[one.part])
        quantity = f"{amount['value']} {amount['unit']}" if isinstance(amount, dict) else one.quantity
        told_by = {
            "product": "product",
            "model": "model",
            "mark": "brand",
            "standard": "standard",
            "sampled_on": "sampled_on",
        }
        found.append(
            {"number": one.number, "part": one.part, "seal": one.seal, "quantity": quantity}
            | {key: str(form.get(name) or "") for key, name in told_by.items()}
            | {"batch": str(form.get("batch") or form.get("made_on") or "")}
        )
    return found


def form_of(kept: Mapping[str, Any]) -> Body:
    """The fields of a sampling form that came in; nothing where the sample came without one."""
    try:
        return (
            dict(Received(settings.WORKSPACE).form(str(kept["serial"]))["filled"]["fields"]) if "serial" in kept else {}
        )
    except NothingThereYet:
        return {}


def released(case: Case) -> list[Report]:
    """The reports that hold: of each number the version that was released last."""
    last = {one.number: one for one in case.reports.exclude(released_at=None).order_by("released_at", "version")}
    return list(last.values())


def reports(out: Iterable[Report]) -> list[Body]:
    """Those reports."""
    return [
        {
            "number": one.number,
            "version": one.version,
            "retest": one.is_retest,
            "on": timezone.localdate(one.released_at).isoformat() if one.released_at else "",
            "verdict": one.conclusion or one.verdict,
        }
        for one in out
    ]


def findings(out: Iterable[Report]) -> list[Body]:
    """Every result of those reports against its requirement."""
    return [finding(line, report) for report in out for line in report.lines.select_related("finding").order_by("pk")]


def finding(line: Line, report: Report) -> Body:
    """One result: what was required, what was found, and the verdict with its source."""
    made = getattr(line, "finding", None)
    required = made.requirement if made else {}
    act, _, at = str(required.get("citation") or "").partition(", ")
    known = rules.analytes().by_code.get(line.analyte)
    return {
        "retest": report.is_retest,
        "item": {language: known.name(language) if known else line.analyte for language in ("zh", "en")},
        "method": line.method,
        "value": figure(line),
        "unit": line.unit,
        "requirement": str(required.get("rule_text") or ""),
        "verdict": made.verdict if made else "not_judged",
        "cite": {"act": act, "at": at} if act else {},
        "standing": str(required.get("standing") or "checked"),
    }


def figure(line: Line) -> str:
    """A result as it was written: below a level, with its sign, or plain."""
    sign = "" if line.comparator in ("", "=") else line.comparator
    return f"{sign}{line.value or line.reporting_level}"


def paper(one: Document) -> Body:
    """A document that was issued before another one."""
    return {
        "kind": one.kind,
        "title": rules.documents.kind(one.kind, on=day_of(one)).title,
        "number": one.number,
        "on": day_of(one).isoformat(),
    }


def day_of(document: Document) -> date:
    """The day on which a document was issued."""
    return timezone.localdate(document.issued_at)


def period(one: clock.Running, procedure: Procedure) -> Body:
    """A period that runs, with its days and its law."""
    found = one.deadline
    return {
        "key": one.key,
        "title": dict(one.period.title),
        "binds": one.period.binds,
        "binds_title": dict(procedure.roles[one.period.binds]),
        "not_before": found.not_before.isoformat() if found and found.not_before else "",
        "due": (found.not_after if found else one.earliest).isoformat(),
        "is_settled": bool(found and found.settled),
        "is_paused": bool(found and found.stands),
        "explanation": dict(found.explanation) if found else dict(one.unknown),
        "cite": {"act": one.rule.value.cite.act, "at": one.rule.value.cite.at},
        "standing": one.rule.standing,
    }


def steps(about: Gathered) -> list[Body]:
    """What was done in a case, and in which role."""
    procedure = about.procedure
    return [
        {
            "on": event.at.date().isoformat(),
            "act": dict(procedure.acts[event.act].title) if event.act in procedure.acts else event.act,
            "by": dict(procedure.roles.get(event.role, {})) or event.role,
            "why": row.why,
        }
        for row, event in ((row, history.told(row)) for row in about.rows)
    ]
