"""Expression of uncertainty in measurement: JCGM 100:2008 (GUM, also ISO/IEC Guide 98-3) and JCGM 101:2008.

Estimates and their uncertainties share the unit of their quantity; sensitivity coefficients carry the quotient.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]
Model = Callable[[Floats], Floats]


@dataclass(frozen=True)
class TypeA:
    """Means of repeated observations, their covariance matrix, and the degrees of freedom of each variance."""

    value: Floats
    uncertainty: Floats
    covariance: Floats
    degrees_of_freedom: int
    n: int


@dataclass(frozen=True)
class Propagated:
    """Output quantity of a Monte Carlo run: estimate, standard uncertainty and two coverage intervals."""

    value: float
    uncertainty: float
    symmetric: tuple[float, float]
    shortest: tuple[float, float]
    level: float
    n: int


def type_a(observations: ArrayLike) -> TypeA:
    """Type A evaluation of quantities observed together (GUM 4.2.1 to 4.2.3, and 5.2.3 eq. 17 for the covariances).

    `observations` has shape (n,) for one quantity or (quantities, n); columns are simultaneous observations.
    StatisticsError: fewer than two observations, or one is missing.

    >>> found = type_a([10.1, 10.3, 10.2])
    >>> round(float(found.value), 2), round(float(found.uncertainty), 4), found.degrees_of_freedom
    (10.2, 0.0577, 2)
    """
    seen = np.asarray(observations, dtype=np.float64)
    if seen.ndim not in (1, 2) or seen.shape[-1] < 2:
        raise StatisticsError(f"observations of shape {seen.shape} show no scatter: give two or more of each quantity")
    if not np.all(np.isfinite(seen)):
        raise StatisticsError("an observation is missing: leave it out for every quantity observed together with it")
    n = seen.shape[-1]
    covariance = np.asarray(np.cov(seen, ddof=1), dtype=np.float64) / n
    variance = np.diagonal(covariance) if seen.ndim == 2 else covariance
    return TypeA(seen.mean(axis=-1), np.sqrt(variance), covariance, n - 1, n)


def rectangular(half_width: ArrayLike) -> Floats:
    """Standard uncertainty of a quantity that lies anywhere within ± `half_width`: a / sqrt(3) (GUM 4.3.7 eq. 7).

    >>> round(float(rectangular(0.5)), 4)
    0.2887
    """
    return np.asarray(_nonnegative(half_width, name="half-width") / np.sqrt(3.0), dtype=np.float64)


def triangular(half_width: ArrayLike) -> Floats:
    """Standard uncertainty within ± `half_width` when the middle is likelier: a / sqrt(6) (GUM 4.3.9 eq. 9b).

    >>> round(float(triangular(0.5)), 4)
    0.2041
    """
    return np.asarray(_nonnegative(half_width, name="half-width") / np.sqrt(6.0), dtype=np.float64)


def u_shaped(half_width: ArrayLike) -> Floats:
    """Standard uncertainty of a cyclic variation of amplitude `half_width`: a / sqrt(2) (GUM H.1.3.4).

    >>> round(float(u_shaped(0.5)), 2)
    0.35
    """
    return np.asarray(_nonnegative(half_width, name="half-width") / np.sqrt(2.0), dtype=np.float64)


def from_expanded(expanded_uncertainty: ArrayLike, *, coverage_factor: ArrayLike) -> Floats:
    """Standard uncertainty behind a certificate's U = k u (GUM 4.3.3).

    >>> float(from_expanded(0.5, coverage_factor=2))
    0.25
    """
    k = np.asarray(coverage_factor, dtype=np.float64)
    if np.any(k <= 0):
        raise StatisticsError("coverage factor must be positive: read it from the certificate")
    return np.asarray(_nonnegative(expanded_uncertainty, name="expanded uncertainty") / k, dtype=np.float64)


def sensitivities(model: Model, estimates: ArrayLike, uncertainties: ArrayLike) -> Floats:
    """Sensitivity coefficients by differences of one standard uncertainty either side (GUM 5.1.3, note 2).

    `model` takes an array of shape (inputs, k) and gives (k,) or (outputs, k); all differences are one call of it.
    The result has shape (inputs,) or (outputs, inputs). An input of no uncertainty gets coefficient 0.

    >>> sensitivities(lambda x: x[0] * x[1], [2.0, 5.0], [0.1, 0.1]).round(6).tolist()
    [5.0, 2.0]
    """
    x, u = np.asarray(estimates, dtype=np.float64), _nonnegative(uncertainties, name="uncertainty")
    if x.ndim != 1 or x.shape != u.shape:
        raise StatisticsError(f"{x.shape} estimates do not go with {u.shape} uncertainties: give one of each per input")
    above, below = x[:, None] + np.diag(u), x[:, None] - np.diag(u)
    difference = np.asarray(model(np.hstack([above, below])), dtype=np.float64)
    rise = difference[..., : x.size] - difference[..., x.size :]
    run = np.diagonal(above) - np.diagonal(below)
    return np.divide(rise, run, out=np.zeros_like(rise), where=run > 0)


def covariance_matrix(uncertainties: ArrayLike, correlation: ArrayLike | None = None) -> Floats:
    """Covariance matrix of the inputs, u(x_i, x_j) = u_i u_j r_ij (GUM 5.2.2 eq. 14); no correlation: diagonal.

    >>> covariance_matrix([2.0, 3.0], [[1, 0.5], [0.5, 1]]).tolist()
    [[4.0, 3.0], [3.0, 9.0]]
    """
    u = _nonnegative(uncertainties, name="uncertainty")
    r = np.eye(u.size) if correlation is None else np.asarray(correlation, dtype=np.float64)
    if r.shape != (u.size, u.size) or not np.allclose(r, r.T, rtol=0, atol=1e-9) or np.any(np.abs(r) > 1 + 1e-9):
        raise StatisticsError(f"correlation of shape {r.shape} is not a symmetric matrix for {u.size} inputs")
    return np.asarray(u[:, None] * r * u, dtype=np.float64)


def propagate(coefficients: ArrayLike, covariance: ArrayLike) -> Floats:
    """Law of propagation of uncertainty, C V C' (GUM 5.1.2 eq. 10, 5.2.2 eq. 13, and H.2.3 for several outputs).

    `coefficients` of shape (inputs,) gives the combined variance u_c squared; (outputs, inputs) gives the covariance
    matrix of the outputs. `covariance` has shape (inputs, inputs). StatisticsError: the shapes do not fit.

    >>> float(propagate([1.0, -1.0], covariance_matrix([3.0, 4.0]))) ** 0.5
    5.0
    """
    c, v = np.asarray(coefficients, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    if c.ndim not in (1, 2) or v.shape != (c.shape[-1], c.shape[-1]):
        raise StatisticsError(f"coefficients of shape {c.shape} do not go with a covariance of shape {v.shape}")
    return np.asarray(c @ v @ c.T, dtype=np.float64)


def correlation_matrix(covariance: ArrayLike) -> Floats:
    """Correlation coefficients r_ij = u(x_i, x_j) / (u_i u_j) (GUM 5.2.2 eq. 14).

    >>> correlation_matrix([[4.0, 3.0], [3.0, 9.0]]).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    v = np.asarray(covariance, dtype=np.float64)
    u = np.sqrt(np.diagonal(v))
    if not np.all(u > 0):
        raise StatisticsError("a quantity of no known uncertainty has no correlation: leave it out of the matrix")
    return np.asarray(v / u[:, None] / u, dtype=np.float64)


