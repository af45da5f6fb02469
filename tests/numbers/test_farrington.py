"""Farrington's detectors against R surveillance, and what they do with series that no model likes."""

import csv
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from zhiheng.errors import StatisticsError
from zhiheng.stats import FLEXIBLE, ORIGINAL, Farrington, Reason, farrington
from zhiheng.stats.aberration.glm import Design, fit
from zhiheng.stats.aberration.reference import layouts, reference_lags
from zhiheng.stats.aberration.responses import Responses

REFERENCE = Path(__file__).parent / "reference"
SEASONS = Farrington(periods=10, years=4, weeks_left_out=26, trend_level=1.0, alpha=0.01)
CASES = {
    "delta": SEASONS,
    "nb": replace(SEASONS, threshold="nbPlugin"),
    "muan": replace(SEASONS, threshold="muan"),
    "half": replace(SEASONS, power="1/2"),
    "none": replace(SEASONS, power="none"),
    "default": FLEXIBLE,
    "p05": replace(SEASONS, trend_level=0.05, years=5),
    "noreweight": replace(SEASONS, trend_level=0.05, reweight=False),
    "notrend": replace(SEASONS, trend=False),
    "w1b3p5": replace(SEASONS, half_window=1, years=3, periods=5, weeks_left_out=None, least_cases=0),
    "pop": SEASONS,
    "pop_nb": replace(SEASONS, threshold="nbPlugin"),
    "index": SEASONS,
    "states": replace(SEASONS, least_cases=0),
    "states_nb": replace(SEASONS, least_cases=0, threshold="nbPlugin"),
    "states_1": FLEXIBLE,
    "orig_default": ORIGINAL,
    "orig_23": replace(ORIGINAL, years=2),
    "orig_32": replace(ORIGINAL, years=3, half_window=2),
    "orig_half": replace(ORIGINAL, power="1/2", alpha=0.01),
    "orig_short": replace(ORIGINAL, alpha=0.01),
    "orig_index": replace(ORIGINAL, alpha=0.01),
    "orig_states": replace(ORIGINAL, alpha=0.01, least_cases=0),
}
WHOLE = {"states", "states_nb", "states_1", "orig_states"}


@cache
def expected_lines() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    with (REFERENCE / "farrington_surveillance.csv").open() as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["case"], []).append(row)
    return found


@cache
def data() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    with (REFERENCE / "salmNewport_total_weekly.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    total = np.array([[float(row["count"]) for row in rows]])
    dates = np.array([row["date"] for row in rows], dtype="datetime64[D]")
    states = np.loadtxt(REFERENCE / "salmNewport_states_weekly.csv", delimiter=",", skiprows=1).T
    judged = np.loadtxt(REFERENCE / "farrington_population.csv", skiprows=1)[None]
    return total, dates, states, judged


def column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) if row[name] else np.nan for row in rows])


def run(case: str, weeks):
    total, dates, states, judged = data()
    return farrington(
        states if case in WHOLE else total,
        weeks=weeks,
        dates=None if case.endswith("index") else dates,
        judged=judged if case.startswith("pop") else None,
        settings=CASES[case],
    )


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_every_figure_equals_that_of_r_surveillance(case) -> None:
    # 1e-9 of the figure, or of one thousandth of a case: both sides iterate to the same step, so rounding alone is left
    rows = expected_lines()[case]
    series, weeks = column(rows, "series").astype(int) - 1, column(rows, "index").astype(int) - 1
    asked = np.unique(weeks)
    found = run(case, asked)
    at = (series, np.searchsorted(asked, weeks))
    upper = column(rows, "upper")
    if case.startswith("orig") and CASES[case].least_cases:
        upper[upper == 0] = np.nan
    np.testing.assert_allclose(found.upper_bound[at], upper, rtol=1e-9, atol=1e-12)
    assert found.is_aberrant[at].tolist() == (column(rows, "alarm") == 1).tolist()
    if case.startswith("orig"):
        return
    for name, ours in (
        ("score", found.score),
        ("pvalue", found.p_value),
        ("phi", found.dispersion),
        ("trend", found.slope),
    ):
        np.testing.assert_allclose(ours[at], column(rows, name), rtol=1e-9, atol=1e-12, err_msg=name)
    theirs = column(rows, "expected")
    known = ~np.isnan(theirs)  # R hides the expectation where there are too few cases
    np.testing.assert_allclose(found.expected[at][known], theirs[known], rtol=1e-9, atol=1e-12)


def poisson(rows: int, weeks: int = 330, mean: float = 4.0, seed: int = 3) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(seed)).poisson(mean, (rows, weeks)).astype(float)


def test_many_series_and_weeks_are_judged_as_each_alone() -> None:
    counts = poisson(4)
    counts[1, 100:140] *= 5
    together = farrington(counts, weeks=[-3, -1], settings=replace(SEASONS, least_cases=0))
    for row in range(4):
        for place, week in enumerate((-3, -1)):
            alone = farrington(counts[row], weeks=[week], settings=replace(SEASONS, least_cases=0))
            np.testing.assert_allclose(together.upper_bound[row, place], alone.upper_bound[0], rtol=1e-12)


