"""A fitted model: plain figures that can be written as JSON, read by eye and computed again without the library that fitted them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from scipy import special

from zhiheng.errors import StoreError
from zhiheng.identifiers import content_name
from zhiheng.selection.risk.events import Events, Floats
from zhiheng.selection.risk.features import Column, Levels, Raw, matrix, raw
from zhiheng.selection.risk.recipe import Feature, Recipe
from zhiheng.stats import expit

DIGITS = 4


@dataclass(frozen=True)
class Fitted:
    """Coefficients of standardised columns, what they were learned from, and how they were chosen.

    `covariance` is the inverse of the curvature of the penalised likelihood at its top (Laplace's approximation), intercept
    first. `recalibration` is intercept and slope on the log odds, or nothing where it did not help.
    """

    recipe: Recipe
    columns: tuple[Column, ...]
    means: Floats
    deviations: Floats
    coefficients: Floats
    intercept: float
    covariance: Floats
    penalty: float
    recalibration: tuple[float, float] | None
    since: str
    until: str
    rows: int
    found: int
    data: str
    chosen: tuple[Mapping[str, Any], ...] = ()

    @property
    def levels(self) -> Levels:
        """The levels of each category."""
        known: dict[str, tuple[str, ...]] = {one.code: () for one in self.recipe.features if one.kind == "category"}
        for column in self.columns:
            if column.level:
                known[column.code] = (*known[column.code], column.level)
        return known

    @property
    def fingerprint(self) -> str:
        """Names the model: the same name, the same scores."""
        return content_name(self.body())

    def body(self) -> dict[str, Any]:
        """The model as JSON."""
        found = asdict(self)
        for name in ("means", "deviations", "coefficients", "covariance"):
            found[name] = found[name].tolist()
        return dict(json.loads(json.dumps(found, ensure_ascii=False)))

    def parts(self, made: Raw) -> Floats:
        """By how much each column moves the log odds of each row away from an average target; what is missing does not."""
        return standardised(made, self) * self.coefficients

    def probabilities(self, made: Raw) -> tuple[Floats, Floats, Floats]:
        """Probability of each row with its two-sided interval, which holds what is not known of the coefficients."""
        z = standardised(made, self)
        log_odds = self.intercept + z @ self.coefficients
        design = np.column_stack([np.ones(len(z)), z])
        error = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", design, self.covariance, design), 0.0))
        reach = float(special.ndtri(0.5 + self.recipe.level / 2)) * error
        a, b = self.recalibration or (0.0, 1.0)
        ends = [expit(a + b * x) for x in (log_odds, log_odds - reach, log_odds + reach)]
        return ends[0], ends[1], ends[2]

    def without_covariance(self) -> "Fitted":
        """The model for a reader of coefficients."""
        return replace(self, covariance=np.zeros((0, 0)))


def standardised(made: Raw, fitted: Fitted) -> Floats:
    """Columns in standard deviations from the mean of the rows that were learned from; missing is the mean."""
    columns, x = matrix(made, fitted.levels)
    assert columns == fitted.columns
    return np.nan_to_num((x - fitted.means) / fitted.deviations)


def read(body: Mapping[str, Any]) -> Fitted:
    """A model from JSON."""
    try:
        held = dict(body)
        said = dict(held["recipe"])
        features = tuple(
            Feature(**{**one, "high": tuple(one["high"]), "low": tuple(one["low"])}) for one in said["features"]
        )
        tuples = {name: tuple(said[name]) for name in ("penalties", "budgets")}
        said |= {"where": tuple((name, value) for name, value in said["where"]), "parts": tuple(said.get("parts", ()))}
        arrays = {name: np.array(held[name]) for name in ("means", "deviations", "coefficients", "covariance")}
        moved = held["recalibration"]
        return Fitted(**{
            **held, **arrays,
            "recipe": Recipe(**{**said, **tuples, "features": features}),
            "columns": tuple(Column(**one) for one in held["columns"]),
            "recalibration": None if moved is None else (moved[0], moved[1]),
            "chosen": tuple(held["chosen"]),
        })  # fmt: skip
    except (KeyError, TypeError) as error:
        raise StoreError(f"the risk model is damaged: {error}; fit it again with 'zhiheng risk fit'") from error


def standing(events: Events, on: date) -> tuple[Events, Events]:
    """The events before a day, and the last row of each target moved to that day: what a list of the day asks about."""
    past = events.between(None, date.fromordinal(on.toordinal() - 1))
    place = {target: at for at, target in enumerate(past.targets)}
    rows = past.take(np.array(sorted(place.values()), dtype=np.int64))
    there = np.full(len(rows), on.toordinal(), dtype=np.int64)
    return past, Events(rows.columns, there, there, rows.recipe)


def score(fitted: Fitted, events: Events, *, on: date) -> list[tuple[Any, ...]]:
    """Lines of SCORES for every target that has an event before the day, the highest probability first."""
    past, asked = standing(events, on)
    if not len(asked):
        return []
    made = raw(past, asked, visit=False)
    p, lower, upper = fitted.probabilities(made)
    parts = fitted.parts(made)
    order = sorted(range(len(asked)), key=lambda at: (-p[at], str(asked.targets[at])))
    mark = fitted.fingerprint
    return [
        (str(asked.targets[at]), on, float(p[at]), float(lower[at]), float(upper[at]), place,
         json.dumps(reasons(fitted, made, parts[at], at), ensure_ascii=False), mark)
        for place, at in enumerate(order, start=1)
    ]  # fmt: skip


def reasons(fitted: Fitted, made: Raw, parts: Floats, at: int) -> list[dict[str, Any]]:
    """What moved one row's log odds, the most first: code, side, value, weight. Features that go together are one reason."""
    weights: dict[str, float] = {}
    for column, part in zip(fitted.columns, parts, strict=True):
        code = fitted.recipe.by_code[column.code].joins or column.code
        weights[code] = weights.get(code, 0.0) + float(part)
    found = []
    for code, weight in sorted(weights.items(), key=lambda one: (-abs(one[1]), one[0])):
        if round(weight, DIGITS):
            found.append({"code": code, **sided(fitted, made, code, at), "weight": round(weight, DIGITS)})
    return found


def sided(fitted: Fitted, made: Raw, code: str, at: int) -> dict[str, Any]:
    """The value of a feature, and whether it lies above or below the mean of what was learned from."""
    value = made[code][at]
    if code in fitted.levels:
        return {"side": "high", "value": value}
    place = next(place for place, column in enumerate(fitted.columns) if column.code == code)
    return {"side": "high" if value > fitted.means[place] else "low", "value": round(float(value), DIGITS)}
