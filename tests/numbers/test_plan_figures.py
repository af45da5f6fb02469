"""The figures of a plan: allocation against a published example, chances and weights against thousands of draws."""

import sys
from pathlib import Path

import numpy as np
import pytest

from zhiheng.errors import StatisticsError
from zhiheng.selection import choice
from zhiheng.selection.frozen import Stretch
from zhiheng.selection.plan.attribution import LABEL
from zhiheng.selection.plan.chances import base, sizes
from zhiheng.selection.plan.made import Plan
from zhiheng.selection.stream import Stream
from zhiheng.stats import allocate, effective_size, expected_findings, neyman, variance_of_total, weighted_rate

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
import planning  # noqa: E402

DRAWS = 2000

# Cochran (1977), Sampling Techniques, section 5.3 and following: 64 cities in 1930, two strata, n = 24. Strata of 16 and 48 cities,
# S² = 53,843 and 5,581; variances of the estimated total 1,882,293 (proportional: 6 and 18) and 1,090,827 (optimum: 12 and 12).
# checked: null — written down from memory; that both variances follow from the two S² to the unit speaks for them.
CITIES, SPREAD, CITIES_DRAWN = (16, 48), (53_843**0.5, 5_581**0.5), 24


def test_neyman_allocation_is_that_of_cochrans_sixty_four_cities() -> None:
    exact = CITIES_DRAWN * CITIES[0] * SPREAD[0] / (CITIES[0] * SPREAD[0] + CITIES[1] * SPREAD[1])
    assert exact == pytest.approx(12.21, abs=0.005)  # as printed, two decimals
    assert neyman(CITIES, SPREAD, CITIES_DRAWN).tolist() == [12, 12]
    assert allocate(CITIES, CITIES_DRAWN).tolist() == [6, 18]


def test_the_variances_of_both_allocations_are_those_of_cochran() -> None:
    # half a unit: the S² are printed as whole numbers, each weighs 53 or 134 units a unit
    assert variance_of_total(CITIES, SPREAD, (6, 18)) == pytest.approx(1_882_293, abs=0.5)
    assert variance_of_total(CITIES, SPREAD, (12, 12)) == pytest.approx(1_090_827, abs=0.5)


def test_no_other_allocation_has_a_smaller_variance() -> None:
    drawn = range(1, 17)
    best = min(drawn, key=lambda n: variance_of_total(CITIES, SPREAD, (n, CITIES_DRAWN - n)))
    assert best == neyman(CITIES, SPREAD, CITIES_DRAWN)[0]


def test_a_stratum_without_draws_has_no_variance() -> None:
    with pytest.raises(StatisticsError, match="draw at least one"):
        variance_of_total([10, 10], [1, 1], [0, 5])


def test_the_effective_size_is_kishs() -> None:
    # Kish's n / (1 + CV²) of the weights of the expected sample, written out
    p = np.array([0.1] * 50 + [0.5] * 10)
    weights, n = 1 / p, p.sum()
    mean, square = (p * weights).sum() / n, (p * weights**2).sum() / n
    assert effective_size(p) == pytest.approx(n * mean**2 / square, rel=1e-12)


def test_the_interval_of_findings_holds_the_poisson_binomial() -> None:
    # where everybody is drawn and the probabilities are known, findings are Poisson-binomial: counted by convolution
    p = np.linspace(0.02, 0.4, 60)
    mass = np.ones(1)
    for one in p:
        mass = np.convolve(mass, [1 - one, one])
    found = expected_findings(np.ones(60), p, p, p, level=0.95)
    inside = mass[int(np.ceil(found.lower[0])) : int(found.upper[0]) + 1].sum()
    assert found.expected[0] == pytest.approx((mass * np.arange(61)).sum(), rel=1e-12)
    assert 0.94 < inside < 0.98  # a discrete count: not nearer to 0.95 than one of its steps, about 0.03


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """300 firms; three with high risk, so that certainty comes in."""
    rows = planning.firms(300)
    for row in rows[:3]:
        row["probability"] = 0.95
    for place, row in enumerate(rows):
        row |= {
            "nominated": 5 if place % 60 == 0 else 0,
            "last_inspected": "2024-01-05" if place % 75 == 7 else "2026-01-05",
        }
    path = planning.csv(tmp_path_factory.mktemp("plan") / "firms.csv", rows)
    return planning.plan(path, planning.terms(budget=60, strata=("region",), largest_share=0.6))


