"""A plan: who is left out, who must be visited, how the budget is shared, what is refused, and the way to a draw."""

import csv
import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import planning
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning import ON, firms, terms

from zhiheng import rules
from zhiheng.engines import Engine
from zhiheng.errors import DrawInvalid, PlanInvalid, RuleUnknown
from zhiheng.selection import commitment, draw, verification
from zhiheng.selection.plan import attribution, folder, frame, made
from zhiheng.selection.plan.chances import base
from zhiheng.selection.plan.terms import months_before

SEED = {"kind": "rfc3797", "sources": ["lottery of 2026-12-01"]}


def planned(tmp_path: Path, rows: list[dict[str, Any]], *, programme: str = "food-2026", **changed: Any) -> made.Plan:
    """The plan of rows by region."""
    changed = {"budget": 40, "strata": ("region",)} | changed
    return planning.plan(planning.csv(tmp_path / "firms.csv", rows), terms(programme, **changed))


def why(plan: made.Plan) -> dict[str, str]:
    """Id to reason."""
    columns = plan.targets()
    return dict(zip(columns["id"].tolist(), columns["why"].tolist(), strict=True))


def test_programmes_say_where_their_figures_come_from() -> None:
    assert rules.programmes() == ("firms-2025", "food-2026", "products-2020")
    for name in rules.programmes():
        found = rules.programme(name, on=ON)
        assert found["checked"] is None and found["cite"]["act"] and 0 < found["random_share"] < 1
        assert all(entry["cite"]["act"] and entry["cite"]["at"] for entry in found["exclusions"])
    with pytest.raises(RuleUnknown, match="there are firms-2025, food-2026"):
        rules.programme("wine-1855", on=ON)


@pytest.mark.parametrize(
    ("on", "months", "found"),
    [
        (date(2026, 8, 31), 6, date(2026, 2, 28)),
        (date(2024, 8, 31), 6, date(2024, 2, 29)),
        (date(2026, 12, 31), 12, date(2025, 12, 31)),
        (date(2026, 1, 15), -1, date(2026, 2, 15)),
    ],
)
def test_months_end_on_the_last_day_of_a_shorter_month(on: date, months: int, found: date) -> None:
    assert months_before(on, months) == found


def test_who_was_sampled_within_the_window_is_left_out_with_the_rule_and_stays_in_the_table(tmp_path: Path) -> None:
    rows = firms(100, last_inspected="", last_inspected_above="", export=0, trial="否", follow_up=0)
    rows[0]["last_inspected"] = "2026-05-22"  # six months to the day: may be sampled again
    rows[1]["last_inspected"] = "2026-05-23"
    rows[2] |= {"last_inspected": "2026-05-23", "follow_up": 1}  # a failure is followed up at any time
    rows[3]["last_inspected_above"] = "2026-11-01"
    rows[4]["export"] = 1
    rows[5]["trial"] = "是"
    plan = planned(tmp_path, rows, programme="products-2020")
    told = why(plan)
    assert [told[f"F{place:05d}"] for place in range(6)] == [
        "risk",
        "repeated",
        "risk",
        "repeated_above",
        "export",
        "trial",
    ]
    columns = plan.targets()
    out = columns["why"] == "repeated"
    assert (
        columns["inclusion"][out] == 0
        and columns["act"][out][0].startswith("产品质量监督抽查")
        and columns["drawn_in"][out] == [None]
    )
    assert {row["rule"]: row["targets"] for row in plan.excluded()} == {
        "repeated": 1,
        "repeated_above": 1,
        "export": 1,
        "trial": 1,
    }
    assert plan.summary["eligible"] == 96


def test_a_rule_that_the_list_cannot_be_held_against_says_so(tmp_path: Path) -> None:
    assert [row["applied"] for row in planned(tmp_path, firms(60)).excluded()] == [False, False, False]
    assert planned(tmp_path, firms(60)).summary["coverage"] == "no_column"


