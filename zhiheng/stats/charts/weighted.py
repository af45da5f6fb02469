"""Charts with a memory: exponentially weighted means and cumulative sums, and how long they run until an alarm."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration.results import Bools, Floats, Reason, series
from zhiheng.stats.charts.constants import nodes
from zhiheng.stats.charts.results import ControlChart, drawn

NODES = 80
SQRT_TAU = np.sqrt(2 * np.pi)


@dataclass(frozen=True)
class CusumChart:
    """Upper and lower sums in deviations, both 0 or more, and where they are above the limit."""

    high: Floats
    low: Floats
    limit: float
    is_judged: Bools
    is_beyond: Bools
    method: str


def ewma_chart(
    values: ArrayLike,
    *,
    centre: float | ArrayLike,
    deviation: float | ArrayLike,
    weight: float = 0.2,
    multiplier: float = 3.0,
) -> ControlChart:
    """Exponentially weighted moving mean (Roberts 1959; Montgomery, 9.2), limits exact from the first point on.

    z_t = weight x_t + (1 - weight) z_(t-1), z_0 = centre; its variance is sigma^2 w (1 - (1-w)^2t) / (2 - w). Time is on the
    last axis, centre and deviation are one figure or one a series. A missing value leaves z where it was.
    """
    x, middle, sigma = _given(values, centre, deviation)
    if not 0 < weight <= 1:
        raise StatisticsError(f"weight {weight:g} is not a share: give more than 0 and at most 1, such as 0.2")
    state, seen = middle.copy(), np.zeros(middle.shape)
    found, variance = np.empty(x.shape), np.empty(x.shape)
    for t in range(x.shape[-1]):
        there = ~np.isnan(x[..., t])
        state = np.where(there, weight * x[..., t] + (1 - weight) * state, state)
        seen = seen + there
        found[..., t] = state
        variance[..., t] = -np.expm1(2 * seen * np.log1p(-weight)) if weight < 1 else 1.0
    reason = np.where(np.isnan(x), Reason.MISSING_NOW, Reason.NONE).astype(np.int8)
    return drawn(
        found,
        centre=np.broadcast_to(middle[..., None], x.shape),
        deviation=sigma[..., None] * np.sqrt(weight / (2 - weight) * variance),
        reason=reason,
        multiplier=multiplier,
        method="EWMA",
    )


def cusum_chart(
    values: ArrayLike,
    *,
    centre: float | ArrayLike,
    deviation: float | ArrayLike,
    reference: float = 0.5,
    decision: float = 5.0,
) -> CusumChart:
    """Tabular two-sided cumulative sums (Page 1954, Biometrika 41, 100-115; Montgomery, 9.1), in deviations."""
    x, middle, sigma = _given(values, centre, deviation)
    z = (x - middle[..., None]) / sigma[..., None]
    sums = []
    for sign in (1, -1):
        state, total = np.zeros(middle.shape), np.zeros(x.shape)
        for t in range(x.shape[-1]):
            step = np.nan_to_num(sign * z[..., t] - reference)
            state = np.where(np.isnan(z[..., t]), state, np.maximum(0.0, state + step))
            total[..., t] = state
        sums.append(total)
    judged = ~np.isnan(x)
    return CusumChart(
        sums[0], sums[1], decision, judged, judged & ((sums[0] > decision) | (sums[1] > decision)), "CUSUM"
    )


def cusum_arl(shift: float, *, reference: float, decision: float, sides: int = 1) -> float:
    """Mean number of points until an alarm, when the mean has moved by `shift` deviations since the start.

    Solves Page's integral equation by Gauss-Legendre quadrature (Goel and Wu 1971, Technometrics 13, 221-230), which the
    Markov chain of Brook and Evans (1972, Biometrika 59, 539-549) comes to as its states grow. Two sides by
    1 / L = 1 / L(up) + 1 / L(down) (van Dobben de Bruyn 1968).

    >>> round(cusum_arl(0.0, reference=0.5, decision=5.0), 3)
    930.887
    """
    if sides == 2:
        parts = [cusum_arl(sign * shift, reference=reference, decision=decision) for sign in (1, -1)]
        return 1 / sum(1 / part for part in parts)
    x, w = nodes(0.0, decision, NODES)
    kernel = w * np.exp(-((x - x[:, None] + reference - shift) ** 2) / 2) / SQRT_TAU
    system = np.zeros((NODES + 1, NODES + 1))
    starts = np.append(0.0, x)
    system[:, 0] = special.ndtr(reference - starts - shift)
    system[1:, 1:] = kernel
    system[0, 1:] = w * np.exp(-((x + reference - shift) ** 2) / 2) / SQRT_TAU
    return float(np.linalg.solve(np.eye(NODES + 1) - system, np.ones(NODES + 1))[0])


def ewma_arl(shift: float, *, weight: float, multiplier: float) -> float:
    """The same for a two-sided EWMA with the limits of its steady state (Crowder 1987, Technometrics 29, 401-407).

    >>> round(ewma_arl(0.0, weight=0.1, multiplier=2.814), 3)
    499.58
    """
    edge = multiplier * np.sqrt(weight / (2 - weight))
    x, w = nodes(-edge, edge, NODES)

    def kernel(start: Floats) -> Floats:
        return np.asarray(w * np.exp(-(((x - (1 - weight) * start) / weight - shift) ** 2) / 2) / SQRT_TAU / weight)

    inner = np.linalg.solve(np.eye(NODES) - kernel(x[:, None]), np.ones(NODES))
    return float(1 + kernel(np.zeros(1)) @ inner)


def cusum_decision(length: float, *, reference: float, sides: int = 1) -> float:
    """The decision limit with which a CUSUM in control runs that long on average. StatisticsError: none from 0.1 to 20 does."""
    return _set(length, lambda h: cusum_arl(0.0, reference=reference, decision=h, sides=sides), 0.1, 20.0)


def ewma_multiplier(length: float, *, weight: float) -> float:
    """The multiplier with which an EWMA in control runs that long on average. StatisticsError: none from 0.5 to 5 does."""
    return _set(length, lambda c: ewma_arl(0.0, weight=weight, multiplier=c), 0.5, 5.0)


def _set(length: float, runs: Callable[[float], float], low: float, high: float) -> float:
    """The limit at which a chart runs that long; a longer run needs a larger one."""
    least, most = runs(low), runs(high)
    if not least <= length <= most:
        raise StatisticsError(
            f"no limit from {low:g} to {high:g} makes the chart run {length:g} points until a false alarm: give a length from "
            f"{least:.3g} to {most:.3g}"
        )
    return float(optimize.brentq(lambda limit: runs(limit) - length, low, high, xtol=1e-13))


def _given(values: ArrayLike, centre: float | ArrayLike, deviation: float | ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Values, centre and deviation, the last two one a series. StatisticsError: a deviation that is not above 0."""
    x = series(values)
    middle = np.broadcast_to(np.asarray(centre, dtype=np.float64), x.shape[:-1]).copy()
    sigma = np.broadcast_to(np.asarray(deviation, dtype=np.float64), x.shape[:-1])
    if not np.all(sigma > 0):
        raise StatisticsError("deviation must be above 0: a process without spread needs no chart")
    return np.where(np.isfinite(x), x, np.nan), middle, sigma
