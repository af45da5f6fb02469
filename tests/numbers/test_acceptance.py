"""Sampling plans against the master tables and R: every cell, operating characteristics, sample numbers, plans found."""

import csv
import json
from datetime import date
from decimal import Decimal
from itertools import product
from math import comb, e, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from zhiheng.errors import StatisticsError, UsageError
from zhiheng.selection import sampling
from zhiheng.selection.sampling import SEVERITIES, double_plan, single_plan
from zhiheng.stats import (
    Stages,
    accept_three_class,
    operating,
    outgoing_quality_limit,
    quality_at,
    quality_of,
    shares_above,
    single,
    smallest_single,
    zero_acceptance_size,
)

REFERENCE = Path(__file__).parent / "reference"
TODAY = date(2026, 11, 22)
ISO = sampling.scheme("iso-2859-1", on=TODAY)
MIL = sampling.scheme("mil-std-105e", on=TODAY)
MISPRINTED = {("normal", letter, "100") for letter in "LMNP"}


def rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def numbers(stages: Stages) -> tuple[int, ...]:
    return (*stages.sizes, *(value for pair in zip(stages.accept, stages.reject, strict=True) for value in pair))


# The tables


def printed(row: dict[str, str]) -> tuple[str, ...]:
    cell = ISO.cell(row["initial_code"], Decimal(row["aql"]), row["inspection"])
    if cell is None:
        return ("blank", "", "", "", "")
    plan = single_plan(ISO, row["initial_code"], Decimal(row["aql"]), row["inspection"])
    raw = cell if isinstance(cell, str) else str(cell[0])
    return (raw, plan.letter, *(str(value) for value in numbers(plan.stages)))


def test_all_1274_cells_of_the_three_master_tables_are_exact() -> None:
    expected = rows("iso2859_1_single.csv")
    assert len(expected) == 1274
    wrong = [
        (row, found)
        for row in expected
        if (found := printed(row)) != tuple(row[name] for name in ("raw_cell", "final_code", "n", "Ac", "Re"))
    ]
    assert wrong == []


def test_all_1248_single_plans_of_mil_std_105e_are_exact() -> None:
    expected = rows("milstd105e_single.csv")
    assert len(expected) == 1248
    for row in expected:
        plan = single_plan(MIL, row["code"], Decimal(row["aql"]), row["inspection"])
        assert numbers(plan.stages) == (int(row["n"]), int(row["Ac"]), int(row["Re"])), row


def test_all_762_double_plans_of_mil_std_105e_are_exact_but_four_misprints_of_the_source() -> None:
    names = ("n1", "n2", "Ac1", "Re1", "Ac2", "Re2")
    expected = rows("milstd105e_double.csv")
    assert len(expected) == 762
    for row in expected:
        key = (row["inspection"], row["code"], row["aql"])
        wanted = [int(row[name]) for name in names]
        if key in MISPRINTED:
            assert wanted[5] == 26
            wanted[5] = 27
        plan = double_plan(MIL, row["code"], Decimal(row["aql"]), row["inspection"])
        assert numbers(plan.stages) == tuple(wanted), row


def test_every_lot_at_both_ends_of_its_band_has_the_printed_code_letter() -> None:
    lots = sampling.lots(on=TODAY)
    for row in rows("iso2859_code_letters.csv"):
        for end in row["lot"].rstrip("+").split("-"):
            assert lots.letter(int(end), row["level"]) == row["code"], row


@pytest.mark.parametrize(
    ("lot", "level", "aql", "expected"),
    [
        (50, "II", "1.0", (13, 0, 1)),  # a question of the Chinese quality engineers' examination
        # Jenkins, Peck, Fernando (2023), PLOS ONE, figure of six plans of ISO 2859-1:1999 for lots of 35,001 to 500,000
        (35_001, "S-4", "0.65", (80, 1, 2)),
        (35_001, "S-3", "0.65", (20, 0, 1)),
        (500_000, "S-4", "0.40", (125, 1, 2)),
        (500_000, "S-3", "0.40", (32, 0, 1)),
        (100_000, "S-4", "0.25", (50, 0, 1)),
        (100_000, "S-4", "0.15", (80, 0, 1)),
    ],
)
def test_plans_that_others_published_are_found(lot: int, level: str, aql: str, expected: tuple[int, ...]) -> None:
    lots = sampling.lots(on=TODAY)
    plan = sampling.for_lot(ISO, lots, lot=lot, level=level, aql=ISO.preferred(aql), severity="normal")
    assert numbers(plan.stages) == expected


