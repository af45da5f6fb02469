"""The batches of a day of receipt: who was drawn where, when, and whether it fails.

Every attribute is a draw by counter from (seed, day, number of the batch), so any part of any day can be made alone.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from zhiheng.simulation.design import TARGETED
from zhiheng.simulation.draws import Array, chosen, uniform
from zhiheng.simulation.settings import figures
from zhiheng.simulation.world import World

DAY_BITS = np.uint64(32)
NONE = -1


@dataclass(frozen=True)
class Batches:
    """Parallel arrays. `day` counts from the start, `sampled` from the earliest day of sampling; `planted` and `second`
    are places in the panel, or -1; `outbreak` counts from 1, 0 where the failure is an ordinary one."""

    day: Array
    number: Array
    key: Array
    arm: Array
    province: Array
    county: Array
    type: Array
    channel: Array
    size: Array
    laboratory: Array
    sampled: Array
    panel: Array
    inclusion: Array
    planted: Array
    second: Array
    outbreak: Array
    version: Array
    retest: Array

    def take(self, chosen: Array | slice) -> "Batches":
        """The chosen batches."""
        return Batches(**{entry.name: getattr(self, entry.name)[chosen] for entry in fields(self)})


def joined(parts: list[Batches]) -> Batches:
    """Several lots of batches as one."""
    return Batches(
        **{entry.name: np.concatenate([getattr(part, entry.name) for part in parts]) for entry in fields(Batches)}
    )


def batches(world: World, day: int, number: Array) -> Batches:
    """The numbered batches of a day of receipt, as first reported."""
    key = (np.uint64(day) << DAY_BITS) + number.astype(np.uint64)
    seed, design, lab = world.seed, world.design, world.laboratories
    arm = np.where(uniform(seed, "arm", key) < figures("arms")["random_share"], 0, TARGETED).astype(np.int8)
    province = by_arm(design.province, arm, uniform(seed, "batch/province", key))
    product = by_arm(design.product, arm, uniform(seed, "batch/product", key))
    size = by_arm(design.size, arm, uniform(seed, "batch/size", key))
    channels = len(design.market.channel_risk)
    lag = chosen(world.calendar.lag, uniform(seed, "batch/lag", key))
    sampled = day + len(world.calendar.lag) - 1 - lag
    kind = product // channels
    rank = uniform(seed, "batch/laboratory", key) ** 2
    first = lab.first[province]
    bare = Batches(
        np.full(len(key), day, dtype=np.int32),
        number.astype(np.int64),
        key,
        arm,
        province,
        county_of(world, province, uniform(seed, "batch/county", key)),
        kind,
        product % channels,
        size,
        first + (rank * (lab.first[province + 1] - first)).astype(np.int64),
        sampled,
        kind * len(world.panels.regimes) + design.regime_of[sampled],
        inclusion(world, arm, province, product, size),
        np.full(len(key), NONE, dtype=np.int64),
        np.full(len(key), NONE, dtype=np.int64),
        np.zeros(len(key), dtype=np.int32),
        np.zeros(len(key), dtype=np.int32),
        np.zeros(len(key), dtype=bool),
    )
    return failed(world, bare, "fails")


def by_arm(shares: Array, arm: Array, draw: Array) -> Array:
    """A choice by the shares of the batch's own arm."""
    found: Array = np.where(arm == TARGETED, chosen(shares[1], draw), chosen(shares[0], draw))
    return found


def county_of(world: World, province: Array, draw: Array) -> Array:
    """A county of the province by its size."""
    total = np.cumsum(world.places.weight)
    before = np.concatenate([[0.0], total])[world.places.first]
    reached = before[province] + draw * (before[province + 1] - before[province])
    found = np.searchsorted(total, reached, side="right")
    inside: Array = np.clip(found, world.places.first[province], world.places.first[province + 1] - 1)
    return inside.astype(np.int32)