def test_nobody_is_left_out_longer_than_the_coverage(tmp_path: Path) -> None:
    rows = firms(100, last_inspected="2026-01-01", last_inspected_above="")
    rows[0]["last_inspected"] = "2025-02-21"  # 24 months end on 2027-02-21, the day before the plan's 3 months do
    rows[1]["last_inspected"] = "2025-02-22"
    rows[2]["last_inspected"] = ""
    rows[3] |= {"last_inspected": "2020-01-01", "last_inspected_above": "2026-01-01"}  # a higher level's check counts
    plan = planned(tmp_path, rows)
    told, chance = why(plan), dict(zip(plan.frame.ids, plan.chances.inclusion, strict=True))
    assert [told[f"F{place:05d}"] for place in range(4)] == ["due", "risk", "due", "risk"]
    assert chance["F00000"] == chance["F00002"] == 1.0
    assert plan.summary["coverage"] == "kept"


def test_more_due_than_can_be_visited_is_refused_or_left_to_chance(tmp_path: Path) -> None:
    rows = firms(100, last_inspected="")
    for row in rows[50:]:
        row["last_inspected"] = "2026-01-01"
    with pytest.raises(PlanInvalid, match=r"50 targets were not inspected for 24 months .* raise the budget by \d+"):
        planned(tmp_path, rows)
    plan = planned(tmp_path, rows, due="draw")
    due = np.array([told == "due" for told in plan.targets()["why"]])
    assert plan.summary["coverage"] == "drawn" and 0 < plan.chances.inclusion[due].min() < 1
    assert planned(tmp_path, rows, coverage_months=0).summary["coverage"] == "not_asked"


def test_nominations_are_a_stratum_with_a_weight_of_its_own(tmp_path: Path) -> None:
    rows = firms(200, nominated=0)
    rows[0]["nominated"], rows[1]["nominated"], rows[2]["nominated"] = 1, 5, 10_000
    plan = planned(tmp_path, rows, nominations_share=0.05)
    line = next(row for row in plan.strata() if row["stratum"] == "+nominated")
    chance = dict(zip(plan.frame.ids, plan.chances.inclusion - plan.chances.random, strict=True))
    assert line["eligible"] == 3 and line["targeted"] == 2
    assert chance["F00000"] < chance["F00001"] < chance["F00002"] or chance["F00002"] > 0.4
    more = planned(tmp_path, [row | {"nominated": min(row["nominated"], 10)} for row in rows], nominations_share=0.05)
    assert np.array_equal(plan.chances.inclusion, more.chances.inclusion)  # a campaign counts as ten
    none = planned(tmp_path, rows, nominations_share=0.0)
    assert "+nominated" not in none.arms.names and "nominated" not in why(none).values()


@pytest.mark.parametrize("allocation", ["expected", "neyman", "proportional"])
def test_every_allocation_spends_the_budget_and_leaves_nobody_without_a_chance(tmp_path: Path, allocation: str) -> None:
    plan = planned(tmp_path, firms(300), allocation=allocation, budget=50)
    assert plan.chances.inclusion.sum() == pytest.approx(50, abs=1e-9)
    assert plan.chances.inclusion.min() >= plan.chances.random.min() > 0
    assert plan.arms.random.sum() == 10
    assert sum(row["drawn"] for row in plan.strata()) == 50
    assert (plan.chances.inclusion <= 1).all()


def test_the_random_arm_is_raised_until_each_stratum_has_one(tmp_path: Path) -> None:
    plan = planned(tmp_path, firms(300), budget=5)
    assert plan.arms.random.tolist() == [1, 1, 1, 1] and plan.arms.targeted.sum() == 1


def test_no_stratum_gets_more_than_its_largest_share_of_the_targeted_arm(tmp_path: Path) -> None:
    rows = firms(400)
    for row in rows:
        row["probability"] = 0.9 if row["region"] == "440100" else 0.01
    assert planned(tmp_path, rows, budget=100, largest_share=0.25).arms.targeted.tolist()[0] == 20
    assert planned(tmp_path, rows, budget=100, largest_share=1.0).arms.targeted.tolist()[0] > 75


