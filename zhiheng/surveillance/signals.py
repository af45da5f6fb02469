"""A first look for counts that are higher than their own recent past."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from zhiheng.surveillance.detectors import detect

MONTHS = {"month": 1, "quarter": 3, "year": 12}


def signals(
    rows: Iterable[Mapping[str, Any]],
    *,
    dataset: str,
    dimension: str,
    step: str,
    baseline: int,
    alpha: float,
    least: int,
    supports: str,
    detector: str = "ears-c1",
) -> Iterator[tuple[Any, ...]]:
    """The alarms of a detector over every series: lines of SIGNALS, newest first within a series.

    The score is the count over the threshold, the threshold counted as at least one. `least` is the smallest count that
    may raise an alarm: one case after seven quiet periods is not a signal.
    """
    names, periods, counts, judged = matrix(rows, step=step)
    if supports != "failures":
        counts = np.where(judged > 0, counts, np.nan)  # nobody looked: that is not a zero
    if len(periods) <= baseline or not names:
        return
    found = detect(counts, judged, {"detector": detector, "baseline": baseline, "alpha": alpha})
    for line, name in enumerate(names):
        for place in range(len(periods) - 1, baseline - 1, -1):
            if not found.is_aberrant[line, place] or counts[line, place] < least:
                continue
            past = counts[line, place - baseline : place]
            threshold = float(found.upper_bound[line, place])
            yield (
                signal_id(dataset, dimension, name, periods[place]),
                dataset,
                dimension,
                name,
                periods[place],
                step,
                int(counts[line, place]),
                int(judged[line, place]),
                float(past.mean()),
                threshold,
                float(counts[line, place] / max(threshold, 1.0)),
                " ".join(str(int(value)) for value in past),
            )


def matrix(rows: Iterable[Mapping[str, Any]], *, step: str) -> tuple[list[str], list[date], np.ndarray, np.ndarray]:
    """Series by periods without gaps: a period in which nothing was counted is a zero."""
    known = [row for row in rows if row["period"] is not None and row["value"]]
    if not known:
        return [], [], np.zeros((0, 0)), np.zeros((0, 0))
    names = sorted({row["value"] for row in known})
    periods = calendar(min(row["period"] for row in known), max(row["period"] for row in known), step=step)
    place = {period: number for number, period in enumerate(periods)}
    line = {name: number for number, name in enumerate(names)}
    counts, judged = np.zeros((len(names), len(periods))), np.zeros((len(names), len(periods)))
    for row in known:
        at = line[row["value"]], place[row["period"]]
        counts[at], judged[at] = row["nonconforming"], row["judged"]
    return names, periods, counts, judged


def calendar(first: date, last: date, *, step: str) -> list[date]:
    """Every period from the first to the last.

    >>> calendar(date(2025, 11, 1), date(2026, 1, 1), step="month")
    [datetime.date(2025, 11, 1), datetime.date(2025, 12, 1), datetime.date(2026, 1, 1)]
    """
    found = [first]
    while found[-1] < last:
        found.append(following(found[-1], step))
    return found


def following(period: date, step: str) -> date:
    """The period after this one."""
    months = period.year * 12 + period.month - 1 + MONTHS[step]
    return date(months // 12, months % 12 + 1, 1)


def signal_id(*parts: object) -> str:
    """A short name that stays the same for the same series and period."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:12]


def newest(found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Signals in the order in which somebody should look at them."""
    return sorted(found, key=lambda signal: (-signal["period"].toordinal(), -signal["score"], signal["series"]))
