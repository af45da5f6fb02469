"""What moved a nation's rate between two periods, from prepared cells; and what changed limits alone did, from two books."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np

from zhiheng import surveillance
from zhiheng.decision.ledger import weight
from zhiheng.decision.tables import CELLS, CUBES
from zhiheng.engines import mark
from zhiheng.errors import UsageError
from zhiheng.reports.nation.figures import LEVEL, Rows, asked
from zhiheng.reports.nation.held import Nation
from zhiheng.reports.nation.loading import STANDING
from zhiheng.reports.nation.periods import Period
from zhiheng.stats.decomposition import Part, limits_part
from zhiheng.surveillance.trend import Figure, Movement

DIMENSIONS = ("category", "product_type", "province", "region", "channel")
# with each of these its periods: the cells of product types are kept by month, the others by week
WHEN = {"kinds": "period", "course": "week", "places": "week"}
JUDGED = ("conforming", "nonconforming")


@dataclass(frozen=True)
class Told:
    """A movement with the cells it came from, and what the periods were cut at: whole weeks or months."""

    movement: Movement
    before: Rows
    after: Rows
    when: str
    limits: str


def dimensions(by: Sequence[str]) -> tuple[str, ...]:
    """The dimensions of a question, each once; one that no cells hold over time is refused.

    >>> dimensions(["province", "channel", "province"])
    ('province', 'channel')
    """
    named = tuple(dict.fromkeys(word for word in by if word != "arm"))
    strange = [word for word in named if word not in DIMENSIONS]
    if strange:
        raise UsageError(f"by: '{strange[0][:40]}' is none of {', '.join(DIMENSIONS)}")
    if not any(set(named) <= set(CUBES[cube]) for cube in WHEN):
        raise UsageError(
            f"no prepared cells hold {', '.join(named)} together over time; there are "
            + "; ".join(", ".join(word for word in CUBES[cube] if word in DIMENSIONS) for cube in WHEN)
        )
    return named


def held(nation: Nation, period: Period, *, by: Sequence[str], arm: str, province: str = "") -> tuple[Rows, str]:
    """The cells of a period, and whether its weeks or its months were taken: those that begin within it."""
    wanted = {*by, "arm", *(["province"] if province else [])}
    # by week wherever there are weeks: a period is then cut more finely
    cube = next(cube for cube in ("course", "places", "kinds") if wanted <= set(CUBES[cube]))
    when = WHEN[cube]
    filters = asked(({} if arm == "all" else {"arm": arm}) | ({"province": province} if province else {}))
    first, last = (ibis.literal(mark(name)).cast("date") for name in ("first", "last"))
    values = (*filters.values, ("first", period.first), ("last", period.last))
    rows = nation.once(
        ("between", cube, tuple(by), filters, period.first, period.last),
        lambda: nation.ask(
            ("between", cube, tuple(by), filters.shape),
            values,
            lambda: surveillance.between(filters.on(CELLS[cube].unbound()), by=by, when=when, first=first, last=last),
        ),
    )
    return tuple(row for row in rows if row["batches"]), when


def moved(
    nation: Nation,
    before: Period,
    after: Period,
    *,
    by: Sequence[str],
    arm: Figure = "random",
    province: str = "",
    other: Nation | None = None,
) -> Told:
    """What moved the rate from one period to another; with `other`, a book under other limits, what the limits did is told apart.

    The first period's results are then judged under those limits, and its difference to itself is the part of the limits.
    """
    factors = surveillance.factors_of(arm, dimensions(by))
    name = other.key if other else ""

    def made() -> Told:
        rows, when = held(nation, before, by=factors, arm=arm, province=province)
        later, _ = held(nation, after, by=factors, arm=arm, province=province)
        part = limits(nation, other, before, when, arm=arm, province=province, own=rows) if other else None
        first = held(other, before, by=factors, arm=arm, province=province)[0] if other else rows
        found = surveillance.movement(first, later, by=factors, figure=arm, level=LEVEL, limits=part)
        return Told(found, rows, later, when, str(other.about.get("law", "")) if other else "")

    return nation.once(("moved", before, after, factors, arm, province, name), made)


def limits(nation: Nation, other: Nation, period: Period, when: str, *, arm: str, province: str, own: Rows) -> Part:
    """What other limits do to the rate of one period: every batch under both books, paired."""
    one, two = (verdicts(book, period, when, arm=arm, province=province) for book in (nation, other))
    batches = sorted({*one, *two})
    pairs = np.array([(*flags(one, at), *flags(two, at)) for at in batches], dtype=np.float64).reshape(-1, 4)
    weights = np.array([(one.get(at) or two[at])[1] for at in batches], dtype=np.float64)
    missing = sum(int(row["unweighted"]) for row in own)
    if arm != "random" or missing:
        weights = np.ones(len(batches))
        n = sum(int(row["batches"] - row["inconclusive"] - row["not_judged"]) for row in own)
        plain = np.array([n, n], dtype=np.float64)
    else:
        plain = np.array([float(sum(row[name] for row in own)) for name in ("weight_judged", "square_judged")])
    # what the first book does not name conforms there: its judged batches, less those that are named by either
    named = pairs[:, 0] == 1
    rest = plain - [weights[named].sum(), (weights[named] ** 2).sum()]
    kinds = np.vstack([pairs, [1, 0, 1, 0]])
    items = sum(float(row["batches"]) for row in own)
    return limits_part(
        np.append(weights, max(rest[0], 0.0)),
        np.append(weights**2, max(rest[1], 0.0)),
        (kinds[:, 0], kinds[:, 1]),
        (kinds[:, 2], kinds[:, 3]),
        items=items,
        level=LEVEL,
    )


def flags(found: dict[tuple[int, int], tuple[str, float]], at: tuple[int, int]) -> tuple[int, int]:
    """Whether a batch is judged and whether it failed; one that a book does not name conforms."""
    verdict = found[at][0] if at in found else "conforming"
    return int(verdict in JUDGED), int(verdict == "nonconforming")


def verdicts(
    nation: Nation, period: Period, when: str, *, arm: str, province: str
) -> dict[tuple[int, int], tuple[str, float]]:
    """The batches of a period that do not plainly conform: verdict and weight by delivery and report."""
    table = STANDING.unbound()
    happened = ibis.coalesce(table.sampled_on, table.day)
    begins = beginning(happened, when)
    chosen = table.filter(begins.between(period.first, period.last))
    if arm != "all":
        chosen = chosen.filter(chosen.arm == arm)
    if province:
        chosen = chosen.filter(chosen.province == province)
    found = nation.rows(chosen.select("delivery", "report", "verdict", weight=weight(chosen).cast("float64")))
    return {(row["delivery"], row["report"]): (row["verdict"], row["weight"]) for row in found}


def beginning(happened: ibis.Value, when: str) -> Any:
    """The first day of the week or month in which a day lies, as the cells have it."""
    if when == "period":
        return ibis.date(happened.year(), happened.month(), 1)
    monday = happened - happened.day_of_week.index().cast("int32").as_interval("D")
    return monday.cast("timestamp").cast("date")
