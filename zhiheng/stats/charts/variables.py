"""Charts of measured values: means with ranges or standard deviations of subgroups, and single values."""

import numpy as np
from numpy.typing import ArrayLike

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration.results import Bools, Codes, Floats, Reason
from zhiheng.stats.charts.attributes import chosen
from zhiheng.stats.charts.constants import c4, d2, d3
from zhiheng.stats.charts.results import ControlChart, drawn


def xbar_r(
    values: ArrayLike, *, baseline: ArrayLike | None = None, multiplier: float = 3.0
) -> tuple[ControlChart, ControlChart]:
    """Means and ranges of subgroups (Montgomery, 6.2; ISO 7870-2): sigma is the mean range over d2.

    `values` (…, subgroups, size); `baseline` chooses the subgroups that give centre lines and sigma. A subgroup with a missing
    value is not judged. A baseline without spread has no limits (NO_SPREAD). StatisticsError: subgroups of fewer than two.

    >>> means, ranges = xbar_r([[5, 7], [6, 6], [4, 7], [9, 9]], baseline=[True, True, True, False])
    >>> means.is_beyond.tolist(), round(float(ranges.upper[0]), 3)
    ([False, False, False, True], 5.444)
    """
    return _subgroups(values, baseline=baseline, multiplier=multiplier, by_range=True)


def xbar_s(
    values: ArrayLike, *, baseline: ArrayLike | None = None, multiplier: float = 3.0
) -> tuple[ControlChart, ControlChart]:
    """Means and standard deviations of subgroups (Montgomery, 6.3): sigma is the mean standard deviation over c4."""
    return _subgroups(values, baseline=baseline, multiplier=multiplier, by_range=False)


def individuals(
    values: ArrayLike, *, baseline: ArrayLike | None = None, multiplier: float = 3.0
) -> tuple[ControlChart, ControlChart]:
    """Single values and moving ranges of two (Montgomery, 6.4): sigma is the mean moving range over d2(2).

    Time is on the last axis. A moving range belongs to the later of its two values; the first value has none, nor have those on
    either side of a missing one.
    """
    x = _measured(values)
    use = chosen(baseline, x.shape)
    moving = np.full(x.shape, np.nan)
    moving[..., 1:] = np.abs(np.diff(x, axis=-1))
    both = use.copy()
    both[..., 1:] &= use[..., :-1]
    sigma = _mean(moving, both) / d2(2)
    plain = _drawn(x, _mean(x, use), sigma, multiplier=multiplier, method="chart of single values", floor=-np.inf)
    ranges = _drawn(moving, sigma * d2(2), sigma * d3(2), multiplier=multiplier, method="moving range chart", floor=0.0)
    return plain, ranges


def _subgroups(
    values: ArrayLike, *, baseline: ArrayLike | None, multiplier: float, by_range: bool
) -> tuple[ControlChart, ControlChart]:
    x = _measured(values)
    if x.ndim < 2 or x.shape[-1] < 2:
        raise StatisticsError(f"values has the shape {x.shape}: give subgroups by values, two values or more in each")
    size = x.shape[-1]
    means = x.mean(axis=-1)
    spread = np.ptp(x, axis=-1) if by_range else x.std(axis=-1, ddof=1)
    use = chosen(baseline, means.shape)
    centre = _mean(spread, use)
    unit = d2(size) if by_range else c4(size)
    width = d3(size) if by_range else np.sqrt(1 - c4(size) ** 2)
    sigma = centre / unit
    name = "R" if by_range else "S"
    first = _drawn(
        means, _mean(means, use), sigma / np.sqrt(size), multiplier=multiplier, method=f"xbar-{name}", floor=-np.inf
    )
    second = _drawn(spread, centre, sigma * width, multiplier=multiplier, method=f"{name} chart", floor=0.0)
    return first, second


def _drawn(
    statistic: Floats, centre: Floats, deviation: Floats, *, multiplier: float, method: str, floor: float
) -> ControlChart:
    wide = np.broadcast_to(deviation[..., None], statistic.shape)
    return drawn(
        statistic,
        centre=np.broadcast_to(centre[..., None], statistic.shape),
        deviation=wide,
        reason=_reasons(statistic, wide),
        multiplier=multiplier,
        method=method,
        floor=floor,
    )


def _reasons(statistic: Floats, deviation: Floats) -> Codes:
    reason = np.full(statistic.shape, Reason.NONE, dtype=np.int8)
    reason[np.isnan(deviation)] = Reason.MISSING_BASELINE
    reason[deviation == 0] = Reason.NO_SPREAD
    reason[np.isnan(statistic)] = Reason.MISSING_NOW
    return reason


def _mean(values: Floats, use: Bools) -> Floats:
    """Mean of the points that are there and chosen, NaN without any."""
    kept = use & ~np.isnan(values)
    number = kept.sum(axis=-1)
    total = np.where(kept, values, 0.0).sum(axis=-1)
    return np.asarray(np.divide(total, number, out=np.full(number.shape, np.nan), where=number > 0))


def _measured(values: ArrayLike) -> Floats:
    x = np.asarray(values, dtype=np.float64)
    if x.ndim == 0:
        raise StatisticsError("values is a single figure: give a series, time on the last axis")
    return np.where(np.isfinite(x), x, np.nan)
