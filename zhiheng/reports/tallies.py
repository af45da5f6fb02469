"""The counts that a bulletin is made of: each one question to the last turn's tables."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

import ibis

from zhiheng import rules, surveillance
from zhiheng.decision import FINDINGS
from zhiheng.reports.shelf import Shelf
from zhiheng.selection import PROPOSAL
from zhiheng.surveillance import SIGNALS
from zhiheng.surveillance.rates import beginning, cells, counted, totals, with_intervals
from zhiheng.surveillance.signals import following

Row = dict[str, Any]
COUNTS = ("results", "judged", "conforming", "nonconforming", "inconclusive", "not_judged")
STEPS = ("month", "quarter", "year")
SHOWN = {"month": 24, "quarter": 40, "year": 80}
AHEAD = {"month": 4, "quarter": 2, "year": 0}


@dataclass(frozen=True)
class Desk:
    """One data set on the shelf, opened for counting."""

    shelf: Shelf
    dataset: str

    @property
    def summary(self) -> Row:
        """The summary of the last turn."""
        return self.shelf.open(self.dataset).summary

    @property
    def card(self) -> Row:
        """What is known of the source."""
        return dict(self.summary["card"])

    @property
    def is_failures(self) -> bool:
        """Whether the source lists failures alone, so that no rate can be had."""
        return bool(self.card["supports"] == "failures")

    def rows(self, expression: ibis.Table) -> list[Row]:
        """Every row of an expression."""
        return self.shelf.rows(self.dataset, expression)

    def told(self, counts: Sequence[Row]) -> list[Row]:
        """Counts with rate and interval where the source supports them."""
        found = with_intervals(counts, supports=self.card["supports"])
        return [
            {name: float(value) if isinstance(value, float) else value for name, value in row.items()} for row in found
        ]


def overall(desk: Desk, *, force: str) -> Row:
    """All findings under rules of one force, or under none."""
    return desk.told(desk.rows(totals(FINDINGS.unbound(), force=force)))[0]


def by_value(desk: Desk, column: str, *, force: str = "legal") -> list[Row]:
    """Counts by value of a column: most nonconforming first, then most judged; the unjudged last."""
    found = desk.told(desk.rows(cells(FINDINGS.unbound(), by=column, force=force)))
    return sorted(
        found,
        key=lambda row: (-row["nonconforming"], -row["judged"], -row["inconclusive"], -row["results"], row["value"]),
    )


def by_group(desk: Desk, items: Sequence[Row]) -> list[Row]:
    """Counts of test items added up by their group."""
    sums: dict[str, Row] = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
    known = rules.analytes().by_code
    for row in items:
        group = known[row["value"]].group if row["value"] in known else "other"
        for name in COUNTS:
            sums[group][name] += row[name]
    found = desk.told([{"value": group, **counts} for group, counts in sums.items()])
    return sorted(found, key=lambda row: (-row["nonconforming"], -row["judged"], row["value"]))


def outcomes(desk: Desk, *, force: str) -> list[Row]:
    """Counts by verdict and reason; a result without any rule counts with the legal limits."""
    chosen = counted(FINDINGS.unbound(), force=force)
    if force != "legal":
        chosen = chosen.filter(chosen.force.notnull())
    grouped = chosen.group_by(["verdict", "reason"]).agg(n=chosen.count())
    order = {"nonconforming": 0, "conforming": 1, "inconclusive": 2, "not_judged": 3}
    return sorted(desk.rows(grouped), key=lambda row: (order[row["verdict"]], -row["n"], row["reason"]))


def left_out(desk: Desk) -> Row:
    """How many findings no figure counts: replaced by a retest, or quality control."""
    table = FINDINGS.unbound()
    retested = (table.sample_kind == "regular") & table.superseded
    return desk.rows(
        table.agg(
            findings=table.count(),
            superseded=retested.cast("int64").sum().fill_null(0),
            control=(table.sample_kind != "regular").cast("int64").sum().fill_null(0),
            samples=table.sample_id.nunique(),
        )
    )[0]


def span(desk: Desk) -> tuple[date | None, date | None]:
    """The first and the last day on which something counted was sampled, or made."""
    chosen = counted(FINDINGS.unbound())
    day = ibis.coalesce(chosen.sampled_on, chosen.made_on, chosen.day)
    found = desk.rows(chosen.agg(first=day.min(), last=day.max()))[0]
    return found["first"], found["last"]


def dated_by(desk: Desk) -> str:
    """Which day places a result in time."""
    chosen = counted(FINDINGS.unbound())
    found = desk.rows(chosen.agg(sampled=chosen.sampled_on.count(), made=chosen.made_on.count()))[0]
    return "sampled_on" if found["sampled"] else ("made_on" if found["made"] else "day")


def periods(desk: Desk, *, step: str, force: str = "legal") -> list[Row]:
    """Counts by period, every period from the first to the last."""
    chosen = counted(FINDINGS.unbound(), force=force)
    dated = chosen.mutate(period=beginning(ibis.coalesce(chosen.sampled_on, chosen.made_on, chosen.day), step))
    grouped = dated.group_by("period").agg(**surveillance.verdict_counts(dated))
    known = {row["period"]: row for row in desk.rows(grouped) if row["period"] is not None}
    if not known:
        return []
    found, period = [], min(known)
    while period <= max(known):
        found.append(known.get(period) or {"period": period, **dict.fromkeys(COUNTS, 0)})
        period = following(period, step)
    return desk.told(found)


def best_step(desk: Desk, *, force: str = "legal", least: int = 10) -> str:
    """The shortest period, not shorter than the profile's, in which enough results are judged to say something."""
    given = desk.card["series"].get("step") or "year"
    for step in STEPS[STEPS.index(given) :]:
        judged = [row["judged"] for row in periods(desk, step=step, force=force)[-SHOWN[step] :]]
        if judged and median(judged) >= least:
            return step
    return "month" if desk.is_failures and given == "month" else "year"


