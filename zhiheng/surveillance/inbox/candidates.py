"""Candidates of the three grounds: a count above its past, a pair above chance, a single serious notice. One week, one subject each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from zhiheng.stats.disproportionality import (
    Mixture,
    ebgm,
    fit_mixture,
    proportional_reporting_ratio,
    reporting_odds_ratio,
)
from zhiheng.surveillance.inbox.weeks import Weeks

Floats = NDArray[np.float64]
Subject = tuple[tuple[str, str], ...]
FEWEST_PAIRS = 10
SHOWN = ("shrunk", "lower", "prr", "prr_lower", "ror", "ror_lower")


@dataclass(frozen=True)
class Candidate:
    """Something that may be a signal: ground, subject, week, count and expectation, p (None: no test), figures, lines."""

    ground: str
    subject: Subject
    week: int
    count: int
    expected: float
    p: float | None
    lines: tuple[int, ...]
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Tested:
    """Candidates that passed their own bounds, and how many tests were made in each week, passed or not."""

    candidates: list[Candidate]
    tests: NDArray[np.int64]


def trends(found: Weeks, terms: Mapping[str, Any], *, parts: Sequence[str]) -> Tested:
    """Windows of weeks held against the weeks before: given both counts, the window's is binomial under one rate.

    Przyborowski and Wilenski (1940), Biometrika 31, 313-323. A series is tested in every week that it has a past in.
    """
    group, names = found.groups(parts)
    tests = np.zeros(found.length, dtype=np.int64)
    if not names:
        return Tested([], tests)
    window, past, span = windows(found.counts(group, len(names)), terms["window"], terms["baseline"])
    judged = np.broadcast_to(span >= terms["shortest"], window.shape) & (past + window > 0)
    tests += judged.sum(axis=0)
    at, week = np.nonzero(judged & (window >= terms["least"]))
    n, m, b = window[at, week], past[at, week], span[week]
    share = terms["window"] / (terms["window"] + b)
    p = stats.binom.sf(n - 1, n + m, share)
    expected = m * terms["window"] / b
    chosen = np.flatnonzero(n > expected)
    by_group = members(group, len(names))
    made = [
        Candidate(
            "trend",
            tuple(zip(parts, names[at[k]], strict=True)),
            int(week[k]),
            int(n[k]),
            float(expected[k]),
            float(p[k]),
            within(found, by_group[at[k]], int(week[k]), terms["window"]),
            {"weeks": float(terms["window"]), "before": float(m[k]), "baseline": float(b[k])},
        )
        for k in chosen
    ]
    return Tested(made, tests)


def pairs(found: Weeks, terms: Mapping[str, Any], *, table: Sequence[Sequence[str]]) -> Tested:
    """Pairs of a table of notices that are reported together more often than their margins let one expect.

    p is the upper Poisson tail of the count at its expectation. A pair is looked at in the weeks in which it is reported, and
    is a candidate when the lower limits of the shrunk ratio and of the PRR pass their bounds.
    """
    tests = np.zeros(found.length, dtype=np.int64)
    rows, row_names = found.groups(table[0])
    columns, column_names = found.groups(table[1])
    both = np.where((rows >= 0) & (columns >= 0), rows * max(len(column_names), 1) + columns, -1)
    kinds, cell = np.unique(both, return_inverse=True)
    if len(kinds) and kinds[0] == -1:
        kinds, cell = kinds[1:], cell - 1
    if not len(kinds):
        return Tested([], tests)
    inside, width = cell >= 0, terms["window"]
    weekly = found.counts(cell, len(kinds))
    row_sum = trailing(found.counts(np.where(inside, rows, -1), len(row_names)), width)
    column_sum = trailing(found.counts(np.where(inside, columns, -1), len(column_names)), width)
    total = trailing(found.counts(np.where(inside, 0, -1), 1), width)[0]
    reported = weekly > 0
    reported[:, : terms["shortest"]] = False
    tests += reported.sum(axis=0)
    n = trailing(weekly, width)
    k, week = np.nonzero(reported & (n >= terms["least"]))
    if not len(k):
        return Tested([], tests)
    of_row, of_column = kinds // len(column_names), kinds % len(column_names)
    figures = disproportion(
        n[k, week], row_sum[of_row[k], week], column_sum[of_column[k], week], total[week], gamma(terms)
    )
    passed = (figures["lower"] >= terms["lower"]) & ~(figures["prr_lower"] <= 1)
    lines = members(cell, len(kinds))
    made = [
        Candidate(
            "pair",
            tuple(
                zip((*table[0], *table[1]), (*row_names[of_row[k[at]]], *column_names[of_column[k[at]]]), strict=True)
            ),
            int(week[at]),
            int(n[k[at], week[at]]),
            float(figures["expected"][at]),
            float(figures["p"][at]),
            within(found, lines[k[at]], int(week[at]), width),
            {"weeks": float(width)}
            | {name: float(figures[name][at]) for name in SHOWN if np.isfinite(figures[name][at])},
        )
        for at in np.flatnonzero(passed)
    ]
    return Tested(made, tests)


def disproportion(a: Any, r: Any, c: Any, t: Any, mixture: Mixture) -> dict[str, Floats]:
    """Measures of tables with count a, row sum r, column sum c, total t: expectation, p, shrunk ratio, PRR and ROR with limits."""
    expected = r * c / t
    shrunk = ebgm(a, expected, mixture)
    prr = proportional_reporting_ratio(a, r - a, c - a, t - r - c + a)
    ror = reporting_odds_ratio(a, r - a, c - a, t - r - c + a)
    return {
        "expected": expected,
        "p": special.gammainc(a, expected),
        "shrunk": shrunk.ebgm,
        "lower": shrunk.lower,
        "prr": prr.ratio,
        "prr_lower": prr.lower,
        "ror": ror.ratio,
        "ror_lower": ror.lower,
    }


def gamma(terms: Mapping[str, Any]) -> Mixture:
    """The prior of the terms, one gamma distribution, as a mixture of it with itself."""
    alpha, beta = terms["prior"]["alpha"], terms["prior"]["beta"]
    return Mixture(alpha, beta, alpha, beta, 0.5)


def measured(found: Weeks, terms: Mapping[str, Any], *, table: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Every pair of the last `window` weeks with PRR, ROR and EBGM, its mixture fitted to all pairs; the largest EB05 first.

    None when there are fewer than ten pairs: a mixture of five figures cannot be fitted to them.
    """
    recent = found.week > found.length - 1 - terms["window"]
    (rows, row_names), (columns, column_names) = (found.groups(parts) for parts in table)
    inside = recent & (rows >= 0) & (columns >= 0)
    kinds, n = np.unique(np.stack([rows[inside], columns[inside]]), axis=1, return_counts=True)
    if len(n) < FEWEST_PAIRS:
        return []
    r, c = np.bincount(rows[inside])[kinds[0]], np.bincount(columns[inside])[kinds[1]]
    figures = disproportion(n, r, c, float(inside.sum()), fit_mixture(n, r * c / inside.sum(), least=1))
    order = sorted(range(len(n)), key=lambda at: (-figures["lower"][at], kinds[0][at], kinds[1][at]))
    return [
        {
            "subject": dict(
                zip((*table[0], *table[1]), (*row_names[kinds[0][at]], *column_names[kinds[1][at]]), strict=True)
            ),
            "count": int(n[at]),
        }
        | {name: (float(value[at]) if np.isfinite(value[at]) else None) for name, value in figures.items()}
        for at in order
    ]


