"""Every series of one week under its detector: Farrington flexible where the series reaches back far enough, EARS elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy import stats

from zhiheng.stats.aberration import Farrington, Reason, ears, farrington, scaled_counts
from zhiheng.stats.aberration.ears import GUARD, HISTORY
from zhiheng.surveillance.tree.cells import Floats, Ints

NAMES = ("count", "rate")
LONG, SHORT = "farrington-flexible", "ears"


@dataclass(frozen=True)
class Tests:
    """One element a test: series, week, measure (place in NAMES), whether by Farrington, and what the detector says.

    `p` is NaN where nothing was tested, and `reason` (stats.aberration.Reason) says why. `smallest` is the smallest p-value
    that any division of these cases between week and baseline could give: what is above the level needs no test.
    """

    __test__ = False  # not a class of pytest
    node: Ints
    week: Ints
    measure: Ints
    is_long: Any
    count: Floats
    judged: Floats
    expected: Floats
    bound: Floats
    p: Floats
    smallest: Floats
    is_above: Any
    reason: Ints
    arrived: Floats

    @classmethod
    def joined(cls, parts: list["Tests"]) -> "Tests":
        """The tests of several weeks and measures."""
        return cls(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)))


def judge(
    counts: Floats, judged: Floats, *, rate: bool, begun: Any, arrived: float, share: Floats, terms: Mapping[str, Any]
) -> Tests:
    """The last week of counts (series, weeks) under its detectors, as counts or as rates of the items judged.

    `share` is the share of each week's results that is in, of the last one `arrived` (NaN: too few to tell). A count is held
    against a baseline made as incomplete as its week is (Noufaily et al. 2015); a rate needs no such correction, since its
    denominator is as incomplete as its count. Weeks before a series has `begun` are missing, and so is, for a rate, a week in which
    nothing was judged; for a count that is a zero.
    """
    exposure = judged if rate else np.broadcast_to(share, counts.shape)
    known = begun & (exposure > 0)
    length = begun.sum(axis=1)
    settings = Farrington(**terms["farrington"])
    is_long = length >= settings.years * terms["weeks_a_year"] + settings.half_window + 1
    found = empty(counts, judged, rate=rate, is_long=is_long, arrived=arrived)
    for rows, judging in ((np.flatnonzero(is_long), by_farrington), (np.flatnonzero(~is_long), by_ears)):
        if rows.size:
            judging(found, rows, counts=counts, exposure=exposure, known=known, terms=terms, rate=rate)
    impossible = (counts[:, -1] > judged[:, -1]) if rate else np.zeros(len(counts), dtype=bool)
    withhold(found, impossible, Reason.NEGATIVE_COUNT)
    withhold(found, (judged[:, -1] == 0) & rate & ~impossible, Reason.NOTHING_JUDGED)
    if not rate:
        withhold(found, np.full(len(counts), np.isnan(arrived)), Reason.NOT_ARRIVED)
    return found


def empty(counts: Floats, judged: Floats, *, rate: bool, is_long: Any, arrived: float) -> Tests:
    """Tests of which only the count is known."""
    rows = len(counts)

    def nothing() -> Floats:
        return np.full(rows, np.nan)

    return Tests(
        np.arange(rows),
        np.full(rows, counts.shape[1] - 1),
        np.full(rows, int(rate)),
        is_long,
        counts[:, -1].copy(),
        judged[:, -1].copy(),
        nothing(),
        nothing(),
        nothing(),
        nothing(),
        np.zeros(rows, dtype=bool),
        np.zeros(rows, dtype=np.int64),
        np.full(rows, arrived),
    )


def withhold(found: Tests, where: Any, reason: Reason) -> None:
    """No test and no alarm there, for that reason."""
    found.p[where], found.is_above[where], found.reason[where] = np.nan, False, reason
    found.bound[where] = np.nan


def by_farrington(
    found: Tests, rows: Ints, *, counts: Floats, exposure: Floats, known: Any, terms: Mapping[str, Any], rate: bool
) -> None:
    """Series that reach back far enough. Too few recent cases are a test that cannot be passed: its p is 1."""
    settings = Farrington(**terms["farrington"])
    observed = np.where(known[rows], counts[rows], np.nan)
    reach = settings.years * terms["weeks_a_year"] + settings.half_window
    fewest = conditional(observed, exposure[rows], width=reach, only_smallest=True)
    few = np.nansum(observed[:, -settings.within :], axis=1) < settings.least_cases
    # no case in the baseline: no model to rest a p on, and the counts themselves say how sure it is
    nothing = np.nansum(observed[:, -reach - 1 : -1], axis=1) == 0
    blank = np.full(rows.size, np.nan)
    missing, p = np.isnan(observed[:, -1]), np.where(few, 1.0, fewest)
    reason = np.where(few, Reason.TOO_FEW_RECENT, Reason.EMPTY_BASELINE)
    p[missing], reason[missing] = np.nan, Reason.MISSING_NOW
    expected, bound = np.where(nothing & ~missing, 0.0, blank), np.where(nothing & ~few & ~missing, 0.0, blank)
    put(found, rows, expected, bound, nothing & ~few & ~missing, p, fewest, reason)
    # a model is fitted only where an alarm is possible: it is what a morning's time goes into
    fit = np.flatnonzero(~few & ~nothing & ~missing)
    if fit.size:
        scaled = observed[fit] if rate else scaled_to_now(observed[fit], exposure[0])
        told = farrington(scaled, weeks=[-1], judged=exposure[rows[fit]] if rate else None, settings=settings)
        above, codes = told.is_aberrant[:, 0], told.reason[:, 0].astype(np.int64)
        figures = told.expected[:, 0], told.upper_bound[:, 0], above, told.p_value[:, 0], fewest[fit], codes
        put(found, rows[fit], *figures)


def scaled_to_now(observed: Floats, share: Floats) -> Floats:
    """Counts as they stood when as much of them was in as is of the last week."""
    return observed if (share == share[-1]).all() else scaled_counts(observed, share[::-1])[0]


def by_ears(
    found: Tests, rows: Ints, *, counts: Floats, exposure: Floats, known: Any, terms: Mapping[str, Any], rate: bool
) -> None:
    """Series without years of history: the bound of EARS on counts brought to the week's exposure.

    p is the larger of two: of the count given its sum with the baseline (binomial by exposure; Przyborowski and Wilenski 1940,
    Biometrika 31, 313-323), which is sure of few cases but takes them for Poisson, and of Student's t for one more count
    of the baseline's mean and spread, which sees that counts vary more than that.
    """
    del rate
    method, baseline = str(terms["ears"]["method"]), int(terms["ears"]["baseline"])
    width = baseline + HISTORY[method] + 1
    some = slice(max(0, counts.shape[1] - width), None)
    y, e = np.where(known[rows][:, some], counts[rows][:, some], np.nan), exposure[rows][:, some]
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = y * e[:, -1:] / e
    told = ears(scaled, method=method, baseline=baseline, alpha=float(terms["ears"]["alpha"]))
    judged = told.is_judged[:, -1]
    gap = GUARD[method]
    past = slice(y.shape[1] - 1 - gap - baseline, y.shape[1] - 1 - gap)
    p, smallest = np.full(rows.size, np.nan), np.full(rows.size, np.nan)
    if y.shape[1] > baseline + gap:
        both = np.column_stack([y[:, past], y[:, -1]]), np.column_stack([e[:, past], e[:, -1]])
        smallest = conditional(*both, width=baseline, only_smallest=True)
        p = np.maximum(conditional(*both, width=baseline), student(scaled[:, past], scaled[:, -1]))
        p, smallest = np.where(judged, p, np.nan), np.where(judged, smallest, np.nan)
    reason = told.reason[:, -1].astype(np.int64)
    put(found, rows, told.expected[:, -1], told.upper_bound[:, -1], told.is_aberrant[:, -1], p, smallest, reason)


def put(
    found: Tests, rows: Ints, expected: Floats, bound: Floats, above: Any, p: Floats, smallest: Floats, reason: Ints
) -> None:
    """Write what a detector says of some series."""
    for name, values in (
        ("expected", expected),
        ("bound", bound),
        ("is_above", above),
        ("p", p),
        ("smallest", smallest),
    ):
        getattr(found, name)[rows] = values
    found.reason[rows] = reason


def conditional(y: Floats, e: Floats, *, width: int, only_smallest: bool = False) -> Floats:
    """How often so many of the cases or more fall into the last week, given all of them and one rate; or the smallest such p."""
    now, before = y[:, -1], np.nansum(y[:, -width - 1 : -1], axis=1)
    weight = np.where(np.isnan(y), 0.0, e)[:, -width - 1 :]
    total = weight.sum(axis=1)
    share = np.divide(weight[:, -1], total, out=np.ones_like(total), where=total > 0)
    whole = np.nan_to_num(now) + before
    if only_smallest:
        return np.asarray(share**whole)
    return np.asarray(stats.binom.sf(now - 1, whole, share))


def student(past: Floats, now: Floats) -> Floats:
    """One more value of a normal sample with unknown mean and spread; without spread 0, so that the other p decides."""
    n = past.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (now - past.mean(axis=1)) / (past.std(axis=1, ddof=1) * np.sqrt(1 + 1 / n))
    p = stats.t.sf(t, n - 1)
    return np.where(np.isnan(t), 1.0, p)
