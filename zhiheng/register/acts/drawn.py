"""Cases from the targets of a draw: one for each target, once, however often it is asked for and by however many at once."""

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhiheng.errors import ActRefused, DrawError, NothingThereYet
from zhiheng.register.acts import cases, numbering
from zhiheng.register.acts.cases import Opening
from zhiheng.register.models import Account, Case, Organisation, Plan
from zhiheng.selection import ceremony, lookup
from zhiheng.selection.ceremony import Ceremony

REGION_COLUMNS = ("region",)


@dataclass(frozen=True)
class Target:
    """A drawn target: its id in the list, stratum, region, the inspectors it was given, and its case once there is one."""

    id: str
    stratum: str
    region: str
    inspectors: tuple[str, ...] = ()
    case: str = ""


@dataclass(frozen=True)
class Terms:
    """What all cases of a draw have in common."""

    procedure: str
    laboratory: Organisation | None = None
    responsible: Account | None = None
    why: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Opened:
    """What became of the targets: cases by target, those that had one already, and what stood against the others."""

    made: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def draws(home: Path) -> list[Ceremony]:
    """The draws of a workspace whose outcome is there, the latest first."""
    return [one for one in ceremony.ceremonies(home, now=timezone.now().timestamp()) if one.stage == "drawn"]


def draw(home: Path, name: str) -> Ceremony:
    """One of them. NothingThereYet: there is none of the name, or it was not drawn yet."""
    found = ceremony.opened(home, name, now=timezone.now().timestamp())
    if found.stage != "drawn":
        raise NothingThereYet(f"the draw '{name}' has no outcome yet: run it first, 'zhiheng draw run {name}'")
    return found


def targets(entry: Ceremony) -> list[Target]:
    """The drawn targets, each with its region from the list and its case where there is one."""
    rows = list(lookup.rows(entry))
    regions = places(entry, {row.id for row in rows})
    held = opened_cases(entry.name)
    return [Target(row.id, row.stratum, regions.get(row.id, ""), row.inspectors, held.get(row.id, "")) for row in rows]


def places(entry: Ceremony, wanted: set[str]) -> dict[str, str]:
    """The region of each target, as the list has it."""
    assert entry.found is not None
    path = entry.folder / str(entry.found.body["list"])
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        column = next((name for name in REGION_COLUMNS if name in (reader.fieldnames or ())), None)
        if column is None:
            return {}
        return {row["id"]: row[column] for row in reader if row["id"] in wanted}


def opened_cases(name: str) -> dict[str, str]:
    """The cases of a draw by target."""
    rows = Case.objects.filter(evidence__draw=name).values_list("evidence__target", "number")
    return {str(target): number for target, number in rows}


def open_drawn(
    by: Account, entry: Ceremony, terms: Terms, *, regions: Mapping[str, str] | None = None, at: datetime | None = None
) -> Opened:
    """Open a case for every target that has none; `regions` are those of targets whose list names none, or another.

    Each case is opened in its own transaction: what stands against one is told and holds up no other.
    """
    if by.role != "officer":
        raise ActRefused(f"{by.name} may not open cases: an officer of the authority does")
    found = Opened()
    plan = Plan.objects.filter(draw=entry.name).first()
    for target in targets(entry):
        if target.case:
            found.known[target.id] = target.case
            continue
        region = (regions or {}).get(target.id) or target.region or by.organisation.region
        try:
            number = opened_once(by, entry, target, terms, region=region, plan=plan, at=at)
        except (ActRefused, DrawError) as error:
            found.refused[target.id] = str(error)
            continue
        (found.made if number else found.known)[target.id] = number or opened_cases(entry.name).get(target.id, "")
    return found


def opened_once(
    by: Account,
    entry: Ceremony,
    target: Target,
    terms: Terms,
    *,
    region: str,
    plan: Plan | None,
    at: datetime | None,
) -> str:
    """The number of the case that was opened for a target; empty where another process had opened one.

    The series of the target gives the number 1 once: who asks at the same time waits for it and gets 2, unless the first failed.
    """
    key = hashlib.sha256(f"{entry.name}\0{target.id}".encode()).hexdigest()[:40]
    with transaction.atomic():
        if numbering.following(f"drawn/{key}") > 1:
            transaction.set_rollback(True)
            return ""
        subject = firm(target.id)
        opening = Opening(
            procedure=terms.procedure,
            title=f"{subject.name if subject else target.id} · {entry.title}"[:200],
            authority=by.organisation,
            region=region,
            subject=subject,
            laboratory=terms.laboratory,
            responsible=terms.responsible or by,
            inspectors=inspectors(by.organisation, target.inspectors),
            plan=plan,
            evidence={**terms.evidence, "draw": entry.name, "target": target.id, "stratum": target.stratum},
        )
        why = terms.why or f"{entry.name}: {target.id}"
        return cases.open_case(by, opening, at=at, why=why).number


def firm(name: str) -> Organisation | None:
    """The registered firm that a target names, by its credit code, or by a name that only it has."""
    kept = Organisation.objects.filter(kind="enterprise", merged_into=None)
    found = kept.filter(credit_code=name.upper()).first()
    if found is None:
        same = list(kept.filter(name=name)[:2])
        found = same[0] if len(same) == 1 else None
    return found


def inspectors(authority: Organisation, names: Iterable[str]) -> list[Account]:
    """The accounts of inspectors that a draw names, by username or by a name that only one has there."""
    found = []
    for name in names:
        there = Account.objects.filter(role="inspector", is_active=True, organisation=authority)
        same = list(there.filter(username=name)[:2]) or list(there.filter(name=name)[:2])
        if len(same) == 1:
            found.append(same[0])
    return found
