"""The rule that held for a line that was plain: no finding was kept of it, and the law still says what it was held against."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from zhiheng import rules
from zhiheng.decision.required import required
from zhiheng.decision.tables import REQUIRED
from zhiheng.reports.nation.figures import Row
from zhiheng.reports.nation.held import Nation

SHOWN = (
    "rule_key",
    "rule_since",
    "rule_until",
    "citation",
    "force",
    "checked",
    "operator",
    "rule_kind",
    "rule_text",
    "condition",
    "absence",
)


def same_law(nation: Nation) -> bool:
    """Whether the law at hand is the law of the book."""
    return bool(nation.about.get("rules") == rules.fingerprint())


def ruled(nation: Nation, lines: Sequence[Row]) -> list[Row]:
    """Lines with the rule of their day; where none held then, the line was not judged, and the reason stands beside it."""
    deciding = deciding_types(str(nation.card["scheme"]))
    names = [line["product_name"] or "" if line["product_type"] in deciding else "" for line in lines]
    wanted = {
        rules.Subject(line["product_type"] or "", name, line["analyte"] or "")
        for line, name in zip(lines, names, strict=True)
    }
    histories = {subject: history(nation, subject) for subject in wanted}
    found = []
    for line, name in zip(lines, names, strict=True):
        subject = rules.Subject(line["product_type"] or "", name, line["analyte"] or "")
        entry = on_day(histories[subject], line["day"])
        shown = {column: entry.get(column) for column in SHOWN}
        if entry.get("rule_key") is None:
            shown |= {"verdict": "not_judged", "reason": entry.get("absence") or "no_rule"}
        found.append(line | {name: value for name, value in shown.items() if name != "absence"})
    return found


def deciding_types(origin: str) -> frozenset[str]:
    """The product types of which the product's name decides how it is placed."""
    return frozenset(
        decision.category
        for (source, _), decisions in rules.categories().decisions.items()
        if source == origin
        for decision in decisions
        if decision.name
    )


def history(nation: Nation, subject: rules.Subject) -> list[Row]:
    """What was required of a subject, stretch by stretch."""

    def made() -> list[Row]:
        requirements = rules.requirements(
            [subject],
            book=rules.book(),
            categories=rules.categories(),
            origin=str(nation.card["scheme"]),
            families=tuple(nation.card["rules"]),
        )
        lines = required(requirements, decision=str(nation.card.get("decision") or ""))
        return [dict(zip(REQUIRED.schema.names, line, strict=True)) for line in lines]

    return list(nation.once(("history", subject), made))


def on_day(lines: Sequence[Row], day: date) -> dict[str, Any]:
    """The stretch in which a day lies."""
    return next((line for line in lines if line["since"] <= day < line["until"]), {})
