"""How well scores tell those with a finding from those without: the area under the ROC curve with its interval."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.stats import rankdata

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """A figure with its two-sided interval, the number of rows behind it and the method."""

    value: float
    lower: float
    upper: float
    n: int
    level: float
    method: str


def area(found: ArrayLike, scores: ArrayLike) -> float:
    """Area under the ROC curve: the chance that a row with a finding scores higher than one without; ties count half.

    Hanley and McNeil (1982), Radiology 143, 29-36: the statistic of Mann and Whitney.

    >>> area([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    y, s = rows(found, scores)
    positive = int(y.sum())
    ranks = float(rankdata(s)[y].sum())
    return (ranks - positive * (positive + 1) / 2) / (positive * (len(y) - positive))


def discrimination(found: ArrayLike, scores: ArrayLike, *, level: float) -> Measured:
    """The area with the interval of DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845.

    >>> round(discrimination([0, 0, 1, 1, 1], [0.1, 0.4, 0.35, 0.8, 0.7], level=0.95).value, 4)
    0.8333
    """
    y, s = rows(found, scores)
    above, below = components(y, s)
    value = float(above.mean())
    error = float(np.sqrt(variance(above) + variance(below)))
    reach = float(special.ndtri(0.5 + level / 2)) * error
    return Measured(value, max(0.0, value - reach), min(1.0, value + reach), len(y), level, "DeLong")


def paired_discrimination(found: ArrayLike, scores: ArrayLike, others: ArrayLike, *, level: float) -> Measured:
    """The area of some scores less that of others on the same rows, with DeLong's interval, which knows that they go together."""
    y, s = rows(found, scores)
    _, o = rows(found, others)
    above, below = (one - other for one, other in zip(components(y, s), components(y, o), strict=True))
    value = float(above.mean())
    reach = float(special.ndtri(0.5 + level / 2) * np.sqrt(variance(above) + variance(below)))
    return Measured(value, value - reach, value + reach, len(y), level, "DeLong, paired")


def components(y: NDArray[np.bool_], s: Floats) -> tuple[Floats, Floats]:
    """Structural components by midranks (Sun and Xu 2014, IEEE Signal Processing Letters 21, 1389-1393)."""
    positive, negative = s[y], s[~y]
    whole = rankdata(s)
    above = (whole[y] - rankdata(positive)) / len(negative)
    below = 1 - (whole[~y] - rankdata(negative)) / len(positive)
    return np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)


def variance(parts: Floats) -> float:
    """Variance of the mean of components; of a single one nothing is known."""
    return float(parts.var(ddof=1) / len(parts)) if len(parts) > 1 else float("nan")


def rows(found: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.bool_], Floats]:
    """Outcomes and scores, checked: equally many, no score missing, some with a finding and some without."""
    outcome, s = np.asarray(found, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    if outcome.ndim != 1 or outcome.shape != s.shape:
        raise StatisticsError(f"{outcome.shape} outcomes and {s.shape} scores: give one score for each outcome")
    strange = ~np.isin(outcome, (0.0, 1.0)) | ~np.isfinite(s)
    if strange.any():
        at = int(np.flatnonzero(strange)[0])
        raise StatisticsError(
            f"row {at}: outcome {outcome[at]:g} with score {s[at]:g}; an outcome is 0 or 1 and a score a number: leave the row out"
        )
    y = outcome == 1
    if not y.any() or y.all():
        raise StatisticsError(
            f"{int(y.sum())} of {len(y)} rows have a finding: there must be some with and some without; take a longer period"
        )
    return y, s
