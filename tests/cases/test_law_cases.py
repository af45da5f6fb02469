"""Worked cases of the law: input, day, expected, source; written so that a lawyer can add one.

All cases of one law file go through the same expressions as a nation's results.
"""

from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from zhiheng import decision, determination, rules, units
from zhiheng.engines import Engine
from zhiheng.errors import RuleNotInForce
from zhiheng.evidence import RESULTS, UNITS, printed

LAW = Path(rules.__file__).parents[1] / "law"
FILES = sorted(LAW.glob("**/cases/*.yaml"))
CASES = [(path, number) for path in FILES for number, _ in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")))]


@lru_cache(maxsize=64)
def cases(path: Path) -> list[dict[str, Any]]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def verdicts(path: Path) -> dict[int, tuple[str, str, str]]:
    """(verdict, reason, rule) of every case in a file."""
    found: dict[int, tuple[str, str, str]] = {}
    by_family: dict[str, list[int]] = {}
    for number, case in enumerate(cases(path)):
        by_family.setdefault(case["rule"].rsplit("/", 1)[0], []).append(number)
    for family, numbers in by_family.items():
        found |= judged(family, [(number, cases(path)[number]) for number in numbers])
    return found


def judged(family: str, numbered: list[tuple[int, dict[str, Any]]]) -> dict[int, tuple[str, str, str]]:
    scheme = rules.book().families((family,))[0].scheme
    subjects = {rules.Subject(case["category"], "", case["analyte"]) for _, case in numbered}
    required = rules.requirements(
        sorted(subjects, key=str), book=rules.book(), categories=rules.categories(), origin=scheme, families=(family,)
    )
    with Engine() as engine:
        engine.table("required", decision.required(required), decision.REQUIRED.schema)
        engine.table("results", [result(number, case) for number, case in numbered], RESULTS.schema)
        engine.table("units", [line for number, case in numbered for line in units_of(number, case)], UNITS.schema)
        measured = determination.measure(RESULTS.unbound(), coverage_factor=Decimal(2))
        findings = decision.assess(
            measured, decision.REQUIRED.unbound(), UNITS.unbound(), name_key=measured.product_name.fill_null("")
        )
        return {row["row"]: (row["verdict"], row["reason"], row["rule_key"]) for row in engine.rows(findings)}


def result(number: int, case: dict[str, Any]) -> tuple[Any, ...]:
    body: dict[str, Any] = dict.fromkeys(RESULTS.schema.names)
    figures = [amount(text) for text in case.get("plan", [case.get("value", "")])]
    comparator, value, kind = figures[0]
    several = "plan" in case
    body |= {
        "result_id": str(number),
        "row": number,
        "sample_kind": "regular",
        "stage": "first",
        "product_type": case["category"],
        "analyte": case["analyte"],
        "analyte_printed": case.get("printed", ""),
        "day": case["on"],
        "kind": kind,
        "comparator": None if several else comparator,
        "value": None if several else value,
        "reporting_level": value if comparator == "<" else None,
        "units_tested": len(figures),
    }
    return tuple(body.values())


def units_of(number: int, case: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(str(number), place, *amount(text)[:2]) for place, text in enumerate(case.get("plan", []), start=1)]


def amount(text: str) -> tuple[str, Decimal | None, str]:
    read = printed.quantity(text)
    unit = units.unit(read.unit or "1")
    return read.comparator, None if read.value is None else units.exact(read.value, unit.factor), unit.kind


@pytest.mark.parametrize(
    ("path", "number"), CASES, ids=[f"{path.parent.parent.name}-{path.stem}-{number}" for path, number in CASES]
)
def test_a_worked_case_gives_the_verdict_that_its_source_gives(path: Path, number: int) -> None:
    case = cases(path)[number]
    verdict, reason, rule = verdicts(path)[number]
    if case["expect"] == "not_in_force":
        assert rule != case["rule"], f"{case['why']}: {verdict}, {reason}"
        with pytest.raises(RuleNotInForce, match="no value on"):
            rules.book().at(case["rule"], on=case["on"])
    else:
        assert (verdict, rule) == (case["expect"], case["rule"]), f"{case['why']}: {reason}"


def test_cases_exist_for_every_law_that_judges_the_bundled_data() -> None:
    families = {case["rule"].rsplit("/", 1)[0] for path in FILES for case in cases(path)}
    assert families >= {"cn/gb2762", "cn/gb2760", "us/cpsia", "us/drinking-water", "us/36/ceramics", "us/36/spices"}


def test_a_case_names_a_rule_that_exists() -> None:
    known = rules.book().rules
    assert [case["rule"] for path in FILES for case in cases(path) if case["rule"] not in known] == []
