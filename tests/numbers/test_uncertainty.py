"""GUM H.1 and H.2 and JCGM 101 9.2 and 9.3, and what must hold for any inputs."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng.errors import StatisticsError
from zhiheng.stats import (
    correlation_matrix,
    covariance_matrix,
    coverage_factor,
    degrees_of_freedom,
    from_expanded,
    propagate,
    propagate_distributions,
    rectangular,
    sensitivities,
    triangular,
    type_a,
    u_shaped,
    welch_satterthwaite,
)

REFERENCE = Path(__file__).parent / "reference"
GUM = json.loads((REFERENCE / "gum_examples.json").read_text())
PACKAGES = json.loads((REFERENCE / "gum_h1_h2_gtc_uncertainties.json").read_text())
END_GAUGE = json.loads((REFERENCE / "gum_h1_metRology.json").read_text())
TRIALS = 1_000_000


def end_gauge_inputs() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    given_ = END_GAUGE["input"]
    return np.array(given_["x"], dtype=float), np.array(given_["u"]), np.array([float(nu) for nu in given_["nu"]])


def end_gauge(x: Any) -> Any:
    """GUM H.1 eq. H.2 with the lengths split as in the reference: nm, 1/K and K."""
    ls, d, random, systematic, alpha_s, d_alpha, theta, cycle, d_theta = x
    measured = ls * (1 + alpha_s * (theta + cycle + d_theta)) + d + random + systematic
    return measured / (1 + (alpha_s + d_alpha) * (theta + cycle))


def end_gauge_linear(x: Any) -> Any:
    """GUM H.1.2 eq. H.3."""
    ls, d, random, systematic, alpha_s, d_alpha, theta, cycle, d_theta = x
    return ls + d + random + systematic - ls * (d_alpha * (theta + cycle) + alpha_s * d_theta)


def impedance(x: Any) -> Any:
    """GUM H.2.1 eq. H.7: resistance, reactance and impedance from voltage, current and phase."""
    voltage, current, phase = x
    return np.stack([voltage / current * np.cos(phase), voltage / current * np.sin(phase), voltage / current])


def h2_observations() -> np.ndarray:
    return np.array([GUM["GUM_H2"][name] for name in ("V", "I_A", "phi")])


def test_end_gauge_calibration_equals_metrology_of_r() -> None:
    # 1e-6 relative: metRology differentiates numerically with another step. Differences of lengths near 5e7 nm carry
    # their rounding over the step: 3e-3 of the coefficient of alpha_s, whose share of u_c is 1e-6.
    x, u, nu = end_gauge_inputs()
    result, c = END_GAUGE["result"], sensitivities(end_gauge, x, u)
    combined = float(np.sqrt(propagate(c, covariance_matrix(u))))
    freedom = float(welch_satterthwaite(np.abs(c) * u, nu))
    k = float(coverage_factor(result["cl"], freedom))
    assert (np.abs(c - result["sensitivities"][0]) <= 1e-6 * np.abs(c) + np.spacing(result["y"]) / u).all()
    assert end_gauge(x) == pytest.approx(result["y"], rel=1e-14)
    assert (combined, freedom) == pytest.approx((result["uc"], result["nu.eff"]), rel=1e-7)
    assert (k, k * combined) == pytest.approx((result["k"], result["U"]), rel=1e-7)


def test_end_gauge_in_its_linear_form_equals_gtc() -> None:
    # 1e-9: the model is a product of at most two inputs, so differences are exact but for rounding of 5e7 nm.
    x, u, nu = end_gauge_inputs()
    x[0] = 50000623.6  # GTC's printed value of 50000838.6 says so
    expected, c = PACKAGES["H1_linear_model_eqH3"], sensitivities(end_gauge_linear, x, u)
    combined, freedom = float(np.sqrt(propagate(c, covariance_matrix(u)))), welch_satterthwaite(np.abs(c) * u, nu)
    assert end_gauge_linear(x) == pytest.approx(expected["value"], rel=1e-14)
    assert combined == pytest.approx(expected["u"], rel=1e-9)
    assert float(freedom) == pytest.approx(expected["dof"], rel=1e-7)
    assert combined * float(coverage_factor(0.99, freedom)) == pytest.approx(expected["U99"], rel=1e-7)


def test_end_gauge_rounds_to_what_the_document_prints() -> None:
    # GUM H.1.6: nu_eff = 16 after truncation, t_99 = 2.92, U_99 = 93 nm from u_c = 32 nm.
    x, u, nu = end_gauge_inputs()
    freedom = np.floor(welch_satterthwaite(np.abs(sensitivities(end_gauge_linear, x, u)) * u, nu))
    assert float(freedom) == 16
    assert round(float(coverage_factor(0.99, freedom)), 2) == 2.92
    assert round(32 * float(coverage_factor(0.99, freedom))) == 93


def test_impedance_from_observations_made_together_equals_exact_gtc_and_uncertainties() -> None:
    # 1e-5 for u and r: the coefficients are differences over one standard uncertainty (5.1.3 note 2), not derivatives.
    seen, expected, gtc = type_a(h2_observations()), GUM["GUM_H2"], PACKAGES["H2_GTC"]
    outputs = propagate(sensitivities(impedance, seen.value, seen.uncertainty), seen.covariance)
    u, r = np.sqrt(np.diagonal(outputs)), correlation_matrix(outputs)
    np.testing.assert_allclose(correlation_matrix(seen.covariance), expected["corr_inputs"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(impedance(seen.value), expected["y"], rtol=1e-14)
    np.testing.assert_allclose(u, expected["u"], rtol=1e-5)
    np.testing.assert_allclose(r, expected["corr_outputs"], rtol=0, atol=1e-5)
    np.testing.assert_allclose([r[0, 1], r[0, 2], r[1, 2]], [gtc["rRX"], gtc["rRZ"], gtc["rXZ"]], rtol=0, atol=1e-5)
    np.testing.assert_allclose(u, [gtc[name][1] for name in "RXZ"], rtol=1e-5)
    np.testing.assert_allclose(u, [u_ for _, u_ in PACKAGES["H2_uncertainties"]], rtol=1e-5)
    assert [seen.degrees_of_freedom] * 3 == gtc["dof"]


def test_impedance_by_exact_derivatives_equals_the_reference_to_rounding() -> None:
    seen, expected = type_a(h2_observations()), GUM["GUM_H2"]
    (voltage, current), (resistance, reactance, z) = seen.value[:2], impedance(seen.value)
    c = [
        [resistance / voltage, -resistance / current, -reactance],
        [reactance / voltage, -reactance / current, resistance],
        [z / voltage, -z / current, 0],
    ]
    outputs = propagate(c, seen.covariance)
    np.testing.assert_allclose(np.sqrt(np.diagonal(outputs)), expected["u"], rtol=1e-10)
    np.testing.assert_allclose(correlation_matrix(outputs), expected["corr_outputs"], rtol=0, atol=1e-10)


def test_impedance_rounds_to_what_the_document_prints_by_both_approaches() -> None:
    # 6e-4: one unit of the last printed place. Approach 2 (H.2.4) evaluates the model at each set of observations.
    printed = GUM["GUM_H2"]["document"]
    found = type_a(impedance(h2_observations()))
    r = correlation_matrix(found.covariance)
    np.testing.assert_allclose(found.value, [printed[name] for name in "RXZ"], rtol=0, atol=6e-4)
    np.testing.assert_allclose(found.uncertainty, [printed["u" + name] for name in "RXZ"], rtol=0, atol=6e-4)
    expected = [printed["r_RX"], printed["r_RZ"], printed["r_XZ"]]
    np.testing.assert_allclose([r[0, 1], r[0, 2], r[1, 2]], expected, rtol=0, atol=6e-4)


def mass_model(x: Any) -> Any:
    """JCGM 101:2008 9.3 eq. 34: difference from nominal mass in mg, air buoyancy corrected."""
    reference, small, air, density_w, density_r = x
    return (reference + small) * (1 + (air - 1.2) * (1 / density_w - 1 / density_r)) - 100_000.0


def test_mass_calibration_by_the_law_of_propagation() -> None:
    # 1e-8: differences of 1e5 mg leave 1e-11 mg over steps of 0.02 mg.
    expected = GUM["JCGM101_9_3_mass"]
    u = [0.05, 0.02, *rectangular([0.1, 1000.0, 50.0])]
    c = sensitivities(mass_model, [100_000, 1.234, 1.2, 8000, 8000], u)
    combined = float(np.sqrt(propagate(c, covariance_matrix(u))))
    half = combined * float(coverage_factor(0.95))
    assert combined == pytest.approx(expected["GUF1_u"], rel=1e-8)
    np.testing.assert_allclose([1.234 - half, 1.234 + half], expected["GUF1_95"], rtol=1e-8)


@pytest.mark.slow
def test_mass_calibration_by_propagation_of_distributions() -> None:
    # Sampling error of a million trials, four standard deviations: mean 8e-5, u 6e-5, end of the interval 2e-4 each.
    # The shortest interval is flat about its optimum, so its ends wander ten times as far.
    draw, expected = np.random.Generator(np.random.PCG64(93)), GUM["JCGM101_9_3_mass"]
    normal = [draw.normal(100_000, 0.05, TRIALS), draw.normal(1.234, 0.02, TRIALS)]
    rest = [draw.uniform(low, high, TRIALS) for low, high in ((1.10, 1.30), (7e3, 9e3), (7.95e3, 8.05e3))]
    found = propagate_distributions(mass_model, np.array([*normal, *rest]), level=0.95)
    assert found.value == pytest.approx(expected["mean"], abs=4 * 8e-5)
    assert found.uncertainty == pytest.approx(expected["u"], abs=4 * 6e-5)
    assert found.symmetric == pytest.approx(expected["p_sym95"], abs=4 * 2e-4)
    assert found.shortest == pytest.approx(expected["shortest95"], abs=0.008)
    assert found.n == TRIALS


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "name"), [("normal", "normal4_95"), ("rectangular", "rect4_95")])
def test_sum_of_four_equal_quantities_by_propagation_of_distributions(shape, name) -> None:
    # JCGM 101:2008 9.2.2 and 9.2.3; sampling error of an interval's end at a million trials is 0.005.
    draw, edge = np.random.Generator(np.random.PCG64(92)), np.sqrt(3)
    size = (4, TRIALS)
    draws = draw.normal(size=size) if shape == "normal" else draw.uniform(-edge, edge, size=size)
    found = propagate_distributions(lambda x: x.sum(axis=0), draws, level=0.95)
    expected = GUM["JCGM101_9_2"]
    assert found.symmetric == pytest.approx((-expected[name], expected[name]), abs=0.02)
    assert found.symmetric[1] == pytest.approx(
        expected["document"]["normal" if shape == "normal" else "rect"], abs=0.02
    )
    assert found.uncertainty == pytest.approx(2, abs=0.006)


def test_coverage_intervals_hold_the_stated_share_of_trials() -> None:
    # JCGM 101:2008 7.7: q = pM trials between the limits, the r-th value below, r = (M - q + 1) / 2.
    found = propagate_distributions(lambda x: x[0], [np.arange(1.0, 101.0)], level=0.95)
    assert found.symmetric == (3.0, 98.0)
    assert found.shortest == (1.0, 96.0)
    assert found.uncertainty == pytest.approx(np.sqrt(100 * 101 / 12), rel=1e-12)  # 7.6: divisor M - 1


def test_type_b_uncertainties_of_a_half_width() -> None:
    assert [float(f(6.0)) ** 2 for f in (rectangular, triangular, u_shaped)] == pytest.approx([12, 6, 18])


def test_degrees_of_freedom_of_a_judged_uncertainty() -> None:
    assert degrees_of_freedom([0.25, 0.1, 0.0]).tolist() == pytest.approx([8, 50, np.inf])


def test_exactly_known_contributions_have_infinite_degrees_of_freedom() -> None:
    assert welch_satterthwaite([1.0, 2.0], [np.inf, np.inf]) == np.inf


def test_contributions_in_very_small_units_keep_their_degrees_of_freedom() -> None:
    assert float(welch_satterthwaite([3e-100, 4e-100], [5, 5])) == pytest.approx(625 / 337 * 5, rel=1e-12)


def test_one_quantity_alone_has_a_scalar_evaluation() -> None:
    found = type_a([1.0, 2.0, 3.0, 4.0])
    assert (float(found.value), float(found.uncertainty), found.n) == pytest.approx((2.5, np.sqrt(5 / 12), 4))


def test_an_exactly_known_input_has_no_sensitivity_to_estimate() -> None:
    assert sensitivities(lambda x: x[0] * x[1], [2.0, 5.0], [0.1, 0.0]).tolist() == pytest.approx([5.0, 0.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: type_a([1.0]), "no scatter"),
        (lambda: type_a([1.0, np.nan]), "an observation is missing"),
        (lambda: rectangular(-1), "half-width must be finite"),
        (lambda: from_expanded(1, coverage_factor=0), "coverage factor"),
        (lambda: sensitivities(lambda x: x[0], [1.0], [1.0, 2.0]), "do not go with"),
        (lambda: covariance_matrix([1.0, 2.0], [[1, 2], [2, 1]]), "not a symmetric matrix"),
        (lambda: covariance_matrix([1.0, 2.0], [[1, 0.5], [0.4, 1]]), "not a symmetric matrix"),
        (lambda: covariance_matrix([1.0, 2.0], [[1]]), "not a symmetric matrix"),
        (lambda: propagate([1.0, 2.0], [[1.0]]), "do not go with"),
        (lambda: correlation_matrix([[0.0]]), "no known uncertainty"),
        (lambda: welch_satterthwaite([1.0], [0]), "degrees of freedom must be positive"),
        (lambda: welch_satterthwaite([0.0], [5]), "no contribution"),
        (lambda: coverage_factor(95), "a level between 0 and 1"),
        (lambda: coverage_factor(0.95, 0), "a level between 0 and 1"),
        (lambda: propagate_distributions(lambda x: x[0], [[1.0, 2.0]], level=0.95), "2 trials"),
        (lambda: propagate_distributions(lambda x: x[0], [[1.0] * 99 + [np.nan]], level=0.95), "missing or infinite"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_the_reason(call, message) -> None:
    with pytest.raises(StatisticsError, match=message):
        call()


figures = st.floats(0.01, 100)


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.tuples(figures, st.integers(1, 200)), min_size=1, max_size=10))
def test_effective_degrees_of_freedom_lie_between_the_least_and_the_sum(parts) -> None:
    u, nu = np.array(parts).T
    found = float(welch_satterthwaite(u, nu))
    assert nu.min() * (1 - 1e-12) <= found <= nu.sum() * (1 + 1e-12)


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-10, 10), figures), min_size=1, max_size=8))
def test_inputs_perfectly_correlated_add_linearly_and_independent_ones_in_squares(parts) -> None:
    c, u = np.array(parts).T
    together = propagate(c, covariance_matrix(u, np.ones((u.size, u.size))))
    assert float(together) == pytest.approx(float(c @ u) ** 2, rel=1e-9, abs=1e-8)
    assert float(propagate(c, covariance_matrix(u))) == pytest.approx(float(((c * u) ** 2).sum()), rel=1e-9)
