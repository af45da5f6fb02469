"""Whether probabilities mean what they say: of those given 20 %, is it one in five?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhiheng.errors import StatisticsError
from zhiheng.stats.discrimination import rows

Floats = NDArray[np.float64]
# a probability of exactly 0 or 1 that turns out wrong would cost infinitely much
LEAST = 1e-12
STEPS = 50
SMALL = 1e-10


@dataclass(frozen=True)
class Bin:
    """Rows of like probability: how many, what was expected on average, what was found."""

    n: int
    expected: float
    found: float


@dataclass(frozen=True)
class Calibration:
    """Brier score, log loss, slope and intercept of the logistic recalibration, bins, expected calibration error."""

    n: int
    brier: float
    log_loss: float
    slope: float
    intercept: float
    bins: tuple[Bin, ...]
    expected_error: float


def calibration(found: ArrayLike, probabilities: ArrayLike, *, bins: int) -> Calibration:
    """Calibration of probabilities in (0, 1); `bins` groups of equal size in the order of the probability.

    Brier (1950), Monthly Weather Review 78, 1-3. Slope and intercept: Cox (1958), Biometrika 45, 562-565; 1 and 0
    are perfect. Expected calibration error: the mean distance of found from expected over the bins, weighted by size.

    >>> calibration([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], bins=2).brier
    0.185
    """
    y, p = rows(found, probabilities)
    if bins < 1:
        raise StatisticsError(f"{bins} groups hold no row: give one or more, such as 10")
    p = np.clip(p, LEAST, 1 - LEAST)
    intercept, slope = platt(y, logit(p))
    parts = [part for part in np.array_split(np.argsort(p, kind="stable"), bins) if len(part)]
    grouped = tuple(Bin(len(part), float(p[part].mean()), float(y[part].mean())) for part in parts)
    error = sum(one.n * abs(one.found - one.expected) for one in grouped) / len(y)
    return Calibration(len(y), brier(y, p), log_loss(y, p), slope, intercept, grouped, error)


def brier(found: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean squared distance of probability and outcome."""
    return float(np.mean((np.asarray(probabilities, dtype=np.float64) - np.asarray(found, dtype=np.float64)) ** 2))


def log_loss(found: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean negative log likelihood, in nats."""
    y = np.asarray(found, dtype=np.float64)
    p = np.clip(np.asarray(probabilities, dtype=np.float64), LEAST, 1 - LEAST)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def logit(p: ArrayLike) -> Floats:
    """Log odds of probabilities."""
    held = np.clip(np.asarray(p, dtype=np.float64), LEAST, 1 - LEAST)
    return np.asarray(np.log(held / (1 - held)), dtype=np.float64)


def expit(x: ArrayLike) -> Floats:
    """Probabilities of log odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(np.asarray(x, dtype=np.float64), -700, 700))), dtype=np.float64)


def platt(found: ArrayLike, log_odds: ArrayLike) -> tuple[float, float]:
    """Intercept and slope of the logistic regression of the outcome on log odds (Platt 1999), by Newton's method.

    Where the log odds part the outcomes wholly there is no finite slope: the last step within bounds is given.
    """
    y, x = np.asarray(found, dtype=np.float64), np.asarray(log_odds, dtype=np.float64)
    design = np.column_stack([np.ones_like(x), x])
    beta = np.zeros(2)
    for _ in range(STEPS):
        p = expit(design @ beta)
        weight = np.maximum(p * (1 - p), SMALL)
        step = np.linalg.solve(design.T @ (design * weight[:, None]) + SMALL * np.eye(2), design.T @ (y - p))
        beta = beta + np.clip(step, -5, 5)
        if float(np.abs(step).max()) < SMALL:
            break
    return float(beta[0]), float(beta[1])
