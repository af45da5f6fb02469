"""Two figures that are never mixed: what the targeted arm found, and what the random arm says of the population.

A targeted sample is taken where problems are expected: its rate says how well inspectors look, and nothing about the goods.
A random sample with known inclusion probabilities says something about all goods, with an interval. Both together say it too,
but only when every item of both has a known probability; then each counts with its inverse. Wherever a probability is not known,
the figure is 'of the items tested', and an interval for a population is refused, with the reason in its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhiheng.errors import StatisticsError
from zhiheng.stats.survey import Design, Proportion, design, proportion

Floats = NDArray[np.float64]
LEVEL = 0.95
Kind = Literal["found", "population", "combined", "unstated"]
OF_TESTED = "of the items tested"
OF_POPULATION = "of the population that the sample was drawn from"
TARGETED = "items were chosen where problems were expected: the rate says how often looking found something, not how often goods fail"
UNKNOWN = "the inclusion probability of {missing} of {n} items is not known: nothing is said of a population"
UNSTATED = "how these items were chosen was not stated: they stand for themselves"
MIXED = "the two arms cannot be put together: the inclusion probability of {missing} of {n} items is not known"
NOTHING = "no item was judged"


@dataclass(frozen=True)
class Figure:
    """One rate and what it is of. `lower` and `upper` are None where no interval may be given, and `reasons` then say why.

    `rate` is None only where there is nothing to count, or where counting would mix the arms.
    """

    kind: Kind
    of: str
    nonconforming: int
    judged: int
    rate: float | None
    lower: float | None
    upper: float | None
    level: float | None
    method: str
    reasons: tuple[str, ...]

    def __post_init__(self) -> None:
        bare = self.lower is None or self.upper is None
        if not bare and self.of == OF_TESTED:
            raise StatisticsError(
                "an interval for a population stands on a figure of the items tested: one of the two is wrong"
            )
        if bare and not self.reasons:
            raise StatisticsError("a figure without an interval needs the reason why")


@dataclass(frozen=True)
class Arms:
    """The figures of one group of items, side by side."""

    found: Figure
    population: Figure
    combined: Figure
    unstated: Figure


def arms(
    arm: ArrayLike,
    nonconforming: ArrayLike,
    inclusion: ArrayLike,
    *,
    either: ArrayLike | None = None,
    strata: Sequence[object] | None = None,
    held: ArrayLike | None = None,
    level: float = LEVEL,
) -> Arms:
    """The figures of judged items: their arm ('targeted', 'random', or none), whether they failed, and their inclusion probability.

    `inclusion` is the probability with which the item's own arm took it (NaN: not known), above 0 and at most 1. `strata` and `held`,
    their populations, are those of the draw of each arm; left out, an arm is one stratum drawn with replacement, which errs
    on the side of wide intervals. Population figure: proportion with weights 1 / inclusion, its linearised variance and the interval of
    Korn and Graubard (1998).

    Combined figure: with `either`, the probability of being taken by one arm or the other, both arms are one sample with weights 1 / either
    (Kalton, Anderson 1986, J. R. Stat. Soc. A 149, 65-82); without, each arm estimates by itself and the two are averaged by their effective
    sizes (Hartley 1962, two frames that overlap wholly), the arms being strata of their variance. That holds where the targeted arm could
    have taken any item of the population: a plan that gives some a probability of 0 must not be combined.
    A stratum with one item counts by its deviation from the mean of all ('adjust'), and the figure says so.
    StatisticsError: a probability outside 0 to 1, or a mark other than 0 and 1.
    """
    chosen, failed, chance = (
        np.asarray(arm, dtype=object),
        np.asarray(nonconforming),
        np.asarray(inclusion, dtype=np.float64),
    )
    if not chosen.shape == failed.shape == chance.shape or chance.ndim != 1:
        raise StatisticsError(
            f"{chosen.size} arms, {failed.size} verdicts, {chance.size} probabilities: give one an item"
        )
    if np.any((chance <= 0) | (chance > 1)):
        at = int(np.flatnonzero((chance <= 0) | (chance > 1))[0])
        raise StatisticsError(
            f"inclusion probability of item {at} is {chance[at]:g}: it lies above 0 and reaches at most 1"
        )
    if not np.isin(failed, (0, 1)).all():
        raise StatisticsError(
            "a verdict is 1 for nonconforming, 0 for conforming; leave out items that were not judged"
        )
    y = failed.astype(np.float64)
    targeted, random = np.asarray(chosen == "targeted", dtype=bool), np.asarray(chosen == "random", dtype=bool)
    whole = None if either is None else np.asarray(either, dtype=np.float64)
    if whole is not None and np.any((whole <= 0) | (whole > 1) | (whole < chance * (1 - 1e-9))):
        raise StatisticsError(
            "the probability of either arm lies above 0, reaches at most 1, and is no less than that of one arm"
        )
    both = targeted | random
    parts = (
        np.zeros(y.size, dtype=np.int64) if strata is None else np.unique(np.asarray(strata), return_inverse=True)[1]
    )
    sample = Sample(y, parts * 2 + targeted, None if held is None else np.asarray(held, dtype=np.float64), level)
    return Arms(
        share_tested("found", y[targeted], TARGETED),
        sample.figure("population", random, 1 / chance, UNKNOWN),
        sample.figure("combined", both, averaged(chance, targeted, random) if whole is None else 1 / whole, MIXED),
        share_tested("unstated", y[~(targeted | random)], UNSTATED),
    )


def share_tested(kind: Kind, failed: Floats, reason: str) -> Figure:
    """A plain share of the items tested, without an interval."""
    n, k = failed.size, int(failed.sum())
    return Figure(
        kind, OF_TESTED, k, n, k / n if n else None, None, None, None, "share", (reason,) if n else (NOTHING,)
    )


def estimated(kind: Kind, nonconforming: int, found: Proportion) -> Figure:
    """A proportion of a population as a figure; this is how estimates from engine sums become figures, too."""
    return Figure(
        kind, OF_POPULATION, nonconforming, found.n, found.value, found.lower, found.upper, found.level, found.method, found.reasons,
    )  # fmt: skip


def averaged(chance: Floats, targeted: NDArray[np.bool_], random: NDArray[np.bool_]) -> Floats:
    """Weights 1 / inclusion, each arm scaled so that it counts by its effective size (Kish 1965, 11.7)."""
    weights = 1 / chance
    for arm in (targeted, random):
        if arm.any():
            own = weights[arm]
            weights[arm] = own * np.nansum(own) / np.nansum(own**2)
    return weights


@dataclass(frozen=True)
class Sample:
    """Judged items of all arms, with what is known of the draw."""

    failed: Floats
    strata: NDArray[np.int64]
    held: Floats | None
    level: float

    def figure(self, kind: Kind, inside: NDArray[np.bool_], weights: Floats, refusal: str) -> Figure:
        """The population figure of some items, or its refusal: of one arm then the plain share, of both nothing."""
        n, k = int(inside.sum()), int(self.failed[inside].sum())
        missing = int(np.isnan(weights[inside]).sum())
        if not n:
            return Figure(kind, OF_TESTED, 0, 0, None, None, None, None, "share", (NOTHING,))
        if missing:
            rate = k / n if kind == "population" else None
            return Figure(
                kind, OF_TESTED, k, n, rate, None, None, None, "share", (refusal.format(missing=missing, n=n),)
            )
        held = None if self.held is None else [self.held[inside]]
        drawn = design(weights=weights[inside], strata=self.strata[inside], held=held, lonely="adjust")
        # scaled weights are not to add up to a population, so that the note of the design is not one of the figure
        found = proportion(drawn, self.failed[inside], method="beta", level=self.level)
        notes = () if kind == "population" else drawn.notes
        found = replace(found, reasons=tuple(reason for reason in found.reasons if reason not in notes))
        return estimated(kind, k, told_of_lonely(drawn, found))


def told_of_lonely(sample: Design, found: Proportion) -> Proportion:
    """The proportion with a reason where strata of one item were counted by their deviation from the mean of all."""
    first = sample.stages[0]
    lonely = np.unique(first.strata[(first.taken == 1) & (first.held > 1)]).size
    if not lonely:
        return found
    reason = f"{lonely} strata have one item: each counts by its deviation from the mean of all"
    return replace(found, reasons=(*found.reasons, reason))