def test_the_targeted_plan_finds_more_than_the_proportional_one(tmp_path: Path) -> None:
    plan = planned(tmp_path, firms(400), budget=60)
    found = made.beside(plan, made.proportional(plan).chances.inclusion)
    assert found is not None and found["ratio"] > 1.3
    assert found["plan"]["lower"] < found["plan"]["expected"] < found["plan"]["upper"]
    assert plan.summary["design_effect"] > 1.0
    assert made.proportional(plan).summary["design_effect"] == pytest.approx(1.0, abs=0.1)


def test_without_probabilities_the_plan_is_proportional_and_promises_nothing(tmp_path: Path) -> None:
    rows = [{"id": row["id"], "region": row["region"]} for row in firms(100)]
    with pytest.raises(PlanInvalid, match="needs a probability of failing for each target"):
        planned(tmp_path, rows)
    plan = planned(tmp_path, rows, allocation="proportional")
    assert plan.summary["expected_findings"] is None and made.beside(plan, plan.chances.inclusion) is None


def test_a_programmes_least_fraction_is_kept(tmp_path: Path) -> None:
    rows = [row | {"credit_class": "A"} for row in firms(1000)]
    with pytest.raises(PlanInvalid, match=r"budget: 29 of 1000 .*第101号.*raise it to 30"):
        planned(tmp_path, rows, programme="firms-2025", budget=29, strata=None)
    assert planned(tmp_path, rows, programme="firms-2025", budget=30, strata=None).summary["strata"] == 4


