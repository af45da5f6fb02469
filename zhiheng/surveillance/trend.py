"""What moved a rate between two periods: cells of each, and the parts of the difference in words that say what they are of.

The arms are never mixed unawares: a difference is told of the random arm (of the population, where every batch judged has a known
inclusion probability), of the targeted arm (of the items tested), or of everything tested, and then the share of the arms is itself
one of the parts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import ibis.expr.types as ir
import numpy as np

from zhiheng.errors import StatisticsError, UsageError
from zhiheng.stats.decomposition import Moved, Part, Sums, sums
from zhiheng.stats.decomposition import moved as taken_apart
from zhiheng.surveillance.arms import OF_POPULATION, OF_TESTED, TARGETED, UNKNOWN, UNSTATED

Row = Mapping[str, Any]
# what a figure is of; `unstated`: a small data set that does not say how its samples were chosen
Figure = Literal["random", "targeted", "all", "unstated"]
FIGURES: tuple[Figure, ...] = ("random", "targeted", "all")
COUNTS = ("batches", "nonconforming", "inconclusive", "not_judged", "unweighted")
WEIGHTS = ("weight_judged", "weight_nonconforming", "square_judged", "square_nonconforming")
LIKE_THESE = "intervals say what chance alone does among items like these, and nothing of a population"
ALL = "both arms together: the rate says what was found among the items tested, and the share of the arms is one of the parts"


@dataclass(frozen=True)
class Movement:
    """Two periods and what moved the rate between them; `of` says what the figures are of, `reasons` why it is no more."""

    figure: Figure
    of: str
    weighted: bool
    by: tuple[str, ...]
    moved: Moved
    limits: Part | None
    judged: tuple[int, int]
    nonconforming: tuple[int, int]
    reasons: tuple[str, ...]

    @property
    def first(self) -> float:
        """The rate of the first period, under its own limits."""
        return self.moved.before - (self.limits.effect if self.limits else 0.0)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every part: the limits, the mixes, the rates."""
        return (*([self.limits] if self.limits else []), *self.moved.parts)


def between(
    cells: ir.Table, *, by: Sequence[str], when: str, first: date | ir.Value, last: date | ir.Value
) -> ir.Table:
    """The sums of a period: cells whose week or month begins within it, added up over the dimensions `by`."""
    inside = cells.filter(cells[when].between(first, last))
    return inside.group_by(list(by)).agg(**{name: inside[name].sum().fill_null(0) for name in (*COUNTS, *WEIGHTS)})


def of_samples(samples: ir.Table, *, by: Sequence[str], first: date, last: date) -> ir.Table:
    """The same sums from the verdicts of a small data set, whose samples say nothing of how they were chosen."""
    inside = samples.filter(samples.day.between(first, last))
    is_ = {word: (inside.verdict == word).cast("int64").sum().fill_null(0) for word in COUNTS[1:4]}
    judged = inside.verdict.isin(["conforming", "nonconforming"]).cast("int64").sum().fill_null(0)
    nothing = {name: (judged * 0).cast("float64") for name in WEIGHTS}
    return inside.group_by(list(by)).agg(batches=inside.count(), **is_, unweighted=judged, **nothing)


def factors_of(figure: str, by: Sequence[str]) -> tuple[str, ...]:
    """The dimensions whose mix is a part: of both arms together the arm always is, of one arm never."""
    if figure not in FIGURES:
        raise UsageError(f"arm: '{figure[:40]}' is none of {', '.join(FIGURES)}")
    named = tuple(dict.fromkeys(word for word in by if word != "arm"))
    if not named and figure != "all":
        raise UsageError("name at least one dimension whose mix may have moved the rate, such as product_type")
    return (*named, "arm") if figure == "all" else named


