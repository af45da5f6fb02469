"""Farrington's detectors over many series and weeks at once."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration.glm import Design
from zhiheng.stats.aberration.model import Model, model
from zhiheng.stats.aberration.reference import Indices, Layout, checked_dates, layouts
from zhiheng.stats.aberration.responses import Responses
from zhiheng.stats.aberration.results import Aberrations, Codes, Floats, Reason, exposures, series
from zhiheng.stats.aberration.settings import FLEXIBLE, Farrington
from zhiheng.stats.aberration.thresholds import bounds, expectation

CELLS = 1 << 16  # counts worked on at a time: half a megabyte an array, so that the few in use stay in the second cache


@dataclass(frozen=True)
class FarringtonAberrations(Aberrations):
    """Aberrations (series, weeks asked for) with what the model of each says.

    `weeks`: places of the weeks in the series. `p_value`: probability of such a count or a larger one. `dispersion`: at
    least 1. `slope`: change of the logarithm in a week, NaN where there is no trend in the model. `error`: standard error
    of the logarithm of the expected count.
    """

    weeks: Indices
    p_value: Floats
    dispersion: Floats
    slope: Floats
    error: Floats


def farrington(
    counts: ArrayLike,
    *,
    weeks: ArrayLike | None = None,
    dates: ArrayLike | None = None,
    judged: ArrayLike | None = None,
    settings: Farrington = FLEXIBLE,
) -> FarringtonAberrations:
    """Is a week's count above what the same season of earlier years lets one expect? Series and weeks in one batch.

    Noufaily et al. 2013, Statistics in Medicine 32, 1206-1222 (FLEXIBLE); Farrington et al. 1996, J. R. Statist. Soc. A 159,
    547-563 (ORIGINAL); as R surveillance 1.20.3 computes them, its rounding apart. `counts` has time on its last axis, one
    series a row. `weeks` are places on that axis, 0 the first, the last one -1; without them every week. `dates` are first
    days of the weeks, so that reference weeks follow the calendar; without them a year has 52 weeks. `judged`, of the shape
    of counts, makes it a matter of rates: the expectation is in proportion to the number judged.

    Where R gives NA or 0, or stops, there is NaN, no alarm and a reason. A missing (NaN) count in the baseline is left out;
    so is a week in which nothing was judged; the trend is then still carried to the judged week, where R carries it a few weeks
    short if the first week of the baseline is the missing one. A negative or infinite count is never used: what rests on it is not judged. A
    baseline without any case gives a bound near 0, with a remark; the least number of recent cases then guards alone.

    >>> weekly = np.random.Generator(np.random.PCG64(1)).poisson(6.0, (2, 521))
    >>> weekly[1, -1] = 25
    >>> found = farrington(weekly, weeks=[-1])
    >>> found.is_aberrant.ravel().tolist()
    [False, True]
    """
    observed = series(counts)
    length = observed.shape[-1]
    flat = observed.reshape(-1, length)
    exposure = exposures(judged, observed)
    exposure = None if exposure is None else exposure.reshape(-1, length)
    chosen = _weeks(weeks, length)
    day = checked_dates(dates, length)
    usable = np.where(np.isfinite(flat) & (flat >= 0), flat, np.nan)
    found = _Figures.empty(flat.shape[0], chosen.size)
    groups, short = layouts(np.unique(chosen), settings=settings, dates=day)
    if groups:
        first = min(int((members - layout.lag[0]).min()) for members, layout in groups)
        kept = Responses.of(usable[:, first:], None if exposure is None else exposure[:, first:])
        wrong = (~np.isnan(flat) & np.isnan(usable))[:, first:]
        for members, layout in groups:
            columns = np.flatnonzero(np.isin(chosen, members))
            _judge(found, kept, chosen - first, columns, layout=layout, settings=settings)
            if wrong.any():
                rests = wrong[:, (chosen[columns] - first)[:, None] - layout.lag].any(axis=-1)
                found.reason[:, columns] = np.where(rests, Reason.NEGATIVE_COUNT, found.reason[:, columns])
    found.reason[:, np.isin(chosen, short)] = Reason.SHORT_SERIES
    _own(found, flat, exposure, chosen, settings)
    return _told(found, usable, chosen, shape=observed.shape[:-1], settings=settings)


@dataclass
class _Figures:
    """The figures of every series and week asked for, being filled."""

    upper: Floats
    p_value: Floats
    model: Model
    reason: Codes

    @classmethod
    def empty(cls, rows: int, columns: int) -> "_Figures":
        def nothing() -> Floats:
            return np.full((rows, columns), np.nan)

        blank = Model(nothing(), nothing(), nothing(), nothing(), np.zeros((rows, columns), dtype=bool), nothing())
        return cls(nothing(), nothing(), blank, np.zeros((rows, columns), dtype=np.int8))


def _judge(
    found: _Figures, kept: Responses, chosen: Indices, columns: Indices, *, layout: Layout, settings: Farrington
) -> None:
    """All series at the weeks that share a layout, a piece at a time."""
    design = Design.of(layout)
    rows = kept.count.shape[0]
    place = np.arange(rows * columns.size)
    step = max(1, CELLS // layout.lag.size)
    for start in range(0, place.size, step):
        part = place[start : start + step]
        line, column = part % rows, columns[part // rows]
        week = chosen[column]
        taken = kept.take(line, week - layout.lag[-1], layout.lag - layout.lag[-1])
        now = None if kept.exposure is None else kept.exposure[line, week]
        # what cannot be computed is found by its reason below
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            fitted = model(taken, design, ahead=-layout.middle, exposure=now, settings=settings)
            upper, p_value = bounds(fitted, kept.count[line, week], settings)
        at = (line, column)
        found.upper[at], found.p_value[at] = upper, p_value
        for name in ("predictor", "error", "slope", "dispersion", "converged", "freedom"):
            getattr(found.model, name)[at] = getattr(fitted, name)
        found.reason[at] = _reason(taken, fitted, upper, now)


def _reason(taken: Responses, fitted: Model, upper: Floats, now: Floats | None) -> Codes:
    """What is to be said about each problem."""
    reason = np.full(upper.shape, Reason.NONE, dtype=np.int8)
    if now is not None:
        reason[upper > now] = Reason.BOUND_ABOVE_JUDGED
    reason[~taken.count.any(axis=1)] = Reason.EMPTY_BASELINE
    reason[~fitted.converged | ~np.isfinite(upper)] = Reason.NOT_CONVERGED
    missing = ~(fitted.freedom > 0) | ~np.isfinite(fitted.predictor)
    if taken.present is not None:
        missing |= taken.present.sum(axis=1) == 0
        reason[missing] = Reason.MISSING_BASELINE
    return reason


def _own(found: _Figures, flat: Floats, exposure: Floats | None, chosen: Indices, settings: Farrington) -> None:
    """Reasons that lie in the week itself and in those just before it; they come before all others."""
    usable = np.where(np.isfinite(flat) & (flat >= 0), flat, 0.0)
    padded = np.concatenate([np.zeros((flat.shape[0], settings.within - 1)), usable], axis=1)
    recent = sliding_window_view(padded, settings.within, axis=1)[:, chosen].sum(axis=-1)
    few = (recent < settings.least_cases) & (found.reason < Reason.TOO_FEW_RECENT)
    found.reason[few] = Reason.TOO_FEW_RECENT
    now = flat[:, chosen]
    if exposure is not None:
        found.reason[~(exposure[:, chosen] > 0)] = Reason.NOTHING_JUDGED
    found.reason[np.isnan(now)] = Reason.MISSING_NOW
    found.reason[~np.isnan(now) & ~(np.isfinite(now) & (now >= 0))] = Reason.NEGATIVE_COUNT


def _told(
    found: _Figures,
    usable: Floats,
    chosen: Indices,
    *,
    shape: tuple[int, ...],
    settings: Farrington,
) -> FarringtonAberrations:
    """The result, in the shape of the series."""
    judged = found.reason < Reason.TOO_FEW_RECENT
    known = judged | (found.reason == Reason.TOO_FEW_RECENT)
    count = usable[:, chosen]
    expected = expectation(found.model)
    base = (
        expected if settings.threshold == "delta" else found.model.predictor
    )  # as R: there the score is on this scale
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (count - base) / (found.upper - base)
    above = judged & (score > 1) & (count > 0)

    def shown(values: Floats, where: NDArray[np.bool_]) -> Floats:
        return np.where(where, values, np.nan).reshape(*shape, chosen.size)

    return FarringtonAberrations(
        upper_bound=shown(found.upper, judged),
        is_judged=judged.reshape(*shape, chosen.size),
        is_aberrant=above.reshape(*shape, chosen.size),
        method=f"Farrington {settings.form}, {settings.threshold}",
        expected=shown(expected, known),
        score=shown(score, known),
        reason=found.reason.reshape(*shape, chosen.size),
        weeks=chosen,
        p_value=shown(found.p_value, known),
        dispersion=shown(found.model.dispersion, known),
        slope=shown(found.model.slope, known),
        error=shown(found.model.error, known),
    )


def _weeks(weeks: ArrayLike | None, length: int) -> Indices:
    """Places of the weeks asked for. StatisticsError: a place outside the series."""
    if weeks is None:
        return np.arange(length)
    asked = np.asarray(weeks, dtype=np.int64).ravel()
    if np.any((asked < -length) | (asked >= length)):
        wrong = int(asked[(asked < -length) | (asked >= length)][0])
        raise StatisticsError(f"week {wrong} is not in a series of {length} weeks: give places from 0 to {length - 1}")
    return np.where(asked < 0, asked + length, asked)
