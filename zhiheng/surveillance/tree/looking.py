"""A morning's look over a tree of series: the newest weeks, late ones corrected, all tests controlled together."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from zhiheng.stats.aberration import chain_ladder
from zhiheng.surveillance.tree.cells import Cells, Floats
from zhiheng.surveillance.tree.control import Controlled, control
from zhiheng.surveillance.tree.judging import NAMES, Tests, judge


@dataclass(frozen=True)
class Look:
    """What a look at the end of a week (its number) saw: tests, what holds of them, and the baseline behind each alarm."""

    week: int
    day: date
    tests: Tests
    held: Controlled
    alarms: list[int]
    baselines: list[list[int]]

    def told(self) -> dict[str, Any]:
        """The look in figures: tests, series, alarms, and how often each reason stood on a figure, by measure and code of Reason."""
        reasons: Counter[str] = Counter()
        for measure, code in zip(self.tests.measure.tolist(), self.tests.reason.tolist(), strict=True):
            reasons[f"{NAMES[measure]}:{code}"] += 1
        return {
            "day": self.day.isoformat(),
            "series": self.held.series,
            "tests": self.held.tests,
            "hopeless": self.held.hopeless,
            "discoveries": int(self.held.is_discovery.sum()),
            "alarms": len(self.alarms),
            "rate": self.held.rate,
            "method": self.held.method,
            "arrived": [
                None if np.isnan(share) else round(float(share), 4)
                for share in dict(zip(self.tests.week.tolist(), self.tests.arrived.tolist(), strict=True)).values()
            ],
            "by_farrington": int((self.tests.is_long & ~np.isnan(self.tests.p)).sum()),
            "by_ears": int((~self.tests.is_long & ~np.isnan(self.tests.p)).sum()),
            "reasons": dict(reasons.most_common()),
        }


def look(cells: Cells, week: int, terms: Mapping[str, Any]) -> Look:
    """The look at the end of a week, with what was received by then.

    An alarm is a discovery of the tree above its detector's own bound, with at least `least` cases.
    """
    since = max(0, week + 1 - reach(terms))
    counts, judged = cells.dense(week, since=since, known=week if cells.has_receipt else None)
    share = arrivals(cells, week, terms["delay"])[since:]
    last = week - since
    newest = range(max(0, last - int(terms["delay"]["weeks"])), last + 1) if cells.has_receipt else [last]
    # where only failures are known, every series begins with the data
    begun = np.cumsum(judged, axis=1) > 0 if cells.has_rates else np.ones(counts.shape, dtype=bool)
    parts = []
    for at in newest:
        now = share[at] if share[at] >= terms["delay"]["least_arrived"] else np.nan
        upto = slice(None, at + 1)
        for rate in (False, True)[: 1 + cells.has_rates]:
            made = judge(
                counts[:, upto],
                judged[:, upto],
                rate=rate,
                begun=begun[:, upto],
                arrived=float(now),
                share=share[upto],
                terms=terms,
            )
            parts.append(made)
    tests = Tests.joined(parts)
    held = control(tests, cells.parent, rate=float(terms["rate"]))
    alarms = np.flatnonzero(held.is_discovery & tests.is_above & (tests.count >= terms["least"]))
    baseline = int(terms["ears"]["baseline"])
    past = [
        counts[tests.node[at], max(0, tests.week[at] - baseline) : tests.week[at]].astype(int).tolist() for at in alarms
    ]
    tests = replace(tests, week=tests.week + since)
    return Look(week, cells.monday(week + 1), tests, held, alarms.tolist(), past)


def reach(terms: Mapping[str, Any]) -> int:
    """Weeks that a look needs: the years of the longest baseline, the weeks judged again, and a year to see where a series begins."""
    years = int(terms["farrington"]["years"]) + 1
    return int(terms["weeks_a_year"]) * years + int(terms["farrington"]["half_window"]) + int(terms["delay"]["weeks"])


def arrivals(cells: Cells, week: int, terms: Mapping[str, Any]) -> Floats:
    """The share of each week's items that is in by the end of a week; 1 for all where no day of receipt is known.

    It is that of all items together: a series alone has too few. A share too small or not to be known is 0.
    """
    share = np.ones(week + 1)
    if cells.has_receipt:
        longest = int(terms["longest"])
        found = chain_ladder(cells.triangle(week, longest=longest), least_arrived=float(terms["least_arrived"]))
        by_age = np.nan_to_num(found.arrived[: longest + 1], nan=0.0)
        newest = min(longest, week) + 1
        share[week + 1 - newest :] = by_age[:newest][::-1]
    return share


def looks(cells: Cells, terms: Mapping[str, Any]) -> Iterator[Look]:
    """The looks of the last `mornings` weeks, the earliest first; none where there is no result."""
    for week in range(max(0, cells.weeks - int(terms["mornings"])), cells.weeks):
        yield look(cells, week, terms)
