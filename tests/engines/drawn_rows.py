"""Rows drawn for any table: gaps, ties, odd texts, days at the ends of the calendar, figures at the ends of their range."""

import random
from datetime import date
from decimal import Decimal
from typing import Any

import ibis

from zhiheng.decision.printed import AGREEMENTS
from zhiheng.decision.tables import REASONS, VERDICTS
from zhiheng.determination.tables import STATES

KEYS = 240
TEXTS = [
    "",
    " ",
    "铅",
    "naïve",
    "nai\u0308ve",
    "a'b",
    'q"q',
    "back\\slash",
    "%_",
    "\u2028",
    "𠮷",
    "Z",
    "a",
    "A",
    "line\nbreak",
    "x" * 300,
    "NULL",
]
DAYS = [
    date(1, 1, 1),
    date(1582, 10, 10),
    date(1899, 12, 31),
    date(2024, 2, 29),
    date(2025, 12, 31),
    date(2026, 1, 1),
    date(9999, 12, 31),
]
GRID = [Decimal(step) / 10 for step in range(6)]
# all but the ends of DECIMAL(38, 15) (an interval around an end does not fit: a test of its own), figures that no float
# holds, and ties at the last digit
FIGURES = [
    Decimal("99999999999999999999997.999999999999999"),
    Decimal("-99999999999999999999997.999999999999999"),
    Decimal("123456789.123456789123456"),
    Decimal("0.000000000000001"),
    Decimal("0.200000000000001"),
    Decimal("-0.1"),
]
LEAN_FIGURES = [Decimal("999999999.999999999"), Decimal("-999999999.999999999"), Decimal("0.000000001")]
POOLS: dict[str, list[Any]] = {
    "dataset": ["one", "two"],
    "sample_kind": ["regular", "regular", "regular", "blank"],
    "stage": ["first", "first", "retest"],
    "product_type": ["", "蔬菜 > 芹菜", "a'b"],
    "name_key": [""],
    "product_name": TEXTS,
    "analyte": ["lead", "cadmium", "𠮷", ""],
    "analyte_printed": ["铅(以干重计)", "镉", "Lead, dry weight", ""],
    "comparator": ["=", "=", "=", "<", ">", "nd", "detected"],
    "kind": ["mg/kg", "mg/kg", "mg/kg", "mg/L"],
    "rule_kind": ["mg/kg", "mg/kg", "mg/kg", "mg/L"],
    "limit_kind": ["mg/kg", "mg/kg", "mg/L"],
    "units_tested": [1, 1, 1, 5],
    "verdict": list(VERDICTS),
    "printed_verdict": list(VERDICTS),
    "reason": list(REASONS),
    "agreement": list(AGREEMENTS),
    "state": list(STATES),
    "severity": ["minor", "major", "serious"],
    "force": ["legal", "legal", "guidance"],
    "confidence": ["notice", "inferred", "read"],
    "decision": ["simple", "guarded"],
    "condition": ["dry weight"],
    "met_by": ["干重|干基|干样|dry", "即食"],
    "operator": ["<=", "<", ">=", ">", "range", "not_permitted", "not_detected", "plan", "plan"],
    "limit_operator": ["<=", "<", ">=", "range", "not_detected", "plan"],
    "absence": ["no_rule", "category_unmapped"],
    "number": [1, 2, 3, 4, 5],
    "delivery": [1, 2],
    "report": list(range(KEYS // 6)),
    "subject": list(range(8)),
    "sign": list(range(8)),
    "special": [0, 0, 1],
    "panel": [1, 2, 3],
    "times": [1, 2],
    "again": [0, 0, 1],
    "version": [0, 0, 1, 2],
    "inclusion": [0.1, 0.25, 1 / 3, 1.0, 0.0],
    "results": [1, 7, 20],
    "bare": [0, 3],
    "plain": [0, 1, 2],
    "plain_b": [0, 1, 2],
    "below": [0, 0, 1, 2],
    "guarded": [0, 1],
    "settled_before": [date(1, 1, 1), date(2026, 1, 1), date(9999, 12, 31)],
    "settled_after": [date(2026, 1, 1), date(9999, 12, 31)],
    "clear_since": [date(1, 1, 1), date(2025, 12, 31)],
    "clear_until": [date(2026, 1, 1), date(9999, 12, 31)],
    "exceedance": [0.1, 1.0, 2.0, 5.0, 1 / 3, 1e22],
    "of_stratum": ["east", "西部", "a'b"],
    "of_unit": [1, 2, 3, 4, 5, 6],
    "of_domain": ["one", "two", "铅"],
    # quarters: their sums are whole in every order of addition
    "weighing": [1.0, 2.5, 4.0, 8.25],
    "mark": [0.0, 0.0, 1.0],
    "stock": [300.0],
    # lines of a requirement lie one after the other
    "since": [date(1, 1, 1)],
    "until": [date(2026, 1, 1), date(9999, 12, 31)],
}
# what stands once in a table, as it does in a lake
ONCE = {
    "reports": ("report",),
    "lines": ("item",),
    "sides": ("item",),
    "pieces": ("item",),
    "kept_findings": ("item",),
    "envelopes": ("subject",),
    "envelopes_b": ("subject",),
    "subjects": ("subject",),
}
NEVER_NULL = {
    "delivery",
    "report",
    "subject",
    "sign",
    "special",
    "panel",
    "times",
    "again",
    "version",
    "results",
    "plain",
    "plain_b",
    "settled",
    "settled_b",
    "settled_before",
    "settled_after",
    "clear_since",
    "clear_until",
    "day",
    "received",
    "item",
    "result_id",
    "sample_id",
    "product_type",
    "name_key",
    "since",
    "until",
    "superseded",
    "open",
    "of_stratum",
    "weighing",
}
SMALL = {"uncertainty"}


def drawn(name: str, schema: ibis.Schema, *, count: int, seed: int) -> list[tuple[Any, ...]]:
    """So many rows of a table; the same seed gives the same rows."""
    chance = random.Random(f"{name} {seed}")
    return [tuple(cell(name, column, kind, place, chance) for column, kind in schema.items()) for place in range(count)]


def cell(name: str, column: str, kind: Any, place: int, chance: random.Random) -> Any:
    """One cell."""
    if column == "result_id":
        # results have a number each; the units of a result share one
        return f"r{place if name != 'units' else chance.randrange(KEYS)}"
    if column == "sample_id":
        return f"s{chance.randrange(KEYS // 4)}"
    if column in ONCE.get(name, ()):
        return place
    if column not in NEVER_NULL and chance.random() < 0.15:
        return None
    if column in POOLS and not (name == "required" and column == "analyte"):
        return chance.choice(POOLS[column])
    if name == "required" and column == "analyte":
        return chance.choice([*POOLS["analyte"], ""])
    return by_kind(column, kind, chance)


def by_kind(column: str, kind: Any, chance: random.Random) -> Any:
    """A cell of a column without a pool of its own."""
    if kind.is_decimal():
        wide = LEAN_FIGURES if kind.precision == 18 else FIGURES
        figures = GRID if column in SMALL else [*GRID, *GRID, *wide]
        return chance.choice(figures)
    if kind.is_date():
        return (
            chance.choice(DAYS)
            if chance.random() < 0.3
            else date(2025, chance.randrange(1, 13), chance.randrange(1, 29))
        )
    if kind.is_boolean():
        return chance.random() < 0.3
    if kind.is_integer():
        return chance.choice([0, 1, 2, 3, 5])
    if kind.is_floating():
        return chance.choice([0.0, 0.1, -1.5, 1e300])
    return chance.choice(TEXTS)
