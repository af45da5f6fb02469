"""Trend and ranking of a small data set: its samples count once each, and nothing is known of how they were chosen."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng import rules, surveillance
from zhiheng.decision import FINDINGS, SAMPLES
from zhiheng.errors import StatisticsError, UsageError
from zhiheng.reports.nation.periods import Period
from zhiheng.reports.shelf import Shelf
from zhiheng.surveillance import Movement, Ranking
from zhiheng.surveillance.rates import LEVEL
from zhiheng.surveillance.trend import count as judged

DIMENSIONS = ("product_type", "province", "region", "origin", "maker", "site")
FAILURES = "failures"
USUAL = "product_type"
JUDGED = ["conforming", "nonconforming"]
FEWEST = 2


def refused(shelf: Shelf, dataset: str, by: Sequence[str]) -> None:
    """UsageError: a dimension that samples do not have, or a set of published failures, which has no rate to move or to rank."""
    strange = [word for word in by if word not in DIMENSIONS]
    if strange:
        raise UsageError(f"by: '{strange[0][:40]}' is none of {', '.join(DIMENSIONS)}")
    if is_failures(shelf, dataset):
        raise UsageError(
            f"'{dataset}' holds published failures alone: it has counts and no rate, so nothing moved and nothing is ranked"
        )


def is_failures(shelf: Shelf, dataset: str) -> bool:
    """Whether a data set holds published failures alone."""
    return bool(shelf.open(dataset).summary["card"]["supports"] == FAILURES)


def supports(shelf: Shelf, dataset: str) -> str:
    """What the samples of a data set can say, as its profile has it."""
    return str(shelf.open(dataset).summary["card"]["supports_note"]["en"])


def moved(
    shelf: Shelf, dataset: str, before: Period, after: Period, *, by: Sequence[str]
) -> tuple[Movement, list[dict[str, Any]], list[dict[str, Any]]]:
    """What moved the rate of the samples between two periods, by the day of sampling; and the cells of both.

    StatisticsError: a period in which nothing was judged; it says what was, and when.
    """
    refused(shelf, dataset, by)
    if not by:
        raise UsageError(f"by: name a dimension whose mix may have moved the rate: {', '.join(DIMENSIONS)}")
    held = [
        shelf.rows(
            dataset,
            surveillance.of_samples(dated(), by=by, first=period.first, last=period.last).order_by(list(by)),
        )
        for period in (before, after)
    ]
    for period, rows in zip((before, after), held, strict=True):
        if not sum(map(judged, rows)):
            raise StatisticsError(nothing_in(shelf, dataset, period, sum(int(row["batches"]) for row in rows)))
    return surveillance.movement(held[0], held[1], by=by, figure="unstated", level=LEVEL), held[0], held[1]


def dated() -> ir.Table:
    """The samples with the day on which they were taken (or made, or judged by, where that is all that is known) as their `day`.

    The day whose rules apply is no time to compare: a profile may judge decades of results by the rules of one day.
    """
    findings = FINDINGS.unbound()
    happened = ibis.coalesce(findings.sampled_on, findings.made_on, findings.day)
    taken = findings.group_by("sample_id").agg(happened=happened.min())
    joined = SAMPLES.unbound().left_join(taken, "sample_id")
    return joined.mutate(day=ibis.coalesce(joined.happened, joined.day))


def nothing_in(shelf: Shelf, dataset: str, period: Period, samples: int) -> str:
    """Why a period has no rate, and which years have one."""
    years = judged_years(shelf, dataset)
    had = f"none of its {samples:,} samples came to a verdict" if samples else "no sample is of that time"
    there = f"years with judged samples: {said(years)}" if years else "no sample of the data set was judged"
    return f"{dataset}: nothing was judged in {period.name}: {had}; {there}"


def said(years: Sequence[int]) -> str:
    """Years in a line, those that follow one another as a span.

    >>> said([2010, 2011, 2012, 2019])
    '2010 to 2012, 2019'
    """
    spans: list[list[int]] = []
    for year in years:
        if spans and year == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], year]
        else:
            spans.append([year])
    return ", ".join(" to ".join(map(str, span)) for span in spans)


def judged_years(shelf: Shelf, dataset: str) -> list[int]:
    """The years of which samples were judged, in order."""
    table = dated()
    of_verdict = table.filter(table.verdict.isin(JUDGED) & table.day.notnull())
    found = of_verdict.group_by(year=of_verdict.day.year()).agg(n=of_verdict.count()).order_by("year")
    return [int(row["year"]) for row in shelf.rows(dataset, found)]


def ranked(shelf: Shelf, dataset: str, by: str, *, on: date) -> Ranking:
    """The values of a dimension by the rate of their samples, under the terms of a day.

    StatisticsError: fewer than two values with judged samples; it says which dimensions have more.
    """
    refused(shelf, dataset, [by])
    every = shelf.rows(dataset, surveillance.verdicts_by(SAMPLES.unbound(), by))
    rows = [row for row in every if row["value"]]
    units = sum(row["judged"] > 0 for row in rows)
    if units < FEWEST:
        blank = sum(row["results"] for row in every) - sum(row["results"] for row in rows)
        others = ", ".join(f"{name} ({n})" for name, n in rankable(shelf, dataset).items()) or "none"
        raise StatisticsError(
            f"{dataset}: {units} values of {by} have judged samples ({blank:,} samples do not state it) and a ranking needs two; "
            f"dimensions that have them: {others}"
        )
    return surveillance.ranking(
        [row["value"] for row in rows],
        [row["nonconforming"] for row in rows],
        [row["judged"] for row in rows],
        terms=rules.settings("ranking", on=on),
    )


def rankable(shelf: Shelf, dataset: str) -> dict[str, int]:
    """How many values of each dimension have judged samples, where there are two and more."""
    table = SAMPLES.unbound()
    chosen = table.filter(table.verdict.isin(JUDGED))
    line = shelf.rows(dataset, chosen.agg(**{name: chosen[name].nullif("").nunique() for name in DIMENSIONS}))[0]
    return {name: int(n) for name, n in line.items() if n >= FEWEST}
