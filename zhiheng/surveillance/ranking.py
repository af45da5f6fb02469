"""Units set beside one another: shrunk rates, ranks with intervals, a funnel, and the control of many comparisons.

There is no order without an interval here: `stats.ranks.league` refuses one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import StatisticsError
from zhiheng.stats.funnel import (
    Funnel,
    FunnelLimits,
    continuous_limits,
    exact_limits,
    funnel,
    normal_limits,
    overdispersion,
)
from zhiheng.stats.intervals import wilson
from zhiheng.stats.multiplicity import adjust
from zhiheng.stats.ranks import Ranks, beta_ranks, league
from zhiheng.stats.shrinkage import BetaPrior, posterior, prior_by_moments
from zhiheng.surveillance.arms import OF_POPULATION, OF_TESTED, UNSTATED

Floats = NDArray[np.float64]
Row = dict[str, Any]
ABOVE, BELOW, WITHIN, UNSURE = "above", "below", "within", "unsure"
CHANCE = "the units differ by no more than chance would make them: no order is told, and every rank is possible"


@dataclass(frozen=True)
class Ranking:
    """Every unit in the order of expected ranks, with what holds for all: the common rate, the funnel, and the promise in words."""

    rows: tuple[Row, ...]
    left_out: tuple[Any, ...]
    target: float
    limits: Funnel
    tau2: float
    phi: float
    concentration: float
    separated: float
    level: float
    promise: str
    note: str
    of: str
    reasons: tuple[str, ...]

    def curve(self, trials: Sequence[float]) -> FunnelLimits:
        """The limits of the funnel at any number of items, by the same method as the verdicts."""
        held = self.limits.limits
        if held.method.startswith("exact"):
            return exact_limits(trials, target=held.target, level=held.level)
        if held.method.startswith("continuous"):
            return continuous_limits(trials, target=held.target, level=held.level)
        return normal_limits(trials, target=held.target, level=held.level, tau2=self.tau2)


@dataclass(frozen=True)
class Estimates:
    """The design-based rate of each unit with its interval, the batches of equal weight that would say as much, and the rate of all."""

    rate: Sequence[float]
    lower: Sequence[float]
    upper: Sequence[float]
    effective: Sequence[float]
    whole: float


def ranking(
    names: Sequence[Any],
    nonconforming: Sequence[int],
    judged: Sequence[int],
    *,
    terms: Mapping[str, Any],
    estimates: Estimates | None = None,
    reasons: Sequence[str] = (UNSTATED,),
) -> Ranking:
    """Units by name with their counts, ranked under the terms of `law/int/ranking`; units without a judged item are left out.

    With `estimates` the figures are of the population: each unit counts by its effective size and its weighted share of that (Chen,
    Wakefield, Lumley 2014, Spatial and Spatio-temporal Epidemiology 11, 33-43, with Kish's size, which a unit without failures has
    too), and carries its design-based interval. Without, items count once, the figures are of the items tested, `reasons`
    say why, and no unit has an interval of a population: what is left are the limits of chance among items like these.
    Rates are drawn towards what all units show (beta-binomial, Kleinman 1973), ranks come from their posteriors; a unit stands out when
    it lies outside the funnel and the comparison holds after the control of all of them.
    StatisticsError: fewer than two units, none or all of the items failed, or counts that cannot be.
    """
    units = Units.of(names, nonconforming, judged, estimates)
    y, n, level = units.failed, units.size, float(terms["level"])
    winsorised, target, whole = float(terms["winsorised"]), units.target, estimates is None
    scatter = overdispersion(y, n, target=target, winsorised=winsorised, whole=whole)
    found = funnel(
        y, n, target=target, level=float(terms["funnel_level"]), scatter=terms["scatter"], winsorised=winsorised, whole=whole
    )  # fmt: skip
    told = adjust(found.p, level=float(terms["false_share"]), control=terms["control"])
    prior = prior_by_moments(y, n)
    rate, lower, upper, order = shrunk(prior, y, n, terms)
    table = league(units.names, rate, lower, upper, order)
    places = {name: at for at, name in enumerate(units.names)}
    rows = []
    for at, name in enumerate(table.names):
        place = places[name]
        rows.append(
            {
                "value": name,
                **units.row(place),
                "shrunk": float(table.rate[at]),
                "shrunk_lower": float(table.rate_lower[at]),
                "shrunk_upper": float(table.rate_upper[at]),
                "rank": float(table.rank[at]),
                "rank_lower": int(table.rank_lower[at]),
                "rank_upper": int(table.rank_upper[at]),
                "p": float(found.p[place]),
                "p_adjusted": float(told.p[place]),
                "verdict": verdict(int(found.position[place]), found=bool(told.found[place])),
            }
        )
    return Ranking(
        tuple(rows), units.left_out, found.limits.target, found, scatter.tau2, scatter.phi, prior.concentration,
        order.separated, level, told.promise, CHANCE if np.isinf(prior.concentration) else table.note,
        OF_TESTED if whole else OF_POPULATION, tuple(reasons) if whole else (),
    )  # fmt: skip


@dataclass(frozen=True)
class Units:
    """The units with judged items: their counts as the model takes them, and as they are told."""

    names: tuple[Any, ...]
    left_out: tuple[Any, ...]
    failed: Floats
    size: Floats
    target: float
    counts: tuple[tuple[int, int], ...]
    limits: tuple[tuple[float, float | None, float | None], ...]

    @staticmethod
    def of(
        names: Sequence[Any], nonconforming: Sequence[int], judged: Sequence[int], estimates: Estimates | None
    ) -> "Units":
        """Units from counts, or from counts with estimates. StatisticsError: fewer than two, or counts that cannot be."""
        for name, k, n in zip(names, nonconforming, judged, strict=True):
            if not 0 <= k <= n:
                raise StatisticsError(
                    f"{name}: {k} of {n} failed; counts lie between 0 and the items judged, so nothing is ranked with it: leave it out"
                )
        used = [at for at, n in enumerate(judged) if n > 0]
        if len(used) < 2:
            raise StatisticsError(f"{len(used)} units with judged items: a ranking needs two")
        counts = tuple((int(nonconforming[at]), int(judged[at])) for at in used)
        limits: list[tuple[float, float | None, float | None]]
        if estimates is None:
            failed, size = np.array(counts, dtype=np.float64).T
            target, limits = float(failed.sum() / size.sum()), [(k / n, None, None) for k, n in counts]
        else:
            size = np.array([estimates.effective[at] for at in used])
            failed = size * np.array([estimates.rate[at] for at in used])
            target, limits = (
                estimates.whole,
                [(estimates.rate[at], estimates.lower[at], estimates.upper[at]) for at in used],
            )
        left_out = tuple(name for name, n in zip(names, judged, strict=True) if n == 0)
        return Units(tuple(names[at] for at in used), left_out, failed, size, target, counts, tuple(limits))

    def row(self, at: int) -> Row:
        """What is told of a unit itself."""
        (k, n), (rate, lower, upper) = self.counts[at], self.limits[at]
        return {
            "judged": n,
            "nonconforming": k,
            "effective": float(self.size[at]),
            "rate": rate,
            "lower": lower,
            "upper": upper,
        }


def verdict(position: int, *, found: bool) -> str:
    """Where a unit lies: outside the funnel and told apart, outside but perhaps one of many by chance, or within."""
    if position == 0:
        return WITHIN
    return (ABOVE if position > 0 else BELOW) if found else UNSURE


def shrunk(prior: BetaPrior, y: Floats, n: Floats, terms: Mapping[str, Any]) -> tuple[Floats, Floats, Floats, Ranks]:
    """Rates drawn together, their limits, and ranks; where nothing but chance tells units apart all share one rate and every rank."""
    level = float(terms["level"])
    if np.isinf(prior.concentration):
        common = wilson([y.sum()], [n.sum()], level=level)
        same = np.ones(y.shape)
        middle = (y.size + 1) / 2
        every = Ranks(
            middle * same, middle * same, same, y.size * same, same * np.nan, same * np.nan, 1, 0.0, level, 0, 0, "none"
        )
        return prior.mean * same, float(common.lower[0]) * same, float(common.upper[0]) * same, every
    after = posterior(prior, y, n, level=level)
    # ranks of many units take their time: fewer draws, and the limits of a rank stay exact to a few places
    draws = int(terms["draws"]) if y.size <= int(terms["most_ranked"]) else max(int(terms["draws"]) // 5, 100)
    alpha = prior.mean * prior.concentration + y
    beta = (1 - prior.mean) * prior.concentration + n - y
    order = beta_ranks(alpha, beta, level=level, draws=draws, seed=int(terms["seed"]))
    return after.mean, after.lower, after.upper, order
