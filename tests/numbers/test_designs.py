"""Sampling designs against R sampling, definitions, identities of theory, and simulation.

Tolerances: closed formulas agree to rounding (1e-14). Simulated frequencies stay within 5 standard errors of the stated
probability: with fewer than 300 comparisons a right design passes all but one time in 6,000, and the seeds are fixed.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from zhiheng.errors import StatisticsError
from zhiheng.selection.stream import Stream
from zhiheng.stats import (
    allocate,
    cube,
    flight,
    inclusion_probabilities,
    pareto,
    sampford,
    sampford_joint,
    simple,
    simple_joint,
    stratified,
    systematic,
    systematic_joint,
)

REFERENCE = Path(__file__).parent / "reference"
R = json.loads((REFERENCE / "sampling_designs.json").read_text(encoding="utf-8"))
PARETO = json.loads((REFERENCE / "pareto_pps.json").read_text(encoding="utf-8"))
SMALL = np.array(R["small"]["pik"])
ERRORS = 5


def far(counts: np.ndarray, draws: int, p: np.ndarray) -> float:
    """The largest distance of a frequency from its probability, in standard errors."""
    spread = np.sqrt(p * (1 - p) / draws)
    inside = spread > 0
    assert np.array_equal(counts[~inside], (p * draws)[~inside])
    return float(np.abs((counts / draws - p)[inside] / spread[inside]).max())


def test_inclusion_probabilities_are_those_of_r_sampling() -> None:
    assert np.abs(inclusion_probabilities(R["size"], R["n"]) - R["pik"]).max() < 1e-14


def test_units_too_large_are_taken_with_certainty_until_none_is_left() -> None:
    # 100 and then 40 pass 1: 5 drawn leave 4 for a sum of 70, 4 x 40 / 70 > 1, then 3 for 30
    found = inclusion_probabilities([100, 40, 10, 10, 10, 0], 5)
    assert found.tolist() == [1, 1, 1, 1, 1, 0]
    found = inclusion_probabilities([100, 40, 10, 10, 10, 10], 4)
    assert found.tolist() == [1, 1, 0.5, 0.5, 0.5, 0.5]


def test_the_systematic_sample_is_that_of_r_sampling() -> None:
    found = systematic(R["pik"], R["systematic"]["u"])
    assert (found + 1).tolist() == R["systematic"]["sample_index"]


def test_the_pareto_sample_is_that_of_the_definition() -> None:
    assert (pareto(PARETO["pik"], PARETO["u"]) + 1).tolist() == PARETO["sample_index"]


def test_joint_probabilities_are_those_of_r_sampling() -> None:
    assert np.abs(systematic_joint(SMALL) - R["small"]["systematic_pi2"]).max() < 1e-14
    assert np.abs(sampford_joint(SMALL) - R["small"]["sampford_pi2"]).max() < 1e-14


@pytest.mark.parametrize("joint", [systematic_joint, sampford_joint])
def test_joint_probabilities_add_up_as_a_fixed_size_demands(joint) -> None:
    p = np.concatenate([inclusion_probabilities(R["size"][:40], 9), [1.0, 0.0]])
    found = joint(p)
    off = found - np.diag(np.diag(found))
    # the systematic ends are rounded to 12 places
    assert np.abs(off.sum(axis=1) - 9 * p).max() < 1e-9
    assert np.allclose(found, found.T, atol=1e-12)


def test_simple_joint_probabilities_are_those_of_all_samples() -> None:
    found = simple_joint(5, 2)
    assert found[0, 1] == pytest.approx(1 / 10)
    assert found[0, 0] == pytest.approx(2 / 5)


def test_allocation_adds_up_and_keeps_its_bounds() -> None:
    rng = np.random.default_rng(4)
    for _ in range(300):
        weights, strata = rng.gamma(0.3, size=12), 12
        most = rng.integers(1, 40, strata)
        least = np.minimum(most, rng.integers(0, 3, strata))
        n = int(rng.integers(least.sum(), most.sum() + 1))
        found = allocate(weights, n, least=least, most=most)
        assert found.sum() == n
        assert np.all((found >= least) & (found <= most))


def test_allocation_in_proportion_is_within_one_of_the_share() -> None:
    weights = np.random.default_rng(5).gamma(2, size=3100)
    found = allocate(weights, 50_000)
    assert np.abs(found - 50_000 * weights / weights.sum()).max() < 1


def test_simple_sampling_takes_the_earlier_of_equal_keys() -> None:
    assert simple([3, 1, 1, 1, 0], 3).tolist() == [1, 2, 4]


def test_a_million_draws_meet_their_probabilities() -> None:
    rng = np.random.default_rng(11)
    # 920,000 strata of 6, each a simple draw of 2, from the stream that real draws use
    draws = 920_000
    keys = Stream(b"\7" * 32).keys("targets", 0, 6 * draws)
    found = stratified(keys, np.repeat(np.arange(draws), 6), np.full(draws, 2))
    assert far(np.bincount(found % 6, minlength=6), draws, np.full(6, 1 / 3)) < ERRORS
    together = np.zeros((6, 6))
    pair = found.reshape(-1, 2) % 6
    np.add.at(together, (pair[:, 0], pair[:, 1]), 1)
    upper = np.triu_indices(6, 1)
    assert far(together[upper], draws, np.full(15, 1 / 15)) < ERRORS
    counts = {name: np.zeros(6) for name in ("systematic", "random", "sampford", "pareto")}
    for start in rng.random(50_000):
        counts["systematic"][systematic(SMALL, start)] += 1
    for _ in range(10_000):
        order = rng.permutation(6)
        counts["random"][order[systematic(SMALL[order], rng.random())]] += 1
        counts["sampford"][sampford(SMALL, rng.random(6))] += 1
        counts["pareto"][pareto(SMALL, rng.random(6))] += 1
    assert far(counts["systematic"], 50_000, SMALL) < ERRORS
    assert far(counts["random"], 10_000, SMALL) < ERRORS
    assert far(counts["sampford"], 10_000, SMALL) < ERRORS
    # Pareto only aims at its probabilities: of so few units it misses them by up to 2 in 100
    assert np.abs(counts["pareto"] / 10_000 - SMALL).max() < 0.02


def test_sampford_pairs_come_as_often_as_the_exact_joint_probabilities_say() -> None:
    rng, draws = np.random.default_rng(12), 8_000
    together = np.zeros((6, 6))
    for _ in range(draws):
        found = sampford(SMALL, rng.random(6))
        together[np.ix_(found, found)] += 1
    upper = np.triu_indices(6, 1)
    assert far(together[upper], draws, sampford_joint(SMALL)[upper]) < ERRORS


def test_sampford_always_has_its_size() -> None:
    rng, p = np.random.default_rng(13), inclusion_probabilities(R["size"], 25)
    assert {sampford(p, rng.random(120)).size for _ in range(50)} == {25}
    assert sampford(np.array([1.0, 0.0, 0.5, 0.5]), [0.9, 0.0, 0.1, 0.1]).tolist() == [0, 2]


def test_the_flight_keeps_every_balance_total() -> None:
    rng = np.random.default_rng(14)
    x = rng.gamma(2, size=(3_000, 4))
    p = inclusion_probabilities(x[:, 0], 300)
    balance = np.column_stack([p, x])
    found = flight(p, balance, rng.random)
    assert ((found > 0) & (found < 1)).sum() <= balance.shape[1]
    totals = (balance / p[:, None] * found[:, None]).sum(axis=0)
    # rounding of some 3,000 steps
    assert np.abs(totals / balance.sum(axis=0) - 1).max() < 1e-9


def test_cube_samples_have_their_size_and_probabilities() -> None:
    rng, draws = np.random.default_rng(15), 500
    p = inclusion_probabilities(rng.gamma(2, size=30), 8)
    balance = np.column_stack([p, rng.normal(size=(30, 2))])
    counts = np.zeros(30)
    for _ in range(draws):
        found = cube(p, balance, rng.random)
        assert found.size == 8
        counts[found] += 1
    assert far(counts, draws, p) < ERRORS


def test_cube_samples_are_better_balanced_than_pareto_samples() -> None:
    rng = np.random.default_rng(16)
    x = np.column_stack([R["size"], rng.normal(50, 10, 120)])
    p = inclusion_probabilities(R["size"], 25)
    balanced, plain = [], []
    for _ in range(60):
        for drawn, errors in (
            (cube(p, np.column_stack([p, x[:, 1]]), rng.random), balanced),
            (pareto(p, rng.random(120)), plain),
        ):
            errors.append((x[drawn, 1] / p[drawn]).sum() / x[:, 1].sum() - 1)
    assert np.std(balanced) < np.std(plain) / 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: inclusion_probabilities([1, -1], 1), "-1 at position 1 is not a size"),
        (lambda: inclusion_probabilities([1, 0], 2), "2 units cannot be drawn from 1"),
        (lambda: systematic([0.5, 1.5], 0.1), "1.5 at position 1 is not a probability"),
        (lambda: pareto([0.5, 0.2], [0.1, 0.1]), "not to a whole number"),
        (lambda: allocate([1, 1, 1], 2, least=1), "cannot be shared among 3 strata"),
        (lambda: stratified([0.1, 0.2], [0, 0], [3]), "stratum 0: 3 units cannot be drawn from 2"),
        (lambda: sampford(np.full(2_000_000, 0.5), np.zeros(2_000_000)), "use Pareto sampling"),
    ],
)
def test_a_draw_that_cannot_be_is_refused(call, message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        call()
