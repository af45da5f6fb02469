"""Beta-binomial empirical Bayes against printed figures, an independent fit, and what must hold for any groups."""

import csv
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from zhiheng.errors import StatisticsError
from zhiheng.stats import BetaPrior, posterior, prior_by_likelihood, prior_by_moments, probability_above

REFERENCE = Path(__file__).parent / "reference"
ESTIMATORS = [prior_by_moments, prior_by_likelihood]


def rats() -> tuple[np.ndarray, np.ndarray]:
    with (REFERENCE / "rat_tumours.csv").open() as file:
        rows = [(int(row["y"]), int(row["n"])) for row in csv.DictReader(file)]
    return np.array([y for y, _ in rows]), np.array([n for _, n in rows])


def parameters(prior: BetaPrior) -> tuple[float, float]:
    return prior.mean * prior.concentration, (1 - prior.mean) * prior.concentration


def test_likelihood_prior_of_the_rat_tumours_is_the_printed_one() -> None:
    # 1e-5: the printed estimates come from a general optimiser that stops there.
    y, n = rats()
    assert parameters(prior_by_likelihood(y[:70], n[:70])) == pytest.approx((2.304768, 14.079707), rel=1e-5)


@pytest.mark.slow
def test_likelihood_prior_is_where_an_independent_search_of_the_beta_binomial_ends() -> None:
    # 1e-6: both searches stop where the likelihood is flat to double precision.
    y, n = rats()

    def cost(log: np.ndarray) -> float:
        return -float(stats.betabinom.logpmf(y, n, np.exp(log[0]), np.exp(log[1])).sum())

    options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": 4000}
    search = optimize.minimize(cost, [0.0, 1.0], method="Nelder-Mead", options=options)
    assert parameters(prior_by_likelihood(y, n)) == pytest.approx(tuple(np.exp(search.x)), rel=1e-6)


def test_posterior_of_the_current_rats_is_the_one_in_the_book() -> None:
    # Gelman et al., BDA 3rd ed., 5.1: prior Beta(1.4, 8.6), 4 of 14: posterior Beta(5.4, 18.6), mean 0.223, sd 0.083.
    found = posterior(BetaPrior(0.14, 10, 70, "book"), 4, 14, level=0.95)
    assert float(found.mean) == pytest.approx(5.4 / 24, rel=1e-12)
    expected = stats.beta(5.4, 18.6).ppf([0.025, 0.975])
    np.testing.assert_allclose([found.lower, found.upper], expected, rtol=1e-10)


