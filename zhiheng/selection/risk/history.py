"""What was known of earlier events, strictly before a day: nothing of the day itself and nothing later is ever looked at."""

from collections.abc import Iterator
from math import isnan

import numpy as np
from numpy.typing import NDArray

from zhiheng.selection.risk.events import Days, Floats, Texts

YEAR = 365.0


def walk(known: Days, before: Days) -> Iterator[tuple[int, int]]:
    """(-1, event) to take an event in and (asked, -1) to answer, so that an answer meets only events known before its day."""
    order = np.argsort(known, kind="stable").tolist()
    days, ends = known.tolist(), before.tolist()
    at = 0
    for asked in np.argsort(before, kind="stable").tolist():
        while at < len(order) and days[order[at]] < ends[asked]:
            yield -1, order[at]
            at += 1
        yield asked, -1


def decayed(
    keys: Texts, values: Floats, known: Days, *, asked: Texts, on: Days, before: Days, half_life: float
) -> tuple[Floats, Floats]:
    """Sum of earlier values of a key, and of their weights; a weight halves every `half_life` days. A missing value counts nothing."""
    total, weight = np.zeros(len(asked)), np.zeros(len(asked))
    held: dict[object, tuple[float, float, int]] = {}
    # as Python's own figures: one at a time they are read several times faster than out of an array
    own, figures, known_on, asked_on = keys.tolist(), values.tolist(), known.tolist(), on.tolist()
    wanted = asked.tolist()
    for question, event in walk(known, before):
        if event >= 0:
            if isnan(figures[event]):
                continue
            day, key = known_on[event], own[event]
            s, w, last = held.get(key, (0.0, 0.0, day))
            fade = 0.5 ** ((day - last) / half_life)
            held[key] = s * fade + figures[event], w * fade + 1.0, day
        elif wanted[question] in held:
            s, w, last = held[wanted[question]]
            fade = 0.5 ** (max(0, asked_on[question] - last) / half_life)
            total[question], weight[question] = s * fade, w * fade
    return total, weight


def expected(groups: Texts, values: Floats, *, known: Days, days: Days, half_life: float, prior: float) -> Floats:
    """What was to be expected of each event by what its group gave before, drawn to everybody; NaN where nothing came before."""
    everybody = np.full(len(values), "", dtype=object)
    all_sum, all_weight = decayed(everybody, values, known, asked=everybody, on=days, before=days, half_life=half_life)
    mean = np.divide(all_sum, all_weight, out=np.full(len(values), np.nan), where=all_weight > 0)
    total, weight = decayed(groups, values, known, asked=groups, on=days, before=days, half_life=half_life)
    return np.asarray((total + prior * mean) / (weight + prior), dtype=np.float64)


def last(keys: Texts, known: Days, *, asked: Texts, before: Days) -> NDArray[np.int64]:
    """The place of the last earlier event of a key; -1 where there is none."""
    found = np.full(len(asked), -1, dtype=np.int64)
    held: dict[object, int] = {}
    for question, event in walk(known, before):
        if event >= 0:
            held[keys[event]] = event
        else:
            found[question] = held.get(asked[question], -1)
    return found
