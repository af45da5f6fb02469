"""JCGM 106:2012 worked figures, and what must hold for any value, limit and uncertainty.

Tolerance 1e-12 where both sides evaluate the same closed formula in doubles; each other one says its reason.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from zhiheng.errors import StatisticsError
from zhiheng.stats import (
    AcceptanceInterval,
    acceptance_interval,
    conformance_probability,
    consumers_specific_risk,
    global_risks,
    guard_band,
    guard_multiplier,
    producers_specific_risk,
)

CASES = json.loads((Path(__file__).parent / "reference" / "jcgm106_conformity.json").read_text())


@pytest.mark.parametrize("case", CASES["conformance_probability"], ids=lambda case: case["case"][:20])
def test_conformance_probability_of_the_worked_examples(case) -> None:
    lower = case.get("TL", -np.inf)
    found = conformance_probability(case["y"], case["u"], lower=lower, upper=case["TU"])
    assert float(found) == pytest.approx(case["pc"], abs=1e-12)


def test_worked_examples_round_to_what_the_document_prints() -> None:
    found = [round(float(conformance_probability(-5.47, 0.05, upper=-5.40)), 2)]
    found.append(round(float(conformance_probability(13.6, 1.8, lower=12.5, upper=16.3)), 2))
    assert found == [0.92, 0.66]


def test_conformance_probability_over_values_and_measurement_capabilities() -> None:
    grid = CASES["conformance_probability_grid_T=[-1,1]"]
    y, u, expected = (np.array([case[name] for case in grid]) for name in ("y", "u", "pc"))
    np.testing.assert_allclose(conformance_probability(y, u, lower=-1, upper=1), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", CASES["guard_band_specific_risk_at_acceptance_limit"], ids=lambda case: case["rule"])
def test_specific_risk_at_the_acceptance_limit_of_each_guard_band_rule(case) -> None:
    w = guard_band(2.0, multiplier=case["r"])  # u = 1, k = 2
    accepted = acceptance_interval(guard=w, upper=0.0)
    found = consumers_specific_risk(accepted.upper, 1.0, acceptance=accepted, upper=0.0)
    assert float(w) == pytest.approx(case["w_in_u"], abs=1e-12)
    assert float(found) == pytest.approx(case["PFA_at_limit"], rel=1e-12)


@pytest.mark.parametrize("case", CASES["guard_band_for_target_conformance_probability"], ids=lambda case: case["prob"])
def test_guard_band_for_a_wanted_conformance_probability(case) -> None:
    r = guard_multiplier(case["prob"], coverage_factor=2)
    accepted = acceptance_interval(guard=guard_band(2.0, multiplier=r), upper=0.0)
    assert float(r) == pytest.approx(case["r_of_U_k2"], abs=1e-12)
    assert float(conformance_probability(accepted.upper, 1.0, upper=0.0)) == pytest.approx(case["prob"], abs=1e-12)


@pytest.mark.parametrize("case", CASES["global_risk"], ids=lambda case: case["case"][:25])
def test_global_risks_equal_quadrature_and_suncal(case) -> None:
    # 1e-12 against quadrature with its own error near 1e-14; suncal stops near 1e-12, hence 1e-11.
    found = global_risks(
        mean=case["y0"],
        standard_deviation=case["u0"],
        uncertainty=case["um"],
        acceptance=AcceptanceInterval(np.asarray(case["AL"]), np.asarray(case["AU"])),
        lower=case["TL"],
        upper=case["TU"],
    )
    figures = [found.consumers, found.producers, found.conforming, found.accepted]
    expected = [case[name] for name in ("RC", "RP", "p_conform", "p_accept")]
    np.testing.assert_allclose(figures, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(figures[:2], [case["suncal_PFA"], case["suncal_PFR"]], rtol=0, atol=1e-11)


def test_global_risks_equal_the_draft_rp19_table() -> None:
    # The table prints percentages to 1e-8; suncal computed them with a coarse integral, hence 2e-6 relative.
    table = CASES["suncal_test_RP19_table"]
    spread = 1 / stats.norm.ppf((1 + np.array(table["itp"])) / 2)
    simple = acceptance_interval(guard=0, lower=-1, upper=1)
    found = global_risks(
        mean=0, standard_deviation=spread, uncertainty=spread / table["TUR"], acceptance=simple, lower=-1, upper=1
    )
    np.testing.assert_allclose(100 * found.consumers, table["PFA_percent"], rtol=2e-6)
    np.testing.assert_allclose(100 * found.consumers / found.accepted, table["CPFA_percent"], rtol=2e-6)


@pytest.mark.parametrize(("guard", "limits"), [(0, (-1, 1)), (0.25, (-0.75, 0.75)), (-0.25, (-1.25, 1.25))])
def test_guard_bands_move_both_limits_inwards_or_outwards(guard, limits) -> None:
    found = acceptance_interval(guard=guard, lower=-1, upper=1)
    assert (float(found.lower), float(found.upper)) == limits


def test_a_limit_that_does_not_exist_stays_away() -> None:
    assert acceptance_interval(guard=0.1, upper=1).lower == -np.inf


def test_an_item_has_either_a_consumers_or_a_producers_risk() -> None:
    y, simple = np.array([0.5, 1.0, 1.25]), acceptance_interval(guard=0, upper=1)
    consumers = consumers_specific_risk(y, 0.25, acceptance=simple, upper=1)
    producers = producers_specific_risk(y, 0.25, acceptance=simple, upper=1)
    assert np.isnan(consumers).tolist() == [False, False, True]
    assert np.isnan(producers).tolist() == [True, True, False]


def test_a_missing_value_or_uncertainty_has_no_risk_and_no_probability() -> None:
    y, u, simple = [np.nan, 0.5], [0.1, np.nan], acceptance_interval(guard=0, upper=1)
    assert np.isnan(conformance_probability(y, u, upper=1)).all()
    assert np.isnan(consumers_specific_risk(y, u, acceptance=simple, upper=1)).all()
    assert np.isnan(producers_specific_risk(y, u, acceptance=simple, upper=1)).all()


@pytest.mark.parametrize("u", [0, -1, np.inf])
def test_an_uncertainty_that_is_not_positive_is_refused(u) -> None:
    with pytest.raises(StatisticsError, match="uncertainty must be positive"):
        conformance_probability(1, u, upper=2)


def test_crossed_tolerance_limits_are_refused() -> None:
    with pytest.raises(StatisticsError, match="tolerance limits leave no interval"):
        conformance_probability(1, 0.1, lower=2, upper=1)


def test_guard_bands_that_leave_nothing_to_accept_are_refused() -> None:
    with pytest.raises(StatisticsError, match="acceptance limits leave no interval"):
        acceptance_interval(guard=1, lower=-1, upper=1)


@pytest.mark.parametrize("probability", [0, 1])
def test_no_guard_band_makes_conformity_certain(probability) -> None:
    with pytest.raises(StatisticsError, match="certain"):
        guard_multiplier(probability, coverage_factor=2)


@pytest.mark.slow
@pytest.mark.parametrize("mean", [-1.0, 0.0, 0.4, 1.0])
@pytest.mark.parametrize("u", [0.01, 0.3, 5.0])
@pytest.mark.parametrize("lower", [-np.inf, -1.0])
def test_global_risks_equal_their_defining_integral(mean, u, lower) -> None:
    # 1e-9: what adaptive quadrature promises where the measuring uncertainty makes the integrand steep.
    accepted = acceptance_interval(guard=0.1, lower=lower, upper=1.0)
    found = global_risks(mean=mean, standard_deviation=0.5, uncertainty=u, acceptance=accepted, lower=lower, upper=1.0)

    def joint(y: float) -> float:
        probability = stats.norm.cdf((float(accepted.upper) - y) / u) - stats.norm.cdf((float(accepted.lower) - y) / u)
        return float(stats.norm.pdf(y, mean, 0.5) * probability)

    edges = [max(lower, mean - 8), *np.clip([-0.9, 0.9, mean], max(lower, mean - 8), 1.0), 1.0]
    pieces = [
        integrate.quad(joint, a, b, epsabs=1e-13, limit=200)[0]
        for a, b in zip(*[sorted(edges)[i:] for i in (0, 1)], strict=False)
    ]
    assert float(found.conforming - sum(pieces)) == pytest.approx(float(found.producers), abs=1e-9)
    assert float(found.accepted - sum(pieces)) == pytest.approx(float(found.consumers), abs=1e-9)


def test_a_process_and_limits_centred_on_the_mean_have_risks_too() -> None:
    # Both limits at the mean: the corner of the bivariate normal, 1/4 + arcsin(rho) / 2 pi.
    simple = acceptance_interval(guard=0, upper=0)
    found = global_risks(mean=0, standard_deviation=1, uncertainty=1, acceptance=simple, upper=0)
    expected = 0.5 - (0.25 + np.arcsin(np.sqrt(0.5)) / (2 * np.pi))
    np.testing.assert_allclose([found.consumers, found.producers], expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("u", [1e-3, 1e-6, 1e-9, 1e-12])
def test_a_very_small_uncertainty_leaves_a_risk_in_proportion_to_it(u) -> None:
    # f(T) u / sqrt(2 pi), the next term being smaller by a factor u.
    simple = acceptance_interval(guard=0, upper=1)
    found = global_risks(mean=0, standard_deviation=1, uncertainty=u, acceptance=simple, upper=1)
    expected = stats.norm.pdf(1) * u / np.sqrt(2 * np.pi)
    np.testing.assert_allclose([found.consumers, found.producers], expected, rtol=2 * u, atol=1e-15)


def test_a_missing_mean_or_spread_has_no_global_risk() -> None:
    simple = acceptance_interval(guard=0, upper=1)
    found = global_risks(mean=[np.nan, 0], standard_deviation=[1, np.nan], uncertainty=1, acceptance=simple, upper=1)
    assert np.isnan([found.consumers, found.producers]).all()


@pytest.mark.slow
@settings(deadline=None)
@given(st.floats(-3, 3), st.floats(0.01, 2), st.floats(0, 0.9), st.floats(0, 0.9))
def test_a_wider_guard_band_never_raises_the_consumers_global_risk(mean, u, first, second) -> None:
    narrow, wide = sorted((first, second))
    risks = [
        global_risks(
            mean=mean,
            standard_deviation=0.5,
            uncertainty=u,
            acceptance=acceptance_interval(guard=w, lower=-1, upper=1),
            lower=-1,
            upper=1,
        )
        for w in (narrow, wide)
    ]
    assert risks[1].consumers <= risks[0].consumers + 1e-14
    assert risks[1].producers >= risks[0].producers - 1e-14


@pytest.mark.slow
@settings(deadline=None)
@given(st.floats(-50, 50), st.floats(0.01, 10), st.floats(-5, 0), st.floats(0.001, 5))
def test_conformance_probability_and_its_complement_add_to_one(y, u, lower, width) -> None:
    upper = lower + width
    assume(lower < upper)
    everything = acceptance_interval(guard=0)
    inside = conformance_probability(y, u, lower=lower, upper=upper)
    outside = consumers_specific_risk(y, u, acceptance=everything, lower=lower, upper=upper)
    assert float(inside + outside) == pytest.approx(1, abs=1e-14)