def test_iso_differs_from_105e_in_one_tightened_and_251_reduced_cells() -> None:
    def different(severity: str) -> int:
        return sum(
            numbers(single_plan(ISO, letter, aql, severity).stages)
            != numbers(single_plan(MIL, letter, aql, severity).stages)
            for letter, aql in product("ABCDEFGHJKLMNPQR", ISO.aql)
        )

    assert [different(severity) for severity in SEVERITIES] == [0, 1, 251]


@pytest.mark.parametrize(("scheme", "double"), [(ISO, False), (MIL, False), (MIL, True)])
def test_no_plan_accepts_and_refuses_the_same_count(scheme: sampling.Scheme, double: bool) -> None:
    make = double_plan if double else single_plan
    for letter, aql, severity in product("ABCDEFGHJKLMNPQR", scheme.aql, SEVERITIES):
        stages = make(scheme, letter, aql, severity).stages
        assert all(ac < re for ac, re in zip(stages.accept, stages.reject, strict=True))
        assert list(stages.accept) == sorted(stages.accept)
        if scheme is ISO:
            assert stages.reject[-1] == stages.accept[-1] + 1


def test_every_normal_plan_accepts_a_process_at_its_aql_nearly_always() -> None:
    # what an AQL is for; the producer's risks that ISO 2859-1 tells for its plans stay below 15 %
    chances = []
    for letter, aql in product("ABCDEFGHJKLMNPQR", ISO.aql):
        plan = single_plan(ISO, letter, aql, "normal")
        count, mean = plan.stages.accept[0], plan.size * float(aql) / 100
        chances.append(
            stats.poisson.cdf(count, mean) if plan.per_hundred else stats.binom.cdf(count, plan.size, float(aql) / 100)
        )
    assert min(chances) > 0.85


def test_a_cell_that_no_table_has_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="AQL 1.1 is not a preferred value; the nearest is 1.0"):
        single_plan(ISO, "K", Decimal("1.1"), "normal")
    with pytest.raises(UsageError, match="letter S has no row in the normal table"):
        single_plan(ISO, "S", Decimal("1.0"), "normal")
    with pytest.raises(UsageError, match="no tightened plan for letter S at AQL 1.0"):
        single_plan(ISO, "S", Decimal("1.0"), "tightened")
    with pytest.raises(UsageError, match="double plans of ISO 2859-1:1999 are not held"):
        double_plan(ISO, "K", Decimal("1.0"), "normal")
    with pytest.raises(UsageError, match="begin with 2 items"):
        sampling.lots(on=TODAY).letter(1, "II")


# What plans let through


