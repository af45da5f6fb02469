"""From dated events to figures for each row that is asked about."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from zhiheng.selection.risk import history
from zhiheng.selection.risk.events import Days, Events, Floats, Texts
from zhiheng.selection.risk.recipe import Feature

Raw = dict[str, Floats | Texts]
Levels = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Column:
    """One column of the design: a feature, and the level of a category."""

    code: str
    level: str = ""


def raw(events: Events, asked: Events | None = None, *, frozen: date | None = None, visit: bool = True) -> Raw:
    """The features of each row of `asked` (of the events themselves, if left out), by code.

    A feature of the past meets only events whose outcome was known before the row's day, and before `frozen` when that
    is earlier. Without `visit`, what is known only when somebody goes is missing.
    """
    rows = asked if asked is not None else events
    before = rows.days if frozen is None else np.minimum(rows.days, frozen.toordinal())
    found: Raw = {}
    for feature in events.recipe.features:
        if feature.of == "visit" and not visit:
            found[feature.code] = (
                np.full(len(rows), None, dtype=object) if feature.kind == "category" else np.full(len(rows), np.nan)
            )
        elif feature.kind in ("last", "since", "visits", "history"):
            found[feature.code] = past(feature, events, rows, before)
        else:
            found[feature.code] = present(feature, rows)
    return found


def present(feature: Feature, rows: Events) -> Floats | Texts:
    """A feature of the row itself."""
    if feature.kind == "category":
        return np.array([text or None for text in rows.columns[feature.column]] + [None], dtype=object)[:-1]
    value = rows.number(feature.column)
    if feature.most is not None:
        value = np.minimum(value, feature.most)
    if feature.kind == "log":
        return np.asarray(np.log1p(np.maximum(value, 0.0)), dtype=np.float64)
    if feature.kind == "above":
        return np.where(np.isnan(value), np.nan, (value > feature.than).astype(float))
    return value


def past(feature: Feature, events: Events, rows: Events, before: Days) -> Floats:
    """A feature of earlier events."""
    by = feature.by or events.recipe.target
    keys, asked = events.columns[by], rows.columns[by]
    if feature.kind == "history":
        return deviation(feature, events, rows, before)
    if feature.kind == "visits":
        ones = np.ones(len(events))
        count, _ = history.decayed(keys, ones, events.known, asked=asked, on=rows.days, before=before, half_life=np.inf)
        return np.asarray(np.log1p(count), dtype=np.float64)
    place = history.last(keys, events.known, asked=asked, before=before)
    if feature.kind == "since":
        assert feature.most is not None
        years = (rows.days - events.days[place]) / history.YEAR
        return np.where(place < 0, feature.most, np.minimum(years, feature.most))
    value = events.number(feature.column)[place]
    value = np.where((place < 0) | np.isnan(value), 0.0, value)
    return np.asarray(value if feature.most is None else np.minimum(value, feature.most), dtype=np.float64)


def deviation(feature: Feature, events: Events, rows: Events, before: Days) -> Floats:
    """By how much earlier events gave more than was to be expected of them, shrunk towards none."""
    value = events.number(feature.column) if feature.column else events.outcome
    if feature.most is not None:
        value = np.minimum(value, feature.most)
    everybody = np.full(len(events), "", dtype=object)
    groups = (
        np.array([text or "" for text in events.columns[feature.against]], dtype=object)
        if feature.against
        else everybody
    )
    hoped = history.expected(
        groups, value, known=events.known, days=events.days, half_life=feature.half_life_days, prior=feature.prior
    )
    by = feature.by or events.recipe.target
    total, weight = history.decayed(
        events.columns[by], value - hoped, events.known,
        asked=rows.columns[by], on=rows.days, before=before, half_life=feature.half_life_days,
    )  # fmt: skip
    return np.asarray(total / (weight + feature.prior), dtype=np.float64)


def levels(made: Raw, events: Events) -> Levels:
    """The levels of each category that stand in so many rows at least."""
    found: Levels = {}
    for feature in events.recipe.features:
        if feature.kind == "category":
            values, counts = np.unique(
                np.array([text for text in made[feature.code] if text is not None], dtype=str), return_counts=True
            )
            found[feature.code] = tuple(
                str(value) for value, n in zip(values, counts, strict=True) if n >= feature.least
            )
    return found


def matrix(made: Raw, known: Levels) -> tuple[tuple[Column, ...], Floats]:
    """The design: a column a figure, a column a level of a category. What is missing is NaN; a rare level is 0 in all."""
    columns: list[Column] = []
    values: list[Floats] = []
    for code, held in made.items():
        if code not in known:
            columns.append(Column(code))
            values.append(np.asarray(held, dtype=np.float64))
            continue
        missing = np.array([text is None for text in held])
        for level in known[code]:
            columns.append(Column(code, level))
            values.append(np.where(missing, np.nan, np.array([text == level for text in held], dtype=float)))
    return tuple(columns), np.column_stack(values)
