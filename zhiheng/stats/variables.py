"""Acceptance sampling by variables: a lot of normal values is accepted when (limit - mean) / s is at least k.

One specification limit. In the s-method the standard deviation comes from the sample, and the operating
characteristic is a non-central t; in the sigma-method it is known, and the characteristic is normal. Lieberman and
Resnikoff (1955), J. Am. Stat. Assoc. 50, 457-516. The words s-method and sigma-method are those of ISO 3951-1.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]
Method = Literal["s", "sigma"]
LARGEST_SIZE = 1_000_000


@dataclass(frozen=True)
class VariablesPlan:
    """A single plan by variables: sample size n, acceptability constant k, method."""

    n: int
    k: float
    method: Method


def accepted_by_variables(p: ArrayLike, *, n: int, k: float, method: Method) -> Floats:
    """Probability to accept a process with a share p beyond the limit.

    >>> accepted_by_variables([0.01, 0.1], n=20, k=1.72, method="s").round(4).tolist()
    [0.959, 0.1204]
    """
    share = np.asarray(p, dtype=np.float64)
    if np.any(~((share > 0) & (share < 1))):
        raise StatisticsError("a share beyond the limit lies between 0 and 1, both excluded: a normal value has no end")
    _size(n, method)
    distance = -special.ndtri(share)
    if method == "sigma":
        return np.asarray(special.ndtr(np.sqrt(n) * (distance - k)), dtype=np.float64)
    return np.asarray(stats.nct.sf(k * np.sqrt(n), n - 1, distance * np.sqrt(n)), dtype=np.float64)


def constant(p: float, *, accepted: float, n: int, method: Method) -> float:
    """The k with which n items accept a share p with this probability.

    >>> round(constant(0.01, accepted=0.95, n=20, method="s"), 4)
    1.7492
    """
    _share(p)
    _size(n, method)
    distance = -float(special.ndtri(p))
    if method == "sigma":
        return distance - float(special.ndtri(accepted)) / float(np.sqrt(n))
    return float(stats.nct.isf(accepted, n - 1, distance * np.sqrt(n)) / np.sqrt(n))


def smallest_by_variables(
    good: float, bad: float, *, producers_risk: float, consumers_risk: float, method: Method
) -> VariablesPlan:
    """The plan of smallest n that keeps both risks; its k accepts `good` with exactly 1 - producers_risk.

    StatisticsError: the shares are not in order, or too near one another.

    >>> smallest_by_variables(0.01, 0.1, producers_risk=0.05, consumers_risk=0.1, method="sigma").n
    8
    """
    if not 0 < good < bad < 1:
        raise StatisticsError(f"the good share {good:g} is not below the bad one {bad:g}, both between 0 and 1")
    if not (0 < producers_risk < 1 and 0 < consumers_risk < 1 and producers_risk + consumers_risk < 1):
        raise StatisticsError(f"risks of {producers_risk:g} and {consumers_risk:g} are not between 0 and 1 together")
    low, high = (1, 2) if method == "s" else (0, 1)
    while not _keeps(high, good, bad, producers_risk, consumers_risk, method):
        low, high = high, 2 * high
        if high > LARGEST_SIZE:
            raise StatisticsError(f"shares of {good:g} and {bad:g} are too near one another for any plan")
    while high - low > 1:
        middle = (low + high) // 2
        keeps = _keeps(middle, good, bad, producers_risk, consumers_risk, method)
        low, high = (low, middle) if keeps else (middle, high)
    return VariablesPlan(high, constant(good, accepted=1 - producers_risk, n=high, method=method), method)


def quality_statistic(values: ArrayLike, *, limit: float, upper: bool, sigma: float | None = None) -> float:
    """How many standard deviations the mean lies inside the limit: accept when it is at least k.

    >>> round(quality_statistic([9.1, 9.3, 9.5], limit=10, upper=True), 6)
    3.5
    """
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or np.any(~np.isfinite(sample)) or len(sample) < (2 if sigma is None else 1):
        raise StatisticsError("give one row of values without gaps, two or more where sigma is not known")
    spread = float(sample.std(ddof=1)) if sigma is None else sigma
    if spread <= 0:
        raise StatisticsError("the values do not differ at all, so no standard deviation: check the resolution")
    inside = limit - sample.mean() if upper else sample.mean() - limit
    return float(inside / spread)


def _keeps(n: int, good: float, bad: float, producers_risk: float, consumers_risk: float, method: Method) -> bool:
    k = constant(good, accepted=1 - producers_risk, n=n, method=method)
    return bool(accepted_by_variables(bad, n=n, k=k, method=method) <= consumers_risk)


def _share(p: float) -> None:
    if not 0 < p < 1:
        raise StatisticsError(f"a share of {p:g} beyond the limit is not between 0 and 1, both excluded")


def _size(n: int, method: Method) -> None:
    least = 2 if method == "s" else 1
    if n < least:
        raise StatisticsError(f"n = {n}: the {method}-method needs at least {least}")
