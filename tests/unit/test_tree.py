"""Series of results under their detectors: what is tested, what is not and why, and which discoveries a tree lets stand."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from zhiheng import rules
from zhiheng.errors import StatisticsError
from zhiheng.stats import ears, farrington
from zhiheng.stats.aberration import Farrington, Reason, tree_discoveries
from zhiheng.surveillance import inbox, tree
from zhiheng.surveillance.inbox.terms import plain

TODAY = date(2026, 11, 22)
TERMS: dict[str, Any] = plain(rules.settings("signals", on=TODAY))["tree"]
MONDAY = date(2015, 1, 5)
PARTS = ("product_type", "analyte")


def columns(leaves: dict[tuple[str, str], Any], *, judged: Any = 100, lag: int | None = None) -> list[dict[str, Any]]:
    """The levels of a tree from weekly counts of its leaves; each item is received `lag` weeks later, or nobody knows."""
    found = []
    for depth in range(3):
        sums: dict[tuple[str, ...], np.ndarray] = {}
        for key, counts in leaves.items():
            sums[key[:depth]] = sums.get(key[:depth], 0) + np.stack([counts, np.broadcast_to(judged, len(counts))])
        keys = [key for key, one in sums.items() for _ in range(one.shape[1])]
        weeks = [MONDAY + timedelta(days=7 * at) for one in sums.values() for at in range(one.shape[1])]
        level: dict[str, Any] = {part: [key[at] for key in keys] for at, part in enumerate(PARTS[:depth])}
        level["week"] = np.array(weeks, dtype="datetime64[D]")
        late = np.timedelta64(7 * lag, "D") if lag is not None else np.timedelta64("NaT")
        level["arrived"] = level["week"] + late
        level["nonconforming"], level["judged"] = (
            np.concatenate([one[row] for one in sums.values()]) for row in (0, 1)
        )
        found.append(level)
    return found


def grown(leaves: dict[tuple[str, str], Any], *, supports: str = "probability", **given: Any) -> tree.Cells:
    return tree.cells(columns(leaves, **given), PARTS, supports=supports)


def counts(weeks: int, mean: float = 4.0, seed: int = 1) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(seed)).poisson(mean, weeks).astype(float)


def place_of(look: tree.Look, node: int, measure: int = 0) -> int:
    return int(np.flatnonzero((look.tests.node == node) & (look.tests.measure == measure))[-1])


def test_long_series_are_judged_by_farrington_and_short_ones_by_ears_with_the_same_bounds() -> None:
    long, short = counts(330), counts(60, seed=2)
    for values, is_long in ((long, True), (short, False)):
        look = tree.look(grown({("A", "x"): values}), len(values) - 1, TERMS)
        at = place_of(look, 2)
        own = TERMS["ears"]
        theirs = (
            farrington([values], weeks=[-1], settings=Farrington(**TERMS["farrington"])).upper_bound[0, 0]
            if is_long
            else ears([values], method=own["method"], baseline=own["baseline"], alpha=own["alpha"]).upper_bound[0, -1]
        )
        assert bool(look.tests.is_long[at]) is is_long
        assert look.tests.bound[at] == pytest.approx(theirs, rel=1e-12)


def test_a_surge_is_found_as_a_count_and_as_a_rate_and_the_signal_says_how() -> None:
    surging = counts(60)
    surging[-1] = 40
    cells = grown({("A", "x"): surging, ("A", "y"): counts(60, seed=3), ("B", "x"): counts(60, seed=4)})
    looks = [tree.look(cells, 59, TERMS)]
    (one,) = inbox.from_looks(cells, looks, inbox.Source("d"), terms=inbox.terms(TODAY), tree=TERMS)
    assert one.subject["product"] == "A" and one.subject["hazard"].endswith("x")
    assert {ground["measure"] for ground in one.grounds} == {"count", "rate"}
    first = one.grounds[0]
    assert first["detector"] == "EARS C2, 13 weeks" and first["rate"] == 0.05
    assert (first["series"], first["tests"]) == (looks[0].held.series, looks[0].held.tests) and first["tests"] >= 4
    assert first["p"] <= first["level"] <= 0.05


def test_more_testing_is_no_rise_of_the_rate() -> None:
    doubled, judged = counts(60), np.full(60, 100.0)
    doubled[-1], judged[-1] = 40, 1000
    look = tree.look(grown({("A", "x"): doubled}, judged=judged), 59, TERMS)
    raised = {int(look.tests.measure[at]) for at in look.alarms}
    assert raised == {0}, "ten times as many were judged: the count stands out, the rate does not"


def test_chance_alone_raises_hardly_anything_over_a_thousand_series() -> None:
    values = {(f"p{n // 10}", f"a{n}"): counts(40, mean=1.5, seed=n) for n in range(1000)}
    cells = grown(values)
    alarms = [len(tree.look(cells, week, TERMS).alarms) for week in range(30, 40)]
    # each morning holds false discoveries at 5 %: with nothing to find, one in twenty mornings raises any
    assert sum(1 for n in alarms if n) <= 2


def test_every_figure_that_was_not_tested_has_its_reason() -> None:
    judged = np.full(60, 100.0)
    judged[-1] = 0
    cells = grown({("A", "zero"): np.zeros(60), ("B", "x"): np.append(counts(59), 0)}, judged=judged)
    look = tree.look(cells, 59, TERMS)
    untested = np.isnan(look.tests.p)
    assert (look.tests.reason[untested] >= Reason.TOO_FEW_RECENT).all()
    assert (look.tests.reason[look.tests.measure == 1] == Reason.NOTHING_JUDGED).all()
    zero = place_of(look, cells.names.index(("A", "zero")))
    assert look.tests.reason[zero] == Reason.EMPTY_BASELINE and look.tests.p[zero] == 1.0


def test_a_series_shorter_than_any_baseline_says_so() -> None:
    look = tree.look(grown({("A", "x"): counts(6)}), 5, TERMS)
    assert set(look.tests.reason.tolist()) == {Reason.SHORT_SERIES} and not look.alarms
    assert look.told()["reasons"] == {"count:11": 3, "rate:11": 3} and look.held.tests == 0


def test_empty_weeks_are_zeros_of_a_count_and_no_weeks_of_a_rate() -> None:
    judged = np.full(60, 100.0)
    judged[50] = 0
    values = counts(60)
    values[50] = 0
    look = tree.look(grown({("A", "x"): values}, judged=judged), 59, TERMS)
    assert look.tests.reason[place_of(look, 2, 0)] == Reason.NONE
    assert look.tests.reason[place_of(look, 2, 1)] == Reason.MISSING_BASELINE


def test_all_zero_series_of_years_raise_nothing_and_are_no_failure_of_a_model() -> None:
    cells = grown({("A", "x"): np.zeros(330), ("B", "x"): counts(330)})
    look = tree.look(cells, 329, TERMS)
    at = place_of(look, cells.names.index(("A", "x")))
    assert look.tests.is_long[at] and look.tests.reason[at] == Reason.TOO_FEW_RECENT and not look.alarms


def test_a_negative_count_is_refused_with_its_series_and_week() -> None:
    wrong = counts(20)
    wrong[7] = -3
    with pytest.raises(StatisticsError, match=r"'A · x', week of 2015-02-23: -3 nonconforming"):
        grown_leaf(wrong)


def grown_leaf(values: np.ndarray) -> tree.Cells:
    """A tree whose wider series were mended and whose leaf was not."""
    levels = columns({("A", "x"): values})
    for level in levels[:2]:
        level["nonconforming"] = np.abs(level["nonconforming"])
    return tree.cells(levels, PARTS, supports="probability")


def test_more_failures_than_items_judged_are_no_rate() -> None:
    values = counts(40)
    values[-1] = 200
    look = tree.look(grown({("A", "x"): values}), 39, TERMS)
    assert look.tests.reason[place_of(look, 2, 1)] == Reason.NEGATIVE_COUNT


def test_failures_alone_give_counts_and_no_rates() -> None:
    look = tree.look(grown({("A", "x"): counts(40)}, supports="failures"), 39, TERMS)
    assert set(look.tests.measure.tolist()) == {0}


def late(shares: list[float], values: np.ndarray, surge: float = 1.0) -> tree.Cells:
    """A leaf whose weeks come in by shares, a week each; the last full week may surge. Weeks after the end are not in yet."""
    levels = columns({("A", "x"): values}, judged=400)
    made = []
    for level in levels:
        parts = []
        for delay, share in enumerate(shares):
            part = {
                name: np.asarray(value, dtype=object) if isinstance(value, list) else value
                for name, value in level.items()
            }
            part["arrived"] = level["week"] + np.timedelta64(7 * delay, "D")
            for name in ("judged", "nonconforming"):
                part[name] = np.rint(
                    level[name] * share * np.where(np.arange(len(level[name])) == len(values) - 1, surge, 1)
                )
            parts.append(part)
        made.append({name: np.concatenate([part[name] for part in parts]) for name in level})
    return tree.cells(made, PARTS, supports="probability")


def test_a_late_week_is_held_against_a_baseline_as_incomplete_as_itself() -> None:
    values = np.full(60, 40.0) + np.resize([-4, 0, 4, 2, -2], 60)
    plain_look = tree.look(late([0.5, 0.5], values), 59, TERMS)
    at = place_of(plain_look, 2)
    assert plain_look.tests.arrived[at] == pytest.approx(0.5, abs=0.01)
    # half of it is in: 20 are expected, not 40; the spread of the baseline is halved with it
    assert plain_look.tests.expected[at] == pytest.approx(20, rel=0.05) and not plain_look.alarms
    surged = tree.look(late([0.5, 0.5], values, surge=3.0), 59, TERMS)
    assert surged.tests.count[place_of(surged, 2)] == pytest.approx(1.5 * values[-1], abs=2)
    assert 2 in {int(surged.tests.node[one]) for one in surged.alarms}, (
        "57 in a half-known week are three times as many as usual"
    )


def test_a_week_of_which_almost_nothing_is_in_is_not_judged_as_a_count() -> None:
    look = tree.look(late([0.02, 0.98], np.full(60, 100.0)), 59, TERMS)
    assert look.tests.reason[place_of(look, 2)] == Reason.NOT_ARRIVED


def test_a_tree_begins_with_the_first_receipt_and_not_with_stray_dates() -> None:
    assert grown({("A", "x"): counts(60)}, lag=3).first == MONDAY + timedelta(days=21)
    sparse = np.concatenate([[1.0], np.zeros(99), counts(60, mean=20)])
    levels = columns({("A", "x"): sparse}, judged=np.maximum(sparse, 0))
    cells = tree.cells(levels, PARTS, supports="failures", stray=TERMS["stray"])
    assert cells.first >= MONDAY + timedelta(days=700)


def test_a_wider_signal_does_not_hide_a_narrower_one_that_comes_later() -> None:
    leaves = {("A", f"a{n}"): counts(60, seed=n) for n in range(12)} | {("B", "b"): counts(60, seed=9)}
    for n in range(12):
        leaves["A", f"a{n}"][50] = 8
    leaves["A", "a1"][54] = 60
    cells = grown(leaves)
    looks = [tree.look(cells, week, TERMS) for week in range(50, 55)]
    found = inbox.from_looks(cells, looks, inbox.Source("d"), terms=inbox.terms(TODAY), tree=TERMS)
    assert [sorted(one.subject) for one in found] == [["product"], ["hazard", "product"]]


def test_no_results_at_all_give_no_look() -> None:
    nothing = {name: np.zeros(0, dtype="datetime64[D]") for name in ("week", "arrived")}
    levels = [
        nothing | {part: [] for part in PARTS[:depth]} | {"judged": [], "nonconforming": []} for depth in range(3)
    ]
    assert list(tree.looks(tree.cells(levels, PARTS, supports="probability"), TERMS)) == []


def test_the_p_values_of_the_detectors_go_into_the_tree_unchanged() -> None:
    surging = counts(60)
    surging[-1] = 30
    cells = grown({("A", "x"): surging, ("A", "y"): counts(60, seed=3), ("B", "x"): counts(60, seed=4)})
    look = tree.look(cells, 59, TERMS)
    p = np.where(look.tests.smallest > TERMS["rate"], np.nan, look.tests.p)
    whole = np.concatenate([np.full(len(cells.names), np.nan), p])
    theirs = tree_discoveries(whole, np.concatenate([cells.parent, look.tests.node]), rate=TERMS["rate"])
    assert (theirs.is_discovery[len(cells.names) :] == look.held.is_discovery).all() and look.held.is_discovery.any()
