"""Confidence intervals for a proportion: nonconforming items among items inspected."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """Two-sided confidence limits, one pair for each element of the input; proportions between 0 and 1."""

    lower: Floats
    upper: Floats
    level: float
    method: str


def wilson(successes: ArrayLike, trials: ArrayLike, *, level: float) -> Interval:
    """Score interval of Wilson (1927), J. Am. Stat. Assoc. 22, 209-212, for `successes` out of `trials`.

    The arguments broadcast and may be effective (not whole) counts. No trials give 0 and 1: nothing is known.
    A missing count (NaN) gives NaN. StatisticsError: a count is negative, or larger than its trials.

    >>> interval = wilson([0, 1], [10, 10], level=0.95)
    >>> interval.lower.round(4).tolist(), interval.upper.round(4).tolist()
    ([0.0, 0.0179], [0.2775, 0.4042])
    """
    k, n = _counts(successes, trials)
    z = special.ndtri(0.5 + _level(level) / 2)
    return Interval(_wilson_lower(k, n, z), 1 - _wilson_lower(n - k, n, z), level, "Wilson")


def clopper_pearson(successes: ArrayLike, trials: ArrayLike, *, level: float) -> Interval:
    """Exact interval of Clopper and Pearson (1934), Biometrika 26, 404-413, for `successes` out of `trials`.

    The coverage is never below `level`. The arguments broadcast. No trials give 0 and 1: nothing is known.
    A missing count (NaN) gives NaN. StatisticsError: a count is negative, or larger than its trials.

    >>> interval = clopper_pearson(0, 3, level=0.95)
    >>> float(interval.lower), round(float(interval.upper), 4)
    (0.0, 0.7076)
    """
    k, n = _counts(successes, trials)
    tail = (1 - _level(level)) / 2
    return Interval(_beta_lower(k, n, tail), 1 - _beta_lower(n - k, n, tail), level, "Clopper-Pearson")


def _wilson_lower(k: Floats, n: Floats, z: float) -> Floats:
    # The smaller root of the quadratic as its product over the larger one: exactly 0 at k = 0, no cancellation.
    share = np.divide(k, n, out=np.zeros_like(k), where=n != 0)
    larger = k + z * z / 2 + z * np.sqrt(k * (1 - share) + z * z / 4)
    return np.asarray(k * share / larger, dtype=np.float64)


def _beta_lower(k: Floats, n: Floats, tail: float) -> Floats:
    limit = special.betaincinv(np.where(k == 0, 1.0, k), n - k + 1, tail)
    return np.where(k == 0, 0.0, limit)


def _counts(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    k, n = np.broadcast_arrays(np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64))
    wrong = (k < 0) | (n < 0) | (k > n) | np.isinf(n)
    if np.any(wrong):
        at = int(np.flatnonzero(wrong)[0])
        raise StatisticsError(
            f"{k.flat[at]:g} of {n.flat[at]:g} at position {at} is not a count out of trials: "
            "successes lie between 0 and the trials; check which column is which"
        )
    missing = np.isnan(k) | np.isnan(n)
    return np.where(missing, np.nan, k), np.where(missing, np.nan, n)


def _level(level: float) -> float:
    if not 0 < level < 1:
        raise StatisticsError(f"level {level:g} is not a confidence level: give a share between 0 and 1, such as 0.95")
    return level
