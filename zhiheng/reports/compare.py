"""Two days held side by side: which rules' values differ, and which findings would turn out otherwise."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

import zhiheng
from zhiheng import decision, rules
from zhiheng.decision import FINDINGS, REQUIRED
from zhiheng.decision.required import name_key, wording
from zhiheng.determination.tables import MEASUREMENTS
from zhiheng.evidence import UNITS
from zhiheng.reports.shelf import Shelf
from zhiheng.rules.book import Rule, Value, covers
from zhiheng.rules.categories import Decision

KINDS = ("changed", "new", "gone", "unchanged")
NOTES = Path(zhiheng.__file__).resolve().parent.parent / "examples" / "data"
MOST = 200


@dataclass(frozen=True)
class Change:
    """One rule on two days."""

    rule: Rule
    before: Value | None
    after: Value | None

    @property
    def kind(self) -> str:
        """`changed`, `new`, `gone` or `unchanged`; a new citation of the same value is no change."""
        if self.before is None:
            return "new"
        if self.after is None:
            return "gone"
        return "unchanged" if said(self.before) == said(self.after) else "changed"


def said(value: Value) -> tuple[Any, ...]:
    """What a value demands, without where it stands."""
    return value.low, value.high, value.n, value.c, value.m, value.M, value.condition


def text(rule: Rule, value: Value | None) -> str:
    """A value as a reader writes it."""
    return "" if value is None else wording(rule.operator, value, rule.unit)


@lru_cache(maxsize=64)
def editions(family: str, before: date, after: date) -> tuple[Change, ...]:
    """Every rule of a family that has a value on one of the two days, changed ones first."""
    found = [Change(rule, held(rule, before), held(rule, after)) for rule in rules.book().families((family,))]
    kept = [change for change in found if change.before or change.after]
    return tuple(sorted(kept, key=lambda change: (KINDS.index(change.kind), change.rule.analyte, change.rule.key)))


def held(rule: Rule, on: date) -> Value | None:
    """The value of a rule on a day, or nothing."""
    return next((value for value in rule.values if value.holds(on)), None)


def judging(shelf: Shelf, family: str) -> list[str]:
    """The data sets that are judged by a family."""
    return [
        name
        for name in shelf.datasets()
        if any(covers(prefix, family) or covers(family, prefix) for prefix in shelf.open(name).summary["card"]["rules"])
    ]


def replayed(shelf: Shelf, dataset: str, *, family: str, before: date, after: date) -> tuple[dict[str, Any], ...]:
    """The findings whose verdict by the rules of one day is not the verdict by those of the other."""
    return replay(shelf, dataset, shelf.open(dataset).key, family, before, after)


@lru_cache(maxsize=32)
def replay(shelf: Shelf, dataset: str, key: str, family: str, before: date, after: date) -> tuple[dict[str, Any], ...]:
    """The same for one turn, named by `key`."""
    changes = [change for change in editions(family, before, after) if change.kind != "unchanged"]
    analytes = sorted({change.rule.analyte for change in changes})
    if not analytes or not key:
        return ()
    scheme = shelf.open(dataset).summary["card"]["scheme"]
    first, second = (verdicts(analytes, scheme, on=on) for on in (before, after))
    both = first.inner_join(second, "result_id")
    joined = both.select(
        "result_id",
        before=first.verdict,
        after=second.verdict,
        rule_before=first.rule_key,
        rule_after=second.rule_key,
        text_before=first.rule_text,
        text_after=second.rule_text,
    )
    differing = joined.filter(
        (joined.before != joined.after) & (of_family(joined.rule_before, family) | of_family(joined.rule_after, family))
    )
    findings = FINDINGS.unbound().select(
        "result_id", "sample_id", "product_name", "product_type", "analyte", "printed", "comparator", "printed_unit"
    )
    listed = differing.inner_join(findings, "result_id").order_by("result_id").limit(MOST)
    return tuple(shelf.rows(dataset, listed))


def of_family(key: ir.StringValue, family: str) -> ir.BooleanValue:
    """Whether a rule key lies in a family."""
    return key.startswith(f"{family}/").fill_null(False)


def verdicts(analytes: list[str], scheme: str, *, on: date) -> ir.Table:
    """Verdict and rule of the results on some test items, as if judged on the day."""
    findings = FINDINGS.unbound()
    some = findings.filter(findings.analyte.isin(analytes)).select(*MEASUREMENTS.schema.names)
    key = name_key(some, rules.categories(), origin=scheme)
    judged = decision.assess(some, REQUIRED.unbound(), UNITS.unbound(), on=on, name_key=key)
    return judged.select("result_id", "verdict", "rule_key", "rule_text")


@lru_cache(maxsize=8)
def explanations(dataset: str) -> dict[tuple[str, str], dict[str, str]]:
    """What a person found out about each difference: by sample and the item's number in its row."""
    path = NOTES / dataset / "differences.csv"
    return dict(explained(path)) if path.is_file() else {}


def explained(path: Path) -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
    """The lines of a file of explanations."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            yield (row["sample_id"], row["item"]), row


def odd() -> ir.Table:
    """Findings that were published as failed and yet do not fail the limit that is printed beside them."""
    table = FINDINGS.unbound()
    return table.filter(table.printed_verdict.notnull() & (table.printed_verdict != "nonconforming")).order_by(
        ["printed_verdict", "result_id"]
    )


def unplaced() -> ir.Table:
    """Product types that nobody has placed in the categories of the rules: findings and test items concerned."""
    table = FINDINGS.unbound()
    concerned = table.filter(table.reason == "category_unmapped")
    grouped = concerned.group_by("product_type").agg(
        findings=concerned.count(),
        samples=concerned.sample_id.nunique(),
        analytes=concerned.analyte.collect(distinct=True),
    )
    return grouped.order_by([ibis.desc("findings"), "product_type"])


def left_out(scheme: str) -> list[tuple[str, Decision]]:
    """The categories that somebody looked at and deliberately did not place: (scheme of the rules, decision)."""
    found = rules.categories().decisions
    return [
        (target, one)
        for (origin, target), decisions in sorted(found.items())
        if origin == scheme
        for one in decisions
        if not one.to
    ]
