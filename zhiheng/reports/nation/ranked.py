"""Places, products or channels of a nation set beside one another, never without their intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from zhiheng import rules, surveillance
from zhiheng.errors import UsageError
from zhiheng.reports.nation.figures import ARMS, Row, sums
from zhiheng.reports.nation.held import Nation
from zhiheng.reports.nation.stated import IMPOSSIBLE, is_population, stated
from zhiheng.surveillance import Estimates, Figure, Ranking
from zhiheng.surveillance.arms import TARGETED, UNKNOWN

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
        return of_rows(rows, by, arm=arm, terms=terms(nation))

    return nation.once(("ranked", by, arm, tuple(sorted(where.items()))), made)


def of_rows(rows: Sequence[Row], by: str, *, arm: str, terms: Mapping[str, Any]) -> Ranking:
    """Rows of sums in their order: by weights where every batch of the random arm has a known probability, else by plain counts.

    A row whose counts cannot be is left out, and the ranking says so.
    """
    wrong = [row for row in rows if not 0 <= row["nonconforming"] <= row["judged"]]
    if wrong:
        found = of_rows([row for row in rows if row not in wrong], by, arm=arm, terms=terms)
        names = tuple(row[by] for row in wrong)
        told = f"{', '.join(map(str, names))}: {IMPOSSIBLE}"
        return replace(found, left_out=(*found.left_out, *names), reasons=(*found.reasons, told))
    held = [[row[name] for row in rows] for name in (by, "nonconforming", "judged")]
    if not is_population(rows, arm):
        missing, n = sum(row["unweighted"] for row in rows), sum(row["judged"] for row in rows)
        reason = TARGETED if arm == "targeted" else UNKNOWN.format(missing=missing, n=n)
        return surveillance.ranking(*held, terms=terms, reasons=(reason,))
    figures = [stated(row, arm) for row in rows]
    whole, failed = (float(sum(row[name] for row in rows)) for name in ("weight_judged", "weight_nonconforming"))
    rates, lower, upper = ([figure_of(figure, name) for figure in figures] for name in ("rate", "lower", "upper"))
    estimates = Estimates(rates, lower, upper, [row["effective"] for row in rows], failed / whole)
    return surveillance.ranking(*held, terms=terms, estimates=estimates)


def figure_of(figure: Figure, name: str) -> float:
    """A part of a figure; NaN of a unit where nothing was judged, which is left out."""
    value = getattr(figure, name)
    return float("nan") if value is None else float(value)


def terms(nation: Nation) -> dict[str, Any]:
    """The terms of rankings on the day of the judgement."""
    return rules.settings("ranking", on=max(judged_on(nation), FIRST))


def judged_on(nation: Nation) -> date:
    """The day of the last judgement."""
    return date.fromisoformat(str(nation.about["judged_on"])[:10])


# the terms were first written down on that day; a lake judged before is told by them all the same
FIRST = date(2026, 11, 22)
