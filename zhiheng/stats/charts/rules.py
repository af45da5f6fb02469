"""Run rules: patterns inside the limits that chance seldom makes."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration.results import Bools, Floats, series

# rule: (points needed, points looked at, deviations that they must exceed on one side)
ZONES = {1: (1, 1, 3.0), 2: (9, 9, 0.0), 5: (2, 3, 2.0), 6: (4, 5, 1.0)}
WESTERN_ELECTRIC = {1: (1, 1, 3.0), 2: (2, 3, 2.0), 3: (4, 5, 1.0), 4: (8, 8, 0.0)}


def western_electric(standardised: ArrayLike) -> Bools:
    """Four rules, (4, …, points): true at the last point of each pattern (Western Electric 1956; Montgomery, 5.3).

    One beyond 3; two of three beyond 2 on one side; four of five beyond 1 on one side; eight on one side of the centre.
    Values are distances from the centre line in deviations, time on the last axis. A missing point ends every pattern.

    >>> western_electric([0.1, 2.5, 0.3, 2.2])[1].tolist()
    [False, False, False, True]
    """
    z = series(standardised)
    return np.stack([_zone(z, *rule) for rule in WESTERN_ELECTRIC.values()])


def nelson(standardised: ArrayLike) -> Bools:
    """Eight rules, (8, …, points), as Nelson (1984, Journal of Quality Technology 16, 237-239); a missing point ends a pattern.

    1 one beyond 3; 2 nine on one side; 3 six steadily rising or falling; 4 fourteen alternating; 5 two of three beyond 2 on one
    side; 6 four of five beyond 1 on one side; 7 fifteen within 1; 8 eight in a row beyond 1, on either side.
    """
    z = series(standardised)
    step = np.diff(z, axis=-1)
    turn = np.sign(step[..., 1:]) * np.sign(step[..., :-1])
    with np.errstate(invalid="ignore"):
        found = [
            _zone(z, *ZONES[1]),
            _zone(z, *ZONES[2]),
            _all(step > 0, 5, z.shape[-1]) | _all(step < 0, 5, z.shape[-1]),
            _all(turn < 0, 12, z.shape[-1]),
            _zone(z, *ZONES[5]),
            _zone(z, *ZONES[6]),
            _all(np.abs(z) < 1, 15, z.shape[-1]),
            _all(np.abs(z) > 1, 8, z.shape[-1]),
        ]
    return np.stack(found)


def run_length(standardised: ArrayLike, length: int) -> Bools:
    """Whether this point and the `length` - 1 before it lie on one side of the centre."""
    if length < 2:
        raise StatisticsError(f"a run of {length} is none: give 2 or more")
    return _zone(series(standardised), length, length, 0.0)


def _zone(z: Floats, needed: int, looked: int, beyond: float) -> Bools:
    """`needed` of the last `looked` points beyond a line on one side, the present one among them."""
    found = np.zeros(z.shape, dtype=bool)
    whole = np.concatenate([np.zeros((*z.shape[:-1], looked - 1)), z], axis=-1)
    gap = sliding_window_view(np.isnan(whole), looked, axis=-1)
    unbroken = ~np.logical_or.accumulate(gap[..., ::-1], axis=-1)[..., ::-1]
    for sign in (1, -1):
        with np.errstate(invalid="ignore"):
            over = sign * whole > beyond
        near = sliding_window_view(over, looked, axis=-1)
        found |= ((near & unbroken).sum(axis=-1) >= needed) & near[..., -1]
    return found


def _all(condition: Bools, run: int, length: int) -> Bools:
    """Whether the last `run` elements of a condition hold, placed at the last point of the series' axis."""
    found = np.zeros((*condition.shape[:-1], length), dtype=bool)
    if condition.shape[-1] >= run:
        held = sliding_window_view(condition, run, axis=-1).all(axis=-1)
        found[..., length - held.shape[-1] :] = held
    return found
