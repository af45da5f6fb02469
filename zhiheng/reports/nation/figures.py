"""Figures of a nation from its prepared cells: sums over any grouping, rates by arm, and the weighted rate.

The two arms are never mixed in a plain rate: targeted samples are taken where failures are expected. The weighted rate
(Hájek 1971; Särndal, Swensson and Wretman 1992, section 5.7: the sum of 1/π over failing batches by that over all
batches judged) undoes the selection by the known inclusion probabilities π, and may use both. Its interval is that of Korn
and Graubard (1998) with the linearised variance of batches drawn independently with replacement: an approximation that
errs on the wide side for strata and for a finite population. It is refused while the probability of a judged batch is not known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike

from zhiheng.decision.tables import CELLS, CUBES, MEASURES, TALLIED
from zhiheng.engines import mark
from zhiheng.errors import UsageError
from zhiheng.reports.nation.held import Nation
from zhiheng.rules import STEP
from zhiheng.stats import wilson
from zhiheng.stats.survey.aggregates import Domains, domain_intervals

Row = dict[str, Any]
Rows = tuple[Row, ...]
ARMS = ("random", "targeted")
LEVEL = 0.95
ROUNDED = 1e-9  # weights are kept to six decimals: sums of them may miss one another by that much
SUMMED = tuple(column.name for column in MEASURES)
COUNTED = tuple(column.name for column in TALLIED)
# from the smallest to the largest: a question goes to the first that has all its dimensions
ORDER = ("days", "kinds", "course", "places", "mix")


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


@dataclass(frozen=True)
class Where:
    """Filters of a question: what stands in the SQL, and the values that are given when it is asked."""

    shape: tuple[tuple[str, str], ...]
    values: tuple[tuple[str, Any], ...]

    def on(self, table: ir.Table) -> ir.Table:
        """The rows that fit, with a mark for every value."""
        for name, kind in self.shape:
            column = table[name]
            if kind == "missing":
                table = table.filter(column.isnull())
            elif kind == "inside":
                table = table.filter(column.startswith(mark(name)))
            elif kind == "below":
                table = table.filter((column == mark(name)) | column.startswith(mark(f"{name}_below")))
            else:
                table = table.filter(
                    column
                    == (mark(name) if column.type().is_string() else ibis.literal(mark(name)).cast(column.type()))
                )
        return table


def asked(where: Mapping[str, Any]) -> Where:
    """Filters by name: nothing stands for what was not stated, a province or city for what lies in it, a category for its types.

    >>> asked({"arm": "random", "region": "440000"})
    Where(shape=(('arm', 'equal'), ('region', 'inside')), values=(('arm', 'random'), ('region', '44')))
    """
    shape, values = [], {}
    for name, value in sorted(where.items()):
        kind = "missing" if value in (None, "") else {"region": "inside", "product_type": "below"}.get(name, "equal")
        shape.append((name, kind))
        if kind == "below":
            values[f"{name}_below"] = f"{value}{STEP}"
        if kind != "missing":
            values[name] = stem(value) if kind == "inside" else value
    return Where(tuple(shape), tuple(sorted(values.items())))


def stem(code: str) -> str:
    """What the codes of all regions inside a region begin with.

    >>> stem("440000"), stem("440100"), stem("440106")
    ('44', '4401', '440106')
    """
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def sums(nation: Nation, by: Sequence[str] = (), *, cube: str = "", **where: Any) -> Rows:
    """Batches, verdicts, results and weights added up: one row for each value of `by`, largest first."""
    name, filters = cube or cube_of([*by, *where]), asked(where)

    def made() -> Rows:
        rows = nation.ask(
            ("sums", name, tuple(by), filters.shape),
            filters.values,
            lambda: grouped(filters.on(CELLS[name].unbound()), by, SUMMED),
        )
        # what was entered and taken back again leaves no batch
        kept = [row for row in rows if row["batches"]] if by else rows
        return tuple(rated(sorted(kept, key=lambda row: (-row["batches"], *(str(row[column]) for column in by)))))

    return nation.once(("sums", name, tuple(by), filters), made)


def grouped(table: ir.Table, by: Sequence[str], measures: Sequence[str]) -> ir.Table:
    """Measures added up over a grouping."""
    added = {column: table[column].sum().fill_null(0) for column in measures}
    return table.group_by(list(by)).agg(**added) if by else table.agg(**added)


def rated(rows: Sequence[Row]) -> list[Row]:
    """Sums with the rate of the batches judged and its Wilson interval, the weighted rate and, where it may have one, its interval.

    Counts that cannot be, below 0 or more failed than judged, have no rate; `stated` says so on the figure.
    """
    judged = [row["batches"] - row["inconclusive"] - row["not_judged"] for row in rows]
    sound = [0 <= row["nonconforming"] <= n for row, n in zip(rows, judged, strict=True)]
    failed = np.array([row["nonconforming"] if ok else 0 for row, ok in zip(rows, sound, strict=True)], dtype=float)
    tried = np.array([n if ok else 0 for n, ok in zip(judged, sound, strict=True)], dtype=float)
    interval = wilson(failed, tried, level=LEVEL)
    heavy = weighted(rows, tried)
    return [
        row
        | {
            "judged": judged[at],
            "rate": row["nonconforming"] / judged[at] if tried[at] else None,
            "lower": float(interval.lower[at]) if tried[at] else None,
            "upper": float(interval.upper[at]) if tried[at] else None,
            **heavy[at],
        }
        for at, row in enumerate(rows)
    ]


def weighted(rows: Sequence[Row], judged: ArrayLike) -> list[Row]:
    """Weighted rates with their intervals; no interval while an inclusion probability is not known, and no rate when none is.

    With z = w (y - r) / W, W the weight of all judged, the variance is n / (n - 1) times the sum of z². `weighted_reason` says
    why an interval is not the usual one: every batch alike, or one batch alone. `effective` is W² over the sum of w² (Kish 1965, 11.7):
    how many batches of equal weight would say as much.
    """
    if not rows:
        return []
    names = ("weight_judged", "weight_nonconforming", "square_judged", "square_nonconforming", "unweighted")
    whole, failed, squares, squares_failed, unknown = (np.array([float(row[name]) for row in rows]) for name in names)
    n = np.asarray(judged, dtype=float)
    some = (whole > 0) & (n > 0) & (failed >= 0) & (failed <= whole * (1 + ROUNDED))
    rate = np.divide(np.minimum(failed, whole), whole, out=np.full(n.shape, np.nan), where=some)
    spread = squares_failed * (1 - 2 * rate) + rate**2 * squares
    factor = np.divide(n, n - 1, out=np.ones_like(n), where=n > 1)
    variance = factor * np.maximum(spread, 0.0) / np.where(some, whole, 1.0) ** 2
    limits = domain_intervals(Domains(rate, variance, n, n - 1, "Hájek"), level=LEVEL)
    effective = np.divide(whole**2, squares, out=np.zeros_like(whole), where=some & (squares > 0))
    bare = ~some | (unknown > 0)
    return [
        {
            "weighted": float(rate[at]) if some[at] else None,
            "weighted_lower": None if bare[at] else float(limits.lower[at]),
            "weighted_upper": None if bare[at] else float(limits.upper[at]),
            "weighted_reason": "" if bare[at] else limits.reasons[at],
            "effective": float(effective[at]),
        }
        for at in range(len(rows))
    ]


def by_arm(nation: Nation, by: str, **where: Any) -> Rows:
    """One row for each value of a dimension: the sums of each arm apart, and of all arms together, most batches first."""
    return nation.once(("by_arm", by, asked(where)), lambda: together(sums(nation, (by, "arm"), **where), by))


def together(rows: Sequence[Row], by: str) -> Rows:
    """Rows of each value and arm as one row for each value, with all arms added up as `all`."""
    found: dict[Any, Row] = {}
    for row in rows:
        found.setdefault(row[by], {"value": row[by]})[row["arm"] or "unstated"] = row
    every = rated([merged([row for name, row in held.items() if name != "value"]) for held in found.values()])
    whole = [held | {"all": row} for held, row in zip(found.values(), every, strict=True)]
    return tuple(sorted(whole, key=lambda row: (-row["all"]["batches"], str(row["value"]))))


def merged(rows: Sequence[Row]) -> Row:
    """Sums added up."""
    return {name: sum(row[name] for row in rows) for name in SUMMED}


def arms(nation: Nation, **where: Any) -> Row:
    """The sums of each arm, and of all arms together as `all`."""

    def made() -> Row:
        rows = sums(nation, ("arm",), **where)
        return {row["arm"] or "unstated": row for row in rows} | {"all": rated([merged(rows)])[0]}

    return nation.once(("arms", asked(where)), made)


def course(nation: Nation, step: str = "week", **where: Any) -> Rows:
    """The sums of each arm by week or month, in order of time."""
    return tuple(sorted(by_arm(nation, step, **where), key=lambda row: row["value"] or date.min))


def items(nation: Nation, *, most: int = 0, **where: Any) -> Rows:
    """Tests of each test item with what was found, most failures first; both arms, first tests alone."""
    name, filters = "by_type" if "product_type" in where else "by_place", asked(where)
    rows = nation.once(
        ("items", filters),
        lambda: nation.ask(
            ("items", filters.shape),
            filters.values,
            lambda: grouped(filters.on(CELLS[name].unbound()), ("analyte",), COUNTED),
        ),
    )
    kept = sorted(
        (row for row in rows if row["tests"] > 0),
        key=lambda row: (-row["nonconforming"], -row["tests"], str(row["analyte"])),
    )
    chosen = kept[:most] if most else kept
    return tuple(
        row | {"judged": judged_of(row), "rate": share(row["nonconforming"], judged_of(row))} for row in chosen
    )


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
    weeks = [row["value"] for row in by_arm(nation, "week") if row["value"]]
    return (min(weeks), max(weeks)) if weeks else (None, None)


def kinds_below(nation: Nation, path: str) -> list[str]:
    """The steps directly below a category or product type."""
    known = {row["value"] for row in by_arm(nation, "product_type", product_type=path)}
    depth = len(path.split(STEP)) + 1
    return sorted({STEP.join(name.split(STEP)[:depth]) for name in known if len(name.split(STEP)) >= depth})


def days(nation: Nation, arm: str, **where: Any) -> dict[date, Row]:
    """The sums of one arm by day of sampling."""
    rows = sums(nation, ("happened",), arm=arm, **where)
    return {row["happened"]: row for row in rows if row["happened"]}
