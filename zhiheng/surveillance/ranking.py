"""Units set beside one another: shrunk rates, ranks with intervals, a funnel, and the control of many comparisons.

There is no order without an interval here: `stats.ranks.league` refuses one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import StatisticsError
from zhiheng.stats.funnel import Funnel, FunnelLimits, exact_limits, funnel, normal_limits, overdispersion
from zhiheng.stats.intervals import wilson
from zhiheng.stats.multiplicity import adjust
from zhiheng.stats.ranks import Ranks, beta_ranks, league
from zhiheng.stats.shrinkage import BetaPrior, posterior, prior_by_moments

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

    def curve(self, trials: Sequence[float]) -> FunnelLimits:
        """The limits of the funnel at any number of items, by the same method as the verdicts."""
        held = self.limits.limits
        if held.method.startswith("exact"):
            return exact_limits(trials, target=held.target, level=held.level)
        return normal_limits(trials, target=held.target, level=held.level, tau2=self.tau2)


def ranking(
    names: Sequence[Any], nonconforming: Sequence[int], judged: Sequence[int], *, terms: Mapping[str, Any]
) -> Ranking:
    """Units by name with their counts, ranked under the terms of `law/int/ranking`; units without a judged item are left out.

    Items count once each. Rates are drawn towards what all units show (beta-binomial, Kleinman 1973), ranks come from their
    posteriors; a unit stands out when it lies outside the funnel and the comparison holds after the control of all of them.
    StatisticsError: fewer than two units, or none or all of the items failed: there is nothing to compare.
    """
    n_all = np.asarray(judged, dtype=np.float64)
    used = np.flatnonzero(n_all > 0)
    left_out = tuple(name for name, n in zip(names, n_all, strict=True) if n == 0)
    if used.size < 2:
        raise StatisticsError(f"{used.size} units with judged items: a ranking needs two")
    y, n = np.asarray(nonconforming, dtype=np.float64)[used], n_all[used]
    chosen = [names[int(at)] for at in used]
    level = float(terms["level"])
    scatter = overdispersion(y, n, winsorised=float(terms["winsorised"]))
    found = funnel(
        y, n, level=float(terms["funnel_level"]), scatter=terms["scatter"], winsorised=float(terms["winsorised"])
    )
    told = adjust(found.p, level=float(terms["false_share"]), control=terms["control"])
    prior = prior_by_moments(y, n)
    own = wilson(y, n, level=level)
    rate, lower, upper, order = shrunk(prior, y, n, terms)
    table = league(chosen, rate, lower, upper, order)
    places = {name: at for at, name in enumerate(chosen)}
    rows = []
    for at, name in enumerate(table.names):
        place = places[name]
        rows.append(
            {
                "value": name,
                "judged": int(n[place]),
                "nonconforming": int(y[place]),
                "rate": float(y[place] / n[place]),
                "lower": float(own.lower[place]),
                "upper": float(own.upper[place]),
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
        tuple(rows), left_out, found.limits.target, found, scatter.tau2, scatter.phi, prior.concentration,
        order.separated, level, told.promise, CHANCE if np.isinf(prior.concentration) else table.note,
    )  # fmt: skip


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
