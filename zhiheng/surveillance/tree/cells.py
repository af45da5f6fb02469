"""Counts of a tree of series by week: all results, then by product, by product and test item, by product, item and place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import StatisticsError
from zhiheng.surveillance.arrivals import beginning
from zhiheng.surveillance.rates import counted

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DAYS = 7
MEASURES = ("judged", "nonconforming")


def items(findings: ir.Table, parts: Sequence[str]) -> ir.Table:
    """FINDINGS as items: the parts as text, the day each happened on and was received on (unknown), judged, nonconforming."""
    chosen = counted(findings)
    return chosen.select(
        **{part: chosen[part].cast("string").fill_null("") for part in parts},
        happened=ibis.coalesce(chosen.sampled_on, chosen.made_on, chosen.day),
        received=ibis.null().cast("date"),
        judged=chosen.verdict.isin(["conforming", "nonconforming"]).cast("int64"),
        nonconforming=(chosen.verdict == "nonconforming").cast("int64"),
    )


def level(items: ir.Table, by: Sequence[str]) -> ir.Table:
    """Items by value of some parts, week of happening and week of receipt (their Mondays); only values that ever had a failure.

    A series without any failure can raise no alarm, and its items still stand in the denominators of the wider ones.
    """
    known = items.filter(items.happened.notnull(), *(items[part] != "" for part in by))
    dated = known.mutate(week=beginning(known.happened), arrived=beginning(known.received))
    sums = {name: dated[name].sum().cast("int64") for name in MEASURES}
    found = dated.group_by([*by, "week", "arrived"]).agg(**sums)
    if by:
        failed = dated.group_by(list(by)).agg(total=dated.nonconforming.sum())
        found = found.semi_join(failed.filter(failed.total > 0), list(by))
    return found.select(*by, "week", "arrived", *MEASURES).order_by(*by, "week", "arrived")


@dataclass(frozen=True)
class Cells:
    """A tree of series, parents first, and its counts: node, week and week of receipt (from 0; -1 unknown) of each entry."""

    parts: tuple[str, ...]
    names: list[tuple[str, ...]]
    parent: Ints
    first: date
    weeks: int
    node: Ints
    week: Ints
    arrived: Ints
    nonconforming: Floats
    judged: Floats
    has_rates: bool

    @property
    def has_receipt(self) -> bool:
        """Whether anything is known of the days of receipt."""
        return bool((self.arrived >= 0).any())

    def monday(self, week: int) -> date:
        """The first day of a week."""
        return self.first + timedelta(days=DAYS * int(week))

    def named(self, node: int) -> dict[str, str]:
        """The parts of a series with their values; of all results together none."""
        return dict(zip(self.parts, self.names[node], strict=False))

    def dense(self, until: int, *, since: int = 0, known: int | None = None) -> tuple[Floats, Floats]:
        """Nonconforming and judged (series, weeks since .. until); with `known` only what was received up to that week."""
        inside = (self.week <= until) & (self.week >= since)
        if known is not None:
            inside &= self.arrived <= known
        width = until + 1 - since
        size = len(self.names) * width
        at = self.node[inside] * width + self.week[inside] - since
        shape = len(self.names), width
        return (
            np.bincount(at, weights=self.nonconforming[inside], minlength=size).astype(np.float64).reshape(shape),
            np.bincount(at, weights=self.judged[inside], minlength=size).astype(np.float64).reshape(shape),
        )

    def triangle(self, until: int, *, longest: int) -> Floats:
        """Judged items of all results by week and weeks until receipt, up to `longest`, as known at the end of `until`."""
        inside = (self.node == 0) & (self.arrived >= 0) & (self.arrived <= until) & (self.week <= until)
        delay = np.clip(self.arrived[inside] - self.week[inside], 0, longest)
        found = np.zeros((until + 1, longest + 1))
        np.add.at(found, (self.week[inside], delay), self.judged[inside])
        return found


def cells(levels: Sequence[Mapping[str, Any]], parts: Sequence[str], *, supports: str, stray: float = 0.0) -> Cells:
    """The columns of `level`, of all results first and then of one more part each, as a tree.

    Where days of receipt are known, the tree begins with the first week of receipt: of what was sampled before, the part that
    came early is missing, and a rise at the beginning would be nothing but that. Elsewhere it begins with the week before which
    lies no more than the share `stray` of all items: a few wrong or very old dates are not years of history.
    StatisticsError: a negative number of items, with the series and the week.
    """
    whole = levels[0]
    mondays = np.asarray(whole["week"]).astype("datetime64[D]")
    receipts = np.asarray(whole["arrived"]).astype("datetime64[D]")
    if not mondays.size:
        none, blank = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Cells(tuple(parts), [()], np.array([-1]), date.min, 0, none, none, none, blank, blank, False)
    first = begins(mondays, np.asarray(whole["judged"], dtype=np.float64), stray)
    if not np.isnat(receipts).all():
        first = receipts[~np.isnat(receipts)].min()
    names: list[tuple[str, ...]] = [()]
    place: dict[tuple[str, ...], int] = {(): 0}
    parent, columns = [-1], []
    for depth, held in enumerate(levels):
        keys = list(zip(*(held[part] for part in parts[:depth]), strict=True)) if depth else [()] * len(held["week"])
        for key in keys:
            if key not in place:
                place[key] = len(names)
                names.append(key)
                parent.append(place[key[:-1]])
        week, arrived = (weeks_since(held[name], first) for name in ("week", "arrived"))
        node = np.array([place[key] for key in keys], dtype=np.int64)
        columns.append((node, week, arrived, *(np.asarray(held[name], dtype=np.float64) for name in MEASURES)))
    node, week, arrived, judged, failed = (np.concatenate(part) for part in zip(*columns, strict=True))
    for what, values in (("judged", judged), ("nonconforming", failed)):
        refuse_negative(what, values, names, node, first + DAYS * week)
    kept = week >= 0
    return Cells(
        tuple(parts),
        names,
        np.array(parent),
        first.astype(date),
        int(week.max()) + 1,
        node[kept],
        week[kept],
        arrived[kept],
        failed[kept],
        judged[kept],
        supports != "failures",
    )


def begins(mondays: Any, amounts: Floats, stray: float) -> Any:
    """The first Monday up to which more than the share `stray` of the amounts lies."""
    order = np.argsort(mondays, kind="stable")
    reached = np.cumsum(amounts[order])
    at = int(np.searchsorted(reached, stray * reached[-1], side="right")) if reached[-1] > 0 else 0
    return mondays[order][min(at, len(order) - 1)]


def weeks_since(days: Any, first: Any) -> Ints:
    """Weeks from the first Monday; -1 where there is no day."""
    found = np.asarray(days).astype("datetime64[D]")
    there = ~np.isnat(found)
    apart = np.full(found.shape, -1, dtype=np.int64)
    apart[there] = (found[there] - first).astype(np.int64) // DAYS
    return apart


def refuse_negative(what: str, values: Floats, names: Sequence[tuple[str, ...]], node: Ints, day: Any) -> None:
    """StatisticsError: the first negative figure, with its series and week."""
    wrong = np.flatnonzero(values < 0)
    if wrong.size:
        at = int(wrong[0])
        series = " · ".join(names[node[at]]) or "all results"
        raise StatisticsError(
            f"series '{series}', week of {day[at]}: {values[at]:g} {what}; a count is 0 or more: "
            "look for a correction that was entered as a negative number"
        )
