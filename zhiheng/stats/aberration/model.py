"""From regressions to the model of a baseline: past outbreaks weighed down, dispersion, a trend only where it is earned."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from zhiheng.stats.aberration.glm import Design, Fit, fit
from zhiheng.stats.aberration.responses import Responses
from zhiheng.stats.aberration.results import Bools, Floats
from zhiheng.stats.aberration.settings import Farrington

LEAST_YEARS_OF_TREND = 3  # Farrington et al. 1996, 3.3: no trend on fewer years


@dataclass
class Model:
    """One element for each problem, all about the judged week.

    `predictor`: logarithm of the expected count. `error`: its standard error. `slope`: change of the predictor in a week,
    NaN without a trend. `dispersion` is at least 1. `converged`: whether there is a model at all.
    """

    predictor: Floats
    error: Floats
    slope: Floats
    dispersion: Floats
    converged: Bools
    freedom: Floats

    def put(self, chosen: NDArray[np.int64], other: "Model") -> None:
        """Replace some of the problems."""
        for name in ("predictor", "error", "slope", "dispersion", "converged", "freedom"):
            getattr(self, name)[chosen] = getattr(other, name)


def model(
    responses: Responses, design: Design, *, ahead: float, exposure: Floats | None, settings: Farrington
) -> Model:
    """The model that speaks for the judged week, which lies at time `ahead` with `exposure` items judged.

    A trend is tried first and stays if its p-value is below the level, three years or more are looked at, and the
    expectation is no larger than the largest count of the baseline (Farrington et al. 1996, 3.3). Where a regression with
    trend does not converge, one without is tried.
    """
    offset = np.zeros(responses.count.shape[0]) if exposure is None else np.log(exposure)
    if not settings.trend:
        return _fitted(responses, design, trend=False, ahead=ahead, offset=offset, settings=settings)[0]
    found, significant = _fitted(responses, design, trend=True, ahead=ahead, offset=offset, settings=settings)
    within = np.exp(found.predictor) <= responses.count.max(axis=1)
    kept = found.converged & significant & within & (settings.years >= LEAST_YEARS_OF_TREND)
    again = np.flatnonzero(~kept)
    if again.size:
        other, _ = _fitted(
            responses.some(again), design, trend=False, ahead=ahead, offset=offset[again], settings=settings
        )
        found.put(again, other)
    return found


def _fitted(
    responses: Responses, design: Design, *, trend: bool, ahead: float, offset: Floats, settings: Farrington
) -> tuple[Model, Bools]:
    """Regression, weights, regression; and whether the slope is significant."""
    present = responses.present
    rows = (
        np.full(responses.count.shape[0], float(responses.count.shape[1])) if present is None else present.sum(axis=1)
    )
    found = fit(responses, design, trend=trend)
    freedom = rows - (found.weight > 0).sum(axis=1) - trend
    means = Means.of(responses, design, found)
    scale, naive = _dispersions(responses, means, prior=present, freedom=freedom)
    if settings.reweight:
        weight = _weights(responses, design, found, means=means, scale=np.maximum(scale, 1), above=settings.outlying)
        again = np.flatnonzero(np.any(weight != 1, axis=1) & found.converged)
        if again.size:
            kept, prior = responses.some(again), weight[again]
            other = fit(kept, design, trend=trend, weights=prior)
            scale[again], naive[again] = _dispersions(
                kept, Means.of(kept, design, other), prior=prior, freedom=freedom[again]
            )
            other.converged[:] = True  # R does not look again
            found.put(again, other)
    return _predicted(found, ahead=ahead, offset=offset, scales=(scale, naive), freedom=freedom, settings=settings)


def _predicted(
    found: Fit,
    *,
    ahead: float,
    offset: Floats,
    scales: tuple[Floats, Floats],
    freedom: Floats,
    settings: Farrington,
) -> tuple[Model, Bools]:
    """Expectation and standard error for the judged week, whose season is the last one."""
    scale, naive = scales
    dispersion = np.maximum(scale, 1)
    # R replaces the working weights by the prior ones after weighing, and its standard errors then rest on those
    shown = naive if settings.reweight and settings.form == "flexible" else scale
    predictor = found.level[:, -1] + offset
    variance = 1 / found.weight[:, -1]
    significant = np.zeros(predictor.shape, dtype=bool)
    slope = np.full(predictor.shape, np.nan)
    if found.has_slope:
        predictor = predictor + found.slope * ahead
        variance = variance + (ahead - found.lean[:, -1]) ** 2 / found.spread
        critical = -special.stdtrit(freedom, settings.trend_level / 2)
        significant = np.abs(found.slope) / np.sqrt(shown / found.spread) > critical
        slope = found.slope
    used = shown if settings.form == "flexible" else dispersion
    error = np.sqrt(variance * used)
    there = found.converged & (found.weight[:, -1] > 0) & (freedom > 0)
    return Model(predictor, error, slope.copy(), dispersion, there, freedom), significant


@dataclass(frozen=True)
class Means:
    """Fitted counts (problems, rows): their sixth roots, themselves, and those one step before."""

    sixth: Floats
    fitted: Floats
    before: Floats

    @classmethod
    def of(cls, responses: Responses, design: Design, found: Fit) -> "Means":
        """The sixth root first: the residuals need it, and its powers cost less than another exponential."""
        sixth = design.predictors(found.level, found.slope if found.has_slope else None)
        if responses.exposure is not None:
            sixth += np.log(responses.exposure)
        sixth /= 6
        np.exp(sixth, out=sixth)
        fitted = (sixth * sixth * sixth) ** 2
        moved = found.slope_before - found.slope if found.has_slope else None
        before = design.predictors(found.level_before - found.level, moved)
        np.exp(before, out=before)
        before *= fitted
        return cls(sixth, fitted, before)


def _dispersions(responses: Responses, means: Means, *, prior: Floats | None, freedom: Floats) -> tuple[Floats, Floats]:
    """Pearson's dispersion by the last working weights, and with the prior weights in their place."""
    residual = responses.count / means.fitted
    residual -= 1
    residual *= residual
    if prior is not None:
        residual *= prior
    return np.einsum("ij,ij->i", means.before, residual) / freedom, residual.sum(axis=1) / freedom


def _weights(responses: Responses, design: Design, found: Fit, *, means: Means, scale: Floats, above: float) -> Floats:
    """Prior weights of every week (Farrington et al. 1996, 3.6; threshold of Noufaily et al. 2013, 3.4).

    Anscombe residuals, standardised by dispersion and leverage: the weight of one above the threshold falls with its square,
    and the weights add up to the number of weeks. A week that alone makes up its season has leverage 1 and no residual, and
    keeps its weight; R stops there. A missing week has the weight 0.
    """
    room = design.leverages(found.weight, found.lean, found.spread if found.has_slope else None)
    room *= means.before
    np.subtract(1, room, out=room)
    room *= scale[:, None]
    cube = means.sixth**3
    raw = 1.5 * (responses.two_thirds / means.sixth - cube)
    outlying = (raw > 0) & (raw * raw > above * above * room) & (room > 1e-9)
    if responses.present is not None:
        outlying &= responses.present > 0
    weight = np.ones_like(raw) if responses.present is None else responses.present.copy()
    rows = weight.sum(axis=1)
    weight[outlying] = room[outlying] / raw[outlying] ** 2
    weight *= (rows / weight.sum(axis=1))[:, None]
    return weight