FAULTS: dict[str, tuple[Any, str]] = {
    "an id twice": (
        lambda rows: rows[7].update(id="F00003"),
        r"firms.csv rows 5 and 9: the id F00003 stands 2 times .* keep one row",
    ),
    "no id": (lambda rows: rows[7].update(id=""), r"row 9, column 'id': no id; fill it in"),
    "no stratum": (lambda rows: rows[7].update(region=" "), r"row 9, column 'region': no stratum; fill it in"),
    "a probability of 0": (
        lambda rows: rows[7].update(probability=0),
        r"row 9, column 'probability': .* above 0 and is at most 1",
    ),
    "a probability above 1": (
        lambda rows: rows[7].update(probability=1.2),
        r"row 9, column 'probability': .* at most 1",
    ),
    "no probability": (lambda rows: rows[7].update(probability=""), r"row 9, column 'probability': no probability"),
    "not a number": (lambda rows: rows[7].update(probability="hoch"), r"row 9, column 'probability': not a number"),
    "nan": (lambda rows: rows[7].update(probability="nan"), r"row 9, column 'probability'"),
    "a day": (
        lambda rows: [row.update(last_inspected="2026-13-01") for row in rows[7:]],
        r"row 9, column 'last_inspected': not a day",
    ),
    "a flag": (
        lambda rows: [row.update(export="maybe") for row in rows[7:]],
        r"row 9, column 'export': neither yes nor no",
    ),
    "a quote": (lambda rows: rows[7].update(id='"a""b"'), r"row 9, column 'id': a comma, a quote"),
    "a reserved stratum": (
        lambda rows: rows[7].update(region="+due"),
        r"row 9, column 'region': a stratum may not begin",
    ),
    "cells": (lambda rows: rows[7].update(region="4401,03"), r"row 9"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_list_names_row_and_remedy(name: str, tmp_path: Path) -> None:
    rows = firms(30, last_inspected="2026-01-01", export=0)
    spoil, said = FAULTS[name]
    spoil(rows)
    with pytest.raises(PlanInvalid, match=said):
        planned(tmp_path, rows)


CALLS: dict[str, tuple[dict[str, Any], str]] = {
    "a budget below the strata": ({"budget": 3}, "budget: 3 is below the 4 strata .* raise it to 4"),
    "a budget above the list": ({"budget": 101}, "budget: 101 is more than the 100 targets .* lower it to 100"),
    "no budget": ({"budget": 0}, "budget: 0 is no number"),
    "no random arm": ({"random_share": 0.0}, "random_share: 0 is no share: above 0, for the random arm is permanent"),
    "a share that is none": ({"random_share": float("nan")}, "random_share"),
    "votes": ({"nominations_share": 1.5}, "nominations_share: 1.5 is no share"),
    "an allocation": ({"allocation": "gut"}, "allocation: 'gut' is not one of expected, neyman, proportional"),
    "a design that only aims": (
        {"design": "pareto"},
        "design: 'pareto' is not one of systematic, systematic-random, sampford",
    ),
    "strata": ({"strata": ("province",)}, "none of the stratum columns province is there"),
}


@pytest.mark.parametrize("name", CALLS)
def test_terms_that_cannot_be_planned_by_are_refused(name: str, tmp_path: Path) -> None:
    changed, said = CALLS[name]
    with pytest.raises(PlanInvalid, match=said):
        planned(tmp_path, firms(100), **changed)


def test_scores_take_the_place_of_the_lists_own_the_newest_first(tmp_path: Path) -> None:
    path = planning.csv(tmp_path / "firms.csv", firms(20))
    lines = [
        {"target": row["id"], "on": day, "probability": p, "lower": p / 2, "upper": 2 * p, "model": "m"}
        for day, p in (("2025-01-01", 0.4), ("2026-01-01", 0.1))
        for row in firms(20)
    ]
    scores = planning.csv(tmp_path / "scores.csv", lines)
    given = terms(budget=10, strata=("region",))
    plan = planning.plan(path, given, scores=scores)
    assert set(plan.frame.figures["probability"]) == {0.1} and set(plan.frame.figures["upper"]) == {0.2}
    short = planning.csv(tmp_path / "short.csv", [row for row in lines if row["target"] != "F00004"])
    with pytest.raises(
        PlanInvalid, match="row 6, column 'probability': no probability; give it its score in the scores"
    ):
        planning.plan(path, given, scores=short)


def test_columns_of_the_file_are_named_by_the_caller(tmp_path: Path) -> None:
    rows = [{"统一社会信用代码": row["id"], "区县": row["region"], "风险": row["probability"]} for row in firms(50)]
    path = planning.csv(tmp_path / "名录.csv", rows)
    names = {"id": "统一社会信用代码", "region": "区县", "probability": "风险"}
    assert planning.plan(path, terms(budget=10), columns=names).arms.names == ("440100", "440101", "440102", "440103")
    with pytest.raises(PlanInvalid, match="there is no column '县'"):
        planning.plan(path, terms(budget=10), columns=names | {"region": "县"})


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 10**9), min_size=2, max_size=30),
    floor=st.integers(1, 10**6),
    share=st.floats(0.01, 1.0),
)
def test_the_chance_of_the_random_arm_is_never_above_that_of_being_drawn(
    sizes: list[int], floor: int, share: float
) -> None:
    size = np.array(sizes, dtype=np.int64) + floor
    n = max(1, round(share * size.size))
    chance = Fraction(*base(size, floor, n))
    assert 0 < chance <= 1
    total = int(size.sum())
    assert chance >= Fraction(n * floor, total)  # certainty of some never lowers the floor of the others


def write(plan: made.Plan, tmp_path: Path, **more: Any) -> Path:
    """The folder of a plan."""
    out = tmp_path / "autumn"
    asked = {"columns": {}, "changed": {"strata": ["region"]}}
    with Engine() as engine:
        folder.write(plan, out, engine, source=tmp_path / "firms.csv", seed_terms=SEED, asked=asked, **more)
    return out


