"""The risk model on Chicago's inspections: features as the City computed them, nothing from the future, and the back-test pinned."""

import csv
import gzip
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from zhiheng import stats
from zhiheng.selection.risk import backtest, features, files, fitting, judging
from zhiheng.selection.risk.events import Events
from zhiheng.selection.risk.fitted import Fitted

ROOT = Path(__file__).parents[2]
CHICAGO = ROOT / "examples" / "data" / "chicago_food_inspections"
EVE, FIRST, LAST = date(2014, 9, 1), date(2014, 9, 2), date(2014, 10, 31)
# one worker: the model is fitted once for all of these
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("chicago")]
CITY = ("pastCritical", "pastSerious", "pastMinor", "pastFail", "timeSinceLast", "firstRecord")


@pytest.fixture(scope="module")
def events() -> Events:
    return files.read(CHICAGO / "inspections.csv.gz", files.known("chicago", on=EVE), also=CITY)


@pytest.fixture(scope="module")
def fitted(events: Events) -> Fitted:
    return fitting.fit(events, until=EVE)


@pytest.fixture(scope="module")
def window(events: Events, fitted: Fitted) -> tuple[Events, np.ndarray]:
    with gzip.open(CHICAGO / "published_scores.csv.gz", "rt", encoding="utf-8") as stream:
        theirs = {row["Inspection_ID"]: float(row["glm_pred"]) for row in csv.DictReader(stream)}
    asked = backtest.same(judging.window(fitted, events, since=FIRST, until=LAST), theirs, "Inspection_ID")
    return asked, np.array([theirs[one] for one in asked.columns["Inspection_ID"]])


def test_what_the_engine_finds_of_the_inspection_before_is_what_the_city_computed(events: Events) -> None:
    made = features.raw(events)
    capped = {
        "last_critical": np.minimum(events.number("pastCritical"), 1),
        "last_serious": np.minimum(events.number("pastSerious"), 1),
        "last_minor": np.minimum(events.number("pastMinor"), 8),
        "last_failed": events.number("pastFail"),
    }
    # the City lets an inspection of the same day count as the one before; we never do: nothing else may differ
    day = {(key, at) for key, at in zip(events.targets, events.days, strict=True)}
    same_day = len(events) - len(day)
    for code, theirs in capped.items():
        assert int((made[code] != theirs).sum()) <= same_day
    assert int((np.abs(made["since"] - events.number("timeSinceLast")) > 6e-4).sum()) <= same_day  # years to 3 decimals
    assert int(((made["visits"] == 0) != (events.number("firstRecord") == 1)).sum()) <= same_day


def test_changing_the_future_changes_no_feature_of_the_past(events: Events) -> None:
    past = events.between(None, EVE)
    alone, whole = features.raw(past), features.raw(events, past)
    assert alone.keys() == whole.keys()
    for code, held in alone.items():
        if held.dtype == object:
            assert held.tolist() == whole[code].tolist()
        else:
            # the past is walked through in the same order: not a digit may differ
            np.testing.assert_array_equal(held, whole[code], err_msg=code)


def test_our_order_of_the_test_window_is_the_one_that_the_explanation_prints(
    events: Events, fitted: Fitted, window: tuple[Events, np.ndarray]
) -> None:
    asked, rival = window
    ours = judging.probabilities(fitted, events, asked)
    made, published = (stats.earlier(asked.days, asked.outcome, one) for one in (ours, rival))
    assert (made.n, made.found) == (1636, 258)
    # two inspections whose scores are equal to the last digits may change places between machines: a place is some days of one of 258
    assert published.mean == pytest.approx(7.434, abs=5e-4)
    assert made.mean == pytest.approx(7.81, abs=0.03)
    assert stats.area(asked.outcome, ours) == pytest.approx(0.6795, abs=5e-4)
    assert made.mean > published.mean and stats.area(asked.outcome, ours) > stats.area(asked.outcome, rival)
    groups = backtest.numbered(asked, "Inspector_Assigned")
    assert judging.earlier_of(asked.days, asked.outcome, ours) == pytest.approx(made.mean)
    assert backtest.within(asked, rival, "Inspector_Assigned") == pytest.approx(1.73, abs=0.005)
    assert backtest.within(asked, ours, "Inspector_Assigned") == pytest.approx(2.64, abs=0.05)
    assert len(set(groups.tolist())) == 6
    text = (ROOT / "docs" / "explanation" / "risk-model.md").read_text(encoding="utf-8")
    assert re.search(r"\| published model \| 0\.6726 .*\| 7\.43 .*\| 1\.73 ", text)
    assert re.search(r"\| ours \| 0\.679\d .*\| 7\.8\d .*\| 2\.6\d ", text)


def test_the_difference_to_the_published_model_is_not_told_apart_from_chance(
    events: Events, fitted: Fitted, window: tuple[Events, np.ndarray]
) -> None:
    asked, rival = window
    ours = judging.probabilities(fitted, events, asked)
    told = stats.paired_discrimination(asked.outcome, ours, rival, level=0.95)
    assert told.lower < 0 < told.value < told.upper


def test_a_model_is_the_same_again_and_whatever_comes_later(events: Events, fitted: Fitted) -> None:
    short = events.between(date(2013, 1, 1), date(2014, 3, 1))
    few = fitting.fit(short.between(None, date(2013, 12, 31)), until=date(2013, 12, 31))
    assert fitting.fit(short, until=date(2013, 12, 31)).fingerprint == few.fingerprint
    assert few.fingerprint != fitted.fingerprint


def test_a_published_row_that_is_missing_stops_the_comparison(events: Events) -> None:
    with pytest.raises(Exception, match="not the same inspections"):
        backtest.same(events.between(FIRST, FIRST), {"0": "0.5"}, "Inspection_ID")
