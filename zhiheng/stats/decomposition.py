"""What moved a rate between two periods: how much is a changed mix, how much changed limits, how much the rates themselves.

The difference of two rates over the same cells is taken apart as Kitagawa (1955), J. Am. Stat. Assoc. 50, 1168-1194, did with
one composition; with several, each period's shares are written as a product with one symmetrical term a factor (Das Gupta 1993,
Standardization and Decomposition of Rates, U.S. Bureau of the Census P23-186, chapter 6), and the effect of a term is its mean over
every order in which the terms could have changed. No order is preferred, and the parts add up to the difference exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
RATES = "rates"
LIMITS = "limits"
MOST_FACTORS = 6
ROUNDING = 1e-15
METHOD = "Das Gupta 1993 (means over all orders), intervals by linearisation"


@dataclass(frozen=True)
class Sums:
    """One period by cell: weight of the items judged and of those that failed, their squared weights, and the items.

    Items that count once each have weight 1: then all of these are counts.
    """

    size: Floats
    failed: Floats
    square: Floats
    square_failed: Floats
    items: float

    @property
    def rate(self) -> float:
        """The rate of the whole."""
        return float(self.failed.sum() / self.size.sum())


@dataclass(frozen=True)
class Part:
    """What one factor moved, with its limits."""

    name: str
    effect: float
    standard_error: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Moved:
    """Two rates and the parts of their difference, which add up to it; `alone`: share of each period in cells the other lacks."""

    before: float
    after: float
    difference: Part
    parts: tuple[Part, ...]
    alone: tuple[float, float]
    level: float
    method: str


def sums(
    size: ArrayLike,
    failed: ArrayLike,
    square: ArrayLike | None = None,
    square_failed: ArrayLike | None = None,
    items: float | None = None,
) -> Sums:
    """The sums of one period, checked; without squares every item has weight 1.

    StatisticsError: a cell with more failures than items, a sum below 0 or missing, or nothing at all.
    """
    a, b = np.asarray(size, dtype=np.float64), np.asarray(failed, dtype=np.float64)
    aa = a if square is None else np.asarray(square, dtype=np.float64)
    bb = b if square_failed is None else np.asarray(square_failed, dtype=np.float64)
    if not a.ndim == 1 or not a.shape == b.shape == aa.shape == bb.shape:
        raise StatisticsError(f"sums of shapes {a.shape}, {b.shape}, {aa.shape}, {bb.shape}: give one of each a cell")
    wrong = ~((b >= 0) & (b <= a * (1 + 1e-12)) & (bb >= 0) & (bb <= aa * (1 + 1e-12)) & np.isfinite(a + aa))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise StatisticsError(f"cell {at}: {b[at]:g} failed of {a[at]:g}; failures lie between 0 and the items judged")
    if not a.sum() > 0:
        raise StatisticsError("a period without a judged item has no rate: choose one that has")
    return Sums(a, b, aa, bb, float(a.sum()) if items is None else items)


def moved(before: Sums, after: Sums, factors: Sequence[tuple[str, ArrayLike]], *, level: float) -> Moved:
    """What moved the rate: one part for the mix of each factor (name, code of every cell), and one, `rates`, for the rates in the cells.

    A cell that one period lacks takes the rate of the other, and a group that it lacks the other's shares within it, so that what is
    new or gone counts as the mix of the factor that brought it. Limits are normal, from the
    linearised parts: items of a period drawn independently with replacement, each with its weight, which errs on the wide side
    for strata and for a finite population. StatisticsError: no factor, too many, or codes of another length.
    """
    codes = [coded(name, code, before.size.size) for name, code in factors]
    if before.size.shape != after.size.shape or not 1 <= len(codes) <= MOST_FACTORS:
        raise StatisticsError(f"{len(codes)} factors: give one to {MOST_FACTORS}, and the same cells in both periods")
    shares = compositions(before.size, after.size, codes)
    rates = joined_rates(before, after)
    terms = np.stack([np.stack([*share.terms, rate]) for share, rate in zip(shares, rates, strict=True)])
    effect, slopes = averaged_over_orders(terms)
    error = np.zeros(len(codes) + 1)
    error_whole = 0.0
    passed = [rate_slopes(slopes[:, :, -1], before, after, period) for period in (0, 1)]
    scaled = [slopes[:, at, :-1] * terms[at, None, :-1] for at in (0, 1)]
    for at, (period, share) in enumerate(zip((before, after), shares, strict=True)):
        by_size = share.slopes(scaled[at], lent=shares[1 - at].lent(scaled[1 - at])) + passed[at][0]
        error += variance(period, by_size, passed[at][1])
        error_whole += float(variance(period, *whole_slopes(period))[0])
    names = [*(name for name, _ in factors), RATES]
    reach = quantile(level)
    parts = tuple(part(name, float(e), float(v), reach) for name, e, v in zip(names, effect, error, strict=True))
    difference = part("difference", after.rate - before.rate, error_whole, reach)
    alone = tuple(
        float(one.size[other.size == 0].sum() / one.size.sum()) for one, other in ((before, after), (after, before))
    )
    return Moved(before.rate, after.rate, difference, parts, (alone[0], alone[1]), level, METHOD)


def limits_part(
    weight: ArrayLike,
    square: ArrayLike,
    before: Sequence[ArrayLike],
    after: Sequence[ArrayLike],
    *,
    items: float,
    level: float,
) -> Part:
    """What changed limits alone moved: the rate of the same items under the second limits, less that under the first.

    One element for each kind of outcome: the weight of its items and their squared weight; `before` and `after` say (judged, failed),
    0 or 1 each. The items are the same, so they are paired: only those whose outcome differs add to the variance, but for what
    a changed number of judged ones does.
    """
    w, ww = np.asarray(weight, dtype=np.float64), np.asarray(square, dtype=np.float64)
    rates, scores = [], []
    for judged, failed in (
        (np.asarray(j, dtype=np.float64), np.asarray(f, dtype=np.float64)) for j, f in (before, after)
    ):
        size = float((w * judged).sum())
        if size <= 0:
            raise StatisticsError("no item is judged under one of the two limits: there is no rate to compare")
        rates.append(float((w * failed).sum()) / size)
        scores.append((failed - rates[-1] * judged) / size)
    spread = float((ww * (scores[1] - scores[0]) ** 2).sum()) * items / max(items - 1, 1)
    return part(LIMITS, rates[1] - rates[0], spread, quantile(level))


def part(name: str, effect: float, spread: float, reach: float) -> Part:
    """A part with normal limits from its variance."""
    error = float(np.sqrt(max(spread, 0.0)))
    # what is left of terms that cancel is no effect
    effect, error = (0.0 if abs(figure) < ROUNDING else figure for figure in (effect, error))
    return Part(name, effect, error, effect - reach * error, effect + reach * error)


def quantile(level: float) -> float:
    """How many standard errors the limits lie away."""
    if not 0 < level < 1:
        raise StatisticsError(f"level {level:g} is not a confidence level: give a share between 0 and 1, such as 0.95")
    return float(special.ndtri(0.5 + level / 2))


def coded(name: str, code: ArrayLike, cells: int) -> Whole:
    """Codes of a factor from 0; whatever identifies its values may be given."""
    given = np.asarray(code)
    if given.shape != (cells,):
        raise StatisticsError(f"factor {name}: {given.shape} codes for {cells} cells; give one a cell")
    return np.unique(given, return_inverse=True)[1].astype(np.int64)


def joined_rates(before: Sums, after: Sums) -> tuple[Floats, Floats]:
    """The rate of each cell in each period, that of the other period where a cell is empty."""
    own = [
        np.divide(one.failed, one.size, out=np.full(one.size.shape, np.nan), where=one.size > 0)
        for one in (before, after)
    ]
    first, second = np.where(np.isnan(own[0]), own[1], own[0]), np.where(np.isnan(own[1]), own[0], own[1])
    return np.nan_to_num(first), np.nan_to_num(second)


def rate_slopes(by_rate: Floats, before: Sums, after: Sums, period: int) -> tuple[Floats, Floats]:
    """How the parts move with the size and the failures of a period's cells by way of their rates.

    `by_rate`: parts, periods, cells. A cell that the other period lacks carries the other's slope, too: it lends it its rate.
    """
    own, other = (before, after) if period == 0 else (after, before)
    slope = by_rate[:, period] + np.where(other.size == 0, by_rate[:, 1 - period], 0.0)
    inverse = np.divide(1.0, own.size, out=np.zeros_like(own.size), where=own.size > 0)
    return -slope * own.failed * inverse**2, slope * inverse


def whole_slopes(period: Sums) -> tuple[Floats, Floats]:
    """How the rate of the whole moves with size and failures: the same in every cell."""
    size = float(period.size.sum())
    return np.full((1, period.size.size), -period.rate / size), np.full((1, period.size.size), 1 / size)


def variance(period: Sums, by_size: Floats, by_failed: Floats) -> Floats:
    """Variance of linearised figures: an item adds weight x (slope by size + slope by failures if it failed)."""
    passing = by_size**2 * (period.square - period.square_failed)
    failing = (by_size + by_failed) ** 2 * period.square_failed
    found = (passing + failing).sum(axis=1) * period.items / max(period.items - 1, 1)
    return np.asarray(found, dtype=np.float64)


Scaled = dict[tuple[int, frozenset[int]], Floats]


@dataclass(frozen=True)
class Composition:
    """The shares of cells as a product of terms, one a factor, and what is needed to move them."""

    terms: list[Floats]
    groups: dict[frozenset[int], tuple[Whole, Floats]]

    def lent(self, scaled: Floats) -> Scaled:
        """What lies in groups that this period lacks, by factor and set: there the other period lends its shares, and moves them."""
        found = {}
        for factor in range(scaled.shape[1]):
            for others, _ in subsets(factor, scaled.shape[1]):
                code, held = self.groups[others]
                found[factor, others] = np.where(held[code] == 0, scaled[:, factor], 0.0)
        return found

    def slopes(self, scaled: Floats, *, lent: Scaled) -> Floats:
        """Slopes by the size of each cell, of figures whose slopes by term are given times the term: (figures, factors, cells)."""
        figures, factors, cells = scaled.shape
        found = np.zeros((figures, cells))
        for factor in range(factors):
            for others, share in subsets(factor, factors):
                moving = scaled[:, factor] + lent[factor, others]
                for kept, sign in ((others | {factor}, share), (others, -share)):
                    code, held = self.groups[kept]
                    inverse = np.divide(sign, held, out=np.zeros_like(held), where=held > 0)
                    for figure in range(figures):
                        total = np.bincount(code, moving[figure], held.size)
                        found[figure] += (total * inverse)[code]
        return found


def compositions(before: Floats, after: Floats, codes: Sequence[Whole]) -> list[Composition]:
    """The share of each cell in each period as a product over factors (Das Gupta 1993, 6.3 to 6.6, for any number of factors).

    The term of a factor is the geometric mean, over the sets S of other factors, of its share within the groups that S makes:
    prod (N of S and the factor / N of S) ^ (1 / (k C(k-1, |S|))). A group that one period lacks has no shares there: it takes those
    of the other, so that a factor with one value alone never seems to move anything.
    """
    count = len(codes)
    every = [frozenset(kept) for many in range(count + 1) for kept in combinations(range(count), many)]
    groups = [{kept: grouped(size, [codes[at] for at in kept]) for kept in every} for size in (before, after)]
    terms: list[list[Floats]] = [[], []]
    for factor in range(count):
        logs = [np.zeros(before.shape), np.zeros(before.shape)]
        for others, share in subsets(factor, count):
            own = [within(held, others, factor) for held in groups]
            for period in (0, 1):
                ratio = np.where(np.isnan(own[period]), own[1 - period], own[period])
                logs[period] = logs[period] + share * np.where(np.isnan(ratio), 0.0, ratio)
        for period in (0, 1):
            terms[period].append(np.exp(logs[period]))
    return [Composition(of, held) for of, held in zip(terms, groups, strict=True)]


def within(groups: dict[frozenset[int], tuple[Whole, Floats]], others: frozenset[int], factor: int) -> Floats:
    """Logarithm of a factor's share within the groups of other factors, cell by cell; NaN in a group that holds nothing."""
    (code, held), (around, whole) = groups[others | {factor}], groups[others]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(held)[code] - np.log(whole)[around])


