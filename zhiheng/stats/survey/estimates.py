"""Totals, means, ratios and quantiles of a population from a probability sample, with linearised variance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhiheng.errors import StatisticsError
from zhiheng.stats.survey.design import Design, Floats, degrees_of_freedom
from zhiheng.stats.survey.variance import variance

Domain = NDArray[np.bool_]
BEYOND = "a limit lies beyond the sample: so few items say nothing about a quantile that far out"


@dataclass(frozen=True)
class Estimate:
    """Estimates of several statistics with their covariance; `n` items of the domain, `degrees` of the design in it.

    `reasons` say what limits the figure: weights that do not add up, a domain of one item, a variance of exactly 0.
    """

    value: Floats
    covariance: Floats
    n: int
    degrees: int
    method: str
    reasons: tuple[str, ...] = ()

    @property
    def standard_error(self) -> Floats:
        """Square roots of the variances."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0.0)))


@dataclass(frozen=True)
class Limits:
    """Two-sided limits, one pair a statistic; infinite degrees mean the normal distribution."""

    lower: Floats
    upper: Floats
    level: float
    degrees: float
    method: str


@dataclass(frozen=True)
class Quantiles:
    """Quantiles with limits and the standard error that those imply; a reason for each that has none, else empty."""

    value: Floats
    lower: Floats
    upper: Floats
    standard_error: Floats
    level: float
    method: str
    reasons: tuple[str, ...]


def limits(found: Estimate, *, level: float, degrees: float = np.inf) -> Limits:
    """Estimate plus and minus a quantile times its standard error: normal by default, Student's with degrees given.

    >>> from zhiheng.stats.survey import design, mean
    >>> found = limits(mean(design(weights=[2, 2, 2]), [1.0, 2.0, 3.0]), level=0.95)
    >>> found.lower.round(3).tolist(), found.upper.round(3).tolist()
    ([0.868], [3.132])
    """
    reach = multiplier(level, degrees) * found.standard_error
    kind = "normal" if np.isinf(degrees) else f"Student, {degrees:g} degrees of freedom"
    return Limits(found.value - reach, found.value + reach, level, degrees, f"{found.method}; {kind}")


def multiplier(level: float, degrees: float) -> float:
    """Quantile of Student's or, with infinite degrees, of the normal distribution."""
    if not 0 < level < 1:
        raise StatisticsError(f"level {level:g} is not a confidence level: give a share between 0 and 1, such as 0.95")
    if not degrees > 0:
        raise StatisticsError(f"{degrees:g} degrees of freedom leave no interval: every stratum needs a second unit")
    upper = 0.5 + level / 2
    return float(special.ndtri(upper) if np.isinf(degrees) else special.stdtrit(degrees, upper))


def total(sample: Design, values: ArrayLike, *, domain: ArrayLike | None = None) -> Estimate:
    """Totals of one or several columns of values: sums of weight times value (Horvitz, Thompson 1952).

    A domain counts as a variable that is zero outside it (Särndal, Swensson, Wretman 1992, 10.3).

    >>> from zhiheng.stats.survey import design
    >>> found = total(design(held=[[10, 10, 10]]), [1.0, 2.0, 3.0])
    >>> found.value.tolist(), found.standard_error.round(4).tolist()
    ([20.0], [4.8305])
    """
    y, inside = columns(sample, values, domain)
    scores = np.where(inside[:, None], y * sample.weights[:, None], 0.0)
    return finished(sample, scores.sum(axis=0), scores, inside, "total, linearised")


def mean(sample: Design, values: ArrayLike, *, domain: ArrayLike | None = None) -> Estimate:
    """Means of one or several columns of values, in a domain: Hájek's ratio of two totals, linearised.

    Särndal, Swensson, Wretman (1992), results 5.7.1 and 10.6.1. A proportion is the mean of zeros and ones.
    StatisticsError: the domain has no item with a weight.

    >>> from zhiheng.stats.survey import design
    >>> float(mean(design(weights=[1, 1, 2]), [1.0, 2.0, 3.0]).value[0])
    2.25
    """
    y, inside = columns(sample, values, domain)
    return over(sample, y, np.ones((y.shape[0], 1)), inside, "mean, linearised")


def ratio(sample: Design, numerator: ArrayLike, denominator: ArrayLike, *, domain: ArrayLike | None = None) -> Estimate:
    """Ratios of totals, column by column, linearised (Särndal, Swensson, Wretman 1992, result 5.6.2).

    StatisticsError: a total below is zero.
    """
    y, inside = columns(sample, numerator, domain)
    x, _ = columns(sample, denominator, domain)
    return over(sample, y, x, inside, "ratio, linearised")


