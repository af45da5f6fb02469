"""Weights moved as little as possible so that the sample meets known totals: post-stratification, raking, calibration."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from zhiheng.errors import StatisticsError
from zhiheng.stats.survey.design import Design, Floats, Margin, Raked, Regression, Whole, named_codes

Distance = Literal["linear", "raking", "logit"]
RANK = 1e-10  # singular values below this share of the largest are none


@dataclass(frozen=True)
class Movement:
    """How a distance moves weights: the factor at a linear predictor, and its slope."""

    factor: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]


def post_stratify(sample: Design, cells: ArrayLike, totals: Mapping[Any, float]) -> Design:
    """Weights that add up to the population in every cell (Holt, Smith 1979, J. R. Stat. Soc. A 142, 33-46).

    `cells` names each item's cell, `totals` gives its population. StatisticsError: a cell of the sample without a population, or
    a population above 0 that nobody in the sample stands for.

    >>> from zhiheng.stats.survey import design, post_stratify
    >>> post_stratify(design(weights=[2, 2, 2]), ["a", "a", "b"], {"a": 10, "b": 7}).weights.tolist()
    [5.0, 5.0, 7.0]
    """
    codes, known = margin(cells, totals, sample.weights)
    after = sample.weights * share(codes, known, sample.weights)
    return replace(sample, weights=after, met=(*sample.met, Margin(codes, sample.weights, after)))


def rake(
    sample: Design,
    margins: Sequence[tuple[ArrayLike, Mapping[Any, float]]],
    *,
    tolerance: float = 1.0,
    rounds: int = 10,
) -> Design:
    """Weights that meet several margins, each in turn, again and again (Deming, Stephan 1940; Deville, Särndal, Sautory 1993).

    Stops when no cell of the margins crossed changes by `tolerance` items of the population or more in a round: 1 is what
    R survey takes; give 1e-9 for margins met to the last digits. Variance from residuals swept over the margins, as R does.
    StatisticsError: as post_stratify, or no end within `rounds`.
    """
    known = [margin(cells, totals, sample.weights) for cells, totals in margins]
    if not known:
        raise StatisticsError("raking needs a margin: give pairs of cells and totals")
    whole = [float(totals.sum()) for _, totals in known]
    if max(whole) - min(whole) > max(tolerance, 1e-6 * max(whole)):
        raise StatisticsError(
            f"margins add up to {min(whole):g} and to {max(whole):g}: they are of one population and must agree"
        )
    joint = np.unique(np.column_stack([codes for codes, _ in known]), axis=0, return_inverse=True)[1].ravel()
    weights, table = sample.weights, np.bincount(joint, sample.weights)
    for _ in range(rounds):
        met = []
        for codes, totals in known:
            before, weights = weights, weights * share(codes, totals, weights)
            met.append(Margin(codes, before, weights))
        last, table = table, np.bincount(joint, weights)
        if np.abs(table - last).max() < tolerance:
            fulfilled(known, weights, slack=tolerance * table.size)
            return replace(sample, weights=weights, met=(*sample.met, Raked(tuple(met))))
    raise StatisticsError(
        f"raking changed a cell by {np.abs(table - last).max():g} still in round {rounds}: give more rounds, a larger "
        "tolerance, or margins that agree in their total"
    )


def calibrate(
    sample: Design,
    auxiliaries: ArrayLike,
    totals: ArrayLike,
    *,
    distance: Distance = "linear",
    bounds: tuple[float, float] = (-np.inf, np.inf),
    spread: ArrayLike | None = None,
    tolerance: float = 1e-7,
    rounds: int = 50,
) -> Design:
    """Weights that meet the totals of auxiliary variables, items in rows (Deville, Särndal 1992, J. Am. Stat. Assoc. 87, 376-382).

    `distance`: 'linear' (the generalised regression estimator), 'raking' (factors above 0), 'logit' (factors between the bounds,
    which it needs). `bounds` hold the factor by which a weight may change. `spread`: relative residual variances of the items.
    Newton's steps end when every total is met to `tolerance`, relative. StatisticsError: the totals cannot be met.

    >>> from zhiheng.stats.survey import calibrate, design
    >>> calibrate(design(weights=[2, 2]), [[1, 1], [1, 3]], [6, 14]).weights.round(9).tolist()
    [2.0, 4.0]
    """
    x, wanted = np.asarray(auxiliaries, dtype=np.float64), np.atleast_1d(np.asarray(totals, dtype=np.float64))
    x = x[:, None] if x.ndim == 1 else x
    if x.shape != (sample.weights.size, wanted.size) or not (np.isfinite(x).all() and np.isfinite(wanted).all()):
        raise StatisticsError(
            f"auxiliaries of shape {x.shape} for {sample.weights.size} items and {wanted.size} totals, or a missing one: "
            "give one row an item, one column a total, all known"
        )
    sigma = np.ones(sample.weights.size) if spread is None else np.asarray(spread, dtype=np.float64)
    if distance == "linear" and np.isinf(bounds).all():
        factor = direct(sample.weights, x, wanted, sigma)
    else:
        factor = newton(sample.weights, x, wanted, sigma, movement(distance, bounds), tolerance, rounds)
    root = np.sqrt(sample.weights)
    if distance == "linear" and np.isinf(bounds).all():
        met = Regression(basis(x * (root / np.sqrt(sigma))[:, None]), factor * root * np.sqrt(sigma))
    else:
        met = Regression(basis(x * root[:, None]), factor * root)
    return replace(sample, weights=sample.weights * factor, met=(*sample.met, met))


def fulfilled(known: Sequence[tuple[Whole, Floats]], weights: Floats, *, slack: float) -> None:
    """StatisticsError: rounds ended without meeting a margin, as they do where items of some crossed cells are wanting."""
    for number, (codes, totals) in enumerate(known):
        off = np.abs(np.bincount(codes, weights) - totals)
        if off.max() > slack:
            raise StatisticsError(
                f"margin {number} ends {off.max():g} from its total in cell {int(np.argmax(off))}: the sample holds no items that "
                "could meet all margins; join cells"
            )


def margin(cells: ArrayLike, totals: Mapping[Any, float], weights: Floats) -> tuple[Whole, Floats]:
    """Codes of the cells and the population of each."""
    codes, names = named_codes(cells, weights.size, "cells")
    strange = [name for name in names if name not in totals]
    unseen = [name for name, size in totals.items() if name not in names and size]
    if strange:
        raise StatisticsError(
            f"cell {strange[0]} of the sample has no population: give its total, or leave its items out"
        )
    if unseen:
        raise StatisticsError(f"nobody in the sample stands for cell {unseen[0]}: join it to a neighbouring cell")
    known = np.array([float(totals[name]) for name in names])
    if not np.all(np.isfinite(known) & (known >= 0)):
        raise StatisticsError("a population is a number at or above 0: check the totals")
    empty = np.flatnonzero(np.bincount(codes, weights) == 0)
    if empty.size:
        raise StatisticsError(
            f"all weights of cell {names[int(empty[0])]} are 0: nothing there can be raised to a total"
        )
    return codes, known


def share(codes: Whole, known: Floats, weights: Floats) -> Floats:
    """Factor of each item that brings its cell to its population."""
    return np.asarray((known / np.bincount(codes, weights))[codes])


def direct(weights: Floats, x: Floats, wanted: Floats, sigma: Floats) -> Floats:
    """Factors of the generalised regression estimator, without iteration."""
    missing = wanted - weights @ x
    moments = (x * (weights / sigma)[:, None]).T @ x
    slope, _, rank, _ = np.linalg.lstsq(moments, missing, rcond=None)
    factor = 1 + x @ slope / sigma
    off = np.abs((weights * factor) @ x - wanted) > 1e-6 * (1 + np.abs(wanted))
    if off.any():
        raise StatisticsError(
            f"total {int(np.flatnonzero(off)[0])} cannot be met: the {x.shape[1]} auxiliaries have rank {rank}, and their totals contradict"
        )
    return np.asarray(factor)


def movement(distance: str, bounds: tuple[float, float]) -> Movement:
    """A distance by name, within bounds."""
    low, high = bounds
    if not low < 1 < high:
        raise StatisticsError(f"bounds {low:g} and {high:g} do not hold 1: a weight must be free to stay as it is")
    if distance == "linear":
        return Movement(
            lambda u: np.clip(u + 1, low, high), lambda u: ((u < high - 1) & (u > low - 1)).astype(np.float64)
        )
    if distance == "raking":
        return Movement(
            lambda u: np.clip(np.exp(u), low, high),
            lambda u: np.where((u < high - 1) & (u > low - 1), np.exp(u), 0.0),
        )
    if distance != "logit" or not np.isfinite(bounds).all():
        raise StatisticsError(
            f"distance {distance!r} with bounds {low:g}, {high:g}: give linear, raking, or logit with two bounds"
        )
    a = (high - low) / ((high - 1) * (1 - low))

    def factor(u: Floats) -> Floats:
        e = np.exp(a * u)
        return np.asarray((low * (high - 1) + high * (1 - low) * e) / (high - 1 + (1 - low) * e))

    def slope(u: Floats) -> Floats:
        e = np.exp(a * u)
        return np.asarray((high - low) ** 2 * e / (high - 1 + (1 - low) * e) ** 2)

    return Movement(factor, slope)


def newton(
    weights: Floats, x: Floats, wanted: Floats, sigma: Floats, how: Movement, tolerance: float, rounds: int
) -> Floats:
    """Factors by Newton's steps from none, halved where they leave the numbers."""
    eta = np.zeros(x.shape[1])
    u = x @ eta / sigma
    used = 1
    while used <= rounds:
        moments = (x * (weights * how.slope(u) / sigma)[:, None]).T @ x
        step = np.linalg.pinv(moments, rcond=256 * np.finfo(float).eps) @ (wanted - (weights * how.factor(u)) @ x)
        with np.errstate(over="ignore", invalid="ignore"):
            eta = eta + step
            u = x @ eta / sigma
            while used < rounds and not (np.isfinite(how.factor(u)).all() and np.isfinite(how.slope(u)).all()):
                used, step = used + 1, step / 2
                eta = eta - step
                u = x @ eta / sigma
        missing = np.abs(wanted - (weights * how.factor(u)) @ x) / (1 + np.abs(wanted))
        if np.all(missing < tolerance):
            return how.factor(u)
        used += 1
    worst = int(np.argmax(np.where(np.isnan(missing), np.inf, missing)))
    raise StatisticsError(
        f"calibration ended {missing[worst]:.1e} from total {worst} after {rounds} steps: widen the bounds, join cells, "
        "or check that the totals agree with one another"
    )


def basis(x: Floats) -> Floats:
    """Orthonormal columns that span those of x; columns that others explain add nothing."""
    left, size, _ = np.linalg.svd(x, full_matrices=False)
    return np.asarray(left[:, size > RANK * size.max()])