def r_plans() -> dict:
    return json.loads((REFERENCE / "acceptancesampling_oc.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", r_plans()["single"], ids=lambda case: case["plan"])
def test_single_plans_accept_as_often_as_r_says(case: dict) -> None:
    # both sides are double precision sums of at most fifteen terms, printed with 15 digits
    plan, near = single(case["n"], case["Ac"]), {"rtol": 1e-11, "atol": 1e-14}
    np.testing.assert_allclose(operating(case["pd"], plan, model="binomial").accepted, case["Pa"], **near)
    np.testing.assert_allclose(operating(case["pd"], plan, model="poisson").accepted, case["Pa_poisson"], **near)
    bad = 5 * np.arange(len(case["Pa_hyper_N1000"])) / 1000
    found = operating(bad, plan, model="hypergeometric", lot=1000).accepted
    np.testing.assert_allclose(found, case["Pa_hyper_N1000"], **near)


@pytest.mark.parametrize("case", r_plans()["double"], ids=lambda case: case["plan"])
def test_double_plans_accept_as_often_as_r_says(case: dict) -> None:
    plan = Stages(tuple(case["n"]), tuple(case["c"]), tuple(case["r"]))
    found = operating(case["pd"], plan, model="binomial").accepted
    np.testing.assert_allclose(found, case["Pa"], rtol=1e-11, atol=1e-14)


def test_characteristics_and_sample_numbers_of_double_and_multiple_plans_are_those_of_r() -> None:
    many: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in rows("milstd105e_multiple_some.csv"):
        many.setdefault((row["inspection"], row["code"], row["aql"]), []).append(row)
    expected = rows("oc_asn_double_multiple.csv")
    assert len(expected) == 200
    for row in expected:
        if row["type"] == "double":
            plan = double_plan(MIL, row["code"], Decimal(row["aql"]), row["inspection"]).stages
        else:
            steps = many[row["inspection"], row["code"], row["aql"]]
            columns = (tuple(int(step[name]) for step in steps) for name in ("n", "Ac", "Re"))
            plan = Stages(*columns)
        found = operating(float(row["pd"]), plan, model="binomial")
        # the source prints 14 digits
        assert found.accepted[0] == pytest.approx(float(row["OC"]), rel=1e-10), row
        assert found.average_sample_number[0] == pytest.approx(float(row["ASN"]), rel=1e-10), row


def test_qualities_at_nine_points_of_225_curves_are_those_of_r() -> None:
    expected = rows("oc_points_all_plans.csv")
    assert len(expected) == 2025
    columns = {
        name: np.array([float(row[name]) if row[name] != "NA" else np.nan for row in expected])
        for row in expected[:1]
        for name in row
    }
    for model, name in (("binomial", "p_binomial_percent"), ("poisson", "per100_poisson")):
        found = 100 * quality_at(columns["Pa"], n=columns["n"], ac=columns["Ac"], model=model)
        np.testing.assert_allclose(found, columns[name], rtol=2e-11)  # printed with 12 digits


def test_plans_found_from_two_risks_are_those_of_r() -> None:
    found = r_plans()["find_plan"]
    risks = {"producers_risk": 0.05, "consumers_risk": 0.10}
    for model, key in (("binomial", "find_binom"), ("poisson", "find_poisson")):
        plan = smallest_single(0.01, 0.10, model=model, **risks)
        assert (plan.sizes[0], plan.accept[0]) == (found[key]["n"], found[key]["c"])
    # the source does not say which risk points it used here; these two give its plan
    plan = smallest_single(0.04, 0.16, model="hypergeometric", lot=500, **risks)
    assert (plan.sizes[0], plan.accept[0]) == (found["find_hyper_N500"]["n"], found["find_hyper_N500"]["c"])


def test_no_smaller_sample_keeps_both_risks() -> None:
    plan = smallest_single(0.02, 0.08, producers_risk=0.05, consumers_risk=0.10, model="binomial")
    for n in range(1, plan.sizes[0]):
        for ac in range(n):
            kept = operating([0.02, 0.08], single(n, ac), model="binomial").accepted
            if kept[1] > 0.10:
                break  # a larger acceptance number only makes it worse
            assert kept[0] < 0.95


def test_a_textbook_plan_lets_through_what_the_textbook_prints() -> None:
    # Montgomery, Introduction to Statistical Quality Control, sections 15.2 and 15.3, printed figures recalled from memory
    at = operating(0.01, single(89, 2), model="binomial")
    assert at.accepted[0] == pytest.approx(0.9397, abs=5e-5)
    assert at.average_outgoing_quality(lot=10_000)[0] == pytest.approx(0.0093, abs=5e-5)
    assert at.average_total_inspection(lot=10_000)[0] == pytest.approx(687, abs=0.5)
    assert outgoing_quality_limit(single(89, 2), model="binomial", lot=10_000)[0] == pytest.approx(0.0155, abs=5e-4)
    double = operating(0.05, Stages((50, 100), (1, 3), (4, 4)), model="binomial")
    assert double.accepted_at[:, 0] == pytest.approx([0.279, 0.010], abs=1e-3)


def test_the_worst_outgoing_quality_has_its_closed_form_for_acceptance_numbers_0_and_1() -> None:
    # maximum of x exp(-x), and of x (1 + x) exp(-x) at the golden ratio
    golden = (1 + sqrt(5)) / 2
    assert outgoing_quality_limit(single(50, 0), model="poisson") == pytest.approx((1 / e / 50, 1 / 50), rel=1e-6)
    worst = golden * (1 + golden) * e**-golden / 50
    for n in (5, 2000, 100_000):  # binomial: at 1 / (n + 1)
        found = outgoing_quality_limit(single(n, 0), model="binomial")
        assert found[0] == pytest.approx((n / (n + 1)) ** n / (n + 1), rel=1e-8)
    assert outgoing_quality_limit(single(50, 1), model="poisson")[0] == pytest.approx(worst, rel=1e-8)


def test_the_worst_outgoing_quality_of_a_small_lot_is_found_among_all_its_qualities() -> None:
    worst, at = outgoing_quality_limit(single(5, 1), model="hypergeometric", lot=20)
    every = [d / 20 * stats.hypergeom.cdf(1, 20, d, 5) * 15 / 20 for d in range(21)]
    assert worst == pytest.approx(max(every), rel=1e-12) and at == every.index(max(every)) / 20


def test_a_double_plan_of_a_small_lot_agrees_with_every_order_of_its_items() -> None:
    lot, bad, plan = 9, 3, Stages((2, 3), (0, 1), (2, 2))
    accepted = 0
    for places in {frozenset(c) for c in product(range(lot), repeat=bad) if len(set(c)) == bad}:
        first = sum(place < 2 for place in places)
        both = sum(place < 5 for place in places)
        accepted += first == 0 or (first < 2 and both < 2)
    expected = accepted / comb(lot, bad)
    assert operating(bad / lot, plan, model="hypergeometric", lot=lot).accepted[0] == pytest.approx(expected, rel=1e-12)


def test_the_quality_of_a_double_plan_is_the_root_of_its_characteristic() -> None:
    plan = Stages((50, 50), (0, 3), (3, 4))
    for chance in (0.95, 0.5, 0.1):
        quality = quality_of(plan, chance, model="binomial")
        assert operating(quality, plan, model="binomial").accepted[0] == pytest.approx(chance, abs=1e-9)


# Zero acceptance, microbiology


def test_with_acceptance_number_zero_the_sample_follows_from_the_power_of_the_share() -> None:
    # (1 - p)^n <= beta: 59 items for 5 % with 95 % confidence, 45 with 90 %, 299 for 1 % with 95 %
    found = [
        zero_acceptance_size(p, consumers_risk=beta, model="binomial")
        for p, beta in [(0.05, 0.05), (0.05, 0.1), (0.01, 0.05)]
    ]
    assert found == [59, 45, 299]
    assert zero_acceptance_size(0.05, consumers_risk=0.05, model="hypergeometric", lot=100) == 45
    # a single bad item in ten is found for certain only when all are inspected
    assert zero_acceptance_size(0.1, consumers_risk=0.05, model="hypergeometric", lot=10) == 10


def test_two_class_plans_accept_as_often_as_icmsf_prints() -> None:
    # ICMSF, Microorganisms in Foods 2 and 7, table of two-class plans, two decimals, recalled from memory
    share = [0.1, 0.2, 0.5]
    assert accept_three_class(share, 0, n=5, c=0).round(2).tolist() == [0.59, 0.33, 0.03]
    assert accept_three_class(share, 0, n=10, c=0).round(2).tolist() == [0.35, 0.11, 0.0]
    assert accept_three_class(share, 0, n=5, c=2).round(2).tolist() == [0.99, 0.94, 0.5]


def test_three_class_plans_agree_with_the_multinomial_distribution() -> None:
    for n, c in ((5, 2), (5, 1), (10, 3)):
        expected = sum(stats.multinomial.pmf([n - i, i, 0], n, [0.6, 0.3, 0.1]) for i in range(c + 1))
        assert float(accept_three_class(0.3, 0.1, n=n, c=c)) == pytest.approx(expected, rel=1e-12)


def test_shares_above_the_limits_are_those_of_the_normal_distribution() -> None:
    found = shares_above([1.0, 2.0], sd_log=0.5, limits=[2.0, 3.0])
    np.testing.assert_allclose(found, stats.norm.sf([[2, 3], [2, 3]], [[1], [2]], 0.5), rtol=1e-13)


# What holds for every plan

plans = (
    st.tuples(st.integers(2, 60), st.integers(0, 5))
    .filter(lambda plan: plan[1] < plan[0])
    .map(lambda plan: single(*plan))
)


def pair(size: int, ac: int, gap: int, more: int) -> Stages:
    """A double plan: Re is `gap` above Ac, the second Ac `more` above the first."""
    return Stages((size, size), (ac, ac + more), (ac + gap, max(ac + gap, ac + more + 1)))


pairs = st.builds(pair, st.integers(1, 40), st.integers(0, 3), st.integers(1, 4), st.integers(0, 4))
GRID = np.linspace(0, 1, 41)


@settings(max_examples=60, deadline=None)
@given(plan=plans | pairs, model=st.sampled_from(["binomial", "poisson"]))
def test_worse_quality_is_never_accepted_more_often(plan: Stages, model) -> None:
    found = operating(GRID, plan, model=model)
    assert np.all(np.diff(found.accepted) <= 1e-12)
    assert found.accepted[0] == pytest.approx(1)
    assert np.all((found.accepted >= -1e-12) & (found.accepted <= 1 + 1e-12))
    np.testing.assert_allclose(found.ended_at.sum(axis=0), 1, rtol=1e-9)
    assert np.all(found.average_sample_number >= plan.sizes[0] - 1e-9)
    assert np.all(found.average_sample_number <= sum(plan.sizes) + 1e-9)


@settings(max_examples=60, deadline=None)
@given(n=st.integers(2, 60), ac=st.integers(0, 5), p=st.floats(0.001, 0.9))
def test_a_larger_acceptance_number_accepts_more_and_a_larger_sample_less(n: int, ac: int, p: float) -> None:
    def accepted(size: int, number: int) -> float:
        return float(operating(p, single(size, number), model="binomial").accepted[0])

    assert accepted(n, ac + 1) >= accepted(n, ac) - 1e-12
    assert accepted(n + 1, ac) <= accepted(n, ac) + 1e-12


@settings(max_examples=15, deadline=None)
@given(plan=pairs, p=st.floats(0.0, 1.0))
def test_the_outgoing_quality_never_exceeds_its_limit(plan: Stages, p: float) -> None:
    worst, _ = outgoing_quality_limit(plan, model="binomial")
    assert operating(p, plan, model="binomial").average_outgoing_quality()[0] <= worst + 1e-8


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: operating(1.2, single(5, 0), model="binomial"), "a quality is a fraction"),
        (lambda: operating(float("nan"), single(5, 0), model="poisson"), "a quality is a fraction"),
        (lambda: operating(0.1, single(5, 0), model="hypergeometric", lot=4), "cannot be drawn from a lot of 4"),
        (lambda: operating(0.15, single(5, 0), model="hypergeometric", lot=10), "is not a whole number of items"),
        (lambda: Stages((5,), (2,), (2,)), "Re larger than Ac"),
        (lambda: smallest_single(0.1, 0.1, producers_risk=0.05, consumers_risk=0.1, model="binomial"), "not below"),
        (
            lambda: smallest_single(0.1, 0.1001, producers_risk=0.05, consumers_risk=0.1, model="binomial"),
            "no single plan",
        ),
        (lambda: accept_three_class(0.7, 0.5, n=5, c=2), "so does their sum"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_its_reason(call, message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        call()
