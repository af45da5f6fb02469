"""Finding a single plan by attributes from the qualities and risks that it is to keep."""

import numpy as np

from zhiheng.errors import StatisticsError
from zhiheng.stats.acceptance import Model, Stages, lot_items, operating, single

LARGEST_NUMBER = 10_000


def smallest_single(
    good: float, bad: float, *, producers_risk: float, consumers_risk: float, model: Model, lot: int | None = None
) -> Stages:
    """The single plan of smallest n that keeps both risks: refuses `good` and accepts `bad` no more often than stated.

    StatisticsError: the qualities are not in order, or no plan keeps both risks (they are too near one another, or
    the lot is too small).

    >>> smallest_single(0.01, 0.1, producers_risk=0.05, consumers_risk=0.1, model="binomial")
    Stages(sizes=(52,), accept=(2,), reject=(3,))
    """
    _check(good, bad, producers_risk, consumers_risk)
    points = np.array([good, bad])
    if model == "hypergeometric":
        lot_items(points, single(1, 0), lot)
    for number in range(LARGEST_NUMBER):
        size = _least_size(bad, number, consumers_risk, model=model, lot=lot)
        if size is None:
            break
        if operating(good, single(size, number), model=model, lot=lot).accepted[0] >= 1 - producers_risk:
            return single(size, number)
    raise StatisticsError(
        f"no single plan refuses {good:g} with at most {producers_risk:g} and accepts {bad:g} with at most "
        f"{consumers_risk:g}{'' if lot is None else f' in a lot of {lot}'}: set the two qualities further apart"
    )


def zero_acceptance_size(bad: float, *, consumers_risk: float, model: Model, lot: int | None = None) -> int:
    """The smallest sample that, with acceptance number 0, accepts quality `bad` with at most this risk.

    >>> zero_acceptance_size(0.05, consumers_risk=0.1, model="binomial")
    45
    """
    _check(0.0, bad, 0.5, consumers_risk)
    size = _least_size(bad, 0, consumers_risk, model=model, lot=lot)
    if size is None:
        raise StatisticsError(
            f"a lot of {lot} holds no item of quality {bad:g}: every sample accepts it; name a worse quality"
        )
    return size


def _least_size(bad: float, number: int, risk: float, *, model: Model, lot: int | None) -> int | None:
    """The smallest n that accepts `bad` with at most `risk`; none where even the whole lot would not."""

    def passes(size: int) -> bool:
        return bool(operating(bad, single(size, number), model=model, lot=lot).accepted[0] <= risk)

    low, high = number, number + 1
    while not passes(high):
        if lot is not None and high >= lot:
            return None
        low, high = high, 2 * high if lot is None else min(2 * high, lot)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(middle) else (middle, high)
    return high


def _check(good: float, bad: float, producers_risk: float, consumers_risk: float) -> None:
    if not 0 <= good < bad:
        raise StatisticsError(f"the good quality {good:g} is not below the bad one {bad:g}")
    if not (0 < producers_risk < 1 and 0 < consumers_risk < 1 and producers_risk + consumers_risk < 1):
        raise StatisticsError(f"risks of {producers_risk:g} and {consumers_risk:g} are not between 0 and 1 together")
