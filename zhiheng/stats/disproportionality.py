"""Pairs that are reported together more often than chance lets one expect: a product and a hazard in a table of reports.

For a pair: a reports of both, b of the product without the hazard, c of the hazard with other products, d of neither.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]
NO_RATIO = "a margin is empty: no ratio"


@dataclass(frozen=True)
class Disproportions:
    """A ratio with limits, the standard error of its logarithm, and a reason where there is none (NaN)."""

    ratio: Floats
    log_error: Floats
    lower: Floats
    upper: Floats
    level: float
    method: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Mixture:
    """Two gamma distributions of the true ratios: shapes, rates, and the share of the first (DuMouchel 1999)."""

    alpha1: float
    beta1: float
    alpha2: float
    beta2: float
    share: float


@dataclass(frozen=True)
class ShrunkRatios:
    """Empirical Bayes geometric means, with quantiles of the posterior and the posterior share of the first component."""

    ebgm: Floats
    lower: Floats
    upper: Floats
    share: Floats
    level: float


def proportional_reporting_ratio(
    a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, *, level: float = 0.95
) -> Disproportions:
    """PRR = (a / (a + b)) / (c / (c + d)) (Evans, Waller, Davis 2001, Pharmacoepidemiol. Drug Saf. 10, 483-486).

    >>> found = proportional_reporting_ratio(25, 475, 250, 99250)
    >>> round(float(found.ratio), 2), round(float(found.lower), 2)
    (19.9, 13.32)
    """
    n = table(a, b, c, d)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = n[0] / (n[0] + n[1]) / (n[2] / (n[2] + n[3]))
        error = np.sqrt(1 / n[0] - 1 / (n[0] + n[1]) + 1 / n[2] - 1 / (n[2] + n[3]))
    return limited(ratio, error, level, "proportional reporting ratio")


def reporting_odds_ratio(
    a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, *, level: float = 0.95
) -> Disproportions:
    """ROR = a d / (b c), with Woolf's limits (van Puijenbroek et al. 2002, Pharmacoepidemiol. Drug Saf. 11, 3-10)."""
    n = table(a, b, c, d)
    with np.errstate(divide="ignore", invalid="ignore"):
        return limited(
            n[0] * n[3] / (n[1] * n[2]), np.sqrt((1 / np.array(n)).sum(axis=0)), level, "reporting odds ratio"
        )


def yates_chi_square(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike) -> Floats:
    """Chi-square of the table with Yates's correction, never more than the difference itself, as R's chisq.test; NaN: an empty margin."""
    n = table(a, b, c, d)
    whole = n[0] + n[1] + n[2] + n[3]
    margins = (n[0] + n[1]) * (n[2] + n[3]) * (n[0] + n[2]) * (n[1] + n[3])
    apart = np.abs(n[0] * n[3] - n[1] * n[2])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(whole * (apart - np.minimum(whole / 2, apart)) ** 2 / margins)


def information_component(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike) -> Floats:
    """Shrunk observed to expected: log2 of (a + 1/2) over (expected + 1/2) (Norén, Hopstadius, Bate 2013, Stat. Methods Med. Res. 22, 57-69).

    NaN where the table holds no report.
    """
    n = table(a, b, c, d)
    with np.errstate(invalid="ignore"):
        expected = (n[0] + n[1]) * (n[0] + n[2]) / (n[0] + n[1] + n[2] + n[3])
    return np.asarray(np.log2((n[0] + 0.5) / (expected + 0.5)))


def ebgm(counts: ArrayLike, expected: ArrayLike, mixture: Mixture, *, level: float = 0.9) -> ShrunkRatios:
    """Geometric mean of the posterior of each pair's true ratio, with equal-tailed limits: EB05 and EB95 at level 0.9.

    DuMouchel (1999), Am. Stat. 53, 177-190: the count is Poisson with mean ratio times `expected`; the posterior of the ratio is a
    mixture of two gammas. StatisticsError: a count below 0, an expected count that is not above 0.
    """
    n, e = np.broadcast_arrays(np.asarray(counts, dtype=np.float64), np.asarray(expected, dtype=np.float64))
    if not (np.all(n >= 0) and np.all(e > 0) and np.all(np.isfinite(n + e))) or not 0 < level < 1:
        raise StatisticsError("counts are 0 or more and expected counts above 0; a level lies between 0 and 1")
    one, two = component(n, e, mixture.alpha1, mixture.beta1), component(n, e, mixture.alpha2, mixture.beta2)
    share = special.expit(one + np.log(mixture.share) - two - np.log1p(-mixture.share))
    shapes = (mixture.alpha1 + n, mixture.alpha2 + n)
    rates = (mixture.beta1 + e, mixture.beta2 + e)
    logs = [special.digamma(shape) - np.log(rate) for shape, rate in zip(shapes, rates, strict=True)]
    tail = (1 - level) / 2
    low, high = (quantile(share, shapes, rates, q) for q in (tail, 1 - tail))
    return ShrunkRatios(np.exp(share * logs[0] + (1 - share) * logs[1]), low, high, share, level)