def singles(found: Weeks, terms: Mapping[str, Any], *, quiet: int, market: frozenset[str]) -> list[Candidate]:
    """Serious notices of a kind that was not reported for `quiet` weeks, on a product of our market. No test is made."""
    group, names = found.groups(terms["by"])
    last: dict[int, int] = {}
    made = []
    for line, (number, week) in enumerate(zip(group.tolist(), found.week.tolist(), strict=True)):
        if number < 0:
            continue
        before = last.get(number)
        last[number] = week
        fresh = week >= quiet if before is None else week - before > quiet
        subject = tuple(zip(terms["by"], names[number], strict=True))
        if fresh and found.serious[line] and on_market(dict(subject).get("product", ""), market):
            made.append(Candidate("single", subject, week, 1, 0.0, None, (line,), {"quiet": float(quiet)}))
    return made


def on_market(product: str, market: frozenset[str]) -> bool:
    """Whether a category, one above it or one below it is on the market that our own results know."""
    return any(one == product or one.startswith(f"{product} > ") or product.startswith(f"{one} > ") for one in market)


def windows(
    counts: NDArray[np.int64], width: int, before: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Counts of the last `width` weeks, of up to `before` weeks ahead of them, and how many weeks those are."""
    length = counts.shape[1]
    week = np.arange(length)
    window = trailing(counts, width)
    span = np.clip(week + 1 - width, 0, before)
    past = trailing(counts, width + before) - window
    return window, past, span


def trailing(counts: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Sums over the last `width` weeks, this one included."""
    summed = np.cumsum(counts, axis=1)
    found = summed.copy()
    found[:, width:] -= summed[:, :-width]
    return found


def members(group: NDArray[np.int64], groups: int) -> list[NDArray[np.int64]]:
    """The lines of each group, in order."""
    inside = np.flatnonzero(group >= 0)
    order = inside[np.argsort(group[inside], kind="stable")]
    ends = np.searchsorted(group[order], np.arange(groups + 1))
    return [order[ends[at] : ends[at + 1]] for at in range(groups)]


def within(found: Weeks, lines: NDArray[np.int64], week: int, width: int) -> tuple[int, ...]:
    """The lines of the last `width` weeks."""
    of = found.week[lines]
    return tuple(lines[(of <= week) & (of > week - width)].tolist())
