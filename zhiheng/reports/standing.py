"""Trend and ranking of a small data set: its samples count once each, and nothing is known of how they were chosen."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from zhiheng import rules, surveillance
from zhiheng.decision import SAMPLES
from zhiheng.errors import UsageError
from zhiheng.reports.nation.periods import Period
from zhiheng.reports.shelf import Shelf
from zhiheng.surveillance import Movement, Ranking
from zhiheng.surveillance.rates import LEVEL

DIMENSIONS = ("product_type", "province", "region", "origin", "maker", "site")
FAILURES = "failures"


def refused(shelf: Shelf, dataset: str, by: Sequence[str]) -> None:
    """UsageError: a dimension that samples do not have, or a set of published failures, which has no rate to move or to rank."""
    strange = [word for word in by if word not in DIMENSIONS]
    if strange:
        raise UsageError(f"by: '{strange[0][:40]}' is none of {', '.join(DIMENSIONS)}")
    card = shelf.open(dataset).summary["card"]
    if card["supports"] == FAILURES:
        raise UsageError(
            f"'{dataset}' holds published failures alone: it has counts and no rate, so nothing moved and nothing is ranked"
        )


def moved(
    shelf: Shelf, dataset: str, before: Period, after: Period, *, by: Sequence[str]
) -> tuple[Movement, list[dict[str, Any]], list[dict[str, Any]]]:
    """What moved the rate of the samples between two periods, by the day whose rules apply; and the cells of both."""
    refused(shelf, dataset, by)
    held = [
        shelf.rows(
            dataset,
            surveillance.of_samples(SAMPLES.unbound(), by=by, first=period.first, last=period.last).order_by(list(by)),
        )
        for period in (before, after)
    ]
    return surveillance.movement(held[0], held[1], by=by, figure="unstated", level=LEVEL), held[0], held[1]


def ranked(shelf: Shelf, dataset: str, by: str, *, on: date) -> Ranking:
    """The values of a dimension by the rate of their samples, under the terms of a day."""
    refused(shelf, dataset, [by])
    rows = [row for row in shelf.rows(dataset, surveillance.verdicts_by(SAMPLES.unbound(), by)) if row["value"]]
    return surveillance.ranking(
        [row["value"] for row in rows],
        [row["nonconforming"] for row in rows],
        [row["judged"] for row in rows],
        terms=rules.settings("ranking", on=on),
    )
