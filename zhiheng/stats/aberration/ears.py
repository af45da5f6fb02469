"""Early Aberration Reporting System: methods for series without years of history."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike
from scipy import special

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration.results import Aberrations, Codes, Floats, Reason, series

METHODS = ("C1", "C2", "C3")
GUARD = {"C1": 0, "C2": 2, "C3": 2}
HISTORY = {"C1": 0, "C2": 2, "C3": 4}
# Hutwagner et al. 2003, as in R surveillance: about three standard deviations for C1 and C2, about two for C3.
ALPHA = {"C1": 0.001, "C2": 0.001, "C3": 0.025}


def ears(
    counts: ArrayLike,
    *,
    method: str = "C1",
    baseline: int = 7,
    alpha: float | None = None,
    minimum_deviation: float = 0.0,
) -> Aberrations:
    """Early Aberration Reporting System, C1 to C3 (Hutwagner et al. 2003, J. Urban Health 80, suppl. 1, i89-i96; Fricker,
    Hegler and Dunfee 2008, Statistics in Medicine 27, 3407-3429).

    C1: the bound is mean + z(1 - alpha) s over the `baseline` counts just before, s with divisor baseline - 1 and at
    least `minimum_deviation`. C2 leaves a gap of two counts between baseline and count, so that a rise in progress does
    not hide itself. C3 adds what the two counts before exceeded their own C2 baseline by, in deviations beyond one; its
    bound is the count at which that sum reaches z, at least 0. A count above its bound is an aberration. Defaults are
    those of `earsC` in R surveillance 1.20.3: alpha 0.001, for C3 0.025.

    `counts` has time on its last axis, one series a row. The first counts, and any with a missing (NaN) or negative
    count in what they rest on, have no bound and are not judged; `reason` says which. C3 divides by the deviation: with a
    baseline of equal counts and no `minimum_deviation` an excess there counts as infinite, and the bound is 0.
    StatisticsError: another method, or a baseline below 3.

    >>> found = ears([[1, 2, 1, 0, 2, 1, 2, 9]])
    >>> found.is_aberrant.tolist()[0][-1], round(float(found.upper_bound[0, -1]), 2)
    (True, 3.62)
    """
    rate = _checked(method=method, baseline=baseline, alpha=alpha, minimum_deviation=minimum_deviation)
    observed = series(counts)
    usable = np.where(np.isfinite(observed) & (observed >= 0), observed, np.nan)
    mean, deviation = _baseline(usable, baseline=baseline, gap=GUARD[method])
    deviation = np.maximum(deviation, minimum_deviation)
    z = -float(special.ndtri(rate))
    upper = mean + z * deviation
    if method == "C3":
        with np.errstate(invalid="ignore"):  # no spread and an infinite excess: the next line gives the bound 0
            upper = np.maximum(0.0, usable + deviation * (z - _carried(usable, mean, deviation)))
        upper = np.where(np.isfinite(deviation) & np.isnan(upper) & _reaches(usable, 4 + baseline), 0.0, upper)
        upper[np.isnan(usable)] = np.nan
    reason = _reasons(observed, upper, history=baseline + HISTORY[method])
    return _told(usable, upper, mean=mean, reason=reason, method=f"EARS {method}")


def _baseline(observed: Floats, *, baseline: int, gap: int) -> tuple[Floats, Floats]:
    """Mean and deviation of the counts that end `gap` counts before each; NaN where there are not enough."""
    mean, deviation = np.full(observed.shape, np.nan), np.full(observed.shape, np.nan)
    first = baseline + gap
    if observed.shape[-1] > first:
        before = sliding_window_view(observed, baseline, axis=-1)[..., : observed.shape[-1] - first, :]
        mean[..., first:], deviation[..., first:] = before.mean(axis=-1), before.std(axis=-1, ddof=1)
    return mean, deviation


def _carried(observed: Floats, mean: Floats, deviation: Floats) -> Floats:
    """What the two counts before each exceeded their own baseline by, in deviations beyond one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.fmax(0.0, (observed - mean) / deviation - 1)
    excess[np.isnan(mean) | np.isnan(observed)] = np.nan
    carried = np.full(observed.shape, np.nan)
    carried[..., 2:] = excess[..., 1:-1] + excess[..., :-2]
    return carried


def _reaches(observed: Floats, history: int) -> np.ndarray:
    """Whether each count and all of the `history` counts before it are there."""
    found = np.zeros(observed.shape, dtype=bool)
    if observed.shape[-1] > history:
        found[..., history:] = ~np.isnan(sliding_window_view(observed, history + 1, axis=-1)).any(axis=-1)
    return found


def _reasons(observed: Floats, upper: Floats, *, history: int) -> Codes:
    """Why a count has no bound; a baseline without any case is remarked."""
    reason = np.where(np.isnan(upper), Reason.MISSING_BASELINE, Reason.NONE).astype(np.int8)
    wrong = ~np.isnan(observed) & ~(np.isfinite(observed) & (observed >= 0))
    if observed.shape[-1] > history:
        near = sliding_window_view(wrong, history + 1, axis=-1).any(axis=-1)
        none = (sliding_window_view(np.nan_to_num(observed), history + 1, axis=-1)[..., :-1] == 0).all(axis=-1)
        tail = reason[..., history:]
        tail[none & (tail == Reason.NONE)] = Reason.EMPTY_BASELINE
        tail[near & (tail == Reason.MISSING_BASELINE)] = Reason.NEGATIVE_COUNT
    reason[np.isnan(observed)] = Reason.MISSING_NOW
    reason[wrong] = Reason.NEGATIVE_COUNT
    early = reason[..., :history]
    early[early == Reason.MISSING_BASELINE] = Reason.SHORT_SERIES
    return reason


def _told(usable: Floats, upper: Floats, *, mean: Floats, reason: Codes, method: str) -> Aberrations:
    """The result; where a count is not judged there is no bound."""
    judged = reason < Reason.TOO_FEW_RECENT
    upper, mean = np.where(judged, upper, np.nan), np.where(judged, mean, np.nan)
    above = np.zeros(usable.shape, dtype=bool)
    above[judged] = usable[judged] > upper[judged]
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (usable - mean) / (upper - mean)
    score = np.where(judged & (usable == mean), 0.0, np.where(judged, score, np.nan))
    return Aberrations(upper, judged, above, method, mean, score, reason)


def _checked(*, method: str, baseline: int, alpha: float | None, minimum_deviation: float) -> float:
    if method not in METHODS:
        raise StatisticsError(f"method {method!r} is not one of EARS: use 'C1', 'C2' or 'C3'")
    rate = ALPHA[method] if alpha is None else alpha
    if baseline < 3:
        raise StatisticsError(f"baseline of {baseline} counts is too short to tell spread from level: use 3 or more")
    if not 0 < rate < 1:
        raise StatisticsError(f"alpha {rate:g} is not an error rate: give a share between 0 and 1, such as 0.001")
    if not minimum_deviation >= 0:
        raise StatisticsError(f"minimum_deviation {minimum_deviation:g} is negative: give 0 or more")
    return rate