@pytest.fixture(scope="module")
def drawn(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Draws x targets: who was drawn, and who in the random arm, by the draw's own machinery on a seed each."""
    order = np.lexsort((plan.frame.ids, plan.arms.stratum))
    order = order[plan.arms.stratum[order] >= 0]
    size, floor = plan.chances.size[order], plan.chances.floor[order]
    units, n = plan.arms.units, plan.arms.random + plan.arms.targeted
    first = np.cumsum(units) - units
    strata = [
        Stretch(name, int(first[at]), int(units[at]), int(size[first[at] : first[at] + units[at]].sum()))
        for at, name in enumerate(plan.arms.names)
    ]
    chance = np.concatenate(
        [
            np.full(units[at], np.divide(*base(size[first[at] :][: units[at]], int(floor[first[at]]), int(n[at]))))
            for at in range(len(strata))
        ]
    )
    every, random = np.zeros((DRAWS, order.size), dtype=bool), np.zeros((DRAWS, order.size), dtype=bool)
    for at in range(DRAWS):
        stream = Stream(at.to_bytes(32, "big"))
        found = choice.draw(plan.terms.design, strata, n.tolist(), stream, size)
        every[at, found.rows] = True
        value = stream.keys(LABEL, 0, order.size)[found.rows] * 2.0**-64
        random[at, found.rows] = value * found.top / found.bottom < chance[found.rows]
    back = np.argsort(order)
    return every[:, back], random[:, back]


def test_targets_are_drawn_as_often_as_the_plan_says(plan: Plan, drawn: tuple[np.ndarray, np.ndarray]) -> None:
    assert plan.eligible.all()
    p = plan.chances.inclusion
    z = (drawn[0].mean(axis=0) - p) / np.sqrt(np.maximum(p * (1 - p), 1e-12) / DRAWS)
    # the largest of 300 normal deviates is below 4.5 but once in 500 times; the seeds are fixed
    assert np.abs(z[~plan.chances.certain]).max() < 4.5
    assert (drawn[0][:, plan.chances.certain]).all() and plan.chances.certain.any()


def test_every_draw_is_as_large_as_the_budget(plan: Plan, drawn: tuple[np.ndarray, np.ndarray]) -> None:
    assert set(drawn[0].sum(axis=1)) == {plan.terms.budget}


def test_the_random_arm_is_an_equal_chance_in_each_stratum(plan: Plan, drawn: tuple[np.ndarray, np.ndarray]) -> None:
    p = plan.chances.random
    for at in range(len(plan.arms.names)):
        inside = plan.arms.stratum == at
        assert np.unique(p[inside]).size == 1
        assert p[inside].sum() >= plan.arms.random[at] - 1e-9
    z = (drawn[1].mean(axis=0) - p) / np.sqrt(p * (1 - p) / DRAWS)
    assert np.abs(z).max() < 4.5
    assert not (drawn[1] & ~drawn[0]).any()


def test_the_weighted_rate_is_unbiased_and_the_plain_rate_is_not(
    plan: Plan, drawn: tuple[np.ndarray, np.ndarray]
) -> None:
    failed = np.random.default_rng(5).random(plan.frame.size) < plan.frame.figures["probability"]
    truth, pi = failed.mean(), plan.chances.inclusion
    total = np.array([(failed[row] / pi[row]).sum() for row in drawn[0]]) / plan.frame.size
    ratio = np.array([weighted_rate(failed[row], pi[row]) for row in drawn[0]])
    plain = np.array([failed[row].mean() for row in drawn[0]])
    # Horvitz-Thompson is unbiased: four standard errors of the mean of the draws
    assert abs(total.mean() - truth) < 4 * total.std() / DRAWS**0.5
    # Hájek is so but for a term of 1 / n: 60 drawn, so a sixtieth of the truth beside the same error
    assert abs(ratio.mean() - truth) < 4 * ratio.std() / DRAWS**0.5 + truth / 60
    assert plain.mean() > 1.3 * truth
    # the random arm by itself, weighted by its own equal chances, is unbiased too
    alone = np.array([(failed[row] / plan.chances.random[row]).sum() for row in drawn[1]]) / plan.frame.size
    assert abs(alone.mean() - truth) < 4 * alone.std() / DRAWS**0.5


def test_what_is_found_lies_in_the_interval(plan: Plan, drawn: tuple[np.ndarray, np.ndarray]) -> None:
    rng = np.random.default_rng(6)
    found = np.array([(rng.random(plan.frame.size) < plan.frame.figures["probability"])[row].sum() for row in drawn[0]])
    summary = plan.summary
    assert found.mean() == pytest.approx(summary["expected_findings"], abs=4 * found.std() / DRAWS**0.5)
    inside = ((found >= summary["lower"]) & (found <= summary["upper"])).mean()
    assert inside > 0.94  # conservative: never below the level but for the steps of a count


@pytest.mark.parametrize(("random", "targeted"), [(1, 1), (3, 12), (7, 0), (1000, 1), (1, 1000)])
def test_the_floor_gives_the_random_arm_its_share(random: int, targeted: int) -> None:
    above = np.random.default_rng(2).integers(1, 10**6, 4000)
    size, floor = sizes(above, random, targeted, most=2**62)
    assert random / (random + targeted) <= size.size * floor / size.sum() < random / (random + targeted) + 1e-3
