"""Two figures that are never mixed: what each may say, and what it must refuse to say."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from zhiheng.errors import StatisticsError
from zhiheng.stats.survey import design, proportion
from zhiheng.surveillance import OF_POPULATION, OF_TESTED, arms

ARM = np.array(["targeted"] * 6 + ["random"] * 8 + [None] * 2, dtype=object)
FAILED = np.array([1, 1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0])
CHANCE = np.array([0.5] * 6 + [0.1] * 4 + [0.2] * 4 + [np.nan] * 2)


def test_the_targeted_arm_has_a_rate_of_the_items_tested_and_no_interval() -> None:
    found = arms(ARM, FAILED, CHANCE).found
    assert (found.of, found.nonconforming, found.judged, found.rate) == (OF_TESTED, 4, 6, 4 / 6)
    assert found.lower is None and found.upper is None and "where problems were expected" in found.reasons[0]


def test_the_random_arm_estimates_the_population_by_inverse_probabilities() -> None:
    found = arms(ARM, FAILED, CHANCE).population
    assert found.of == OF_POPULATION
    assert found.rate == pytest.approx(10 / (4 * 10 + 4 * 5))
    expected = proportion(design(weights=1 / CHANCE[6:14]), FAILED[6:14])
    assert (found.lower, found.upper) == (expected.lower, expected.upper)


def test_failures_of_the_targeted_arm_never_move_the_population_figure() -> None:
    flipped = FAILED.copy()
    flipped[:6] = 1 - flipped[:6]
    assert arms(ARM, flipped, CHANCE).population == arms(ARM, FAILED, CHANCE).population


@pytest.mark.parametrize("missing", [6, 13])
def test_one_unknown_probability_takes_the_interval_away_and_says_why(missing: int) -> None:
    chance = CHANCE.copy()
    chance[missing] = np.nan
    found = arms(ARM, FAILED, chance)
    assert (found.population.of, found.population.rate, found.population.lower) == (OF_TESTED, 1 / 8, None)
    assert "1 of 8 items is not known" in found.population.reasons[0]
    assert (found.combined.rate, found.combined.lower) == (None, None)
    assert "cannot be put together" in found.combined.reasons[0] and "1 of 14" in found.combined.reasons[0]


def test_an_unknown_probability_of_a_targeted_item_forbids_only_the_combination() -> None:
    chance = CHANCE.copy()
    chance[0] = np.nan
    found, whole = arms(ARM, FAILED, chance), arms(ARM, FAILED, CHANCE)
    assert found.population == whole.population
    assert found.combined.rate is None and "1 of 14" in found.combined.reasons[0]


def test_items_of_no_stated_arm_stand_for_themselves() -> None:
    found = arms(ARM, FAILED, CHANCE).unstated
    assert (found.of, found.judged, found.rate, found.lower) == (OF_TESTED, 2, 0.5, None)


def test_arms_without_items_say_so() -> None:
    found = arms(ARM[:6], FAILED[:6], CHANCE[:6])
    assert (found.population.rate, found.population.judged, found.population.reasons) == (
        None,
        0,
        ("no item was judged",),
    )
    assert found.unstated.reasons == ("no item was judged",)


def test_with_the_probability_of_either_arm_both_are_one_sample() -> None:
    either = np.where(np.isnan(CHANCE), np.nan, np.minimum(1, CHANCE + 0.3))
    found = arms(ARM, FAILED, CHANCE, either=either).combined
    w = 1 / either[:14]
    assert found.rate == pytest.approx(w @ FAILED[:14] / w.sum())
    assert found.of == OF_POPULATION and found.lower < found.rate < found.upper


def test_without_it_each_arm_estimates_by_itself_and_counts_by_its_effective_size() -> None:
    found = arms(ARM, FAILED, CHANCE)
    w = 1 / CHANCE[6:14]
    size = w.sum() ** 2 / (w @ w)
    assert found.combined.rate == pytest.approx((6 * 4 / 6 + size * found.population.rate) / (6 + size))


def test_combined_figures_of_every_pair_of_samples_are_right_on_average() -> None:
    # a population of six, half failing; the targeted arm takes two of the four likelier items or one of the others, the random arm any two
    failed, chance = np.array([1, 1, 1, 0, 0, 0]), np.array([0.5] * 4 + [0.5] * 2)
    targeted = [(*pair, one) for pair in combinations(range(4), 2) for one in (4, 5)]
    rates = []
    for first in targeted:
        for second in combinations(range(6), 2):
            rows = [*first, *second]
            arm = np.array(["targeted"] * 3 + ["random"] * 2, dtype=object)
            own = np.r_[chance[list(first)], np.full(2, 1 / 3)]
            rates.append(arms(arm, failed[rows], own, strata=[0, 0, 1, 0, 0]).combined.rate)
    assert np.mean(rates) == pytest.approx(0.5)


def test_strata_of_one_item_are_told() -> None:
    found = arms(ARM, FAILED, CHANCE, strata=["a"] * 6 + ["b"] * 7 + ["c"] + ["d"] * 2)
    assert any("1 strata have one item" in reason for reason in found.population.reasons)


def test_a_cell_without_failures_has_an_interval_of_its_items_and_a_reason() -> None:
    found = arms(ARM, np.where(ARM == "random", 0, FAILED), CHANCE).population
    assert (found.rate, found.lower) == (0, 0) and found.upper == pytest.approx(1 - 0.025 ** (1 / 8))
    assert "alike" in found.reasons[-1]


def test_a_figure_of_the_items_tested_cannot_carry_an_interval() -> None:
    found = arms(ARM, FAILED, CHANCE).found
    with pytest.raises(StatisticsError, match="one of the two is wrong"):
        replace(found, lower=0.1, upper=0.2)
    with pytest.raises(StatisticsError, match="needs the reason"):
        replace(found, reasons=())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((ARM, FAILED, np.where(CHANCE == 0.1, 1.2, CHANCE)), "inclusion probability of item 6 is 1.2"),
        ((ARM, FAILED + 1, CHANCE), "1 for nonconforming"),
        ((ARM, FAILED[:3], CHANCE), "one an item"),
    ],
)
def test_impossible_items_are_refused(given, said: str) -> None:
    with pytest.raises(StatisticsError, match=said):
        arms(*given)


def test_the_probability_of_either_arm_is_no_less_than_that_of_one() -> None:
    with pytest.raises(StatisticsError, match="no less than that of one arm"):
        arms(ARM, FAILED, CHANCE, either=CHANCE / 2)
