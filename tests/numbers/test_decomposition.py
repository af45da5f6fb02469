"""What moved a rate: brute force over all orders, identities, a worked table, and coverage of the intervals by simulation."""

from itertools import permutations, product
from math import factorial

import numpy as np
import pytest

from zhiheng.errors import StatisticsError
from zhiheng.stats import decomposition
from zhiheng.stats.decomposition import Sums, limits_part, moved, sums


def cells(seed: int, *levels: int, empty: float = 0.0) -> tuple[list[tuple[str, np.ndarray]], Sums, Sums]:
    """Two periods over the crossing of some factors, some cells empty in one or the other."""
    chance = np.random.default_rng(seed)
    codes = np.array(list(product(*map(range, levels)))).T
    periods = []
    for _ in range(2):
        n = chance.integers(1, 200, codes.shape[1]) * (chance.random(codes.shape[1]) >= empty)
        periods.append(sums(n, chance.binomial(n, chance.uniform(0.02, 0.3, codes.shape[1]))))
    return [(f"factor {at}", code) for at, code in enumerate(codes)], periods[0], periods[1]


def test_one_factor_is_kitagawas_formula() -> None:
    factors, before, after = cells(1, 12)
    found = moved(before, after, factors, level=0.95)
    share = [one.size / one.size.sum() for one in (before, after)]
    rate = [one.failed / one.size for one in (before, after)]
    mix = ((rate[0] + rate[1]) / 2 * (share[1] - share[0])).sum()
    rates = ((share[0] + share[1]) / 2 * (rate[1] - rate[0])).sum()
    assert [part.effect for part in found.parts] == pytest.approx([mix, rates], abs=1e-15)


def test_two_factors_are_das_guptas_terms() -> None:
    """N_ij / N = A B with A = sqrt(N_ij / N_.j * N_i. / N), B = sqrt(N_ij / N_i. * N_.j / N)."""
    factors, before, after = cells(2, 4, 5)
    terms = []
    for one in (before, after):
        n = one.size.reshape(4, 5)
        rows, columns, whole = n.sum(1, keepdims=True), n.sum(0, keepdims=True), n.sum()
        a, b = np.sqrt(n / columns * rows / whole), np.sqrt(n / rows * columns / whole)
        terms.append([a, b, one.failed.reshape(4, 5) / n])
    (a, b, t), (A, B, T) = terms
    # the formula of three factors: (bt + BT) / 3 + (bT + Bt) / 6, times the change of the other
    alpha = (((b * t + B * T) / 3 + (b * T + B * t) / 6) * (A - a)).sum()
    beta = (((a * t + A * T) / 3 + (a * T + A * t) / 6) * (B - b)).sum()
    rates = (((a * b + A * B) / 3 + (a * B + A * b) / 6) * (T - t)).sum()
    found = moved(before, after, factors, level=0.95)
    assert [part.effect for part in found.parts] == pytest.approx([alpha, beta, rates], abs=1e-15)


@pytest.mark.parametrize(("levels", "empty"), [((3, 4), 0.0), ((3, 2, 4), 0.2), ((2, 3, 2, 2), 0.4)])
def test_parts_are_means_over_all_orders_and_add_up(levels: tuple[int, ...], empty: float) -> None:
    factors, before, after = cells(3, *levels, empty=empty)
    found = moved(before, after, factors, level=0.95)
    codes = [decomposition.coded(name, code, before.size.size) for name, code in factors]
    rates = decomposition.joined_rates(before, after)
    shares = decomposition.compositions(before.size, after.size, codes)
    terms = [[*share.terms, rate] for share, rate in zip(shares, rates, strict=True)]
    effect = np.zeros(len(terms[0]))
    for order in permutations(range(len(effect))):
        state = list(terms[0])
        for at in order:
            earlier = np.prod(state, axis=0).sum()
            state[at] = terms[1][at]
            effect[at] += (np.prod(state, axis=0).sum() - earlier) / factorial(len(effect))
    assert [part.effect for part in found.parts] == pytest.approx(effect.tolist(), abs=1e-14)
    assert sum(part.effect for part in found.parts) == pytest.approx(found.after - found.before, abs=1e-14)
    for one, share in zip((before, after), terms, strict=True):
        assert np.prod(share[:-1], axis=0) == pytest.approx(one.size / one.size.sum(), abs=1e-14)


