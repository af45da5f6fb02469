"""Many comparisons at once: p-values adjusted so that the error that is promised is the error of the whole list."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]
Control = Literal["holm", "benjamini-hochberg", "benjamini-yekutieli"]
PROMISES = {
    "holm": "the chance of one false finding or more among {count} comparisons is at most {level:g}",
    "benjamini-hochberg": "of the findings among {count} comparisons a share of at most {level:g} is expected to be false",
    "benjamini-yekutieli": "of the findings among {count} comparisons a share of at most {level:g} is expected to be false, however they depend",
}


@dataclass(frozen=True)
class Adjusted:
    """Adjusted p-values, what is found at the level, and the promise in words; a missing p-value is no comparison."""

    p: Floats
    found: NDArray[np.bool_]
    level: float
    method: str
    promise: str


def adjust(p: ArrayLike, *, level: float, control: Control = "benjamini-hochberg") -> Adjusted:
    """Holm (1979, Scand. J. Statist. 6, 65-70), Benjamini and Hochberg (1995, J. R. Stat. Soc. B 57, 289-300) or Yekutieli (2001).

    As R's `p.adjust`. StatisticsError: a p-value outside 0 to 1, or an unknown method.

    >>> adjust([0.01, 0.02, 0.03, 0.5], level=0.05).p.round(3).tolist()
    [0.04, 0.04, 0.04, 0.5]
    """
    given = np.asarray(p, dtype=np.float64)
    known = np.isfinite(given)
    if given.ndim != 1 or np.any((given[known] < 0) | (given[known] > 1)) or not 0 < level < 1:
        raise StatisticsError("p-values and the level lie between 0 and 1, one p-value a comparison")
    if control not in PROMISES:
        raise StatisticsError(f"control {control!r} is not known: give one of {', '.join(PROMISES)}")
    values, count = given[known], int(known.sum())
    order = np.argsort(values, kind="stable")
    place = np.arange(1, count + 1)
    if control == "holm":
        stepped = np.maximum.accumulate((count - place + 1) * values[order])
    else:
        stepped = stepped_up(values[order], factor=float((1 / place).sum()) if "yekutieli" in control else 1.0)
    adjusted = np.full(given.shape, np.nan)
    inside = np.empty(count)
    inside[order] = np.minimum(stepped, 1.0)
    adjusted[known] = inside
    return Adjusted(
        adjusted,
        np.where(known, adjusted, 2.0) <= level,
        level,
        control,
        PROMISES[control].format(count=count, level=level),
    )


def stepped_up(ordered: Floats, *, factor: float = 1.0) -> Floats:
    """Ascending p-values of Benjamini and Hochberg: the smallest rate at which each would be found, which may pass 1."""
    count = ordered.size
    ratio = factor * count / np.arange(1, count + 1) * ordered
    return np.asarray(np.minimum.accumulate(ratio[::-1])[::-1])