def welch_satterthwaite(contributions: ArrayLike, degrees_of_freedom: ArrayLike) -> Floats:
    """Effective degrees of freedom u_c^4 / sum(u_i^4 / nu_i) of independent contributions (GUM G.4.1 eq. G.2b).

    `contributions` are |c_i| u(x_i) in the unit of the result, inputs on the last axis; an exactly known uncertainty
    has infinite degrees of freedom. Use `numpy.floor` on the result where GUM's truncated value is wanted.

    >>> round(float(welch_satterthwaite([0.3, 0.4], [4, float("inf")])), 2)
    30.86
    """
    u = _nonnegative(contributions, name="contribution")
    freedom = np.asarray(degrees_of_freedom, dtype=np.float64)
    if np.any(freedom <= 0):
        raise StatisticsError("degrees of freedom must be positive; give infinity for an exactly known uncertainty")
    total = np.sum(u**2, axis=-1, keepdims=True)
    if np.any(total == 0):
        raise StatisticsError("no contribution is above zero: there is no uncertainty to take degrees of freedom of")
    # Shares of the variance, not fourth powers: those underflow in small units.
    inverse = np.sum((u**2 / total) ** 2 / freedom, axis=-1)
    return np.asarray(np.divide(1.0, inverse, out=np.full_like(inverse, np.inf), where=inverse != 0), dtype=np.float64)