def subsets(factor: int, count: int) -> list[tuple[frozenset[int], float]]:
    """Sets of the other factors, each with its weight in a mean over all orders."""
    others = [at for at in range(count) if at != factor]
    return [
        (frozenset(kept), 1 / (count * comb(count - 1, many)))
        for many in range(count)
        for kept in combinations(others, many)
    ]


def grouped(size: Floats, codes: Sequence[Whole]) -> tuple[Whole, Floats]:
    """The group of each cell, and the size of each group."""
    found = np.zeros(size.shape, dtype=np.int64)
    for code in codes:
        found = np.unique(found * (int(code.max(initial=0)) + 1) + code, return_inverse=True)[1].astype(np.int64)
    return found, np.bincount(found, size, int(found.max(initial=0)) + 1).astype(np.float64)


def averaged_over_orders(terms: Floats) -> tuple[Floats, Floats]:
    """The effect of each term on the sum of products, averaged over all orders of change, and its slopes.

    `terms`: periods (2), terms, cells. Slopes: effects, periods, terms, cells.
    """
    _, count, cells = terms.shape
    effect = np.zeros(count)
    slopes = np.zeros((count, 2, count, cells))
    for mask in range(2**count):
        changed = [bool(mask >> at & 1) for at in range(count)]
        chosen = terms[np.array(changed, dtype=np.int64), np.arange(count)]
        value = float(chosen.prod(axis=0).sum())
        weights = np.array([order_weight(changed, at) for at in range(count)])
        effect += weights * value
        for at in range(count):
            others = np.delete(chosen, at, axis=0).prod(axis=0)
            slopes[:, int(changed[at]), at] += weights[:, None] * others
    return effect, slopes


def order_weight(changed: Sequence[bool], at: int) -> float:
    """With what weight a state, some terms changed and some not, counts in the effect of one term."""
    count, before = len(changed), sum(changed) - changed[at]
    weight = 1 / (count * comb(count - 1, before))
    return weight if changed[at] else -weight


def as_rows(found: Moved) -> list[dict[str, Any]]:
    """The parts as rows, the difference last."""
    return [vars(one) for one in (*found.parts, found.difference)]
