"""Dated events of targets as columns of text, and their figures."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import FileUnreadable
from zhiheng.selection.risk.recipe import JOINT, Recipe

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]
Days = NDArray[np.int64]
TRUE, FALSE = ("1", "true", "yes", "是"), ("0", "false", "no", "否")
ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Events:
    """Rows in the order of their day (then of the order column): each column as text, None where nothing stands."""

    columns: Mapping[str, Texts]
    days: Days
    known: Days
    recipe: Recipe

    def __len__(self) -> int:
        return len(self.days)

    @property
    def targets(self) -> Texts:
        """Whose event it is."""
        return self.columns[self.recipe.target]

    @cached_property
    def outcome(self) -> Floats:
        """1 with a finding, 0 without, NaN where the outcome is not known."""
        value = self.number(self.recipe.outcome)
        return np.where(np.isnan(value), np.nan, (value > self.recipe.outcome_above).astype(float))

    def number(self, column: str) -> Floats:
        """A column as figures, NaN where nothing stands; true and false are 1 and 0."""
        try:
            found = np.array([text or None for text in self.columns[column]] + [None], dtype=object)[:-1].astype(float)
        except ValueError:
            found = np.array([np.inf])
        if not np.isinf(found).any():
            return np.asarray(found, dtype=np.float64)
        # a word, or something that is no number: cell by cell, so that it can be named
        return np.array([self._figure(column, at, text) for at, text in enumerate(self.columns[column])], dtype=float)

    def _figure(self, column: str, at: int, text: str | None) -> float:
        if text is None or text == "":
            return np.nan
        try:
            found = float(text)
        except ValueError:
            found = float(text.lower() in TRUE) if text.lower() in (*TRUE, *FALSE) else np.inf
        if np.isinf(found):
            raise FileUnreadable(
                f"column '{column}', {self.targets[at]} on {date.fromordinal(int(self.days[at]))}: '{text[:40]}' is not a number; "
                "correct the file, or make the feature a category"
            )
        return found

    def take(self, places: Any) -> "Events":
        """Some of the rows."""
        return Events(
            {name: column[places] for name, column in self.columns.items()},
            self.days[places],
            self.known[places],
            self.recipe,
        )

    def between(self, since: date | None, until: date | None) -> "Events":
        """The rows from a day on, up to and including another."""
        first = since.toordinal() if since else 0
        last = until.toordinal() if until else date.max.toordinal()
        return self.take((self.days >= first) & (self.days <= last))

    def for_recipe(self, other: Recipe) -> "Events":
        """The same rows under another recipe that reads no more columns."""
        return Events(self.columns, self.days, self.known, other)


def events(rows: Sequence[Mapping[str, Any]], recipe: Recipe) -> Events:
    """Events from rows of texts; a row without target or day is refused, with its place."""
    wanted = tuple(rows[0]) if rows else ()
    kept = [row for row in rows if all(row[name] == value for name, value in recipe.where)]
    if not kept:
        raise FileUnreadable(
            f"risk model {recipe.name}: no row to learn from; check the file and its filter {dict(recipe.where)}"
        )
    columns = {name: np.array([row[name] for row in kept] + [None], dtype=object)[:-1] for name in wanted}
    if recipe.parts:
        joined = [
            None if None in cells or "" in cells else JOINT.join(cells)
            for cells in zip(*(columns[name] for name in recipe.parts), strict=True)
        ]
        columns[recipe.target] = np.array([*joined, None], dtype=object)[:-1]
    days = np.array([day_of(text, recipe.day, at) for at, text in enumerate(columns[recipe.day])], dtype=np.int64)
    missing = [at for at, target in enumerate(columns[recipe.target]) if target in (None, "")]
    if missing:
        raise FileUnreadable(f"row {missing[0] + 1}: no {recipe.target}; every event needs its target")
    known = days
    if recipe.known:
        known = np.array(
            [day_of(text, recipe.known, at) for at, text in enumerate(columns[recipe.known])], dtype=np.int64
        )
    found = Events(columns, days, np.maximum(days, known), recipe)
    last = [str(text) for text in columns[recipe.order]] if recipe.order else ["" for _ in kept]
    places = sorted(
        range(len(kept)), key=lambda at: (days[at], len(last[at]), last[at], str(columns[recipe.target][at]))
    )
    return found.take(np.array(places))


def day_of(text: str | None, column: str, at: int) -> int:
    """A day of the file as its ordinal number."""
    if text and ISO.match(text):
        try:
            return date.fromisoformat(text[:10]).toordinal()
        except ValueError:
            pass
    raise FileUnreadable(f"row {at + 1}, column '{column}': '{str(text)[:40]}' is not a day; write it as 2014-09-02")
