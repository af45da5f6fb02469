"""The first page's questions: how much failed, where, when and on what, and what differs from the printed limits."""

from functools import lru_cache
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng import surveillance
from zhiheng.decision import FINDINGS
from zhiheng.reports.shelf import Shelf
from zhiheng.selection import PROPOSAL
from zhiheng.surveillance import SIGNALS
from zhiheng.surveillance.rates import beginning, counted

Rows = list[dict[str, Any]]
FEW = 6


def failures(by: str) -> ir.Table:
    """How many results failed, for each value of a column: value, n, printed."""
    found = counted(FINDINGS.unbound())
    grouped = found.group_by(value=found[by].cast("string").fill_null("")).agg(
        n=found.count(),
        nonconforming=(found.verdict == "nonconforming").cast("int64").sum(),
    )
    return grouped.order_by([ibis.desc("n"), "value"])


def months(by: str) -> ir.Table:
    """How many results there are in each month and for each value of a column: month, value, n."""
    found = counted(FINDINGS.unbound())
    happened = ibis.coalesce(found.sampled_on, found.made_on, found.day)
    dated = found.mutate(month=beginning(happened, "month"), value=found[by].fill_null(""))
    kept = dated.filter(dated.month.notnull())
    return kept.group_by(["month", "value"]).agg(n=kept.count()).order_by(["month", "value"])


def differing() -> ir.Table:
    """The findings whose printed limit is not ours."""
    table = FINDINGS.unbound()
    return table.filter(table.agreement == "differ").order_by(["day", "result_id"])


def newest(most: int = FEW) -> ir.Table:
    """The newest signals."""
    table = SIGNALS.unbound()
    return table.order_by([ibis.desc("period"), ibis.desc("score"), "signal_id"]).limit(most)


def first(most: int = FEW) -> ir.Table:
    """The lines of the proposal with most targeted samples."""
    table = PROPOSAL.unbound()
    return table.order_by([ibis.desc("targeted"), ibis.desc("nonconforming"), "stratum"]).limit(most)


def arms() -> ir.Table:
    """The size of the proposal's two arms."""
    table = PROPOSAL.unbound()
    return table.agg(targeted=table.targeted.sum(), random=table.random.sum(), strata=table.count())


def printed(shelf: Shelf, dataset: str) -> dict[str, Any]:
    """Everything the first page says of a set of published failures."""
    return of_failures(shelf, dataset, shelf.open(dataset).key)


@lru_cache(maxsize=16)
def of_failures(shelf: Shelf, dataset: str, key: str) -> dict[str, Any]:
    """The same for one turn; `key` names it, so that nothing of an older turn is given."""
    asked = {
        "totals": surveillance.totals(FINDINGS.unbound()),
        "analytes": failures("analyte"),
        "provinces": failures("province"),
        "types": failures("product_type"),
        "months": months("province"),
        "differing": differing(),
        "signals": newest(),
        "proposal": first(),
        "arms": arms(),
    }
    return {name: shelf.rows(dataset, expression) for name, expression in asked.items()} | {"key": key}


def measured(shelf: Shelf, dataset: str) -> dict[str, Any]:
    """Everything the first page says of a set with denominators."""
    return of_measured(shelf, dataset, shelf.open(dataset).key)


def leading(shelf: Shelf, dataset: str) -> str:
    """The dimension that the data set's own profile watches first."""
    return str(shelf.open(dataset).summary["card"]["series"]["by"][0])


@lru_cache(maxsize=16)
def of_measured(shelf: Shelf, dataset: str, key: str) -> dict[str, Any]:
    """Rates with interval and bounds, under legal limits and under guidance values, and the newest signals."""
    supports = shelf.open(dataset).summary["card"]["supports"]
    found: dict[str, Any] = {"key": key}
    for force in ("legal", "guidance"):
        counts = shelf.rows(dataset, surveillance.totals(FINDINGS.unbound(), force=force))
        found[force] = surveillance.with_intervals(counts, supports=supports)[0]
    cells = shelf.rows(dataset, surveillance.cells(FINDINGS.unbound(), by=leading(shelf, dataset)))
    found["cells"] = sorted(
        surveillance.with_intervals(cells, supports=supports), key=lambda row: -row["nonconforming"]
    )[:FEW]
    return found | {"signals": shelf.rows(dataset, newest(3)), "arms": shelf.rows(dataset, arms())}