def rules_used(desk: Desk) -> list[Row]:
    """Every rule value that judged something, with how many results and how well its source has been read."""
    table = FINDINGS.unbound()
    real = (table.sample_kind == "regular") & ~table.superseded
    chosen = table.filter(real & table.rule_key.notnull())
    by = ["rule_key", "rule_since", "rule_text", "citation", "force", "standing", "decision"]
    bad = (chosen.verdict == "nonconforming").cast("int64").sum().fill_null(0)
    judged = chosen.verdict.isin(["conforming", "nonconforming"]).cast("int64").sum().fill_null(0)
    grouped = chosen.group_by(by).agg(n=chosen.count(), judged=judged, nonconforming=bad)
    return desk.rows(grouped.order_by([grouped.n.desc(), "rule_key", "rule_since"]))


def law_changes(used: Sequence[Row], *, since: date, until: date) -> list[Row]:
    """The days in a stretch of time on which a value of a used rule began: day, act, rules, results."""
    results: dict[str, int] = defaultdict(int)
    for row in used:
        results[row["rule_key"]] += row["n"]
    found: dict[tuple[date, str], Row] = {}
    for key, n in sorted(results.items()):
        for value in rules.book().rule(key).values:
            if since < value.since <= until:
                row = found.setdefault(
                    (value.since, value.cite.act), {"day": value.since, "act": value.cite.act, "rules": 0, "results": 0}
                )
                row["rules"] += 1
                row["results"] += n
    return [found[place] for place in sorted(found)]


def printed_limits(desk: Desk) -> list[Row]:
    """How printed limits stand to ours, among the findings that count."""
    chosen = counted(FINDINGS.unbound())
    chosen = chosen.filter(chosen.agreement.notnull())
    found = desk.rows(chosen.group_by("agreement").agg(n=chosen.count()))
    order = ("agree", "agree_unread", "agree_same_source", "differ", "ours_missing", "printed_unreadable")
    return sorted(found, key=lambda row: order.index(row["agreement"]))


def differing(desk: Desk) -> list[Row]:
    """The findings whose printed limit is not ours."""
    chosen = counted(FINDINGS.unbound())
    names = [
        "sample_id",
        "product_name",
        "analyte",
        "printed_limit",
        "limit_operator",
        "limit_low",
        "limit_high",
        "limit_kind",
        "rule_text",
        "rule_key",
    ]
    return desk.rows(chosen.filter(chosen.agreement == "differ").select(*names).order_by("sample_id", "analyte"))


def signals(desk: Desk, *, most: int) -> tuple[int, list[Row]]:
    """How many signals there are, and the newest."""
    table = SIGNALS.unbound()
    total = desk.shelf.scalar(desk.dataset, table.count())
    return total, desk.rows(table.order_by([table.period.desc(), table.score.desc(), "series"]).limit(most))


def proposal(desk: Desk) -> list[Row]:
    """The proposal of the next inspections, most samples first."""
    found = desk.rows(PROPOSAL.unbound())
    return sorted(found, key=lambda row: (-row["targeted"], -row["nonconforming"], row["stratum"]))
