"""Figures on probabilities and orders, against scikit-learn, statsmodels-free closed forms and the City of Chicago's publication."""

import csv
import gzip
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as reference_loss

from zhiheng import stats
from zhiheng.errors import StatisticsError

CHICAGO = Path(__file__).parents[2] / "examples" / "data" / "chicago_food_inspections"


def drawn(n: int = 400, *, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    y = (rng.random(n) < 0.25).astype(float)
    p = 1 / (1 + np.exp(-(rng.normal(size=n) + y - 1)))
    return y, (np.round(p, 1).clip(0.05, 0.95) if ties else p)


def published() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with gzip.open(CHICAGO / "published_scores.csv.gz", "rt", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    days = np.array([date.fromisoformat(row["Inspection_Date"]).toordinal() for row in rows])
    return days, np.array([float(r["criticalFound"]) for r in rows]), np.array([float(r["glm_pred"]) for r in rows])


@pytest.mark.parametrize("ties", [False, True])
def test_area_brier_and_log_loss_are_those_of_scikit_learn(ties: bool) -> None:
    y, p = drawn(ties=ties)
    # the same sums in another order: only the last digits of a float may differ
    assert stats.area(y, p) == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    assert stats.brier(y, p) == pytest.approx(brier_score_loss(y, p), abs=1e-12)
    assert stats.log_loss(y, p) == pytest.approx(reference_loss(y, p), abs=1e-12)


def test_the_published_ordering_rule_gives_the_published_evaluation() -> None:
    days, found, scores = published()
    made = stats.earlier(days, found, scores)
    assert (made.n, made.found, made.most, made.later) == (1636, 258, 58, 99)
    # printed to three, or to seven decimals
    assert made.mean == pytest.approx(7.434, abs=5e-4)
    assert made.deviation == pytest.approx(25.202, abs=5e-4)
    assert made.first_half == pytest.approx(0.5465116, abs=5e-8)
    assert made.first_half_ordered == pytest.approx(0.6821705, abs=5e-8)
    assert stats.area(found, scores) == pytest.approx(0.6726, abs=5e-5)


def test_the_interval_of_delong_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    # both classes normal, one standard deviation apart: the true area is Phi(1 / sqrt 2)
    true, hits = 0.7602499389, 0
    for _ in range(1000):
        y = np.repeat([0.0, 1.0], [120, 60])
        made = stats.discrimination(y, rng.normal(size=180) + y, level=0.95)
        hits += made.lower <= true <= made.upper
    assert 930 <= hits <= 970  # binomial(1000, 0.95) leaves 930 to 970 in 1 of 250


def test_delong_and_bootstrap_agree_on_the_published_scores() -> None:
    _, y, s = published()
    exact = stats.discrimination(y, s, level=0.95)
    again = stats.bootstrap(
        len(y), lambda at: stats.area(y[at], s[at]), level=0.95, times=400, seed=1, value=exact.value
    )
    # 400 repetitions place a percentile within about a tenth of the interval's half width
    assert again.lower == pytest.approx(exact.lower, abs=0.006)
    assert again.upper == pytest.approx(exact.upper, abs=0.006)


def test_equal_scores_differ_by_nothing_and_better_ones_by_the_difference_of_their_areas() -> None:
    y, p = drawn()
    same = stats.paired_discrimination(y, p, p, level=0.95)
    assert (same.value, same.lower, same.upper) == (0, 0, 0)
    other = np.random.default_rng(5).random(len(y))
    told = stats.paired_discrimination(y, p, other, level=0.95)
    assert told.value == pytest.approx(stats.area(y, p) - stats.area(y, other), abs=1e-12)


def test_slope_and_intercept_are_those_of_an_unpenalised_logistic_regression() -> None:
    y, p = drawn()
    x = stats.logit(p)
    reference = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x[:, None], y)
    intercept, slope = stats.platt(y, x)
    # the reference stops where its gradient is small, about 1e-6 from the top
    assert slope == pytest.approx(float(reference.coef_[0][0]), abs=1e-4)
    assert intercept == pytest.approx(float(reference.intercept_[0]), abs=1e-4)


def test_bins_hold_every_row_and_true_probabilities_have_a_small_error() -> None:
    rng = np.random.default_rng(2)
    p = rng.uniform(0.02, 0.6, 20_000)
    y = (rng.random(len(p)) < p).astype(float)
    told = stats.calibration(y, p, bins=10)
    assert sum(one.n for one in told.bins) == len(p)
    assert told.expected_error < 0.012  # 2,000 rows a bin: standard errors up to 0.011, their mean distance below that
    assert told.slope == pytest.approx(1, abs=0.06)
    assert stats.calibration(y, p / 2, bins=10).expected_error > 0.1


def test_lift_counts_the_findings_among_the_highest_scores() -> None:
    y = np.array([1, 0, 0, 1, 0, 0, 0, 0, 0, 0], dtype=float)
    s = np.array([9, 8, 1, 7, 2, 2, 2, 2, 2, 2], dtype=float)
    two, half = stats.lifts(y, s, budgets=[0.2, 0.5])
    assert (two.n, two.found, two.lift) == (2, 1, 2.5)
    assert (half.n, half.found, half.share_found, half.lift) == (5, 2, 1.0, 2.0)


def test_an_order_by_day_moves_nothing_and_the_reverse_loses_what_the_right_one_gains() -> None:
    days, found = np.arange(10.0), (np.arange(10) > 6).astype(float)
    assert stats.earlier(days, found, -days).mean == 0
    assert stats.earlier(days, found, days).mean == 7


@pytest.mark.parametrize(
    ("found", "scores", "says"),
    [
        ([0, 0], [0.1, 0.2], "there must be some with and some without"),
        ([0, 2], [0.1, 0.2], "row 1: outcome 2"),
        ([0, 1], [0.1, np.nan], "row 1: outcome 1 with score nan"),
        ([0, 1], [0.1], "give one score for each outcome"),
    ],
)
def test_rows_that_give_no_figure_are_refused_with_the_reason(found: list, scores: list, says: str) -> None:
    with pytest.raises(StatisticsError, match=says):
        stats.area(found, scores)


@pytest.mark.parametrize("budget", [0.0, 1.5, -0.1])
def test_a_budget_that_is_no_share_of_the_rows_is_refused(budget: float) -> None:
    with pytest.raises(StatisticsError, match="is no share of the rows"):
        stats.lifts([0, 1], [0.1, 0.2], budgets=[budget])
