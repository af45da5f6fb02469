"""League tables that say how little they know: ranks of units with intervals, from the posterior of each unit's rate.

Goldstein and Spiegelhalter (1996), J. R. Stat. Soc. A 159, 385-443: ranks are the most uncertain of all figures. There is no way
to make a table here without intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]
BATCH = 200  # draws ranked at a time: 200 by 3,000 units are 5 MB


@dataclass(frozen=True)
class Ranks:
    """Rank of each unit, 1 the lowest rate: expected and median rank, limits, and the chance to be among the lowest and the highest.

    `separated` is the share of neighbouring pairs, in the order of the expected rank, whose order has a posterior
    probability above the level: where it is near 0, the order is mostly noise.
    """

    expected: Floats
    median: Floats
    lower: Floats
    upper: Floats
    among_lowest: Floats
    among_highest: Floats
    quota: int
    separated: float
    level: float
    draws: int
    seed: int
    method: str


@dataclass(frozen=True)
class League:
    """A league table: one line a unit in the order of expected ranks, each with the intervals of its rate and of its rank."""

    names: tuple[Any, ...]
    rate: Floats
    rate_lower: Floats
    rate_upper: Floats
    rank: Floats
    rank_lower: Floats
    rank_upper: Floats
    level: float
    note: str


def beta_ranks(
    alpha: ArrayLike, beta: ArrayLike, *, level: float, draws: int, seed: int, quota: int | None = None
) -> Ranks:
    """Ranks of rates with independent beta posteriors, as `shrinkage.posterior` has them (Shen, Louis 1998).

    Drawn `draws` times from `seed` (PCG64): the same seed gives the same ranks; limits of ranks are exact but for about
    the square root of 1 / draws. `quota`: how many count as the lowest and the highest; a tenth unless given.
    """
    a, b = np.asarray(alpha, dtype=np.float64), np.asarray(beta, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1 or not (np.all(a > 0) and np.all(b > 0)):
        raise StatisticsError(
            "posteriors need one alpha and one beta a unit, all above 0: infinite concentration leaves no ranks"
        )
    draw = np.random.Generator(np.random.PCG64(seed))
    return ranked(lambda size: draw.beta(a, b, (size, a.size)), a.size, level, draws, seed, quota, "beta posteriors")


def normal_ranks(
    value: ArrayLike, error: ArrayLike, *, level: float, draws: int, seed: int, quota: int | None = None
) -> Ranks:
    """Ranks of values with independent normal errors, as small-area estimates have them; arguments as for beta_ranks."""
    mean, spread = np.asarray(value, dtype=np.float64), np.asarray(error, dtype=np.float64)
    if mean.shape != spread.shape or mean.ndim != 1 or not (np.isfinite(mean).all() and np.all(spread > 0)):
        raise StatisticsError(
            "ranks need a value and a standard error above 0 of every unit: leave out units without one"
        )
    draw = np.random.Generator(np.random.PCG64(seed))
    return ranked(
        lambda size: draw.normal(mean, spread, (size, mean.size)), mean.size, level, draws, seed, quota, "normal errors"
    )


def ranked(drawn: Any, units: int, level: float, draws: int, seed: int, quota: int | None, method: str) -> Ranks:
    """Ranks of every draw, counted: memory grows with units squared in bytes of counts, not with the draws."""
    if units < 2 or draws < 100 or not 0 < level < 1:
        raise StatisticsError(
            f"{units} units, {draws} draws, level {level:g}: ranks need two units and a hundred draws at least"
        )
    part = max(units // 10, 1) if quota is None else quota
    if not 1 <= part < units:
        raise StatisticsError(f"a quota of {part} among {units} units singles nobody out")
    kept = np.empty((draws, units), dtype=np.int32)
    for start in range(0, draws, BATCH):
        values = drawn(min(BATCH, draws - start))
        kept[start : start + values.shape[0]] = np.argsort(np.argsort(values, axis=1, kind="stable"), axis=1) + 1
    expected = kept.mean(axis=0)
    lower, median, upper = np.quantile(kept, [(1 - level) / 2, 0.5, 0.5 + level / 2], axis=0, method="inverted_cdf")
    order = np.argsort(expected, kind="stable")
    apart = [float((kept[:, one] < kept[:, other]).mean()) >= level for one, other in pairwise(order)]
    low, high = (kept <= part).mean(axis=0), (kept > units - part).mean(axis=0)
    separated = float(np.mean(apart))
    return Ranks(
        expected,
        median,
        lower,
        upper,
        low,
        high,
        part,
        separated,
        level,
        draws,
        seed,
        f"{method}, {draws} draws, seed {seed}",
    )


def comparison_limits(value: ArrayLike, error: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Limits that do not overlap when two units differ at the level, on average over pairs (Goldstein, Healy 1995).

    J. R. Stat. Soc. A 158, 175-177: the multiplier is z times the mean over pairs of sqrt(s² + t²) / (s + t); with equal errors
    1.39 at 95 %. They are for comparing pairs by eye, not for a unit's own value.

    >>> low, high = comparison_limits([0.0, 1.0], [1.0, 1.0])
    >>> round(float(high[0]), 3)
    1.386
    """
    mean, s = np.asarray(value, dtype=np.float64), np.asarray(error, dtype=np.float64)
    if mean.shape != s.shape or mean.ndim != 1 or mean.size < 2 or not np.all(s > 0):
        raise StatisticsError("comparison needs two units or more, each with a standard error above 0")
    one, other = np.triu_indices(s.size, 1)
    factor = float(special.ndtri(0.5 + level / 2)) * float((np.hypot(s[one], s[other]) / (s[one] + s[other])).mean())
    return mean - factor * s, mean + factor * s


def league(names: Sequence[Any], rate: ArrayLike, lower: ArrayLike, upper: ArrayLike, ranks: Ranks) -> League:
    """A table in the order of expected ranks. StatisticsError: a unit without limits: it has no place in a league table."""
    rates, low, high = (np.asarray(column, dtype=np.float64) for column in (rate, lower, upper))
    if not len(names) == rates.size == low.size == high.size == ranks.expected.size:
        raise StatisticsError("a league table needs a name, a rate, its limits and its rank for every unit")
    bare = ~(np.isfinite(low) & np.isfinite(high) & np.isfinite(rates))
    if bare.any():
        raise StatisticsError(
            f"{names[int(np.flatnonzero(bare)[0])]} has no interval: leave it out and say so; no rank stands without one"
        )
    order = np.argsort(ranks.expected, kind="stable")
    note = (
        f"{ranks.separated:.0%} of neighbours are told apart at {ranks.level:.0%}; limits are of each unit alone; "
        f"ranks by {ranks.method}"
    )
    return League(
        tuple(names[int(at)] for at in order), rates[order], low[order], high[order], ranks.expected[order],
        ranks.lower[order], ranks.upper[order], ranks.level, note,
    )  # fmt: skip
