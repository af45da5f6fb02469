"""EARS C1 against R surveillance, and what must hold for any series."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng.errors import StatisticsError
from zhiheng.stats import ears

REFERENCE = Path(__file__).parent / "reference"


def column(file: str, name: str) -> np.ndarray:
    with (REFERENCE / file).open() as lines:
        return np.array([float(row[name]) for row in csv.DictReader(lines)])


def test_bounds_and_alarms_equal_those_of_r_surveillance() -> None:
    # 1e-9: R prints fourteen decimals, so nothing but the order of summation is left.
    weeks = column("earsC_C1.csv", "index").astype(int) - 1
    found = ears(column("salmNewport_total_weekly.csv", "count"))
    np.testing.assert_allclose(found.upper_bound[weeks], column("earsC_C1.csv", "upperbound"), rtol=0, atol=1e-9)
    assert found.is_aberrant[weeks].tolist() == (column("earsC_C1.csv", "alarm") == 1).tolist()


def test_many_series_are_judged_as_each_alone() -> None:
    series = np.random.Generator(np.random.PCG64(7)).poisson(4, size=(5, 40))
    together = ears(series, baseline=9, alpha=0.01)
    for row, alone in enumerate(ears(one, baseline=9, alpha=0.01) for one in series):
        np.testing.assert_array_equal(together.upper_bound[row], alone.upper_bound)


def test_the_first_counts_are_not_judged() -> None:
    found = ears([1] * 9)
    assert found.is_judged.tolist() == [False] * 7 + [True] * 2
    assert np.isnan(found.upper_bound[:7]).all()


def test_a_series_shorter_than_its_baseline_is_not_judged() -> None:
    assert not ears([5, 5, 5]).is_judged.any()


def test_a_missing_count_is_not_judged_nor_are_those_that_rest_on_it() -> None:
    found = ears([1.0] * 7 + [np.nan] + [9.0] * 8)
    assert found.is_judged.tolist() == [False] * 15 + [True]
    assert not found.is_aberrant[:15].any()


def test_a_count_equal_to_its_bound_is_no_aberration() -> None:
    assert not ears([3] * 8).is_aberrant.any()


def test_a_least_deviation_keeps_one_case_after_none_from_being_an_aberration() -> None:
    counts = [0] * 7 + [1]
    assert ears(counts).is_aberrant[-1]
    assert not ears(counts, minimum_deviation=0.5).is_aberrant[-1]


@pytest.mark.parametrize("method", ["C2", "C3", "c1"])
def test_a_method_that_is_not_there_is_refused(method) -> None:
    with pytest.raises(StatisticsError, match="'C1' only"):
        ears([1] * 9, method=method)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"baseline": 2}, "baseline of 2"),
        ({"alpha": 0.0}, "alpha 0"),
        ({"alpha": 1.0}, "alpha 1"),
        ({"minimum_deviation": -1.0}, "minimum_deviation -1"),
    ],
)
def test_an_impossible_setting_is_refused_by_name(argument, message) -> None:
    with pytest.raises(StatisticsError, match=message):
        ears([1] * 9, **argument)


def test_a_single_figure_is_not_a_series() -> None:
    with pytest.raises(StatisticsError, match="single figure"):
        ears(4)


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.integers(0, 500), min_size=8, max_size=40), st.integers(0, 100))
def test_a_constant_added_to_every_count_moves_the_bound_by_as_much(counts, shift) -> None:
    plain, moved = ears(counts).upper_bound, ears(np.array(counts) + shift).upper_bound
    np.testing.assert_allclose(moved, plain + shift, rtol=1e-9, atol=1e-9)