def movement(
    before: Sequence[Row],
    after: Sequence[Row],
    *,
    by: Sequence[str],
    figure: Figure,
    level: float,
    limits: Part | None = None,
) -> Movement:
    """What moved the rate from the cells of one period to those of another; `before` are under the second limits where `limits` is given.

    Batches weigh 1 over their inclusion probability when that of every judged batch of the random arm is known, else they count once and the
    figures are of the items tested. StatisticsError: a period in which nothing was judged.
    """
    for one in (*before, *after):
        if not 0 <= int(one["nonconforming"]) <= count(one):
            raise StatisticsError(
                f"{' '.join(key(one, by))}: {one['nonconforming']} of {count(one)} failed; counts lie between 0 and the batches judged: "
                "judge the data set again"
            )
    missing = sum(int(row["unweighted"]) for row in (*before, *after))
    judged = [sum(count(row) for row in rows) for rows in (before, after)]
    for period, n in zip(("first", "second"), judged, strict=True):
        if not n:
            raise StatisticsError(f"nothing was judged in the {period} period: choose one in which something was")
    weighted = figure == "random" and not missing
    keys = sorted({key(row, by) for row in (*before, *after)}, key=str)
    place = {one: at for at, one in enumerate(keys)}
    first, second = (arrays(rows, place, by, weighted=weighted) for rows in (before, after))
    factors = [(name, coded([one[at] for one in keys])) for at, name in enumerate(by)]
    reasons = {
        "random": () if weighted else (UNKNOWN.format(missing=missing, n=sum(judged)),),
        "targeted": (TARGETED,),
        "all": (ALL,),
        "unstated": (UNSTATED,),
    }[figure]
    return Movement(
        figure, OF_POPULATION if weighted else OF_TESTED, weighted, tuple(by), taken_apart(first, second, factors, level=level), limits,
        (judged[0], judged[1]), (total(before, "nonconforming"), total(after, "nonconforming")),
        reasons if weighted else (*reasons, LIKE_THESE),
    )  # fmt: skip


def key(row: Row, by: Sequence[str]) -> tuple[str, ...]:
    """The cell of a row; what was not stated is a value like others."""
    return tuple("" if row[name] is None else str(row[name]) for name in by)


def coded(values: Sequence[str]) -> Any:
    """Values as numbers."""
    return np.unique(np.array(values, dtype=object).astype(str), return_inverse=True)[1]


def count(row: Row) -> int:
    """How many batches of a cell were judged."""
    return int(row["batches"] - row["inconclusive"] - row["not_judged"])


def total(rows: Sequence[Row], name: str) -> int:
    """A measure added up."""
    return sum(int(row[name]) for row in rows)


def arrays(rows: Sequence[Row], place: Mapping[tuple[str, ...], int], by: Sequence[str], *, weighted: bool) -> Sums:
    """The sums of a period over all cells of both."""
    found = np.zeros((4, len(place)))
    for row in rows:
        at = place[key(row, by)]
        n, failed = count(row), int(row["nonconforming"])
        found[:, at] += [float(row[name]) for name in WEIGHTS] if weighted else [n, failed, n, failed]
    items = float(sum(count(row) for row in rows))
    return sums(found[0], found[1], found[2], found[3], items)


def margins(before: Sequence[Row], after: Sequence[Row], name: str, *, weighted: bool) -> list[dict[str, Any]]:
    """Share and rate of every value of one factor in both periods, the largest changes of share first."""
    held = [by_value(rows, name, weighted=weighted) for rows in (before, after)]
    wholes = [sum(size for size, _, _ in one.values()) for one in held]
    lines = []
    for value in sorted({*held[0], *held[1]}):
        line: dict[str, Any] = {"value": value}
        for word, one, whole in zip(("before", "after"), held, wholes, strict=True):
            size, failed, judged = one.get(value, (0.0, 0.0, 0))
            line |= {
                f"judged_{word}": judged,
                f"share_{word}": size / whole,
                f"rate_{word}": failed / size if size else None,
            }
        lines.append(line)
    return sorted(lines, key=lambda line: (-abs(line["share_after"] - line["share_before"]), line["value"]))


def by_value(rows: Sequence[Row], name: str, *, weighted: bool) -> dict[str, tuple[float, float, int]]:
    """Size, failures and judged batches of each value of a factor."""
    found: dict[str, tuple[float, float, int]] = {}
    for row in rows:
        judged = count(row)
        own = (row["weight_judged"], row["weight_nonconforming"]) if weighted else (judged, row["nonconforming"])
        size, failed, batches = found.get(key(row, [name])[0], (0.0, 0.0, 0))
        found[key(row, [name])[0]] = size + float(own[0]), failed + float(own[1]), batches + judged
    return found