def degrees_of_freedom(relative_uncertainty: ArrayLike) -> Floats:
    """Degrees of freedom of a judged uncertainty, from how unsure it is: 1/2 (Δu/u)^-2 (GUM G.4.2 eq. G.3).

    >>> float(degrees_of_freedom(0.25))
    8.0
    """
    doubt = _nonnegative(relative_uncertainty, name="relative uncertainty")
    doubled = 2 * doubt**2
    return np.divide(1.0, doubled, out=np.full_like(doubled, np.inf), where=doubled != 0)


def coverage_factor(level: ArrayLike, degrees_of_freedom: ArrayLike = np.inf) -> Floats:
    """Coverage factor k = t_p(nu) for a two-sided interval of probability `level` (GUM G.3.2 and G.4).

    Degrees of freedom need not be whole: t is taken at the value itself, GUM's interpolation. Infinite: normal.

    >>> round(float(coverage_factor(0.99, 16)), 2), round(float(coverage_factor(0.95)), 2)
    (2.92, 1.96)
    """
    p, freedom = np.asarray(level, dtype=np.float64), np.asarray(degrees_of_freedom, dtype=np.float64)
    if np.any((p <= 0) | (p >= 1)) or np.any(freedom <= 0):
        raise StatisticsError("a coverage factor needs a level between 0 and 1 and positive degrees of freedom")
    return np.asarray(special.stdtrit(freedom, (1 + p) / 2), dtype=np.float64)


def propagate_distributions(model: Model, draws: ArrayLike, *, level: float) -> Propagated:
    """Propagation of distributions by a Monte Carlo method (JCGM 101:2008, 7.4 to 7.7).

    `draws` has shape (inputs, trials), drawn by the caller from the inputs' distributions with a recorded seed;
    `model` takes it whole and gives (trials,). StatisticsError: too few trials for the level, or a value is missing.

    >>> draws = np.random.Generator(np.random.PCG64(1)).normal(size=(4, 100_000))
    >>> round(propagate_distributions(lambda x: x.sum(axis=0), draws, level=0.95).uncertainty, 1)
    2.0
    """
    y = np.sort(np.atleast_1d(np.asarray(model(np.asarray(draws, dtype=np.float64)), dtype=np.float64)))
    inside = int(level * y.size + 0.5)
    if y.ndim != 1 or not 0 < level < 1 or not 1 <= inside < y.size:
        raise StatisticsError(
            f"{y.size} trials give no coverage interval at level {level:g}: draw more, or fix the level"
        )
    if not np.all(np.isfinite(y)):
        raise StatisticsError("the model gives a missing or infinite value for some trial: narrow the inputs")
    first = (y.size - inside + 1) // 2 - 1
    tightest = int(np.argmin(y[inside:] - y[:-inside]))
    symmetric, shortest = ((float(y[i]), float(y[i + inside])) for i in (first, tightest))
    return Propagated(float(y.mean()), float(y.std(ddof=1)), symmetric, shortest, level, y.size)


def _nonnegative(given: ArrayLike, *, name: str) -> Floats:
    figures = np.asarray(given, dtype=np.float64)
    if np.any(figures < 0) or np.any(np.isinf(figures)):
        raise StatisticsError(f"{name} must be finite and not negative; give NaN where it is not known")
    return figures
