"""What estimates from samples must be: right on average over every sample that a design can draw, and plain about bad input."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng.errors import StatisticsError
from zhiheng.stats.survey import (
    bootstrap,
    calibrate,
    design,
    jackknife,
    limits,
    mean,
    post_stratify,
    proportion,
    quantiles,
    rake,
    replicated,
    total,
)

POPULATION = np.array([3.0, 8.0, 1.0, 9.0, 4.0, 7.0, 2.0])


def test_totals_of_every_stratified_sample_average_to_the_truth_with_their_true_variance() -> None:
    values, variances = [], []
    for one, other in product(combinations(range(4), 2), combinations(range(4, 7), 2)):
        rows = [*one, *other]
        found = total(design(strata=[0, 0, 1, 1], held=[[4, 4, 3, 3]]), POPULATION[rows])
        values.append(found.value[0])
        variances.append(found.covariance[0, 0])
    assert np.mean(values) == pytest.approx(POPULATION.sum())
    assert np.mean(variances) == pytest.approx(np.var(values))


def test_totals_of_every_two_stage_sample_average_to_the_truth_with_their_true_variance() -> None:
    clusters = [np.array([3.0, 8.0, 1.0]), np.array([9.0, 4.0]), np.array([7.0, 2.0, 5.0])]
    drawn = []  # two of three clusters, two items of each; every second-stage sample is as likely as the others of its pair
    for pair in combinations(range(3), 2):
        inner = [list(combinations(range(clusters[at].size), 2)) for at in pair]
        for rows in product(*inner):
            y = np.concatenate([clusters[at][list(chosen)] for at, chosen in zip(pair, rows, strict=True)])
            size = np.repeat([clusters[at].size for at in pair], 2)
            found = total(design(units=[np.repeat(pair, 2), np.arange(4)], held=[np.full(4, 3), size]), y)
            drawn.append((1 / (3 * len(inner[0]) * len(inner[1])), found.value[0], found.covariance[0, 0]))
    chance, value, variance = np.array(drawn).T
    assert chance @ value == pytest.approx(39.0)
    assert chance @ variance == pytest.approx(chance @ (value - 39) ** 2)


def test_a_domain_counts_the_units_outside_it_as_zeros() -> None:
    inside = np.array([True, True, False, True, False, False, True])
    values, variances = [], []
    for rows in combinations(range(7), 4):
        found = total(design(held=[np.full(4, 7)]), POPULATION[list(rows)], domain=inside[list(rows)])
        values.append(found.value[0])
        variances.append(found.covariance[0, 0])
    assert np.mean(values) == pytest.approx(POPULATION[inside].sum())
    assert np.mean(variances) == pytest.approx(np.var(values))


@pytest.mark.parametrize("method", ["beta", "logit", "xlogit", "likelihood", "asin", "mean", "wilson"])
@pytest.mark.parametrize("value", [0, 1])
def test_a_cell_of_zeros_or_ones_alone_gets_the_exact_interval_and_a_reason(method, value: int) -> None:
    found = proportion(design(weights=[3.0] * 12), [value] * 12, method=method)
    other = 1 - 0.025 ** (1 / 12)
    assert (found.lower, found.upper) == pytest.approx((0, other) if value == 0 else (1 - other, 1))
    assert found.method == "Clopper-Pearson" and "alike" in found.reasons[-1]


def test_a_domain_of_one_item_or_without_degrees_of_freedom_says_so() -> None:
    made = design(weights=[3.0] * 4)
    one = proportion(made, [1, 0, 0, 1], domain=np.array([True, False, False, False]))
    assert "one item" in one.reasons[0] and 0 < one.lower < one.upper == 1
    alone = design(weights=[3.0] * 4, strata=[1, 2, 3, 4], lonely="adjust")
    found = proportion(alone, [1, 0, 0, 1])
    assert any("degrees of freedom" in reason for reason in found.reasons)
    assert (found.lower, found.upper) == pytest.approx((0.0676, 0.9324), abs=1e-4)


def test_a_stratum_of_one_unit_is_an_error_that_names_it() -> None:
    made = design(weights=[1] * 5, strata=["north", "north", "west", "south", "south"])
    with pytest.raises(StatisticsError, match="stratum west has one unit at stage 1"):
        mean(made, [1, 2, 3, 4, 5])
    with pytest.raises(StatisticsError, match="stratum west has one unit"):
        jackknife(made)
    with pytest.raises(StatisticsError, match="stratum west has one unit"):
        bootstrap(made, replicates=9, seed=1)


def test_a_stratum_of_one_unit_that_was_taken_whole_needs_no_variance() -> None:
    made = design(strata=[0, 0, 1], held=[[4, 4, 1]])
    assert mean(made, [1.0, 3.0, 9.0]).standard_error[0] > 0
    assert replicated(jackknife(made), lambda w: w @ [1.0, 3.0, 9.0]).standard_error == pytest.approx(
        total(made, [1.0, 3.0, 9.0]).standard_error
    )


def test_only_strata_of_one_unit_leave_nothing_to_average() -> None:
    with pytest.raises(StatisticsError, match="no variance to average"):
        mean(design(weights=[1, 1], strata=[0, 1], lonely="average"), [1, 2])


def test_weights_that_miss_their_population_are_told_on_every_figure() -> None:
    made = design(weights=[5, 5, 9, 9], strata=["a", "a", "b", "b"], held=[[10, 10, 20, 20]])
    assert mean(made, [1, 2, 3, 4]).reasons == (
        "weights do not add up to the population in 1 of 2 strata, first in b: 18 against 20",
    )
    assert "weights do not add up" in proportion(made, [1, 0, 1, 0]).reasons[0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"weights": [1, -1]}, "weight of item 1 is -1"),
        ({"weights": [1, float("nan")]}, "weight of item 1 is nan"),
        ({"weights": [0, 0]}, "all weights are 0"),
        ({"weights": [1, 1], "strata": ["a"]}, "strata of stage 1"),
        ({"weights": [1, 1], "strata": np.array([1.0, np.nan])}, "item 1 has none"),
        ({"weights": [1, 1], "strata": np.array(["a", None], dtype=object)}, "item 1 has none"),
        ({"held": [[1, 1]]}, None),
        ({"held": [[1.5, 1.5]]}, "2 units were taken of 1.5"),
        ({"held": [[3, 4]]}, "populations from 3 to 4"),
        ({"held": [[3, 0]]}, "population of item 1"),
        ({"held": [[3, np.inf]], "strata": [0, 1]}, "no weights and not every population"),
        ({"held": [3, 4]}, "give a list of arrays"),
        ({"weights": [1, 1], "strata": [[0, 1], [0, 1]]}, "2 stages of strata, 1 of units"),
        ({"weights": [1, 1], "lonely": "ignore"}, "lonely 'ignore'"),
        ({}, "without items"),
    ],
)
def test_a_design_that_cannot_be_is_refused_with_its_row(given, said) -> None:
    if said is None:  # all at most 1: sampling fractions
        assert design(**given).weights.tolist() == [1, 1]
        return
    with pytest.raises(StatisticsError, match=said):
        design(**given)


def test_a_missing_value_is_never_a_zero() -> None:
    made = design(weights=[1, 1, 1])
    with pytest.raises(StatisticsError, match="value of item 1 is missing"):
        mean(made, [1, np.nan, 3])
    assert mean(made, [1, np.nan, 3], domain=np.array([True, False, True])).value.tolist() == [2.0]


def test_values_that_do_not_fit_are_refused() -> None:
    made = design(weights=[1, 1, 1])
    with pytest.raises(StatisticsError, match="zeros and ones"):
        proportion(made, [0, 1, 2])
    with pytest.raises(StatisticsError, match="method 'exact'"):
        proportion(made, [0, 1, 1], method="exact")
    with pytest.raises(StatisticsError, match="no item with a weight"):
        mean(made, [1, 2, 3], domain=np.zeros(3, dtype=bool))
    with pytest.raises(StatisticsError, match="true and false"):
        mean(made, [1, 2, 3], domain=[1, 0, 1])
    with pytest.raises(StatisticsError, match="one an item"):
        mean(made, [1, 2])
    with pytest.raises(StatisticsError, match="at shares between"):
        quantiles(made, [1, 2, 3], [0, 0.5])
    with pytest.raises(StatisticsError, match="not a confidence level"):
        limits(mean(made, [1, 2, 3]), level=95)


def test_totals_that_cannot_be_met_are_refused() -> None:
    made = design(weights=[2, 2, 2])
    with pytest.raises(StatisticsError, match="nobody in the sample stands for cell c"):
        post_stratify(made, ["a", "a", "b"], {"a": 4, "b": 2, "c": 1})
    with pytest.raises(StatisticsError, match="cell b of the sample has no population"):
        post_stratify(made, ["a", "a", "b"], {"a": 4})
    with pytest.raises(StatisticsError, match="margins add up to 6 and to 51"):
        rake(made, [(["a", "a", "b"], {"a": 4, "b": 2}), (["x", "y", "y"], {"x": 1, "y": 50})])
    with pytest.raises(StatisticsError, match="margin 0 ends 1 from its total"):
        rake(made, [(["a", "a", "b"], {"a": 4, "b": 2}), (["x", "x", "y"], {"x": 3, "y": 3})], tolerance=1e-9)
    with pytest.raises(StatisticsError, match="raking changed a cell by"):
        rake(made, [(["a", "a", "b"], {"a": 4, "b": 2}), (["x", "y", "y"], {"x": 1, "y": 5})], tolerance=1e-9, rounds=2)
    with pytest.raises(StatisticsError, match="calibration ended"):
        calibrate(made, [[1, 1], [1, 2], [1, 3]], [6, 100], bounds=(0.5, 1.5))
    with pytest.raises(StatisticsError, match="cannot be met"):
        calibrate(made, [[1, 1], [1, 1], [1, 1]], [6, 7])
    with pytest.raises(StatisticsError, match="do not hold 1"):
        calibrate(made, [1, 1, 1], [6], bounds=(1.5, 2))
    with pytest.raises(StatisticsError, match="logit with two bounds"):
        calibrate(made, [1, 1, 1], [6], distance="logit")


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(4, 12))
def test_calibrated_weights_meet_their_totals_and_explain_them_wholly(seed: int, columns: int, size: int) -> None:
    draw = np.random.Generator(np.random.PCG64(seed))
    x = np.column_stack([np.ones(size + columns), draw.normal(size=(size + columns, columns - 1))])
    made = design(weights=draw.uniform(1, 9, size + columns))
    wanted = (made.weights * draw.uniform(0.9, 1.1, size + columns)) @ x
    for how in ({}, {"distance": "raking"}):
        met = calibrate(made, x, wanted, tolerance=1e-11, **how)
        np.testing.assert_allclose(met.weights @ x, wanted, rtol=1e-8, atol=1e-8)
        assert np.all(total(met, x).standard_error < 1e-6 * np.abs(made.weights).sum())


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["beta", "logit", "xlogit", "likelihood", "asin", "wilson"]))
def test_limits_of_a_proportion_hold_it_and_mirror_those_of_its_complement(seed: int, method) -> None:
    draw = np.random.Generator(np.random.PCG64(seed))
    y = np.r_[draw.integers(0, 2, size=18), 0, 1]
    made = design(weights=draw.uniform(1, 9, 20), strata=draw.permutation(np.arange(20) % 4))
    found, mirrored = proportion(made, y, method=method), proportion(made, 1 - y, method=method)
    assert 0 <= found.lower <= found.value <= found.upper <= 1
    assert found.lower == pytest.approx(1 - mirrored.upper, abs=1e-7)
