"""What moved a rate and who stands out: cells in, words that say what the figures are of out; nothing without its interval."""

from datetime import date
from typing import Any

import ibis
import numpy as np
import pytest
from scipy import stats

from zhiheng import rules, surveillance
from zhiheng.decision.tables import CELLS
from zhiheng.engines import Engine
from zhiheng.errors import StatisticsError, UsageError
from zhiheng.reports.nation import ranked
from zhiheng.reports.nation.figures import rated
from zhiheng.reports.nation.moved import dimensions
from zhiheng.reports.nation.periods import cut, period
from zhiheng.reports.nation.stated import stated
from zhiheng.stats import ranks
from zhiheng.stats.funnel import continuous_limits
from zhiheng.stats.survey import design, proportion
from zhiheng.surveillance import OF_POPULATION, OF_TESTED

TERMS = rules.settings("ranking", on=date(2026, 11, 22))


def row(judged: int, failed: int, *, weight: float = 10.0, unknown: int = 0, **by: str) -> dict[str, Any]:
    """A cell in which every batch has one weight."""
    known = judged - unknown
    share = failed * known / judged if judged else 0
    return {
        **by,
        "batches": judged + 3,
        "nonconforming": failed,
        "inconclusive": 1,
        "not_judged": 2,
        "unweighted": unknown,
        "weight_judged": weight * known,
        "weight_nonconforming": weight * share,
        "square_judged": weight**2 * known,
        "square_nonconforming": weight**2 * share,
    }


BEFORE = [row(100, 10, category="a", arm="random"), row(300, 3, category="b", arm="random")]
AFTER = [row(300, 30, category="a", arm="random"), row(100, 1, category="b", arm="random")]


def test_a_mix_that_changed_is_told_as_mix_and_adds_up() -> None:
    found = surveillance.movement(BEFORE, AFTER, by=["category"], figure="random", level=0.95)
    mix, rates = found.parts
    assert (found.first, found.moved.after) == pytest.approx((13 / 400, 31 / 400))
    assert rates.effect == pytest.approx(0) and mix.effect == pytest.approx(18 / 400)
    assert found.of == OF_POPULATION and found.weighted and not found.reasons


def test_weights_make_the_population_figure() -> None:
    after = [row(300, 30, category="a", weight=1.0), row(100, 1, category="b", weight=30.0)]
    found = surveillance.movement(BEFORE, after, by=["category"], figure="random", level=0.95)
    assert found.moved.after == pytest.approx((30 + 30) / (300 + 3000))


def test_one_unknown_probability_makes_it_a_figure_of_the_items_tested() -> None:
    unknown = [BEFORE[0], row(300, 3, category="b", unknown=1)]
    found = surveillance.movement(unknown, AFTER, by=["category"], figure="random", level=0.95)
    assert found.of == OF_TESTED and not found.weighted
    assert "1 of 800 items is not known" in found.reasons[0]
    assert found.first == pytest.approx(13 / 400)


@pytest.mark.parametrize(("figure", "told"), [("targeted", "problems were expected"), ("all", "both arms together")])
def test_other_figures_are_never_of_a_population(figure: Any, told: str) -> None:
    found = surveillance.movement(BEFORE, AFTER, by=["category"], figure=figure, level=0.95)
    assert found.of == OF_TESTED and told in found.reasons[0]


def test_the_arms_are_mixed_only_with_their_share_as_a_part() -> None:
    assert surveillance.factors_of("all", ["channel", "arm"]) == ("channel", "arm")
    assert surveillance.factors_of("all", []) == ("arm",)
    assert surveillance.factors_of("random", ["channel", "arm"]) == ("channel",)
    with pytest.raises(UsageError, match="at least one dimension"):
        surveillance.factors_of("random", ["arm"])
    with pytest.raises(UsageError, match="none of random"):
        surveillance.factors_of("both", ["channel"])


def test_an_empty_period_is_refused_by_name() -> None:
    with pytest.raises(StatisticsError, match="judged in the second period"):
        surveillance.movement(BEFORE, [row(0, 0, category="a")], by=["category"], figure="random", level=0.95)


def test_shares_and_rates_of_a_factor_stand_side_by_side() -> None:
    first, second = surveillance.margins(BEFORE, AFTER, "category", weighted=False)
    assert {first["value"], second["value"]} == {"a", "b"}
    a = first if first["value"] == "a" else second
    assert (a["share_before"], a["share_after"], a["rate_before"], a["judged_after"]) == (0.25, 0.75, 0.1, 300)


