"""One line for each item of each panel: how its values are printed, how they are spread, what it takes to fail.

Figures are whole numbers of the last printed digit; `step` is what one such digit is worth in the canonical unit, in units
of 1e-9. So every value, limit and tie is exact.
"""

import math
import re
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

import numpy as np

from zhiheng import rules, units
from zhiheng.simulation.draws import Array, normal, numbered, uniform
from zhiheng.simulation.panels import Item, Panels
from zhiheng.simulation.settings import figures

LIMIT, ABSENT, PLAN, UNRULED = 0, 1, 2, 3
NANO = 10**9
DIGITS = 3
FINEST = 6
CAUSES = tuple(figures("failures")["causes"])


@dataclass(frozen=True)
class Cells:
    """Parallel arrays, one entry an item of a panel; `first` gives where the panel of (type, regime) begins."""

    first: Array
    analyte: Array
    printed: Array
    kind: Array
    form: Array
    decimals: Array
    step: Array
    limit: Array
    middle: Array
    spread: Array
    detected: Array
    reporting: Array
    number: Array
    allowed: Array
    inner: Array
    outer: Array
    cause: Array
    hazard: Array


@dataclass(frozen=True)
class Scale:
    """A printed unit with so many decimals: the canonical unit, what a last digit is worth, the figures of the rule in digits."""

    kind: str
    decimals: int
    step: int
    limit: int = 0
    number: int = 0
    allowed: int = 0
    inner: int = 0
    outer: int = -1


def cells(panels: Panels, *, seed: int) -> Cells:
    """The cells of all panels, in the order of types, regimes and items."""
    rows: list[tuple[Any, ...]] = []
    first = [0]
    for regimes in panels.items:
        for panel in regimes:
            rows += [described(item) for item in panel]
            first.append(len(rows))
    columns = list(zip(*rows, strict=True))
    types = [object] * 3 + [np.int8, np.int8, np.int64, np.int64, np.float64, np.float64] + [np.int32] * 4
    names = [entry.name for entry in fields(Cells)]
    arrays = dict(
        zip(
            [name for name in names if name not in ("first", "spread", "hazard", "middle")] + ["middle"],
            [np.array(column, dtype=kind) for column, kind in zip(columns, [*types, np.int8, np.float64], strict=True)],
            strict=True,
        )
    )
    return Cells(first=np.array(first), **(arrays | spread_of(panels, arrays, seed=seed)))


def spread_of(panels: Panels, arrays: dict[str, Array], *, seed: int) -> dict[str, Array]:
    """Middle, spread and risk of each cell: a matter of the product type and the test item, not of the regime."""
    key = [
        f"{path}/{item.analyte or item.printed}"
        for path, regimes in zip(panels.types, panels.items, strict=True)
        for panel in regimes
        for item in panel
    ]
    known = {name: place for place, name in enumerate(sorted(set(key)))}
    place = np.array([known[name] for name in key], dtype=np.int64)
    count, terms = numbered(len(known)), figures("values")
    share = stretched(terms["level"], uniform(seed, "level", count))[place]
    ruled = arrays["form"] == LIMIT
    middle = np.log(np.where(ruled, np.maximum(arrays["limit"] * share, 1.0), arrays["middle"]))
    hazard = np.exp(figures("failures")["spread"] * normal(seed, "hazard", count))[place]
    return {
        "middle": middle,
        "spread": stretched(terms["spread"], uniform(seed, "spread", count))[place],
        "hazard": np.where(arrays["cause"] >= 0, hazard, 0.0),
    }


def stretched(ends: list[float], draw: Array) -> Array:
    """Draws between 0 and 1 laid between two ends."""
    return ends[0] + (ends[1] - ends[0]) * draw


def described(item: Item) -> tuple[Any, ...]:
    """The entries of a cell that the rule, or the custom of laboratories, gives."""
    requirement, terms = item.requirement, figures("values")
    detected = terms["detected"].get(item.group, 0.5)
    if requirement is None:
        unit, middle, decimals = usual(item.printed)
        scale, form = scaled(unit, decimals), UNRULED
        middle_digits = max(middle * 10**decimals, 1.0)
    else:
        assert requirement.rule is not None
        form = {"<=": LIMIT, "plan": PLAN}.get(requirement.rule.operator, ABSENT)
        scale, middle_digits = rule_scale(item), 1.0
    reporting = max(1, int(scale.limit * terms["reporting_level"])) if form == LIMIT else 10
    return (
        item.analyte or None,
        item.printed,
        scale.kind,
        form,
        scale.decimals,
        scale.step,
        scale.limit,
        detected,
        float(reporting),
        scale.number,
        scale.allowed,
        scale.inner,
        scale.outer,
        cause(item),
        middle_digits,
    )


def usual(printed: str) -> tuple[str, float, int]:
    """Unit, middle value and decimals of an item that no rule of ours limits."""
    lines = figures("values")["unruled"]
    pattern, unit, middle, decimals = next(line for line in lines if re.search(line[0], printed))
    return unit, float(middle), int(decimals)


def rule_scale(item: Item) -> Scale:
    """How a value is printed beside the limit of its rule: in the rule's unit, to three digits at the limit."""
    assert item.requirement is not None
    rule, value = item.requirement.rule, item.requirement.value
    assert rule is not None
    assert value is not None
    if rule.operator == "plan":
        assert value.n is not None
        assert value.c is not None
        assert value.m is not None
        base = scaled(rule.unit, 0)
        outer = -1 if value.M is None else int(value.M)
        return Scale(base.kind, 0, base.step, 0, value.n, value.c, int(value.m), outer)
    if value.high is None:
        return scaled("mg/kg", DIGITS)
    own = max(0, -int(value.high.as_tuple().exponent))
    decimals = min(FINEST, max(own, DIGITS - 1 - value.high.adjusted(), 0))
    base = scaled(rule.unit, decimals)
    return Scale(base.kind, decimals, base.step, int(value.high.scaleb(decimals)))


def scaled(unit: str, decimals: int) -> Scale:
    """A printed unit with its last digit in units of 1e-9 of the canonical unit."""
    known = units.unit(unit)
    worth = units.exact(Decimal(1).scaleb(-decimals), known.factor) * NANO
    return Scale(known.kind, decimals, max(1, math.floor(worth)))


def cause(item: Item) -> int:
    """The cause that a failure of the item counts under; -1 where a failure would not be judged one."""
    if item.requirement is None or item.requirement.value is None or item.group not in CAUSES:
        return -1
    # beyond a limit that holds under a condition nobody states is not yet a failure
    condition = rules.conditions().get(item.requirement.value.condition)
    if condition and not (condition.met_by and re.search(condition.met_by, item.printed)):
        return -1
    return CAUSES.index(item.group)
