"""What an order of inspections is worth: findings within a budget, and days by which findings come earlier."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhiheng.errors import StatisticsError
from zhiheng.stats.discrimination import Measured, rows

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lift:
    """The rows that a budget reaches when the highest scores come first."""

    budget: float
    n: int
    found: int
    share_found: float
    rate: float
    lift: float


@dataclass(frozen=True)
class Earlier:
    """How much earlier findings would have come, in days, and the shares found in the first half of the rows."""

    n: int
    found: int
    mean: float
    deviation: float
    most: float
    later: int
    first_half: float
    first_half_ordered: float


def lifts(found: ArrayLike, scores: ArrayLike, *, budgets: Sequence[float]) -> tuple[Lift, ...]:
    """For each budget (a share of the rows): findings among the highest scores, and their rate against that of all rows.

    Equal scores keep the order of the rows. StatisticsError: a budget that is no share.

    >>> lifts([0, 1, 0, 1], [0.1, 0.9, 0.3, 0.2], budgets=[0.5])[0].lift
    1.0
    """
    y, s = rows(found, scores)
    wrong = [budget for budget in budgets if not 0 < budget <= 1]
    if wrong:
        raise StatisticsError(
            f"budget {wrong[0]:g} is no share of the rows: give more than 0 and at most 1, such as 0.1"
        )
    hits = y[descending(s)].cumsum()
    made = []
    for budget in budgets:
        n = max(1, round(budget * len(y)))
        caught = int(hits[n - 1])
        made.append(Lift(budget, n, caught, caught / y.sum(), caught / n, (caught / n) / y.mean()))
    return tuple(made)


def earlier(days: ArrayLike, found: ArrayLike, scores: ArrayLike) -> Earlier:
    """Rows moved to the days of the same rows, the highest score first, as many a day as before.

    The rule of the published evaluation of Chicago's food inspections (City of Chicago, food-inspections-evaluation,
    function simulated_date_diff_mean): actual day less moved day, over the rows with a finding. Equal scores keep the
    order of the rows. The first half is the rows of the days before the median day.

    >>> earlier([1, 2, 3, 4], [0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4]).mean
    2.0
    """
    y, s = rows(found, scores)
    d = np.asarray(days, dtype=np.float64)
    gained = moved(d, s)[y]
    half = int((d < np.median(d)).sum())
    actual = y[np.argsort(d, kind="stable")]
    return Earlier(
        len(y),
        int(y.sum()),
        float(gained.mean()),
        float(gained.std(ddof=1)) if len(gained) > 1 else float("nan"),
        float(gained.max()),
        int((gained < 0).sum()),
        float(actual[:half].sum() / y.sum()),
        float(y[descending(s)][:half].sum() / y.sum()),
    )


def moved(days: Floats, scores: Floats) -> Floats:
    """By how many days each row comes earlier."""
    to = np.empty_like(days)
    to[descending(scores)] = np.sort(days)
    return np.asarray(days - to, dtype=np.float64)


def moved_within(days: Floats, scores: Floats, groups: NDArray[np.int64]) -> Floats:
    """The same inside each group (by its number), which keeps its own number of rows a day: no group does another's work."""
    gained = np.zeros_like(days)
    for group in np.unique(groups):
        own = groups == group
        gained[own] = moved(days[own], scores[own])
    return gained


def descending(scores: Floats) -> NDArray[np.intp]:
    """Places of the scores, the highest first; equal scores keep their order."""
    return np.argsort(-scores, kind="stable")


def bootstrap(
    rows_of: int, figure: Callable[[NDArray[np.intp]], float], *, level: float, times: int, seed: int, value: float
) -> Measured:
    """Percentile interval of a figure over rows drawn again with replacement (Efron 1979, Annals of Statistics 7, 1-26).

    `figure` is given places of rows. A figure that compares two scores on the same drawn rows is compared pairwise.
    """
    if times < 2:
        raise StatisticsError(f"{times} repetitions give no interval: take some hundreds")
    drawn = np.random.default_rng(seed)
    figures = np.array([figure(drawn.integers(0, rows_of, rows_of)) for _ in range(times)])
    tail = (1 - level) / 2
    lower, upper = np.quantile(figures, [tail, 1 - tail])
    return Measured(value, float(lower), float(upper), rows_of, level, f"bootstrap, {times} times")
