"""Limits of Clopper-Pearson and Wilson against R, and what must hold for any counts."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from zhiheng.errors import StatisticsError
from zhiheng.stats import clopper_pearson, wilson

REFERENCE = Path(__file__).parent / "reference"
METHODS = [wilson, clopper_pearson]


def reference() -> dict[str, np.ndarray]:
    with (REFERENCE / "binomial_cp_wilson.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def test_wilson_limits_equal_those_of_r() -> None:
    expected = reference()
    found = wilson(expected["k"], expected["n"], level=0.95)
    np.testing.assert_allclose(found.lower, expected["wilson_lo"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.upper, expected["wilson_hi"], rtol=0, atol=1e-10)


def test_clopper_pearson_limits_equal_those_of_r() -> None:
    expected = reference()
    found = clopper_pearson(expected["k"], expected["n"], level=0.95)
    np.testing.assert_allclose(found.lower, expected["cp_lo"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.upper, expected["cp_hi"], rtol=0, atol=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_no_trials_leave_everything_possible(method) -> None:
    found = method(0, 0, level=0.95)
    assert (float(found.lower), float(found.upper)) == (0.0, 1.0)


@pytest.mark.parametrize("method", METHODS)
def test_a_limit_is_exactly_zero_or_one_when_nothing_or_everything_is_found(method) -> None:
    found = method([0, 7], [7, 7], level=0.9)
    assert found.lower[0] == 0.0
    assert found.upper[1] == 1.0


@pytest.mark.parametrize("method", METHODS)
def test_a_missing_count_gives_no_limits(method) -> None:
    found = method([np.nan, 1, 0], [5, np.nan, np.nan], level=0.95)
    assert np.isnan(found.lower).all() and np.isnan(found.upper).all()


@pytest.mark.parametrize("method", METHODS)
def test_counts_broadcast_over_rows_and_columns(method) -> None:
    assert method([[0], [1]], [10, 20, 30], level=0.95).lower.shape == (2, 3)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("successes", "trials"), [(-1, 5), (6, 5), (1, np.inf), (0, -1)])
def test_impossible_counts_are_refused_with_their_position(method, successes, trials) -> None:
    with pytest.raises(StatisticsError, match="at position 1 is not a count"):
        method([0, successes], [5, trials], level=0.95)


@pytest.mark.parametrize("level", [0, 1, -0.5, 95, float("nan")])
def test_a_level_outside_zero_and_one_is_refused(level) -> None:
    with pytest.raises(StatisticsError, match="not a confidence level"):
        wilson(1, 5, level=level)


@pytest.mark.slow
@settings(deadline=None)
@given(st.integers(1, 10**6), st.data(), st.floats(0.5, 0.999))
def test_both_intervals_hold_the_observed_rate_and_mirror_each_other(n, data, level) -> None:
    k = data.draw(st.integers(0, n))
    for method in METHODS:
        here, mirrored = method(k, n, level=level), method(n - k, n, level=level)
        assert here.lower <= k / n <= here.upper
        assert float(here.lower) == pytest.approx(1 - float(mirrored.upper), abs=1e-15)


@pytest.mark.slow
@settings(deadline=None)
@given(st.integers(1, 5000), st.data(), st.floats(0.5, 0.999))
def test_wilson_limits_solve_the_score_equation(n, data, level) -> None:
    k = data.draw(st.integers(0, n))
    found, z = wilson(k, n, level=level), special.ndtri(0.5 + level / 2)
    for p in (float(found.lower), float(found.upper)):
        assert (k / n - p) ** 2 == pytest.approx(z * z * p * (1 - p) / n, abs=1e-12)


@pytest.mark.slow
@settings(deadline=None)
@given(st.integers(1, 5000), st.data(), st.floats(0.5, 0.999))
def test_clopper_pearson_limits_leave_half_the_risk_in_each_binomial_tail(n, data, level) -> None:
    k = data.draw(st.integers(0, n))
    found, tail = clopper_pearson(k, n, level=level), (1 - level) / 2
    if k > 0:
        assert stats.binom.sf(k - 1, n, float(found.lower)) == pytest.approx(tail, rel=1e-7)
    if k < n:
        assert stats.binom.cdf(k, n, float(found.upper)) == pytest.approx(tail, rel=1e-7)
