"""EARS and CUSUM against R surveillance, and what must hold for any series."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng.errors import StatisticsError
from zhiheng.stats import Reason, cusum, ears

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


@pytest.mark.parametrize(
    ("case", "settings"),
    [("C2", {"method": "C2"}), ("C3", {"method": "C3"})]
    + [
        (f"min_{m}", {"method": m, "baseline": 10, "minimum_deviation": 1.5, "alpha": 0.01}) for m in ("C1", "C2", "C3")
    ],
)
def test_other_methods_equal_those_of_r_surveillance(case, settings) -> None:
    with (REFERENCE / "earsC_more.csv").open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["case"] == case]
    weeks = np.array([int(row["index"]) for row in rows]) - 1
    found = ears(column("salmNewport_total_weekly.csv", "count"), **settings)
    np.testing.assert_allclose(found.upper_bound[weeks], [float(row["upper"]) for row in rows], rtol=0, atol=1e-9)
    assert found.is_aberrant[weeks].tolist() == [row["alarm"] == "1" for row in rows]


@pytest.mark.parametrize("name", ["standard", "rossi", "anscombe", "anscombe2nd", "pearsonNegBin"])
def test_cumulative_sums_equal_those_of_r_surveillance(name) -> None:
    counts = column("salmNewport_total_weekly.csv", "count")
    word = "pearson" if name == "pearsonNegBin" else name
    found = cusum(counts[365:], expected=counts[:365].mean(), transformation=word, alpha=0.2)
    np.testing.assert_allclose(found.statistic, column("cusum_surveillance.csv", name), rtol=0, atol=1e-9)
    assert found.is_aberrant.tolist() == (column("cusum_surveillance.csv", f"{name}_alarm") == 1).tolist()
    if name != "anscombe2nd":  # there R inverts with m^(1/3) in place of m^(-1/3)
        np.testing.assert_allclose(
            found.upper_bound, column("cusum_surveillance.csv", f"{name}_upper"), rtol=0, atol=1e-9
        )


@pytest.mark.parametrize("name", ["rossi", "anscombe", "anscombe2nd", "pearson"])
def test_the_bound_of_a_cumulative_sum_is_where_it_alarms(name) -> None:
    counts = np.array([4.0, 6.0, 3.0])
    bound = float(cusum([*counts, 0.0], expected=4.0, transformation=name).upper_bound[-1])
    for factor, alarmed in ((1 - 1e-9, False), (1 + 1e-9, True)):
        assert cusum([*counts, bound * factor], expected=4.0, transformation=name).is_aberrant[-1] == alarmed


def test_a_count_that_cannot_enter_a_sum_leaves_it_where_it_was() -> None:
    found = cusum([9, np.nan, -1, 9], expected=[4, 4, 4, 0])
    assert found.reason.tolist() == [Reason.NONE, Reason.MISSING_NOW, Reason.NEGATIVE_COUNT, Reason.NO_EXPECTATION]
    assert np.isnan(found.statistic[1:]).all()


@pytest.mark.parametrize("method", ["C1", "C2", "C3"])
def test_every_count_has_a_bound_or_a_reason(method) -> None:
    counts = np.array([0.0] * 12 + [3, np.nan, 2, -1, 4, np.inf] + [2.0] * 20)
    found = ears(counts, method=method)
    assert (np.isnan(found.upper_bound) == (found.reason >= Reason.TOO_FEW_RECENT)).all()
    assert {Reason.SHORT_SERIES, Reason.EMPTY_BASELINE, Reason.MISSING_NOW, Reason.NEGATIVE_COUNT} <= set(found.reason)
    assert not found.is_aberrant[~found.is_judged].any()


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


@pytest.mark.parametrize("method", ["C4", "c1"])
def test_a_method_that_is_not_there_is_refused(method) -> None:
    with pytest.raises(StatisticsError, match="'C1', 'C2' or 'C3'"):
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
