"""Charts of counts: proportions nonconforming, nonconformities by unit, and Laney's for large samples."""

import numpy as np
from numpy.typing import ArrayLike

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration.results import Bools, Codes, Floats, Reason, series
from zhiheng.stats.charts.constants import d2
from zhiheng.stats.charts.results import ControlChart, drawn


def p_chart(
    counts: ArrayLike,
    sizes: ArrayLike,
    *,
    baseline: ArrayLike | None = None,
    laney: bool = False,
    multiplier: float = 3.0,
) -> ControlChart:
    """Proportions nonconforming (Montgomery, Introduction to Statistical Quality Control, 7.2), or Laney's p'.

    Time is on the last axis. The centre line is the pooled proportion of the points chosen by `baseline` (true or false, along
    time; without it all). With `laney`, limits are widened by sigma_z, the mean moving range of the standardised points of the
    baseline over d2(2) (Laney 2002, Quality Engineering 14, 531-537): large samples make binomial limits too narrow.

    A point with nothing judged, a missing count, or one that is negative or above its size, has a reason and no limits. With a
    baseline of zeros or of ones alone the limits have no width, which is remarked; Laney's chart then has none.

    >>> chart = p_chart([12, 15, 8, 10, 30], [50] * 5, baseline=[True] * 4 + [False])
    >>> chart.is_beyond.tolist()
    [False, False, False, False, True]
    """
    return _attributes(counts, sizes, baseline=baseline, laney=laney, multiplier=multiplier, binomial=True)


def u_chart(
    counts: ArrayLike,
    sizes: ArrayLike,
    *,
    baseline: ArrayLike | None = None,
    laney: bool = False,
    multiplier: float = 3.0,
) -> ControlChart:
    """Nonconformities by unit (Montgomery, 7.3), or Laney's u'; sizes of 1 make it a c chart. Otherwise as `p_chart`."""
    return _attributes(counts, sizes, baseline=baseline, laney=laney, multiplier=multiplier, binomial=False)


def _attributes(
    counts: ArrayLike,
    sizes: ArrayLike,
    *,
    baseline: ArrayLike | None,
    laney: bool,
    multiplier: float,
    binomial: bool,
) -> ControlChart:
    x = series(counts)
    n = np.broadcast_to(np.asarray(sizes, dtype=np.float64), x.shape)
    reason = _reasons(x, n, binomial)
    usable = reason == Reason.NONE
    used = usable & chosen(baseline, x.shape)
    total, judged = np.where(used, x, 0.0).sum(axis=-1), np.where(used, n, 0.0).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = (total / judged)[..., None]
        share = np.where(usable, x / n, np.nan)
        deviation = np.sqrt(rate * ((1 - rate) if binomial else 1.0) / n)
    no_baseline = np.broadcast_to((judged == 0)[..., None], x.shape)
    reason[usable & no_baseline] = Reason.MISSING_BASELINE
    flat = usable & ~no_baseline & ((rate == 0) | ((rate == 1) & binomial))
    if laney:
        deviation = deviation * _between(share, rate, deviation, used)[..., None]
        reason[flat | (usable & ~no_baseline & ~np.isfinite(deviation))] = Reason.NO_SPREAD
    else:
        reason[flat] = np.where(np.broadcast_to(rate, x.shape)[flat] == 0, Reason.EMPTY_BASELINE, Reason.FULL_BASELINE)
    name = ("u", "p")[binomial] + ("'" if laney else "")
    return drawn(
        share,
        centre=np.broadcast_to(rate, x.shape),
        deviation=deviation,
        reason=reason,
        multiplier=multiplier,
        method=f"{name} chart",
        floor=0.0,
        ceiling=1.0 if binomial else np.inf,
    )


def _between(share: Floats, rate: Floats, deviation: Floats, used: Bools) -> Floats:
    """Laney's sigma_z; NaN with fewer than two points. Points that are not used are stepped over."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (share - rate) / deviation
    found = np.full(z.shape[:-1], np.nan)
    for place in np.ndindex(*z.shape[:-1]):
        kept = z[place][used[place]]
        if kept.size > 1:
            found[place] = np.abs(np.diff(kept)).mean() / d2(2)
    return found


def _reasons(x: Floats, n: Floats, binomial: bool) -> Codes:
    """Why a point cannot be drawn."""
    reason = np.full(x.shape, Reason.NONE, dtype=np.int8)
    reason[~np.isnan(x) & ((x < 0) | np.isinf(x) | (binomial & (x > n)))] = Reason.NEGATIVE_COUNT
    reason[~(n > 0)] = Reason.NOTHING_JUDGED
    reason[np.isnan(x)] = Reason.MISSING_NOW
    return reason


def chosen(baseline: ArrayLike | None, shape: tuple[int, ...]) -> Bools:
    """The points that the centre line and the spread are taken from. StatisticsError: another length than the series."""
    if baseline is None:
        return np.ones(shape, dtype=bool)
    found = np.asarray(baseline, dtype=bool)
    if found.shape != shape[-1:] and found.shape != shape:
        raise StatisticsError(
            f"baseline has the shape {found.shape}, the series {shape}: give true or false for each point"
        )
    return np.broadcast_to(found, shape)
