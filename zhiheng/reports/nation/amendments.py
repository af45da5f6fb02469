"""The days on which the law of a lake changed: for the marks on charts over time."""

from datetime import date
from typing import Any

from zhiheng.decision.tables import REQUIRED
from zhiheng.reports.nation.held import Nation

Row = dict[str, Any]


def amendments(nation: Nation, first: date, last: date) -> list[Row]:
    """Days after the first and up to the last on which limits began to hold: day, how many, and the acts, in order of time."""
    every = nation.once(("amendments",), lambda: by_day(begun(nation)))
    return [row for row in every if first < row["day"] <= last]


def begun(nation: Nation) -> list[Row]:
    """The legal limits that the book judges by: rule, the day since when, citation."""
    path = nation.book.root / "required.parquet"
    if not path.exists():
        return []
    held = nation.view(REQUIRED, [path])
    legal = held.filter(held.rule_key.notnull() & (held.force == "legal"))
    chosen = legal.select("rule_key", "rule_since", "citation").distinct()
    return nation.rows(chosen.order_by("rule_since", "rule_key", "citation"))


def by_day(rules: list[Row]) -> list[Row]:
    """The days on which limits began to hold, how many rules and which acts, in order of time."""
    found: dict[date, Row] = {}
    for row in rules:
        if day := row["rule_since"]:
            own = found.setdefault(day, {"day": day, "rules": set(), "acts": set()})
            own["rules"].add(row["rule_key"])
            own["acts"].add(str(row["citation"] or "").split(",")[0])
    return [{"day": day, "rules": len(own["rules"]), "acts": sorted(own["acts"])} for day, own in sorted(found.items())]
