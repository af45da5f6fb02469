"""Places, products or channels of a nation set beside one another, never without their intervals."""

from datetime import date
from typing import Any

from zhiheng import rules, surveillance
from zhiheng.errors import UsageError
from zhiheng.reports.nation.figures import ARMS, sums
from zhiheng.reports.nation.held import Nation
from zhiheng.surveillance import Ranking

DIMENSIONS = ("province", "category", "product_type", "channel", "region")


def ranked(nation: Nation, by: str, *, arm: str = "random", **where: Any) -> Ranking:
    """The values of a dimension by the rate of one arm; values that were not stated are left out of the order.

    The terms are those in force on the day of the judgement. StatisticsError: nothing to compare.
    """
    if by not in DIMENSIONS:
        raise UsageError(f"by: '{by[:40]}' is none of {', '.join(DIMENSIONS)}")
    if arm not in ARMS:
        raise UsageError(f"arm: '{arm[:40]}' is none of {', '.join(ARMS)}: the arms are not ranked together")

    def made() -> Ranking:
        rows = [row for row in sums(nation, (by,), arm=arm, **where) if row[by]]
        return surveillance.ranking(
            [row[by] for row in rows],
            [row["nonconforming"] for row in rows],
            [row["judged"] for row in rows],
            terms=terms(nation),
        )

    return nation.once(("ranked", by, arm, tuple(sorted(where.items()))), made)


def terms(nation: Nation) -> dict[str, Any]:
    """The terms of rankings on the day of the judgement."""
    return rules.settings("ranking", on=max(judged_on(nation), FIRST))


def judged_on(nation: Nation) -> date:
    """The day of the last judgement."""
    return date.fromisoformat(str(nation.about["judged_on"])[:10])


# the terms were first written down on that day; a lake judged before is told by them all the same
FIRST = date(2026, 11, 22)
