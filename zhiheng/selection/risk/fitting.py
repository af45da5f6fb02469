"""Learning a risk model: ridge logistic regression, its penalty chosen on later stretches of time only."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from zhiheng.errors import StatisticsError
from zhiheng.identifiers import content_name
from zhiheng.selection.risk.events import Events, Floats
from zhiheng.selection.risk.features import Raw, levels, matrix, raw
from zhiheng.selection.risk.fitted import Fitted
from zhiheng.stats import area, expit, log_loss, platt

TOLERANCE = 1e-8
STEPS = 200


def fit(events: Events, *, until: date) -> Fitted:
    """A model of what was known by the end of `until`: no event and no outcome after that day is looked at.

    The penalty is the one with the least log loss over the recipe's stretches before `until`, each learned from what came
    before it. Recalibration is learned from the earlier of those stretches and kept only if it lessens the log loss of
    the last one. Features are taken from `events` up to `until`, so that they are the same whatever comes later.
    """
    past = events.between(None, until)
    past = past.take(past.known <= until.toordinal())
    made = raw(past)
    usable = ~np.isnan(past.outcome)
    y = past.outcome
    if usable.sum() == 0 or y[usable].min() == y[usable].max():
        raise StatisticsError(
            f"risk model {past.recipe.name}: {int(usable.sum())} known outcomes up to {until}, all alike: there is nothing to tell apart"
        )
    penalty, moved, chosen = selected(past, made, usable, until)
    known = levels(made, past)
    columns, x = matrix(made, known)
    z, means, deviations = standard(x, usable)
    intercept, coefficients = ridge(z[usable], y[usable], penalty)
    return Fitted(
        recipe=past.recipe,
        columns=columns,
        means=means,
        deviations=deviations,
        coefficients=coefficients,
        intercept=intercept,
        covariance=laplace(z[usable], intercept, coefficients, penalty),
        penalty=penalty,
        recalibration=moved,
        since=date.fromordinal(int(past.days.min())).isoformat(),
        until=until.isoformat(),
        rows=int(usable.sum()),
        found=int(y[usable].sum()),
        data=fingerprint(past),
        chosen=chosen,
    )


def fingerprint(events: Events) -> str:
    """Names the rows that were learned from."""
    return content_name([[str(cell) for cell in column] for _, column in sorted(events.columns.items())])


def standard(x: Floats, rows: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Standardised columns, with means and deviations of the rows that are learned from; a missing figure is the mean."""
    held = np.where(np.isnan(x), 0.0, x)[rows]
    there = ~np.isnan(x[rows])
    n = np.maximum(there.sum(axis=0), 1)
    means = held.sum(axis=0) / n
    spread = np.sqrt((np.where(there, held - means, 0.0) ** 2).sum(axis=0) / n)
    deviations = np.where(spread > 0, spread, 1.0)
    return np.nan_to_num((x - means) / deviations), means, deviations


def ridge(z: Floats, y: Floats, penalty: float) -> tuple[float, Floats]:
    """Intercept and coefficients at the top of log likelihood - penalty / 2 * sum of squared coefficients."""
    # on one thread sums are taken in one order: the same model on every machine, and no waiting on a busy one
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=1.0 / penalty, solver="newton-cholesky", tol=TOLERANCE, max_iter=STEPS).fit(z, y)
    return float(model.intercept_[0]), np.asarray(model.coef_[0], dtype=np.float64)


def laplace(z: Floats, intercept: float, coefficients: Floats, penalty: float) -> Floats:
    """Covariance of intercept and coefficients: the inverse curvature, the penalty read as a normal prior."""
    p = expit(intercept + z @ coefficients)
    design = np.column_stack([np.ones(len(z)), z])
    curvature = design.T @ (design * (p * (1 - p))[:, None])
    curvature[np.arange(1, len(curvature)), np.arange(1, len(curvature))] += penalty
    return np.asarray(np.linalg.inv(curvature), dtype=np.float64)


def selected(
    events: Events, made: Raw, usable: NDArray[np.bool_], until: date
) -> tuple[float, tuple[float, float] | None, tuple[Mapping[str, Any], ...]]:
    """Penalty, recalibration, and what each penalty gave on the held-out stretches."""
    recipe = events.recipe
    parts = stretches(events, usable, until)
    held: dict[float, list[tuple[Floats, Floats]]] = {penalty: [] for penalty in recipe.penalties}
    for learn, ask in parts:
        _, x = matrix(made, levels(only(made, learn), events))
        z, _, _ = standard(x, learn)
        for penalty in recipe.penalties:
            intercept, coefficients = ridge(z[learn], events.outcome[learn], penalty)
            held[penalty].append((events.outcome[ask], intercept + z[ask] @ coefficients))
    told = [line(penalty, pairs) for penalty, pairs in held.items()]
    if not parts:
        return max(recipe.penalties), None, ()
    best = min(told, key=lambda one: (one["log_loss"], -one["penalty"]))["penalty"]
    return best, recalibrated(held[best]), tuple(told)


def stretches(
    events: Events, usable: NDArray[np.bool_], until: date
) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Rows to learn from and rows to ask, for each held-out stretch, the earliest first; a stretch that says nothing is left out."""
    recipe, y = events.recipe, events.outcome
    found = []
    for back in range(recipe.stretches, 0, -1):
        end = until.toordinal() - (back - 1) * recipe.stretch_days
        start = end - recipe.stretch_days
        learn = usable & (events.known <= start)
        ask = usable & (events.days > start) & (events.days <= end)
        if all(rows.any() and y[rows].min() < y[rows].max() for rows in (learn, ask)):
            found.append((learn, ask))
    return found


def only(made: Raw, rows: NDArray[np.bool_]) -> Raw:
    """The features of some rows."""
    return {code: held[rows] for code, held in made.items()}


def line(penalty: float, pairs: list[tuple[Floats, Floats]]) -> dict[str, Any]:
    """What a penalty gave: log loss over all stretches, and the area of each."""
    if not pairs:
        return {"penalty": penalty, "log_loss": float("nan"), "areas": []}
    y = np.concatenate([one for one, _ in pairs])
    x = np.concatenate([other for _, other in pairs])
    return {"penalty": penalty, "log_loss": log_loss(y, expit(x)), "areas": [round(area(*pair), 4) for pair in pairs]}


def recalibrated(pairs: list[tuple[Floats, Floats]]) -> tuple[float, float] | None:
    """Intercept and slope learned from the earlier stretches, if they lessen the log loss of the last; else nothing."""
    if len(pairs) < 2:
        return None
    earlier = [np.concatenate(side) for side in zip(*pairs[:-1], strict=True)]
    a, b = platt(earlier[0], earlier[1])
    y, x = pairs[-1]
    if b <= 0 or log_loss(y, expit(a + b * x)) >= log_loss(y, expit(x)):
        return None
    whole = [np.concatenate(side) for side in zip(*pairs, strict=True)]
    return platt(whole[0], whole[1])