def design_effect(sample: Design, values: ArrayLike) -> Floats:
    """Variance of the mean over that of a simple random sample of the same size from the same population (Kish 1965)."""
    y, inside = columns(sample, values, None)
    found = mean(sample, y)
    w, n = sample.weights / sample.weights.sum(), float((sample.weights > 0).sum())
    whole = float(sample.weights.sum())
    if whole < n:
        raise StatisticsError(
            f"weights add up to {whole:g}, less than the {n:g} items: a design effect needs real weights"
        )
    spread = (w[:, None] * (y - found.value) ** 2).sum(axis=0) * n / (n - 1)
    return np.asarray(np.diag(found.covariance) / (spread * (whole - n) / (whole * n)))


def quantiles(sample: Design, values: ArrayLike, shares: ArrayLike, *, level: float = 0.95) -> Quantiles:
    """Quantiles of one column: the smallest value with at least that share at or below it, limits of Woodruff (1952).

    J. Am. Stat. Assoc. 47, 635-646: Student limits of the share at or below the quantile, turned back into values. A limit
    beyond the sample is NaN, and its reason says that the sample does not reach that far.
    """
    y, _ = columns(sample, values, None)
    p = np.atleast_1d(np.asarray(shares, dtype=np.float64))
    if y.shape[1] != 1 or np.any((p <= 0) | (p >= 1)):
        raise StatisticsError("quantiles are of one column, at shares between 0 and 1")
    found = inverse(y[:, 0], sample.weights, p)
    t = multiplier(level, degrees_of_freedom(sample))
    below = mean(sample, (y <= found).astype(np.float64))
    low, high = below.value - t * below.standard_error, below.value + t * below.standard_error
    lower = np.where(low < 0, np.nan, inverse(y[:, 0], sample.weights, np.maximum(low, 0)))
    upper = np.where(high > 1, np.nan, inverse(y[:, 0], sample.weights, np.minimum(high, 1)))
    reasons = tuple(BEYOND if np.isnan(low + high) else "" for low, high in zip(lower, upper, strict=True))
    method = "inverse of the distribution, Woodruff"
    return Quantiles(found, lower, upper, (upper - lower) / (2 * t), level, method, reasons)


def inverse(values: Floats, weights: Floats, shares: Floats) -> Floats:
    """Smallest value whose cumulated share reaches each share, but for rounding."""
    order = np.argsort(values[weights > 0], kind="stable")
    sorted_values, w = values[weights > 0][order], weights[weights > 0][order]
    reached = np.cumsum(w) / w.sum()
    at = np.searchsorted(reached, shares - 1e-12, side="left")
    return np.asarray(sorted_values[np.minimum(at, reached.size - 1)])


def over(sample: Design, y: Floats, x: Floats, inside: Domain, method: str) -> Estimate:
    """Ratio of totals of y and x in a domain, with the scores w (y - r x) / X."""
    w = np.where(inside, sample.weights, 0.0)[:, None]
    below = (w * x).sum(axis=0)
    if np.any(below == 0):
        raise StatisticsError("the domain holds no item with a weight, or its denominator adds up to 0: no ratio there")
    found = (w * y).sum(axis=0) / below
    scores = w * np.where(inside[:, None], y - found * x, 0.0) / below
    return finished(sample, found, scores, inside, method)


def finished(sample: Design, value: Floats, scores: Floats, inside: Domain, method: str) -> Estimate:
    """An estimate with its variance and what is to be said about it."""
    covariance = variance(sample, scores, inside)
    used = inside & (sample.weights != 0)
    n, degrees = int(used.sum()), degrees_of_freedom(sample, inside)
    return Estimate(value, covariance, n, degrees, method, (*sample.notes, *said(n, degrees)))


def said(n: int, degrees: int) -> tuple[str, ...]:
    """Reasons that follow from how little there is."""
    if n == 1:
        return ("one item: nothing tells how such items differ",)
    if degrees == 0:
        return ("every stratum has one unit here: no degrees of freedom",)
    return ()


def columns(sample: Design, values: ArrayLike, domain: ArrayLike | None) -> tuple[Floats, Domain]:
    """Values as columns, and the domain; StatisticsError: another length, or a missing value inside the domain."""
    y = np.asarray(values, dtype=np.float64)
    y = y[:, None] if y.ndim == 1 else y
    size = sample.weights.size
    inside = np.ones(size, dtype=bool) if domain is None else np.asarray(domain)
    if y.shape[0] != size or inside.shape != (size,):
        raise StatisticsError(
            f"{y.shape[0]} values, {inside.size} items of a domain, {size} in the design: one an item"
        )
    if inside.dtype != bool:
        raise StatisticsError("a domain says of each item whether it belongs to it: give true and false")
    missing = ~np.isfinite(y) & inside[:, None]
    if missing.any():
        at = int(np.flatnonzero(missing.any(axis=1))[0])
        raise StatisticsError(
            f"value of item {at} is missing: a missing value is not a zero; give a domain without the missing ones"
        )
    return np.where(np.isfinite(y), y, 0.0), inside