def test_moments_equal_the_estimator_worked_out_in_fractions() -> None:
    y, n = [0, 3, 1, 8], [10, 12, 9, 11]
    total = sum(n)
    mean = Fraction(sum(y), total)
    scatter = sum(m * (Fraction(k, m) - mean) ** 2 for k, m in zip(y, n, strict=True))
    chance, span = (sum(m**power * (1 - Fraction(m, total)) for m in n) for power in (0, 1))
    correlation = (scatter - mean * (1 - mean) * chance) / (mean * (1 - mean) * (span - chance))
    found = prior_by_moments(y, n)
    assert found.mean == pytest.approx(float(mean), rel=1e-12)
    assert found.concentration == pytest.approx(float(1 / correlation - 1), rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_the_prior_of_many_drawn_groups_is_found_again(estimate) -> None:
    # 100,000 groups fix the mean to about 0.001 and the concentration to about 2 percent; four times that is allowed.
    draw = np.random.Generator(np.random.PCG64(20))
    n = draw.integers(1, 30, size=100_000)
    found = estimate(draw.binomial(n, draw.beta(2, 18, size=n.size)), n)
    assert found.mean == pytest.approx(0.1, abs=0.004)
    assert found.concentration == pytest.approx(20, rel=0.08)


@pytest.mark.parametrize("estimate", ESTIMATORS)
@pytest.mark.parametrize("groups", [([1, 1, 1], [5, 5, 5]), ([0, 0], [3, 2]), ([3, 2], [3, 2])])
def test_groups_that_differ_by_chance_alone_share_one_rate(estimate, groups) -> None:
    found = estimate(*groups)
    assert found.concentration == np.inf
    assert found.mean == pytest.approx(sum(groups[0]) / sum(groups[1]))
    shared = posterior(found, *groups, level=0.95)
    assert shared.mean.tolist() == shared.lower.tolist() == shared.upper.tolist() == [found.mean] * len(groups[0])


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_groups_without_items_or_with_a_missing_count_say_nothing(estimate) -> None:
    y, n = rats()
    padded = estimate([*y, 0, np.nan, 3], [*n, 0, 5, np.nan])
    assert padded == estimate(y, n)
    assert padded.groups == 71


@pytest.mark.parametrize("estimate", ESTIMATORS)
@pytest.mark.parametrize("groups", [([1], [5]), ([0, 1, 1], [1, 1, 1]), ([], []), ([0, 0], [0, 0])])
def test_too_little_to_tell_groups_from_chance_is_refused(estimate, groups) -> None:
    with pytest.raises(StatisticsError, match="two groups"):
        estimate(*groups)


def test_groups_that_differ_a_little_more_than_by_chance_keep_a_distribution() -> None:
    y, n = np.array([0, 2, 4, 1, 3]), np.full(5, 10)
    found = prior_by_likelihood(y, n)
    gain = stats.betabinom.logpmf(y, n, *parameters(found)).sum() - stats.binom.logpmf(y, n, 0.2).sum()
    assert 0.09 < gain < 0.1
    assert found.concentration == pytest.approx(27.11, abs=0.01)


def test_rates_just_too_scattered_for_moments_still_have_a_likelihood() -> None:
    with pytest.raises(StatisticsError, match="more than any beta"):
        prior_by_moments([0, 5, 2], [5, 5, 5])
    assert np.isfinite(prior_by_likelihood([0, 5, 2], [5, 5, 5]).concentration)


def test_all_or_nothing_rates_have_no_beta_distribution() -> None:
    with pytest.raises(StatisticsError, match="more than any beta"):
        prior_by_moments([0, 5], [5, 5])
    with pytest.raises(StatisticsError, match="all 0 or 1"):
        prior_by_likelihood([0, 5], [5, 5])


def test_a_likelihood_of_effective_counts_is_refused() -> None:
    with pytest.raises(StatisticsError, match="whole counts"):
        prior_by_likelihood([0.5, 2], [3, 4])


@pytest.mark.parametrize("groups", [([-1, 1], [2, 2]), ([3, 1], [2, 2]), ([1, 1], [np.inf, 2])])
def test_impossible_counts_are_refused(groups) -> None:
    with pytest.raises(StatisticsError, match="between 0 and the trials"):
        prior_by_moments(*groups)


def test_a_group_without_items_gets_the_prior_and_a_missing_count_nothing() -> None:
    prior = BetaPrior(0.1, 20, 9, "given")
    found = posterior(prior, [0, np.nan], [0, 4], level=0.9)
    np.testing.assert_allclose(found.lower[0], stats.beta(2, 18).ppf(0.05), rtol=1e-10)
    assert found.mean[0] == pytest.approx(0.1)
    assert np.isnan([found.mean[1], found.lower[1], found.upper[1]]).all()


def test_probability_above_a_rate_is_the_upper_tail_of_the_posterior() -> None:
    found = probability_above(BetaPrior(0.1, 20, 9, "given"), [1, 10, 0, np.nan], [2, 40, 0, 3], rate=0.2)
    expected = [stats.beta(2 + k, 18 + n - k).sf(0.2) for k, n in ((1, 2), (10, 40), (0, 0))]
    np.testing.assert_allclose(found[:3], expected, rtol=1e-12)
    assert np.isnan(found[3])


def test_probability_above_a_rate_is_certain_where_all_groups_share_one() -> None:
    prior = BetaPrior(0.1, np.inf, 9, "given")
    found = probability_above(prior, [0, 0, np.nan], [5, 5, 5], rate=[0.05, 0.1, 0.05])
    np.testing.assert_array_equal(found, [1.0, 0.0, np.nan])


@pytest.mark.parametrize("prior", [BetaPrior(0, 5, 2, ""), BetaPrior(1, 5, 2, ""), BetaPrior(0.5, 0, 2, "")])
def test_a_prior_that_is_no_distribution_is_refused(prior) -> None:
    with pytest.raises(StatisticsError, match="no beta distribution"):
        posterior(prior, 1, 2, level=0.95)


def test_an_impossible_level_or_rate_is_refused() -> None:
    prior = BetaPrior(0.1, 20, 9, "given")
    with pytest.raises(StatisticsError, match="credible level"):
        posterior(prior, 1, 2, level=95)
    with pytest.raises(StatisticsError, match="five in a hundred"):
        probability_above(prior, 1, 2, rate=5)


counts = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.slow
@settings(deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.1, 1000), st.lists(counts, min_size=1, max_size=20))
def test_every_rate_is_drawn_towards_the_mean_and_never_past_it(mean, concentration, groups) -> None:
    y, n = np.array(groups, dtype=float).T
    found = posterior(BetaPrior(mean, concentration, 9, "given"), y, n, level=0.95)
    raw = np.divide(y, n, out=np.full_like(y, mean), where=n > 0)
    low, high = np.minimum(raw, mean), np.maximum(raw, mean)
    assert ((found.mean >= low - 1e-12) & (found.mean <= high + 1e-12)).all()
    assert (found.lower <= found.upper).all()


@pytest.mark.slow
@settings(deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.1, 1000), st.floats(0, 1))
def test_with_many_items_the_rate_is_the_raw_one(mean, concentration, raw) -> None:
    n = 1e12
    found = posterior(BetaPrior(mean, concentration, 9, "given"), raw * n, n, level=0.95)
    assert float(found.mean) == pytest.approx(raw, abs=1e-8)


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(counts, min_size=3, max_size=30))
def test_an_estimated_prior_never_has_a_lower_likelihood_than_one_common_rate(groups) -> None:
    y, n = np.array(groups).T
    try:
        found = prior_by_likelihood(y, n)
    except StatisticsError:
        return
    if np.isfinite(found.concentration):
        a, b = parameters(found)
        common = stats.binom.logpmf(y, n, y.sum() / n.sum()).sum()
        assert stats.betabinom.logpmf(y, n, a, b).sum() >= common - 1e-6 * abs(common)
