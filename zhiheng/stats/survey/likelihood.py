"""A weighted quasi-binomial fit of one rate, stopped and profiled as R does, so that its limits are those of R to the last digits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special, stats

from zhiheng.stats.survey.design import Design, Floats
from zhiheng.stats.survey.variance import variance

STOP = 1e-8  # relative change of the deviance at which `glm` of R stops
ROUNDS = 25  # as many steps as `glm` of R takes
STEPS, FINE = 10, 3  # `profile` of R goes at most nine steps a side; `spline` gives three points for each


@dataclass(frozen=True)
class Fit:
    """The rate, the design-based and the working variance of its logit, the dispersion, and the sums that the deviance needs."""

    rate: float
    variance: float
    working: float
    dispersion: float
    ones: float
    zeros: float
    n: int

    @property
    def centre(self) -> float:
        """The logit of the rate."""
        return float(special.logit(self.rate))


def fit(sample: Design, y: Floats, inside: NDArray[np.bool_]) -> Fit:
    """Iteratively reweighted least squares of one intercept, weights of mean 1 (McCullagh, Nelder 1989, 2.5; Lumley 2010, 6.3)."""
    used = inside & (sample.weights > 0)
    w = np.where(used, sample.weights, 0.0) / sample.weights[used].mean()
    ones, n = y[used], int(used.sum())
    rate, before = intercept(w[used], ones)
    chance = rate * (1 - rate)
    scores = w * np.where(used, y - rate, 0.0) / (w.sum() * chance)
    pearson = (ones - rate) / np.sqrt(chance)
    about = pearson - w[used] @ pearson / w.sum()
    dispersion = float(w[used] @ about**2 / w.sum()) * n / (n - 1)
    found = float(variance(sample, scores[:, None], inside)[0, 0])
    return Fit(rate, found, 1 / (w.sum() * before), dispersion, float(w[used] @ ones), float(w[used] @ (1 - ones)), n)


def wald(own: Fit, t: float) -> tuple[float, float]:
    """Limits on the scale of the logit."""
    reach = t * float(np.sqrt(own.variance))
    return float(special.expit(own.centre - reach)), float(special.expit(own.centre + reach))


def profiled(own: Fit, t: float) -> tuple[float, float]:
    """Where the signed root of the scaled deviance passes t times the root of the design effect (Rao, Scott 1984).

    The signed root is known at a few logits, a cubic spline through them is read at three times as many, and between
    those a straight line: so does R, within 1e-4 of the exact root.
    """
    cut = t * float(np.sqrt(own.variance / own.working))
    alpha = special.ndtr(-cut) / 2
    most = float(np.sqrt(stats.f.isf(alpha, 1, own.n - 1)))
    at, z = [own.centre], [0.0]
    for side in (-1, 1):
        reached = 0.0
        for step in range(1, STEPS):
            if abs(reached) >= most:
                break
            logit = own.centre + side * step * most / 5 * float(np.sqrt(own.variance))
            reached = side * float(np.sqrt(max(deviance(own, logit) - deviance(own, own.centre), 0.0) / own.dispersion))
            at.append(logit)
            z.append(reached)
    order = np.argsort(z, kind="stable")
    x, fine = spline(np.array(at)[order], np.array(z)[order])
    low, high = np.interp([-cut, cut], fine, x)
    return float(special.expit(low)), float(special.expit(high))


def deviance(own: Fit, logit: float) -> float:
    """Twice the fall of the working log-likelihood below a perfect fit."""
    return 2 * float(own.ones * np.logaddexp(0, -logit) + own.zeros * np.logaddexp(0, logit))


def intercept(weights: Floats, y: Floats) -> tuple[float, float]:
    """Rate at which the iteration stops, started like R at (w y + 1/2) / (w + 1), and p (1 - p) one step before."""
    rate: Floats = (weights * y + 0.5) / (weights + 1)
    last = departure(weights, y, rate)
    for _ in range(ROUNDS):
        chance = rate * (1 - rate)
        centre = float((weights * chance) @ (special.logit(rate) + (y - rate) / chance) / (weights @ chance))
        rate = np.full_like(y, special.expit(centre))
        now = departure(weights, y, rate)
        done, last = abs(now - last) / (abs(now) + 0.1) < STOP, now
        if done:
            break
    return float(rate[0]), float(weights @ chance / weights.sum())


def departure(weights: Floats, y: Floats, rate: Floats) -> float:
    """Deviance of items with rates of their own."""
    return -2 * float(weights @ (special.xlogy(y, rate) + special.xlogy(1 - y, 1 - rate)))


def spline(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Cubic spline whose ends bend like the cubic through the four points there, at evenly spaced points.

    Forsythe, Malcolm, Moler (1977), Computer Methods for Mathematical Computations, 4.4. At least four points.
    """
    h, n = np.diff(x), x.size
    slope = np.diff(y) / h
    bend = np.zeros(n)
    bend[1:-1] = np.diff(slope)
    first = (bend[2] / (x[3] - x[1]) - bend[1] / (x[2] - x[0])) * h[0] ** 2 / (x[3] - x[0])
    last = -(bend[-2] / (x[-1] - x[-3]) - bend[-3] / (x[-2] - x[-4])) * h[-1] ** 2 / (x[-1] - x[-4])
    bend[0], bend[-1] = first, last
    matrix = np.zeros((3, n))
    matrix[0, 1:], matrix[2, :-1] = h, h
    matrix[1] = np.concatenate([[-h[0]], 2 * (h[:-1] + h[1:]), [-h[-1]]])
    c = linalg.solve_banded((1, 1), matrix, bend)
    fine = np.linspace(x[0], x[-1], FINE * n)
    at = np.clip(np.searchsorted(x, fine, side="right") - 1, 0, n - 2)
    d = fine - x[at]
    b = slope[at] - h[at] * (c[at + 1] + 2 * c[at])
    return fine, y[at] + d * (b + d * (3 * c[at] + d * (c[at + 1] - c[at]) / h[at]))
