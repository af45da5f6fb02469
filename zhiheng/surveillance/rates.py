"""Nonconformity rates of the items judged, with interval, and everything that was not judged beside them."""

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from zhiheng.stats import wilson

LEVEL = 0.95
STEPS = ("month", "quarter", "year")


def counted(findings: ir.Table, *, force: str = "legal") -> ir.Table:
    """The findings that a figure counts: real samples, not replaced by a retest, under rules of one force or under none."""
    of_force = (findings.force == force) | findings.force.isnull()
    return findings.filter((findings.sample_kind == "regular") & ~findings.superseded & of_force)


def cells(findings: ir.Table, *, by: str, force: str = "legal") -> ir.Table:
    """Counts by verdict for each value of a column."""
    chosen = counted(findings, force=force)
    return (
        chosen.group_by(value=chosen[by].cast("string").fill_null("")).agg(**verdict_counts(chosen)).order_by("value")
    )


def verdicts_by(samples: ir.Table, by: str) -> ir.Table:
    """Samples by verdict for each value of a column, in the shape of CELLS."""
    return (
        samples.group_by(value=samples[by].cast("string").fill_null(""))
        .agg(**verdict_counts(samples))
        .order_by("value")
    )


def totals(findings: ir.Table, *, force: str = "legal") -> ir.Table:
    """Counts by verdict of all findings together."""
    chosen = counted(findings, force=force)
    return chosen.agg(**verdict_counts(chosen))


def verdict_counts(chosen: ir.Table) -> dict[str, ir.IntegerValue]:
    """The counts of CELLS as aggregations."""

    def of(*words: str) -> ir.IntegerValue:
        return chosen.verdict.isin(list(words)).cast("int64").sum().fill_null(0)

    return {
        "results": chosen.count(),
        "judged": of("conforming", "nonconforming"),
        "conforming": of("conforming"),
        "nonconforming": of("nonconforming"),
        "inconclusive": of("inconclusive"),
        "not_judged": of("not_judged"),
    }


def series(findings: ir.Table, *, by: str, step: str, force: str = "legal") -> ir.Table:
    """Counts by verdict for each value of a column and each period of time."""
    chosen = counted(findings, force=force)
    happened = ibis.coalesce(chosen.sampled_on, chosen.made_on, chosen.day)
    dated = chosen.mutate(period=beginning(happened, step), value=chosen[by].cast("string").fill_null(""))
    return dated.group_by(["value", "period"]).agg(**verdict_counts(dated)).order_by("value", "period")


def beginning(day: ir.DateValue, step: str) -> ir.DateValue:
    """The first day of the period in which a day lies."""
    first = {"month": day.month(), "quarter": (day.quarter() - 1) * 3 + 1, "year": ibis.literal(1)}[step]
    return ibis.date(day.year(), first, 1)


def with_intervals(rows: Sequence[dict[str, Any]], *, supports: str) -> list[dict[str, Any]]:
    """Counts with rate and Wilson interval; a set of failures alone has no rate, and gets none.

    The interval says how far chance alone could have moved the rate among items like these. It says nothing about a
    population unless the sample is a probability sample. `least` and `most` bound the rate whatever the inconclusive
    results truly are.
    """
    nothing = {"rate": None, "lower": None, "upper": None, "least": None, "most": None}
    if supports == "failures" or not rows:
        return [dict(row) | nothing for row in rows]
    failed = np.array([row["nonconforming"] for row in rows], dtype=float)
    judged = np.array([row["judged"] for row in rows], dtype=float)
    unsure = np.array([row["inconclusive"] for row in rows], dtype=float)
    interval = wilson(failed, judged, level=LEVEL)
    found = []
    for place, row in enumerate(rows):
        if judged[place] == 0:
            found.append(dict(row) | nothing)
            continue
        decided = judged[place] + unsure[place]
        found.append(
            dict(row)
            | {
                "rate": failed[place] / judged[place],
                "lower": float(interval.lower[place]),
                "upper": float(interval.upper[place]),
                "least": failed[place] / decided,
                "most": (failed[place] + unsure[place]) / decided,
            }
        )
    return found
