"""Delayed results against Mack's published triangle and a simulation; trees of tests against their definitions."""

import numpy as np
import pytest

from zhiheng.errors import StatisticsError
from zhiheng.stats import Reason, adjusted, chain_ladder, scaled_counts, simes, tree_discoveries

# Taylor and Ashe (1983), as in Mack 1993 (ASTIN Bulletin 23, 213-225), cumulative; None is the future
TAYLOR_ASHE = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]
# the chain ladder reserves of the same paper, in thousands
RESERVES = [0, 95, 470, 710, 985, 1419, 2178, 3920, 4279, 4626]


def increments() -> np.ndarray:
    found = np.zeros((10, 10))
    for row, values in enumerate(TAYLOR_ASHE):
        found[row, : len(values)] = np.diff([0, *values])
    return found


def test_the_chain_ladder_gives_the_published_reserves() -> None:
    found = chain_ladder(increments(), least_arrived=0.05)
    assert np.round((found.expected - found.seen) / 1000).tolist() == RESERVES


def test_the_interval_covers_as_often_as_it_says() -> None:
    # 400 triangles of Poisson counts; 95 % within three binomial standard errors and the width of the approximation
    generator = np.random.Generator(np.random.PCG64(11))
    shares = np.array([0.3, 0.3, 0.2, 0.1, 0.1])
    full = generator.poisson(40 * shares, (400, 30, 5)).astype(float)
    found = chain_ladder(full, least_arrived=0.05)
    totals = full.sum(axis=-1)[:, -4:]
    inside = (found.lower[:, -4:] <= totals) & (totals <= found.upper[:, -4:])
    assert 0.92 < inside.mean() < 0.98
    assert np.abs(found.expected[:, -4:].mean(axis=0) - 40).max() < 1.5
    np.testing.assert_allclose(found.arrived.mean(axis=0), np.cumsum(shares), atol=0.01)


def test_weeks_that_are_too_young_or_unknown_are_not_corrected() -> None:
    found = chain_ladder([[1, 99], [1, 99], [2, 0]])
    assert found.reason.tolist() == [0, 0, Reason.NOT_ARRIVED]
    assert np.isnan(found.expected[-1]) and found.seen[-1] == 2
    empty = chain_ladder(np.zeros((4, 3)))
    assert empty.reason[-1] == Reason.MISSING_BASELINE


def test_nothing_seen_yet_leaves_room_above() -> None:
    found = chain_ladder([[5, 5], [5, 5], [5, 5], [0, 0]])
    assert found.expected[-1] == 0 and found.lower[-1] == 0 and found.upper[-1] > 1


def test_a_baseline_is_made_as_incomplete_as_the_newest_week() -> None:
    found, factor = scaled_counts([10.0, 10.0, 9.0, 6.0], [0.6, 0.9, 1.0])
    np.testing.assert_allclose(found, 6.0)
    np.testing.assert_allclose(factor, [0.6, 0.6, 2 / 3, 1.0])


def test_adjusted_p_values_are_those_of_r() -> None:
    # the example of Benjamini and Hochberg 1995, section 3.2; at rate 0.05 they reject the first four
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    assert (adjusted(p) <= 0.05).sum() == 4
    assert adjusted(p)[:4].round(6).tolist() == [0.0015, 0.003, 0.0095, 0.035625]
    assert np.isnan(adjusted([0.1, np.nan])[1]) and adjusted([0.1, np.nan])[0] == 0.1


def test_simes_by_definition() -> None:
    generator = np.random.Generator(np.random.PCG64(3))
    p, family = generator.random(60), generator.integers(0, 7, 60)
    for number in range(7):
        own = np.sort(p[family == number])
        assert simes(p, family, 8)[number] == pytest.approx((own * own.size / np.arange(1, own.size + 1)).min())
    assert np.isnan(simes(p, family, 8)[7])


def plain(p: list[float], parent: list[int], rate: float, selective: bool) -> list[bool]:
    """The definition, one family after another."""
    found = [False] * len(p)

    def family(above: int, level: float) -> None:
        children = [node for node in range(len(p)) if parent[node] == above]
        ranked = sorted(children, key=lambda node: p[node])
        most = max((i + 1 for i, node in enumerate(ranked) if p[node] * len(ranked) <= (i + 1) * level), default=0)
        for node in ranked[:most]:
            found[node] = True
        for node in ranked[:most]:
            family(node, level * most / len(ranked) if selective else rate)

    family(-1, rate)
    return found


@pytest.mark.parametrize("selective", [True, False])
def test_a_tree_is_tested_by_its_definition(selective) -> None:
    generator = np.random.Generator(np.random.PCG64(8))
    parent = [-1] * 5 + [n % 5 for n in range(20)] + [5 + n % 20 for n in range(80)]
    for _ in range(20):
        p = (generator.random(105) ** 4).tolist()
        assert tree_discoveries(p, parent, rate=0.1, selective=selective).is_discovery.tolist() == plain(
            p, parent, 0.1, selective
        )


def test_an_inner_node_without_a_p_value_speaks_by_its_children() -> None:
    found = tree_discoveries([np.nan, np.nan, 0.001, 0.5, 0.6, 0.7], [-1, -1, 0, 0, 1, 1])
    assert found.p_value[:2].tolist() == [0.002, 0.7]
    assert found.is_discovery.tolist() == [True, False, True, False, False, False]
    assert np.isnan(found.level[4:]).all()


@pytest.mark.slow
def test_false_discoveries_stay_below_the_rate_where_nothing_happens() -> None:
    # Benjamini and Bogomolov 2014: with all hypotheses true any discovery is false; 2,000 trees, three standard errors
    generator = np.random.Generator(np.random.PCG64(21))
    parent = [-1] * 4 + [n % 4 for n in range(24)]
    made = 0
    for _ in range(2000):
        p = np.concatenate([np.full(4, np.nan), generator.random(24)])
        made += bool(tree_discoveries(p, parent, rate=0.1).is_discovery.any())
    assert made / 2000 < 0.1 + 3 * np.sqrt(0.09 / 2000)
    assert made > 0


def test_impossible_arguments_are_refused_by_name() -> None:
    for work, message in (
        (lambda: chain_ladder([1, 2]), "weeks by delays"),
        (lambda: chain_ladder([[1, -2]]), "triangle is -2"),
        (lambda: chain_ladder([[1, 2]], level=2), "level 2"),
        (lambda: adjusted([1.5]), "1.5 is not a probability"),
        (lambda: tree_discoveries([0.1, 0.2], [1, -1]), "a parent comes before"),
        (lambda: tree_discoveries([0.1], [-1], rate=0), "rate 0"),
        (lambda: tree_discoveries([0.1], [-1, -1]), "one parent for each node"),
    ):
        with pytest.raises(StatisticsError, match=message):
            work()
