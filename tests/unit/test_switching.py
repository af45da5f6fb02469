"""The switching rules of single sampling, case by case, and what must hold for any history."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng.errors import UsageError
from zhiheng.selection import sampling
from zhiheng.selection.sampling import History, Series, declared, follow

TODAY = date(2026, 11, 22)
CASES = json.loads(
    (Path(__file__).parents[1] / "numbers" / "reference" / "switching_cases.json").read_text(encoding="utf-8")
)["cases"]
SERIES = [case for case in CASES if "seq_d" in case]
ISO = sampling.scheme("iso-2859-1", on=TODAY)


def series(lot: int = 2000, *, steady: bool = False, agreed: bool = False, scheme: str = "iso-2859-1") -> Series:
    return Series(
        scheme=sampling.scheme(scheme, on=TODAY),
        lots=sampling.lots(on=TODAY),
        terms=sampling.switching_rules(on=TODAY),
        lot=lot,
        level="II",
        aql="1.0",
        is_steady=steady,
        is_agreed=agreed,
    )


@pytest.mark.parametrize("case", SERIES, ids=lambda case: case["id"])
def test_a_series_ends_where_the_reference_says(case: dict) -> None:
    given = series(case["lot"], steady=case.get("steady", False), agreed=case.get("approved", False))
    last = follow(given, case["seq_d"], start=History(case["start"]))[-1][1]
    assert last.severity == case["expect_state"]
    assert last.is_discontinued is case.get("expect_discontinued", False)
    if "expect_score" in case:
        assert last.score == case["expect_score"]


def test_a_sample_as_large_as_the_lot_means_that_every_item_is_inspected() -> None:
    case = next(case for case in CASES if case["id"] == "full_inspection")
    plan = sampling.for_lot(
        ISO,
        sampling.lots(on=TODAY),
        lot=case["lot"],
        level=case["level"],
        aql=ISO.preferred(str(case["aql"])),
        severity="normal",
    )
    assert plan.items == case["expect"]["n"] and plan.is_everything


def test_the_authority_has_to_agree_before_inspection_is_reduced() -> None:
    told = follow(series(steady=True, agreed=False), [0] * 11)
    assert told[-1][1].severity == "normal" and told[-1][1].score == 33


def test_reduced_inspection_ends_when_production_is_not_steady() -> None:
    told = follow(series(steady=False), [0], start=History("reduced"))
    assert told[-1][1] == History("normal", why="not_steady")


def test_under_105e_a_count_between_ac_and_re_accepts_the_lot_and_ends_reduced_inspection() -> None:
    # letter K, AQL 1.0, reduced: n = 50, Ac = 1, Re = 4
    lot, after = follow(series(steady=True, scheme="mil-std-105e"), [2], start=History("reduced"))[0]
    assert lot.is_accepted and after == History("normal", why="between_ac_and_re")


def test_a_return_to_normal_begins_a_new_count_of_refused_lots() -> None:
    told = [after.severity for _, after in follow(series(), [4, 4, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4])]
    assert told == ["normal", *["tightened"] * 5, *["normal"] * 7]


def test_refused_lots_under_tightened_inspection_are_counted_up_across_accepted_ones() -> None:
    told = follow(series(), [3, 0, 3, 0, 3, 0, 3, 0, 3, 0], start=History("tightened"))
    assert len(told) == 9 and told[-1][1].is_discontinued and not told[-2][1].is_discontinued


def test_nothing_follows_a_discontinued_inspection() -> None:
    lot, after = follow(series(), [3] * 5, start=History("tightened"))[-1]
    with pytest.raises(UsageError, match="inspection is discontinued"):
        sampling.advance(after, lot, sampling.switching_rules(on=TODAY))


def test_a_lot_inspected_with_the_wrong_severity_is_refused() -> None:
    lot = sampling.inspected(series(), "normal", 0)
    with pytest.raises(UsageError, match="due for tightened inspection, and was inspected normal"):
        sampling.advance(History("tightened"), lot, sampling.switching_rules(on=TODAY))


def test_more_nonconforming_items_than_items_are_refused() -> None:
    with pytest.raises(UsageError, match="126 nonconforming items of a sample of 125"):
        follow(series(), [126])


@settings(max_examples=80, deadline=None)
@given(found=st.lists(st.integers(0, 6), min_size=1, max_size=60), steady=st.booleans(), agreed=st.booleans())
def test_severity_moves_by_the_rules_only(found: list[int], steady: bool, agreed: bool) -> None:
    told = follow(series(steady=steady, agreed=agreed), found)
    before = "normal"
    for lot, after in told:
        assert lot.plan.severity == before
        assert (before, after.severity) not in {("tightened", "reduced"), ("reduced", "tightened")}
        assert after.severity != "reduced" or (steady and agreed)
        assert not after.is_discontinued or after.severity == "tightened"
        before = after.severity
    assert len(told) == len(found) or told[-1][1].is_discontinued


@pytest.mark.parametrize(("n", "level"), [(20, 0.02), (80, 0.01), (125, 0.065)])
def test_a_correct_declaration_is_contradicted_no_more_often_than_the_risk(n: int, level: float) -> None:
    plan = declared.limiting_plan(n, level, producers_risk=0.05, model="binomial")
    at = sampling.declared.operating
    assert at(level, plan, model="binomial").accepted[0] >= 0.95
    stricter = declared.single(n, plan.accept[0] - 1) if plan.accept[0] else None
    assert stricter is None or at(level, stricter, model="binomial").accepted[0] < 0.95


def test_a_ratio_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(UsageError, match="a limiting quality ratio of 1"):
        declared.ratio_plan(0.01, 1, producers_risk=0.05, consumers_risk=0.1, model="binomial")
