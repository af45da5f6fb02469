"""What must hold of every verdict, whatever the figures."""

from decimal import Decimal
from typing import Any

import judging
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging import rule

from zhiheng import units

pytestmark = pytest.mark.slow
FEW = settings(max_examples=8, deadline=None)
RANK = {"conforming": 0, "inconclusive": 1, "nonconforming": 2}
figures = st.decimals(min_value=0, max_value=1000, places=3)
uncertainties = st.none() | st.decimals(min_value=0, max_value=10, places=3)
decisions = st.sampled_from(["simple", "guarded"])
comparators = st.sampled_from(["=", "=", "<", ">", "nd", "detected"])


@st.composite
def results(draw: st.DrawFn) -> dict[str, Any]:
    comparator = draw(comparators)
    value = draw(figures) if comparator in ("=", "<", ">") else None
    level = value if comparator == "<" else draw(st.none() | figures) if comparator == "nd" else None
    return {
        "comparator": comparator,
        "value": value,
        "reporting_level": level,
        "uncertainty": draw(uncertainties) if comparator == "=" else None,
    }


@st.composite
def requirements(draw: st.DrawFn) -> dict[str, Any]:
    operator = draw(st.sampled_from(["<=", "<", ">=", ">", "range", "not_permitted", "not_detected"]))
    low, high = sorted([draw(figures), draw(figures)])
    bounds = {
        "<=": {"high": high},
        "<": {"high": high},
        ">=": {"low": low},
        ">": {"low": low},
        "range": {"low": low, "high": high},
    }
    return rule(operator, decided=draw(decisions), **bounds.get(operator, {}))


@FEW
@given(
    st.lists(
        st.tuples(figures, figures, figures, uncertainties, decisions, st.sampled_from(["<=", "<", ">=", ">"])),
        min_size=1,
        max_size=40,
    )
)
def test_a_larger_value_is_never_better_under_a_maximum_nor_worse_under_a_minimum(drawn: list[tuple[Any, ...]]) -> None:
    cases = []
    for one, other, limit, uncertainty, decided, operator in drawn:
        bound = {"high": limit} if operator in ("<=", "<") else {"low": limit}
        for value in sorted([one, other]):
            cases.append(
                {
                    "comparator": "=",
                    "value": value,
                    "uncertainty": uncertainty,
                    "rule": rule(operator, decided=decided, **bound),
                }
            )
    ranks = [RANK[verdict] for verdict in judging.verdicts(cases)]
    for place, (*_, operator) in enumerate(drawn):
        smaller, larger = ranks[2 * place], ranks[2 * place + 1]
        assert smaller <= larger if operator in ("<=", "<") else smaller >= larger


@FEW
@given(
    st.lists(
        st.tuples(st.decimals(min_value=0, max_value=2000, places=3), st.decimals(min_value=0, max_value=2, places=4)),
        min_size=1,
        max_size=30,
    )
)
def test_the_unit_in_which_a_quantity_is_printed_never_changes_its_verdict(
    drawn: list[tuple[Decimal, Decimal]],
) -> None:
    printed = {
        "ug/kg": Decimal(1),
        "mg/kg": Decimal("0.001"),
        "g/100g": Decimal("0.0000001"),
        "ng/g": Decimal(1),
        "mg/100g": Decimal("0.0001"),
    }
    cases = []
    for amount, limit in drawn:
        for spelling, size in printed.items():
            unit = units.unit(spelling)
            cases.append(
                {
                    "comparator": "=",
                    "value": units.exact(amount * size, unit.factor),
                    "kind": unit.kind,
                    "rule": rule("<=", high=limit),
                }
            )
    found = judging.verdicts(cases)
    for place in range(len(drawn)):
        assert len(set(found[place * len(printed) : (place + 1) * len(printed)])) == 1


@FEW
@given(st.lists(st.tuples(figures, figures, st.sampled_from(["<", "nd"]), decisions), min_size=1, max_size=60))
def test_a_result_below_a_level_passes_only_when_the_level_is_within_the_limit(drawn: list[tuple[Any, ...]]) -> None:
    cases = [
        {
            "comparator": comparator,
            "value": level if comparator == "<" else None,
            "reporting_level": level,
            "rule": rule("<=", decided=decided, high=limit),
        }
        for level, limit, comparator, decided in drawn
    ]
    for (level, limit, *_), verdict in zip(drawn, judging.verdicts(cases), strict=True):
        assert verdict == ("conforming" if level <= limit else "inconclusive")


