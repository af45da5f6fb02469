"""Aberration detection in series of counts: is this week more than the weeks before it let one expect?"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Aberrations:
    """One element for each count: the bound, whether the bound exists, and whether the count is above it."""

    upper_bound: Floats
    is_judged: NDArray[np.bool_]
    is_aberrant: NDArray[np.bool_]
    method: str


def ears(
    counts: ArrayLike, *, method: str = "C1", baseline: int = 7, alpha: float = 0.001, minimum_deviation: float = 0.0
) -> Aberrations:
    """Early Aberration Reporting System, method C1 (Hutwagner et al. 2003, J. Urban Health 80, suppl. 1, i89-i96).

    The bound is mean + z(1 - alpha) s over the `baseline` counts just before, s with divisor baseline - 1 and at least
    `minimum_deviation`; a count above it is an aberration. Defaults are those of `earsC` in R surveillance 1.20.3.
    `counts` has time on its last axis, one series a row. The first counts, and any with a missing count (NaN) in
    their baseline, have no bound and are not judged. StatisticsError: another method, or a baseline below 3.

    >>> found = ears([[1, 2, 1, 0, 2, 1, 2, 9]])
    >>> found.is_aberrant.tolist()[0][-1], round(float(found.upper_bound[0, -1]), 2)
    (True, 3.62)
    """
    _check(method=method, baseline=baseline, alpha=alpha, minimum_deviation=minimum_deviation)
    observed = np.asarray(counts, dtype=np.float64)
    if observed.ndim == 0:
        raise StatisticsError("counts is a single figure: give a series, time on the last axis")
    upper = np.full(observed.shape, np.nan)
    if observed.shape[-1] > baseline:
        before = sliding_window_view(observed, baseline, axis=-1)[..., :-1, :]
        deviation = np.maximum(before.std(axis=-1, ddof=1), minimum_deviation)
        upper[..., baseline:] = before.mean(axis=-1) - special.ndtri(alpha) * deviation
    is_judged = np.isfinite(upper) & np.isfinite(observed)
    return Aberrations(upper, is_judged, is_judged & (observed > upper), f"EARS {method}")


def _check(*, method: str, baseline: int, alpha: float, minimum_deviation: float) -> None:
    if method != "C1":
        raise StatisticsError(f"method {method!r} is not available: EARS is computed by method 'C1' only")
    if baseline < 3:
        raise StatisticsError(f"baseline of {baseline} counts is too short to tell spread from level: use 3 or more")
    if not 0 < alpha < 1:
        raise StatisticsError(f"alpha {alpha:g} is not an error rate: give a share between 0 and 1, such as 0.001")
    if not minimum_deviation >= 0:
        raise StatisticsError(f"minimum_deviation {minimum_deviation:g} is negative: give 0 or more")
