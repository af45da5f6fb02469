"""Figures of a nation from its prepared cells: sums over any grouping, rates by arm, and the weighted rate.

The two arms are never mixed in a plain rate: targeted samples are taken where failures are expected. The weighted rate
(Hájek 1971; Särndal, Swensson and Wretman 1992, section 5.7: the sum of 1/π over failing batches by that over all
batches) undoes the selection by the known inclusion probabilities π, and may use both.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from zhiheng.decision.tables import CELLS, CUBES, MEASURES, TALLIED
from zhiheng.errors import UsageError
from zhiheng.reports.nation.held import Nation
from zhiheng.stats import wilson

Row = dict[str, Any]
Rows = tuple[Row, ...]
ARMS = ("random", "targeted")
LEVEL = 0.95
SUMMED = tuple(column.name for column in MEASURES)
COUNTED = tuple(column.name for column in TALLIED)
# from the smallest to the largest: a question goes to the first that has all its dimensions
ORDER = ("kinds", "course", "places", "mix")


def cube_of(dimensions: Sequence[str]) -> str:
    """The smallest grouping that has some dimensions.

    >>> cube_of(["week", "arm"]), cube_of(["region", "category"])
    ('course', 'mix')
    """
    found = next((name for name in ORDER if set(dimensions) <= set(CUBES[name])), "")
    if not found:
        raise UsageError(
            f"no prepared cells hold {', '.join(sorted(dimensions))} together; there are "
            + "; ".join(f"{name}: {', '.join(by)}" for name, by in CUBES.items())
        )
    return found


def narrowed(table: ir.Table, where: Mapping[str, Any]) -> ir.Table:
    """Rows with each of some values; nothing stands for what was not stated."""
    for name, value in where.items():
        if name == "product_type":
            table = table.filter((table[name] == value) | table[name].startswith(f"{value} > "))
        elif name == "region":
            table = table.filter(inside(table[name], value))
        else:
            table = table.filter(table[name].isnull() if value in (None, "") else table[name] == value)
    return table


def inside(region: ir.StringValue, code: str) -> ir.BooleanValue:
    """Whether a region is another or lies in it: codes of GB/T 2260 begin with the codes of what they lie in."""
    if not code:
        return region.isnull()
    stem = code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code
    return region.startswith(stem) if len(stem) < len(code) else region == code


def sums(nation: Nation, by: Sequence[str] = (), **where: Any) -> Rows:
    """Batches, verdicts, results and weights added up: one row for each value of `by`, largest first."""
    return tuple(nation.once(("sums", tuple(by), tuple(sorted(where.items(), key=str))), lambda: added(nation, by, where)))


def added(nation: Nation, by: Sequence[str], where: Mapping[str, Any]) -> Rows:
    """The same, worked out."""
    name = cube_of([*by, *where])
    table = narrowed(CELLS[name].unbound(), where)
    measures = {column: table[column].sum().fill_null(0) for column in SUMMED}
    grouped = table.group_by(list(by)).agg(**measures) if by else table.agg(**measures)
    rows = nation.rows(grouped)
    # what was entered and taken back again leaves no batch
    kept = [row for row in rows if row["batches"]] if by else rows
    return tuple(rated(sorted(kept, key=lambda row: (-row["batches"], *(str(row[name]) for name in by)))))


def rated(rows: Sequence[Row]) -> list[Row]:
    """Sums with the rate of the batches judged, its Wilson interval, and the weighted rate."""
    judged = [row["batches"] - row["inconclusive"] - row["not_judged"] for row in rows]
    failed = np.array([row["nonconforming"] for row in rows], dtype=float)
    interval = wilson(failed, np.array(judged, dtype=float), level=LEVEL)
    return [
        row
        | {
            "judged": judged[at],
            "rate": row["nonconforming"] / judged[at] if judged[at] else None,
            "lower": float(interval.lower[at]) if judged[at] else None,
            "upper": float(interval.upper[at]) if judged[at] else None,
            "weighted": float(row["weight_nonconforming"] / row["weight"]) if row["weight"] else None,
        }
        for at, row in enumerate(rows)
    ]


def by_arm(nation: Nation, by: str, **where: Any) -> Rows:
    """One row for each value of a dimension: the sums of each arm apart, and of all arms together, most batches first."""
    found: dict[Any, Row] = {}
    for row in sums(nation, (by, "arm"), **where):
        found.setdefault(row[by], {"value": row[by]})[row["arm"] or "unstated"] = row
    for row in sums(nation, (by,), **where):
        found.setdefault(row[by], {"value": row[by]})["all"] = row
    return tuple(sorted(found.values(), key=lambda row: (-row["all"]["batches"], str(row["value"]))))


def arms(nation: Nation, **where: Any) -> Row:
    """The sums of each arm, and of all arms together as `all`."""
    found = {row["arm"] or "unstated": row for row in sums(nation, ("arm",), **where)}
    return found | {"all": sums(nation, (), **where)[0]}


def course(nation: Nation, step: str = "week", **where: Any) -> Rows:
    """The sums of each arm by week or month, in order of time."""
    return tuple(sorted(by_arm(nation, step, **where), key=lambda row: row["value"] or date.min))


def items(nation: Nation, *, most: int = 0, **where: Any) -> Rows:
    """Tests of each test item with what was found, most failures first; both arms, first tests alone."""
    return tuple(nation.once(("items", most, tuple(sorted(where.items()))), lambda: tested(nation, most, where)))


def tested(nation: Nation, most: int, where: Mapping[str, Any]) -> Rows:
    """The same, worked out."""
    name = "by_type" if "product_type" in where else "by_place"
    table = narrowed(CELLS[name].unbound(), where)
    grouped = table.group_by("analyte").agg(**{column: table[column].sum() for column in COUNTED})
    kept = grouped.filter(grouped.tests > 0).order_by([ibis.desc("nonconforming"), ibis.desc("tests"), "analyte"])
    rows = nation.rows(kept.limit(most) if most else kept)
    return tuple(row | {"judged": judged_of(row), "rate": share(row["nonconforming"], judged_of(row))} for row in rows)


def judged_of(row: Mapping[str, Any]) -> int:
    """How many tests came to a verdict."""
    return int(row["tests"] - row["inconclusive"] - row["not_judged"])


def share(part: int | Decimal, whole: int | Decimal) -> float | None:
    """A part of a whole; nothing of nothing.

    >>> share(1, 4), share(0, 0)
    (0.25, None)
    """
    return float(part / whole) if whole else None


def span(nation: Nation) -> tuple[date | None, date | None]:
    """The first and the last week of which there are batches."""
    weeks = [row["week"] for row in sums(nation, ("week",)) if row["week"]]
    return (min(weeks), max(weeks)) if weeks else (None, None)


def kinds_below(nation: Nation, path: str) -> list[str]:
    """The steps directly below a category or product type."""
    known = {row["product_type"] for row in sums(nation, ("product_type",), product_type=path)}
    depth = len(path.split(" > ")) + 1
    return sorted({" > ".join(name.split(" > ")[:depth]) for name in known if len(name.split(" > ")) >= depth})
