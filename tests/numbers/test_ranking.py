"""Funnels against funnelR and Spiegelhalter's formulas in R, adjusted p-values against R, and ranks that say what they don't know."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from zhiheng.errors import StatisticsError
from zhiheng.stats import (
    BetaPrior,
    adjust,
    beta_ranks,
    comparison_limits,
    exact_limits,
    funnel,
    league,
    normal_limits,
    normal_ranks,
    overdispersion,
    posterior,
)

REFERENCE = Path(__file__).parent / "reference"


def table(name: str) -> dict[str, np.ndarray]:
    with (REFERENCE / name).open() as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def units() -> tuple[np.ndarray, np.ndarray]:
    data = table("funnel_input.csv")
    return data["n"].astype(float), data["d"].astype(float)


def test_exact_limits_are_those_of_funnelr() -> None:
    data = {name: column.astype(float) for name, column in table("funnelR_limits_exact.csv").items()}
    for low, high, level in (("lo", "up", 0.95), ("lo2", "up2", 0.998)):
        found = exact_limits(data["d"], target=float(data["benchmark"][0]), level=level)
        np.testing.assert_allclose(found.lower, data[low], rtol=0, atol=1e-14)
        np.testing.assert_allclose(found.upper, data[high], rtol=0, atol=1e-14)


def test_units_outside_the_exact_limits_are_those_that_funnelr_calls_extreme_but_for_its_point_probabilities() -> None:
    # funnelR calls a unit extreme where the probability of its very count is below the tail: with thousands of items that of any count is
    y, n = units()
    scores = table("funnelR_scores_exact.csv")
    for column, level in (("score", 0.95), ("score2", 0.998)):
        found = funnel(y, n, level=level, scatter="none")
        extreme = scores[column] == "Extreme"
        assert np.all(extreme[found.position != 0])
        only = extreme & (found.position == 0)
        target = float(y.sum() / n.sum())
        assert np.all(stats.binom.pmf(y, n, target)[only] < (1 - level) / 2)
        assert np.array_equal(stats.binom.pmf(y, n, target) < (1 - level) / 2, extreme)


def test_over_dispersion_is_that_of_spiegelhalter() -> None:
    expected = json.loads((REFERENCE / "spiegelhalter_phi.json").read_text())
    found, plain = overdispersion(*units()), overdispersion(*units(), winsorised=0)
    np.testing.assert_allclose(found.z, expected["z"], rtol=0, atol=1e-12)
    assert found.phi == pytest.approx(expected["phi_winsor10"], rel=1e-12)
    assert plain.phi == pytest.approx(expected["phi_plain"], rel=1e-12)
    assert found.tau2 == pytest.approx(expected["tau2"], rel=1e-12)


def test_over_dispersed_units_are_judged_by_wider_limits() -> None:
    y, n = units()
    plain, wide, times = (funnel(y, n, scatter=scatter) for scatter in ("none", "additive", "multiplicative"))
    assert (plain.position != 0).sum() > 3 * (wide.position != 0).sum()
    assert np.all(wide.limits.upper - wide.limits.lower >= plain.limits.upper - plain.limits.lower - 1 / n)
    assert "phi" in times.limits.method and np.all((wide.p >= 0) & (wide.p <= 1))
    found = overdispersion(y, n)
    expected = normal_limits(n, target=float(y.sum() / n.sum()), level=0.998, tau2=found.tau2)
    np.testing.assert_array_equal(wide.limits.upper, expected.upper)


def test_units_that_scatter_by_chance_keep_exact_limits() -> None:
    draw = np.random.Generator(np.random.PCG64(1))
    n = draw.integers(50, 400, size=40)
    found = funnel(np.round(n * 0.1), n)
    assert found.limits.method == "exact binomial" and not found.position.any()


def test_a_unit_without_items_has_no_position_and_a_reason() -> None:
    found = funnel([3, 0, 9], [30, 0, 40], scatter="none")
    assert np.isnan(found.rate[1]) and found.position[1] == 0 and "no items" in found.reasons[1]
    assert (found.limits.lower[1], found.limits.upper[1]) == (0, 1)


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(StatisticsError, match="where none or all fail"):
        overdispersion([0, 0], [5, 9])
    with pytest.raises(StatisticsError, match="scatter needs two"):
        overdispersion([1, 0], [5, 0])
    with pytest.raises(StatisticsError, match="unit 1: 7 of 5"):
        funnel([1, 7], [5, 5])


@pytest.mark.parametrize(
    ("control", "name"), [("holm", "holm"), ("benjamini-hochberg", "bh"), ("benjamini-yekutieli", "by")]
)
def test_adjusted_p_values_are_those_of_r(control, name: str) -> None:
    data = table("ranking_more.csv")
    values = {key: float(value) for key, value in zip(data["name"], data["value"], strict=True)}
    given, expected = ([values[f"{column}.{at}"] for at in range(1, 9)] for column in ("p", name))
    found = adjust(given, level=0.05, control=control)
    np.testing.assert_allclose(found.p, expected, rtol=1e-14)
    assert "8 comparisons" in found.promise and "0.05" in found.promise
    with_gap = adjust([*given, np.nan], level=0.05, control=control)
    np.testing.assert_array_equal(with_gap.p[:8], found.p)
    assert np.isnan(with_gap.p[8]) and not with_gap.found[8]


def test_holm_and_hochberg_adjustments_refuse_what_is_no_p_value() -> None:
    with pytest.raises(StatisticsError, match="between 0 and 1"):
        adjust([0.2, 1.2], level=0.05)
    with pytest.raises(StatisticsError, match="not known"):
        adjust([0.2], level=0.05, control="none")


def test_expected_ranks_are_sums_of_pairwise_probabilities() -> None:
    # 40,000 draws fix an expected rank among six to about 0.006; four times that is allowed
    value, error = np.array([0.0, 0.3, 0.5, 2.0, 2.1, 4.0]), np.array([1.0, 0.5, 2.0, 1.0, 0.2, 0.7])
    found = normal_ranks(value, error, level=0.9, draws=40_000, seed=4, quota=2)
    above = stats.norm.cdf((value[:, None] - value[None, :]) / np.hypot(error[:, None], error[None, :]))
    np.testing.assert_allclose(found.expected, 1 + above.sum(axis=1) - 0.5, atol=0.025)
    assert np.all((found.lower <= found.median) & (found.median <= found.upper))
    assert found.among_lowest.sum() == pytest.approx(2) and found.among_highest.sum() == pytest.approx(2)


def test_the_same_seed_gives_the_same_ranks() -> None:
    one, again, other = (beta_ranks([2, 3, 9], [40, 30, 20], level=0.95, draws=500, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.expected, again.expected)
    assert not np.array_equal(one.expected, other.expected)


def test_units_alike_are_not_told_apart() -> None:
    found = beta_ranks(np.full(20, 3.0), np.full(20, 60.0), level=0.95, draws=2000, seed=5)
    assert found.separated == 0
    assert np.all(found.upper - found.lower >= 16)


def test_comparison_limits_of_equal_errors_touch_at_the_difference_that_counts() -> None:
    # Goldstein and Healy (1995): with equal errors the factor is z / sqrt(2)
    low, high = comparison_limits([0.0, 1.96 * np.sqrt(2)], [1.0, 1.0])
    assert high[0] == pytest.approx(low[1], abs=1e-3)
    low, high = comparison_limits([0.0, 0.0, 0.0], [1.0, 2.0, 3.0])
    z = stats.norm.ppf(0.975)
    factor = np.mean([np.hypot(s, t) / (s + t) for s, t in ((1, 2), (1, 3), (2, 3))])
    np.testing.assert_allclose(high, z * factor * np.array([1, 2, 3]))


def test_a_league_table_carries_intervals_and_refuses_a_unit_without_one() -> None:
    prior, y, n = BetaPrior(0.1, 20, 3, "given"), np.array([1, 9, 4]), np.array([40, 50, 30])
    found = posterior(prior, y, n, level=0.95)
    ranks = beta_ranks(2 + y, 18 + n - y, level=0.95, draws=2000, seed=3)
    made = league(["a", "b", "c"], found.mean, found.lower, found.upper, ranks)
    assert made.names[0] == "a" and "told apart" in made.note
    assert (
        np.all(made.rate_lower < made.rate)
        and np.all(made.rank_lower <= made.rank)
        and np.all(made.rank <= made.rank_upper)
    )
    with pytest.raises(StatisticsError, match="b has no interval"):
        league(["a", "b", "c"], found.mean, [0, np.nan, 0], found.upper, ranks)


def test_ranks_of_nothing_are_refused() -> None:
    with pytest.raises(StatisticsError, match="ranks need two units"):
        normal_ranks([1.0], [1.0], level=0.95, draws=500, seed=1)
    with pytest.raises(StatisticsError, match="a quota of 3 among 3"):
        normal_ranks([1.0, 2, 3], [1.0, 1, 1], level=0.95, draws=500, seed=1, quota=3)
    with pytest.raises(StatisticsError, match="standard error above 0"):
        normal_ranks([1.0, 2], [1.0, 0], level=0.95, draws=500, seed=1)
    with pytest.raises(StatisticsError, match="infinite concentration"):
        beta_ranks([1.0, 0], [1.0, 1], level=0.95, draws=500, seed=1)
