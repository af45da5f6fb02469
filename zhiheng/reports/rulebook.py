"""The book of rules as data for API and command line: found by words, shown as on a day or with every dated value."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from zhiheng import rules
from zhiheng.decision import FINDINGS
from zhiheng.decision.required import wording
from zhiheng.reports.shelf import Shelf
from zhiheng.rules.book import covers


@dataclass(frozen=True)
class Asked:
    """Which rules to show; empty means all."""

    family: tuple[str, ...] = ()
    analyte: tuple[str, ...] = ()
    force: tuple[str, ...] = ()
    operator: tuple[str, ...] = ()
    category: str = ""
    search: str = ""
    on: date | None = None


def families() -> list[dict[str, Any]]:
    """Every family of rules with its title and how many rules it has."""
    found: dict[str, dict[str, Any]] = {}
    for rule in rules.book().rules.values():
        entry = found.setdefault(
            rule.family,
            {"family": rule.family, "title": rule.title, "force": rule.force, "scheme": rule.scheme, "rules": 0},
        )
        entry["rules"] += 1
    return [found[name] for name in sorted(found)]


def select(asked: Asked) -> list[rules.Rule]:
    """The rules that were asked for, by key."""
    words = asked.search.casefold().split()
    found = [
        rule
        for rule in rules.book().rules.values()
        if fits(rule, asked) and all(word in text_of(rule) for word in words)
    ]
    return sorted(found, key=lambda rule: rule.key)


def fits(rule: rules.Rule, asked: Asked) -> bool:
    """Whether a rule passes every filter but the words."""
    return (
        (not asked.family or any(covers(name, rule.family) for name in asked.family))
        and (not asked.analyte or rule.analyte in asked.analyte)
        and (not asked.force or rule.force in asked.force)
        and (not asked.operator or rule.operator in asked.operator)
        and (not asked.category or any(asked.category in path for path in rule.applies))
        and (asked.on is None or any(value.holds(asked.on) for value in rule.values))
    )


def text_of(rule: rules.Rule) -> str:
    """What the words of a search are looked up in."""
    analyte = rules.analytes().by_code.get(rule.analyte)
    names = (analyte.zh, analyte.en, *analyte.synonyms) if analyte else ()
    acts = (f"{value.cite.act} {value.cite.at}" for value in rule.values)
    return " ".join((rule.key, *rule.title.values(), rule.analyte, *names, *rule.applies, rule.note, *acts)).casefold()


def entry(rule: rules.Rule, *, on: date | None = None) -> dict[str, Any]:
    """A rule as one line: its latest value, or the value in force on the day."""
    in_force = next((value for value in rule.values if on and value.holds(on)), None)
    shown = in_force or rule.values[-1]
    names = rules.analytes()
    return {
        "key": rule.key,
        "family": rule.family,
        "title": rule.title,
        "force": rule.force,
        "scheme": rule.scheme,
        "decision": rule.decision,
        "analyte": rule.analyte,
        "analyte_name": {language: names.name(rule.analyte, language) for language in ("zh", "en")},
        "applies": list(rule.applies),
        "excepts": list(rule.excepts),
        "operator": rule.operator,
        "unit": rule.unit,
        "note": rule.note,
        "limit": limit(rule, shown),
        "since": shown.since,
        "until": shown.until,
        "citation": citation(shown),
        "checked": shown.checked,
    }


def whole(rule: rules.Rule, *, on: date | None = None) -> dict[str, Any]:
    """A rule with every dated value; with a day, also the value in force, or the reason why there is none."""
    found = entry(rule, on=on) | {"values": [dated(rule, value) for value in rule.values], "on": None}
    if on is not None:
        at = rules.book().at(rule.key, on=on)
        found["on"] = dated(rule, at.value) | {"day": on, "standing": at.standing}
    return found


def dated(rule: rules.Rule, value: rules.Value) -> dict[str, Any]:
    """One dated value with its citation and fingerprint."""
    return {
        "since": value.since,
        "until": value.until,
        "repealed": value.repealed,
        "limit": limit(rule, value),
        "low": plain(value.low),
        "high": plain(value.high),
        "n": value.n,
        "c": value.c,
        "m": plain(value.m),
        "M": plain(value.M),
        "condition": value.condition,
        "citation": citation(value),
        "source": value.cite.source,
        "confidence": value.confidence,
        "checked": value.checked,
        "note": value.note,
        "fingerprint": rule.fingerprint(value),
    }


def limit(rule: rules.Rule, value: rules.Value) -> str:
    """A value as a reader writes it; nothing where it was repealed."""
    return "" if value.repealed else wording(rule.operator, value, rule.unit)


def citation(value: rules.Value) -> str:
    """Act and place, as they are cited."""
    return ", ".join(part for part in (value.cite.act, value.cite.at) if part)


def plain(figure: Decimal | None) -> str | None:
    """A printed decimal as text."""
    return None if figure is None else format(figure, "f")


def used(shelf: Shelf, key: str) -> list[dict[str, Any]]:
    """How many findings rest on a rule, by data set, verdict and reason."""
    rules.book().rule(key)
    table = FINDINGS.unbound()
    ruled = table.filter(table.rule_key == key)
    counts = ruled.group_by(["verdict", "reason"]).agg(n=ruled.count()).order_by(["verdict", "reason"])
    return [{"dataset": name} | row for name in shelf.datasets() for row in shelf.rows(name, counts)]


def analytes(*, search: str = "", group: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Test items by code; the words are looked up in code, names, CAS number and synonyms."""
    words = search.casefold().split()
    found = []
    for code in sorted(rules.analytes().by_code):
        known = rules.analytes().by_code[code]
        text = " ".join((known.code, known.zh, known.en, known.cas, *known.synonyms)).casefold()
        if (not group or known.group in group) and all(word in text for word in words):
            found.append(
                {
                    "code": known.code,
                    "zh": known.zh,
                    "en": known.en,
                    "cas": known.cas,
                    "group": known.group,
                    "synonyms": list(known.synonyms),
                }
            )
    return found
