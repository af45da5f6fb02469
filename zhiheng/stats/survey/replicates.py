"""Replicate weights: jackknife, bootstrap and balanced half-samples, and the variance of any statistic from them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg

from zhiheng.errors import StatisticsError
from zhiheng.stats.survey.design import Design, Floats, Stage, Whole, degrees_of_freedom, told
from zhiheng.stats.survey.estimates import Estimate

About = Literal["mean", "estimate"]


@dataclass(frozen=True)
class Replicates:
    """Factors by which the weights of first-stage units change, units in rows, one replicate a column.

    The variance is `scale` times the sum over replicates of `each` times the squared deviation.
    """

    sample: Design
    units: Whole
    factors: Floats
    scale: float
    each: Floats
    method: str


def jackknife(sample: Design) -> Replicates:
    """Each first-stage unit left out in turn, within its stratum (JKn; without strata JK1): Wolter (2007), 4.5 and 4.6.

    With the finite-population correction of the first stage. StatisticsError: a stratum of one unit that was not taken whole.
    """
    strata, units, taken, held, first = frame(sample)
    alone = (taken == 1) & (held > 1)
    if alone.any():
        at = int(first[np.flatnonzero(alone)[0]])
        name = told(sample.stages[0].names, sample.stages[0].strata, at)
        raise StatisticsError(f"stratum {name} has one unit: none can be left out; join it to a neighbour")
    factors = np.where(strata[:, None] == strata[None, :], (taken / np.maximum(taken - 1, 1))[None, :], 1.0)
    np.fill_diagonal(factors, 0.0)
    each = np.where(np.isinf(held), 1.0, 1 - taken / held) * (taken - 1) / taken
    keep = taken > 1
    return Replicates(sample, units, factors[:, keep], 1.0, each[keep], "jackknife")


def bootstrap(sample: Design, *, replicates: int, seed: int) -> Replicates:
    """Rescaled bootstrap: n - 1 of a stratum's n first-stage units, with replacement (Rao, Wu 1988, J. Am. Stat. Assoc. 83, 231-241).

    The factor is 1 + sqrt(1 - f) (n / (n - 1) times drawn - 1), so that the correction is kept and no weight falls below 0. The
    same `seed` gives the same replicates (PCG64). StatisticsError: fewer than two replicates, or a stratum of one unit.
    """
    strata, units, taken, held, first = frame(sample)
    if replicates < 2:
        raise StatisticsError(f"{replicates} replicates show no spread: give some hundreds")
    draw = np.random.Generator(np.random.PCG64(seed))
    factors = np.ones((strata.size, replicates))
    for code in np.unique(strata):
        rows = np.flatnonzero(strata == code)
        n, left = rows.size, 1.0 if np.isinf(held[rows[0]]) else 1 - rows.size / held[rows[0]]
        if left <= 0:
            continue
        if n == 1:
            name = told(sample.stages[0].names, sample.stages[0].strata, int(first[rows[0]]))
            raise StatisticsError(f"stratum {name} has one unit: it cannot be drawn again; join it to a neighbour")
        drawn = draw.multinomial(n - 1, np.full(n, 1 / n), size=replicates).T
        factors[rows] = 1 + np.sqrt(left) * (n / (n - 1) * drawn - 1)
    return Replicates(sample, units, factors, 1 / (replicates - 1), np.ones(replicates), f"bootstrap, seed {seed}")


def balanced(sample: Design, *, rho: float = 0.0) -> Replicates:
    """Balanced half-samples of strata of two units; with `rho` above 0 Fay's: factors 2 - rho and rho (Judkins 1990).

    McCarthy (1969), Rev. Int. Stat. Inst. 37, 239-264; Sylvester's Hadamard matrices. No finite-population correction.
    StatisticsError: a stratum without exactly two first-stage units, or rho outside 0 to 1.
    """
    strata, units, taken, _, first = frame(sample)
    if not 0 <= rho < 1:
        raise StatisticsError(f"rho {rho:g} is not Fay's: give a share from 0 to below 1")
    if np.any(taken != 2):
        at = int(first[np.flatnonzero(taken != 2)[0]])
        name = told(sample.stages[0].names, sample.stages[0].strata, at)
        raise StatisticsError(
            f"stratum {name} has not two units: half-samples need pairs; use the jackknife or the bootstrap"
        )
    codes = np.unique(strata, return_inverse=True)[1]
    size = 1 << int(codes.max() + 1).bit_length()
    signs = linalg.hadamard(size)[1 : codes.max() + 2]
    second = np.zeros(strata.size, dtype=bool)
    second[np.unique(codes[::-1], return_index=True)[1]] = True
    second = second[::-1]
    heads = np.where(second[:, None], -signs[codes], signs[codes]) > 0
    factors = np.where(heads, 2 - rho, rho)
    method = f"balanced half-samples, rho {rho:g}"
    return Replicates(sample, units, factors, 1 / (size * (1 - rho) ** 2), np.ones(size), method)


def replicated(
    found: Replicates,
    statistic: Callable[[Floats], ArrayLike],
    *,
    about: About = "mean",
) -> Estimate:
    """Any statistic of the weights, with the variance of its replicates about their mean, or about the estimate itself.

    `statistic` takes weights, one an item, and gives a number or several; it may post-stratify or calibrate them first.
    StatisticsError: a replicate has no value.

    >>> from zhiheng.stats.survey import design, jackknife, replicated
    >>> y = np.array([1.0, 2.0, 6.0])
    >>> found = replicated(jackknife(design(weights=[2, 2, 2])), lambda w: w @ y / w.sum())
    >>> found.value.tolist(), found.standard_error.round(4).tolist()
    ([3.0], [1.5275])
    """
    weights = found.sample.weights
    value = np.atleast_1d(np.asarray(statistic(weights), dtype=np.float64))
    each = np.array(
        [np.atleast_1d(statistic(weights * column[found.units])) for column in found.factors.T], dtype=np.float64
    )
    if not np.isfinite(each).all():
        at = int(np.flatnonzero(~np.isfinite(each).all(axis=1))[0])
        raise StatisticsError(
            f"replicate {at} has no value: the statistic is not defined without some unit of the sample"
        )
    used = found.each > 0
    centre = each[used].mean(axis=0) if about == "mean" and used.any() else value
    apart = (each - centre) * np.sqrt(found.each)[:, None]
    n = int((weights > 0).sum())
    degrees = min(degrees_of_freedom(found.sample), found.factors.shape[1] - 1)
    return Estimate(value, found.scale * apart.T @ apart, n, degrees, found.method, found.sample.notes)


def frame(sample: Design) -> tuple[Whole, Whole, Floats, Floats, NDArray[np.int64]]:
    """First-stage units: stratum of each, unit of each item, sizes taken and held, and a first item of each."""
    stage: Stage = sample.stages[0]
    _, first, units = np.unique(stage.units, return_index=True, return_inverse=True)
    return stage.strata[first], units, stage.taken[first], stage.held[first], first
