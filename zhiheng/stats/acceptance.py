"""Acceptance sampling by attributes: operating characteristic, average sample number, outgoing quality, risks, plans.

Quality p is a fraction nonconforming, or with the Poisson model a number of nonconformities per item. A plan of one or
several stages is a `Stages`: the sizes of the samples and, counted over all samples so far, acceptance and rejection
numbers. Formulas: Schilling and Neubauer (2017), Acceptance Sampling in Quality Control, 3rd ed., chapters 3, 5 and 6;
every figure of a plan of several stages comes from the exact distribution of the count, stage after stage.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]
Model = Literal["binomial", "poisson", "hypergeometric"]
WHOLE, TINY = 1e-6, 1e-100


@dataclass(frozen=True)
class Stages:
    """Sample sizes, acceptance and rejection numbers of a plan; an acceptance number of -1 allows no acceptance yet.

    After the last sample a lot is accepted when the count is below the rejection number.
    """

    sizes: tuple[int, ...]
    accept: tuple[int, ...]
    reject: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.sizes or not len(self.sizes) == len(self.accept) == len(self.reject):
            raise StatisticsError(
                f"a plan needs one size, acceptance and rejection number a stage, not {len(self.sizes)}, "
                f"{len(self.accept)} and {len(self.reject)}"
            )
        for stage, (size, least, most) in enumerate(zip(self.sizes, self.accept, self.reject, strict=True), start=1):
            if size < 1 or least < -1 or most <= least or most < 1:
                raise StatisticsError(
                    f"stage {stage}: n = {size}, Ac = {least}, Re = {most} is no plan: "
                    "n is at least 1 and Re larger than Ac"
                )


@dataclass(frozen=True)
class Operating:
    """For each quality p: the chance to be accepted and to end at each stage, arrays of stages by qualities."""

    p: Floats
    sizes: tuple[int, ...]
    accepted_at: Floats
    ended_at: Floats
    model: Model

    @property
    def accepted(self) -> Floats:
        """Probability of acceptance, the operating characteristic."""
        return np.asarray(self.accepted_at.sum(axis=0), dtype=np.float64)

    @property
    def average_sample_number(self) -> Floats:
        """How many items are inspected on average, every sample being inspected to its end."""
        return np.asarray(np.cumsum(self.sizes) @ self.ended_at, dtype=np.float64)

    def average_outgoing_quality(self, *, lot: int | None = None) -> Floats:
        """Quality that leaves where refused lots are sorted and every nonconforming item found is replaced."""
        if lot is None:
            return self.p * self.accepted
        left = np.maximum(0, 1 - np.cumsum(self.sizes) / lot)
        return np.asarray(self.p * (left @ self.accepted_at), dtype=np.float64)

    def average_total_inspection(self, *, lot: int) -> Floats:
        """How many items are inspected on average where refused lots are inspected wholly."""
        done = np.minimum(np.cumsum(self.sizes), lot)
        return np.asarray(done @ self.accepted_at + lot * (1 - self.accepted), dtype=np.float64)


def single(n: int, ac: int) -> Stages:
    """A single sampling plan.

    >>> single(80, 2)
    Stages(sizes=(80,), accept=(2,), reject=(3,))
    """
    return Stages((n,), (ac,), (ac + 1,))


def operating(p: ArrayLike, plan: Stages, *, model: Model, lot: int | None = None) -> Operating:
    """How the plan behaves at each quality of a one-dimensional array or a scalar.

    The hypergeometric model needs the lot size and qualities that are a whole number of items of it.
    StatisticsError: a quality outside its range, a lot smaller than the samples together.

    >>> operating(0.02, single(80, 2), model="binomial").accepted.round(4).tolist()
    [0.7844]
    """
    quality = _quality(p, model)
    if model == "hypergeometric":
        bad = lot_items(quality, plan, lot)
    accepted, ended = [], []
    going = np.ones((1, len(quality)))
    drawn = 0
    for stage, size in enumerate(plan.sizes):
        last = stage == len(plan.sizes) - 1
        count = plan.reject[stage]
        found = np.arange(count)[:, None]
        after = np.zeros((count, len(quality)))
        for before, chance in enumerate(going[:count]):
            if model == "binomial":
                more = stats.binom.pmf(found - before, size, quality)
            elif model == "poisson":
                more = stats.poisson.pmf(found - before, size * quality)
            else:
                # a count of bad items larger than the lot holds has no chance, and scipy no name for it
                more = stats.hypergeom.pmf(found - before, (lot or 0) - drawn, np.maximum(bad - before, 0), size)
            after += np.where(chance > 0, chance * more, 0.0)
        passing = after if last else after[: plan.accept[stage] + 1]
        accepted.append(passing.sum(axis=0))
        rest = np.zeros_like(after) if last else np.where(found > plan.accept[stage], after, 0.0)
        ended.append(going.sum(axis=0) - rest.sum(axis=0))
        going, drawn = rest, drawn + size
    return Operating(quality, plan.sizes, np.array(accepted), np.array(ended), model)


def quality_at(accepted: ArrayLike, *, n: ArrayLike, ac: ArrayLike, model: Model) -> Floats:
    """The quality that a single plan accepts with this probability; the arguments broadcast.

    Quantiles of the beta and gamma distributions, exact for both models. A plan that accepts everything (ac not
    below n, binomial) gives NaN. StatisticsError: the hypergeometric model, which has no quality between two lots.

    >>> quality_at([0.95, 0.10], n=80, ac=2, model="binomial").round(5).tolist()
    [0.0103, 0.06516]
    """
    chance, size, number = np.broadcast_arrays(np.asarray(accepted, float), np.asarray(n, float), np.asarray(ac, float))
    if np.any((chance <= 0) | (chance >= 1)):
        raise StatisticsError("a probability of acceptance lies between 0 and 1, such as 0.95")
    if model == "poisson":
        return np.asarray(special.gammaincinv(number + 1, 1 - chance) / size, dtype=np.float64)
    if model == "binomial":
        free = np.where(number < size, size - number, 1.0)
        found = special.betaincinv(number + 1, free, 1 - chance)
        return np.asarray(np.where(number < size, found, np.nan), dtype=np.float64)
    raise StatisticsError("the hypergeometric model has qualities of whole items only: ask for 'binomial' or 'poisson'")


def outgoing_quality_limit(plan: Stages, *, model: Model, lot: int | None = None) -> tuple[float, float]:
    """The worst average outgoing quality (AOQL) and the incoming quality at which it is met.

    >>> tuple(round(value, 5) for value in outgoing_quality_limit(single(80, 2), model="poisson"))
    (0.01714, 0.02837)
    """
    if model == "hypergeometric":
        every = np.arange((lot or 0) + 1) / (lot or 1)
        outgoing = operating(every, plan, model=model, lot=lot).average_outgoing_quality(lot=lot)
        at = int(outgoing.argmax())
        return float(outgoing[at]), float(every[at])
    # beyond three times what the first sample may hold next to nothing is accepted, and next to nothing goes out
    largest = 3 * (plan.reject[-1] + 2) / plan.sizes[0]
    largest = min(1.0, largest) if model == "binomial" else largest

    def outgoing_at(quality: float) -> float:
        return -float(operating(quality, plan, model=model).average_outgoing_quality(lot=lot)[0])

    grid = np.linspace(0, largest, 401)
    coarse = operating(grid, plan, model=model).average_outgoing_quality(lot=lot)
    at = int(coarse.argmax())
    between = (float(grid[max(at - 1, 0)]), float(grid[min(at + 1, 400)]))
    best = optimize.minimize_scalar(outgoing_at, bounds=between, method="bounded", options={"xatol": 1e-10})
    return -float(best.fun), float(best.x)


def quality_of(plan: Stages, accepted: float, *, model: Model) -> float:
    """The quality that a plan of any number of stages accepts with this probability: the root of its characteristic.

    >>> round(quality_of(Stages((50, 50), (0, 3), (3, 4)), 0.1, model="binomial"), 5)
    0.06659
    """
    if len(plan.sizes) == 1 and plan.reject[0] == plan.accept[0] + 1:
        return float(quality_at(accepted, n=plan.sizes[0], ac=plan.accept[0], model=model))

    def excess(quality: float) -> float:
        return float(operating(quality, plan, model=model).accepted[0]) - accepted

    largest = 1.0 if model == "binomial" else 10.0 * plan.reject[-1] / plan.sizes[0]
    if not 0 < accepted < 1 or excess(largest) >= 0:
        raise StatisticsError(f"no quality is accepted with probability {accepted:g} by this plan")
    return float(optimize.brentq(excess, 0.0, largest, xtol=1e-12))


def _quality(p: ArrayLike, model: Model) -> Floats:
    quality = np.atleast_1d(np.asarray(p, dtype=np.float64))
    if np.any(~(quality >= 0)) or (model != "poisson" and np.any(quality > 1)):
        raise StatisticsError(
            "a quality is a fraction between 0 and 1 (nonconformities per item, not per hundred, with the Poisson model)"
        )
    # scipy's binomial overflows at the smallest numbers a float can hold: none of a lot is nonconforming there
    return np.where(quality < TINY, 0.0, quality)


def lot_items(quality: Floats, plan: Stages, lot: int | None) -> Floats:
    """How many items of the lot are nonconforming at each quality. StatisticsError: not a whole number."""
    if lot is None or lot < sum(plan.sizes):
        raise StatisticsError(f"samples of {sum(plan.sizes)} cannot be drawn from a lot of {lot}: give the lot size")
    items = np.rint(quality * lot)
    if np.any(np.abs(items - quality * lot) > WHOLE * lot):
        wrong = quality[np.abs(items - quality * lot) > WHOLE * lot][0]
        raise StatisticsError(
            f"{wrong:g} of a lot of {lot} is not a whole number of items: choose qualities that are, or another model"
        )
    return items