def test_cells_of_a_period_are_those_that_begin_in_it() -> None:
    names = CELLS["course"].schema.names
    cells = [
        {"week": date(2025, 3, 31), "province": "x", "category": "a", "channel": None, "arm": "random", "batches": 5},
        {"week": date(2025, 4, 7), "province": "x", "category": "a", "channel": None, "arm": "random", "batches": 7},
        {"week": date(2025, 4, 28), "province": "y", "category": "a", "channel": None, "arm": "random", "batches": 11},
        {"week": date(2025, 5, 5), "province": "y", "category": "a", "channel": None, "arm": "random", "batches": 13},
    ]
    with Engine(threads=1) as engine:
        engine.table("course", [tuple(cell.get(name, 0) for name in names) for cell in cells], CELLS["course"].schema)
        april = period("2025-04")
        found = engine.rows(
            surveillance.between(
                CELLS["course"].unbound(), by=["category"], when="week",
                first=ibis.literal(april.first), last=ibis.literal(april.last),
            )
        )  # fmt: skip
    assert [cell["batches"] for cell in found] == [18]
    assert cut(april, "week") == (date(2025, 4, 7), date(2025, 5, 4))


@pytest.mark.parametrize("text", ["2025-13", "lately", "2025-Q5", "2025-05-04..2025-04-01", "..", "2025-04-31"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        period(text)


def test_mixes_that_no_cells_hold_are_refused() -> None:
    with pytest.raises(UsageError, match="no prepared cells hold"):
        dimensions(["region", "category"])
    with pytest.raises(UsageError, match="none of category"):
        dimensions(["laboratory"])


def test_the_weighted_rate_has_the_interval_of_korn_and_graubard() -> None:
    """Equal weights: the variance is p q / (n - 1), so the effective size n - 1 up to the ratio of t quantiles."""
    (found,) = rated([{**row(400, 20), "results": 0} | {"weight": 4000}])
    assert found["weighted"] == pytest.approx(0.05)
    # the exact interval of 20 of 400 is 3.08 to 7.61 %; the effective size is one batch less
    assert (found["weighted_lower"], found["weighted_upper"]) == pytest.approx((0.0308, 0.0761), abs=2e-4)
    (wide,) = rated([row(400, 20) | {"square_judged": 80000.0, "square_nonconforming": 4000.0}])
    assert wide["weighted_upper"] - wide["weighted_lower"] > found["weighted_upper"] - found["weighted_lower"]


def test_an_unknown_probability_refuses_the_interval() -> None:
    (found,) = rated([row(400, 20, unknown=1)])
    assert found["weighted"] is not None and found["weighted_lower"] is None and found["weighted_upper"] is None
    (none,) = rated([row(400, 20, unknown=400)])
    assert none["weighted"] is None


def test_an_extreme_unit_stands_out_and_a_small_one_does_not() -> None:
    names = [f"unit {at}" for at in range(12)] + ["bad", "tiny"]
    found = surveillance.ranking(
        names, [10, 12, 9, 11, 8, 13, 10, 9, 12, 11, 10, 9, 60, 1], [500] * 13 + [4], terms=TERMS
    )
    by_name = {row["value"]: row for row in found.rows}
    assert by_name["bad"]["verdict"] == "above" and by_name["tiny"]["verdict"] != "above"
    assert by_name["bad"]["rank_lower"] >= 13 and by_name["tiny"]["rank_upper"] - by_name["tiny"]["rank_lower"] > 8
    assert by_name["tiny"]["shrunk"] < by_name["tiny"]["rate"] / 2
    assert "14 comparisons" in found.promise
    expected = ranks.beta_ranks([2, 5], [50, 40], level=0.95, draws=500, seed=1)
    assert found.level == expected.level


def test_units_that_differ_by_chance_alone_get_every_rank() -> None:
    found = surveillance.ranking(["a", "b", "c"], [10, 10, 10], [200, 200, 200], terms=TERMS)
    assert {(row["rank_lower"], row["rank_upper"]) for row in found.rows} == {(1, 3)}
    assert all(row["shrunk_lower"] < row["shrunk"] < row["shrunk_upper"] for row in found.rows)
    assert "no order" in found.note and found.separated == 0


def test_no_row_of_a_ranking_lacks_an_interval() -> None:
    found = surveillance.ranking(["a", "b", "c", "none"], [1, 9, 0, 0], [50, 90, 30, 0], terms=TERMS)
    assert found.left_out == ("none",)
    for unit in found.rows:
        assert unit["shrunk_lower"] < unit["shrunk_upper"]
        assert 1 <= unit["rank_lower"] <= unit["rank_upper"] <= 3
    curve = found.curve([10, 1000])
    assert curve.upper[0] > curve.upper[1] > found.target > curve.lower[1]


def test_too_little_to_rank_is_refused() -> None:
    with pytest.raises(StatisticsError, match="a ranking needs two"):
        surveillance.ranking(["a", "b"], [1, 0], [5, 0], terms=TERMS)


def test_items_tested_have_no_interval_of_a_population_and_the_ranking_says_why() -> None:
    found = surveillance.ranking(["a", "b"], [1, 9], [50, 90], terms=TERMS)
    assert found.of == OF_TESTED and "was not stated" in found.reasons[0]
    assert all(unit["lower"] is None and unit["upper"] is None for unit in found.rows)


def weighed(*cells: tuple[str, list[float], list[int]]) -> list[dict[str, Any]]:
    """Rows of sums as the cells of a lake give them, from the weights and the failures of batches."""
    rows = []
    for name, weights, failed in cells:
        w, y = np.array(weights, dtype=float), np.array(failed, dtype=float)
        rows.append(
            {
                "province": name, "batches": w.size, "inconclusive": 0, "not_judged": 0, "unweighted": 0,
                "nonconforming": int(y.sum()), "weight_judged": w.sum(), "weight_nonconforming": w @ y,
                "square_judged": w @ w, "square_nonconforming": (w * w) @ y,
            }
        )  # fmt: skip
    return rated(rows)


def test_a_weighted_ranking_is_of_the_population_and_carries_the_design_based_interval() -> None:
    """Against the estimator of the items themselves: proportion of a design with those weights."""
    chance = np.random.default_rng(5)
    cells = [
        (name, chance.uniform(1, 40, 60).tolist(), (chance.random(60) < share).astype(int).tolist())
        for name, share in (("a", 0.05), ("b", 0.2), ("c", 0.5))
    ]
    found = ranked.of_rows(weighed(*cells), "province", arm="random", terms=TERMS)
    assert found.of == OF_POPULATION and not found.reasons
    for name, weights, failed in cells:
        unit = next(row for row in found.rows if row["value"] == name)
        expected = proportion(design(weights=weights), failed, method="beta")
        assert (unit["rate"], unit["lower"], unit["upper"]) == pytest.approx(
            (expected.value, expected.lower, expected.upper), rel=1e-10
        )
        assert unit["effective"] == pytest.approx(sum(weights) ** 2 / sum(w * w for w in weights))
    every = np.concatenate([weights for _, weights, _ in cells]), np.concatenate([failed for _, _, failed in cells])
    assert found.target == pytest.approx(float(every[0] @ every[1] / every[0].sum()))


def test_weights_that_do_not_add_up_to_the_frame_change_nothing() -> None:
    """The rate is a ratio: a common factor of all weights, known or not, leaves it, its interval and its rank."""
    cells = [("a", [1.0, 5, 9, 2] * 9, [0, 0, 1, 0] * 9), ("b", [3.0, 1, 4, 4] * 9, [0, 1, 1, 0] * 9)]
    once = ranked.of_rows(weighed(*cells), "province", arm="random", terms=TERMS)
    twice = ranked.of_rows(
        weighed(*((name, [7.5 * one for one in weights], failed) for name, weights, failed in cells)), "province",
        arm="random", terms=TERMS,
    )  # fmt: skip
    for one, other in zip(once.rows, twice.rows, strict=True):
        numbers = [{key: value for key, value in row.items() if isinstance(value, float)} for row in (one, other)]
        assert numbers[0] == pytest.approx(numbers[1])


def test_equal_weights_rank_as_plain_counts_do() -> None:
    cells = [(name, [4.0] * 80, [1] * k + [0] * (80 - k)) for name, k in (("a", 2), ("b", 9), ("c", 30))]
    found = ranked.of_rows(weighed(*cells), "province", arm="random", terms=TERMS)
    plain = surveillance.ranking(["a", "b", "c"], [2, 9, 30], [80] * 3, terms=TERMS)
    for one, other in zip(found.rows, plain.rows, strict=True):
        assert [one[name] for name in ("value", "rate", "shrunk", "rank", "verdict")] == pytest.approx(
            [other[name] for name in ("value", "rate", "shrunk", "rank", "verdict")]
        )


def test_unequal_weights_widen_what_a_unit_may_rank() -> None:
    even = [(name, [4.0] * 80, [1] * k + [0] * (80 - k)) for name, k in (("a", 4), ("b", 9), ("c", 12))]
    uneven = [(name, [1.0, 19.0] * 40, ([1, 0] * k + [0, 0] * (40 - k))[:80]) for name, k in (("a", 4), ("b", 9), ("c", 12))]  # fmt: skip
    spans = []
    for cells in (even, uneven):
        found = ranked.of_rows(weighed(*cells), "province", arm="random", terms=TERMS)
        spans.append(sum(row["shrunk_upper"] - row["shrunk_lower"] for row in found.rows) / found.target)
    assert spans[1] > 1.2 * spans[0]


def test_one_unknown_probability_ranks_the_items_tested() -> None:
    rows = weighed(("a", [2.0] * 30, [1] * 3 + [0] * 27), ("b", [2.0] * 30, [1] * 9 + [0] * 21))
    rows = rated([row | {"unweighted": at} for at, row in enumerate(rows)])
    found = ranked.of_rows(rows, "province", arm="random", terms=TERMS)
    assert found.of == OF_TESTED and "1 of 60 items is not known" in found.reasons[0]
    assert ranked.of_rows(rows, "province", arm="targeted", terms=TERMS).reasons[0].startswith("items were chosen")


def test_cells_of_zeros_or_ones_alone_and_single_batches_have_limits_and_a_reason() -> None:
    rows = weighed(("none", [2.0, 9] * 8, [0] * 16), ("all", [2.0, 9] * 8, [1] * 16), ("one", [5.0], [1]))
    figures = [stated(row, "random") for row in rows]
    assert [figure.rate for figure in figures] == [0, 1, 1]
    assert all(figure.of == OF_POPULATION and "alike" in figure.reasons[0] for figure in figures)
    assert figures[0].upper == pytest.approx(1 - 0.025 ** (1 / 16)) and figures[1].lower == pytest.approx(
        0.025 ** (1 / 16)
    )
    with pytest.raises(StatisticsError, match="scatter more than any beta"):
        ranked.of_rows(rows, "province", arm="random", terms=TERMS)
    others = weighed(*((f"usual {at}", [2.0, 9] * 8, [1] * at + [0] * (16 - at)) for at in range(1, 6)))
    found = ranked.of_rows([*rows, *others], "province", arm="random", terms=TERMS)
    assert {row["value"] for row in found.rows} >= {"none", "all", "one"}
    assert all(0 < row["shrunk"] < 1 and row["lower"] is not None for row in found.rows)


def test_counts_that_cannot_be_have_no_rate_and_say_so() -> None:
    broken = row(40, 3, province="broken") | {"nonconforming": -1}
    empty = row(0, 0, province="empty")
    rows = rated([row(50, 2, province="a"), row(50, 9, province="b"), broken, empty])
    figures = {one["province"]: stated(one, "random") for one in rows}
    assert figures["broken"].rate is None and "cannot be" in figures["broken"].reasons[0]
    assert figures["empty"].rate is None and figures["empty"].reasons == ("no item was judged",)
    found = ranked.of_rows(rows, "province", arm="random", terms=TERMS)
    assert {unit["value"] for unit in found.rows} == {"a", "b"}
    assert set(found.left_out) == {"broken", "empty"} and any(
        "broken: the counts cannot be" in one for one in found.reasons
    )
    with pytest.raises(StatisticsError, match="-1 of 40 failed"):
        surveillance.movement([broken | {"category": "a"}], AFTER, by=["category"], figure="random", level=0.95)
    with pytest.raises(StatisticsError, match="leave it out"):
        surveillance.ranking(["a", "b"], [1, -2], [9, 9], terms=TERMS)


def test_the_continuous_funnel_is_the_exact_one_where_counts_are_whole() -> None:
    """Between whole counts the bound moves on; on them the tails are those of the binomial, so no verdict differs."""
    n = np.array([5.0, 40, 400])
    smooth = continuous_limits(n, target=0.06, level=0.998)
    for size, low, high in zip(n, smooth.lower, smooth.upper, strict=True):
        for k in range(int(size) + 1):
            above = stats.binom.sf(k - 1, size, 0.06) < 0.001
            below = stats.binom.cdf(k, size, 0.06) < 0.001
            assert (k / size > high, k / size < low) == (above, below)
    assert smooth.upper[0] > smooth.upper[1] > smooth.upper[2] > 0.06 > smooth.lower[2] > smooth.lower[1] == 0
