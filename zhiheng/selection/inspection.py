"""The verification of a draw, told file by file: what holds, what does not, and what could not be asked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhiheng import rules
from zhiheng.errors import UsageError
from zhiheng.selection.ceremony import Ceremony
from zhiheng.selection.commitment import MANIFEST, PEOPLE, SEED
from zhiheng.selection.draw import OUTCOME, TABLE
from zhiheng.selection.verification import verify

CELLS_DESIGNS = ("sampford", "cube")  # their work grows with units times drawn


@dataclass(frozen=True)
class Check:
    """A file of a draw: whether it holds (None: it could not be asked), and what was found."""

    file: str
    holds: bool | None
    what: str = ""


def too_large(entry: Ceremony) -> tuple[str, int, int] | None:
    """Which bound of law/int/draw.yaml a draw passes, how much it is, and the bound; nothing where a page may verify it."""
    if entry.found is None:
        return None
    found, bounds = entry.found, rules.settings("draw", on=entry.found.day)["pages"]
    listed = entry.folder / PEOPLE[0]
    people = listed.read_bytes().count(b"\n") if found.body["inspectors"] and listed.exists() else 0
    cells = max((stretch.units * (drawn + 1) for stretch, drawn in zip(found.strata, found.n, strict=True)), default=0)
    measured: dict[str, int] = {
        "units": int(found.body["units"]),
        "pairs": sum(found.n) * people,
        "cells": cells if entry.plan.get("design") in CELLS_DESIGNS else 0,
        "bytes": sum(int(file["bytes"]) for file in found.body["files"].values()),
    }
    return next(((name, n, int(bounds[name])) for name, n in measured.items() if n > int(bounds[name])), None)


def zip_bytes(entry: Ceremony) -> int:
    """The largest folder that is packed for a reader, in bytes."""
    terms: dict[str, Any] = rules.settings("draw", on=entry.found.day) if entry.found else {"pages": {"zip_bytes": 0}}
    return int(terms["pages"]["zip_bytes"])


def inspect(entry: Ceremony, *, published: str, scratch: Path) -> list[Check]:
    """Every file of a draw with what its verification says of it; nothing is written but into `scratch`."""
    names = [file.name for file in entry.files()]
    try:
        faults = verify(entry.folder, published=published, scratch=scratch)
    except (
        UsageError
    ) as error:  # the package that verifies a beacon is missing: everything that rests on the seed is open
        open_ = {SEED, TABLE, OUTCOME}
        return [Check(name, None if name in open_ else True, str(error) if name == SEED else "") for name in names]
    wrong: dict[str, list[str]] = {}
    for fault in faults:
        wrong.setdefault(fault.file, []).append(fault.what)
    # an outcome is held against files that hold; where one does not, nothing can be said of what follows from it
    if entry.stage != "drawn" and SEED in names:
        proof = entry.proof()
        wrong |= {SEED: [proof.fault]} if proof.holds is False else {}
    before = any(file not in (TABLE, OUTCOME) for file in wrong)
    first = any(file == MANIFEST for file in wrong)
    checks = [_check(name, wrong.pop(name, []), before=before, first=first) for name in names]
    if entry.found is None:  # without a manifest nothing is known of the others
        checks = [check if check.file == MANIFEST else Check(check.file, None) for check in checks]
    return checks + [Check(name, False, "; ".join(said)) for name, said in wrong.items()]


def _check(name: str, said: list[str], *, before: bool, first: bool) -> Check:
    if before and name in (TABLE, OUTCOME) or first and name == SEED and not said:
        return Check(name, None)
    return Check(name, not said, "; ".join(said))
