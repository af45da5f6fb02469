"""Estimates of small areas: a direct estimate of each, drawn towards what its covariates let one expect (Fay, Herriot 1979).

Area i has a direct estimate with a known sampling variance; its true value is a linear function of covariates plus an
area effect of one variance for all. The fewer items an area has, the more its estimate is the others'.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]
Fit = Literal["REML", "ML", "moments"]
NEVER_SAMPLED = "no item in this area: a value of its covariates alone"


@dataclass(frozen=True)
class AreaEstimates:
    """Empirical best linear unbiased predictors, one element an area; `weight` is how much of each is its own estimate.

    `mse` is the mean squared error with the uncertainty of the model's variance (Prasad, Rao 1990); the limits are normal.
    `at_zero`: the variance of the area effects was estimated as 0, every area is what its covariates say.
    """

    value: Floats
    mse: Floats
    lower: Floats
    upper: Floats
    weight: Floats
    coefficients: Floats
    coefficient_errors: Floats
    area_variance: float
    level: float
    method: str
    at_zero: bool
    rounds: int
    reasons: tuple[str, ...]


def fay_herriot(
    direct: ArrayLike,
    variances: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    fit: Fit = "REML",
    level: float = 0.95,
    tolerance: float = 1e-12,
    rounds: int = 500,
) -> AreaEstimates:
    """Fay-Herriot estimates (1979, J. Am. Stat. Assoc. 74, 269-277; Rao, Molina 2015, Small Area Estimation, chapter 6).

    `variances` are sampling variances, as an estimate under the design gives them; where the direct estimate or its variance is NaN
    the area was not sampled, is left out of the fit, and gets its synthetic value. `covariates`: one row an area, without
    the constant, which is added; None: the constant alone. `fit`: restricted maximum likelihood, maximum likelihood, or the moments of
    Fay and Herriot, by Fisher scoring from the median sampling variance until the step is below `tolerance`, relative (R sae
    stops at 1e-4). Mean squared error: Datta, Lahiri (2000) for the likelihoods, Datta, Rao, Smith (2005) for moments.
    StatisticsError: a variance that is not above 0 (all items of the area alike: use the beta-binomial of `shrinkage`), fewer areas than
    coefficients, dependent covariates, or no end.

    >>> found = fay_herriot([10.0, 14.0, 30.0, 18.0], [4.0, 4.0, 4.0, 4.0])
    >>> round(found.area_variance, 3), found.value.round(2).tolist()
    (70.667, [10.43, 14.21, 29.36, 18.0])
    """
    y, psi, x = areas(direct, variances, covariates)
    if not 0 < level < 1:
        raise StatisticsError(f"level {level:g} is not a confidence level: give a share between 0 and 1, such as 0.95")
    seen = np.isfinite(y) & np.isfinite(psi)
    variance, used = scored(y[seen], psi[seen], x[seen], fit=fit, tolerance=tolerance, rounds=rounds)
    inverse = 1 / (variance + psi[seen])
    spread: Floats = np.linalg.inv((x[seen] * inverse[:, None]).T @ x[seen]).astype(np.float64)
    beta = spread @ ((x[seen] * inverse[:, None]).T @ y[seen])
    own = np.zeros(y.size)
    own[seen] = variance * inverse
    expected = x @ beta
    value = expected + own * (np.where(seen, y, expected) - expected)
    mse = errors(psi, x, seen, spread, variance, fit)
    reach = float(special.ndtri(0.5 + level / 2)) * np.sqrt(mse)
    reasons = tuple("" if sampled else NEVER_SAMPLED for sampled in seen)
    return AreaEstimates(
        value, mse, value - reach, value + reach, own, beta, np.sqrt(np.diag(spread)), variance, level,
        f"Fay-Herriot, {fit}", variance == 0, used, reasons,
    )  # fmt: skip


def areas(direct: ArrayLike, variances: ArrayLike, covariates: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    """Estimates, variances and the design matrix; StatisticsError: what fay_herriot names."""
    y, psi = np.asarray(direct, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    given = np.empty((y.size, 0)) if covariates is None else np.asarray(covariates, dtype=np.float64)
    given = given[:, None] if given.ndim == 1 else given
    if y.ndim != 1 or psi.shape != y.shape or given.shape[0] != y.size:
        raise StatisticsError(
            f"{y.shape} estimates, {psi.shape} variances, {given.shape[0]} rows of covariates: one an area"
        )
    seen = np.isfinite(y) & np.isfinite(psi)
    wrong = seen & (psi <= 0)
    if wrong.any():
        raise StatisticsError(
            f"area {int(np.flatnonzero(wrong)[0])} has a sampling variance of {psi[wrong][0]:g}: its items are all alike; smooth "
            "the variances over areas, or use the beta-binomial of shrinkage"
        )
    if not np.isfinite(given).all():
        raise StatisticsError(
            f"area {int(np.flatnonzero(~np.isfinite(given).all(axis=1))[0])} lacks a covariate: every area needs all"
        )
    x = np.column_stack([np.ones(y.size), given])
    if seen.sum() <= x.shape[1] or np.linalg.matrix_rank(x[seen]) < x.shape[1]:
        raise StatisticsError(
            f"{int(seen.sum())} sampled areas do not fix {x.shape[1]} coefficients: give more areas, or fewer and independent covariates"
        )
    return y, psi, x


def scored(y: Floats, psi: Floats, x: Floats, *, fit: str, tolerance: float, rounds: int) -> tuple[float, int]:
    """Variance of the area effects by Fisher scoring, at least 0, and the rounds that it took."""
    if fit not in ("REML", "ML", "moments"):
        raise StatisticsError(f"fit {fit!r} is not known: give REML, ML or moments")
    variance = float(np.median(psi))
    floor = -0.999 * float(psi.min())
    for used in range(1, rounds + 1):
        step = stepped(y, psi, x, variance, fit)
        last, variance = variance, max(variance + step, floor)
        if abs(variance - last) <= tolerance * max(abs(last), 1e-300) or (variance == floor == last):
            return max(variance, 0.0), used
    if variance <= 0:  # the maximum lies below 0, where the steps may go to and fro
        return 0.0, rounds
    raise StatisticsError(
        f"the variance of the areas still moved by {step:.1e} in round {rounds}: allow more rounds or a larger tolerance"
    )


def stepped(y: Floats, psi: Floats, x: Floats, variance: float, fit: str) -> float:
    """One scoring step: the score over the information."""
    inverse = 1 / (variance + psi)
    weighted = x * inverse[:, None]
    q = np.linalg.inv(weighted.T @ x)
    left = y - x @ (q @ (weighted.T @ y))
    if fit == "moments":
        return float((left**2 @ inverse - (y.size - x.shape[1])) / inverse.sum())
    squares = float((left * inverse) @ (left * inverse))
    if fit == "ML":
        return float((squares - inverse.sum()) / (inverse @ inverse))
    inner = weighted.T @ weighted @ q  # traces of P and P P without an n by n matrix
    trace = inverse.sum() - np.trace(inner)
    cubes = (x * (inverse**3)[:, None]).T @ x
    information = inverse @ inverse - 2 * np.trace(q @ cubes) + np.trace(inner @ inner)
    return float((squares - trace) / information)


def errors(psi: Floats, x: Floats, seen: NDArray[np.bool_], spread: Floats, variance: float, fit: str) -> Floats:
    """Prasad-Rao mean squared error g1 + g2 + 2 g3, less the bias of the variance where the fit has one."""
    known = np.where(seen, psi, np.inf)
    inverse = np.where(seen, 1 / (variance + known), 0.0)
    back = np.where(seen, 1 - variance * inverse, 1.0)
    g1 = np.where(seen, variance * back, variance)
    g2 = back**2 * np.einsum("ij,jk,ik->i", x, spread, x)
    count, first, second = float(seen.sum()), float(inverse.sum()), float((inverse**2).sum())
    of_variance = 2 * count / first**2 if fit == "moments" else 2 / second
    g3 = np.where(seen, back**2 * of_variance * inverse, 0.0)
    bias = 0.0
    if fit == "moments":
        bias = 2 * (count * second - first**2) / first**3
    elif fit == "ML":
        weighted = x[seen] * inverse[seen][:, None]
        bias = -float(np.trace(spread @ (weighted.T @ weighted))) / second
    return np.asarray(np.maximum(g1 + g2 + 2 * g3 - np.where(seen, bias * back**2, 0.0), 0.0))
