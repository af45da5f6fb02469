"""Checking a declared quality level, as supervision does: may this lot be said not to be what its maker declares?

The principle of ISO 2859-4 and GB/T 2828.4: a correct declaration is contradicted with a risk of no more than 5 %; at the
limiting quality ratio a wrong one goes uncontradicted with a risk of no more than 10 %. Plans are computed from it. The
printed tables of GB/T 2828.4 and of GB/T 2828.11 (small populations) could not be read: nothing here is a cell of them.
"""

from zhiheng.errors import UsageError
from zhiheng.stats import Model, Stages, operating, single, smallest_single


def limiting_plan(n: int, declared: float, *, producers_risk: float, model: Model, lot: int | None = None) -> Stages:
    """The plan of n items whose limiting number contradicts a correct declaration no more often than the risk.

    The acceptance number is the limiting number L: more than L nonconforming items contradict the declaration. A limit
    equal to n contradicts nothing. UsageError: n is not positive or the declared level not between 0 and 1.

    >>> limiting_plan(80, 0.01, producers_risk=0.05, model="binomial")
    Stages(sizes=(80,), accept=(2,), reject=(3,))
    """
    if n < 1 or not 0 <= declared < 1:
        raise UsageError(
            f"n = {n} and a declared level of {declared:g}: n is positive, the level at least 0 and below 1"
        )
    for number in range(n + 1):
        if operating(declared, single(n, number), model=model, lot=lot).accepted[0] >= 1 - producers_risk:
            return single(n, number)
    return single(n, n)


def ratio_plan(
    declared: float,
    ratio: float,
    *,
    producers_risk: float,
    consumers_risk: float,
    model: Model,
    lot: int | None = None,
) -> Stages:
    """The smallest plan that keeps both risks at a declared quality level and at a limiting quality ratio times it.

    UsageError: the ratio is not above 1 or leads beyond everything nonconforming.

    >>> ratio_plan(0.01, 10, producers_risk=0.05, consumers_risk=0.1, model="binomial")
    Stages(sizes=(52,), accept=(2,), reject=(3,))
    """
    if ratio <= 1 or declared * ratio > 1:
        raise UsageError(
            f"a limiting quality ratio of {ratio:g} at {declared:g}: it is above 1, and leads to at most 1"
        )
    return smallest_single(
        declared, declared * ratio, producers_risk=producers_risk, consumers_risk=consumers_risk, model=model, lot=lot
    )
