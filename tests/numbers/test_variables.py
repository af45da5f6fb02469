"""Plans by variables against R and the printed table of MIL-STD-414."""

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng.errors import StatisticsError, UsageError
from zhiheng.selection import sampling
from zhiheng.stats import (
    accepted_by_variables,
    constant,
    operating,
    quality_at,
    quality_statistic,
    smallest_by_variables,
)

REFERENCE = Path(__file__).parent / "reference"
TODAY = date(2026, 11, 22)
SEVERITY = {"n": "normal", "t": "tightened"}


def r_curves() -> dict:
    return json.loads((REFERENCE / "acceptancesampling_ocvar.json").read_text(encoding="utf-8"))


def rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", r_curves()["oc"], ids=lambda case: f"n={case['n']}")
def test_characteristics_of_both_methods_are_those_of_r(case: dict) -> None:
    s = accepted_by_variables(case["pd"], n=case["n"], k=case["k"], method="s")
    sigma = accepted_by_variables(case["pd"], n=case["n"], k=case["k"], method="sigma")
    # R sums its non-central t to an absolute 1e-12, and takes its normal tail as 1 minus the other one: absolute 1e-15
    np.testing.assert_allclose(s, case["Pa_s_unknown"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(sigma, case["Pa_s_known"], rtol=1e-12, atol=1e-15)


def test_plans_found_from_two_risks_are_those_of_r() -> None:
    # the risk points of the example in R's help page: 5 % accepted with 0.95, 15 % with 0.20; the source does not record them
    found = r_curves()["find_plan"]
    for method, key, tolerance in (("sigma", "known", 1e-13), ("s", "unknown", 1e-5)):  # R finds s-method's k by search
        plan = smallest_by_variables(0.05, 0.15, producers_risk=0.05, consumers_risk=0.20, method=method)
        expected = found[f"find_normal_sigma_{key}"]
        assert plan.n == expected["n"] and plan.k == pytest.approx(expected["k"], abs=tolerance)


def test_all_432_constants_of_mil_std_414_are_those_of_its_table() -> None:
    expected = rows("milstd414_k.csv")
    assert len(expected) == 432
    for row in expected:
        severity = SEVERITY[row["inspection"]]
        found = sampling.printed_plan(row["code_letter"], Decimal(row["AQL_percent"]), severity, on=TODAY)
        assert found.plan.k == float(row["k"]), row
        if found.letter == row["code_letter"]:
            assert found.plan.n == int(row["sample"]), row
        else:  # the source keeps the letter's own sample beside the k of another letter; an arrow takes both
            assert found.plan.n > int(row["sample"]), row


def test_the_letters_of_mil_std_414_are_those_of_its_table() -> None:
    for row in rows("milstd414_code_letters.csv"):
        for level in ("I", "II", "III", "IV", "V"):
            assert sampling.printed_letter(int(row["lot_from"]), level, on=TODAY) == row[level]
    assert sampling.printed_letter(8, "IV", on=TODAY) == "B" and sampling.printed_letter(500, "IV", on=TODAY) == "I"


def test_a_spot_value_of_mil_std_414() -> None:
    plans = [
        sampling.printed_plan("O", Decimal("1.0"), severity, on=TODAY).plan for severity in ("normal", "tightened")
    ]
    assert [(plan.n, plan.k) for plan in plans] == [(100, 2.0), (100, 2.14)]


@pytest.mark.parametrize("method", ["s", "sigma"])
@pytest.mark.parametrize(("letter", "aql"), [("K", "1.0"), ("G", "2.5"), ("L", "0.65"), ("F", "0.65")])
def test_a_matched_plan_is_as_good_at_both_risk_points_as_the_plan_by_attributes(letter: str, aql: str, method) -> None:
    twin = sampling.single_plan(sampling.scheme("iso-2859-1", on=TODAY), letter, Decimal(aql), "normal")
    plan = sampling.matched(twin, method=method, producers_risk=0.05, consumers_risk=0.10)
    points = quality_at([0.95, 0.10], n=twin.size, ac=twin.stages.accept[0], model="binomial")
    np.testing.assert_allclose(operating(points, twin.stages, model="binomial").accepted, [0.95, 0.10], rtol=1e-9)
    kept = accepted_by_variables(points, n=plan.n, k=plan.k, method=method)
    assert kept[0] == pytest.approx(0.95, abs=1e-9) and kept[1] <= 0.10
    assert plan.n < twin.size


@settings(max_examples=40, deadline=None)
@given(n=st.integers(3, 200), k=st.floats(0.3, 3.0), method=st.sampled_from(["s", "sigma"]))
def test_worse_quality_is_never_accepted_more_often(n: int, k: float, method) -> None:
    found = accepted_by_variables(np.linspace(0.001, 0.9, 30), n=n, k=k, method=method)
    assert np.all(np.diff(found) <= 1e-9) and np.all((found >= 0) & (found <= 1))


def test_a_constant_accepts_with_the_chance_it_was_made_for() -> None:
    for method in ("s", "sigma"):
        k = constant(0.02, accepted=0.9, n=15, method=method)
        assert float(accepted_by_variables(0.02, n=15, k=k, method=method)) == pytest.approx(0.9, abs=1e-9)


def test_the_quality_statistic_counts_standard_deviations_inside_the_limit() -> None:
    assert quality_statistic([9.1, 9.3, 9.5], limit=10, upper=True) == pytest.approx(3.5)
    assert quality_statistic([9.1, 9.3, 9.5], limit=9, upper=False, sigma=0.1) == pytest.approx(3.0)
    with pytest.raises(StatisticsError, match="do not differ"):
        quality_statistic([1.0, 1.0], limit=2, upper=True)


def test_what_the_table_does_not_hold_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"no tightened plan at AQL 0\.04"):
        sampling.printed_plan("K", Decimal("0.04"), "tightened", on=TODAY)
    with pytest.raises(UsageError, match="stands for level S-1"):
        sampling.printed_level("S-1", on=TODAY)
    with pytest.raises(StatisticsError, match="not below the bad one"):
        smallest_by_variables(0.1, 0.05, producers_risk=0.05, consumers_risk=0.1, method="s")
