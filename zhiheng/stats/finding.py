"""Finding a single plan by attributes from the qualities and risks that it is to keep."""

import numpy as np
from scipy import special, stats

from zhiheng.errors import StatisticsError
from zhiheng.stats.acceptance import Model, Stages, lot_items, single

LARGEST_NUMBER = 10_000


def smallest_single(
    good: float, bad: float, *, producers_risk: float, consumers_risk: float, model: Model, lot: int | None = None
) -> Stages:
    """The single plan of smallest n that keeps both risks: refuses `good` and accepts `bad` no more often than stated.

    StatisticsError: the qualities are not in order, or too near one another for any plan of a size worth drawing.

    >>> smallest_single(0.01, 0.1, producers_risk=0.05, consumers_risk=0.1, model="binomial")
    Stages(sizes=(52,), accept=(2,), reject=(3,))
    """
    _check(good, bad, producers_risk, consumers_risk)
    points = np.array([good, bad])
    if model == "hypergeometric":
        lot_items(points, single(1, 0), lot)
    # the least sample grows with the acceptance number, so that the first plan that keeps both is the smallest
    for number in range(LARGEST_NUMBER):
        size = _least_size(bad, number, consumers_risk, model=model, lot=lot)
        if _accepted(good, size, number, model=model, lot=lot) >= 1 - producers_risk:
            return single(size, number)
    raise StatisticsError(
        f"no single plan with an acceptance number below {LARGEST_NUMBER} refuses {good:g} with at most "
        f"{producers_risk:g} and accepts {bad:g} with at most {consumers_risk:g}: set the two qualities further apart"
    )


def zero_acceptance_size(bad: float, *, consumers_risk: float, model: Model, lot: int | None = None) -> int:
    """The smallest sample that, with acceptance number 0, accepts quality `bad` with at most this risk.

    >>> zero_acceptance_size(0.05, consumers_risk=0.1, model="binomial")
    45
    """
    _check(0.0, bad, 0.5, consumers_risk)
    if model == "hypergeometric":
        lot_items(np.array([bad]), single(1, 0), lot)
    return _least_size(bad, 0, consumers_risk, model=model, lot=lot)


def _least_size(bad: float, number: int, risk: float, *, model: Model, lot: int | None) -> int:
    """The smallest n that accepts `bad` with at most `risk`; the whole lot where no smaller sample does."""

    def passes(size: int) -> bool:
        return _accepted(bad, size, number, model=model, lot=lot) <= risk

    low, high = number, number + 1
    while not passes(high):
        if lot is not None and high >= lot:
            return lot
        low, high = high, 2 * high if lot is None else min(2 * high, lot)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(middle) else (middle, high)
    return high


def _accepted(quality: float, size: int, number: int, *, model: Model, lot: int | None) -> float:
    if model == "binomial":
        return float(special.bdtr(number, size, quality))
    if model == "poisson":
        return float(special.pdtr(number, size * quality))
    assert lot is not None  # lot_items has asked for it
    return float(stats.hypergeom.cdf(number, lot, round(quality * lot), size))


def _check(good: float, bad: float, producers_risk: float, consumers_risk: float) -> None:
    if not 0 <= good < bad:
        raise StatisticsError(f"the good quality {good:g} is not below the bad one {bad:g}")
    if not (0 < producers_risk < 1 and 0 < consumers_risk < 1 and producers_risk + consumers_risk < 1):
        raise StatisticsError(f"risks of {producers_risk:g} and {consumers_risk:g} are not between 0 and 1 together")
