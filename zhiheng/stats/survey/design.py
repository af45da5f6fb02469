"""The design of a probability sample: stages, strata, sampling units, population sizes and weights, on arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhiheng.errors import StatisticsError

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Lonely = Literal["fail", "certainty", "remove", "adjust", "average"]
LONELY = ("fail", "certainty", "remove", "adjust", "average")
SLACK = 1e-6  # how far weights of a stratum may miss its population before it is told, relative


@dataclass(frozen=True)
class Stage:
    """One stage: for each item the code of its stratum and of its unit, how many units were taken and how many there are.

    Codes are unique over the whole sample: a unit of stage two belongs to one unit of stage one. `held` is infinite where
    units were drawn with replacement or the population is not known: no finite-population correction.
    """

    strata: Whole
    units: Whole
    taken: Floats
    held: Floats
    names: tuple[Any, ...]


@dataclass(frozen=True)
class Margin:
    """Items by cell of a population margin, with the weights before and after it was met; residuals are cell deviations."""

    cells: Whole
    before: Floats
    after: Floats


@dataclass(frozen=True)
class Raked:
    """Several margins met in turn."""

    margins: tuple[Margin, ...]


@dataclass(frozen=True)
class Regression:
    """Auxiliary variables whose totals were met: an orthonormal basis of them times `root`, and the weights over `root`."""

    basis: Floats
    scale: Floats


@dataclass(frozen=True)
class Design:
    """A probability sample of `weights.size` items. Make one with `design`; estimators take it as it is."""

    weights: Floats
    stages: tuple[Stage, ...]
    lonely: Lonely
    met: tuple[Margin | Raked | Regression, ...] = ()
    notes: tuple[str, ...] = ()

    def with_lonely(self, lonely: Lonely) -> "Design":
        """The same sample with another treatment of strata of one unit."""
        return replace(self, lonely=known(lonely))


def design(
    *,
    weights: ArrayLike | None = None,
    strata: Sequence[ArrayLike] | ArrayLike | None = None,
    units: Sequence[ArrayLike] | None = None,
    held: Sequence[ArrayLike] | None = None,
    lonely: Lonely = "fail",
) -> Design:
    """A stratified, clustered, multi-stage or unequal-probability sample (Särndal, Swensson, Wretman 1992, chapters 3, 4).

    `units`: one array of unit names for each stage, first stage first; left out, every item is a unit. `held`: for each
    stage the number of units in the population of the item's stratum, or, where all are at most 1, the sampling fraction;
    an infinite number, or no array for a stage, means no correction, and later stages then add nothing: the first-stage units are
    ultimate clusters. `strata`: of the first stage, or a sequence with one array a stage. `weights` are inverse inclusion
    probabilities; left out, they follow from `held`. Names may be text or numbers; a second-stage name counts within its
    first-stage unit. A stratum of one unit: 'fail' (an error when a variance is asked for), 'certainty' or 'remove' (adds
    nothing), 'adjust' (deviation from the mean of all), 'average' (the mean of the other strata), as in R survey.
    StatisticsError: lengths differ, a missing name, a weight that is no number above or at 0, a population smaller than its
    sample, or neither weights nor populations.

    >>> sample = design(strata=["a", "a", "b", "b"], held=[[10, 10, 20, 20]])
    >>> sample.weights.tolist()
    [5.0, 5.0, 10.0, 10.0]
    """
    columns = [np.asarray(given) for given in (weights, *(units or ()), *(held or ())) if given is not None]
    if any(column.ndim != 1 for column in columns):
        raise StatisticsError(
            "units and populations are given by stage: give a list of arrays, one a stage, one element an item"
        )
    size = columns[0].size if columns else 0
    if not size:
        raise StatisticsError("a design without items: give weights, units or populations, one element an item")
    named = [
        named_codes(column, size, f"units of stage {at + 1}") for at, column in enumerate(units or [np.arange(size)])
    ]
    parted = by_stage(strata, size, len(named))
    stages: list[Stage] = []
    parent = np.zeros(size, dtype=np.int64)
    for at, (unit, (part, names)) in enumerate(zip(named, parted, strict=True)):
        part = crossed(parent, part) if at else part
        parent = crossed(crossed(parent, part), unit[0])
        stages.append(stage(part, parent, population(held, at, size), names, at + 1))
    found = checked(weights, size) if weights is not None else implied(stages)
    return Design(found, tuple(stages), known(lonely), notes=sums(found, stages))


def degrees_of_freedom(sample: Design, domain: NDArray[np.bool_] | None = None) -> int:
    """First-stage units minus first-stage strata, counted among items of the domain with a weight above 0.

    >>> degrees_of_freedom(design(strata=[1, 1, 1, 2, 2], weights=[1] * 5))
    3
    """
    inside = sample.weights != 0
    if domain is not None:
        inside = inside & domain
    first = sample.stages[0]
    return int(np.unique(first.units[inside]).size - np.unique(first.strata[inside]).size)


def known(lonely: str) -> Lonely:
    """A treatment of strata of one unit, by name."""
    for name in LONELY:
        if lonely == name:
            return name  # type: ignore[return-value]
    raise StatisticsError(f"lonely {lonely!r} is not known: give one of {', '.join(LONELY)}")


def named_codes(column: ArrayLike, size: int, what: str) -> tuple[Whole, tuple[Any, ...]]:
    """Codes from 0 in the order of the names; StatisticsError: another length, or a missing name."""
    given = np.asarray(column)
    if given.shape != (size,):
        raise StatisticsError(f"{what}: {given.shape} elements for {size} items: give one an item")
    missing = np.array([name is None for name in given]) if given.dtype == object else np.zeros(size, bool)
    if given.dtype.kind == "f":
        missing = np.isnan(given)
    if missing.any():
        raise StatisticsError(f"{what}: item {int(np.flatnonzero(missing)[0])} has none; give every item its name")
    names, codes = np.unique(given, return_inverse=True)
    return codes.astype(np.int64), tuple(names.tolist())


def by_stage(
    strata: Sequence[ArrayLike] | ArrayLike | None, size: int, stages: int
) -> list[tuple[Whole, tuple[Any, ...]]]:
    """Strata of each stage; stages without any are one stratum."""
    given: list[Any] = []
    if strata is not None:
        several = isinstance(strata, (list, tuple)) and len(strata) > 0 and np.ndim(strata[0]) == 1
        given = list(strata) if several else [strata]  # type: ignore[arg-type]
    if len(given) > stages:
        raise StatisticsError(f"{len(given)} stages of strata, {stages} of units: give at most one a stage")
    whole = (np.zeros(size, dtype=np.int64), ("all",))
    named = [named_codes(column, size, f"strata of stage {at + 1}") for at, column in enumerate(given)]
    return [*named, *[whole] * (stages - len(given))]


def crossed(outer: Whole, inner: Whole) -> Whole:
    """Codes of the pairs that occur."""
    return np.asarray(np.unique(outer * (int(inner.max()) + 1) + inner, return_inverse=True)[1], dtype=np.int64)


def population(held: Sequence[ArrayLike] | None, at: int, size: int) -> Floats | None:
    """The populations of a stage, None where there are none."""
    if held is None or at >= len(held):
        return None
    found = np.asarray(held[at], dtype=np.float64)
    if found.shape != (size,):
        raise StatisticsError(
            f"populations of stage {at + 1}: {found.shape} elements for {size} items: give a list of arrays, one a stage, "
            "each with one element an item"
        )
    return found


def stage(strata: Whole, units: Whole, held: Floats | None, names: tuple[Any, ...], number: int) -> Stage:
    """One stage with the number of units taken in each stratum; StatisticsError: a population smaller than its sample."""
    _, first = np.unique(units, return_index=True)
    counts = np.bincount(strata[first], minlength=int(strata.max()) + 1).astype(np.float64)
    taken = counts[strata]
    whole = np.full(strata.size, np.inf) if held is None else held
    if np.any(np.isnan(whole)) or np.any(whole <= 0):
        at = int(np.flatnonzero(np.isnan(whole) | (whole <= 0))[0])
        raise StatisticsError(f"population of item {at} at stage {number} is {whole[at]:g}: give a number above 0")
    if held is not None and np.all(whole <= 1) and np.any(taken > 1):
        whole = taken / whole
    if np.any(whole < taken * (1 - 1e-12)):
        at = int(np.flatnonzero(whole < taken * (1 - 1e-12))[0])
        raise StatisticsError(
            f"stratum {told(names, strata, at)} at stage {number}: {taken[at]:g} units were taken of {whole[at]:g}; "
            "a population holds at least its sample"
        )
    low, high = np.full(counts.size, np.inf), np.zeros(counts.size)
    np.minimum.at(low, strata, whole)
    np.maximum.at(high, strata, whole)
    if np.any((low != high) & (counts > 0)):
        at = int(np.flatnonzero((low != high)[strata])[0])
        raise StatisticsError(
            f"stratum {told(names, strata, at)} at stage {number} has populations from {low[strata[at]]:g} to "
            f"{high[strata[at]]:g}: a stratum has one population"
        )
    return Stage(strata, units, taken, whole, names)


def told(names: tuple[Any, ...], strata: Whole, at: int) -> str:
    """A stratum for a message: its name at the first stage, its number further down."""
    code = int(strata[at])
    return str(names[code]) if code < len(names) else f"number {code}"


def implied(stages: Sequence[Stage]) -> Floats:
    """Weights that follow from populations: the product of held over taken."""
    if not np.all(np.isfinite([stage.held for stage in stages])):
        raise StatisticsError("no weights and not every population: give weights, or the population of every stage")
    return np.asarray(np.prod([stage.held / stage.taken for stage in stages], axis=0), dtype=np.float64)


def checked(weights: ArrayLike, size: int) -> Floats:
    """Weights as numbers; StatisticsError: another length, missing, infinite, below 0, or all 0."""
    w = np.asarray(weights, dtype=np.float64)
    if w.shape != (size,):
        raise StatisticsError(f"{w.shape} weights for {size} items: give one an item")
    wrong = ~np.isfinite(w) | (w < 0)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise StatisticsError(
            f"weight of item {at} is {w[at]:g}: a weight is one over an inclusion probability, 1 or more"
        )
    if not w.any():
        raise StatisticsError("all weights are 0: no item stands for anything")
    return w


def sums(weights: Floats, stages: Sequence[Stage]) -> tuple[str, ...]:
    """A note where a single-stage design's weights do not add up to the populations they are to stand for."""
    if len(stages) > 1 or np.unique(stages[0].units).size < weights.size:
        return ()
    first = stages[0]
    total = np.bincount(first.strata, weights)
    held = np.zeros(total.size)
    held[first.strata] = first.held
    off = np.flatnonzero(np.isfinite(held) & (np.abs(total - held) > SLACK * held))
    if not off.size:
        return ()
    at = int(off[0])
    name = first.names[at]
    return (
        f"weights do not add up to the population in {off.size} of {total.size} strata, first in {name}: "
        f"{total[at]:g} against {held[at]:g}",
    )
