"""Intervals for a proportion under a design; each agrees with the method of that name of `svyciprop` in R survey."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from zhiheng.errors import StatisticsError
from zhiheng.stats.intervals import clopper_pearson
from zhiheng.stats.survey.design import Design, Floats
from zhiheng.stats.survey.estimates import columns, mean, multiplier
from zhiheng.stats.survey.likelihood import fit, profiled, wald

Method = Literal["logit", "xlogit", "likelihood", "asin", "beta", "mean", "wilson"]
METHODS = ("logit", "xlogit", "likelihood", "asin", "beta", "mean", "wilson")
DEGENERATE = "every item of the cell is alike: the exact interval of the items, as if drawn singly"
FEW = "no degrees of freedom: the exact interval of the items, as if drawn singly"
FIXED = "the variance is exactly 0: the stratum was taken whole, or units are alike; limits as if drawn singly"
TWO = "two items: their likelihood has no limits; the exact interval of the items, as if drawn singly"


@dataclass(frozen=True)
class Proportion:
    """A proportion with limits; `reasons` say what limits the figure."""

    value: float
    lower: float
    upper: float
    variance: float
    level: float
    n: int
    degrees: float
    method: str
    reasons: tuple[str, ...] = ()


def proportion(
    sample: Design,
    values: ArrayLike,
    *,
    domain: ArrayLike | None = None,
    method: Method = "beta",
    level: float = 0.95,
    degrees: float | None = None,
) -> Proportion:
    """Proportion of ones among zeros and ones, with limits; degrees of freedom are those of the design in the domain.

    'beta': Korn, Graubard (1998), Survey Methodology 24, 193-201, the effective sample size adjusted by t-quantiles: for small
    proportions, the default. 'logit': Wald limits of a quasi-binomial fit, iterated as in R to a relative change of the
    deviance of 1e-8; 'xlogit': the same by the delta method, without iteration. 'likelihood': where the working
    likelihood falls by the design-based amount (Rao, Scott 1984; Lumley 2010, 2.4), interpolated as R does. 'asin': the
    variance-stabilising transformation. 'mean': the untransformed Wald interval. 'wilson': the score interval at the effective size.
    A cell of zeros or ones alone has no design-based variance: Clopper-Pearson of its items, and a reason that says so.
    StatisticsError: a value other than 0 and 1, an empty domain, an unknown method.

    >>> from zhiheng.stats.survey import design
    >>> found = proportion(design(weights=[3] * 8), [0, 0, 0, 1, 0, 0, 0, 1], method="beta")
    >>> round(found.value, 3), round(found.lower, 3), round(found.upper, 3)
    (0.25, 0.025, 0.679)
    """
    y, inside = columns(sample, values, domain)
    if np.any((y != 0) & (y != 1) & inside[:, None]):
        raise StatisticsError(
            "a proportion is of zeros and ones: give 1 for the items that have the property, 0 for the others"
        )
    found = mean(sample, y, domain=inside)
    p, v = float(found.value[0]), float(found.covariance[0, 0])
    df = float(found.degrees if degrees is None else degrees)
    if method in ("logit", "likelihood") and not unusable(
        p, v, n=found.n, degrees=df, degf=found.degrees, method=method
    ):
        own = fit(sample, y[:, 0], inside)
        t = multiplier(level, df)
        low, high = wald(own, t) if method == "logit" else profiled(own, t)
        return Proportion(own.rate, low, high, v, level, found.n, df, method, found.reasons)
    return of_moments(
        p, v, n=found.n, degrees=df, degf=found.degrees, level=level, method=method, reasons=found.reasons
    )


def of_moments(
    p: float,
    v: float,
    *,
    n: int,
    degrees: float,
    degf: int,
    level: float,
    method: str,
    reasons: tuple[str, ...] = (),
) -> Proportion:
    """Limits from the proportion, its variance, items and degrees of freedom alone."""
    if method not in METHODS:
        raise StatisticsError(f"method {method!r} is not known: give one of {', '.join(METHODS)}")
    if why := unusable(p, v, n=n, degrees=degrees, degf=degf, method=method):
        exact = clopper_pearson(round(p * n) if p in (0.0, 1.0) else p * n, n, level=level)
        low, high = float(exact.lower), float(exact.upper)
        return Proportion(p, low, high, max(v, 0.0), level, n, degrees, "Clopper-Pearson", (*reasons, why))
    low, high = (
        float(end[0]) for end in spread(np.array([p]), np.array([v]), np.array([n]), degrees, degf, level, method)
    )
    return Proportion(p, low, high, v, level, n, degrees, method, reasons)


def unusable(p: float, v: float, *, n: int, degrees: float, degf: int, method: str) -> str:
    """Why a method gives no limits; nothing where it does. The effective size of 'beta' and 'wilson' rests on the design's own degrees."""
    if p in (0.0, 1.0):
        return DEGENERATE
    if degrees > 0 and v <= 0:
        return FIXED
    if not degrees > 0 or n < 2 or (method in ("beta", "wilson") and degf < 1):
        return FEW
    return TWO if method == "likelihood" and n == 2 else ""


def spread(
    p: Floats, v: Floats, n: ArrayLike, degrees: ArrayLike, degf: ArrayLike, level: float, method: str
) -> tuple[Floats, Floats]:
    """Limits by a closed formula, element by element; p strictly between 0 and 1, v above 0.

    A fit of one intercept ends where the rate is p and the variance of its logit v / (p (1 - p))²: from sums 'logit' is that end, which
    is 'xlogit'. R stops a step before, at a relative change of the deviance of 1e-8, and `proportion` with it.
    """
    items, df = np.asarray(n, dtype=np.float64), np.asarray(degrees, dtype=np.float64)
    multiplier(level, np.inf)  # refuses a level that is none
    t = np.where(
        np.isinf(df), special.ndtri(0.5 + level / 2), special.stdtrit(np.where(np.isinf(df), 1, df), 0.5 + level / 2)
    )
    if method == "mean":
        return p - t * np.sqrt(v), p + t * np.sqrt(v)
    if method in ("xlogit", "logit"):
        centre, reach = special.logit(p), t * np.sqrt(v) / (p * (1 - p))
        return special.expit(centre - reach), special.expit(centre + reach)
    if method == "asin":
        centre, reach = np.arcsin(np.sqrt(p)), t * np.sqrt(v) / (2 * np.sqrt(p * (1 - p)))
        return np.sin(centre - reach) ** 2, np.sin(centre + reach) ** 2
    if method not in ("beta", "wilson"):
        raise StatisticsError(
            f"method {method!r} has no closed formula: from aggregates use logit, xlogit, beta, wilson, asin or mean"
        )
    own = np.asarray(degf, dtype=np.float64)
    effective = (
        p * (1 - p) / v * (special.stdtrit(items - 1, 0.5 + level / 2) / special.stdtrit(own, 0.5 + level / 2)) ** 2
    )
    if method == "wilson":
        z = special.ndtri(0.5 + level / 2)
        middle = (p + z * z / (2 * effective)) / (1 + z * z / effective)
        reach = z * np.sqrt(p * (1 - p) / effective + z * z / (4 * effective**2)) / (1 + z * z / effective)
        return middle - reach, middle + reach
    tail, k = (1 - level) / 2, effective * p
    return special.betaincinv(k, effective - k + 1, tail), special.betainccinv(k + 1, effective - k, tail)
