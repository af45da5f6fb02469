"""The book of rules as a list that can be searched and counted, what each rule was used for, and its worked cases."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import ibis.expr.types as ir
import yaml

from zhiheng import rules
from zhiheng.decision import FINDINGS, REQUIRED
from zhiheng.decision.required import wording
from zhiheng.evidence.tables import Column, Table
from zhiheng.reports.browse import Listing, View
from zhiheng.reports.shelf import Shelf
from zhiheng.rules.book import Rule, Value
from zhiheng.rules.library import law, walk

NOT_IN_FORCE = "not_in_force"
MOST = 12

RULES = Table(
    "rules",
    "Rules",
    "规则",
    (
        Column("rule_key", "string", "Rule", "规则"),
        Column("family", "string", "Family", "标准"),
        Column("analyte", "string", "Test item", "检验项目"),
        Column("group", "string", "Group of test items", "项目类别"),
        Column("force", "string", "Legal limit or guidance", "法定限量或指导值"),
        Column("operator", "string", "Kind of limit", "限值形式"),
        Column("rule_text", "string", "Limit on the day", "当日标准值"),
        Column("since", "date", "In force since", "生效日"),
        Column("standing", "string", "Standing of the source", "规则核对状态"),
        Column("confidence", "string", "How the figure was read", "数值来源"),
        Column("citation", "string", "Source", "依据"),
        Column("used", "int64", "Results judged by it", "用于判定的结果数"),
    ),
)
LISTING = Listing(
    RULES,
    facets=("family", "group", "force", "operator", "standing", "confidence", "analyte"),
    searched=("rule_key", "citation", "names"),
    order=("-used",),
    key="rule_key",
)


@dataclass(frozen=True)
class Family:
    """A family of rules: one law file."""

    key: str
    title: dict[str, str]
    rules: int
    in_force: int
    force: str


@lru_cache(maxsize=8)
def entries(on: date) -> tuple[dict[str, Any], ...]:
    """Every rule as it stands on the day."""
    return tuple(entry(rule, on=on) for rule in rules.book().rules.values())


def entry(rule: Rule, *, on: date) -> dict[str, Any]:
    """One rule as a row; without a value on the day it is `not_in_force`."""
    value = next((known for known in rule.values if known.holds(on)), None)
    item = rules.analytes().by_code.get(rule.analyte)
    names = " ".join((rule.key, item.zh, item.en, *item.synonyms, *rule.applies)) if item else rule.key
    return {
        "rule_key": rule.key,
        "family": rule.family,
        "analyte": rule.analyte,
        "group": item.group if item else "other",
        "force": rule.force,
        "operator": rule.operator,
        "names": names.lower(),
        "applies": rule.applies,
        "rule_text": wording(rule.operator, value, rule.unit) if value else None,
        "since": value.since if value else None,
        "standing": standing(value, on=on),
        "confidence": value.confidence if value else None,
        "citation": ", ".join(part for part in (value.cite.act, value.cite.at) if part) if value else None,
    }


def standing(value: Value | None, *, on: date) -> str:
    """Whether somebody has read the source since the day."""
    if value is None:
        return NOT_IN_FORCE
    if value.checked is None:
        return "unverified"
    return "stale" if on > value.checked else "checked"


@lru_cache(maxsize=8)
def families(on: date) -> tuple[Family, ...]:
    """Every family with the number of its rules and of those in force on the day."""
    found: dict[str, list[Rule]] = {}
    for rule in rules.book().rules.values():
        found.setdefault(rule.family, []).append(rule)
    held = Counter(row["family"] for row in entries(on) if row["standing"] != NOT_IN_FORCE)
    return tuple(
        Family(key, members[0].title, len(members), held[key], members[0].force)
        for key, members in sorted(found.items())
    )


def selected(rows: Iterable[Mapping[str, Any]], asked: View, *, without: str = "") -> list[Mapping[str, Any]]:
    """The rows that a view leaves."""
    needle = asked.search.lower()
    kept = [
        row for row in rows if all(str(row[name] or "") in values for name, values in asked.filters if name != without)
    ]
    return (
        [row for row in kept if needle in row["names"] or needle in (row["citation"] or "").lower()] if needle else kept
    )


def tallies(rows: Sequence[Mapping[str, Any]], asked: View) -> dict[str, list[dict[str, Any]]]:
    """For each facet its most frequent values under the other filters."""
    found = {}
    for name in LISTING.facets:
        counts = Counter(str(row[name] or "") for row in selected(rows, asked, without=name))
        most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]
        found[name] = [{"value": value, "n": n} for value, n in most]
    return found


def ordered(rows: list[Mapping[str, Any]], asked: View) -> list[Mapping[str, Any]]:
    """The rows in the order of a view; what is missing stands last."""
    mark = asked.sort or LISTING.order[0]
    name = mark.lstrip("-")
    there = [row for row in rows if row[name] is not None]
    missing = [row for row in rows if row[name] is None]
    found = sorted(
        sorted(there, key=lambda row: row["rule_key"]), key=lambda row: row[name], reverse=mark.startswith("-")
    )
    return [*found, *missing]


def uses(shelf: Shelf) -> dict[str, dict[str, dict[str, int]]]:
    """How many findings each rule gave: by rule, data set and verdict."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for dataset in shelf.datasets():
        for rule_key, verdict, n in used(shelf, dataset, shelf.open(dataset).key):
            found.setdefault(rule_key, {}).setdefault(dataset, {})[verdict] = n
    return found


@lru_cache(maxsize=32)
def used(shelf: Shelf, dataset: str, key: str) -> tuple[tuple[str, str, int], ...]:
    """The findings of one turn by rule and verdict; `key` names the turn."""
    table = FINDINGS.unbound().filter(FINDINGS.unbound().rule_key.notnull())
    counts = table.group_by(["rule_key", "verdict"]).agg(n=table.count()).order_by(["rule_key", "verdict"])
    return tuple((row["rule_key"], row["verdict"], row["n"]) for row in shelf.rows(dataset, counts)) if key else ()


def covering(key: str) -> ir.Table:
    """The product types of a data set that a rule was applied to, and where they were placed."""
    table = REQUIRED.unbound()
    return (
        table.filter(table.rule_key == key)
        .select("product_type", "name_key", "placed")
        .distinct()
        .order_by(["product_type", "name_key"])
    )


@lru_cache(maxsize=1)
def cases() -> dict[str, tuple[dict[str, Any], ...]]:
    """The worked cases that came with the law, by rule."""
    found: dict[str, list[dict[str, Any]]] = {}
    for place, entry_ in walk(law()):
        if "/cases/" in f"/{place}" and entry_.name.endswith(".yaml"):
            for case in yaml.load(entry_.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or ():
                found.setdefault(str(case.get("rule", "")), []).append(case)
    return {key: tuple(listed) for key, listed in found.items()}


def history(rule: Rule) -> list[tuple[str, float | None]]:
    """The level of a rule through time: a day and the figure from that day on, nothing where it ended."""
    points: list[tuple[str, float | None]] = []
    for value in rule.values:
        level = value.high if value.high is not None else value.low
        points.append((value.since.isoformat(), None if value.repealed or level is None else float(level)))
        following = next((later for later in rule.values if later.since == value.until), None)
        if value.until and following is None:
            points.append((value.until.isoformat(), None))
    return points if any(level is not None for _, level in points) else []
