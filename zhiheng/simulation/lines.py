"""The result lines of reports: values as laboratories print them, exact in whole numbers of the last digit."""

from dataclasses import dataclass

import numpy as np

from zhiheng.simulation.batches import Batches
from zhiheng.simulation.cells import ABSENT, LIMIT, PLAN
from zhiheng.simulation.draws import GOLDEN, PARTS, Array, bits, mixed, quantiles
from zhiheng.simulation.reports import FAULTS, Day
from zhiheng.simulation.settings import figures
from zhiheng.simulation.world import World

NO_FIGURE = np.iinfo(np.int64).min
COMPARATORS = (None, "=", "<", "nd", "detected", "≈")
NOTHING, EQUAL, LESS, ABSENCE, PRESENCE, STRANGE = range(6)
MISSING_SAMPLE, UNKNOWN_COMPARATOR, NEGATIVE, UNKNOWN_KIND, DUPLICATE = range(1, len(FAULTS) + 1)
ROUND = 1000
EXACT = 2**53


@dataclass(frozen=True)
class Lines:
    """Parallel arrays, one entry a result line; `report` is the place of its report in the delivery. `digits`, `value`,
    `reporting` and `uncertainty` are NO_FIGURE where there is none; the last three are in units of 1e-9."""

    report: Array
    item: Array
    cell: Array
    planted: Array
    fault: Array
    comparator: Array
    digits: Array
    value: Array
    reporting: Array
    uncertainty: Array


@dataclass(frozen=True)
class Singles:
    """The single units of results under a sampling plan, one entry a unit."""

    report: Array
    item: Array
    number: Array
    comparator: Array
    value: Array


@dataclass(frozen=True)
class Places:
    """Where each line stands: its report, its place in the panel, its item number and its cell; what is special about it."""

    report: Array
    place: Array
    item: Array
    cell: Array
    planted: Array
    fault: Array
    redrawn: Array


def lines(world: World, day: Day) -> tuple[Lines, Singles]:
    """Every result line of a delivery, and the single units."""
    where = laid_out(world, day)
    draw = draws(world, day.lot, where)
    return filled(world, day.lot, where, draw), singles(world, where, draw)


def laid_out(world: World, day: Day) -> Places:
    """Each report's lines: the whole panel, one line more where a row is malformed, the failing items for a retest."""
    lot, first = day.lot, world.cells.first
    size = first[lot.panel + 1] - first[lot.panel]
    several = 1 + (lot.second >= 0)
    count = np.where(lot.retest, several, size + (day.fault > 0))
    report = np.repeat(np.arange(len(count)), count)
    order = np.arange(len(report)) - np.repeat(np.cumsum(count) - count, count)
    again, whole = lot.retest[report], size[report]
    extra = ~again & (order == whole)
    failing = np.where(order == 0, lot.planted[report], lot.second[report])
    place = np.where(again, failing, order)
    cell = np.where(extra, world.probe[lot.panel][report], first[lot.panel][report] + place)
    fault = np.where(extra, day.fault[report], 0).astype(np.int8)
    planted = ~extra & ((place == lot.planted[report]) | (place == lot.second[report])) & (lot.version[report] >= 0)
    item = order + np.where(fault == DUPLICATE, 0, 1)
    redrawn = (lot.version[report] > 0) & (cell == world.probe[lot.panel][report])
    return Places(report, place, item.astype(np.int32), cell, planted, fault, redrawn)


def draws(world: World, lot: Batches, where: Places) -> Array:
    """Sixty-four bits a line: the same when a report comes again, others for a corrected line and for a retest."""
    plain, other = (bits(world.seed, name, lot.key) for name in ("line", "line/again"))
    start = np.where(where.redrawn | lot.retest[where.report], other[where.report], plain[where.report])
    return mixed(start + (where.place.astype(np.uint64) + np.uint64(1)) * GOLDEN)


def part(draw: Array, place: int) -> Array:
    """One of the four parts of sixteen bits, as a whole number."""
    return (draw >> np.uint64(16 * place)) & np.uint64(PARTS - 1)


