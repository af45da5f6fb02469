"""Variance of weighted sums under a design, from totals of sampling units: Taylor linearisation takes its scores here."""

import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import StatisticsError
from zhiheng.stats.survey.design import Design, Floats, Margin, Raked, Regression, Stage, Whole, told

SWEEPS = 10  # of raking residuals over their margins, as R survey sweeps
CERTAIN = 1e-7  # a correction below this is a stratum taken whole


def variance(sample: Design, scores: Floats, inside: NDArray[np.bool_] | None = None) -> Floats:
    """Covariance matrix of the column sums of weighted scores, items in rows.

    Särndal, Swensson, Wretman (1992), result 4.3.1 and its extension over stages; Lumley (2010), Complex Surveys, 2.2: between
    units of the first stage, plus, weighted by the sampling fractions before, between units of each further stage.
    Scores of a calibrated sample are first replaced by their residuals (Deville, Särndal 1992, 3.4).
    Strata of one unit count where `inside` has an item of theirs. StatisticsError: such a stratum, unless the design
    says what to do with one.
    """
    left = residuals(sample, scores)
    touched = np.ones(left.shape[0], dtype=bool) if inside is None or sample.met else inside
    found = np.zeros((left.shape[1], left.shape[1]))
    share, parents = np.ones(left.shape[0]), np.zeros(left.shape[0], dtype=np.int64)
    for number, stage in enumerate(sample.stages, start=1):
        if not share.any():
            break
        found += between(stage, left, share, parents, touched, lonely=sample.lonely, number=number)
        parents = stage.units
        share = share * stage.taken / stage.held
    return found


def between(
    stage: Stage,
    scores: Floats,
    share: Floats,
    parents: Whole,
    touched: NDArray[np.bool_],
    *,
    lonely: str,
    number: int,
) -> Floats:
    """The part of one stage: units about the mean of their stratum, corrected, times the fractions before."""
    _, first, unit = np.unique(stage.units, return_index=True, return_inverse=True)
    total = np.column_stack([np.bincount(unit, column) for column in scores.T])
    strata = np.unique(stage.strata[first], return_inverse=True)[1]
    present = (np.bincount(strata, np.bincount(unit, touched)) > 0)[strata]
    taken, held = stage.taken[first], stage.held[first]
    correction = np.where(np.isinf(held), 1.0, 1 - taken / held)
    correction = np.where(correction < CERTAIN, 0.0, correction) * share[first]
    mean = np.column_stack([np.bincount(strata, column) for column in total.T]) / np.bincount(strata)[:, None]
    single = (taken == 1) & (correction > 0) & present
    if single.any() and lonely == "fail":
        name = told(stage.names, stage.strata, int(first[np.flatnonzero(single)[0]]))
        raise StatisticsError(
            f"stratum {name} has one unit at stage {number}: its variance cannot be estimated; join it to a "
            "neighbour, or say how to treat it: adjust, average or certainty"
        )
    centred = np.where(single[:, None], total, total - mean[strata]) if lonely == "adjust" else total - mean[strata]
    scale = correction * np.where(taken > 1, taken / np.maximum(taken - 1, 1), 1.0)
    if lonely == "average" and single.any():
        scale = scale * averaged(parents[first], strata, single, present)
    return np.asarray((centred * scale[:, None]).T @ centred)


def averaged(parents: Whole, strata: Whole, single: NDArray[np.bool_], present: NDArray[np.bool_]) -> Floats:
    """Factor by which strata with a variance stand for those of one unit, within a unit of the stage before."""
    _, first, code = np.unique(strata, return_index=True, return_inverse=True)
    parent = parents[first]
    every = np.bincount(parent, present[first])
    alone = np.bincount(parent, single[first])
    if np.any((alone == every) & (every > 0)):
        raise StatisticsError(
            "every stratum has one unit: there is no variance to average; draw at least two a stratum"
        )
    return np.asarray(np.where(single, 0.0, (every / np.where(every == alone, 1.0, every - alone))[parent[code]]))


def residuals(sample: Design, scores: Floats) -> Floats:
    """Scores less what the totals that were met explain of them, each adjustment in the order in which it was made."""
    left = scores
    for met in sample.met:
        if isinstance(met, Regression):
            plain = left / np.where(met.scale == 0, 1.0, met.scale)[:, None]
            left = (plain - met.basis @ (met.basis.T @ plain)) * met.scale[:, None]
        elif isinstance(met, Raked):
            for _ in range(SWEEPS):
                for margin in met.margins:
                    left = swept(left, margin, np.ones_like(margin.before))
        else:
            left = swept(left, met, met.before)
    return left


def swept(scores: Floats, margin: Margin, by: Floats) -> Floats:
    """Scores less the mean of their cell, on the scale of the weights."""
    after = np.where(margin.after == 0, 1.0, margin.after)[:, None]
    plain = scores / after
    sums = np.column_stack([np.bincount(margin.cells, column * by) for column in plain.T])
    mass = np.bincount(margin.cells, by)
    mean = sums / np.where(mass == 0, 1.0, mass)[:, None]
    return np.asarray(scores - mean[margin.cells] * margin.after[:, None])
