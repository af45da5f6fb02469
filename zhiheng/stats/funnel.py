"""Funnel plots: the rate of each unit against limits that widen where there are few items (Spiegelhalter 2005)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]
Scatter = Literal["none", "multiplicative", "additive"]
STEPS, TINY = 60, 1e-300


@dataclass(frozen=True)
class FunnelLimits:
    """Lower and upper control limits for each number of items."""

    lower: Floats
    upper: Floats
    target: float
    level: float
    method: str


@dataclass(frozen=True)
class Overdispersion:
    """How much more units scatter than chance: `z` scores, `phi` their (winsorised) mean square, `tau2` the variance between units."""

    z: Floats
    phi: float
    tau2: float
    winsorised: float
    units: int


@dataclass(frozen=True)
class Funnel:
    """Every unit against its limits: -1 below, 0 within, 1 above; with p-values, and the adjustment that was made."""

    rate: Floats
    limits: FunnelLimits
    position: NDArray[np.int64]
    p: Floats
    method: str
    reasons: tuple[str, ...]


def exact_limits(trials: ArrayLike, *, target: float, level: float) -> FunnelLimits:
    """Exact binomial limits: quantiles of the count at the two tails over the trials (Spiegelhalter 2005, A.1.1 without interpolation).

    As funnelR's `fundata(method = "exact")`. No trials give 0 and 1. StatisticsError: a target outside 0 to 1, a count that is none.

    >>> found = exact_limits([100], target=0.0848099301784329, level=0.95)
    >>> found.lower.tolist(), found.upper.tolist()
    ([0.03], [0.14])
    """
    n, _ = counts(trials, trials)
    tail = checked(target, level)
    shape = np.where(n == 0, 1, n)
    lower = np.where(n == 0, 0.0, stats.binom.ppf(tail, shape, target) / shape)
    upper = np.where(n == 0, 1.0, stats.binom.ppf(1 - tail, shape, target) / shape)
    return FunnelLimits(lower, upper, target, level, "exact binomial")


def continuous_limits(trials: ArrayLike, *, target: float, level: float) -> FunnelLimits:
    """The binomial made continuous by its incomplete beta functions, for effective sizes, which are not whole.

    A rate r of n lies outside where the tail I(p; r n, n - r n + 1), or that of 1 - r under 1 - p, is below the level's: the test that
    inverts to the limits of Korn and Graubard (1998), as Clopper and Pearson's inverts to theirs. By bisection, to 1e-12.
    """
    n, _ = counts(trials, trials, whole=False)
    tail = checked(target, level)
    shape = np.where(n == 0, 1.0, n)
    return FunnelLimits(
        np.where(n == 0, 0.0, 1 - crossing(shape, 1 - target, tail)),
        np.where(n == 0, 1.0, crossing(shape, target, tail)),
        target,
        level,
        "continuous binomial",
    )


def crossing(n: Floats, target: float, tail: float) -> Floats:
    """The rate above which the upper tail is smaller than `tail`; 1 where even a rate of 1 has a larger one."""
    low, high = np.full(n.shape, target), np.ones(n.shape)
    for _ in range(STEPS):
        middle = (low + high) / 2
        is_inside = special.betainc(np.maximum(middle * n, TINY), n - middle * n + 1, target) > tail
        low, high = np.where(is_inside, middle, low), np.where(is_inside, high, middle)
    return np.asarray(np.where(special.betainc(n, 1.0, target) > tail, 1.0, high))


def continuous_p(y: Floats, n: Floats, target: float) -> Floats:
    """Two-sided p-values by the same tails: twice the smaller one."""
    high = np.where(y > 0, special.betainc(np.maximum(y, TINY), n - y + 1, target), 1.0)
    low = np.where(y < n, special.betainc(np.maximum(n - y, TINY), y + 1, 1 - target), 1.0)
    return np.asarray(np.where(n == 0, np.nan, np.minimum(2 * np.minimum(low, high), 1.0)))


def normal_limits(
    trials: ArrayLike, *, target: float, level: float, phi: float = 1.0, tau2: float = 0.0
) -> FunnelLimits:
    """Normal limits, widened by over-dispersion: variance phi p (1 - p) / n + tau2 (Spiegelhalter 2005, 3 and A.3), within 0 and 1."""
    n, _ = counts(trials, trials, whole=False)
    tail = checked(target, level)
    spread = np.sqrt(phi * target * (1 - target) / np.where(n == 0, np.nan, n) + tau2)
    reach = -float(special.ndtri(tail)) * spread
    lower, upper = (
        np.where(n == 0, 0.0, np.maximum(target - reach, 0)),
        np.where(n == 0, 1.0, np.minimum(target + reach, 1)),
    )
    return FunnelLimits(lower, upper, target, level, f"normal, phi {phi:.4g}, tau2 {tau2:.4g}")


def overdispersion(
    successes: ArrayLike,
    trials: ArrayLike,
    *,
    target: float | None = None,
    winsorised: float = 0.1,
    whole: bool = True,
) -> Overdispersion:
    """Over-dispersion of the units (Spiegelhalter 2005, Statist. Med. 24, 1185-1202, A.3; Spiegelhalter et al. 2012, J. R. Stat. Soc. A 175, 1-47).

    z = (rate - target) / sqrt(target (1 - target) / n); the share `winsorised` of them at each end is set to its quantile (by
    linear interpolation, as R's default); phi is the mean of their squares. The additive variance is
    tau2 = (I phi - (I - 1)) / (sum w - sum w² / sum w), w = n / (target (1 - target)), at least 0. `target` is the rate of all
    together unless given; `whole`: whether counts must be whole, as effective ones are not.
    StatisticsError: fewer than two units with items, or a target of 0 or 1: nothing scatters there.

    >>> found = overdispersion([4, 12, 3, 9], [40, 60, 50, 45], winsorised=0)
    >>> round(found.phi, 4), round(found.tau2, 6)
    (1.544, 0.002691)
    """
    y, n = counts(successes, trials, whole=whole)
    used = n > 0
    if used.sum() < 2:
        raise StatisticsError(f"{int(used.sum())} units with items: scatter needs two")
    if not 0 <= winsorised < 0.5:
        raise StatisticsError(f"winsorised {winsorised:g}: give the share to pull in at each end, from 0 to below 0.5")
    middle = float(y.sum() / n.sum()) if target is None else target
    if not 0 < middle < 1:
        raise StatisticsError(
            f"the rate of all together is {middle:g}: where none or all fail there is nothing to compare"
        )
    z = np.full(n.shape, np.nan)
    z[used] = (y[used] / n[used] - middle) / np.sqrt(middle * (1 - middle) / n[used])
    low, high = np.quantile(z[used], [winsorised, 1 - winsorised])
    phi = float((np.clip(z[used], low, high) ** 2).mean())
    weight, units = n[used] / (middle * (1 - middle)), int(used.sum())
    tau2 = (units * phi - (units - 1)) / float(weight.sum() - (weight**2).sum() / weight.sum())
    return Overdispersion(z, phi, max(tau2, 0.0), winsorised, units)


def funnel(
    successes: ArrayLike,
    trials: ArrayLike,
    *,
    target: float | None = None,
    level: float = 0.998,
    scatter: Scatter = "additive",
    winsorised: float = 0.1,
    whole: bool = True,
) -> Funnel:
    """Every unit against the funnel; over-dispersed units are judged by widened limits, the others by exact ones.

    `scatter`: what to do when phi is above 1: 'none', 'multiplicative' (variance times phi) or 'additive' (a variance between units,
    which does not punish units for being large). A unit without items has no position and says so. p-values are two-sided: mid-p
    binomial where limits are exact, normal where they are widened; a position outside the limits is no verdict until many
    are compared (`multiplicity`). With `whole` false counts and items may be broken, as effective sizes of weighted samples are: limits and
    p-values are then those of `continuous_limits`.
    """
    y, n = counts(successes, trials, whole=whole)
    middle = float(y.sum() / n.sum()) if target is None else target
    found = overdispersion(y, n, target=middle, winsorised=winsorised, whole=whole) if scatter != "none" else None
    if scatter not in ("none", "multiplicative", "additive"):
        raise StatisticsError(f"scatter {scatter!r} is not known: give none, multiplicative or additive")
    rate = np.divide(y, n, out=np.full(n.shape, np.nan), where=n > 0)
    if found is None or found.phi <= 1 or (scatter == "additive" and found.tau2 == 0):
        bounds = (exact_limits if whole else continuous_limits)(n, target=middle, level=level)
        p = (binomial_p if whole else continuous_p)(y, n, middle)
    else:
        phi, tau2 = (found.phi, 0.0) if scatter == "multiplicative" else (1.0, found.tau2)
        bounds = normal_limits(n, target=middle, level=level, phi=phi, tau2=tau2)
        spread = np.sqrt(phi * middle * (1 - middle) / np.where(n == 0, np.nan, n) + tau2)
        p = 2 * special.ndtr(-np.abs(rate - middle) / spread)
    position = np.where(rate > bounds.upper, 1, np.where(rate < bounds.lower, -1, 0)).astype(np.int64)
    reasons = tuple("" if items else "no items: nothing to compare" for items in n)
    return Funnel(rate, bounds, position, p, f"{bounds.method}; over-dispersion {scatter}", reasons)


def binomial_p(y: Floats, n: Floats, target: float) -> Floats:
    """Two-sided mid-p values: twice the smaller tail, half of the observed count's own probability in each."""
    own = stats.binom.pmf(y, n, target)
    low, high = stats.binom.cdf(y, n, target) - own / 2, stats.binom.sf(y, n, target) + own / 2
    return np.asarray(np.where(n == 0, np.nan, np.minimum(2 * np.minimum(low, high), 1.0)))


def counts(successes: ArrayLike, trials: ArrayLike, *, whole: bool = True) -> tuple[Floats, Floats]:
    """Counts out of items; StatisticsError: missing, negative, more than the trials, or, of whole ones, broken."""
    y, n = np.atleast_1d(np.asarray(successes, dtype=np.float64)), np.atleast_1d(np.asarray(trials, dtype=np.float64))
    if y.shape != n.shape:
        raise StatisticsError(f"{y.shape} counts for {n.shape} numbers of items: give one a unit")
    wrong = ~((y >= 0) & (y <= n) & np.isfinite(n))
    if whole:
        wrong |= (y != np.floor(y)) | (n != np.floor(n))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise StatisticsError(f"unit {at}: {y[at]:g} of {n[at]:g} is not a count out of items")
    return y, n


def checked(target: float, level: float) -> float:
    """The tail outside the limits on one side."""
    if not 0 <= target <= 1 or not 0 < level < 1:
        raise StatisticsError(f"target {target:g} or level {level:g} lies outside 0 to 1")
    return (1 - level) / 2
