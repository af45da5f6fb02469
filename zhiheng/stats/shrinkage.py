"""Rates of many small groups, drawn towards what all of them show: beta-binomial empirical Bayes.

A firm inspected twice and found at fault once is not a firm with half its goods at fault. Each group's rate is taken
as a draw from one beta distribution, which the groups themselves estimate; the posterior is the fair order for
proposing the next inspections.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BetaPrior:
    """Beta distribution of the groups' rates: alpha = mean x concentration, beta = (1 - mean) x concentration.

    Concentration is the number of items the prior counts for; infinite: the groups differ by chance alone.
    """

    mean: float
    concentration: float
    groups: int
    method: str


@dataclass(frozen=True)
class Posterior:
    """Rate of each group given its own items and the prior, with equal-tailed credible limits."""

    mean: Floats
    lower: Floats
    upper: Floats
    level: float
    n: Floats


def prior_by_moments(successes: ArrayLike, trials: ArrayLike) -> BetaPrior:
    """Prior by Kleinman's moments with weights n (Kleinman 1973, J. Am. Stat. Assoc. 68, 46-54).

    `successes` out of `trials`, one element a group; groups without trials or with a missing count say nothing and
    are left out. Scatter no greater than chance gives an infinite concentration. StatisticsError: fewer than two
    groups, no group with two items, or rates too scattered for any beta distribution.

    >>> prior = prior_by_moments([0, 3, 1, 8], [10, 12, 9, 11])
    >>> round(prior.mean, 3), round(prior.concentration, 2)
    (0.286, 1.2)
    """
    y, n = _groups(successes, trials)
    mean = float(y.sum() / n.sum())
    left_over = 1 - n / n.sum()
    chance, span = float(left_over.sum()), float((n * left_over).sum())
    scatter = float((n * (y / n - mean) ** 2).sum())
    if scatter <= mean * (1 - mean) * chance:
        return BetaPrior(mean, np.inf, y.size, "moments")
    correlation = (scatter / (mean * (1 - mean)) - chance) / (span - chance)
    if correlation >= 1:
        raise StatisticsError(
            f"rates of {y.size} groups scatter more than any beta distribution allows, some failing wholly and others not at all: "
            "take more groups, or larger ones (or, of whole counts, prior_by_likelihood)"
        )
    return BetaPrior(mean, 1 / correlation - 1, y.size, "moments")


def prior_by_likelihood(successes: ArrayLike, trials: ArrayLike) -> BetaPrior:
    """Prior by maximum marginal likelihood, the beta-binomial written as Griffiths (1973, Biometrics 29, 637-648).

    Arguments, left-out groups and infinite concentration as in `prior_by_moments`; counts must be whole. The cost grows
    with the largest trials, not with the groups. StatisticsError: also when every rate is 0 or 1.

    >>> prior = prior_by_likelihood([0, 3, 1, 8], [10, 12, 9, 11])
    >>> round(prior.mean, 3), round(prior.concentration, 2)
    (0.274, 2.46)
    """
    y, n = _groups(successes, trials)
    if np.any(y != np.floor(y)) or np.any(n != np.floor(n)):
        raise StatisticsError("a likelihood needs whole counts: for effective counts use prior_by_moments")
    mean = float(y.sum() / n.sum())
    if mean in (0.0, 1.0):
        return BetaPrior(mean, np.inf, y.size, "likelihood")
    if np.all((y == 0) | (y == n)):
        raise StatisticsError(f"rates of {y.size} groups are all 0 or 1: no beta distribution has that as its best fit")
    rate, theta, gain = _maximum(mean, _tails(y, n))
    if gain <= 1e-9:  # no better than one common rate, within the rounding of the two sums compared
        return BetaPrior(mean, np.inf, y.size, "likelihood")
    return BetaPrior(rate, 1 / theta, y.size, "likelihood")


def posterior(prior: BetaPrior, successes: ArrayLike, trials: ArrayLike, *, level: float) -> Posterior:
    """Posterior rate of each group, (alpha + y) / (alpha + beta + n), with limits (Gelman et al., BDA 3rd ed., 2.4).

    Arguments broadcast; a group without trials gets the prior itself, a missing count (NaN) gives NaN. The limits
    take the prior as known, so they are somewhat short when there are few groups.

    >>> found = posterior(BetaPrior(0.14, 10, 70, "given"), [4], [14], level=0.95)
    >>> round(float(found.mean[0]), 3), round(float(found.lower[0]), 3), round(float(found.upper[0]), 3)
    (0.225, 0.085, 0.408)
    """
    if not 0 < level < 1:
        raise StatisticsError(f"level {level:g} is not a credible level: give a share between 0 and 1, such as 0.95")
    y, n = _counts(successes, trials)
    if prior.concentration == np.inf:
        common = np.where(np.isnan(n), np.nan, prior.mean)
        return Posterior(common, common, common, level, n)
    a, b = _parameters(prior, y, n)
    tail = (1 - level) / 2
    limits = (special.betaincinv(a, b, tail), special.betainccinv(a, b, tail))
    return Posterior(a / (a + b), np.asarray(limits[0]), np.asarray(limits[1]), level, n)


def probability_above(prior: BetaPrior, successes: ArrayLike, trials: ArrayLike, *, rate: ArrayLike) -> Floats:
    """Posterior probability that a group's rate is above `rate`: the order in which to propose inspections.

    Arguments broadcast; a group without trials gets the prior's probability, a missing count (NaN) gives NaN.

    >>> prior = BetaPrior(0.1, 20, 50, "given")
    >>> probability_above(prior, [1, 10, 0], [2, 40, 0], rate=0.2).round(3).tolist()
    [0.179, 0.474, 0.083]
    """
    threshold = np.asarray(rate, dtype=np.float64)
    if np.any((threshold < 0) | (threshold > 1)):
        raise StatisticsError("a rate lies between 0 and 1: give 0.05 for five in a hundred")
    y, n = _counts(successes, trials)
    if prior.concentration == np.inf:
        return np.where(np.isnan(n) | np.isnan(threshold), np.nan, np.where(prior.mean > threshold, 1.0, 0.0))
    return np.asarray(special.betaincc(*_parameters(prior, y, n), threshold), dtype=np.float64)


def _parameters(prior: BetaPrior, y: Floats, n: Floats) -> tuple[Floats, Floats]:
    if not (0 < prior.mean < 1 and prior.concentration > 0):
        raise StatisticsError(
            f"a prior of mean {prior.mean:g} and concentration {prior.concentration:g} is no beta distribution: "
            "the mean lies between 0 and 1, the concentration above 0"
        )
    return prior.mean * prior.concentration + y, (1 - prior.mean) * prior.concentration + (n - y)


def _maximum(start: float, tails: tuple[Floats, Floats, Floats]) -> tuple[float, float, float]:
    """Best rate, best theta = 1/concentration, and the log-likelihood gained over one common rate."""

    def cost(at: Floats) -> tuple[float, Floats]:
        value, slope = _likelihood(float(special.expit(at[0])), float(np.exp(at[1])), tails)
        rate = float(special.expit(at[0]))
        return -value / scale, -slope * np.array([rate * (1 - rate), np.exp(at[1])]) / scale

    scale = float(tails[2][0])
    box = [(-30.0, 30.0), (-30.0, 15.0)]
    options = {"ftol": 1e-15, "gtol": 1e-11, "maxiter": 500}
    starts = [(special.logit(start), log_theta) for log_theta in (-6.0, -2.0, 1.0)]  # there may be a second, lower top
    fits = [optimize.minimize(cost, at, jac=True, method="L-BFGS-B", bounds=box, options=options) for at in starts]
    best = min(fits, key=lambda fit: float(fit.fun))
    gain = -float(best.fun) * scale - _likelihood(start, 0.0, tails)[0]
    return float(special.expit(best.x[0])), float(np.exp(best.x[1])), gain


def _likelihood(rate: float, theta: float, tails: tuple[Floats, Floats, Floats]) -> tuple[float, Floats]:
    """Log-likelihood without its constant, and its slopes by rate and theta; exact at theta = 0, the binomial."""
    found, sound, all_items = tails
    steps = np.arange(all_items.size, dtype=np.float64)
    up, down, total = (rate + steps * theta, 1 - rate + steps * theta, 1 + steps * theta)
    value = float(found @ np.log(up) + sound @ np.log(down) - all_items @ np.log(total))
    by_rate = float((found / up).sum() - (sound / down).sum())
    by_theta = float((steps * (found / up + sound / down - all_items / total)).sum())
    return value, np.array([by_rate, by_theta])


def _tails(y: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """How many groups have more than 0, 1, 2, ... items found at fault, found sound, and altogether."""
    steps = np.arange(int(n.max()))
    found, sound, all_items = (y.size - np.searchsorted(np.sort(x), steps, side="right") for x in (y, n - y, n))
    return found.astype(np.float64), sound.astype(np.float64), all_items.astype(np.float64)


def _groups(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    y, n = _counts(successes, trials)
    speaks = n > 0
    y, n = y[speaks], n[speaks]
    if y.size < 2 or n.max() < 2:
        raise StatisticsError(
            f"{y.size} groups with items, the largest of {n.max(initial=0):g}: "
            "it takes two groups, one with two items, to tell groups apart from chance"
        )
    return y, n


def _counts(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    y, n = np.broadcast_arrays(np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64))
    if np.any((y < 0) | (n < 0) | (y > n) | np.isinf(n)):
        raise StatisticsError("successes must lie between 0 and the trials: check which column is which")
    missing = np.isnan(y) | np.isnan(n)
    return np.where(missing, np.nan, y), np.where(missing, np.nan, n)
