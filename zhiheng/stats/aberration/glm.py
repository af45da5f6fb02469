"""Quasi-Poisson regressions in their thousands: log link, seasonal levels, at most one slope.

The design of these models is an arrow: a level for each season, and one slope for all. With the logarithm as canonical
link, iteratively reweighted least squares is Newton's method (McCullagh and Nelder 1989, 2.5), and one step needs only the
sums over each season of mu, mu t and mu t^2: one exponential and one product of matrices for all problems together, no
factorisation. The path of the iteration is that of R's `glm.fit` (start at y + 0.1, relative change of the deviance below
1e-8, at most 25 steps), because R takes dispersion, leverages and standard errors from the weights *before* the last step,
which depend on the path.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhiheng.stats.aberration.reference import Layout
from zhiheng.stats.aberration.responses import Responses
from zhiheng.stats.aberration.results import Bools, Floats

STEPS, TOLERANCE = 25, 1e-8
PATH = ("level", "slope", "level_before", "slope_before", "weight", "lean", "spread")
Arrow = tuple[Floats, Floats, Floats]


@dataclass(frozen=True)
class Design:
    """The sums over seasons as one matrix: columns for 1, t and t^2 of each season, (rows, 3 seasons)."""

    time: Floats
    season: NDArray[np.int64]
    seasons: int
    sums: Floats

    @classmethod
    def of(cls, layout: Layout) -> "Design":
        """The design of a layout."""
        level = (layout.season[:, None] == np.arange(layout.seasons)).astype(np.float64)
        time = layout.time[:, None]
        return cls(layout.time, layout.season, layout.seasons, np.hstack([level, level * time, level * time**2]))

    @property
    def seasonal(self) -> Floats:
        """Whether a row is of a season, (rows, seasons)."""
        return self.sums[:, : self.seasons]

    def predictors(self, level: Floats, slope: Floats | None) -> Floats:
        """Levels and slopes laid out over the rows, (problems, rows)."""
        if slope is None:
            return np.asarray(level @ self.seasonal.T)
        return np.asarray(np.column_stack([level, slope]) @ np.column_stack([self.seasonal, self.time]).T)

    def leverages(self, weight: Floats, lean: Floats, spread: Floats | None) -> Floats:
        """Leverage of every row for one unit of its working weight, x' (X' W X)^-1 x, from the arrow."""
        level = np.divide(1.0, weight, out=np.zeros_like(weight), where=weight > 0)
        if spread is None:
            return np.asarray(level @ self.seasonal.T)
        steep = (1 / spread)[:, None]
        parts = np.hstack([level + lean * lean * steep, -2 * lean * steep, np.broadcast_to(steep, lean.shape)])
        return np.asarray(parts @ self.sums.T)

    def over(self, values: Floats, moments: int) -> list[Floats]:
        """Sums over each season of values, values t, values t^2: `moments` arrays (problems, seasons)."""
        found = values @ self.sums[:, : moments * self.seasons]
        return [found[:, part * self.seasons : (part + 1) * self.seasons] for part in range(moments)]


@dataclass
class Fit:
    """One element for each problem; `weight` and `lean` (problems, seasons) and `spread` are of the last working weights.

    The last working weights W give the information as an arrow: sum W over each season, its weighted mean time `lean`, and
    `spread` = sum W (t - lean)^2, the information of the slope once the levels are taken out.
    """

    level: Floats
    slope: Floats
    level_before: Floats
    slope_before: Floats
    weight: Floats
    lean: Floats
    spread: Floats
    converged: Bools
    has_slope: bool

    def put(self, chosen: NDArray[np.int64], other: "Fit") -> None:
        """Replace some of the problems."""
        for name in (*PATH, "converged"):
            getattr(self, name)[chosen] = getattr(other, name)


def fit(responses: Responses, design: Design, *, trend: bool, weights: Floats | None = None) -> Fit:
    """Regress the counts of every problem; prior `weights` (problems, rows) are 0 where a week is missing.

    A season without any week keeps the level 0 and the weight 0. `converged` is false where R's would be.
    """
    prior = responses.present if weights is None else weights
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what breaks is taken out as not converged
        state = _Iteration.begin(responses, design, prior=prior, trend=trend)
        state.run()
    return state.fit


@dataclass
class _Iteration:
    """Newton's method for all problems; those that are done leave, so that stragglers do not hold up the rest."""

    design: Design
    fit: Fit
    live: NDArray[np.int64]
    carrier: Floats | None  # prior weight times exposure, None when both are 1
    flat: Floats  # sums of the carrier over each season
    own: Floats
    own_time: Floats
    first: Floats  # deviance at y + 0.1
    constant: Floats  # the part of the deviance that no coefficient moves
    total: Floats | None = None  # sum of the fitted counts one step before

    @classmethod
    def begin(cls, responses: Responses, design: Design, *, prior: Floats | None, trend: bool) -> "_Iteration":
        """The first step, from y + 0.1."""
        count = responses.count
        number = count.shape[0]
        first = count + 0.1 if prior is None else prior * (count + 0.1)
        if trend:
            target, target_time = design.over(first * responses.start, 2)
            weight, lean, square = _arrow(*design.over(first, 3))
            slope = (target_time.sum(axis=1) - _inner(lean, target)) / square
        else:
            target, weight = design.over(first * responses.start, 1)[0], design.over(first, 1)[0]
            lean, square, slope = np.zeros_like(weight), np.ones(number), np.zeros(number)
        level = _over(target, weight) - slope[:, None] * lean
        own, own_time = design.over(count if prior is None else prior * count, 2)
        if responses.exposure is None:
            carrier, offset = prior, None
        else:
            carrier = responses.exposure if prior is None else prior * responses.exposure
            offset = count * np.log(responses.exposure)
        weighed = responses.entropy if offset is None else responses.entropy - offset
        flat = np.zeros_like(weight) + design.seasonal.sum(axis=0) if carrier is None else design.over(carrier, 1)[0]
        found = Fit(level, slope, level.copy(), slope.copy(), weight, lean, square, np.zeros(number, dtype=bool), trend)
        return cls(
            design,
            found,
            np.arange(number),
            carrier,
            flat,
            own,
            own_time.sum(axis=1),
            _total(responses.first_deviance, prior),
            2 * (_total(weighed, prior) - own.sum(axis=1)),
        )

    def run(self) -> None:
        """Step until every problem has converged, or for as long as R would."""
        level, slope, before, slope_before = self.fit.level, self.fit.slope, self.fit.level, self.fit.slope
        kept: Arrow = (self.fit.weight, self.fit.lean, self.fit.spread)
        ones = np.ones(self.design.seasons)
        for _ in range(STEPS):
            arrow = self._sums(level, slope)
            fitted = arrow[0] @ ones
            deviance = self.constant - 2 * (_inner(level, self.own) + slope * self.own_time - fitted)
            if self.total is None:
                change = deviance - self.first
            else:
                # the difference itself, not that of two deviances: exact however large the counts are
                moved = _inner(level - before, self.own) + (slope - slope_before) * self.own_time
                change = 2 * (fitted - self.total) - 2 * moved
            noise = 8 * np.finfo(np.float64).eps * fitted
            done = np.abs(change) < np.maximum(TOLERANCE * (np.abs(deviance) + 0.1), noise)
            self._keep(done, (level, slope, before, slope_before, *kept))
            self.fit.converged[self.live[done]] = True
            stay = np.flatnonzero(~done & np.isfinite(deviance) & np.isfinite(slope))
            if not stay.size:
                return
            self._shrink(stay)
            before, slope_before, self.total = level[stay], slope[stay], fitted[stay]
            kept = (arrow[0][stay], arrow[1][stay], arrow[2][stay])
            level, slope = self._step(before, slope_before, kept)
        self._keep(np.ones(self.live.size, dtype=bool), (level, slope, before, slope_before, *kept))

    def _sums(self, level: Floats, slope: Floats) -> Arrow:
        """The arrow of the working weights: sums over each season, mean times, and the information of the slope."""
        scale = np.exp(level)
        if not self.fit.has_slope:
            return scale * self.flat, np.zeros_like(level), np.ones(level.shape[0])
        shape = np.multiply.outer(slope, self.design.time)
        np.exp(shape, out=shape)
        if self.carrier is not None:
            shape *= self.carrier
        plain, first, second = self.design.over(shape, 3)
        return _arrow(scale * plain, scale * first, scale * second)

    def _step(self, level: Floats, slope: Floats, arrow: Arrow) -> tuple[Floats, Floats]:
        """One Newton step: levels and slope after it."""
        mean, lean, square = arrow
        short = self.own - mean
        if not self.fit.has_slope:
            return level + _over(short, mean), slope
        rise = (self.own_time - _inner(lean, self.own)) / square  # own - short = mean: both moments are of lean
        return level + _over(short, mean) - rise[:, None] * lean, slope + rise

    def _keep(self, done: Bools, found: tuple[Floats, ...]) -> None:
        """Write down the problems that are done; one that converges at once keeps its first weights."""
        if not done.any():
            return
        place = self.live[done]
        for name, values in zip(PATH, found, strict=True):
            getattr(self.fit, name)[place] = values[done]

    def _shrink(self, stay: NDArray[np.int64]) -> None:
        """Leave the problems behind that are done."""
        if stay.size == self.live.size:
            return
        self.live, self.flat, self.own = self.live[stay], self.flat[stay], self.own[stay]
        self.own_time, self.constant = self.own_time[stay], self.constant[stay]
        if self.carrier is not None and self.fit.has_slope:
            self.carrier = self.carrier[stay]


def _arrow(plain: Floats, first: Floats, second: Floats) -> Arrow:
    """Weights, their mean times, and what remains for the slope once each season has its own level."""
    lean = _over(first, plain)
    return plain, lean, second @ np.ones(second.shape[1]) - _inner(lean, first)


def _over(top: Floats, bottom: Floats) -> Floats:
    """Quotients, 0 where a season has no week."""
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)


def _inner(left: Floats, right: Floats) -> Floats:
    """Row by row, the sum of the products."""
    return np.asarray(np.einsum("ij,ij->i", left, right))


def _total(values: Floats, prior: Floats | None) -> Floats:
    return np.asarray(values.sum(axis=1) if prior is None else _inner(values, prior))