def test_the_regression_solves_the_likelihood_equations() -> None:
    # McCullagh and Nelder 1989, 2.5: at the maximum X'(y - mu) = 0. R stops at 1e-8 of the deviance, so 1e-3 of a case.
    counts = poisson(6, mean=9.0)
    ((_, layout),), _ = layouts(np.array([329]), settings=SEASONS, dates=None)
    design = Design.of(layout)
    taken = Responses.of(counts, None).take(np.arange(6), 329 - np.full(6, layout.lag[-1]), layout.lag - layout.lag[-1])
    found = fit(taken, design, trend=True)
    short = taken.count - np.exp(design.predictors(found.level, found.slope))
    assert found.converged.all()
    assert np.abs(short @ design.seasonal).max() < 1e-3
    assert np.abs(short @ design.time).max() < 0.1


def test_reference_weeks_are_the_same_weekday_nearest_to_the_same_date() -> None:
    dates = np.datetime64("2010-01-04") + 7 * np.arange(600)
    weeks = np.arange(300, 600)
    lags = reference_lags(weeks, years=4, dates=dates)
    for week, lag in zip(weeks, lags, strict=True):
        month_day = str(dates[week])[4:].replace("-02-29", "-03-01")
        for back in range(1, 5):
            wanted = np.datetime64(f"{int(str(dates[week])[:4]) - back}{month_day}")
            assert lag[back - 1] == week - np.abs((dates - wanted).astype(int)).argmin()


def test_a_rate_that_stays_is_no_aberration_when_more_is_judged() -> None:
    counts, judged = poisson(1, mean=6.0), np.full((1, 330), 60.0)
    counts[0, -1], judged[0, -1] = 30, 300
    assert farrington(counts, weeks=[-1]).is_aberrant.all()
    assert not farrington(counts, weeks=[-1], judged=judged).is_aberrant.any()


@pytest.mark.parametrize(
    ("change", "reason", "judged"),
    [
        (lambda x: x.__setitem__(slice(0, 328), 0), Reason.EMPTY_BASELINE, True),
        (lambda x: x.__setitem__(slice(None), 0), Reason.TOO_FEW_RECENT, False),
        (lambda x: x.__setitem__(-1, np.nan), Reason.MISSING_NOW, False),
        (lambda x: x.__setitem__(-1, -2), Reason.NEGATIVE_COUNT, False),
        (lambda x: x.__setitem__(-53, -2), Reason.NEGATIVE_COUNT, False),
        (lambda x: x.__setitem__(-53, np.inf), Reason.NEGATIVE_COUNT, False),
        (lambda x: x.__setitem__(-53, np.nan), Reason.NONE, True),
        (lambda x: x.__setitem__(slice(0, 327), np.nan), Reason.MISSING_BASELINE, False),
    ],
)
def test_a_bad_figure_has_a_reason_and_never_a_silent_nan(change, reason, judged) -> None:
    counts = poisson(2, mean=8.0)
    change(counts[1])
    found = farrington(counts, weeks=[-1])
    assert found.reason.ravel().tolist() == [Reason.NONE, reason]
    assert bool(found.is_judged[1, 0]) is judged is not np.isnan(found.upper_bound[1, 0])
    assert found.words()[1, 0]


def test_a_series_shorter_than_its_baseline_is_not_judged() -> None:
    found = farrington(poisson(1, weeks=200), weeks=[-1])
    assert found.reason.tolist() == [[Reason.SHORT_SERIES]]
    assert not found.is_aberrant.any()


def test_a_cell_in_which_everything_fails_is_remarked() -> None:
    judged = poisson(1, mean=8.0)
    found = farrington(judged, weeks=[-1], judged=judged)
    assert found.reason.tolist() == [[Reason.BOUND_ABOVE_JUDGED]]
    assert not found.is_aberrant.any()


def test_nothing_judged_in_a_week_is_said() -> None:
    judged = np.full((1, 330), 60.0)
    judged[0, -1] = 0
    assert farrington(poisson(1), weeks=[-1], judged=judged).reason.tolist() == [[Reason.NOTHING_JUDGED]]


def test_constant_and_huge_counts_are_judged() -> None:
    found = farrington(
        np.stack([np.full(330, 1.0), np.full(330, 1e9)]), weeks=[-1], settings=replace(FLEXIBLE, least_cases=0)
    )
    np.testing.assert_allclose(found.expected.ravel(), [1.0, 1e9], rtol=1e-6)
    assert not found.is_aberrant.any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"form": "new"}, "form 'new'"),
        ({"alpha": 0.0}, "alpha 0"),
        ({"years": 0}, "years is 0"),
        ({"threshold": "x"}, "threshold 'x'"),
        ({"form": "original", "periods": 10}, "original form"),
        ({"trend_level": 2.0}, "trend_level 2"),
        ({"outlying": 0.0}, "outlying 0"),
    ],
)
def test_an_impossible_setting_is_refused_by_name(settings, message) -> None:
    with pytest.raises(StatisticsError, match=message):
        Farrington(**settings)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weeks": [330]}, "week 330"),
        ({"dates": ["2020-01-06"]}, "330 weeks"),
        ({"dates": np.datetime64("2010-01-04") + 8 * np.arange(330)}, "8 days after"),
        ({"judged": np.ones((1, 3))}, "the same"),
        ({"judged": -np.ones((1, 330))}, "cannot be negative"),
        ({"settings": Farrington(periods=52)}, "use fewer"),
    ],
)
def test_an_impossible_argument_is_refused_by_name(arguments, message) -> None:
    with pytest.raises(StatisticsError, match=message):
        farrington(poisson(1), **({"weeks": [-1]} | arguments))
