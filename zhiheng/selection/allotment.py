"""The plan of a draw: read with nothing overlooked, and the numbers to draw in each stratum."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zhiheng.errors import DrawInvalid, StatisticsError
from zhiheng.selection import seed
from zhiheng.selection.choice import DESIGNS
from zhiheng.selection.frozen import HEADER, Stretch
from zhiheng.stats import allocate

PLAN = "plan.json"
PLAN_KEYS = {"title", "design", "n", "least", "columns", "seed", "inspectors", "disclose", "balance"}
DISCLOSE = ("outcome", "commitment")  # with what the lists become public; their checksums always do with the commitment


def read_plan(path: Path) -> dict[str, Any]:
    """The plan of a draw, with nothing in it that would be overlooked."""
    if not path.exists():
        raise DrawInvalid(f"{path}: there is no plan; docs/explanation/verifiable-draws.md shows one")
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise DrawInvalid(f"{path.name}: not JSON: {error}") from error
    if not isinstance(plan, dict):
        raise DrawInvalid(f"{path.name}: an object with {', '.join(sorted(PLAN_KEYS))} is expected")
    strange = sorted(set(plan) - PLAN_KEYS)
    if strange:
        raise DrawInvalid(f"{path.name}: '{strange[0]}' is not one of {', '.join(sorted(PLAN_KEYS))}")
    if plan.get("design") not in DESIGNS:
        raise DrawInvalid(f"{path.name} design: '{plan.get('design')}' is not one of {', '.join(DESIGNS)}")
    if not isinstance(plan.get("n"), int | dict) or isinstance(plan["n"], bool):
        raise DrawInvalid(f"{path.name} n: a whole number, or one for each stratum by name")
    for key in ("columns", "seed", "inspectors"):
        if not isinstance(plan.setdefault(key, {}), dict):
            raise DrawInvalid(f"{path.name} {key}: an object is expected")
    if not isinstance(plan.get("title", ""), str):
        raise DrawInvalid(f"{path.name} title: a text is expected")
    for ours, theirs in plan["columns"].items():
        if ours not in HEADER or not (theirs is None or isinstance(theirs, str)):
            raise DrawInvalid(
                f"{path.name} columns.{ours}: {theirs!r}: say the name of a column of the list, or null, for each of {', '.join(HEADER)}"
            )
    least = plan.get("least", 0)
    if not _whole(least, 0):
        raise DrawInvalid(
            f"{path.name} least: {least!r} is not a whole number, 0 or more: how many at least in each stratum"
        )
    if plan.setdefault("disclose", DISCLOSE[0]) not in DISCLOSE:
        raise DrawInvalid(f"{path.name} disclose: '{plan['disclose']}' is not one of {', '.join(DISCLOSE)}")
    _balance(path, plan)
    seed.check_terms(plan["seed"])
    return plan


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _balance(path: Path, plan: Mapping[str, Any]) -> None:
    """Balancing columns go with the cube method, and it with them."""
    named = plan.get("balance", [])
    if not isinstance(named, list) or not all(isinstance(name, str) and name for name in named):
        raise DrawInvalid(f"{path.name} balance: a list of columns of the list is expected, the most important first")
    if len(set(named)) != len(named) or set(named) & {"stratum", "id", "size"}:
        raise DrawInvalid(f"{path.name} balance: a column stands twice; stratum and size are kept anyway")
    if bool(named) != (plan["design"] == "cube"):
        raise DrawInvalid(
            f"{path.name} balance: the design cube needs columns to balance on, and no other design has any"
        )


def allocation(plan: Mapping[str, Any], strata: Sequence[Stretch], *, least: int) -> list[int]:
    """How many are drawn in each stratum: as the plan says by name, or in proportion to units (simple) or sizes."""
    asked = plan["n"]
    if isinstance(asked, dict):
        return _named(asked, strata)
    least = int(plan.get("least", least))
    if asked < least * len(strata):
        raise DrawInvalid(
            f"plan.json n: {asked} is less than {least} for each of the {len(strata)} strata; raise n to {least * len(strata)}, "
            'join strata, or say "least": 0 and leave some strata without a draw'
        )
    weights = [entry.units if plan["design"] == "simple" else entry.size for entry in strata]
    units = np.array([entry.units for entry in strata])
    try:
        return [int(n) for n in allocate(weights, asked, least=np.minimum(least, units), most=units)]
    except StatisticsError as error:
        raise DrawInvalid(f"plan.json n: {error}") from error


def _named(asked: Mapping[str, Any], strata: Sequence[Stretch]) -> list[int]:
    names = [entry.stratum for entry in strata]
    missing, strange = [name for name in names if name not in asked], sorted(set(asked) - set(names))
    if missing or strange:
        told = f"the stratum '{missing[0]}' has no number" if missing else f"no target is in the stratum '{strange[0]}'"
        raise DrawInvalid(f"plan.json n: {told}; give one for every stratum of the list and no other")
    for entry in strata:
        drawn = asked[entry.stratum]
        if not isinstance(drawn, int) or isinstance(drawn, bool) or not 0 <= drawn <= entry.units:
            raise DrawInvalid(
                f"plan.json n: {drawn!r} cannot be drawn from the {entry.units} of stratum '{entry.stratum}'; "
                "a probability lies between 0 and 1"
            )
    return [asked[name] for name in names]
