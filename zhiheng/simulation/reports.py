"""Which reports a day of receipt brings: first reports, and those of earlier days again, corrected, or of a retest."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from zhiheng.simulation.batches import NONE, Batches, batches, joined
from zhiheng.simulation.draws import Array, numbered, uniform, whole
from zhiheng.simulation.settings import figures
from zhiheng.simulation.world import World

FIRST, AGAIN, CORRECTED, RETEST = range(4)
FAULTS = ("missing_sample", "unknown_comparator", "negative_value", "unknown_kind", "duplicate_item")


@dataclass(frozen=True)
class Day:
    """The reports of one delivery in the order of their samples; `sort` says why each came, `fault` is 0 or the place
    in FAULTS from 1."""

    lot: Batches
    sort: Array
    fault: Array

    def blocks(self, size: int) -> Iterator["Day"]:
        """The day in lots of so many reports, so that its lines need not be in memory at once."""
        for begin in range(0, max(len(self.sort), 1), size):
            part = slice(begin, begin + size)
            yield Day(self.lot.take(part), self.sort[part], self.fault[part])


@dataclass(frozen=True)
class Return:
    """Batches of a day by number that come again, after so many days, and why."""

    number: Array
    after: Array
    sort: Array


def received(world: World, day: int) -> Day:
    """Everything that arrives on a day, counted from the start."""
    own = batches(world, day, numbered(int(world.calendar.batches[day])))
    parts, sorts = [own], [np.full(len(own.key), FIRST, dtype=np.int8)]
    longest = max(figures("handling")[name][1] for name in ("duplicate_days", "correction_days", "retest_days"))
    for earlier in range(max(0, day - longest), day):
        back = returns(world, earlier)
        due = back.after == day - earlier
        for why in (AGAIN, CORRECTED, RETEST):
            number = back.number[due & (back.sort == why)]
            if len(number):
                parts.append(again(world, batches(world, earlier, number), why))
                sorts.append(np.full(len(number), why, dtype=np.int8))
    lot, sort = joined(parts), np.concatenate(sorts)
    order = np.lexsort((lot.retest, lot.version, lot.key))
    lot, sort = lot.take(order), sort[order]
    return Day(lot, sort, np.where(sort == FIRST, faults(world, lot.key), 0))


def faults(world: World, key: Array) -> Array:
    """Which fault the report's one malformed row has; 0 for reports without one."""
    draw = uniform(world.seed, "fate/malformed", key)
    kind = whole((1, len(FAULTS)), uniform(world.seed, "fate/fault", key))
    clean = uniform(world.seed, "fate", key) < figures("handling")["duplicate"]
    return np.where((draw < figures("handling")["malformed"]) & ~clean, kind, 0)


@lru_cache(maxsize=64)
def returns(world: World, day: int) -> Return:
    """What becomes of the reports of a day."""
    terms = figures("handling")
    lot = batches(world, day, numbered(int(world.calendar.batches[day])))
    draw = uniform(world.seed, "fate", lot.key)
    sent = draw < terms["duplicate"]
    corrected = ~sent & (draw < terms["duplicate"] + terms["correction"])
    tested = ~sent & ~corrected & (lot.planted >= 0)
    tested &= uniform(world.seed, "fate/retest", lot.key) < terms["retest"]
    wait = uniform(world.seed, "fate/days", lot.key)
    after = np.select(
        [sent, corrected, tested],
        [whole(terms[name], wait) for name in ("duplicate_days", "correction_days", "retest_days")],
    )
    sort = np.select([sent, corrected, tested], [AGAIN, CORRECTED, RETEST])
    some = sort > 0
    return Return(lot.number[some], after[some], sort[some])


def again(world: World, lot: Batches, sort: int) -> Batches:
    """The same batches as they come the second time."""
    if sort == AGAIN:
        return lot
    if sort == RETEST:
        upheld = uniform(world.seed, "retest/upheld", lot.key) >= figures("handling")["overturned"]
        # whether it is upheld is told by the sign of the version, which a retest does not have
        return replace(lot, retest=np.ones(len(lot.key), dtype=bool), version=np.where(upheld, 0, -1).astype(np.int32))
    return corrected(world, replace(lot, version=np.ones(len(lot.key), dtype=np.int32)))


def corrected(world: World, lot: Batches) -> Batches:
    """Corrected reports: some failures were none, and a few passing reports should have failed."""
    terms, draw = figures("handling"), uniform(world.seed, "correction", lot.key)
    withdrawn = (lot.planted >= 0) & (draw < terms["withdrawn"])
    worsened = np.flatnonzero((lot.planted < 0) & (draw < terms["worsened"]))
    planted = np.where(withdrawn, NONE, lot.planted)
    for row in worsened.tolist():
        begin, end = world.cells.first[lot.panel[row] : lot.panel[row] + 2]
        risk = world.design.hazard[begin:end]
        planted[row] = int(np.argmax(risk)) if risk.max() > 0 else NONE
    return replace(
        lot,
        planted=planted,
        second=np.where(withdrawn, NONE, lot.second),
        outbreak=np.where(withdrawn, 0, lot.outbreak),
    )