def inclusion(world: World, arm: Array, province: Array, product: Array, size: Array) -> Array:
    """The probability with which the batch's own arm draws such a batch from the market."""
    lean = world.design.lean
    factor = lean[0][province] * lean[1][product] * lean[2][size] / world.design.norm
    share = world.design.drawn / world.design.population
    found: Array = np.minimum(np.where(arm == TARGETED, share[1] * factor, share[0]), 1.0)
    return found


def risk(world: World, lot: Batches) -> tuple[Array, Array, Array]:
    """The probability that each batch fails of each cause, what outbreaks add, and by which outbreak."""
    design, about = world.design, world.design.market
    factor = world.places.risk[lot.province] * about.channel_risk[lot.channel] * about.size_risk[lot.size]
    month = world.calendar.month(lot.sampled)
    usual = design.cause[lot.panel] * about.season[:, month].T * factor[:, None]
    extra, by = np.zeros(len(lot.key)), np.zeros(len(lot.key), dtype=np.int32)
    for entry, daily in zip(world.outbreaks, world.extra, strict=True):
        more = daily[lot.sampled] * factor * (lot.type == entry.type) * np.isin(lot.province, entry.provinces)
        by = np.where(more > extra, entry.number, by)
        extra = np.maximum(extra, more)
    return usual, extra, by.astype(np.int32)


def failed(world: World, lot: Batches, name: str) -> Batches:
    """The batches with what fails in them, as a draw of the named stream has it."""
    usual, extra, by = risk(world, lot)
    total = usual.sum(axis=1) + extra
    draw = uniform(world.seed, name, lot.key)
    bad = np.flatnonzero(draw < np.minimum(total, figures("failures")["largest"]))
    planted, outbreak = lot.planted.copy(), lot.outbreak.copy()
    again = uniform(world.seed, name + "/item", lot.key[bad])
    for row, where in zip(bad.tolist(), again.tolist(), strict=True):
        planted[row], outbreak[row] = failing_item(world, lot, row, where * total[row], usual[row], extra[row], by[row])
    return replace(lot, planted=planted, outbreak=outbreak, second=second_item(world, lot, planted, name))


def failing_item(
    world: World, lot: Batches, row: int, reached: float, usual: Array, extra: float, by: int
) -> tuple[int, int]:
    """The place in the panel that fails, and the outbreak behind it or 0; `reached` runs through the risks one by one."""
    lines, panel = world.cells, int(lot.panel[row])
    begin, end = lines.first[panel : panel + 2]
    if reached < extra:
        entry = world.outbreaks[by - 1]
        same = (lines.analyte[begin:end] == entry.analyte) & (lines.cause[begin:end] >= 0)
        return int(np.flatnonzero(same)[0]), int(by)
    cause = lines.cause[begin:end]
    season = np.divide(usual, world.design.cause[panel], out=np.zeros_like(usual), where=world.design.cause[panel] > 0)
    weight = np.where(cause >= 0, world.design.hazard[begin:end] * season[cause], 0.0)
    place = int(np.searchsorted(np.cumsum(weight), reached - extra, side="right"))
    return min(place, int(np.flatnonzero(weight > 0)[-1])), 0


def second_item(world: World, lot: Batches, planted: Array, name: str) -> Array:
    """Another failing item of the same cause in some of the failing batches, the next in the panel."""
    found = np.full(len(planted), NONE, dtype=np.int64)
    share = figures("failures")["second"]
    twice = np.flatnonzero((planted >= 0) & (uniform(world.seed, name + "/second", lot.key) < share))
    for row in twice.tolist():
        begin, end = world.cells.first[lot.panel[row] : lot.panel[row] + 2]
        cause = world.cells.cause[begin:end]
        later = np.flatnonzero((cause == cause[planted[row]]) & (np.arange(end - begin) > planted[row]))
        if len(later):
            found[row] = later[0]
    return found