def filled(world: World, lot: Batches, where: Places, draw: Array) -> Lines:
    """The lines with their figures."""
    known, terms, lab = world.cells, figures("values"), lot.laboratory[where.report]
    form, limit, step = known.form[where.cell], known.limit[where.cell], known.step[where.cell]
    ruled = form == LIMIT
    level = np.maximum(np.rint(known.reporting[where.cell] * world.laboratories.reporting[lab]), 1).astype(np.int64)
    level = np.where(ruled, np.minimum(level, limit), level)
    z = quantiles()[part(draw, 0)]
    digits = usual(world, where, lab, z, draw)
    tie = ruled & (part(draw, 2) < terms["tie"] * PARTS) & ~where.planted
    digits = np.where(tie, limit, digits)
    bad = np.flatnonzero(where.planted)
    digits[bad] = beyond(form[bad], limit[bad], level[bad], z[bad], part(draw[bad], 3) / PARTS)
    special = where.planted | (where.fault > 0) | where.redrawn | tie
    found = special | ((part(draw, 1) < known.detected[where.cell] * PARTS) & (digits >= level) & (form != ABSENT))
    digits = np.maximum(digits, np.where(special, 1, 0))
    signs = np.where(world.laboratories.signs[lab] & (form != ABSENT), LESS, ABSENCE)
    comparator = np.where(form == PLAN, NOTHING, np.where(found, EQUAL, signs)).astype(np.int8)
    comparator[where.fault == UNKNOWN_COMPARATOR] = STRANGE
    shown = np.where(found, digits, level)
    shown = np.where(where.fault == NEGATIVE, -shown, shown)
    figure = (comparator != NOTHING) & (comparator != ABSENCE)
    sure = (comparator == EQUAL) & (world.laboratories.relative[lab] > 0) & (form != ABSENT)
    doubt = np.maximum(np.rint(np.abs(shown) * world.laboratories.relative[lab]), 1).astype(np.int64)
    return Lines(
        where.report,
        where.item,
        where.cell,
        where.planted,
        where.fault,
        comparator,
        np.where(figure, shown, NO_FIGURE),
        np.where(figure, shown * step, NO_FIGURE),
        np.where(form == PLAN, NO_FIGURE, level * step),
        np.where(sure, doubt * step, NO_FIGURE),
    )


def usual(world: World, where: Places, lab: Array, z: Array, draw: Array) -> Array:
    """Log-normal values that stay under the limit, rounded to three digits."""
    known = world.cells
    value = np.exp(known.middle[where.cell] + known.spread[where.cell] * z + world.laboratories.bias[lab])
    limit = known.limit[where.cell]
    near = (value > 0.97 * limit) & (known.form[where.cell] == LIMIT)
    value = np.where(near, limit * (0.3 + 0.6 * part(draw, 3) / PARTS), value)
    return rounded(np.minimum(value, EXACT // known.step[where.cell]).astype(np.int64))


def rounded(digits: Array) -> Array:
    """Three significant digits, cut off.

    >>> rounded(np.array([7, 999, 1234, 98765]))
    array([    7,   999,  1230, 98700])
    """
    large = np.flatnonzero(digits >= ROUND)
    power = 10 ** (np.floor(np.log10(digits[large] + 0.5)).astype(np.int64) - 2)
    found = digits.copy()
    found[large] = digits[large] // power * power
    return found


def beyond(form: Array, limit: Array, level: Array, z: Array, share: Array) -> Array:
    """Values that fail: over the limit, or over the reporting level of what may not be there."""
    middle, spread = figures("values")["beyond"]
    over = rounded((limit * (1 + np.exp(np.log(middle) + spread * z))).astype(np.int64))
    over = np.maximum(over, limit + 1)
    found: Array = np.where(form == LIMIT, over, (level * (2 + 20 * share)).astype(np.int64))
    return found


def singles(world: World, where: Places, draw: Array) -> Singles:
    """The single units of every line under a plan: at most c between m and M, or too many where a failure was planted."""
    known = world.cells
    line = np.flatnonzero(known.form[where.cell] == PLAN)
    count = known.number[where.cell[line]]
    one = np.repeat(line, count)
    number = np.arange(len(one)) - np.repeat(np.cumsum(count) - count, count)
    unit = mixed(draw[one] + (number.astype(np.uint64) + np.uint64(1)) * GOLDEN)
    cell, z, share = where.cell[one], quantiles()[part(unit, 0)], part(unit, 1) / PARTS
    inner, outer, allowed = known.inner[cell], known.outer[cell], known.allowed[cell]
    value = np.minimum(np.rint(inner * 0.05 * np.exp(z)), inner)
    between = (number == 0) & (allowed > 0) & (outer > inner) & (part(unit, 2) < PARTS // 10)
    value = np.where(between, np.floor(inner + (outer - inner) * 0.9 * share), value)
    bad = where.planted[one] & (number <= allowed)
    value = np.where(bad, np.rint(inner * (1.5 + 8 * share)), value).astype(np.int64)
    low = (value < 10) & ~bad
    comparator = np.where(inner == 0, np.where(bad, PRESENCE, ABSENCE), np.where(low, LESS, EQUAL)).astype(np.int8)
    shown = np.where(inner == 0, NO_FIGURE, np.where(low, 10, value) * known.step[cell])
    return Singles(where.report[one], where.item[one], (number + 1).astype(np.int32), comparator, shown)
