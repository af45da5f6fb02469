"""Risk models on a small made-up history: what is looked at, what is refused, and what a list says."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from zhiheng.errors import FileUnreadable, NothingThereYet, RuleFileInvalid, RuleUnknown, StatisticsError, UsageError
from zhiheng.evidence.snapshot import Workspace
from zhiheng.selection import SCORES
from zhiheng.selection.risk import features, files, fitted, fitting, history, judging
from zhiheng.selection.risk.changes import changes, notable
from zhiheng.selection.risk.events import Events, events
from zhiheng.selection.risk.recipe import Recipe, recipe
from zhiheng.selection.risk.words import spoken

START = date(2025, 1, 1)
BOTH = {"zh": "甲", "en": "a"}
BODY = {
    "target": "firm",
    "day": "day",
    "known": "known",
    "outcome": {"column": "bad", "above": 0},
    "penalties": [1, 10],
    "stretches": {"days": 40, "count": 3},
    "level": 0.95,
    "bins": 5,
    "budgets": [0.1, 0.5],
    "repetitions": 50,
    "seed": 1,
    "features": {
        "record": {
            "kind": "history",
            "half_life_days": 200,
            "prior": 2,
            "words": {"high": BOTH, "low": {"zh": "乙", "en": "b"}},
        },
        "last": {"kind": "last", "column": "bad", "joins": "record", "words": BOTH},
        "since": {"kind": "since", "most": 2, "words": BOTH},
        "visits": {"kind": "visits", "words": BOTH},
        "kind": {"kind": "category", "column": "kind", "least": 5, "words": {"zh": "类 {value}", "en": "kind {value}"}},
        "who": {"kind": "category", "column": "who", "least": 5, "of": "visit", "words": BOTH},
    },
}


def a_recipe(**changed: object) -> Recipe:
    return recipe("small", {"zh": "小", "en": "small"}, {**BODY, **changed})


def rows(n: int = 900) -> list[dict[str, str | None]]:
    rng = np.random.default_rng(4)
    bad = np.where(np.arange(60) % 4 == 0, 0.6, 0.1)
    found = []
    for at in range(n):
        firm, day = int(rng.integers(60)), START + timedelta(days=at // 3)
        found.append(
            {"firm": f"F{firm:02}", "day": day.isoformat(), "known": (day + timedelta(days=5)).isoformat(),
             "bad": str(int(rng.random() < bad[firm])), "kind": "shop" if firm % 2 else "plant", "who": f"W{at % 3}"}
        )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def held() -> Events:
    return events(rows(), a_recipe())


@pytest.fixture(scope="module")
def model(held: Events) -> fitted.Fitted:
    return fitting.fit(held, until=date(2025, 8, 31))


def test_an_event_is_met_only_by_questions_later_than_the_day_it_was_known() -> None:
    known, before = np.array([3, 5, 5]), np.array([3, 4, 5, 6])
    met: dict[int, list[int]] = {}
    seen: list[int] = []
    for asked, event in history.walk(known, before):
        if event >= 0:
            seen.append(event)
        else:
            met[asked] = list(seen)
    assert met == {0: [], 1: [0], 2: [0], 3: [0, 1, 2]}


def test_an_outcome_that_is_not_known_yet_changes_no_feature(held: Events) -> None:
    on = date(2025, 6, 1).toordinal()
    turned = [dict(row) for row in rows()]
    for row in turned:
        if date.fromisoformat(str(row["known"])).toordinal() >= on:
            row["bad"] = "1" if row["bad"] == "0" else "0"
    other = events(turned, a_recipe())
    early = held.days <= on
    mine, theirs = features.raw(held), features.raw(other)
    for code in ("record", "last", "since", "visits"):
        assert mine[code][early].tolist() == theirs[code][early].tolist()
    assert mine["record"][~early].tolist() != theirs["record"][~early].tolist()


def test_a_decayed_sum_is_what_the_formula_says() -> None:
    keys = np.array(["a", "a", "b"], dtype=object)
    total, weight = history.decayed(
        keys, np.array([1.0, 0.0, 1.0]), np.array([0, 10, 10]),
        asked=np.array(["a", "c"], dtype=object), on=np.array([20, 20]), before=np.array([20, 20]), half_life=10,
    )  # fmt: skip
    assert total.tolist() == [0.25, 0.0] and weight.tolist() == [0.75, 0.0]


def test_frozen_features_look_at_nothing_from_that_day_on(held: Events) -> None:
    freeze = date(2025, 6, 1)
    late = held.between(date(2025, 8, 1), date(2025, 8, 10))
    frozen = features.raw(held, late, frozen=freeze)
    before = held.take(held.known < freeze.toordinal())
    assert frozen["last"].tolist() == features.raw(before, late)["last"].tolist()


def test_those_who_fail_often_come_first_and_the_reasons_say_so(held: Events, model: fitted.Fitted) -> None:
    lines = fitted.score(model, held, on=date(2025, 9, 15))
    assert [line[5] for line in lines] == list(range(1, 61))
    first = lines[:10]
    assert sum(int(line[0][1:]) % 4 == 0 for line in first) >= 9
    top = json.loads(first[0][6])[0]
    assert (top["code"], top["side"]) == ("record", "high") and top["weight"] > 0
    assert {one["code"] for one in json.loads(first[0][6])} <= {"record", "since", "visits", "kind"}
    assert all(line[3] < line[2] < line[4] for line in lines)
    assert len(first[0]) == len(SCORES.columns)


def test_a_model_read_back_from_json_scores_the_same(held: Events, model: fitted.Fitted) -> None:
    again = fitted.read(json.loads(json.dumps(model.body())))
    assert again.fingerprint == model.fingerprint
    assert fitted.score(again, held, on=date(2025, 9, 15)) == fitted.score(model, held, on=date(2025, 9, 15))


def test_what_was_kept_stays_and_the_same_list_is_kept_once(held: Events, model: fitted.Fitted, tmp_path: Path) -> None:
    kept = files.Kept(Workspace(tmp_path))
    with pytest.raises(NothingThereYet, match="zhiheng risk fit"):
        kept.model("small")
    kept.keep_model(model)
    day = date(2025, 9, 15)
    with pytest.raises(NothingThereYet, match="there is none yet"):
        kept.scores("small", day)
    lines = fitted.score(model, held, on=day)
    first = kept.keep_scores("small", lines, on=day)
    assert kept.keep_scores("small", lines, on=day) == first
    second = kept.keep_scores("small", lines[:30], on=day)
    assert (first.name, second.name) == ("1.parquet", "2.parquet") and first.exists()
    assert len(kept.scores("small", day)) == 30
    assert kept.model("small").fingerprint == model.fingerprint


def row(target: str, rank: int, probability: float, weight: float, *, model: str = "m") -> dict:
    reasons = json.dumps([{"code": "record", "side": "high", "value": 1, "weight": weight}])
    return {"target": target, "rank": rank, "probability": probability, "reasons": reasons, "model": model}


def test_changes_say_who_moved_who_is_new_who_is_gone_and_why() -> None:
    before = [row("a", 1, 0.5, 1.0), row("b", 2, 0.4, 0.5), row("c", 3, 0.3, 0.2)]
    today = [row("b", 1, 0.6, 1.2), row("a", 2, 0.5, 1.0), row("d", 3, 0.2, 0.1)]
    made = {one["target"]: one for one in changes(today, before)}
    assert {name: one["change"] for name, one in made.items()} == {"b": "up", "a": "down", "d": "new", "c": "gone"}
    assert made["b"]["moved"] == [{"code": "record", "side": "high", "value": 1, "by": 0.7}]
    assert made["a"]["moved"] == []
    assert [one["target"] for one in notable(list(made.values()))] == ["b", "d", "c"]  # a only made room


def test_weights_of_two_models_are_not_compared() -> None:
    assert changes([row("a", 1, 0.5, 1.0, model="x")], [row("a", 2, 0.4, 0.5, model="y")])[0]["moved"] == []


def test_words_take_the_side_and_the_value(model: fitted.Fitted) -> None:
    assert spoken(model.recipe, {"code": "record", "side": "low"}, "zh-hans") == "乙"
    assert spoken(model.recipe, {"code": "kind", "side": "high", "value": "shop_a"}, "en") == "kind shop a"
    assert spoken(model.recipe, {"code": "gone"}, "en") == "gone"


def test_a_model_is_never_judged_on_what_it_has_seen(held: Events, model: fitted.Fitted) -> None:
    with pytest.raises(UsageError, match="judge it on later ones"):
        judging.window(model, held, since=date(2025, 8, 31), until=date(2025, 9, 30))
    asked = judging.window(model, held, since=date(2025, 9, 1), until=date(2025, 10, 31))
    told = judging.judge(asked.outcome, judging.probabilities(model, held, asked), asked.days, fitted=model)
    assert told["area"]["value"] > 0.6 and told["lifts"][0]["lift"] > 1.2


def test_a_recipe_does_without_a_column_and_its_features() -> None:
    told = a_recipe().without(["who"])
    assert "who" not in told.columns() and "who" not in told.by_code
    with pytest.raises(RuleFileInvalid, match="does not read 'age'"):
        a_recipe().without(["age"])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"features": {"x": {"kind": "guess", "words": BOTH}}}, "kind 'guess' is not one of"),
        ({"features": {"x": {"kind": "above", "column": "y", "words": BOTH}}}, "needs 'than'"),
        ({"features": {"x": {"kind": "flag", "column": "y", "colour": 1, "words": BOTH}}}, "unknown key 'colour'"),
        ({"features": {"x": {"kind": "flag", "column": "y", "joins": "z", "words": BOTH}}}, "joins 'z'"),
        ({"features": {}}, "needs a feature"),
        ({"outcome": {"column": "bad"}}, "'above' is missing"),
    ],
)
def test_a_fault_in_a_recipe_is_named(changed: dict, says: str) -> None:
    with pytest.raises(RuleFileInvalid, match=says):
        a_recipe(**changed)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"day": "soon"}, "row 1, column 'day': 'soon' is not a day"),
        ({"firm": None}, "row 1: no firm"),
        ({"bad": "perhaps"}, "'perhaps' is not a number"),
        ({"bad": "-inf"}, "'-inf' is not a number"),
    ],
)
def test_a_fault_in_a_row_is_named(changed: dict, says: str) -> None:
    with pytest.raises(FileUnreadable, match=says):
        _ = events([{**rows(1)[0], **changed}], a_recipe()).outcome


def test_nothing_to_tell_apart_is_refused(held: Events) -> None:
    with pytest.raises(StatisticsError, match="all alike"):
        fitting.fit(held.take(held.outcome == 0), until=date(2025, 8, 31))


def test_a_model_nobody_knows_is_refused_with_those_there_are() -> None:
    with pytest.raises(RuleUnknown, match="there are chicago"):
        files.known("nowhere", on=START)
