"""How good a model's probabilities and its order were, on events that it had never seen."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import UsageError
from zhiheng.selection.risk.events import Events, Floats
from zhiheng.selection.risk.features import raw
from zhiheng.selection.risk.fitted import Fitted
from zhiheng.stats import area, bootstrap, calibration, discrimination, earlier, lifts, paired_discrimination
from zhiheng.stats.ordering import moved


def probabilities(fitted: Fitted, events: Events, asked: Events, *, frozen: date | None = None) -> Floats:
    """Probabilities of rows, each from what was known before its day (and before `frozen`)."""
    p, _, _ = fitted.probabilities(raw(events, asked, frozen=frozen))
    return p


def window(fitted: Fitted, events: Events, *, since: date, until: date) -> Events:
    """The rows of a period with a known outcome; it must begin after what the model was learned from."""
    if since.isoformat() <= fitted.until:
        raise UsageError(
            f"the model was learned from events up to {fitted.until}: judge it on later ones, from the day after, not from {since}"
        )
    asked = events.between(since, until)
    asked = asked.take(~np.isnan(asked.outcome))
    if not len(asked):
        raise UsageError(f"no event with a known outcome from {since} to {until}: choose a period that the file holds")
    return asked


def judge(found: Floats, scores: Floats, days: NDArray[np.int64], *, fitted: Fitted) -> dict[str, Any]:
    """Discrimination, calibration, lift at each budget, and days earlier, with intervals."""
    recipe = fitted.recipe
    return {
        "rows": len(found),
        "found": int(found.sum()),
        **order(found, scores, days, fitted=fitted),
        "calibration": asdict(calibration(found, scores, bins=recipe.bins)),
    }


def order(found: Floats, scores: Floats, days: NDArray[np.int64], *, fitted: Fitted) -> dict[str, Any]:
    """What can be said of scores that are no probabilities too."""
    recipe = fitted.recipe

    def mean(places: NDArray[np.intp]) -> float:
        return earlier_of(days[places], found[places], scores[places])

    gained = earlier(days, found, scores)
    return {
        "area": asdict(discrimination(found, scores, level=recipe.level)),
        "area_bootstrap": asdict(again(lambda at: area(found[at], scores[at]), len(found), fitted)),
        "lifts": [asdict(one) for one in lifts(found, scores, budgets=recipe.budgets)],
        "earlier": asdict(gained),
        "earlier_bootstrap": asdict(again(mean, len(found), fitted)),
    }


def compare(
    found: Floats, scores: Floats, others: Floats, days: NDArray[np.int64], *, fitted: Fitted
) -> dict[str, Any]:
    """By how much scores beat others on the same rows with the same number a day; intervals are of the paired difference."""

    def gain(at: NDArray[np.intp]) -> float:
        return earlier_of(days[at], found[at], scores[at]) - earlier_of(days[at], found[at], others[at])

    def wider(at: NDArray[np.intp]) -> float:
        return area(found[at], scores[at]) - area(found[at], others[at])

    return {
        "area": asdict(paired_discrimination(found, scores, others, level=fitted.recipe.level)),
        "area_bootstrap": asdict(again(wider, len(found), fitted)),
        "earlier_bootstrap": asdict(again(gain, len(found), fitted)),
    }


def earlier_of(days: NDArray[np.int64], found: Floats, scores: Floats) -> float:
    """Mean days earlier over the rows with a finding."""
    return float(moved(days.astype(float), scores)[found == 1].mean())


def again(figure: Callable[[NDArray[np.intp]], float], rows: int, fitted: Fitted) -> Any:
    """A figure with its bootstrap interval by the recipe's repetitions and seed."""
    recipe = fitted.recipe
    value = figure(np.arange(rows))
    return bootstrap(rows, figure, level=recipe.level, times=recipe.repetitions, seed=recipe.seed, value=value)
