"""Microbiological sampling plans n, c, m, M: two and three classes, and counts that are log-normal between units."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]


def accept_three_class(marginal: ArrayLike, bad: ArrayLike, *, n: int, c: int) -> Floats:
    """Chance that a lot passes a microbiological plan: no unit of n above M, at most c between m and M.

    `marginal` and `bad` are the shares of units between m and M, and above M; they broadcast. A two-class
    plan has no M: its nonconforming share is `marginal`, and `bad` is 0. ICMSF (2018), Microorganisms in Foods 7, 2nd ed., chapter 7.

    >>> accept_three_class([0.1, 0.3], 0.01, n=5, c=2).round(4).tolist()
    [0.9426, 0.7921]
    """
    between, above = np.broadcast_arrays(np.asarray(marginal, float), np.asarray(bad, float))
    if np.any((between < 0) | (above < 0) | (between + above > 1 + 1e-12)):
        raise StatisticsError("shares between m and M and above M lie between 0 and 1, and so does their sum")
    if not 0 <= c <= n or n < 1:
        raise StatisticsError(f"n = {n}, c = {c} is no plan: c lies between 0 and n")
    below = np.maximum(1 - between - above, 0)
    parts = (special.comb(n, i) * between**i * below ** (n - i) for i in range(c + 1))
    return np.asarray(sum(parts), dtype=np.float64)


def shares_above(mean_log: ArrayLike, *, sd_log: float, limits: ArrayLike) -> Floats:
    """Shares of units above each limit where counts are log-normal; logarithms to base 10, limits on the last axis.

    >>> shares_above(2.0, sd_log=0.8, limits=[2.0, 3.0]).round(4).tolist()
    [0.5, 0.1056]
    """
    mean, edge = np.asarray(mean_log, float)[..., None], np.asarray(limits, float)
    if sd_log <= 0:
        raise StatisticsError(f"a standard deviation of {sd_log:g} is not above 0")
    return np.asarray(special.ndtr((mean - edge) / sd_log), dtype=np.float64)
