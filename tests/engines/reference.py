"""The verdict once more, slowly, in plain Python and without a table: what the expressions are held against."""

from decimal import Decimal
from typing import Any

Bound = Decimal | None


def state(case: dict[str, Any]) -> str:
    """What was measured."""
    comparator, value = case.get("comparator"), case.get("value")
    if len(case.get("units", [])) > 1:
        return "several_units"
    if comparator is None or (comparator in ("=", ">") and value is None):
        return "missing"
    return {"detected": "detected", "<": "below_level", "nd": "below_level", ">": "above_range"}.get(
        comparator, "quantified"
    )


def verdict(case: dict[str, Any], rule: dict[str, Any]) -> str:
    """The verdict of one regular result under one rule."""
    found, operator = state(case), rule["operator"]
    if found == "missing":
        return "not_judged"
    if operator in ("not_permitted", "not_detected"):
        return "conforming" if found == "below_level" or case.get("value") == 0 else "nonconforming"
    if case.get("kind", "mg/kg") != "mg/kg":
        return "not_judged"
    if operator == "plan":
        return by_plan(case, rule)
    if found == "several_units":
        return "not_judged"
    if found == "detected" or (found == "below_level" and case.get("reporting_level") is None):
        return "inconclusive"
    answers = {meets(rule, point) for point in ends(case, rule, found)}
    if answers == {True}:
        return "conforming"
    if answers == {False} and on_one_side(case, rule, found):
        return "inconclusive" if rule.get("condition") else "nonconforming"
    return "inconclusive"


def ends(case: dict[str, Any], rule: dict[str, Any], found: str) -> list[Decimal]:
    """Values that stand for all the values the result leaves open: its ends, and points far out or just inside."""
    value, tiny, far = case.get("value"), Decimal("1e-18"), Decimal("1e30")
    if found == "below_level":
        return [-far, case["reporting_level"] - tiny]
    assert value is not None
    if found == "above_range":
        return [value + tiny, far]
    if rule["decision"] == "simple":
        return [value]
    half = 2 * (case.get("uncertainty") or 0)
    lower, upper = case.get("lower"), case.get("upper")
    return [value - half if lower is None else lower, value + half if upper is None else upper]


def on_one_side(case: dict[str, Any], rule: dict[str, Any], found: str) -> bool:
    """Whether all open values break the same end of the rule."""
    low, high = ends(case, rule, found)[0], ends(case, rule, found)[-1]
    return not meets({**rule, "low": None}, low) or not meets({**rule, "high": None}, high)


def meets(rule: dict[str, Any], point: Decimal) -> bool:
    """Whether one value meets the rule."""
    low: Bound = rule.get("low")
    high: Bound = rule.get("high")
    under = high is None or (point < high if rule["operator"] == "<" else point <= high)
    above = low is None or (point > low if rule["operator"] == ">" else point >= low)
    return under and above


def by_plan(case: dict[str, Any], rule: dict[str, Any]) -> str:
    """The verdict of a sampling plan of two or three classes."""
    units = case.get("units") or [(case.get("comparator"), case.get("value"))]
    known = [unit for unit in units if not missing(unit)]
    counts = {
        (sure, bound): sum(over(unit, rule.get(bound), sure=sure) for unit in known)
        for sure in (True, False)
        for bound in ("m", "m_max")
    }
    if counts[True, "m_max"] > 0 or counts[True, "m"] > rule["c"]:
        return "nonconforming"
    if len(known) < len(units):
        return "not_judged"
    if len(units) < rule["n"] or counts[False, "m_max"] > 0 or counts[False, "m"] > rule["c"]:
        return "inconclusive"
    return "conforming"


def missing(unit: tuple[str, Bound]) -> bool:
    """Whether a unit has no figure where it should have one."""
    comparator, value = unit
    return comparator is None or (comparator in "=<>" and value is None)


def over(unit: tuple[str, Bound], bound: Bound, *, sure: bool) -> bool:
    """Whether a unit surely, or possibly, lies over the bound."""
    comparator, value = unit
    if bound is None:
        return False
    if comparator == "nd":
        return not sure and bound > 0
    if comparator == "detected":
        return bound == 0 if sure else True
    assert value is not None
    if comparator == ">":
        return value >= bound if sure else True
    if comparator == "<":
        return False if sure else bound > 0 and value > bound
    return value > bound