def test_plan_draw_verify_is_one_chain(tmp_path: Path) -> None:
    rows = firms(120, last_inspected="2026-01-01", nominated=0, export=0)
    rows[3]["last_inspected"], rows[5]["nominated"], rows[9]["export"] = "", 4, 1
    plan = planned(tmp_path, rows)
    people = planning.csv(tmp_path / "people.csv", [{"inspector": f"I{n:02d}", "region": "440100"} for n in range(12)])
    out = write(plan, tmp_path, people={"inspectors.csv": people})
    held = commitment.commit(out, at=1_795_000_000.0, terms=rules.settings("draw", on=ON))
    assert held.body["list"] == "targets.csv"  # canonical as it stands: nothing is frozen a second time
    assert sum(held.n) == 40
    with pytest.raises(DrawInvalid, match="nothing is drawn yet"):
        attribution.attributed(out)
    draw.reveal(out, {"values": [[3, 14, 15, 92]]})
    draw.run(out)
    assert verification.verify(out) == []
    found = attribution.write(out)
    inclusion = dict(zip(plan.frame.ids, plan.chances.inclusion, strict=True))
    random = dict(zip(plan.frame.ids, plan.chances.random, strict=True))
    # the draw states the very probabilities of the plan, as fractions
    assert all(float(Fraction(row["probability"])) == inclusion[row["id"]] for row in found)
    assert all(float(Fraction(row["random"])) == pytest.approx(random[row["id"]], rel=1e-15) for row in found)
    assert {row["arm"] for row in found} == {"random", "targeted"} and len(found) == 40
    assert all(len(row["inspectors"].split()) == 2 for row in found)
    assert "F00003" in {row["id"] for row in found} and "F00009" not in {row["id"] for row in found}
    with (out / "whole.csv").open(encoding="utf-8") as stream:
        whole = {row["id"]: row for row in csv.DictReader(stream)}
    assert whole["F00009"]["why"] == "export" and float(whole["F00009"]["inclusion"]) == 0 and len(whole) == 120
    assert all(float(whole[name]["inclusion"]) == p for name, p in inclusion.items())


def test_a_plan_follows_from_its_own_files_and_a_changed_byte_shows(tmp_path: Path) -> None:
    out = write(planned(tmp_path, firms(80)), tmp_path)
    programme = rules.programme("food-2026", on=ON)
    assert folder.again(out, programme) == []
    text = (out / "targets.csv").read_text(encoding="utf-8").replace("F00003,", "F00003,9", 1)
    (out / "targets.csv").write_text(text, encoding="utf-8")
    assert folder.again(out, programme) == ["targets.csv: it is not what the list and the terms give"]
    assert not (out / ".again").exists()
    (out / "terms.json").write_text("{}", encoding="utf-8")
    with pytest.raises(PlanInvalid, match="missing or damaged"):
        folder.again(out, programme)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    plan = planned(tmp_path, firms(80))
    write(plan, tmp_path)
    with pytest.raises(PlanInvalid, match="something is there already"):
        write(plan, tmp_path)


def test_last_years_plan_is_compared_by_its_own_file(tmp_path: Path) -> None:
    plan = planned(tmp_path, firms(80))
    out = write(plan, tmp_path)
    with Engine() as engine:
        other, known = made.earlier(plan, folder.chances_of(out / "whole.csv", engine))
        assert known == 80 and np.array_equal(other, plan.chances.inclusion)
        found = made.beside(plan, other)
        assert found is not None and found["ratio"] == 1.0
        with pytest.raises(PlanInvalid, match="has the columns id and inclusion"):
            folder.chances_of(tmp_path / "firms.csv", engine)
    with pytest.raises(PlanInvalid, match="is not a probability"):
        made.earlier(plan, {"F00000": 1.5})


def test_the_round_of_the_draw_is_the_first_of_its_day() -> None:
    chain = rules.settings("draw", on=ON)["chains"]["quicknet"]
    found = folder.drand_round(date(2026, 11, 29), chain)
    at = chain["genesis_time"] + (found - 1) * chain["period"]
    assert (
        at // 86_400 == (date(2026, 11, 29) - date(1970, 1, 1)).days and (at - chain["period"]) // 86_400 < at // 86_400
    )
    assert json.dumps({"round": found})


def test_a_frame_is_in_order_of_stratum_and_id_whatever_the_files_order(tmp_path: Path) -> None:
    rows = firms(50)
    one = planned(tmp_path, rows)
    other = planned(tmp_path, rows[::-1])
    assert np.array_equal(one.chances.inclusion, other.chances.inclusion)
    assert one.frame.ids.tolist() == other.frame.ids.tolist()
    assert frame.NEVER < -(10**9)
