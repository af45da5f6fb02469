"""The requirements of a data set as a table: one line for each kind of object, test item and stretch of days."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng import units
from zhiheng.decision.tables import REQUIRED
from zhiheng.errors import UnitError
from zhiheng.rules import Categories, Requirement, Subject, Value, conditions

EARLIEST = date(1, 1, 1)
SIGNS = {"<=": "≤", "<": "<", ">=": "≥", ">": ">"}


def name_key(results: ir.Table, categories: Categories, *, origin: str) -> ir.StringValue:
    """The product's name where it decides how the product is placed, and nothing elsewhere."""
    deciding = sorted(
        {
            decision.category
            for (source, _), decisions in categories.decisions.items()
            if source == origin
            for decision in decisions
            if decision.name
        }
    )
    blank = ibis.literal("")
    return (
        ibis.ifelse(results.product_type.isin(deciding), results.product_name.fill_null(""), blank)
        if deciding
        else blank
    )


def subjects(results: ir.Table, categories: Categories, *, origin: str) -> ir.Table:
    """The distinct kinds of object and test items among results."""
    return results.select(
        product_type=results.product_type.fill_null(""),
        name_key=name_key(results, categories, origin=origin),
        analyte=results.analyte.fill_null(""),
    ).distinct()


def required(requirements: Iterable[Requirement], *, decision: str = "") -> Iterator[tuple[Any, ...]]:
    """The lines of REQUIRED; `decision` overrides every rule's own decision rule."""
    for requirement in requirements:
        body: dict[str, Any] = dict.fromkeys(REQUIRED.schema.names)
        body |= subject_columns(requirement.subject)
        body |= {
            "since": max(requirement.since, EARLIEST),
            "until": requirement.until,
            "absence": requirement.absence or None,
            "placed": requirement.placed or None,
        }
        if requirement.rule is not None and requirement.value is not None:
            body |= rule_columns(requirement, requirement.value, decision)
        yield tuple(body.values())


def subject_columns(subject: Subject) -> dict[str, str]:
    """What the requirement is about."""
    return {"product_type": subject.category, "name_key": subject.name, "analyte": subject.analyte}


def rule_columns(requirement: Requirement, value: Value, decision: str) -> dict[str, Any]:
    """The rule and its value, in the canonical unit."""
    rule = requirement.rule
    assert rule is not None
    unit = units.unit(rule.unit or "1")

    def scaled(figure: Decimal | None) -> Decimal | None:
        return None if figure is None else units.exact(figure, unit.factor)

    return {
        "rule_key": rule.key,
        "rule_since": value.since,
        "rule_until": value.until,
        "fingerprint": rule.fingerprint(value),
        "citation": ", ".join(part for part in (value.cite.act, value.cite.at) if part),
        "force": rule.force,
        "confidence": value.confidence,
        "checked": value.checked,
        "decision": decision or rule.decision,
        "condition": value.condition or None,
        "met_by": met_by(value.condition),
        "operator": rule.operator,
        "low": scaled(value.low),
        "high": scaled(value.high),
        "n": value.n,
        "c": value.c,
        "m": scaled(value.m),
        "m_max": scaled(value.M),
        "rule_kind": unit.kind,
        "rule_text": wording(rule.operator, value, rule.unit),
    }


def met_by(condition: str) -> str | None:
    """The pattern by which a printed test item states a condition, where there is one."""
    known = conditions().get(condition)
    return known.met_by or None if known else None


def wording(operator: str, value: Value, unit: str) -> str:
    """A limit as a reader writes it.

    >>> from zhiheng.rules import Citation
    >>> wording("<=", Value(date(2026, 1, 1), None, Citation("x"), high=Decimal("0.2")), "mg/kg")
    '≤ 0.2 mg/kg'
    """
    if operator == "not_permitted":
        return "不得使用"
    if operator == "not_detected":
        return "不得检出"
    if operator == "plan":
        upper = "" if value.M is None else f", M={value.M}"
        return f"n={value.n}, c={value.c}, m={value.m}{upper} {unit}".strip()
    if operator == "range":
        return f"{value.low}–{value.high} {unit}".strip()
    figure = value.high if operator in ("<=", "<") else value.low
    return f"{SIGNS[operator]} {figure} {unit}".strip()


def unit_faults(rules: Iterable[Any]) -> list[str]:
    """Rules whose unit nobody knows, for the check of the law."""
    faults = []
    for rule in rules:
        try:
            units.unit(rule.unit or "1")
        except UnitError as error:
            faults.append(f"{rule.source}: {error}")
    return faults
