"""Ratios of reports against R, and the shrunk ratios of DuMouchel against integrals of their definition."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from zhiheng.errors import StatisticsError
from zhiheng.stats import (
    Mixture,
    ebgm,
    fit_mixture,
    information_component,
    proportional_reporting_ratio,
    reporting_odds_ratio,
    yates_chi_square,
)

REFERENCE = Path(__file__).parent / "reference"
MIXTURE = Mixture(0.2, 0.06, 1.4, 1.8, 0.1)


def tables() -> dict[str, np.ndarray]:
    with (REFERENCE / "prr_ror_2x2.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


@pytest.mark.parametrize(("measure", "name"), [(proportional_reporting_ratio, "PRR"), (reporting_odds_ratio, "ROR")])
def test_ratios_and_limits_are_those_of_r(measure, name: str) -> None:
    data = tables()
    found = measure(*(data[cell] for cell in "abcd"))
    for column, key in ((found.ratio, ""), (found.log_error, "_se"), (found.lower, "_lo"), (found.upper, "_hi")):
        np.testing.assert_allclose(column, data[name + key], rtol=1e-12)


def test_chi_square_and_information_component_are_those_of_r() -> None:
    data = tables()
    cells = [data[cell] for cell in "abcd"]
    np.testing.assert_allclose(yates_chi_square(*cells), data["chi2_yates"], rtol=1e-12)
    np.testing.assert_allclose(information_component(*cells), data["IC_shrunk"], rtol=1e-12)


def test_a_ratio_that_is_none_has_a_reason() -> None:
    found = reporting_odds_ratio([5, 0], [10, 10], [0, 20], [100, 100])
    assert np.isnan(found.ratio).all() and all("no ratio" in reason for reason in found.reasons)
    with pytest.raises(StatisticsError, match="0 or more"):
        proportional_reporting_ratio(-1, 1, 1, 1)


@pytest.mark.parametrize(("count", "expected"), [(0, 0.3), (1, 2.0), (4, 0.5), (25, 20.0), (300, 12.0)])
def test_shrunk_ratios_are_the_posterior_of_their_definition(count: int, expected: float) -> None:
    # by adaptive quadrature on the logarithm of the ratio; 1e-7 is what that promises
    one, two = stats.gamma(0.2, scale=1 / 0.06), stats.gamma(1.4, scale=1 / 1.8)

    def density(log: float) -> float:
        ratio = np.exp(log)
        return (0.1 * one.pdf(ratio) + 0.9 * two.pdf(ratio)) * stats.poisson.pmf(count, ratio * expected) * ratio

    peak = np.log((count + 0.2) / expected)
    ends, pieces = (-300.0, 12.0), [-60, -20, peak - 2, peak, peak + 2]
    whole = integrate.quad(density, *ends, points=pieces, limit=500, epsabs=0, epsrel=1e-11)[0]
    log = (
        integrate.quad(lambda at: at * density(at), *ends, points=pieces, limit=500, epsabs=0, epsrel=1e-11)[0] / whole
    )
    found = ebgm(count, expected, MIXTURE)
    assert float(found.ebgm) == pytest.approx(np.exp(log), rel=1e-7)
    for limit, share in ((found.lower, 0.05), (found.upper, 0.95)):
        below = (
            integrate.quad(
                density, ends[0], float(np.log(limit)), points=[-60, -20], limit=500, epsabs=0, epsrel=1e-11
            )[0]
            / whole
        )
        assert below == pytest.approx(share, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("least", [0, 1])
def test_a_fitted_mixture_is_at_least_as_likely_as_the_one_that_was_drawn_from(least: int) -> None:
    draw = np.random.Generator(np.random.PCG64(2))
    expected = draw.uniform(0.2, 8, size=5_000)
    first = draw.uniform(size=5_000) < 0.2
    ratio = np.where(first, draw.gamma(2.0, 2.0, size=5_000), draw.gamma(6.0, 1 / 6, size=5_000))
    count = draw.poisson(ratio * expected)
    keep = count >= least
    found = fit_mixture(count[keep], expected[keep], least=least)
    parts = sorted([(found.alpha1 / found.beta1, found.share), (found.alpha2 / found.beta2, 1 - found.share)])
    # 5,000 pairs fix the means of the parts to about 6 percent and the share to 0.02
    assert parts[0][0] == pytest.approx(1.0, rel=0.2)
    assert parts[1][0] == pytest.approx(4.0, rel=0.25)
    assert parts[1][1] == pytest.approx(0.2, abs=0.08)


def test_what_is_no_count_is_refused() -> None:
    with pytest.raises(StatisticsError, match="expected counts above 0"):
        ebgm(3, 0, MIXTURE)
    with pytest.raises(StatisticsError, match="ten pairs"):
        fit_mixture([1, 2], [1.0, 2.0])
