"""The chance of every target, exactly: whole sizes for the draw, made of a floor that all of a stratum share and of the risk above it.

In a stratum of N targets, with m to draw at random and t by risk, target i has the size s = F + e: F the floor, e its risk in
whole parts of RESOLUTION. With n = m + t drawn in proportion to size, its probability is n s / T, of which n F / T is the same for all: the random
arm, at least m / N of it. Whoever would pass 1 is drawn with certainty (choice.certain); its part in the random arm stays that of the
others, so that the random arm by itself is an equal chance for the whole stratum.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhiheng.selection.choice import LARGEST, certain
from zhiheng.selection.plan.arms import DUE, NOMINATED, Arms
from zhiheng.selection.plan.frame import Codes, Floats, Frame
from zhiheng.selection.plan.terms import PlanTerms

RESOLUTION = 1_000_000


@dataclass(frozen=True, eq=False)
class Chances:
    """For every target: the size in the draw, its part of the size that is the floor, the probability of being drawn and of
    being drawn in the random arm; 0 for those left out."""

    size: Codes
    floor: Codes
    inclusion: Floats
    random: Floats
    certain: NDArray[np.bool_]


def chances(frame: Frame, arms: Arms, terms: PlanTerms) -> Chances:
    """The chances that the numbers to draw give every target."""
    n = frame.size
    size, floor, sure = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool)
    inclusion, random = np.zeros(n), np.zeros(n)
    order = np.argsort(arms.stratum, kind="stable")
    begins = np.searchsorted(arms.stratum[order], np.arange(len(arms.names) + 1))
    for place, name in enumerate(arms.names):
        rows = order[begins[place] : begins[place + 1]]
        m, t = int(arms.random[place]), int(arms.targeted[place])
        above = _above(frame, arms, terms, name, rows)
        size[rows], floor[rows] = sizes(above, m, t, most=LARGEST[terms.design])
        held, left = certain(size[rows], m + t)
        sure[rows] = held
        rest = int(size[rows][~held].sum())
        inclusion[rows] = np.where(held, 1.0, left * size[rows] / max(rest, 1))
        top, bottom = base(size[rows], int(floor[rows[0]]), m + t)
        random[rows] = top / bottom
    return Chances(size, floor, inclusion, random, sure)


def base(size: Codes, floor: int, n: int) -> tuple[int, int]:
    """The chance of each target of a stratum to be drawn in the random arm, as a fraction of whole numbers.

    >>> base(np.array([3, 5]), 2, 1)
    (2, 8)
    """
    sure, left = certain(size, n)
    return (left * floor, int(size[~sure].sum())) if left else (n * floor, int(size.sum()))


def sizes(above: Codes, random: int, targeted: int, *, most: int) -> tuple[Codes, int]:
    """Whole sizes of a stratum, and their floor: floor x N is at least the share random / (random + targeted) of their sum.

    >>> sizes(np.array([1, 3]), 1, 1, most=2**53)
    (array([3, 5]), 2)
    """
    if not targeted:
        return np.ones(above.size, dtype=np.int64), 1
    drawn, total = random + targeted, int(above.sum())
    # the sum of the sizes is about total x drawn / targeted; a design can draw below `most` only
    while total * drawn * drawn // targeted + drawn * above.size * 2 >= most:
        above = np.maximum(above // 10, 1)
        total = int(above.sum())
    floor = -(-random * total // (above.size * targeted))
    return above + floor, floor


def _above(frame: Frame, arms: Arms, terms: PlanTerms, name: str, rows: Codes) -> Codes:
    """What the targeted arm follows: risk where findings are expected, votes among the nominated, else the same for all."""
    if name == NOMINATED:
        return np.maximum(arms.nominated_size[rows], 1) * RESOLUTION
    if name == DUE or terms.allocation != "expected":
        return np.full(rows.size, RESOLUTION, dtype=np.int64)
    known = np.nan_to_num(frame.figures["probability"][rows])  # a list without probabilities: everybody alike
    return np.maximum(np.rint(known * RESOLUTION), 1).astype(np.int64)
