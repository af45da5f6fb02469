"""The days on which the law of a lake changed: for the marks on charts over time."""

from datetime import date
from typing import Any

from zhiheng.decision.tables import REQUIRED
from zhiheng.reports.nation.held import Nation

Row = dict[str, Any]


def amendments(nation: Nation, first: date, last: date) -> list[Row]:
    """Days after the first and up to the last on which limits began to hold: day, how many, and the acts, in order of time."""

    def asked() -> list[Row]:
        path = nation.book.root / "required.parquet"
        if not path.exists():
            return []
        held = nation.view(REQUIRED, [path])
        begun = held.filter(held.rule_key.notnull() & (held.force == "legal"))
        chosen = begun.select("rule_key", "rule_since", "citation").distinct()
        return nation.rows(chosen.order_by("rule_since", "rule_key", "citation"))

    found: dict[date, Row] = {}
    for row in nation.once(("amendments",), asked):
        day = row["rule_since"]
        if day and first < day <= last:
            own = found.setdefault(day, {"day": day, "rules": set(), "acts": set()})
            own["rules"].add(row["rule_key"])
            own["acts"].add(str(row["citation"] or "").split(",")[0])
    return [{"day": day, "rules": len(own["rules"]), "acts": sorted(own["acts"])} for day, own in sorted(found.items())]
