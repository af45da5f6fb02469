"""From the model of a baseline to a bound for the next count, and how far out in its distribution a count lies."""

import numpy as np
from scipy import special, stats

from zhiheng.stats.aberration.model import Model
from zhiheng.stats.aberration.results import Floats
from zhiheng.stats.aberration.settings import POWERS, Farrington


def bounds(found: Model, count: Floats, settings: Farrington) -> tuple[Floats, Floats]:
    """Upper bound, and the probability of a count as large as the one seen or larger, for each problem."""
    if settings.threshold == "delta":
        return _delta(found, count, settings)
    return _negative_binomial(found, count, settings)


def _delta(found: Model, count: Floats, settings: Farrington) -> tuple[Floats, Floats]:
    """Farrington et al. 1996, 3.4: the count to the power 2/3 is taken as normal, its variance by the delta method.

    One-sided in the flexible form, one half of alpha on either side in the original, as in R.
    """
    power = POWERS[settings.power]
    mean = expectation(found)
    ratio = found.dispersion + mean * found.error**2
    deviation = np.sqrt(power**2 * mean ** (2 * power - 1) * ratio)
    alpha = settings.alpha / 2 if settings.form == "original" else settings.alpha
    upper = (mean**power - special.ndtri(alpha) * deviation) ** (1 / power)
    return upper, special.ndtr((mean**power - count**power) / deviation)


def _negative_binomial(found: Model, count: Floats, settings: Farrington) -> tuple[Floats, Floats]:
    """Noufaily et al. 2013, 3.5: a quantile of the negative binomial with variance phi mu, of Poisson where phi is 1.

    "nbPlugin" takes the expectation as known; "muan" takes its upper confidence bound instead (Salmon et al. 2016, 3.1).
    """
    mean = np.exp(upper_predictor(found, settings))
    spread = found.dispersion > 1
    size = np.divide(mean, found.dispersion - 1, out=np.ones_like(mean), where=spread)
    share = np.where(spread, 1 / found.dispersion, 0.5)
    high = 1 - settings.alpha
    upper = np.where(spread, stats.nbinom.ppf(high, size, share), stats.poisson.ppf(high, mean))
    tail = np.where(spread, stats.nbinom.sf(count - 1, size, share), stats.poisson.sf(count - 1, mean))
    return upper, tail


def expectation(found: Model) -> Floats:
    """Expected count; the inverse link of R does not go below the rounding unit, and where counts vanish that shows."""
    return np.maximum(np.exp(found.predictor), np.finfo(np.float64).eps)


def upper_predictor(found: Model, settings: Farrington) -> Floats:
    """The predictor that a negative binomial threshold rests on: with "muan" its upper confidence bound."""
    if settings.threshold == "nbPlugin":
        return found.predictor
    return np.asarray(found.predictor - special.ndtri(settings.alpha) * found.error)
