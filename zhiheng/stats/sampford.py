"""Sampford sampling: a fixed size, exactly the stated inclusion probabilities, and exact joint probabilities.

Sampford (1967), Biometrika 54, 499-513. A sample s of n units has a probability in proportion to
(sum over s of 1 - p_i) x (product over s of p_i / (1 - p_i)). Instead of rejecting samples with repeated units, the units are
gone through once: each is taken or left with its exact conditional probability, from sums over all samples of the units
that remain. The sums are scaled as probabilities of a Poisson sample, so that nothing overflows.
"""

import numpy as np
from numpy.typing import ArrayLike

from zhiheng.errors import StatisticsError
from zhiheng.stats.designs import Floats, Whole, _probabilities, _size

MOST_CELLS = 100_000_000  # N x n sums of 16 bytes; beyond it Pareto sampling is as good and needs none


def sampford(p: ArrayLike, uniforms: ArrayLike) -> Whole:
    """The places drawn, ascending. `p` adds up to the size n; one uniform number a unit, in the order of the units.

    Units with p = 0 or 1 are left or taken and use no uniform. Only sums, products and quotients are formed, one after the
    other, so that every machine with IEEE 754 arithmetic draws the same. StatisticsError: N x n is too large.

    >>> sampford([0.2, 0.7, 0.8, 0.5, 0.4, 0.4], [0.5] * 6).tolist()
    [1, 2, 5]
    """
    q, u = _probabilities(p), np.asarray(uniforms, dtype=np.float64)
    open_units = np.flatnonzero((q > 0) & (q < 1))
    n = _size(q) - int((q >= 1).sum())
    plain, marked = _remaining(q[open_units], n)
    taken, share = np.flatnonzero(q >= 1).tolist(), 0.0
    for place, unit in enumerate(open_units):
        if n == 0:
            break
        chance = float(q[unit])
        # weight of all completions with the unit, and without it
        with_unit = chance * ((share + 1 - chance) * plain[place + 1, n - 1] + marked[place + 1, n - 1])
        without = (1 - chance) * (share * plain[place + 1, n] + marked[place + 1, n])
        if float(u[unit]) * (with_unit + without) < with_unit:
            taken.append(int(unit))
            share, n = share + (1 - chance), n - 1
    return np.sort(np.asarray(taken, dtype=np.int64))


def sampford_joint(p: ArrayLike) -> Floats:
    """Exact joint inclusion probabilities, N x N with p on the diagonal; N squared times n steps.

    Of p_i p_j/((1 - p_i)(1 - p_j)) times the sums over samples of n - 2 of the other units, those sums by prefix and suffix.
    """
    q = _probabilities(p)
    joint = np.outer(q, q)  # certainty units and units of no chance are independent of all others
    inner = np.flatnonzero((q > 0) & (q < 1))
    n = _size(q) - int((q >= 1).sum())
    r = q[inner]
    weights = np.zeros((r.size, r.size))
    if n >= 2:
        for i in range(r.size):
            weights[i] = _pair_weights(r, i, n)
    # each unit's row adds up to (n - 1) p_i, which fixes the constant
    total = weights.sum()
    if total > 0:
        weights *= (n - 1) * n / total
    joint[np.ix_(inner, inner)] = weights
    joint[np.arange(q.size), np.arange(q.size)] = q
    return joint


def _remaining(p: Floats, n: int) -> tuple[Floats, Floats]:
    """For units k to the end and m still to take: sums over samples, plain and weighted with the sum of 1 - p."""
    if p.size * (n + 1) > MOST_CELLS:
        raise StatisticsError(
            f"Sampford sampling of {n} among {p.size} needs {p.size * (n + 1):,} sums, more than {MOST_CELLS:,}: "
            "divide into strata, or use Pareto sampling"
        )
    plain, marked = np.zeros((p.size + 1, n + 1)), np.zeros((p.size + 1, n + 1))
    plain[-1, 0] = 1.0
    for k in range(p.size - 1, -1, -1):
        plain[k], marked[k] = _joined(plain[k + 1], marked[k + 1], float(p[k]))
    return plain, marked


def _joined(plain: Floats, marked: Floats, chance: float) -> tuple[Floats, Floats]:
    """The sums with one unit more."""
    more_plain, more_marked = (1 - chance) * plain, (1 - chance) * marked
    more_plain[1:] += chance * plain[:-1]
    more_marked[1:] += chance * (marked[:-1] + (1 - chance) * plain[:-1])
    return more_plain, more_marked


def _pair_weights(p: Floats, i: int, n: int) -> Floats:
    """Unscaled joint probabilities of unit i with every other."""
    others = np.delete(p, i)
    after_plain, after_marked = _remaining(others, n - 2)
    plain, marked = np.zeros(n - 1), np.zeros(n - 1)
    plain[0] = 1.0
    found = np.zeros(others.size)
    for j in range(others.size):
        rest_plain = float(plain @ after_plain[j + 1, ::-1])
        rest_marked = float(plain @ after_marked[j + 1, ::-1] + marked @ after_plain[j + 1, ::-1])
        found[j] = p[i] * others[j] * ((2 - p[i] - others[j]) * rest_plain + rest_marked)
        plain, marked = _joined(plain, marked, float(others[j]))
    return np.insert(found, i, 0.0)
