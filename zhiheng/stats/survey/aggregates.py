"""Estimates for many domains at once from sums that an engine made: a table of items never comes here row by row.

What is needed of a cell, that is a first-stage unit's share in a domain summed over a stratum: with a the weight of a
unit in the domain and b its weighted total, the sums of a, b, a a, a b and b b over the units. The linearised score of a unit
is z = (b - r a) / A, so that its sum and its sum of squares over a stratum follow, and with them the variance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from zhiheng.errors import StatisticsError
from zhiheng.stats.intervals import clopper_pearson
from zhiheng.stats.survey.design import Floats, Lonely, Whole, known
from zhiheng.stats.survey.proportions import DEGENERATE, FEW, FIXED, spread
from zhiheng.stats.survey.variance import CERTAIN

ROUNDING = 1e-14  # relative
EMPTY = "no item of the sample lies in this domain"


@dataclass(frozen=True)
class Strata:
    """Units taken of each stratum and, infinite where not known, units in its population; `share`: fractions of the stages before."""

    taken: Floats
    held: Floats
    share: Floats


@dataclass(frozen=True)
class Cells:
    """One line for each stratum and domain that meet: units and items there, and the five sums. Codes begin at 0."""

    stratum: Whole
    domain: Whole
    units: Floats
    items: Floats
    weight: Floats
    total: Floats
    weight_weight: Floats
    weight_total: Floats
    total_total: Floats


@dataclass(frozen=True)
class Domains:
    """One element a domain: estimate, variance, items, degrees of freedom; NaN where the domain is empty."""

    value: Floats
    variance: Floats
    n: Floats
    degrees: Floats
    method: str

    @property
    def standard_error(self) -> Floats:
        """Square roots of the variances."""
        return np.asarray(np.sqrt(self.variance))


@dataclass(frozen=True)
class DomainLimits:
    """Limits of the proportion of each domain, with the reason where the method could not be used; empty text: it was."""

    lower: Floats
    upper: Floats
    level: float
    method: str
    reasons: tuple[str, ...]


def cells(columns: Sequence[ArrayLike]) -> Cells:
    """Cells from nine columns in the order of the class; StatisticsError: lengths differ, a missing sum, or a pair twice."""
    given = [np.asarray(column) for column in columns]
    if len(given) != 9 or len({column.shape for column in given}) != 1 or given[0].ndim != 1:
        raise StatisticsError(
            f"{len(given)} columns of shapes {[column.shape for column in given]}: nine of one length are needed"
        )
    codes = [column.astype(np.int64) for column in given[:2]]
    sums = [column.astype(np.float64) for column in given[2:]]
    wrong = ~np.all([np.isfinite(column) for column in sums], axis=0)
    if wrong.any():
        raise StatisticsError(
            f"cell {int(np.flatnonzero(wrong)[0])} has a missing sum: leave items without a value out of the domain"
        )
    pair = codes[0] * (int(codes[1].max(initial=0)) + 1) + codes[1]
    if np.unique(pair).size != pair.size:
        raise StatisticsError("a stratum meets a domain in two lines: sum them, one line a pair")
    return Cells(codes[0], codes[1], *sums)


def strata(taken: ArrayLike, held: ArrayLike | None = None, share: ArrayLike | None = None) -> Strata:
    """Sizes of the strata, by code; StatisticsError: a population smaller than its sample."""
    n = np.asarray(taken, dtype=np.float64)
    whole = np.full(n.shape, np.inf) if held is None else np.asarray(held, dtype=np.float64)
    before = np.ones(n.shape) if share is None else np.asarray(share, dtype=np.float64)
    wrong = ~(whole >= n * (1 - 1e-12)) | ~(n > 0) | ~((before >= 0) & (before <= 1))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise StatisticsError(
            f"stratum {at}: {n[at]:g} units taken of {whole[at]:g}; a population holds at least its sample"
        )
    return Strata(n, whole, before)


def domain_means(
    found: Cells, sizes: Strata, *further: tuple[Cells, Strata], count: int | None = None, lonely: Lonely = "fail"
) -> Domains:
    """Mean of every domain, equal to `mean` of the items themselves up to rounding.

    Särndal, Swensson, Wretman (1992), result 10.6.1. `further`: cells of later stages, whose strata are the units before, with
    their fractions in `share`. A ratio of two variables comes from the same sums, the denominator's weighted value in place of
    the weight. Values far from 0 next to their spread lose digits in the squares: subtract a round number first.
    StatisticsError: a stratum of one unit, unless `lonely` says how to treat it.
    """
    size = domains(found, count)
    below, above = (np.bincount(found.domain, sums, size) for sums in (found.weight, found.total))
    value = np.divide(above, below, out=np.full(size, np.nan), where=below != 0)
    rate = np.where(np.isnan(value), 0.0, value)
    spread_of = np.zeros(size)
    for part, those in ((found, sizes), *further):
        first, second = scores(part, rate[part.domain], np.where(below == 0, 1.0, below)[part.domain])
        spread_of += summed(part, those, first, second, size, known(lonely))
    return finished(
        found, value, np.where(np.isnan(value), np.nan, spread_of), size, "mean, linearised, from aggregates"
    )


def domain_totals(
    found: Cells, sizes: Strata, *further: tuple[Cells, Strata], count: int | None = None, lonely: Lonely = "fail"
) -> Domains:
    """Total of every domain, equal to `total` of the items themselves up to rounding; arguments as for domain_means."""
    size = domains(found, count)
    value = np.bincount(found.domain, found.total, size).astype(np.float64)
    spread_of = np.zeros(size)
    for part, those in ((found, sizes), *further):
        spread_of += summed(part, those, part.total, part.total_total, size, known(lonely))
    return finished(found, value, spread_of, size, "total, linearised, from aggregates")


def domain_intervals(found: Domains, *, level: float, method: str = "beta") -> DomainLimits:
    """Limits of the proportion of every domain by a closed formula: beta, logit, xlogit, asin, mean or wilson, as in `proportion`.

    'logit' is where the fit of R's method of that name ends when it is let run (the delta method, as `xlogit`); R itself stops earlier,
    up to 1e-6 away.
    A domain of zeros or ones alone, or without degrees of freedom, gets Clopper-Pearson of its items, an empty one no limits;
    each says why. StatisticsError: a value is no proportion, or the method needs the items themselves.
    """
    p, v = found.value, np.where(np.isnan(found.variance), 0.0, found.variance)
    empty = np.isnan(p)
    if np.any((p[~empty] < -1e-12) | (p[~empty] > 1 + 1e-12)):
        raise StatisticsError("an estimate lies outside 0 to 1: limits of a proportion are for means of zeros and ones")
    alike = ~empty & ((p <= 1e-15) | (p >= 1 - 1e-15))
    few = ~empty & ~alike & ((found.degrees < 1) | (found.n < 2))
    fixed = ~empty & ~alike & ~few & (v <= 0)
    used = ~(empty | alike | few | fixed)
    low, high = np.full(p.shape, np.nan), np.full(p.shape, np.nan)
    rest = alike | few | fixed
    share = np.clip(p[rest], 0, 1)
    exact = clopper_pearson(share * found.n[rest], found.n[rest], level=level)
    low[rest], high[rest] = exact.lower, exact.upper
    d = found.degrees[used]
    low[used], high[used] = spread(p[used], v[used], found.n[used], d, d, level, method)
    reasons = np.select([empty, alike, few, fixed], [EMPTY, DEGENERATE, FEW, FIXED], "")
    return DomainLimits(low, high, level, method, tuple(str(reason) for reason in reasons))


def scores(part: Cells, r: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """Sum and sum of squares of z in each cell; what is left of terms that cancel but for rounding is 0."""
    first = part.total - r * part.weight
    first = np.where(np.abs(first) <= ROUNDING * (np.abs(part.total) + np.abs(r) * part.weight), 0.0, first)
    cross, square = 2 * r * part.weight_total, r * r * part.weight_weight
    second = part.total_total - cross + square
    second = np.where(second <= ROUNDING * (part.total_total + np.abs(cross) + square), 0.0, second)
    return np.asarray(first / scale), np.asarray(second / scale**2)


def summed(part: Cells, sizes: Strata, first: Floats, second: Floats, size: int, lonely: Lonely) -> Floats:
    """Variance of each domain: strata, each with its units about their mean, units outside the domain counting as zeros."""
    taken = sizes.taken[part.stratum]
    correction = np.where(np.isinf(sizes.held), 1.0, 1 - sizes.taken / sizes.held)
    correction = (np.where(correction < CERTAIN, 0.0, correction) * sizes.share)[part.stratum]
    single = (taken == 1) & (correction > 0)
    if single.any() and lonely == "fail":
        raise StatisticsError(
            f"stratum {int(part.stratum[np.flatnonzero(single)[0]])} has one unit: its variance cannot be estimated; join it to "
            "a neighbour, or say how to treat it: adjust, average or certainty"
        )
    about = np.maximum(second - first**2 / taken, 0.0) * taken / np.maximum(taken - 1, 1)
    each = correction * np.where(taken > 1, about, second if lonely == "adjust" else 0.0)
    found: Floats = np.bincount(part.domain, each, size).astype(np.float64)
    if lonely == "average":
        every, alone = np.bincount(part.domain, minlength=size), np.bincount(part.domain, single, size)
        if np.any((every == alone) & (every > 0)):
            raise StatisticsError("every stratum of a domain has one unit: there is no variance to average there")
        found = found * every / np.where(every == alone, 1.0, every - alone)
    return np.asarray(found)


def finished(found: Cells, value: Floats, spread_of: Floats, size: int, method: str) -> Domains:
    """Estimates with their items and degrees of freedom: units less strata in the domain."""
    n = np.bincount(found.domain, found.items, size).astype(np.float64)
    units = np.bincount(found.domain, found.units, size).astype(np.float64)
    degrees = units - np.bincount(found.domain, minlength=size)
    return Domains(value, spread_of, n, degrees, method)


def domains(found: Cells, count: int | None) -> int:
    """How many domains there are; those of the highest codes may be empty."""
    least = int(found.domain.max(initial=-1)) + 1
    if count is not None and count < least:
        raise StatisticsError(f"domain {least - 1} in the cells, {count} domains expected: codes run from 0")
    return least if count is None else count
