"""The cube method: samples that are balanced on several variables at once, with given inclusion probabilities.

Deville and Tillé (2004), Biometrika 91, 893-912; the fast flight phase is that of Chauvet and Tillé (2006), Computational
Statistics 21, 53-62, run on many blocks of the population at once and then on what they leave.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from zhiheng.stats.designs import Floats, Whole, _probabilities

EPSILON = 1e-9  # a probability this near to 0 or 1 has arrived
RANK = 1e-8  # a singular value below this share of the largest is none
UNITS_A_BLOCK = 64
Uniforms = Callable[[int], Floats]


def cube(p: ArrayLike, balance: ArrayLike, uniforms: Uniforms) -> Whole:
    """The places drawn, ascending: flight, then landing by leaving out variables from the last to the first.

    `balance` is N x q: the Horvitz-Thompson totals of its columns are kept. Give p itself as the first column for a fixed size,
    then what matters most. `uniforms(k)` gives the next k uniform numbers.
    """
    q, scaled = _scaled(p, balance)
    for columns in range(scaled.shape[1], 0, -1):
        q = _flown(q, scaled[:, :columns], uniforms)
    return np.flatnonzero(_independent(q, uniforms) > 0.5).astype(np.int64)


def flight(p: ArrayLike, balance: ArrayLike, uniforms: Uniforms) -> Floats:
    """Probabilities moved to 0 or 1 at random until at most q are left between, every balance total kept.

    N x q totals sum(x_i / p_i x drawn_i) stay at sum(x_i) exactly but for rounding. Blocks of the population are gone through
    side by side, each balanced within itself, then what is left of them together.
    """
    return _flown(*_scaled(p, balance), uniforms)


def _scaled(p: ArrayLike, balance: ArrayLike) -> tuple[Floats, Floats]:
    """The probabilities, and each variable over the probability that the unit had at the start."""
    q = _probabilities(p)
    x = np.asarray(balance, dtype=np.float64).reshape(q.size, -1)
    return q, np.divide(x, q[:, None], out=np.zeros_like(x), where=q[:, None] > 0)


def _flown(p: Floats, scaled: Floats, uniforms: Uniforms) -> Floats:
    now = p.copy()
    while True:
        left = _between(now)
        blocks = max(1, left.size // max(UNITS_A_BLOCK, 4 * (scaled.shape[1] + 1)))
        _flights(now, scaled, np.array_split(left, blocks), uniforms)
        if blocks == 1:
            return now


def _flights(now: Floats, scaled: Floats, blocks: list[Whole], uniforms: Uniforms) -> None:
    """Flight of every block side by side; `now` is changed in place."""
    width = scaled.shape[1] + 1
    queue = np.full((len(blocks), max(block.size for block in blocks) + width), -1)
    for place, block in enumerate(blocks):
        queue[place, : block.size] = block
    held, following = queue[:, :width].copy(), np.full(len(blocks), width)
    while np.all(held >= 0, axis=1).any():
        full = np.flatnonzero(np.all(held >= 0, axis=1))
        units = held[full]
        now[units] = _moved(now[units], scaled[units], uniforms(full.size))
        arrived = (now[units] <= 0) | (now[units] >= 1)
        rows, columns = np.nonzero(arrived)
        # the k-th unit that arrived in a row is replaced by the k-th that waits
        order = np.cumsum(arrived, axis=1)[rows, columns] - 1
        waiting = np.minimum(following[full[rows]] + order, queue.shape[1] - 1)
        held[full[rows], columns] = queue[full[rows], waiting]
        following[full] += arrived.sum(axis=1)
    for row in held:
        _last(now, scaled, row[row >= 0], uniforms)


def _last(now: Floats, scaled: Floats, units: Whole, uniforms: Uniforms) -> None:
    """Go on with fewer units than variables as long as their columns leave a direction free."""
    while units.size:
        _, values, directions = np.linalg.svd(scaled[units].T, full_matrices=True)
        rank = int((values > RANK * values.max(initial=0.0)).sum())
        if rank == units.size:
            return
        now[units] = _along(now[units][None], directions[-1][None], uniforms(1))[0]
        units = units[(now[units] > 0) & (now[units] < 1)]


def _moved(p: Floats, scaled: Floats, uniforms: Floats) -> Floats:
    """One step of each of k blocks, k x (q + 1), along a direction that keeps all q totals."""
    # the last column of a complete QR factor is orthogonal to all columns, whatever their rank
    direction = np.linalg.qr(scaled, mode="complete")[0][:, :, -1]
    return _along(p, direction, uniforms)


def _along(p: Floats, direction: Floats, uniforms: Floats) -> Floats:
    """From p forward or back to the wall of the cube, with the chances that keep the expectation."""
    v = np.where(np.abs(direction) > 1e-12 * np.abs(direction).max(axis=1, keepdims=True), direction, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        forward = np.min(np.where(v > 0, (1 - p) / v, np.where(v < 0, -p / v, np.inf)), axis=1)
        back = np.min(np.where(v > 0, p / v, np.where(v < 0, (p - 1) / v, np.inf)), axis=1)
    step = np.where(uniforms * (forward + back) < back, forward, -back)
    moved = p + step[:, None] * v
    moved[moved < EPSILON] = 0.0
    moved[moved > 1 - EPSILON] = 1.0
    return np.asarray(moved)


def _independent(p: Floats, uniforms: Uniforms) -> Floats:
    """The last units, without any balance: each by its own chance."""
    left = _between(p)
    now = p.copy()
    if left.size:
        now[left] = (uniforms(left.size) < now[left]).astype(np.float64)
    return now


def _between(p: Floats) -> Whole:
    return np.flatnonzero((p > 0) & (p < 1)).astype(np.int64)
