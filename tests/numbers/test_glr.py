"""Likelihood ratio charts against R surveillance, and against the formula of the paper maximised by brute force."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, stats

from zhiheng.errors import StatisticsError
from zhiheng.stats import Reason, glrnb, seasonal_baseline

REFERENCE = Path(__file__).parent / "reference"
ALPHA = 0.16075568158127346
CHARTS = {
    "glr_nb": {"alpha": ALPHA},
    "glr_nb_M": {"alpha": ALPHA, "limit": 3, "window": 20, "least": 3},
    "glr_pois": {},
    "glr_pois_M": {"window": 20, "least": 2},  # there R needs one week more than it says
    "lr_nb": {"alpha": ALPHA, "limit": 4, "shift": 1.5},
    "lr_pois": {"limit": 4, "shift": 1.5},
}


def reference(name: str) -> np.ndarray:
    with (REFERENCE / "glrnb_surveillance.csv").open() as lines:
        return np.array([float(row[name]) if row[name] else np.nan for row in csv.DictReader(lines)])


def total() -> np.ndarray:
    with (REFERENCE / "salmNewport_total_weekly.csv").open() as lines:
        return np.array([float(row["count"]) for row in csv.DictReader(lines)])


@pytest.mark.slow
@pytest.mark.parametrize("name", CHARTS)
def test_statistics_and_alarms_equal_those_of_r_surveillance(name) -> None:
    # 1e-9: R stops Newton's method at 1e-6 of kappa, whose square is all that the maximum feels
    found = glrnb(total()[365:], expected=reference("mu0"), **CHARTS[name])
    np.testing.assert_allclose(found.statistic, reference(name), rtol=0, atol=1e-9)
    assert found.is_aberrant.tolist() == (reference(f"{name}_alarm") == 1).tolist()


@pytest.mark.slow
def test_falls_are_found_as_by_r_surveillance() -> None:
    # 1e-7: after weeks without any case R stops at kappa = -18, where a likelihood ratio is still 1e-8 short
    found = glrnb(total()[365:], expected=reference("mu0"), alpha=ALPHA, limit=3, direction="down")
    np.testing.assert_allclose(found.statistic, reference("glr_nb_dec"), rtol=0, atol=1e-7)
    assert found.is_aberrant.tolist() == (reference("glr_nb_dec_alarm") == 1).tolist()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["glr_nb", "glr_pois", "lr_nb", "lr_pois"])
def test_the_count_from_which_a_week_alarms_equals_that_of_r_surveillance(name) -> None:
    found = glrnb(total()[365:], expected=reference("mu0"), **CHARTS[name])
    theirs = reference(f"{name}_cases")
    known = theirs < 1e90  # R does not look where the count is 0
    assert known.sum() > 80
    np.testing.assert_allclose(found.upper_bound[known], theirs[known], rtol=0, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("direction", "bounds"), [("up", (0.0, 5.0)), ("down", (-12.0, 0.0))])
@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_the_statistic_is_the_maximum_of_the_paper(direction, bounds, alpha) -> None:
    # Hoehle and Paul 2008, equation (5), each log likelihood by scipy, each maximum by a bounded search (about 1e-9)
    generator = np.random.Generator(np.random.PCG64(5))
    mean = 3 + np.sin(np.arange(12.0))
    counts = generator.poisson(mean)

    def likelihood(kappa: float, k: int, n: int) -> float:
        m = mean[k : n + 1] * np.exp(kappa)
        x = counts[k : n + 1]
        if alpha == 0:
            return float(stats.poisson.logpmf(x, m).sum())
        return float(stats.nbinom.logpmf(x, 1 / alpha, 1 / (1 + alpha * m)).sum())

    found = glrnb(counts, expected=mean, alpha=alpha, limit=1e6, direction=direction)
    for n in range(12):
        best = 0.0
        for k in range(n + 1):
            top = optimize.minimize_scalar(
                lambda v, k=k, n=n: -likelihood(v, k, n), bounds=bounds, method="bounded", options={"xatol": 1e-10}
            )
            best = max(best, -top.fun - likelihood(0.0, k, n))
        assert found.statistic[n] == pytest.approx(best, abs=3e-5 if direction == "down" else 1e-7)


def test_a_chart_starts_again_after_its_alarm() -> None:
    counts, mean = np.array([3, 20, 3, 3, 4]), np.full(5, 3.0)
    whole = glrnb(counts, expected=mean)
    assert whole.is_aberrant.tolist() == [False, True, False, False, False]
    np.testing.assert_allclose(whole.statistic[2:], glrnb(counts[2:], expected=mean[2:]).statistic)


def test_many_series_are_judged_as_each_alone() -> None:
    counts = np.random.Generator(np.random.PCG64(2)).poisson(4, (5, 30))
    alpha = np.array([0.0, 0.1, 0.2, 0.0, 0.5])
    together = glrnb(counts, expected=3.5, alpha=alpha, limit=3)
    for row in range(5):
        alone = glrnb(counts[row], expected=3.5, alpha=alpha[row], limit=3)
        np.testing.assert_allclose(together.statistic[row], alone.statistic, atol=1e-10)
        np.testing.assert_array_equal(together.upper_bound[row], alone.upper_bound)


def test_a_week_that_says_nothing_is_passed_over() -> None:
    found = glrnb([3, np.nan, -1, 5, 4], expected=[3, 3, 3, 0, 3])
    assert found.reason.tolist() == [0, Reason.MISSING_NOW, Reason.NEGATIVE_COUNT, Reason.NO_EXPECTATION, 0]
    assert found.statistic[-1] == pytest.approx(glrnb([3, 4], expected=3).statistic[-1])


@pytest.mark.parametrize("harmonics", [1, 2])
@pytest.mark.parametrize("trend", [False, True])
def test_the_baseline_equals_that_of_r(harmonics, trend) -> None:
    # 1e-7: R's glm.nb stops where theta moves by less than about 1e-8
    expected = json.loads((REFERENCE / "glrnb_baseline.json").read_text())
    found = seasonal_baseline(total()[:365], ahead=163, harmonics=harmonics, trend=trend)
    name = f"S{harmonics}_{str(trend).lower()}"
    np.testing.assert_allclose(found.mean[365:385], expected[f"mu0_{name}"], rtol=1e-7)
    assert float(found.alpha) == pytest.approx(expected[f"alpha_{name}"], rel=1e-7)


def test_the_poisson_baseline_and_the_dispersion_are_those_of_the_reference() -> None:
    expected = json.loads((REFERENCE / "glrnb_baseline.json").read_text())
    found = seasonal_baseline(total()[:365], ahead=163, dispersed=False)
    np.testing.assert_allclose(found.mean[365:385], expected["glr_mu0_head"], rtol=1e-9)
    assert float(seasonal_baseline(total()[:365]).alpha) == pytest.approx(expected["glrnb_alpha"], rel=1e-9)


def test_a_series_without_a_case_has_no_baseline_and_an_even_one_no_dispersion() -> None:
    found = seasonal_baseline(np.stack([np.zeros(80), np.full(80, 4.0)]))
    assert found.converged.tolist() == [False, True]
    assert np.isnan(found.alpha[0]) and found.alpha[1] == 0
    np.testing.assert_allclose(found.mean[1], 4.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"direction": "left"}, "direction 'left'"),
        ({"limit": 0}, "limit"),
        ({"shift": 0}, "shift is 0"),
        ({"alpha": -1.0}, "alpha -1"),
    ],
)
def test_an_impossible_setting_is_refused_by_name(arguments, message) -> None:
    with pytest.raises(StatisticsError, match=message):
        glrnb([1, 2], expected=1.0, **arguments)


def test_a_baseline_from_too_few_weeks_is_refused() -> None:
    with pytest.raises(StatisticsError, match="5 weeks are too few"):
        seasonal_baseline([1.0] * 5)
