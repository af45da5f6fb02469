"""What every control chart gives."""

from dataclasses import dataclass

import numpy as np

from zhiheng.stats.aberration.results import Bools, Codes, Floats, Reason


@dataclass(frozen=True)
class ControlChart:
    """One element for each point: statistic, centre line, limits, and whether it lies beyond them.

    `deviation` is the standard deviation of the statistic as the chart takes it; `reason` holds codes of Reason. A point that
    is not judged has NaN limits and a code of 10 or more.
    """

    statistic: Floats
    centre: Floats
    lower: Floats
    upper: Floats
    deviation: Floats
    is_judged: Bools
    is_beyond: Bools
    reason: Codes
    method: str

    @property
    def standardised(self) -> Floats:
        """Distance from the centre line in deviations, what run rules look at; 0 where the deviation is 0 and so is the distance."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (self.statistic - self.centre) / self.deviation
        return np.where(self.is_judged & (self.statistic == self.centre), 0.0, found)


def drawn(
    statistic: Floats,
    *,
    centre: Floats,
    deviation: Floats,
    reason: Codes,
    multiplier: float,
    method: str,
    floor: float = -np.inf,
    ceiling: float = np.inf,
) -> ControlChart:
    """A chart with limits `multiplier` deviations from its centre line, cut off where the statistic cannot be."""
    judged = reason < Reason.TOO_FEW_RECENT
    statistic, centre = np.where(judged, statistic, np.nan), np.where(judged, centre, np.nan)
    deviation = np.where(judged, deviation, np.nan)
    lower = np.maximum(centre - multiplier * deviation, floor)
    upper = np.minimum(centre + multiplier * deviation, ceiling)
    beyond = judged & ((statistic < lower) | (statistic > upper))
    return ControlChart(statistic, centre, lower, upper, deviation, judged, beyond, reason, method)
