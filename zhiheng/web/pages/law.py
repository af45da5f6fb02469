"""One rule through time."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext

from zhiheng import rules
from zhiheng.errors import RuleNotInForce
from zhiheng.reports import compare, lawbook
from zhiheng.rules.book import Rule, RuleAt, Value
from zhiheng.web.pages import common, words
from zhiheng.web.pages.common import url
from zhiheng.web.shell import shelf

EXPECTED = {"conforming", "nonconforming", "inconclusive", "not_judged"}
MOST_TYPES = 100


def page_of(key: str, *, on: date) -> dict[str, Any]:
    """Everything about a rule, with its value on the day or the reason why there is none."""
    rule = rules.book().rule(key)
    try:
        held: RuleAt | None = rules.book().at(key, on=on)
        silent = ""
    except RuleNotInForce as error:
        held, silent = None, str(error)
    title = words.both(rule.title)
    family = next((one for one in lawbook.families(on) if one.key == rule.family), None)
    return {
        "title": words.rule(key),
        "active": "rules",
        "key": key,
        "on": on.isoformat(),
        "silent": silent,
        "rule_title": title,
        "question": gettext("What does %(family)s demand here, since when, and who says so?")
        % {"family": words.both(family.title) if family else title},
        "crumbs": [
            {"label": gettext("Rules"), "url": url("rules")},
            {"label": rule.family, "url": url("rules", query=[("family", rule.family)])},
            {"label": words.rule(key)},
        ],
        "held": in_force(rule, held) if held else None,
        "facts": facts(rule, held),
        "values": values(rule, on),
        "chart": chart(rule, on),
        "used": used(key),
        "covers": covered(rule),
        "cases": cases(key),
        "editions_url": url("editions", query=[("family", rule.family)]),
        "api_url": f"/api/rules/{key}?on={on}",
        "stale": bool(held and held.standing != "checked"),
        "stale_text": words.said("standing", held.standing) if held else "",
    }


def in_force(rule: Rule, held: RuleAt) -> dict[str, Any]:
    """The value on the day as a big number."""
    return {
        "name": gettext("Value on %(day)s") % {"day": held.on},
        "value": words.limit(rule.operator, compare.text(rule, held.value)),
        "note": words.cited(held.value.cite.act, held.value.cite.at),
    }


def facts(rule: Rule, held: RuleAt | None) -> list[dict[str, Any]]:
    """What the rule is about."""
    item = rules.analytes().by_code.get(rule.analyte)
    found = [
        {
            "label": gettext("Test item"),
            "text": words.analyte(rule.analyte),
            "note": (item.cas and f"CAS {item.cas}") or "" if item else "",
        },
        {"label": gettext("Force"), "text": words.said("force", rule.force)},
        {"label": gettext("Kind of limit"), "text": words.said("operator", rule.operator)},
        {"label": gettext("Decision rule"), "text": words.said("decision", rule.decision)},
        {"label": gettext("Category scheme"), "text": rule.scheme},
        {"label": gettext("Key"), "text": rule.key, "note": rule.source},
    ]
    if held:
        found.append({"label": gettext("Fingerprint of the value"), "text": held.fingerprint})
    if rule.note:
        found.append({"label": gettext("Note"), "text": rule.note})
    return found


def values(rule: Rule, on: date) -> dict[str, Any]:
    """Every dated value with its source."""
    columns = [
        {"label": gettext("Since"), "nowrap": True},
        {"label": gettext("Until"), "nowrap": True},
        {"label": gettext("Limit"), "nowrap": True},
        {"label": gettext("Citation"), "wide": True},
        {"label": gettext("Where it was read"), "wide": True},
        {"label": gettext("How")},
        {"label": gettext("Last checked"), "nowrap": True},
        {"label": gettext("Condition and note"), "wide": True},
    ]
    return common.table(
        columns, [one(rule, value, on) for value in reversed(rule.values)], label=gettext("The rule through time")
    )


def one(rule: Rule, value: Value, on: date) -> list[dict[str, Any]]:
    """One dated value."""
    cited = words.cited(value.cite.act, value.cite.at)
    read, link = value.cite.source, value.cite.source if value.cite.source.startswith("https://") else ""
    text = gettext("repealed") if value.repealed else words.limit(rule.operator, compare.text(rule, value))
    return [
        {"text": words.day(value.since), "main": True, "tag": gettext("on this day") if value.holds(on) else ""},
        {"text": words.day(value.until) if value.until else gettext("open")},
        {"text": text},
        {"text": cited},
        {"text": read or words.MISSING, "url": link},
        {"text": words.said("confidence", value.confidence) if value.confidence else words.WORDS["confidence"][""]},
        {"text": words.day(value.checked) if value.checked else gettext("not verified")},
        {
            "text": "; ".join(
                part for part in (value.condition and words.condition(value.condition), value.note) if part
            )
            or words.MISSING
        },
    ]


def chart(rule: Rule, on: date) -> dict[str, Any] | None:
    """The limit through time as steps."""
    points = lawbook.history(rule)
    if not points:
        return None
    return {
        "id": "history",
        "title": gettext("The limit through time"),
        "heading": 2,
        "unit": rule.unit,
        "size": "short",
        "period": f"{rule.values[0].since} – {on}",
        "source": ", ".join(dict.fromkeys(value.cite.act for value in rule.values)),
        "api_url": f"/api/rules/{rule.key}",
        "chart": {
            "kind": "steps",
            "unit": rule.unit,
            "until": max(on, rule.values[-1].since).isoformat(),
            "series": [{"name": words.said("operator", rule.operator), "points": points}],
        },
    }


def used(key: str) -> dict[str, Any] | None:
    """How many findings the rule gave, per data set."""
    found = lawbook.uses(shelf()).get(key, {})
    columns = [
        {"label": gettext("Data set"), "wide": True},
        *({"label": str(word), "numeric": True} for word in words.VERDICT.values()),
    ]
    lines = [
        [
            {"text": common.title(dataset), "url": common.rows_url(dataset, rule_key=key), "main": True},
            *(
                {
                    "text": words.number(by.get(verdict, 0)),
                    "url": common.rows_url(dataset, rule_key=key, verdict=verdict) if by.get(verdict) else "",
                }
                for verdict in words.VERDICT
            ),
        ]
        for dataset, by in found.items()
    ]
    return common.table(columns, lines, label=gettext("Findings that used this rule")) if lines else None


def covered(rule: Rule) -> dict[str, Any]:
    """The categories of the rule, and the product types of our data that were placed there."""
    types = []
    for dataset in lawbook.uses(shelf()).get(rule.key, {}):
        rows = shelf().rows(dataset, lawbook.covering(rule.key).limit(MOST_TYPES))
        types += [
            {
                "label": words.category(row["product_type"]) + (f" ({row['name_key']})" if row["name_key"] else ""),
                "url": common.one_url(dataset, "product_type", row["product_type"]),
                "placed": "" if row["placed"] in ("*", row["product_type"], None) else words.category(row["placed"]),
            }
            for row in rows
        ]
    return {
        "applies": [gettext("every product") if path == "*" else words.category(path) for path in rule.applies],
        "excepts": [words.category(path) for path in rule.excepts],
        "types": types,
    }


def cases(key: str) -> dict[str, Any] | None:
    """The worked cases that came with the rule."""
    columns = [
        {"label": gettext("Case"), "wide": True},
        {"label": gettext("Day"), "nowrap": True},
        {"label": gettext("Product"), "wide": True},
        {"label": gettext("Result"), "numeric": True},
        {"label": gettext("Expected")},
        {"label": gettext("Source"), "wide": True},
    ]
    lines = [
        [
            {"text": case.get("why", ""), "main": True},
            {"text": str(case.get("on", ""))},
            {"text": words.category(str(case.get("category", "")))},
            {"text": str(case.get("value", ""))},
            expected(case),
            {"text": str(case.get("source", ""))},
        ]
        for case in lawbook.cases().get(key, ())
    ]
    return common.table(columns, lines, label=gettext("Worked cases")) if lines else None


def expected(case: Mapping[str, Any]) -> dict[str, str]:
    """What a case must give."""
    found = str(case.get("expect", ""))
    return (
        {"verdict": found}
        if found in EXPECTED
        else {"text": gettext("no value on this day") if found == "not_in_force" else found}
    )