def test_the_order_of_factors_and_of_cells_does_not_matter() -> None:
    factors, before, after = cells(4, 3, 4, 2, empty=0.1)
    shuffle = np.random.default_rng(0).permutation(before.size.size)
    turned = [(name, code[shuffle]) for name, code in reversed(factors)]
    there = [sums(one.size[shuffle], one.failed[shuffle]) for one in (before, after)]
    ours, theirs = moved(before, after, factors, level=0.9), moved(*there, turned, level=0.9)
    by_name = {part.name: part for part in theirs.parts}
    for part in ours.parts:
        assert (part.effect, part.lower) == pytest.approx(
            (by_name[part.name].effect, by_name[part.name].lower), abs=1e-14
        )


def test_backwards_is_the_same_with_the_other_sign() -> None:
    factors, before, after = cells(5, 4, 3, empty=0.2)
    there, back = moved(before, after, factors, level=0.95), moved(after, before, factors, level=0.95)
    assert [part.effect for part in there.parts] == pytest.approx([-part.effect for part in back.parts], abs=1e-14)
    assert [part.standard_error for part in there.parts] == pytest.approx([part.standard_error for part in back.parts])


def test_a_change_of_one_kind_is_told_as_that_kind() -> None:
    n, share = np.array([100.0, 300, 50, 550]), np.array([0.1, 0.02, 0.3, 0.05])
    codes = [("product", [0, 0, 1, 1]), ("region", [0, 1, 0, 1])]
    worse = moved(sums(n, n * share), sums(n, n * share * 1.5), codes, level=0.95)
    assert [part.effect for part in worse.parts[:2]] == pytest.approx([0, 0], abs=1e-15)
    assert worse.parts[2].effect == pytest.approx(0.5 * worse.before)
    # products move, regions keep their shares and stay independent of products
    first, second = np.outer([0.3, 0.7], [0.4, 0.6]).ravel(), np.outer([0.6, 0.4], [0.4, 0.6]).ravel()
    other = moved(
        sums(1000 * first, 1000 * first * share), sums(1000 * second, 1000 * second * share), codes, level=0.95
    )
    assert [part.effect for part in other.parts[1:]] == pytest.approx([0, 0], abs=1e-15)
    assert other.parts[0].effect == pytest.approx(other.after - other.before)


def test_a_factor_with_one_value_moves_nothing_even_where_cells_are_empty() -> None:
    first, second = sums([23, 0, 0], [2, 0, 0]), sums([39, 10, 1], [1, 4, 0])
    alone = moved(first, second, [("product", [0, 1, 2])], level=0.95)
    both = moved(first, second, [("product", [0, 1, 2]), ("province", [0, 0, 0])], level=0.95)
    assert [part.effect for part in both.parts] == pytest.approx([alone.parts[0].effect, 0, alone.parts[1].effect])
    assert (both.parts[1].effect, both.parts[1].standard_error) == (0, 0)


def test_slopes_are_those_of_small_changes() -> None:
    """The linearised variance against numerical slopes of every part by every cell, empty cells too."""
    factors, before, after = cells(6, 3, 3, 2, empty=0.15)
    # one value of the first factor is new: its groups lend their shares to the period that lacks them
    gone = np.where(factors[0][1] == 0, 0.0, before.size)
    before = sums(gone, np.minimum(before.failed, gone))
    found = moved(before, after, factors, level=0.95)
    variance = np.zeros(len(found.parts))
    for at in (0, 1):
        periods = [before, after]
        own = periods[at]
        for cell in np.flatnonzero(own.size):
            step, slopes = 1e-4, []
            for size, failed in ((step, 0.0), (step, step)):
                ends = []
                for sign in (1, -1):
                    a, b = own.size.copy(), own.failed.copy()
                    a[cell], b[cell] = a[cell] + sign * size, b[cell] + sign * failed
                    changed = list(periods)
                    changed[at] = Sums(a, b, a, b, own.items)
                    ends.append(np.array([part.effect for part in moved(*changed, factors, level=0.95).parts]))
                slopes.append((ends[0] - ends[1]) / (2 * step))
            passing, failing = own.size[cell] - own.failed[cell], own.failed[cell]
            variance += (passing * slopes[0] ** 2 + failing * slopes[1] ** 2) * own.items / (own.items - 1)
    # central differences of step 1e-4 on cells of 1 to 200 items
    assert [part.standard_error**2 for part in found.parts] == pytest.approx(variance.tolist(), rel=1e-5)


