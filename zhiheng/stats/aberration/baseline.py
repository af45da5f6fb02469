"""The mean in control of a series of counts: level, season and trend, negative binomial."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration.results import Bools, Floats, series

STEPS = 200


@dataclass(frozen=True)
class Baseline:
    """`mean` of every week, past and future, (series, weeks + ahead); `alpha` of the variance m + alpha m^2, one a series.

    Where the model did not converge, or the series holds no case, `converged` is false and both are NaN.
    """

    mean: Floats
    alpha: Floats
    converged: Bools


def seasonal_baseline(
    counts: ArrayLike,
    *,
    ahead: int = 0,
    harmonics: int = 1,
    trend: bool = False,
    dispersed: bool = True,
    period: float = 52.0,
) -> Baseline:
    """Negative binomial regression on sines and cosines of the week, by maximum likelihood (Lawless 1987, Canadian Journal of
    Statistics 15, 209-225; the mean of Hoehle and Paul 2008, section 2).

    All series at once: Fisher scoring for the coefficients and Newton's method for alpha take turns until both stand still. What
    `glrnb` of R surveillance estimates from the weeks before its range. A series no more dispersed than Poisson gets alpha 0, and
    with `dispersed` false every series does (glrnb fits that mean unless alpha is NULL).
    Missing (NaN) counts are left out. StatisticsError: fewer weeks than two for each coefficient.
    """
    observed = series(counts)
    length = observed.shape[-1]
    design = _design(length + ahead, harmonics=harmonics, trend=trend, period=period)
    if length < 2 * design.shape[1]:
        raise StatisticsError(
            f"{length} weeks are too few for {design.shape[1]} coefficients: give {2 * design.shape[1]} or more"
        )
    flat = observed.reshape(-1, length)
    there = np.isfinite(flat) & (flat >= 0)
    y, known = np.where(there, flat, 0.0), there.astype(np.float64)
    past = design[:length]
    pairs = (past[:, :, None] * past[:, None, :]).reshape(length, -1)
    beta = np.zeros((flat.shape[0], design.shape[1]))
    beta[:, 0] = np.log(np.maximum(y.sum(axis=1), 0.5) / np.maximum(known.sum(axis=1), 1))
    alpha = np.zeros(flat.shape[0])
    moved = np.full(flat.shape[0], np.inf)
    usable = y.sum(axis=1) > 0
    for _ in range(STEPS):
        live = np.flatnonzero(usable & (moved > 1e-12))
        if not live.size:
            break
        step = _scored(y[live], known[live], past, pairs, beta[live], alpha[live])
        beta[live] += step
        mean = np.exp(np.clip(beta[live] @ past.T, -50, 50))
        new = _dispersion(y[live], known[live], mean, alpha[live]) if dispersed else alpha[live]
        moved[live] = np.abs(step).max(axis=1) + np.abs(new - alpha[live])
        alpha[live] = new
    converged = usable & (moved <= 1e-9)
    mean = np.where(converged[:, None], np.exp(np.clip(beta @ design.T, -700, 700)), np.nan)
    return Baseline(
        mean.reshape(*observed.shape[:-1], length + ahead),
        np.where(converged, alpha, np.nan).reshape(observed.shape[:-1]),
        converged.reshape(observed.shape[:-1]),
    )


def _design(weeks: int, *, harmonics: int, trend: bool, period: float) -> Floats:
    """Columns 1, time if asked for, cosine and sine of each harmonic; weeks count from 1 as in R."""
    week = np.arange(1, weeks + 1, dtype=np.float64)
    columns = [np.ones(weeks)]
    if trend:
        columns.append(week / weeks)
    for order in range(1, harmonics + 1):
        angle = 2 * np.pi * order * week / period
        columns += [np.cos(angle), np.sin(angle)]
    return np.column_stack(columns)


def _scored(y: Floats, known: Floats, past: Floats, pairs: Floats, beta: Floats, alpha: Floats) -> Floats:
    """One step of Fisher scoring for the coefficients, no longer than 2 in any of them."""
    mean = np.exp(np.clip(beta @ past.T, -50, 50))
    room = 1 + alpha[:, None] * mean
    columns = past.shape[1]
    information = ((known * mean / room) @ pairs).reshape(-1, columns, columns)
    information += 1e-12 * np.trace(information, axis1=1, axis2=2)[:, None, None] * np.eye(columns)
    gradient = (known * (y - mean) / room) @ past
    return np.clip(np.linalg.solve(information, gradient[:, :, None])[:, :, 0], -2, 2)


def _dispersion(y: Floats, known: Floats, mean: Floats, alpha: Floats) -> Floats:
    """Maximum likelihood alpha for given means; 0 where the likelihood falls from 0 on."""
    over = (known * ((y - mean) ** 2 - y)).sum(axis=1) > 0
    moment = (known * (y / mean - 1) ** 2).sum(axis=1) / known.sum(axis=1)
    theta = 1 / np.where(alpha > 0, alpha, np.where(moment > 0, moment, 1.0))
    for _ in range(STEPS):
        t = theta[:, None]
        ratio = (y + t) / (mean + t)
        score = (known * (special.digamma(t + y) - special.digamma(t) + np.log(t / (mean + t)) + 1 - ratio)).sum(axis=1)
        trigamma = special.polygamma(1, t) - special.polygamma(1, t + y)
        information = (known * (trigamma - 1 / t + 2 / (mean + t) - ratio / (mean + t))).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.where(information > 0, score / information, np.sign(score) * theta)
        step = np.clip(step, -0.5 * theta, theta)
        theta = np.clip(theta + step, 1e-8, 1e8)
        if np.all((np.abs(step) < 1e-12 * theta) | ~over | (theta >= 1e8)):
            break
    return np.where(over & (theta < 1e8), 1 / theta, 0.0)
