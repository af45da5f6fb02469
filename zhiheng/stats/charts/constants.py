"""The constants of control charts, computed and not copied from a table."""

from functools import cache

import numpy as np
from scipy import special

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration.results import Floats

REACH, NODES = 9.0, 160  # beyond nine standard deviations lies less than the rounding of a double


@cache
def d2(size: int) -> float:
    """Mean of the range of `size` standard normal values (Tippett 1925, Biometrika 17, 364-387).

    >>> round(d2(5), 6)
    2.325929
    """
    x, w = nodes(-REACH, REACH)
    below = special.ndtr(x)
    return float(w @ (1 - below ** _size(size) - special.ndtr(-x) ** size))


@cache
def d3(size: int) -> float:
    """Standard deviation of the same range.

    >>> round(d3(5), 6)
    0.864082
    """
    x, w = nodes(-REACH, REACH)
    gap, gap_weight = nodes(0.0, 2 * REACH)
    low, high = special.ndtr(x)[:, None], special.ndtr(x[:, None] + gap)
    above, over = special.ndtr(-x)[:, None], special.ndtr(-x[:, None] - gap)
    inside = (
        1
        - high ** _size(size)
        - above**size
        + np.maximum(0.0, np.where(x[:, None] > 0, above - over, high - low)) ** size
    )
    return float(np.sqrt(2 * (w @ inside @ gap_weight) - d2(size) ** 2))


@cache
def c4(size: int) -> float:
    """Mean of the standard deviation of `size` standard normal values (Montgomery, Introduction to Statistical Quality Control).

    >>> round(c4(5), 6)
    0.939986
    """
    return float(np.sqrt(2 / (_size(size) - 1)) * np.exp(special.gammaln(size / 2) - special.gammaln((size - 1) / 2)))


def _size(size: int) -> int:
    if size < 2:
        raise StatisticsError(
            f"a subgroup of {size} has no spread: give 2 values or more, or use a chart of single values"
        )
    return size


@cache
def _legendre(number: int) -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(number)


def nodes(low: float, high: float, number: int = NODES) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on an interval."""
    node, weight = _legendre(number)
    return (high - low) / 2 * node + (high + low) / 2, (high - low) / 2 * weight
