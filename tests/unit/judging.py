"""Results judged one beside the other, each against a requirement of its own, through the expressions of a turn."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import ibis

from zhiheng import decision, determination
from zhiheng.engines import Engine
from zhiheng.evidence import RESULTS, UNITS

DAY = date(2026, 1, 1)
SHOWN = ("verdict", "reason", "exceedance", "standing")


@lru_cache(maxsize=1)
def engine() -> Engine:
    return Engine(threads=1)


@lru_cache(maxsize=4)
def expression(factor: Decimal = Decimal(2)) -> ibis.Table:
    measured = determination.measure(RESULTS.unbound(), coverage_factor=factor)
    return decision.assess(measured, decision.REQUIRED.unbound(), UNITS.unbound(), name_key=ibis.literal(""))


@lru_cache(maxsize=4)
def statement() -> str:
    found = expression()
    return engine().sql(found.select("row", *SHOWN).order_by("row"))


def result(number: int, case: Mapping[str, Any]) -> tuple[Any, ...]:
    """A row of RESULTS; every case has a test item of its own."""
    body: dict[str, Any] = dict.fromkeys(RESULTS.schema.names)
    body |= {
        "result_id": f"r{number:06}",
        "dataset": "t",
        "source": "s",
        "row": number,
        "item": 1,
        "sample_id": f"s{number}",
        "sample_kind": "regular",
        "stage": "first",
        "product_type": "",
        "analyte": f"a{number}",
        "day": DAY,
        "kind": "mg/kg",
        "units_tested": len(case.get("units", [])) or 1,
    }
    return tuple((body | {name: value for name, value in case.items() if name in body}).values())


def requirement(number: int, case: Mapping[str, Any]) -> tuple[Any, ...]:
    """A row of REQUIRED for the test item of a case."""
    body: dict[str, Any] = dict.fromkeys(decision.REQUIRED.schema.names)
    body |= {
        "product_type": "",
        "name_key": "",
        "analyte": f"a{number}",
        "since": date(1, 1, 1),
        "until": date(9999, 12, 31),
        "rule_key": "t/t/t",
        "force": "legal",
        "decision": "simple",
        "rule_kind": "mg/kg",
    }
    return tuple((body | case.get("rule", {})).values())


def judged(cases: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Verdict, reason and the rest of each case, in their order."""
    found = engine()
    found.table("results", [result(number, case) for number, case in enumerate(cases)], RESULTS.schema)
    found.table("required", [requirement(number, case) for number, case in enumerate(cases)], decision.REQUIRED.schema)
    tested = [
        (f"r{number:06}", place, comparator, value)
        for number, case in enumerate(cases)
        for place, (comparator, value) in enumerate(case.get("units", []), start=1)
    ]
    found.table("units", tested, UNITS.schema)
    rows = found.connection.execute(statement()).fetchall()
    return [dict(zip(SHOWN, row[1:], strict=True)) for row in rows]


def verdicts(cases: Sequence[Mapping[str, Any]]) -> list[str]:
    """The verdicts alone."""
    return [row["verdict"] for row in judged(cases)]


def rule(operator: str, *, decided: str = "simple", **figures: Any) -> dict[str, Any]:
    """The columns of a requirement."""
    return {"operator": operator, "decision": decided} | figures
