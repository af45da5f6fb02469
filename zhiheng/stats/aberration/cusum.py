"""Cumulative sums of counts against their expectation: slow rises that no single week shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration.results import Bools, Codes, Floats, Reason, series

TRANSFORMATIONS = ("standard", "rossi", "anscombe", "anscombe2nd", "pearson")


@dataclass(frozen=True)
class CountChart:
    """One element for each count: the statistic, the count from which it would have alarmed, the alarm, and the reason.

    `limit` is what the statistic is held against; `upper_bound` is the same on the scale of counts: a count of that size or
    larger alarms. `start` is the place from which the sum was taken that was largest, -1 where a chart has none.
    """

    statistic: Floats
    limit: float
    upper_bound: Floats
    expected: Floats
    is_judged: Bools
    is_aberrant: Bools
    reason: Codes
    start: np.ndarray
    method: str


def cusum(
    counts: ArrayLike,
    *,
    expected: ArrayLike,
    reference: float = 1.04,
    decision: float = 2.26,
    transformation: str = "rossi",
    alpha: float = 0.0,
) -> CountChart:
    """One-sided cumulative sum of transformed counts (Rossi, Lampugnani and Marchi 1999, Statistics in Medicine 18, 2111-2122).

    S_t = max(0, S_(t-1) + z_t - reference); S_t of `decision` or more is an aberration, and the sum goes on. `expected` is the
    mean in control, of the shape of counts or broadcast to it. Transformations: "standard" (x - m) / sqrt m, "rossi",
    "anscombe", "anscombe2nd", and "pearson" (x - m) / sqrt(m + alpha m^2). As `algo.cusum` of R surveillance 1.20.3, defaults
    too; `upper_bound` is rounded up with "standard" as there, and is the exact inverse with "anscombe2nd", where R has
    m^(1/3) for m^(-1/3). A missing or negative count, or an expectation that is not above 0, leaves the sum where it was.

    >>> cusum([4, 9, 3, 12, 11], expected=4).is_aberrant.tolist()
    [False, False, False, True, True]
    """
    if transformation not in TRANSFORMATIONS:
        raise StatisticsError(
            f"transformation {transformation!r} is not known: use one of {', '.join(map(repr, TRANSFORMATIONS))}"
        )
    if not (decision > 0 and reference >= 0 and alpha >= 0):
        raise StatisticsError("decision must be above 0, reference and alpha at least 0")
    observed = series(counts)
    mean = np.broadcast_to(np.asarray(expected, dtype=np.float64), observed.shape)
    reason = reasons(observed, mean)
    usable = reason < Reason.TOO_FEW_RECENT
    x, m = np.where(usable, observed, 1.0), np.where(usable, mean, 1.0)
    z = _transformed(x, m, transformation, alpha)
    total, before = np.zeros(observed.shape), np.zeros(observed.shape)
    state = np.zeros(observed.shape[:-1])
    for t in range(observed.shape[-1]):
        before[..., t] = state
        state = np.where(usable[..., t], np.maximum(0.0, state + z[..., t] - reference), state)
        total[..., t] = state
    bound = _bound(decision + reference - before, m, transformation, alpha)
    return CountChart(
        np.where(usable, total, np.nan),
        decision,
        np.where(usable, bound, np.nan),
        np.where(usable, mean, np.nan),
        usable,
        usable & (total >= decision),
        reason,
        np.full(observed.shape, -1),
        f"CUSUM {transformation}",
    )


def reasons(observed: Floats, mean: Floats) -> Codes:
    """Why a count cannot enter a chart."""
    reason = np.zeros(observed.shape, dtype=np.int8)
    reason[~(np.isfinite(mean) & (mean > 0))] = Reason.NO_EXPECTATION
    reason[~np.isnan(observed) & ~(np.isfinite(observed) & (observed >= 0))] = Reason.NEGATIVE_COUNT
    reason[np.isnan(observed)] = Reason.MISSING_NOW
    return reason


def _transformed(x: Floats, m: Floats, transformation: str, alpha: float) -> Floats:
    """Counts on a scale on which they are nearly standard normal in control."""
    if transformation == "rossi":
        return np.asarray((x - 3 * m + 2 * np.sqrt(x * m)) / (2 * np.sqrt(m)))
    if transformation == "anscombe":
        return np.asarray(1.5 * (np.cbrt(x) ** 2 - np.cbrt(m) ** 2) / m ** (1 / 6))
    if transformation == "anscombe2nd":
        return np.asarray((np.cbrt(x) ** 2 - np.cbrt(m) ** 2 + 1 / (9 * np.cbrt(m))) / (2 / 3 * m ** (1 / 6)))
    return np.asarray((x - m) / np.sqrt(m + (alpha if transformation == "pearson" else 0.0) * m**2))


def _bound(needed: Floats, m: Floats, transformation: str, alpha: float) -> Floats:
    """The count whose transformed value is `needed`, at least 0."""
    if transformation == "rossi":
        root = np.sqrt(np.maximum(0.0, 4 * m + 2 * np.sqrt(m) * needed)) - np.sqrt(m)
        return np.asarray(np.maximum(0.0, root) ** 2)
    if transformation in ("anscombe", "anscombe2nd"):
        shift = 1 / (9 * np.cbrt(m)) if transformation == "anscombe2nd" else 0.0
        return np.asarray(np.maximum(0.0, 2 / 3 * m ** (1 / 6) * needed + np.cbrt(m) ** 2 - shift) ** 1.5)
    spread = np.sqrt(m + (alpha if transformation == "pearson" else 0.0) * m**2)
    found = m + spread * needed
    return np.asarray(np.maximum(0.0, np.ceil(found) if transformation == "standard" else found))
