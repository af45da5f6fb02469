"""Results that arrive late: what the newest weeks will hold once everything is in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration.results import Bools, Codes, Floats, Reason


@dataclass(frozen=True)
class Completed:
    """Counts as they will be: `seen` so far, `expected` in the end, an interval, and the share that has arrived.

    `arrived` is the share of a week's results that is in after so many weeks, the same for all weeks of a series. Where a
    week is too young or nothing is known of delays, `expected` is NaN, `is_corrected` false and `reason` says so.
    """

    seen: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    arrived: Floats
    is_corrected: Bools
    reason: Codes
    level: float
    method: str


def chain_ladder(
    triangle: ArrayLike, *, latest: int | None = None, least_arrived: float = 0.1, level: float = 0.95
) -> Completed:
    """Complete a reporting triangle (Mack 1993, ASTIN Bulletin 23, 213-225; as nowcasting: Lawless 1994, Canadian J. Statist. 22).

    `triangle` (…, weeks, delays): results sampled in a week and received that many weeks later; cells that lie in the future
    are not looked at. `latest` is the place of the present week, without it the last. The last delay stands for itself only:
    what arrives later still belongs into no cell. With f_d the cumulated count at delay d over that at d - 1, both over the weeks
    that know both, the share arrived after d weeks is 1 / (f_(d+1) … f_D).

    The interval takes counts as Poisson with estimated shares: what is still to come, given what is seen, has mean
    m = seen (1 / share - 1) and variance m / share + seen^2 v, v that of 1 / share by the delta method on independent binomial
    steps; its logarithm of the total is taken as normal. A week of which less than `least_arrived` is in by now is not
    corrected (NOT_ARRIVED): a share near 0 would multiply noise. StatisticsError: another shape, negative cells.

    >>> found = chain_ladder([[6, 3, 1], [12, 6, 2], [6, 3, 0], [9, 0, 0]])
    >>> found.expected.tolist(), found.arrived.tolist()
    ([10.0, 20.0, 10.0, 15.0], [0.6, 0.9, 1.0])
    """
    cells = _checked(triangle, level)
    weeks, delays = cells.shape[-2:]
    now = weeks - 1 if latest is None else latest
    age = now - np.arange(weeks)
    known = np.arange(delays) <= age[:, None]
    counts = np.where(known, cells, 0.0)
    cumulated = counts.cumsum(axis=-1)
    before = np.where(known[:, 1:], cumulated[..., :-1], 0.0).sum(axis=-2)
    after = np.where(known[:, 1:], cumulated[..., 1:], 0.0).sum(axis=-2)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(
            after > 0, before / after, np.nan
        )  # share of what is in after d weeks that was in a week earlier
        noise = np.where(
            after > 0, (1 - step) / np.maximum(before, 0.5), np.nan
        )  # relative variance of a binomial share
    arrived = np.ones((*cells.shape[:-2], delays))
    arrived[..., :-1] = np.cumprod(step[..., ::-1], axis=-1)[..., ::-1]
    doubt = np.zeros_like(arrived)
    doubt[..., :-1] = np.cumsum(noise[..., ::-1], axis=-1)[..., ::-1]
    place = np.clip(age, 0, delays - 1)
    share, relative = arrived[..., place], doubt[..., place]
    seen = counts.sum(axis=-1)
    return _completed(seen, share, relative, age=age, arrived=arrived, least_arrived=least_arrived, level=level)


def scaled_counts(counts: ArrayLike, arrived: ArrayLike, *, latest: int | None = None) -> tuple[Floats, Floats]:
    """Counts of past weeks as they stood at the age that the present week has now, and the share arrived at each age.

    The comparison of Noufaily et al. 2015 (Statistics in Medicine 34, 3054-3071): not the newest week is made larger, but the
    baseline is made as incomplete as the newest week is; the Farrington detector then compares like with like. `counts` (…,
    weeks) are complete but for the newest ones; each week is scaled by the share arrived now of the present week over its own
    share. Gives the scaled counts and the factors.
    """
    values = np.asarray(counts, dtype=np.float64)
    share = np.asarray(arrived, dtype=np.float64)
    weeks = values.shape[-1]
    now = weeks - 1 if latest is None else latest
    age = np.clip(now - np.arange(weeks), 0, share.shape[-1] - 1)
    factor = share[..., :1] / share[..., age]
    return values * factor, np.broadcast_to(factor, values.shape)


def _completed(
    seen: Floats,
    share: Floats,
    relative: Floats,
    *,
    age: np.ndarray,
    arrived: Floats,
    least_arrived: float,
    level: float,
) -> Completed:
    """Expectation and interval from what is seen and the share that it stands for."""
    reason = np.full(seen.shape, Reason.NONE, dtype=np.int8)
    reason[np.broadcast_to(age < 0, seen.shape)] = Reason.NOT_ARRIVED
    reason[np.isnan(share)] = Reason.MISSING_BASELINE
    reason[share < least_arrived] = Reason.NOT_ARRIVED
    fine = reason < Reason.TOO_FEW_RECENT
    used = np.where(fine, share, 1.0)
    expected = seen / used
    # nothing seen is not nothing to come: half a case stands in for the spread
    basis = np.maximum(seen, 0.5)
    variance = basis * (1 / used - 1) / used + (basis / used) ** 2 * np.where(fine, relative, 0.0)
    width = special.ndtri((1 + level) / 2) * np.sqrt(variance)
    middle = np.maximum(expected, basis / used)
    upper = np.where(used < 1, middle * np.exp(width / middle), expected)
    lower = np.where(used < 1, np.maximum(seen, expected * np.exp(-width / middle)), expected)

    def shown(values: Floats) -> Floats:
        return np.where(fine, values, np.nan)

    return Completed(seen, shown(expected), shown(lower), shown(upper), arrived, fine, reason, level, "chain ladder")


def _checked(triangle: ArrayLike, level: float) -> Floats:
    cells = np.asarray(triangle, dtype=np.float64)
    if cells.ndim < 2:
        raise StatisticsError(f"triangle has the shape {cells.shape}: give weeks by delays")
    if np.any(cells < 0) or np.any(np.isinf(cells)):
        place = tuple(int(part) for part in np.argwhere((cells < 0) | np.isinf(cells))[0])
        raise StatisticsError(f"triangle is {cells[place]:g} at {place}: a number of results is 0 or more")
    if not 0 < level < 1:
        raise StatisticsError(f"level {level:g} is no confidence level: give a share such as 0.95")
    return np.nan_to_num(cells)