def fit_mixture(counts: ArrayLike, expected: ArrayLike, *, least: int = 0) -> Mixture:
    """Mixture of greatest marginal likelihood; counts below `least` are not in the data, and the likelihood knows it.

    From DuMouchel's start (0.2, 0.1, 2, 4, 1/3) and two others; a likelihood with several tops gives its best.
    StatisticsError: fewer than ten pairs: five figures cannot be fitted to them.
    """
    n, e = np.asarray(counts, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if n.size < 10 or n.shape != e.shape or np.any(n < least) or np.any(e <= 0):
        raise StatisticsError("a mixture needs ten pairs, counts at or above the least, expected counts above 0")
    cut = np.arange(least, dtype=np.float64)[:, None]

    def cost(at: Floats) -> float:
        a1, b1, a2, b2 = np.exp(at[:4])
        p = special.expit(at[4])
        both = (np.log(p) + component(n, e, a1, b1), np.log1p(-p) + component(n, e, a2, b2))
        value = np.logaddexp(*both).sum()
        if least:
            below = p * np.exp(component(cut, e, a1, b1)) + (1 - p) * np.exp(component(cut, e, a2, b2))
            value -= np.log1p(-np.minimum(below.sum(axis=0), 1 - 1e-15)).sum()
        return -float(value) / n.size

    starts = ((0.2, 0.1, 2.0, 4.0, 1 / 3), (0.1, 0.1, 10.0, 10.0, 0.2), (0.5, 0.5, 5.0, 2.0, 0.6))
    box = [(-12.0, 12.0)] * 4 + [(-15.0, 15.0)]
    fits = [
        optimize.minimize(
            cost,
            [*np.log(start[:4]), special.logit(start[4])],
            method="L-BFGS-B",
            bounds=box,
            options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 2000},
        )
        for start in starts
    ]
    best = min(fits, key=lambda fit: float(fit.fun)).x
    a1, b1, a2, b2 = (float(figure) for figure in np.exp(best[:4]))
    return Mixture(a1, b1, a2, b2, float(special.expit(best[4])))


def component(n: Floats, e: Floats, alpha: float, beta: float) -> Floats:
    """Logarithm of the negative binomial probability of a count under one gamma."""
    return np.asarray(
        special.gammaln(alpha + n) - special.gammaln(alpha) - special.gammaln(n + 1)
        + n * np.log(e / (beta + e)) + alpha * np.log(beta / (beta + e))
    )  # fmt: skip


def quantile(share: Floats, shapes: tuple[Floats, Floats], rates: tuple[Floats, Floats], at: float) -> Floats:
    """Quantile of the mixture: between those of its two parts, halved sixty times."""
    ends = [special.gammaincinv(shape, at) / rate for shape, rate in zip(shapes, rates, strict=True)]
    low, high = np.minimum(*ends), np.maximum(*ends)
    for _ in range(60):
        middle = (low + high) / 2
        below = share * special.gammainc(shapes[0], rates[0] * middle) + (1 - share) * special.gammainc(
            shapes[1], rates[1] * middle
        )
        low, high = np.where(below < at, middle, low), np.where(below < at, high, middle)
    return np.asarray((low + high) / 2)


def limited(ratio: Floats, error: Floats, level: float, method: str) -> Disproportions:
    """Limits on the logarithm; an infinite or missing ratio gets a reason."""
    if not 0 < level < 1:
        raise StatisticsError(f"level {level:g} is not a confidence level: give a share between 0 and 1, such as 0.95")
    ok = np.isfinite(ratio) & np.isfinite(error) & (ratio > 0)
    r, s = np.where(ok, ratio, np.nan), np.where(ok, error, np.nan)
    reach = np.exp(float(special.ndtri(0.5 + level / 2)) * s)
    reasons = tuple("" if good else NO_RATIO for good in np.ravel(ok))
    return Disproportions(r, s, r / reach, r * reach, level, method, reasons)


def table(*cells: ArrayLike) -> list[Floats]:
    """The four cells; StatisticsError: a count below 0 or missing."""
    found = np.broadcast_arrays(*(np.asarray(cell, dtype=np.float64) for cell in cells))
    if not all(np.all(cell >= 0) and np.all(np.isfinite(cell)) for cell in found):
        raise StatisticsError("a table of reports has counts of 0 or more in all four cells")
    return list(found)
