"""Control charts against qcc, spc and qicharts2, and published run lengths."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from zhiheng import stats
from zhiheng.errors import StatisticsError
from zhiheng.stats import Reason


@cache
def reference() -> dict:
    return json.loads((Path(__file__).parent / "reference" / "spc_reference.json").read_text())


def rings() -> tuple[np.ndarray, np.ndarray]:
    return np.array(reference()["pistonrings"]), np.arange(40) < 25


def ends(chart) -> np.ndarray:
    return np.array([chart.lower[0], chart.upper[0]])


def test_constants_equal_the_printed_ones() -> None:
    # Montgomery, Introduction to Statistical Quality Control, appendix VI, three or four decimals
    printed = {
        2: (1.128, 0.853, 0.7979),
        5: (2.326, 0.864, 0.9400),
        10: (3.078, 0.797, 0.9727),
        25: (3.931, 0.708, 0.9896),
    }
    for size, (mean, deviation, unbiased) in printed.items():
        assert round(stats.d2(size), 3) == mean
        assert stats.d3(size) == pytest.approx(deviation, abs=6e-4)
        assert round(stats.c4(size), 4) == unbiased
    assert stats.d2(2) == pytest.approx(2 / np.sqrt(np.pi), abs=1e-13)
    assert stats.d3(2) == pytest.approx(np.sqrt(2 - 4 / np.pi), abs=1e-12)


def test_means_and_standard_deviations_equal_those_of_qcc() -> None:
    values, baseline = rings()
    means, spreads = stats.xbar_s(values, baseline=baseline)
    np.testing.assert_allclose(ends(means), reference()["xbar_sd"]["limits"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(ends(spreads), reference()["S"]["limits"], rtol=0, atol=1e-12)


def test_means_and_ranges_equal_those_of_qcc() -> None:
    # 1e-6: qcc takes d2(5) = 2.326; with that in place of ours the limits of the means agree to 1e-12
    values, baseline = rings()
    means, ranges = stats.xbar_r(values, baseline=baseline)
    np.testing.assert_allclose(ends(means), reference()["xbar"]["limits"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(ends(ranges), reference()["Rchart"]["limits"], rtol=0, atol=1e-6)
    half = 3 * means.deviation[0] * stats.d2(5) / 2.326
    np.testing.assert_allclose(means.centre[0] + half, reference()["xbar"]["limits"][1], rtol=0, atol=1e-12)


def test_single_values_by_hand() -> None:
    # moving ranges 2, 1, 3: mean 2, sigma 2 sqrt(pi) / 2
    plain, ranges = stats.individuals([5.0, 7.0, 6.0, 9.0])
    sigma = np.sqrt(np.pi)
    np.testing.assert_allclose([plain.centre[0], plain.upper[0]], [6.75, 6.75 + 3 * sigma])
    assert ranges.upper[1] == pytest.approx(2 + 3 * sigma * np.sqrt(2 - 4 / np.pi))
    assert ranges.reason.tolist() == [Reason.MISSING_NOW, 0, 0, 0]


def test_proportions_equal_those_of_qcc() -> None:
    data, expected = reference()["orangejuice"], reference()["p"]
    chart = stats.p_chart(data["D"], data["size"], baseline=data["trial"])
    np.testing.assert_allclose(ends(chart), expected["limits"][0], rtol=0, atol=1e-12)
    assert (np.flatnonzero(chart.is_beyond) + 1).tolist() == expected["beyond"]
    assert (np.flatnonzero(stats.run_length(chart.standardised, 7)) + 1).tolist() == expected["runs"]


def test_nonconformities_equal_those_of_qcc() -> None:
    cloth, circuit = reference()["dyedcloth"], reference()["circuit"]
    chart = stats.u_chart(cloth["x"], cloth["size"])
    np.testing.assert_allclose(
        np.column_stack([chart.lower, chart.upper]), reference()["u"]["limits"], rtol=0, atol=1e-12
    )
    counted = stats.u_chart(circuit["x"], 1, baseline=circuit["trial"])
    np.testing.assert_allclose(ends(counted), reference()["c"]["limits"], rtol=0, atol=1e-12)
    assert sorted(np.flatnonzero(counted.is_beyond) + 1) == sorted(reference()["c"]["beyond"])


def test_large_samples_equal_those_of_qicharts2() -> None:
    data = reference()["laney_p"]
    for chart, name in ((stats.p_chart, "laney_p"), (stats.u_chart, "laney_u")):
        found = chart(data["d"], data["n"])
        np.testing.assert_allclose(found.upper, reference()[name]["ucl"], rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.lower, reference()[name]["lcl"], rtol=0, atol=1e-12)
    # 1e-5: the reference has d2(2) = 1.128; with that the factor agrees to 1e-12
    wide, plain = stats.p_chart(data["d"], data["n"], laney=True), stats.p_chart(data["d"], data["n"])
    np.testing.assert_allclose(wide.upper, reference()["laney_hand"]["ucl"], rtol=0, atol=1e-5)
    factor = wide.deviation[0] / plain.deviation[0] * stats.d2(2) / 1.128
    assert factor == pytest.approx(reference()["laney_hand"]["sigma_z"], abs=1e-12)


def test_sums_equal_those_of_qcc() -> None:
    # 1e-9: the centre and deviation of the reference are printed with fifteen digits
    values, _ = rings()
    held, expected = reference()["xbar"], reference()["cusum"]
    found = stats.cusum_chart(values.mean(axis=1), centre=held["center"], deviation=held["std.dev"] / np.sqrt(5))
    np.testing.assert_allclose(found.high, expected["pos"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(-found.low, expected["neg"], rtol=0, atol=1e-9)
    assert (np.flatnonzero(found.is_beyond) + 1).tolist() == expected["violations"]["upper"]


def test_weighted_means_equal_montgomery() -> None:
    # Montgomery, table 9.10 (weight 0.1, multiplier 2.7, centre 10, sigma 1): first z 9.945, limits 9.73 and 10.27
    found = stats.ewma_chart([9.45, 7.99, 9.29], centre=10.0, deviation=1.0, weight=0.1, multiplier=2.7)
    assert found.statistic.round(4).tolist() == [9.945, 9.7495, 9.7036]
    assert [round(float(found.lower[0]), 2), round(float(found.upper[0]), 2)] == [9.73, 10.27]


def test_run_lengths_equal_those_of_r_spc() -> None:
    # 1e-9 of the length; critical values to 1e-8, which is what a run length of 500 solved to 1e-9 leaves
    expected = reference()["arl"]
    for shift, length in zip(expected["mu_grid"], expected["xcusum_k.5_h5"], strict=True):
        assert stats.cusum_arl(shift, reference=0.5, decision=5.0) == pytest.approx(length, rel=1e-9)
    for shift, length in zip((0, 0.5, 1, 2), expected["xcusum_two_k.5_h5"], strict=True):
        assert stats.cusum_arl(shift, reference=0.5, decision=5.0, sides=2) == pytest.approx(length, rel=1e-9)
    for shift, length in zip((0, 0.5, 1, 2), expected["xewma_l.1_c2.814"], strict=True):
        assert stats.ewma_arl(shift, weight=0.1, multiplier=2.814) == pytest.approx(length, rel=1e-9)
    assert stats.ewma_multiplier(500, weight=0.1) == pytest.approx(expected["xewma_crit_L500_l.1"], abs=1e-8)
    assert stats.cusum_decision(500, reference=0.5) == pytest.approx(expected["xcusum_crit_L0_500_k.5"], abs=1e-8)


def test_run_lengths_agree_with_the_markov_chain_and_with_siegmund() -> None:
    # Brook and Evans 1972 with 400 states: their error falls with the square of the states, here about 1e-4 of the length.
    # Siegmund's formula (Montgomery, equation 9.8) is within a few in a hundred.
    for shift in (0.0, 1.0):
        states, width = 400, 2 * 5.0 / (2 * 400 - 1)
        at = np.arange(states) * width
        edge = at - at[:, None] + 0.5 - shift
        moves = special.ndtr(edge + width / 2) - special.ndtr(edge - width / 2)
        moves[:, 0] = special.ndtr(edge[:, 0] + width / 2)
        chain = np.linalg.solve(np.eye(states) - moves, np.ones(states))[0]
        exact = stats.cusum_arl(shift, reference=0.5, decision=5.0)
        assert exact == pytest.approx(chain, rel=1e-3)
        drift, high = shift - 0.5, 5.0 + 1.166
        assert exact == pytest.approx((np.exp(-2 * drift * high) + 2 * drift * high - 1) / (2 * drift**2), rel=0.05)


def test_western_electric_rules_by_definition() -> None:
    z = np.array([0.5, 3.2, 2.1, 0.2, 2.4, 1.2, 1.1, 1.3, 0.1, 0.1, -0.1])
    assert [np.flatnonzero(rule).tolist() for rule in stats.western_electric(z)] == [[1], [2, 4], [5, 6, 7], [7, 8, 9]]


def test_nelson_rules_each_find_their_own_pattern() -> None:
    patterns = {
        0: [3.1],
        1: [0.1] * 9,
        2: [-0.5, -0.3, -0.1, 0.1, 0.3, 0.5],
        3: [0.1, -0.1] * 7,
        4: [2.1, 0.0, 2.1],
        5: [1.1, 1.2, 0.0, 1.1, 1.3],
        6: [0.5, -0.5, 0.2] * 5,
        7: [1.2, -1.3, 1.4, -1.2, 1.5, -1.3, 1.2, -1.2],
    }
    for rule, points in patterns.items():
        found = stats.nelson(points)[rule]
        assert found[-1] and not found[:-1].any()
        assert not stats.nelson([np.nan, *points[1:]])[rule].any()
    assert not stats.nelson(np.zeros(40))[[0, 1, 2, 3, 4, 5, 7]].any()


def test_charts_of_many_series_are_those_of_each_alone() -> None:
    generator = np.random.Generator(np.random.PCG64(4))
    counts, sizes = generator.binomial(50, 0.1, (3, 20)), np.full((3, 20), 50)
    for laney in (False, True):
        together = stats.p_chart(counts, sizes, laney=laney)
        for row in range(3):
            np.testing.assert_allclose(together.upper[row], stats.p_chart(counts[row], sizes[row], laney=laney).upper)
    assert stats.nelson(generator.normal(size=(3, 20))).shape == (8, 3, 20)


@pytest.mark.parametrize(
    ("counts", "sizes", "laney", "reasons"),
    [
        ([0, 0, 0], [9, 9, 9], False, [Reason.EMPTY_BASELINE] * 3),
        ([9, 9, 9], [9, 9, 9], False, [Reason.FULL_BASELINE] * 3),
        ([0, 0, 0], [9, 9, 9], True, [Reason.NO_SPREAD] * 3),
        (
            [1, np.nan, 2, -1, 9],
            [9, 9, 0, 9, 8],
            False,
            [0, Reason.MISSING_NOW, Reason.NOTHING_JUDGED] + [Reason.NEGATIVE_COUNT] * 2,
        ),
        ([np.nan, np.nan], [9, 9], False, [Reason.MISSING_NOW] * 2),
    ],
)
def test_a_point_that_cannot_be_drawn_has_a_reason(counts, sizes, laney, reasons) -> None:
    found = stats.p_chart(counts, sizes, laney=laney)
    assert found.reason.tolist() == reasons
    assert (np.isnan(found.upper) == (found.reason >= Reason.TOO_FEW_RECENT)).all()
    assert not found.is_beyond[~found.is_judged].any()


def test_measured_values_without_spread_have_no_limits() -> None:
    means, _ = stats.xbar_r([[5, 5], [5, 5], [np.nan, 4]])
    assert means.reason.tolist() == [Reason.NO_SPREAD, Reason.NO_SPREAD, Reason.MISSING_NOW]


def test_impossible_arguments_are_refused_by_name() -> None:
    for work, message in (
        (lambda: stats.d2(1), "subgroup of 1"),
        (lambda: stats.xbar_r([1, 2, 3]), "subgroups by values"),
        (lambda: stats.p_chart([1, 2], [5, 5], baseline=[True]), "true or false for each point"),
        (lambda: stats.ewma_chart([1, 2], centre=0, deviation=0), "deviation must be above 0"),
        (lambda: stats.ewma_chart([1, 2], centre=0, deviation=1, weight=2), "weight 2"),
        (lambda: stats.run_length([1], 1), "a run of 1"),
    ):
        with pytest.raises(StatisticsError, match=message):
            work()


@pytest.mark.parametrize(
    "asked",
    [
        lambda: stats.cusum_decision(1.0, reference=0.5),
        lambda: stats.ewma_multiplier(2.0, weight=0.2),
        lambda: stats.ewma_multiplier(1e7, weight=0.2),
    ],
)
def test_a_run_length_that_no_limit_gives_is_refused_with_those_that_one_gives(asked: Callable[[], float]) -> None:
    with pytest.raises(StatisticsError, match="points until a false alarm: give a length from"):
        asked()
