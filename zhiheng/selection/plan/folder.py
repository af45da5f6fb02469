"""A plan as files: a folder that `zhiheng draw commit` takes as it is, with all that is needed to compute the plan again.

plan.json, targets.csv        what the draw reads: numbers of every stratum, sizes with their floor
inspectors.csv …              who may inspect, as given
terms.json                    programme, day, budget, what was changed, the terms with their citations, the plan in figures
source.*, scores.*            the list and the scores as given, byte for byte
whole.csv                     every target with its chances, or the rule that keeps it out
strata.csv, excluded.csv      the plan by stratum; the rules and how many each keeps out
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import numpy as np

from zhiheng.engines import Engine
from zhiheng.errors import PlanInvalid
from zhiheng.evidence.source import raw_name, raw_schema
from zhiheng.evidence.tables import Table
from zhiheng.selection import seed
from zhiheng.selection.plan import frame as frames
from zhiheng.selection.plan.made import Plan, make
from zhiheng.selection.plan.terms import PlanTerms, planned
from zhiheng.selection.tables import PLAN_EXCLUDED, PLAN_STRATA, PLAN_TARGETS

PLAN, LIST, TERMS = "plan.json", "targets.csv", "terms.json"
WHOLE, STRATA, EXCLUDED = "whole.csv", "strata.csv", "excluded.csv"
PEOPLE = ("inspectors.csv", "recusals.csv", "earlier.csv")
CARRIED = ("name", "operator", "region", "qualifications")


def drand_round(day: date, chain: Mapping[str, Any]) -> int:
    """The first round of a drand chain on a day (UTC)."""
    moment = (day - date(1970, 1, 1)).days * 86_400
    return max(1, -(-(moment - int(chain["genesis_time"])) // int(chain["period"])) + 1)


def write(
    plan: Plan,
    folder: Path,
    engine: Engine,
    *,
    source: Path,
    seed_terms: Mapping[str, Any],
    asked: Mapping[str, Any],
    scores: Path | None = None,
    people: Mapping[str, Path] | None = None,
    title: str = "",
) -> list[str]:
    """Write the folder and give back the names of its files. `asked`: what `again` needs beside the files (columns, changed).

    PlanInvalid: the folder holds something already; DrawInvalid: the seed cannot be used. Nothing is written then, nor
    where the writing is stopped.
    """
    seed.check_terms(seed_terms)
    if folder.exists() and any(folder.iterdir()):
        raise PlanInvalid(f"{folder}: something is there already; a plan is written into a folder of its own")
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    beside.mkdir(parents=True)
    try:
        _filled(plan, beside, engine, source, seed_terms, asked, scores=scores, people=people or {}, title=title)
        os.replace(beside, folder)  # whole or not at all: a folder that is half a plan could be committed to
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return sorted(path.name for path in folder.iterdir())


def _filled(
    plan: Plan,
    folder: Path,
    engine: Engine,
    source: Path,
    seed_terms: Mapping[str, Any],
    asked: Mapping[str, Any],
    *,
    scores: Path | None,
    people: Mapping[str, Path],
    title: str,
) -> None:
    for name, path in people.items():
        shutil.copyfile(path, folder / name)
    kept = {"source": source} | ({"scores": scores} if scores else {})
    names = {role: f"{role}{''.join(path.suffixes[-2:])}" for role, path in kept.items()}
    for role, path in kept.items():
        shutil.copyfile(path, folder / names[role])
    _listed(plan, folder / LIST, engine)
    _tables(plan, folder, engine)
    body = {
        "title": title or f"{plan.terms.programme} {plan.terms.on}",
        "design": plan.terms.design,
        "n": {name: int(plan.arms.random[at] + plan.arms.targeted[at]) for at, name in enumerate(plan.arms.names)},
        "seed": dict(seed_terms),
    }
    if "inspectors.csv" in people:
        body["inspectors"] = {"each": plan.terms.inspectors_each}
    _json(folder / PLAN, body)
    whole = asdict(plan.terms) | {"exclusions": [asdict(rule) for rule in plan.terms.exclusions]}
    _json(folder / TERMS, {"asked": dict(asked), "files": names, "terms": whole, "plan": plan.summary})


def again(folder: Path, programme: Mapping[str, Any]) -> list[str]:
    """What of a folder does not follow from its own list, scores and terms, in words; an empty list says that all does."""
    said = read_terms(folder)
    asked, held = said["asked"], said["terms"]
    on = date.fromisoformat(held["on"])
    terms = planned(programme, on=on, budget=int(held["budget"]), **_changed(asked["changed"]))
    source = folder / said["files"]["source"]
    scores = folder / said["files"]["scores"] if "scores" in said["files"] else None
    beside = folder / ".again"
    try:
        with Engine() as engine:
            frame = frames.read(source, terms, engine, columns=asked["columns"], scores=scores)
            plan_json = json.loads((folder / PLAN).read_text(encoding="utf-8"))
            people = {name: folder / name for name in PEOPLE if (folder / name).exists()}
            names = write(
                make(frame, terms),
                beside,
                engine,
                source=source,
                seed_terms=plan_json["seed"],
                asked=asked,
                scores=scores,
                people=people,
                title=plan_json["title"],
            )
        return [
            f"{name}: it is not what the list and the terms give"
            for name in names
            if not (folder / name).exists() or (folder / name).read_bytes() != (beside / name).read_bytes()
        ]
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def read_terms(folder: Path) -> dict[str, Any]:
    """terms.json of a folder. PlanInvalid: it is missing or damaged."""
    try:
        found = json.loads((folder / TERMS).read_text(encoding="utf-8"))
        assert {"asked", "files", "terms"} <= set(found)
    except (OSError, ValueError, AssertionError, TypeError) as error:
        raise PlanInvalid(
            f"{folder / TERMS}: missing or damaged ({error!r}); write the plan again with 'zhiheng plan make'"
        ) from error
    return dict(found)


def chances_of(path: Path, engine: Engine) -> dict[str, float]:
    """The probability of being drawn of every target of an earlier plan: its whole.csv, or any table of id and inclusion."""
    names = frames.brought(path, engine)
    if not {"id", "inclusion"} <= set(names):
        raise PlanInvalid(
            f"{path.name} line 1: an earlier plan has the columns id and inclusion, as whole.csv of a plan's folder"
        )
    table = ibis.table(raw_schema(names), name="raw")
    shown = table.select(
        id=table[raw_name("id")], p=table[raw_name("inclusion")].try_cast("float64").fill_null(float("nan"))
    )
    found = engine.columns(shown)
    return dict(zip(found["id"].tolist(), found["p"].tolist(), strict=True))


def _changed(changed: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in changed.items()}


def _listed(plan: Plan, path: Path, engine: Engine) -> None:
    """The canonical list of the draw, in which the floor of every size is committed too."""
    inside = plan.eligible
    texts = {name: plan.frame.texts[name][inside] for name in CARRIED if name in plan.frame.texts}
    columns = {
        "stratum": np.array(plan.arms.names, dtype=object)[plan.arms.stratum[inside]],
        "id": plan.frame.ids[inside],
        "size": plan.chances.size[inside],
        "floor": plan.chances.floor[inside],
        "units": plan.units[inside],
        **texts,
    }
    kinds = {name: "int64" if name in ("size", "floor", "units") else "string" for name in columns}
    engine.arrays("listed", columns)
    engine.write(ibis.table(kinds, name="listed").order_by(["stratum", "id"]), path)
    engine.forget("listed")


def _tables(plan: Plan, folder: Path, engine: Engine) -> None:
    engine.arrays("whole", plan.targets())
    shown = PLAN_TARGETS.unbound("whole")
    blank = {name: shown[name].nullif(float("nan")) for name in ("probability", "lower", "upper")}
    engine.write(shown.mutate(**blank).order_by(["stratum", "id"]), folder / WHOLE)
    engine.forget("whole")
    for table, rows, name in ((PLAN_STRATA, plan.strata(), STRATA), (PLAN_EXCLUDED, plan.excluded(), EXCLUDED)):
        _rows(table, rows, folder / name, engine)


def _rows(table: Table, rows: list[dict[str, Any]], path: Path, engine: Engine) -> None:
    engine.table("rows", [[row[name] for name in table.schema.names] for row in rows], table.schema)
    engine.write(table.unbound("rows"), path)
    engine.drop("rows")


def _json(path: Path, body: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")


__all__ = [
    "EXCLUDED",
    "LIST",
    "PEOPLE",
    "PLAN",
    "STRATA",
    "TERMS",
    "WHOLE",
    "PlanTerms",
    "again",
    "chances_of",
    "drand_round",
    "write",
]
