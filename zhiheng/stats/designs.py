"""Sampling designs on arrays: which units are drawn, given probabilities and uniform numbers that the caller supplies.

Nothing here makes a random number: a design is a function of its uniforms, so that a draw can be computed again.
All designs are without replacement; those with a size `n` have exactly that size.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
SLACK = 1e-9  # a sum of probabilities may miss a whole number by rounding, never by more


def inclusion_probabilities(sizes: ArrayLike, n: int) -> Floats:
    """Probabilities in proportion to size that add up to `n`; a unit that would pass 1 is taken with certainty.

    Särndal, Swensson, Wretman (1992), Model Assisted Survey Sampling, section 3.6.2: the certainty units are set to 1
    and the rest is shared among the others, again and again. A size of 0 gives 0.
    StatisticsError: a size is negative or not finite; fewer sizes above 0 than `n`.

    >>> inclusion_probabilities([1, 1, 2, 16], 2).round(3).tolist()
    [0.25, 0.25, 0.5, 1.0]
    """
    x = _sizes(sizes)
    positive = int((x > 0).sum())
    if not 0 <= n <= positive:
        raise StatisticsError(
            f"{n} units cannot be drawn from {positive} with a size above 0: draw fewer, or give sizes"
        )
    p = np.zeros_like(x)
    free = x > 0
    while True:
        left = n - int((~free & (x > 0)).sum())
        total = x[free].sum()
        p[free] = left * x[free] / total if left else 0.0
        over = free & (p >= 1)
        if not over.any():
            return p
        p[over], free = 1.0, free & ~over


def allocate(weights: ArrayLike, n: int, *, least: ArrayLike = 0, most: ArrayLike = np.inf) -> Whole:
    """Whole numbers that add up to `n`, in proportion to weights, within bounds: largest remainders, ties to the first.

    A share beyond a bound is set to it and the rest is shared again among the others (first those below, then those
    above), as in inclusion_probabilities. StatisticsError: the bounds leave no room for `n`.

    >>> allocate([50, 30, 20], 7, least=1).tolist()
    [4, 2, 1]
    """
    w = _sizes(weights)
    low = np.broadcast_to(np.asarray(least, dtype=np.float64), w.shape)
    high = np.broadcast_to(np.asarray(most, dtype=np.float64), w.shape)
    if low.sum() > n or high.sum() < n or np.any(low > high):
        raise StatisticsError(
            f"{n} cannot be shared among {w.size} strata: their least numbers add up to {low.sum():g}, "
            f"their largest to {high.sum():g}; change the number or the bounds"
        )
    exact = _between(w, float(n), low, high)
    whole = np.floor(exact + SLACK)
    rest = n - int(whole.sum())
    order = np.argsort(-(exact - whole) + np.where(whole < high, 0.0, np.inf), kind="stable")
    whole[order[:rest]] += 1
    return whole.astype(np.int64)


def simple(keys: ArrayLike, n: int) -> Whole:
    """Simple random sampling: the places of the `n` smallest keys, ascending; of equal keys the earlier.

    Keys are uniform numbers or random whole numbers (Sunter 1977, Applied Statistics 26, 261-268: random sort).

    >>> simple([0.7, 0.1, 0.9, 0.3], 2).tolist()
    [1, 3]
    """
    k = np.asarray(keys)
    if not 0 <= n <= k.size:
        raise StatisticsError(f"{n} units cannot be drawn from {k.size}")
    if n in (0, k.size):
        return np.arange(n, dtype=np.int64)
    bound = np.partition(k, n - 1)[n - 1]
    below = np.flatnonzero(k < bound)
    return np.sort(np.concatenate([below, np.flatnonzero(k == bound)[: n - below.size]])).astype(np.int64)


def stratified(keys: ArrayLike, strata: ArrayLike, n: ArrayLike) -> Whole:
    """Simple random sampling within strata: `strata` are codes 0 to H - 1, `n` the H sample sizes.

    StatisticsError: a stratum has fewer units than its sample size.

    >>> stratified([0.7, 0.1, 0.9, 0.3], [0, 0, 1, 1], [1, 1]).tolist()
    [1, 3]
    """
    k, codes, wanted = np.asarray(keys), np.asarray(strata), np.asarray(n, dtype=np.int64)
    held = np.bincount(codes, minlength=wanted.size)
    if held.size != wanted.size or np.any(wanted > held) or np.any(wanted < 0):
        at = int(np.flatnonzero(wanted > held[: wanted.size])[0]) if np.any(wanted > held[: wanted.size]) else -1
        raise StatisticsError(
            f"stratum {at}: {wanted[at]} units cannot be drawn from {held[at]}"
            if at >= 0
            else f"{held.size} strata among the units, {wanted.size} sample sizes: give one size a stratum"
        )
    order = np.lexsort((k, codes))
    rank = np.arange(k.size) - np.repeat(np.cumsum(held) - held, held)
    return np.sort(order[rank < np.repeat(wanted, held)]).astype(np.int64)


def systematic(p: ArrayLike, start: float) -> Whole:
    """Systematic sampling with unequal probabilities: the units in which start, start + 1, … fall, sizes laid end to end.

    Madow (1949), Ann. Math. Stat. 20, 333-354. `start` is uniform on [0, 1). The order of the units is the caller's:
    as listed (implicit stratification), or shuffled first (random systematic). Where the probabilities add up to a
    whole number, that is the size.

    >>> systematic([0.2, 0.7, 0.8, 0.5, 0.4, 0.4], 0.3).tolist()
    [1, 2, 4]
    """
    q = _probabilities(p)
    total = _settled(np.cumsum(q))
    before = np.concatenate([[0.0], total[:-1]])
    return np.flatnonzero(np.ceil(total - start) > np.ceil(before - start)).astype(np.int64)


def systematic_joint(p: ArrayLike) -> Floats:
    """Joint inclusion probabilities of systematic sampling in the given order, exactly: N x N, π_i on the diagonal.

    The sample changes only where the start passes the fraction of a cumulated probability (Connor 1966, JASA 61, 384-390).
    """
    q = _probabilities(p)
    total = _settled(np.cumsum(q))
    # ends that differ by rounding alone are one end
    ends = np.unique(np.concatenate([[0.0, 1.0], np.round(total % 1.0, 12)]))
    length = np.diff(ends)
    drawn = np.zeros((length.size, q.size))
    for place, middle in enumerate((ends[1:] + ends[:-1]) / 2):
        drawn[place, systematic(q, float(middle))] = 1.0
    return np.asarray(drawn.T @ (length[:, None] * drawn))


def pareto(p: ArrayLike, uniforms: ArrayLike) -> Whole:
    """Pareto sampling: the n smallest of u / (1 - u) x (1 - p) / p, where n is the sum of the target probabilities.

    Rosén (1997), J. Statist. Plann. Inference 62, 159-191. The true inclusion probabilities differ a little from the
    targets (less than 1 in 100 where the variance sum of p(1 - p) is above 1). Certainty units are always drawn.
    StatisticsError: the targets do not add up to a whole number.

    >>> pareto([0.5, 0.5, 1.0], [0.9, 0.2, 0.8]).tolist()
    [1, 2]
    """
    q, u = _probabilities(p), np.asarray(uniforms, dtype=np.float64)
    n = _size(q)
    with np.errstate(divide="ignore"):
        ranking = np.where(q > 0, u / (1 - u) * ((1 - q) / q), np.inf)
    ranking[q >= 1] = -1.0
    return simple(ranking, n)


def simple_joint(population: int, n: int) -> Floats:
    """Joint inclusion probabilities of simple random sampling: n (n - 1) / (N (N - 1)) off the diagonal, n / N on it."""
    pair = n * (n - 1) / (population * (population - 1)) if population > 1 else 0.0
    return np.full((population, population), pair) + np.eye(population) * (n / population - pair)


def _between(weights: Floats, total: float, low: Floats, high: Floats) -> Floats:
    """Shares of the total in proportion to weights, held within bounds."""
    exact, free = np.zeros_like(weights), np.ones(weights.size, dtype=bool)
    while free.any():
        left = total - exact[~free].sum()
        held = weights[free].sum()
        exact[free] = weights[free] * left / held if held > 0 else left / free.sum()
        below, above = free & (exact < low), free & (exact > high)
        # the side that moves more decides, so that nothing is fixed that the other side would have freed
        if (low - exact)[below].sum() >= (exact - high)[above].sum() and below.any():
            exact[below], free = low[below], free & ~below
        elif above.any():
            exact[above], free = high[above], free & ~above
        else:
            break
    return exact


def _settled(total: Floats) -> Floats:
    near = np.round(total)
    return np.where(np.abs(total - near) < SLACK, near, total)


def _size(p: Floats) -> int:
    n = round(float(p.sum()))
    if abs(p.sum() - n) > SLACK * max(1, p.size):
        raise StatisticsError(
            f"the probabilities add up to {p.sum():.9g}, not to a whole number: make them with inclusion_probabilities"
        )
    return n


def _sizes(sizes: ArrayLike) -> Floats:
    x = np.asarray(sizes, dtype=np.float64)
    wrong = ~np.isfinite(x) | (x < 0)
    if np.any(wrong):
        at = int(np.flatnonzero(wrong)[0])
        raise StatisticsError(f"{x[at]:g} at position {at} is not a size: give a finite number, 0 or more")
    return x


def _probabilities(p: ArrayLike) -> Floats:
    q = np.asarray(p, dtype=np.float64)
    wrong = ~((q >= 0) & (q <= 1))
    if np.any(wrong):
        at = int(np.flatnonzero(wrong)[0])
        raise StatisticsError(f"{q[at]:g} at position {at} is not a probability: it lies between 0 and 1")
    return q