@FEW
@given(st.lists(figures, min_size=1, max_size=60), decisions)
def test_a_limit_may_be_reached_and_not_passed(drawn: list[Decimal], decided: str) -> None:
    step = Decimal("0.000000000000001")
    cases = []
    for limit in drawn:
        cases += [
            {"comparator": "=", "value": limit, "rule": rule("<=", decided=decided, high=limit)},
            {"comparator": "=", "value": limit + step, "rule": rule("<=", decided=decided, high=limit)},
            {"comparator": "=", "value": limit, "rule": rule("<", decided=decided, high=limit)},
            {"comparator": "=", "value": limit, "rule": rule(">=", decided=decided, low=limit)},
            {"comparator": "=", "value": limit, "rule": rule(">", decided=decided, low=limit)},
            {"comparator": "=", "value": limit, "rule": rule("range", decided=decided, low=limit, high=limit)},
        ]
    assert judging.verdicts(cases) == [
        "conforming",
        "nonconforming",
        "nonconforming",
        "conforming",
        "nonconforming",
        "conforming",
    ] * len(drawn)


@FEW
@given(st.lists(st.tuples(figures, st.decimals(min_value="0.001", max_value=5, places=3)), min_size=1, max_size=60))
def test_an_interval_that_touches_the_limit_from_below_conforms_and_from_above_is_undecided(
    drawn: list[tuple[Decimal, Decimal]],
) -> None:
    cases = []
    for limit, uncertainty in drawn:  # coverage factor 2: the interval is value ± 2u
        cases += [
            {
                "comparator": "=",
                "value": value,
                "uncertainty": uncertainty,
                "rule": rule("<=", decided="guarded", high=limit),
            }
            for value in (
                limit - 2 * uncertainty,
                limit,
                limit + 2 * uncertainty,
                limit + 2 * uncertainty + Decimal("1e-15"),
            )
        ]
    assert judging.verdicts(cases) == ["conforming", "inconclusive", "inconclusive", "nonconforming"] * len(drawn)


@FEW
@given(st.lists(requirements(), min_size=1, max_size=40))
def test_a_missing_value_is_never_a_pass(drawn: list[dict[str, Any]]) -> None:
    missing = [
        {"comparator": None, "value": None},
        {"comparator": "=", "value": None},
        {"comparator": ">", "value": None},
        {"comparator": None, "value": Decimal(0)},
    ]
    found = judging.judged([body | {"rule": wanted} for wanted in drawn for body in missing])
    assert {(row["verdict"], row["reason"]) for row in found} == {("not_judged", "missing_value")}


@FEW
@given(st.lists(st.tuples(results(), requirements()), min_size=1, max_size=60))
def test_every_result_has_one_verdict_and_one_reason(drawn: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    found = judging.judged([body | {"rule": wanted} for body, wanted in drawn])
    assert len(found) == len(drawn)
    assert all(row["verdict"] in RANK and row["reason"] for row in found)


@FEW
@given(st.lists(st.tuples(results(), requirements()), min_size=1, max_size=60))
def test_nothing_passes_under_guarded_acceptance_that_fails_under_simple(
    drawn: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    simple = judging.verdicts([body | {"rule": wanted | {"decision": "simple"}} for body, wanted in drawn])
    guarded = judging.verdicts([body | {"rule": wanted | {"decision": "guarded"}} for body, wanted in drawn])
    for one, other in zip(simple, guarded, strict=True):
        assert other in (one, "inconclusive")


@FEW
@given(st.lists(st.tuples(results(), requirements()), min_size=1, max_size=40), st.sampled_from(["mg/L", "", None]))
def test_a_figure_in_a_unit_that_cannot_be_compared_is_not_judged(
    drawn: list[tuple[dict[str, Any], dict[str, Any]]], kind: str | None
) -> None:
    numeric = [(body, wanted) for body, wanted in drawn if wanted["operator"] not in ("not_permitted", "not_detected")]
    found = judging.judged([body | {"rule": wanted, "kind": kind} for body, wanted in numeric]) if numeric else []
    assert all(row["reason"] == "unit_not_comparable" for row in found)