def test_intervals_cover_what_they_promise() -> None:
    """600 pairs of samples from known populations: 95 % limits cover 93 to 97 %, four standard errors of a share of 600 being 3.6 %."""
    chance = np.random.default_rng(11)
    shares = [chance.dirichlet(np.full(12, 6.0)) for _ in range(2)]
    rates = [chance.uniform(0.03, 0.25, 12) for _ in range(2)]
    factors = [("product", np.repeat(np.arange(4), 3)), ("region", np.tile(np.arange(3), 4))]
    truth = moved(*(sums(1e6 * s, 1e6 * s * r) for s, r in zip(shares, rates, strict=True)), factors, level=0.95)
    covered = np.zeros(4)
    for _ in range(600):
        drawn = []
        for share, rate in zip(shares, rates, strict=True):
            n = chance.multinomial(2000, share)
            drawn.append(sums(n, chance.binomial(n, rate)))
        found = moved(*drawn, factors, level=0.95)
        told = [*found.parts, found.difference]
        real = [*truth.parts, truth.difference]
        covered += [one.lower <= other.effect <= one.upper for one, other in zip(told, real, strict=True)]
    assert ((covered / 600 > 0.914) & (covered / 600 < 0.986)).all(), covered / 600


def test_weights_count_as_they_should() -> None:
    """Every item twice with half the weight: the same parts; the squares make half the variance of doubled items."""
    factors, before, after = cells(7, 3, 3)
    plain = moved(before, after, factors, level=0.95)
    scaled = [sums(3 * one.size, 3 * one.failed, 9 * one.size, 9 * one.failed, one.items) for one in (before, after)]
    weighted = moved(*scaled, factors, level=0.95)
    for one, other in zip(plain.parts, weighted.parts, strict=True):
        assert (other.effect, other.standard_error) == pytest.approx((one.effect, one.standard_error))


def test_changed_limits_are_a_paired_difference() -> None:
    """McNemar's table: of 1,000 items 30 fail newly, 10 no longer; variance of the difference (b + c - (b - c)² / n) / n²."""
    kinds = [(1, 0, 1, 0), (1, 0, 1, 1), (1, 1, 1, 0), (1, 1, 1, 1)]
    count = [900.0, 30, 10, 60]
    judged, failed, judged_b, failed_b = np.array(kinds).T
    found = limits_part(count, count, (judged, failed), (judged_b, failed_b), items=1000, level=0.95)
    assert found.effect == pytest.approx(0.02)
    assert found.standard_error**2 == pytest.approx((40 - 400 / 1000) / 1000**2 * 1000 / 999)


def test_nothing_that_changes_moves_nothing() -> None:
    count = [900.0, 100.0]
    found = limits_part(count, count, ([1, 1], [0, 1]), ([1, 1], [0, 1]), items=1000, level=0.95)
    assert (found.effect, found.standard_error) == (0, 0)


@pytest.mark.parametrize(
    ("size", "failed", "told"),
    [([5, 1], [1, 2], "cell 1: 2 failed of 1"), ([0, 0], [0, 0], "no rate"), ([1], [1, 1], "shapes")],
)
def test_what_cannot_be_is_refused(size: list[int], failed: list[int], told: str) -> None:
    with pytest.raises(StatisticsError, match=told):
        sums(size, failed)


def test_factors_are_checked() -> None:
    factors, before, after = cells(8, 2, 2)
    with pytest.raises(StatisticsError, match="0 factors"):
        moved(before, after, [], level=0.95)
    with pytest.raises(StatisticsError, match="codes for 4 cells"):
        moved(before, after, [("product", [1, 2])], level=0.95)
