"""Role of measurement uncertainty in conformity assessment: JCGM 106:2012, also ISO/IEC Guide 98-4:2012.

Values, limits and standard uncertainties are in one and the same unit. A limit that does not exist is -inf or +inf.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]
FAR = 40.0  # standard deviations beyond which a normal tail is below the smallest double


@dataclass(frozen=True)
class AcceptanceInterval:
    """Interval of permissible measured values (JCGM 106:2012, 3.3.9); its limits belong to it."""

    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class GlobalRisks:
    """Probabilities for an item drawn at random and measured once (JCGM 106:2012, clause 9)."""

    consumers: Floats
    producers: Floats
    conforming: Floats
    accepted: Floats


def conformance_probability(
    value: ArrayLike, uncertainty: ArrayLike, *, lower: ArrayLike = -np.inf, upper: ArrayLike = np.inf
) -> Floats:
    """Probability that the true value lies in the tolerance interval, by a normal density (JCGM 106:2012, 7.2 to 7.4).

    `value` and its standard `uncertainty` describe what is known after measuring; all arguments broadcast.
    A missing value or uncertainty (NaN) gives NaN. StatisticsError: an uncertainty is not positive, limits are crossed.

    >>> round(float(conformance_probability(-5.47, 0.05, upper=-5.40)), 2)
    0.92
    """
    u = _positive(uncertainty, name="uncertainty")
    low, high = _limits(lower, upper, name="tolerance")
    y = np.asarray(value, dtype=np.float64)
    return _between((low - y) / u, (high - y) / u)


def guard_band(expanded_uncertainty: ArrayLike, *, multiplier: ArrayLike) -> Floats:
    """Length of a guard band, w = r U with expanded uncertainty U = k u (JCGM 106:2012, 8.3.2).

    >>> float(guard_band(0.2, multiplier=1.0))
    0.2
    """
    expanded = _positive(expanded_uncertainty, name="expanded uncertainty")
    return np.asarray(np.asarray(multiplier, dtype=np.float64) * expanded, dtype=np.float64)


def guard_multiplier(probability: ArrayLike, *, coverage_factor: ArrayLike) -> Floats:
    """Multiplier r for which a value at the acceptance limit conforms with `probability` (JCGM 106:2012, 7.3, 8.3.2).

    One limit, normal density; r U = z u, so r = z / k. StatisticsError: a probability is not between 0 and 1.

    >>> round(float(guard_multiplier(0.95, coverage_factor=2)), 3)
    0.822
    """
    p = np.asarray(probability, dtype=np.float64)
    if np.any((p <= 0) | (p >= 1)):
        raise StatisticsError("probability must lie between 0 and 1: no guard band makes conformity certain")
    return np.asarray(special.ndtri(p) / _positive(coverage_factor, name="coverage factor"), dtype=np.float64)


def acceptance_interval(
    *, guard: ArrayLike, lower: ArrayLike = -np.inf, upper: ArrayLike = np.inf
) -> AcceptanceInterval:
    """Acceptance limits a guard band inside the tolerance limits (JCGM 106:2012, 8.2 and 8.3).

    `guard` 0 is simple acceptance (8.2), positive is guarded acceptance (8.3.2), negative is guarded rejection (8.3.3).
    StatisticsError: the guard bands leave nothing between the limits.

    >>> limits = acceptance_interval(guard=0.02, lower=1499.8, upper=1500.2)
    >>> float(limits.lower), float(limits.upper)
    (1499.82, 1500.18)
    """
    low, high = _limits(lower, upper, name="tolerance")
    w = np.asarray(guard, dtype=np.float64)
    return AcceptanceInterval(*_limits(low + w, high - w, name="acceptance"))


def consumers_specific_risk(
    value: ArrayLike,
    uncertainty: ArrayLike,
    *,
    acceptance: AcceptanceInterval,
    lower: ArrayLike = -np.inf,
    upper: ArrayLike = np.inf,
) -> Floats:
    """Probability that an item accepted at this measured value does not conform (JCGM 106:2012, 3.3.13 and clause 9).

    It is 1 - p_c where the item is accepted and NaN where it is rejected: nobody consumes that one.

    >>> simple = acceptance_interval(guard=0, upper=1.0)
    >>> consumers_specific_risk([0.5, 1.0, 1.1], 0.25, acceptance=simple, upper=1.0).round(3).tolist()
    [0.023, 0.5, nan]
    """
    u = _positive(uncertainty, name="uncertainty")
    low, high = _limits(lower, upper, name="tolerance")
    y = np.asarray(value, dtype=np.float64)
    # Both tails added, not 1 - p_c: a risk of 1e-20 keeps its digits.
    risk = special.ndtr((low - y) / u) + special.ndtr((y - high) / u)
    return np.where(_accepted(y, acceptance), risk, np.nan)


def producers_specific_risk(
    value: ArrayLike,
    uncertainty: ArrayLike,
    *,
    acceptance: AcceptanceInterval,
    lower: ArrayLike = -np.inf,
    upper: ArrayLike = np.inf,
) -> Floats:
    """Probability that an item rejected at this measured value does conform (JCGM 106:2012, 3.3.14 and clause 9).

    It is p_c where the item is rejected and NaN where it is accepted.

    >>> simple = acceptance_interval(guard=0, upper=1.0)
    >>> producers_specific_risk([0.5, 1.0, 1.25], 0.25, acceptance=simple, upper=1.0).round(3).tolist()
    [nan, nan, 0.159]
    """
    y = np.asarray(value, dtype=np.float64)
    conforming = conformance_probability(y, uncertainty, lower=lower, upper=upper)
    return np.where(_accepted(y, acceptance), np.nan, conforming)


def global_risks(
    *,
    mean: ArrayLike,
    standard_deviation: ArrayLike,
    uncertainty: ArrayLike,
    acceptance: AcceptanceInterval,
    lower: ArrayLike = -np.inf,
    upper: ArrayLike = np.inf,
) -> GlobalRisks:
    """Global consumer's and producer's risk for a normal prior and a normal measurement (JCGM 106:2012, clause 9).

    Items spread as N(mean, standard_deviation); a measurement of one spreads about its true value with `uncertainty`.
    Its double integrals are rectangles of a bivariate normal density, taken through Owen's T (Owen 1956, Ann. Math.
    Stat. 27, 1075-1090): absolute error about 1e-15. All arguments broadcast; NaN gives NaN.

    >>> limits = acceptance_interval(guard=0.02, lower=1499.8, upper=1500.2)
    >>> risks = global_risks(mean=1500, standard_deviation=0.12, uncertainty=0.04,
    ...                      acceptance=limits, lower=1499.8, upper=1500.2)
    >>> round(float(risks.consumers), 2), round(float(risks.producers), 2)
    (0.01, 0.07)
    """
    s, u = _positive(standard_deviation, name="standard deviation"), _positive(uncertainty, name="uncertainty")
    seen, y0 = np.hypot(s, u), np.asarray(mean, dtype=np.float64)
    low, high = _limits(lower, upper, name="tolerance")
    true, measured = (low - y0, high - y0), (acceptance.lower - y0, acceptance.upper - y0)
    conforming, accepted = _between(true[0] / s, true[1] / s), _between(measured[0] / seen, measured[1] / seen)
    both = _rectangle(true, measured, s=s, u=u)
    return GlobalRisks(np.maximum(accepted - both, 0), np.maximum(conforming - both, 0), conforming, accepted)


def _accepted(y: Floats, acceptance: AcceptanceInterval) -> NDArray[np.bool_]:
    return np.asarray((acceptance.lower <= y) & (y <= acceptance.upper), dtype=np.bool_)


def _between(a: Floats, b: Floats) -> Floats:
    # In the upper tail the difference is taken on the mirrored side, where it keeps its digits.
    mirrored = a > 0
    low, high = np.where(mirrored, -b, a), np.where(mirrored, -a, b)
    return np.asarray(special.ndtr(high) - special.ndtr(low), dtype=np.float64)


def _rectangle(true: tuple[Floats, Floats], measured: tuple[Floats, Floats], *, s: Floats, u: Floats) -> Floats:
    corners = [[_both_below(t, m, s=s, u=u) for m in measured] for t in true]
    return np.asarray(corners[1][1] - corners[0][1] - corners[1][0] + corners[0][0], dtype=np.float64)


def _both_below(t: Floats, m: Floats, *, s: Floats, u: Floats) -> Floats:
    """P(true value < t, measured value < m), both counted from the mean; Owen (1956) with correlation s / hypot(s, u).

    His arguments k - rho h and h - rho k are written in t - m: as they stand they cancel when u is small against s.
    """
    seen = np.hypot(s, u)
    far = FAR * seen
    t, m, s, u = np.broadcast_arrays(np.clip(t, -far, far) + 0.0, np.clip(m, -far, far) + 0.0, s, u)  # -0.0 becomes 0.0
    apart = (t * m < 0) | ((t * m == 0) & (t + m < 0))
    halves = (special.ndtr(t / s) + special.ndtr(m / seen)) / 2 - np.where(apart, 0.5, 0.0)
    tails = _owen(t / s, s * (m - t), t * u) + _owen(m / seen, t * u**2 + s**2 * (t - m), s * m * u)
    centre = 0.25 + np.arctan2(s, u) / (2 * np.pi)
    return np.asarray(np.where((t == 0) & (m == 0), centre, halves - tails), dtype=np.float64)


def _owen(h: Floats, rise: Floats, run: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.asarray(special.owens_t(h, rise / run), dtype=np.float64)


def _limits(lower: ArrayLike, upper: ArrayLike, *, name: str) -> tuple[Floats, Floats]:
    low, high = np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)
    if np.any(low >= high):
        raise StatisticsError(f"{name} limits leave no interval: a lower limit is not below its upper limit")
    return low, high


def _positive(given: ArrayLike, *, name: str) -> Floats:
    figures = np.asarray(given, dtype=np.float64)
    if np.any(figures <= 0) or np.any(np.isinf(figures)):
        raise StatisticsError(f"{name} must be positive and finite; give NaN where it is not known")
    return figures
