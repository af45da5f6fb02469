"""Fay-Herriot estimates against R sae 1.3 on the milk data and R metafor 3.8-1, and what must hold for any areas."""

import csv
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from zhiheng.errors import StatisticsError
from zhiheng.stats import fay_herriot

REFERENCE = Path(__file__).parent / "reference"


@lru_cache
def milk() -> dict[str, np.ndarray]:
    with (REFERENCE / "sae_milk.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


@lru_cache
def metafor() -> dict[str, np.ndarray]:
    found: dict[str, list[float]] = {}
    with (REFERENCE / "ranking_more.csv").open() as file:
        for row in csv.DictReader(file):
            found.setdefault(row["name"].rsplit(".", 1)[0], []).append(float(row["value"]))
    return {name: np.array(values) for name, values in found.items()}


@pytest.mark.parametrize(("fit", "name"), [("REML", "reml"), ("ML", "ml"), ("moments", "fh")])
def test_areas_of_the_milk_data_are_those_of_sae(fit, name: str) -> None:
    # the printed digits: seven and nine of the likelihoods' estimates and errors, six of the moments'; sae stops at 1e-4
    data = milk()
    major = np.column_stack([data["major"] == area for area in (2, 3, 4)])
    found = fay_herriot(data["y"], data["sd"] ** 2, major, fit=fit, tolerance=1e-4)
    np.testing.assert_allclose(found.value, data[f"{name}_eblup"], rtol=0, atol=6e-8 if fit != "moments" else 1e-6)
    np.testing.assert_allclose(found.mse, data[f"{name}_mse"], rtol=0, atol=6e-10)


def test_coefficients_of_the_milk_data_are_those_of_sae() -> None:
    data = milk()
    major = np.column_stack([data["major"] == area for area in (2, 3, 4)])
    found = fay_herriot(data["y"], data["sd"] ** 2, major, tolerance=1e-4)
    np.testing.assert_allclose(found.coefficients, [0.9681890, 0.1327801, 0.2269462, -0.2413011], atol=6e-8)
    np.testing.assert_allclose(found.coefficient_errors, [0.06936208, 0.10300072, 0.09232981, 0.08161707], atol=6e-9)


@pytest.mark.parametrize("covariates", ["one", "ablat"])
@pytest.mark.parametrize(("fit", "name"), [("REML", "REML"), ("ML", "ML"), ("moments", "PM")])
def test_fits_end_where_those_of_metafor_end(fit, name: str, covariates: str) -> None:
    # Paule and Mandel's estimator is Fay and Herriot's moments; 1e-10: metafor was told to go on to 1e-14
    expected, key = metafor(), f"{name}.{covariates}"
    x = None if covariates == "one" else expected["bcg.x"]
    found = fay_herriot(expected["bcg.y"], expected["bcg.v"], x, fit=fit)
    assert found.area_variance == pytest.approx(expected[f"{key}.tau2"][0], rel=1e-10)
    np.testing.assert_allclose(found.coefficients, expected[f"{key}.beta"], rtol=1e-10)
    np.testing.assert_allclose(found.coefficient_errors, expected[f"{key}.se"], rtol=1e-10)
    np.testing.assert_allclose(found.value, expected[f"{key}.blup"], rtol=1e-10)


def test_equal_variances_have_the_closed_form_of_the_one_way_layout() -> None:
    y, psi = np.array([10.0, 14.0, 30.0, 18.0, 9.0]), 4.0
    found = fay_herriot(y, np.full(5, psi))
    a = y.var(ddof=1) - psi  # REML of a balanced layout
    back = psi / (a + psi)
    assert found.area_variance == pytest.approx(a)
    np.testing.assert_allclose(found.value, y.mean() + (1 - back) * (y - y.mean()))
    g = psi * (1 - back), back**2 * (a + psi) / 5, back**2 * 2 * (a + psi) ** 2 / 5 / (a + psi)
    np.testing.assert_allclose(found.mse, g[0] + g[1] + 2 * g[2])


@pytest.mark.slow
@pytest.mark.parametrize("fit", ["REML", "ML", "moments"])
def test_the_mean_squared_error_is_on_average_what_the_estimates_miss_by(fit) -> None:
    # 1,000 worlds fix the mean squared error of an area to 4.5 percent, that of areas together to about 1; the estimate's own order is 1/areas
    draw = np.random.Generator(np.random.PCG64(9))
    psi, x = np.linspace(0.3, 2.0, 30), np.linspace(-1, 1, 30)
    missed, told = np.zeros(30), np.zeros(30)
    for _ in range(1000):
        truth = 2 + 3 * x + draw.normal(size=30)
        found = fay_herriot(truth + draw.normal(size=30) * np.sqrt(psi), psi, x, fit=fit, tolerance=1e-6)
        missed += (found.value - truth) ** 2 / 1000
        told += found.mse / 1000
    assert told.mean() == pytest.approx(missed.mean(), rel=0.04)
    np.testing.assert_allclose(told, missed, rtol=0.18)


def test_an_area_without_items_gets_what_its_covariates_say_and_a_reason() -> None:
    data = milk()
    y, psi = data["y"].copy(), data["sd"] ** 2
    y[3] = np.nan
    major = np.column_stack([data["major"] == area for area in (2, 3, 4)])
    found, without = fay_herriot(y, psi, major), fay_herriot(np.delete(y, 3), np.delete(psi, 3), np.delete(major, 3, 0))
    assert found.value[3] == pytest.approx(without.coefficients[0])
    assert found.weight[3] == 0 and found.mse[3] > found.area_variance
    assert "no item" in found.reasons[3] and found.reasons[4] == ""
    np.testing.assert_allclose(np.delete(found.value, 3), without.value)


def test_areas_that_differ_by_chance_alone_are_all_what_their_covariates_say() -> None:
    for fit in ("REML", "ML", "moments"):
        found = fay_herriot([5.0, 5.1, 4.9, 5.05], [1.0, 2.0, 1.5, 0.8], fit=fit)
        assert found.at_zero and found.area_variance == 0
        assert np.ptp(found.value) == pytest.approx(0, abs=1e-12)
        assert np.all(found.mse > 0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (([1, 2, 3], [1, 0, 1]), "area 1 has a sampling variance of 0"),
        (([1, 2, 3], [1, 1]), "one an area"),
        (([1, 2, 3], [1, 1, 1], [1, np.nan, 2]), "area 1 lacks a covariate"),
        (([1, 2, 3], [1, 1, 1], [[1, 2], [3, 4], [5, 6]]), "3 sampled areas do not fix 3 coefficients"),
        (([1, 2, 3, 4], [1, 1, 1, 1], [2, 2, 2, 2]), "independent covariates"),
    ],
)
def test_areas_that_cannot_be_fitted_are_refused(given, said: str) -> None:
    with pytest.raises(StatisticsError, match=said):
        fay_herriot(*given)


def test_an_unknown_fit_or_level_is_refused() -> None:
    with pytest.raises(StatisticsError, match="fit 'EM'"):
        fay_herriot([1, 2, 3], [1, 1, 1], fit="EM")
    with pytest.raises(StatisticsError, match="confidence level"):
        fay_herriot([1, 2, 3], [1, 1, 1], level=95)
