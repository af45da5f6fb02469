"""What every detector gives: a bound for each count, whether the count is above it, and why there is no bound."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int8]


class Reason(IntEnum):
    """Why a figure is as it is. Below 10 the count was judged and the code is a remark; from 10 it was not judged."""

    NONE = 0
    EMPTY_BASELINE = 1
    BOUND_ABOVE_JUDGED = 2
    FULL_BASELINE = 3
    TOO_FEW_RECENT = 10
    SHORT_SERIES = 11
    MISSING_NOW = 12
    NOTHING_JUDGED = 13
    NEGATIVE_COUNT = 14
    MISSING_BASELINE = 15
    NOT_CONVERGED = 16
    NO_EXPECTATION = 17
    NO_SPREAD = 18
    NOT_ARRIVED = 19


WORDS = {
    Reason.NONE: "judged",
    Reason.EMPTY_BASELINE: "judged, but the baseline holds no case: the bound rests on zeros alone",
    Reason.BOUND_ABOVE_JUDGED: "judged, but the bound is above the number of items judged: no count could exceed it",
    Reason.FULL_BASELINE: "judged, but every item of the baseline is nonconforming: the limits have no width",
    Reason.TOO_FEW_RECENT: "not judged: too few cases in the latest weeks for an alarm to mean anything",
    Reason.SHORT_SERIES: "not judged: the series does not reach back as far as its baseline",
    Reason.MISSING_NOW: "not judged: the count is missing",
    Reason.NOTHING_JUDGED: "not judged: no item was judged in that week",
    Reason.NEGATIVE_COUNT: "not judged: the count or its baseline holds an impossible figure: negative, infinite, or above the number judged",
    Reason.MISSING_BASELINE: "not judged: too many weeks of the baseline are missing",
    Reason.NOT_CONVERGED: "not judged: the model of the baseline did not converge, with or without a trend",
    Reason.NO_EXPECTATION: "not judged: there is no expectation above zero to hold the count against",
    Reason.NO_SPREAD: "not judged: the baseline has no spread from which limits could be made",
    Reason.NOT_ARRIVED: "not corrected: too small a share of the results of that week has arrived by now",
}


@dataclass(frozen=True)
class Aberrations:
    """One element for each count: bound, whether it exists, whether the count is above it, expectation and reason.

    `score` is (count - expected) / (bound - expected): 1 at the bound, whatever the size of the series. `reason` holds
    codes of Reason; a bound is NaN exactly where `is_judged` is false, and there the code is 10 or more.
    """

    upper_bound: Floats
    is_judged: Bools
    is_aberrant: Bools
    method: str
    expected: Floats
    score: Floats
    reason: Codes

    def words(self) -> NDArray[np.str_]:
        """The reason of every figure as a sentence."""
        return np.array([WORDS[Reason(int(code))] for code in self.reason.ravel()]).reshape(self.reason.shape)


def series(counts: ArrayLike) -> Floats:
    """Counts as series by time, float64. StatisticsError: a single figure."""
    observed = np.asarray(counts, dtype=np.float64)
    if observed.ndim == 0:
        raise StatisticsError("counts is a single figure: give a series, time on the last axis")
    return observed


def exposures(judged: ArrayLike | None, observed: Floats) -> Floats | None:
    """Items judged, in the shape of the counts. StatisticsError: another shape, or fewer judged than nonconforming."""
    if judged is None:
        return None
    found = np.asarray(judged, dtype=np.float64)
    if found.shape != observed.shape:
        raise StatisticsError(f"judged has the shape {found.shape}, counts {observed.shape}: they must be the same")
    if np.any(found < 0):
        place = tuple(int(part) for part in np.argwhere(found < 0)[0])
        raise StatisticsError(f"judged is {found[place]:g} at {place}: a number of items cannot be negative")
    return found
