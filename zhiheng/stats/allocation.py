"""What a design promises before anybody is drawn: optimum allocation, expected findings, the cost of unequal weights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from zhiheng.errors import StatisticsError
from zhiheng.stats.designs import Whole, allocate

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Findings:
    """How many of the drawn are expected to fail, with an interval: scalars, or an array a group."""

    expected: Floats
    lower: Floats
    upper: Floats


def neyman(units: ArrayLike, spread: ArrayLike, n: int, *, least: ArrayLike = 0, most: ArrayLike = np.inf) -> Whole:
    """Whole numbers proportional to N S: the least variance of a stratified mean for `n` units (Neyman 1934, JRSS 97, 558-625;
    Cochran 1977, Sampling Techniques, 5.26), within bounds.

    >>> neyman([16, 48], [232.04, 74.71], 24).tolist()
    [12, 12]
    """
    return allocate(
        np.asarray(units, dtype=np.float64) * np.asarray(spread, dtype=np.float64), n, least=least, most=most
    )


def variance_of_total(units: ArrayLike, spread: ArrayLike, n: ArrayLike) -> float:
    """Variance of a stratified estimate of a total under simple sampling: sum of N (N - n) S² / n (Cochran 1977, 5.7).

    StatisticsError: a stratum with spread in which nobody is drawn.
    """
    size, sd, drawn = (np.asarray(given, dtype=np.float64) for given in (units, spread, n))
    if np.any((drawn <= 0) & (sd > 0)):
        raise StatisticsError("a stratum in which nobody is drawn has no variance: draw at least one in each")
    with np.errstate(invalid="ignore"):
        return float(np.where(sd > 0, size * (size - drawn) * sd**2 / drawn, 0.0).sum())


def effective_size(inclusion: ArrayLike) -> float:
    """The number of equally weighted units worth the expected sample: N² / sum of 1 / p (Kish 1965, Survey Sampling, 11.7).

    Kish's 1 + CV² of the weights 1 / p, in expectation over the draw, is the sum of p over this number.

    >>> effective_size([0.1] * 100)
    10.0
    """
    p = np.asarray(inclusion, dtype=np.float64)
    if not p.size:
        return 0.0
    if np.any(~((p > 0) & (p <= 1))):
        raise StatisticsError("a probability of being drawn lies above 0 and is at most 1")
    return float(p.size**2 / (1.0 / p).sum())


def expected_findings(
    inclusion: ArrayLike,
    probability: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    level: float,
    group: ArrayLike | None = None,
    groups: int = 1,
) -> Findings:
    """Units drawn that will fail: sum of π p, with the chance of draw and outcome and the uncertainty of p together.

    Chance: a sum of independent events with probabilities π p (Poisson-binomial, variance sum of π p (1 - π p)); a design
    of fixed size varies less, so the interval is on the safe side. Uncertainty of p: the bounds of all units are taken to
    err together, the worst case. Both are added in quadrature on either side, and nothing is below 0.
    """
    pi, p, low, high = (np.asarray(given, dtype=np.float64) for given in (inclusion, probability, lower, upper))
    code = np.zeros(pi.size, dtype=np.int64) if group is None else np.asarray(group)
    each = pi * p
    mean, chance, down, up = (
        np.bincount(code, weights=values, minlength=groups).astype(np.float64)
        for values in (each, each * (1 - each), pi * (p - low), pi * (high - p))
    )
    z = float(stats.norm.ppf(0.5 + level / 2))
    return Findings(
        mean, np.maximum(mean - np.sqrt(z * z * chance + down**2), 0.0), mean + np.sqrt(z * z * chance + up**2)
    )


def weighted_rate(failed: ArrayLike, inclusion: ArrayLike) -> float:
    """The rate of the whole list from a draw with known probabilities: sum of y / π over sum of 1 / π (Hájek 1971, in
    Foundations of Statistical Inference, p. 236; Särndal, Swensson, Wretman 1992, 5.7.4).

    >>> weighted_rate([1, 0, 0], [0.5, 0.25, 0.25])
    0.2
    """
    y, p = np.asarray(failed, dtype=np.float64), np.asarray(inclusion, dtype=np.float64)
    if not y.size or y.shape != p.shape or np.any(~((p > 0) & (p <= 1))):
        raise StatisticsError(
            "a weighted rate needs units that were drawn, each with its probability above 0 and at most 1"
        )
    return float((y / p).sum() / (1.0 / p).sum())
