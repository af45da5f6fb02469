"""The engine against the slow reference, on drawn data full of gaps, ties and odd text."""

import random
from decimal import Decimal
from typing import Any

import judging
import pytest
from reference import verdict

COUNT = 4_000
GRID = [Decimal(step) / 10 for step in range(6)]
NAMES = ["", "铅", "naïve", "a'b", "\u2028", "𠮷", "x" * 300, None]


def drawn(chance: random.Random) -> dict[str, Any]:
    """One result and its rule; the grid is coarse, so ties are many."""
    comparator = chance.choice(["=", "=", "=", "<", ">", "nd", "detected", None])
    value = chance.choice([*GRID, None]) if comparator != "nd" else None
    case: dict[str, Any] = {
        "comparator": comparator,
        "value": value,
        "kind": chance.choice(["mg/kg"] * 9 + ["mg/L", None]),
        "product_name": chance.choice(NAMES),
        "reporting_level": value if comparator == "<" else chance.choice([*GRID, None]),
    }
    if comparator == "=" and value is not None:
        case |= {
            "uncertainty": chance.choice([None, Decimal("0.05"), Decimal("0.1")]),
            "lower": chance.choice([None, None, value - chance.choice(GRID)]),
            "upper": chance.choice([None, None, value + chance.choice(GRID)]),
        }
    operator = chance.choice(["<=", "<", ">=", ">", "range", "not_permitted", "not_detected", "plan", "plan"])
    low, high = sorted(chance.choices(GRID, k=2))
    rule: dict[str, Any] = {
        "operator": operator,
        "decision": chance.choice(["simple", "guarded"]),
        "condition": chance.choice([None, None, "dry"]),
    }
    rule |= {
        "<=": {"high": high},
        "<": {"high": high},
        ">=": {"low": low},
        ">": {"low": low},
        "range": {"low": low, "high": high},
    }.get(operator, {})
    if operator == "plan":
        rule |= {
            "n": chance.choice([1, 3, 5]),
            "c": chance.choice([0, 1, 2]),
            "m": low,
            "m_max": chance.choice([None, high]),
            "condition": None,
        }
    if chance.random() < 0.4:
        case |= {"comparator": None, "value": None}
        case["units"] = [
            (sign, None if sign in ("nd", "detected", None) else chance.choice(GRID))
            for sign in chance.choices(
                ["=", "=", "=", "<", ">", "nd", "detected", None], [9, 9, 9, 4, 3, 4, 2, 1], k=chance.choice([2, 3, 5])
            )
        ]
    return case | {"rule": rule}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_engine_and_the_slow_reference_give_the_same_verdicts(seed: int) -> None:
    chance = random.Random(seed)
    cases = [drawn(chance) for _ in range(COUNT)]
    wrong = [
        (case, answer, verdict(case, case["rule"]))
        for case, answer in zip(cases, judging.verdicts(cases), strict=True)
        if answer != verdict(case, case["rule"])
    ]
    assert not wrong, f"{len(wrong)} of {COUNT}, the first: {wrong[0]}"


@pytest.mark.slow
def test_no_results_give_no_findings() -> None:
    assert judging.judged([]) == []


@pytest.mark.slow
def test_two_threads_give_what_one_gives() -> None:
    cases = [drawn(random.Random(seed)) for seed in range(500)]
    first = judging.judged(cases)
    judging.engine().run("SET threads = 2")
    try:
        assert judging.judged(cases) == first
    finally:
        judging.engine().run("SET threads = 1")
